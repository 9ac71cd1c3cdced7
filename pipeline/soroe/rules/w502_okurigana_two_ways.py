"""W502: a word written with more kana and with fewer in one document is reported.   行なう … 行う, 子ども … 子供

The dictionary has both under one entry, and one can be read as the other: the kanji of one are kanji of the other, and only
kana stand for the rest (取り扱う and 取扱う, 気づく and 気付く). Words all in kana are compared where style guides want them
written one way: できる and 出来る, すべて and 全て, ～てください and ～て下さい. One finding a word, where the rarer way first stands;
suggested is the way that is the most frequent, if one is.

Left alone: what grammar or meaning tells apart (という and 言う, こと and 事, 話す and 話せる, 受付 and 受け付け, さらに and 更に),
other kanji (聞く and 聴く), nouns beside kanji, whose okurigana goes by custom (取引所, 子ども食堂), titles, names, and
spellings that the text tells of. The whole text is cut into words for it, so it is off unless it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

import regex

from soroe.messages import Said, ja
from soroe.rules.page import Page
from soroe.rules.words import (
    Use,
    Ways,
    Word,
    Words,
    counted_out,
    counts,
    gathered,
    is_in_title,
    majority,
    tells_of,
    tokens,
)
from soroe.text import Edit, Finding, Span
from soroe.tokens import Token

CODE = "W502"
SUMMARY_JA = "仮名を多く使った表記と少なく使った表記の混在を知らせる"
BY_DEFAULT = False

_CONTENT = frozenset(("名詞", "動詞", "形容詞", "形状詞", "副詞"))
_JAPANESE = regex.compile(r"[\p{Han}々\p{InHiragana}]+")
_HAS_KANJI = regex.compile(r"[\p{Han}々]")
_SENTENCE = re.compile(r"[。！？!?」』）)][ \t\u3000\r]*\Z")
_KANJI_OR_KATAKANA = regex.compile(r"[\p{Han}々ァ-ヺー]")
# What may be in kana alone, by its entry in the dictionary: not 更に and さらに (公用文 wants the adverb in kanji, the conjunction in
# kana), nor 時, 事, 物, 言う, 見る, 良い.
_IN_KANA = frozenset(
    """
    出来る 子供 全て 様々 例えば 既に 及び 全く 殆ど 直ぐ 何故 誰 我々 丁度 一旦 一層 必ず 予め 概ね 敢えて 所謂 僅か 色々 度々 益々 綺麗
    嬉しい 美味しい 面白い 可愛い 難しい 易しい 素晴らしい 沢山 勿論 一緒 但し
    """.split()
)
# Verbs that are written so behind て: 待ってください, 書いていただく.
_BEHIND_TE = frozenset(("下さる", "頂く", "貰う"))
# Two words for newspapers and readers, though one entry: a desk and what is done there, a tale and its telling.
_TWO = frozenset(
    ("受け付け", "物語", "取り締まり", "組み合い", "並み", "割り", "上がる", "請け負い", "話", "係り", "笑い")
)


def check(page: Page) -> Iterator[Finding]:
    """A finding for every word that the text writes with more kana here and with fewer there."""
    for ways in count(page.text).values():
        ways = of_one_word(ways)
        if len(ways) < 2 or tells_of(page.text, ways):
            continue
        counted = counts(ways)
        rarest = min(counted.values())
        at = max(uses[0].span for spelling, uses in ways.items() if counted[spelling] == rarest)
        told = counted_out(counted)
        message = Said(f"one word is written in more than one way: {told}", f"一つの語の表記揺れ: {ja(told)}")
        yield Finding(CODE, at, message, suggestion=_by_majority(page.text, ways, message))


def _by_majority(text: str, ways: Ways, why: Said) -> tuple[Edit, ...]:
    """The edits that write each use as most are written; none where no way is the most frequent, or one is not written by its stem."""
    best = majority(counts(ways))
    edits: list[Edit] = []
    for spelling, uses in ways.items() if best else ():
        for use in uses if spelling != best else ():
            after = inflected(text[slice(*use.span)], spelling, best or "")
            if not after:
                return ()
            edits.append(Edit(use.span, after, CODE, why))
    return tuple(sorted(edits))


def inflected(surface: str, spelling: str, other: str) -> str:
    """A form of a word as it is in another spelling of its dictionary form; "" where the form is not of the stem.

    >>> inflected("行なっ", "行なう", "行う"), inflected("下さい", "下さる", "くださる"), inflected("子ども", "子ども", "子供")
    ('行っ', 'ください', '子供')
    """
    same = next((at for at in range(min(len(spelling), len(other))) if spelling[-1 - at] != other[-1 - at]), 0)
    stem, other_stem = spelling[: len(spelling) - same], other[: len(other) - same]
    return other_stem + surface[len(stem) :] if stem and surface.startswith(stem) else ""


@lru_cache(maxsize=1)  # W503 reads what W502 has read
def count(text: str) -> Words:
    """The words of a text by dictionary entry and by how their dictionary form is written, without those in titles.

    >>> [counts(ways) for word, ways in count("式を行った。会を行なう。").items() if word.lemma == "行う"]
    [{'行う': 1, '行なう': 1}]
    """
    return gathered(_uses(text))


def _uses(text: str) -> Iterator[tuple[Word, str, Use]]:
    at = 0
    for line in text.split("\n"):
        if _SENTENCE.search(line):  # not a heading, nor べきじょう、べき乗
            yield from _uses_in(line, at)
        at += len(line) + 1


def _uses_in(line: str, at: int) -> Iterator[tuple[Word, str, Use]]:
    before: Token | None = None
    for token in tokens(line):
        writing = _writing(token, before)
        if writing and _is_free(line, token) and not is_in_title(line, token.span):
            yield Word(token.lemma, token.pos[0]), writing, Use(Span(at + token.span.start, at + token.span.end))
        before = token


def _writing(token: Token, before: Token | None) -> str:
    """How the word's dictionary form is written here; nothing where it may be another word, or may be no word."""
    if token.oov or not token.pos or token.pos[0] not in _CONTENT or token.lemma in _TWO:
        return ""
    if "固有名詞" in token.pos or "数詞" in token.pos or not _JAPANESE.fullmatch(token.base):
        return ""
    if token.pos[0] in ("動詞", "副詞") and len(token.surface) == 1:
        return ""  # 開火 and 必殺 cut in two are no 開ける and no 必ず
    if token.lemma in _BEHIND_TE:
        return (
            token.base if before and before.pos[:2] == ("助詞", "接続助詞") and before.surface in ("て", "で") else ""
        )
    if not _HAS_KANJI.search(token.base):
        return token.base if token.lemma in _IN_KANA else ""
    return token.base


