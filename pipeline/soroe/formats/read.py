"""Articles in: files of text with or without markup, JSONL dumps, fields of JSON and YAML, folders of them, and standard input.

Reading gives a stream of events, so that a dump of any size is read in the memory of its longest line. Nothing is
dropped: what cannot be read comes as `Broken`, with its place and its bytes.
"""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast

from soroe.formats.ids import unique_ids
from soroe.formats.patterns import BadPattern, fitting, split_pattern
from soroe.formats.pieces import Piece
from soroe.formats.places import NoPlace, Stretch, is_url
from soroe.formats.places import found as found_at
from soroe.formats.places import opened as opened_at
from soroe.formats.shapes import (
    ENDINGS,
    FORMATS,
    NAMES_OF_FORMATS,
    OF_FIELDS,
    SHAPES,
    Format,
    lacking,
    markup_of,
    module_of,
)
from soroe.formats.stream import COMPRESSIONS, Stream, lacking_compression, split_compression
from soroe.text import Markup

if TYPE_CHECKING:
    from soroe.engine import Pipeline, Result
    from soroe.formats.fields.view import Fields

# Why a row is kept as it stands, as `run.json` counts it.
OTHER_LANGUAGE, NO_TEXT = "in another language", "without a text"
_JAPANESE = frozenset(("ja", "jpn", "japanese", "日本語"))


class Reading(NamedTuple):
    """How to read what does not say it of itself: the format of standard input and of other inputs by name (`jsonl.gz`), and the
    fields of a row.

    ``source_field`` tells where an article is from. Rows whose ``lang_field`` names another language than Japanese are kept as they are.
    """

    format: str | None = None
    text_field: str = "text"
    id_field: str = "id"
    source_field: str = ""
    lang_field: str = ""

    def passes_over(self, lang: object) -> bool:
        """Whether a row of this language is kept as it is; one that tells no language is read.

        >>> reading = Reading(lang_field="lang")
        >>> [reading.passes_over(lang) for lang in ("ja", "JA-jp", "jpn,eng", None, "", "en", "jav")]
        [False, False, False, False, False, True, True]
        """
        if not self.lang_field or not isinstance(lang, str) or not lang.strip():
            return False
        return re.split("[-_,;]", lang.strip().lower())[0] not in _JAPANESE


class Source(NamedTuple):
    """A file to read; ``name`` is its path in the output, unique in a run. Without a path it is standard input.

    ``prose_fields`` are the fields that are read of JSON and YAML, and of a row in place of the field that `Reading` names. What
    ``is_found`` in a folder need not be one of ours. Of a shard, ``first`` is the number of its first record in the whole, and
    ``goes_on`` tells that its last row group was cut, and has its other rows in the next.

    Of a dump that is read in parts, ``stretch`` is one: from where to where, in bytes of a file of lines, or in row groups; ``first`` is
    the number of its first row then.
    """

    name: str
    format: Format
    path: Path | None
    prose_fields: tuple[str, ...] = ()
    compression: str = ""
    is_found: bool = False
    first: int = 1
    goes_on: bool = False
    stretch: tuple[int, int] | None = None
    url: str = ""

    @property
    def shown(self) -> str:
        """The source as the user knows it, for messages."""
        return self.url or (str(self.path) if self.path else "-")

    def opened(self, stdin: BinaryIO) -> BinaryIO:
        """The file, or as much of it as is read."""
        if not (self.url or self.path):
            return stdin
        file = opened_at(self.url or self.path or "")
        if self.stretch and self.format != "parquet":
            return cast(BinaryIO, Stretch(file, *self.stretch))
        return cast(BinaryIO, Stretch(file)) if self.url else file

    @property
    def is_by_value(self) -> bool:
        """Whether its digest is of what it says, and not of its bytes."""
        return SHAPES[self.format].is_by_value


class Skipped(NamedTuple):
    """What is in a folder, or fits a pattern, and is not read: a file that is none of ours, a link to a folder, a socket."""

    path: Path


class Started(NamedTuple):
    """A source could be opened and its encoding told; its articles follow."""

    source: Source
    encoding: str


