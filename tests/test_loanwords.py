"""W501 looks at a text twice: roughly first, and closely where that has found something. The rough look loses nothing."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soroe.rules import w501_loanword_spelt_two_ways as w501

RUNS = st.lists(
    st.text(alphabet="サルバビーヴァィイデジテチフホォンッウエェヤア", min_size=3, max_size=9).filter(
        lambda run: run[0] != "ー"
    ),
    unique=True,
    max_size=12,
)


def is_part(part: str, run: str) -> bool:
    """Whether a run begins or ends with the other, spelt in another way in ー at its end or in ヴ."""
    heard, whole = w501.bare(part), w501.bare(run)
    if not 3 <= len(heard) < len(whole) - 1 or not (whole.startswith(heard) or whole.endswith(heard)):
        return False
    return part not in run or f"{part}ー" in run


@given(RUNS)
def test_a_rough_look_finds_all_that_a_close_one_does(runs: list[str]) -> None:
    same = {frozenset(pair) for pair in combinations(runs, 2) if w501.sound(pair[0]) == w501.sound(pair[1])}
    # Of two runs that sound alike, one stands for both.
    parts = {(w501.bare(part), run) for part, run in permutations(runs, 2) if is_part(part, run)}
    near = w501._near(runs)
    assert same <= {frozenset(pair) for pair in near}
    standing = {w501.bare(run): run for run in runs}
    assert {(part, run) for part, run in parts if is_part(standing[part], run)} <= {
        (w501.bare(part), run) for part, run in near
    }


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(("サーバー", "サーバ"), id="at the end"),
        pytest.param(("サーバー", "サーバルーム"), id="at the end of a beginning"),
        pytest.param(("サーバ", "サーバールーム"), id="the other way round"),
        pytest.param(("サーバー", "ファイルサーバ"), id="at an end"),
        pytest.param(("サーバ", "ファイルサーバー"), id="at an end, the other way round"),
        pytest.param(("ヴァイオリン", "バイオリンソナタ"), id="in ヴ"),
        pytest.param(("バイオリン", "ヴァイオリンソナタ"), id="in ヴ of a beginning"),
        pytest.param(("ソナタ", "ソフトウェア", "ソフトウエア"), id="in a small vowel"),
        pytest.param(("ダイヤモンド", "ダイアモンド"), id="in ヤ"),
        pytest.param(("クリエイター", "クリエーター"), id="in イ"),
        pytest.param(("スマートホン", "スマートフォン"), id="in フォ"),
        pytest.param(("ラディエーター", "ラジエーター"), id="in ディ"),
    ],
)
def test_what_differs_is_near(runs: tuple[str, ...]) -> None:
    assert len(w501._near(runs)) == 1


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(("サーバー", "サーバールーム", "ファイルサーバー"), id="one spelling throughout"),
        pytest.param(("ヴァイオリン", "ヴァイオリンソナタ"), id="ヴ throughout"),
        pytest.param(("アリーナ", "エリア", "ユーロ", "オイル"), id="other words"),
    ],
)
def test_what_does_not_differ_is_not_near(runs: tuple[str, ...]) -> None:
    assert w501._near(runs) == []
