"""C102: full-width letters and digits follow the document's majority, and half-width ones too.   ２０２３年 → 2023年

A document written with 2023 and OpenAI holds a ２０２４ and a ＧＰＵ where a translator changed its mind. Numbers of
several digits, single digits before a unit, and words are counted apart, and only a clear majority is followed; one
number in two widths (2０23) is always made one. Where both widths are common, the document gets one report.

Left alone: ３つ in a document whose single digits are full-width and whose long numbers are not (a house style);
Ａ社, Ｔシャツ, Ｆ１; 「ＶＩＶＡ」 (a title), ｗｗｗ (laughter), headings, OpenAI in a full-width newspaper text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from soroe.markup import MASK
from soroe.messages import Said
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "C102"
SUMMARY_JA = "英数字の全角・半角を、本文で多いほうに揃える"

_HALF = "".join(map(chr, [*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)]))
_FULL = "".join(chr(ord(sign) + 0xFEE0) for sign in _HALF)
SIGNS = _FULL
_TO_HALF = str.maketrans(_FULL + "，．", _HALF + ",.")
_TO_FULL = str.maketrans(_HALF, _FULL)

# A word, a number (1,234 and ３．５ are one; １．2023年 at the start of a line is an item and its year), or both.
_TOKEN = regex.compile(
    r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]++(?:[,，][0-9０-９]{3}(?![0-9０-９])|(?<!^.{0,3})[.．][0-9０-９]++)*+", regex.MULTILINE
)
_WIDE = regex.compile(r"[０-９Ａ-Ｚａ-ｚ]++(?:(?<=[０-９])[，．](?=[0-9０-９])[０-９]*+)*+")
_NARROW = regex.compile(r"[0-9A-Za-z]++")
_DIGITS = regex.compile(r"[0-9０-９,，.．]++")
_LETTERS = regex.compile(r"[A-Za-zＡ-Ｚａ-ｚ]++")
_UNIT = regex.compile(
    r"[ 　]?(?:年|月|日|時|分|秒|週|世紀|人|名|つ|個|回|度|番|件|社|位|本|枚|台|点|種|歳|才|倍|円|億|万|兆|千"
    r"|ドル|ユーロ|ポンド|か[国月所]|[ヶカヵケ][国月所]|パーセント|インチ|メートル|キロ|グラム|トン)"
)
# The ６ of １１月６日 goes with its １１.
_IN_DATE = regex.compile(r"(?<=[０-９]{2}[年月日時分])[０-９]|[０-９](?=[年月日時分][０-９]{2})")
_STYLED = "＆＋＃＠＊～－／＿！＝・"
_QUOTE_BEFORE = regex.compile(r"[「『“\"＂〈《][^「『“\"＂〈《」』\n]{0,12}\Z")
_QUOTE_AFTER = regex.compile(r"[^「『“\"＂〈《」』\n]{0,12}[」』”\"＂〉》]")
_JAPANESE = regex.compile(r"[\p{InHiragana}\p{InKatakana}\p{Han}々、。「」『』（）]")

# 2023, 12, 30 and 2024 against one ２０２５ is clear; three against two is taste.
_CLEARLY = 4
_AT_LEAST = 4
# A half-width text holds full-width slips; a full-width text holds half-width words by intent. That takes more.
_VERY_CLEARLY = 8


class _Seen(NamedTuple):
    """One word or number: what it counts as, and in which width."""

    span: Span
    kind: str
    width: str


def check(page: Page) -> Iterator[Finding]:
    """Findings with edits against a clear majority, or one without where there is none."""
    seen = list(_seen(page.text))
    not_all_half = {one.kind for one in seen if one.width != "half"}
    seen = [one for one in seen if one.kind in not_all_half]
    count = Counter((one.kind, one.width) for one in seen)
    written = {page.text[slice(*one.span)] for one in seen if one.width != "mixed"}
    unclear: list[_Seen] = []
    for one in seen:
        half, full = count[one.kind, "half"], count[one.kind, "full"]
        word = page.text[slice(*one.span)]
        if one.width == "mixed":
            if one.kind == "number" or one.kind == "word" or word.translate(_TO_HALF) in written:
                yield from _edits(page.text, one.span, to_half=half >= full)
        elif one.width == "full" and half >= max(_AT_LEAST, _CLEARLY * full):
            if not _is_styled(page.text, one):
                yield from _edits(page.text, one.span, to_half=True)
        elif one.width == "half" and full >= max(_VERY_CLEARLY, _VERY_CLEARLY * half):
            if _stands_in_japanese(page.text, one.span) and (one.kind != "word" or word.translate(_TO_FULL) in written):
                yield from _edits(page.text, one.span, to_half=False)
        elif one.kind in ("number", "word") and min(half, full) >= 2 and not _is_styled(page.text, one):
            unclear.append(one)
    yield from _report(page.text, unclear, count)


def _seen(text: str) -> Iterator[_Seen]:
    for match in _TOKEN.finditer(text):
        if MASK in text[max(0, match.start() - 1) : match.end() + 1]:
            continue
        span = Span(*match.span())
        kind, width = _shape(match[0])
        if kind == "digit":
            if not _UNIT.match(text, span.end):
                continue
            kind = "number" if _IN_DATE.match(text, span.start) else "digit"
        if kind != "letter":
            yield _Seen(span, kind, width)


@lru_cache(maxsize=4096)
def _shape(token: str) -> tuple[str, str]:
    """What a word or number is by itself, and in which width."""
    wide, narrow = _WIDE.search(token) is not None, _NARROW.search(token) is not None
    width = "mixed" if wide and narrow else "full" if wide else "half"
    if _DIGITS.fullmatch(token):
        return "number" if len(token) > 1 else "digit", width
    if not _LETTERS.fullmatch(token):
        return "both", width
    return "word" if len(token) > 1 else "letter", width


def _edits(text: str, span: Span, to_half: bool) -> Iterator[Finding]:
    for match in (_WIDE if to_half else _NARROW).finditer(text, *span):
        after = match[0].translate(_TO_HALF if to_half else _TO_FULL)
        width, width_ja = ("full", "全角") if to_half else ("half", "半角")
        message = Said(
            f"{match[0]} is {width}-width where the text is not: {after}",
            f"本文と揃わない{width_ja}: {match[0]} → {after}",
        )
        here = Span(*match.span())
        yield Finding(CODE, here, message, Edit(here, after, CODE, message))


def _is_styled(text: str, one: _Seen) -> bool:
    """Whether a full-width word may be meant so: a title in quotes, laughter, ＡＢＣ＆Ｄ, a heading."""
    start, end = one.span
    if one.kind == "digit" or one.kind == "number":
        return text[max(0, start - 1) : start] in set(_STYLED) or text[end : end + 1] in set(_STYLED)
    if (
        set(text[start:end]) <= set("ｗＷ")
        or text[max(0, start - 1) : start] in set(_STYLED)
        or text[end : end + 1] in set(_STYLED)
    ):
        return True
    if _QUOTE_BEFORE.search(text[max(0, start - 14) : start]) and _QUOTE_AFTER.match(text, end):
        return True
    return not _is_in_sentence(text, end)


def _is_in_sentence(text: str, end: int) -> bool:
    """Whether a full stop or comma follows on the line; what has none is a heading or a caption."""
    line = text[end : end + 300].partition("\n")[0]
    return "。" in line or "、" in line


def _stands_in_japanese(text: str, span: Span) -> bool:
    before, after = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    word = text[slice(*span)]
    if not (word.isdigit() or (word.isupper() and len(word) <= 4)):
        return False
    return all(side in ("", "\n") or _JAPANESE.match(side) for side in (before, after)) and bool(before + after)


def _report(text: str, unclear: list[_Seen], count: Counter[tuple[str, str]]) -> Iterator[Finding]:
    """One report for a document that writes numbers or words in both widths: at the first of the rarer width."""
    for kind, kind_ja in ("number", "数字"), ("word", "英字"):
        rarer = "full" if count[kind, "full"] <= count[kind, "half"] else "half"
        first = next((one for one in unclear if (one.kind, one.width) == (kind, rarer)), None)
        if first:
            word, full, half = text[slice(*first.span)], count[kind, "full"], count[kind, "half"]
            message = Said(
                f"{word}: {kind}s in both widths: {full} full-width, {half} half-width",
                f"{word}: {kind_ja}に全角と半角が混在（全角 {full}、半角 {half}）",
            )
            yield Finding(CODE, first.span, message)
            return
