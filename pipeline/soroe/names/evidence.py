"""Why two spellings of one document are one name, or are not: small functions, each with a sentence and a weight.

Weights are nats of log-odds and add up from a prior. They were read off a regularized logistic fit on labelled machine-translated
articles (WMT 2021 and 2024 system outputs) and rounded by hand. People's names are rarely spelt two ways by one writer, so the
prior is low, and what speaks for two people weighs more than what speaks for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log
from typing import Literal, NamedTuple

import regex

from soroe.names.entities import Evidence
from soroe.names.mentions import Spelling
from soroe.names.sound import Sound

PRIOR = -3.2
PRIOR_LATIN = -3.0
# A pair above MERGE is one name, above SUGGEST a person should look. A wrong merge costs a hundred missed ones.
MERGE = 0.5
SUGGEST = -2.0
# オトマン is 0.31 of アルトマン; below a fifth no evidence of a document has made two spellings one.
SMALLEST_SHARE = 0.2
# What a spelling is a name of counts from these nats: three to one.
SURE = 1.0

# コーレンズ is "Cohren's", アメリカン is no spelling of アメリカ: what is added makes another word.
_ENDINGS = frozenset(
    "ズ ス ン アン イアン ィアン ニアン スト イスト ィスト ズム イズム ィズム ティ ティー ング イング ィング シティ".split()
)
_ATTESTED = frozenset({"person", "place", "proper", "word"})
_SIDES: tuple[Literal[-1, 1], ...] = (-1, 1)


_SENTENCE_END = regex.compile(r"[。！？!?\n]")


_SAYS_ANOTHER = regex.compile(r"[^。\n]{0,24}?(?:別人|同姓|同名|とは別の)|[^。\n]{0,6}?(?:という|と同じ)(?:名|姓|苗字)")


class Pair(NamedTuple):
    """Two spellings of one document, the katakana one first, and what else its judges look at."""

    left: Spelling
    right: Spelling
    text: str
    latin: Sequence[Spelling]  # the document's Latin spellings that may sound like both
    sound: Sound

    @property
    def across(self) -> bool:
        """Whether one is katakana and the other Latin."""
        return self.right.script == "latin"


Judge = Callable[[Pair], Evidence | None]


def sounds(pair: Pair) -> Evidence | None:
    """How alike they sound, as a share of how alike the shorter is to itself."""
    left, right = pair.left.surface, pair.right.surface
    nats, share = pair.sound.nats(left, right), pair.sound.share(left, right)
    return Evidence(
        "sound", f"{right} sounds like {left} ({nats:.1f} nats, {share:.0%} of itself)", 7.0 * min(share, 1.1)
    )


def frequent(pair: Pair) -> Evidence | None:
    """One rare beside one frequent is a slip; two frequent ones are two people."""
    less, more = sorted((pair.left, pair.right), key=lambda spelling: spelling.count)
    if pair.across or more.count == 1:
        return None
    weight = 0.8 * log(more.count) - 1.4 * log(less.count)
    word = "rare beside" if weight > 0 else "no slip beside"
    return Evidence("count", f"{less.surface} ({less.count}×) is {word} {more.surface} ({more.count}×)", weight)


def attested(pair: Pair) -> Evidence | None:
    """Two spellings that dictionaries know as different names are two names."""
    left, right = pair.left.known, pair.right.known
    if pair.across:
        return None
    if left.latin and left.latin == right.latin:
        return Evidence("attested", f"the dictionary gives both for {left.latin}", 2.0)
    if left.latin and right.latin:
        why = f"the dictionary gives {pair.left.surface} for {left.latin} and {pair.right.surface} for {right.latin}"
        return Evidence("attested", why, -3.5)
    if left.kind in _ATTESTED and right.kind in _ATTESTED:
        return Evidence("attested", f"{pair.left.surface} and {pair.right.surface} both stand in the dictionary", -2.5)
    return None


def words(pair: Pair) -> Evidence | None:
    """A common word that nothing in the document calls a name is none."""
    left, right = pair.left, pair.right
    # Pilot and パイロット are one word, not one name, unless the mentions are of a person (マスク氏).
    is_person = left.kind[0] == "person" and left.kind[1] >= SURE
    if pair.across and left.known.kind == "word" and left.known.latin == right.surface.lower() and not is_person:
        return Evidence("word", f"{left.surface} is the common word {left.known.latin}", -5.0)
    common = [spelling.surface for spelling in (left, right) if spelling.known.kind == "word" and not spelling.named]
    return Evidence("word", f"{'・'.join(common)} is a common word", -2.0 * len(common)) if common else None


def unnamed(pair: Pair) -> Evidence | None:
    """Where nothing beside a compound calls it a name (シーレーン beside イラン), likeness alone proves little."""
    bare = [s.surface for s in pair[:2] if s.known.kind in ("compound", "unknown") and not s.acts]
    if pair.across or not bare:
        return None
    return Evidence("unnamed", f"nothing beside {'・'.join(bare)} says that it is a name", -1.0)


def shares_parts(pair: Pair) -> Evidence | None:
    """メトロポリタンラジオ and メトロポリタンテレビ share a word and differ in another: two things of one family."""
    left, right = pair.left.known.parts, pair.right.known.parts
    if not left or not right or (left[0] != right[0] and left[-1] != right[-1]):
        return None
    shared = left[0] if left[0] == right[0] else left[-1]
    # ハッピーサンデー is cut in two words, ハッピーサタデー in three.
    is_long = len(shared) > (2 if len(left) == len(right) else 3)
    return Evidence("parts", f"both hold {shared} and differ in another word", -2.5) if is_long else None


def ends_differently(pair: Pair) -> Evidence | None:
    """One is the other with an ending that makes a plural, a demonym or a trade."""
    short, long = sorted((pair.left.surface, pair.right.surface), key=len)
    if not pair.across and long.startswith(short) and long[len(short) :] in _ENDINGS:
        return Evidence("ending", f"{long} is {short} with the ending {long[len(short) :]}", -2.0)
    return None


def together(pair: Pair) -> Evidence | None:
    """Two spellings in one sentence are rarely one name; a writer does not change spelling in one breath."""
    if "gloss" in pair.right.cues or not _in_one_sentence(pair):
        return None
    why = f"{pair.left.surface} and {pair.right.surface} stand in one sentence"
    return Evidence("together", why, -1.5 if pair.across else -3.5)


def denied(pair: Pair) -> Evidence | None:
    """The text itself says that there are two: リンデロス教授（元知事とは別人）, ハートマン氏という名前の通訳."""
    for spelling in (pair.left, pair.right):
        for unit in spelling.units:
            if _SAYS_ANOTHER.match(pair.text, unit.chain.end):
                return Evidence("denied", f"the text tells of {spelling.surface} as of another person", -12.0)
    return None


def partners(pair: Pair) -> Evidence | None:
    """The same first name before both, or different ones."""
    different = ""
    for side in _SIDES:
        for one in sorted(pair.left.beside(side)):
            for other in sorted(pair.right.beside(side)):
                if one == other or pair.sound.share(one, other) > 0.6:
                    return Evidence("partner", f"both stand with {one}", 1.5)
                different = different or f"{one} and {other}"
    return Evidence("partner", f"they stand with different names: {different}", -2.5) if different else None


def place_in_name(pair: Pair) -> Evidence | None:
    """ウィル・ウェード and ウェイド・シムズ: the one is a family name, the other a first name."""
    left, right = pair.left.place, pair.right.place
    if left and right and left != right:
        why = f"{pair.left.surface} is a {left} name here, {pair.right.surface} a {right} name"
        return Evidence("place in name", why, -3.0)
    return None


def role(pair: Pair) -> Evidence | None:
    """A person's honorific on both speaks for one person spelt twice; a person is no place."""
    (left, sure_left), (right, sure_right) = pair.left.kind, pair.right.kind
    if left == right == "person" and max(sure_left, sure_right) >= SURE:
        return Evidence("role", f"{pair.left.surface} and {pair.right.surface} are both written as people", 0.7)
    if {left, right} in ({"person", "place"}, {"person", "organisation"}) and min(sure_left, sure_right) >= SURE:
        return Evidence("role", f"one is written as a {left}, the other as a {right}", -1.5)
    return None


