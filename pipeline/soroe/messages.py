"""What messages have in common."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """What the user may have meant, as the end of a message.

    >>> nearest("rnu", ["run", "lint"])
    '; did you mean run?'
    """
    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""
