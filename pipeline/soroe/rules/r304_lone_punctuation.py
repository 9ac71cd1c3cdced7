"""R304: a full stop or closing quote alone on a line joins the line before.   …になっている」⏎。 → …になっている」。

A translator that works line by line leaves the last sign of a sentence on a line of its own. A full stop joins a line
of prose that has none; a closing quote joins a line that holds its opening. Reported: a lone 、, a 。 after a sentence
that is complete, a list item or a heading, a 」 whose opening is not in sight.

Left alone: ＊＊＊, ・・・, ◇ and …… (scene breaks), 。。。, and quotations laid out over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

from soroe.markup import MASK
from soroe.messages import Said
from soroe.rules.lines import is_laid_out, line_span
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "R304"
SUMMARY_JA = "行に取り残された句点や閉じ括弧を、前の行に付ける"

_LONE = regex.compile(
    r"^[ \t\u3000]*+(?P<sign>[。．、，]?[」』）]?[。．]?)(?<=[。．、，」』）])(?=[ \t\u3000]*+\r?$)", regex.MULTILINE
)
_BEGINS_LINE = re.compile(r"\n[ \t\u3000]*[。．、，」』）]")
_OPENING = {"」": "「", "』": "『", "）": "（"}
_WHITE = " \t\r\n\u3000"
_ENDED = "。．.！？!?、，,：:…・「『（(―—～〜"


def check(page: Page) -> Iterator[Finding]:
    """A finding for every line that is one sign, with an edit where it is sure what the sign belongs to."""
    if not _BEGINS_LINE.search("\n" + page.text):
        return
    for match in _LONE.finditer(page.text):
        sign, at = match["sign"], match.start("sign")
        end = _end_of_prose(page.text, match.start())
        line = page.text[slice(*line_span(page.text, end - 1))].strip() if end else ""
        closing = next((mark for mark in sign if mark in _OPENING), "")
        if closing and _is_laid_out_quotation(page.text, end, closing):
            continue
        span = Span(at, at + len(sign))
        if end and _takes(line, sign, closing):
            message = Said(f"{sign} alone on a line belongs to the line before", f"{sign} だけの行: 前の行に付ける")
            yield Finding(CODE, span, message, Edit(Span(end, at), "", CODE, message))
        else:
            yield Finding(CODE, span, Said(f"{sign} alone on a line", f"{sign} だけの行"))


def _end_of_prose(text: str, start: int) -> int:
    """Where the text before a line ends, if no more than one blank line is between; 0 otherwise."""
    end = start
    while end and text[end - 1] in _WHITE and start - end < 40:
        end -= 1
    return end if end and text[end - 1] not in _WHITE and text.count("\n", end, start) <= 2 else 0


def _takes(line: str, sign: str, closing: str) -> bool:
    """Whether the line before wants the sign: prose that is not ended, or that has the quote open."""
    if len(line) < 4 or is_laid_out(line) or line.endswith(MASK) or sign[0] in "、，":
        return False
    if closing:
        is_open = line.count(_OPENING[closing]) == line.count(closing) + 1 and not line.endswith(_OPENING[closing])
        return is_open and not (sign[0] != closing and line[-1] in _ENDED)
    return line[-1] not in _ENDED


def _is_laid_out_quotation(text: str, end: int, closing: str) -> bool:
    """Whether the quote was opened on a line of its own, or above the last line: then its closing stands so too."""
    above = text[max(0, end - 2000) : end]
    last = line_span(above, len(above) - 1).start if above else 0
    opened = above.rfind(_OPENING[closing])
    if opened < 0 or above.rfind(closing) > opened:
        return False
    return opened < last or not above[opened + 1 :].strip(_WHITE)
