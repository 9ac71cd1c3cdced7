"""AsciiDoc: no library tells where its words stand, so that what is not prose is looked for."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from soroe.markup.plain import addresses
from soroe.markup.spans import Parts, masked, merged, parts_of
from soroe.text import Span

# Listings, literal blocks, passthroughs and comments, each between two lines that are alike.
_FENCE = re.compile(r"^(-{4,}|\.{4,}|\+{4,}|/{4,}|`{3,})(?:(?<=`)[^`\n]*)?[ \t\r]*$", re.MULTILINE)
_LINES = re.compile(
    r"""
      ^:!?[\w-]+!?:(?:[ \t][^\n]*)?$                                # :attribute: value
    | ^//(?!/)[^\n]*$                                               # a comment
    | ^\[[^\]\n]*\][ \t\r]*$                                        # [source,sh], [[anchor]], [#id.role]
    | ^(?:include|ifdef|ifndef|ifeval|endif|toc)::[^\n]*$
    | (?:(?<=\n\n)|(?<=\n\r\n)|\A)[ \t]+(?!(?:\*+|-|\.+|\d+\.)[ \t])\S[^\n]*(?:\n[ \t]*[^\s][^\n]*)*   # an indented paragraph
    """,
    re.VERBOSE | re.MULTILINE,
)
_CODE = re.compile(r"""(?<![`"'\\])(`+)(?![`\s])[^`\n]+\1(?![`"'])|(?<!\+)(\+{1,3})(?![+\s])[^+\n]+\2(?!\+)""")
_IN_LINES = re.compile(
    r"""
      \b(?:pass|stem|latexmath|asciimath|kbd|indexterm|indexterm2|anchor):{1,2}[^\s\[\n]{0,500}\[[^\]\n]{0,2000}\]
    | \b(?:image|video|audio|link|mailto|xref|btn|menu|footnote|footnoteref|icon):{1,2}[^\s\[\n]{0,500}(?=\[)
    | <<[^<>,\n]{1,200}(?:,|>>) | >>
    | \{[\w-]{1,100}(?::[^{}\n]{0,200})?\}
    | \[\[[^\[\]\n]{1,200}\]\] | \[[\#.][^\[\]\n]{0,200}\](?=[\#*_`])
    | ^=+[ \t] | ^\|===[^\n]*$
    | [ ]\+\r?$
    | <\d+>[ \t]
    """,
    re.VERBOSE | re.MULTILINE | re.ASCII,
)
_UNDERLINED = re.compile(
    r"(?:\A|(?<=\n\n)|(?<=\n\r\n))(?P<title>\w[^\n\r]*)(?P<end>\r?\n)(?P<line>([=\-~^+])\4+)[ \t\r]*$", re.MULTILINE
)


def asciidoc_parts(text: str) -> Parts:
    """The parts of an AsciiDoc page.

    >>> page = "== 記録\\n\\nlink:/hall[オートマン氏]の``変数``\\n\\n----\\nオートマン\\n----\\n"
    >>> [page[slice(*span)] for span in asciidoc_parts(page).not_prose]
    ['== ', 'link:/hall', '``変数``', '----\\nオートマン\\n----']
    """
    titles = {match.start("line"): match for match in _UNDERLINED.finditer(text) if _is_title(match)}
    blocks = [*_fenced(text, titles)]
    # The length of the line is the length of the title, or it is no title any more.
    keys = [Span(*match.span("title")) for match in titles.values()]
    hidden = [*blocks, *(Span(*match.span("line")) for match in titles.values())]
    hidden += (Span(*match.span()) for match in _LINES.finditer(masked(text, merged(hidden))))
    code = [Span(*match.span()) for match in _CODE.finditer(masked(text, merged(hidden)))]
    hidden += code
    shown = masked(text, merged(hidden))
    hidden += (Span(*match.span()) for match in _IN_LINES.finditer(shown))
    # https://a.example/x[庁舎]: what stands in the brackets is the text of the link.
    hidden += (Span(start, start + len(shown[start:end].partition("[")[0])) for start, end in addresses(shown))
    return parts_of(hidden, keys, [*blocks, *code])


def _is_title(match: re.Match[str]) -> bool:
    return abs(len(match["line"]) - len(match["title"])) < 2


def _fenced(text: str, titles: Container[int]) -> Iterator[Span]:
    """The blocks that show what stands in them; one that nothing closes runs to the end."""
    at = 0
    while opening := _FENCE.search(text, at):
        at = opening.end()
        if opening.start() in titles:
            continue
        closing = re.compile(rf"^{re.escape(opening[1])}[ \t\r]*$", re.MULTILINE).search(text, at)
        at = closing.end() if closing else len(text)
        yield Span(opening.start(), at)
