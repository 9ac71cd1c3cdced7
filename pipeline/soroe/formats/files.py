"""The files of a run: those that go on through all of it, and the cleaned file, or the shards, of the source at hand.

Where dumps are cut into shards, a mark tells from time to time up to where all of it is written for good (`soroe.formats.journal`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO, TypeAlias

from soroe.formats.account import Account
from soroe.formats.answered import Answered
from soroe.formats.corpus import Surveyed
from soroe.formats.journal import Journal, Mark, Trail
from soroe.formats.outcome import PASSED, Outcome
from soroe.formats.read import Article, BadInput, Broken, Event, Finished, Kept, Skipped, Source, Started
from soroe.formats.records import Record, quarantine_record
from soroe.formats.rows import json_line
from soroe.formats.shapes import SHAPES
from soroe.formats.shards import Shards, told_of
from soroe.formats.stage import CLEAN, RUN, TOLD, BadOutput, withdraw
from soroe.formats.tally import Tally
from soroe.formats.written import Written

Step: TypeAlias = Event | Surveyed | Answered[Outcome]


class Steps:
    """Takes the steps of a run in their order, and writes and counts what is to be of each; what a source is written to, a subclass says.

    ``logs`` are the files of `TOLD`, one of each.
    """

    def __init__(self, logs: Sequence[TextIO], quarantine: TextIO, tally: Tally) -> None:
        self.tally = tally
        self.encoding: str | None = None  # of the source at hand
        self._logs, self._quarantine = logs, quarantine
        self._clean: Written | Shards | None = None
        self._documents = 0  # of the source at hand

    def take(self, step: Step) -> None:
        """Writes what is to be written of a step, and counts it."""
        clean, tally = self._clean, self.tally
        match step:
            case Skipped():
                tally.counts["skipped files"] += 1
            case Started(source, encoding):
                self.encoding, self._clean = encoding, self._begun(source)
            case Answered(article, outcome):
                # First of all, for it may end a shard that all else is not told of yet.
                if clean:
                    clean.article(article, article.text if outcome.text is None else outcome.text, outcome.edits)
                    tally.rows_out += 1
                if isinstance(clean, Shards):
                    clean.tell(outcome)
                else:
                    for file, lines in zip(self._logs, outcome.lines, strict=True):
                        file.write(lines)
                self._documents += 1
                tally.add(outcome.counted)
                tally.note_fields(article)
            case Kept(_, why) if clean:
                clean.kept(step)
                if why:
                    tally.counts[why] += 1
                    tally.rows_out += 1
            case Broken():
                if clean:
                    clean.broken(step)
                tally.add_broken(step)
                self._quarantine.write(json_line(quarantine_record(step, self.encoding)))
            case Finished():
                if clean:
                    clean.close()
                self._ended(step)
                self.encoding, self._clean, self._documents = None, None, 0

    def _begun(self, source: Source) -> Written | Shards:
        """What the cleaned source goes into."""
        raise NotImplementedError

    def _ended(self, finished: Finished) -> None:
        """What the source went into is closed."""
        raise NotImplementedError


class Files(Steps):
    """The files of a run in ``folder``. ``head`` is what `run.json` begins with. With a ``mark`` they go on from it."""

    def __init__(self, folder: Path, out: Path, head: Record, account: Account, mark: Mark | None = None) -> None:
        self._folder, self._out, self._account = folder, out, account
        self._lengths = mark.lengths if mark else {}
        self._opened = ExitStack()
        super().__init__([self._open(f"{kind}.jsonl") for kind in TOLD], self._open("quarantine.jsonl"), account.tally)
        self._about = self._open(RUN)
        self._documents, self._finished = (mark.documents, mark.inputs) if mark else (0, 0)
        if not self._lengths:
            self._about.write(f'{{\n{record_lines(head)},\n  "inputs": [')

    def __enter__(self) -> Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._clean:
            self._clean.__exit__(kind, error, trace)
        self._opened.__exit__(kind, error, trace)

    def finish(self, tail: Callable[[], Record]) -> None:
        """Ends `run.json`; ``tail`` tells what stands at its end."""
        self._about.write(f"\n  ],\n{record_lines(tail())}\n}}\n")

    def _begun(self, source: Source) -> Written | Shards:
        return Written(self._folder / CLEAN / source.name, source)

    def _ended(self, finished: Finished) -> None:
        record = about_input(finished, self._documents)
        if isinstance(self._clean, Shards):
            record["shards"] = self._clean.of_source
        self._about.write(f"{',' if self._finished else ''}\n    {json_line(record).rstrip()}")
        self._finished += 1

    def _open(self, name: str) -> TextIOWrapper:
        goes_on = bool(self._lengths.get(name))
        if goes_on:
            _cut_back(self._folder / name, self._out / name, self._lengths[name])
        mode: Literal["a", "w"] = "a" if goes_on else "w"
        return self._opened.enter_context((self._folder / name).open(mode, encoding="utf-8", newline=""))


class ShardedFiles(Files):
    """The same where dumps are cut into shards of ``size`` bytes, which are in ``out`` when they are whole.

    A mark is set whenever half a shard more is there; ``journal`` turns over a leaf then.
    """

    def __init__(
        self,
        folder: Path,
        out: Path,
        head: Record,
        account: Account,
        described: Record,
        journal: Journal,
        size: int,
        mark: Mark | None,
    ) -> None:
        super().__init__(folder, out, head, account, mark)
        self._described, self._journal, self._size, self._mark = described, journal, size, mark
        self._shards = Shards(folder, out, size, self._begin, self._set_mark)
        self._marked = 0  # bytes of shards that were finished when the mark was set
        self._has_texts = False  # files that are an article, since the mark
        self._trail = Trail(())

    def rest(self, events: Iterable[Event], watch: Callable[[Step], None], first: str) -> Iterator[Event]:
        """The events that are still to be done; those before the mark go by, and are looked at alone.

        Raises `BadInput` where they are not what they were, and `BadOutput` where a finished shard is not; ``first`` is the input's name.
        """
        self._trail = Trail(events)
        rest = iter(self._trail)
        mark = self._mark
        if not mark:
            return rest
        self._account.goes_on(mark.tally)
        self.tally = mark.tally
        self.tally.taken_away = _check_shards(self._out, mark.files)
        for event in islice(rest, mark.events):
            watch(Answered(event, PASSED) if isinstance(event, Article) else event)
            if isinstance(event, Article):
                self.tally.note_fields(event)
            if isinstance(event, (Started, Finished)):
                self.encoding = event.encoding if isinstance(event, Started) else None
            self._account.passed_by(event)
            self._clean = self._shards.pass_by(event)
            self._trail.pass_one()
        if (self._trail.passed, self._trail.digest) != (mark.events, mark.digest):
            raise BadInput(
                f"{first}: is not what it was when the run was stopped, somewhere in the first {mark.articles:,} articles; "
                f"give it as it was, or delete {self._out} to begin anew"
            )
        self._shards.go_on(mark.shards, mark.files)
        return rest

    def take(self, step: Step) -> None:
        """See `Files.take`."""
        super().take(step)
        self._trail.pass_one()
        if isinstance(step, Finished):
            self._set_mark()

    def finish(self, tail: Callable[[], Record]) -> None:
        """See `Files.finish`; logs in which nothing stands, because all stands beside the shards, are taken away."""
        if not any(map(self._length_on_disk, self._logs)):
            for file in self._logs:
                file.close()  # Windows lets no open file go
                Path(file.name).unlink()
        super().finish(tail)

    def _begun(self, source: Source) -> Written | Shards:
        if SHAPES[source.format].is_dump:
            return self._shards.start(source)
        self._has_texts = True
        return super()._begun(source)

    def _begin(self) -> None:
        """The first shard is about to get its name."""
        if not self._mark:
            Mark(0, 0, b"", {}, 0, 0, [], {}, Tally()).write(self._folder, self._described)
        withdraw(self._out)

    def _set_mark(self) -> None:
        if 2 * (self._shards.written - self._marked) < self._size:
            return
        self._marked = self._shards.written
        files = (*self._logs, self._quarantine, self._about)
        self._lengths |= {Path(file.name).name: self._length_on_disk(file) for file in files}
        if self._has_texts and hasattr(os, "sync"):
            os.sync()
        self._has_texts = False
        at = self._trail.passed, self._trail.articles, self._trail.digest
        of_source = self._lengths, self._finished, self._documents
        mark = Mark(*at, *of_source, self._shards.of_source, self._shards.finished, self.tally)
        mark.write(self._folder, self._described)
        self._journal.turn_over()

    def _length_on_disk(self, file: TextIO) -> int:
        """How long a file is; what came since the mark is written to the disk."""
        file.flush()
        length = os.fstat(file.fileno()).st_size
        if length != self._lengths.get(Path(file.name).name):
            os.fsync(file.fileno())
        return length


def _cut_back(path: Path, in_place: Path, length: int) -> None:
    """Makes a file that goes on as long as it was when the mark was set; it may have got its place already."""
    if not path.exists() and in_place.exists():
        in_place.replace(path)
    if not path.exists() or path.stat().st_size < length:
        raise BadOutput(f"{path}: is not as it was when the run was stopped; delete {in_place.parent} to begin anew")
    os.truncate(path, length)


def _check_shards(out: Path, files: dict[str, Record]) -> list[str]:
    """The files of finished shards that are not there any more; `BadOutput` where one is not what it was."""
    taken_away: list[str] = []
    for name, told in files.items():
        if not (out / name).exists():
            taken_away.append(name)
        elif told_of(out / name) != told:
            raise BadOutput(
                f"{out / name}: was changed since the run finished it; put it back as it was, or delete {out} to begin anew"
            )
    return taken_away


def record_lines(record: Record) -> str:
    """The members of a record as lines of JSON, each on its own."""
    return ",\n".join(f"  {json.dumps(key)}: {json_line(value).rstrip()}" for key, value in record.items())


def about_input(step: Finished, documents: int) -> Record:
    """What `run.json` tells of an input."""
    return {
        "name": step.source.name,
        "path": step.source.shown,
        "format": step.source.format,
        **({"compression": step.source.compression} if step.source.compression else {}),
        **({"prose_fields": step.source.prose_fields} if step.source.prose_fields else {}),
        "encoding": step.encoding,
        "bytes": step.size,
        "sha256": step.sha256,
        **({"sha256 of": "its schema and texts"} if step.source.is_by_value else {}),
        "documents": documents,
    }
