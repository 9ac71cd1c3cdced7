"""Gather the spellings of a document around centres: who is merged, who is suggested, and why one that is likely stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import regex

from soroe.lexicon import Kind
from soroe.messages import Said, ja
from soroe.names.entities import Evidence
from soroe.names.evidence import Seen, place_and_person, why_another_word, why_both_are_meant
from soroe.names.kinds import kind_of
from soroe.names.mentions import Chain, Spelling
from soroe.names.weighing import MERGE, SUGGEST, Weights, weigh
from soroe.names.written import is_attested
from soroe.settings import UnifyScripts

NEVER = -99.0
# A member this sure to be another name keeps the newcomer out, whatever the centre says.
_KEEPS_OUT = -6.0
_OF_PLACES = frozenset("San Santa Santo St Saint Los Las Fort Port Mount New North South East West".split())
_AND, _AND_BEFORE = regex.compile(r"[ ]?&[ ]?\p{Lu}"), regex.compile(r"(?r)\p{Latin}[ ]?&[ ]?")
# Two spellings that sound less alike (nats) are no person's time: ドレス and プーリオス, ネミック and マイク.
_LEAST_HEARD = -1.0
# So sure (nats) is a Latin spelling a person's that no place is made of it.
_SURELY = 0.5


class Judgement:
    """How surely (nats) two spellings are one name; `reasons` are written down when asked for, and few are."""

    def __init__(self, score: float, seen: Seen, weights: Weights, apart: str = "") -> None:
        self.score = NEVER if apart else score
        self._seen, self._weights, self._apart = seen, weights, apart

    @property
    def heard(self) -> float:
        """How alike the two sound, in nats, through Chinese where that is heard."""
        return sum(fact.amount for fact in self._seen.facts if fact.kind in ("sound", "chinese"))

    @property
    def reasons(self) -> tuple[Evidence, ...]:
        """Why, the heaviest first; what `apart.tsv` says outranks all."""
        _, reasons = weigh(self._seen, self._weights)
        return (Evidence("apart", self._apart, NEVER), *reasons) if self._apart else reasons


# What was weighed of each spelling, by the other.
Weighed = Mapping[str, Mapping[str, Judgement]]


class Cluster:
    """A spelling and those gathered around it."""

    def __init__(self, centre: Spelling, unify: UnifyScripts) -> None:
        self.centre = centre
        self._unify = unify
        self.merged: list[Spelling] = []
        self.suggested: list[Spelling] = []

    @property
    def kind(self) -> Kind:
        """What it is a name of, by the mentions of its centre."""
        return self.centre.kind[0]

    def why_withheld(self, spelling: Spelling) -> Evidence | None:
        """Why a spelling is not rewritten, however likely: another word, or Latin letters that the user wants kept, or a brand's."""
        why = why_another_word(spelling, self.centre) or why_both_are_meant(spelling, self.centre)
        if not why and spelling.script == "latin":
            why = self._why_no_person(spelling)
        if why:
            return Evidence("another word", why, 0.0)
        if spelling.script == "kana" or self._unify == "all":
            return None
        if self._unify == "none":
            why = Said(
                f"{spelling.surface} stays in Latin letters, as the settings say",
                f"設定により「{spelling.surface}」はラテン文字のまま",
            )
            return Evidence("scripts", why, 0.0)
        titled = any("person" in member.titled for member in (spelling, self.centre, *self.merged))
        if titled or self.kind in ("person", "place"):
            return None
        # A name spelt in Latin letters shows what it is in its mentions there as well.
        kind, surely = kind_of([*self.centre.weights, *spelling.weights])
        if kind == "person" and (surely > 0.0 or spelling.named):
            return None
        why = Said(
            f"nothing says that {self.centre.surface} is a person or a place: Latin may be right",
            f"「{self.centre.surface}」を人や場所とするものがない: ラテン文字で正しいかもしれない",
        )
        return Evidence("brand", why, 0.0)

    def _why_no_person(self, latin: Spelling) -> Said | None:
        """Why one of the two is a person and the other none; None where nothing says so.

        The katakana are only a word (スナック beside Sunak), or only a place where the Latin is a person (パリ, Paris Hilton); or the
        Latin is only a part of a place's or a firm's name (San Diego, Ernst & Young).
        """
        centre = self.centre
        if all(_is_of_firm_or_place(chain) for chain in latin.chains):
            if self.kind == "place":
                return None
            return Said(
                f"{latin.surface} is a part of a place's or a firm's name", f"「{latin.surface}」は地名か社名の一部"
            )
        if any(member.named for member in (centre, *self.merged) if member.script == "kana"):
            return None
        if centre.known.kind == "word":
            if self.kind != "other":
                return None
            return Said(
                f"{centre.surface} is a word here, and no name", f"ここでの「{centre.surface}」は名前でなく言葉"
            )
        kind, surely = latin.kind
        if centre.known.kind == "place" and kind == "person" and (surely > _SURELY or latin.named):
            return place_and_person(centre, latin)
        return None

    def score_of(self, spelling: Spelling, weighed: Weighed) -> float:
        """How surely (nats) a spelling belongs here; a member that is surely another name keeps it out."""
        tie, nearer = self._ties(spelling, weighed)
        if not tie or tie.score <= SUGGEST:
            return NEVER
        known = weighed[spelling.surface]
        worst = min((known[member.surface].score for member in self.merged if member.surface in known), default=0.0)
        return worst if worst < _KEEPS_OUT else tie.score + _half(tie, nearer)

    def why_one(self, spelling: Spelling, weighed: Weighed) -> tuple[float, tuple[Evidence, ...]]:
        """What ties a spelling to this cluster: the nats, and the evidence."""
        tie, nearer = self._ties(spelling, weighed)
        if not tie:
            return NEVER, ()
        if not nearer:
            return tie.score, tie.reasons
        nats = _half(tie, nearer)
        (sound,) = (reason.why for reason in nearer.reasons if reason.kind == "sound")
        why = Said(
            f"half of what it is nearer to another spelling of the name ({sound})",
            f"名前の別の表記により近い分の半分（{ja(sound)}）",
        )
        return tie.score + nats, (*tie.reasons, Evidence("nearer", why, nats))

    def _ties(self, spelling: Spelling, weighed: Weighed) -> tuple[Judgement | None, Judgement | None]:
        """What was weighed that ties a spelling to this cluster, and to the member it is nearer to, where that counts.

        To its centre, or for a Latin spelling to any member: Oatman is read off オートマン, the slip, and not off アルトマン. A katakana
        spelling that its centre does not refuse, and one of its members takes for its own, is tied by the mean of the two:
        オトマン by アルトマン and オートマン.
        """
        known = weighed.get(spelling.surface, {})
        central = known.get(self.centre.surface)
        closest = max((known[m.surface] for m in self.merged if m.surface in known), key=_score, default=None)
        if not central or not closest:
            return central or (closest if spelling.script == "latin" or spelling in self.suggested else None), None
        if spelling.script == "latin":
            return max(central, closest, key=_score), None
        if central.score <= SUGGEST:
            return (closest if spelling in self.suggested else central), None
        return central, closest if closest.score > central.score else None


