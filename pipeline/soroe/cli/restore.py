"""`soroe restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from soroe.cli.options import Parser, UsageError, as_given
from soroe.cli.say import complain


def options(parser: Parser) -> None:
    """Undo a run: give back the sources from the cleaned text and the log of edits.

    Every file is compared with what the run read; a difference is told. What a run with --engine ray wrote to a URL is copied to
    a folder first.

    examples:
      soroe restore cleaned                    writes cleaned/restored/, in place of an earlier one
      soroe restore cleaned --to originals
    """
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder that was given to `soroe run` as --out")
    parser.add_argument("--to", metavar="DIR", type=Path, help="an empty or new folder to write to (OUT/restored)")


def act(options: argparse.Namespace) -> int:
    """Writes the sources again; 0, or 2 where one is not byte for byte what it was."""
    from soroe.formats.restore import restore

    for given, instead in (
        (options.out, "copy it to a folder of this machine, and name that"),
        (options.to, "name a folder of this machine for --to"),
    ):
        if given and "://" in as_given(given):
            raise UsageError(f"{as_given(given)}: is a URL; {instead}")
    status = 0
    for source in restore(options.out, options.to):
        if source.inexact:
            complain(f"{source.name}: not byte for byte what it was: {source.inexact}")
            status = 2
    return status
