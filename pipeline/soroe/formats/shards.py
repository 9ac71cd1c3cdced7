"""Dumps in shards: each is a file of its format by itself, and the edits, names and findings of its articles are in files beside it.

A shard is cut before a row, and never inside one, where it would come to be larger than it may be; a row that is larger by itself
has one of its own. Its size is counted before compression, of Parquet and Arrow in bytes of their texts: so the same articles
make the same shards, however many processes clean them. When a shard is whole it is written to the disk, and then gets its name,
the cleaned file last: what is there under its name is finished, and is not touched again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from soroe.formats.outcome import Outcome
from soroe.formats.pieces import Writer
from soroe.formats.read import Article, Broken, Event, Finished, Kept, Skipped, Source, Started
from soroe.formats.records import Record
from soroe.formats.shapes import SHAPES
from soroe.formats.stage import CLEAN, TOLD, sync_folder
from soroe.formats.stream import split_compression
from soroe.formats.written import Written
from soroe.text import Edit


def shard_name(name: str, number: int) -> str:
    """The name of a dump's shard, counted from 0: with its number before the ending, so that the ending still tells what it is.

    >>> shard_name("2024/dump.jsonl.zst", 7), shard_name("jawiki.xml", 100_000)
    ('2024/dump-00007.jsonl.zst', 'jawiki-100000.xml')
    """
    stem, _ = split_compression(name)
    path, ending = PurePosixPath(stem), name[len(stem) :]
    return f"{path.with_name(f'{path.stem}-{number:05}{path.suffix}')}{ending}"


def files_of_shard(name: str) -> dict[str, str]:
    """The files of a shard, by what they hold: beside the cleaned one, those that tell of its articles.

    >>> files_of_shard("dump-00007.csv.gz")["edits"]
    'edits/dump-00007.csv.gz.jsonl'
    """
    return {CLEAN: f"{CLEAN}/{name}"} | {kind: f"{kind}/{name}.jsonl" for kind in TOLD}


class HashedFile:
    """A file that is written, and is on the disk when it is closed; then its size and digest are known."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._is_abandoned = False

    def write(self, data: bytes) -> int:
        """Writes all of it."""
        if self._is_abandoned:  # pyarrow writes the end of a file when it is let go
            return len(data)
        self._sha256.update(data)
        self._size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Hands on what was written."""
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def abandon(self) -> None:
        """Lets it go, half as it may be."""
        self._is_abandoned = True
        with suppress(OSError):  # the disk is full: that was told
            self._file.close()

    def told(self) -> Record:
        """What `run.json` says of it."""
        return {"bytes": self._size, "sha256": self._sha256.hexdigest()}


def told_of(path: Path) -> Record:
    """The same of a file that is there."""
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": sha256.hexdigest()}


class _Shard:
    """The shard that is being written."""

    def __init__(self, folder: Path, name: str, source: Source, heads: Sequence[Kept]) -> None:
        self.name = name
        self.rows = self._documents = 0
        self._paths = {kind: folder / path for kind, path in files_of_shard(name).items()}
        self._files = {kind: HashedFile(self._paths[kind]) for kind in TOLD}
        self._clean = Written(self._paths[CLEAN], source, opened=self._opened)
        for head in heads:
            self._clean.kept(head)

    def _opened(self, path: Path) -> BinaryIO:
        self._files[CLEAN] = HashedFile(path)
        return cast(BinaryIO, self._files[CLEAN])

    @property
    def writer(self) -> Writer:
        """What writes the cleaned file."""
        return self._clean.writer

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes an article."""
        self._clean.article(article, text, edits)
        self.rows += 1

    def tell(self, outcome: Outcome) -> None:
        """Writes what is told of it."""
        for kind, lines in zip(TOLD, outcome.lines, strict=True):
            self._files[kind].write(lines.encode())
        self._documents += 1

    def kept(self, kept: Kept) -> None:
        """Writes what is kept."""
        self._clean.kept(kept)
        self.rows += bool(kept.why)

    def broken(self, broken: Broken) -> None:
        """Takes notice of what is broken."""
        self._clean.broken(broken)
        self.rows += SHAPES[broken.source.format].keeps_broken

    def close(self, is_cut: bool) -> Record:
        """Ends all its files; what `run.json` says of it."""
        self._clean.close(is_cut)
        for file in self._files.values():
            file.close()
        return {
            "name": self.name,
            "rows": self.rows,
            "documents": self._documents,
            **({"is cut in a row group": True} if self.writer.goes_on else {}),
            "files": {kind: self._files[kind].told() for kind in (CLEAN, *TOLD)},
        }

    def put_in_place(self, out: Path) -> None:
        """Gives its files their names in ``out``."""
        for kind, path in reversed(files_of_shard(self.name).items()):
            folder = (out / path).parent
            if not folder.exists():
                folder.mkdir(parents=True)
                for parent in PurePosixPath(path).parents[1:]:
                    sync_folder(out / parent)
            self._paths[kind].replace(out / path)
            sync_folder(folder)

    def abandon(self) -> None:
        """Lets its files go, half as they are."""
        for file in self._files.values():
            file.abandon()