def _half(tie: Judgement, nearer: Judgement | None) -> float:
    return round((nearer.score - tie.score) / 2, 2) if nearer else 0.0


def _score(judgement: Judgement) -> float:
    return judgement.score


def _is_of_firm_or_place(chain: Chain) -> bool:
    """Whether a Latin name is a part of a place's or a firm's: San Diego, Ernst & Young."""
    first = chain.surfaces[0]
    is_place = len(chain.surfaces) > 1 and first in _OF_PLACES
    return is_place or bool(_AND_BEFORE.match(chain.line, 0, chain.start)) or bool(_AND.match(chain.line, chain.end))


def clustered(spellings: Iterable[Spelling], weighed: Weighed, unify: UnifyScripts = "people") -> list[Cluster]:
    """Every spelling in a cluster: its own, or that of the centre it belongs to. A suggested one stays in its own as well."""
    clusters: list[Cluster] = []
    of: dict[str, Cluster] = {}
    for spelling in sorted(spellings, key=_standing):
        best: Cluster | None = None
        best_score = SUGGEST
        for other in weighed.get(spelling.surface, ()):
            cluster = of.get(other)
            if cluster and (score := cluster.score_of(spelling, weighed)) > best_score:
                best, best_score = cluster, score
        if best and best_score > MERGE and not best.why_withheld(spelling):
            best.merged.append(spelling)
            of[spelling.surface] = best
        else:
            of[spelling.surface] = Cluster(spelling, unify)
            clusters.append(of[spelling.surface])
    _suggest(clusters, of, weighed)
    return clusters


def _suggest(clusters: list[Cluster], of: Mapping[str, Cluster], weighed: Weighed) -> None:
    """Suggest for each name the spellings of later ones that may be its own, unless the two surely are two names."""
    place = {id(cluster): at for at, cluster in enumerate(clusters)}
    between: dict[tuple[int, int], list[tuple[str, Judgement]]] = {}
    for surface, cluster in of.items():
        at = place[id(cluster)]
        for other, judgement in weighed.get(surface, {}).items():
            if other in of and at < (later := place[id(of[other])]):
                between.setdefault((at, later), []).append((other, judgement))
    for (at, later), judged in sorted(between.items(), key=lambda one: one[0]):
        if min(judgement.score for _, judgement in judged) >= _KEEPS_OUT:
            likely = {surface for surface, one in judged if one.score > SUGGEST and one.heard > _LEAST_HEARD}
            members = (clusters[later].centre, *clusters[later].merged)
            clusters[at].suggested += [member for member in members if member.surface in likely]


def _standing(spelling: Spelling) -> tuple[bool, float, int]:
    """Who becomes a centre first: katakana before Latin, attested before unknown, frequent before rare, early before late."""
    weight = spelling.count * (3.0 if is_attested(spelling) else 1.0)
    return spelling.script == "latin", -weight, spelling.begin
