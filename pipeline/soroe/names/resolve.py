"""Which spellings of a document are one name: weigh the pairs, gather them around a centre, choose how to write it.

A spelling joins a centre by its own evidence, never by a chain of others; `apart.tsv` and evidence of two people keep it out.
Three things can come of a spelling: it is merged (rewritten), suggested (a person should look), or linked (the same bearer by
another name, never rewritten).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

from soroe.lexicon import Lexicon, dictionaries
from soroe.messages import Said
from soroe.names.across import Across, written_across
from soroe.names.chinese import NO_CHINESE, Signs
from soroe.names.clusters import NEVER, Cluster, Judgement, Weighed, clustered
from soroe.names.entities import Alias, Decision, Entity, Evidence, Mention
from soroe.names.evidence import Pair, Seen, seen, worth_weighing
from soroe.names.mentions import Finder, Spelling
from soroe.names.sieve import MANY, near
from soroe.names.sound import Sound
from soroe.names.survey import Count, Fact, facts_of, head_of, read_survey
from soroe.names.told import Told
from soroe.names.unify import resolved
from soroe.names.weighing import MERGE, score, scores, with_others, with_signature
from soroe.names.written import kept_from, written
from soroe.settings import CANONICALS, UNIFY_SCRIPTS, Canonical, TokenizerName, UnifyScripts
from soroe.tokens import open_tokenizer


class Names:
    """The name stage, loaded once; `resolve` reads one document's text.

    ``canonical`` says which of a name's spellings the others become, where the dictionary does not; ``unify_scripts`` of whom the
    spellings in Latin letters and in katakana are made one.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        tokenizer: TokenizerName = "fugashi",
        canonical: Canonical = "attested",
        unify_scripts: UnifyScripts = "people",
    ) -> None:
        if canonical not in CANONICALS:
            raise ValueError(f"no spelling is chosen by {canonical!r}; there are {', '.join(CANONICALS)}")
        if unify_scripts not in UNIFY_SCRIPTS:
            raise ValueError(f"scripts are not unified of {unify_scripts!r}; there are {', '.join(UNIFY_SCRIPTS)}")
        self._canonical: Canonical = canonical
        self._unify_scripts: UnifyScripts = unify_scripts
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self.across: Across | None = None
        self._last: tuple[object, tuple[list[Entity], list[Spelling]]] = (None, ([], []))
        self._finder = Finder(lexicon, open_tokenizer(tokenizer))
        self.sound = Sound.load(dictionaries() / "sound.bin")
        self._signs = Signs(lexicon.hanzi, self.sound)
        self._seen: dict[tuple[object, ...], Seen] = {}  # of the pairs of the text read last
        self._last_near: tuple[AbstractSet[str], list[tuple[str, str]]] = (frozenset(), [])
        self._told = Told(lexicon.names)

    def resolve(self, text: str, *, every: bool = False) -> tuple[Entity, ...]:
        """The names of a text that have more than one spelling (``every``: all names), in order of first mention.

        >>> from soroe.lexicon import Lexicon
        >>> text = "リトヴィン氏は語った。リトヴィン氏はまた、こう述べた。その後、リトビン氏は去った。"
        >>> [(alias.surface, alias.decision) for alias in Names(Lexicon.load()).resolve(text)[0].aliases]
        [('リトヴィン', 'canonical'), ('リトビン', 'merged')]
        """
        entities, spellings = self._resolved(text, every)
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
        entities, spellings = self._resolved(text, False)
        return facts_of(spellings, entities)

    @property
    def head(self) -> str:
        """What a survey begins with that was made with these dictionaries, this tokenizer and this choice of spellings."""
        return head_of(self._lexicon, self._tokenizer, self._canonical, self._unify_scripts)

    def across_by(self, survey: Path) -> Across:
        """How a dump writes its full names, by its survey.

        Raises `SurveyError` where the survey does not fit this soroe and its dictionaries, `OSError` where it cannot be read.
        """
        facts = partial(read_survey, survey, self.head)
        return resolved(facts, self._lexicon, self.sound, self._finder.known, self._canonical)

    def _resolved(self, text: str, every: bool) -> tuple[list[Entity], list[Spelling]]:
        """The names of a text, and all its spellings; a text that is asked for again, as most are, is not read again."""
        asked = text, every, self.across
        if self._last[0] != asked:
            self._last = asked, self._read(text, every)
        return self._last[1]

    def _read(self, text: str, every: bool) -> tuple[list[Entity], list[Spelling]]:
        told = list(self._told_entities(text))
        spellings = self._finder.spellings(text, every=every)
        free = _not_told(spellings, told)
        weighed = self._weighed(text, free)
        firsts = _first_names(spellings)
        # A spelling that sounds like no other and has no first name has nothing to say, unless every name is asked for.
        rewritten = self.across.rewritten if self.across else frozenset()
        clusters = clustered(
            [s for s in free if every or s.surface in weighed or s.surface in firsts or s.surface in rewritten],
            weighed,
            self._unify_scripts,
        )
        if not every:
            clusters = [
                c
                for c in clusters
                if c.merged or c.suggested or c.centre.surface in firsts or c.centre.surface in rewritten
            ]
        return [*told, *(_linked(self._entity(cluster, weighed), firsts) for cluster in clusters)], spellings

    def spellings(self, text: str) -> dict[str, Spelling]:
        """The spellings of a text that may be names, whatever they are."""
        return {spelling.surface: spelling for spelling in self._finder.spellings(text)}

    def katakana(self, text: str) -> list[str]:
        """See `Finder.katakana`."""
        return self._finder.katakana(text)

    def weighed(self, text: str) -> Weighed:
        """What was weighed of a text's spellings; two that are not there together were never compared."""
        return self._weighed(text, _not_told(self._finder.spellings(text), list(self._told_entities(text))))

    def _entity(self, cluster: Cluster, weighed: Weighed) -> Entity:
        """The cluster as a name: how it is written, and its other spellings with what ties each."""
        kind = cluster.kind
        is_brand = self._canonical == "latin" and kind not in ("person", "place")
        canonical = "attested" if is_brand else self._canonical
        chosen = written([cluster.centre, *cluster.merged], canonical, self.sound)
        aliases = [Alias(chosen.surface, chosen.mentions, "canonical", 0.0)]
        for member in (cluster.centre, *cluster.merged, *cluster.suggested):
            if member is chosen:
                continue
            # What ties the chosen one to the centre ties the centre to the chosen one.
            nats, reasons = cluster.why_one(chosen if member is cluster.centre else member, weighed)
            decision: Decision = "suggested" if member in cluster.suggested else "merged"
            if decision == "suggested" and nats > MERGE and (withheld := cluster.why_withheld(member)):
                reasons = (withheld, *reasons)
            in_latin = chosen.script == "latin"
            mentions = tuple(kept_from(chosen.surface, member, self._finder)) if in_latin else member.mentions
            if all("gloss" in mention.cues for mention in mentions):
                decision = "linked"
            aliases.append(Alias(member.surface, mentions, decision, round(nats, 2), reasons))
        return Entity(chosen.surface, kind, tuple(aliases))

    def _weighed(self, text: str, spellings: list[Spelling]) -> Weighed:
        weights = self._lexicon.weights
        pairs = self._pairs(text, spellings)
        sure = scores(pairs, weights)
        heard = with_signature(pairs, sure, weights, self.sound)
        if heard is not pairs:
            sure = scores(heard, weights)
        weighed: dict[str, dict[str, Judgement]] = {}
        for (left, right), facts in with_others(heard, sure).items():
            pair = left, right
            nats = sure[pair] if facts is heard[pair] else score(facts, weights)
            judgement = Judgement(nats, facts, weights, self._lexicon.keeps_apart(left, right) or "")
            weighed.setdefault(left, {})[right] = judgement
            weighed.setdefault(right, {})[left] = judgement
        return weighed

    def pairs(self, text: str) -> dict[tuple[str, str], Seen]:
        """The pairs of a text's spellings that may be one name, katakana first, each with what is seen of it."""
        return self._pairs(text, self._finder.spellings(text))

    def _pairs(self, text: str, spellings: list[Spelling]) -> dict[tuple[str, str], Seen]:
        ordered = sorted(spellings, key=_script)
        pairs_near = [(ordered[one], ordered[other]) for one, other in self._near([s.surface for s in ordered])]
        latin: dict[str, list[Spelling]] = {}  # the Latin spellings that a katakana one may sound like
        for left, right in pairs_near:
            if right.script == "latin":
                latin.setdefault(left.surface, []).append(right)
        kana = dict.fromkeys(s.surface for pair in pairs_near if pair[1].script == "kana" for s in pair)
        chinese = self._signs.of(text, kana) if kana else NO_CHINESE
        pairs: dict[tuple[str, str], Seen] = {}
        known: dict[tuple[object, ...], Seen] = {}
        for left, right in pairs_near:
            if worth_weighing(left, right, self.sound, chinese):
                theirs = latin.get(right.surface, ())
                hubs = [spelling for spelling in latin.get(left.surface, ()) if spelling in theirs]
                # While the lines stay as they are on which two spellings stand, nothing else is seen of them.
                key = left.surface, right.surface, left.chains, right.chains, chinese, *(hub.surface for hub in hubs)
                facts = self._seen.get(key) or seen(Pair(left, right, text, hubs, self.sound, chinese))
                known[key] = pairs[left.surface, right.surface] = facts
        self._seen = known
        return pairs

    def _near(self, surfaces: list[str]) -> list[tuple[int, int]]:
        """The pairs of surfaces, by their places, that the sieve lets through."""
        if len(surfaces) > MANY:
            return near(surfaces)
        place = {surface: at for at, surface in enumerate(surfaces)}
        known, pairs = self._last_near
        # A document is read again after its changes, and then holds no spelling that it did not hold.
        if not place.keys() <= known:
            pairs = [(surfaces[one], surfaces[other]) for one, other in near(surfaces)]
            self._last_near = place.keys(), pairs
        found = ((place[one], place[other]) for one, other in pairs if one in place and other in place)
        return sorted((min(pair), max(pair)) for pair in found)

    def _told_entities(self, text: str) -> Iterator[Entity]:
        """The names that the user's dictionary spells, found where they stand as whole runs."""
        found: dict[str, dict[str, list[Mention]]] = {}
        for span in self._told.spans(text):
            surface = text[slice(*span)]
            name = self._lexicon.names[surface]
            mention = Mention(span, surface, ("dictionary",))
            found.setdefault(name.canonical, {name.canonical: []}).setdefault(surface, []).append(mention)
        for canonical, spelt in found.items():
            name = self._lexicon.names[canonical]
            why = Said(
                f"the dictionary writes {canonical} ({name.where})", f"辞書の表記は「{canonical}」（{name.where}）"
            )
            told = (Evidence("dictionary", why, -NEVER),)
            aliases = [
                Alias(surface, tuple(mentions), "canonical" if surface == canonical else "merged", -NEVER, told)
                for surface, mentions in spelt.items()
            ]
            yield Entity(canonical, name.kind, tuple(aliases))


def _not_told(spellings: list[Spelling], told: list[Entity]) -> list[Spelling]:
    """The spellings of which the user's dictionary says nothing."""
    taken = {mention.span for entity in told for alias in entity.aliases for mention in alias.mentions}
    return [s for s in spellings if taken.isdisjoint(unit.span for unit in s.units)] if taken else spellings


def _script(spelling: Spelling) -> str:
    """Sorts katakana before Latin, and leaves the order of the text otherwise."""
    return spelling.script


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
        for _, (*_, place, chain) in spelling.places:
            names = chain.surfaces
            if 0 < place == len(names) - 1 and (first := by_surface.get(names[0])) and first.stands_alone:
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
                why = Said(f"the document writes {full}", f"本文に「{full}」とある")
                aliases.append(Alias(first, spelling.mentions, "linked", 0.0, (Evidence("full name", why, 0.0),)))
                own.append(first)
    return entity._replace(aliases=tuple(aliases))
