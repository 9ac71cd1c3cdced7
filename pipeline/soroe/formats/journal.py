"""What came of each article, kept while a run goes on: one that was stopped asks nothing again that was answered.

A run that is resumed reads its inputs anew and writes all its files anew, with the answers of the journal as far as they reach; so
its files are those of a run that was never stopped, whatever their format. An answer stands there with a checksum and a digest
of its article. What was being written when the power went is cut off.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any
from zlib import crc32

from soroe.formats.answered import Failed
from soroe.formats.outcome import Outcome
from soroe.formats.read import Article, BadInput
from soroe.formats.records import Record

_MAGIC = b"soroe journal 1\n"
_FRAME = struct.Struct("<II")  # the length of what follows, and its checksum
# What may be lost when the power goes, in seconds.
_EVERY = 1.0
_OURS = ("soroe.formats.outcome", "soroe.formats.tally", "soroe.formats.answered", "soroe.text", "soroe.messages")


class Journal:
    """The answers of a run, in the order of its articles: first those that are known, then those that are kept."""

    def __init__(self, path: Path, head: Record) -> None:
        """Opens the journal of a run that is described by ``head``, or begins it.

        Raises `BadInput` for the journal of another run.
        """
        self._folder = path.parent
        self._last_sync = time.monotonic()
        self._file: IO[bytes] = path.open("r+b" if path.exists() else "w+b")
        self._known = self._read(head)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def known(self, article: Article) -> Outcome | Failed | None:
        """What came of the article when it was cleaned before; None of one that was not.

        Articles are asked for in their order. Raises `BadInput` where another article stood in that place.
        """
        found = next(self._known, None)
        if found is None:
            return None
        digest, answer = found
        if digest != _digest(article):
            where = f"{article.source.shown}:{article.line}" if article.line else article.source.shown
            raise BadInput(
                f"{where}: is not what it was when the run was stopped; delete what it left ({self._folder}) to begin anew"
            )
        return answer

    def keep(self, article: Article, answer: Outcome | Failed) -> None:
        """Writes what came of an article."""
        self._append(pickle.dumps((_digest(article), answer), pickle.HIGHEST_PROTOCOL))
        if time.monotonic() - self._last_sync >= _EVERY:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._last_sync = time.monotonic()

    def _append(self, data: bytes) -> None:
        self._file.write(_FRAME.pack(len(data), crc32(data)) + data)

    def _read(self, head: Record) -> Iterator[tuple[bytes, Outcome | Failed]]:
        """The answers that are there. What comes behind the last whole one is cut off."""
        frames = self._frames()
        said = next(frames, None) if self._file.read(len(_MAGIC)) == _MAGIC else None
        if said is None:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(_MAGIC)
            self._append(json.dumps(head).encode())
            return iter(())
        check_same(json.loads(said), json.loads(json.dumps(head)), self._folder)
        return (_Unpickler(frame).answer() for frame in frames)

    def _frames(self) -> Iterator[bytes]:
        while True:
            start = self._file.tell()
            length, checksum = (
                _FRAME.unpack(frame) if len(frame := self._file.read(_FRAME.size)) == _FRAME.size else (0, 0)
            )
            data = self._file.read(length)
            if not length or len(data) < length or crc32(data) != checksum:
                break
            yield data
        self._file.seek(start)
        self._file.truncate()


class _Unpickler(pickle.Unpickler):
    """Reads nothing but answers: a journal that someone has tampered with runs no code."""

    def __init__(self, data: bytes) -> None:
        from io import BytesIO

        super().__init__(BytesIO(data))

    def find_class(self, module: str, name: str) -> Any:
        if module in _OURS or (module, name) == ("collections", "Counter"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an answer")

    def answer(self) -> tuple[bytes, Outcome | Failed]:
        digest, answer = self.load()
        return digest, answer


def _digest(article: Article) -> bytes:
    digest = blake2b(f"{article.id}\n{article.markup}\n".encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(article.text.encode("utf-8", "surrogatepass"))
    return digest.digest()


def check_same(said: Record, head: Record, folder: Path | str) -> None:
    """Raises `BadInput` where a run that is resumed is told otherwise than the one that was stopped."""
    for key in (*said, *head):
        before, now = said.get(key), head.get(key)
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            key = next(one for one in (*before, *now) if before.get(one) != now.get(one))
            before, now = before.get(key), now.get(key)
        raise BadInput(
            f"--resume: of the run that was stopped, {key} was {_shown(before)}, and is {_shown(now)} now: "
            f"give what was given then, or delete {folder} to begin anew"
        )


def _shown(value: object) -> str:
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= 60 else f"{said[:59]}…"
