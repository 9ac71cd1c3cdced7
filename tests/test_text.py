"""The laws of text that remembers: replay, undo, origin, and one list of edits that does what a stack of revisions did."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soroe.text import Document, Edit, Span, compose, disjoint, inverse, line_column, replay

LETTERS = "マスク氏アルトン。\n 12ab"


@st.composite
def edits_on(draw: st.DrawFn, length: int) -> list[Edit]:
    """Sorted, disjoint edits on a text of that length: replacements, deletions, insertions, some of them touching."""
    cuts = sorted(draw(st.lists(st.integers(0, length), max_size=10)))
    edits: list[Edit] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        if edits and start == end == edits[-1].span.end == edits[-1].span.start:
            continue
        after = draw(st.text(LETTERS, max_size=3))
        edits.append(Edit(Span(start, end), after, f"X{len(edits)}", f"reason {len(edits)}"))
    return edits


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Document, list[int | None]]:
    """A document with up to five revisions, and the oracle: for each character of its text, the source character it is."""
    source = draw(st.text(LETTERS, max_size=24))
    document = Document("d", source)
    oracle: list[int | None] = list(range(len(source)))
    for _ in range(draw(st.integers(1, 5))):
        edits = draw(edits_on(len(document.text)))
        document = document.revised(edits)
        for edit in reversed(edits):
            oracle[edit.span.start : edit.span.end] = [None] * len(edit.after)
    return document, oracle


def law(test):  # type: ignore[no-untyped-def]
    return settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))(test)


@law
@given(stacks())
def test_laws_on_random_stacks(stack: tuple[Document, list[int | None]]) -> None:
    document, oracle = stack
    source, text, edits = document.source, document.text, document.edits

    assert replay(source, edits) == text, "replay"
    assert replay(text, inverse(source, edits)) == source, "undo"
    assert all(a.span.end <= b.span.start for a, b in pairwise(edits)), "sorted and disjoint"
    assert len({edit.span for edit in edits if edit.span.start == edit.span.end}) == sum(
        edit.span.start == edit.span.end for edit in edits
    ), "no two insertions at one point"

    covered = {at for edit in edits for at in range(*edit.span)}
    survivors = {at for at in oracle if at is not None}
    # An edit that puts back what stood there is no edit, so what it touched counts as untouched.
    assert covered <= set(range(len(source))) - survivors, "edits stand only on what was touched"
    restored = set(range(len(source))) - survivors - covered
    assert all(source[at] in text for at in restored), "what was touched and is not edited was put back"

    for at, came_from in enumerate(oracle):
        origin = document.origin(Span(at, at + 1))
        assert origin.start <= origin.end
        if came_from is not None:
            assert origin == Span(came_from, came_from + 1), "an untouched character is itself"
        else:
            assert any(edit.span == origin for edit in edits) or origin.end == origin.start + 1, (
                "a touched one is covered"
            )
    assert document.origin(Span(0, len(text))).start <= document.origin(Span(len(text), len(text))).end


@law
@given(st.data())
def test_composition_is_doing_one_after_the_other(data: st.DataObject) -> None:
    source = data.draw(st.text(LETTERS, max_size=20))
    first = data.draw(edits_on(len(source)))
    middle = replay(source, first)
    second = data.draw(edits_on(len(middle)))
    assert replay(source, compose(first, middle, second)) == replay(middle, second)


@settings(max_examples=2_000)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.text(LETTERS, max_size=2)), max_size=8))
def test_disjoint_loses_nothing_and_overlaps_nothing(drawn: list[tuple[int, int, str]]) -> None:
    edits = [Edit(Span(start, start + length), after, "X", "") for start, length, after in drawn]
    winners, losers = disjoint(edits)
    assert sorted(winners + losers) == sorted(edits)
    assert all(a.span.end <= b.span.start and a.span != b.span for a, b in pairwise(winners))


# A notation for edits on one line: "2..4=xy" replaces characters 2 and 3 by xy.
def parse(line: str) -> list[Edit]:
    edits = []
    for word in line.split():
        where, after = word.split("=")
        start, end = map(int, where.split(".."))
        edits.append(Edit(Span(start, end), after, "X", "w"))
    return edits


def show(edits: tuple[Edit, ...]) -> str:
    return " ".join(f"{edit.span.start}..{edit.span.end}={edit.after}" for edit in edits)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        pytest.param("", "2..4=xy", "2..4=xy", id="an edit on untouched text stays as it is"),
        pytest.param("0..1=", "1..2=x", "0..1= 2..3=x", id="a later edit is shifted back"),
        pytest.param("4..5=", "0..4=name", "0..4=name 4..5=", id="edits that touch stay two"),
        pytest.param("2..4=xyz", "4..6=q", "2..5=xyq", id="edits that overlap become one"),
        pytest.param("2..2=xyz", "3..4=", "2..2=xz", id="an insertion is edited inside"),
        pytest.param("2..2=xyz", "2..5=", "", id="an insertion taken back is no edit"),
        pytest.param("2..4=", "1..3=q", "1..5=q", id="a deletion inside a replacement is absorbed"),
        pytest.param("1..2=ab 4..5=cd", "2..6=q", "1..5=aqd", id="one edit joins two"),
        pytest.param("1..3=abcd", "1..2=x 4..5=y", "1..3=xbcy", id="two edits inside one"),
        pytest.param("1..1=a", "1..1=b", "1..1=ba", id="two insertions at one point are one, in the order they read"),
    ],
)
def test_compose(first: str, second: str, both: str) -> None:
    source = "0123456789"
    assert show(compose(parse(first), replay(source, parse(first)), parse(second))) == both


def test_reasons_of_all_and_code_of_the_last() -> None:
    document = Document("d", "ｵｰﾄﾏﾝ氏")
    document = document.revised([Edit(Span(0, 5), "オートマン", "C101", "half-width katakana")])
    document = document.revised([Edit(Span(0, 5), "アルトマン", "N401", "one man with アルトマン")])
    assert document.edits == (Edit(Span(0, 5), "アルトマン", "N401", "half-width katakana; one man with アルトマン"),)


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([Edit(Span(0, 2), "", "X", ""), Edit(Span(1, 3), "", "X", "")], id="overlap"),
        pytest.param([Edit(Span(2, 9), "", "X", "")], id="past the end"),
        pytest.param([Edit(Span(2, 1), "", "X", "")], id="backwards"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        Document("d", "マスク").revised(edits)


def test_line_and_column_count_from_one() -> None:
    assert line_column("a\r\nマスク", 4) == (2, 2)
    assert line_column("", 0) == (1, 1)
