"""What is done with one partition: it is looked at, surveyed, cleaned; its files go into the output as a whole or not at all.

The same partition makes the same files, so that one that was lost on the way, or done twice, leaves no trace.
"""

from __future__ import annotations

import gzip
import io
import os
import pickle
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TextIO

from soroe import __version__
from soroe.cluster.partitions import (
    Cut,
    Ids,
    Lines,
    Partition,
    Slice,
    Stretches,
    as_placed,
    counted_lines,
    ids_in,
    measured,
    numbered,
    renamed_by,
)
from soroe.engine import Pipeline
from soroe.formats.account import Account, Stage
from soroe.formats.answered import Asking, answered, forget_pipelines, keep_pipeline, prepared
from soroe.formats.corpus import survey
from soroe.formats.files import Steps
from soroe.formats.outcome import outcome_of, question_for
from soroe.formats.pairs import Pairs
from soroe.formats.places import Folder, state_of
from soroe.formats.read import Article, BadInput, Broken, Event, Finished, Reading, Skipped, Source, Started, read
from soroe.formats.records import Record
from soroe.formats.run import PACKAGES
from soroe.formats.shards import told_of
from soroe.formats.stage import CLEAN, QUARANTINE, TOLD
from soroe.formats.tally import CountedPair, Tally
from soroe.formats.written import Written
from soroe.names.across import Across
from soroe.names.survey import merged
from soroe.settings import Settings

# What is there only until the run is finished.
ASIDE = ".soroe-cluster-unfinished"
DONE, SURVEYS = f"{ASIDE}/done", f"{ASIDE}/survey"


class BadNode(BadInput):
    """A machine of the cluster that cannot do the work; the message is for the user."""


class Job(NamedTuple):
    """What a process has to know, beside the partition.

    ``dictionaries`` are the user's, by the paths in ``settings``. ``made_with`` is what soroe is on the machine that began the run:
    with another, the same text would come out otherwise. ``key`` tells one job from another: what has the same is the same. ``home`` is
    the folder that paths of sources begin in.
    """

    key: str
    settings: Settings
    reading: Reading
    out: str
    made_with: Record
    of: int = 0  # partitions
    dictionaries: dict[Path, bytes] = {}  # noqa: RUF012
    across: Across | None = None
    timeout: float | None = None
    is_apart: bool = True
    home: str = ""


class Read(NamedTuple):
    """What was read of a slice and became of it; the digests are of the bytes that were read and written."""

    place: int
    encoding: str | None
    size: int
    sha256: str | None
    documents: int
    written: str | None


class Done(NamedTuple):
    """What is kept of a partition until all are done; ``files`` are those that tell of its articles, with their sizes and digests.

    ``seconds`` are those of its stages.
    """

    key: str
    tally: Tally
    pairs: list[CountedPair]
    read: tuple[Read, ...]
    files: Record
    seconds: dict[Stage, float]


class Told(NamedTuple):
    """What comes back of a partition that was cleaned."""

    number: int
    documents: int
    quarantined: int
    seconds: float


def made_with(pipeline: Pipeline, tokenizer: str) -> Record:
    """What soroe is here, as far as its output depends on it."""
    from importlib.metadata import version

    return {"soroe": __version__} | {name: version(name) for name in PACKAGES[tokenizer]} | pipeline.lexicon.digests


_pipelines: dict[str, Pipeline] = {}


def pipeline_for(job: Job) -> Pipeline:
    """The pipeline of this process for a job, loaded when it is first asked for.

    Raises `BadNode` where soroe is another here.
    """
    if job.key not in _pipelines:
        _pipelines.clear()
        forget_pipelines()
        pipeline = Pipeline(job.settings, job.across, job.dictionaries)
        here = made_with(pipeline, job.settings.tokenizer)
        if here != job.made_with:
            what = next(key for key in (*here, *job.made_with) if here.get(key) != job.made_with.get(key))
            raise BadNode(
                f"{node()}: has {what} {here.get(what, 'not at all')}, and the run was begun with {job.made_with.get(what)}: "
                "install the same soroe on all machines of the cluster"
            )
        _pipelines[job.key] = pipeline
    keep_pipeline(_pipelines[job.key])
    return _pipelines[job.key]


