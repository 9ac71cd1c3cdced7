"""The titles that stand beside a name: アルトマン氏, 社長のアルトマン, 最高経営責任者（CEO）のアルトマン."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from soroe.lexicon import Title

_SPACES = (" ", "\u3000")
_CLOSING = ("）", ")")
_JOINER_BY_END = {joiner[-1]: joiner for joiner in ("の", "である", "、", "・")}
# Titles by the letter next to the name, then by their length, the longest first.
_Found = Mapping[str, list[tuple[int, dict[str, Title]]]]


class Titles:
    """Finds the titles beside a name by looking them up, letter by letter: most names have none.

    >>> from soroe.lexicon import Lexicon
    >>> titles, line = Titles(Lexicon.load().titles), "最高経営責任者（CEO）のアルトマン氏は"
    >>> titles.before(line, 13).text, titles.after(line, 18).text
    ('CEO', '氏')
    """

    def __init__(self, titles: Iterable[Title]) -> None:
        titles = list(titles)
        self._after = _by_end((title for title in titles if title.side == "after"), 0)
        self._before = _by_end((title for title in titles if title.side == "before"), -1)

    def after(self, line: str, end: int) -> Title | None:
        """The longest title that begins where a name ends, or behind one space."""
        if line[end : end + 1] in _SPACES:
            end += 1
        for length, titles in self._after.get(line[end : end + 1], ()):
            if title := titles.get(line[end : end + length]):
                return title
        return None

    def before(self, line: str, start: int) -> Title | None:
        """The longest title that ends where a name begins, or before a closing bracket and what joins them to it."""
        joiner = _JOINER_BY_END.get(line[start - 1 : start], "")
        if not line.endswith(joiner, 0, start):
            joiner = ""
        for end in (start - len(joiner), start) if joiner else (start,):
            for stop in (end - 1, end) if line[end - 1 : end] in _CLOSING else (end,):
                for length, titles in self._before.get(line[stop - 1 : stop], ()):
                    if length <= stop and (title := titles.get(line[stop - length : stop])):
                        return title
        return None


def _by_end(titles: Iterable[Title], end: Literal[0, -1]) -> _Found:
    found: dict[str, dict[int, dict[str, Title]]] = {}
    for title in titles:
        found.setdefault(title.text[end], {}).setdefault(len(title.text), {})[title.text] = title
    return {letter: sorted(by_length.items(), reverse=True) for letter, by_length in found.items()}
