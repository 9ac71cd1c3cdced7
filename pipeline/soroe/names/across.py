"""How an article writes the names that the articles of its dump write in several ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from soroe.names.entities import Alias, Decision, Entity, Evidence
from soroe.names.full_names import Parts, full_names, spelt_by
from soroe.names.mentions import Spelling

# What a corpus says is sure, or it is not said (nats).
SURE = 8.0


class Judged(NamedTuple):
    """A full name that is another's spelling, or may be, with the sentences that say why."""

    name: str
    canonical: str
    decision: Decision
    articles: int
    canonical_articles: int
    why: tuple[str, ...]


class Across(NamedTuple):
    """How a dump writes its full names: those that it writes otherwise than they stand, and why."""

    names: dict[Parts, tuple[Parts, str]]
    rewritten: frozenset[str]  # the parts that change
    judged: tuple[Judged, ...] = ()
    articles: int = 0
    full_names: int = 0


def written_across(entities: Iterable[Entity], spellings: Iterable[Spelling], across: Across) -> list[Entity]:
    """The names of an article, each written as the dump writes the full name that it is a part of.

    A full name is rewritten as a whole or left: where another full name that shares a part is written otherwise, where the user's
    dictionary has spoken, and where the new spelling is that of another name of the article, or would be.
    """
    entities = list(entities)
    if across.rewritten.isdisjoint(entity.canonical for entity in entities):
        return entities
    spelt = spelt_by(entities)
    targets: defaultdict[str, dict[str, str]] = defaultdict(dict)
    bound: list[set[str]] = []  # the parts of one full name that change together
    for name in full_names(spellings, spelt):
        parts, why = across.names.get(name.parts, (name.parts, ""))
        for part, new in zip(name.parts, parts, strict=True):
            targets[part].setdefault(new, why)
        bound.append({part for part, new in zip(name.parts, parts, strict=True) if part != new})
    here = {spelling.surface for spelling in spellings}
    told = {e.canonical for e in entities for a in e.aliases for reason in a.evidence if reason.kind == "dictionary"}
    chosen: dict[str, tuple[str, str]] = {}
    for part in {entity.canonical for entity in entities} - told:
        (new, why), *others = (targets.get(part) or {part: ""}).items()
        is_taken = new in here and spelt.get(new, new) != part
        if new != part and not (others or is_taken):
            chosen[part] = new, why
    taken = Counter(new for new, _ in chosen.values())
    left = {part for part in targets if part not in chosen or taken[chosen[part][0]] > 1}
    while more := {part for parts in bound if not left.isdisjoint(parts) for part in parts} - left:
        left |= more
    return [
        _written(entity, *chosen[entity.canonical])
        if entity.canonical in chosen and entity.canonical not in left
        else entity
        for entity in entities
    ]


def _written(entity: Entity, new: str, why: str) -> Entity:
    told = Evidence("corpus", why, SURE)
    aliases = {new: Alias(new, (), "canonical", 0.0)}
    for alias in entity.aliases:
        if alias.surface == new:
            aliases[new] = alias._replace(decision="canonical", score=0.0, evidence=())
        elif alias.decision == "canonical":
            is_gloss = all("gloss" in mention.cues for mention in alias.mentions)
            decision: Decision = "linked" if is_gloss else "merged"
            aliases[alias.surface] = alias._replace(decision=decision, score=SURE, evidence=(told,))
        elif alias.decision == "merged":
            aliases[alias.surface] = alias._replace(evidence=(*alias.evidence, told))
        else:
            aliases[alias.surface] = alias
    return entity._replace(canonical=new, aliases=tuple(aliases.values()))
