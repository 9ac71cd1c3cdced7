"""The way back: the sources again, from the cleaned text and the log of edits."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple, TypeAlias

from soroe.formats.encoding import bytes_of, text_of
from soroe.formats.read import Article, Broken, Kept, Reading, Source
from soroe.formats.records import Record
from soroe.formats.shapes import SHAPES, module_of
from soroe.formats.shards import files_of_shard, told_of
from soroe.formats.stage import CLEAN, RESTORED, RUN, TOLD, BadOutput, read_run, staged
from soroe.formats.stream import Stream
from soroe.formats.written import Written
from soroe.text import Edit, Span, after_spans, replay

EDITS = TOLD[0]

# The quarantined row of a source with this line number, if the next one in the file is that.
Quarantined: TypeAlias = Callable[[str, int | Literal["any"] | None], Record | None]


class NotRestorable(Exception):
    """What in the output folder does not fit the rest of it; the message is for the user."""


class Restored(NamedTuple):
    """A source that was given back; ``inexact`` says how it differs from the file that was read, if it does."""

    name: str
    inexact: str


def restore(out: Path, to: Path | None = None) -> list[Restored]:
    """Writes the sources of the run in ``out`` to ``out/restored``, or to the empty or new folder ``to``.

    Each is compared with the digest that `run.json` has of it. Raises `NotRestorable` where a file of the run is
    missing or was changed after it, and `BadOutput` for a folder ``to`` that holds something; then nothing is written.
    """
    run = read_run(out)
    if run is None or "soroe" not in run:
        raise NotRestorable(f"{out}: no finished run of soroe; name the folder that was given to run as --out")
    if to and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BadOutput(f"{to}: is not empty; name an empty or a new folder for --to")
    try:
        with staged(to or out / RESTORED) as folder:
            return list(_restored(out, run, folder))
    except (KeyError, TypeError) as error:
        raise NotRestorable(f"{out / RUN}: lacks what restore needs: {error}") from None
    except FileNotFoundError as error:
        raise NotRestorable(f"{error.filename}: is missing") from None


def _restored(out: Path, run: dict[str, Any], folder: Path) -> Iterator[Restored]:
    edits = _records(out / "edits.jsonl")
    quarantined = _quarantined(_records(out / "quarantine.jsonl"))
    settings = run["settings"]
    reading = Reading(**{name: settings[name] for name in Reading._fields if name in settings})
    for told in run["inputs"]:
        name, encoding, digest = told["name"], told["encoding"], told["sha256"]
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            raise NotRestorable(f"{out / RUN}: {name} is no name of a source")
        clean = out / CLEAN / name
        shards = told.get("shards")
        if digest is None:
            for _ in range(0 if shards else told["documents"]):
                _next(edits, name)
            while quarantined(name, "any"):
                pass
            yield Restored(name, "it could not be read to its end")
            continue
        encoding = encoding or "utf-8"
        source = Source(name, told["format"], clean, tuple(told.get("prose_fields", ())), told.get("compression", ""))
        with Written(folder / name, source, encoding) as file:
            try:
                if SHAPES[source.format].is_dump:
                    parts = _shards(out, source, shards) if shards else iter([(source, edits)])
                    _restore_dump(file, parts, encoding, reading, quarantined)
                elif broken := quarantined(name, "any"):
                    file.raw(_raw(broken, encoding))
                else:
                    text, _ = _undone(_text(source), _next(edits, f"{clean}:1"), f"{clean}")
                    file.raw(bytes_of(text, encoding))
            except UnicodeEncodeError as error:
                raise NotRestorable(f"{clean}: was changed after the run: {error}") from None
            same = file.close() == digest
        yield Restored(
            name, "" if same else f"some character can be written in {encoding.upper()} in more than one way"
        )


def _text(source: Source) -> str:
    assert source.path
    with source.path.open("rb") as file:
        stream = Stream(file, source.compression)
        text = text_of(stream.read(), "utf-8")
    if text is None or stream.damage:
        raise NotRestorable(f"{source.path}: was changed after the run: {stream.damage or 'it is not UTF-8'}")
    return text


def _shards(out: Path, source: Source, shards: list[Record]) -> Iterator[tuple[Source, Iterator[Record]]]:
    """The shards of a dump, each with its edits; every file of them is as it was, or `NotRestorable`."""
    first = 1
    for told in shards:
        paths = files_of_shard(told["name"])
        if ".." in PurePosixPath(told["name"]).parts:
            raise NotRestorable(f"{out / RUN}: {told['name']} is no name of a shard")
        for kind in (CLEAN, EDITS):
            if told_of(out / paths[kind]) != told["files"][kind]:
                raise NotRestorable(f"{out / paths[kind]}: was changed after the run")
        goes_on = told.get("is cut in a row group", False)
        yield (
            source._replace(path=out / paths[CLEAN], first=first, goes_on=goes_on),
            _records(out / paths[EDITS]),
        )
        first += told["rows"]


def _restore_dump(
    file: Written,
    parts: Iterator[tuple[Source, Iterator[Record]]],
    encoding: str,
    reading: Reading,
    quarantined: Quarantined,
) -> None:
    """Writes a dump as it was: what was cleaned with its edits undone, what was left out in its place.

    It is one file, or the shards of it, of which only the first head and the last tail are those of the dump.
    """
    number = 1  # the line of the source that comes next
    source, edits = next(parts)
    shape = SHAPES[source.format]
    name = source.name

    def put_back() -> None:
        nonlocal number
        while not shape.keeps_broken and (broken := quarantined(name, number)):
            raw = _raw(broken, encoding)
            file.raw(raw)
            number += _line_ends(raw, encoding)

    is_first, following = True, next(parts, None)
    while True:
        assert source.path
        with source.path.open("rb") as opened:
            stream = Stream(opened, source.compression)
            for event in module_of(source.format).events(stream, source, reading, "utf-8"):
                put_back()
                if isinstance(event, Kept):
                    if (event.place == "head" and not is_first) or (event.place == "tail" and following):
                        continue
                    file.kept(event)
                    number += event.piece.count("\n") if isinstance(event.piece, str) else 0
                elif isinstance(event, Broken) and shape.counts_records and quarantined(name, event.line):
                    file.broken(event)
                elif isinstance(event, Broken):
                    raise NotRestorable(f"{source.path}:{event.line}: was changed after the run: {event.reason}")
                elif isinstance(event, Article):
                    line = event.line
                    if (
                        event.row and not shape.counts_records
                    ):  # it has other edits before it, and may begin before its text
                        start = event.row.literal.start if shape.keeps_broken and event.row.literal else 0
                        line = number + event.row.line.count("\n", 0, start)
                    undone: list[Edit] = []
                    if not (shape.keeps_broken and quarantined(name, line)):
                        event, undone = _article_undone(event, edits)
                    file.article(event, event.text, undone if shape.is_by_value else ())
                    number += 0 if shape.counts_records or not event.row else event.row.line.count("\n")
            if stream.damage:
                raise NotRestorable(f"{source.path}: was changed after the run: {stream.damage}")
        if following is None:
            break
        (source, edits), following, is_first = following, next(parts, None), False
    put_back()


def _article_undone(article: Article, edits: Iterator[Record]) -> tuple[Article, list[Edit]]:
    """The article as it was, and the edits that made it so."""
    where = f"{article.source.path}:{article.line}"
    record = _next(edits, where)
    if not record["edits"]:
        return article, []
    assert article.row
    text, back = _undone(article.text, record, where)
    row = article.row.with_literal(record["literal"]) if "literal" in record else article.row.edited(text, back)
    return article._replace(text=text, row=row), back


def _line_ends(raw: bytes, encoding: str) -> int:
    end = "\n".encode(encoding)
    return sum(raw[at : at + len(end)] == end for at in range(0, len(raw), len(end)))


def _undone(text: str, record: Record, where: str) -> tuple[str, list[Edit]]:
    """The source of a cleaned text and the edits that give it; every edit is checked to be in the text."""
    made = [Edit(Span(edit["start"], edit["end"]), edit["after"], edit["code"], "") for edit in record["edits"]]
    back = []
    for span, edit in zip(after_spans(made), record["edits"], strict=True):
        if text[slice(*span)] != edit["after"]:
            there = text[slice(*span)]
            raise NotRestorable(
                f"{where}: was changed after the run: at character {span.start} stood {edit['after']!r}, now {there!r}"
            )
        back.append(Edit(span, edit["before"], edit["code"], ""))
    return replay(text, back), back


def _raw(broken: Record, encoding: str | None) -> bytes:
    if "raw" in broken:
        return bytes_of(broken["raw"], encoding or "utf-8")
    return b64decode(broken["raw_base64"])


def _next(edits: Iterator[Record], where: str) -> Record:
    try:
        return next(edits)
    except StopIteration:
        raise NotRestorable(f"{where}: edits.jsonl has no line for it") from None


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line)
            except ValueError as error:
                raise NotRestorable(f"{path}:{number}: not JSON: {error}") from None
            yield record


def _quarantined(records: Iterator[Record]) -> Quarantined:
    ahead = next(records, None)

    def quarantined(name: str, line: int | Literal["any"] | None) -> Record | None:
        nonlocal ahead
        if ahead is None or ahead["source"] != name or line not in (ahead["line"], "any"):
            return None
        found, ahead = ahead, next(records, None)
        return found

    return quarantined