class Shards:
    """Takes the events of dumps in their order, as `Written` does, and writes them into shards of up to ``size`` bytes.

    They are written in ``folder`` and get their names in ``out``. ``begin`` is called before the first of them does, and
    ``ended`` behind one that is not the last of its dump, before anything is done with the event that did not fit in.
    """

    def __init__(
        self, folder: Path, out: Path, size: int, begin: Callable[[], None], ended: Callable[[], None]
    ) -> None:
        self._folder, self._out, self._size = folder, out, size
        self._begin, self._ended = begin, ended
        self._has_begun = False
        self._source: Source | None = None
        self._heads: list[Kept] = []
        self._shard: _Shard | None = None
        self.of_source: list[Record] = []  # what `run.json` says of those of this dump
        self.finished: dict[str, Record] = {}  # every file of all that are finished
        self.written = 0  # bytes of them, as a size is counted

    def __exit__(self, *error: object) -> None:
        if self._shard:
            self._shard.abandon()

    def start(self, source: Source) -> Shards:
        """Begins with a dump."""
        self._source, self._heads, self.of_source = source, [], []
        return self

    def pass_by(self, event: Event) -> Shards | None:
        """Takes notice of an event whose shard is finished; itself, where that is in a dump."""
        if isinstance(event, Started) and SHAPES[event.source.format].is_dump:
            self.start(event.source)
        elif isinstance(event, Kept) and event.place == "head":
            self._heads.append(event)
        elif isinstance(event, (Finished, Skipped)):
            self._source = None
        return self if self._source else None

    def go_on(self, of_source: list[Record], finished: dict[str, Record]) -> None:
        """Takes over the shards that are finished."""
        self.of_source, self.finished = of_source, finished

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes an article with the text that the edits make of it."""
        if self._shard and self._shard.rows:
            self._end_before(self._shard.writer.size_of_article(article, text, edits))
        self._opened().article(article, text, edits)

    def tell(self, outcome: Outcome) -> None:
        """Writes what is told of the article."""
        self._opened().tell(outcome)

    def kept(self, kept: Kept) -> None:
        """Writes what stands between the articles."""
        if kept.place == "head":
            self._heads.append(kept)
            return
        if self._shard and self._shard.rows:
            self._end_before(self._shard.writer.size_of_kept(kept))
        self._opened().kept(kept)

    def broken(self, broken: Broken) -> None:
        """Takes notice of what could not be read or cleaned."""
        self._opened().broken(broken)

    def close(self) -> None:
        """Ends the last shard of the dump."""
        self._opened()
        self._finish(is_cut=False)

    def _end_before(self, size: int | None) -> None:
        if size is not None and self._shard and self._shard.writer.written + size > self._size:
            self._finish(is_cut=True)
            self._ended()

    def _opened(self) -> _Shard:
        assert self._source
        if self._shard is None:
            name = shard_name(self._source.name, len(self.of_source))
            self._shard = _Shard(self._folder, name, self._source, self._heads)
        return self._shard

    def _finish(self, is_cut: bool) -> None:
        assert self._shard
        told = self._shard.close(is_cut)
        if not self._has_begun:
            self._begin()
            self._has_begun = True
        self._shard.put_in_place(self._out)
        self.written += self._shard.writer.written
        self.of_source.append(told)
        self.finished |= {path: told["files"][kind] for kind, path in files_of_shard(told["name"]).items()}
        self._shard = None
