"""What the commands share: how a command line is read, and the options that several of them have."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from soroe.engine import Settings
    from soroe.formats.read import Reading


class UsageError(Exception):
    """A command line that cannot be understood."""


class Parser(argparse.ArgumentParser):
    """argparse that raises `UsageError`, so that one place tells what is wrong."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def nearest(word: str, known: Sequence[str]) -> str:
    """What the user may have meant, as the end of a message.

    >>> nearest("rnu", ["run", "lint"])
    '; did you mean run?'
    """
    found = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""


def one_of(*choices: str) -> Callable[[str], str]:
    """Takes one of the words, and names them all where it is given another."""

    def chosen(word: str) -> str:
        if word not in choices:
            raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(choices)}{nearest(word, choices)}")
        return word

    return chosen


def cleaning_options(parser: Parser) -> None:
    """The options of what cleans: what to read, and the settings."""
    reading_options(parser, "INPUT", "+")
    tokenizer_option(parser)
    parser.add_argument(
        "--select", metavar="CODES", action="append", help="only these rules: N, P204, or N,R3; ALL is every rule"
    )
    parser.add_argument("--ignore", metavar="CODES", action="append", help="not these rules; the longer code decides")
    canonical_option(parser)
    dictionary_options(parser)


def reading_options(parser: Parser, metavar: str, nargs: str | None) -> None:
    """The inputs, and how to read them."""
    parser.add_argument(
        "inputs", metavar=metavar, nargs=nargs, help="a .txt, .md or .jsonl file, a folder, or - for standard input"
    )
    row_options(parser)


def row_options(parser: Parser) -> None:
    """How to read what does not say it of itself."""
    parser.add_argument("--text", metavar="FIELD", default="text", help="the field of a row that holds the text (text)")
    parser.add_argument("--id", metavar="FIELD", default="id", help="the field of a row that holds its id (id)")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("txt", "md", "jsonl"),
        help="what standard input (txt), or a file with another ending, is: txt, md or jsonl",
    )


def tokenizer_option(parser: Parser) -> None:
    """The tokenizer."""
    parser.add_argument(
        "--tokenizer",
        metavar="NAME",
        type=one_of("fugashi", "sudachi"),
        default="fugashi",
        help="what cuts the text into words: fugashi (MeCab with unidic-lite, the default) or sudachi",
    )


def canonical_option(parser: Parser) -> None:
    """How a name is written that is spelt in several ways."""
    from soroe.names.entities import CANONICALS

    parser.add_argument(
        "--canonical",
        metavar="WHICH",
        type=one_of(*CANONICALS),
        default="attested",
        help="which spelling of a name the others become: attested (known to dictionaries and frequent, the default), "
        "frequent (the most frequent), first (in the article) or latin (the one in Latin letters, for people and "
        "places); a --names file outranks it",
    )


def dictionary_options(parser: Parser) -> None:
    """The user's own dictionaries."""
    parser.add_argument(
        "--names", metavar="FILE", type=Path, action="append", default=[], help="your names: how each is written (TSV)"
    )
    parser.add_argument(
        "--apart", metavar="FILE", type=Path, action="append", default=[], help="your pairs of names that are two (TSV)"
    )


def reading_of(options: argparse.Namespace) -> Reading:
    """How the options say to read."""
    from soroe.formats.read import Reading

    return Reading(options.format, options.text, options.id)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the options make; what a command has no option for is as it is by default."""
    from soroe.engine import Settings

    given = vars(options)
    return Settings(
        select=_codes(given.get("select")) or Settings.select,
        ignore=_codes(given.get("ignore")),
        tokenizer=options.tokenizer,
        names=tuple(options.names),
        apart=tuple(options.apart),
        all_names=given.get("all_names", False),
        canonical=given.get("canonical", Settings.canonical),
        survey=given.get("survey"),
    )


def _codes(given: list[str] | None) -> tuple[str, ...]:
    from soroe.rules import RULES

    codes = tuple(code.strip().upper() for part in given or () for code in part.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in RULES) and code not in ("C", "P", "R", "N", "W", "T", "ALL"):
            raise UsageError(f"no rule has a code that begins with {code}{nearest(code, sorted(RULES))}")
    return codes
