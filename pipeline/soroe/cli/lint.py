"""`soroe lint`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from soroe.cli.options import Parser, cleaning_options, reading_of, settings_of
from soroe.cli.say import complain, place_of


def options(parser: Parser) -> None:
    """Tell what a run would change or report, and change nothing.

    One line a finding, as editors read it:
      news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]
    Line and column are those of the file; [fixable] is what `soroe run` would mend.

    examples:
      soroe lint news.txt
      soroe lint --select N,P204 articles/

    Exit status: 0 nothing found, 1 something found, 2 something could not be read.
    """
    cleaning_options(parser)
    parser.add_argument("--survey", metavar="FILE", type=Path, help="the survey of the dump that the articles are of")


def act(options: argparse.Namespace) -> int:
    """Prints a line a finding; 0, 1 or 2, as the help says."""
    from soroe.engine import Pipeline
    from soroe.formats.read import Broken, find_sources, read
    from soroe.formats.records import lint_lines
    from soroe.formats.run import Cleaned, cleaned

    reading = reading_of(options)
    pipeline = Pipeline(settings_of(options))
    sources = list(find_sources(options.inputs, reading.format))
    status = 0
    for step in cleaned(read(sources, reading, sys.stdin.buffer), pipeline):
        if isinstance(step, Broken):
            complain(place_of(step))
            status = 2
        elif isinstance(step, Cleaned):
            for line in lint_lines(step.article, step.result):
                print(line)
                status = status or 1
    return status
