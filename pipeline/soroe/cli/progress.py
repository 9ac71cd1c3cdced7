"""What a run tells people: what is broken, a line each; on a terminal, how far it is and what came of it."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

from soroe.cli.say import complain, place_of

if TYPE_CHECKING:
    import argparse

    from soroe.formats.account import Account
    from soroe.formats.files import Step
    from soroe.formats.tally import Tally

# What is broken is told row by row this often; all of it is in quarantine.jsonl.
MAX_TOLD = 20
_EVERY = 0.2  # seconds between two pictures of the bar
# A reader takes a megabyte at once, which may be a second of work: the rate is that of some ten seconds.
_SMOOTHING = 0.05


class Text:
    """Tells of a run in words; on a terminal, unless it is to be quiet, with a bar and a summary."""

    def __init__(self, options: argparse.Namespace, account: Account) -> None:
        self._options, self._account = options, account
        self._is_talkative = sys.stderr.isatty() and not options.quiet
        self._told = 0
        self._drawn = 0.0
        self._bar: Any = None

    def started(self) -> None:
        """The run begins."""

    def watch(self, step: Step) -> None:
        """Tells what is broken, and moves the bar."""
        from soroe.formats.read import Broken

        if isinstance(step, Broken):
            self._told += 1
            if self._told <= MAX_TOLD:
                self.warn(place_of(step))
        if self._is_talkative and perf_counter() - self._drawn >= _EVERY:
            self._draw()
            self._drawn = perf_counter()

    def warn(self, message: str) -> None:
        """A line above the bar."""
        if self._bar is None:
            complain(message)
        else:
            with self._bar.external_write_mode(file=sys.stderr):
                complain(message)

    def finished(self, tally: Tally, status: int) -> None:
        """The run is done."""
        self.close()
        if self._told > MAX_TOLD:
            where = "" if self._options.is_filter else f", see {self._options.out / 'quarantine.jsonl'}"
            complain(f"… and {self._told - MAX_TOLD} more that could not be read{where}")
        if self._is_talkative and not self._options.is_filter:
            print(f"{summary(tally)}\n{self._options.out / 'report.html'}", file=sys.stderr)

    def failed(self, message: str, status: int, traceback: str = "") -> None:
        """The run could not be done; `soroe.cli.main` tells why."""
        self.close()

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _draw(self) -> None:
        account = self._account
        if self._bar is None:
            from tqdm import tqdm

            # Where the size is not known, tqdm shows no end and no time that is left.
            self._bar = tqdm(
                total=account.size,
                unit="B",
                unit_scale=True,
                file=sys.stderr,
                leave=False,
                dynamic_ncols=True,
                mininterval=0,
                miniters=0,
                smoothing=_SMOOTHING,
            )
        bar, counts = self._bar, account.tally.counts
        bar.set_description("survey" if account.is_surveying else None, refresh=False)
        articles = account.articles if account.is_surveying else counts["documents"]
        bar.set_postfix_str(f"{articles:,} articles, {counts['quarantined']:,} quarantined", refresh=False)
        bar.update(max(0, account.passed().bytes - bar.n))


def summary(tally: Tally) -> str:
    """What came of a run, in a line."""
    from soroe.formats.read import NO_TEXT, OTHER_LANGUAGE

    counts = tally.counts
    parts = [
        f"{counts['documents']:,} articles, {counts['changed']:,} changed",
        f"{counts['edits']:,} edits",
        f"{counts['merged']:,} spellings of names merged, {counts['suggested']:,} to be confirmed",
        f"{counts['findings']:,} findings",
    ]
    kept = (OTHER_LANGUAGE, NO_TEXT, "quarantined", "skipped files")
    return "; ".join([*parts, *(f"{counts[kind]:,} {kind}" for kind in kept if counts[kind])])
