"""Names across the articles of a run: the survey that is made before, and what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO, Literal, NamedTuple

from soroe.engine import Pipeline
from soroe.formats.answered import (
    Answered,
    Asking,
    Failed,
    Question,
    Watching,
    answered,
    failed,
    pipeline_of,
    prepared,
    question_by,
)
from soroe.formats.read import Article, BadInput, Event, Skipped, Source
from soroe.formats.records import Record
from soroe.formats.stage import SURVEY
from soroe.names.across import Across
from soroe.names.survey import Count, Fact, Survey

Scope = Literal["document", "corpus"]
Facts = dict[Fact, Count]


class Surveyed(NamedTuple):
    """An article that was read for the survey."""

    article: Article


@contextmanager
def read_again(inputs: list[str], sources: Iterable[Source | Skipped], stdin: BinaryIO) -> Iterator[BinaryIO]:
    """Standard input as it can be read twice: kept in a temporary file, if it is an input.

    Raises `BadInput` for a pipe among the files, of which the second reading would find nothing.
    """
    for source in sources:
        if isinstance(source, Source) and source.path and source.path.exists() and not source.path.is_file():
            raise BadInput(f"{source.shown}: is no file and can be read only once; give it as standard input (-)")
    with TemporaryFile() as kept:
        if "-" in inputs:
            shutil.copyfileobj(stdin, kept)
            kept.seek(0)
        yield kept


def survey(
    events: Iterable[Event],
    pipeline: Pipeline,
    path: Path,
    folder: Path,
    watch: Callable[[Surveyed], None],
    workers: int | None = None,
    timeout: float | None = None,
    is_apart: bool = False,
    watching: Watching | None = None,
) -> None:
    """Writes the survey of all articles to ``path``; what does not fit into memory lies in ``folder`` until then."""
    asking = Asking(question_by(lambda source: pipeline.settings), _facts_of, prepared)
    with TemporaryDirectory(dir=folder) as aside:
        sum_ = Survey(Path(aside))
        for step in answered(events, asking, workers, timeout, is_apart=is_apart, watching=watching):
            # What is Broken here, the run itself tells.
            if isinstance(step, Answered):
                watch(Surveyed(step.article))
                sum_.add(step.answer)
        sum_.write(path, pipeline.names.head)


def _facts_of(question: Question) -> Facts | Failed:
    settings, article = question
    try:
        return pipeline_of(settings).survey(*article.prose)
    except Exception as error:
        return failed(error)


def write_across(path: Path, across: Across) -> None:
    """The full names that are written otherwise, or may be: one line a name, sorted."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("canonical\tname\tdecision\tarticles of canonical\tarticles\twhy\n")
        for name, canonical, decision, articles, of_canonical, why in across.judged:
            file.write(f"{canonical}\t{name}\t{decision}\t{of_canonical}\t{articles}\t{'; '.join(why)}\n")


def survey_record(across: Across, given: Path | None, is_made: bool) -> Record:
    """What `run.json` tells of the survey."""
    return {
        "file": str(given) if given else SURVEY,
        "made by this run": is_made,
        "articles": across.articles,
        "full names": across.full_names,
        "written otherwise": len(across.names),
    }
