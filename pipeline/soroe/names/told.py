"""Where the spellings of the user's dictionary stand in a text: one automaton for all, whose time does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import regex

from soroe.text import Span

_KANA, _LATIN = r"[\u30a1-\u30fa\u30fc]", r"[\p{Latin}\p{N}]"
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
# Between two letters of a script a run goes on.
_INSIDE = regex.compile(rf"(?<={_KANA})(?={_KANA})|(?<={_LATIN})(?={_LATIN})")


class Told:
    """The spellings of a dictionary, found as whole runs: マスク is not in マスクド, nor Ann in Anna."""

    def __init__(self, spellings: Iterable[str]) -> None:
        self._automaton: Any = None
        if listed := list(spellings):
            from ahocorasick_rs import AhoCorasick, MatchKind

            self._automaton = AhoCorasick(listed, matchkind=MatchKind.Standard)

    def spans(self, text: str) -> Iterator[Span]:
        """The first and then the longest, and on from its end.

        >>> text = "マスク氏とイーロン・マスクはマスクド・マンを見た。"
        >>> [text[start:end] for start, end in Told(["マスク", "イーロン・マスク"]).spans(text)]
        ['マスク', 'イーロン・マスク']
        """
        if not self._automaton:
            return
        try:
            matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate
            matches = self._automaton.find_matches_as_indexes(_SURROGATE.sub("?", text), overlapping=True)
        found = [(start, -end) for _, start, end in matches]
        last = 0
        for start, end in sorted(found):
            if start >= last and not _INSIDE.match(text, start) and not _INSIDE.match(text, -end):
                yield Span(start, -end)
                last = -end
