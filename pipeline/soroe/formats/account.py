"""The account of a run, while it goes on and at its end: rows in and out, how far it is, and how long its stages took.

Reading and writing are the work of one process; to write is also to keep the journal. Cleaning is the work of all processes, and the
seconds of all are added up: with four of them it may have 40 in a run of 10. All seconds are those of a clock on the wall, in which a
process may have waited for a core or for the disk. What a run that was resumed found in its journal, no stage of it has cleaned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar, cast

from soroe.formats.answered import Batch
from soroe.formats.listed import Listed
from soroe.formats.outcome import Outcome
from soroe.formats.read import Article, Broken, Event, Finished, Kept, Skipped, Source, Started
from soroe.formats.records import Record
from soroe.formats.stream import Stream
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


class _File:
    """A file that is read, and how much of what it holds has come back."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self.source, self._stream, self._end = source, stream, stream.end
        self._whole: int | None = None  # what it holds, when all of that was read
        self._back = self._rows = 0
        self._size_of: Callable[[str], int] = _bytes_in_utf8
        self._all_rows: int | None = None

    @property
    def end(self) -> int:
        """How large it is on the disk; of a pipe, how much was read."""
        return self._stream.size if self._end is None else self._end

    def was_read(self, finished: Finished) -> None:
        """It is at its end, and will be closed."""
        self._whole = finished.size

    def came_back(self, event: Event) -> int:
        """An event of it is done; the bytes of the row or text, if it is one."""
        if isinstance(event, Article):
            size = self._size_of(event.row.line if event.row else event.text)
        elif isinstance(event, Broken):
            size = len(event.raw)
        elif isinstance(event, Kept):
            size = self._size_of(event.piece) if isinstance(event.piece, str) else 0
        else:
            if isinstance(event, Started) and event.encoding == "latin-1":
                self._size_of = len
            return 0
        self._rows += is_row(event)
        self._back += size
        return size

    def at(self) -> int:
        """How much of it is behind us, as it stands on the disk: a reader takes a megabyte at once, which may be a second of work."""
        if self.source.format == "parquet" and self.source.path and not self.source.compression:
            return self.end * self._rows // (self._number_of_rows(self.source.path) or self._rows or 1)
        read, held = (self._stream.at, self._stream.size) if self._whole is None else (self.end, self._whole)
        return int(read * min(1.0, self._back / held)) if held else 0

    def _number_of_rows(self, path: Path) -> int:
        """Of Parquet: a row group is read at once, and may be all there is."""
        if self._all_rows is None:
            from pyarrow import ArrowException
            from pyarrow.parquet import read_metadata

            try:
                self._all_rows = cast(int, read_metadata(path).num_rows)
            except (ArrowException, OSError):
                self._all_rows = 0
        return self._all_rows


