"""Articles in: files of text with or without markup, JSONL dumps, fields of JSON and YAML, folders of them, and standard input.

Reading gives a stream of events, so that a dump of any size is read in the memory of its longest line. Nothing is
dropped: what cannot be read comes as `Broken`, with its place and its bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, TypeAlias

from soroe.formats.encoding import Undecodable, decode, text_of
from soroe.formats.fields import NO_YAML
from soroe.formats.rows import BadRow, Row, read_row
from soroe.markup import NO_DOCUTILS
from soroe.text import Markup

if TYPE_CHECKING:
    from soroe.engine import Pipeline, Result
    from soroe.formats.fields.view import Fields, Kind

Format = Literal["txt", "md", "mdx", "html", "rst", "adoc", "jsonl", "json", "yaml"]
FORMATS: dict[str, Format] = {
    ".txt": "txt",
    ".md": "md",
    ".markdown": "md",
    ".mdx": "mdx",
    ".html": "html",
    ".htm": "html",
    ".rst": "rst",
    ".adoc": "adoc",
    ".asciidoc": "adoc",
    ".jsonl": "jsonl",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
}
# As messages and helps list them.
ENDINGS = ".txt, .md, .mdx, .html, .rst, .adoc, .jsonl, .json or .yaml"
NAMES_OF_FORMATS = "txt, md, mdx, html, rst, adoc, jsonl, json or yaml"
# Of these, which are more often data than texts, only the fields are read that a user names.
_OF_FIELDS = ("json", "yaml")

_MARKUPS: dict[Format, Markup] = {
    "txt": "plain",
    "md": "markdown",
    "mdx": "mdx",
    "html": "html",
    "rst": "rst",
    "adoc": "asciidoc",
    "jsonl": "plain",
    "json": "fields",
    "yaml": "fields",
}

# What reads a format and is not there for everyone.
_NEEDED = (("rst", "docutils", NO_DOCUTILS), ("yaml", "yaml", NO_YAML))

_CHUNK = 1 << 20
# A dump's encoding is told by this much of it; where all of that is ASCII, by more, but not by more than the second.
_HEAD, _LONGEST_HEAD = 1 << 20, 16 << 20


def markup_of(format: Format) -> Markup:
    """The markup of a file's text."""
    return _MARKUPS[format]


class Reading(NamedTuple):
    """How to read what does not say it of itself: standard input's format, and the fields of a row."""

    format: Format | None = None
    text_field: str = "text"
    id_field: str = "id"


