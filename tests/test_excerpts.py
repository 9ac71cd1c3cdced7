"""Carets stand under what they mean, whatever its characters take of the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import width

from soroe.review.excerpts import excerpt
from soroe.text import Span


def under(text: str, found: str, columns: int = 60) -> list[str]:
    """The line and the line of carets, as printed."""
    at = text.index(found)
    shown = excerpt(text, Span(at, at + len(found)), columns)
    return [shown.line, " " * shown.column + "^" * shown.carets]


@pytest.mark.parametrize(
    "text, found, line, carets",
    [
        pytest.param("ab cd ef", "cd", "ab cd ef", "   ^^", id="half-width letters take one column"),
        pytest.param("昨夜、氏は", "氏", "昨夜、氏は", "      ^^", id="full-width letters take two"),
        pytest.param("ｶﾞﾗﾊﾟ氏", "氏", "ｶﾞﾗﾊﾟ氏", "     ^^", id="half-width katakana takes one, and its marks one each"),
        pytest.param("カ\u3099ンマ氏", "ン", "カ\u3099ンマ氏", "  ^^", id="a combining mark takes none"),
        pytest.param("カ\u3099ンマ", "\u3099", "カ\u3099ンマ", "^^", id="a mark is marked with its letter"),
        pytest.param("\u3099ンマ", "\u3099", "◌\u3099ンマ", "^", id="a mark without a letter stands on a circle"),
        pytest.param("Café\u0301s 氏", "氏", "Café\u0301s 氏", "      ^^", id="Latin letters with marks"),
        pytest.param("👨‍👩‍👧と氏", "氏", "👨‍👩‍👧と氏", "    ^^", id="a family of emoji takes two"),
        pytest.param("❤️と氏", "氏", "❤️と氏", "    ^^", id="an emoji by its selector takes two"),
        pytest.param("🇯🇵と氏", "氏", "🇯🇵と氏", "    ^^", id="a flag takes two"),
        pytest.param("👍🏽と氏", "👍🏽", "👍🏽と氏", "^^", id="an emoji with its skin is one"),
        pytest.param("葛\U000e0100城氏", "城", "葛\U000e0100城氏", "  ^^", id="a selected form of a kanji takes two"),
        pytest.param("一\t二", "二", "一    二", "      ^^", id="a tab is four spaces"),
        pytest.param("一\t二", "\t", "一    二", "  ^^^^", id="a tab is marked whole"),
        pytest.param("一\x1b[31m二", "二", "一␛[31m二", "       ^^", id="an escape is seen and steers nothing"),
        pytest.param("一\x00\x7f\x85二", "二", "一␀␡[U+0085]二", "            ^^", id="control characters are seen"),
        pytest.param("サ\u200bム", "\u200b", "サ[U+200B]ム", "  ^^^^^^^^", id="a zero-width space is seen"),
        pytest.param("サ\u200dム", "ム", "サ[U+200D]ム", "          ^^", id="a joiner that joins nothing is seen"),
        pytest.param("サ\u202eム", "ム", "サ[U+202E]ム", "          ^^", id="a mark of direction turns nothing"),
        pytest.param("一　二", "　", "一　二", "  ^^", id="an ideographic space stays"),
        pytest.param("一\ud800二", "二", "一[U+D800]二", "          ^^", id="half of a pair is seen"),
        pytest.param("\ufeff一二", "二", "一二", "  ^^", id="the mark at the start of a file is no character"),
        pytest.param("上の行\r\n一二\r\n三", "二", "一二", "  ^^", id="of CR LF nothing is shown"),
        pytest.param("一\n。", "\n。", "一", "  ^", id="a finding at the end of a line stands behind it"),
        pytest.param("一\n\n二", "\n二", "", "^", id="an empty line"),
    ],
)  # fmt: skip
def test_carets(text: str, found: str, line: str, carets: str) -> None:
    assert under(text, found) == [line, carets]


def test_a_point_is_one_caret() -> None:
    assert excerpt("会場には人", Span(2, 2), 60)[1:3] == (4, 1)
    assert excerpt("", Span(0, 0), 60) == ("", 0, 1, 0)


def test_what_goes_on_is_counted_without_the_line_break_it_ends_with() -> None:
    text = "一\n二\n三\n四\n"
    assert [excerpt(text, Span(2, end), 60).more_lines for end in (3, 4, 5, 6, 8)] == [0, 0, 1, 1, 2]
    assert excerpt(text, Span(2, 8), 60)[:3] == ("二", 0, 2)


def test_a_long_line_is_cut_on_both_sides() -> None:
    text = "前" * 5000 + "ｱﾙﾄﾏﾝ" + "後" * 5000
    line, carets = under(text, "ｱﾙﾄﾏﾝ", 30)
    assert line.startswith("…前") and line.endswith("後…") and width(line) in (29, 30)
    assert line.index("ｱ") == line.count("前") + 1 and carets.index("^") == 2 * line.count("前") + 1


def test_a_line_is_cut_on_the_side_where_it_is_long() -> None:
    assert under("ｱﾙﾄﾏﾝ" + "後" * 50, "ｱﾙﾄﾏﾝ", 20) == ["ｱﾙﾄﾏﾝ後後後後後後…", "^^^^^"]
    assert under("前" * 50 + "ｱﾙﾄﾏﾝ", "ｱﾙﾄﾏﾝ", 20) == ["…前前前前前前ｱﾙﾄﾏﾝ", " " * 13 + "^^^^^"]


def test_a_long_finding_is_cut_with_its_carets() -> None:
    assert under("前" * 50 + "「" + "話" * 500 + "」", "「" + "話" * 500, 20) == [
        "…「話話話話話話話話…",
        " " + "^" * 18,
    ]


LETTERS = st.text(st.sampled_from("aｱあ漢、\t\n\r\u3099\u200b\u200d\ufe0f❤👨👩🇯🇵\x1b\ud800\ufeff…"), max_size=80)


@given(LETTERS, st.integers(0, 80), st.integers(0, 80), st.integers(16, 60))
def test_a_line_fits_and_its_carets_stand_under_it(text: str, one: int, other: int, columns: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    shown = excerpt(text, Span(start, end), columns)
    assert shown.line.replace("\ud800", "").isprintable() or set("\u200d\ufe0f") & set(shown.line)
    assert width(shown.line) <= columns
    assert shown.carets >= 1 and shown.column + shown.carets <= max(1, width(shown.line) + 1)
