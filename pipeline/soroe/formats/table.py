"""CSV and TSV: a record of cells, of which one is the text; a quoted cell may hold line breaks.

The first record names the fields, and tells by what they are separated. Only a cell that is changed is written anew: in quotes, if
it was, or has to be. Python's `csv` tells of no cell where it stands and how it was written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from soroe.formats.encoding import text_of
from soroe.formats.lines import lines_of
from soroe.formats.pieces import Piece, Pieces
from soroe.formats.read import (
    OTHER_LANGUAGE,
    Article,
    Broken,
    Event,
    Kept,
    NotOurs,
    Reading,
    Source,
    Started,
    article_of,
)
from soroe.formats.rows import BadRow, no_field
from soroe.text import Edit, Span

if TYPE_CHECKING:
    from soroe.formats.stream import Stream

# A quote that is still open after so many characters was never meant to open a cell.
LONGEST_RECORD = 1 << 24

_DELIMITERS = {"csv": ",;\t|", "tsv": "\t,;|"}
_QUOTED = r'"[^"]*(?:""[^"]*)*"'
_CLOSED = re.compile(_QUOTED + '(?!")')
_LINE_END = re.compile(r"\r?\n\Z")
_CLOSING = re.compile(r'[^"]*(?:""[^"]*)*"(?!")')
_GOES_ON = "a quoted cell of several lines goes on behind its closing quote, from column {} on"
_UNCLOSED = "a quote opens a cell at column {} and nothing closes it"


@dataclass(frozen=True)
class Cell(Piece):
    """A record as it stands, and the cell in it that is the text, quotes included."""

    delimiter: str = ","

    escapes = re.compile('""')

    @property
    def opening(self) -> int:
        """1 where the cell is quoted."""
        return int(bool(self.literal and is_quoted(self.line[slice(*self.literal)])))

    def written(self, text: str, edits: Sequence[Edit]) -> str:
        """The text as a cell: in quotes, if it was, or has to be."""
        has_to_be = text.startswith('"') or any(sign in text for sign in (self.delimiter, "\n", "\r"))
        return f'"{_doubled(text)}"' if self.opening or has_to_be else text

    def escaped(self, after: str) -> str:
        """A replacement as it stands in the cell."""
        return _doubled(after) if self.opening else after


def is_quoted(cell: str) -> bool:
    """Whether a cell is in quotes.

    >>> [is_quoted(cell) for cell in ('"彼は""はい""と言った"', '"はい" と言った', "はい", '""')]
    [True, False, False, True]
    """
    return bool(re.fullmatch(_QUOTED, cell))


def said(cell: str) -> str:
    """What a cell says.

    >>> said('"彼は""はい""と言った"'), said('"はい" と言った')
    ('彼は"はい"と言った', '"はい" と言った')
    """
    return cell[1:-1].replace('""', '"') if is_quoted(cell) else cell


def cells(record: str, delimiter: str) -> list[Span] | None:
    """Where the cells of a record stand; None where a quote is still open at its end.

    A cell that goes on behind its closing quote is no quoted cell: as in tables that know no quotes, it is what it looks like.

    >>> record = '7,"マスク氏は、\\n語った","はい" と\\n'
    >>> [record[slice(*span)] for span in cells(record, ",")]
    ['7', '"マスク氏は、\\n語った"', '"はい" と']
    >>> cells('7,"マスク氏は、\\n', ",")

    Raises `BadRow` where a cell over several lines goes on behind its closing quote.
    """
    line_end = _LINE_END.search(record)
    end = line_end.start() if line_end else len(record)
    quoted = _quoted(delimiter)
    found: list[Span] = []
    at = 0
    while True:
        match = quoted.match(record, at) if record.startswith('"', at) else None
        if match:
            stop = match.end()
        else:
            if record.startswith('"', at):
                closed = _CLOSED.match(record, at)
                if not closed:
                    return None
                if "\n" in closed[0]:
                    raise BadRow(_GOES_ON.format(at + 1))
            stop = record.find(delimiter, at, end)
            stop = end if stop < 0 else stop
        found.append(Span(at, stop))
        if stop >= end:
            return found
        at = stop + 1


@lru_cache
def _quoted(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf"{_QUOTED}(?={re.escape(delimiter)}|\r?\n?\Z)")


def _doubled(text: str) -> str:
    return text.replace('"', '""')


def _open_behind(line: str, delimiter: str, at: int = 0, is_last: bool = True) -> int:
    """Where in a line, of which a cell begins at ``at``, a quoted cell begins that is still open behind it; -1 where none does.

    >>> _open_behind('7,"マスク氏は、', ","), _open_behind('7,"マスク氏は、"', ",")
    (2, -1)
    """
    quoted = _quoted(delimiter) if is_last else _quoted_between(delimiter)
    while True:
        stop = at
        if line.startswith('"', at):
            match = quoted.match(line, at)
            if match:
                stop = match.end()
            elif not _CLOSED.match(line, at):
                return at
        at = line.find(delimiter, stop) + 1
        if not at:
            return -1


@lru_cache
def _quoted_between(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf"{_QUOTED}(?={re.escape(delimiter)})")


class _Record(NamedTuple):
    number: int
    raw: bytes
    text: str
    is_readable: bool = True
    reason: str = ""


@dataclass
class _Way:
    """How it goes on from a cell that is open behind a line: the same for all records that might begin before.

    It was looked at to the end of ``line``, behind which the cell is open that begins at ``at``.
    """

    line: int
    at: int
    quote: int  # where the last one to there stands that follows a delimiter
    goes_on: bool = False  # the cell is closed, and goes on behind its closing quote
    joined: _Way | None = None

    def last(self) -> _Way:
        """The way that this one came upon, or itself."""
        way = self
        while way.joined:
            way = way.joined
        return way


@dataclass
class _Line:
    """A line, where it begins, and the ways that lead behind it: out of an open cell, and out of none."""

    number: int
    raw: bytes
    text: str
    is_readable: bool
    begin: int
    inside: _Way | None = None
    outside: _Way | None = None

    def quote(self, delimiter: str) -> int:
        """Where the last quote stands that follows a delimiter; -1 where there is none."""
        at = self.text.rfind(f'{delimiter}"') + 1
        return self.begin + at if at else -1


class _Records:
    """The records of a table, each some lines of it.

    A quote that opens a cell may be closed far ahead, or nowhere, as in `5" screen,"foo`; each line may have one. What
    was seen ahead of one is therefore kept for the next.
    """

    def __init__(self, lines: Iterator[bytes], encoding: str) -> None:
        self._lines, self._encoding = lines, encoding
        self._next = 1  # the number of the line with which the next record begins
        self._read: list[_Line] = []  # that one, and those behind it
        self._odd: list[int] = []  # the numbers of those with an odd number of quotes
        self._end = 0  # where they end

    def next(self, delimiter: str) -> _Record | None:
        """The next record; None behind the last."""
        if not self._read and not self._more():
            return None
        first = self._line(self._next)
        column = _open_behind(first.text, delimiter)
        if column < 0:
            return self._taken(self._next)
        quote = first.quote(delimiter)
        way = first.inside.last() if first.inside else _Way(first.number, first.begin + column, quote)
        first.inside = way
        # The cell ends in a line with an odd number of quotes.
        while odd := self._odd_behind(max(way.line, first.number), first.begin):
            on = way if way.goes_on else self._followed(way, odd, delimiter)
            if not on:
                return self._taken(odd)
            if on.goes_on:
                return self._taken(self._next, _GOES_ON.format(on.at - first.begin + 1))
            way = on
        quote = max(quote, way.quote)
        return self._taken(self._next, _UNCLOSED.format(max(quote - first.begin, 0) + 1))

    def _followed(self, way: _Way, end: int, delimiter: str) -> _Way | None:
        """The way to the end of a line, or that which it came upon; None where the line ends a record."""
        at, quote = way.at, way.quote
        for number in range(way.line + 1, end + 1):
            line = self._line(number)
            text, is_last = line.text, number == end
            closed = _CLOSING.match(text) if at >= 0 else None
            if closed and not text.startswith(delimiter, closed.end()):
                if not is_last or text[closed.end() :] not in ("\n", "\r\n", "\r", ""):
                    way.at, way.goes_on = at, True
                    return way
            if closed or at < 0:
                begin = text.find(delimiter, closed.end() if closed else 0) + 1
                column = _open_behind(text, delimiter, begin, is_last) if begin else -1
                at = line.begin + column if column >= 0 else -1
                if at < 0 and is_last:
                    return None
            there = line.inside if at >= 0 else line.outside
            if there:
                way.joined = there.last()
                return way.joined
            if at >= 0:
                line.inside = way
            else:
                line.outside = way
            quote = max(quote, line.quote(delimiter))
        way.line, way.at, way.quote = end, at, quote
        return way

    def _odd_behind(self, number: int, begin: int) -> int:
        """The number of the next line with an odd number of quotes; 0 where there is none, or a record would be too long."""
        at = bisect_right(self._odd, number)
        while at == len(self._odd):
            if self._end - begin > LONGEST_RECORD or not self._more():
                return 0
        odd = self._line(self._odd[at])
        return odd.number if odd.begin + len(odd.text) - begin <= LONGEST_RECORD else 0

    def _line(self, number: int) -> _Line:
        return self._read[number - self._read[0].number]

    def _more(self) -> bool:
        """Reads a line; whether there was one."""
        raw = next(self._lines, None)
        if raw is None:
            return False
        text = text_of(raw, self._encoding)
        # What is no text may still have the quote that closes a cell.
        told = raw.decode(self._encoding, "replace") if text is None else text
        number = self._read[-1].number + 1 if self._read else self._next
        self._read.append(_Line(number, raw, told, text is not None, self._end))
        self._end += len(told)
        if told.count('"') % 2:
            self._odd.append(number)
        return True

    def _taken(self, end: int, reason: str = "") -> _Record:
        """The record to the end of a line."""
        lines = [self._line(number) for number in range(self._next, end + 1)]
        self._next = end + 1
        gone = self._next - self._read[0].number
        if 2 * gone >= len(self._read):
            del self._read[:gone]
            del self._odd[: bisect_right(self._odd, end)]
        return _Record(
            lines[0].number,
            b"".join(line.raw for line in lines),
            "".join(line.text for line in lines),
            all(line.is_readable for line in lines),
            reason,
        )


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The records of a table; blank lines and the names of the fields are kept."""
    encoding, lines = lines_of(stream, encoding)
    records = _Records(lines, encoding)
    head = records.next(_DELIMITERS[source.format][0])
    if head is None:
        yield Started(source, encoding)
        return
    delimiter = _delimiter(head, source, reading, encoding)
    yield Started(source, encoding)
    yield Kept(head.text, place="head")
    names = _names(head, delimiter)
    places = {name: at for at, name in reversed([*enumerate(names)])}
    while record := records.next(delimiter):
        if record.reason or not record.is_readable:
            yield Broken(source, record.number, record.reason or f"not {encoding.upper()}, as the file is", record.raw)
        elif not record.text.strip("\r\n"):
            yield Kept(record.text)
        else:
            yield _row(record, delimiter, places, len(names), source, reading)


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Pieces:
    """Writes records; where no encoding is asked for, in UTF-8."""
    return Pieces(file, encoding or "utf-8")


