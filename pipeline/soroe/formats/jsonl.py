"""JSONL: a row a line, of which one field is the text, or of which several fields are read. How a row is taken apart tells `rows`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from soroe.formats.encoding import text_of
from soroe.formats.lines import lines_of
from soroe.formats.pieces import Pieces
from soroe.formats.read import (
    NO_TEXT,
    OTHER_LANGUAGE,
    Article,
    Broken,
    Event,
    Kept,
    Reading,
    Source,
    Started,
    article_of,
)
from soroe.formats.rows import BadRow, Row, row_in, valid_line, values_of

if TYPE_CHECKING:
    from soroe.formats.stream import Stream


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The rows of a dump; blank lines are kept, and so are rows whose text is null."""
    encoding, lines = lines_of(stream, encoding)
    yield Started(source, encoding)
    for number, raw in enumerate(lines, source.first):
        line = text_of(raw, encoding)
        if line is None:
            yield Broken(source, number, f"not {encoding.upper()}, as the file is", raw)
        elif not line.strip("\ufeff \t\r\n"):
            yield Kept(line)
        else:
            try:
                yield _row(line, number, source, reading)
            except BadRow as error:
                yield Broken(source, number, str(error), raw)


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Pieces:
    """Writes rows; where no encoding is asked for, in valid UTF-8."""
    return Pieces(file, encoding) if encoding else Pieces(file, "utf-8", valid_line)


def _row(line: str, number: int, source: Source, reading: Reading) -> Article | Kept:
    if source.prose_fields:
        from soroe.formats.fields.view import fields_of_row

        fields, values = fields_of_row(line, source.prose_fields, number)
        if reading.passes_over(values.get(reading.lang_field)):
            return Kept(line, OTHER_LANGUAGE)
        article = article_of(Row(line, None), line, values.get, number, source, reading)
        return article._replace(fields=fields, markup="fields")
    members = values_of(line)

    def value(field: str) -> object:
        return members[field][0] if field in members else None

    if reading.passes_over(value(reading.lang_field)):
        return Kept(line, OTHER_LANGUAGE)
    if members.get(reading.text_field, ("", None))[0] is None:
        return Kept(line, NO_TEXT)
    return article_of(*row_in(line, members, reading.text_field), value, number, source, reading)
