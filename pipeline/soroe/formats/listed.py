"""The sources of a run as they are when it begins, so that none is lost that goes away before its turn."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from tempfile import SpooledTemporaryFile

from soroe.formats.read import BadInput, Skipped, Source
from soroe.formats.records import Record

_IN_MEMORY = 1 << 20  # bytes of the list; that of a million files is on the disk


class Changed(BadInput):
    """An input that is no more what it was when the run began; the message is for the user."""


class Listed:
    """Sources in their order, to be gone through several times, one after another.

    ``size`` is the bytes of all of them as they are on the disk; None where that is not known, as of standard input.
    """

    def __init__(self, sources: Iterable[Source | Skipped]) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)
        self._count = self._bytes = 0
        self._digest = blake2b(digest_size=16)
        self.has_any = False
        is_known = True
        for source in sources:
            size = None
            if isinstance(source, Source):
                self.has_any = True
                size = _size_of(source)
                is_there = size is not None or not source.path or source.path.exists()
                is_known = is_known and (size is not None or not is_there)
                if source.path and is_there:
                    self._add(source.path, size or 0)
            pickle.dump((source, size), self._file, pickle.HIGHEST_PROTOCOL)
        self._end = self._file.tell()
        self.size = self._bytes if is_known else None

    def __enter__(self) -> Listed:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Source | Skipped]:
        """The sources; raises `Changed` for one that is gone, or cut short, when its turn comes or when it was read."""
        at = 0
        while at < self._end:
            self._file.seek(at)
            source, size = pickle.load(self._file)
            at = self._file.tell()
            _check(source, size)
            yield source
            _check(source, size)

    @property
    def record(self) -> Record:
        """The files by their number, size, and a digest of the names and sizes: a run that is resumed should have the same."""
        return {"files": self._count, "bytes of input": self._bytes, "names and sizes": self._digest.hexdigest()}

    def _add(self, path: Path, size: int) -> None:
        self._count, self._bytes = self._count + 1, self._bytes + size
        self._digest.update(f"{path}\n{size}\n".encode("utf-8", "surrogateescape"))


def _size_of(source: Source) -> int | None:
    """How large a file is; None of what is none, or cannot be looked at."""
    try:
        told = source.path.stat() if source.path else None
    except OSError:
        return None
    return told.st_size if told and S_ISREG(told.st_mode) else None


def _check(source: Source | Skipped, size: int | None) -> None:
    if size is None or isinstance(source, Skipped):
        return
    now = _size_of(source)
    if now is None:
        raise Changed(f"{source.shown}: was there when the run began, and is gone")
    if now < size:
        raise Changed(f"{source.shown}: had {size:,} bytes when the run began, and has {now:,} now")