def _delimiter(head: _Record, source: Source, reading: Reading, encoding: str) -> str:
    """What separates the names of the fields: that with which there is a field of the text."""
    if head.reason or not head.is_readable:
        raise NotOurs(f"its first line names no fields: {head.reason or f'not {encoding.upper()}'}")
    told = {delimiter: _names(head, delimiter) for delimiter in _DELIMITERS[source.format]}
    for delimiter, names in told.items():
        if reading.text_field in names:
            return delimiter
    there = max(told.values(), key=len)
    raise NotOurs(
        f"{no_field(reading.text_field, there)} (of a table, the first line names them; --text says which is the text)"
    )


def _names(head: _Record, delimiter: str) -> list[str]:
    text = head.text.removeprefix("\ufeff")
    try:
        return [said(text[slice(*span)]) for span in cells(text, delimiter) or ()]
    except BadRow:  # "a\nb",text is no line of semicolons
        return []


def _row(
    record: _Record, delimiter: str, places: dict[str, int], width: int, source: Source, reading: Reading
) -> Article | Kept | Broken:
    line = record.text
    spans = cells(line, delimiter) or []
    if len(spans) != width:
        reason = f"{len(spans)} cells, and the first line names {width}"
        return Broken(source, record.number, reason, record.raw)

    def value(field: str) -> str | None:
        return said(line[slice(*spans[places[field]])]) or None if field in places else None

    if reading.passes_over(value(reading.lang_field)):
        return Kept(line, OTHER_LANGUAGE)
    piece = Cell(line, spans[places[reading.text_field]], delimiter)
    return article_of(piece, value(reading.text_field) or "", value, record.number, source, reading)
