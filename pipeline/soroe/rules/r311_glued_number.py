"""R311: heading numbers glued to their titles are reported.   01.市長は辞任した → ⟦01.⟧市長は辞任した

A page whose layout was lost in translation keeps the number of a heading at the head of its title. One finding names
all of them, where several lines are numbered so, one after the other, and no full stop ends them. Whether a space, a
line break or nothing belongs there, the layout knows: nothing is changed, and the point is no full stop (01。市長は).

Left alone: 1. 市長 (a list), 3.5倍, 1.2 概要, a single line, numbers that do not count up, sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from soroe.messages import Said
from soroe.rules.lines import SourceLines
from soroe.rules.page import Page
from soroe.text import Finding, Span

CODE = "R311"
SUMMARY_JA = "見出しの文字にくっついた番号を知らせる"
SIGNS = ".．"

_GLUED = re.compile(
    r"\n[ \u3000]?(?P<number>(?P<count>[0-9０-９]{1,2})[.．])(?=[ぁ-ゖァ-ヺ一-龠々A-Za-z「『（(])(?P<title>[^\n]{2,80})(?=\n|\Z)"
)
_JAPANESE = re.compile("[ぁ-ゖァ-ヺ]")


def check(page: Page) -> Iterator[Finding]:
    """One finding for a document with at least two such headings that count up by one."""
    glued = [match for match in _GLUED.finditer(f"\n{page.text}") if _is_title(match["title"])]
    counts = [int(match["count"]) for match in glued]
    if len(glued) < 2 or counts != [*range(counts[0], counts[0] + len(counts))]:
        return
    # Items of a list stand line under line; headings have text between them.
    if all(one.end() == two.start() for one, two in pairwise(glued)):
        return
    source = SourceLines(page)
    spans = [Span(match.start("number") - 1, match.end("number") - 1) for match in glued]
    titles = [(source.number(span), match[0].strip()[:12]) for span, match in zip(spans, glued, strict=True)]
    named = ", ".join(f"line {line} {title}" for line, title in titles)
    named_ja = "、".join(f"{line}行目 {title}" for line, title in titles)
    message = Said(
        f"{len(glued)} headings with their numbers glued to them: {named}",
        f"番号のくっついた見出しが{len(glued)}か所: {named_ja}",
    )
    yield Finding(CODE, spans[0], message)


def _is_title(title: str) -> bool:
    return not title.rstrip().endswith(("。", ".", "．", "」。")) and _JAPANESE.search(title) is not None
