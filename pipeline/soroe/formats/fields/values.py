"""A string of a file: what it says, and where each of its letters stands in the file."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Sequence
from typing import Literal, NamedTuple

from soroe.markup import MASK
from soroe.markup.fields import SIGN
from soroe.text import Span

Style = Literal["json", "double", "single", "plain", "literal", "folded"]

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BEYOND_ASCII = re.compile(r"\\(?:u(?!00[0-7])|U(?!000000[0-7])|x[89a-fA-F])")
# Of YAML, in double quotes.
_NAMED = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\0": "\\0",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
_NOT_PRINTABLE = re.compile('[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|["\\\\\u2028\u2029\ufeff]')


class Unreadable(Exception):
    """Why a file is none of its format, and where."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


class Written(NamedTuple):
    """A replacement in a string, and how it is made in the file."""

    span: Span
    after: str
    place: Span
    raw: str


class Value(NamedTuple):
    """A string of a file. ``starts`` and ``ends`` tell of each of its letters where it stands there.

    ``text`` is what it says, ``view`` how it is read: where YAML makes a space of a line's end, that end. The two are as long.
    """

    style: Style
    text: str
    view: str
    starts: Sequence[int]
    ends: Sequence[int]
    escapes: bool = False  # whether letters beyond ASCII stand there as escapes
    line_break: str = "\n"  # of a literal block: what ends a line and indents the next
    number: int = 0  # which of the scalars of a YAML file it is

    def place(self, span: Span) -> Span:
        """Where a stretch of the text stands in the file."""
        start, end = span
        if start < end:
            return Span(self.starts[start], self.ends[end - 1])
        at = self.starts[start] if start < len(self.text) else self.ends[-1]
        return Span(at, at)

    def edited(self, span: Span, after: str) -> Written | None:
        """The replacement as it has to be made in the file; None where that cannot be written."""
        start, end = span
        if "\n" in self.view[start:end]:
            # Line ends that stay are not written anew.
            while start < end and after and self.view[start] == after[0]:
                start, after = start + 1, after[1:]
            while start < end and after and self.view[end - 1] == after[-1]:
                end, after = end - 1, after[:-1]
            # The last line goes with the line end before it, for the one behind it ends the block.
            if not after and end == len(self.text) and self.view[start - 1 : start] == "\n":
                start, end = start - 1, end - 1
        if self.view[start:end] != self.text[start:end] and ("\n" in after or MASK in after):
            return None
        raw = self.written(after)
        return None if raw is None else Written(Span(start, end), after, self.place(Span(start, end)), raw)

    def written(self, after: str) -> str | None:
        """A stretch of text as it has to stand there; None where it cannot."""
        if self.style == "json":
            return _SURROGATE.sub(_escaped, json.dumps(after, ensure_ascii=self.escapes)[1:-1])
        if self.style == "double":
            after = _NOT_PRINTABLE.sub(_escaped, after)
            return re.sub(r"[^\x00-\x7f]", _escaped, after) if self.escapes else after
        if self.style == "literal":
            return after.replace("\n", self.line_break)
        if "\n" in after:
            return None
        return after.replace("'", "''") if self.style == "single" else after


def escapes_in(literal: str, is_ascii: bool) -> bool:
    """Whether a string in quotes has letters beyond ASCII as escapes; where it has none, the file decides."""
    return literal.isascii() and (is_ascii or bool(_BEYOND_ASCII.search(literal)))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _NAMED.get(match[0]) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")


class Letters:
    """The letters of a string as they are found, one after the other."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._view: list[str] = []
        self.starts = array("q")
        self.ends = array("q")

    def as_they_stand(self, raw: str, start: int, end: int) -> None:
        """Adds what is written as it is read."""
        if start < end:
            self._add(raw[start:end])
            self.starts.extend(range(start, end))
            self.ends.extend(range(start + 1, end + 1))

    def as_escapes(self, text: str, start: int, end: int) -> None:
        """Adds letters that are written as escapes, all as long."""
        self._add(text)
        step = (end - start) // len(text)
        self.starts.extend(range(start, end, step))
        self.ends.extend(range(start + step, end + step, step))

    def one(self, letter: str, start: int, end: int, view: str = "") -> None:
        """Adds a letter that is written in another way."""
        self._add(letter, view)
        self.starts.append(start)
        self.ends.append(end)

    def _add(self, text: str, view: str = "") -> None:
        self._text.append(text)
        self._view.append(view or text.replace(SIGN, MASK))

    @property
    def text(self) -> str:
        """What they say."""
        return "".join(self._text)

    @property
    def view(self) -> str:
        """How they are read."""
        return "".join(self._view)
