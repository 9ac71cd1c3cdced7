"""Comments that tell soroe to leave a stretch of text alone: what they do not reach comes first."""

from __future__ import annotations

import pytest

from soroe.engine import Pipeline
from soroe.settings import Settings
from soroe.suppressions import suppressions
from soroe.text import Markup

PIPELINE = Pipeline()
HALF = "ｱﾙﾄﾏﾝ氏は語った。"
WHOLE = "アルトマン氏は語った。"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param(f"<!-- soroe: ignore N401 -->\n{HALF}", WHOLE, id="another code"),
        pytest.param(f"<!-- soroe: ignore C101 -->\n次の段落。\n\n{HALF}", WHOLE, id="the block after the next"),
        pytest.param(f"{HALF}\n\n<!-- soroe: ignore C101 -->\nﾏｽｸ氏", WHOLE, id="what stands before"),
        pytest.param(f"<!-- soroe: off -->\nﾏｽｸ氏\n<!-- soroe: on -->\n{HALF}", WHOLE, id="what stands behind on"),
        pytest.param(f"`<!-- soroe: ignored C101 -->`\n{HALF}", WHOLE, id="no word of ours"),
        pytest.param(f"soroe: ignore C101\n{HALF}", WHOLE, id="no comment"),
    ],
)
def test_what_is_not_reached_is_mended(text: str, cleaned: str) -> None:
    assert cleaned in PIPELINE.clean(text).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<!-- soroe: ignore C101 -->\n{HALF}", id="the code"),
        pytest.param(f"<!-- soroe: ignore C1 -->\n{HALF}", id="its beginning"),
        pytest.param(f"<!-- soroe: ignore P204, C101 -->\n{HALF}\nﾏｽｸ 氏", id="one of two, on both lines of the block"),
        pytest.param(f"<!-- soroe: ignore -->\n\n\n{HALF}", id="all, behind empty lines"),
        pytest.param(f"<!-- soroe: ignore C101 --> {HALF}", id="on the same line"),
        pytest.param(f"{{/* soroe: ignore C101 */}}\n{HALF}", id="in MDX"),
        pytest.param(f"{HALF}\n\n<!-- soroe: ignore-file C101 -->", id="the whole file, from its end"),
        pytest.param(f"<!-- soroe: off -->\n{HALF}\n\n{HALF}", id="the rest of the file"),
        pytest.param(f"<!-- soroe: off C -->\n{HALF}\n<!-- soroe: on C -->\n", id="off and on"),
    ],
)
def test_what_is_reached_stays(text: str) -> None:
    result = PIPELINE.clean(text)
    assert (result.text, [finding.code for finding in result.findings]) == (text, [])


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        pytest.param(f"```\n<!-- soroe: ignore-file -->\n```\n\n{HALF}", "markdown", id="in a fence"),
        pytest.param(f"`<!-- soroe: off -->`\n{HALF}", "markdown", id="in back-ticks"),
        pytest.param(f"    <!-- soroe: off -->\n\n{HALF}", "markdown", id="in an indented block"),
        pytest.param(f"`<!-- soroe: off -->`\n{HALF}", "plain", id="in back-ticks of a plain text"),
        pytest.param(f"<script>'<!-- soroe: off -->'</script>{HALF}", "html", id="in a script"),
        pytest.param(f"::\n\n   .. soroe: ignore-file\n\n{HALF}", "rst", id="in a literal block"),
        pytest.param(f".. code:: rst\n\n   .. soroe: off\n\n{HALF}", "rst", id="in a block of code"),
        pytest.param(f"----\n// soroe: ignore-file\n----\n{HALF}", "asciidoc", id="in a listing"),
        pytest.param(f"<!-- soroe: ignore-file -->\n{HALF}", "rst", id="another markup's comment"),
    ],
)
def test_in_code_a_comment_is_shown_and_does_nothing(text: str, markup: Markup) -> None:
    result = PIPELINE.clean(text, markup=markup)
    assert result.text == text.replace(HALF, WHOLE)
    assert result.findings == ()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        pytest.param(f".. soroe: ignore C101\n\n{HALF}", "rst", id="reStructuredText"),
        pytest.param(f"港\n\n  .. soroe: off\n\n{HALF}", "rst", id="with an indent"),
        pytest.param(f"// soroe: ignore C101\n{HALF}", "asciidoc", id="AsciiDoc"),
        pytest.param(f"//soroe: ignore C101\r\n{HALF}", "asciidoc", id="AsciiDoc with CRLF"),
        pytest.param(f"<p><!-- soroe: ignore C101 -->{HALF}</p>", "html", id="HTML"),
        pytest.param(f"{{/* soroe: ignore C101 */}}\n\n{HALF}", "mdx", id="MDX"),
    ],
)
def test_every_markup_has_its_comment(text: str, markup: Markup) -> None:
    result = PIPELINE.clean(text, markup=markup)
    assert (result.text, [finding.code for finding in result.findings]) == (text, [])


def test_a_name_stays_where_it_is_suppressed_and_is_written_anew_elsewhere() -> None:
    text = (
        "<!-- soroe: ignore N401 -->\nベリミロビッチ氏は語った。\n\n"
        + "ヴェリミロヴィッチ氏は去った。" * 3
        + "ベリミロビッチ氏も去った。"
    )
    cleaned = PIPELINE.clean(text).text
    assert cleaned.count("ベリミロビッチ") == 1
    assert cleaned.startswith("<!-- soroe: ignore N401 -->\nベリミロビッチ氏は語った。")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (f"<!-- soroe: ignore P204 -->\n{WHOLE}", "E001", "P204 finds nothing here: the comment can go"),
        (f"<!-- soroe: ignore-file -->\n{WHOLE}", "E001", "no rule finds anything here: the comment can go"),
        (WHOLE + "<!-- soroe: on -->", "E002", "nothing is off here that could be put on again"),
        (WHOLE + "<!-- soroe: ingore -->", "E002", "did you mean ignore?"),
        (WHOLE + "<!-- soroe: ignore N40x -->", "E002", "「N40x」 is no code"),
        (WHOLE + "<!-- soroe: -->", "E002", "soroe knows no 「」 here"),
    ],
)
def test_a_comment_that_does_nothing_is_told(text: str, code: str, message: str) -> None:
    (finding,) = PIPELINE.clean(text).findings
    assert finding.code == code
    assert message in finding.message
    assert text[slice(*finding.span)].startswith("<!-- soroe:")
    assert not Pipeline(Settings(ignore=(code,))).clean(text).findings


def test_of_a_rule_that_is_off_no_one_says_that_it_finds_nothing() -> None:
    text = f"<!-- soroe: ignore P204 -->\n{WHOLE}"
    assert not Pipeline(Settings(select=("C",))).clean(text).findings


def test_the_next_on_closes_what_has_its_codes() -> None:
    text = "<!-- soroe: off C -->一<!-- soroe: off P -->二<!-- soroe: on C -->三<!-- soroe: on -->四"
    one, two = suppressions(text).all
    assert text[one.reach.end :].startswith("<!-- soroe: on C -->")
    assert text[two.reach.end :].startswith("<!-- soroe: on -->四")
