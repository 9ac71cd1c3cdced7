"""What the name stage says: mentions, evidence, aliases, entities."""

from __future__ import annotations

from typing import Literal, NamedTuple

from soroe.lexicon import Kind
from soroe.text import Span

Decision = Literal["canonical", "merged", "suggested", "linked"]


class Mention(NamedTuple):
    """One occurrence of a name, and what around it says that it is one (氏, a full name's ・, a tokenizer's tag)."""

    span: Span
    surface: str
    cues: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """One reason for (positive weight) or against (negative) two spellings being one name; weights are nats and add up."""

    kind: str
    why: str
    weight: float


class Alias(NamedTuple):
    """One spelling of an entity: where it stands, what was decided, and why."""

    surface: str
    mentions: tuple[Mention, ...]
    decision: Decision
    score: float
    evidence: tuple[Evidence, ...] = ()


class Entity(NamedTuple):
    """A name and its spellings; the alias with the decision ``canonical`` comes first."""

    canonical: str
    kind: Kind
    aliases: tuple[Alias, ...]
