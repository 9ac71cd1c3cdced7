"""Where files are: on a path of this machine, or anywhere that fsspec reaches by a URL (s3://bucket/dump.jsonl)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, BinaryIO, NamedTuple, cast

NO_FSSPEC = "URLs are read and written with fsspec, which is not installed: pip install 'soroe[ray]'"

# Where a file is there as a whole or not at all, and renaming would be copying; elsewhere it is written under another name first.
_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "memory"})


# What `Folder.put` writes to first.
_HALF = re.compile(r"\.[0-9a-f]{32}\.unfinished")


class NoPlace(OSError):
    """A URL that leads nowhere; the message is for the user."""


@contextmanager
def _reaching(place: str) -> Iterator[None]:
    """Makes of what a driver raises an `OSError`: botocore's NoCredentialsError is none."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise NoPlace(f"{place}: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def is_url(place: str) -> bool:
    """Whether it is a URL, and no path.

    >>> is_url("s3://bucket/dump.jsonl"), is_url("記事/dump.jsonl")
    (True, False)
    """
    return "://" in place


def lies_in(place: str, folder: str) -> bool:
    """Whether a place is a folder, or lies in it, however the two are written.

    >>> lies_in("s3a://b/dumps/out", "s3://b/dumps/"), lies_in("file:///data/out", "/data"), lies_in("/data2", "/data")
    (True, True, False)
    """
    (store, path), (other, above) = (_as_written(one) for one in (place, folder))
    return store == other and (path == above or path.startswith(f"{above}/"))


# Other names of a protocol.
_ALSO = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "local": "file"}


def _as_written(place: str) -> tuple[str, str]:
    if not is_url(place):
        return "file", Path(place).resolve().as_posix().rstrip("/")
    scheme, _, path = place.rpartition("::")[2].partition("://")
    scheme = _ALSO.get(scheme.lower(), scheme.lower())
    return scheme, Path(path).resolve().as_posix().rstrip("/") if scheme == "file" else normpath(path).strip("/")


class Found(NamedTuple):
    """A file that was found by a URL, its name in the output, and whether it was found in a folder."""

    url: str
    name: str
    is_found: bool


def found(url: str) -> Iterator[Found]:
    """The files that a URL means: one, those of a folder, or those whose names fit a pattern; in the order of their names.

    Raises `NoPlace` where there is none.
    """
    system, path = _system(url)
    fixed = PurePosixPath(path)
    is_found = False
    with _reaching(url):
        if system.isfile(path):  # also one whose name could be a pattern: a[1].jsonl
            fixed = fixed.parent
            paths = [path]
        elif any(sign in path for sign in "*?["):
            at = next(at for at, part in enumerate(fixed.parts) if any(sign in part for sign in "*?["))
            fixed = PurePosixPath(*fixed.parts[:at])
            paths = [one for one in system.glob(path) if system.isfile(one)]
        else:
            is_found = True
            paths = system.find(path)
    inside = sorted((_inside(one, fixed), one) for one in paths)
    if not inside:
        raise NoPlace(f"{url}: no such file or folder")
    for name, one in inside:
        if not any(part.startswith(".") for part in PurePosixPath(name).parts):
            yield Found(system.unstrip_protocol(one), name, is_found)


def _inside(path: str, folder: PurePosixPath) -> str:
    """The path as it is inside the folder; some file systems begin theirs with / and some do not."""
    return PurePosixPath(path.lstrip("/")).relative_to(str(folder).lstrip("/") or ".").as_posix()


def opened(place: str | Path) -> BinaryIO:
    """A file to read."""
    if isinstance(place, Path) or not is_url(place):
        return Path(place).open("rb")
    system, path = _system(place)
    with _reaching(place):
        return cast(BinaryIO, system.open(path, "rb"))


class State(NamedTuple):
    """The size of a file (None where that is not told), and what changes when it is written anew: its time, or a tag of its store."""

    size: int | None
    mark: str


def state_of(place: str | Path) -> State:
    """The state of a file; `OSError` where it is not there."""
    if isinstance(place, Path) or not is_url(place):
        told = Path(place).stat()
        return State(told.st_size, str(told.st_mtime_ns))
    system, path = _system(place)
    with _reaching(place):
        about = system.info(path)
    mark = next(
        (about[key] for key in ("ETag", "etag", "mtime", "LastModified", "updated", "created") if key in about), ""
    )
    size = about.get("size")
    return State(None if size is None else int(size), str(mark))


