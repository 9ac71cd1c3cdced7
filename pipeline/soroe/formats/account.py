"""The account of a run, while it goes on and at its end: rows in and out, how far it is, and how long its stages took.

Reading and writing are the work of one process; to write is also to keep the journal. Cleaning is the work of all processes, and the
seconds of all are added up: with four of them it may have 40 in a run of 10. All seconds are those of a clock on the wall, in which a
process may have waited for a core or for the disk. What a run that was resumed found in its journal, no stage of it has cleaned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import BinaryIO, Literal, NamedTuple, ParamSpec, TypeVar, cast

from soroe.formats.answered import Answered
from soroe.formats.listed import Listed
from soroe.formats.outcome import Outcome
from soroe.formats.read import Article, Broken, Event, Finished, Kept, Source
from soroe.formats.records import Record
from soroe.formats.tally import Tally

S = TypeVar("S")
P = ParamSpec("P")

Stage = Literal["surveying", "reading", "cleaning", "writing"]
_MB = 1_000_000


class Passed(NamedTuple):
    """How much of its input a run has behind it, at a time (of `perf_counter`)."""

    at: float
    bytes: int
    articles: int


class Account:
    """What a run has done so far. It fills it; whoever watches the run may look at any time, and be told in ``warn`` what is no article."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.warn: Callable[[str], object] = lambda warning: None
        self.began = perf_counter()
        self.size: int | None = None  # of all inputs as they are on the disk, as often as they are read
        self.articles = 0  # that were read and came back, also by the survey
        self.is_surveying = False
        self.seconds: dict[Stage, float] = {"reading": 0.0, "cleaning": 0.0, "writing": 0.0}
        self._of_names = 0.0
        self._read = self._cleaned = 0  # bytes: of what the files held, of texts
        self._processes: set[int] = set()
        self._file: BinaryIO | None = None
        self._source: Source | None = None
        self._before = 0  # bytes of the files before this one
        self._end: int | None = None  # where this one ends
        self._rows = 0  # of this one
        self._all_rows: int | None = None

    # What the run tells of itself

    def begins(self, sources: Listed, passes: int) -> None:
        """The inputs are known."""
        self.size = None if sources.size is None else sources.size * passes

    def opened(self, source: Source, file: BinaryIO) -> BinaryIO:
        """A file is about to be read; what is to be read in its place."""
        self._leave()
        self._source, self._rows, self._all_rows, self._end = source, 0, None, None
        if not file.seekable():
            file = cast(BinaryIO, _Pipe(file))
        else:
            at = file.tell()
            self._end = file.seek(0, 2)
            file.seek(at)
        self._file = file
        return file

    def surveying(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events of the reading that is for the survey."""
        self.is_surveying = True
        began = perf_counter()
        for event in events:
            self._notice(event)
            self.articles += isinstance(event, Article)
            yield event
        self._read = 0
        self.is_surveying = False
        self.seconds["surveying"] = perf_counter() - began

    def reading(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events as they are read."""
        events, seconds, counts = iter(events), self.seconds, self.tally.counts
        while True:
            began = perf_counter()
            event = next(events, None)
            seconds["reading"] += perf_counter() - began
            if event is None:
                return
            if self._notice(event):
                counts["rows in"] += 1
            yield event

    def waiting(self, steps: Iterable[S]) -> Iterator[S]:
        """The steps as they come; what is done with them is to write."""
        steps = iter(steps)
        while (step := next(steps, None)) is not None:
            came = perf_counter()
            self.articles += isinstance(step, Answered)
            yield step
            self.seconds["writing"] += perf_counter() - came

    def writing(self, write: Callable[P, S]) -> Callable[P, S]:
        """What writes, timed."""

        def timed(*given: P.args, **named: P.kwargs) -> S:
            began = perf_counter()
            try:
                return write(*given, **named)
            finally:
                self.seconds["writing"] += perf_counter() - began

        return timed

    def cleaned(self, outcome: object) -> None:
        """An article was cleaned, by this run."""
        if isinstance(outcome, Outcome) and (spent := outcome.spent):
            self.seconds["cleaning"] += spent.seconds
            self._of_names += spent.of_names
            self._cleaned += spent.size
            self._processes.add(spent.process)

    def wrote(self) -> None:
        """A row was written."""
        self.tally.counts["rows out"] += 1

    # What others ask

    def passed(self) -> Passed:
        """How much is done now, in bytes of the files as they are on the disk."""
        return Passed(perf_counter(), self._before + self._at(), self.articles)

    def stages(self) -> Record:
        """What `run.json` tells of the stages: seconds, and the megabytes (10^6 bytes) that went through in them.

        Those are of what the files hold, decompressed (of Parquet, of the files); of cleaning, the texts in UTF-8.
        """
        cleaning = self.seconds["cleaning"]
        told = {stage: _pace(seconds, self._read) for stage, seconds in self.seconds.items() if stage != "cleaning"}
        return told | {
            "cleaning": {
                **_pace(cleaning, self._cleaned),
                "processes": len(self._processes),
                "of it names": round(self._of_names, 3),
                "of it rules": round(max(0.0, cleaning - self._of_names), 3),
            }
        }

    def _notice(self, event: Event) -> bool:
        """Whether an event is a row: an article, one that is kept as it is, or what cannot be read (a damaged rest is one)."""
        if isinstance(event, Finished):
            self._read += event.size
            self._leave()
            return False
        is_row = isinstance(event, (Article, Broken)) or (isinstance(event, Kept) and bool(event.why))
        self._rows += is_row
        return is_row

    def _leave(self) -> None:
        """This file is behind us."""
        if self._file:
            self._before += self._file.tell() if self._end is None else self._end
            self._file = None

    def _at(self) -> int:
        """How far the reader is in the file that it is in."""
        if self._file is None or self._source is None:
            return 0
        if self._source.format == "parquet" and self._source.path and not self._source.compression:
            return self._at_row(self._source)
        try:
            return self._file.tell()
        except ValueError:  # closed, for it was none of ours
            return self._end or 0

    def _at_row(self, source: Source) -> int:
        """How far the reader is by rows: of Parquet it has a whole row group at once, which may be all there is."""
        assert source.path
        if self._all_rows is None:
            from pyarrow import ArrowException
            from pyarrow.parquet import read_metadata

            try:
                self._all_rows = read_metadata(source.path).num_rows
            except (ArrowException, OSError):
                self._all_rows = 0
        return (self._end or 0) * min(self._rows, self._all_rows) // self._all_rows if self._all_rows else 0


class Pace:
    """How fast a run is of late: of a run that was resumed the beginning flew by."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._passed: deque[Passed] = deque([Passed(account.began, 0, 0)], maxlen=12)

    def now(self) -> tuple[Passed, float, float, float | None]:
        """What has passed, bytes and articles a second since it was asked twelve times before, and the seconds that are left, if known."""
        now, then = self._account.passed(), self._passed[0]
        self._passed.append(now)
        took = max(now.at - then.at, 1e-9)
        bytes_, articles = (now.bytes - then.bytes) / took, (now.articles - then.articles) / took
        size = self._account.size
        left = max(0, size - now.bytes) / bytes_ if size is not None and bytes_ > 0 else None
        return now, bytes_, articles, left


def lost_rows(tally: Tally) -> int:
    """How many of the rows that came in neither went out nor into quarantine; below 0, how many were written twice. It should be 0."""
    counts = tally.counts
    return counts["rows in"] - counts["rows out"] - counts["quarantined"]


def exit_status(tally: Tally) -> int:
    """0, or 2 where something could not be read, or was lost."""
    return 2 if tally.counts["quarantined"] or lost_rows(tally) else 0


def _pace(seconds: float, size: int) -> Record:
    megabytes = size / _MB
    return {
        "seconds": round(seconds, 3),
        "MB": round(megabytes, 3),
        "MB/s": round(megabytes / seconds, 3) if seconds else None,
    }


class _Pipe:
    """A file that cannot tell how far it was read, with a count of that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def read1(self, size: int = -1) -> bytes:
        data: bytes = self._file.read1(size)  # type: ignore[attr-defined]
        self._at += len(data)
        return data

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._file.close()
