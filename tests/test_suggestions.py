"""What is only likely: left alone unless it is asked for, and then made by the same laws. What may not be touched comes first."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soroe.engine import Pipeline, Result, _in_source
from soroe.messages import ja
from soroe.names.entities import Alias, Evidence, Mention
from soroe.review.cache import Cache, Review
from soroe.review.fix import mended
from soroe.review.linted import Linted, suggested
from soroe.rules import SIGN
from soroe.rules.n401_name_spelt_another_way import _is_likely as is_likely
from soroe.rules.n401_name_spelt_another_way import check
from soroe.rules.page import Page
from soroe.settings import Settings
from soroe.text import Document, Edit, Finding, Markup, Span, disjoint, inverse, replay

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.[tm]*"))
SURE = Pipeline(Settings(select=("ALL",)))
UNSAFE = Pipeline(Settings(select=("ALL",), unsafe_fixes=True))

ONE = "デュヴァロワ氏は港を見た。デュヴァロワ氏は語った。"
OTHER = "デュバルワは去った。デュバルワは戻らない。"
SOUND = Evidence("sound", "Altman sounds like アルトマン", 2.0)
LOOP = "彼は言った彼は言った彼は言った彼は言ったと伝えられた。"


# what is not touched


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_unless_it_is_asked_for_nothing_is_made_of_it(path: Path) -> None:
    markup: Markup = "markdown" if path.suffix == ".md" else "plain"
    result = SURE.clean(path.read_text("utf-8"), markup=markup)
    likely = [finding for finding in result.told if finding.suggestion]
    assert all(finding in result.findings and finding.edit is None for finding in likely)
    assert SURE.clean(result.text, markup=markup).text == result.text


@pytest.mark.parametrize(
    ("text", "markup", "after"),
    [
        pytest.param(f"{ONE}\n\n`デュバルワ`は去った。", "markdown", None, id="code"),
        pytest.param(
            f"{ONE}\n\nデュバルワは去った。[デュバルワ]は戻らない。\n\n[デュバルワ]: /people/1\n",
            "markdown",
            f"{ONE}\n\nデュヴァロワは去った。[デュバルワ]は戻らない。\n\n[デュバルワ]: /people/1\n",
            id="the key of a link",
        ),
        pytest.param(
            f"{ONE}\n\nデュバルワは去った。\n\n<!-- soroe: ignore N401 -->\nデュバルワは戻らない。\n",
            "markdown",
            f"{ONE}\n\nデュヴァロワは去った。\n\n<!-- soroe: ignore N401 -->\nデュバルワは戻らない。\n",
            id="what a comment keeps back",
        ),
        pytest.param(f"<!-- soroe: ignore-file R307 -->\n\n{LOOP}\n", "markdown", None, id="a file that is kept back"),
        pytest.param(f"```\n{LOOP}\n```\n", "markdown", None, id="a block of code"),
    ],
)
def test_what_is_no_prose_a_key_or_kept_back_stays(text: str, markup: Markup, after: str | None) -> None:
    result = UNSAFE.clean(text, markup=markup)
    assert result.text == (after or text)
    assert [finding for finding in result.findings if finding.code in ("E000", "E001")] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("マスク氏はツイッターを買った。Twitterは名を変えた。", id="a brand may stay in Latin letters"),
        pytest.param("早めの引っ越しを考える。彼の引越しは来月だ。", id="no way of writing is the more frequent"),
        pytest.param("文末には[SEP]", id="a mark that may be spoken of"),
        pytest.param("4月31日に会う。", id="no one knows which day is meant"),
        pytest.param("彼は「行くと述べた。", id="or where a quotation ends"),
    ],
)
def test_where_nothing_is_likely_nothing_is_suggested(text: str) -> None:
    result = SURE.clean(text)
    assert result.findings and not any(finding.suggestion for finding in result.findings)
    assert UNSAFE.clean(text).text == text


def test_latin_letters_stay_where_the_settings_keep_them() -> None:
    text = "アルトマン氏は笑う。Altman氏は笑う。アルトマン氏は去った。"
    pipeline = Pipeline(Settings(select=("N",), unify_scripts="none", unsafe_fixes=True))
    assert "Altman may be" in pipeline.clean(text).findings[0].message
    assert pipeline.clean(text).text == text


def test_what_may_be_either_of_two_is_suggested_for_neither() -> None:
    text = ONE + OTHER
    (entity,) = SURE.names.resolve(text)
    another = entity._replace(canonical="ドゥヴァロワ", aliases=entity.aliases[1:])
    for entities, suggestions in ((entity,), 1), ((entity, another), 0):
        found = list(
            check(Page(Document("", text), SURE.lexicon, lambda _, these=entities: these, SURE.names.katakana, SIGN))
        )
        assert len(found) == len(entities) and sum(bool(finding.suggestion) for finding in found) == suggestions


@pytest.mark.parametrize(
    ("text", "score", "evidence", "is_it"),
    [
        pytest.param("Sam Altman氏は", -0.5, [SOUND], False, id="a first name stands before it"),
        pytest.param("その Altman Brown氏は", -0.5, [SOUND], False, id="a family name stands behind it"),
        pytest.param("その Altman 氏は", -1.0, [SOUND], False, id="the evidence is far short"),
        pytest.param("その Altman 氏は", 3.0, [SOUND, Evidence("brand", "", 0.0)], False, id="it may be a brand"),
        pytest.param("その Altman 氏は", -0.5, [SOUND, Evidence("short", "", -2.0)], True, id="a little short"),
    ],
)
def test_a_name_is_likely_to_be_another_where_only_evidence_is_short(
    text: str, score: float, evidence: list[Evidence], is_it: bool
) -> None:
    mention = Mention(Span(text.index("Altman"), text.index("Altman") + 6), "Altman")
    assert is_likely(text, Alias("Altman", (mention,), "suggested", score, tuple(evidence))) == is_it


# what is suggested


def test_one_suggestion_writes_all_mentions() -> None:
    (finding,) = SURE.clean(ONE + OTHER).findings
    assert finding.edit is None and [edit.after for edit in finding.suggestion] == ["デュヴァロワ"] * 2
    assert replay(ONE + OTHER, finding.suggestion) == ONE + OTHER.replace("デュバルワ", "デュヴァロワ")
    assert UNSAFE.clean(ONE + OTHER).text == replay(ONE + OTHER, finding.suggestion)


def test_what_is_made_is_told_place_by_place() -> None:
    fixed = UNSAFE.clean(ONE + OTHER).fixed
    assert [(finding.code, finding.edit and finding.edit.after) for finding in fixed] == [("N401", "デュヴァロワ")] * 2
    assert all(finding.edit and finding.span == finding.edit.span and not finding.suggestion for finding in fixed)


@pytest.mark.parametrize(
    ("before", "after", "en", "ja"),
    [
        ("ｱ", "アルトマン", "ｱ → アルトマン", "ｱ → アルトマン"),
        ("ｱ", "", "remove ｱ", "ｱ を削除"),
        ("", "。", "add 。", "。 を補う"),
        (" ", "", "remove ␣", "␣ を削除"),
        ("彼は言った" * 9, "", f"remove {'彼は言った' * 3}彼は言っ…", f"{'彼は言った' * 3}彼は言っ… を削除"),
    ],
)
def test_it_is_told_in_a_few_words(before: str, after: str, en: str, ja: str) -> None:
    edit = Edit(Span(1, 1 + len(before)), after, "N401", "why")
    told = suggested(Finding("N401", Span(0, 1), "message", None, (edit,)), f"「{before}」")
    assert told and (told, told.ja) == (en, ja)
    several = suggested(Finding("N401", Span(0, 1), "message", None, (edit, edit)), f"「{before}」")
    assert several and (several, several.ja) == (f"{en} (2×)", f"{ja}（2か所）")
    assert suggested(Finding("N401", Span(0, 1), "message", edit), f"「{before}」") is None


# places


def test_in_the_source_a_suggestion_stands_where_its_text_came_from() -> None:
    """ｺﾝﾃﾅ is three letters shorter once it is コンテナ, and the mark before the loop is gone."""
    text = f"ﾊﾞｰｼﾞｮﾝ二の</s>\nｺﾝﾃﾅ船では{LOOP}"
    result = SURE.clean(text)
    (finding,) = (one for one in result.findings if one.code == "R307")
    assert replay(text, finding.suggestion) == text.replace("彼は言った" * 4, "彼は言った")


def test_what_a_sure_edit_made_may_be_written_otherwise_as_a_whole() -> None:
    text = ONE + OTHER.replace("デュバルワ", "ﾃﾞｭﾊﾞﾙﾜ")
    (finding,) = SURE.clean(text).findings
    assert replay(text, finding.suggestion) == ONE + OTHER.replace("デュバルワ", "デュヴァロワ")


@pytest.mark.parametrize(
    ("present", "source"),
    [
        pytest.param(Span(0, 7), Span(0, 7), id="all of what an edit wrote"),
        pytest.param(Span(7, 9), Span(7, 9), id="what follows it"),
        pytest.param(Span(0, 9), Span(0, 9), id="both"),
        pytest.param(Span(7, 7), Span(7, 7), id="the point between"),
        pytest.param(Span(9, 9), Span(9, 9), id="the end"),
        pytest.param(Span(4, 5), None, id="年 has no source of its own"),
        pytest.param(Span(4, 9), None, id="nor has what begins with it"),
        pytest.param(Span(3, 3), None, id="nor a point inside"),
    ],
)
def test_what_has_no_source_of_its_own_is_not_suggested(present: Span, source: Span | None) -> None:
    document = Document("", "3月2023日の朝").revised([Edit(Span(0, 7), "2023年3月", "R302", "no such date")])
    finding = Finding("R307", Span(0, 9), "message", None, (Edit(present, "x", "R307", "why"),))
    assert [edit.span for edit in _in_source(document, finding).suggestion] == ([source] if source else [])


def test_what_is_left_after_fixing_keeps_its_suggestion_in_its_new_place() -> None:
    from soroe.formats.read import Article, Source

    text = f"ﾊﾞｰｼﾞｮﾝ二。{ONE}{OTHER}"
    result = SURE.clean(text)
    article = Article("a", text, "plain", Source("a", "txt", None))
    left = mended(Linted(article, result.told, result.edits))
    (finding,) = left.findings
    assert replay(left.article.text, finding.suggestion) == UNSAFE.clean(text).text


def test_a_suggestion_is_remembered_and_not_for_who_asks_for_it_to_be_made(tmp_path: Path) -> None:
    review = Review(SURE.clean(ONE + OTHER + LOOP).told)
    with Cache(tmp_path) as cache:
        cache.put(SURE.settings, "text", "plain", review)
    with Cache(tmp_path) as cache:
        known = cache.get(SURE.settings, "text", "plain")
        assert cache.get(UNSAFE.settings, "text", "plain") is None
    assert known == review
    suggestions = [[finding.suggestion for finding in each.findings] for each in (known, review)]
    assert any(suggestions[0])
    one, other = ([ja(edit.why) for edits in each for edit in edits] for each in suggestions)
    assert one == other


# laws


def check_laws(text: str, markup: Markup = "plain") -> Result:
    result = UNSAFE.clean(text, markup=markup)
    assert replay(text, result.edits) == result.text
    assert replay(result.text, inverse(text, result.edits)) == text
    assert UNSAFE.clean(result.text, markup=markup).text == result.text
    assert not any(finding.suggestion for finding in result.findings)
    for finding in SURE.clean(text, markup=markup).told:
        assert not (finding.edit and finding.suggestion)
        assert all(one.span < other.span for one, other in pairwise(finding.suggestion))
        assert disjoint(finding.suggestion)[1] == []
    return result


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_laws_on_samples(path: Path) -> None:
    check_laws(path.read_text("utf-8"), "markdown" if path.suffix == ".md" else "plain")


_PIECES = [
    ONE,
    OTHER,
    LOOP,
    "式を行う。",
    "式を行なった。",
    "（ＡＢＣ)は",
    "船は・・・来ない。",
    "<pad>",
    "\n",
    "`デュバルワ`",
    "ｺﾝﾃﾅ",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_laws_on_texts_put_together(pieces: list[str]) -> None:
    check_laws("".join(pieces), "markdown")
