"""Which spellings of a document are one name: weigh the pairs, gather them around a centre, choose how to write it.

A spelling joins a centre by its own evidence, never by a chain of others; `apart.tsv` and evidence of two people keep it out.
Three things can come of a spelling: it is merged (rewritten), suggested (a person should look), or linked (the same bearer by
another name, never rewritten).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import regex

from soroe.lexicon import Kind, Lexicon, Name, dictionaries
from soroe.names.across import Across, written_across
from soroe.names.entities import Alias, Decision, Entity, Evidence, Mention
from soroe.names.evidence import MERGE, SUGGEST, Pair, Seen, seen, weigh, with_others, worth_weighing
from soroe.names.full_names import bones_of
from soroe.names.mentions import Finder, Spelling
from soroe.names.sound import Sound
from soroe.names.survey import Count, Fact, facts_of, head_of, read_survey
from soroe.names.unify import resolved
from soroe.text import Span
from soroe.tokens import TokenizerName, open_tokenizer

# A member this sure to be another name keeps the newcomer out, whatever the centre says.
_KEEPS_OUT = -6.0
_NEVER = -99.0
_REMEMBERED = 1_000  # pairs of spellings, with what is seen of them

Judgement = tuple[float, tuple[Evidence, ...]]
# What was weighed of each spelling, by the other.
Weighed = Mapping[str, Mapping[str, Judgement]]


class Names:
    """The name stage, loaded once; `resolve` reads one document's text."""

    def __init__(self, lexicon: Lexicon, tokenizer: TokenizerName = "fugashi") -> None:
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self.across: Across | None = None
        self._last: tuple[str | None, list[Entity], list[Spelling]] = (None, [], [])  # a survey asks for it again
        self._finder = Finder(lexicon, open_tokenizer(tokenizer))
        self.sound = Sound.load(dictionaries() / "sound.tsv")
        self._seen: dict[tuple[object, ...], Seen] = {}
        self._bones = bones_of(self.sound)
        self._told = _told_pattern(lexicon.names)

    def resolve(self, text: str, *, every: bool = False) -> tuple[Entity, ...]:
        """The names of a text that have more than one spelling (``every``: all names), in order of first mention.

        >>> from soroe.lexicon import Lexicon
        >>> text = "アルトマン氏は語った。アルトマン氏はまた、こう述べた。その後、オートマン氏は去った。"
        >>> [(alias.surface, alias.decision) for alias in Names(Lexicon.load()).resolve(text)[0].aliases]
        [('アルトマン', 'canonical'), ('オートマン', 'merged')]
        """
        entities, spellings = self._resolved(text, every)
        self._last = text, entities, spellings
        if self.across:
            entities = written_across(entities, spellings, self.across)
        return tuple(sorted((e for e in entities if every or len(e.aliases) > 1), key=_first))

    def survey(self, text: str) -> dict[Fact, Count]:
        """What a text says of its full names, for a survey.

        >>> from soroe.lexicon import Lexicon
        >>> facts = Names(Lexicon.load()).survey("サム・アルトマン氏は語った。アルトマン氏は去った。")
        >>> [tuple(fact) for fact in sorted(facts)]
        [('all', '-', '-'), ('full', 'サム・アルトマン', 'person')]
        """
        entities, spellings = self._last[1:] if self._last[0] == text else self._resolved(text, False)
        return facts_of(spellings, entities, self._bones)

    @property
    def head(self) -> str:
        """What a survey begins with that was made with these dictionaries and this tokenizer."""
        return head_of(self._lexicon, self._tokenizer)

    def across_by(self, survey: Path) -> Across:
        """How a dump writes its full names, by its survey.

        Raises `SurveyError` where the survey does not fit this soroe and its dictionaries, `OSError` where it cannot be read.
        """
        facts = partial(read_survey, survey, self.head)
        return resolved(facts, self._lexicon, self.sound, self._finder.known, self._bones)

    def _resolved(self, text: str, every: bool) -> tuple[list[Entity], list[Spelling]]:
        told = list(self._told_entities(text))
        taken = {mention.span for entity in told for alias in entity.aliases for mention in alias.mentions}
        spellings = self._finder.spellings(text)
        free = [s for s in spellings if taken.isdisjoint(unit.span for unit in s.units)] if taken else spellings
        weighed = self._weighed(text, free)
        firsts = _first_names(spellings)
        # A spelling that sounds like no other and has no first name has nothing to say, unless every name is asked for.
        rewritten = self.across.rewritten if self.across else frozenset()
        clusters = _clusters(
            [s for s in free if every or s.surface in weighed or s.surface in firsts or s.surface in rewritten], weighed
        )
        if not every:
            clusters = [
                c
                for c in clusters
                if c.merged or c.suggested or c.centre.surface in firsts or c.centre.surface in rewritten
            ]
        return [*told, *(_linked(_entity(cluster, weighed), firsts) for cluster in clusters)], spellings

    def _weighed(self, text: str, spellings: list[Spelling]) -> Weighed:
        weighed: dict[str, dict[str, Judgement]] = {}
        pairs = self._pairs(text, spellings)
        for (left, right), facts in with_others(pairs, self._lexicon.weights).items():
            judgement = weigh(facts, self._lexicon.weights)
            if apart := self._lexicon.keeps_apart(left, right):
                judgement = _NEVER, (Evidence("apart", apart, _NEVER), *judgement[1])
            weighed.setdefault(left, {})[right] = judgement
            weighed.setdefault(right, {})[left] = judgement
        return weighed

    def pairs(self, text: str) -> dict[tuple[str, str], Seen]:
        """The pairs of a text's spellings that may be one name, katakana first, each with what is seen of it."""
        return self._pairs(text, self._finder.spellings(text))

    def _pairs(self, text: str, spellings: list[Spelling]) -> dict[tuple[str, str], Seen]:
        ordered = sorted(spellings, key=_script)
        near = [(ordered[one], ordered[other]) for one, other in self.sound.near([s.surface for s in ordered])]
        latin: dict[str, list[Spelling]] = {}  # the Latin spellings that a katakana one may sound like
        for left, right in near:
            if right.script == "latin":
                latin.setdefault(left.surface, []).append(right)
        pairs: dict[tuple[str, str], Seen] = {}
        for left, right in near:
            if worth_weighing(left, right, self.sound):
                theirs = latin.get(right.surface, ())
                hubs = [spelling for spelling in latin.get(left.surface, ()) if spelling in theirs]
                pairs[left.surface, right.surface] = self._facts(Pair(left, right, text, hubs, self.sound))
        return pairs

    def _facts(self, pair: Pair) -> Seen:
        """What is seen of a pair; remembered for as long as the lines stay as they are on which the two stand."""
        key = (
            pair.left.surface,
            pair.right.surface,
            pair.left.chains,
            pair.right.chains,
            *(s.surface for s in pair.latin),
        )
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = seen(pair)
        return self._seen[key]

    def _told_entities(self, text: str) -> Iterator[Entity]:
        """The names that the user's dictionary spells, found where they stand as whole runs."""
        if not self._told:
            return
        found: dict[str, dict[str, list[Mention]]] = {}
        for match in self._told.finditer(text):
            name = self._lexicon.names[match[0]]
            mention = Mention(Span(*match.span()), match[0], ("dictionary",))
            found.setdefault(name.canonical, {name.canonical: []}).setdefault(match[0], []).append(mention)
        for canonical, spelt in found.items():
            name = self._lexicon.names[canonical]
            why = Evidence("dictionary", f"the dictionary writes {canonical} ({name.where})", -_NEVER)
            aliases = [
                Alias(surface, tuple(mentions), "canonical" if surface == canonical else "merged", -_NEVER, (why,))
                for surface, mentions in spelt.items()
            ]
            yield Entity(canonical, name.kind, tuple(aliases))


