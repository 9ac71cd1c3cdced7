"""How findings are written: for people, for editors, and for the programs that show them on a code page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from soroe.lint.linted import Linted

# A control character would steer the terminal.
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")

Output = Callable[[Iterable[Linted]], Iterator[str]]


def concise(articles: Iterable[Linted]) -> Iterator[str]:
    """A line a finding: ``news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]``."""
    for article in articles:
        for place, finding in article.told():
            message = _CONTROL.sub(" ", finding.message)
            fixable = " [fixable]" if finding.edit else ""
            yield f"{article.article.source.shown}:{place.line}:{place.column} {finding.code} {message}{fixable}\n"


OUTPUTS: dict[str, Output] = {"concise": concise}
