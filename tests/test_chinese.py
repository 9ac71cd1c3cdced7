"""Signs that a text came from Chinese: what is no sign comes first, for a channel that opens wrongly makes one man of two."""

from __future__ import annotations

import pytest

from soroe.lexicon import Lexicon
from soroe.names.chinese import NO_CHINESE, chinese_only
from soroe.names.resolve import Names
from soroe.names.weighing import scores, with_signature

LEXICON = Lexicon.load()
NAMES = Names(LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("国会の学生に対し、万人は来た。", id="letters that Japan simplified alike"),
        pytest.param("這個時間、他們説過。", id="old letters, which Japan wrote too"),
        pytest.param("アルトマン氏は过ちを認めた。", id="one letter may be a slip"),
        pytest.param("アルトマン（社長）氏は語った。", id="a gloss that says what he is"),
        pytest.param("アルトマン（安倍）氏は語った。", id="a gloss that sounds otherwise"),
        pytest.param("イランで一連の事件が起きた。", id="two hanzi sound like anything: 一連, yi lian"),
        pytest.param("基本的にイベントは不可能だ。", id="three that sound a little like it"),
        pytest.param("馬克思主義的な方法。", id="a name in hanzi, and none in katakana"),
    ],
)
def test_no_sign_of_chinese(text: str) -> None:
    assert NAMES._signs.of(text, list(NAMES.spellings(text))) is NO_CHINESE


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        pytest.param("アルトマン氏は对此认めた。", "对・认 in the text are Chinese letters", id="letters"),
        pytest.param(
            "マスク（马斯克）氏は語った。", "マスク reads like 马斯克, which stands in the text", id="a gloss"
        ),
        pytest.param(
            "サム・アルトマン（萨姆·奥特曼）氏は",
            "サム reads like 萨姆, which stands in the text",
            id="a gloss of a full name",
        ),
        pytest.param(
            "ティール氏は語った。扎克伯格氏とザッカーバーグ氏は",
            "ザッカーバーグ reads like 扎克伯格, which stands in the text",
            id="a name left in hanzi",
        ),
    ],
)
def test_signs_of_chinese(text: str, sign: str) -> None:
    assert NAMES._signs.of(text, list(NAMES.spellings(text))).sign == sign


def test_a_rendering_belongs_to_whom_it_stands_beside() -> None:
    text = "アルトマン（奥特曼）氏。ハルトマン（哈特曼）氏。オトマン氏。ブリン氏。"
    chinese = NAMES._signs.of(text, list(NAMES.spellings(text)))
    found = {kana: chinese.rendering_of(kana, NAMES.sound) for kana in NAMES.spellings(text)}
    assert {kana: rendering and rendering.hanzi for kana, rendering in found.items()} == {
        "アルトマン": "奥特曼",
        "ハルトマン": "哈特曼",
        "オトマン": "奥特曼",
        "ブリン": None,
    }


def test_letters_of_both_are_none_of_chinese_alone() -> None:
    assert chinese_only().findall("国会学体万与数来麦号奥特曼克斯") == []
    assert chinese_only().findall("对认们马这说时为过吗发现") == list("对认们马这说时为过吗发现")


# Spelt two ways that are far apart for one who reads English: クライッチマン, フォーキン.
FAR = "クレッチマン氏は笑う。クレッチマン氏は泣く。クレッチマン氏は去る。クライッチマン氏は来る。"
OTHER = "フォージン氏は笑う。フォージン氏は泣く。フォージン氏は去る。フォーキン氏は来る。"


def test_another_name_that_is_one_through_chinese_alone_opens_the_channel() -> None:
    pairs = NAMES.pairs(FAR + OTHER)
    assert all(fact.kind != "chinese" for seen in pairs.values() for fact in seen.facts)
    heard = with_signature(pairs, scores(pairs, LEXICON.weights), LEXICON.weights, NAMES.sound)
    (fact,) = (fact for fact in heard["フォージン", "フォーキン"].facts if fact.kind == "chinese")
    assert fact.amount > 1 and "クレッチマン/クライッチマン" in fact.why


def test_no_other_name_opens_nothing() -> None:
    pairs = NAMES.pairs(FAR)
    assert with_signature(pairs, scores(pairs, LEXICON.weights), LEXICON.weights, NAMES.sound) is pairs


@pytest.mark.parametrize(
    ("sign", "decision"),
    [("", None), ("国会の対応。", None), ("他们对此。", "merged"), ("普雷德拉格の話。", "merged")],
    ids=["no sign", "Japanese letters", "Chinese letters", "a name left in hanzi"],
)
def test_what_came_from_chinese_is_made_one_and_says_why(sign: str, decision: str | None) -> None:
    text = "プレドラグ氏は笑う。プレドラグ氏は泣く。プレドラグ氏は去る。ペラグ氏は来る。\n" + sign
    alias = next((a for e in NAMES.resolve(text) for a in e.aliases if a.surface == "ペラグ"), None)
    assert (alias and alias.decision) == decision
