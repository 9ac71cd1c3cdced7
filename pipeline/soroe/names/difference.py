"""Where two katakana spellings differ, sound by sound: what look-alikes and variants differ in is not the same.

Two spellings of one name differ in vowels, length, ッ, ヴ and バ (アルトマン, オートマン); two names that look alike differ in a
consonant, often the first (マスク, タスク). Each difference is named by traits, and `train_sound.py` learned what each weighs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from soroe.names import REMEMBERED

# A letter a sound, and capitals for what one consonant row holds beside its own: シ S, ジ J, チ C, ツ T; ン N, ッ q, ー -.
_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サ スセソ", "z": "ザ ズゼゾ", "t": "タ  テト", "d": "ダ  デド",
    "n": "ナニヌネノ", "h": "ハヒ ヘホ", "f": "  フ  ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ", "y": "ヤ ユ ヨ",
    "r": "ラリルレロ", "w": "ワヰ ヱヲ", "v": "ヷヸヴヹヺ", "S": " シ   ", "J": " ジ   ", "C": " チ   ", "T": "  ツ  ",
}  # fmt: skip
_SOUNDS = {kana: c + v for c, row in _ROWS.items() for kana, v in zip(row, "aiueo", strict=True) if kana != " "}
_SOUNDS |= {"ー": "-", "ッ": "q", "ン": "N", "ヂ": "Ji", "ヅ": "zu", "ヵ": "ka", "ヶ": "ke"}
_SMALL = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo", "ヮ": "wa"}
_VOWELS = frozenset("aiueo")
_CONSONANTS = frozenset("kgsztdnhfbpmyrwvSJCT")
_PALATAL = frozenset("SJC")


@lru_cache(maxsize=REMEMBERED)
def sounds(kana: str) -> str:
    """A katakana spelling as one letter a sound.

    >>> sounds("シュヴァルツマン"), sounds("フィッツジェラルド"), sounds("ウィリアム")
    ('SuvaruTumaN', 'fiqTuJerarudo', 'wiriamu')
    """
    heard = ""
    for letter in kana:
        small = _SMALL.get(letter)
        if small is None:
            heard += _SOUNDS.get(letter, "?")
            continue
        consonant, vowel = heard[-2:-1], heard[-1:]
        if consonant not in _CONSONANTS:
            consonant = ""
        if not consonant and vowel in ("u", "i") and small[0] in _VOWELS:  # ウィ, イェ
            heard = heard[:-1] + ("w" if vowel == "u" else "y") + small
        elif not consonant or vowel == "a":
            heard += small
        elif consonant in _PALATAL:  # シャ, チェ
            heard = heard[:-1] + small[-1]
        elif vowel == "i" and small == "e":  # ニェ
            heard = heard[:-1] + "ye"
        elif vowel in ("u", "e", "o") and small[0] in _VOWELS and consonant in "kg":  # クァ
            heard = heard[:-1] + "w" + small
        else:  # キャ, ファ, ティ, トゥ
            heard = heard[:-1] + small
    return heard


class Difference(NamedTuple):
    """Two sounds, or a sound and nothing, that stand in one place of two spellings; the lesser letter first."""

    one: str
    other: str
    place: str  # first, within or last
    before: str
    after: str

    def traits(self) -> tuple[str, ...]:
        """The names that this difference is weighed under, from the general to the particular.

        >>> Difference("", "-", "within", "a", "k").traits()
        ('differs', 'length', 'within length', '->', 'a ->', '-> k')
        """
        sort = _sort(self.one, self.other)
        pair = f"{self.other}>{self.one}"
        traits = ("differs", sort, f"{self.place} {sort}", pair)
        # what stands beside tells "er" as アー or エル, and a breath from a consonant that is another
        return (*traits, f"{self.before} {pair}", f"{pair} {self.after}") if "consonant" not in sort else traits


def _sort(one: str, other: str) -> str:
    kinds = {kind(letter) for letter in (one, other) if letter}
    sort = " and ".join(sorted(kinds))
    return f"{sort} for another" if one and len(kinds) == 1 else sort


def kind(letter: str) -> str:
    """What a sound is: a vowel, a consonant, length (ー), ッ or ン."""
    return _KINDS.get(letter, "unknown")


_KINDS = dict.fromkeys(_VOWELS, "vowel") | dict.fromkeys(_CONSONANTS, "consonant")
_KINDS |= {"-": "length", "q": "stop", "N": "nasal"}


def _cost(one: str, other: str) -> float:
    """What it costs to put two sounds in one place; so much dearer than leaving both out that vowels never meet consonants."""
    kinds = {kind(one), kind(other)}
    if kinds <= {"vowel", "length"}:
        return 0.6 if len(kinds) == 1 else 0.8
    return 1.0 if kinds == {"consonant"} else 1.9


_LETTERS = [*sorted(_KINDS), "?"]
_SWAP = {a: {b: 0.0 if a == b else _cost(a, b) for b in _LETTERS} for a in _LETTERS}
_DROP = {a: {"length": 0.4, "stop": 0.4, "vowel": 0.7}.get(kind(a), 1.0) for a in _LETTERS}


def differences(left: str, right: str) -> tuple[list[Difference], int]:
    """Where the sounds of two spellings differ in their cheapest alignment, and how many sounds they share.

    >>> differences("マスク", "タスク")
    ([Difference(one='m', other='t', place='first', before='^', after='a')], 5)
    """
    x, y = sounds(left), sounds(right)
    if (len(x), x) > (len(y), y):
        x, y = y, x
    start, end = 0, 0
    least = min(len(x), len(y))
    while start < least and x[start] == y[start]:
        start += 1
    while end < least - start and x[len(x) - 1 - end] == y[len(y) - 1 - end]:
        end += 1
    found = []
    shared = start + end
    for a, b, i, j in _aligned(x[start : len(x) - end], y[start : len(y) - end]):
        if a == b:
            shared += 1
            continue
        i, j = start + i, start + j
        after = x[i + len(a) : i + len(a) + 1] or "$"
        place = "first" if i == j == 0 else "last" if i + len(a) == len(x) and j + len(b) == len(y) else "within"
        found.append(Difference(min(a, b), max(a, b), place, x[i - 1] if i else "^", after))
    return found, shared


def _aligned(x: str, y: str) -> Iterator[tuple[str, str, int, int]]:
    """The steps of the cheapest alignment, from the last to the first."""
    swaps = [_SWAP[a] for a in x]
    drops_x, drops_y = [_DROP[a] for a in x], [_DROP[b] for b in y]
    row = [0.0]
    for drop in drops_y:
        row.append(row[-1] + drop)
    chart = [row]
    for swap, drop in zip(swaps, drops_x, strict=True):
        last = row[0] + drop
        below = [last]
        for j, b in enumerate(y):
            best = row[j] + swap[b]
            if (other := row[j + 1] + drop) < best:
                best = other
            if (other := last + drops_y[j]) < best:
                best = other
            below.append(best)
            last = best
        chart.append(below)
        row = below
    i, j = len(x), len(y)
    while i or j:
        here = chart[i][j]
        if i and j and here >= chart[i - 1][j - 1] + swaps[i - 1][y[j - 1]]:
            i, j = i - 1, j - 1
            yield x[i], y[j], i, j
        elif i and here >= chart[i - 1][j] + drops_x[i - 1]:
            i -= 1
            yield x[i], "", i, j
        else:
            j -= 1
            yield "", y[j], i, j
