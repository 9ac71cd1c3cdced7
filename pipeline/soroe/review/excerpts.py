"""The line of a finding as a terminal shows it, and where the carets under it stand.

A full-width character takes two columns, a combining mark none, an emoji of five code points two. What has no shape of its own
is given one: a control character its picture (␛), a character without width its number ([U+200B]), a tab four spaces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from soroe.text import Span

_TAB = 4
_JOINER = "\u200d"  # at the end it joins nothing, and a terminal may swallow the next character: ❤[U+200D]a


class Excerpt(NamedTuple):
    """A line as shown, the column its carets begin at (from 0), how many they are, and how many lines more the finding has."""

    line: str
    column: int
    carets: int
    more_lines: int


class _Cell(NamedTuple):
    """What the eye takes for one character: its code points, its shape and its columns."""

    span: Span
    shape: str
    columns: int


def excerpt(text: str, span: Span, columns: int) -> Excerpt:
    """The first line of a span, cut around it to so many columns.

    >>> shown = excerpt("会長の\\tｱﾙﾄﾏﾝ氏は去った。", Span(4, 9), 60)
    >>> print(shown.line, " " * shown.column + "^" * shown.carets, sep="\\n")
    会長の    ｱﾙﾄﾏﾝ氏は去った。
              ^^^^^

    >>> print(excerpt("その日の夕方になって、会長のｱﾙﾄﾏﾝ氏は去ったと伝えられた。", Span(14, 19), 20).line)
    …会長のｱﾙﾄﾏﾝ氏は去…
    """
    start = text.rfind("\n", 0, span.start) + 1
    start += text.startswith("\ufeff", start) and start == 0
    end = text.find("\n", span.start)
    end = len(text) if end < 0 else end
    end -= text.endswith("\r", start, end)
    more = text.count("\n", span.start, max(span.start, span.end - 1))
    # As many code points as can matter: a line of a megabyte may hold a thousand findings.
    near = Span(max(start, span.start - 4 * columns), min(end, span.start + 8 * columns))
    cells = list(_cells(text, near))
    first = next((at for at, cell in enumerate(cells) if cell.span.end > span.start), len(cells))
    last = next((at for at, cell in enumerate(cells) if cell.span.start >= span.end), len(cells))
    is_whole = near == (start, end) and sum(cell.columns for cell in cells) <= columns
    begin, stop = (0, len(cells)) if is_whole else _window(cells, first, last, columns - 2)
    before = "…" if near.start > start or begin else ""
    after = "…" if near.end < end or stop < len(cells) else ""
    line = before + "".join(cell.shape for cell in cells[begin:stop]) + after
    marked = sum(cell.columns for cell in cells[first : min(last, stop)])
    return Excerpt(line, len(before) + sum(cell.columns for cell in cells[begin:first]), max(1, marked), more)


def clipped(text: str, columns: int) -> str:
    """The text, or as much of its beginning as fits.

    >>> clipped("アルトマン氏は去った", 12)
    'アルトマン…'
    """
    from wcwidth import clip, width

    return text if width(text) <= columns else f"{clip(text, 0, columns - 1).rstrip()}…"


def _cells(text: str, span: Span) -> Iterator[_Cell]:
    from wcwidth import iter_graphemes, wcswidth

    at = span.start
    for grapheme in iter_graphemes(text[slice(*span)]):
        shape = _shape(grapheme)
        columns = max(0, wcswidth(shape))
        if not columns:  # a mark that has lost the letter it stands on
            shape, columns = f"◌{shape}", 1
        yield _Cell(Span(at, at + len(grapheme)), shape, columns)
        at += len(grapheme)


def _shape(grapheme: str) -> str:
    """The character as it can be seen.

    >>> _shape("が"), _shape("👨‍👩‍👧"), _shape("\\x1b"), _shape("\\u200b"), _shape("\\t")
    ('が', '👨‍👩‍👧', '␛', '[U+200B]', '    ')
    """
    if grapheme == "\t":
        return " " * _TAB
    is_emoji = len(grapheme) > 1 and unicodedata.category(grapheme[0]) == "So"
    if grapheme.isprintable() or (is_emoji and not grapheme.endswith(_JOINER)):
        return grapheme
    return "".join(map(_picture, grapheme))


def _picture(letter: str) -> str:
    if letter < " ":
        return chr(0x2400 + ord(letter))
    if letter == "\x7f":
        return "␡"
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"):
        return f"[U+{ord(letter):04X}]"
    return letter


def _window(cells: list[_Cell], first: int, last: int, columns: int) -> tuple[int, int]:
    """The stretch of cells around the finding that fits: all of the finding if it can, and as much on either side of it."""
    begin = stop = first
    left = columns
    while stop < last and cells[stop].columns <= left:
        left -= cells[stop].columns
        stop += 1
    if stop < last:
        return begin, stop
    while True:
        before = begin > 0 and cells[begin - 1].columns <= left
        if before:
            begin -= 1
            left -= cells[begin].columns
        after = stop < len(cells) and cells[stop].columns <= left
        if after:
            left -= cells[stop].columns
            stop += 1
        if not before and not after:
            return begin, stop
