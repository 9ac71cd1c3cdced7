"""Whether two full names of a dump are one: by their sound, their Latin names and their company; and what outranks that.

A bare family name says nothing across articles: there is more than one ハルトマン in the world. Of full names, three things make
two one: they are all but one spelling (ヴェリミロヴィッチ, ベリミロヴィッチ); articles give one Latin name for both; or they sound
alike, share their company, and one is a spelling that no dictionary knows. A line of `apart.tsv`, an article in which they are
two people, or two Latin names outrank all of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from soroe.lexicon import Lexicon
from soroe.messages import Said
from soroe.names.entities import Decision
from soroe.names.full_names import Parts, is_kana, parts_of
from soroe.names.mentions import Known
from soroe.names.sound import Sound, fold_latin
from soroe.settings import Canonical

# What the sound says for two spellings (nats), and the share of what the shorter is like itself: long names that differ in one
# sound weigh much, short ones that differ in nothing little. Alone, the sound makes two spellings one only from SAME on, or from
# SAME_FOLDED on where they differ in nothing but ー, ッ, ヴ and small vowels. Of 2,323 pairs of different names that look alike, none
# of SAME_SHARE weighs more than 5.45 (アーウィン/アルウィン: Irwin, Alwyn), and none that folds alike has it (モローニ/モロニー: 0.88).
SAME = 6.5
SAME_FOLDED = 4.5
SAME_SHARE = 0.9
# In shared company: the share of a first name, and of a family name that a dictionary knows, and what both say for it.
LEAST_KNOWN = 0.85
LEAST_KNOWN_WEIGHT = 5.0
# Against Latin letters, each part and all of them: サム/Sam is 0.98, ノルドグレーン/Nordgren 0.81, リード/Reid 0.61.
SAME_ACROSS = 0.8
ALL_ACROSS = 0.88
# And what the sound says for a first name and a family name: サム/Sam 5.7, アルトマン/Altman 5.9, but カルヴァー/Carver 5.7 as well.
FIRST_ACROSS = 4.5
LAST_ACROSS = 5.8
# A spelling in Latin letters that the dictionary's differs from by more is another name's: Kathleen and Kathryn, not Sara and Sarah.
NEAR_SOURCE = 0.75
SAME_SOURCE = 0.95  # of this share; below, every difference counts
# With other evidence. アルトマン/オートマン is 0.75 (2.2 nats), アルトマン/ハルトマン 0.77 (2.9), クレイグ/グレイグ 0.68 (1.7).
ALIKE = 0.6
ALIKE_WEIGHT = 2.0
# A name that more articles tell of is anyone's company.
RARE_COMPANY = 50
# Of a Latin name's katakana, so many articles have to call it a person: a brand in Latin letters stays.
PEOPLE = 1 / 3
# A spelling that dictionaries know weighs as three that they do not, as inside an article.
ATTESTED = 3.0
_FOLDS = (
    *(("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"), ("ー", ""), ("ッ", "")),
    *zip("ァィゥェォ", "アイウエオ", strict=True),
)

KnownOf = Callable[[str], Known]


class Standing:
    """What the survey says of one full name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts = parts_of(name)
        self.articles = 0
        self.kinds: defaultdict[str, int] = defaultdict(int)
        self.ties: set[str] = set()
        self.apart: set[str] = set()
        self.company: set[str] = set()

    @property
    def others(self) -> int:
        """How many articles call it something else than a person."""
        return self.articles - self.kinds["person"] - self.kinds["name"]

    @property
    def is_person(self) -> bool:
        """Whether articles call its bearer a person, and not more of them something else."""
        return self.kinds["person"] > self.others

    def takes(self, other: Standing) -> None:
        """Adds what is said of another name that turned out to be this one."""
        self.articles += other.articles
        for kind, count in other.kinds.items():
            self.kinds[kind] += count
        self.ties |= other.ties
        self.apart |= other.apart
        self.company |= other.company