def hub(pair: Pair) -> Evidence | None:
    """One Latin spelling of the document that sounds like both ties them."""
    for latin in () if pair.across else pair.latin:
        one = pair.sound.share(pair.left.surface, latin.surface)
        other = pair.sound.share(pair.right.surface, latin.surface)
        if min(one, other) > 0.55 and max(one, other) > 0.7:
            return Evidence("hub", f"both sound like {latin.surface}", 2.0)
    return None


def short(pair: Pair) -> Evidence | None:
    """Two short spellings are alike by chance."""
    if not pair.across and min(len(pair.left.surface), len(pair.right.surface)) <= 2:
        return Evidence("short", "a spelling of two letters is easily like another", -1.5)
    return None


JUDGES: tuple[Judge, ...] = (
    sounds,
    frequent,
    attested,
    words,
    unnamed,
    shares_parts,
    ends_differently,
    together,
    denied,
    partners,
    place_in_name,
    role,
    hub,
    short,
)


def _in_one_sentence(pair: Pair) -> bool:
    """Whether a mention of the one and a mention of the other have no full stop and no line break between them."""
    left = [(unit.span, 0) for unit in pair.left.units]
    spans = sorted([*left, *((unit.span, 1) for unit in pair.right.units)])
    return any(
        one != other and not _SENTENCE_END.search(pair.text, before.end, after.start)
        for (before, one), (after, other) in pairwise(spans)
    )


def weigh(pair: Pair) -> tuple[float, tuple[Evidence, ...]]:
    """The log-odds (nats) that the two are one name, and every reason, the heaviest first."""
    reasons = [reason for judge in JUDGES if (reason := judge(pair))]
    reasons.sort(key=lambda reason: -abs(reason.weight))
    prior = PRIOR_LATIN if pair.across else PRIOR
    return prior + sum(reason.weight for reason in reasons), tuple(reasons)


def worth_weighing(left: Spelling, right: Spelling, sound: Sound) -> bool:
    """Whether two spellings may be one name at all: not both Latin, not both common words, and near enough in sound."""
    if left.script == right.script == "latin" or min(len(left.surface), len(right.surface)) == 1:
        return False
    if left.known.kind == right.known.kind == "word" and not (left.named or right.named):
        return False
    return sound.share(left.surface, right.surface) > SMALLEST_SHARE