class Account:
    """What a run has done so far. It fills it; whoever watches the run may look at any time, and ``tell`` is given what is odd."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.tell: Callable[[str], object] = lambda warning: None
        self.began = perf_counter()
        self.size: int | None = None  # of all inputs as they are on the disk, as often as they are read
        self.articles = 0  # that came back, from the survey too
        self.is_surveying = False
        self.seconds: dict[Stage, float] = {"reading": 0.0, "cleaning": 0.0, "writing": 0.0}
        self._of_names = 0.0
        self._read = self._cleaned = 0  # bytes: of what the files held, of rows that were cleaned
        self._processes: set[int] = set()
        self._files: deque[_File] = deque()  # that were opened, and are not all back
        self._unread: deque[_File] = deque()  # of those, that are not read to their end
        self._behind = 0  # bytes of the files that are

    # What the run tells of itself

    def begins(self, sources: Listed, passes: int) -> None:
        """The inputs are known."""
        self.size = None if sources.size is None else sources.size * passes

    def opened(self, source: Source, stream: Stream) -> None:
        """A file is about to be read."""
        self._files.append(_File(source, stream))
        self._unread.append(self._files[-1])

    def goes_on(self, tally: Tally) -> None:
        """A run goes on from a mark, with what it had counted up to there."""
        self.tally = tally
        tally.rows_in = tally.rows_out + tally.counts["quarantined"]  # what was read ahead is read again

    def passed_by(self, event: Event) -> None:
        """An event that was done with before goes by."""
        if isinstance(event, Finished):
            self._was_read(event)
        self._came_back([(event, event)], [])

    @contextmanager
    def surveying(self) -> Iterator[None]:
        """The inputs are read for the survey."""
        self.is_surveying = True
        began = perf_counter()
        yield
        self.seconds["surveying"] = perf_counter() - began
        self.is_surveying = False

    def reading(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches as they are read."""
        batches = iter(batches)
        while True:
            began = perf_counter()
            batch = next(batches, None)
            if not self.is_surveying:
                self.seconds["reading"] += perf_counter() - began
            if batch is None:
                return
            rows = 0
            for event, _ in batch[0]:
                if isinstance(event, Finished):
                    self._was_read(event)
                else:
                    rows += is_row(event)
            if not self.is_surveying:
                self.tally.rows_in += rows
            yield batch

    def writing(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches as they come back; what is done with them is to write."""
        for batch in batches:
            came = perf_counter()
            self._came_back(*batch)
            yield batch
            if not self.is_surveying:
                self.seconds["writing"] += perf_counter() - came

    def timed_writing(self, write: Callable[P, S]) -> Callable[P, S]:
        """What writes when all is back."""

        def timed(*given: P.args, **named: P.kwargs) -> S:
            began = perf_counter()
            try:
                return write(*given, **named)
            finally:
                self.seconds["writing"] += perf_counter() - began

        return timed

    def part_came_back(self, size: int, articles: int) -> None:
        """A part of the inputs is done that others have read."""
        self._behind += size
        self.articles += articles

    def warn(self, warning: str) -> None:
        """Something is odd that is no row."""
        self.tell(warning)

    # What others ask

    def passed(self) -> Passed:
        """How much is done now, in bytes of the files as they are on the disk."""
        return Passed(perf_counter(), self._behind + (self._files[0].at() if self._files else 0), self.articles)

    def stages(self) -> Record:
        """What `run.json` tells of the stages: seconds, and the megabytes (10^6 bytes) that went through in them.

        Those are of what the files hold, decompressed (of Parquet, of the files); of cleaning, the rows that were cleaned.
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

    def _was_read(self, finished: Finished) -> None:
        if not self.is_surveying:
            self._read += finished.size
        # Of what could not be opened there is no file.
        if self._unread and self._unread[0].source == finished.source:
            self._unread.popleft().was_read(finished)

    def _came_back(self, events: list[tuple[Event, Any]], answers: list[Any]) -> None:
        outcomes = [answer for answer in answers if isinstance(answer, Outcome)]
        self.seconds["cleaning"] += sum(outcome.seconds for outcome in outcomes)
        self._of_names += sum(outcome.of_names for outcome in outcomes)
        self._processes.update(outcome.process for outcome in outcomes)
        articles = cleaned = 0
        first = self._files[0] if self._files else None
        for event, known in events:
            size = first.came_back(event) if first else 0
            if isinstance(event, Article):
                articles += 1
                cleaned += size if known is None else 0
            elif first and (
                (isinstance(event, Finished) and event.source == first.source)
                or (isinstance(event, Skipped) and event.path == first.source.path)
            ):
                self._behind += self._files.popleft().end
                if self._unread and self._unread[0] is first:  # it was passed over
                    self._unread.popleft()
                first = self._files[0] if self._files else None
        self.articles += articles
        self._cleaned += 0 if self.is_surveying else cleaned


def is_row(event: object) -> bool:
    """Whether an event is of a row: an article, one that is kept as it is, or what cannot be read (a damaged rest is one)."""
    return isinstance(event, Article) or isinstance(event, Broken) or (isinstance(event, Kept) and bool(event.why))


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


def _pace(seconds: float, size: int) -> Record:
    megabytes = size / _MB
    return {
        "seconds": round(seconds, 3),
        "MB": round(megabytes, 3),
        "MB/s": round(megabytes / seconds, 3) if seconds else None,
    }


def _bytes_in_utf8(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
