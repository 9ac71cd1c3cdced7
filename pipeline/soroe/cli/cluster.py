"""`soroe run --engine ray`: the same run on many machines."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.options import Parser, UsageError, fields_for, one_of, reading_of, settings_of
from soroe.cli.say import complain

if TYPE_CHECKING:
    from soroe.cluster.run import Step

# What is broken is told part by part this often; all of it is in quarantine/.
MAX_TOLD = 20

_DOING = {
    "look": "looking",
    "count": "cutting",
    "ids": "ids",
    "surveyed": "survey",
    "merge": "survey",
    "clean": "cleaning",
}
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def bytes_of(word: str) -> int:
    """Takes a number of bytes: 500k, 64M, 1G."""
    match = re.fullmatch(r"(\d+)([kmg]?)(?:i?b)?", word.lower())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{word} is no size; expected one as in 64M or 1G")
    return int(match[1]) * _UNITS[match[2]]


def cluster_options(parser: Parser) -> None:
    """On which machines a run is made."""
    parser.add_argument(
        "--engine",
        metavar="ENGINE",
        type=one_of("local", "ray"),
        default="local",
        help="what runs it: this machine (local, the default), or a cluster of Ray (ray): inputs and OUT may then be URLs "
        "(s3://…), and each file of OUT is written in parts",
    )
    parser.add_argument(
        "--ray-address",
        metavar="ADDRESS",
        help="with --engine ray: the cluster that this machine is of, as auto or HOST:PORT (by default, one of this machine "
        "alone, as long as the run lasts)",
    )
    parser.add_argument(
        "--partition-size",
        metavar="SIZE",
        type=bytes_of,
        help="with --engine ray: how much is cleaned at a time, as it is stored (64M)",
    )


def check_engine(options: argparse.Namespace) -> None:
    """Raises `UsageError` for options that go with another engine."""
    if options.engine == "ray":
        return
    for name in ("ray_address", "partition_size"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} goes with --engine ray (see soroe run --help)")
    if "://" in as_given(options.out):
        raise UsageError(
            f"--out {as_given(options.out)}: is a URL, which goes with --engine ray (see soroe run --help)"
        )


def run_on_cluster(options: argparse.Namespace) -> int:
    """Cleans the inputs on the cluster; 0, or 2 where something could not be read."""
    from soroe.cluster.on_ray import on_ray
    from soroe.cluster.partitions import SIZE
    from soroe.cluster.run import run
    from soroe.formats.run import exit_status

    settings, reading, out = settings_of(options), reading_of(options), as_given(options.out)
    is_talkative = sys.stderr.isatty() and not options.quiet
    with on_ray(options.ray_address, options.workers) as spread, _watching(is_talkative) as watch:
        tally = run(
            options.inputs,
            out,
            settings,
            reading,
            spread,
            watch=watch,
            scope=options.scope,
            prose_fields=fields_for(options),
            size=options.partition_size or SIZE,
            timeout=options.timeout,
            is_resumed=options.resume,
        )
    for shown, line, reason in tally.broken[:MAX_TOLD]:
        complain(f"{shown}{f':{line}' if line else ''}: {reason}")
    if (more := tally.counts["quarantined"] - MAX_TOLD) > 0:
        complain(f"… and {more} more that could not be read, see {out}/quarantine/")
    if renamed := tally.counts["renamed ids"]:
        complain(f"ids that came again were made unique (a, a#2, a#3, …): {renamed}")
    if is_talkative:
        counts = tally.counts
        print(
            f"{counts['documents']:,} articles, {counts['changed']:,} changed; {counts['edits']:,} edits; "
            f"{counts['findings']:,} findings\n{out}/report.html",
            file=sys.stderr,
        )
    return exit_status(tally)


def as_given(out: Path) -> str:
    """OUT as it was given: as a path it has but one / behind the scheme of a URL.

    >>> as_given(Path("s3://bucket/out")), as_given(Path("file:///data/out")), as_given(Path("data/out"))
    ('s3://bucket/out', 'file:///data/out', 'data/out')
    """
    scheme, is_url, rest = out.as_posix().partition(":/")
    if not is_url or not re.fullmatch(r"[a-z][a-z0-9+.-]+", scheme):
        return str(out)
    return f"{scheme}://{'/' if scheme in ('file', 'local') else ''}{rest}"


@contextmanager
def _watching(is_talkative: bool) -> Iterator[Callable[[Step], None]]:
    """Moves a progress bar over the partitions."""
    if not is_talkative:
        yield lambda step: None
        return
    from tqdm import tqdm

    with tqdm(unit=" parts", file=sys.stderr, leave=False) as bar:
        articles = 0

        def watch(step: Step) -> None:
            nonlocal articles
            if step.told:
                articles += step.told.documents
                bar.set_postfix_str(f"{articles:,} articles", refresh=False)
            if bar.desc != f"{_DOING[step.what]}: ":
                bar.reset(step.of)
                bar.set_description(_DOING[step.what], refresh=False)
            bar.update(step.done - bar.n)

        yield watch
