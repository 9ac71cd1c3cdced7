"""`soroe run`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.cluster import check_engine, cluster_options, run_on_cluster
from soroe.cli.options import (
    NamedFields,
    Parser,
    UsageError,
    cleaning_options,
    fields_for,
    one_of,
    reading_of,
    seconds,
    settings_of,
    workers_option,
)
from soroe.cli.say import complain, place_of

if TYPE_CHECKING:
    from soroe.formats.run import Step
    from soroe.formats.tally import Tally

# What is broken is told row by row this often; all of it is in quarantine.jsonl.
MAX_TOLD = 20


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

    With --scope corpus the inputs are read twice, and one person's full name is written in one way in all articles;
    survey.tsv tells whom the articles tell of, across.tsv which full names are written otherwise.

    examples:
      soroe run news.txt --out cleaned
      soroe run dump.jsonl --text body --id url --out cleaned
      soroe run 'dump-*.csv.zst' --text body --source site --lang-field lang --out cleaned
      soroe run jawiki-pages-articles.xml.bz2 --out cleaned
      soroe run --prose-fields title,items.*.text data/ --out cleaned
      soroe run dump.jsonl --scope corpus --survey names-of-2023.tsv --out cleaned
      curl -s https://example.com/a.txt | soroe run - --out cleaned
      soroe run 's3://bucket/dumps/*.parquet' --engine ray --ray-address auto --out s3://bucket/cleaned

    Exit status: 0, or 2 where something could not be read; the rest is cleaned all the same.
    """
    parser.add_argument("--out", required=True, metavar="OUT", type=Path, help="the folder to write to")
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
    parser.add_argument("--resume", action="store_true", help="go on with a run into OUT that was stopped")
    cluster_options(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no summary")


def act(options: argparse.Namespace) -> int:
    """Cleans the inputs into the folder; 0, or 2 where something could not be read."""
    from soroe.formats.run import exit_status, run

    if options.survey and options.scope != "corpus":
        raise UsageError("--survey goes with --scope corpus (see soroe run --help)")
    check_engine(options)
    if options.engine == "ray":
        return run_on_cluster(options)
    settings, reading = settings_of(options), reading_of(options)
    is_talkative = sys.stderr.isatty() and not options.quiet
    passes = 2 if options.scope == "corpus" and not (options.survey and options.survey.exists()) else 1
    fields = NamedFields(options)
    with _watching(options.inputs if is_talkative else None, passes, fields) as watch:
        tally = run(
            options.inputs,
            options.out,
            settings,
            reading,
            sys.stdin.buffer,
            watch=watch,
            scope=options.scope,
            prose_fields=fields_for(options),
            workers=options.workers,
            timeout=options.timeout,
            is_resumed=options.resume,
        )
    quarantined, renamed = tally.counts["quarantined"], tally.counts["renamed ids"]
    if quarantined > MAX_TOLD:
        complain(f"… and {quarantined - MAX_TOLD} more that could not be read, see {options.out / 'quarantine.jsonl'}")
    if renamed:
        complain(f"ids that came again were made unique (a, a#2, a#3, …): {renamed}")
    if is_talkative:
        print(_summary(tally, options.out), file=sys.stderr)
    if missing := fields.missing():
        complain(missing)
        return 2
    return exit_status(tally)


def _summary(tally: Tally, out: Path) -> str:
    from soroe.formats.read import NO_TEXT, OTHER_LANGUAGE

    counts = tally.counts
    parts = [
        f"{counts['documents']:,} articles, {counts['changed']:,} changed",
        f"{counts['edits']:,} edits",
        f"{counts['merged']:,} spellings of names merged, {counts['suggested']:,} to be confirmed",
        f"{counts['findings']:,} findings",
    ]
    kept = (OTHER_LANGUAGE, NO_TEXT, "quarantined", "skipped files")
    parts += [f"{counts[kind]:,} {kind}" for kind in kept if counts[kind]]
    return f"{'; '.join(parts)}\n{out / 'report.html'}"


@contextmanager
def _watching(inputs: list[str] | None, passes: int, fields: NamedFields) -> Iterator[Callable[[Step], None]]:
    """Tells what is broken, notes which fields there are, and moves a progress bar over the inputs, where there are any."""
    from soroe.formats.answered import Answered
    from soroe.formats.corpus import Surveyed
    from soroe.formats.read import Broken

    told = 0

    def tell(step: Step) -> None:
        nonlocal told
        if isinstance(step, Broken):
            told += 1
            if told <= MAX_TOLD:
                complain(place_of(step))
        elif isinstance(step, Answered):
            fields.note(step.article)

    if inputs is None:
        yield tell
        return
    from tqdm import tqdm

    size = _size(inputs)
    with tqdm(total=size and size * passes, unit="B", unit_scale=True, file=sys.stderr, leave=False) as bar:

        def watch(step: Step) -> None:
            if isinstance(step, (Surveyed, Answered)):
                article = step.article
                bar.set_description("survey" if isinstance(step, Surveyed) else None, refresh=False)
                bar.update(len((article.row.line if article.row else article.text).encode("utf-8", "replace")))
            elif isinstance(step, Broken):
                with bar.external_write_mode(file=sys.stderr):
                    tell(step)
            if isinstance(step, Answered):
                tell(step)

        yield watch


def _size(inputs: list[str]) -> int | None:
    from soroe.formats.read import Source, find_sources
    from soroe.formats.shapes import SHAPES

    try:
        sources = [source for source in find_sources(inputs, "txt") if isinstance(source, Source)]
        if any(source.compression or SHAPES[source.format].is_by_value for source in sources):
            return None  # the bar counts letters
        return sum(source.path.stat().st_size for source in sources if source.path) or None
    except Exception:
        return None  # the run tells what is wrong