class Source(NamedTuple):
    """A file to read; ``name`` is its path in the output, unique in a run. Without a path it is standard input.

    ``prose_fields`` are the fields that are read of JSON and YAML, and of a row in place of the field that `Reading` names.
    """

    name: str
    format: Format
    path: Path | None
    prose_fields: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The source as the user knows it, for messages."""
        return str(self.path) if self.path else "-"


class Skipped(NamedTuple):
    """A file in a folder that is none of ours."""

    path: Path


class Started(NamedTuple):
    """A source could be opened and its encoding told; its articles follow."""

    source: Source
    encoding: str


class Article(NamedTuple):
    """A text to clean. ``given_id`` is the id as it stood in the dump, where that was not unique.

    Where only ``fields`` of it are read, the text is the file, or the row of a dump, as it stands.
    """

    id: str | int
    text: str
    markup: Markup
    source: Source
    line: int | None = None
    row: Row | None = None
    given_id: str | int | None = None
    fields: Fields | None = None

    @property
    def prose(self) -> tuple[str, Markup]:
        """What is read of the text, and its markup."""
        return (self.fields.text, "fields") if self.fields else (self.text, self.markup)

    def cleaned_by(self, pipeline: Pipeline) -> Result:
        """What a pipeline makes of the text."""
        if self.fields:
            return self.fields.cleaned_by(pipeline, str(self.id))
        return pipeline.clean(self.text, str(self.id), self.markup)


class Blank(NamedTuple):
    """A line of a dump that is no row; it is kept."""

    line: str


class Broken(NamedTuple):
    """What could not be read, why, and its bytes."""

    source: Source
    line: int | None
    reason: str
    raw: bytes
    column: int | None = None


class Finished(NamedTuple):
    """All of a source was read, or all that could be: without a digest, it could not be read to its end."""

    source: Source
    encoding: str | None = None
    size: int = 0
    sha256: str | None = None


Event: TypeAlias = Skipped | Started | Article | Blank | Broken | Finished


class BadInput(Exception):
    """An input that a run should not begin with; the message is for the user."""


# Which fields of a file hold prose; None leaves the file out.
FieldsFor: TypeAlias = Callable[[Path], tuple[str, ...] | None]


def no_fields(path: Path) -> tuple[str, ...]:
    """Names no fields of any file."""
    return ()


def find_sources(
    inputs: Iterable[str], format: Format | None = None, prose_fields: FieldsFor = no_fields
) -> Iterator[Source | Skipped]:
    """The files that the inputs mean, folders in the order of their names; `BadInput` where an input is none.

    ``prose_fields`` tells which fields of a file hold prose, and None of one that is left out. JSON and YAML without such fields
    is skipped in a folder, and no input by its own name.

    A file's name in the output is its path in the folder that was given, or its own name; ``news.txt`` from a second
    folder becomes ``news#2.txt``.
    """
    unique = unique_names()
    for given in inputs:
        if given == "-":
            kind = format or "txt"
            fields = prose_fields(Path.cwd()) or ()
            _check_fields("-", kind, fields)
            yield Source(unique(f"stdin.{kind}"), kind, None, fields)
            continue
        path = Path(given)
        if path.is_dir():
            for inside in _files(path):
                found = FORMATS.get(inside.suffix.lower())
                fields_there = prose_fields(inside) if found else None
                is_read = fields_there is not None and (fields_there or found not in _OF_FIELDS)
                # A dangling link is told when it is opened.
                if found and is_read and (inside.is_file() or not inside.exists()):
                    yield Source(unique(inside.relative_to(path).as_posix()), found, inside, fields_there or ())
                else:
                    yield Skipped(inside)
            continue
        found = FORMATS.get(path.suffix.lower(), format)
        if not path.exists():
            raise BadInput(f"{given}: no such file or folder")
        if not os.access(path, os.R_OK):
            raise BadInput(f"{given}: may not be read (permission denied)")
        if not found:
            raise BadInput(f"{given}: not a {ENDINGS} file; say what it is with --format {NAMES_OF_FORMATS}")
        named = prose_fields(path)
        if named is None:
            yield Skipped(path)
            continue
        _check_fields(given, found, named)
        yield Source(unique(path.name), found, path, named)


def _check_fields(given: str, format: Format, fields: tuple[str, ...]) -> None:
    if format in _OF_FIELDS and not fields:
        raise BadInput(
            f"{given}: of {format.upper()} only the fields are read that hold prose: name them, as in --prose-fields title,body "
            "('*' for all), or with prose-fields in soroe.toml"
        )


def _files(folder: Path) -> Iterator[Path]:
    """All files under a folder, sorted, but for hidden ones; links to folders are not followed, for fear of circles."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def unique_names() -> Callable[[str], str]:
    """Tells a name that was not told before: the name itself, or with a number before its ending.

    >>> unique = unique_names()
    >>> [unique("2024/news.txt"), unique("2024/news.txt"), unique("news.txt")]
    ['2024/news.txt', '2024/news#2.txt', 'news.txt']
    """
    seen: set[str] = set()

    def unique(name: str) -> str:
        path = PurePosixPath(name)
        number = 1
        while name in seen:
            number += 1
            name = str(path.with_name(f"{path.stem}#{number}{path.suffix}"))
        seen.add(name)
        return name

    return unique


