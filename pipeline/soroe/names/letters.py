"""The units that spellings are made of: morae of katakana, bare Latin letters."""

from __future__ import annotations

import re
import unicodedata

# What \p{Han}, \p{InHiragana} and \p{InKatakana} are in `regex`, for `re`, which is twice as fast on short patterns.
HAN = r"\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
HIRAGANA, KATAKANA = r"\u3040-\u309f", r"\u30a0-\u30ff"
_MORA = re.compile(r".[ァィゥェォャュョヮ]?", re.DOTALL)
# What stands in Latin letters and is not heard: the second of two consonants, h behind a vowel or a voiced consonant.
_UNHEARD = re.compile(r"([b-df-hj-np-tv-z])\1+|(?<=[aeiouy])h(?![aeiouy])|(?<=[bdfgjklmnrvz])h")
# ou and eu as u, ae as e, oe as o.
_TWO_VOWELS = re.compile(r"[oe](u)|a(e)|(o)e")
_SLIP = re.compile(r"(?<=[キシチニヒミリギジビピ])[ヤユヨ]")
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "ng", "ħ": "h"}
)


def is_kana(spelling: str) -> bool:
    """Whether a spelling begins with katakana; a spelling is of one script."""
    return "ァ" <= spelling[:1] <= "ー"


def morae(kana: str) -> list[str]:
    """The morae of a katakana spelling; ー, ッ and ン are morae of their own.

    >>> morae("シュヴァルツマン")
    ['シュ', 'ヴァ', 'ル', 'ツ', 'マ', 'ン']
    """
    return _MORA.findall(kana)


def with_small(kana: str) -> str:
    """A spelling with small ャュョ where large ones stand for them: a slip of the hand, not of the ear.

    >>> with_small("アスビヨルンセン")
    'アスビョルンセン'
    """
    return _SLIP.sub(lambda slip: chr(ord(slip[0]) - 1), kana)


def fold_latin(name: str) -> str:
    """Latin letters without case and marks.

    >>> fold_latin("Łowmiański"), fold_latin("O'Neill")
    ('lowmianski', 'oneill')
    """
    bare = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in bare if letter.isalpha() and not unicodedata.combining(letter))


def heard_latin(letters: str) -> set[str]:
    """How folded Latin letters may be read besides: without those that are not heard, and two vowels as one.

    >>> sorted(heard_latin("tebboune")), heard_latin("altman")
    (['tebone', 'teboune', 'tebune'], set())
    """
    heard = _UNHEARD.sub(r"\1", letters)
    one_vowel = _TWO_VOWELS.sub(r"\1\2\3", heard)
    return {reading for reading in (heard, one_vowel, heard.replace("ou", "o")) if reading != letters}