class Article(NamedTuple):
    """A text to clean. ``given_id`` is the id as it stood in the dump, where that was not unique.

    Where only ``fields`` of it are read, the text is the file, or the row of a dump, as it stands. ``provenance`` is what the dump
    tells of where it is from.
    """

    id: str | int
    text: str
    markup: Markup
    source: Source
    line: int | None = None
    row: Piece | None = None
    given_id: str | int | None = None
    fields: Fields | None = None
    provenance: str | int | None = None

    @property
    def prose(self) -> tuple[str, Markup]:
        """What is read of the text, and its markup."""
        return (self.fields.text, "fields") if self.fields else (self.text, self.markup)

    def cleaned_by(self, pipeline: Pipeline) -> Result:
        """What a pipeline makes of the text."""
        if self.fields:
            return self.fields.cleaned_by(pipeline, str(self.id))
        return pipeline.clean(self.text, str(self.id), self.markup)


class Kept(NamedTuple):
    """What stands between the articles of a dump, and is kept as it is; ``why``, where it might have been an article.

    Its ``place`` is "head" or "tail" where it stands before or behind all of them, and belongs to the dump and to no article.
    """

    piece: Any
    why: str = ""
    place: Literal["", "head", "tail"] = ""


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


Event: TypeAlias = Skipped | Started | Article | Kept | Broken | Finished


class NotOurs(Exception):
    """Why a file is none of its format; the message is for the user."""


