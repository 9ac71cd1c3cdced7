"""`soroe lint`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.options import Parser, UsageError, cleaning_options, one_of, reading_of, settings_of
from soroe.cli.say import complain, in_columns, is_colourful, place_of

if TYPE_CHECKING:
    from soroe.lint.linted import Linted
    from soroe.lint.outputs.shape import Look


def options(parser: Parser) -> None:
    """Tell what a run would change or report, and change nothing.

    One line a finding, as editors read it:
      news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]
    Line and column are those of the file; [fixable] is what `soroe run` would mend.

    examples:
      soroe lint news.txt
      soroe lint --select N,P204 articles/
      soroe lint --output-format full news.txt
      soroe lint --output-format sarif --output-file soroe.sarif articles/

    Exit status: 0 nothing found, 1 something found, 2 something could not be read.
    """
    from soroe.lint.outputs import OUTPUTS

    cleaning_options(parser)
    parser.add_argument("--survey", metavar="FILE", type=Path, help="the survey of the dump that the articles are of")
    parser.add_argument(
        "--output-format",
        metavar="FORMAT",
        type=one_of(*OUTPUTS),
        help=f"how the findings are written: {', '.join(OUTPUTS)} (concise)",
    )
    parser.add_argument(
        "--output-file", metavar="FILE", type=Path, help="where they are written, in UTF-8 (standard output)"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--statistics", action="store_true", help="tell how much each rule found, and how much of it a run would mend"
    )
    instead.add_argument("--quiet", action="store_true", help="print nothing but errors: the exit status tells")
    parser.add_argument("--exit-zero", action="store_true", help="end with 0 where something was found")


def act(options: argparse.Namespace) -> int:
    """Writes the findings; 0, 1 or 2, as the help says."""
    from soroe.engine import Pipeline
    from soroe.formats.read import Broken, find_sources, read
    from soroe.formats.run import Cleaned, cleaned
    from soroe.lint.linted import linted
    from soroe.lint.outputs import FOR_PEOPLE, OUTPUTS

    if options.statistics and options.output_format:
        raise UsageError("--statistics is a table of its own: leave out --output-format (see soroe lint --help)")
    reading = reading_of(options)
    pipeline = Pipeline(settings_of(options))
    sources = list(find_sources(options.inputs, reading.format))
    status = 0

    def articles() -> Iterator[Linted]:
        nonlocal status
        for step in cleaned(read(sources, reading, sys.stdin.buffer), pipeline):
            if isinstance(step, Broken):
                complain(place_of(step))
                status = 2
            elif isinstance(step, Cleaned):
                article = linted(step.article, step.result)
                if article.findings and not options.exit_zero:
                    status = status or 1
                yield article

    name = options.output_format or "concise"
    written = _statistics(articles()) if options.statistics else OUTPUTS[name](articles(), _look(options.output_file))
    if options.output_file:
        with options.output_file.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(written)
        return status
    if name not in FOR_PEOPLE and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    for piece in written:
        if not options.quiet:
            print(piece, end="")
    return status


def _look(file: Path | None) -> Look:
    from soroe.lint.outputs.shape import Look

    if file:
        return Look()
    if not sys.stdout.isatty():
        return Look(is_colourful(sys.stdout))
    import shutil

    return Look(is_colourful(sys.stdout), shutil.get_terminal_size((100, 24)).columns)


def _statistics(articles: Iterable[Linted]) -> Iterator[str]:
    """A line a code, the most frequent first: how often, what it is, how many a run would mend."""
    from collections import Counter

    from soroe.lint.linted import summary

    found: Counter[str] = Counter()
    fixable: Counter[str] = Counter()
    for article in articles:
        for finding in article.findings:
            found[finding.code] += 1
            fixable[finding.code] += finding.edit is not None
    rows = [
        (str(count), code, summary(code), f"{fixable[code]} fixable" if fixable[code] else "")
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        yield from (f"{line}\n" for line in in_columns(rows, numbers=(0, 3)))
