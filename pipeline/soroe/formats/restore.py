"""The way back: the sources again, from the cleaned text and the log of edits."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple, TypeAlias

from soroe.formats.encoding import bytes_of, text_of
from soroe.formats.records import Record
from soroe.formats.rows import BadRow, read_row
from soroe.formats.stage import CLEAN, RESTORED, RUN, BadOutput, read_run, staged
from soroe.text import Edit, Span, after_spans, replay

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
    fields = run["settings"]["text_field"], run["settings"]["id_field"]
    for told in run["inputs"]:
        name, encoding, digest = told["name"], told["encoding"], told["sha256"]
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            raise NotRestorable(f"{out / RUN}: {name} is no name of a source")
        clean = out / CLEAN / name
        if digest is None:
            for _ in range(told["documents"]):
                _next(edits, name)
            while quarantined(name, "any"):
                pass
            yield Restored(name, "it could not be read to its end")
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        hashed = hashlib.sha256()
        with path.open("wb") as file:
            # Of rows of which fields are read, the edits are on the line as it stands.
            rows = _rows(clean, name, encoding, None if told.get("prose_fields") else fields, edits, quarantined)
            for part in rows if told["format"] == "jsonl" else _file(clean, name, encoding, edits, quarantined):
                file.write(part)
                hashed.update(part)
        same = hashed.hexdigest() == digest
        yield Restored(
            name, "" if same else f"some character can be written in {encoding.upper()} in more than one way"
        )


def _file(clean: Path, name: str, encoding: str, edits: Iterator[Record], quarantined: Quarantined) -> Iterator[bytes]:
    broken = quarantined(name, "any")
    if broken:
        yield _raw(broken, encoding)
    else:
        text = text_of(clean.read_bytes(), "utf-8") or ""
        yield _encoded(_undone(text, _next(edits, f"{clean}:1"), f"{clean}"), encoding, clean)


def _rows(
    clean: Path,
    name: str,
    encoding: str,
    fields: tuple[str, str] | None,
    edits: Iterator[Record],
    quarantined: Quarantined,
) -> Iterator[bytes]:
    number = 0
    with clean.open("rb") as file:
        for number_in_clean, line_bytes in enumerate(file, 1):
            where = f"{clean}:{number_in_clean}"
            number += 1
            while broken := quarantined(name, number):
                yield _raw(broken, encoding)
                number += 1
            line = line_bytes.decode("utf-8", "surrogatepass")
            if line.strip("\ufeff \t\r\n"):
                record = _next(edits, where)
                if record["edits"]:
                    line = _row_undone(line, record, fields, where)
            yield _encoded(line, encoding, clean)
    while broken := quarantined(name, number + 1):
        yield _raw(broken, encoding)
        number += 1


def _row_undone(line: str, record: Record, fields: tuple[str, str] | None, where: str) -> str:
    if fields is None:
        return _undone(line, record, where)
    try:
        row, text, _ = read_row(line, *fields)
    except BadRow as error:
        raise NotRestorable(f"{where}: was changed after the run: {error}") from None
    source = _undone(text, record, where)
    return row.with_literal(record["literal"]) if "literal" in record else row.with_text(source)


def _undone(text: str, record: Record, where: str) -> str:
    """The source of a cleaned text; every edit is checked to be in it."""
    made = [Edit(Span(edit["start"], edit["end"]), edit["after"], edit["code"], "") for edit in record["edits"]]
    back = []
    for span, edit in zip(after_spans(made), record["edits"], strict=True):
        if text[slice(*span)] != edit["after"]:
            there = text[slice(*span)]
            raise NotRestorable(
                f"{where}: was changed after the run: at character {span.start} stood {edit['after']!r}, now {there!r}"
            )
        back.append(Edit(span, edit["before"], edit["code"], ""))
    return replay(text, back)


def _encoded(text: str, encoding: str, clean: Path) -> bytes:
    try:
        return bytes_of(text, encoding)
    except UnicodeEncodeError as error:
        raise NotRestorable(f"{clean}: was changed after the run: {error}") from None


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
