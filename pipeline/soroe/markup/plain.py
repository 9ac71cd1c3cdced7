"""Code, addresses, tags and link targets, as they stand in any text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from soroe.markup.spans import Parts, parts_of
from soroe.text import Span

# Tags by name, so that <unk> and <アルトマン> stay prose.
_TAGS = frozenset(
    """
    a abbr address article aside audio b base bdi bdo blockquote body br button canvas caption cite code col colgroup data
    datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header
    hgroup hr html i iframe img input ins kbd label legend li link main map mark menu meta meter nav noscript object ol
    optgroup option output p picture pre progress q rp rt ruby samp script search section select slot small source span
    strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track u ul var video wbr
    """.split()
)

# An address ends where Japanese begins (https://a.example/xを見る), unless the Japanese is a part of its path (…/wiki/東京).
_ASCII_URL = r"[!#-;=?-Z\[\]_a-z~]"
_CODE_OR = r"""
      (?P<fence>^[ ]{0,3}(?P<mark>`{3,}|~{3,}))(?=[^\n]*\n)
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]{1,2000}?(?<!`)(?P=ticks)(?!`)) |"""
_TAGS_OR = r"""
      (?P<comment><!--)
    | <(?P<raw>script|style|pre|textarea|code|kbd|samp|var)(?:\s[^<>]{0,2000})?>
    | </?(?P<tag>[A-Za-z][A-Za-z0-9]*)(?:\s+[A-Za-z_:@][^<>]{0,2000})?\s*/?>
    | \]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\) |"""
_ADDRESSES = rf"""
      (?:https?|ftp)://(?:{_ASCII_URL}|(?<=[/=?&\#%_~-])[\p{{InHiragana}}\p{{InKatakana}}\p{{Han}}]+)+
    | www\.[A-Za-z0-9-]+\.{_ASCII_URL}+
    | (?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
"""
_CODE = r"(?P<ticks>`+)(?!`)[^\n]{1,2000}?(?<!`)(?P=ticks)(?!`)"
# What is looked for holds one of these; most articles hold none, and are not scanned.
_SIGNS_OF_ADDRESSES = ("@", "://", "www.", "WWW.")
_SIGNS_OF_TAGS = ("<", "](", *_SIGNS_OF_ADDRESSES)
_SIGNS = ("`", "~~~", *_SIGNS_OF_TAGS)


def plain_parts(text: str) -> Parts:
    """The parts of a text without markup, which often has some: code in back-ticks, tags, links.

    >>> text = "`オートマン`は<b>変数</b>である。"
    >>> [text[slice(*span)] for span in plain_parts(text).not_prose]
    ['`オートマン`', '<b>', '</b>']
    """
    if not any(sign in text for sign in _SIGNS):
        return Parts([], [], [])
    found = [*_found(text, _pattern(_CODE_OR + _TAGS_OR + _ADDRESSES))]
    return parts_of([span for span, _ in found], code=[span for span, is_code in found if is_code])


def tags_and_addresses(text: str) -> Iterator[Span]:
    """Tags, comments, link targets and addresses of a text whose code is masked."""
    if any(sign in text for sign in _SIGNS_OF_TAGS):
        for span, _ in _found(text, _pattern(_TAGS_OR + _ADDRESSES)):
            yield span


def addresses(text: str) -> Iterator[Span]:
    """Addresses of a text whose code and tags are masked."""
    if any(sign in text for sign in _SIGNS_OF_ADDRESSES):
        for match in _pattern(_ADDRESSES).finditer(text):
            yield _address(match)


@cache
def _pattern(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.VERBOSE | regex.MULTILINE | regex.IGNORECASE)


def _found(text: str, pattern: regex.Pattern[str]) -> Iterator[tuple[Span, bool]]:
    """What the pattern finds, and whether it is code."""
    at = 0
    unclosed: set[str] = set()  # what no mark closes from here on is not looked for again
    while match := pattern.search(text, at):
        start, end = match.span()
        at = end
        named = match.groupdict()
        mark, comment, raw = named.get("mark"), named["comment"], named["raw"]
        is_code = bool(mark or named.get("code"))
        opening = mark or comment or (raw and raw.lower())
        if opening:
            closed = _end_of(text, match, mark, raw) if opening not in unclosed else None
            if closed:
                end = at = closed
                is_code = is_code or bool(raw)
            else:
                unclosed.add(opening)
                if mark:
                    code = _pattern(_CODE).match(text, match.start("mark"))
                    start, at = match.start("mark"), code.end() if code else end
                    end = code.end() if code else start
                elif comment:
                    end, at = start, start + 1
        elif named["tag"]:
            if named["tag"].lower() not in _TAGS:
                at = start + 1
                continue
        elif text[start] == "]":  # the bracket and both parentheses are markup that a rule may see: ![image]()
            start, end = start + 2, end - 1
        elif "://" in match[0]:
            end = _address(match).end
        if start < end:
            yield Span(start, end), is_code


def _end_of(text: str, match: regex.Match[str], mark: str | None, raw: str | None) -> int | None:
    """Where the fence, comment, script or style sheet ends that the match opens; None where nothing closes it."""
    at = match.end()
    if mark:
        closing = _pattern(rf"^[ ]{{0,3}}{mark}[`~]*[ \t\r]*$").search(text, at)
    elif raw:
        closing = _pattern(rf"</{raw.lower()}\s*>").search(text, at)
    else:
        return text.find("-->", at) + 3 if text.find("-->", at) >= 0 else None
    return closing.end() if closing else None


def _address(match: regex.Match[str]) -> Span:
    """A full stop after an address ends the sentence, not the address."""
    start, end = match.span()
    return Span(start, start + len(match[0].rstrip(".,;:!?)'\"")) if "://" in match[0] else end)
