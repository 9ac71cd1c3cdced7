"""The way back: the sources again, from the cleaned text and the log of edits."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from soroe.formats.encoding import bytes_of, text_of
from soroe.formats.read import Article, Broken, Kept, Reading, Source
from soroe.formats.records import Record
from soroe.formats.shapes import SHAPES, module_of
from soroe.formats.shards import files_of_shard, told_of
from soroe.formats.stage import (
    CLEAN,
    PARTS,
    QUARANTINE,
    RESTORED,
    RESTORED_FILES,
    RUN,
    TOLD,
    BadOutput,
    is_inside,
    left_aside,
    put_over,
    read_run,
    staged,
)
from soroe.formats.stream import Stream
from soroe.formats.written import Written
from soroe.text import Edit, Span, after_spans, replay

EDITS = TOLD[0]


class Quarantined(Protocol):
    """The next row of the quarantine, if it is of this source and line, and, where they are given, these bytes."""

    def __call__(self, name: str, line: int | Literal["any"] | None, raw: bytes | None = None) -> Record | None: ...


class NotRestorable(Exception):
    """What in the output folder does not fit the rest of it; the message is for the user."""


class Restored(NamedTuple):
    """A source that was given back; ``inexact`` says how it differs from the file that was read, if it does."""

    name: str
    inexact: str


class _Part(NamedTuple):
    """A file that a source, or a part of it, is given back from, and where the edits of its articles come next.

    What is written of it has this digest; without one, what is written of the next part belongs to it. ``end`` is the line of the
    source with which the next part begins, where that is known.
    """

    source: Source
    edits: Iterator[Record]
    sha256: str | None
    end: int | None = None


def restore(out: Path, to: Path | None = None) -> list[Restored]:
    """Writes the sources of the run in ``out`` to ``out/restored``, or to the empty or new folder ``to``.

    Each is compared with the digest that `run.json` has of it; of a run in parts, part by part with those of `parts.jsonl`.
    What an earlier restore wrote to ``out/restored`` is replaced; of that `restored.json` tells.

    Raises `NotRestorable` where a file of the run is missing or was changed after it, and `BadOutput` for a folder ``to`` that
    holds something; then nothing is written.
    """
    run = read_run(out)
    if run is None and out.is_dir() and left_aside(out):
        raise NotRestorable(f"{out}: holds a run that was stopped; go on with it first, by soroe run … --resume")
    if run is None or "soroe" not in run:
        raise NotRestorable(f"{out}: no finished run of soroe; name the folder that was given to run as --out")
    if to and to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BadOutput(f"{to}: is not empty; name an empty or a new folder for --to")
    put_in_place = partial(put_over, note=None if to else out / RESTORED_FILES)
    try:
        with staged(to or out / RESTORED, put_in_place=put_in_place) as folder:
            return list(_restored(out, run, folder))
    except (KeyError, TypeError) as error:
        raise NotRestorable(f"{out / RUN}: lacks what restore needs: {error}") from None
    except FileNotFoundError as error:
        raise NotRestorable(f"{error.filename}: is missing") from None


def _restored(out: Path, run: dict[str, Any], folder: Path) -> Iterator[Restored]:
    edits, quarantined = _log(out, run, EDITS), _quarantined(_log(out, run, QUARANTINE))
    parts = _records(out / PARTS, PARTS)
    settings = run["settings"]
    reading = Reading(**{name: settings[name] for name in Reading._fields if name in settings})
    for told in run["inputs"]:
        name, encoding = told["name"], told["encoding"] or "utf-8"
        _check_name(name, f"{out / RUN}: {name} is no name of a source")
        rows = list(islice(parts, told["parts"])) if "parts" in told else [told]
        if any(row["name"] != name for row in rows) or len(rows) != told.get("parts", 1):
            raise NotRestorable(f"{out / PARTS}: was changed after the run: these are not the parts of {name}")
        if any(row["sha256"] is None for row in rows):
            for _ in range(0 if "shards" in told else told["documents"]):
                _next(edits, name)
            while quarantined(name, "any"):
                pass
            yield Restored(name, "it could not be read to its end")
            continue
        clean, fields = out / CLEAN / name, tuple(told.get("prose_fields", ()))
        source = Source(name, told["format"], clean, fields, told.get("compression", ""))
        with Written(folder / name, source, encoding) as file:
            try:
                if SHAPES[source.format].is_dump:
                    same = _restore_dump(file, _parts(out, told, rows, source, edits), encoding, reading, quarantined)
                else:
                    if broken := quarantined(name, "any"):
                        file.raw(_raw(broken, encoding))
                    else:
                        (part,) = _parts(out, told, rows, source, edits)
                        text, _ = _undone(_text(part.source), _next(edits, f"{clean}:1"), f"{clean}")
                        file.raw(bytes_of(text, encoding))
                    same = file.close() == told["sha256"]
            except UnicodeEncodeError as error:
                raise NotRestorable(f"{clean}: was changed after the run: {error}") from None
        yield Restored(name, "" if same else _difference(source, encoding))
    if "partitions" in run and next(edits, None):
        raise NotRestorable(f"{out / RUN}: was changed after the run: it tells of fewer articles than the log of edits")


def _difference(source: Source, encoding: str) -> str:
    if SHAPES[source.format].is_by_value:
        return "its schema, or a value in it, is not what the run read"
    return f"some character can be written in {encoding.upper()} in more than one way"


def _log(out: Path, run: dict[str, Any], kind: str) -> Iterator[Record]:
    """What the run tells of all articles, in their order; of a run in parts, the files in which it does are as they were."""
    if "partitions" not in run:
        yield from _records(out / f"{kind}.jsonl", kind)
        return
    for part in _records(out / PARTS, PARTS):
        for name, told in part.get("files", {}).items():
            if name.startswith(f"{kind}/"):
                _check_name(name, f"{out / PARTS}: {name} is no name of a part")
                yield from _records(_unchanged(out / name, told["sha256"]), kind)


def _check_name(name: str, mistake: str) -> None:
    if not is_inside(name):
        raise NotRestorable(mistake)


def _unchanged(path: Path, sha256: str) -> Path:
    """The file, if that is its digest; `NotRestorable` otherwise."""
    if told_of(path)["sha256"] != sha256:
        raise NotRestorable(f"{path}: was changed after the run")
    return path


def _text(source: Source) -> str:
    assert source.path
    with source.path.open("rb") as file:
        stream = Stream(file, source.compression)
        text = text_of(stream.read(), "utf-8")
    if text is None or stream.damage:
        raise NotRestorable(f"{source.path}: was changed after the run: {stream.damage or 'it is not UTF-8'}")
    return text


def _parts(out: Path, told: Record, rows: Sequence[Record], source: Source, edits: Iterator[Record]) -> Iterator[_Part]:
    """The files that a source is given back from: one, its shards, or its parts (``rows``), which are as they were."""
    if "parts" in told:
        for row, following in zip_longest(rows, rows[1:]):
            _check_name(row["file"], f"{out / PARTS}: {row['file']} is no name of a part")
            path = _unchanged(out / CLEAN / row["file"], row["sha256 of file"])
            end = following["first"] if following else None
            yield _Part(source._replace(path=path, first=row.get("first", 1)), edits, row["sha256"], end)
    elif "shards" in told:
        first = 1
        for shard in told["shards"]:
            _check_name(shard["name"], f"{out / RUN}: {shard['name']} is no name of a shard")
            paths, files = files_of_shard(shard["name"]), shard["files"]
            path, beside = (_unchanged(out / paths[kind], files[kind]["sha256"]) for kind in (CLEAN, EDITS))
            goes_on = shard.get("is cut in a row group", False)
            whole = told["sha256"] if shard is told["shards"][-1] else None
            yield _Part(source._replace(path=path, first=first, goes_on=goes_on), _records(beside, EDITS), whole)
            first += shard["rows"]
    else:
        yield _Part(source, edits, told["sha256"])


def _restore_dump(
    file: Written, parts: Iterator[_Part], encoding: str, reading: Reading, quarantined: Quarantined
) -> bool:
    """Writes a dump as it was: what was cleaned with its edits undone, what was left out in its place; whether it is as it was.

    Of several files only the first head and the last tail are those of the dump.
    """
    number = 1  # the line of the source that comes next
    part = next(parts)
    shape = SHAPES[part.source.format]
    name = part.source.name

    def put_back() -> None:
        nonlocal number
        while (
            not shape.keeps_broken and (part.end is None or number < part.end) and (broken := quarantined(name, number))
        ):
            raw = _raw(broken, encoding)
            file.raw(raw)
            number += _line_ends(raw, encoding)

    is_first, is_same, following = True, True, next(parts, None)
    while True:
        source = part.source
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
                    # Two pages of MediaWiki may stand on one line.
                    raw = bytes_of(event.row.line, encoding) if event.row and not shape.counts_records else None
                    if not (shape.keeps_broken and quarantined(name, line, raw)):
                        event, undone = _article_undone(event, part.edits)
                    file.article(event, event.text, undone if shape.is_by_value else ())
                    number += 0 if shape.counts_records or not event.row else event.row.line.count("\n")
            if stream.damage:
                raise NotRestorable(f"{source.path}: was changed after the run: {stream.damage}")
        put_back()
        if following is None:
            return file.close() == part.sha256 and is_same
        if part.sha256 and file.digest_of_part() != part.sha256:
            is_same = False
        part, following, is_first = following, next(parts, None), False


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
    try:
        return replay(text, back), back
    except ValueError as error:
        raise NotRestorable(
            f"{where}: does not fit its line in edits.jsonl: one of them was changed after the run: {error}"
        ) from None


def _raw(broken: Record, encoding: str | None) -> bytes:
    if "raw" in broken:
        return bytes_of(broken["raw"], encoding or "utf-8")
    return b64decode(broken["raw_base64"])


def _next(edits: Iterator[Record], where: str) -> Record:
    try:
        return next(edits)
    except StopIteration:
        raise NotRestorable(f"{where}: edits.jsonl has no line for it") from None


def _records(path: Path, kind: str) -> Iterator[Record]:
    """The lines of a file that tells of articles or parts; `NotRestorable` of one that is not what a run writes."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}:{number}: was changed after the run"
            try:
                record = json.loads(line.decode("utf-8"))
            except UnicodeDecodeError as error:
                raise NotRestorable(f"{where}: byte {error.start + 1} of the line is not UTF-8") from None
            except ValueError as error:
                raise NotRestorable(f"{where}: not JSON: {error}") from None
            if not isinstance(record, dict):
                raise NotRestorable(f"{where}: not a JSON object")
            if lacking := _lacking(record, kind):
                raise NotRestorable(f"{where}: {lacking} is missing, or is not what a run writes there")
            yield record


