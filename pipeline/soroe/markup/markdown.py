"""Markdown, read by pulldown-cmark (pyromark)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from soroe.markup.front_matter import front_matter
from soroe.markup.plain import plain_parts, tags_and_addresses
from soroe.markup.spans import Parts, is_inside, is_machine_mark, masked, merged, parts_of
from soroe.text import Span

# Compiled where they are met, which they are in few pages.
_TAG = r"""</?[A-Za-z](?:"[^"]*"|'[^']*'|[^<>"'])*>|<[!?][^<>]*>"""
_TITLE = rb"""(?:\r?\n[ \t>]*(["'(][^\r\n]*["')])[ \t\r]*$)?"""
_DEFINITION = rb"^[ \t>]*(\[(?:[^\[\]\\\r\n]|\\.)+\]:[ \t]*(?:\r?\n[ \t>]*)?[^\s][^\r\n]*)" + _TITLE
_JAPANESE = "[ぁ-ヿ一-鿿]"
# What site builders put into Markdown: {{< figure src="…" >}}, {% include … %}, {#anchor} and {: .class} behind a heading.
_OF_BUILDERS = r"(?s)\{\{.{0,2000}?\}\}|\{%.{0,2000}?%\}|\{(?:[#.]|: ?)[^{}\n]{0,200}\}(?=[ \t\r]*(?:\n|\Z))"


class _Read(NamedTuple):
    """What the parser tells of a page, in bytes."""

    not_prose: list[Span]
    keys: list[Span]
    code: list[Span]
    html: list[Span]  # blocks of HTML, and in MDX what Markdown would call indented code
    leaves: list[Span]  # where a [label]: is no definition


def markdown_parts(text: str, is_mdx: bool = False) -> Parts:
    """The parts of a Markdown page; names in links, quotations, emphasis, headings, tables and pictures' texts are prose.

    >>> text = "# [庁舎](/hall)の**記録**\\n\\n    $ grep オートマン\\n"
    >>> [text[slice(*span)] for span in markdown_parts(text).not_prose]
    ['/hall', '    $ grep オートマン\\n']
    """
    front = front_matter(text)
    # Lone surrogates, which JSON can hold, have no bytes: "?" stands for each.
    source = text[front.end :].encode("utf-8", "replace")
    read = _read(source, is_mdx)
    point = _points(source, front.end, [edge for spans in read for span in spans for edge in span])
    not_prose, keys, code, html, _ = ([Span(point[start], point[end]) for start, end in spans] for spans in read)
    not_prose += front.not_prose
    shown = masked(text, merged([*code, *front.not_prose]))
    if is_mdx:
        from soroe.markup.mdx import mdx_spans

        not_prose += mdx_spans(shown, front.end)
    if "{" in shown:
        not_prose += (Span(*match.span()) for match in re.finditer(_OF_BUILDERS, shown))
    for start, end in html:
        inside = plain_parts(text[start:end])
        not_prose += _moved(inside.not_prose, start)
        code += _moved(inside.code, start)
        not_prose += _tags(masked(text[start:end], inside.not_prose), start)
    not_prose += tags_and_addresses(shown)
    return parts_of(not_prose, [*keys, *front.keys], code)


@cache
def _parser() -> Any:
    from pyromark import Markdown, Options

    return Markdown(
        options=Options.ENABLE_TABLES
        | Options.ENABLE_FOOTNOTES
        | Options.ENABLE_STRIKETHROUGH
        | Options.ENABLE_TASKLISTS
        | Options.ENABLE_MATH
    )


