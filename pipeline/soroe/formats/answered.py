"""Articles divided among processes: a question is asked of each, and the answers come in the order of the articles.

Events go through as they are read; a dump of any size takes the memory of a few batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from soroe.crew import Crew, Lost, cores
from soroe.formats.encoding import bytes_of
from soroe.formats.read import Article, Broken, Event, Kept, Source, Started
from soroe.settings import Settings

if TYPE_CHECKING:
    from soroe.engine import Pipeline

Q = TypeVar("Q")
A = TypeVar("A")

# A batch is worth its way to another process: a tenth of a second of work (in code points).
_BATCH = 1 << 15
# Names that have to be weighed, in katakana and in Latin letters.
_WITH_NAMES = "アルトマン氏は語った。翌日、オルトマン氏とAltman氏は去った。"
# So much is held back while a batch fills up, and so many events: between two short texts may stand a film, beside one a picture.
_HELD_BACK = 1 << 20
_EVENTS_HELD_BACK = 1 << 10


class Failed(NamedTuple):
    """Why soroe itself failed on an article."""

    why: str


def failed(error: Exception) -> Failed:
    """What is said of an article that an error of soroe's own was raised on."""
    return Failed(f"soroe failed on this article; please report it: {type(error).__name__}: {error}")


class _WithSettings(Protocol):
    @property
    def settings(self) -> Settings: ...


class Question(NamedTuple):
    """An article, and what it is to be read with."""

    settings: Settings
    article: Article


def question_by(settings_for: Callable[[Source], Settings]) -> Callable[[Article], Question]:
    """Makes questions of articles, with the settings of their sources."""
    return lambda article: Question(settings_for(article.source), article)


@dataclass(frozen=True)
class Asking(Generic[Q, A]):
    """What is asked of each article, and how it is answered.

    ``question`` makes of an article what a process needs to know; ``known`` gives an answer that is known without asking, or
    None, and ``keep`` is given those that were not; both in the order of the articles. ``answer`` is a function of a module, and
    raises nothing; ``prepare`` loads what all processes share.
    """

    question: Callable[[Article], Q]
    answer: Callable[[Q], A | Failed]
    prepare: Callable[[Q], object]
    known: Callable[[Article], A | Failed | None] = lambda article: None
    keep: Callable[[Article, A | Failed], object] = lambda article, answer: None


# Events, each with its answer where that is known, and the questions that the others put, or what was answered to those.
Batch: TypeAlias = tuple[list[tuple[Event, Any]], list[Any]]


class Watching(Protocol):
    """Whoever keeps account of what is read and of what comes back; by batches, for an article may be short."""

    def reading(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches as they are read."""

    def writing(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches as they come back, to be written."""

    def warn(self, warning: str) -> None:
        """A process has died."""


@dataclass(slots=True)
class Answered(Generic[A]):
    """An article and its answer."""

    article: Article
    answer: A


def answered(
    events: Iterable[Event],
    asking: Asking[Q, A],
    workers: int | None = None,
    timeout: float | None = None,
    encoding: str = "utf-8",
    is_apart: bool = False,
    watching: Watching | None = None,
) -> Iterator[Event | Answered[A]]:
    """The events, with every article answered; one that soroe fails on, or that takes longer than ``timeout`` seconds, is `Broken`.

    ``workers`` is the number of processes, by default that of the cores which this one may use. With one, it is this one itself,
    unless it ``is_apart``. ``encoding`` is that of a source that was `Started` before these events.
    """
    crew: Crew[Q, A | Failed] = Crew(workers or cores(), asking.answer, asking.prepare, timeout, is_apart)
    batches: Iterable[Batch] = _batches(events, asking)
    if watching:
        crew.warn, batches = watching.warn, watching.reading(batches)
    with crew:
        done: Iterable[Batch] = crew.done(batches)
        for batch, answers in watching.writing(done) if watching else done:
            rest = iter(answers)
            for event, known in batch:
                if isinstance(event, Started):
                    encoding = event.encoding
                if not isinstance(event, Article):
                    yield event
                    continue
                answer = next(rest) if known is None else known
                if isinstance(answer, Lost):
                    answer = Failed(answer.why)
                if known is None:
                    asking.keep(event, answer)
                if isinstance(answer, Failed):
                    raw = bytes_of(event.row.line if event.row else event.text, encoding)
                    yield Broken(event.source, event.line, answer.why, raw)
                else:
                    yield Answered(event, answer)


def _batches(events: Iterable[Event], asking: Asking[Q, A]) -> Iterator[Batch]:
    """Events, each with its answer where that is known, and the questions that the others put."""
    batch: list[tuple[Event, A | Failed | None]] = []
    questions: list[Q] = []
    size = held = 0
    for event in events:
        known = None
        if isinstance(event, Article):
            known = asking.known(event)
            if known is None:
                questions.append(asking.question(event))
                size += len(event.text)
        batch.append((event, known))
        held += _held_by(event)
        if size >= _BATCH or held >= _HELD_BACK or len(batch) >= _EVENTS_HELD_BACK:
            yield batch, questions
            batch, questions, size, held = [], [], 0, 0
    yield batch, questions


def _held_by(event: Event) -> int:
    """How much an event holds of what was read: characters, or bytes of a row group."""
    match event:
        case Article(text=text, row=row):
            return len(text) + (len(row.line) if row else 0)
        case Kept(piece=str(piece)):
            return len(piece)
        case Kept(piece=piece):
            return piece.rows.nbytes if hasattr(piece, "rows") else 0
        case Broken(raw=raw):
            return len(raw)
    return 0


_pipelines: dict[Settings, Pipeline] = {}


def pipeline_of(settings: Settings) -> Pipeline:
    """The pipeline of this process for some settings, made when it is first asked for.

    Raises what `Pipeline` raises.
    """
    if settings not in _pipelines:
        from soroe.engine import Pipeline

        _pipelines[settings] = Pipeline(settings)
    return _pipelines[settings]


def keep_pipeline(pipeline: Pipeline) -> None:
    """Makes it the pipeline of this process for its settings."""
    _pipelines[pipeline.settings] = pipeline


def forget_pipelines() -> None:
    """Makes every pipeline anew when it is next asked for: a dictionary may be another by now."""
    _pipelines.clear()


def prepared(question: _WithSettings) -> None:
    """Loads what an answer needs, also what the first names of a text load: processes that part after it share that."""
    pipeline_of(question.settings).clean(_WITH_NAMES)
