"""P202: a quotation opened with 「 and closed with " is closed with 」.   「行くべきだ。" → 「行くべきだ。」

Half of a pair was translated and half was not. The same for 『…", 「…” and the other way round, "…」.

Left alone: a mark that may as well belong to another; 「…" that is closed by 」 later in the line.
"""

from __future__ import annotations

from collections.abc import Iterator

from soroe.messages import Said, ja
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P202"
SUMMARY_JA = "かぎ括弧で開いた引用をかぎ括弧で閉じる"

_CLOSING = {"「": "」", "『": "』", "｢": "｣"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_UNDIRECTED = SIGNS = '"＂“”„〝〟〞'


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every mark that does not match its partner."""
    for pair in page.quotes.pairs:
        opening, closing = page.text[pair.opening], page.text[pair.closing]
        if not pair.is_sure:
            continue
        if opening in _CLOSING and closing in _UNDIRECTED:
            yield _mended(
                pair.closing, closing, _CLOSING[opening], Said(f"opened with {opening}", f"{opening} で始まる")
            )
        elif closing in _OPENING and opening in _UNDIRECTED:
            yield _mended(
                pair.opening, opening, _OPENING[closing], Said(f"closed with {closing}", f"{closing} で終わる")
            )


def _mended(at: int, before: str, after: str, why: str) -> Finding:
    span = Span(at, at + 1)
    message = Said(f"{before} in a quotation {why}: {after}", f"{ja(why)}引用の {before} → {after}")
    return Finding(CODE, span, message, Edit(span, after, CODE, message))