# What a line has to have, by the file that it is of.
_NEEDED: dict[str, dict[str, tuple[type, ...]]] = {
    EDITS: {"edits": (list,)},
    QUARANTINE: {"source": (str,), "line": (int, type(None))},
    PARTS: {
        "name": (str,),
        "file": (str, type(None)),
        "sha256": (str, type(None)),
        "sha256 of file": (str, type(None)),
    },
}
_NEEDED_OF_EDIT: dict[str, tuple[type, ...]] = {
    "start": (int,),
    "end": (int,),
    "before": (str,),
    "after": (str,),
    "code": (str,),
}


def _lacking(record: Record, kind: str) -> str | None:
    """What restore needs and a line has not; None where all of it is there."""
    needed = dict(_NEEDED[kind])
    if kind == QUARANTINE:
        needed["raw_base64" if "raw_base64" in record else "raw"] = (str,)
    if "literal" in record:
        needed["literal"] = (str,)
    for key, types in needed.items():
        if key not in record or not isinstance(record[key], types):
            return f"'{key}'"
    for edit in record["edits"] if kind == EDITS else ():
        for key, types in _NEEDED_OF_EDIT.items():
            if not isinstance(edit, dict) or not isinstance(edit.get(key), types):
                return f"'{key}' of an edit"
    return None


def _quarantined(records: Iterator[Record]) -> Quarantined:
    ahead = next(records, None)

    def quarantined(name: str, line: int | Literal["any"] | None, raw: bytes | None = None) -> Record | None:
        nonlocal ahead
        if ahead is None or ahead["source"] != name or line not in (ahead["line"], "any"):
            return None
        if raw is not None and _raw(ahead, "utf-8") != raw:
            return None
        found, ahead = ahead, next(records, None)
        return found

    return quarantined
