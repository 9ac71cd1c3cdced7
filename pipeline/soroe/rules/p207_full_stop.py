"""P207: a full stop that is missing, or stands in two ways at closing quotes, is reported.   「行く。」 … 「待て」。

Houses write 「行く。」 or 「行く」。, and a document that does both has two hands. One finding names the rarer way, where
each stands at least twice at the end of a line. The other: a paragraph of several sentences whose last one lost its full
stop, where the rest of the document has theirs. Which is meant, and what was cut off, only the source tells: nothing is
changed. Suggested are the way of most, and a full stop.

Left alone: 」。 after a word or a title (題名は「港」。); headings, lists, captions; lines of one sentence; verse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from soroe.messages import Said
from soroe.rules.lines import SourceLines, is_laid_out
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P207"
SUMMARY_JA = "句点の抜けと、閉じ括弧の句点の付け方の不統一を知らせる"

_INSIDE = re.compile(r"。[」』](?=[\r\n]|\Z)")
_OUTSIDE = re.compile(r"[」』]。(?=[\r\n]|\Z)")
_QUOTED = re.compile(r"[「『]([^「」『』\n]{12,})\Z")
# A predicate, which a heading may have too, but not after a whole sentence.
_PREDICATES = tuple(
    "です ます でした ました ません である であった だった している していた された される なかった なった という".split()
)
_FEWEST = 2
_FEWEST_STOPPED = 5
_TIMES = 5


def check(page: Page) -> Iterator[Finding]:
    """One finding for closing quotes in two ways, and one for each paragraph without its last full stop."""
    yield from _quotes(page)
    yield from _unended(page.text)


def _quotes(page: Page) -> Iterator[Finding]:
    text = page.text
    outside = [Span(*match.span()) for match in _OUTSIDE.finditer(text) if _is_speech(text, match.start())]
    if len(outside) < _FEWEST:
        return
    inside = [Span(*match.span()) for match in _INSIDE.finditer(text)]
    if len(inside) < _FEWEST:
        return
    rarer = min(inside, outside, key=len)
    source = SourceLines(page)
    lines, marks = [source.number(span) for span in rarer[:10]], text[slice(*rarer[0])]
    where, where_ja = ", ".join(f"line {line}" for line in lines), "、".join(f"{line}行目" for line in lines)
    message = Said(
        f"。」 {len(inside)} times and 」。 {len(outside)} times; {marks}: {where}",
        f"。」 が{len(inside)}回、 」。 が{len(outside)}回: {marks} は{where_ja}",
    )
    # 「行く。」 and 「行く」。 end in the same two marks, the other way round.
    edits = [Edit(span, text[slice(*span)][::-1], CODE, message) for span in rarer]
    yield Finding(CODE, rarer[0], message, suggestion=tuple(edits) if len(inside) != len(outside) else ())


def _is_speech(text: str, at: int) -> bool:
    """Whether the quotation that closes there is a sentence and not a word or a title."""
    quoted = _QUOTED.search(text, max(0, text.rfind("\n", 0, at)), at)
    return quoted is not None and ("。" in quoted[1] or "、" in quoted[1])


def _unended(text: str) -> Iterator[Finding]:
    found: list[Span] = []
    at = 0
    for ended in text.split("\n"):
        line = ended.removesuffix("\r")
        begins, at = at, at + len(ended) + 1
        if line.endswith(_PREDICATES) and "。" in line and not is_laid_out(line[:120]):
            last = line[line.rfind("。") + 1 :].lstrip(" \u3000")
            found.append(Span(begins + len(line) - len(last), begins + len(line)))
    if not found:
        return
    stopped = text.count("。\n") + text.count("。\r\n") + text.endswith("。")
    if stopped >= max(_FEWEST_STOPPED, _TIMES * len(found)):
        for span in found:
            message = Said("no full stop after the last sentence of the paragraph", "段落の最後の文に句点がない")
            stop = Edit(Span(span.end, span.end), "。", CODE, message)
            yield Finding(CODE, span, message, suggestion=(stop,))
