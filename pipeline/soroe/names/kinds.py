"""What a name is a name of: what stands beside it, what it looks like, and how much each of these says.

A multinomial logistic model: every cue of a mention has a weight (nats) for person, place, organisation and product, against
its being no name; the weights are learned, and stand in ``kinds.tsv`` to be read and reviewed. The cues are general: titles,
particles, brackets, the shape of the full name. What single words beside a name say comes from the packed table of `Shape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import regex

from soroe.lexicon import Kind, Lexicon
from soroe.names import REMEMBERED
from soroe.names.letters import HAN
from soroe.names.shape import CLASSES, SLOTS, Shape, Weights

Cue = tuple[str, float]

_JOINTS = re.compile(r"[・･＝= \u3000-]")
# Kanji, or two katakana and more; written so that it begins with one set, which `re` looks for fast.
_RUN = re.compile(rf"[{HAN}\u30a1-\u30fa\u30fc](?:(?<=[{HAN}])[{HAN}]*|[\u30a1-\u30fa\u30fc]+)")
_HAN = re.compile(rf"[{HAN}]+")
_RUN_BEFORE = regex.compile(r"(?r)([\p{Han}]+|[\u30a1-\u30fa\u30fc]{2,})[）)]?(?:の|である|、|・)?")
_PARTICLE = re.compile(
    r"によって|により|による|によると|によれば|に対して|に対する|に対し|について|にとって|において|における|に関する|として|とともに|と共に"
    r"|など[のがを]?|ら(?:とともに|によって|[はがのとをに])?|たち|達|という|といった|と[はの]|に[はも]|で[はも]|への|からの?|まで|より"
    r"|のような?|のほか|の他|および|及び|または|や|は、|[はがをにでとのもへ、。」』（(・&／/-]"
)
_BORN = re.compile(r"[生没歳]")
_YEAR = re.compile(r"\d{3,4}年")
_LATIN = re.compile(r"[A-Za-z]{2}")
# バラク・オバマ、ジョー・バイデンと: those in a list are of one kind.
_LISTED_BEFORE = regex.compile(r"(?r)([\u30a1-\u30fa\u30fc・＝=]{2,})(?:、|と|や|および|及び|または|, ?|，)")
_LISTED_AFTER = re.compile(r"(?:、|と|や|および|及び|または|, ?|，)([\u30a1-\u30fa\u30fc・＝=]{2,})")
_LONGEST_BRACKET = 120
_AROUND = 25
# Hiragana that are no particle: what stands before one is the stem of a verb, as in 演じる.
_INFLECTED = frozenset(map(chr, range(0x3041, 0x30A0))) - frozenset("はがをにでともやのへ")
_SENTENCE_END = re.compile(r"[。\n]")
_NOTHING = ("", "\n")
_LAST_OF_LIST = "、とやび, は，"
_FIRST_OF_LIST = ("、", "と", "や", "お", "及", "ま", ",", "，")
_IS = regex.compile(
    r"(?r)(?:のひとり|の一人|の一つ|の一種|の名称|のこと|名)?(?:である|であった|だった|です|でした)?。?"
)


class Beside(NamedTuple):
    """What follows a name on its line: what stands in brackets behind it, the particle after them, where the sentence ends."""

    inside: str
    stop: int  # where the brackets end, or the name
    particle: str
    sentence: int


class Kinds:
    """Weighs what a mention is of. What was worked out of a string is remembered: the same words stand beside many names."""

    def __init__(self, lexicon: Lexicon, shape: Shape, weights: Mapping[str, Weights]) -> None:
        self._shape = shape
        self._weights = weights
        self._titles = {title.text: title.kind for title in lexicon.titles}
        self._after = {title.text: title.kind for title in lexicon.titles if title.side == "after"}
        # Two people share the shape of their names wherever they stand.
        self._classes = lru_cache(maxsize=REMEMBERED)(shape.classes)
        self._row = lru_cache(maxsize=REMEMBERED)(self._row_of)
        self._word_weights = lru_cache(maxsize=REMEMBERED)(shape.weights)
        self._form_weights = lru_cache(maxsize=REMEMBERED)(self._weights_of_form)
        self._title_behind = lru_cache(maxsize=REMEMBERED)(self._title_in)
        self._list_shape = lru_cache(maxsize=REMEMBERED)(self._shape_of_listed)

    @classmethod
    def load(cls, lexicon: Lexicon, folder: Path) -> Kinds:
        """The learned weights in a folder, ``kinds.tsv`` and ``kinds.bin``."""
        weights: dict[str, Weights] = {}
        for line in (folder / "kinds.tsv").read_text("utf-8").split("\n"):
            if line and not line.startswith("#"):
                cue, *nats = line.split("\t")
                weights[cue] = tuple(map(float, nats))
        return cls(lexicon, Shape.load(folder / "kinds.bin"), weights)

    def weigh(
        self, text: str, start: int, end: int, titles: Iterable[str], surfaces: Sequence[str], known: Sequence[str]
    ) -> Weights:
        """The log-odds (nats) that a chain of a text names a person, a place, an organisation, a product, against no name."""
        joints = "".join(sorted(set(_JOINTS.findall(text, start, end)))) if len(surfaces) > 1 else ""
        weights, word_weights = self._weights.get, self._word_weights
        beside = after(text, end)
        said = [self._form_weights(tuple(surfaces), tuple(known), joints)]
        for cue, value in self.cues(text, start, end, titles, known, beside):
            if nats := weights(cue):
                said.append(nats if value == 1.0 else tuple([value * one for one in nats]))
        said += [word_weights(row, slot) for slot, row in self._bound(text, start, end, beside)]
        if rows := self._near(text, start, end):
            around = [word_weights(row, _NEAR) for row in rows]
            share = 1.0 / len(rows)
            said.append(tuple([share * sum(column) for column in zip(*around, strict=True)]))
        return tuple([sum(column) for column in zip(*said, strict=True)])

    def _weights_of_form(self, surfaces: Sequence[str], known: Sequence[str], joints: str) -> Weights:
        """What the name itself says, wherever it stands."""
        person, place, organisation, product = self._weights["always"]
        for cue, value in self.form(surfaces, known, joints):
            if nats := self._weights.get(cue):
                person += value * nats[0]
                place += value * nats[1]
                organisation += value * nats[2]
                product += value * nats[3]
        for slot, row, share in self.itself(surfaces):
            nats = self._word_weights(row, slot)
            person += share * nats[0]
            place += share * nats[1]
            organisation += share * nats[2]
            product += share * nats[3]
        return person, place, organisation, product

    def itself(self, surfaces: Sequence[str]) -> Iterator[tuple[int, int, float]]:
        """What the parts of the name mean where they are words that the table knows: the slot, the row, and its share."""
        slot = _ITSELF if len(surfaces) == 1 else _PART
        rows = [row for surface in surfaces if (row := self._shape.word(surface)) >= 0]
        for row in rows:
            yield slot, row, 1.0 / len(rows)

    def form(self, surfaces: Sequence[str], known: Sequence[str], whole: str) -> Iterator[Cue]:
        """What the name itself is like: its parts, how they are joined, what the dictionary says of each."""
        last = len(surfaces) - 1
        one = "one" if last == 0 else "full"
        is_latin = surfaces[-1][0] < "\u3000"
        script = "latin" if is_latin else "kana"
        yield f"{script} {one}", 1.0
        yield f"units {min(last + 1, 4)}", 1.0
        yield f"joint {''.join(sorted(set(_JOINTS.findall(whole))))}|", 1.0
        yield f"length {min(9, max(map(len, surfaces)))}", 1.0
        for at, word in enumerate(known):
            place = "only" if last == 0 else "first" if at == 0 else "last" if at == last else "inner"
            yield f"known {place} {word}", 1.0
            yield f"known {one} {word}", 1.0
        shapes = [self._classes(surface) for surface in surfaces]
        for at, name in enumerate(CLASSES):
            nats = [_clipped(shape[at]) for shape in shapes]
            yield f"shape {script} {one} {name}", sum(nats) / len(nats)
            if last:
                yield f"shape first {name}", nats[0]
                yield f"shape last {name}", nats[-1]
                yield f"shape least {name}", min(nats)
                yield f"shape most {name}", max(nats)

    def cues(
        self, text: str, start: int, end: int, titles: Iterable[str], known: Sequence[str], beside: Beside
    ) -> Iterator[Cue]:
        """What stands beside the name: titles, the letters before and after, brackets, particles, the names in one list."""
        word = known[-1] if len(known) == 1 else "full" if known else "none"
        for title in titles:
            yield title, 1.0
            yield f"{title} {word}", 1.0
        following, before = text[end : end + 1], text[start - 1 : start] if start else ""
        if following in _NOTHING:
            yield "then nothing", 1.0
        if before in _NOTHING:
            yield "nothing then", 1.0
        for length in range(1, 4):
            if end + length <= len(text):
                yield f"then {text[end : end + length]}", 1.0
            if start - length >= 0:
                yield f"{text[start - length : start]} then", 1.0
        if not _is_kana(following) and (run := _HAN.match(text, end)):
            yield "then kanji", 1.0
            if kind := self._title_behind(run[0]):
                yield f"{kind} after kanji", 1.0  # フランク・ノックス海軍長官
        if not _is_kana(before) and _HAN.match(before):
            yield "kanji then", 1.0
        inside, stop, particle, sentence = beside
        if inside:
            if _YEAR.search(inside):
                yield "year in brackets", 1.0
            if _LATIN.search(inside):
                yield "latin in brackets", 1.0
            if _BORN.search(inside):
                yield "born in brackets", 1.0
        yield f"particle {particle}|", 1.0
        if particle in _SUBJECT:
            is_ = _IS.match(text, stop, sentence)
            at = is_.start() if is_ else sentence
            for one in range(max(stop + len(particle), at - 6), at - 1):
                if kind := self._titles.get(text[one:at]):
                    yield f"is a {kind}", 1.0
                    yield f"is a {kind} {word}", 1.0
                    break
            yield f"ends {text[max(stop, sentence - 2) : sentence]}", 1.0
            yield f"ends {text[max(stop, sentence - 3) : sentence]}", 1.0
        yield from self._listed(text, start, end)

    def _title_in(self, run: str) -> Kind | None:
        """The kind of the longest title, not all of the run, that a run of kanji ends in."""
        return next((kind for at in range(1, len(run)) if (kind := self._after.get(run[at:]))), None)

    def _listed(self, text: str, start: int, end: int) -> Iterator[Cue]:
        listed = []
        if (
            start
            and text[start - 1] in _LAST_OF_LIST
            and (before := _LISTED_BEFORE.match(text, max(0, start - 40), start))
        ):
            listed.append(before[1].strip("・＝="))
        if text[end : end + 1] in _FIRST_OF_LIST and (match := _LISTED_AFTER.match(text, end)):
            listed.append(match[1].strip("・＝="))
        shapes = [shape for one in listed if (shape := self._list_shape(one))]
        if shapes:
            yield "listed", 1.0
            yield f"listed {'full' if any('・' in one for one in listed) else 'one'}", 1.0
            for at, name in enumerate(CLASSES):
                yield f"listed {name}", min(shape[at] for shape in shapes)

    def _shape_of_listed(self, name: str) -> Weights:
        """What a name in the same list looks like; nothing where it has no letters."""
        shapes = [self._classes(part) for part in _JOINTS.split(name) if part]
        return tuple(_clipped(sum(nats) / len(nats)) for nats in zip(*shapes, strict=True))

    def words(self, text: str, start: int, end: int, beside: Beside) -> Iterator[tuple[int, int, float]]:
        """The words beside the name that the table knows: the slot, the row, and its share."""
        for slot, row in self._bound(text, start, end, beside):
            yield slot, row, 1.0
        rows = self._near(text, start, end)
        for row in rows:
            yield _NEAR, row, 1.0 / len(rows)

    def _bound(self, text: str, start: int, end: int, beside: Beside) -> Iterator[tuple[int, int]]:
        """The words that stand in a slot of their own."""
        row_of = self._row
        if (before := _RUN_BEFORE.match(text, max(0, start - 14), start)) and (row := row_of(before[1], False)) >= 0:
            yield _BEFORE, row
        if (run := _RUN.match(text, end)) and (row := row_of(run[0], False)) >= 0:
            yield _AFTER, row
        _, stop, particle, sentence = beside
        if particle:
            behind = stop + len(particle)
            run = _RUN.search(text, behind, min(sentence, behind + 30))
            if run and (row := row_of(run[0], text[run.end() : run.end() + 1] in _INFLECTED)) >= 0:
                yield _CLAUSE, row
            if particle in _SUBJECT:
                runs = [*_RUN.finditer(text, max(behind, sentence - _AROUND), sentence)]
                if runs and (row := row_of(runs[-1][0], text[runs[-1].end() : runs[-1].end() + 1] in _INFLECTED)) >= 0:
                    yield _PREDICATE, row

    def _near(self, text: str, start: int, end: int) -> list[int]:
        """The rows of all words around the name."""
        row_of = self._row
        runs = (*_RUN.finditer(text, max(0, start - _AROUND), start), *_RUN.finditer(text, end, end + _AROUND))
        rows = [row_of(run[0], text[(at := run.end()) : at + 1] in _INFLECTED) for run in runs]
        return [row for row in rows if row >= 0]

    def _row_of(self, run: str, is_verb: bool) -> int:
        """The row of a run's word: of a verb, its stem (演 of 演じる, marked ~), else its last word."""
        row = self._shape.word(f"{run}~") if is_verb else -1
        return row if row >= 0 else self._shape.last_word(run)


