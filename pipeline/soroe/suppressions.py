"""Comments in a text that tell soroe to leave a stretch of it alone.

    <!-- soroe: ignore N401 -->           the block that follows, up to the next blank line
    <!-- soroe: ignore-file P204, R3 -->  the whole text, wherever it stands
    <!-- soroe: off --> … <!-- soroe: on -->   what stands between, or the rest of the text

Without codes all rules are meant; a code may be the beginning of several (R3). The comments are those of HTML, which Markdown
shares, and MDX's {/* soroe: ignore N401 */}; in reStructuredText a line `.. soroe: ignore N401`, in AsciiDoc
`// soroe: ignore N401`, in YAML a line `# soroe: ignore N401`. In code a comment is none: there it is shown to readers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from soroe.markup.spans import is_inside
from soroe.messages import Said, ja, nearest
from soroe.settings import MISTAKEN
from soroe.text import Finding, Markup, Span

SIGN = "soroe:"
ACTIONS = ("ignore", "ignore-file", "off", "on")

_COMMENT = re.compile(r"(?:<!--|\{/\*)\s*soroe:[ \t]*(.*?)\s*(?:-->|\*/\})", re.DOTALL)
_COMMENTS: dict[Markup, re.Pattern[str]] = {
    "fields": re.compile(
        r"(?:<!--|\{/\*)\s*soroe:[ \t]*(.*?)\s*(?:-->|\*/\})|(?<=\x1e)#[ \t]*soroe:[ \t]*([^\x1e]*?)[ \t]*(?=\x1e)",
        re.DOTALL,
    ),
    "rst": re.compile(r"^[ \t]*\.\.[ \t]+soroe:[ \t]*([^\n]*?)[ \t\r]*$", re.MULTILINE),
    "asciidoc": re.compile(r"^//[ \t]*soroe:[ \t]*([^\n]*?)[ \t\r]*$", re.MULTILINE),
}
_CODE = re.compile(r"[A-Z](?:\d{1,3})?\Z")
_BLANK_LINE = re.compile(r"\n[ \t\r\u3000]*(?:\n|\Z)")
_NEXT_LETTER = re.compile(r"\S")


class Suppression(NamedTuple):
    """A comment, the beginnings of the codes that it is about (none: all), and the stretch it keeps them from."""

    comment: Span
    codes: tuple[str, ...]
    reach: Span

    def covers(self, finding: Finding) -> bool:
        """Whether it is about such a finding, and the finding begins inside its reach."""
        return self.reach.start <= finding.span.start < self.reach.end and self.is_about(finding.code)

    def is_about(self, code: str) -> bool:
        """Whether it names the code, its beginning, or none."""
        return not self.codes or any(code.startswith(prefix) for prefix in self.codes)


class Suppressions(NamedTuple):
    """What the comments of a text suppress, in their order, and those that cannot be understood."""

    all: tuple[Suppression, ...] = ()
    mistakes: tuple[Finding, ...] = ()


NONE = Suppressions()


def suppressions(text: str, markup: Markup = "plain", code: Sequence[Span] = ()) -> Suppressions:
    """The suppressions of a text; those in its code are none.

    >>> text = "<!-- soroe: ignore N401 -->\\nオートマン氏は語った。\\n\\nアルトマン氏は去った。"
    >>> (one,) = suppressions(text).all
    >>> one.codes, text[slice(*one.reach)]
    (('N401',), 'オートマン氏は語った。')
    """
    if SIGN not in text:
        return NONE
    found: list[Suppression] = []
    mistakes: list[Finding] = []
    waiting: list[tuple[int, Suppression]] = []  # what is off, and its place among the found
    for match in _COMMENTS.get(markup, _COMMENT).finditer(text):
        comment = Span(*match.span())
        if is_inside(code, comment.start):
            continue
        action, *codes = (match[match.lastindex or 1] or "").replace(",", " ").split() or [""]
        mistake = _mistake(action, codes)
        if mistake:
            mistakes.append(Finding(MISTAKEN, comment, mistake))
        elif action == "on":
            still = [one for one in waiting if codes and one[1].codes != tuple(codes)]
            if len(still) == len(waiting):
                message = Said("nothing is off here that could be put on again", "off の範囲がないところの on")
                mistakes.append(Finding(MISTAKEN, comment, message))
            for at, one in waiting:
                if (at, one) not in still:
                    found[at] = one._replace(reach=Span(one.reach.start, comment.start))
            waiting = still
        else:
            reach = {"ignore": _block_after(text, comment.end), "off": Span(comment.end, len(text))}
            one = Suppression(comment, tuple(codes), reach.get(action, Span(0, len(text))))
            if action == "off":
                waiting.append((len(found), one))
            found.append(one)
    return Suppressions(tuple(found), tuple(mistakes))


def _mistake(action: str, codes: Sequence[str]) -> Said | None:
    """Why a comment cannot be understood; None where it can."""
    if action not in ACTIONS:
        known, near = ", ".join(ACTIONS), nearest(action, ACTIONS)
        return Said(
            f"soroe knows no 「{action}」 here, but {known}{near}", f"「{action}」という指示はない: {known}{ja(near)}"
        )
    for code in codes:
        if not _CODE.match(code):
            return Said(
                f"「{code}」 is no code: codes are like N401, or N4 and N for several",
                f"「{code}」は規則のコードではない: N401 など。N4、N とすればまとめて指す",
            )
    return None


def _block_after(text: str, at: int) -> Span:
    """The block of lines that begins at or after an offset, up to a blank line."""
    first = _NEXT_LETTER.search(text, at)
    if not first:
        return Span(len(text), len(text))
    start = first.start()
    end = _BLANK_LINE.search(text, start)
    return Span(start, end.start() if end else len(text))
