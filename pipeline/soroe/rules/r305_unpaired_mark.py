"""R305: a quotation mark or bracket without a partner is reported.   彼は「行くと述べた。 → 彼は⟦「⟧行くと述べた。

Translation by sentences loses one mark of a pair: the quotation ran on in the source. Where the missing one belongs
is a guess, so nothing is changed. 「…" and "…」 are P202's.

Left alone: a quotation that is closed some lines later, and one that opens every paragraph with 「 and is closed in
the last; 1) and ア） (numbers of items), すごい（笑 and :), 5" (inches), [0, 1).
"""

from __future__ import annotations

from collections.abc import Iterator

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.rules.quotes import MARKS
from soroe.text import Finding, Span

CODE = "R305"
SUMMARY_JA = "対になっていない引用符や括弧を知らせる"
SIGNS = MARKS

_CLOSING = "」』｣）)”〟〞"
_OPENING = "「『｢（(“„‟〝"


def check(page: Page) -> Iterator[Finding]:
    """A finding for every mark that has no partner."""
    for at in page.quotes.unpaired:
        mark = page.text[at]
        if mark in _CLOSING:
            message = Said(f"{mark} closes what nothing opened", f"{mark} に対応する始め括弧がない")
        elif mark in _OPENING:
            message = Said(f"{mark} is never closed", f"{mark} が閉じられていない")
        else:
            message = Said(f"{mark} has no partner", f"対になる {mark} がない")
        yield Finding(CODE, Span(at, at + 1), message)
