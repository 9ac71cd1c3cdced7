"""`soroe run --engine ray`: the same run on many machines."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from soroe.cli.log import JsonLog, say
from soroe.cli.options import Parser, UsageError, as_given, fields_for, one_of, reading_of, settings_of, size
from soroe.cli.progress import MAX_TOLD, Text, summary
from soroe.cli.say import complain
from soroe.formats.places import is_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from soroe.cluster.run import Step
    from soroe.formats.account import Account
    from soroe.formats.tally import Tally

_DOING = {
    "look": "looking",
    "count": "cutting",
    "ids": "ids",
    "surveyed": "survey",
    "merge": "survey",
    "clean": "cleaning",
}


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
        type=size,
        help="with --engine ray: how much is cleaned at a time, as it is stored (64MiB)",
    )


def check_engine(options: argparse.Namespace) -> None:
    """Raises `UsageError` for options that go with another engine, or that only the end of the run would find fault with."""
    _check_survey(options)
    if options.engine == "ray":
        if options.is_filter:
            raise UsageError("--out - does not go with --engine ray: name a folder or a URL, as in --out cleaned")
        if options.shard_size is not None:
            raise UsageError(
                "--shard-size does not go with --engine ray: leave it out; it writes in parts of --partition-size"
            )
        return
    for name in ("ray_address", "partition_size"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name.replace('_', '-')} goes with --engine ray (see soroe run --help)")
    if is_url(as_given(options.out)):
        raise UsageError(
            f"--out {as_given(options.out)}: is a URL, which goes with --engine ray (see soroe run --help)"
        )


def _check_survey(options: argparse.Namespace) -> None:
    if not options.survey:
        return
    given = as_given(options.survey)
    if is_url(given):
        raise UsageError(f"--survey {given}: is a URL; name a file of this machine")
    if not options.survey.parent.is_dir():
        raise UsageError(f"--survey {given}: there is no folder {options.survey.parent}")


def run_on_cluster(
    options: argparse.Namespace, account: Account, teller: PartsText | PartsLog, done: Callable[[], None]
) -> None:
    """Cleans the inputs on the cluster; ``done`` is called when a part is."""
    from soroe.cluster.on_ray import on_ray
    from soroe.cluster.partitions import SIZE
    from soroe.cluster.run import run

    def watch(step: Step) -> None:
        teller.watch_parts(step)
        done()

    settings, reading = settings_of(options), reading_of(options)
    with on_ray(options.ray_address, options.workers) as spread:
        run(
            options.inputs,
            as_given(options.out),
            settings,
            reading,
            spread,
            watch=watch,
            scope=options.scope,
            prose_fields=fields_for(options),
            size=options.partition_size or SIZE,
            timeout=options.timeout,
            is_resumed=options.resume,
            account=account,
        )
    teller.cleaned(account.tally)


class PartsText(Text):
    """Tells of a run in parts, as `Text` does: what is broken at its end, and its bar counts parts."""

    def __init__(self, options: argparse.Namespace, account: Account) -> None:
        super().__init__(options, account)
        self._out = as_given(options.out)
        self._articles = 0

    def watch_parts(self, step: Step) -> None:
        """Moves the bar."""
        if not self._is_talkative:
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(unit=" parts", file=sys.stderr, leave=False)
        bar = self._bar
        if step.told:
            self._articles += step.told.documents
            bar.set_postfix_str(f"{self._articles:,} articles", refresh=False)
        if bar.desc != f"{_DOING[step.what]}: ":
            bar.reset(step.of)
            bar.set_description(_DOING[step.what], refresh=False)
        bar.update(step.done - bar.n)

    def cleaned(self, tally: Tally) -> None:
        """All parts are: tells what is broken."""
        for shown, line, reason in tally.broken[:MAX_TOLD]:
            self.warn(f"{shown}{f':{line}' if line else ''}: {reason}")

    def finished(self, tally: Tally, status: int) -> None:
        """The run is done."""
        self.close()
        if (more := tally.counts["quarantined"] - MAX_TOLD) > 0:
            complain(f"… and {more} more that could not be read, see {self._out}/quarantine/")
        if self._is_talkative:
            print(f"{summary(tally)}\n{self._out}/report.html", file=sys.stderr)


class PartsLog(JsonLog):
    """Tells of a run in parts in lines of JSON, as `JsonLog` does; in place of inputs it tells of parts."""

    def watch_parts(self, step: Step) -> None:
        """Tells of a part that is cleaned, and of what is broken in it."""
        if step.partition and step.told:
            number, articles, quarantined, seconds = step.told
            if quarantined:
                self._tell_broken(step)
            counts = {"articles": articles, "quarantined": quarantined, "bytes": step.partition.size}
            say("part finished", part=number, parts=step.of, **counts, seconds=round(seconds, 3))
        if step.what in ("surveyed", "clean"):
            self.progress_now_and_then()

    def cleaned(self, tally: Tally) -> None:
        """All parts are; what is broken was told."""

    def _tell_broken(self, step: Step) -> None:
        from soroe.cluster.partitions import numbered
        from soroe.formats.places import Folder
        from soroe.formats.stage import QUARANTINE

        assert step.partition
        paths = {source.name: source.shown for source, *_ in step.partition.slices}
        told = Folder(as_given(self._options.out)).read(
            f"{QUARANTINE}/{numbered(step.partition.number, step.of)}.jsonl"
        )
        for line in (told or b"").splitlines():
            broken = json.loads(line)
            place = {"path": paths[broken["source"]], "line": broken["line"], "column": broken.get("column")}
            say("quarantined", **place, reason=broken["reason"])
