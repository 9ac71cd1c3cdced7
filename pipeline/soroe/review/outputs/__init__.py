"""How findings are written: for people, for editors, and for the programs that show them beside the text.

An output takes the articles one by one, those with nothing to say too, and yields the pieces of what is to be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from soroe.review.linted import Linted
from soroe.review.outputs.code_hosts import github, gitlab
from soroe.review.outputs.people import concise, full
from soroe.review.outputs.plain import json, jsonl
from soroe.review.outputs.rdjson import rdjson
from soroe.review.outputs.sarif import sarif
from soroe.review.outputs.shape import Look, Output
from soroe.review.outputs.xml import checkstyle, junit

OUTPUTS: dict[str, Output] = {
    "concise": concise,
    "full": full,
    "json": json,
    "jsonl": jsonl,
    "github": github,
    "gitlab": gitlab,
    "sarif": sarif,
    "rdjson": rdjson,
    "checkstyle": checkstyle,
    "junit": junit,
}


def written(output: str, articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """The findings of the articles, as an output writes them and in the language of the look."""
    return OUTPUTS[output]((article.in_language(look.lang) for article in articles), look)


# The others are read by programs: they are UTF-8 wherever they are written.
FOR_PEOPLE = frozenset({"concise", "full"})
