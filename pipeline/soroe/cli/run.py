"""`soroe run`."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable
from pathlib import Path
from traceback import format_exc
from typing import TYPE_CHECKING

from soroe.cli.cluster import PartsLog, PartsText, check_engine, cluster_options, run_on_cluster
from soroe.cli.log import JsonLog
from soroe.cli.options import (
    Parser,
    UsageError,
    as_given,
    cleaning_options,
    fields_for,
    missing_fields,
    one_of,
    reading_of,
    seconds,
    settings_of,
    size,
    workers_option,
)
from soroe.cli.progress import Text
from soroe.cli.say import Stopped, sentence_of

if TYPE_CHECKING:
    from soroe.formats.account import Account
    from soroe.formats.files import Step
    from soroe.formats.metrics import Metrics
    from soroe.formats.tally import Tally


def options(parser: Parser) -> None:
    """Clean articles into a folder, with a log of every change.

    Reads .txt, .md, .mdx, .html, .rst and .adoc files, dumps (.jsonl, .csv, .tsv, .parquet, .arrow, .xml of MediaWiki, .warc and .wet),
    the --prose-fields of .json and .yaml; each as it is or compressed (.gz, .bz2, .xz, .zst); folders of them, patterns of their names,
    or standard input (-). Writes into OUT:
      clean/          the cleaned articles, in the shape of the input
      edits.jsonl     every change, with its reason; `soroe restore OUT` undoes them all
      aliases.jsonl   the names that were spelt in several ways, and what was decided (aliases.tsv for a spreadsheet)
      findings.jsonl  what a person should look at
      report.html     all of that, to be read in a browser
      quarantine.jsonl, run.json   what could not be read, and how the run was made

    --out - writes the cleaned text of one input to standard output, and no folder.

    With --scope corpus the inputs are read twice, and one person's full name is written in one way in all articles;
    survey.tsv tells whom the articles tell of, across.tsv which full names are written otherwise.

    examples:
      soroe run news.txt --out cleaned
      soroe run dump.jsonl --text body --id url --out cleaned
      soroe run 'dump-*.csv.zst' --text body --source site --lang-field lang --out cleaned
      soroe run jawiki-pages-articles.xml.bz2 --out cleaned --shard-size 256MB
      soroe run --prose-fields title,items.*.text data/ --out cleaned
      soroe run dump.jsonl --scope corpus --survey names-of-2023.tsv --out cleaned
      curl -s https://example.com/a.txt | soroe run - --out cleaned
      soroe run dump.jsonl.gz --out - | zcat | head -n 3
      soroe run dumps/ --out cleaned --log json --metrics /var/lib/node_exporter/soroe.prom 2> run.log
      soroe run 's3://bucket/dumps/*.parquet' --engine ray --ray-address auto --out s3://bucket/cleaned

    Exit status: 0, or 2 where something could not be read; the rest is cleaned all the same.
    """
    parser.add_argument(
        "--out", required=True, metavar="OUT", type=Path, help="the folder to write to; - is standard output"
    )
    cleaning_options(parser)
    parser.add_argument(
        "--all-names", action="store_true", help="list names with a single spelling in aliases.jsonl too"
    )
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        type=one_of("document", "corpus"),
        default="document",
        help="make names one in each article alone (document, the default), or full names in all of them (corpus)",
    )
    parser.add_argument(
        "--survey",
        metavar="FILE",
        type=Path,
        help="with --scope corpus: the survey to go by, or, where there is none yet, to write (OUT/survey.tsv)",
    )
    workers_option(parser)
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        help="how long an article may take, before it goes into quarantine (as long as it needs)",
    )
    parser.add_argument(
        "--shard-size",
        metavar="SIZE",
        type=size,
        help="cut dumps into files of this size before compression (256MB), each of which can be used when it has its name: "
        "clean/dump-00000.jsonl, with edits/, aliases/ and findings/ of the same articles",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run into OUT that was stopped")
    cluster_options(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")
    parser.add_argument(
        "--log",
        metavar="HOW",
        type=one_of("text", "json"),
        default="text",
        help="how the run tells of itself on stderr: text (the default) or json, a line for each event",
    )
    parser.add_argument(
        "--metrics",
        metavar="FILE",
        type=Path,
        help="write how far the run is for Prometheus (textfile of node-exporter), every few seconds (with --engine ray, part by "
        "part) and at the end",
    )


def act(options: argparse.Namespace) -> int:
    """Cleans the inputs into the folder, or to standard output; 0, or 2 where something could not be read."""
    from soroe.crew import garbage_seldom
    from soroe.formats.account import Account

    options.is_filter = str(options.out) == "-"
    account = Account()
    teller = _teller(options, account)
    account.tell = teller.warn
    metrics: Metrics | None = None
    try:
        _check(options)
        if options.metrics:
            from soroe.formats.metrics import Metrics

            metrics = Metrics(options.metrics, account)
        teller.started()
        with garbage_seldom():
            status = _run(options, account, teller, metrics)
        _write(metrics, status, teller)
        teller.finished(account.tally, status)
        return status
    except (Exception, KeyboardInterrupt) as error:
        told, status = _end_of(error, options)
        _write(metrics, status, teller)
        if told is None:
            ours = f"a mistake of soroe's own; please report it: {type(error).__name__}: {error}"
            teller.failed(ours, status, format_exc())
        else:
            teller.failed(told, status)
        if options.log == "json":
            return status
        if told is None or status == 141:
            raise
        if status == 130:
            raise KeyboardInterrupt(told) from error
        raise Stopped(told) from error


def _teller(options: argparse.Namespace, account: Account) -> Text | JsonLog:
    if options.engine == "ray":
        return PartsLog(options, account) if options.log == "json" else PartsText(options, account)
    return JsonLog(options, account) if options.log == "json" else Text(options, account)


def _check(options: argparse.Namespace) -> None:
    check_engine(options)
    if options.survey and options.scope != "corpus":
        raise UsageError("--survey goes with --scope corpus (see soroe run --help)")
    if options.is_filter and options.scope == "corpus":
        raise UsageError(
            "--out - takes one article after another; for --scope corpus name a folder, as in --out cleaned"
        )
    for name in ("resume", "all_names", "shard_size") if options.is_filter else ():
        if getattr(options, name):
            raise UsageError(f"--{name.replace('_', '-')} goes with a folder, as in --out cleaned")


def _run(options: argparse.Namespace, account: Account, teller: Text | JsonLog, metrics: Metrics | None) -> int:
    """Does the work, and tells what was odd about it; the exit status."""
    from soroe.formats.run import exit_status

    def watch(step: Step) -> None:
        teller.watch(step)
        write_if_old()

    def write_if_old() -> None:
        if metrics and metrics.is_old:
            _write(metrics, None, teller)

    if isinstance(teller, (PartsText, PartsLog)):
        run_on_cluster(options, account, teller, write_if_old)
    else:
        (_filter if options.is_filter else _run_into_folder)(options, account, watch)
    tally = account.tally
    if renamed := tally.counts["renamed ids"]:
        teller.warn(f"ids that came again were made unique (a, a#2, a#3, …): {renamed}")
    if lost := tally.lost:
        rows = f"{tally.rows_in:,} rows in, {tally.rows_out:,} out, {tally.counts['quarantined']:,} in quarantine"
        how = f"{abs(lost):,} too {'few' if lost > 0 else 'many'}"
        teller.warn(f"the output is not whole: {rows}: {how}; please report it")
    if tally.taken_away:
        first, *more = tally.taken_away
        others = f" and {len(more)} other files of shards" if more else ""
        teller.warn(f"{options.out / first}{others}: finished before, and not there any more; not made again")
    if missing := missing_fields(options, tally.fields):
        teller.warn(missing)
        return 2
    return exit_status(tally)


def _run_into_folder(options: argparse.Namespace, account: Account, watch: Callable[[Step], None]) -> Tally:
    from soroe.formats.run import run

    return run(
        options.inputs,
        options.out,
        settings_of(options),
        reading_of(options),
        sys.stdin.buffer,
        watch=watch,
        scope=options.scope,
        prose_fields=fields_for(options),
        workers=options.workers,
        timeout=options.timeout,
        is_resumed=options.resume,
        shard_size=options.shard_size,
        account=account,
    )


def _filter(options: argparse.Namespace, account: Account, watch: Callable[[Step], None]) -> Tally:
    from soroe.formats.listed import Listed
    from soroe.formats.read import find_sources
    from soroe.formats.through import through

    settings, reading = settings_of(options), reading_of(options)
    with Listed(find_sources(options.inputs, reading.format, fields_for(options))) as sources:
        return through(
            sources,
            sys.stdout.buffer,
            settings,
            reading,
            sys.stdin.buffer,
            account,
            watch,
            options.workers,
            options.timeout,
        )


def _write(metrics: Metrics | None, status: int | None, teller: Text | JsonLog) -> None:
    """Writes the metrics; where that cannot be done any more, the run is worth more."""
    try:
        if metrics:
            metrics.write(status)
    except OSError as error:
        teller.warn(f"--metrics {sentence_of(error)}")


def _end_of(error: BaseException, options: argparse.Namespace) -> tuple[str | None, int]:
    """Why a run ended before its end and what to do (None of a mistake of ours), and the exit status."""
    from soroe.formats.listed import Changed
    from soroe.formats.stage import left_aside

    if isinstance(error, UsageError):  # nothing was done yet
        return str(error), 2
    is_undone = False
    if options.engine == "ray":
        from soroe.cluster.apart import Undone
        from soroe.cluster.run import is_left as is_left_of_parts

        is_left = is_left_of_parts(as_given(options.out))
        is_undone = isinstance(error, Undone)
    else:
        is_left = not options.is_filter and left_aside(options.out) is not None
    go_on = "go on with --resume" if is_left else "run it again"
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted; {go_on}" if is_left else "interrupted", 130
    if isinstance(error, BrokenPipeError):
        return "who reads standard output has seen enough", 141
    told = sentence_of(error)
    if isinstance(error, Changed):
        return f"{told}; put it back as it was, and {go_on}", 2
    if isinstance(error, OSError) and error.errno in _FULL:
        place = "standard output" if options.is_filter else as_given(options.out)
        told = f"{place}: {error.strerror}; make room, and {go_on}"
    elif is_left and (isinstance(error, OSError) or is_undone):
        told = f"{told}; {go_on}"
    return told, 2


# The disk, or what may be taken of it, or a file, is full.
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