def _read(source: bytes, is_mdx: bool) -> _Read:
    read = _Read([], [], [], [], [])
    open_elements: list[
        tuple[str, int]
    ] = []  # of links and pictures how they are written, and where their last child ends
    for event, where in _parser().events_with_range(source.decode()):
        start, end = where["start"], where["end"]
        if isinstance(event, str):  # a line break, a rule
            continue
        ((kind, value),) = event.items()
        if kind == "Start":
            link = value.get("Link") or value.get("Image") if isinstance(value, dict) else None
            open_elements.append((link["link_type"] if link else "", start))
            if isinstance(value, dict) and "CodeBlock" in value:
                # In MDX an indent is the indent of a component.
                place = read.html if is_mdx and value["CodeBlock"] == "Indented" else read.code
                place.append(Span(_indent(source, start), end))
            elif value == "HtmlBlock":
                read.html.append(Span(start, end))
            continue
        if kind == "End":
            how, inside = open_elements.pop()
            if how:
                _of_link(read, source, how, Span(start, end), inside)
            elif value == "FootnoteDefinition":
                label = source.find(b"]:", start, end) + 2
                read.not_prose.append(Span(start, label))
                read.leaves.append(Span(start, label))
        else:
            read.leaves.append(Span(start, end))
            if kind == "Code":
                read.code.append(Span(start, end))
            elif kind == "InlineHtml":
                if not is_machine_mark(value):
                    read.not_prose.append(Span(start, end))
            elif kind == "InlineMath":
                # 価格は$20、以前は$30だった: to the parser a formula stands between the two signs.
                if "\\" in value or not re.search(_JAPANESE, value):
                    read.not_prose.append(Span(start, end))
            elif kind in ("DisplayMath", "FootnoteReference"):
                read.not_prose.append(Span(start, end))
        if open_elements:
            how, inside = open_elements[-1]
            open_elements[-1] = (how, max(inside, end))
    read.not_prose.extend(read.code)
    if b"]:" in source:
        read.not_prose.extend(_definitions(source, merged(read.leaves)))
    return read


def _of_link(read: _Read, source: bytes, how: str, span: Span, inside: int) -> None:
    """What of a link or picture is not prose: its target, its label; and where its text is its label, that."""
    start, end = span
    if how in ("Autolink", "Email"):
        read.not_prose.append(span)
        return
    closed = source.find(b"]", inside)
    if how in ("Inline", "Reference"):
        read.not_prose.append(Span(closed + 2, end - 1))
    else:
        read.keys.append(Span(source.find(b"[", start) + 1, closed))


def _indent(source: bytes, at: int) -> int:
    """Where the indent before a block begins, if nothing else stands there."""
    start = at
    while start and source[start - 1] in b" \t":
        start -= 1
    return start if not start or source[start - 1] in b"\r\n" else at


def _definitions(source: bytes, leaves: list[Span]) -> Iterator[Span]:
    """Definitions of what a link's label stands for; they give no event."""
    for match in re.finditer(_DEFINITION, source, re.MULTILINE):
        if not is_inside(leaves, match.start(1)):
            yield Span(*match.span(1))
            if match[2] and not is_inside(leaves, match.start(2)):
                yield Span(*match.span(2))
    # Python 3.10 has a pyromark without it; only a title over several lines is missed there.
    defined = getattr(_parser(), "reference_definitions", None)
    for definition in defined(source.decode()).values() if defined else ():
        yield Span(definition["span"]["start"], definition["span"]["end"])


def _points(source: bytes, shift: int, edges: Iterable[int]) -> dict[int, int]:
    """Which code point each of the bytes is."""
    if source.isascii():
        return {edge: edge + shift for edge in edges}
    points: dict[int, int] = {}
    at, point = 0, shift
    for edge in sorted(set(edges)):
        point += len(source[at:edge].decode())
        at = edge
        points[edge] = point
    return points


def _moved(spans: Iterable[Span], by: int) -> Iterator[Span]:
    return (Span(start + by, end + by) for start, end in spans)


def _tags(text: str, shift: int) -> Iterator[Span]:
    """The tags in a block of HTML, those of components too."""
    for match in re.finditer(_TAG, text):
        if not is_machine_mark(match[0]):
            yield Span(match.start() + shift, match.end() + shift)
