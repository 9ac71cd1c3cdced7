"""Stages 1 and 2 settle on any text: what is clean stays clean, and no two rules undo each other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soroe import replay
from soroe.engine import Pipeline
from soroe.settings import Settings

PIPELINE = Pipeline(Settings(select=("C", "P", "R305")))

PIECES = (
    *'「」『』｢｣（）()"＂“”„〝〟、。，．・：:！？!? \t\n\r\u3000',
    *"０１２９0129ＡＺａｗAZaw年月日つ,.-％＆",
    *"\u200b\u200c\u200d\ufeff\u00ad\u0000\u001b\u007f\u0085\u0093\u200e\u202e\u2028\u000b\ud800👩💻️אक\ufffc",
    *"一二力口夕工へり-―ーァュアルメカニュトｱﾊﾞ",
    *"はがをのと彼氏様語述",
    *"メ一ル|サ-ビス|二ュース|アルトマン|Musk 氏|さん|マスク|OpenAI の|２０２３年|2023年|ＡＩ|AI|GPT4|ＧＰＴ4".split(
        "|"
    ),
    *'は"|"と述べた|た "と|。"|「彼は|です。」|"必ず行く。"| "超"な| 」|。 |、 |5"|("|":|1) |（笑|:)'.split("|"),
    *("彼は去ったと述べた", "- ", "| ", "# ", "**", "https://a.example/b_(c)", "`", "\x1b[31m"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=1500, deadline=None)
@given(text=texts, markup=st.sampled_from(["plain", "markdown"]))
def test_what_is_clean_stays_clean(text: str, markup: str) -> None:
    result = PIPELINE.clean(text, markup=markup)
    assert "E000" not in {finding.code for finding in result.findings}
    assert replay(text, result.edits) == result.text
    assert PIPELINE.clean(result.text, markup=markup).text == result.text


@settings(max_examples=1000, deadline=None)
@given(text=st.text(alphabet='"“”「」『 は、。と述べた5A\n', max_size=40))
def test_quotes_settle(text: str) -> None:
    result = PIPELINE.clean(text)
    assert "E000" not in {finding.code for finding in result.findings}
    assert PIPELINE.clean(result.text).text == result.text


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="2０２Ａa年、。 ", max_size=20), rounds=st.integers(1, 12))
def test_majorities_settle(text: str, rounds: int) -> None:
    result = PIPELINE.clean(text * rounds)
    assert "E000" not in {finding.code for finding in result.findings}
    assert PIPELINE.clean(result.text).text == result.text


@pytest.mark.parametrize(
    "piece",
    [
        *("あ", "ア", "A", "Ａ", "２", "2２", "一", "ア一", "ア-", "アー", "メ一ル", "二ュ", "0，000", "1.", "Ａa"),
        *(
            " ",
            "\u3000",
            " 」",
            "「",
            "」",
            "「」",
            '"',
            '" ',
            ' "',
            '"あ"',
            '"。"',
            "(",
            ")",
            "(”",
            "“",
            '「"',
            '"(',
            "1)",
        ),
        *(
            "あ ",
            "。 あ",
            "Musk 氏",
            "氏 ",
            "\u200b",
            "あ\u200b",
            "\x00",
            "\x1b[",
            "א",
            "א\u200e",
            "\n",
            '"\n',
            "「\n",
            "\u200eא\n",
        ),
        '彼は "必ず行く "と述べた。',
        '「彼は必ず行く。"\n',
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    """200,000 characters, often on one line; what grows with the square would take minutes."""
    start = time.perf_counter()
    PIPELINE.clean(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 30
