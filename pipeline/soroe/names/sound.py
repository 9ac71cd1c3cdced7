"""How alike two spellings sound, in nats: katakana against Latin letters, and katakana against katakana.

Three things are heard. The chain of segments that joins the two (`Channel`), through the Latin letters that both may be written
for. The places where they differ, sound by sound (`differences`): a consonant tells two names apart, a vowel seldom. And a second
channel, through Chinese: オトマン and アウトマン are far apart in Latin letters, and one in 奥特曼. `weight` puts the first two
together as log-odds, learned by logistic regression on spellings of one name and on different names that look alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log
from pathlib import Path

from soroe.names import REMEMBERED
from soroe.names.channel import NEVER, Channel
from soroe.names.difference import Difference, differences, sounds
from soroe.names.letters import fold_latin, heard_latin, is_kana, morae, with_small
from soroe.names.table import Table

MAX_MORAE = 2
MAX_LETTERS = 4
MAX_MORAE_OF_SYLLABLE = 3
# Two katakana spellings that weigh less at first hearing (nats) are not heard out: 7 in 1,000 of one name, 9 in 10 of two.
_HOPELESS = -3.0
# How alike two spellings are through Chinese, and what they lack of a spelling's likeness to itself, say equally much; so often
# are two names alike by chance. By logistic regression on spellings read off Chinese renderings (Wikidata) and on look-alikes.
_OF_CHINESE, _OF_CHANCE = 0.4, 0.8
# A Latin spelling that is read without its silent letters (Gehlot as Gelot) weighs so much less (nats).
_SILENT = 2.0

__all__ = ["NEVER", "Sound", "fold_latin", "morae"]


class Sound:
    """The learned table, ready to score."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.latin = Channel(table.letters, MAX_MORAE, MAX_LETTERS)
        self.chinese = Channel(table.syllables, MAX_MORAE_OF_SYLLABLE, 1)
        self.kana_kana = self.latin.kana_kana
        self._shares: dict[tuple[str, str], float] = {}
        self._weigh = lru_cache(maxsize=REMEMBERED)(self._weight)
        self._weigh_difference = lru_cache(maxsize=REMEMBERED)(self._weight_of_difference)

    @classmethod
    def load(cls, path: Path) -> Sound:
        """The model in a file that `train_sound.py` wrote; raises `TableError` for any other."""
        return cls(Table.load(path))

    def kana_latin(self, kana: str, latin: str) -> float:
        """How much likelier a katakana and a Latin spelling are as one name than as two, in nats."""
        return self.latin.kana_other(kana, fold_latin(latin))

    def itself(self, kana: str) -> float:
        """How alike a katakana spelling is to itself, in nats: the most that another can be like it, long names more than short."""
        return self.latin.itself(kana)

    def nats(self, kana: str, other: str) -> float:
        """`kana_kana` or `kana_latin`, whichever ``other`` is."""
        return self.kana_kana(kana, other) if is_kana(other) else self.kana_latin(kana, other)

    def weight(self, one: str, other: str) -> float:
        """What the sound of two spellings says for their being one name, in nats of log-odds; 0 for two Latin ones.

        0 says nothing: as likely among the spellings of one name as among pairs of names that the sieve lets through.

        >>> from soroe.lexicon import dictionaries
        >>> sound = Sound.load(dictionaries() / "sound.bin")
        >>> sound.weight("ヴェルデマン", "ベルデマン") > 3 > 0 > sound.weight("マスク", "タスク")
        True
        """
        return self._weigh(one, other) if one <= other else self._weigh(other, one)

    def kana_chinese(self, kana: str, syllables: Sequence[str]) -> float:
        """How much likelier a katakana spelling and the pinyin of a Chinese one are as one name than as two, in nats.

        >>> from soroe.lexicon import dictionaries
        >>> sound = Sound.load(dictionaries() / "sound.bin")
        >>> sound.kana_chinese("オトマン", ["ao", "te", "man"]) > 10 > sound.kana_chinese("マスク", ["ao", "te", "man"])
        True
        """
        return self.chinese.kana_other(kana, syllables) if syllables else NEVER

    def through_chinese(self, left: str, right: str) -> float:
        """How much likelier two katakana spellings are as readings of one Chinese rendering than as two names, in nats.

        It confuses what Chinese does (l and r, an and ang, n and ng), so ask only where the document gives reason: a text that was
        translated from Chinese.
        """
        return self.chinese.kana_kana(left, right)

    def weight_through_chinese(self, left: str, right: str) -> float:
        """What two katakana spellings' being readings of one Chinese rendering says for their being one name, as `weight` does.

        >>> from soroe.lexicon import dictionaries
        >>> sound = Sound.load(dictionaries() / "sound.bin")
        >>> sound.weight("アルトマン", "オトマン") < 0 < sound.weight_through_chinese("アルトマン", "オトマン")
        True
        """
        return _OF_CHINESE * (2 * self.through_chinese(left, right) - self._itself_in_chinese(left, right)) - _OF_CHANCE

    def most_through_chinese(self, left: str, right: str) -> float:
        """The most that `weight_through_chinese` could be of spellings as long as these two."""
        return _OF_CHINESE * self._itself_in_chinese(left, right) - _OF_CHANCE

    def _itself_in_chinese(self, left: str, right: str) -> float:
        return min(self.chinese.itself(left), self.chinese.itself(right))

    def share(self, one: str, other: str) -> float:
        """How alike two spellings sound, as a share of how alike the shorter is to itself.

        0 for two Latin ones.
        """
        pair = (one, other) if one <= other else (other, one)
        share = self._shares.get(pair)
        if share is None:
            if len(self._shares) > 10 * REMEMBERED:
                self._shares.clear()
            share = self._shares[pair] = self._share_of(*pair)
        return share

    def heard(self, spelling: str) -> list[tuple[str, list[tuple[str, float]]]]:
        """Each mora of a katakana spelling with the letters it is most often written for, and how often (0 to 1).

        >>> from soroe.lexicon import dictionaries
        >>> sound = Sound.load(dictionaries() / "sound.bin")
        >>> [(mora, letters[0][0]) for mora, letters in sound.heard("マスク")]
        [('マ', 'ma'), ('ス', 's'), ('ク', 'k')]
        """
        found = []
        for mora in morae(spelling):
            of = self.table.letters.of(mora)
            total = sum(of.values())
            best = sorted(of, key=lambda letters: (-of[letters], letters))[:4]
            found.append((mora, [(letters, of[letters] / total) for letters in best]))
        return found

    @staticmethod
    def first_traits(left: str, right: str) -> tuple[dict[str, float], Sequence[Difference]]:
        """What is heard in two katakana spellings at once: their differences, and numbers by name."""
        found, shared = differences(left, right)
        length, other = len(sounds(left)), len(sounds(right))
        numbers = {
            "shared sounds": float(shared),
            "log of shared sounds": log(1 + shared),
            "share of sounds": shared / max(length, other, 1),
            "short": 3 / max(1, min(length, other)),
        }
        return numbers, found

    def traits_of_kana(self, left: str, right: str) -> dict[str, float]:
        """What their segments say of two katakana spellings; `weight` weighs it with their first traits."""
        return {
            "nats": max(self.kana_kana(left, right), -10.0) / 10,
            "share": self._share_of_most(min(self.itself(left), self.itself(right)), left, right),
        }

    def traits_of_latin(self, kana: str, latin: str) -> dict[str, float]:
        """What is heard in a katakana and a Latin spelling, as numbers by name."""
        return {
            "nats": max(self.kana_latin(kana, latin), -10.0) / 10,
            "share": self._share_of_most(self.itself(kana), kana, latin),
            "worst segment": max(self.latin.worst(kana, fold_latin(latin)), -8.0),
            "short": 1 / max(1, len(morae(kana))),
        }

    def _weight_of_latin(self, kana: str, latin: str) -> float:
        weights = self.table.latin_weights
        nats = max(self.kana_latin(kana, latin), -10.0) / 10
        if nats <= -1.0:  # no chain of segments: its worst segment need not be looked for
            return weights.get("bias", 0.0) + nats * weights.get("nats", 0.0) - 8.0 * weights.get("worst segment", 0.0)
        return _sum(weights, self.traits_of_latin(kana, latin))

    def _weight(self, one: str, other: str) -> float:
        if not is_kana(one):
            one, other = other, one
        if not is_kana(one):
            return 0.0
        if not is_kana(other):
            readings = heard_latin(fold_latin(other))
            besides = [self._weight_of_latin(one, reading) - _SILENT for reading in readings]
            return max(self._weight_of_latin(one, other), *besides, NEVER)
        weight = self._weight_of_kana(one, other)
        small, other_small = with_small(one), with_small(other)
        return weight if (small, other_small) == (one, other) else max(weight, self._weight_of_kana(small, other_small))

    def _weight_of_kana(self, left: str, right: str) -> float:
        numbers, found = self.first_traits(left, right)
        heard = [self._weigh_difference(difference) for difference in found]
        first = _sum(self.table.first_weights, numbers) + sum(weight for weight, _ in heard)
        if first < _HOPELESS:
            return first
        numbers |= self.traits_of_kana(left, right)
        return _sum(self.table.kana_weights, numbers) + sum(weight for _, weight in heard)

    def _weight_of_difference(self, difference: Difference) -> tuple[float, float]:
        """What a difference weighs at first hearing, and in the end."""
        first, last = self.table.first_weights, self.table.kana_weights
        traits = difference.traits()
        return sum(first.get(trait, 0.0) for trait in traits), sum(last.get(trait, 0.0) for trait in traits)

    def _share_of(self, one: str, other: str) -> float:
        if not is_kana(one):
            one, other = other, one
        if not is_kana(one):
            return 0.0
        if not is_kana(other):
            return self._share_of_most(self.itself(one), one, other)
        share = self._share_of_most(min(self.itself(one), self.itself(other)), one, other)
        small, other_small = with_small(one), with_small(other)
        if (small, other_small) == (one, other):
            return share
        return max(share, self._share_of_most(min(self.itself(small), self.itself(other_small)), small, other_small))

    def _share_of_most(self, most: float, one: str, other: str) -> float:
        return max(0.0, self.nats(one, other) / most) if most > 0 else 0.0


def _sum(weights: Mapping[str, float], numbers: Mapping[str, float]) -> float:
    return weights.get("bias", 0.0) + sum(weights.get(name, 0.0) * number for name, number in numbers.items())
