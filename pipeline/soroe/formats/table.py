"""CSV and TSV: a record of cells, of which one is the text; a quoted cell may hold line breaks.

The first record names the fields, and tells by what they are separated. Only a cell that is changed is written anew: in quotes, if
it was, or has to be. Python's `csv` tells of no cell where it stands and how it was written.
"""

from __future__ import annotations

import re
from collections import deque
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
                    raise BadRow(
                        f"a quoted cell of several lines goes on behind its closing quote, from column {at + 1} on"
                    )
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


class _Record(NamedTuple):
    number: int
    raw: bytes
    text: str
    is_readable: bool = True
    reason: str = ""


class _Records:
    """The records of a table, each some lines of it."""

    def __init__(self, lines: Iterator[bytes], encoding: str) -> None:
        self._lines = (self._line(number, raw, encoding) for number, raw in enumerate(lines, 1))
        self._ahead: deque[_Record] = deque()

    @staticmethod
    def _line(number: int, raw: bytes, encoding: str) -> _Record:
        text = text_of(raw, encoding)
        # What is no text may still have the quote that closes a cell.
        return _Record(number, raw, raw.decode(encoding, "replace") if text is None else text, text is not None)

    def next(self, delimiter: str) -> _Record | None:
        """The next record; None behind the last."""
        first = self._next_line()
        if first is None:
            return None
        lines = [first]
        size = len(first.text)
        while True:
            text = "".join(line.text for line in lines)
            try:
                is_whole = cells(text, delimiter) is not None
            except BadRow as error:
                return self._only(lines, str(error))
            if is_whole:
                return _Record(
                    first.number, b"".join(line.raw for line in lines), text, all(x.is_readable for x in lines)
                )
            # The cell ends in a line with an odd number of quotes.
            while line := self._next_line():
                lines.append(line)
                size += len(line.text)
                if size > LONGEST_RECORD or line.text.count('"') % 2:
                    break
            if line is None or size > LONGEST_RECORD:
                return self._only(lines, _UNCLOSED.format(text.rfind(f'{delimiter}"') + 2))

    def _only(self, lines: list[_Record], reason: str) -> _Record:
        """The first line; the others are read anew."""
        self._ahead.extendleft(reversed(lines[1:]))
        return lines[0]._replace(reason=reason)

    def _next_line(self) -> _Record | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)


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
    return [said(text[slice(*span)]) for span in cells(text, delimiter) or ()]


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
