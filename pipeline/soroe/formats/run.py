"""A run: articles in, cleaned articles out, with a record of all that was done."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from hashlib import blake2b
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from types import FunctionType
from typing import BinaryIO, Literal, TypeAlias

from soroe import __version__
from soroe.engine import Pipeline
from soroe.formats.answered import Answered, Asking, answered, forget_pipelines, pipeline_of, prepared
from soroe.formats.corpus import Scope, Surveyed, read_again, survey, survey_record, write_across
from soroe.formats.journal import Journal, Mark, Trail, read_mark
from soroe.formats.outcome import PASSED, Outcome, outcome_of, question_for
from soroe.formats.read import (
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
from soroe.formats.records import Record, quarantine_record
from soroe.formats.report import write_report
from soroe.formats.rows import json_line
from soroe.formats.shapes import ENDINGS, SHAPES
from soroe.formats.shards import Shards, told_of
from soroe.formats.stage import (
    ACROSS,
    CLEAN,
    RUN,
    SURVEY,
    TOLD,
    BadOutput,
    check_output,
    has_begun,
    staged,
    withdraw,
)
from soroe.formats.tally import COUNTS, Tally
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
    shard_size: int | None = None,
) -> Tally:
    """Cleans the inputs into ``out``; ``watch`` sees every step as it is made.

    ``workers`` is the number of processes (one for each core), of which the output does not depend. An article that takes longer
    than ``timeout`` seconds goes into quarantine.

    In the scope of a corpus the inputs are read twice: first for a survey of their names, unless ``settings.survey`` is there.

    A run that is stopped leaves a journal aside in ``out``; ``is_resumed`` goes on with it, and writes what the other would have.

    With ``shard_size`` dumps are cut into shards of so many bytes (`soroe.formats.shards`), each of which is in ``out`` when it is
    whole. Of a run that is resumed, those stay as they are; one that was taken away since then is not made again.

    Raises `BadInput`, `BadOutput` and what `Pipeline` raises before anything is written; an `OSError` on the way leaves
    ``out`` as it was, but for the journal, and for the shards that were finished.
    """
    began = time.monotonic()
    check_output(out, inputs)
    forget_pipelines()
    is_surveyed = scope == "corpus" and not (settings.survey and settings.survey.exists())
    here = settings.for_one_text()
    pipeline = pipeline_of(replace(here, survey=None) if is_surveyed else here)
    tally = Tally()

    def sources() -> Iterator[Source | Skipped]:
        return find_sources(inputs, reading.format, prose_fields)

    # What is not there is told before the work begins.
    if all(isinstance(source, Skipped) for source in sources()):
        raise BadInput(f"{', '.join(inputs)}: no {ENDINGS} file inside (.json and .yaml: with --prose-fields)")
    with staged(out, is_resumed) as folder, ExitStack() as files:
        is_survey_there = has_begun(folder)
        if is_surveyed and is_survey_there:
            pipeline = pipeline_of(replace(here, survey=settings.survey or folder / SURVEY))
        elif is_surveyed:
            stdin = files.enter_context(read_again(inputs, sources(), stdin))
            path = settings.survey or folder / SURVEY
            survey(read(sources(), reading, stdin), pipeline, path, folder, watch, workers, timeout)
            pipeline = pipeline_of(replace(here, survey=path))
            stdin.seek(0)

        told = _head(pipeline, settings, reading)
        if shard_size:
            told["settings"]["shard_size"] = shard_size
        described = told | {"inputs": _inputs(sources())}
        mark = read_mark(folder, described)
        journal = files.enter_context(Journal(folder, described, mark.articles if mark else 0))
        lengths = mark.lengths if mark else {}

        def opened(name: str) -> TextIOWrapper:
            if lengths.get(name):
                _cut_back(folder / name, out / name, lengths[name])
            mode: Literal["a", "w"] = "a" if lengths.get(name) else "w"
            return files.enter_context((folder / name).open(mode, encoding="utf-8", newline=""))

        logs = [opened(f"{kind}.jsonl") for kind in TOLD]
        quarantine, about = opened("quarantine.jsonl"), opened(RUN)
        if pipeline.across:
            write_across(folder / ACROSS, pipeline.across)
            told["survey"] = survey_record(pipeline.across, settings.survey, is_surveyed)
        if not lengths:
            about.write(f'{{\n{_lines(told)},\n  "inputs": [')
        encoding: str | None = None
        clean: Written | Shards | None = None
        # One for all, and not a context for each of a million files.
        files.push(lambda *error: clean.__exit__(*error) if clean else None)
        documents = finished = marked = 0
        has_texts = False  # files that are an article, since the mark
        events = read(sources(), reading, stdin)
        trail = Trail(events)
        if shard_size:
            events = iter(trail)

        def set_mark() -> None:
            nonlocal marked, has_texts
            assert shards and shard_size
            if 2 * (shards.written - marked) >= shard_size:
                marked = shards.written
                there = {Path(file.name).name: _length_on_disk(file, lengths) for file in (*logs, quarantine, about)}
                lengths.update(there)
                if has_texts and hasattr(os, "sync"):
                    os.sync()
                has_texts = False
                at = (trail.passed, trail.articles, trail.digest, there, finished, documents)
                Mark(*at, shards.of_source, shards.finished, tally).write(folder, described)
                journal.turn_over()

        def begin() -> None:
            if not mark:
                Mark(0, 0, b"", {}, 0, 0, [], {}, Tally()).write(folder, described)
            withdraw(out)

        shards = Shards(folder, out, shard_size, begin, set_mark) if shard_size else None
        if mark and shards:
            tally, finished, documents = mark.tally, mark.inputs, mark.documents
            tally.taken_away = _check_shards(out, mark.files)
            for event in islice(events, mark.events):
                watch(Answered(event, PASSED) if isinstance(event, Article) else event)
                if isinstance(event, (Started, Finished)):
                    encoding = event.encoding if isinstance(event, Started) else None
                clean = shards.pass_by(event)
                trail.pass_one()
            if (trail.passed, trail.digest) != (mark.events, mark.digest):
                raise BadInput(
                    f"{inputs[0]}{', …' if len(inputs) > 1 else ''}: is not what it was when the run was stopped, somewhere in the "
                    f"first {mark.articles:,} articles; give it as it was, or delete {out} to begin anew"
                )
            shards.go_on(mark.shards, mark.files)
        question = question_for(pipeline.settings, lambda: tally.has_room)
        asking = Asking(question, outcome_of, prepared, journal.known, journal.keep)
        for step in answered(events, asking, workers, timeout, encoding or "utf-8"):
            watch(step)
            match step:
                case Skipped():
                    tally.counts["skipped files"] += 1
                case Started(source, encoding):
                    if shards and SHAPES[source.format].is_dump:
                        clean = shards.start(source)
                    else:
                        clean, has_texts = Written(folder / CLEAN / source.name, source), True
                case Answered(article, outcome):
                    # First of all, for it may end a shard that all else is not told of yet.
                    if clean:
                        clean.article(article, article.text if outcome.text is None else outcome.text, outcome.edits)
                    if isinstance(clean, Shards):
                        clean.tell(outcome)
                    else:
                        for file, lines in zip(logs, outcome.lines, strict=True):
                            file.write(lines)
                    documents += 1
                    tally.add(outcome.counted)
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
                    if clean:
                        clean.close()
                    record = _about_input(step, documents)
                    if isinstance(clean, Shards):
                        record["shards"] = clean.of_source
                    about.write(f"{',' if finished else ''}\n    {json_line(record).rstrip()}")
                    finished += 1
                    encoding, clean, documents = None, None, 0
            if shards:
                trail.pass_one()
                if isinstance(step, Finished):
                    set_mark()
        if shards and not any(_length_on_disk(file, lengths) for file in logs):
            for file in logs:  # all that would stand there stands beside the shards
                Path(file.name).unlink()
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


def _length_on_disk(file: TextIOWrapper, before: dict[str, int]) -> int:
    """How long a file is; what came since it was as long as ``before`` is written to the disk."""
    file.flush()
    length = os.fstat(file.fileno()).st_size
    if length != before.get(Path(file.name).name):
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


def _inputs(sources: Iterable[Source | Skipped]) -> Record:
    """The files by their number, size, and a digest of the names and sizes: a run that is resumed should have the same."""
    count = size = 0
    digest = blake2b(digest_size=16)
    for source in sources:
        if isinstance(source, Source) and source.path and source.path.exists():
            count, size = count + 1, size + source.path.stat().st_size
            digest.update(f"{source.path}\n{source.path.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    return {"files": count, "bytes of input": size, "names and sizes": digest.hexdigest()}


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
