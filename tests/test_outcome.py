"""What goes from the process that cleans to the one that writes, and into the journal."""

from __future__ import annotations

import json
import pickle
import pickletools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soroe.formats.outcome import Outcome, Question, outcome_of
from soroe.formats.pieces import Piece
from soroe.formats.read import Article, Source
from soroe.formats.rows import Row, read_row
from soroe.settings import Settings
from soroe.text import Edit, Span, replay

TEXT = 'ﾏｽｸ氏は"結論を出す "と述べた。ヴェルデマン氏とベルデマン氏は３月2023日に去った。'


def outcome(text: str = TEXT, is_shown: bool = False) -> Outcome:
    source = Source("news.txt", "txt", Path("news.txt"))
    made = outcome_of(Question(Settings(), Article("記事1", text, "plain", source), is_shown))
    assert isinstance(made, Outcome)
    return made


@pytest.mark.parametrize("is_shown", [False, True])
@pytest.mark.parametrize("text", ["", "港は開いた。", TEXT, "マスク氏\ud800は語った。ﾏｽｸ氏"])
def test_nothing_that_is_written_is_lost_on_the_way(text: str, is_shown: bool) -> None:
    made = outcome(text, is_shown)
    come = pickle.loads(pickle.dumps(made))
    assert isinstance(come, Outcome)
    assert come._replace(edits=()) == made._replace(edits=())
    assert replay(text, come.edits) == replay(text, made.edits) == (text if made.text is None else made.text)


def test_it_is_packed_once() -> None:
    made = outcome()
    come = pickle.loads(pickle.dumps(made))
    assert come.packed == made.packed
    assert Outcome.unpacked(made.packed).packed is made.packed


def test_no_class_is_named_in_what_is_packed() -> None:
    """That would take twice as long."""
    assert not {opcode.name for opcode, _, _ in pickletools.genops(outcome().packed)} & {"GLOBAL", "STACK_GLOBAL"}


letters = st.text('アé"\\/\n\ud83d\ude00\ud800😀a', max_size=6)


@given(letters, letters, st.booleans(), st.booleans())
def test_a_row_that_is_given_back_is_told_as_one(before: str, after: str, ascii: bool, is_odd: bool) -> None:
    """By the short way the same as by making the edits and undoing them."""
    literal = json.dumps(before, ensure_ascii=ascii).replace("/", "\\/" if is_odd else "/")
    row, text, _ = read_row(f'{{"text": {literal}}}', "text", "id")
    edits = [Edit(Span(0, len(text)), after, "C101", "")] if text != after else []
    assert isinstance(row, Row)
    assert row.is_given_back(text, after, edits) == Piece.is_given_back(row, text, after, edits)
