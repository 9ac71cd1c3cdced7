"""What messages have in common: the languages they are told in, and what the user may have meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

Lang = Literal["en", "ja"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_JAPANESE = re.compile(r"ja(?![a-z])", re.IGNORECASE)  # jam is Jamaica's


class Said(str):
    """A sentence in English, with the same in Japanese beside it.

    >>> why = Said("a space before 氏", "「氏」の前の空白")
    >>> why, why.ja
    ('a space before 氏', '「氏」の前の空白')

    Whoever reads it as a string reads English. What is made of it (joined, cut, formatted) is English alone: give both again.
    """

    __slots__ = ("ja",)
    ja: str

    def __new__(cls, en: str, ja: str) -> Said:
        said = super().__new__(cls, en)
        said.ja = ja
        return said

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (str(self), self.ja)


def ja(text: str) -> str:
    """The Japanese of what is said, to be a part of another sentence; of any other text the text itself.

    >>> ja(Said("both sound like Altman", "どちらも「Altman」に似た音")), ja("アルトマン")
    ('どちらも「Altman」に似た音', 'アルトマン')
    """
    return text.ja if isinstance(text, Said) else text


def told(text: str, lang: Lang) -> str:
    """What is said, in a language."""
    return ja(text) if lang == "ja" else text


def sentences(said: Iterable[str]) -> Said:
    """Several sentences as one.

    >>> both = sentences([Said("it is rare", "まれである"), Said("it is short", "短い")])
    >>> both, both.ja
    ('it is rare; it is short', 'まれである。短い')
    """
    said = list(said)
    return Said("; ".join(said), "。".join(map(ja, said)))


def lang_of(locale: str) -> Lang:
    """The language for a locale, as an environment or an editor names it: Japanese for Japanese ones, else English.

    >>> [lang_of(locale) for locale in ("ja_JP.UTF-8", "ja", "de_DE.UTF-8", "C", "")]
    ['ja', 'ja', 'en', 'en', 'en']
    """
    return "ja" if _JAPANESE.match(locale) else "en"


def locale_of(environment: Mapping[str, str]) -> str:
    """The locale that an environment sets for messages; "" where it sets none.

    >>> locale_of({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}), locale_of({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"})
    ('ja_JP.UTF-8', 'C')
    """
    return next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")


def nearest(word: str, known: Iterable[str]) -> Said:
    """What the user may have meant, as the end of a message.

    >>> nearest("rnu", ["run", "lint"])
    '; did you mean run?'
    """
    import difflib  # 3 ms, which only a mistake has to pay

    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return Said(f"; did you mean {found[0]}?", f"。{found[0]} の誤り？") if found else Said("", "")


def visible(text: str, spaces: bool = False) -> str:
    """The text with what the eye cannot see named.

    >>> visible("マスク\\u200b氏\\n"), visible("Musk 氏", spaces=True)
    ('マスク[U+200B]氏⏎', 'Musk␣氏')
    """
    if not spaces and text.isprintable():
        return text
    return "".join(_seen(letter, spaces) for letter in text)


def _seen(letter: str, spaces: bool) -> str:
    if letter == "\n":
        return "⏎"
    if letter in " \u3000":
        return {" ": "␣", "\u3000": "□"}[letter] if spaces else letter
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"):
        return f"[U+{ord(letter):04X}]"
    return letter
