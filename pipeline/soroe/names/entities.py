"""What the name stage says: mentions, evidence, aliases, entities."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from soroe.lexicon import Kind
from soroe.text import Span

Decision = Literal["canonical", "merged", "suggested", "linked"]
# Which of a name's spellings the others become, where the user's dictionary does not say.
Canonical = Literal["attested", "frequent", "first", "latin"]
CANONICALS: tuple[Canonical, ...] = get_args(Canonical)
# Of whom the spellings in Latin letters and in katakana are made one: people and places, brands and works as well, or no one.
UnifyScripts = Literal["people", "all", "none"]
UNIFY_SCRIPTS: tuple[UnifyScripts, ...] = get_args(UnifyScripts)


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
