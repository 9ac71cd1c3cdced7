"""Full names: units that stand as one (リード・ホフマン, Reid Hoffman), which is all that says something beyond its article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import regex

from soroe.names.entities import Entity
from soroe.names.mentions import Chain, Spelling
from soroe.names.sound import Sound

_VOWEL = regex.compile(r"[aiueo]")
_PART = {True: regex.compile(r"[\u30a1-\u30fa\u30fc]{2,}"), False: regex.compile(r"(?=.*\p{Ll})[\p{Latin}\p{M}'’]{2,}")}

Parts = tuple[str, ...]
Bones = Callable[[str], str]


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


def bones_of(sound: Sound) -> Bones:
    """Tells the consonants of a part's rough reading: サム, Sam and サーム are sm."""
    known: dict[str, str] = {}

    def bones(part: str) -> str:
        found = known.get(part)
        if found is None:
            if len(known) > 200_000:
                known.clear()
            found = known[part] = _VOWEL.sub("", sound.skeleton(part))
        return found

    return bones


def blocks(parts: Parts, bones: Bones) -> frozenset[str]:
    """Keys of which two names share one if all their parts have the same bones, but for a consonant of one part.

    >>> from soroe.lexicon import dictionaries
    >>> bones = bones_of(Sound.load(dictionaries() / "sound.tsv"))
    >>> sorted(blocks(("サム", "アルトマン"), bones) & blocks(("サム", "オートマン"), bones))
    ['sm tmn']
    """
    read = [bones(part) for part in parts]
    keys = {" ".join(read)}
    for place, consonants in enumerate(read):
        for at in range(len(consonants)):
            fewer = consonants[:at] + consonants[at + 1 :]
            keys.add(" ".join((*read[:place], fewer, *read[place + 1 :])))
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
