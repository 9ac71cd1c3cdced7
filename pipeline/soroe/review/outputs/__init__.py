"""How findings are written: for people, for editors, and for the programs that show them beside the text.

An output takes the articles one by one, those with nothing to say too, and yields the pieces of what is to be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from soroe.review.linted import Linted
from soroe.review.outputs.shape import Look, Output

_HOMES = {
    "concise": "people",
    "full": "people",
    "json": "plain",
    "jsonl": "plain",
    "github": "code_hosts",
    "gitlab": "code_hosts",
    "sarif": "sarif",
    "rdjson": "rdjson",
    "checkstyle": "xml",
    "junit": "xml",
}


def _late(home: str, name: str) -> Output:
    """An output whose module is imported when it is used: all of them take 8 ms, one of them next to nothing."""

    def output(articles: Iterable[Linted], look: Look) -> Iterator[str]:
        chosen: Output = getattr(import_module(f"{__name__}.{home}"), name)
        return chosen(articles, look)

    return output


OUTPUTS: dict[str, Output] = {name: _late(home, name) for name, home in _HOMES.items()}


def written(output: str, articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """The findings of the articles, as an output writes them and in the language of the look."""
    return OUTPUTS[output]((article.in_language(look.lang) for article in articles), look)


# The others are read by programs: they are UTF-8 wherever they are written.
FOR_PEOPLE = frozenset({"concise", "full"})
