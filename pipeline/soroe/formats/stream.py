"""What a file holds, read once from its beginning to its end. Compression is told by the ending, and no format knows of it."""

from __future__ import annotations

import hashlib
import sys
import zlib
from importlib.util import find_spec
from pathlib import PurePath
from typing import IO, Any, BinaryIO, cast

COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
NO_ZSTD = "zstd is read with backports.zstd, which is not installed: pip install 'soroe[zstd]'"

_CHUNK = 1 << 20
_COMPRESSED_CHUNK = 1 << 16  # what is behind a member is copied: of a WARC file each record is one


def split_compression(name: str) -> tuple[str, str]:
    """A name without the ending that tells of compression, and that ending.

    >>> split_compression("dump.jsonl.gz"), split_compression("news.txt")
    (('dump.jsonl', '.gz'), ('news.txt', ''))
    """
    ending = PurePath(name).suffix
    return (name[: -len(ending)], ending.lower()) if ending.lower() in COMPRESSIONS else (name, "")


def lacking_compression(compression: str) -> str:
    """What is told where a compression cannot be read because something is not installed; "" where it can."""
    return NO_ZSTD if compression == ".zst" and not _has_zstd() else ""


def _has_zstd() -> bool:
    return sys.version_info >= (3, 14) or bool(find_spec("backports") and find_spec("backports.zstd"))


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


class Stream:
    """The bytes that a file holds, decompressed. Where they cannot be read on, they end, and ``damage`` says why."""

    def __init__(self, file: BinaryIO, compression: str = "") -> None:
        self._raw = file
        self._file = _Decompressed(file, compression) if compression else file
        self._errors = _errors(compression)
        self._compression = compression
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.damage = ""
        self.is_whole = True  # a reader says otherwise where it had to leave something out
        self.values_digest: str | None = None  # of a format that is not written byte for byte as it was

    @property
    def digest(self) -> str | None:
        """SHA-256 of all that was read, in hexadecimal; None where that is not all there is."""
        if self.damage or not self.is_whole:
            return None
        return self.values_digest or self._sha256.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, or all; fewer only at the end."""
        parts: list[bytes] = []
        while size and not self.damage:
            try:
                # `read` would lose, with the error, what was read before it.
                part: bytes = self._file.read1(min(size, _CHUNK) if size > 0 else _CHUNK)  # type: ignore[union-attr]
            except self._errors as error:
                self.damage = self._why(error)
                break
            if not part:
                break
            self._sha256.update(part)
            self.size += len(part)
            size -= len(part) if size > 0 else 0
            parts.append(part)
        return b"".join(parts)

    @property
    def at(self) -> int:
        """How far the file is read, as it stands on the disk; of a pipe, how much of what it holds."""
        return self._raw.tell() if self._raw.seekable() else self.size

    @property
    def end(self) -> int | None:
        """How large the file is, as it stands on the disk; None of a pipe."""
        if not self._raw.seekable():
            return None
        at = self._raw.tell()
        end = self._raw.seek(0, 2)
        self._raw.seek(at)
        return end

    def _why(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.errno:
            return f"cannot be read to its end: {error.strerror}"
        what = "cut short" if isinstance(error, EOFError) else f"damaged ({error})"
        return f"the {self._compression[1:]} data is {what}: {self.size:,} bytes of what it held could be read"

    def seekable(self) -> IO[bytes]:
        """The file itself, or all that is in it as a temporary one: for a format that is not read from its beginning to its end."""
        if not self._compression and self._file.seekable():  # type: ignore[union-attr]
            file = cast("IO[bytes]", self._file)
            self.size = file.seek(0, 2)
            file.seek(0)
            return file
        from tempfile import TemporaryFile  # 4 ms, for what is seldom asked

        kept = TemporaryFile()
        while chunk := self.read(_CHUNK):
            kept.write(chunk)
        kept.seek(0)
        return kept


def _errors(compression: str) -> tuple[type[Exception], ...]:
    """What reading raises where the data is damaged."""
    if compression == ".xz":
        from lzma import LZMAError

        return OSError, EOFError, LZMAError
    return (OSError, EOFError, _zstd().ZstdError) if compression == ".zst" else (OSError, EOFError, zlib.error)


class _Decompressed:
    """A compressed file as it was before, member by member: the library takes what is damaged behind a member for no part of it."""

    def __init__(self, file: BinaryIO, compression: str) -> None:
        self._file, self._compression = file, compression
        self._member = _decompressor(compression)
        self._ahead = b""

    def read1(self, size: int) -> bytes:
        """Up to so many bytes; none at the end."""
        while True:
            if self._member.eof:
                self._ahead = self._member.unused_data.lstrip(b"\0")  # a file may be filled up with zeros
                while not self._ahead and (chunk := self._file.read(_COMPRESSED_CHUNK)):
                    self._ahead = chunk.lstrip(b"\0")
                if not self._ahead:
                    return b""
                self._member = _decompressor(self._compression)
            elif self._member.needs_input and not self._ahead:
                self._ahead = self._file.read(_COMPRESSED_CHUNK)
                if not self._ahead:
                    raise EOFError
            given, self._ahead = self._ahead, b""
            data: bytes = self._member.decompress(given, size)
            if data:
                return data


class _Gzip:
    """A member of a gzip file, as `bz2` and `lzma` have theirs."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, size)


def _decompressor(compression: str) -> Any:
    if compression == ".gz":
        return _Gzip()
    if compression == ".bz2":
        import bz2

        return bz2.BZ2Decompressor()
    if compression == ".xz":
        import lzma

        return lzma.LZMADecompressor()
    zstd = _zstd()
    # Dumps are made with --long=31, which the library takes only where it is asked to.
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 31})


class Compressed:
    """Writes a file in a compression. With ``in_members`` what is written up to a `flush` can be read without what is before it."""

    def __init__(self, file: IO[bytes], compression: str, in_members: bool = False) -> None:
        self._out, self._compression = file, compression
        self._in_members = in_members and bool(compression)
        self._member: IO[bytes] | None = None if self._in_members else self._opened()
        self._is_empty = True

    def write(self, data: bytes) -> int:
        """Writes all of it."""
        if not data:
            return 0
        self._is_empty = False
        if self._member is None:
            self._member = self._opened()
        self._member.write(data)
        return len(data)

    def flush(self) -> None:
        """Ends a member."""
        if self._in_members and self._member:
            self._member.close()
            self._member = None

    def close(self) -> None:
        """Ends the compressed data, and leaves the file under it open."""
        if self._is_empty and self._compression == ".zst":  # which writes nothing of nothing
            self._out.write(_zstd().compress(b""))
        elif self._compression and (self._member or self._is_empty):
            (self._member or self._opened()).close()

    def _opened(self) -> IO[bytes]:
        # No name and no time: the same text makes the same file.
        if self._compression == ".gz":
            import gzip

            return cast("IO[bytes]", gzip.GzipFile(filename="", mode="wb", fileobj=self._out, mtime=0, compresslevel=6))
        if self._compression == ".bz2":
            import bz2

            return cast("IO[bytes]", bz2.BZ2File(self._out, "wb"))
        if self._compression == ".xz":
            import lzma

            return cast("IO[bytes]", lzma.LZMAFile(self._out, "wb"))
        if self._compression == ".zst":
            return cast("IO[bytes]", _zstd().ZstdFile(self._out, "wb"))
        return self._out
