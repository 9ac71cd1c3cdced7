"""A run: articles in, cleaned articles out, with a record of all that was done."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from types import FunctionType
from typing import BinaryIO

from soroe import __version__
from soroe.engine import Pipeline
from soroe.formats.account import Account
from soroe.formats.answered import Asking, answered, forget_pipelines, pipeline_of, prepared
from soroe.formats.corpus import Scope, read_again, survey, survey_record, write_across
from soroe.formats.files import Files, ShardedFiles, Step
from soroe.formats.journal import Journal, begun_with, read_mark
from soroe.formats.listed import Listed
from soroe.formats.outcome import outcome_of, question_for
from soroe.formats.read import BadInput, FieldsFor, Reading, find_sources, no_fields, read
from soroe.formats.records import Record
from soroe.formats.report import write_report
from soroe.formats.shapes import ENDINGS
from soroe.formats.shards import told_of
from soroe.formats.stage import ACROSS, SURVEY, check_output, has_begun, staged
from soroe.formats.tally import Tally
from soroe.settings import Settings
from soroe.text import replay

# What a tokenizer is of.
PACKAGES = {"fugashi": ("fugashi", "unidic-lite"), "sudachi": ("sudachipy", "sudachidict_core")}


def run(
    inputs: list[str],
    out: Path,
    settings: Settings,
    reading: Reading,
    stdin: BinaryIO,
    watch: Callable[[Step], None] = lambda step: None,
    scope: Scope = "document",
    prose_fields: FieldsFor = no_fields,
    workers: int | None = None,
    timeout: float | None = None,
    is_resumed: bool = False,
    shard_size: int | None = None,
    account: Account | None = None,
) -> Tally:
    """Cleans the inputs into ``out``; ``watch`` sees every step as it is made, and ``account`` tells then how far the run is.

    ``workers`` is the number of processes (one for each core), of which the output does not depend. An article that takes longer
    than ``timeout`` seconds goes into quarantine. What ends its process ends the run, where there is one process and no ``timeout``;
    a run that is resumed cleans in a process apart, for that may be why it was stopped.

    In the scope of a corpus the inputs are read twice: first for a survey of their names, unless ``settings.survey`` is there.

    A run that is stopped leaves a journal aside in ``out``; ``is_resumed`` goes on with it, and writes what the other would have.

    With ``shard_size`` dumps are cut into shards of so many bytes (`soroe.formats.shards`), each of which is in ``out`` when it is
    whole. Of a run that is resumed, those stay as they are; one that was taken away since then is not made again.

    Raises `BadInput`, `BadOutput` and what `Pipeline` raises before anything is written; an `OSError` on the way, or `Changed`
    where an input is no more what it was at the beginning, leaves ``out`` as it was, but for the journal, and for the shards that
    were finished.
    """
    began = time.monotonic()
    check_output(out, inputs)
    forget_pipelines()
    is_surveyed = scope == "corpus" and not (settings.survey and settings.survey.exists())
    here = settings.for_one_text()
    pipeline = pipeline_of(replace(here, survey=None) if is_surveyed else here)
    account = account or Account()
    # What is not there is told before the work begins.
    sources = Listed(find_sources(inputs, reading.format, prose_fields))
    if not sources.has_any:
        raise BadInput(f"{', '.join(inputs)}: no {ENDINGS} file inside (.json and .yaml: with --prose-fields)")
    with sources, staged(out, is_resumed) as folder, ExitStack() as opened:
        is_survey_there = has_begun(folder)
        account.begins(sources, 2 if is_surveyed and not is_survey_there else 1)
        if is_surveyed and is_survey_there:
            # Of a run that was stopped among its renames, the survey may have got its place.
            in_place = next((path for path in (folder / SURVEY, out / SURVEY) if path.exists()), folder / SURVEY)
            pipeline = pipeline_of(replace(here, survey=settings.survey or in_place))
        elif is_surveyed:
            stdin = opened.enter_context(read_again(inputs, sources, stdin))
            path = settings.survey or folder / SURVEY
            with account.surveying():
                events = read(sources, reading, stdin, opened=account.opened)
                survey(events, pipeline, path, folder, watch, workers, timeout, watching=account)
            pipeline = pipeline_of(replace(here, survey=path))
            stdin.seek(0)
        head = head_of(pipeline, settings, reading)
        if shard_size:
            head["settings"]["shard_size"] = shard_size
        # Of a run that is resumed, the survey may be there because it was made before it was stopped.
        is_made = begun_with(folder).get("survey made", is_surveyed)
        described = head | {"inputs": sources.record, "survey made": is_made}
        if pipeline.settings.survey:
            described["digest of the survey"] = told_of(pipeline.settings.survey)["sha256"]
        mark = read_mark(folder, described)
        journal = opened.enter_context(Journal(folder, described, mark.articles if mark else 0))
        if pipeline.across:
            write_across(folder / ACROSS, pipeline.across)
            head["survey"] = survey_record(pipeline.across, settings.survey, is_made)
        events = read(sources, reading, stdin, opened=account.opened)
        if shard_size:
            sharded = ShardedFiles(folder, out, head, account, described, journal, shard_size, mark)
            files: Files = opened.enter_context(sharded)
            events = sharded.rest(events, watch, f"{inputs[0]}{', …' if len(inputs) > 1 else ''}")
        else:
            files = opened.enter_context(Files(folder, out, head, account))
        tally = account.tally
        question = question_for(pipeline.settings, lambda: tally.has_room)
        asking = Asking(question, outcome_of, prepared, journal.known, journal.keep)
        before = files.encoding or "utf-8"
        for step in answered(events, asking, workers, timeout, before, is_apart=is_resumed, watching=account):
            watch(step)
            files.take(step)
        account.timed_writing(write_report)(folder / "report.html", tally, __version__)
        account.timed_writing(write_pairs)(folder / "aliases.tsv", tally)
        files.finish(lambda: _tail(account, began))
    return tally


def _tail(account: Account, began: float) -> Record:
    tally = account.tally
    return {
        "counts": tally.told,
        "edits by rule": dict(sorted(tally.edits.items())),
        "findings by rule": dict(sorted(tally.findings.items())),
        "exit": exit_status(tally),
        "seconds": round(time.monotonic() - began, 3),
        "stages": account.stages(),
    }


def exit_status(tally: Tally) -> int:
    """0, or 2 where something could not be read, or was lost on the way."""
    return 2 if tally.counts["quarantined"] or tally.lost else 0


def write_pairs(path: Path, tally: Tally) -> None:
    """`aliases.tsv`; tabs and line breaks inside a field become spaces."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write("canonical\talias\tkind\tdecision\tcount\tdocuments\tscore\twhy\n")
        for pair, seen in tally.ranked_pairs():
            fields = (*pair, str(seen.mentions), str(seen.documents), f"{seen.score:.2f}", seen.why)
            file.write("\t".join(" ".join(field.split()) for field in fields) + "\n")


def head_of(pipeline: Pipeline, settings: Settings, reading: Reading) -> Record:
    """What `run.json` begins with: all that the output depends on, but the inputs."""
    from importlib.metadata import version  # reads mail headers: 14 ms, which a lint does not need

    packages = PACKAGES[settings.tokenizer]
    return {
        "soroe": __version__,
        "python": platform.python_version(),
        "compiled": not isinstance(replay, FunctionType),
        "tokenizer": {"name": settings.tokenizer} | {package: version(package) for package in packages},
        "dictionaries": pipeline.lexicon.digests,
        "settings": asdict(settings)
        | {kind: [str(path) for path in getattr(settings, kind)] for kind in ("names", "apart")}
        | {"survey": settings.survey and str(settings.survey)}
        | reading._asdict(),
    }
