"""The output folder: written aside, and put in its place when all of it is there.

A run writes into a hidden folder inside the output folder and renames file by file at its end, `run.json` last. Killed
at any moment, it leaves no half file under a final name; what it left aside is swept up by the next run, and where it was killed
among the renames, that one does the rest of them first. Shards get their names while the run goes on (`soroe.formats.shards`):
before the first, what an earlier run left there is withdrawn.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

RUN = "run.json"
CLEAN = "clean"
ACROSS = "across.tsv"
RESTORED, RESTORED_FILES = "restored", "restored.json"
TOLD = ("edits", "aliases", "findings")  # what is told of each article, as files beside the cleaned ones
QUARANTINE = "quarantine"
PARTS = "parts.jsonl"  # of a run on many machines
JOURNAL, JOURNAL_BEFORE = "journal", "journal-before"
MARK = "mark"  # how far the run is, of which the shards are finished
PLACING = "placing"  # all is written, and gets its names
LOCK = "lock"  # of the process that writes there
EARLIER = "earlier.json"  # what `run.json` said of the run that this one replaces, until its files are gone
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
    return _record(out / RUN)


def _record(path: Path) -> dict[str, object] | None:
    try:
        run = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return run if isinstance(run, dict) else None


@contextmanager
def staged(
    out: Path, is_resumed: bool = False, put_in_place: Callable[[Path, Path], None] | None = None
) -> Iterator[Path]:
    """A folder to write into, whose files replace those of ``out`` when the block ends, and are gone if it fails.

    A run that was stopped has left its journal there, if that is worth it: ``is_resumed`` goes on with it. Raises `BadOutput`
    where there is a journal and no wish to go on with it, or the other way round, and where another process is writing.
    ``put_in_place`` is for what is not a run.
    """
    is_new = not out.exists()
    left = _left_aside(out, is_resumed)
    out.mkdir(parents=True, exist_ok=True)
    aside = left or Path(tempfile.mkdtemp(prefix=_ASIDE, dir=out))
    try:
        with _locked(aside):
            yield aside
            (put_in_place or _put_in_place)(aside, out)
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


@contextmanager
def _locked(aside: Path) -> Iterator[None]:
    """While it is open, other processes see that this one writes there. Where the system cannot tell them, none does."""
    with (aside / LOCK).open("a") as file:
        # A lock of this process alone (not flock): those that it has forked may live a moment longer.
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _is_locked(aside: Path) -> bool:
    """Whether another process writes there."""
    try:
        import fcntl

        with (aside / LOCK).open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, FileNotFoundError):
        return False
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EAGAIN)
    return False


def has_begun(aside: Path) -> bool:
    """Whether a run went so far that it cleaned articles: its survey is whole."""
    return any((aside / name).exists() for name in (JOURNAL, JOURNAL_BEFORE, MARK))


def _has_journal(aside: Path) -> bool:
    path = aside / JOURNAL
    return any((aside / name).exists() for name in (MARK, PLACING)) or (
        path.exists() and path.stat().st_size >= _WORTH_KEEPING
    )


def _left_aside(out: Path, is_resumed: bool) -> Path | None:
    """What a stopped run has left, with its journal and survey alone; all other leavings are swept up.

    A run that was stopped among its renames gets the rest of its names first: it is finished then, and may be replaced.
    """
    asides = sorted(out.glob(f"{_ASIDE}*"))
    if any(map(_is_locked, asides)):
        raise BadOutput(f"{out}: another run is writing there; wait for its end, or choose another --out")
    placed = [aside for aside in asides if (aside / PLACING).exists()]
    for aside in placed:
        _put_in_place(aside, out)
    found = next((aside for aside in asides if _has_journal(aside) and (is_resumed or aside not in placed)), None)
    if found is None and is_resumed:
        raise BadOutput(f"{out}: holds no run that was stopped; leave --resume out")
    if found and not is_resumed:
        anew = out if (found / MARK).exists() else found
        raise BadOutput(f"{out}: holds a run that was stopped: --resume goes on with it; to begin anew, delete {anew}")
    for aside in asides:
        if aside != found:
            shutil.rmtree(aside, ignore_errors=True)
    if found is None:
        return None
    (found / PLACING).unlink(missing_ok=True)
    if (found / MARK).exists():
        return found
    for inside in found.iterdir():
        if inside.is_dir():
            shutil.rmtree(inside)
        elif inside.name not in (JOURNAL, JOURNAL_BEFORE, SURVEY):
            inside.unlink()
    return found


def _put_in_place(aside: Path, out: Path) -> None:
    """Gives the files of a run their names. Where it is stopped, all of it is done again, and ends the same."""
    # The journal goes last, with the folder: a run that is killed here is resumed.
    written = [name for name in _files_in(aside) if str(name) not in (JOURNAL, JOURNAL_BEFORE, MARK, PLACING, EARLIER)]
    if Path(RUN) not in written:  # the last of them has its name
        return
    earlier = _record(aside / EARLIER) or read_run(out)
    stale = {*_cleaned_by(earlier), *map(Path, _NOT_ALWAYS)} - set(written) if earlier else set()
    _check_room(out, written, stale)
    if not (aside / PLACING).exists():
        if _has_journal(aside) and hasattr(os, "sync"):
            os.sync()  # the files are on the disk before their names are
        (aside / PLACING).touch()
    if (out / RUN).exists():
        (out / RUN).replace(aside / EARLIER)
    _remove(out, stale)
    (aside / EARLIER).unlink(missing_ok=True)  # before the first rename: what is stale is told by what is still aside
    _rename(aside, out, sorted(written, key=lambda name: name == Path(RUN)))


def put_over(aside: Path, out: Path, note: Path | None) -> None:
    """Gives all files their names, and takes away what was given one so before; ``note`` is the file that tells of that."""
    written = _files_in(aside)
    told = (_record(note) or {}).get("files") if note else None
    earlier = {Path(name) for name in map(str, told) if is_inside(name)} if isinstance(told, list) else set()
    _check_room(out, written, earlier - set(written))
    _note(note, aside, {*earlier, *written})  # stopped on the way, what is there is known
    _remove(out, earlier - set(written))
    _rename(aside, out, written)
    _note(note, aside, written)


def _note(note: Path | None, aside: Path, names: Iterable[Path]) -> None:
    if note:
        path = aside / ".note"
        path.write_text(json.dumps({"files": [name.as_posix() for name in sorted(names)]}), "utf-8")
        path.replace(note)


def _files_in(aside: Path) -> list[Path]:
    return sorted(path.relative_to(aside) for path in aside.rglob("*") if path.is_file() and path != aside / LOCK)


def _rename(aside: Path, out: Path, names: Iterable[Path]) -> None:
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(out / name)


def _check_room(out: Path, written: Iterable[Path], stale: set[Path]) -> None:
    """Raises `FileExistsError` where something that stays is in the way, before anything is touched."""
    folders: set[Path] = set()
    for name in written:
        if _is_folder(out / name) and not _goes(out / name, out, stale):
            raise _in_the_way(out / name, "folder", "file")
        folders.update(name.parents[:-1])
    for name in sorted(folders):
        path = out / name
        if (path.is_symlink() or path.exists()) and not path.is_dir() and name not in stale:
            raise _in_the_way(path, "file", "folder")


def _in_the_way(path: Path, found: str, wanted: str) -> FileExistsError:
    why = f"is a {found} that is not from a run of soroe, where a {wanted} is to be written; move it away"
    return FileExistsError(errno.EEXIST, why, str(path))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _goes(path: Path, out: Path, stale: set[Path]) -> bool:
    """Whether it is gone when what is stale is, with all that is in it."""
    name = path.relative_to(out)
    if not _is_folder(path):
        return name in stale
    # It may be empty already: of a run that was stopped before it took the folder away.
    return any(name in one.parents for one in stale) and all(_goes(one, out, stale) for one in path.iterdir())


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
        if (out / name).is_file() or (out / name).is_symlink():
            (out / name).unlink()
        for folder in name.parents[:-1]:
            with suppress(OSError):  # not empty, or gone already
                (out / folder).rmdir()


def _cleaned_by(run: dict[str, object] | None) -> Iterator[Path]:
    """The cleaned files of an earlier run, and what stands beside its shards, so that none of them is taken for one of this run."""
    for told in _records_in(run, "inputs"):
        names = [str(shard.get("name", "")) for shard in _records_in(told, "shards")]
        yield from (Path(CLEAN, name) for name in (str(told.get("name", "")), *names) if is_inside(name))
        yield from (Path(kind, f"{name}.jsonl") for name in names if is_inside(name) for kind in TOLD)


def _records_in(record: dict[str, object] | None, key: str) -> list[dict[str, object]]:
    found = (record or {}).get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def is_inside(name: str, kind: type[PurePath] = PurePath) -> bool:
    """Whether it names something inside a folder that it is joined to, in the paths of this system.

    >>> is_inside("2024/港.txt"), is_inside("/etc/passwd"), is_inside("../港.txt"), is_inside("")
    (True, False, False, False)
    """
    path = kind(name)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in name


def sync_folder(folder: Path) -> None:
    """Writes the names in a folder to the disk, where a system has a way to do that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
