"""What came of each article, kept while a run goes on: one that was stopped asks nothing again that was answered.

A run that is resumed reads its inputs anew and writes all its files anew, with the answers of the journal as far as they reach; so
its files are those of a run that was never stopped, whatever their format. An answer stands there with a checksum and a digest
of its article. What was being written when the power went is cut off.

Where the output is cut into shards, a mark tells up to where all is in its place for good. What is before it is read again, for
the names that were given and to see that it is the same, and nothing else is done with it; its answers are no more in the journal.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple
from zlib import crc32

from soroe.formats.answered import Failed
from soroe.formats.outcome import Outcome
from soroe.formats.pairs import Pair, Pairs, Seen
from soroe.formats.read import Article, BadInput, Broken, Event, Finished, Kept, Skipped, Started
from soroe.formats.records import Record
from soroe.formats.stage import JOURNAL, JOURNAL_BEFORE, MARK, sync_folder
from soroe.formats.tally import Tally

_MAGIC = b"soroe journal 3\n"
_FRAME = struct.Struct("<II")  # the length of what follows, and its checksum
_FIRST = "first article"
_DIGEST = 16  # bytes of an answer that tell its article
_PAIRS_OF_A_LEAF = 20_000
# What may be lost when the power goes, in seconds.
_EVERY = 1.0
_OURS = ("soroe.formats.outcome", "soroe.formats.tally", "soroe.messages")


class Journal:
    """The answers of a run, in the order of its articles: first those that are known, then those that are kept."""

    def __init__(self, folder: Path, head: Record, passed: int = 0) -> None:
        """Opens the journal of a run that is described by ``head``, or begins it; ``passed`` articles need no answer any more.

        Raises `BadInput` for the journal of another run.
        """
        self._folder, self._head = folder, head
        self._last_sync = time.monotonic()
        self._next = passed + 1  # the number of the article that is answered next
        self._file: IO[bytes] | None = None
        there = [path for name in (JOURNAL_BEFORE, JOURNAL) if (path := folder / name).exists()]
        self._parts = [part for path in there if (part := self._opened(path))]
        self._known = self._read()
        if not self._parts:
            self._begin()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        for file in (self._file, *(file for file, _ in self._parts)):
            if file:
                file.close()

    def known(self, article: Article) -> Outcome | Failed | None:
        """What came of the article when it was cleaned before; None of one that was not.

        Articles are asked for in their order. Raises `BadInput` where another article stood in that place.
        """
        found = next(self._known, None)
        if found is None:
            return None
        if found[:_DIGEST] != _digest(article):
            where = f"{article.source.shown}:{article.line}" if article.line else article.source.shown
            raise BadInput(
                f"{where}: is not what it was when the run was stopped; delete what it left ({self._folder}) to begin anew"
            )
        return _unpacked(found[_DIGEST:])

    def keep(self, article: Article, answer: Outcome | Failed) -> None:
        """Writes what came of an article."""
        assert self._file
        _append(self._file, _digest(article) + _packed(answer))
        self._next += 1
        if time.monotonic() - self._last_sync >= _EVERY:
            self._sync()

    def turn_over(self) -> None:
        """Begins a new leaf, and lets the one before the last go, of which all articles are done with for good."""
        if self._parts:  # there are still answers on it that were not asked for
            return
        assert self._file
        self._sync()
        self._file.close()
        (self._folder / JOURNAL).replace(self._folder / JOURNAL_BEFORE)
        self._begin()

    def _sync(self) -> None:
        assert self._file
        self._file.flush()
        os.fsync(self._file.fileno())
        self._last_sync = time.monotonic()

    def _begin(self) -> None:
        self._file = (self._folder / JOURNAL).open("w+b")
        self._file.write(_MAGIC)
        _append(self._file, json.dumps({_FIRST: self._next, **self._head}).encode())

    def _opened(self, path: Path) -> tuple[IO[bytes], int] | None:
        """A leaf of the journal, and the number of its first article; None where even its head was not written."""
        file = path.open("r+b")
        said = next(_frames(file), None) if file.read(len(_MAGIC)) == _MAGIC else None
        if said is None:
            file.close()
            return None
        head = json.loads(said)
        first = head.pop(_FIRST)
        check_same(head, self._head, self._folder)
        return file, first

    def _read(self) -> Iterator[bytes]:
        """The answers that are there. What comes behind the last whole one is cut off."""
        number = 0
        while self._parts:
            file, number = self._parts[0]
            if number <= self._next:
                for frame in _frames(file):
                    number += 1
                    if number > self._next:
                        self._next = number
                        yield frame
            is_last = len(self._parts) == 1 and file.name == str(self._folder / JOURNAL)
            if is_last and number == self._next:
                self._file = file
                file.truncate()
            else:
                file.close()
            del self._parts[0]
        if not self._file:
            self._begin()


def _append(file: IO[bytes], data: bytes) -> None:
    file.write(_FRAME.pack(len(data), crc32(data)))
    file.write(data)


def _frames(file: IO[bytes]) -> Iterator[bytes]:
    """What was written whole; the file stands behind it then."""
    while True:
        start = file.tell()
        length, checksum = _FRAME.unpack(frame) if len(frame := file.read(_FRAME.size)) == _FRAME.size else (0, 0)
        data = file.read(length)
        if not length or len(data) < length or crc32(data) != checksum:
            break
        yield data
    file.seek(start)


class Mark(NamedTuple):
    """How far a run is, of which all up to there is done for good: so many events, with so many articles.

    ``digest`` is of these events; ``lengths`` are those of the files that go on, ``inputs`` is how many of them are finished;
    ``documents`` and ``shards`` are of the one that is not. ``files`` are those of all shards, with their sizes and digests.
    """

    events: int
    articles: int
    digest: bytes
    lengths: dict[str, int]
    inputs: int
    documents: int
    shards: list[Record]
    files: dict[str, Record]
    tally: Tally

    def write(self, folder: Path, head: Record) -> None:
        """Puts it in the place of the one before."""
        tally = self.tally
        counts = [dict(numbers) for numbers in (tally.counts, tally.edits, tally.findings, tally.quarantined)]
        told = (*counts, tally.shown, tally.broken, tally.rows_in, tally.rows_out)
        pairs = iter(tally.pairs)
        leaves = 0
        path = folder / f"{MARK}.new"
        with path.open("wb") as file:
            file.write(_MAGIC)
            _append(file, json.dumps(head).encode())
            # There may be millions of them.
            while leaf := [(tuple(pair), tuple(seen)) for pair, seen in islice(pairs, _PAIRS_OF_A_LEAF)]:
                _append(file, pickle.dumps(leaf, pickle.HIGHEST_PROTOCOL))
                leaves += 1
            _append(file, pickle.dumps((self[:-1], told, leaves), pickle.HIGHEST_PROTOCOL))
            file.flush()
            os.fsync(file.fileno())
        path.replace(folder / MARK)
        sync_folder(folder)


def read_mark(folder: Path, head: Record) -> Mark | None:
    """The mark of a run that is described by ``head``; None where there is none.

    Raises `BadInput` for that of another run, or for one that is spoilt.
    """
    path = folder / MARK
    (folder / f"{MARK}.new").unlink(missing_ok=True)
    if not path.exists():
        return None
    with path.open("rb") as file:
        frames = _frames(file) if file.read(len(_MAGIC)) == _MAGIC else iter(())
        if said := next(frames, None):
            check_same(json.loads(said), head, folder.parent)
        pairs, leaves = Pairs(), 0
        told: Any = None
        for frame in frames:
            told = _safely(frame)
            if isinstance(told, list):
                leaves += 1
                for pair, seen in told:
                    pairs.add(Pair(*pair), Seen(*seen))
    if not isinstance(told, tuple) or told[-1] != leaves:
        raise BadInput(f"{path}: is spoilt; delete {folder.parent} to begin anew")
    place, (counts, edits, findings, quarantined, *others), _ = told
    tally = Tally(Counter(counts), Counter(edits), Counter(findings), Counter(quarantined), pairs, *others)
    return Mark._make((*place, tally))


class Trail:
    """Counts the events that go by, and tells of those that were done with what they held."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = events
        self._ahead: deque[tuple[bytes, int]] = deque()
        self.passed, self.articles, self.digest = 0, 0, b""

    def __iter__(self) -> Iterator[Event]:
        digest, articles = b"", 0
        for event in self._events:
            digest = blake2b(digest + _digest_of(event), digest_size=16).digest()
            articles += isinstance(event, Article)
            self._ahead.append((digest, articles))
            yield event

    def pass_one(self) -> None:
        """Takes notice that one event more was done with."""
        self.digest, self.articles = self._ahead.popleft()
        self.passed += 1


