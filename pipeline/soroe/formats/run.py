"""A run: articles in, cleaned articles out, with a record of all that was done."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from types import FunctionType
from typing import BinaryIO, TypeAlias

from soroe import __version__
from soroe.engine import Pipeline
from soroe.formats.account import Account
from soroe.formats.answered import Answered, Asking, answered, forget_pipelines, pipeline_of, prepared
from soroe.formats.corpus import Scope, Surveyed, read_again, survey, survey_record, write_across
from soroe.formats.journal import Journal, begun_with
from soroe.formats.listed import Listed
from soroe.formats.outcome import Outcome, outcome_of, question_for
from soroe.formats.read import (
    BadInput,
    Broken,
    Event,
    FieldsFor,
    Finished,
    Kept,
    Reading,
    Skipped,
    Started,
    find_sources,
    no_fields,
    read,
)
from soroe.formats.records import Record, quarantine_record
from soroe.formats.report import write_report
from soroe.formats.rows import json_line
from soroe.formats.shapes import ENDINGS
from soroe.formats.stage import ACROSS, CLEAN, JOURNAL, RUN, SURVEY, check_output, staged
from soroe.formats.tally import Tally
from soroe.formats.written import Written
from soroe.settings import Settings
from soroe.text import replay

_PACKAGES = {"fugashi": ("fugashi", "unidic-lite"), "sudachi": ("sudachipy", "sudachidict_core")}


Step: TypeAlias = Event | Surveyed | Answered[Outcome]


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
    account: Account | None = None,
) -> Tally:
    """Cleans the inputs into ``out``; ``watch`` sees every step as it is made, and ``account`` tells then how far the run is.

    ``workers`` is the number of processes (one for each core), of which the output does not depend. An article that takes longer
    than ``timeout`` seconds goes into quarantine. What ends its process ends the run, where there is one process and no ``timeout``;
    a run that is resumed cleans in a process apart, for that may be why it was stopped.

    In the scope of a corpus the inputs are read twice: first for a survey of their names, unless ``settings.survey`` is there.

    A run that is stopped leaves a journal aside in ``out``; ``is_resumed`` goes on with it, and writes what the other would have.

    Raises `BadInput`, `BadOutput` and what `Pipeline` raises before anything is written; an `OSError` on the way, or `Changed`
    where an input is no more what it was at the beginning, leaves ``out`` as it was, but for the journal.
    """
    began = time.monotonic()
    check_output(out, inputs)
    forget_pipelines()
    is_surveyed = scope == "corpus" and not (settings.survey and settings.survey.exists())
    here = settings.for_one_text()
    pipeline = pipeline_of(replace(here, survey=None) if is_surveyed else here)
    account = account or Account()
    tally = account.tally
    # What is not there is told before the work begins.
    sources = Listed(find_sources(inputs, reading.format, prose_fields))
    if not sources.has_any:
        raise BadInput(f"{', '.join(inputs)}: no {ENDINGS} file inside (.json and .yaml: with --prose-fields)")
    with sources, staged(out, is_resumed) as folder, ExitStack() as files:
        is_survey_there = (folder / JOURNAL).exists()
        account.begins(sources, 2 if is_surveyed and not is_survey_there else 1)
        if is_surveyed and is_survey_there:
            pipeline = pipeline_of(replace(here, survey=settings.survey or folder / SURVEY))
        elif is_surveyed:
            stdin = files.enter_context(read_again(inputs, sources, stdin))
            path = settings.survey or folder / SURVEY
            with account.surveying():
                events = read(sources, reading, stdin, opened=account.opened)
                survey(events, pipeline, path, folder, watch, workers, timeout, watching=account)
            pipeline = pipeline_of(replace(here, survey=path))
            stdin.seek(0)

        def opened(name: str) -> TextIOWrapper:
            return files.enter_context((folder / name).open("w", encoding="utf-8", newline=""))

        edits, aliases, findings = opened("edits.jsonl"), opened("aliases.jsonl"), opened("findings.jsonl")
        quarantine, about = opened("quarantine.jsonl"), opened(RUN)
        told = _head(pipeline, settings, reading)
        # Of a run that is resumed, the survey may be there because it was made before it was stopped.
        is_made = begun_with(folder / JOURNAL).get("survey made", is_surveyed)
        described = told | {"inputs": sources.record, "survey made": is_made}
        journal = files.enter_context(Journal(folder / JOURNAL, described))
        if pipeline.across:
            write_across(folder / ACROSS, pipeline.across)
            told["survey"] = survey_record(pipeline.across, settings.survey, is_made)
        about.write(f'{{\n{_lines(told)},\n  "inputs": [')
        encoding: str | None = None
        clean: Written | None = None
        # One for all, and not a context for each of a million files.
        files.push(lambda *error: clean.__exit__(*error) if clean else None)
        documents = finished = 0
        question = question_for(pipeline.settings, lambda: tally.has_room)
        asking = Asking(question, outcome_of, prepared, journal.known, journal.keep)
        events = read(sources, reading, stdin, opened=account.opened)
        for step in answered(events, asking, workers, timeout, is_apart=is_resumed, watching=account):
            watch(step)
            match step:
                case Skipped():
                    tally.counts["skipped files"] += 1
                case Started(source, encoding):
                    clean = Written(folder / CLEAN / source.name, source)
                case Answered(article, outcome):
                    documents += 1
                    tally.add(outcome.counted)
                    if clean:
                        clean.article(article, article.text if outcome.text is None else outcome.text, outcome.edits)
                        tally.rows_out += 1
                    edits.write(outcome.edits_line)
                    aliases.write(outcome.aliases_lines)
                    findings.write(outcome.findings_lines)
                case Kept(_, why) if clean:
                    clean.kept(step)
                    if why:
                        tally.counts[why] += 1
                        tally.rows_out += 1
                case Broken():
                    if clean:
                        clean.broken(step)
                    tally.add_broken(step)
                    quarantine.write(json_line(quarantine_record(step, encoding)))
                case Finished():
                    about.write(f"{',' if finished else ''}\n    {json_line(_about_input(step, documents)).rstrip()}")
                    finished += 1
                    if clean:
                        clean.close()
                    encoding, clean, documents = None, None, 0
        account.timed_writing(write_report)(folder / "report.html", tally, __version__)
        account.timed_writing(_write_pairs)(folder / "aliases.tsv", tally)
        tail = {
            "counts": tally.told,
            "edits by rule": dict(sorted(tally.edits.items())),
            "findings by rule": dict(sorted(tally.findings.items())),
            "exit": exit_status(tally),
            "seconds": round(time.monotonic() - began, 3),
            "stages": account.stages(),
        }
        about.write(f"\n  ],\n{_lines(tail)}\n}}\n")
    return tally


def exit_status(tally: Tally) -> int:
    """0, or 2 where something could not be read, or was lost on the way."""
    return 2 if tally.counts["quarantined"] or tally.lost else 0


def _write_pairs(path: Path, tally: Tally) -> None:
    """`aliases.tsv`; tabs and line breaks inside a field become spaces."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write("canonical\talias\tkind\tdecision\tcount\tdocuments\tscore\twhy\n")
        for pair, seen in tally.ranked_pairs():
            fields = (*pair, str(seen.mentions), str(seen.documents), f"{seen.score:.2f}", seen.why)
            file.write("\t".join(" ".join(field.split()) for field in fields) + "\n")


def _lines(record: Record) -> str:
    return ",\n".join(f"  {json.dumps(key)}: {json_line(value).rstrip()}" for key, value in record.items())


def _head(pipeline: Pipeline, settings: Settings, reading: Reading) -> Record:
    from importlib.metadata import version  # reads mail headers: 14 ms, which a lint does not need

    packages = _PACKAGES[settings.tokenizer]
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


def _about_input(step: Finished, documents: int) -> Record:
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