def unique_ids() -> Callable[[str | int], str | int]:
    """Tells an id that was not told before: the id itself, or with ``#2``, ``#3``… behind it.

    Of each id eight bytes are kept, so that a run over ten million rows remembers them in less than a gigabyte.
    """
    seen: set[int] = set()
    repeated: Counter[str | int] = Counter()

    def is_new(id: str | int) -> bool:
        digest = hashlib.blake2b(str(id).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        key = int.from_bytes(digest, "big")
        if key in seen:
            return False
        seen.add(key)
        return True

    def unique(id: str | int) -> str | int:
        told = id
        while not is_new(told):
            repeated[id] += 1
            told = f"{id}#{repeated[id] + 1}"
        return told

    return unique


def read(sources: Iterable[Source | Skipped], reading: Reading, stdin: BinaryIO) -> Iterator[Event]:
    """All that the sources hold, in order. Nothing is raised: what cannot be opened is `Broken`."""
    unique = unique_ids()
    for source in sources:
        if isinstance(source, Skipped):
            yield source
            continue
        try:
            stream = source.path.open("rb") if source.path else stdin
        except OSError as error:
            yield Broken(source, None, f"cannot be read: {error.strerror}", b"")
            yield Finished(source)
            continue
        try:
            for event in _rows(stream, source, reading) if source.format == "jsonl" else _file(stream, source):
                if isinstance(event, Article) and (id := unique(event.id)) != event.id:
                    event = event._replace(id=id, given_id=event.id)
                yield event
        except OSError as error:
            yield Broken(source, None, f"cannot be read to its end: {error.strerror}", b"")
            yield Finished(source)
        finally:
            if source.path:
                stream.close()


def _file(stream: BinaryIO, source: Source) -> Iterator[Event]:
    data = stream.read()
    missing = next(
        (told for format, module, told in _NEEDED if source.format == format and not find_spec(module)), None
    )
    decoded = Undecodable(missing) if missing else decode(data)
    if isinstance(decoded, Undecodable):
        yield Broken(source, None, decoded.reason, data)
        encoding = None
    else:
        encoding = decoded.encoding
        yield Started(source, encoding)
        article = Article(source.name, decoded.text, markup_of(source.format), source)
        yield article if source.format not in _OF_FIELDS else _with_fields(article, data)
    yield Finished(source, encoding, len(data), hashlib.sha256(data).hexdigest())


def _with_fields(article: Article, data: bytes) -> Article | Broken:
    # They load what reads plain text, which other formats do not need.
    from soroe.formats.fields.values import Unreadable
    from soroe.formats.fields.view import Fields

    kind: Kind = "yaml" if article.source.format == "yaml" else "json"
    try:
        return article._replace(fields=Fields(article.text, kind, article.source.prose_fields))
    except Unreadable as error:
        return Broken(article.source, error.line, error.reason, data, error.column)


def _rows(stream: BinaryIO, source: Source, reading: Reading) -> Iterator[Event]:
    digest = hashlib.sha256()
    size = 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    rest = chunks()
    head = bytearray()
    for chunk in rest:
        head += chunk
        if len(head) >= (_LONGEST_HEAD if head.isascii() else _HEAD):
            break
    encoding = encoding_of_dump(bytes(head))
    yield Started(source, encoding)
    for number, raw in enumerate(_lines(head, rest, "\n".encode(encoding)), 1):
        line = text_of(raw, encoding)
        if line is None:
            yield Broken(source, number, f"not {encoding.upper()}, as the file is", raw)
        elif not line.strip("\ufeff \t\r\n"):
            yield Blank(line)
        else:
            try:
                yield _row(line, number, source, reading)
            except BadRow as error:
                yield Broken(source, number, str(error), raw)
    yield Finished(source, encoding, size, digest.hexdigest())


def _row(line: str, number: int, source: Source, reading: Reading) -> Article:
    fields = None
    if source.prose_fields:
        from soroe.formats.fields.view import fields_of_row

        fields, id = fields_of_row(line, source.prose_fields, reading.id_field, number)
        row, text = Row(line, None), line
    else:
        row, text, id = read_row(line, reading.text_field, reading.id_field)
    name = f"{source.name}:{number}" if id is None else id
    return Article(name, text, "fields" if fields else markup_of(source.format), source, number, row, fields=fields)


def encoding_of_dump(head: bytes) -> str:
    """The encoding of a dump by its beginning; one broken row in it does not make the others unreadable.

    >>> encoding_of_dump('{"text": "マスク氏"}\\n'.encode("cp932") + b"\\xff\\xff\\n")
    'cp932'
    """
    wide = decode(head[: len(head) // 4 * 4]) if b"\0" in head else Undecodable("its ASCII has no zero bytes")
    if not isinstance(wide, Undecodable) and wide.encoding.startswith(("utf-16", "utf-32")):
        return wide.encoding
    lines = head[: head.rfind(b"\n") + 1] or head
    whole = decode(lines)
    if not isinstance(whole, Undecodable):
        return whole.encoding
    votes: Counter[str] = Counter()
    for line in lines.split(b"\n"):
        told = Undecodable("") if line.isascii() else decode(line)
        if not isinstance(told, Undecodable):
            votes[told.encoding] += len(line)
    return votes.most_common(1)[0][0] if votes else "utf-8"


def _lines(buffer: bytearray, chunks: Iterator[bytes], newline: bytes) -> Iterator[bytes]:
    """The lines of the buffer and the chunks after it, each with its line end."""
    width = len(newline)
    searched = 0
    for chunk in chain((b"",), chunks):
        buffer += chunk
        while (at := buffer.find(newline, searched)) >= 0:
            if at % width:  # the end of one character and the beginning of the next: 0A in U+0A30
                searched = at + 1
                continue
            yield bytes(buffer[: at + width])
            del buffer[: at + width]
            searched = 0
        searched = max(0, len(buffer) - width + 1)
    if buffer:
        yield bytes(buffer)
