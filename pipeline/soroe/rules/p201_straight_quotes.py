"""P201: straight quotes around Japanese become corner brackets.   "行く "と語った → 「行く」と語った

A translator keeps the source's "…"; Japanese quotes with 「…」, and with 『…』 inside 「…」. A short phrase in "…"
may be a writer's own emphasis: it is changed only in a document that has speech in straight quotes too, or a space
before the closing one.

Left alone: "Hello, world" (no Japanese), 5" (inches), code and data ({"名": "値"}), "…" inside an English sentence, a
nickname ・"ロッキー"・, a quotation that itself holds 「…」, and any line in which it is not sure which mark opens
and which closes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.rules.quotes import STRAIGHT, Pair
from soroe.text import Edit, Finding, Span

CODE = "P201"
SUMMARY_JA = "日本語を囲む、左右の区別のない引用符をかぎ括弧にする"
SIGNS = STRAIGHT

# No quotation on one line is longer; what is, was paired by accident.
_LONGEST = 2000
_JAPANESE = regex.compile(r"[\p{InHiragana}\p{InKatakana}\p{Han}々]")
# "救国の士" is a phrase, twenty-five letters are a sentence.
_SENTENCE = 25
_SAID = regex.compile(
    r" ?[、,]?と(?:、|(?:彼女?|同氏|同社)は|述べ|語|言[いわうっ]|話し|付け加|書[いき]|訴え"
    r"|主張|説明|強調|指摘|答え|警告|皮肉|つぶや)"
)
_LATIN = regex.compile(r"\p{Latin}")
_LATIN_BEFORE = regex.compile(r"[\p{Latin}\p{N}'][,.;]? ?\Z")
_LATIN_AFTER = regex.compile(r"[,.;]? ?\p{Latin}|[.]\s*\Z")


def check(page: Page) -> Iterator[Finding]:
    """Two findings, each with its edit, for every pair of straight quotes around Japanese."""
    for pair in straight_pairs(page):
        opening, closing = "『』" if pair.inside == "「" else "「」"
        for at, after in (pair.opening, opening), (pair.closing, closing):
            span = Span(at, at + 1)
            message = Said(
                f"a straight quote around Japanese: {after}", f"日本語を囲む、左右の区別のない引用符 → {after}"
            )
            yield Finding(CODE, span, message, Edit(span, after, CODE, message))


@lru_cache(maxsize=1)  # P203 asks the same of the same page
def straight_pairs(page: Page) -> list[Pair]:
    """The pairs with a straight mark that are surely quotation marks around Japanese."""
    pairs = [pair for pair in page.quotes.pairs if pair.is_sure and _is_straight(page.text, pair)]
    if not any(_is_speech(page.text, pair) for pair in pairs):
        return []
    return [pair for pair in pairs if _is_japanese(page.text, pair)]


def _is_straight(text: str, pair: Pair) -> bool:
    marks = {text[pair.opening], text[pair.closing]}
    return marks <= set(STRAIGHT + "“”") and not marks <= set("“”") and pair.closing - pair.opening <= _LONGEST


def _is_speech(text: str, pair: Pair) -> bool:
    """Whether a translator wrote this pair: a sentence, or the space that one leaves. "極妻" may be a writer's own."""
    quoted = text[pair.opening + 1 : pair.closing]
    if not _JAPANESE.search(quoted):
        return False
    return (
        len(quoted) >= _SENTENCE or quoted[-1] in "。！？!? \u3000" or _SAID.match(text, pair.closing + 1) is not None
    )


def _is_japanese(text: str, pair: Pair) -> bool:
    quoted = text[pair.opening + 1 : pair.closing]
    before, after = text[max(0, pair.opening - 3) : pair.opening], text[pair.closing + 1 : pair.closing + 4]
    latin, japanese = len(_LATIN.findall(quoted)), len(_JAPANESE.findall(quoted))
    if not japanese or 2 * japanese < latin:
        return False
    if any(mark in quoted for mark in ("『』" if pair.inside == "「" else "「」")):
        return False
    if before.endswith(tuple(STRAIGHT)) or after.startswith(tuple(STRAIGHT)):  # """ and "" are data
        return False
    if before.endswith(("・", "＝")) and after.startswith(("・", "＝")):
        return False
    # The word "日本" means Japan.
    return not (_LATIN_BEFORE.search(before) and _LATIN_AFTER.match(after))
