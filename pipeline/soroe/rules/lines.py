"""What rules ask about a line: where it begins and ends, what it is when it is not prose."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate

from soroe.rules.page import Page
from soroe.text import Lines, Span, lazy, python_class
from soroe.tokens import lines, sentences_of_line

_BLANK = " \t\r\u3000\ufeff"
# Lists, tables, headings, quotes, rules and scene breaks: such lines may look alike, or hold a lone sign.
_ITEM = re.compile(
    r"""[ \t\u3000]{0,8}(?:
        \#{1,6}[ \t\u3000]
      | [>|｜+*•・●○■□◆◇▼▲★☆※→▪-] | [-=_*~＊－─━—―]{3}
      | [0-9０-９]{1,3}[.．)）、:：] | [(（][0-9０-９]{1,3}[)）] | [①-⑳]
    )""",
    re.VERBOSE,
)
_ROW = re.compile(r"[ \t\u3000]{0,8}(?:[^\n|]{0,80} \| |[^\n\t]{0,80}\t)")


def is_laid_out(line: str) -> bool:
    """Whether a line is an item, a row, a heading, a quotation or a rule rather than running prose.

    >>> [is_laid_out(line) for line in ("- 項目", "年 | 人", "01.退任した", "＊＊＊", "2024年、彼は去った。")]
    [True, True, True, True, False]
    """
    first = line[:1]  # most lines begin with a letter, and are looked at no further
    if not ("ぁ" <= first <= "ヺ" or "一" <= first <= "鿿") and _ITEM.match(line):
        return True
    return (" | " in line or "\t" in line) and _ROW.match(line) is not None


@lru_cache(maxsize=1)  # R308 asks the same of the same page as R303
def lines_of_prose(page: Page) -> list[tuple[str, int, tuple[tuple[int, int], ...]]]:
    """The lines that are no lists, tables or headings, without their blanks; where each begins, and its sentences on it."""
    found: list[tuple[str, int, tuple[tuple[int, int], ...]]] = []
    at = 0
    for line in lines(page.text):
        whole = line.strip()
        if whole and not is_laid_out(whole[:120]):
            found.append((whole, at + line.find(whole[0]), sentences_of_line(whole)))
        at += len(line) + 1
    return found


def line_span(text: str, at: int) -> Span:
    """The line that holds an offset, without its line break."""
    end = text.find("\n", at)
    return Span(text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end)


def lines_with(text: str, *patterns: re.Pattern[str]) -> list[Span]:
    """The lines in which one of the patterns is found, in order; none may match across a line break.

    >>> text = "会社。 彼は\\n去った。\\nMusk 氏"
    >>> [text[slice(*line)] for line in lines_with(text, re.compile(" "))]
    ['会社。 彼は', 'Musk 氏']
    """
    found: set[Span] = set()
    for pattern in patterns:
        at = 0
        while match := pattern.search(text, at):
            line = line_span(text, match.start())
            found.add(line)
            at = line.end
    return sorted(found)


def whole_line(page: Page, span: Span) -> Span | None:
    """What to delete so that a span goes with its line and one line break; `None` where it is not alone on its line."""
    text = page.document.text
    start, end = line_span(text, span.start)
    if text[start : span.start].strip(_BLANK) or text[span.end : end].strip(_BLANK):
        return None
    if text.startswith("\ufeff", start):  # the mark at the start of a file stays
        return Span(start + 1, min(end + 1, len(text)))
    if end < len(text):
        return Span(start, end + 1)
    if text[max(0, start - 2) : start] == "\r\n":
        return Span(start - 2, end)
    return Span(max(0, start - 1), end)


@python_class
class SourceLines:
    """The line numbers, from 1, of the source that a page's offsets came from."""

    def __init__(self, page: Page) -> None:
        self._document = page.document

    @lazy
    def _lines(self) -> Lines:
        starts = accumulate(len(line) + 1 for line in self._document.source.split("\n"))
        return self._document.lines or Lines(0, (0, *starts))

    def number(self, span: Span) -> int:
        """The line of the source, or of the file that it was taken out of, where the span begins."""
        return self._lines.number(self._document.origin(span).start)
