"""Where the spellings of the user's dictionary stand in a text, in a time that does not grow with them, and with little to prepare.

A spelling is found as whole runs alone, so it begins and ends where a run of a script does. Most are one run: such a one is in a text
if the run is in the dictionary. The others are looked for where their beginning is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import regex

from soroe.text import Span

_KANA, _LATIN = r"[\u30a1-\u30fa\u30fc]", r"[\p{Latin}\p{N}]"
_RUN = regex.compile(rf"{_KANA}+|{_LATIN}+")
# Between two letters of a script a run goes on.
_INSIDE = regex.compile(rf"(?<={_KANA})(?={_KANA})|(?<={_LATIN})(?={_LATIN})")
_NOT_KANA_ALONE = re.compile(rf"^(?!{_KANA}+$).+$", re.MULTILINE)


class Told:
    """The spellings of a dictionary, found as whole runs: マスク is not in マスクド, nor Ann in Anna."""

    def __init__(self, spellings: Mapping[str, object]) -> None:
        """``spellings`` are the keys; no line breaks are in them."""
        self._spellings = spellings
        # How long those are that are more than a run, or none, by their first run or their first two letters.
        self._lengths: dict[str, list[int]] = {}
        firsts: set[str] = set()
        for spelling in _NOT_KANA_ALONE.findall("\n".join(spellings)):
            run = _RUN.match(spelling)
            if run and run[0] == spelling:
                continue
            if not run:
                firsts.add(spelling[0])
            lengths = self._lengths.setdefault(run[0] if run else spelling[:2], [])
            if len(spelling) not in lengths:
                lengths.append(len(spelling))
        self._firsts = re.compile(f"[{''.join(map(re.escape, sorted(firsts)))}]" if firsts else "(?!)")

    def spans(self, text: str) -> Iterator[Span]:
        """The first and then the longest, and on from its end.

        >>> text = "マスク氏とイーロン・マスクはマスクド・マンを見た。"
        >>> [text[start:end] for start, end in Told(dict.fromkeys(["マスク", "イーロン・マスク"])).spans(text)]
        ['マスク', 'イーロン・マスク']
        """
        last = 0
        for start, end in sorted(self._found(text)):
            if start >= last:
                last = -end
                yield Span(start, last)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where each begins, and the negative of where it ends."""
        runs = _RUN.findall(text) if self._spellings else []
        # Of most texts the dictionary knows nothing: that is seen without a step for each run.
        if not (self._spellings.keys().isdisjoint(runs) and self._lengths.keys().isdisjoint(runs)):
            for match in _RUN.finditer(text):
                start, end = match.span()
                if match[0] in self._spellings:
                    yield start, -end
                yield from self._longer(text, start, match[0])
        for first in self._firsts.finditer(text):
            start = first.start()
            for head in {text[start : start + 2], text[start]}:
                yield from self._longer(text, start, head)

    def _longer(self, text: str, start: int, head: str) -> Iterable[tuple[int, int]]:
        for length in self._lengths.get(head, ()):
            end = start + length
            if end <= len(text) and text[start:end] in self._spellings and not _INSIDE.match(text, end):
                yield start, -end
