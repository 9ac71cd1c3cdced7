"""What in a text is not prose: code, addresses, tags, link targets, front matter.

Rules never see it. They read the text with every such character masked, so that no pattern can match inside or across it.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from soroe.text import Markup, Span

MASK = "\ufffc"  # OBJECT REPLACEMENT CHARACTER: "something that is not text stands here"

# Tags by name, so that <unk> and <アルトマン> stay prose.
_TAG_NAMES = (
    "a|abbr|address|article|aside|audio|b|base|bdi|bdo|blockquote|body|br|button|canvas|caption|cite|code|col|colgroup|data|"
    "datalist|dd|del|details|dfn|dialog|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|"
    "hgroup|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|menu|meta|meter|nav|noscript|object|ol|"
    "optgroup|option|output|p|picture|pre|progress|q|rp|rt|ruby|samp|script|search|section|select|slot|small|source|span|"
    "strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|u|ul|var|video|wbr"
)

# An address ends where Japanese begins (https://a.example/xを見る), unless the Japanese is a part of its path (…/wiki/東京).
_ASCII_URL = r"[!#-;=?-Z\[\]_a-z~]"
_IN_PLAIN_TEXT = regex.compile(
    rf"""
      (?P<fence>^[ ]{{0,3}}(?P<mark>`{{3,}}|~{{3,}}))(?=[^\n]*\n)
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]{{1,2000}}?(?<!`)(?P=ticks)(?!`))
    | (?P<comment><!--)
    | <(?P<raw>script|style)\b[^<>]{{0,2000}}>
    | </?(?:{_TAG_NAMES})(?:\s+[A-Za-z_:@][^<>]{{0,2000}})?\s*/?>
    | \]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\)
    | (?:https?|ftp)://(?:{_ASCII_URL}|(?<=[/=?&\#%_~-])[\p{{InHiragana}}\p{{InKatakana}}\p{{Han}}]+)+
    | www\.[A-Za-z0-9-]+\.{_ASCII_URL}+
    | (?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
    """,
    regex.VERBOSE | regex.MULTILINE | regex.IGNORECASE,
)
_CODE = regex.compile(r"(?P<ticks>`+)(?!`)[^\n]{1,2000}?(?<!`)(?P=ticks)(?!`)")
# What _IN_PLAIN_TEXT matches holds one of these; most articles hold none, and are not scanned.
_SIGNS = ("`", "<", "@", "~~~", "](", "://", "www.", "WWW.")
_FRONT_MATTER = regex.compile(r"\ufeff?(---|\+\+\+)[ \t]*\r?\n(?:[^\n]*\n)*?\1[ \t]*(?:\r?\n|\Z)")
_REFERENCE = regex.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]*([^\n]+)$", regex.MULTILINE)


def not_prose(text: str, markup: Markup = "plain") -> list[Span]:
    """The spans that no rule may read or touch, sorted and disjoint, in code points.

    >>> text = "詳細は https://example.com/news を参照。連絡は info@example.com まで。"
    >>> [text[slice(*span)] for span in not_prose(text)]
    ['https://example.com/news', 'info@example.com']
    """
    spans = [*_in_plain_text(text)]
    if text.startswith("\ufeff"):
        spans.append(Span(0, 1))
    if markup == "markdown":
        spans += _in_markdown(text)
    return _merged(spans)


def masked(text: str, spans: list[Span]) -> str:
    """The text with the spans' characters replaced by `MASK`, line breaks kept, so that offsets and lines stay true."""
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in spans:
        inside = text[start:end]
        kept = "\n".join(MASK * len(line) for line in inside.split("\n"))
        parts += (text[at:start], kept)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _in_plain_text(text: str) -> Iterator[Span]:
    if not any(sign in text for sign in _SIGNS):
        return
    at = 0
    unclosed: set[str] = set()  # what no mark closes from here on is not looked for again
    while match := _IN_PLAIN_TEXT.search(text, at):
        start, end = match.span()
        at = end
        opening = match["mark"] or match["comment"] or match["raw"]
        if opening:
            closed = _end_of(text, end, match) if opening not in unclosed else None
            if closed:
                end = at = closed
            else:
                unclosed.add(opening)
                if match["mark"]:
                    code = _CODE.match(text, match.start("mark"))
                    start, at = match.start("mark"), code.end() if code else end
                    end = code.end() if code else start
                elif match["comment"]:
                    end, at = start, start + 1
        elif text[start] == "]":  # the bracket and both parentheses are markup that a rule may see: ![image]()
            start, end = start + 2, end - 1
        elif "://" in match[0]:  # a full stop after an address ends the sentence, not the address
            end = start + len(match[0].rstrip(".,;:!?)'\""))
        if start < end:
            yield Span(start, end)


def _end_of(text: str, at: int, match: regex.Match[str]) -> int | None:
    """Where the fence, comment, script or style sheet ends that the match opens; None where nothing closes it."""
    if match["comment"]:
        return text.find("-->", at) + 3 if text.find("-->", at) >= 0 else None
    if match["mark"]:
        closing = regex.compile(rf"^[ ]{{0,3}}{match['mark']}[`~]*[ \t\r]*$", regex.MULTILINE).search(text, at)
    else:
        closing = regex.compile(rf"</{match['raw']}\s*>", regex.IGNORECASE).search(text, at)
    return closing.end() if closing else None


def _in_markdown(text: str) -> Iterator[Span]:
    from markdown_it import MarkdownIt

    front = _FRONT_MATTER.match(text)
    body = front.end() if front else 0
    if front:
        yield Span(0, body)
    starts = [body]
    for at, letter in enumerate(text[body:], body + 1):
        if letter == "\n":
            starts.append(at)
    starts.append(len(text))
    # "\r\n" is one line end to the parser, and a lone "\r" another; as "\n" they would shift its line numbers.
    source = text[body:].replace("\r", " ")
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        if token.type in ("fence", "code_block", "html_block") and token.map:
            first, last = token.map
            if token.type == "html_block" and not regex.match(
                r"\s*<(?:script|style|pre|!--)", token.content, regex.IGNORECASE
            ):
                continue  # its tags are masked like any tag; what stands between them is prose
            yield Span(starts[first], starts[min(last, len(starts) - 1)])
    for match in _REFERENCE.finditer(text, body):
        yield Span(*match.span(1))


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.start < span.end:
            merged.append(span)
    return merged
