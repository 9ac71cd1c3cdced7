"""Which ids of a dump came before, in a few bytes an article."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable

_FIRST = 1 << 12  # places of a new table; a power of two


class Digests:
    """A set of numbers of 64 bits that is at most two thirds full: 12 to 24 bytes for each, a fifth of what a set of Python takes.

    >>> met = Digests()
    >>> met.add(7), met.add(7), met.add(0), len(met)
    (True, False, True, 2)
    """

    def __init__(self) -> None:
        self._places = array("Q", bytes(8 * _FIRST))
        self._number = 0
        self._has_zero = False  # it marks the free places

    def __len__(self) -> int:
        return self._number + self._has_zero

    def add(self, digest: int) -> bool:
        """Puts it in, and tells whether it was not there."""
        if not digest:
            is_new, self._has_zero = not self._has_zero, True
            return is_new
        if not _put(self._places, digest):
            return False
        self._number += 1
        if 3 * self._number > 2 * len(self._places):
            larger = array("Q", bytes(16 * len(self._places)))
            for known in self._places:
                if known:
                    _put(larger, known)
            self._places = larger
        return True


def _put(places: array[int], digest: int) -> bool:
    last = len(places) - 1
    at = digest & last
    while there := places[at]:
        if there == digest:
            return False
        at = (at + 1) & last
    places[at] = digest
    return True


def unique_ids() -> Callable[[str | int], str | int]:
    """Tells an id that was not told before: the id itself, or with ``#2``, ``#3``… behind it.

    >>> unique = unique_ids()
    >>> [unique(id) for id in ("a", "a", 7, "7", "a")]
    ['a', 'a#2', 7, '7#2', 'a#3']

    Of each id eight bytes are kept, so that a run over ten million rows remembers them in 130 MB.
    """
    met = Digests()
    repeated: Counter[str | int] = Counter()

    def unique(id: str | int) -> str | int:
        told = id
        while not met.add(_digest(told)):
            repeated[id] += 1
            told = f"{id}#{repeated[id] + 1}"
        return told

    return unique


def _digest(id: str | int) -> int:
    data = str(id).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
