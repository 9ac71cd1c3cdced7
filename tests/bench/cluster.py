"""What a run on a cluster takes, measured on one core, and the arithmetic for more: python tests/bench/cluster.py DUMP.jsonl

The dump is cleaned in partitions by one process after another, as a node of a cluster does it, without Ray; what Ray adds is measured
with ``--ray``: the same partitions on a cluster of one node with ``--cores`` cores. Seconds are of the processor, of a process and all that
it has begun; MB are 1,000,000 bytes of the dump as it is stored. The figures stand in pipeline/CLUSTER.md as this prints them;
``--articles``, ``--bytes`` and ``--of-cores`` reckon with the figures printed there, or with ``--seconds-per-mb`` of one's own.
"""

from __future__ import annotations

import argparse
import os
import pickle
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from soroe.cluster.apart import Apart, checked
from soroe.cluster.part import DONE, SURVEYS, Job, merge, unpacked
from soroe.cluster.run import run
from soroe.engine import Pipeline
from soroe.formats.read import Reading
from soroe.formats.tally import Tally
from soroe.settings import Settings

# MB of a process of Ray's that waits for ours (its share, PSS; Ray 2.60).
_OF_RAY = 125


class Measured(NamedTuple):
    """What was measured. Seconds are of one core, MB and bytes of the dump as it is stored."""

    clean: float  # seconds a MB
    survey: float
    plan: float  # cutting and ids
    merge: float  # seconds for a million lines of surveys
    judge: float  # the same for which full names are one; of survey.tsv, and the more, the longer it is
    survey_lines: float  # thousand lines of a partition's survey, a MB of the dump
    survey_kept: float  # of these, how many are left when partitions become one
    survey_bytes: float  # of a line
    counts_kb: float  # what is kept of what was counted, a MB
    counts: float  # seconds to add that up, a MB
    ray_kb: float  # what goes through the object store, a partition
    ids: float  # the same for ids, bytes an article
    out: float  # bytes that are written for one that is read
    memory: float  # MB, of a process that cleans and of the one of Ray's that waits for it
    head: float  # MB, of the process that began the run


# One core of a shared machine of 2, Python 3.11, soroe not compiled; 16 MB, 3,979 articles, names that hardly ever come again.
MEASURED = Measured(2.25, 1.9, 0.1, 1.8, 30.0, 3.36, 0.99, 63.0, 30.0, 0.0046, 0.36, 8.0, 1.9, 390.0, 200.0)


