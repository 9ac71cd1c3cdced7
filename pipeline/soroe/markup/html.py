"""HTML: the text between the tags, and the attributes that are read to people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from soroe.markup.front_matter import front_matter
from soroe.markup.plain import addresses
from soroe.markup.spans import MACHINE_MARKS, Parts, between, masked, merged, parts_of
from soroe.text import Span

_SHOWN_AS_IT_STANDS = frozenset("script style code pre kbd samp var textarea".split())
_READ_OUT = frozenset("alt title aria-label aria-description placeholder".split())
# <meta name="description" content="…">, <meta property="og:title" content="…">
_OF_META = re.compile(r"(?:(?:og|twitter):)?(?:title|description|image:alt)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REFERENCE = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);?")
_MACHINE_MARKS = MACHINE_MARKS - {"s", "mask"}  # which are HTML's and SVG's own
_TEMPLATE = re.compile(r"\{\{.{0,2000}?\}\}|\{%.{0,2000}?%\}|\{#.{0,2000}?#\}", re.DOTALL)


def html_parts(text: str) -> Parts:
    """The parts of an HTML page; its text is prose, and so are alternative texts and titles.

    >>> page = '<p>オートマン氏の<code>オートマン</code><img src="a.png" alt="写真">&amp;</p>'
    >>> [page[slice(*span)] for span in html_parts(page).not_prose]
    ['<p>', '<code>オートマン</code><img src="a.png" alt="', '">&amp;</p>']
    """
    front = front_matter(text)
    reader = _Reader(text, front.end)
    hidden = merged([*front.not_prose, *between(merged(reader.prose), front.end, len(text))])
    shown = masked(text, hidden)
    found = [*hidden, *addresses(shown)]
    if "{" in shown:
        found += (Span(*match.span()) for match in _TEMPLATE.finditer(shown))
    return parts_of(found, front.keys, reader.code)


class _Reader(HTMLParser):
    """Notes where prose stands. With convert_charrefs=False data comes as it stands in the source, and as long as there."""

    def __init__(self, text: str, start: int) -> None:
        super().__init__(convert_charrefs=False)
        self.text = text
        self.prose: list[Span] = []
        self.code: list[Span] = []  # a script, a style sheet: <!-- in them is no comment
        self._opened: list[str] = []
        self._lines = [start, *(match.end() for match in re.compile("\n").finditer(text, start))]
        self.feed(text[start:])
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        at = self._at()
        if tag in _SHOWN_AS_IT_STANDS:
            self._opened.append(tag)
        elif not self._opened:
            self.prose += [Span(at, at + len(raw))] if tag in _MACHINE_MARKS else _read_out(tag, raw, at)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        opened = len(self._opened)
        self.handle_starttag(tag, attrs)
        del self._opened[opened:]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._opened:
            del self._opened[self._opened.index(tag) :]

    def handle_data(self, data: str) -> None:
        span = Span(self._at(), self._at() + len(data))
        if self._opened:
            if self._opened[-1] in ("script", "style"):
                self.code.append(span)
        elif self.text.startswith(data, span.start):
            self.prose.append(span)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def _read_out(tag: str, raw: str, at: int) -> Iterator[Span]:
    """The values of a tag's attributes that are read to people, without what stands for a character there (&quot;)."""
    found = [match for match in _ATTRIBUTE.finditer(raw, len(tag) + 1) if match[2]]
    of_meta = tag == "meta" and any(_OF_META.fullmatch(match[2].strip("\"'")) for match in found)
    for match in found:
        name, value = match[1].lower(), match[2]
        if value[0] in "\"'" and (name in _READ_OUT or (of_meta and name == "content")):
            start, end = match.start(2) + 1, match.end(2) - 1
            references = [Span(*reference.span()) for reference in _REFERENCE.finditer(raw, start, end)]
            for span in between(references, start, end):
                yield Span(span.start + at, span.end + at)
