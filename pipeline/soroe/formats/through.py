"""One input through soroe to a stream: the cleaned text, or dump, and nothing else. What is not written then, nothing can undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, cast

from soroe.formats.account import Account
from soroe.formats.answered import Answered, Asking, answered, forget_pipelines, pipeline_of, prepared
from soroe.formats.listed import Listed
from soroe.formats.outcome import Outcome, outcome_of, question_for
from soroe.formats.pieces import Writer
from soroe.formats.read import BadInput, Broken, Event, Finished, Kept, Reading, Source, Started, read
from soroe.formats.shapes import SHAPES, module_of
from soroe.formats.stream import Compressed
from soroe.formats.tally import Tally
from soroe.settings import Settings


def through(
    sources: Listed,
    stdout: BinaryIO,
    settings: Settings,
    reading: Reading,
    stdin: BinaryIO,
    account: Account,
    watch: Callable[[Event | Answered[Outcome]], None] = lambda step: None,
    workers: int | None = None,
    timeout: float | None = None,
) -> Tally:
    """Cleans the one source into ``stdout``, in the shape and the compression that it has.

    What `run` would leave out of its cleaned files is left out here. Raises `BadInput` where there is not one source, and what
    `Pipeline` raises, before anything is written; an `OSError` on the way.
    """
    found = [source for source in sources if isinstance(source, Source)]
    if len(found) != 1:
        raise BadInput(
            f"--out -: takes one file, and here are {len(found)}; name a folder to write to, as in --out cleaned"
        )
    forget_pipelines()
    settings = settings.for_one_text()
    pipeline_of(settings)
    account.begins(sources, 1)
    tally, writing = account.tally, _Writing(found[0], stdout)
    events = read(sources, reading, stdin, opened=account.opened)
    asking = Asking(question_for(settings, lambda: False), outcome_of, prepared)
    for step in answered(events, asking, workers, timeout, watching=account):
        watch(step)
        match step:
            case Started() if SHAPES[found[0].format].is_dump:
                writing.writer()
            case Answered(article, outcome):
                tally.add(outcome.counted)
                tally.note_fields(article)
                text = article.text if outcome.text is None else outcome.text
                writing.writer().article(article, text, outcome.edits)
                tally.rows_out += 1
            case Kept(_, why):
                writing.writer().kept(step)
                if why:
                    tally.counts[why] += 1
                    tally.rows_out += 1
            case Broken():
                tally.add_broken(step)
                writing.broken(step)
            case Finished():
                writing.close()
    return tally


class _Writing:
    """Writes a source to a stream; of a file that is an article nothing, if that could not be cleaned."""

    def __init__(self, source: Source, stdout: BinaryIO) -> None:
        self._source, self._stdout = source, stdout
        self._compressed: Compressed | None = None
        self._writer: Writer | None = None

    def writer(self) -> Writer:
        """What writes the format."""
        if self._writer is None:
            self._compressed = Compressed(
                self._stdout, self._source.compression, SHAPES[self._source.format].in_members
            )
            file = cast(BinaryIO, self._compressed)
            self._writer = cast(Writer, module_of(self._source.format).writer(file, self._source, None))
        return self._writer

    def broken(self, broken: Broken) -> None:
        """Takes notice of what could not be read."""
        if self._writer:
            self._writer.broken(broken)

    def close(self) -> None:
        """Ends what is written."""
        if self._writer and self._compressed:
            self._writer.close()
            self._compressed.close()
        self._stdout.flush()
