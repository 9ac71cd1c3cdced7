"""HTML: the text between the tags, and the attributes that are read to people.

The standard library's parser tells places too, but raises on `<![`, takes the square of the time for `<a <a <a`, and reads a
comment that is never closed in another way from one Python to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from soroe.markup.front_matter import front_matter
from soroe.markup.plain import addresses
from soroe.markup.spans import MACHINE_MARKS, Parts, between, masked, merged, parts_of
from soroe.text import Span

# What stands in the first kind is no HTML up to their closing tag, what stands in the second is.
_RAW = frozenset("script style textarea xmp iframe noembed noframes".split())
_CODE = frozenset("code pre kbd samp var".split())
_READ_OUT = frozenset("alt title aria-label aria-description placeholder".split())
_MACHINE_MARKS = MACHINE_MARKS - {"s", "mask"}  # which are HTML's and SVG's own
# <meta name="description" content="…">, <meta property="og:title" content="…">
_OF_META = re.compile(r"(?:(?:og|twitter):)?(?:title|description|image:alt)", re.IGNORECASE)

_REFERENCE = r"&(?:[A-Za-z][A-Za-z0-9]*|\#[0-9]+|\#[xX][0-9A-Fa-f]+);?"
_TOKEN = re.compile(
    rf"""
      (?P<comment><!--)
    | </?(?P<name>[A-Za-z][A-Za-z0-9:._-]*)(?:(?:[^"'<>]|"[^"]*"|'[^']*')*|[^<>]*)>    # <b title="a > b">, <b title=it's>
    | <[!?/][^<>]*>
    | {_REFERENCE}
    | \{{\{{.{{0,2000}}?\}}\}} | \{{%.{{0,2000}}?%\}} | \{{\#.{{0,2000}}?\#\}}           # a template's
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")


def html_parts(text: str) -> Parts:
    """The parts of an HTML page; its text is prose, and so are alternative texts and titles.

    >>> page = '<p>オートマン氏の<code>オートマン</code><img src="a.png" alt="写真">&amp;</p>'
    >>> [page[slice(*span)] for span in html_parts(page).not_prose]
    ['<p>', '<code>オートマン</code><img src="a.png" alt="', '">&amp;</p>']
    """
    front = front_matter(text)
    hidden = [*front.not_prose]
    raw: list[Span] = []  # scripts, style sheets: <!-- in them is no comment
    opened: list[str] = []  # elements of code
    began = len(text)
    at = front.end
    while token := _TOKEN.search(text, at):
        start, at = token.span()
        name = (token["name"] or "").lower()
        is_opening = bool(name) and text[start + 1] != "/"
        if token["comment"]:
            at = text.find("-->", at) + 3
            at = at if at > 2 else len(text)
        elif is_opening and name in _RAW:
            closing = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(text, at)
            raw.append(Span(at, closing.start() if closing else len(text)))
            hidden.append(raw[-1])
            at = raw[-1].end
        elif is_opening and name in _CODE and not token[0].endswith("/>"):
            began = began if opened else start
            opened.append(name)
        elif name in opened:
            del opened[opened.index(name) :]
            if not opened:
                hidden.append(Span(began, at))
        if is_opening and not opened:
            if name in _MACHINE_MARKS:
                continue
            hidden += between([*_read_out(name, token[0], start)], start, token.end())
        elif name not in _MACHINE_MARKS:
            hidden.append(Span(start, at))
    if opened:
        hidden.append(Span(began, len(text)))
    hidden = merged(hidden)
    return parts_of([*hidden, *addresses(masked(text, hidden))], front.keys, raw)


def _read_out(tag: str, raw: str, at: int) -> Iterator[Span]:
    """The values of a tag's attributes that are read to people, without what stands for a character there (&quot;)."""
    found = [match for match in _ATTRIBUTE.finditer(raw, len(tag) + 1) if match[2]]
    of_meta = tag == "meta" and any(_OF_META.fullmatch(match[2].strip("\"'")) for match in found)
    for match in found:
        name, value = match[1].lower(), match[2]
        if value[0] in "\"'" and (name in _READ_OUT or (of_meta and name == "content")):
            start, end = match.start(2) + 1, match.end(2) - 1
            references = [Span(*reference.span()) for reference in re.compile(_REFERENCE).finditer(raw, start, end)]
            for span in between(references, start, end):
                yield Span(span.start + at, span.end + at)
