"""The engine: what is chosen is done, what is done is told in places of the source, and can be replayed and undone."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import soroe
from soroe import Edit, Finding, Pipeline, Result, Settings, Span, inverse, replay
from soroe.rules import RULES
from soroe.settings import CANONICALS, Canonical
from soroe.text import Markup

SAMPLES = Path(__file__).parents[1] / "samples"

PIPELINE = Pipeline()
EVERY_NAME = Pipeline(Settings(all_names=True))

SLIP = "ノルトマン氏は笑う。ノルトマン氏は泣く。ノートマン氏は去る。"
MENDED = "ノルトマン氏は笑う。ノルトマン氏は泣く。ノルトマン氏は去る。"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n", id="a line break"),
        pytest.param("\r\n\r\n", id="CRLF"),
        pytest.param("\ufeff", id="a byte order mark"),
        pytest.param("ノルトマン氏は語った。", id="one name, one spelling"),
        pytest.param("山田　太郎は、１９６４年に生まれた。", id="full width where all is full width"),
        pytest.param("😀👩‍👩‍👧𠮟る", id="characters beyond the first plane"),
    ],
)
def test_is_left_alone(text: str) -> None:
    assert PIPELINE.clean(text) == Result(PIPELINE.clean(text).document)
    assert PIPELINE.clean(text).text == text


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        pytest.param({"select": ()}, "", id="nothing selected"),
        pytest.param({"ignore": ("C", "P", "R", "N", "W")}, "", id="all ignored"),
        pytest.param({"select": ("X",)}, "", id="a code that no rule has"),
        pytest.param({"select": ("P204",), "ignore": ("P204",)}, "", id="ignored as exactly as selected"),
        pytest.param({"select": ("P",), "ignore": ("P2",)}, "", id="ignored more exactly"),
        pytest.param({"select": ("P204",), "ignore": ("P",)}, "P204", id="selected more exactly"),
        pytest.param({"select": ("C", "P204")}, "C101 C102 C103 C104 P204", id="a letter and a code"),
        pytest.param({"select": ("N",), "ignore": ("N402",)}, "N401", id="all names but the dictionary's"),
        pytest.param({"select": ("N402", "P206")}, "N402 P206", id="a matter of taste, by its whole code"),
        pytest.param({"select": ("P20",)}, "P201 P202 P203 P204 P205 P207", id="and by no prefix"),
        pytest.param({"select": ("C101", "W")}, "C101", id="a letter does not select what is off by default"),
        pytest.param({"select": ("N402", "W502")}, "N402 W502", id="its whole code does"),
        pytest.param({"select": ("ALL",)}, " ".join(RULES), id="and so does ALL"),
        pytest.param({"select": ("ALL",), "ignore": ("P", "R", "C", "N4")}, "W501 W502 W503", id="all but these"),
        pytest.param(
            {},
            " ".join(code for code in RULES if code not in ("P206", "W501", "W502", "W503")),
            id="the default, where nothing is said",
        ),
    ],
)
def test_what_is_selected(settings: dict[str, Any], codes: str) -> None:
    chosen = Settings(**settings)
    assert [code for code, rule in RULES.items() if chosen.selects(code, rule.by_default)] == codes.split()


def test_a_report_on_the_whole_document_names_lines_of_the_source() -> None:
    text = "![image]()\n市は計画を見直した。\nﾊｼは来年できます。\n住民は喜んだ。\n船は港に戻りました。\n雨は止んだ。"
    (report,) = Pipeline(Settings(select=("C", "R", "R308"))).clean(text).findings
    assert text[slice(*report.span)] == "ﾊｼは来年できます。"
    assert report.message == (
        "2 of 5 sentences are in です・ます, the others in である: line 3 ハシは来年できます。, line 5 船は港に戻りました。"
    )


MESS = "ﾉﾙﾄﾏﾝ 氏は笑う。ノルトマン氏は泣く。ノートマン氏は去る。<unk>だ。"


@pytest.mark.parametrize(
    ("select", "cleaned"),
    [
        pytest.param((), MESS, id="nothing"),
        pytest.param(("R",), MESS, id="residue is only reported here"),
        pytest.param(("C",), MESS.replace("ﾉﾙﾄﾏﾝ", "ノルトマン"), id="characters"),
        pytest.param(("C", "P"), MESS.replace("ﾉﾙﾄﾏﾝ 氏", "ノルトマン氏"), id="and spacing"),
        pytest.param(
            ("C", "P", "N"), MESS.replace("ﾉﾙﾄﾏﾝ 氏", "ノルトマン氏").replace("ノート", "ノルト"), id="and names"
        ),
    ],
)
def test_only_what_is_selected_is_done(select: tuple[str, ...], cleaned: str) -> None:
    result = Pipeline(Settings(select=select)).clean(MESS)
    assert result.text == cleaned
    assert all(finding.code.startswith(select) for finding in (*result.fixed, *result.findings)) or not select
    assert bool(result.entities) == ("N" in select)


def test_settings_are_values() -> None:
    assert Settings() == Settings() and hash(Settings()) == hash(Settings())
    assert Settings(names=(Path("a"),)) != Settings()
    with pytest.raises(AttributeError):
        Settings().select = ()  # type: ignore[misc]


def test_a_result_says_all() -> None:
    result = soroe.clean("ノートマン 氏は来た。" + MENDED)
    assert isinstance(result, Result)
    assert result.text == "ノルトマン氏は来た。" + MENDED
    assert [(edit.span, edit.after, edit.code) for edit in result.edits] == [
        (Span(0, 5), "ノルトマン", "N401"),
        (Span(5, 6), "", "P204"),
    ]
    assert [(finding.code, finding.span) for finding in result.fixed] == [("N401", Span(0, 5)), ("P204", Span(5, 6))]
    assert result.findings == ()
    assert [(entity.canonical, entity.kind) for entity in result.entities] == [("ノルトマン", "person")]
    assert all(edit.why for edit in result.edits)


def test_lint_says_what_clean_does() -> None:
    result, linted = soroe.clean(MESS), soroe.lint(MESS)
    assert all(isinstance(finding, Finding) for finding in linted)
    assert sorted(linted) == sorted((*result.fixed, *result.findings))
    assert [finding.span for finding in linted] == sorted(finding.span for finding in linted)
    assert {finding.code for finding in linted if finding.edit is None} == {"R306"}


@pytest.mark.parametrize("given", [None, 3, b"\xe3\x82\xa2", ["ア"]], ids=lambda given: type(given).__name__)
def test_what_is_no_text_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=f"takes a string, and was given {type(given).__name__}"):
        soroe.clean(given)
    with pytest.raises(TypeError):
        soroe.lint(given)


def test_what_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no tokenizer is called 'kuromoji'; there are fugashi and sudachi"):
        soroe.clean("ア", Settings(tokenizer="kuromoji"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no spelling is chosen by 'best'; there are attested, frequent, first, latin"):
        soroe.clean("ア", Settings(canonical="best"))  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError, match=r"none\.tsv"):
        soroe.clean("ア", Settings(names=(tmp_path / "none.tsv",)))


def test_the_library_has_what_it_says() -> None:
    assert all(getattr(soroe, name) is not None for name in soroe.__all__)
    assert dir(soroe) == soroe.__all__
    with pytest.raises(AttributeError, match="no attribute 'clear'"):
        _ = soroe.clear  # type: ignore[attr-defined]


# --- places ---


def places(result: Result) -> list[str]:
    """Every alias with its decision and where it stands, in the order of the result."""
    return [
        f"{alias.decision} {alias.surface} {' '.join(f'{m.span.start}-{m.span.end}' for m in alias.mentions)}".strip()
        for entity in result.entities
        for alias in entity.aliases
    ]


def misplaced(result: Result) -> list[str]:
    source = result.document.source
    return [
        f"{alias.surface}: {mention.surface} at {mention.span} is {source[slice(*mention.span)]}"
        for entity in result.entities
        for alias in entity.aliases
        for mention in alias.mentions
        if not source[slice(*mention.span)] == mention.surface == alias.surface
    ]


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        pytest.param(
            SLIP,
            ["canonical ノルトマン 0-5 10-15", "merged ノートマン 20-25"],
            id="nothing was changed before",
        ),
        pytest.param(
            "  " + SLIP.replace("ノルトマン氏は泣", "ﾉﾙﾄﾏﾝ 氏は泣"),
            ["canonical ノルトマン 2-7", "merged ﾉﾙﾄﾏﾝ 12-17", "merged ノートマン 23-28"],
            id="half-width katakana and a space before",
        ),
        pytest.param(
            SLIP.replace("ノートマン", "ﾉｰﾄﾏﾝ").replace("ノルトマン氏は笑", "ノル\u200bトマン氏は笑"),
            ["canonical ノルトマン 11-16", "merged ノル\u200bトマン 0-6", "merged ﾉｰﾄﾏﾝ 21-26"],
            id="a zero-width space inside a name",
        ),
        pytest.param(
            "彼" + SLIP.replace("ノートマン", "ﾉｰﾄﾏﾝ").replace("ノルトマン", "ﾉﾙﾄﾏﾝ"),
            ["canonical ノルトマン", "merged ﾉﾙﾄﾏﾝ 1-6 11-16", "merged ﾉｰﾄﾏﾝ 21-26"],
            id="the canonical form stands nowhere in the source",
        ),
        pytest.param(
            "\r\n" + SLIP.replace("。", "。\r\n"),
            ["canonical ノルトマン 2-7 14-19", "merged ノートマン 26-31"],
            id="CRLF",
        ),
        pytest.param(
            "\ufeff😀" + SLIP,
            ["canonical ノルトマン 2-7 12-17", "merged ノートマン 22-27"],
            id="a byte order mark and an emoji",
        ),
    ],
)
def test_names_stand_where_they_stand_in_the_source(text: str, aliases: list[str]) -> None:
    result = PIPELINE.clean(text)
    assert places(result) == aliases
    assert misplaced(result) == []


def test_what_a_later_pass_joins_is_told_once() -> None:
    # Nootman is tied to ノートマン, and ﾉｰﾄﾏﾝ is ノートマン only after the first stage.
    result = EVERY_NAME.clean(SLIP + "ﾉｰﾄﾏﾝ氏は寝る。Nortman氏は笑う。Nootman 氏は怒る。")
    surfaces = [alias.surface for entity in result.entities for alias in entity.aliases]
    assert len(set(surfaces)) == len(surfaces)
    assert misplaced(result) == []


def test_no_mention_is_of_two_names() -> None:
    result = EVERY_NAME.clean("Nortman\n氏Ｎortmanﾙﾄﾏﾝ")
    aliases = [alias for entity in result.entities for alias in entity.aliases]
    told = [m.span for alias in aliases if alias.decision in ("canonical", "merged") for m in alias.mentions]
    assert all(before.end <= after.start for before, after in pairwise(sorted(told)))


# --- laws ---

PIECES = (
    *"ノルトマン|ノートマン|ヌルトマン|ﾉｰﾄﾏﾝ|ﾉﾙﾄﾏﾝ|Nortman|Nootman|Ｎortman|マスク|ムスク|Musk|サム|イーロン|ツイッター|Twitter".split(
        "|"
    ),
    *"ヴェルデマン|ベルデマン|メ一ル|二ュース|ノル\u200bトマン|リー".split("|"),
    *'氏は語った。|氏は| 氏|さん|社長の|CEO|と述べた。|と|、|。|・|＝|は|を|（|）|「|」|"|“|”|『| |　|\n|\r\n|-|ー'.split(
        "|"
    ),
    *"とも表記される|または|州|社|<unk>|</s>|![image]()|3月2023日|２０２３年|2023年|https://a.example/ノルトマン|`ノートマン`".split(
        "|"
    ),
    *"**|# |- |&amp;amp;|\x00|\ud800|\ufeff|😀".split("|"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(text=texts, markup=st.sampled_from(["plain", "markdown"]))
def test_laws_on_any_text(text: str, markup: Markup) -> None:
    result = EVERY_NAME.clean(text, "d", markup)
    assert [finding for finding in result.findings if finding.code == "E000"] == [], "settled"
    assert replay(text, result.edits) == result.text, "replay"
    assert replay(result.text, inverse(text, result.edits)) == text, "undo"
    assert EVERY_NAME.clean(result.text, "d", markup).text == result.text, "fixed point"
    assert all(a.span.end <= b.span.start and a.span != b.span for a, b in pairwise(result.edits)), "sorted, disjoint"
    assert all(text[slice(*edit.span)] != edit.after and edit.why for edit in result.edits), (
        "every edit changes something"
    )
    assert all(0 <= f.span.start <= f.span.end <= len(text) for f in (*result.fixed, *result.findings)), "inside"
    assert misplaced(result) == [], "places"
    assert PIPELINE.clean(text, "d", markup).text == result.text, "asking for all names changes none"
    assert result.document.source == text and result.document.id == "d"


WRITTEN = {canonical: Pipeline(Settings(canonical=canonical, all_names=True)) for canonical in CANONICALS}


@pytest.mark.parametrize("canonical", CANONICALS)
@settings(max_examples=150, deadline=None)
@given(text=texts, markup=st.sampled_from(["plain", "markdown"]))
def test_laws_however_names_are_written(canonical: Canonical, text: str, markup: Markup) -> None:
    pipeline = WRITTEN[canonical]
    result = pipeline.clean(text, "d", markup)
    assert [finding for finding in result.findings if finding.code == "E000"] == [], "settled"
    assert replay(text, result.edits) == result.text, "replay"
    assert pipeline.clean(result.text, "d", markup).text == result.text, "fixed point"
    assert misplaced(result) == [], "places"


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_fix_lies_in_an_edit(text: str) -> None:
    result = PIPELINE.clean(text)
    assert all(finding.edit for finding in result.fixed) and not any(finding.edit for finding in result.findings)
    codes = {finding.code for finding in result.fixed}
    assert {edit.code for edit in result.edits} <= codes
    assert bool(result.edits) <= bool(result.fixed)


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=2, max_size=4))
def test_the_order_of_documents_changes_nothing(documents: list[str]) -> None:
    one, other = Pipeline(), Pipeline()
    there = [one.clean(text) for text in documents]
    back = [other.clean(text) for text in documents[::-1]]
    assert there == back[::-1]


def test_cleaning_leaves_no_garbage_that_goes_in_circles() -> None:
    texts = [file.read_text("utf-8") for file in sorted(SAMPLES.glob("*.txt"))]
    pipeline = Pipeline()
    for text in texts:  # what is loaded with the first names stays
        pipeline.clean(text)
    gc.collect()
    gc.disable()
    try:
        for text in texts:
            pipeline.clean(text)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_four_threads_give_what_one_gives() -> None:
    documents = [SLIP, MESS, "ｻﾑ・ノルトマン氏は" + SLIP, "Musk 氏は語った。\n" * 20 + "マスク氏は笑った。"] * 8
    alone = [soroe.clean(text) for text in documents]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(soroe.clean, documents)) == alone


def test_rules_that_undo_each_other_leave_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from soroe.rules import Rule

    pipeline = Pipeline()

    def flip(page: Any) -> Any:
        after = "イ" if page.text == "ア" else "ア"
        yield Finding("C999", Span(0, 1), "flip", Edit(Span(0, 1), after, "C999", "flip"))

    pipeline._stages = [[Rule("C999", flip, frozenset())]]
    result = pipeline.clean("ア")
    assert (result.text, result.edits, result.fixed, result.entities) == ("ア", (), (), ())
    assert [(finding.code, finding.span) for finding in result.findings] == [("E000", Span(0, 1))]


def test_of_two_edits_in_one_place_the_wider_is_made_first() -> None:
    from soroe.rules import Rule

    def rule(code: str, start: int, end: int, before: str, after: str) -> Rule:
        def check(page: Any) -> Any:
            if page.text[start:end] == before:
                span = Span(start, end)
                yield Finding(code, span, code, Edit(span, after, code, code))

        return Rule(code, check, frozenset())

    pipeline = Pipeline()
    pipeline._stages = [[rule("C901", 1, 2, "イ", "x"), rule("C902", 0, 3, "アイウ", "アイエ")]]
    result = pipeline.clean("アイウ")
    assert result.text == "アxエ", "the loser's turn comes with the next pass"
    assert {finding.code for finding in result.fixed} == {"C901", "C902"}
