"""Web archives: the pages of WARC and the texts of WET, with their headers and all other records as they stand.

Read are HTML pages in UTF-8, UTF-16 or an encoding of Japanese, and plain texts. Of a record that is changed the lengths and the digests
are made right. A record is handled as Latin-1, in which every byte is a character; so is all of a dump. The standard library is
enough for that, and a record comes back byte for byte, which libraries that take its headers apart do not promise.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from soroe.formats.encoding import Undecodable, decode
from soroe.formats.pieces import Piece, Pieces
from soroe.formats.read import (
    OTHER_LANGUAGE,
    Article,
    Broken,
    Damaged,
    Event,
    Kept,
    Reading,
    Source,
    Started,
    article_of,
)
from soroe.text import Edit, Markup, Span

if TYPE_CHECKING:
    from soroe.formats.stream import Stream

NO_PAGE = "records that are no pages"

_CHUNK = 1 << 20
_LONGEST_HEAD = 1 << 20
# A page of 600 KB may unpack to 600 MB of one letter.
_MOST_UNPACKED = 256 << 20
# Of gzip in many small parts, what stands behind each is copied.
_LEAST_STEP = 1 << 10
_GZIP = b"\x1f\x8b"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LINE_END = re.compile(rb"\r?\n")
_TRAILERS = re.compile(rb"(?:(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r?\n)*\r?\n)?[\r\n]*")
_FIELD = r"(?im)^({}[ \t]*:[ \t]*)([^\r\n]*)"
_TEXTS: dict[str, Markup] = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "plain"}
_KINDS = ("response", "conversion", "resource")
# As pages name them, and as Python does: a page in "Shift_JIS" has ① and 髙 too.
_ENCODINGS = {"shift_jis": "cp932", "euc_jp": "euc_jp", "cp932": "cp932", "iso2022_jp": "iso2022_jp"}
_NO_CHUNKS = "it says that it is in chunks and is not, or is cut short"


class _Page(NamedTuple):
    """A text in a record: where its bytes stand, how they are packed as its head says, and how they are to be read."""

    body: Span
    packings: Sequence[str]
    data: bytes
    encoding: str
    text: str
    markup: Markup


class Record(Piece):
    """A record as it stands, in Latin-1, to the line ends behind it; all of it is the literal, for its headers tell of its text."""

    def written(self, text: str, edits: Sequence[Edit]) -> str:
        """The record with another text, and with lengths and digests that are right for it."""
        page = _page_of(self.line)
        assert isinstance(page, _Page)
        head, block = _cut(self.line)
        # What the encoding has not can be said in HTML all the same.
        data = text.encode(page.encoding, "xmlcharrefreplace").decode("latin-1")
        http = self.line[block.start : page.body.start]
        was_packed = page.packings and self.line[slice(*page.body)].encode("latin-1") != page.data
        if was_packed or not _is_unpacked(data.encode("latin-1"), page.packings):
            http = re.sub(r"(?im)^(?=(?:transfer|content)-encoding[ \t]*:)", "X-Archive-Orig-", http)
        http = re.sub(_FIELD.format("content-length"), lambda match: match[1] + str(len(data)), http)
        head = re.sub(_FIELD.format("content-length"), lambda match: match[1] + str(len(http) + len(data)), head)
        head = _with_digest(head, "warc-payload-digest", data)
        head = _with_digest(head, "warc-block-digest", http + data)
        return head + http + data + self.line[block.end :]


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The pages of an archive; behind a record that is kept, an empty `Kept`."""
    yield Started(source, "latin-1")
    records = _Records(stream)
    number = source.first - 1
    while head := records.head():
        number += 1
        fields = _fields(head)
        parts = records.block()
        line = head + _beginning(fields, parts)
        if not _may_be_page(line, fields):
            yield Kept(line, NO_PAGE)
            yield from map(Kept, parts)
            yield Kept("")
            continue
        line += "".join(parts)
        page = _page_of(line)
        if isinstance(page, Undecodable):
            yield Broken(source, number, page.reason, line.encode("latin-1"))
        elif page is None or reading.passes_over(fields.get(reading.lang_field.lower())):
            yield Kept(line, OTHER_LANGUAGE if page else NO_PAGE)
            yield Kept("")
        else:
            yield _article(line, page, fields, number, source, reading)


