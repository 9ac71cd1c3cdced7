"""`soroe run --log json`: what happens, for machines, as one JSON object a line on stderr.

Each has ``event`` and ``time`` (UTC, ISO 8601). Fields may be added; none will be taken away or change what it means.

- ``started``: ``soroe`` (the version), ``inputs`` (as they were given), ``out``, ``workers`` (null: one for each core), ``scope``,
  ``resumed``, ``engine``.
- ``input begun``: ``name`` (its path in ``clean/``), ``path`` (- is standard input), ``format``, ``encoding``. What cannot be opened is
  only finished.
- ``input finished``: ``name``, ``path``, ``articles``, ``quarantined``, ``bytes`` (of what it held, decompressed), ``sha256`` (null where
  it could not be read to its end).
- ``part finished``, with ``--engine ray`` in place of these two: ``part`` (the ``partition`` of ``parts.jsonl``), ``parts`` (of how many),
  ``articles``, ``quarantined``, ``bytes`` (of the input files, as they are stored), ``seconds`` (that it took where it was cleaned).
- ``quarantined``: ``path``, ``line`` and ``column`` (from 1, or null), ``reason``. One line for each, however many.
- ``progress``, every few seconds, unless ``--quiet``: ``pass`` (survey or clean), ``articles`` of that pass, ``quarantined``, ``bytes`` of
  the input files that were read (as they are on the disk), ``bytes_total`` of all (null where not known; with a survey, times two),
  ``bytes_per_second`` and ``articles_per_second`` of late, ``eta_seconds`` (null where not known), ``seconds`` since the beginning. With
  ``--engine ray`` it comes when a part is done, and counts the parts before which none is missing.
- ``warning``: ``message``.
- ``finished``: ``exit`` (0, or 2 where something could not be read), ``counts`` (as in ``run.json``), ``seconds``. The last line.
- ``error``: ``message`` (what was found, and what to do), ``exit``. The last line of a run that could not be done; ``traceback`` is there
  where the mistake is soroe's own.

A command line that cannot be read is told as text, for nothing tells then how to tell it.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from time import perf_counter
from typing import TYPE_CHECKING

from soroe import __version__
from soroe.cli.options import as_given

if TYPE_CHECKING:
    import argparse

    from soroe.formats.account import Account
    from soroe.formats.files import Step
    from soroe.formats.read import Broken
    from soroe.formats.tally import Tally

EVERY = 5.0  # seconds between two lines of progress


class JsonLog:
    """Tells of a run in lines of JSON."""

    def __init__(self, options: argparse.Namespace, account: Account) -> None:
        from soroe.formats.account import Pace

        if hasattr(sys.stderr, "reconfigure"):  # what programs read is UTF-8 on every machine
            sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
        self._options, self._account = options, account
        self._pace = Pace(account)
        self._told = perf_counter()
        self._articles = self._broken = 0  # of this input

    def started(self) -> None:
        """The run begins."""
        options = self._options
        given = {"inputs": options.inputs, "out": as_given(options.out), "workers": options.workers}
        is_so = {"scope": options.scope, "resumed": options.resume, "engine": options.engine}
        say("started", soroe=__version__, **given, **is_so)

    def watch(self, step: Step) -> None:
        """Tells of a step, if there is something to tell."""
        from soroe.formats.answered import Answered
        from soroe.formats.read import Broken, Finished, Started

        match step:
            case Answered():
                self._articles += 1
            case Broken():
                self._broken += 1
                self._quarantined(step)
            case Started(source, encoding):
                place = {"name": source.name, "path": source.shown, "format": source.format}
                say("input begun", **place, encoding=encoding)
            case Finished(source):
                place = {"name": source.name, "path": source.shown}
                counts = {"articles": self._articles, "quarantined": self._broken, "bytes": step.size}
                say("input finished", **place, **counts, sha256=step.sha256)
                self._articles = self._broken = 0
        self.progress_now_and_then()

    def progress_now_and_then(self) -> None:
        """Tells how far the run is, if that was not told of late."""
        if perf_counter() - self._told >= EVERY and not self._options.quiet:
            self._told = perf_counter()
            self._progress()

    def warn(self, message: str) -> None:
        """Tells what is no article and no end."""
        say("warning", message=message)

    def finished(self, tally: Tally, status: int) -> None:
        """The run is done."""
        say("finished", exit=status, counts=tally.told, seconds=round(perf_counter() - self._account.began, 3))

    def failed(self, message: str, status: int, traceback: str = "") -> None:
        """The run could not be done."""
        say("error", message=message, exit=status, **({"traceback": traceback} if traceback else {}))

    def _quarantined(self, broken: Broken) -> None:
        place = {"path": broken.source.shown, "line": broken.line, "column": broken.column}
        say("quarantined", **place, reason=broken.reason)

    def _progress(self) -> None:
        account = self._account
        now, bytes_, articles, left = self._pace.now()
        counts = account.tally.counts
        say(
            "progress",
            **{"pass": "survey" if account.is_surveying else "clean"},
            articles=account.articles if account.is_surveying else counts["documents"],
            quarantined=counts["quarantined"],
            bytes=now.bytes,
            bytes_total=account.size,
            bytes_per_second=round(bytes_),
            articles_per_second=round(articles, 1),
            eta_seconds=None if left is None else round(left),
            seconds=round(now.at - account.began, 1),
        )


def say(event: str, **told: object) -> None:
    """Writes a line."""
    from soroe.formats.rows import json_line

    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    print(json_line({"event": event, "time": time, **told}), end="", file=sys.stderr, flush=True)
