"""What a run writes of one article, made and packed where the article was cleaned: nothing else has to come back from a process."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple, cast

from soroe.formats.answered import Failed, failed, pipeline_of
from soroe.formats.pairs import Pair, Seen
from soroe.formats.read import Article
from soroe.formats.records import aliases_records, edits_record, findings_records
from soroe.formats.rows import json_line
from soroe.formats.tally import Counted, counted
from soroe.settings import Settings
from soroe.text import Edit, Span


class _Outcome(NamedTuple):
    text: str | None
    edits: tuple[Edit, ...]
    edits_line: str
    aliases_lines: str
    findings_lines: str
    counted: Counted
    process: int = 0
    seconds: float = 0.0
    of_names: float = 0.0

    @property
    def lines(self) -> tuple[str, str, str]:
        """Its lines of the files that tell of articles, in the order of `soroe.formats.stage.TOLD`."""
        return self.edits_line, self.aliases_lines, self.findings_lines


class Outcome(_Outcome):
    """The cleaned text (None where nothing was changed), its edits, its lines of the other files, and what is counted of it.

    ``process`` was at it for so many ``seconds``, of which some went to its names.

    It is packed once, by the process that made it, and goes as these bytes to the one that writes, and into the journal. The edits come
    out without their codes and reasons, which stand in ``edits_line``.
    """

    @property
    def packed(self) -> bytes:
        """All of it as bytes: a pickle of nothing but strings, numbers and tuples of them, unless the report shows the article."""
        kept: bytes | None = self.__dict__.get("packed")
        if kept is None:
            edits = [part for span, after, _, _ in self.edits for part in (*span, after)]
            counted = (*self.counted[:-1], [(*pair, *seen) for pair, seen in self.counted.pairs])
            plain = self._asdict() | {"edits": edits, "counted": counted}
            kept = self.__dict__["packed"] = pickle.dumps(plain, pickle.HIGHEST_PROTOCOL)
        return kept

    @classmethod
    def unpacked(cls, data: bytes, loads: Callable[[bytes], Any] = pickle.loads) -> Outcome:
        """What was packed; ``loads`` reads the pickle."""
        fields = loads(data)
        flat = iter(fields["edits"])
        edits = [Edit(Span(start, end), after, "", "") for start, end, after in zip(flat, flat, flat, strict=True)]
        fields["edits"] = tuple(edits)
        counted = Counted(*fields["counted"])
        pairs = [(Pair(*pair[:4]), Seen(*pair[4:])) for pair in cast(list[tuple[Any, ...]], counted.pairs)]
        fields["counted"] = counted._replace(pairs=tuple(pairs))
        outcome = cls(**fields)
        outcome.__dict__["packed"] = data
        return outcome

    def __reduce__(self) -> tuple[Any, ...]:
        return Outcome.unpacked, (self.packed,)


class Question(NamedTuple):
    """An article, what it is to be cleaned with, and whether the report may show it."""

    settings: Settings
    article: Article
    is_shown: bool


# That of an article whose shard was finished before the run was stopped: nothing comes of it any more.
PASSED = Outcome(None, (), "", "", "", Counted(0, {}, {}, False, None, ()))


def question_for(settings: Settings, is_shown: Callable[[], bool]) -> Callable[[Article], Question]:
    """Makes questions of articles; ``is_shown`` tells whether the report has room."""
    return lambda article: Question(settings, article, is_shown())


def outcome_of(question: Question) -> Outcome | Failed:
    """What a run writes of an article."""
    settings, article, is_shown = question
    try:
        pipeline = pipeline_of(settings)
        began, of_names = perf_counter(), pipeline.seconds_of_names
        result = article.cleaned_by(pipeline)
        return Outcome(
            result.text if result.edits else None,
            result.edits,
            json_line(edits_record(article, result)),
            "".join(map(json_line, aliases_records(article, result, settings.all_names))),
            "".join(map(json_line, findings_records(article, result))),
            counted(article, result, is_shown),
            os.getpid(),
            perf_counter() - began,
            pipeline.seconds_of_names - of_names,
        )
    except Exception as error:
        return failed(error)
