"""Stage 3 settles on any text: what is clean stays clean, and no two rules undo each other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soroe import replay
from soroe.engine import Pipeline
from soroe.settings import Settings

PIPELINE = Pipeline(Settings(select=("R",)))

PIECES = (
    *"。、」「』『（）！…・ \t\n\r\u3000ー0359年月日時分第</>[]()!#@▁&;�⁇縺繧繝ã‚¢",
    *"\r\n|\n\n|![image]()|![|3月2023日|１３月|2023年|2月29日|31日|日本|旧暦".split("|"),
    *"</s>|<s>|<pad>|[SEP]|[CLS]|<unk>|@@ | ##|&amp;|amp;|quot;|&quot;|#39;|nbsp;".split("|"),
    *("彼は去ったと述べた", "アルトマン氏は、", "「必ず戻る", "- ", "| ", "# ", "**", "ãƒˆ"),
    *("https://a.example/", "`", "\ufeff"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=1500, deadline=None)
@given(text=texts, markup=st.sampled_from(["plain", "markdown"]))
def test_what_is_clean_stays_clean(text: str, markup: str) -> None:
    result = PIPELINE.clean(text, markup=markup)
    assert "E000" not in {finding.code for finding in result.findings}
    assert replay(text, result.edits) == result.text
    assert PIPELINE.clean(result.text, markup=markup).text == result.text


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ab彼は。\n", max_size=60), rounds=st.integers(1, 12))
def test_what_is_repeated_settles_too(text: str, rounds: int) -> None:
    result = PIPELINE.clean(text * rounds)
    assert PIPELINE.clean(result.text).text == result.text


@pytest.mark.parametrize(
    "piece",
    [
        *("あ", "彼は", "「", "」", "。", "&", "&amp;", "amp;", "<", "<s>", "<pad>", "@@ ", "▁あ", "縺", "ã‚¢", "�"),
        *(" ", "\t", "　", "\n", "\r\n", "。\n", "」\n", " \n", "![", "![image]()", "![image]()\n"),
        *("9", "3月", "2月と", "3月2023日", "2023年", "年月", "31時"),
        *("彼は港で船を待っていたと語った。", "彼は言った。\n", "「もし二人が戦うのなら」。"),
        "彼女が港の再開発に反対していることは誰もが知っていたが、市長だけは最後まで認めようとしなかったという",
    ],
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    """200,000 characters, often on one line; what grows with the square would take minutes."""
    start = time.perf_counter()
    PIPELINE.clean(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 20
