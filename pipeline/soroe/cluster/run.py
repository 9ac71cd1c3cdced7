"""A run on many machines: the partitions are cleaned where they are sent, and what was counted of them becomes one here."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from soroe import __version__
from soroe.cluster.on_ray import Spread
from soroe.cluster.part import ASIDE, DONE, SURVEYS, Done, Job, Read, Told, made_with, packed, unpacked
from soroe.cluster.partitions import (
    SIZE,
    Cut,
    Partition,
    Stretches,
    can_be_cut,
    cuts_of,
    numbered,
    partitions_of,
    with_ids,
)
from soroe.engine import Pipeline
from soroe.formats.account import Account
from soroe.formats.answered import forget_pipelines
from soroe.formats.corpus import Scope, survey_record, write_across
from soroe.formats.files import about_input, record_lines
from soroe.formats.journal import check_same
from soroe.formats.places import Folder, State, is_url, lies_in, state_of
from soroe.formats.read import BadInput, FieldsFor, Finished, Reading, Source, find_sources, no_fields
from soroe.formats.records import Record
from soroe.formats.report import write_report
from soroe.formats.rows import json_line
from soroe.formats.run import exit_status, head_of, write_pairs
from soroe.formats.shapes import ENDINGS
from soroe.formats.stage import ACROSS, PARTS, RUN, SURVEY, BadOutput, check_output
from soroe.formats.tally import Tally
from soroe.settings import Settings

PLAN = f"{ASIDE}/plan"
# What stands there before the plan does: whose turn it is.
BEGUN = f"{ASIDE}/begun"
# So many surveys of partitions become one at a time.
_MERGED_AT_ONCE = 32


class Plan(NamedTuple):
    """How a run was cut, and of what: one that goes on with it does the same."""

    key: str
    head: str
    partitions: tuple[Partition, ...]
    skipped: int


class Step(NamedTuple):
    """How far a run is: of what, how many parts are done, and of how many; which one it was, and, if it was cleaned, what came back."""

    what: str
    done: int
    of: int
    partition: Partition | None = None
    told: Told | None = None


def run(
    inputs: list[str],
    out: str,
    settings: Settings,
    reading: Reading,
    spread: Spread,
    watch: Callable[[Step], None] = lambda step: None,
    scope: Scope = "document",
    prose_fields: FieldsFor = no_fields,
    size: int = SIZE,
    timeout: float | None = None,
    is_resumed: bool = False,
    is_apart: bool = True,
    account: Account | None = None,
) -> Tally:
    """Cleans the inputs into ``out``, paths or URLs, in partitions of ``size`` bytes, which ``spread`` has worked on.

    The parts of each output, one after another, are what a run on one machine writes. A run that is stopped leaves there what it has
    done; ``is_resumed`` goes on with that. ``watch`` sees each part when it is done, and ``account`` has what was counted of it as soon
    as all before it are done too.

    Raises `BadInput`, `BadOutput` and what `Pipeline` raises before anything is written; `Undone` where a partition cannot be done.
    """
    began = time.monotonic()
    if "-" in inputs:
        raise BadInput("-: standard input is on one machine only; name files, folders or URLs")
    folder = Folder(out)
    _check_output(folder, inputs, is_resumed)
    is_surveyed = scope == "corpus" and not (settings.survey and settings.survey.exists())
    forget_pipelines()
    here = settings.for_one_text()
    pipeline = Pipeline(replace(here, survey=None) if is_surveyed else here)
    sources = list(find_sources(inputs, reading.format, prose_fields, are_urls_read=True))
    named = [source for source in sources if isinstance(source, Source)]
    if not named:
        raise BadInput(f"{', '.join(inputs)}: no {ENDINGS} file inside (.json and .yaml: with --prose-fields)")
    told = head_of(pipeline, settings, reading)
    states, inputs_record = _states_of(named)
    head: Record = json.loads(json.dumps(told | {"inputs": inputs_record, "scope": scope, "partition size": size}))
    job = Job(
        uuid.uuid4().hex,
        replace(here, survey=None),
        reading,
        folder.place if is_url(out) else str(Path(out).resolve()),
        made_with(pipeline, settings.tokenizer),
        dictionaries={path: path.read_bytes() for path in (*settings.names, *settings.apart)},
        timeout=timeout,
        is_apart=is_apart,
        home=str(Path.cwd()),
    )
    plan = _kept_plan(folder, head) if is_resumed else None
    if plan is None:
        with _begun(folder, is_resumed) as has_turn:
            plan = _planned(named, states, job, spread, size, head, len(sources) - len(named), watch)
            if not has_turn():
                raise BadOutput(f"{folder.place}: another run has begun there meanwhile; choose another --out")
            folder.write(PLAN, packed(plan))
    # Processes know a job by its key, and keep what they know.
    job = job._replace(key=f"{plan.key} survey", of=len(plan.partitions))
    across = pipeline.across
    account = account or Account()
    account.size = sum(map(_size, states))
    if is_surveyed:
        _survey(folder, plan, job, spread, settings.survey, watch, account)
        with folder.fetched(SURVEY) as (path,):
            across = pipeline.names.across_by(settings.survey or path)
    if across:
        told["survey"] = survey_record(across, settings.survey, is_surveyed)
        _put(folder, ACROSS, partial(write_across, across=across))
        # What was judged is told once, and here; which names are written otherwise, each has to know.
        across = across._replace(judged=())
    tally = account.tally
    if plan.skipped:
        tally.counts["skipped files"] += plan.skipped
    read: list[tuple[Read, ...]] = []
    files: list[Record] = []
    cleaned = _cleaned(folder, plan, job._replace(key=plan.key, across=across), spread, watch)
    for partition, done in zip(plan.partitions, cleaned, strict=True):
        tally.add_part(done.tally, done.pairs)
        account.part_came_back(partition.size, done.tally.counts["documents"])
        for stage, seconds in done.seconds.items():
            account.seconds[stage] += seconds
        read.append(done.read)
        files.append(done.files)
    _put(folder, "report.html", lambda path: write_report(path, tally, __version__))
    _put(folder, "aliases.tsv", lambda path: write_pairs(path, tally))
    folder.write(PARTS, "".join(map(json_line, _parts(plan, read, files))).encode())
    about = told | {
        "inputs": list(_inputs(plan, read)),
        "counts": tally.told,
        "edits by rule": dict(sorted(tally.edits.items())),
        "findings by rule": dict(sorted(tally.findings.items())),
        "partitions": len(plan.partitions),
        "exit": exit_status(tally),
        "seconds": round(time.monotonic() - began, 3),
    }
    folder.sweep()
    folder.write(RUN, f"{{\n{record_lines(about)}\n}}\n".encode())
    folder.remove(ASIDE)
    return tally


def is_left(out: str) -> bool:
    """Whether a run that was stopped has left something there for ``--resume`` to go on with."""
    try:
        return Folder(out).has(PLAN)
    except Exception:  # the place cannot be reached, which was told
        return False


def _check_output(folder: Folder, inputs: list[str], is_resumed: bool) -> None:
    names = folder.names()
    is_stopped, is_begun = PLAN in names, BEGUN in names
    if is_resumed and not is_stopped and not is_begun:
        raise BadOutput(f"{folder.place}: holds no run that was stopped; leave --resume out")
    for given in inputs:
        if (is_url(given) or is_url(folder.place)) and lies_in(folder.place, given):
            raise BadOutput(f"{folder.place}: lies inside the input {given}; choose a folder outside for --out")
        if (is_url(given) or is_url(folder.place)) and lies_in(given, folder.place):
            raise BadOutput(
                f"{folder.place}: the input {given} lies inside it and would be written over; choose another --out"
            )
    if is_resumed:
        return
    if is_stopped:
        raise BadOutput(
            f"{folder.place}: holds a run that was stopped: --resume goes on with it; to begin anew, choose another --out"
        )
    if is_begun:
        raise BadOutput(
            f"{folder.place}: another run is writing there, or was stopped before it had a plan: let it end; if there is none, "
            "--resume begins anew"
        )
    if not is_url(folder.place):
        if not any(name.startswith(f"{ASIDE}/") for name in names):
            folder.remove(ASIDE)  # an empty folder that could not be taken away when the disk was full
        check_output(Path(folder.place), [given for given in inputs if not is_url(given)])
    if others := [name for name in names if not name.startswith(f"{ASIDE}/")]:
        raise BadOutput(f"{folder.place}: holds files already ({others[0]}); choose an empty or a new folder for --out")


def _states_of(sources: Iterable[Source]) -> tuple[list[State | None], Record]:
    """The states of the files (None of one that cannot be read), and what tells whether they are the same when a run is resumed.

    Raises `BadInput` for what is no file, or cannot be reached.
    """
    states: list[State | None] = []
    digest = blake2b(digest_size=16)
    for source in sources:
        state = _state_of(source)
        size, mark = state or (0, "")
        states.append(state)
        digest.update(f"{source.shown}\n{size or 0}\n{mark}\n".encode("utf-8", "surrogateescape"))
    size = sum(map(_size, states))
    return states, {"files": len(states), "bytes of input": size, "names, sizes and times": digest.hexdigest()}


def _state_of(source: Source) -> State | None:
    if not source.path:
        try:
            return state_of(source.url)
        except OSError as error:
            raise BadInput(f"{source.shown}: cannot be read: {error.strerror or error}") from None
    try:
        if not S_ISREG(source.path.stat().st_mode):
            raise BadInput(
                f"{source.shown}: is no file, but a pipe or the like, which other machines cannot read: write it to a file first"
            )
        return state_of(source.path) if os.access(source.path, os.R_OK) else None
    except OSError:  # the run tells that
        return None


def _size(state: State | None) -> int:
    return (state and state.size) or 0


# How it is cut


@contextmanager
def _begun(folder: Folder, is_resumed: bool) -> Iterator[Callable[[], bool]]:
    """Tells other runs, while this one makes its plan, that it is at it; and this one whether it still is the one that is.

    Where no plan comes of it, nothing of that is left.
    """
    own = uuid.uuid4().hex.encode()
    is_new = not is_url(folder.place) and not Path(folder.place).exists()

    def has_turn() -> bool:
        return folder.read(BEGUN) == own

    try:
        if is_resumed:
            folder.write(BEGUN, own)
        elif not folder.write_new(BEGUN, own):
            raise BadOutput(f"{folder.place}: another run is writing there; choose another --out")
        yield has_turn
    except BaseException:
        with suppress(OSError):  # why it ended is worth more
            if folder.read(BEGUN) in (own, None):
                folder.remove(ASIDE)
            if is_new:
                Path(folder.place).rmdir()
        raise


def _kept_plan(folder: Folder, head: Record) -> Plan | None:
    data = folder.read(PLAN)
    if data is None:  # it was stopped before
        return None
    try:
        plan = unpacked(data)
    except ValueError as error:
        raise BadOutput(f"{folder.place}/{PLAN}: cannot be read ({error}); choose another --out") from None
    assert isinstance(plan, Plan)
    try:
        check_same(json.loads(plan.head), head, folder.place)
    except BadInput as error:
        # That folder may be a bucket, and beside the plan alone there are parts of the outputs.
        raise BadInput(str(error).replace(f"delete {folder.place} to begin anew", "choose another --out")) from None
    return plan


def _planned(
    sources: Sequence[Source],
    states: Sequence[State | None],
    job: Job,
    spread: Spread,
    size: int,
    head: Record,
    skipped: int,
    watch: Callable[[Step], None],
) -> Plan:
    large = [at for at, source in enumerate(sources) if _size(states[at]) > size and can_be_cut(source)]
    looked = dict(zip(large, _all(spread, "look", job, [(sources[at], size) for at in large], watch), strict=True))
    stretches = [(at, told) for at, told in looked.items() if isinstance(told, Stretches)]
    items = [(sources[at], *stretch) for at, told in stretches for stretch in told.stretches]
    lines = iter(_all(spread, "count", job, items, watch))
    cuts: dict[int, list[Cut]] = {at: told for at, told in looked.items() if isinstance(told, list)}
    for at, told in stretches:
        cuts[at] = cuts_of(told.stretches, [next(lines) for _ in told.stretches])
    encodings = {at: told.encoding for at, told in stretches}
    whole = ((source, states[at], encodings.get(at), cuts.get(at)) for at, source in enumerate(sources))
    partitions = list(partitions_of(whole, size))
    ids = _all(spread, "ids", job, partitions, watch)
    return Plan(uuid.uuid4().hex, json.dumps(head), tuple(with_ids(partitions, ids)), skipped)


def _all(spread: Spread, work: str, job: Job, items: Sequence[Any], watch: Callable[[Step], None]) -> list[Any]:
    """What came of the items, in their order."""
    answers: list[Any] = [None] * len(items)
    for done, (number, answer) in enumerate(spread(work, job, items), 1):
        answers[number] = answer
        partition = items[number] if isinstance(items[number], Partition) else None
        watch(Step(work, done, len(items), partition))
    return answers


# What is done


def _survey(
    folder: Folder,
    plan: Plan,
    job: Job,
    spread: Spread,
    given: Path | None,
    watch: Callable[[Step], None],
    account: Account,
) -> None:
    """Writes the survey of all partitions, unless it is there: one of each, and of 32 one, until there is one."""
    if not folder.has(SURVEY):
        there = set(folder.names(SURVEYS))
        names = [f"{SURVEYS}/{numbered(partition.number, job.of)}.tsv" for partition in plan.partitions]
        missing = [partition for partition, name in zip(plan.partitions, names, strict=True) if name not in there]
        account.size = 2 * (account.size or 0)
        account.is_surveying = True
        for partition, name in zip(plan.partitions, names, strict=True):
            if name in there:
                account.part_came_back(partition.size, partition.articles)

        def came_back(step: Step) -> None:
            if step.partition:
                account.part_came_back(step.partition.size, step.partition.articles)
            watch(step)

        _all(spread, "surveyed", job, missing, came_back)
        level = 0
        while len(names) > 1:
            level += 1
            groups = [tuple(names[at : at + _MERGED_AT_ONCE]) for at in range(0, len(names), _MERGED_AT_ONCE)]
            names = [f"{SURVEYS}/merged-{level}/{numbered(at, len(groups))}.tsv" for at in range(len(groups))]
            items = [item for item in zip(names, groups, strict=True) if item[0] not in there]
            _all(spread, "merge", job, items, watch)
        with folder.fetched(*names) as (path,):
            folder.put(path, SURVEY)
    account.is_surveying = False
    if given:
        with folder.fetched(SURVEY) as (path,):
            aside = given.with_name(f".{given.name}.unfinished")
            shutil.copyfile(path, aside)
            aside.replace(given)


def _cleaned(folder: Folder, plan: Plan, job: Job, spread: Spread, watch: Callable[[Step], None]) -> Iterator[Done]:
    """What is kept of the partitions, in their order: of each as soon as it and all before it are cleaned."""
    names = [f"{DONE}/{numbered(partition.number, job.of)}" for partition in plan.partitions]
    places = {name: number for number, name in enumerate(names)}
    there = {places[name] for name in folder.names(DONE) if name in places}
    missing = [partition for partition in plan.partitions if partition.number not in there]
    watch(Step("clean", len(there), job.of))
    given = 0
    for _, told in spread("clean", job, missing):
        there.add(told.number)
        watch(Step("clean", len(there), job.of, plan.partitions[told.number], told))
        while given in there:
            yield _done(folder, names[given], plan.key)
            given += 1
    for name in names[given:]:
        yield _done(folder, name, plan.key)
    watch(Step("clean", len(there), job.of))


def _done(folder: Folder, name: str, key: str) -> Done:
    try:
        done = unpacked(folder.read(name) or b"")
    except ValueError as error:
        raise BadOutput(
            f"{folder.place}/{name}: cannot be read ({error}); delete it, and go on with --resume"
        ) from None
    if not isinstance(done, Done) or done.key != key:
        raise BadOutput(f"{folder.place}/{name}: is of another run; delete it, and go on with --resume")
    return done


# What is told


def _put(folder: Folder, name: str, write: Callable[[Path], None]) -> None:
    with TemporaryDirectory() as aside:
        path = Path(aside) / "file"
        write(path)
        folder.put(path, name)


def _parts(plan: Plan, read: Iterable[tuple[Read, ...]], files: Iterable[Record]) -> Iterator[Record]:
    """Each part of each input, what was read and what was written; with the first of a partition, the files that tell of its articles."""
    for partition, parts, told in zip(plan.partitions, read, files, strict=True):
        for at, (place, encoding, size, digest, documents, written) in enumerate(parts):
            source, file, *_ = partition.slices[place]
            yield {
                "partition": partition.number,
                "name": source.name,
                **({"first": source.first} if source.stretch else {}),
                "encoding": encoding,
                "bytes": size,
                "sha256": digest,
                "documents": documents,
                "file": file if written else None,
                "sha256 of file": written,
                **({} if at else {"files": told}),
            }


def _inputs(plan: Plan, read: Iterable[tuple[Read, ...]]) -> Iterator[Record]:
    """The inputs as `run.json` tells of them, with the number of their parts."""
    inputs: dict[str, Record] = {}
    for partition, parts in zip(plan.partitions, read, strict=True):
        for place, encoding, size, digest, documents, _ in parts:
            source = partition.slices[place].source
            finished = Finished(source, encoding, 0, None if source.stretch else digest)
            about = inputs.setdefault(source.name, about_input(finished, 0) | {"parts": 0})
            # Of Parquet each part looks at the whole file.
            about["bytes"] = size if source.format == "parquet" else about["bytes"] + size
            about["documents"] += documents
            about["parts"] += 1
    yield from inputs.values()