def _digest_of(event: Event) -> bytes:
    match event:
        case Article():
            held = f"{event.id}\n{event.row.line if event.row else event.text}"
        case Kept(piece, why):
            held = f"{why}\n{piece if isinstance(piece, str) else ''}"
        case Broken():
            return blake2b(event.raw, digest_size=16).digest()
        case Finished():
            held = f"{event.source.name}\n{event.sha256}"
        case Started(source):
            held = source.name
        case Skipped(path):
            held = str(path)
    return blake2b(held.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def begun_with(folder: Path) -> Record:
    """How the journal or the mark of a run describes it; nothing where there is none."""
    for path in (folder / name for name in (JOURNAL_BEFORE, JOURNAL, MARK)):
        if path.exists():
            with path.open("rb") as file:
                if said := next(_frames(file), None) if file.read(len(_MAGIC)) == _MAGIC else None:
                    told: Record = json.loads(said)
                    told.pop(_FIRST, None)
                    return told
    return {}


class _Unpickler(pickle.Unpickler):
    """Reads nothing but answers: a journal that someone has tampered with runs no code."""

    def __init__(self, data: bytes) -> None:
        from io import BytesIO

        super().__init__(BytesIO(data))

    def find_class(self, module: str, name: str) -> Any:
        if module in _OURS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an answer")


def _packed(answer: Outcome | Failed) -> bytes:
    return b"o" + answer.packed if isinstance(answer, Outcome) else b"f" + answer.why.encode("utf-8", "surrogatepass")


def _unpacked(data: bytes) -> Outcome | Failed:
    kind, rest = data[:1], data[1:]
    return Failed(rest.decode("utf-8", "surrogatepass")) if kind == b"f" else Outcome.unpacked(rest, _safely)


def _safely(data: bytes) -> Any:
    return _Unpickler(data).load()


def _digest(article: Article) -> bytes:
    digest = blake2b(f"{article.id}\n{article.markup}\n".encode("utf-8", "surrogatepass"), digest_size=_DIGEST)
    digest.update(article.text.encode("utf-8", "surrogatepass"))
    return digest.digest()


def check_same(said: Record, head: Record, folder: Path | str) -> None:
    """Raises `BadInput` where a run that is resumed is not described as the one that was stopped."""
    head = json.loads(json.dumps(head))
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
