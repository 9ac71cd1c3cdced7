"""Whether a large dump takes no more than a small one: python tests/bench/steady.py [ARTICLES.jsonl] --bytes 2GB

size     time that the processor works for a megabyte, and memory, on a dump of `--bytes` against one of `--small`, by two workers
workers  two workers against one, on the small dump
names    100,000 names in a dictionary (`--names`) against 100, on the small dump by one worker; both have the 100 of which the dump tells

Dumps are made by `dump.py` of the articles of a file, or of samples/. Every figure is `soroe run` in a process of its own, in turn,
`--rounds` times, of which the median counts. MB of dumps are 1,000,000 bytes, those of memory 2**20.

Loading is what a run of one article takes; it is told, and counted in all ratios. Memory is looked at four times a second: `all` is
that of all processes, what they share counted once (Pss); `a worker` is what the largest process that cleans has for itself alone (private
and written to), so that dictionaries are not in it that are mapped, or were loaded before the processes parted. Without /proc
(smaps_rollup) only time is told.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from dump import LISTED, bytes_in, write_dump, write_told
from processes import SOROE, Taken, cores, is_told, taken


class Case(NamedTuple):
    """A run to measure."""

    dump: Path
    workers: int
    names: int = 0


class Measured(NamedTuple):
    """What it took in each round."""

    rounds: list[Taken]

    @property
    def seconds(self) -> float:
        """That passed."""
        return median(one.seconds for one in self.rounds)

    @property
    def worked(self) -> float:
        """Seconds that the processor worked."""
        return median(one.worked for one in self.rounds)

    @property
    def memory(self) -> float:
        """Of all processes, at most."""
        return max(one.all for one in self.rounds)

    @property
    def worker(self) -> float:
        """What one that cleans has for itself, at most."""
        return max(one.worker.private or one.first.private for one in self.rounds)

    @property
    def spread(self) -> str:
        """Least and most of the seconds that the processor worked."""
        worked = [one.worked for one in self.rounds]
        return f"{min(worked):.1f} to {max(worked):.1f}"


def measured(cases: list[Case], folder: Path, rounds: int, options: list[str]) -> dict[Case, Measured]:
    """Every case, in turn."""
    found: dict[Case, Measured] = {case: Measured([]) for case in cases}
    for number in range(rounds):
        for case in cases:
            # A whole round of the largest takes an hour.
            if number and case.dump.name == "large.jsonl":
                continue
            out = folder / "out"
            command = [*SOROE, "run", str(case.dump), "--quiet", "--workers", str(case.workers), "--out", str(out)]
            names = ["--names", str(folder / f"names-{case.names}.tsv")] if case.names else []
            one = taken([*command, *names, *options])
            if one.status:
                raise SystemExit(f"soroe run on {case.dump} ended with {one.status}")
            found[case].rounds.append(one)
            print(
                f"  {case.dump.stem:6} {case.workers} workers {case.names or 'no':>7} names: {one.seconds:8.1f} s, "
                f"worked {one.worked:8.1f} s; MB: all {one.all:5.0f}, first {one.first.private:4.0f} of {one.first.rss:4.0f}, "
                f"a worker {one.worker.private:4.0f} of {one.worker.rss:4.0f}",
                flush=True,
            )
    return found


def ratios(found: dict[Case, Measured], one: Path, small: Path, large: Path, names: int) -> Iterator[tuple[str, str]]:
    """What is wanted, and what was found."""
    megabytes = {dump: dump.stat().st_size / 1e6 for dump in (one, small, large)}
    by_one, by_two, at_size = found[Case(small, 1)], found[Case(small, 2)], found[Case(large, 2)]
    loading = found[Case(one, 1)].worked
    per = {dump: found[Case(dump, 2)].worked / megabytes[dump] for dump in (small, large)}
    yield (
        f"{megabytes[large]:,.0f} MB : {megabytes[small]:,.0f} MB, worked a MB",
        f"{per[large]:.3f} s : {per[small]:.3f} s = {per[large] / per[small]:.2f} (0.90 to 1.10)",
    )
    if at_size.memory:
        yield (
            "  memory of all",
            f"{at_size.memory:.0f} : {by_two.memory:.0f} MB = {at_size.memory / by_two.memory:.2f} (0.80 to 1.20)",
        )
        yield "  a worker's own", f"{at_size.worker:.0f} MB; {by_two.worker:.0f} MB on the small one (150 at most)"
    yield (
        "one worker : two, seconds that passed",
        f"{by_one.seconds:.1f} : {by_two.seconds:.1f} = {by_one.seconds / by_two.seconds:.2f} (1.80 at least; {cores()} cores)",
    )
    yield (
        "two workers : one, worked",
        f"{by_two.worked:.1f} : {by_one.worked:.1f} = {by_two.worked / by_one.worked:.2f} (1.10 at most; {by_one.spread})",
    )
    if names:
        many, few = found[Case(small, 1, names)], found[Case(small, 1, LISTED)]
        yield (
            f"{names:,} names : {LISTED}, worked",
            f"{many.worked:.1f} : {few.worked:.1f} = {many.worked / few.worked:.2f} (1.10 at most; {many.spread})",
        )
        loaded = {count: found[Case(one, 1, count)].worked for count in (LISTED, names)}
        rest = (many.worked - loaded[names]) / (few.worked - loaded[LISTED])
        yield "  loading", f"{loaded[names]:.2f} : {loaded[LISTED]:.2f} s; no names: {loading:.2f} s"
        yield "  without loading", f"{rest:.2f}"


def main() -> int:
    """0, also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", type=Path, metavar="ARTICLES.jsonl", help="what the dumps are made of")
    parser.add_argument("--bytes", type=bytes_in, default=200 * 10**6, metavar="SIZE", help="of the large one (200MB)")
    parser.add_argument("--small", type=bytes_in, default=20 * 10**6, metavar="SIZE", help="of the small one (20MB)")
    parser.add_argument("--names", type=int, default=100_000, metavar="N", help="0: leave names out")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of all but the large one")
    parser.add_argument("--options", type=shlex.split, default=[], metavar="OPTIONS", help="for soroe run")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where to write, if the temporary one is too small"
    )
    arguments = parser.parse_args()
    if arguments.articles and not arguments.articles.is_file():
        print(f"skipped: {arguments.articles} is not there")
        return 0
    if not is_told():
        print("skipped: memory: /proc/PID/smaps_rollup is not there")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = Path(temporary)
        one, small, large = (folder / f"{name}.jsonl" for name in ("one", "small", "large"))
        for dump, size in ((one, 1), (small, arguments.small), (large, arguments.bytes)):
            count = write_dump(dump, arguments.articles, size, arguments.seed)
            print(f"{dump.stem:6} {count:10,} articles, {dump.stat().st_size / 1e6:10,.1f} MB", flush=True)
        cases = [Case(one, 1), Case(small, 1), Case(small, 2), Case(large, 2)]
        for count in (LISTED, arguments.names) if arguments.names else ():
            write_told(folder / f"names-{count}.tsv", count)
            cases += [Case(one, 1, count), Case(small, 1, count)]
        found = measured(cases, folder, max(1, arguments.rounds), arguments.options)
        for what, told in ratios(found, one, small, large, arguments.names):
            print(f"{what:42} {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