def shares(one: Parts, other: Parts, sound: Sound) -> Iterator[float]:
    """How alike the parts sound, one after the other; 1 for what is one spelling, 0 where one has more parts."""
    if len(one) != len(other):
        yield 0.0
        return
    for left, right in zip(one, other, strict=True):
        share = 1.0 if left == right else sound.share(left, right)
        yield share if share < 1.5 else 0.0  # ヴィーチェスラフ: what the table hardly knows is like anything


class Verdict(NamedTuple):
    """What comes of two full names: merged, suggested or nothing (None), with the reasons."""

    decision: Decision | None
    why: tuple[str, ...]


class Likeness(NamedTuple):
    """A part of two full names that is spelt in two ways, and how alike the two sound: as a share, and in nats."""

    left: str
    right: str
    share: float
    weight: float


class Judge:
    """Says which full names are one, by the dictionaries, the sound table and how many articles tell of whom."""

    def __init__(
        self,
        lexicon: Lexicon,
        sound: Sound,
        known: KnownOf,
        articles: dict[str, int],
        canonical: Canonical = "attested",
    ) -> None:
        self.articles = articles  # of the names that are judged, and of their company
        self.lexicon = lexicon
        self._sound = sound
        self._known = known
        self._canonical = canonical

    def weight(self, standing: Standing) -> tuple[float, float]:
        """Who is written for whom: what the user's dictionary writes, then the attested and frequent.

        Articles have no order: what is written as it stands `first` in one is, across them, what stands in most.
        """
        told = sum(part in self.lexicon.names and self.lexicon.names[part].canonical == part for part in standing.parts)
        if self._canonical in ("frequent", "first"):
            return told, float(standing.articles)
        return told, self._standing_of(standing)

    def _standing_of(self, standing: Standing) -> float:
        attested: float = sum(self._is_attested(part) for part in standing.parts) / len(standing.parts)
        weight: float = standing.articles * ATTESTED**attested
        return weight

    def _is_attested(self, part: str) -> bool:
        return is_kana(part) and self._known(part).kind in ("person", "place", "proper")

    def against(self, one: Standing, other: Standing) -> str | None:
        """What keeps two names apart whatever speaks for them."""
        if apart := self.lexicon.keeps_apart(one.name, other.name):
            return apart
        for left, right in zip(one.parts, other.parts, strict=True):
            if apart := self.lexicon.keeps_apart(left, right):
                return apart
        if other.name in one.apart:
            return Said(
                f"{one.name} and {other.name} are two people in one article",
                f"一つの記事で「{one.name}」と「{other.name}」は別人",
            )
        if one.ties and other.ties and one.ties.isdisjoint(other.ties):
            mine, theirs = min(one.ties), min(other.ties)
            return Said(
                f"articles give {mine} for {one.name} and {theirs} for {other.name}",
                f"記事では「{one.name}」は「{mine}」、「{other.name}」は「{theirs}」",
            )
        if not is_kana(other.name) and one.ties and other.name not in one.ties:
            mine = min(one.ties)
            return Said(f"articles give {mine} for {one.name}", f"記事では「{one.name}」は「{mine}」")
        return None

    def verdict(self, one: Standing, other: Standing) -> Verdict:
        """Whether two names, the first in katakana, are one."""
        if not (one.is_person or other.is_person):
            return Verdict(None, ())
        alike = list(shares(one.parts, other.parts, self._sound))
        differing = [
            Likeness(left, right, share, self._sound.weight(left, right))
            for left, right, share in zip(one.parts, other.parts, alike, strict=True)
            if left != right
        ]
        why = tuple(
            Said(
                f"{part.right} sounds like {part.left} ({part.share:.0%} of itself)",
                f"「{part.right}」は「{part.left}」に音が近い（自身に対して {part.share:.0%}）",
            )
            for part in differing
        )
        if against := self.against(one, other):
            return Verdict(None, (*why, against))
        if tie := (one.ties & other.ties) or (one.ties & {other.name}):
            latin = min(tie)
            return Verdict("merged", (*why, Said(f"articles give {latin} for it", f"記事では「{latin}」とある")))
        if doubt := next(filter(None, map(self._doubt, differing)), None):
            return Verdict("suggested", (*why, doubt))
        if not is_kana(other.name):
            is_alike = (
                min(alike) >= SAME_ACROSS
                and sum(alike) >= ALL_ACROSS * len(alike)
                and min(part.weight for part in differing) >= FIRST_ACROSS
                and differing[-1].weight >= LAST_ACROSS
            )
            is_person = one.kinds["person"] >= PEOPLE * one.articles and not other.others
            return Verdict("merged" if is_alike and is_person else "suggested", why)
        if all(map(_is_same, differing)):
            return Verdict("merged", why)
        less = min((one, other), key=lambda standing: (self._standing_of(standing), standing.name))
        seldom = [part for part in less.parts if any(part in both[:2] for both in differing)]
        is_slip = all(self._known(part).kind in ("unknown", "compound") for part in seldom)
        company = self._company_of(one, other)
        # A brother's first name is another, and his company the same: only the family name may be far from alike.
        near = [part for part in differing if not is_slip or part[:2] == (one.parts[0], other.parts[0])]
        is_near = all(part.share >= LEAST_KNOWN and part.weight >= LEAST_KNOWN_WEIGHT for part in near)
        if company and is_near and min(part.weight for part in differing) >= ALIKE_WEIGHT:
            names, others = "・".join(seldom), "、".join(company[:2])
            told = (Said(f"{names} is in no dictionary", f"「{names}」はどの辞書にもない"),) if is_slip else ()
            return Verdict(
                "merged", (*why, Said(f"both stand with {others}", f"どちらも「{others}」とともに出る"), *told)
            )
        return Verdict("suggested", why)

    def _doubt(self, part: Likeness) -> str | None:
        """What the dictionary knows of two spellings that the ear takes for one: ロバート and ロベルト, ブラック and Bragg."""
        left, right, share, _ = part
        source = self._known(left).latin
        if not is_kana(right):
            spelt = source and Levenshtein.normalized_similarity(fold_latin(source), fold_latin(right))
            is_other = spelt and spelt < (NEAR_SOURCE if share >= SAME_SOURCE else 1)
            told = Said(f"the dictionary gives {left} for {source}", f"辞書では「{left}」は「{source}」")
            return told if is_other else None
        other = self._known(right).latin
        if source and other:
            told = Said(
                f"the dictionary gives {left} for {source} and {right} for {other}",
                f"辞書では「{left}」は「{source}」、「{right}」は「{other}」",
            )
            return told if source != other else None
        if self._is_attested(left) and self._is_attested(right) and not folds_alike(left, right):
            return Said(f"{left} and {right} both stand in the dictionary", f"「{left}」も「{right}」も辞書にある")
        return None

    def _company_of(self, one: Standing, other: Standing) -> list[str]:
        """Whom two names both stand with, if that says something: two of them, or one that is not in everyone's company."""
        shared = sorted(one.company & other.company)
        return shared if len(shared) > 1 or any(self.articles[name] < RARE_COMPANY for name in shared) else []


def _is_same(part: Likeness) -> bool:
    return part.share >= SAME_SHARE and part.weight >= (SAME_FOLDED if folds_alike(part.left, part.right) else SAME)


def folds_alike(left: str, right: str) -> bool:
    """Whether two spellings differ in nothing but ー, ッ, ヴ and the size of vowels.

    >>> folds_alike("ヴェリミロヴィッチ", "ベリミロビッチ"), folds_alike("カルヴァー", "カーヴァー")
    (True, False)
    """
    return _folded(left) == _folded(right)


def _folded(kana: str) -> str:
    for long, plain in _FOLDS:
        kana = kana.replace(long, plain)
    return kana
