"""How the commands speak: complaints on stderr, a line each; tables in columns that the eye can follow.

A full-width character takes two columns of a terminal. wcwidth tells which do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from soroe.formats.read import Article, Broken


class Stopped(Exception):
    """Why a run could not go on, and what to do; the message is for the user."""


def complain(message: str) -> None:
    """One line on stderr."""
    print(f"soroe: {message}", file=sys.stderr)


def sentence_of(error: BaseException) -> str | None:
    """What an error tells the user; None of one that is a mistake of ours."""
    from soroe.cli.options import UsageError
    from soroe.formats.read import BadInput
    from soroe.formats.restore import NotRestorable
    from soroe.formats.stage import BadOutput
    from soroe.lexicon import DictionaryError
    from soroe.names.survey import SurveyError

    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    # What the layers below raise for the user names file and line.
    ours = (BadInput, BadOutput, NotRestorable, DictionaryError, SurveyError, UsageError, Stopped)
    return str(error) if isinstance(error, ours) else None


def place_of(broken: Broken) -> str:
    """Where something could not be read, and why: ``dump.jsonl:2: not JSON``."""
    line = f":{broken.line}" if broken.line else ""
    column = f":{broken.column}" if broken.column else ""
    return f"{broken.source.shown}{line}{column}: {broken.reason}"


def title_of(article: Article) -> str:
    """The article as the user knows it: a file, or a row of a dump with its id."""
    from soroe.messages import visible

    return visible(f"{article.source.shown}:{article.line} {article.id}" if article.row else article.source.shown)


def is_colourful(stream: TextIO) -> bool:
    """Whether to write in colour: on a terminal, unless NO_COLOR (https://no-color.org) is set; FORCE_COLOR is for elsewhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def in_columns(rows: Sequence[Sequence[str]], numbers: Container[int] = ()) -> Iterator[str]:
    """The rows with their cells under one another, the columns of ``numbers`` flush right.

    >>> print(*in_columns([["アルトマン", "3"], ["Altman", "12"]], numbers=[1]), sep="\\n")
    アルトマン   3
    Altman      12
    """
    from wcwidth import ljust, rjust, width

    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [(rjust if at in numbers else ljust)(cell, widths[at]) for at, cell in enumerate(row)]
        yield "  ".join(cells).rstrip()
