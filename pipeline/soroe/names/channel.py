"""A channel that a name goes through on its way into katakana: the Latin letters it is written in, or a Chinese rendering.

A joint segment model (Bisani and Ney 2008, without context): a katakana spelling and its other spelling are a chain of segments,
and p(x, y) is the sum over all chains. Scores are log p(x, y) - log p(x) - log p(y), in nats: how much likelier the two are as
one name than as two. Katakana against katakana goes through what they share, q(a, b) = sum over c of p(a, c) p(b, c) / p(c),
so that アル and オー are alike because "al" is written as both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from math import exp, log

from soroe.names import REMEMBERED
from soroe.names.letters import morae
from soroe.names.table import Segments

# What no pair of the table explains costs this much more than chance (nats); エ for a, once in a spelling, is a typo.
ESCAPE = 4.0
_ESCAPE = exp(-ESCAPE)
_SHARE = exp(-ESCAPE / 2)
_FLOOR = 1e-7
# The score of two spellings of which one is more than twice as long as the other: no chain of segments joins them.
NEVER = -99.0


class Channel:
    """Segments of up to so many morae against so many units of the other spelling, ready to score."""

    def __init__(self, segments: Segments, most_morae: int, most_units: int) -> None:
        self.segments = segments
        self._most_morae, self._most_units = most_morae, most_units
        self._own = lru_cache(maxsize=REMEMBERED)(self._own_of)
        self._through = lru_cache(maxsize=REMEMBERED)(self._through_of)
        self._own_score = lru_cache(maxsize=REMEMBERED)(self._itself)
        self._kana_score = lru_cache(maxsize=REMEMBERED)(self._kana_kana)
        self._other_score = lru_cache(maxsize=REMEMBERED)(self._kana_other)
        self._kana_steps = lru_cache(maxsize=REMEMBERED)(self._cut_kana)
        self._other_steps = lru_cache(maxsize=REMEMBERED)(self._cut_other)
        self._log_kana = lru_cache(maxsize=REMEMBERED)(self._alone_kana)
        self._log_other = lru_cache(maxsize=REMEMBERED)(self._alone_other)

    def kana_kana(self, left: str, right: str) -> float:
        """How much likelier two katakana spellings are as one name than as two, in nats; `NEVER` where no chain joins them."""
        return self._kana_score(left, right) if left <= right else self._kana_score(right, left)

    def itself(self, kana: str) -> float:
        """How alike a katakana spelling is to itself, in nats, both cut into the same segments: the most that another can be like it."""
        return self._own_score(kana)

    def kana_other(self, kana: str, units: Sequence[str]) -> float:
        """How much likelier a katakana spelling and another are as one name than as two, in nats."""
        return self._other_score(kana, tuple(units))

    def worst(self, kana: str, units: Sequence[str]) -> float:
        """The worst segment of the best chain, log p(a, c) - log p(a) - log p(c) in nats: look-alikes have one bad place.

        A segment of the chain that the table never saw is worth -`ESCAPE`; `NEVER` where no chain joins the two.
        """
        x, y = self._kana_steps(kana), self._other_steps(tuple(units))
        impossible = (0.0, NEVER)
        chart = [[impossible] * (len(y) + 1) for _ in range(len(x) + 1)]
        chart[0][0] = (1.0, -NEVER)
        for i, kana_steps in enumerate(x):
            row = chart[i]
            for after_i, segment, _ in kana_steps:
                of = self.segments.of(segment)
                alone_kana = self.segments.kana.get(segment, _FLOOR)
                below = chart[after_i]
                for j, steps in enumerate(y):
                    here, worst = row[j]
                    if here:
                        for after_j, part, alone in steps:
                            p = of.get(part, 0.0)
                            unseen = _ESCAPE * alone_kana * alone
                            best = here * max(p, unseen)
                            if best > below[after_j][0]:
                                nats = log(p / (alone_kana * self.segments.other[part])) if p > unseen else -ESCAPE
                                below[after_j] = (best, min(worst, nats))
        return chart[-1][-1][1]

    def _kana_kana(self, left: str, right: str) -> float:
        x, y = self._kana_steps(left), self._kana_steps(right)
        through = self._through
        chart = [[0.0] * (len(y) + 1) for _ in range(len(x) + 1)]
        chart[0][0] = 1.0
        for i, left_steps in enumerate(x):
            row = chart[i]
            for after_i, a, unseen_a in left_steps:
                below = chart[after_i]
                through_a = through(a)
                for j, right_steps in enumerate(y):
                    here = row[j]
                    if here:
                        for after_j, b, unseen_b in right_steps:
                            below[after_j] += here * (through_a.get(b, 0.0) + unseen_a * unseen_b)
        both = chart[-1][-1]
        return log(both) - self._log_kana(left) - self._log_kana(right) if both else NEVER

    def _itself(self, kana: str) -> float:
        steps = self._kana_steps(kana)
        sums = [1.0] + [0.0] * len(steps)
        for i, segments in enumerate(steps):
            for after_i, a, unseen in segments:
                sums[after_i] += sums[i] * (self._own(a) + unseen * unseen)
        return log(sums[-1]) - 2 * self._log_kana(kana) if sums[-1] else NEVER

    def _own_of(self, a: str) -> float:
        """q(a, a) of a segment of katakana."""
        return sum([p * p / self.segments.other[c] for c, p in self.segments.of(a).items()])

    def _through_of(self, a: str) -> dict[str, float]:
        """q(a, b) of a segment of katakana, by the segments that share a spelling with it."""
        through: defaultdict[str, float] = defaultdict(float)
        for c, p in self.segments.of(a).items():
            share = p / self.segments.other[c]
            for b, q in self.segments.written(c):
                through[b] += share * q
        return dict(through)

    def _kana_other(self, kana: str, units: tuple[str, ...]) -> float:
        x, y = self._kana_steps(kana), self._other_steps(units)
        chart = [[0.0] * (len(y) + 1) for _ in range(len(x) + 1)]
        chart[0][0] = 1.0
        for i, kana_steps in enumerate(x):
            row = chart[i]
            for after_i, segment, _ in kana_steps:
                of = self.segments.of(segment)
                unseen = _ESCAPE * self.segments.kana.get(segment, _FLOOR)
                below = chart[after_i]
                for j, steps in enumerate(y):
                    here = row[j]
                    if here:
                        for after_j, part, alone in steps:
                            p = of.get(part, 0.0) + unseen * alone
                            if p:
                                below[after_j] += here * p
        both = chart[-1][-1]
        return log(both) - self._log_kana(kana) - self._log_other(units) if both else NEVER

    def _cut_kana(self, kana: str) -> list[list[tuple[int, str, float]]]:
        """The segments that begin at each mora, and the share of each in a pair that the table never saw: those go mora by mora."""
        units, known = morae(kana), self.segments.kana
        steps = []
        for i in range(len(units)):
            parts = [(a, "".join(units[i : i + a])) for a in range(1, min(self._most_morae, len(units) - i) + 1)]
            steps.append(
                [(i + a, part, _SHARE * known.get(part, _FLOOR) if len(part) <= 2 else 0.0) for a, part in parts]
            )
        return steps

    def _cut_other(self, units: tuple[str, ...]) -> list[list[tuple[int, str, float]]]:
        """The segments that begin at each unit, and how likely each is alone; a segment of three and more must be known."""
        steps = []
        for j in range(len(units)):
            parts = [(b, "".join(units[j : j + b])) for b in range(1, min(self._most_units, len(units) - j) + 1)]
            known = self.segments.other
            steps.append([(j + b, part, known.get(part, _FLOOR) if b <= 2 else 0.0) for b, part in parts])
        return steps

    def _alone_kana(self, kana: str) -> float:
        return _alone(morae(kana), self.segments.kana, self._most_morae)

    def _alone_other(self, units: tuple[str, ...]) -> float:
        return _alone(units, self.segments.other, self._most_units)


def _alone(units: Sequence[str], probability: dict[str, float], longest: int) -> float:
    """log p of a spelling alone, summed over all ways to cut it into segments."""
    sums = [1.0] + [0.0] * len(units)
    for i in range(len(units)):
        for a in range(1, min(longest, len(units) - i) + 1):
            sums[i + a] += sums[i] * probability.get("".join(units[i : i + a]), _FLOOR)
    return log(sums[-1])