def node() -> str:
    """The name of this machine."""
    import platform

    return platform.node() or "a machine"


_parent: int | None = None


def end_with_parent() -> None:
    """Ends this process when the one that began it is gone, at the next article that is read: no one waits for its work."""
    global _parent
    _parent = os.getppid()


def _events(partition: Partition, job: Job) -> Iterator[Event]:
    """What a partition holds; raises `BadInput` where a source is no more what it was when the run was planned, or cannot be read."""
    for slice_ in partition.slices:
        source = as_placed(slice_.source, job.home)
        if source.path:  # of a URL, asking costs as much as reading
            _check_state(slice_, source)
        for event in read((source,), job.reading, io.BytesIO(), slice_.encoding, unique=renamed_by(slice_)):
            if _parent not in (None, os.getppid()):
                os._exit(1)
            if isinstance(event, (Finished, Skipped)):
                _check_state(slice_, source)
            if isinstance(event, Broken) and slice_.state and event.reason.startswith(_NOT_READ):
                raise BadInput(f"{slice_.source.shown}: {event.reason} ({node()}); see that all machines can read it")
            if isinstance(event, (Started, Article, Broken, Finished)):
                event = event._replace(source=slice_.source)
            yield event


# How what is broken begins where a file is at fault, and not what stands in it.
_NOT_READ = ("cannot be read: ", "cannot be read to its end: ")


def _check_state(slice_: Slice, source: Source) -> None:
    before, shown = slice_.state, slice_.source.shown
    if before is None:
        return
    try:
        now = state_of(source.url or source.path or "")
    except FileNotFoundError:
        raise BadInput(f"{shown}: was there when the run began, and is gone ({node()}); {_PUT_BACK}") from None
    except OSError as error:
        raise BadInput(f"{shown}: cannot be read: {error.strerror or error} ({node()})") from None
    if now == before:
        return
    if now.size != before.size and None not in (now.size, before.size):
        raise BadInput(
            f"{shown}: had {before.size:,} bytes when the run began, and has {now.size:,} now ({node()}); {_PUT_BACK}"
        )
    raise BadInput(f"{shown}: was written to since the run began ({node()}); {_PUT_BACK}")


_PUT_BACK = "put it back as it was, with its time"


def _all_events(partition: Partition, job: Job) -> Iterator[Event]:
    """The same, of a partition whose articles were counted: raises `BadInput` where there are more now, or fewer."""
    articles = 0
    for event in _events(partition, job):
        articles += isinstance(event, Article)
        yield event
    if articles != partition.articles:
        first, last = partition.slices[0].source, partition.slices[-1].source
        raise BadInput(
            f"partition {partition.number} ({first.shown}, row {first.first}, to {last.shown}): had {partition.articles:,} articles "
            f"when the run began, and has {articles:,} now ({node()})"
        )


# What can be done


def look(job: Job, item: tuple[Source, int]) -> Stretches | list[Cut] | None:
    """Where a source may be cut."""
    source, size = item
    return measured(as_placed(source, job.home), size, job.reading)


def count(job: Job, item: tuple[Source, int, int]) -> Lines:
    """The lines of a stretch of bytes."""
    source, start, end = item
    return counted_lines(as_placed(source, job.home), start, end)


def ids(job: Job, partition: Partition) -> Ids:
    """The ids of a partition's articles."""
    return ids_in(_ids_of(partition, at, job) for at in range(len(partition.slices)))


def _ids_of(partition: Partition, at: int, job: Job) -> Iterator[str | int]:
    alone = partition._replace(slices=partition.slices[at : at + 1])
    return (event.id for event in _events(alone, job) if isinstance(event, Article))


