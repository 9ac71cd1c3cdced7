"""How far a run is, for Prometheus: a text file that node-exporter's textfile collector reads.

It is written anew every few seconds and at the end, and always whole: it takes the place of the one before. Counters begin at 0 with
each run. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format and https://prometheus.io/docs/practices/naming/
say how such a file looks and how its figures are named.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from time import perf_counter
from typing import Literal

from soroe import __version__
from soroe.formats.account import Account
from soroe.formats.read import BadInput

EVERY = 5.0  # seconds: a server asks node-exporter every 15 to 60

Labels = Mapping[str, str]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """The file, and how old it is."""

    def __init__(self, path: Path, account: Account) -> None:
        """Begins the file; raises `BadInput` for a path that holds something else than a file, `OSError` where none can be written."""
        if path.exists() and not S_ISREG(path.stat().st_mode):
            raise BadInput(f"--metrics {path}: is no file; name one that soroe may write, as in soroe.prom")
        self._path, self._account = path, account
        self._began = time.time()
        self._written = 0.0
        self.write()

    @property
    def is_old(self) -> bool:
        """Whether it is time to write the file again."""
        return perf_counter() - self._written >= EVERY

    def write(self, exit: int | None = None) -> None:
        """Writes the file; ``exit`` is the status of a run that has ended."""
        # node-exporter reads what ends in .prom, and so not this.
        aside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            with aside.open("w", encoding="utf-8", newline="\n") as file:
                file.write("".join(self._told(exit)))
            aside.replace(self._path)
        finally:
            aside.unlink(missing_ok=True)
        self._written = perf_counter()

    def _told(self, exit: int | None) -> Iterable[str]:
        account, counts = self._account, self._account.tally.counts
        yield from _family("soroe_info", "gauge", "The version of soroe.", [({"version": __version__}, 1)])
        yield from _one("soroe_articles_total", "Articles that were cleaned.", counts["documents"])
        yield from _one("soroe_changed_articles_total", "Articles in which something was changed.", counts["changed"])
        yield from _one("soroe_bytes_total", "Bytes of the input files that were read.", account.passed().bytes)
        if account.size is not None:
            yield from _one("soroe_input_bytes", "Bytes of all input files, times the readings.", account.size, "gauge")
        yield from _one("soroe_rows_read_total", "Rows that were read, broken ones too.", account.tally.rows_in)
        yield from _one("soroe_rows_written_total", "Rows that were written.", account.tally.rows_out)
        yield from _family(
            "soroe_quarantined_total",
            "counter",
            "What could not be read or cleaned, by the format of its file.",
            [({"format": format}, count) for format, count in sorted(account.tally.quarantined.items())],
        )
        for name, what, found in (
            ("edits", "Changes that were made", account.tally.edits),
            ("findings", "What a person should look at", account.tally.findings),
        ):
            by_rule: list[tuple[Labels, float]] = [({"rule": rule}, found[rule]) for rule in sorted(found)]
            yield from _family(f"soroe_{name}_total", "counter", f"{what}, by rule.", by_rule)
        stages: list[tuple[Labels, float]] = [({"stage": stage}, spent) for stage, spent in account.seconds.items()]
        help = "Seconds that a stage was at work; those of all processes are added up."
        yield from _family("soroe_stage_seconds_total", "counter", help, stages)
        took = perf_counter() - account.began
        yield from _one("soroe_run_duration_seconds", "Seconds since the run began, or that it took.", took, "gauge")
        yield from _one("soroe_run_start_timestamp_seconds", "When the run began (Unix time).", self._began, "gauge")
        yield from _one("soroe_run_in_progress", "1 while the run goes on.", int(exit is None), "gauge")
        if exit is not None:
            yield from _one(
                "soroe_last_run_exit", "The exit status of the run: 0, or 2 where not all was done.", exit, "gauge"
            )


def _one(name: str, help: str, value: float, kind: Literal["counter", "gauge"] = "counter") -> Iterable[str]:
    return _family(name, kind, help, [({}, value)])


def _family(name: str, kind: str, help: str, samples: Iterable[tuple[Labels, float]]) -> Iterable[str]:
    """A figure with all its labels, as Prometheus reads it.

    >>> print(*_family("soroe_edits_total", "counter", "Changes.", [({"rule": "C101"}, 3)]), sep="", end="")
    # HELP soroe_edits_total Changes.
    # TYPE soroe_edits_total counter
    soroe_edits_total{rule="C101"} 3
    """
    yield f"# HELP {name} {help}\n# TYPE {name} {kind}\n"
    for labels, value in samples:
        named = ",".join(f'{label}="{told.translate(_ESCAPES)}"' for label, told in labels.items())
        yield f"{name}{f'{{{named}}}' if named else ''} {value:.16g}\n"