def after(text: str, end: int) -> Beside:
    """What follows a name that ends there."""
    inside, stop = "", end
    if (bracket := text[end : end + 1]) and bracket in "（(":
        closed = text.find("）" if bracket == "（" else ")", end, end + _LONGEST_BRACKET)
        if closed > 0:
            inside, stop = text[end + 1 : closed], closed + 1
    particle = _PARTICLE.match(text, stop)
    found = _SENTENCE_END.search(text, stop, stop + 200)
    sentence = found.start() if found else min(len(text), stop + 200)
    return Beside(inside, stop, particle[0] if particle else "", sentence)


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30ff"


_BEFORE, _AFTER, _CLAUSE, _PREDICATE, _NEAR, _ITSELF, _PART = range(len(SLOTS))
_SUBJECT = ("は", "は、", "が", "も")


def _clipped(nats: float) -> float:
    """Log-probabilities below -8 are all alike; half of them keeps their weights of the size of the others'."""
    return max(nats, -8.0) / 2


def kind_of(weighed: Sequence[Weights]) -> tuple[Kind, float]:
    """The likeliest kind of a spelling whose mentions were weighed, and the log-odds (nats) that it is that.

    >>> kind_of([(3.0, 1.0, 0.0, 0.0), (2.0, 1.0, 0.0, 0.0)])
    ('person', 0.756)
    """
    nats = [sum(column) / len(weighed) for column in zip(*weighed, strict=True)]
    kinds: list[tuple[float, Kind]] = [(0.0, "other"), *zip(nats, _KINDS, strict=True)]
    best, kind = max(kinds, key=lambda one: one[0])
    others = sum(exp(one - best) for one, name in kinds if name != kind)
    return kind, round(max(0.0, -log(others)), 3)


_KINDS: tuple[Kind, ...] = ("person", "place", "organisation", "product")