def _beginning(fields: dict[str, str], parts: Iterator[str]) -> str:
    """So much of what a record holds that its kind is known."""
    begin = ""
    if fields.get("content-type", "").startswith("application/http"):
        for part in parts:
            begin += part
            if len(begin) > _LONGEST_HEAD or re.search(r"\r?\n\r?\n", begin):
                break
    return begin


def _may_be_page(begin: str, fields: dict[str, str]) -> bool:
    """Whether a record is of a kind that is read; a film is not, and does not have to fit into memory."""
    kind, _ = _kind_of(fields.get("content-type", ""))
    if kind == "application/http":
        at = _head_end(begin, 0)
        kind, _ = _kind_of(_fields(begin[at : _head_end(begin, at)]).get("content-type", ""))
    return kind in _TEXTS and fields.get("warc-type", "").lower() in _KINDS


class _Writer(Pieces):
    """Writes records, each for itself: an index of an archive tells where one begins that can be read alone."""

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        super().article(article, text, edits)
        self._file.flush()

    def kept(self, kept: Kept) -> None:
        super().kept(kept)
        if not kept.piece:
            self._file.flush()

    def broken(self, broken: Broken) -> None:
        super().broken(broken)
        self._file.flush()


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Pieces:
    """Writes records; one that could not be cleaned stays as it was."""
    return _Writer(file, "latin-1", keeps_broken=True)


def _article(line: str, page: _Page, fields: dict[str, str], number: int, source: Source, reading: Reading) -> Article:
    def value(field: str) -> str | None:
        return fields.get("warc-target-uri" if field == "id" else field.lower()) or None

    piece = Record(line, Span(0, len(line)))
    return article_of(piece, page.text, value, number, source, reading)._replace(markup=page.markup)