def arithmetic(told: Measured, articles: float, bytes_: float, cores: int, partition: float = 67.1) -> dict[str, float]:
    """What so many articles take, each of so many bytes, on so many cores.

    >>> told = arithmetic(MEASURED._replace(clean=1.0, plan=0.0), 1_000_000, 3_600, 10)
    >>> told["core hours, cleaning"], told["hours, cleaning"], told["partitions"]
    (1.0, 0.1, 54.0)
    """
    mb = articles * bytes_ / 1e6
    partitions = -(-mb // partition)
    lines = told.survey_lines * mb / 1e3  # millions
    kept = lines * told.survey_kept  # if no more names come again than in what was measured
    return {
        "MB of input": round(mb),
        "partitions": partitions,
        "core hours, cleaning": round(mb * (told.clean + told.plan) / 3600, 2),
        "hours, cleaning": round(mb * (told.clean + told.plan) / 3600 / cores, 2),
        "core hours more, with --scope corpus, but for judging": round(
            (mb * told.survey + lines * told.merge) / 3600, 2
        ),
        "hours more, with --scope corpus, but for judging": round(
            (mb * told.survey + lines * told.merge) / 3600 / cores + kept * told.merge / 3600, 2
        ),
        "hours of adding up, on one core, meanwhile": round(mb * told.counts / 3600, 2),
        "GB of memory for each core": round(told.memory / 1000, 2),
        "GB of memory where the run was begun": round(told.head / 1000 + articles * 2 * told.ids / 1e9, 2),
        "GB through the object store": round((partitions * told.ray_kb * 1e3 + articles * told.ids) / 1e9, 2),
        "GB of counts, through the output": round(mb * told.counts_kb / 1e6, 2),
        "GB of surveys, through the output": round(2 * lines * told.survey_bytes / 1e3, 2),
        "GB of survey.tsv": round(kept * told.survey_bytes / 1e3, 2),
        "GB that are written": round(mb * told.out / 1e3, 2),
    }


class Node:
    """Does what a node does, in a process that lasts as long as the work, and measures it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.through: list[int] = []
        self.job: Job | None = None
        self.counts: list[bytes] = []
        self.surveys: list[str] = []

    def spread(self, work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        self.job = job
        before = _of_children()
        with Apart() as apart:
            for number, item in enumerate(items):
                answer = apart.do(work, job, item)
                if work == "clean":
                    self.through.append(len(pickle.dumps(item)) + len(pickle.dumps(answer)))
                if work == "surveyed":
                    self.surveys.append(answer.value)
                yield number, checked(answer)
        self.seconds[work] = self.seconds.get(work, 0.0) + _of_children() - before
        if work == "clean":
            done = Path(job.out) / DONE
            self.counts = [path.read_bytes() for path in sorted(done.iterdir())]


def _of_children() -> float:
    told = os.times()
    return told.children_user + told.children_system


def measured(dump: Path, partition: int) -> tuple[Measured, int]:
    """Cleans the dump in partitions, and measures that."""
    mb = dump.stat().st_size / 1e6
    node = Node()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        tally = run([str(dump)], str(out), Settings(), Reading(), node.spread, size=partition)
        written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3 + _OF_RAY
    began = time.process_time()
    whole = Tally()
    for counts in node.counts:
        done = unpacked(counts)
        whole.add_part(done.tally, done.pairs)
    counts_seconds = time.process_time() - began
    clean = node.seconds["clean"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        survey = Node()
        kept: dict[str, int] = {}

        def spread(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
            if work == "clean":
                raise _Enough
            yield from survey.spread(work, job, items)
            if work == "surveyed":
                paths = [out / name for name in survey.surveys]
                kept["parts"] = sum(_lines(path) for path in paths)
                kept["bytes"] = sum(path.stat().st_size for path in paths)
                began = time.process_time()
                merge(job, (f"{SURVEYS}/all.tsv", tuple(survey.surveys)))
                kept["ms"] = round((time.process_time() - began) * 1e3)
                kept["whole"] = _lines(out / SURVEYS / "all.tsv")
                names = Pipeline().names
                names.head  # noqa: B018
                began = time.process_time()
                names.across_by(out / SURVEYS / "all.tsv")
                kept["judging ms"] = round((time.process_time() - began) * 1e3)

        try:
            run([str(dump)], str(out), Settings(), Reading(), spread, scope="corpus", size=partition)
        except _Enough:
            pass
    told = Measured(
        clean / mb,
        survey.seconds["surveyed"] / mb,
        (node.seconds.get("look", 0.0) + node.seconds.get("count", 0.0) + node.seconds["ids"]) / mb,
        kept["ms"] * 1e3 / kept["parts"],
        kept["judging ms"] * 1e3 / kept["whole"],
        kept["parts"] / 1e3 / mb,
        kept["whole"] / kept["parts"],
        kept["bytes"] / kept["parts"],
        sum(map(len, node.counts)) / 1e3 / mb,
        counts_seconds / mb,
        sum(node.through) / 1e3 / len(node.through),
        8.0,
        written / 1e6 / mb,
        memory,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    )
    return told, tally.counts["documents"]


class _Enough(Exception):
    pass


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(not line.startswith(b"#") for line in file)


def on_a_cluster(dump: Path, partition: int, cores: int) -> float:
    """How long the run takes on Ray, with beginning and ending it."""
    from soroe.cluster.on_ray import on_ray

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, on_ray(workers=cores) as spread:
        run([str(dump)], f"{folder}/out", Settings(), Reading(), spread, size=partition)
    return time.monotonic() - began


def main() -> None:
    """Prints what was measured, and what comes of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dump", type=Path, nargs="?")
    parser.add_argument("--partition", type=int, default=16 << 20)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--articles", type=float, default=100e6)
    parser.add_argument("--bytes", type=float, default=4000.0)
    parser.add_argument("--of-cores", type=int, default=256)
    parser.add_argument("--seconds-per-mb", type=float)
    options = parser.parse_args()
    told = MEASURED
    if options.dump:
        told, articles = measured(options.dump, options.partition)
        print(f"measured on {options.dump.stat().st_size / 1e6:.0f} MB, {articles:,} articles:")
        for name, value in told._asdict().items():
            print(f"  {name:14}{value:.4g}")
        if options.ray:
            took, spent = on_a_cluster(options.dump, options.partition, options.cores)
            print(
                f"  on Ray, {options.cores} cores: {took:.1f} s, {spent:.1f} s of the processor, all of Ray's processes too"
            )
    if options.seconds_per_mb:
        told = told._replace(clean=options.seconds_per_mb)
    print(f"\n{options.articles:,.0f} articles of {options.bytes:,.0f} bytes, {options.of_cores} cores:")
    for name, value in arithmetic(told, options.articles, options.bytes, options.of_cores).items():
        print(f"  {name:40}{value:>14,}")


if __name__ == "__main__":
    main()
