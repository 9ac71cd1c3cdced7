"""A first sieve over pairs of spellings: rough readings, compared by rapidfuzz; what it refuses is never heard at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

from soroe.names.letters import fold_latin, is_kana, morae
from soroe.names.table import Segments

# Levenshtein likeness of rough readings, and that plus the likeness of their consonants. It lets 2 % of the pairs of an article
# through, and keeps 99 % of the spellings of one name (measured on WMT 2021 and 2024 system outputs).
_LEAST_ALIKE = 0.33
_ALIKE_WITH_BONES = 1.16
_MANY = 2_000
_VOWEL = regex.compile(r"[aiueo]")
_DOUBLED = regex.compile(r"(.)\1+")
# Letters that one katakana row may come from.
_ROUGH = str.maketrans(dict(zip("lvcqywzxjgd", "rbkkiuskskt", strict=True)) | {"h": None, "'": None})


class Sieve:
    """Rough readings, remembered."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._likeliest: dict[str, str] = {}
        self.read = lru_cache(maxsize=1 << 16)(self._read)

    def skeleton(self, spelling: str) -> str:
        """A rough Latin reading: the likeliest letters of each mora, r for l, without ー and ッ."""
        if not is_kana(spelling):
            return _rough(fold_latin(spelling).replace("th", "s"))
        return _rough("".join(map(self._letters, morae(spelling))))

    def passes(self, one: str, other: str) -> bool:
        """Whether two spellings may sound alike at all."""
        (rough, bones), (rough_other, bones_other) = self.read(one), self.read(other)
        alike = Levenshtein.normalized_similarity(rough, rough_other)
        return (
            alike >= _LEAST_ALIKE and alike + Levenshtein.normalized_similarity(bones, bones_other) >= _ALIKE_WITH_BONES
        )

    def near(self, surfaces: Sequence[str]) -> list[tuple[int, int]]:
        """The pairs (their places, the first before the second) that pass."""
        read = [self.read(surface) for surface in surfaces]
        if len(read) <= _MANY:
            return sorted(_near_among(read, range(len(read))))
        # A document with thousands of names is a list or a dump: there only names that begin alike are compared.
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, bones) in enumerate(read):
            groups[bones[:2]].append(place)
        return sorted(pair for places in groups.values() for pair in _near_among(read, places))

    def _read(self, spelling: str) -> tuple[str, str]:
        rough = self.skeleton(spelling)
        return rough, _VOWEL.sub("", rough) + "$"

    def _letters(self, mora: str) -> str:
        likeliest = self._likeliest.get(mora)
        if likeliest is None:
            of = self._segments.of(mora) if mora not in ("ー", "ッ") else {}
            likeliest = self._likeliest[mora] = max(of, key=lambda c: of[c] / len(c) ** 0.5, default="")
        return likeliest


def _near_among(read: Sequence[tuple[str, str]], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pairs of places whose rough readings, and the consonants of those, are alike."""
    rough = [read[place][0] for place in places]
    for at, place in enumerate(places[:-1]):
        one, bones = read[place]
        found = extract(
            one,
            rough[at + 1 :],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_LEAST_ALIKE,
            limit=None,
            processor=None,
        )
        for _, alike, after in found:
            other = places[at + 1 + after]
            if alike + Levenshtein.normalized_similarity(bones, read[other][1]) >= _ALIKE_WITH_BONES:
                yield place, other


def _rough(letters: str) -> str:
    return _DOUBLED.sub(r"\1", letters.translate(_ROUGH)).replace("ts", "t")
