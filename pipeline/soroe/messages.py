"""What messages have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """What the user may have meant, as the end of a message.

    >>> nearest("rnu", ["run", "lint"])
    '; did you mean run?'
    """
    import difflib  # 3 ms, which only a mistake has to pay

    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""


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