class _Records:
    """An archive record by record."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._ahead = bytearray()
        self._at = 0  # where in the archive that is
        self._number = self._began = 0
        self._left = 0

    def head(self) -> str:
        """The head of the next record; "" behind the last."""
        self._number += 1
        self._began = self._at
        searched = 0
        while not (end := _HEAD_END.search(self._ahead, searched)):
            searched = max(0, len(self._ahead) - 3)
            if len(self._ahead) > _LONGEST_HEAD or (len(self._ahead) > 5 and not self._ahead.startswith(b"WARC/")):
                raise self._damaged("is no record: it does not begin with WARC/1.0 and headers")
            if not self._more():
                if not self._ahead:
                    return ""
                raise self._damaged("is cut short")
        head = self._taken(end.end())
        length = _fields(head).get("content-length", "")
        if not head.startswith("WARC/") or not length.isdecimal():
            raise self._damaged("is no record: it needs WARC/1.0 and a Content-Length")
        if not _LENGTH.fullmatch(length):
            raise self._damaged("is no record: its Content-Length is no number of at most 18 digits")
        self._left = int(length)
        return head

    def block(self) -> Iterator[str]:
        """What the record holds, in parts, and the line ends behind it."""
        while self._left:
            if not self._ahead and not self._more():
                raise self._damaged("is cut short")
            part = self._taken(min(self._left, len(self._ahead)))
            self._left -= len(part)
            yield part
        while True:
            ends = len(self._ahead) - len(self._ahead.lstrip(b"\r\n"))
            if ends:
                yield self._taken(ends)
            if self._ahead or not self._more():
                return

    def _more(self) -> bool:
        chunk = self._stream.read(_CHUNK)
        self._ahead += chunk
        return bool(chunk)

    def _taken(self, size: int) -> str:
        part = self._ahead[:size].decode("latin-1")
        del self._ahead[:size]
        self._at += size
        return part

    def _damaged(self, what: str) -> Damaged:
        return Damaged(f"record {self._number}, at byte {self._began:,}, {what}", self._number)


def _cut(record: str) -> tuple[str, Span]:
    """The head of a record, and where its block stands."""
    head = record[: _head_end(record, 0)]
    return head, Span(len(head), len(head) + int(_fields(head)["content-length"]))


def _head_end(record: str, at: int) -> int:
    match = re.compile(r"\r?\n\r?\n").search(record, at)
    return match.end() if match else len(record)


def _fields(head: str) -> dict[str, str]:
    """The fields of a head, by their names in small letters; values are UTF-8."""
    pairs = (line.partition(":") for line in re.split(r"\r?\n(?![ \t])", head)[1:])
    return {
        name.strip().lower(): value.strip().encode("latin-1").decode("utf-8", "replace")
        for name, colon, value in pairs
        if colon
    }


def _page_of(record: str) -> _Page | Undecodable | None:
    """The text of a record; why it cannot be read; None where there is none."""
    head, block = _cut(record)
    kind, charset = _kind_of(_fields(head).get("content-type", ""))
    body = block
    packed: list[str] = []
    if kind == "application/http":
        body = Span(min(_head_end(record, block.start), block.end), block.end)
        http = _fields(record[block.start : body.start])
        kind, charset = _kind_of(http.get("content-type", ""))
        names = f"{http.get('content-encoding', '')},{http.get('transfer-encoding', '')}"
        packed = [name for name in (name.strip().lower() for name in names.split(",")) if name not in ("", "identity")]
    if kind not in _TEXTS:
        return None
    data = record[slice(*body)].encode("latin-1")
    try:
        data = _out_of(packed, data)
    except LookupError:
        return None
    except ValueError as error:
        return Undecodable(str(error))
    told = _decoded(data, charset, kind)
    return told if told is None or isinstance(told, Undecodable) else _Page(body, packed, data, *told, _TEXTS[kind])


def _kind_of(content_type: str) -> tuple[str, str]:
    charset = _CHARSET.search(content_type.encode("utf-8", "replace"))
    return content_type.partition(";")[0].strip().lower(), charset[1].decode() if charset else ""


def _decoded(data: bytes, charset: str, kind: str) -> tuple[str, str] | Undecodable | None:
    """The encoding of a page, and its text; None where it is in an encoding of other languages."""
    if not charset and kind != "text/plain":
        found = _CHARSET.search(data[:2048])
        charset = found[1].decode() if found else ""
    if charset:
        try:
            name = codecs.lookup(charset).name.replace("-", "_")
        except LookupError:
            name = ""
        if name and not name.startswith("utf") and name not in _ENCODINGS and not data.isascii():
            text = _exactly(data, "utf-8")  # many a page in UTF-8 says that it is in ISO-8859-1
            return None if text is None else ("utf-8", text)
        name = _ENCODINGS.get(name, name if name.startswith("utf") else "")
        text = _exactly(data, name) if name and name != "utf_16" else None
        if text is not None:
            return name, text
    # A page may tell an encoding that it is not in.
    told = decode(data)
    return told if isinstance(told, Undecodable) else (told.encoding, told.text)


def _exactly(data: bytes, encoding: str) -> str | None:
    """The text, if it is in that encoding and comes back as the same bytes."""
    try:
        text = data.decode(encoding)
        return text if text.encode(encoding) == data else None
    except UnicodeError:
        return None


def _out_of(packings: Sequence[str], data: bytes) -> bytes:
    for name in reversed(packings):
        data = _unpacked(data, name)
    return data


def _is_unpacked(data: bytes, packings: Sequence[str]) -> bool:
    """Whether data is taken as it is behind a head that says how it is packed: "A\\n" would be a chunk of ten bytes."""
    try:
        return _out_of(packings, data) == data
    except ValueError:
        return False


def _unpacked(data: bytes, name: str) -> bytes:
    """The data out of its packing; itself, where a crawler unpacked it and left the header that says that it is packed.

    Raises `ValueError` where it cannot be read, and `LookupError` where no one knows the packing.
    """
    if name == "chunked":
        return data if _chunk_size(data.partition(b"\n")[0]) is None else _without_chunks(data)
    if name in ("gzip", "x-gzip"):
        return _inflated(data, name, 31) if data.startswith(_GZIP) else data
    if name == "deflate":
        if data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0:
            return _inflated(data, name, 15)
        try:
            return _inflated(data, name, -15)
        except ValueError:
            # Without a head, only that tells it from a text.
            if _CONTROLS.search(data):
                raise
            return data
    raise LookupError(name)


def _inflated(data: bytes, name: str, window_bits: int) -> bytes:
    """All that was packed: gzip may stand behind gzip, and what follows that is no gzip would be lost."""
    parts: list[bytes] = []
    at, left = 0, _MOST_UNPACKED
    while True:
        packing = zlib.decompressobj(window_bits)
        step = _LEAST_STEP
        while not packing.eof:
            if at >= len(data):
                raise ValueError(f"its {name} is cut short")
            packed = data[at : at + step]
            try:
                parts.append(packing.decompress(packed, left + 1))
            except zlib.error as error:
                raise ValueError(f"its {name} is damaged: {error}") from None
            left -= len(parts[-1])
            if left < 0:
                raise ValueError(f"its {name} unpacks to more than {_MOST_UNPACKED >> 20} MB")
            at += len(packed)
            step = min(2 * step, _CHUNK)
        at -= len(packing.unused_data)
        if name == "deflate" or not data.startswith(_GZIP, at):
            break
    if data[at:].strip(b"\0"):  # gzip may be filled up with zeros
        raise ValueError(f"its {name} ends at byte {at:,}, and more stands behind it")
    return b"".join(parts)


def _without_chunks(data: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\n", at)
        size = _chunk_size(data[at:end]) if end >= 0 else None
        if size is None:
            raise ValueError(_NO_CHUNKS)
        at = end + 1 + size
        if not size:
            break
        parts.append(data[end + 1 : at])
        line_end = _LINE_END.match(data, at)
        if not line_end:
            raise ValueError(_NO_CHUNKS)
        at = line_end.end()
    if not _TRAILERS.fullmatch(data, at):
        raise ValueError(f"its last chunk ends at byte {at:,}, and more stands behind it")
    return b"".join(parts)


def _chunk_size(line: bytes) -> int | None:
    """How long a chunk is, of which that is the first line.

    >>> _chunk_size(b"1f ;name=value\\r"), _chunk_size(b"-40\\r"), _chunk_size(b"<p>")
    (31, None, None)
    """
    told = line.partition(b";")[0].strip()
    return int(told, 16) if _CHUNK_SIZE.fullmatch(told) else None


def _with_digest(head: str, name: str, data: str) -> str:
    """The head with a digest that is right for the data, written as it was; without it, where it is of a kind that is not known."""

    def right(match: re.Match[str]) -> str:
        kind, colon, told = match[2].strip().partition(":")
        try:
            digest = hashlib.new(kind.replace("-", ""), data.encode("latin-1"), usedforsecurity=False)
        except ValueError:
            return ""
        plain = told.rstrip("=")
        raw = digest.digest()
        if len(plain) == 2 * len(raw):
            written = raw.hex() if plain == plain.lower() else raw.hex().upper()
        elif len(plain) == -(-len(raw) * 8 // 6):
            is_for_addresses = "-" in plain or "_" in plain
            written = (base64.urlsafe_b64encode if is_for_addresses else base64.b64encode)(raw).decode()
        else:
            written = base64.b32encode(raw).decode()
        return f"{match[1]}{kind}{colon}{written if told != plain else written.rstrip('=')}{match[3]}"

    return re.sub(_FIELD.format(name) + r"(\r?\n)", right, head)