class Stretch:
    """A file, or the bytes of it from ``start`` to ``end``, as a `Stream` reads it."""

    def __init__(self, file: BinaryIO, start: int = 0, end: int | None = None) -> None:
        self._file, self._is_whole = file, end is None
        self._left = None if end is None else end - start
        if start:
            file.seek(start)

    def read1(self, size: int) -> bytes:
        """Up to so many bytes; none at the end."""
        try:
            data = self._file.read(size if self._left is None else min(size, self._left))
        except (
            Exception
        ) as error:  # a driver's need not be an OSError, nor have a number, without which the data would be at fault
            if isinstance(error, OSError) and error.errno:
                raise
            raise NoPlace(errno.EIO, _in_one_line(error)) from error
        if self._left is not None:
            self._left -= len(data)
        return data

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all."""
        parts: list[bytes] = []
        while size and (part := self.read1(size if size > 0 else 1 << 20)):
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def seekable(self) -> bool:
        """Whether the file itself may be read from anywhere."""
        return self._is_whole and self._file.seekable()

    def seek(self, at: int, whence: int = 0) -> int:
        """Goes to a place of the file itself."""
        return self._file.seek(at, whence)

    def tell(self) -> int:
        """Where the file itself is read."""
        return self._file.tell()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Folder:
    """A folder to write to, on a path or by a URL. A file is there as a whole or not at all."""

    def __init__(self, place: str) -> None:
        self.place = place.rstrip("/") or place
        self._system, self._path = _system(self.place if is_url(place) else str(Path(place).resolve()))
        protocols = (self._system.protocol,) if isinstance(self._system.protocol, str) else self._system.protocol
        self._is_local = "file" in protocols
        self._is_whole_at_once = not _WHOLE_AT_ONCE.isdisjoint(protocols)

    def put(self, file: Path, name: str) -> None:
        """Copies a file to ``name`` in the folder, in place of what may be there."""
        import shutil  # 10 ms with the others, which a lint does not need
        import uuid

        target = self._at(name)
        if self._is_local:
            aside = self._made(Path(target).with_name(f".{uuid.uuid4().hex}.unfinished"))
            try:
                with file.open("rb") as read, aside.open("wb") as written:
                    shutil.copyfileobj(read, written, 1 << 20)
                    written.flush()
                    os.fsync(written.fileno())
                aside.replace(target)
            except OSError as error:
                if error.errno and not error.filename:  # writing, the system does not tell where
                    error.filename = target
                raise
            finally:
                aside.unlink(missing_ok=True)
            return
        with _reaching(self.place):
            if self._is_whole_at_once:
                self._system.put_file(str(file), target)
                return
            self._system.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
            aside_there = str(PurePosixPath(target).with_name(f".{uuid.uuid4().hex}.unfinished"))
            self._system.put_file(str(file), aside_there)
            self._system.mv(aside_there, target)

    def write(self, name: str, data: bytes) -> None:
        """Writes a file."""
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as aside:
            path = Path(aside) / "file"
            path.write_bytes(data)
            self.put(path, name)

    def write_new(self, name: str, data: bytes) -> bool:
        """Writes a file where there is none, and tells whether there was none; of two that do so at once, on a path but one may."""
        if not self._is_local:
            if self.has(name):
                return False
            self.write(name, data)
            return True
        try:
            with self._made(Path(self._at(name))).open("xb") as file:
                file.write(data)
        except FileExistsError:
            return False
        return True

    def read(self, name: str) -> bytes | None:
        """What a file holds; None where there is none."""
        try:
            with _reaching(self.place):
                return cast(bytes, self._system.cat_file(self._at(name)))
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        with _reaching(self.place):
            self._system.invalidate_cache()
            return bool(self._system.exists(self._at(name)))

    @contextmanager
    def fetched(self, *names: str) -> Iterator[list[Path]]:
        """Files as they can be read from this machine's disk."""
        if self._is_local:
            yield [Path(self._at(name)) for name in names]
            return
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as aside:
            paths = [Path(aside) / str(number) for number in range(len(names))]
            with _reaching(self.place):
                for name, path in zip(names, paths, strict=True):
                    self._system.get_file(self._at(name), str(path))
            yield paths

    def names(self, inside: str = "") -> list[str]:
        """The files in the folder, or in a folder of it, sorted."""
        with _reaching(self.place):
            self._system.invalidate_cache()
            paths = self._system.find(self._at(inside))
        return sorted(_inside(path, PurePosixPath(self._path)) for path in paths)

    def sweep(self) -> None:
        """Takes away what machines left half written that went away."""
        if self._is_whole_at_once:
            return
        for name in self.names():
            if _HALF.fullmatch(PurePosixPath(name).name):
                with _reaching(self.place), suppress(FileNotFoundError):
                    self._system.rm_file(self._at(name))

    def remove(self, inside: str) -> None:
        """Removes a folder of it with all that it holds."""
        with _reaching(self.place):
            self._system.invalidate_cache()
            if self._system.exists(self._at(inside)):
                self._system.rm(self._at(inside), recursive=True)

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}" if name else self._path

    @staticmethod
    def _made(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _system(place: str) -> tuple[Any, str]:
    """What reaches a place, and the place as that calls it."""
    if not find_spec("fsspec"):
        raise NoPlace(f"{place}: {NO_FSSPEC}")
    import fsspec

    try:
        return cast("tuple[Any, str]", fsspec.core.url_to_fs(place))
    except Exception as error:  # no such protocol, or its driver is not installed; of HDFS, no Java, in a hundred lines
        raise NoPlace(f"{place}: {_in_one_line(error)}") from error
