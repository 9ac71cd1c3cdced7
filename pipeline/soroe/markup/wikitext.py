"""Wikitext, as MediaWiki has it: its paragraphs, headings, lists, tables and what links say.

The tokenizer of mwparserfromhell tells the parts of a page in their order. Each is as long as what it is written as, so that all
together are the page: thus it is known where each stands. (Its tree of a page, which does not tell that either, takes twenty times
as long to build.)
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from mwparserfromhell import parser

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
# What may stand last where nothing is said: [[ファイル:港.jpg|thumb|200px]]
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
    page = _Page(text)
    # Bold and italics are found here: of many quotes in a row the tokenizer tries all ways to pair them.
    # An address would go on over a CR.
    for token in _tokenizer().tokenize(text.replace("\r\n", " \n"), 0, True):
        page.take(type(token).__name__, token)
    if page.at != len(text) or page.opened:
        return parts_of([Span(0, len(text))])  # no part of it is known to stand where it seems to
    shown = merged([*page.shown, *page.keys])
    hidden = between(shown, 0, len(text))
    rest = masked(text, hidden)
    hidden += [*(Span(*mark.span()) for mark in _MARKS.finditer(rest)), *addresses(rest)]
    return parts_of(hidden, page.keys, page.code)


@cache
def _tokenizer() -> Any:
    """The tokenizer in C, where it was built; it keeps nothing from one page to the next."""
    in_c: Any = getattr(parser, "CTokenizer", None)
    if in_c:
        return in_c()
    from mwparserfromhell.parser import tokenizer

    in_python: Any = tokenizer.Tokenizer
    return in_python()


# How many signs a token is written as; a tag and an attribute tell it of themselves.
_LENGTHS = {
    "TemplateOpen": 2, "TemplateParamSeparator": 1, "TemplateParamEquals": 1, "TemplateClose": 2,
    "ArgumentOpen": 3, "ArgumentSeparator": 1, "ArgumentClose": 3,
    "WikilinkOpen": 2, "WikilinkSeparator": 1, "WikilinkClose": 2,
    "HTMLEntityStart": 1, "HTMLEntityNumeric": 1, "HTMLEntityHex": 1, "HTMLEntityEnd": 1,
    "CommentStart": 4, "CommentEnd": 3,
}  # fmt: skip
_CLOSING = ("TemplateClose", "ArgumentClose", "HTMLEntityEnd", "CommentEnd")
_OPENING = ("TemplateOpen", "ArgumentOpen", "HTMLEntityStart", "CommentStart", "WikilinkOpen")


class _Opened:
    """What a page is in: since where, whether what stands there is shown, and what ends it."""

    def __init__(self, start: int, shown_before: int, is_shown: bool = False, closing: int = 0) -> None:
        self.start = start
        self.shown_before = shown_before  # how many stretches were shown before it
        self.is_shown = is_shown
        self.closing = closing  # how many signs
        self.bar = -1  # of a link: where the last | stands that belongs to it; of others, none
        self.title_end = -1


class _Tag(_Opened):
    """A tag: of HTML, or of wikitext (`{|`, `*`, `----`), which has no name that is written."""

    def __init__(self, start: int, shown_before: int, wiki_markup: str | None) -> None:
        super().__init__(start, shown_before)
        self.is_html = wiki_markup is None
        self.name: str | None = None
        self.is_ending = False
        self.pads: tuple[str, str] | None = None  # around the = of the attribute that it is in
        self.quote = 0


class _Page:
    """Goes through the tokens of a page: all is hidden but the text that is shown."""

    def __init__(self, text: str) -> None:
        self.at = 0
        self.opened: list[_Opened] = []
        self.shown: list[Span] = []
        self.keys: list[Span] = []
        self.code: list[Span] = []
        self._text_of_page = text

    def take(self, kind: str, token: Any) -> None:
        """Takes the next token."""
        start = self.at
        self.at += _LENGTHS.get(kind, 0)
        if kind == "Text":
            self._text(token.text)
        elif kind in _OPENING:
            self.opened.append(_Opened(start, len(self.shown)))
        elif kind in _CLOSING:
            self.opened.pop()
        elif kind == "WikilinkSeparator":
            self.opened[-1].is_shown, self.opened[-1].title_end, self.opened[-1].bar = True, start, start
        elif kind == "WikilinkClose":
            self._close_link(self.opened.pop(), start)
        elif kind == "ExternalLinkOpen":
            self.at += bool(token.brackets)
            self.opened.append(_Opened(start, len(self.shown), closing=int(bool(token.brackets))))
        elif kind == "ExternalLinkSeparator":
            self.at += not token.suppress_space
            self.opened[-1].is_shown = True
        elif kind == "HeadingStart":
            self.at += token.level
            self.opened.append(_Opened(start, len(self.shown), is_shown=True, closing=token.level))
        elif kind in ("HeadingEnd", "ExternalLinkClose"):
            self.at += self.opened.pop().closing
        elif kind == "TagOpenOpen":
            self.at += 1 + bool(token.invalid) if token.wiki_markup is None else len(token.wiki_markup)
            self.opened.append(_Tag(start, len(self.shown), token.wiki_markup))
        elif kind.startswith("Tag"):
            tag = self.opened[-1]
            assert isinstance(tag, _Tag)
            self._tag(tag, kind, token)

    def _text(self, text: str) -> None:
        inside = self.opened[-1] if self.opened else None
        if isinstance(inside, _Tag) and (inside.name is None or inside.is_ending):
            inside.name = inside.name or text.strip().lower()
            self.at += len(text) if inside.is_html else 0
            return
        if inside and inside.bar >= 0 and "|" in text:
            inside.bar = self.at + text.rindex("|")
        if all(each.is_shown for each in self.opened):
            self.shown.append(Span(self.at, self.at + len(text)))
        self.at += len(text)

    def _tag(self, tag: _Tag, kind: str, token: Any) -> None:
        if kind == "TagAttrEquals":
            self.at += sum(map(len, tag.pads or ())) + 1
            tag.pads = None
        elif kind == "TagAttrQuote":
            self.at += 1
            tag.quote = 1
        elif kind == "TagOpenClose":
            self.at += 2 if tag.is_html else len(token.wiki_markup or "")
            tag.is_shown, tag.is_ending = False, True
        elif kind == "TagCloseClose":
            self.at += tag.is_html
            self._close_tag()
        else:
            self.at += tag.quote + len(tag.pads[0] if tag.pads else "")  # of the attribute before
            tag.quote, tag.pads = 0, None
            if kind == "TagAttrStart":
                self.at += len(token.pad_first)
                tag.pads = token.pad_before_eq, token.pad_after_eq
            elif kind == "TagCloseOpen":
                self.at += len(token.padding or "") + (1 if tag.is_html else len(token.wiki_markup or ""))
                tag.is_shown = tag.name not in _CODE and tag.name not in _ASIDE
            else:
                self.at += len(token.padding or "") + (tag.is_html and (1 if token.implicit else 2))
                self._close_tag()

    def _close_tag(self) -> None:
        tag = self.opened.pop()
        if isinstance(tag, _Tag) and tag.name in _CODE:
            self.code.append(Span(tag.start, self.at))

    def _close_link(self, link: _Opened, end: int) -> None:
        begin = link.start + 2
        title = self._text_of_page[begin : end if link.title_end < 0 else link.title_end]
        space, colon, _ = title.partition(":")
        space = space.strip().lower() if colon else ""
        if space in _HIDDEN_SPACES or space in _FILES:
            said, self.shown[link.shown_before :] = self.shown[link.shown_before :], []
            # Of [[ファイル:港.jpg|thumb|alt=夜の港|夜の港]] only the last is shown.
            if space in _FILES and link.bar >= 0 and not _FILE_OPTION.match(self._text_of_page[link.bar + 1 : end]):
                cut = (Span(max(start, link.bar + 1), stop) for start, stop in said)
                self.shown += [span for span in cut if span.start < span.end]
        elif link.title_end < 0 and not _OTHER_WIKI.match(title) and not any(sign in title for sign in "{<["):
            if all(each.is_shown for each in self.opened):
                self.keys.append(Span(begin, end))
