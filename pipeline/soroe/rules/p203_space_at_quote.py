"""P203: a space before a closing quote goes.   「行く 」と語った → 「行く」と語った

Tokenizers of translation systems leave it. Full-width spaces too, and after ？ and ！: no space stands before 」.
Around the straight quotes that P201 turns into 「…」, the spaces outside go as well: から "貴重な "教訓 →
から『貴重な』教訓.

Left alone: 「　　」 and 「山　　」 (blanks to fill in), "Hello " (not Japanese), a space after 」 that another sentence may need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.p201_straight_quotes import straight_pairs
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P203"
SUMMARY_JA = "閉じ括弧の前の空白を除く"
SIGNS = " \u3000"

_BEFORE_CORNER = regex.compile(r"(?<=[^\s「『｢（(])(?:[ ]++|\u3000)(?=[」』｣])")
# Two patterns: the standard library looks for one letter far faster than for one of two.
_SPACED_CORNERS = re.compile(" [」』｣]"), re.compile("\u3000[」』｣]")
_BEFORE_PARTICLE = regex.compile(r" ++(?=[とはがをのにでもへや、。])")
_JAPANESE = regex.compile(r"[\p{InHiragana}\p{InKatakana}\p{Han}々、：]")

_BEFORE_CLOSING = Said("a space before a closing quote", "閉じ括弧の前の空白")
_BEFORE_QUOTATION = Said("a space before a quotation", "引用の前の空白")
_AFTER_QUOTATION = Said("a space after a quotation", "引用の後の空白")


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every run of spaces before a closing quote, and around a pair of straight ones."""
    if any(spaced.search(page.text) for spaced in _SPACED_CORNERS):
        for match in _BEFORE_CORNER.finditer(page.text):
            yield _gone(Span(*match.span()), _BEFORE_CLOSING)
    if not any(mark in page.text for mark in '"＂”'):
        return
    for pair in page.quotes.pairs:
        closes_corner = pair.is_sure and page.text[pair.opening] in "「『" and page.text[pair.closing] in '"＂”'
        if closes_corner:
            yield from _spaces_before(page, pair.closing, pair.opening + 1)
    last = 0
    for pair in straight_pairs(page):
        yield from _spaces_before(page, pair.closing, pair.opening + 1)
        before = _start_of_spaces(page.text, pair.opening, last)
        if before > last and before < pair.opening and _JAPANESE.match(page.text, before - 1):
            yield _gone(Span(before, pair.opening), _BEFORE_QUOTATION)
        after = _BEFORE_PARTICLE.match(page.text, pair.closing + 1)
        if after:
            yield _gone(Span(*after.span()), _AFTER_QUOTATION)
        last = after.end() if after else pair.closing + 1


def _start_of_spaces(text: str, at: int, least: int) -> int:
    while at > least and text[at - 1] in " \u3000":
        at -= 1
    return at


def _spaces_before(page: Page, at: int, least: int) -> Iterator[Finding]:
    start = _start_of_spaces(page.text, at, least)
    if least < start < at and page.text.count("\u3000", start, at) < 2:
        yield _gone(Span(start, at), _BEFORE_CLOSING)


def _gone(span: Span, why: Said) -> Finding:
    return Finding(CODE, span, why, Edit(span, "", CODE, why))
