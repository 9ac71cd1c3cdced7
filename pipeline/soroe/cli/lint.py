"""`soroe lint`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.options import Parser, cleaning_options, pipelines_of, reading_of, sources_of
from soroe.cli.say import complain, place_of

if TYPE_CHECKING:
    from soroe.lint.linted import Linted


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
    from soroe.formats.read import Broken, read
    from soroe.formats.run import Cleaned, cleaned
    from soroe.lint.linted import linted
    from soroe.lint.outputs import OUTPUTS

    reading = reading_of(options)
    sources = sources_of(options, reading)
    pipeline_for = pipelines_of(options, sources)
    status = 0

    def articles() -> Iterator[Linted]:
        nonlocal status
        for step in cleaned(read(sources, reading, sys.stdin.buffer), pipeline_for):
            if isinstance(step, Broken):
                complain(place_of(step))
                status = 2
            elif isinstance(step, Cleaned):
                article = linted(step.article, step.result)
                if article.findings:
                    status = status or 1
                    yield article

    for line in OUTPUTS["concise"](articles()):
        print(line, end="")
    return status
