"""The learned table of the sound model, as one packed file that is read without parsing.

`sound.bin`: the letters ``soroesnd``, then version, crc32 of the rest and number of sections (``<HII``). A section is its
name (8 bytes), the number of lines and bytes of its text and the numbers of its integers and its floats (``<IIII``); then the
text (UTF-8, a line feed after each line), the integers (``<I``) and the floats (``<f``). `train_sound.py --dump` shows it all.
"""

from __future__ import annotations

import struct
import sys
from array import array
from binascii import crc32
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from soroe.lexicon import DictionaryError

MAGIC = b"soroesnd"
VERSION = 2
_HEAD = struct.Struct("<8sHII")
_SECTION = struct.Struct("<8sIIII")


class TableError(DictionaryError):
    """A sound table that cannot be used; the message names the file and says what was expected."""


class Segments:
    """Segments of katakana, what each stands for (letters, or syllables of pinyin), and how often that was seen."""

    def __init__(
        self, kana: list[str], others: list[str], starts: array[int], which: array[int], counts: array[float]
    ) -> None:
        self._places = {segment: place for place, segment in enumerate(kana)}
        self._others, self._starts, self._which, self._counts = others, starts, which, counts
        self._total = total = sum(counts) or 1.0
        self.kana = {a: sum(counts[starts[i] : starts[i + 1]]) / total for a, i in self._places.items()}
        seen = [0.0] * len(others)
        for place, count in zip(which, counts, strict=True):
            seen[place] += count
        self.other = {other: count / total for other, count in zip(others, seen, strict=True)}
        self._of: dict[str, dict[str, float]] = {}
        self._written: dict[str, list[tuple[str, float]]] = {}

    @classmethod
    def counted(cls, counts: Mapping[tuple[str, str], float]) -> Segments:
        """The segments of expected counts, by katakana and what it stands for."""
        pairs = sorted(counts)
        kana, others = sorted({a for a, _ in pairs}), sorted({c for _, c in pairs})
        place = {other: i for i, other in enumerate(others)}
        of = dict.fromkeys(kana, 0)
        for a, _ in pairs:
            of[a] += 1
        starts = array("I", [0])
        for a in kana:
            starts.append(starts[-1] + of[a])
        return cls(
            kana, others, starts, array("I", (place[c] for _, c in pairs)), array("f", (counts[pair] for pair in pairs))
        )

    def of(self, kana: str) -> dict[str, float]:
        """What a segment of katakana stands for, and how likely the two are together; empty for an unknown one."""
        of = self._of.get(kana)
        if of is None:
            at = self._places.get(kana)
            if at is None:  # not kept: a dump has no end of them
                return {}
            here = slice(self._starts[at], self._starts[at + 1])
            pairs = zip(self._which[here], self._counts[here], strict=True)
            of = self._of[kana] = {self._others[place]: count / self._total for place, count in pairs}
        return of

    def written(self, other: str) -> list[tuple[str, float]]:
        """The segments of katakana that stand for it, and how likely the two are together; `LookupError` for an unknown one.

        >>> Segments.counted({("アル", "al"): 2, ("オー", "al"): 1, ("オー", "o"): 1}).written("al")
        [('アル', 0.5), ('オー', 0.25)]
        """
        if not self._written:
            self._written = {other: [] for other in self._others}
            stand_for = list(self._written.values())
            for kana, place in self._places.items():
                for at in range(self._starts[place], self._starts[place + 1]):
                    stand_for[self._which[at]].append((kana, self._counts[at] / self._total))
        return self._written[other]

    def rows(self) -> Iterator[tuple[str, str, float]]:
        """Every segment, what it stands for and its count."""
        for kana in self._places:
            for other, p in self.of(kana).items():
                yield kana, other, p * self._total

    def packed(self) -> tuple[list[str], array[int], array[float]]:
        """The lines, integers and floats of a section."""
        ints = array("I", [len(self._places), len(self._others), *self._starts, *self._which])
        return [*self._places, *self._others], ints, self._counts

    @classmethod
    def unpacked(cls, lines: list[str], ints: array[int], floats: array[float]) -> Segments:
        """The segments of a section."""
        kana, others = ints[0], ints[1]
        starts, which = ints[2 : kana + 3], ints[kana + 3 :]
        if kana + others != len(lines) or not len(which) == len(floats) == starts[-1]:
            raise ValueError("its numbers do not fit together")
        return cls(lines[:kana], lines[kana:], starts, which, floats)


