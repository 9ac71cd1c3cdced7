"""How alike two spellings sound, in nats: katakana against Latin letters, and katakana against katakana.

The table (`dictionaries/sound.tsv`, written by `train_sound.py`) holds segments, one or two morae against one to four letters,
with how often each was seen. The score of a pair is log p(x, y) - log p(x) - log p(y): how much likelier the two spellings are
as one name than as two. Katakana against katakana goes through the letters they share, q(a, b) = sum over c of
p(a, c) p(b, c) / p(c), so that アル and オー are alike because "al" is written as both.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from math import exp, fsum, log
from pathlib import Path

import regex
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

MAX_MORAE = 2
MAX_LETTERS = 4
# What no pair of the table explains costs this much more than chance (nats); エ for a, once in a spelling, is a typo.
ESCAPE = 4.0
_ESCAPE = exp(-ESCAPE)
_FLOOR = 1e-7
# The sieve: Levenshtein likeness of rough readings, and that plus the likeness of their consonants. It lets 2 % of the pairs
# of an article through, and keeps 99 % of the spellings of one name (measured on WMT 2021 and 2024 system outputs).
_LEAST_ALIKE = 0.33
_ALIKE_WITH_BONES = 1.16
_MANY = 2_000
# The score of two spellings of which one is more than twice as long as the other: no chain of segments joins them.
NEVER = -99.0

_LARGE = frozenset("ヤユヨ")
_SLIP = regex.compile(r"(?<=[キシチニヒミリギジビピ])[ヤユヨ]")
_VOWEL = regex.compile(r"[aiueo]")
_DOUBLED = regex.compile(r"(.)\1+")
_MORA = regex.compile(r".[ァィゥェォャュョヮ]?", regex.DOTALL)
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "ng", "ħ": "h"}
)

# Letters that one katakana row may come from.
_ROUGH = str.maketrans(
    {
        "l": "r",
        "v": "b",
        "c": "k",
        "q": "k",
        "y": "i",
        "w": "u",
        "z": "s",
        "x": "k",
        "j": "s",
        "g": "k",
        "d": "t",
        "h": None,
        "'": None,
    }
)


def morae(kana: str) -> list[str]:
    """The morae of a katakana spelling; ー, ッ and ン are morae of their own.

    >>> morae("シュヴァルツマン")
    ['シュ', 'ヴァ', 'ル', 'ツ', 'マ', 'ン']
    """
    return _MORA.findall(kana)


def fold_latin(name: str) -> str:
    """Latin letters without case and marks.

    >>> fold_latin("Łowmiański"), fold_latin("O'Neill")
    ('lowmianski', 'oneill')
    """
    bare = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in bare if letter.isalpha() and not unicodedata.combining(letter))


class Sound:
    """The learned table, ready to score."""

    def __init__(self, counts: dict[tuple[str, str], float]) -> None:
        total = sum(counts.values())
        self._joint: dict[tuple[str, str], float] = {pair: count / total for pair, count in counts.items()}
        kana: defaultdict[str, float] = defaultdict(float)
        latin: defaultdict[str, float] = defaultdict(float)
        letters_of: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for (a, c), p in self._joint.items():
            kana[a] += p
            latin[c] += p
            letters_of[a][c] = p
        self._kana, self._latin, self._letters_of = dict(kana), dict(latin), dict(letters_of)
        self._likeliest = {
            a: max(of, key=lambda c: of[c] / len(c) ** 0.5)
            for a, of in letters_of.items()
            if len(morae(a)) == 1 and a not in ("ー", "ッ")
        }
        self._shared: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._kana_score = lru_cache(maxsize=1 << 17)(self._kana_kana)
        self._latin_score = lru_cache(maxsize=1 << 16)(self._kana_latin)
        self._last_near: tuple[AbstractSet[str], list[tuple[str, str]]] = (frozenset(), [])
        self._shares: dict[tuple[str, str], float] = {}
        self._rough = lru_cache(maxsize=1 << 16)(self._read_roughly)
        self._kana_steps = lru_cache(maxsize=1 << 14)(self._cut_kana)
        self._latin_steps = lru_cache(maxsize=1 << 14)(self._cut_latin)
        self._log_kana = lru_cache(maxsize=1 << 16)(self._chain_kana)
        self._log_latin = lru_cache(maxsize=1 << 16)(self._chain_latin)

    @classmethod
    def load(cls, path: Path) -> Sound:
        """The table in a file of ``katakana, letters, expected count`` lines."""
        counts = {}
        for line in path.read_text("utf8").splitlines():
            if not line.startswith("#"):
                kana, latin, count = line.split("\t")
                counts[kana, latin] = float(count)
        return cls(counts)

    def kana_kana(self, left: str, right: str) -> float:
        """How much likelier two katakana spellings are as one name than as two, in nats; `NEVER` where no chain joins them."""
        return self._kana_score(left, right) if left <= right else self._kana_score(right, left)

    def kana_latin(self, kana: str, latin: str) -> float:
        """How much likelier a katakana and a Latin spelling are as one name than as two, in nats."""
        return self._latin_score(kana, latin)

    def itself(self, kana: str) -> float:
        """How alike a katakana spelling is to itself, in nats: the most that another can be like it, long names more than short."""
        return self._kana_score(kana, kana)

    def nats(self, kana: str, other: str) -> float:
        """`kana_kana` or `kana_latin`, whichever ``other`` is."""
        return self.kana_kana(kana, other) if _is_kana(other) else self.kana_latin(kana, other)

    def share(self, one: str, other: str) -> float:
        """How alike two spellings sound, as a share of how alike the shorter is to itself.

        0 for two Latin ones, and for two that a sieve over rough readings refuses unheard.
        """
        pair = (one, other) if one <= other else (other, one)
        share = self._shares.get(pair)
        if share is None:
            if len(self._shares) > 1 << 19:
                self._shares.clear()
            share = self._shares[pair] = self._share_of(*pair)
        return share

    def near(self, surfaces: Sequence[str]) -> list[tuple[int, int]]:
        """The pairs (their places, the first before the second) that may sound alike at all, by their rough readings."""
        place = {surface: at for at, surface in enumerate(surfaces)}
        known, near = self._last_near
        if not place.keys() <= known:
            near = [(surfaces[one], surfaces[other]) for one, other in self._near(surfaces)]
            self._last_near = place.keys(), near
        # A document is read again after its changes, and then holds no spelling that it did not hold.
        pairs = ((place[one], place[other]) for one, other in near if one in place and other in place)
        return sorted((min(pair), max(pair)) for pair in pairs)

    def _near(self, surfaces: Sequence[str]) -> Iterable[tuple[int, int]]:
        read = [self._rough(surface) for surface in surfaces]
        if len(read) <= _MANY:
            return _near_among(read, range(len(read)))
        # A document with thousands of names is a list or a dump: there only names that begin alike are compared.
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, bones) in enumerate(read):
            groups[bones[:2]].append(place)
        return (pair for places in groups.values() for pair in _near_among(read, places))

    def _share_of(self, one: str, other: str) -> float:
        if not _is_kana(one):
            one, other = other, one
        (rough, bones), (rough_other, bones_other) = self._rough(one), self._rough(other)
        alike = Levenshtein.normalized_similarity(rough, rough_other)
        if not _is_kana(one) or alike < _LEAST_ALIKE:
            return 0.0
        if alike + Levenshtein.normalized_similarity(bones, bones_other) < _ALIKE_WITH_BONES:
            return 0.0
        if not _is_kana(other):
            return self._share_of_most(self.itself(one), one, other)
        share = self._share_of_most(min(self.itself(one), self.itself(other)), one, other)
        if _LARGE.isdisjoint(one) and _LARGE.isdisjoint(other):
            return share
        # アスビヨルンセン for アスビョルンセン: large for small is a slip of the hand, not of the ear.
        small, other_small = _SLIP.sub(_small, one), _SLIP.sub(_small, other)
        return max(share, self._share_of_most(min(self.itself(small), self.itself(other_small)), small, other_small))

    def _share_of_most(self, most: float, one: str, other: str) -> float:
        return max(0.0, self.nats(one, other) / most) if most > 0 else 0.0

    def _read_roughly(self, spelling: str) -> tuple[str, str]:
        rough = self.skeleton(spelling)
        return rough, _VOWEL.sub("", rough) + "$"

    def heard(self, spelling: str) -> list[tuple[str, list[tuple[str, float]]]]:
        """Each mora of a katakana spelling with the letters it is most often written for, and how often (0 to 1).

        >>> from soroe.lexicon import dictionaries
        >>> sound = Sound.load(dictionaries() / "sound.tsv")
        >>> [(mora, letters[0][0]) for mora, letters in sound.heard("マスク")]
        [('マ', 'ma'), ('ス', 's'), ('ク', 'k')]
        """
        found = []
        for mora in morae(spelling):
            of = self._letters_of.get(mora, {})
            total = sum(of.values())
            best = sorted(of, key=lambda letters: (-of[letters], letters))[:4]
            found.append((mora, [(letters, of[letters] / total) for letters in best]))
        return found

    def skeleton(self, spelling: str) -> str:
        """A rough Latin reading, for a first sieve: the likeliest letters of each mora, r for l, without ー and ッ.

        `kana_kana` and `kana_latin` are exact and dear; pairs whose skeletons have little in common never reach them.
        """
        if not _is_kana(spelling):
            return _rough(fold_latin(spelling).replace("th", "s"))
        return _rough("".join(self._likeliest.get(mora, "") for mora in morae(spelling)))

    def _kana_kana(self, left: str, right: str) -> float:
        x, y = self._kana_steps(left), self._kana_steps(right)
        shared = self._shared
        chart = [[0.0] * (len(y) + 1) for _ in range(len(x) + 1)]
        chart[0][0] = 1.0
        for i, left_steps in enumerate(x):
            row = chart[i]
            for after_i, a in left_steps:
                below = chart[after_i]
                shared_with_a = shared[a]
                for j, right_steps in enumerate(y):
                    here = row[j]
                    if here:
                        for after_j, b in right_steps:
                            q = shared_with_a.get(b)
                            if q is None:
                                q = self._through_latin(a, b)
                            if q:
                                below[after_j] += here * q
        both = chart[-1][-1]
        return log(both) - self._log_kana(left) - self._log_kana(right) if both else NEVER

    def _through_latin(self, a: str, b: str) -> float:
        """q(a, b), and a little for what the table never saw."""
        ours, theirs = self._letters_of.get(a, {}), self._letters_of.get(b, {})
        letters = ours.keys() & theirs.keys()
        # fsum: a set has no order of its own, and the sum must not depend on it.
        q = fsum([ours[c] * theirs[c] / self._latin[c] for c in letters]) if letters else 0.0
        if len(a) <= 2 and len(b) <= 2:  # unheard-of pairs go mora by mora
            q += _ESCAPE * (self._kana.get(a, _FLOOR) * self._kana.get(b, _FLOOR))
        self._shared[a][b] = self._shared[b][a] = q
        return q

    def _kana_latin(self, kana: str, latin: str) -> float:
        letters = fold_latin(latin)
        x, y = self._kana_steps(kana), self._latin_steps(letters)
        chart = [[0.0] * (len(y) + 1) for _ in range(len(x) + 1)]
        chart[0][0] = 1.0
        for i, kana_steps in enumerate(x):
            row = chart[i]
            for after_i, segment in kana_steps:
                letters_of = self._letters_of.get(segment, {})
                unseen = _ESCAPE * self._kana.get(segment, _FLOOR)
                below = chart[after_i]
                for j, steps in enumerate(y):
                    here = row[j]
                    if here:
                        for after_j, part, alone in steps:
                            p = letters_of.get(part, 0.0) + unseen * alone
                            if p:
                                below[after_j] += here * p
        both = chart[-1][-1]
        return log(both) - self._log_kana(kana) - self._log_latin(letters) if both else NEVER

    def _cut_kana(self, kana: str) -> list[list[tuple[int, str]]]:
        units = morae(kana)
        return [
            [(i + a, "".join(units[i : i + a])) for a in range(1, min(MAX_MORAE, len(units) - i) + 1)]
            for i in range(len(units))
        ]

    def _cut_latin(self, letters: str) -> list[list[tuple[int, str, float]]]:
        """The segments that begin at each letter, and how likely each is alone; a segment of three and more must be known."""
        return [
            [
                (j + b, letters[j : j + b], self._latin.get(letters[j : j + b], _FLOOR) if b <= 2 else 0.0)
                for b in range(1, min(MAX_LETTERS, len(letters) - j) + 1)
            ]
            for j in range(len(letters))
        ]

    def _chain_kana(self, kana: str) -> float:
        return _chain(morae(kana), self._kana, MAX_MORAE)

    def _chain_latin(self, letters: str) -> float:
        return _chain(list(letters), self._latin, MAX_LETTERS)


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


def _is_kana(spelling: str) -> bool:
    return "ァ" <= spelling[:1] <= "ー"


def _small(slip: regex.Match[str]) -> str:
    return chr(ord(slip[0]) - 1)


def _rough(letters: str) -> str:
    return _DOUBLED.sub(r"\1", letters.translate(_ROUGH)).replace("ts", "t")


def _chain(units: list[str], probability: dict[str, float], longest: int) -> float:
    """log p of a spelling alone, summed over all ways to cut it into segments."""
    sums = [1.0] + [0.0] * len(units)
    for i in range(len(units)):
        for a in range(1, min(longest, len(units) - i) + 1):
            sums[i + a] += sums[i] * probability.get("".join(units[i : i + a]), _FLOOR)
    return log(sums[-1])