class Cluster:
    """A spelling and those gathered around it."""

    def __init__(self, centre: Spelling) -> None:
        self.centre = centre
        self.merged: list[Spelling] = []
        self.suggested: list[Spelling] = []

    @property
    def kind(self) -> Kind:
        """What most mentions of the centre and its members are."""
        kinds: dict[Kind, float] = {}
        for member in (self.centre, *self.merged):
            kind, sure = member.kind
            kinds[kind] = kinds.get(kind, 0) + sure
        return max(kinds, key=lambda kind: kinds[kind])

    def judgement_of(self, spelling: Spelling, weighed: Weighed) -> Judgement:
        """The evidence that ties a spelling to this cluster: to its centre, or for a Latin spelling to any member.

        Oatman is read off オートマン, the slip, and not off アルトマン.
        """
        known = weighed.get(spelling.surface, {})
        members = [self.centre, *self.merged] if spelling.script == "latin" else [self.centre]
        options = [known[member.surface] for member in members if member.surface in known]
        return max(options, key=lambda option: option[0], default=(_NEVER, ()))

    def score_of(self, spelling: Spelling, weighed: Weighed) -> float:
        """How surely (nats) a spelling belongs here; a member that is surely another name keeps it out."""
        score, _ = self.judgement_of(spelling, weighed)
        if score <= SUGGEST:
            return score
        known = weighed[spelling.surface]
        worst = min((known[member.surface][0] for member in self.merged if member.surface in known), default=0.0)
        return worst if worst < _KEEPS_OUT else score