class Table(NamedTuple):
    """All that was learned: segments of letters and of pinyin, and the weights (nats) of what is heard in a pair."""

    letters: Segments
    syllables: Segments
    kana_weights: dict[str, float]
    latin_weights: dict[str, float]
    first_weights: dict[str, float]  # of what is heard in two katakana spellings at once, without their segments

    @classmethod
    def load(cls, path: Path) -> Table:
        """The table in a file. Raises `TableError` for one that is no sound table, is of another version or is damaged."""
        data = path.read_bytes()
        again = f"build it again with dictionaries/train_sound.py, or install soroe again ({path})"
        if len(data) < _HEAD.size or data[:8] != MAGIC:
            raise TableError(f"this is no sound table: it does not begin with {MAGIC.decode()}: {again}")
        _, version, checksum, sections = _HEAD.unpack_from(data)
        if version != VERSION:
            raise TableError(f"this sound table is of version {version}, expected {VERSION}: {again}")
        if crc32(data[_HEAD.size :]) != checksum:
            raise TableError(f"this sound table is damaged: its checksum does not fit: {again}")
        try:
            found = dict(_sections(data, sections))
            return cls(
                Segments.unpacked(*found["letters"]),
                Segments.unpacked(*found["pinyin"]),
                dict(zip(found["kana"][0], found["kana"][2], strict=True)),
                dict(zip(found["latin"][0], found["latin"][2], strict=True)),
                dict(zip(found["first"][0], found["first"][2], strict=True)),
            )
        except (LookupError, ValueError, struct.error) as error:
            raise TableError(f"this sound table cannot be read, {error}: {again}") from error

    def save(self, path: Path) -> None:
        """Write the table; the same table gives the same bytes."""
        body = b""
        sections = [("letters", *self.letters.packed()), ("pinyin", *self.syllables.packed())]
        for name, weights in (
            ("kana", self.kana_weights),
            ("latin", self.latin_weights),
            ("first", self.first_weights),
        ):
            names = sorted(weights)
            sections.append((name, names, array("I"), array("f", (weights[trait] for trait in names))))
        for name, lines, ints, floats in sections:
            text = "".join(f"{line}\n" for line in lines).encode()
            body += _SECTION.pack(name.encode(), len(lines), len(text), len(ints), len(floats)) + text
            body += _little(ints).tobytes() + _little(floats).tobytes()
        path.write_bytes(_HEAD.pack(MAGIC, VERSION, crc32(body), len(sections)) + body)

    def dump(self) -> Iterator[str]:
        """The table as lines of tab-separated text, for a person."""
        for name, segments in (("letters", self.letters), ("pinyin", self.syllables)):
            yield from (f"{name}\t{kana}\t{other}\t{count:.2f}" for kana, other, count in segments.rows())
        for name, weights in (
            ("kana weight", self.kana_weights),
            ("latin weight", self.latin_weights),
            ("first weight", self.first_weights),
        ):
            yield from (f"{name}\t{trait}\t{weight:+.3f}" for trait, weight in sorted(weights.items()))


def _sections(data: bytes, number: int) -> Iterator[tuple[str, tuple[list[str], array[int], array[float]]]]:
    at = _HEAD.size
    for _ in range(number):
        name, lines, size, ints, floats = _SECTION.unpack_from(data, at)
        at += _SECTION.size
        text = data[at : at + size].decode().split("\n")[:-1]
        at += size
        integers, decimals = array("I"), array("f")
        integers.frombytes(data[at : at + 4 * ints])
        at += 4 * ints
        decimals.frombytes(data[at : at + 4 * floats])
        at += 4 * floats
        if len(text) != lines:
            raise ValueError(f"{len(text)} lines where {lines} were promised")
        yield name.rstrip(b"\0").decode(), (text, _little(integers), _little(decimals))


def _little(numbers: array[int] | array[float]) -> array:  # type: ignore[type-arg]
    """The numbers in the order of bytes of the file, whatever that of the machine."""
    if sys.byteorder == "little":
        return numbers
    swapped = array(numbers.typecode, numbers)  # pragma: no cover
    swapped.byteswap()
    return swapped
