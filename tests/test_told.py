"""The user's spellings in a text: as whole runs, the longest of those that begin first."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from soroe.names.told import Told


def found(spellings: list[str], text: str) -> list[str]:
    return [text[slice(*span)] for span in Told(dict.fromkeys(spellings)).spans(text)]


@pytest.mark.parametrize(
    ("spellings", "text", "expected"),
    [
        pytest.param([], "マスク", [], id="no dictionary"),
        pytest.param(["マスク"], "マスクドとガスマスク", [], id="inside a longer word"),
        pytest.param(["Ann"], "Anna, Ann2, 2Ann, Ännchen Annと", ["Ann"], id="inside a longer word in Latin letters"),
        pytest.param(["マスク"], "マスク・マスクー", ["マスク"], id="ー is of the word, ・ is none"),
        pytest.param(["イーロン・マスク", "マスク"], "イーロン・マスク", ["イーロン・マスク"], id="the longest"),
        pytest.param(["マスクド", "マスク", "クド"], "マスクドと", ["マスクド"], id="the first, and none inside it"),
        pytest.param(["マスクA", "マスク"], "マスクABC", ["マスク"], id="the longest that is a whole run"),
        pytest.param(["習近平"], "習近平氏\ud800習近平", ["習近平", "習近平"], id="beside half a character"),
        pytest.param(["𠮷野"], "😀𠮷野", ["𠮷野"], id="beyond the basic plane"),
    ],
)
def test_found(spellings: list[str], text: str, expected: list[str]) -> None:
    assert found(spellings, text) == expected


letters = st.text("アマスーA1é・氏", min_size=1, max_size=4)


@given(st.lists(letters, max_size=8, unique=True), st.text("アマスーA1é・氏", max_size=30))
def test_as_a_regular_expression_finds_them(spellings: list[str], text: str) -> None:
    """A named list, the longest first, between two bounds; its time grows with the list."""
    kana, latin = r"[\u30a1-\u30fa\u30fc]", r"[\p{Latin}\p{N}]"
    inside = rf"(?<={kana})(?={kana})|(?<={latin})(?={latin})"
    listed = "|".join(sorted(map(regex.escape, spellings), key=len, reverse=True)) or r"(?!)"
    assert found(spellings, text) == regex.findall(rf"(?!{inside})(?:{listed})(?!{inside})", text)