def _clusters(spellings: list[Spelling], weighed: Weighed) -> list[Cluster]:
    """Every spelling in a cluster: its own, or that of the centre it belongs to. A suggested one has its own as well."""
    clusters: list[Cluster] = []
    of: dict[str, Cluster] = {}
    for spelling in sorted(spellings, key=_standing):
        best: Cluster | None = None
        best_score = SUGGEST
        for other in weighed.get(spelling.surface, ()):
            cluster = of.get(other)
            if cluster and (score := cluster.score_of(spelling, weighed)) > best_score:
                best, best_score = cluster, score
        if best and best_score > MERGE and (spelling.script == "kana" or best.kind in ("person", "place")):
            best.merged.append(spelling)
            of[spelling.surface] = best
        else:
            if best:
                best.suggested.append(spelling)
            of[spelling.surface] = Cluster(spelling)
            clusters.append(of[spelling.surface])
    return clusters


def _entity(cluster: Cluster, weighed: Weighed) -> Entity:
    aliases = [Alias(cluster.centre.surface, cluster.centre.mentions, "canonical", 0.0)]
    for member in (*cluster.merged, *cluster.suggested):
        score, reasons = cluster.judgement_of(member, weighed)
        decision: Decision = "merged" if member in cluster.merged else "suggested"
        if all("gloss" in unit.cues for unit in member.units):
            decision = "linked"
        aliases.append(Alias(member.surface, member.mentions, decision, round(score, 2), reasons))
    return Entity(cluster.centre.surface, cluster.kind, tuple(aliases))


def _script(spelling: Spelling) -> str:
    """Sorts katakana before Latin, and leaves the order of the text otherwise."""
    return spelling.script


def _standing(spelling: Spelling) -> tuple[bool, float, int]:
    """Who becomes a centre first: katakana before Latin, attested before unknown, frequent before rare, early before late."""
    attested = spelling.known.kind in ("person", "place", "proper")
    weight = spelling.count * (3.0 if attested else 1.0)
    return spelling.script == "latin", -weight, spelling.units[0].span.start


def _first(entity: Entity) -> tuple[int, str]:
    starts = [mention.span.start for alias in entity.aliases for mention in alias.mentions]
    return min(starts, default=0), entity.canonical


def _first_names(spellings: list[Spelling]) -> dict[str, dict[str, tuple[Spelling, str]]]:
    """For each family name the first names that also stand alone (イーロン・マスク … イーロン), with the full name."""
    by_surface: dict[str, Spelling] = {}
    firsts: dict[str, dict[str, tuple[Spelling, str]]] = {}
    for spelling in spellings:
        if not spelling.is_chained:
            continue
        by_surface = by_surface or {spelling.surface: spelling for spelling in spellings}
        for unit in spelling.units:
            names = unit.chain.surfaces
            first = by_surface.get(names[0])
            if unit.place > 0 and unit.is_last and first and any(len(chain.surfaces) == 1 for chain in first.chains):
                firsts.setdefault(spelling.surface, {})[names[0]] = first, "・".join(names)
    return firsts


def _linked(entity: Entity, firsts: Mapping[str, Mapping[str, tuple[Spelling, str]]]) -> Entity:
    """A person with the first names that stand for them."""
    if entity.kind != "person":
        return entity
    own = [alias.surface for alias in entity.aliases]
    aliases = list(entity.aliases)
    for surface in own:
        for first, (spelling, full) in sorted(firsts.get(surface, {}).items()):
            if first not in own:
                why = Evidence("full name", f"the document writes {full}", 0.0)
                aliases.append(Alias(first, spelling.mentions, "linked", 0.0, (why,)))
                own.append(first)
    return entity._replace(aliases=tuple(aliases))


def _told_pattern(names: Mapping[str, Name]) -> regex.Pattern[str] | None:
    """All spellings of the dictionary, found as whole runs: マスク is not in マスクド, nor Ann in Anna."""
    if not names:
        return None
    kana = r"[\u30a1-\u30fa\u30fc]"
    inside = rf"(?<={kana})(?={kana})|(?<=[\p{{Latin}}\p{{N}}])(?=[\p{{Latin}}\p{{N}}])"
    return regex.compile(rf"(?!{inside})\L<names>(?!{inside})", names=sorted(names, key=lambda s: (-len(s), s)))
