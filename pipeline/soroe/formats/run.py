"""A run: articles in, cleaned articles out, with a record of all that was done."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from types import FunctionType
from typing import BinaryIO, NamedTuple, TypeAlias

from soroe import __version__
from soroe.engine import Pipeline, Result
from soroe.formats.corpus import SURVEY, Scope, Surveyed, read_again, survey, survey_record, write_across
from soroe.formats.encoding import bytes_of
from soroe.formats.read import (
    ENDINGS,
    Article,
    BadInput,
    Broken,
    Event,
    FieldsFor,
    Finished,
    Kept,
    Reading,
    Skipped,
    Source,
    Started,
    find_sources,
    no_fields,
    read,
)
from soroe.formats.records import Record, aliases_records, edits_record, findings_records, quarantine_record
from soroe.formats.report import write_report
from soroe.formats.rows import json_line
from soroe.formats.stage import ACROSS, CLEAN, RUN, check_output, staged
from soroe.formats.tally import COUNTS, Tally
from soroe.formats.written import Written
from soroe.settings import Settings
from soroe.text import replay

_PACKAGES = {"fugashi": ("fugashi", "unidic-lite"), "sudachi": ("sudachipy", "sudachidict_core")}


class Cleaned(NamedTuple):
    """An article, and what came of it."""

    article: Article
    result: Result


Step: TypeAlias = Event | Surveyed | Cleaned


def cleaned(events: Iterable[Event], pipeline_for: Callable[[Source], Pipeline]) -> Iterator[Step]:
    """The events, with each article cleaned by its source's pipeline.

    One that soroe itself fails on is `Broken`, and the run goes on.
    """
    encoding = "utf-8"
    for event in events:
        if isinstance(event, Started):
            encoding = event.encoding
        if not isinstance(event, Article):
            yield event
            continue
        pipeline = pipeline_for(event.source)
        try:
            result = event.cleaned_by(pipeline)
        except Exception as error:
            reason = f"soroe failed on this article; please report it: {type(error).__name__}: {error}"
            yield Broken(
                event.source, event.line, reason, bytes_of(event.row.line if event.row else event.text, encoding)
            )
        else:
            yield Cleaned(event, result)


def run(
    inputs: list[str],
    out: Path,
    settings: Settings,
    reading: Reading,
    stdin: BinaryIO,
    watch: Callable[[Step], None] = lambda step: None,
    scope: Scope = "document",
    prose_fields: FieldsFor = no_fields,
) -> Tally:
    """Cleans the inputs into ``out``; ``watch`` sees every step as it is made.

    In the scope of a corpus the inputs are read twice: first for a survey of their names, unless ``settings.survey`` is there.

    Raises `BadInput`, `BadOutput` and what `Pipeline` raises before anything is written; an `OSError` on the way leaves
    ``out`` as it was.
    """
    began = time.monotonic()
    check_output(out, inputs)
    is_surveyed = scope == "corpus" and not (settings.survey and settings.survey.exists())
    here = settings.for_one_text()
    pipeline = Pipeline(replace(here, survey=None) if is_surveyed else here)
    tally = Tally()

    def sources() -> Iterator[Source | Skipped]:
        return find_sources(inputs, reading.format, prose_fields)

    # What is not there is told before the work begins.
    if all(isinstance(source, Skipped) for source in sources()):
        raise BadInput(f"{', '.join(inputs)}: no {ENDINGS} file inside (.json and .yaml: with --prose-fields)")
    with staged(out) as folder, ExitStack() as files:
        if is_surveyed:
            stdin = files.enter_context(read_again(inputs, sources(), stdin))
            path = settings.survey or folder / SURVEY
            survey(read(sources(), reading, stdin), pipeline, path, folder, watch)
            pipeline = Pipeline(replace(here, survey=path))
            stdin.seek(0)

        def opened(name: str) -> TextIOWrapper:
            return files.enter_context((folder / name).open("w", encoding="utf-8", newline=""))

        edits, aliases, findings = opened("edits.jsonl"), opened("aliases.jsonl"), opened("findings.jsonl")
        quarantine, about = opened("quarantine.jsonl"), opened(RUN)
        told = _head(pipeline, settings, reading)
        if pipeline.across:
            write_across(folder / ACROSS, pipeline.across)
            told["survey"] = survey_record(pipeline.across, settings.survey, is_surveyed)
        about.write(f'{{\n{_lines(told)},\n  "inputs": [')
        encoding: str | None = None
        clean: Written | None = None
        documents = finished = 0
        for step in cleaned(read(sources(), reading, stdin), lambda source: pipeline):
            watch(step)
            match step:
                case Skipped():
                    tally.counts["skipped files"] += 1
                case Started(source, encoding):
                    clean = files.enter_context(Written(folder / CLEAN / source.name, source))
                case Cleaned(article, result):
                    documents += 1
                    tally.add(article, result)
                    if clean:
                        clean.article(article, result.text, result.edits)
                    edits.write(json_line(edits_record(article, result)))
                    aliases.writelines(map(json_line, aliases_records(article, result, settings.all_names)))
                    findings.writelines(map(json_line, findings_records(article, result)))
                case Kept(_, why) if clean:
                    clean.kept(step)
                    if why:
                        tally.counts[why] += 1
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
        write_report(folder / "report.html", tally, __version__)
        _write_pairs(folder / "aliases.tsv", tally)
        tail = {
            "counts": dict.fromkeys(COUNTS, 0) | tally.counts,
            "edits by rule": dict(sorted(tally.edits.items())),
            "findings by rule": dict(sorted(tally.findings.items())),
            "exit": exit_status(tally),
            "seconds": round(time.monotonic() - began, 3),
        }
        about.write(f"\n  ],\n{_lines(tail)}\n}}\n")
    return tally


def exit_status(tally: Tally) -> int:
    """0, or 2 where something could not be read."""
    return 2 if tally.counts["quarantined"] else 0


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
