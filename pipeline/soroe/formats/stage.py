"""The output folder: written aside, and put in its place when all of it is there.

A run writes into a hidden folder inside the output folder and renames file by file at its end, `run.json` last. Killed
at any moment, it leaves no half file under a final name; what it left aside is swept up by the next run. Shards get their names
while the run goes on (`soroe.formats.shards`): before the first, what an earlier run left there is withdrawn.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RUN = "run.json"
CLEAN = "clean"
ACROSS = "across.tsv"
RESTORED = "restored"
TOLD = ("edits", "aliases", "findings")  # what is told of each article, as files beside the cleaned ones
QUARANTINE = "quarantine"
PARTS = "parts.jsonl"  # of a run on many machines
JOURNAL, JOURNAL_BEFORE = "journal", "journal-before"
MARK = "mark"  # how far the run is, of which the shards are finished
SURVEY = "survey.tsv"
_WORTH_KEEPING = 1 << 18  # bytes of a journal: a fraction of a second of work
_ASIDE = ".soroe-unfinished-"


class BadOutput(Exception):
    """An output folder that must not be written to; the message is for the user."""


def check_output(out: Path, inputs: Iterable[str]) -> None:
    """Raises `BadOutput` for a folder that holds something else, or that lies inside an input or around it."""
    if out.exists() and not out.is_dir():
        raise BadOutput(f"{out}: is a file; --out names a folder to write to")
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise BadOutput(
            f"{out}: holds files that are not from a run of soroe; choose an empty or a new folder for --out"
        )
    if "partitions" in (read_run(out) or {}):
        raise BadOutput(f"{out}: holds a run of --engine ray, in parts; choose an empty or a new folder for --out")
    target = out.resolve()
    for given in inputs:
        path = Path(given).resolve()
        if given == "-":
            continue
        if path == target or path in target.parents:
            raise BadOutput(f"{out}: lies inside the input {given}; choose a folder outside for --out")
        if target in path.parents:
            raise BadOutput(f"{out}: the input {given} lies inside it and would be written over; choose another --out")


def _is_ours(out: Path) -> bool:
    return any(out.glob(f"{_ASIDE}*")) or "soroe" in (read_run(out) or {})


def left_aside(out: Path) -> Path | None:
    """What a run that was stopped has left in its output folder for ``--resume`` to go on with; None where that is nothing."""
    return next(filter(_has_journal, sorted(out.glob(f"{_ASIDE}*"))), None)


def read_run(out: Path) -> dict[str, object] | None:
    """What `run.json` says, or None where there is no finished run."""
    try:
        run = json.loads((out / RUN).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return run if isinstance(run, dict) else None


@contextmanager
def staged(out: Path, is_resumed: bool = False) -> Iterator[Path]:
    """A folder to write into, whose files replace those of ``out`` when the block ends, and are gone if it fails.

    A run that was stopped has left its journal there, if that is worth it: ``is_resumed`` goes on with it. Raises `BadOutput`
    where there is a journal and no wish to go on with it, or the other way round.
    """
    is_new = not out.exists()
    left = _left_aside(out, is_resumed)
    out.mkdir(parents=True, exist_ok=True)
    aside = left or Path(tempfile.mkdtemp(prefix=_ASIDE, dir=out))
    try:
        yield aside
        _put_in_place(aside, out)
    except BaseException:
        if not _has_journal(aside):
            shutil.rmtree(aside, ignore_errors=True)
        raise
    else:
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        if is_new:
            with suppress(OSError):  # not empty: the run was finished
                out.rmdir()


def has_begun(aside: Path) -> bool:
    """Whether a run went so far that it cleaned articles: its survey is whole."""
    return any((aside / name).exists() for name in (JOURNAL, JOURNAL_BEFORE, MARK))


def _has_journal(aside: Path) -> bool:
    path = aside / JOURNAL
    return (aside / MARK).exists() or (path.exists() and path.stat().st_size >= _WORTH_KEEPING)


def _left_aside(out: Path, is_resumed: bool) -> Path | None:
    """What a stopped run has left, with its journal and survey alone; all other leavings are swept up."""
    found: Path | None = None
    for left in sorted(out.glob(f"{_ASIDE}*")):
        if found is None and _has_journal(left):
            found = left
        else:
            shutil.rmtree(left, ignore_errors=True)
    if found is None:
        if is_resumed:
            raise BadOutput(f"{out}: holds no run that was stopped; leave --resume out")
        return None
    if not is_resumed:
        anew = out if (found / MARK).exists() else found
        raise BadOutput(f"{out}: holds a run that was stopped: --resume goes on with it; to begin anew, delete {anew}")
    if (found / MARK).exists():
        return found
    for inside in found.iterdir():
        if inside.is_dir():
            shutil.rmtree(inside)
        elif inside.name not in (JOURNAL, JOURNAL_BEFORE, SURVEY):
            inside.unlink()
    return found


def _put_in_place(aside: Path, out: Path) -> None:
    if _has_journal(aside) and hasattr(os, "sync"):
        os.sync()  # the files are on the disk before their names are
    # The journal goes last, with the folder: a run that is killed here is resumed.
    files = (path.relative_to(aside) for path in aside.rglob("*") if path.is_file())
    written = sorted(path for path in files if path.name not in (JOURNAL, JOURNAL_BEFORE, MARK) or len(path.parts) > 1)
    earlier = read_run(out)
    (out / RUN).unlink(missing_ok=True)
    for name in sorted(written, key=lambda name: name == Path(RUN)):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(out / name)
    if earlier:
        _remove(out, {*_cleaned_by(earlier), *map(Path, _NOT_ALWAYS)} - set(written))


# Files that not every run writes.
_NOT_ALWAYS = (ACROSS, *(f"{kind}.jsonl" for kind in TOLD))


def withdraw(out: Path) -> None:
    """Takes away what an earlier run has left in the folder, so that none of it is taken for a part of this one."""
    earlier = read_run(out)
    if earlier:
        others = ("quarantine.jsonl", "aliases.tsv", "report.html")
        _remove(out, {*_cleaned_by(earlier), *map(Path, (*_NOT_ALWAYS, *others))})
        (out / RUN).unlink()  # the last: what it tells of is ours to take away


def _remove(out: Path, names: Iterable[Path]) -> None:
    for name in sorted(names):
        (out / name).unlink(missing_ok=True)
        with suppress(OSError):
            for folder in name.parents[:-1]:
                (out / folder).rmdir()


def _cleaned_by(run: dict[str, object] | None) -> Iterator[Path]:
    """The cleaned files of an earlier run, and what stands beside its shards, so that none of them is taken for one of this run."""
    inputs = (run or {}).get("inputs")
    for told in inputs if isinstance(inputs, list) else ():
        shards = told.get("shards")
        names = [str(shard.get("name", "")) for shard in shards] if isinstance(shards, list) else []
        beside = [Path(kind, f"{name}.jsonl") for name in names for kind in TOLD]
        for name in (*(Path(CLEAN, name) for name in (str(told.get("name", "")), *names)), *beside):
            if ".." not in name.parts and len(name.parts) > 1:
                yield name


def sync_folder(folder: Path) -> None:
    """Writes the names in a folder to the disk, where a system has a way to do that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
