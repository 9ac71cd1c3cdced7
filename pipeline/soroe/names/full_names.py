"""Full names: units that stand as one (リード・ホフマン, Reid Hoffman), which is all that says something beyond its article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import regex

from soroe.names.entities import Entity
from soroe.names.mentions import Chain, Spelling
from soroe.names.sieve import read

_PART = {True: regex.compile(r"[\u30a1-\u30fa\u30fc]{2,}"), False: regex.compile(r"(?=.*\p{Ll})[\p{Latin}\p{M}'’]{2,}")}

Parts = tuple[str, ...]


def written(parts: Parts) -> str:
    """A full name in one string.

    >>> written(("サム", "アルトマン")), written(("Sam", "Altman"))
    ('サム・アルトマン', 'Sam Altman')
    """
    return ("・" if is_kana(parts[0]) else " ").join(parts)


def parts_of(name: str) -> Parts:
    """The parts of a full name that `written` made one string."""
    return tuple(name.split("・" if is_kana(name) else " "))


def is_kana(name: str) -> bool:
    """Whether a name, or a part of one, is in katakana."""
    return "ァ" <= name[:1] <= "ー"


def is_full(parts: Parts) -> bool:
    """Whether all parts are of one script and none is an initial or an acronym.

    >>> is_full(("サム", "アルトマン")), is_full(("ジョージ", "W", "ブッシュ"))
    (True, False)
    """
    part = _PART[is_kana(parts[0])]
    return len(parts) > 1 and all(part.fullmatch(one) for one in parts)


def blocks(parts: Parts) -> frozenset[str]:
    """Keys of which two names share one if all their parts have the same bones (see `Reading`), but for a consonant of one part.

    >>> sorted(blocks(("サム", "アルトマン")) & blocks(("サム", "オートマン")))
    ['sn tnn']
    """
    bones = [read(part).bones.removesuffix("$") for part in parts]
    keys = {" ".join(bones)}
    for place, consonants in enumerate(bones):
        for at in range(len(consonants)):
            fewer = consonants[:at] + consonants[at + 1 :]
            keys.add(" ".join((*bones[:place], fewer, *bones[place + 1 :])))
    return frozenset(keys)


class FullName(NamedTuple):
    """A full name of an article, its parts as the article's names are written, and where it stands."""

    parts: Parts
    chains: tuple[Chain, ...]


def full_names(spellings: Iterable[Spelling], spelt: Mapping[str, str]) -> list[FullName]:
    """The full names of an article, each part as ``spelt`` writes it."""
    found: dict[Parts, dict[tuple[int, int], Chain]] = {}
    for spelling in spellings:
        for at, unit in spelling.places:
            chain = unit[-1]
            if len(chain.surfaces) > 1:
                parts = tuple(spelt.get(surface, surface) for surface in chain.surfaces)
                found.setdefault(parts, {})[at, chain.start] = chain
    return [FullName(parts, tuple(chains.values())) for parts, chains in found.items()]


def spelt_by(entities: Iterable[Entity]) -> dict[str, str]:
    """For every spelling that is merged, or that stands beside its name as a gloss, how the article writes the name."""
    return {
        alias.surface: entity.canonical
        for entity in entities
        for alias in entity.aliases
        if alias.decision == "merged"
        or (alias.decision == "linked" and not any(reason.kind == "full name" for reason in alias.evidence))
    }