def _is_free(text: str, token: Token) -> bool:
    """Whether a noun stands by itself: 取引所 and 子ども食堂 are written as their makers write them."""
    if token.pos[0] != "名詞":
        return True
    start, end = token.span
    return not any(
        _KANJI_OR_KATAKANA.match(beside) for beside in (text[max(0, start - 1) : start], text[end : end + 1])
    )


def of_one_word(ways: Ways) -> Ways:
    """The ways that differ from another in kana alone."""
    kept = {spelling for pair in combinations(ways, 2) if differ_in_kana(*pair) for spelling in pair}
    return {spelling: uses for spelling, uses in ways.items() if spelling in kept}


@lru_cache(maxsize=1 << 12)
def differ_in_kana(one: str, other: str) -> bool:
    """Whether one writing has kana where the other has kanji or none, and both may be read alike.

    >>> differ_in_kana("行なう", "行う"), differ_in_kana("子供", "子ども"), differ_in_kana("取引", "取り引き")
    (True, True, True)
    >>> differ_in_kana("話す", "話せる"), differ_in_kana("送る", "送れる"), differ_in_kana("聞く", "聴く")
    (False, False, False)
    """
    short, long = sorted((one, other), key=len)
    if long == f"{short[:-1]}れる" and short[-1] == "る":  # 送る and 送れる
        return False
    return bool(_readable(one).fullmatch(other) or _readable(other).fullmatch(one))


@lru_cache(maxsize=1 << 12)
def _readable(writing: str) -> re.Pattern[str]:
    """What a writing may be if some of its kanji are kana, and others are followed by more kana."""
    letters = (f"(?:{sign}[ぁ-ん]*|[ぁ-ん]+)" if _HAS_KANJI.match(sign) else sign for sign in writing)
    return re.compile("".join(letters))
