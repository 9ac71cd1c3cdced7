"""Dumps of MediaWiki (`pages-articles.xml`, export 0.10 and 0.11): the wikitext of its articles, and the XML around it as it stands.

Read are pages of the first namespace that redirect to no other. Their name is their title. The sizes and sums that the XML tells
of a text (`bytes`, `sha1`) stay those of the text as it was.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias
from xml.parsers import expat

from soroe.formats.encoding import text_of
from soroe.formats.pieces import Piece, Pieces
from soroe.formats.read import (
    OTHER_LANGUAGE,
    Article,
    Broken,
    Damaged,
    Event,
    Kept,
    NotOurs,
    Reading,
    Source,
    Started,
    article_of,
)
from soroe.text import Edit, Span

if TYPE_CHECKING:
    from soroe.formats.stream import Stream

Place: TypeAlias = Literal["", "head", "tail"]

# Pages that are kept as they are: templates, categories, redirects, program text.
NO_ARTICLE = "pages that are no articles"

_CHUNK = 1 << 16
_TAG = re.compile(rb"""<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*>""")
_PAGE = re.compile(r"\s*<page[\s>]")
_TAIL = b"</mediawiki>\n"
_SIGNS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_TOLD = {
    ("mediawiki", "siteinfo"): ("sitename", "dbname", "base"),
    ("mediawiki", "page"): ("title", "ns", "id"),
    ("mediawiki", "page", "revision"): ("model", "timestamp"),
}


class Wikitext(Piece):
    """The lines of a dump with the text of a page, from the beginning of its first."""

    escapes = re.compile(r"&(?:lt|gt|amp|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);")

    def written(self, text: str, edits: Sequence[Edit]) -> str:
        """The text as it stands in XML; what no edit touches stays as it was written."""
        return self.spliced(edits)

    def escaped(self, after: str) -> str:
        """A replacement as it stands in XML: as MediaWiki writes it, with quotes as references too."""
        return html.escape(after, quote=False).replace('"', "&quot;")


class _Page(NamedTuple):
    """Where the text of a page stands in the dump, in bytes and lines, what belongs to it before it, and what is told of it."""

    begin: int
    start: int
    end: int
    line: int
    told: dict[str, str]
    is_article: bool


class _Pages:
    """Goes through a dump, and keeps no more of it than the page that it is in."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        self._path: list[str] = []
        self._told: dict[str, str] = {}
        self._is_redirect = False
        self._window = bytearray()
        self._base = 0  # where in the dump the window begins
        self._opened: tuple[int, int, int] | None = (
            None  # where a text begins and its line, and what belongs to it before it
        )
        self._safe = 0  # up to here there is no text that is not known
        self._found: list[_Page] = []
        self._page: int | None = None  # where a page begins of which no text was met yet
        self._first: int | None = None  # where the first page begins
        self._is_closed = False

    def pages(self, chunk: bytes, is_last: bool = False) -> Iterator[tuple[bytes, _Page | Place]]:
        """The bytes up to the end of the text of a page, with that page; without one, bytes and their place.

        The bytes of a first text begin with its page, so that there another file could begin.
        """
        is_tail = self._is_closed
        self._window += chunk
        error: Exception | None = None
        try:
            self._parser.Parse(chunk, is_last)
        except (expat.ExpatError, Damaged, NotOurs) as caught:
            error = caught
        if isinstance(error, NotOurs):
            raise error
        if self._first is None:
            if self._opened is None and not is_tail:
                yield self._taken(self._safe), "head"
        elif self._base < self._first:
            yield self._taken(self._first), "head"
        for page in self._found:
            yield self._taken(page.begin), ""
            yield self._taken(page.end), page
        self._found.clear()
        if is_last and not error:
            self._safe = self._base + len(self._window)
        if self._opened is None:
            yield self._taken(self._safe if self._page is None else self._page), "tail" if is_tail else ""
        if isinstance(error, expat.ExpatError):
            told = expat.errors.messages[error.code]
            raise Damaged(f"not well-formed XML: {told} at column {error.offset + 1}", error.lineno)
        if error:
            raise error

    def _taken(self, until: int) -> bytes:
        size = max(0, until - self._base)
        taken = bytes(self._window[:size])
        del self._window[:size]
        self._base += size
        return taken

    def _here(self) -> int:
        """Where the tag begins that is being read. On Windows expat counts to 2**32 and begins again."""
        return self._base + (self._parser.CurrentByteIndex - self._base) % (1 << 32)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != "mediawiki":
            raise NotOurs(f"no dump of MediaWiki: its outermost element is <{name}>, not <mediawiki>")
        self._safe = at = self._here()
        if not self._path:
            self._told["lang"] = attributes.get("xml:lang", "")
        elif name in _TOLD.get(tuple(self._path), ()):
            self._told[name] = ""
            self._parser.CharacterDataHandler = self._character_data
        elif self._path == ["mediawiki"] and name == "page":
            self._page = self._line_of(at)
            self._first = self._page if self._first is None else self._first
            self._is_redirect = False
            self._told |= {"ns": "0", "model": "wikitext"}
        elif self._path == ["mediawiki", "page"] and name == "redirect":
            self._is_redirect = True
        elif self._path == ["mediawiki", "page", "revision"] and name == "text":
            tag = _TAG.match(self._window, at - self._base)
            if tag and not tag[0].endswith(b"/>"):
                begin = self._line_of(at) if self._page is None else self._page
                self._opened = self._base + tag.end(), self._parser.CurrentLineNumber, begin
                self._page = None
        self._path.append(name)

    def _end(self, name: str) -> None:
        self._path.pop()
        self._parser.CharacterDataHandler = None
        self._safe = self._here()
        if self._opened and name == "text":
            start, line, begin = self._opened
            is_article = (
                not self._is_redirect and self._told.get("ns", "0") == "0" and self._told["model"] == "wikitext"
            )
            self._found.append(_Page(begin, start, self._safe, line, dict(self._told), is_article))
            self._opened = None
        if name == "page" and len(self._path) == 1:
            self._page = None
        self._is_closed = not self._path

    def _line_of(self, at: int) -> int:
        """Where the line begins, if nothing stands in it before the tag."""
        begin = self._window.rfind(b"\n", 0, at - self._base) + 1
        return at if self._window[begin : at - self._base].strip() else self._base + begin

    def _character_data(self, text: str) -> None:
        self._told[self._path[-1]] += text

    def _doctype(self, *_: Any) -> None:
        raise Damaged("has a DOCTYPE, which a dump of MediaWiki has not", self._parser.CurrentLineNumber)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8"):
            raise NotOurs(f"in {encoding}, and a dump of MediaWiki is in UTF-8")


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The articles of a dump, and the XML between their texts."""
    pages = _Pages()
    is_started = False
    while True:
        chunk = stream.read(_CHUNK)
        if not chunk and stream.damage:
            return
        for data, page in pages.pages(chunk, is_last=not chunk):
            if not data:
                continue
            if not is_started:  # whether it is a dump tells its outermost element, before which nothing is given out
                yield Started(source, "utf-8")
                is_started = True
            yield _event(data, page, source, reading)
        if not chunk:
            return


class _Writer(Pieces):
    """Writes XML, of which another file can begin with a page, and with no second text of a page."""

    def size_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> int | None:
        assert article.row
        return super().size_of_article(article, text, edits) if _PAGE.match(article.row.line) else None

    def size_of_kept(self, kept: Kept) -> int | None:
        return super().size_of_kept(kept) if _PAGE.match(kept.piece) else None

    def close(self, is_cut: bool = False) -> str:
        if is_cut:
            self.raw(_TAIL)
        return super().close()


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Pieces:
    """Writes the XML, and the texts in it; a page that could not be cleaned stays as it was."""
    return _Writer(file, "utf-8", keeps_broken=True)


def _event(data: bytes, page: _Page | Place, source: Source, reading: Reading) -> Article | Kept | Broken:
    line = text_of(data, "utf-8")
    if line is None:  # expat takes nothing that is not UTF-8; were it to, the bytes would stay, and be told
        return Broken(
            source, page.line if isinstance(page, _Page) else None, "not UTF-8, as a dump of MediaWiki is", data
        )
    if not isinstance(page, _Page):
        return Kept(line, place=page)
    told = {**page.told, "pageid": page.told.get("id", ""), "id": page.told.get("title", "")}
    raw = data[len(data) - (page.end - page.start) :].decode("utf-8", "surrogatepass")
    if not page.is_article or "<" in raw:  # a CDATA section, which MediaWiki does not write
        return Kept(line, NO_ARTICLE)
    if reading.passes_over(told.get(reading.lang_field)):
        return Kept(line, OTHER_LANGUAGE)
    text = Wikitext.escapes.sub(_said, raw)
    piece = Wikitext(line, Span(len(line) - len(raw), len(line)))
    return article_of(piece, text, lambda field: told.get(field) or None, page.line, source, reading)


def _said(reference: re.Match[str]) -> str:
    """The character that a reference stands for; `html.unescape` reads &#128; as browsers do."""
    sign = reference[0][1:-1]
    if sign.startswith("#"):
        return chr(int(sign[2:], 16) if sign[1] == "x" else int(sign[1:]))
    return _SIGNS[sign]
