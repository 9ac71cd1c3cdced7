"""What a spelling looks like, and what the words beside it mean: learned weights, packed, never a list of names.

A spelling is told by its short runs of letters (アルトマン: ^アル, トマン, ン$): people, places, proper names and common words are
built of different ones. A word beside a name (長官, 演じる) is found by its checksum and brings the weights of its like.
"""

from __future__ import annotations

import struct
from array import array
from math import exp, log
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

CLASSES = ("person", "place", "proper", "word")
KINDS = ("person", "place", "organisation", "product")
# Where a word stands beside a name: 俳優アルトマン, アルトマン長官, アルトマンは政権を, アルトマンは…俳優だ, anywhere near; or in it, as
# all of it or as a part of it.
SLOTS = ("before", "after", "clause", "predicate", "around", "itself", "part")
LONGEST_RUN = 4
_LONGEST_WORD = 4

MAGIC = b"soroe kinds 2\n"
# Buckets of letter runs, words, rows of word weights; steps a nat for letters and for words.
HEADER = struct.Struct("<IIIff")
Weights = tuple[float, ...]
_CLASS_BYTES = struct.Struct(f"{len(CLASSES)}b").unpack_from
_KIND_BYTES = struct.Struct(f"{len(KINDS)}b").unpack_from


class Shape(NamedTuple):
    """The packed table ``kinds.bin``, as `dictionaries/train_kinds.py` writes it."""

    letters: bytes  # a row of signed bytes a bucket, one a class
    rows: dict[int, int]  # of words, by their checksums
    words: bytes  # a row of signed bytes, one a slot and kind
    buckets: int
    letter_step: float
    word_step: float

    @classmethod
    def load(cls, path: Path) -> Shape:
        """The table at a path; `ValueError` where it is none."""
        data = path.read_bytes()
        if not data.startswith(MAGIC):
            raise ValueError(f"{path} is no table of kinds: rebuild it with dictionaries/train_kinds.py")
        buckets, words, rows, letter_step, word_step = HEADER.unpack_from(data, len(MAGIC))
        at = len(MAGIC) + HEADER.size
        letters = data[at : (at := at + buckets * len(CLASSES))]
        checksums = array("I", data[at : (at := at + 4 * words)])
        numbers = array("H", data[at : (at := at + 2 * words)])
        weights = data[at : at + rows * len(SLOTS) * len(KINDS)]
        if struct.pack("=H", 1) != struct.pack("<H", 1):
            checksums.byteswap()
            numbers.byteswap()
        return cls(letters, dict(zip(checksums, numbers, strict=True)), weights, buckets, letter_step, word_step)

    def classes(self, spelling: str) -> Weights:
        """How likely (log) a spelling is a person's, a place's, another proper name, a common word.

        >>> from soroe.lexicon import dictionaries
        >>> shape = Shape.load(dictionaries() / "kinds.bin")
        >>> [max(zip(shape.classes(s), CLASSES))[1] for s in ("ヴェルデマン", "オルドビシア", "スマートケース")]
        ['person', 'place', 'word']
        """
        letters, buckets = self.letters, self.buckets
        found = [_CLASS_BYTES(letters, len(CLASSES) * (crc32(run) % buckets)) for run in letter_runs(spelling)]
        nats = [sum(scores) / self.letter_step for scores in zip(*found, strict=True)]
        total = max(nats)
        total += log(sum([exp(one - total) for one in nats]))
        return tuple([one - total for one in nats])

    def word(self, word: str) -> int:
        """The row of a word, or -1 where it is not known."""
        return self.rows.get(crc32(word.encode()), -1)

    def last_word(self, run: str) -> int:
        """The row of the longest known word that a run ends in: 長官 of 海軍長官."""
        starts = range(max(0, len(run) - _LONGEST_WORD) if run[0] > "ヿ" else 0, len(run))
        for start in starts:
            if (row := self.word(run[start:])) >= 0:
                return row
        return -1

    def weights(self, row: int, slot: int) -> Weights:
        """The weights (nats) of a word's row in a slot, one a kind."""
        at = (row * len(SLOTS) + slot) * len(KINDS)
        return tuple([weight / self.word_step for weight in _KIND_BYTES(self.words, at)])


def letter_runs(spelling: str) -> list[bytes]:
    """The runs of letters (UTF-8) that a spelling is told by, its ends marked; Latin letters in small ones.

    >>> [run.decode() for run in letter_runs("リー")]
    ['^', 'リ', 'ー', '$', '^リ', 'リー', 'ー$', '^リー', 'リー$', '^リー$', '#2']
    """
    letters = [letter.encode() for letter in f"^{spelling.lower()}$"]
    runs, longer = [*letters], letters
    for length in range(1, min(LONGEST_RUN, len(letters))):
        longer = [run + letter for run, letter in zip(longer, letters[length:], strict=False)]
        runs += longer
    runs.append(b"#%d" % min(len(spelling), 9))
    return runs
