"""What all outputs have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from soroe.messages import Lang
from soroe.review.linted import Linted


class Look(NamedTuple):
    """How findings look: for people, whether in colour and how many columns a line may take; for all, in which language."""

    colour: bool = False
    columns: int = 100
    lang: Lang = "en"


# It is given the articles in the language of the look, and adds its own words in it.
Output = Callable[[Iterable[Linted], Look], Iterator[str]]


def listed(pieces: Iterable[str], between: str = ",") -> Iterator[str]:
    """The pieces of a JSON array, one on a line, with commas between them.

    >>> "".join(listed(['"アルトマン"', '"マスク"']))
    '\\n"アルトマン",\\n"マスク"\\n'
    >>> "".join(listed([]))
    ''
    """
    is_first = True
    for piece in pieces:
        yield f"\n{piece}" if is_first else f"{between}\n{piece}"
        is_first = False
    if not is_first:
        yield "\n"


def as_written(article: Linted, after: str) -> str:
    """The replacement as it has to stand in the file: in a row of a dump it is part of a JSON string."""
    row = article.article.row
    return row.escaped(after) if row and row.literal else after
