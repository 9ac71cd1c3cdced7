"""What a run writes of one article, made where the article was cleaned: nothing else has to come back from a process."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from soroe.engine import Result
from soroe.formats.answered import Failed, failed, pipeline_of
from soroe.formats.read import Article
from soroe.formats.records import aliases_records, edits_record, findings_records
from soroe.formats.rows import json_line
from soroe.formats.tally import Counted, counted
from soroe.settings import Settings
from soroe.text import Edit


class Spent(NamedTuple):
    """The seconds that a process was at an article, those of them that went to its names, and the bytes of its text."""

    process: int
    seconds: float
    of_names: float
    size: int


class Outcome(NamedTuple):
    """The cleaned text (None where nothing was changed), its edits, its lines of the other files, and what is counted of it."""

    text: str | None
    edits: tuple[Edit, ...]
    edits_line: str
    aliases_lines: str
    findings_lines: str
    counted: Counted
    spent: Spent | None = None


class Question(NamedTuple):
    """An article, what it is to be cleaned with, and whether the report may show it."""

    settings: Settings
    article: Article
    is_shown: bool


def question_for(settings: Settings, is_shown: Callable[[], bool]) -> Callable[[Article], Question]:
    """Makes questions of articles; ``is_shown`` tells whether the report has room."""
    return lambda article: Question(settings, article, is_shown())


def outcome_of(question: Question) -> Outcome | Failed:
    """What a run writes of an article."""
    settings, article, is_shown = question
    try:
        pipeline = pipeline_of(settings)
        began, of_names = perf_counter(), pipeline.seconds_of_names
        outcome = _outcome(article, article.cleaned_by(pipeline), settings.all_names, is_shown)
        seconds, of_names = perf_counter() - began, pipeline.seconds_of_names - of_names
        size = len(article.text.encode("utf-8", "surrogatepass"))
        return outcome._replace(spent=Spent(os.getpid(), seconds, of_names, size))
    except Exception as error:
        return failed(error)


def _outcome(article: Article, result: Result, all_names: bool, is_shown: bool) -> Outcome:
    return Outcome(
        result.text if result.edits else None,
        result.edits,
        json_line(edits_record(article, result)),
        "".join(map(json_line, aliases_records(article, result, all_names))),
        "".join(map(json_line, findings_records(article, result))),
        counted(article, result, is_shown),
    )