class Damaged(Exception):
    """Why a file cannot be read on, and from which line; the message is for the user."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class BadInput(Exception):
    """An input that a run should not begin with; the message is for the user."""


# Which fields of a file hold prose; None leaves the file out.
FieldsFor: TypeAlias = Callable[[Path], tuple[str, ...] | None]


def no_fields(path: Path) -> tuple[str, ...]:
    """Names no fields of any file."""
    return ()


def find_sources(
    inputs: Iterable[str],
    format: str | None = None,
    prose_fields: FieldsFor = no_fields,
    are_urls_read: bool = False,
) -> Iterator[Source | Skipped]:
    """The files that the inputs mean, folders in the order of their names; `BadInput` where an input is none.

    An input that is no file may be a pattern of file names (`dump-*.jsonl.gz`), and of folders: they are read as if they were given,
    but for what a run has written. ``format`` may have the ending of a compression
    (`jsonl.gz`), and is that of every input by its own name, however it ends; what is found in a folder is what its ending says.
    ``prose_fields`` tells which fields of a file hold prose, and None of one that is left out. JSON and YAML without
    such fields is skipped in a folder, and no input by its own name.

    A file's name in the output is its path in the folder that was given, or its own name; ``news.txt`` from a second
    folder becomes ``news#2.txt``, and so does one whose name no other folder could hold beside the first: ``News.txt``, or the folder
    ``news.txt``.
    """
    unique = unique_names(_on_a_disk)
    told, told_compression = _parsed(format)
    for given in inputs:
        if given == "-":
            kind = told or "txt"
            fields = prose_fields(Path.cwd()) or ()
            _check_fields("-", kind, fields)
            yield Source(unique(f"stdin.{kind}{told_compression}"), kind, None, fields, told_compression)
            continue
        for there in _remote(given) if are_urls_read and is_url(given) else _paths(given):
            if isinstance(there, Skipped):
                yield there
                continue
            path, name, is_found, url = there
            stem, compression = split_compression(path.name)
            by_ending = FORMATS.get(PurePosixPath(stem).suffix.lower())
            found = by_ending if is_found else told or by_ending
            if not found and is_found:
                yield Skipped(path)
                continue
            if not found:
                raise BadInput(f"{path}: not a {ENDINGS} file; say what it is with --format {NAMES_OF_FORMATS}")
            named = prose_fields(path)
            if named is None or (is_found and found in OF_FIELDS and not named):
                yield Skipped(path)
                continue
            _check_fields(str(path), found, named)
            if told and told == found and not compression:
                compression = told_compression
            yield Source(unique(name), found, None if url else path, named, compression, is_found, url=url)


def _parsed(format: str | None) -> tuple[Format | None, str]:
    """The format and the compression of `jsonl.gz`."""
    if format is None:
        return None, ""
    name, compression = split_compression(format)
    for known in SHAPES:
        if known == name:
            return known, compression
    raise BadInput(
        f"--format {format}: none of {NAMES_OF_FORMATS}, each with {', '.join(COMPRESSIONS)} behind it or not"
    )


def _remote(given: str) -> Iterator[tuple[Path, str, bool, str]]:
    """The files of a URL, as `_paths` gives those of a path."""
    try:
        for url, name, is_found in found_at(given):
            yield Path(name), name, is_found, url
    except NoPlace as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{given}: cannot be listed: {error}") from None


def _paths(given: str) -> Iterator[tuple[Path, str, bool, str] | Skipped]:
    """The files of an input, each with its name in the output, whether it was found in a folder, and its URL: none."""
    path = Path(given)
    if path.is_dir():
        for inside in _files(path):
            yield inside if isinstance(inside, Skipped) else (inside, inside.relative_to(path).as_posix(), True, "")
        return
    if not path.exists() and glob.has_magic(given):
        yield from _fitting(given)
        return
    if not path.exists():
        raise BadInput(
            f"{given}: no such file or folder" + (" (URLs are read by: run --engine ray)" if is_url(given) else "")
        )
    if not os.access(path, os.R_OK):
        raise BadInput(f"{given}: may not be read (permission denied)")
    yield path, path.name, False, ""


def _fitting(pattern: str) -> Iterator[tuple[Path, str, bool, str] | Skipped]:
    """The files that a pattern means, and those in the folders that it means, in the order of their names."""
    try:
        fixed, parts = split_pattern(pattern)
    except BadPattern as error:
        raise BadInput(f"{pattern}: {error}") from None
    found: dict[Path, tuple[Path, str, bool, str] | Skipped] = {}
    for match in fitting(fixed, parts):
        if match.is_dir() and not ("**" in parts and match.is_symlink()):
            for inside in _files(match, is_left_out=_is_output):
                if isinstance(inside, Skipped):
                    found.setdefault(inside.path, inside)
                else:
                    found.setdefault(inside, (inside, inside.relative_to(fixed).as_posix(), True, ""))
        elif _is_read(match):
            found[match] = match, match.relative_to(fixed).as_posix(), False, ""
        else:
            found[match] = Skipped(match)
    if all(isinstance(told, Skipped) for told in found.values()):
        raise BadInput(f"{pattern}: no file has such a name")
    for path in sorted(found):
        yield found[path]


def _is_read(path: Path) -> bool:
    """Whether it is a file, or a dangling link, which is told when it is opened; a socket is neither."""
    return path.is_file() or not path.exists()


def _is_output(folder: Path) -> bool:
    """Whether a run has written there: of such a folder, which fits '*' as others do, no one means to read the logs."""
    from soroe.formats.stage import left_aside, read_run  # 8 ms, which a file by its name does not need

    return "soroe" in (read_run(folder) or {}) or left_aside(folder) is not None


def _check_fields(given: str, format: Format, fields: tuple[str, ...]) -> None:
    if format in OF_FIELDS and not fields:
        raise BadInput(
            f"{given}: of {format.upper()} only the fields are read that hold prose: name them, as in --prose-fields title,body "
            "('*' for all), or with prose-fields in soroe.toml"
        )


def _files(folder: Path, is_left_out: Callable[[Path], bool] = lambda folder: False) -> Iterator[Path | Skipped]:
    """All files under a folder, sorted, but for hidden ones; links to folders are not followed, for fear of circles."""
    if is_left_out(folder):
        yield Skipped(folder)
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, is_left_out)
        else:
            yield path if _is_read(path) else Skipped(path)


def unique_names(key: Callable[[str], str] = str) -> Callable[[str], str]:
    """Tells a name that was not told before: the name itself, or with a number before its ending.

    >>> unique = unique_names()
    >>> [unique("2024/news.txt"), unique("2024/news.txt"), unique("news.txt")]
    ['2024/news.txt', '2024/news#2.txt', 'news.txt']
    >>> [unique("dump.jsonl.gz"), unique("dump.jsonl.gz")]
    ['dump.jsonl.gz', 'dump#2.jsonl.gz']

    No name is both a file's and a folder's, and none is told twice for one ``key``.

    >>> [unique("news.txt/a.txt"), unique("news.txt/b.txt"), unique("2024")]
    ['news#2.txt/a.txt', 'news#2.txt/b.txt', '2024#2']
    """
    files: set[str] = set()
    folders: set[str] = set()
    placed: dict[str, str] = {}  # folders as they are told

    def numbered(name: str, *taken: set[str]) -> str:
        stem, _ = split_compression(name)
        path, ending = PurePosixPath(stem), name[len(stem) :]
        number = 1
        while any(key(name) in names for names in taken):
            number += 1
            name = f"{path.with_name(f'{path.stem}#{number}{path.suffix}')}{ending}"
        return name

    def inside(name: str) -> str:
        """The name in its folder, as that is told."""
        folder, slash, own = name.rpartition("/")
        if slash and folder not in placed:
            placed[folder] = numbered(inside(folder), files)
            folders.add(key(placed[folder]))
        return f"{placed[folder]}/{own}" if slash else name

    def unique(name: str) -> str:
        name = numbered(inside(name), files, folders)
        files.add(key(name))
        return name

    return unique


def _on_a_disk(name: str) -> str:
    """What two names have in common that are one to some disk: News.txt and news.txt, and が in one letter or two."""
    return unicodedata.normalize("NFC", name).casefold()


def article_of(
    piece: Piece, text: str, value: Callable[[str], object], number: int, source: Source, reading: Reading
) -> Article:
    """The article of a row; ``value`` tells what stands in a field of it."""
    id = id_of(value(reading.id_field))
    provenance = id_of(value(reading.source_field)) if reading.source_field else None
    name = f"{source.name}:{number}" if id is None else id
    return Article(name, text, markup_of(source.format), source, number, piece, provenance=provenance)


def id_of(value: object) -> str | int | None:
    """What a row says to be its id, if that is a string or a whole number."""
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def read(
    sources: Iterable[Source | Skipped],
    reading: Reading,
    stdin: BinaryIO,
    encoding: str | None = None,
    opened: Callable[[Source, Stream], object] = lambda source, stream: None,
    unique: Callable[[str | int], str | int] | None = None,
) -> Iterator[Event]:
    """All that the sources hold, in order. Nothing is raised: what cannot be opened is `Broken`.

    ``encoding`` is that of the files, where it is known; ``opened`` sees every file that is opened; ``unique`` tells the id that
    an article goes by (`unique_ids`).
    """
    unique = unique or unique_ids()
    for source in sources:
        if isinstance(source, Skipped):
            yield source
            continue
        try:
            file = source.opened(stdin)
        except OSError as error:
            yield Broken(source, None, f"cannot be read: {error.strerror or error}", b"")
            yield Finished(source)
            continue
        try:
            for event in _events(file, source, reading, encoding, opened):
                if isinstance(event, Article) and (id := unique(event.id)) != event.id:
                    event = event._replace(id=id, given_id=event.id)
                yield event
        finally:
            if file is not stdin:
                file.close()


def _events(
    file: BinaryIO,
    source: Source,
    reading: Reading,
    encoding: str | None,
    opened: Callable[[Source, Stream], object],
) -> Iterator[Event]:
    """The events of a source, and what became of it."""
    shape = SHAPES[source.format]
    missing = lacking_compression(source.compression) or (lacking(source.format) if shape.is_dump else "")
    if missing:
        yield Broken(source, None, missing, b"")
        yield Finished(source)
        return
    stream = Stream(file, source.compression)
    opened(source, stream)
    told: str | None = None
    line: int | None = None
    try:
        for event in module_of(source.format).events(stream, source, reading, encoding):
            if isinstance(event, Started):
                told = event.encoding
            elif isinstance(event, (Article, Broken)):
                line = event.line
            yield event
    except NotOurs as error:
        if source.is_found and not stream.damage and reading.text_field == Reading().text_field:
            yield Skipped(source.path or Path())
            return
        stream.is_whole = False
        yield Broken(source, None, str(error), b"")
    except Damaged as error:
        stream.is_whole = False
        if not stream.damage:
            yield Broken(source, error.line, str(error), b"")
    if stream.damage:
        yield Broken(source, line, stream.damage, b"")
    yield Finished(source, told, stream.size, stream.digest)
