"""What is seen of the pairs of a document, weighed: by the learned table, and by what the other pairs of the document say.

Weights are nats of log-odds and add up from a prior. They are learned (`dictionaries/train_evidence.py`) from labelled
machine-translated articles and from articles into which names that look alike were put, and none may change its sign: what
speaks for one name never speaks against it. A row of `evidence.tsv` is read by a person, and may be put right by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from soroe.lexicon import Script
from soroe.messages import Said
from soroe.names.entities import Evidence
from soroe.names.evidence import MOST_SOUND, Fact, Seen, heard_through_chinese
from soroe.names.sound import Sound

# A pair above MERGE is one name, above SUGGEST a person should look. A wrong merge costs a hundred missed ones.
MERGE = -0.1
SUGGEST = -3.0
# What weighs the same whatever is learned: the text itself says that there are two.
DENIED = -12.0
# Pairs this likely (nats) count as names spelt two ways when others are weighed; more than five say no more than five.
LIKELY = 0.0
MOST_OTHERS = 5
# Two spellings are more alike through Chinese by so much (nats) that Latin letters do not explain them.
_FAR = 1.5
_SURE = 2.0

# The evidence that speaks for one name; all other speaks against it. (Sound speaks for or against, by its amount.)
FOR = frozenset(
    "sound|frequent|same source|one unknown|both unknown|first name|family name|introduced|role|office|hub|others|chinese|rendering".split(
        "|"
    )
)


Weights = Mapping[tuple[str, Script], float]


def score(seen: Seen, weights: Weights) -> float:
    """The log-odds (nats) that two spellings are one name, without the reasons."""
    total = weights["prior", seen.script]
    for kind, amount, _ in seen.facts:
        total += DENIED if kind == "denied" else round(amount * weights.get((kind, seen.script), 0.0), 2)
    return round(total, 2)  # whatever the order of the facts


def weigh(seen: Seen, weights: Weights) -> tuple[float, tuple[Evidence, ...]]:
    """The log-odds (nats) that two spellings are one name, and every reason, the heaviest first."""
    reasons = [
        Evidence(kind, why, DENIED if kind == "denied" else round(amount * weights[kind, seen.script], 2))
        for kind, amount, why in seen.facts
        if kind == "denied" or (kind, seen.script) in weights
    ]
    reasons.sort(key=lambda reason: -abs(reason.weight))
    return score(seen, weights), tuple(reasons)


def scores(pairs: Mapping[tuple[str, str], Seen], weights: Weights) -> dict[tuple[str, str], float]:
    """The `score` of every pair of a document."""
    return {pair: score(seen, weights) for pair, seen in pairs.items()}


def with_others(
    pairs: Mapping[tuple[str, str], Seen], scores: Mapping[tuple[str, str], float]
) -> Mapping[tuple[str, str], Seen]:
    """The pairs of a document, and of each how many other names the document seems to spell two ways.

    A text by one careful writer spells no name two ways; a text that a machine wrote line by line spells many so.
    """
    likely = [pair for pair, seen in pairs.items() if seen.script == "kana" and scores[pair] > LIKELY]
    if not likely:
        return pairs
    told: dict[tuple[str, str], Seen] = {}
    for pair, seen in pairs.items():
        elsewhere = [other for other in likely if pair[0] not in other and pair[1] not in other]
        if elsewhere:
            names = "、".join("/".join(other) for other in elsewhere[:2])
            amount = log(1 + min(len(elsewhere), MOST_OTHERS))
            why = Said(
                f"the text spells other names two ways as well ({names})",
                f"本文では他の名前も二通りに書かれている（{names}）",
            )
            seen = Seen(seen.script, (*seen.facts, Fact("others", amount, why)))
        told[pair] = seen
    return told


def with_signature(
    pairs: Mapping[tuple[str, str], Seen], scores: Mapping[tuple[str, str], float], weights: Weights, sound: Sound
) -> Mapping[tuple[str, str], Seen]:
    """The pairs of a document, heard through Chinese where another name of it is spelt two ways that are one only so.

    1 in 300 articles that were translated from English has such a name, 1 in 6 of those composed of Chinese readings.
    """
    kana = [pair for pair, seen in pairs.items() if seen.script == "kana" and scores[pair] > SUGGEST - MOST_SOUND]
    # A pair that is one name already learns nothing from another.
    unsure = [pair for pair in kana if scores[pair] <= MERGE]
    apart = [
        pair
        for pair in kana
        if any(pair[0] not in other and pair[1] not in other for other in unsure)
        and _could_be_sure(pair, pairs[pair], scores[pair], weights, sound)
    ]
    signs = []
    for pair in apart:
        facts = tuple(heard_through_chinese(*pair, sound, ""))
        heard = Seen("kana", (*pairs[pair].facts, *facts))
        if facts and facts[0].amount > _FAR and score(heard, weights) > _SURE:
            signs.append(pair)
    if not signs:
        return pairs
    told = dict(pairs)
    for pair in kana:
        others = [other for other in signs if set(pair).isdisjoint(other)]
        if others and all(fact.kind != "chinese" for fact in pairs[pair].facts):
            names = "、".join("/".join(other) for other in others[:2])
            why = Said(f"so are other names of the text ({names})", f"本文の他の名前もそうである（{names}）")
            told[pair] = Seen("kana", (*pairs[pair].facts, *heard_through_chinese(*pair, sound, why)))
    return told


def _could_be_sure(pair: tuple[str, str], seen: Seen, score: float, weights: Weights, sound: Sound) -> bool:
    """Whether two katakana spellings are far apart, and would surely be one if they were as alike through Chinese as can be."""
    if any(fact.kind == "chinese" for fact in seen.facts):
        return False
    heard = max(fact.amount for fact in seen.facts if fact.kind == "sound")
    if heard >= _SURE + _FAR:
        return False
    needed = max((_SURE - score) / weights.get(("chinese", "kana"), 1.0), _FAR)
    return needed < MOST_SOUND - heard and needed < min(sound.most_through_chinese(*pair), MOST_SOUND) - heard
