"""Looks texts through: those that are known are told at once, the others are divided among processes.

Articles come as they are read and leave in that order, whatever the number of processes. A batch of them is one job; no more
are under way than keep the processes busy, so that a dump of any size takes the cache of a few batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from soroe.crew import Crew, Lost, cores
from soroe.formats.encoding import bytes_of
from soroe.formats.read import Article, Broken, Event, Source, Started
from soroe.review.cache import Cache, Review
from soroe.review.linted import Linted
from soroe.settings import Settings

if TYPE_CHECKING:
    from soroe.engine import Pipeline

Step: TypeAlias = Event | Linted

# A batch is worth its way to another process: a twentieth of a second of work (in code points).
_BATCH = 1 << 14
# So many events are held back at most while a batch fills up.
_HELD_BACK = 1 << 10


class Question(NamedTuple):
    """An article that is not known, and what it is to be looked through with."""

    settings: Settings
    article: Article


# What became of a question: a review, or why soroe failed on it.
Answer: TypeAlias = Review | str


def reviewed(
    events: Iterable[Event], settings_for: Callable[[Source], Settings], cache: Cache, workers: int | None = None
) -> Iterator[Step]:
    """The events, with every article looked through; one that soroe itself fails on is `Broken`.

    ``workers`` is the number of processes, by default that of the cores which this one may use.
    """
    encoding = "utf-8"
    with Crew(workers or cores(), _answer, lambda question: pipeline_of(question.settings)) as crew:
        for asked, answers in crew.done(_batches(events, settings_for, cache)):
            rest = iter(answers)
            for event, known in asked:
                if isinstance(event, Started):
                    encoding = event.encoding
                if not isinstance(event, Article):
                    yield event
                    continue
                answer = next(rest) if known is None else known
                if not isinstance(answer, Review):
                    raw = bytes_of(event.row.line if event.row else event.text, encoding)
                    yield Broken(event.source, event.line, answer.why if isinstance(answer, Lost) else answer, raw)
                    continue
                if known is None:
                    cache.put(settings_for(event.source), event.text, _kind(event), answer)
                yield Linted(event, *answer)


def _batches(
    events: Iterable[Event], settings_for: Callable[[Source], Settings], cache: Cache
) -> Iterator[tuple[list[tuple[Event, Review | None]], list[Question]]]:
    """Events, each with its review where that is known, and the questions that the others put."""
    batch: list[tuple[Event, Review | None]] = []
    questions: list[Question] = []
    size = 0
    for event in events:
        known = None
        if isinstance(event, Article):
            settings = settings_for(event.source)
            known = cache.get(settings, event.text, _kind(event))
            if known is None:
                questions.append(Question(settings, event))
                size += len(event.text)
        batch.append((event, known))
        if size >= _BATCH or len(batch) >= _HELD_BACK:
            yield batch, questions
            batch, questions, size = [], [], 0
    yield batch, questions


def _kind(article: Article) -> str:
    """How the text is read; where several fields are one text, what is said of it may name a line of the file."""
    fields = article.source.prose_fields
    return f"{article.source.format} {article.line} {','.join(fields)}" if article.fields else article.markup


def _answer(question: Question) -> Answer:
    try:
        result = question.article.cleaned_by(pipeline_of(question.settings))
    except Exception as error:
        return f"soroe failed on this article; please report it: {type(error).__name__}: {error}"
    return Review(result.told, result.edits, result.tells)


def check(settings: Settings, cache: Cache) -> None:
    """Sees to it that the settings can be used, unless that is known.

    Raises what `Pipeline` raises.
    """
    if cache.get(settings, "", "plain") is None:
        pipeline_of(settings)
        cache.put(settings, "", "plain", Review())


@cache
def pipeline_of(settings: Settings) -> Pipeline:
    """The pipeline of this process for some settings.

    Raises what `Pipeline` raises.
    """
    from soroe.engine import Pipeline

    return Pipeline(settings)
