"""C104: a look-alike inside a katakana word becomes katakana.   メ一ル → メール, アメリ力ン → アメリカン

OCR and old input methods write 一, ― or - for ー, 力 for カ, 口 for ロ. No one sees it, and no search finds the word.
One such character between katakana is replaced if the word it then makes stands elsewhere in the document or in the
dictionary, and the pieces left and right of it do not. A 二 before a small letter or ー (二ュース) can only be ニ, and a dash
between a name and 氏 (モラ―氏) only ー.

Left alone: アメリカ-イラン, キム-トランプ (two names), カタカナ二つ, アジア一, スピード力テスト, モニタ一セット,
バルセロナへレンタル.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import regex

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.rules.words import tokens
from soroe.text import Edit, Finding, Span

CODE = "C104"
SUMMARY_JA = "カタカナ語に紛れ込んだ、形の似た字を直す"

_DASHES = "-‐‑‒–—―−－─━"
_KATAKANA_FOR = {
    **dict.fromkeys(_DASHES + "一", "ー"),
    "二": "ニ",
    "力": "カ",
    "口": "ロ",
    "八": "ハ",
    "夕": "タ",
    "工": "エ",
    "卜": "ト",
    "才": "オ",
    "千": "チ",
    "三": "ミ",
    "へ": "ヘ",
    "べ": "ベ",
    "ぺ": "ペ",
    "り": "リ",
    "丿": "ノ",
    "厶": "ム",
    "乂": "メ",
    "又": "ヌ",
}
_KANA = r"[ァ-ヺー]"
_SUSPECTS = "".join(regex.escape(sign) for sign in _KATAKANA_FOR)
# Katakana with look-alikes between. (Where a pattern begins with a set of letters, the standard library is the faster.)
_RUN = re.compile(rf"{_KANA}{_KANA}*(?:[{_SUSPECTS}]{_KANA}+)*")
_MIXED_RUN = re.compile(rf"{_KANA}(?<!{_KANA}.){_KANA}*(?:[{_SUSPECTS}]{_KANA}+)+")
_LOOKALIKE = re.compile(rf"[{_SUSPECTS}]")
# 二ュース, 力ード: no kanji is followed by these. 一ッ and へー are, in shouting.
_ONLY_KANA = regex.compile(rf"(?<!\p{{Han}})[二力口八工卜千](?=[ァィゥェォャュョー]{_KANA})")
# An aside, ホテル―氏の家に近い―, has a dash at its end too.
_TITLED = re.compile(rf"[{regex.escape(_DASHES)}](?<={_KANA}.)(?=氏|さん)(?![^。\n]*[―—─━])")
# What every finding needs; most texts have none.
_BETWEEN = re.compile(rf"[{_SUSPECTS}](?:[ァィゥェォャュョー]|(?<={_KANA}.)(?:{_KANA}|氏|さん))")
_LONGEST_RUN = 20
_SHORTEST_WORD = 3


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every look-alike that the word around it proves."""
    if not _BETWEEN.search(page.text):
        return
    words: set[str] | None = None
    proven = {match.start() for pattern in (_ONLY_KANA, _TITLED) for match in pattern.finditer(page.text)}
    for at in sorted(proven):
        yield _finding(page.text, at)
    for match in _MIXED_RUN.finditer(page.text):
        if len(match[0]) > _LONGEST_RUN:
            continue
        suspects = [sign.start() for sign in _LOOKALIKE.finditer(match[0])]
        if len(suspects) != 1 or match.start() + suspects[0] in proven:
            continue
        if words is None:
            words = {run for run in _RUN.findall(page.text) if not _LOOKALIKE.search(run)}
        if _is_proven(match[0], suspects[0], words):
            yield _finding(page.text, match.start() + suspects[0])


def _is_proven(run: str, at: int, words: set[str]) -> bool:
    """Whether the run with its look-alike replaced is a word, and the pieces around the look-alike are not."""
    left, right = run[:at], run[at + 1 :]
    whole = left + _KATAKANA_FOR[run[at]] + right
    if whole in words and len(whole) >= _SHORTEST_WORD and not {left, right} <= words:
        return True
    known = _known_words(whole)
    # ジャン＝クレア-トディボ: アート is a word, but クレア is one before it.
    if run[at] in _DASHES and len(known) > 1 and len(left) >= _SHORTEST_WORD and _known_words(left):
        return False
    start = 0
    for word in known:
        end = start + len(word)
        if start <= at < end:
            inner = word[: at - start], word[at - start + 1 :]
            # モニタ一セット: モニター is a word, but モニタ is one already, and 一セット may be meant.
            whole_pieces = [
                piece for piece in inner if len(piece) >= _SHORTEST_WORD and _known_words(piece) == (piece,)
            ]
            is_edge = not all(inner)
            return len(word) >= _SHORTEST_WORD and not whole_pieces if is_edge else len(whole_pieces) < 2
        start = end
    return False


@lru_cache(maxsize=10_000)
def _known_words(run: str) -> tuple[str, ...]:
    """The dictionary words that a run of katakana is made of, or nothing if a part of it is in no dictionary."""
    found = list(tokens(run))
    if any(token.oov or len(token.surface) < 2 for token in found):
        return ()
    return tuple(token.surface for token in found)


def _finding(text: str, at: int) -> Finding:
    span = Span(at, at + 1)
    after = _KATAKANA_FOR[text[at]]
    before = f"{text[at]} (U+{ord(text[at]):04X})"
    message = Said(f"{before} in a katakana word: {after}", f"カタカナ語に紛れた別の字: {before} → {after}")
    return Finding(CODE, span, message, Edit(span, after, CODE, message))
