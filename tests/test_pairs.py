"""The pairs of spellings of a run: what is told of them depends neither on their order nor on how many are in memory."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from soroe.formats.pairs import Pair, Pairs, Seen

names = st.sampled_from(["アルトマン", "オートマン", "Altman", "𠮷野", "￥", "a\ud800"])
pairs = st.builds(Pair, names, names, st.just("person"), st.sampled_from(["merged", "suggested"]))
seen = st.builds(
    Seen, st.integers(1, 3), st.just(1), st.sampled_from([-1.5, 0.0, 7.25]), st.sampled_from(["あ", "b", "𠮷", ""])
)
met = st.lists(st.tuples(pairs, seen), max_size=30)


def ranked(met: list[tuple[Pair, Seen]], in_memory: int) -> list[tuple[Pair, Seen]]:
    with patch("soroe.formats.pairs._IN_MEMORY", in_memory):
        sums = Pairs()
        for pair, one in met:
            sums.add(pair, one)
        told = list(sums.ranked())
        assert (len(sums), list(sums.ranked())) == (len(told), told)
        return told


@given(met, st.integers(1, 5), st.randoms())
def test_the_same_in_any_order_and_in_any_memory(
    met: list[tuple[Pair, Seen]], in_memory: int, chance: st.DataObject
) -> None:
    told = ranked(met, 100)
    chance.shuffle(met)  # type: ignore[attr-defined]
    assert ranked(met, in_memory) == told


@given(met)
def test_nothing_is_lost(met: list[tuple[Pair, Seen]]) -> None:
    told = dict(ranked(met, 1))
    assert sum(one.mentions for one in told.values()) == sum(one.mentions for _, one in met)
    assert sum(one.documents for one in told.values()) == len(met)
    for pair, one in told.items():
        best = max(each.score for other, each in met if other == pair)
        assert (one.score, one.why) == (
            best,
            min(each.why for other, each in met if (other, each.score) == (pair, best)),
        )


def test_the_most_frequent_come_first() -> None:
    rare, common = (Pair(name, "オートマン", "person", "merged") for name in ("アルトマン", "オルトマン"))
    met = [(rare, Seen(1, 1, 9.0, "")), (common, Seen(2, 1, 1.0, "")), (common, Seen(1, 1, 2.0, "b"))]
    assert ranked(met, 1) == [(common, Seen(3, 2, 2.0, "b")), (rare, Seen(1, 1, 9.0, ""))]
