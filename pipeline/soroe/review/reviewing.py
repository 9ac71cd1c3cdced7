"""Looks texts through: those that are known are told at once, the others are divided among processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from soroe.formats.answered import (
    Answered,
    Asking,
    Failed,
    Question,
    answered,
    failed,
    forget_pipelines,
    pipeline_of,
    prepared,
    question_by,
)
from soroe.formats.read import Article, Event, Source
from soroe.review.cache import Cache, Review
from soroe.review.linted import Linted
from soroe.settings import Settings

Step: TypeAlias = Event | Linted


def reviewed(
    events: Iterable[Event], settings_for: Callable[[Source], Settings], cache: Cache, workers: int | None = None
) -> Iterator[Step]:
    """The events, with every article looked through; one that soroe itself fails on is `Broken`.

    ``workers`` is the number of processes, by default that of the cores which this one may use.
    """

    def known(article: Article) -> Review | None:
        return cache.get(settings_for(article.source), article.text, _kind(article))

    def keep(article: Article, review: Review | Failed) -> None:
        if isinstance(review, Review):
            cache.put(settings_for(article.source), article.text, _kind(article), review)

    for step in answered(events, Asking(question_by(settings_for), _answer, prepared, known, keep), workers):
        yield Linted(step.article, *step.answer) if isinstance(step, Answered) else step


def _kind(article: Article) -> str:
    """How the text is read; where several fields are one text, what is said of it may name a line of the file."""
    fields = article.source.prose_fields
    return f"{article.source.format} {article.line} {','.join(fields)}" if article.fields else article.markup


def _answer(question: Question) -> Review | Failed:
    try:
        result = question.article.cleaned_by(pipeline_of(question.settings))
    except Exception as error:
        return failed(error)
    return Review(result.told, result.edits, result.tells)


def check(several: Iterable[Settings], cache: Cache) -> None:
    """Sees to it that all settings can be used, unless that is known.

    Raises what `Pipeline` raises.
    """
    forget_pipelines()
    for settings in several:
        if cache.get(settings, "", "plain") is None:
            pipeline_of(settings)
            cache.put(settings, "", "plain", Review())