def surveyed(job: Job, partition: Partition) -> str:
    """Writes the survey of a partition's articles; its name."""
    pipeline = pipeline_for(job)
    name = f"{SURVEYS}/{numbered(partition.number, job.of)}.tsv"
    with TemporaryDirectory() as aside:
        path = Path(aside) / "survey.tsv"
        events = _all_events(partition, job)
        survey(events, pipeline, path, Path(aside), lambda step: None, 1, job.timeout, is_apart=job.is_apart)
        Folder(job.out).put(path, name)
    return name


def merge(job: Job, item: tuple[str, tuple[str, ...]]) -> str:
    """Writes one survey of several; its name."""
    name, parts = item
    folder = Folder(job.out)
    with TemporaryDirectory() as aside, folder.fetched(*parts) as paths:
        path = Path(aside) / "survey.tsv"
        merged(paths, path)
        folder.put(path, name)
    return name


class _Files(Steps):
    """The files of a partition: written ``here``, and put into ``folder`` one by one, each when it is whole."""

    def __init__(self, here: Path, folder: Folder, partition: Partition, logs: Sequence[TextIO]) -> None:
        super().__init__(logs[:-1], logs[-1], Tally())
        self._path, self._folder = here / CLEAN, folder
        self._slices = {slice_.source: (place, slice_.file) for place, slice_ in enumerate(partition.slices)}
        self.read: list[Read] = []

    def _begun(self, source: Source) -> Written:
        return Written(self._path, source)

    def _ended(self, finished: Finished) -> None:
        source, encoding, size, digest = finished
        place, name = self._slices[source]
        written = None
        if self._path.exists():
            written = told_of(self._path)["sha256"]
            self._folder.put(self._path, f"{CLEAN}/{name}")
            self._path.unlink()
        self.read.append(Read(place, encoding, size, digest, self._documents, written))


def clean(job: Job, partition: Partition) -> Told:
    """Cleans a partition, and writes its files, and last of all that it is done."""
    began = time.monotonic()
    pipeline = pipeline_for(job)
    folder = Folder(job.out)
    name = numbered(partition.number, job.of)
    with TemporaryDirectory() as aside, ExitStack() as opened:
        here = Path(aside)
        kinds = (*TOLD, QUARANTINE)
        logs = [opened.enter_context((here / kind).open("w", encoding="utf-8", newline="")) for kind in kinds]
        files = _Files(here, folder, partition, logs)
        account = Account()
        account.tally = tally = files.tally
        question = question_for(pipeline.settings, lambda: partition.is_shown and tally.has_room)
        asking = Asking(question, outcome_of, prepared)
        events = _all_events(partition, job)
        for step in answered(events, asking, 1, job.timeout, is_apart=job.is_apart, watching=account):
            files.take(step)
        told: Record = {}
        for kind, log in zip(kinds, logs, strict=True):
            log.close()
            told[f"{kind}/{name}.jsonl"] = told_of(here / kind)
            folder.put(here / kind, f"{kind}/{name}.jsonl")
        done = Done(job.key, *tally.without_pairs(), tuple(files.read), told, account.seconds)
        folder.write(f"{DONE}/{name}", packed(done))
    took = time.monotonic() - began
    return Told(partition.number, tally.counts["documents"], tally.counts["quarantined"], took)


WORKS: dict[str, Callable[[Job, Any], Any]] = {
    work.__name__: work for work in (look, count, ids, surveyed, merge, clean)
}


# What is kept between


def packed(value: object) -> bytes:
    """A value of ours as bytes."""
    return gzip.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 6, mtime=0)


def unpacked(data: bytes) -> Any:
    """What `packed` gave bytes of. Raises `ValueError` for others."""
    try:
        return _Unpickler(io.BytesIO(gzip.decompress(data))).load()
    except (OSError, EOFError, zlib.error, pickle.UnpicklingError) as error:
        raise ValueError(str(error)) from None


class _Unpickler(pickle.Unpickler):
    """Makes nothing but our own values: what lies in an output folder runs no code."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("pathlib") or (module, name) == ("collections", "Counter"):
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith("soroe.") else None
        if isinstance(found, type) and (
            issubclass(found, (tuple, str, Pairs)) or hasattr(found, "__dataclass_fields__")
        ):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a run")
