"""Files that are one article each: text with or without markup, and the fields of JSON and YAML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from soroe.formats.encoding import Undecodable, bytes_of, decode, text_of
from soroe.formats.read import Article, Broken, Event, Kept, Reading, Source, Started
from soroe.formats.shapes import OF_FIELDS, lacking, markup_of
from soroe.text import Edit

if TYPE_CHECKING:
    from soroe.formats.fields.view import Kind
    from soroe.formats.stream import Stream


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The article that a file is; `Broken` with all its bytes where it is none."""
    data = stream.read()
    if stream.damage:
        yield Broken(source, None, "half a file is no article; what could be read of it is kept here", data)
        return
    missing = lacking(source.format)
    if encoding:
        text = text_of(data, encoding) or ""
    else:
        decoded = Undecodable(missing) if missing else decode(data)
        if isinstance(decoded, Undecodable):
            yield Broken(source, None, decoded.reason, data)
            return
        text, encoding = decoded
    yield Started(source, encoding)
    article = Article(source.name, text, markup_of(source.format), source)
    yield article if source.format not in OF_FIELDS else _with_fields(article, data)


def _with_fields(article: Article, data: bytes) -> Article | Broken:
    # They load what reads plain text, which other formats do not need.
    from soroe.formats.fields.values import Unreadable
    from soroe.formats.fields.view import Fields

    kind: Kind = "yaml" if article.source.format == "yaml" else "json"
    try:
        return article._replace(fields=Fields(article.text, kind, article.source.prose_fields))
    except Unreadable as error:
        return Broken(article.source, error.line, error.reason, data, error.column)


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Whole:
    """Writes an article; where no encoding is asked for, in UTF-8."""
    return Whole(file, encoding or "utf-8")


class Whole:
    """Writes the file that an article is."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._encoding = file, encoding
        self._digest = hashlib.sha256()
        self.written = 0
        self.goes_on = False

    def size_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> int | None:
        """A file that is one article is not cut."""
        return None

    def size_of_kept(self, kept: Kept) -> int | None:
        """There is nothing beside the article."""
        return None

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes all of it."""
        self.raw(bytes_of(text, self._encoding))

    def kept(self, kept: Kept) -> None:
        """There is nothing beside the article."""

    def broken(self, broken: Broken) -> None:
        """The quarantine holds it."""

    def raw(self, data: bytes) -> None:
        """Writes bytes as they stand."""
        self._digest.update(data)
        self._file.write(data)
        self.written += len(data)

    def close(self, is_cut: bool = False) -> str:
        """The digest of all that was written."""
        return self._digest.hexdigest()
