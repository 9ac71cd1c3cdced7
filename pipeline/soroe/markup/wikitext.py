"""Wikitext, as MediaWiki has it: its paragraphs, headings, lists, tables and what links say.

mwparserfromhell gives the parts of a page, which written one behind the other are the page: so it is known where each stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import mwparserfromhell
from mwparserfromhell import nodes

from soroe.markup.plain import addresses
from soroe.markup.spans import Parts, between, masked, merged, parts_of
from soroe.text import Span

# What stands in them is no wikitext, or nothing that is read as the sentence around it.
_CODE = frozenset(
    "nowiki pre math chem ce syntaxhighlight source code kbd samp var score timeline graph mapframe maplink".split()
)
_ASIDE = frozenset(
    "ref references gallery imagemap templatestyles hiero inputbox categorytree section indicator".split()
)
_FILES = frozenset("file image media ファイル 画像 メディア".split())
_HIDDEN_SPACES = frozenset("category カテゴリ".split())
# of [[ファイル:港.jpg|thumb|200px|left|alt=夜の港|夜の港]] only the last is read
_FILE_OPTION = re.compile(
    r"\s*(?:[a-z]+|[0-9x]+ ?(?:px|ピクセル)|[a-z]+=.*|サムネイル|フレーム|右|左|中央|なし)\s*\Z", re.DOTALL
)
_OTHER_WIKI = re.compile(r"\s*[a-z][a-z-]+:")
# ''斜体'', '''太字''', __目次__
_MARKS = re.compile(r"'{2,}|__[A-Za-z0-9ぁ-んァ-ヶー一-龠]+__|~{3,5}")


def wikitext_parts(text: str) -> Parts:
    """The parts of a page; the title of a link that says nothing else is a key, for the link goes by it.

    >>> page = "'''マスク'''氏は[[東京都|東京]]で{{仮リンク|港}}を見た<ref>新聞</ref>。[[大阪]]"
    >>> told = wikitext_parts(page)
    >>> [page[slice(*span)] for span in told.not_prose]
    ["'''", "'''", '[[東京都|', ']]', '{{仮リンク|港}}', '<ref>新聞</ref>', '[[', ']]']
    >>> [page[slice(*span)] for span in told.keys]
    ['大阪']
    """
    found = _Found()
    # Bold and italics are found here: of many quotes in a row the parser tries all ways to pair them.
    if found.walk(mwparserfromhell.parse(text, skip_style_tags=True), 0) != len(text):
        return parts_of([Span(0, len(text))])  # no part of it is known to stand where it seems to
    hidden = merged(found.hidden)
    rest = masked(text, hidden)
    hidden += [*(Span(*mark.span()) for mark in _MARKS.finditer(rest)), *addresses(rest)]
    return parts_of(hidden, found.keys, found.code)


class _Found:
    """What stands where in a page."""

    def __init__(self) -> None:
        self.hidden: list[Span] = []
        self.keys: list[Span] = []
        self.code: list[Span] = []

    def walk(self, parts: Any, at: int) -> int:
        """Goes through the parts, of which the first stands there; where the last ends."""
        for node in parts.nodes:
            end = at + len(str(node))
            if isinstance(node, nodes.Wikilink):
                self._link(node, at, end)
            elif isinstance(node, nodes.ExternalLink):
                self._with(node.title, end - node.brackets, at, end)
            elif isinstance(node, nodes.Heading):
                self._with(node.title, end - node.level, at, end)
            elif isinstance(node, nodes.Tag):
                self._tag(node, at, end)
            elif not isinstance(node, nodes.Text):
                self.hidden.append(Span(at, end))
            at = end
        return at

    def _with(self, inside: Any, inside_end: int, start: int, end: int) -> None:
        """A part of which only what is inside is read."""
        begin = inside_end - len(str(inside)) if inside is not None else inside_end
        if inside is not None and begin >= start:
            self.walk(inside, begin)
            self.hidden += _around([Span(begin, inside_end)], start, end)
        else:
            self.hidden.append(Span(start, end))

    def _tag(self, tag: Any, start: int, end: int) -> None:
        name = str(tag.tag).strip().lower()
        if name in _CODE or name in _ASIDE or tag.self_closing:
            self.hidden.append(Span(start, end))
            if name in _CODE:
                self.code.append(Span(start, end))
            return
        closing = tag.closing_wiki_markup or "" if tag.wiki_markup else f"</{tag.closing_tag}>"
        self._with(tag.contents, end - len(closing), start, end)

    def _link(self, link: Any, start: int, end: int) -> None:
        title = str(link.title)
        space, colon, _ = title.partition(":")
        space = space.strip().lower() if colon else ""
        if space in _FILES and link.text is not None:
            caption = str(link.text).rpartition("|")[2]
            if _FILE_OPTION.match(caption) or any(sign in caption for sign in ("]]", "}}", "[[", "{{")):
                self.hidden.append(Span(start, end))  # of a caption with links in it, no part is a text of its own
            else:
                self.hidden += _around([Span(end - 2 - len(caption), end - 2)], start, end)
        elif space in _FILES or space in _HIDDEN_SPACES:
            self.hidden.append(Span(start, end))
        elif link.text is not None:
            self._with(link.text, end - 2, start, end)
        elif _OTHER_WIKI.match(title):
            self.hidden.append(Span(start, end))
        else:
            begin = start + 2
            self.keys.append(Span(begin, begin + len(title)))
            self.hidden += _around([Span(begin, begin + len(title))], start, end)


def _around(inside: Iterable[Span], start: int, end: int) -> list[Span]:
    return between([*inside], start, end)
