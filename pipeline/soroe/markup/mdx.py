"""MDX: Markdown with imports, expressions and components, which no Markdown parser knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soroe.markup.spans import is_machine_mark
from soroe.text import Span

_IMPORT = re.compile(
    r"""^(?:import\s+["'{*\w]|export\s+(?:const|let|var|default|function|class|async|type|interface|\{|\*))""",
    re.MULTILINE | re.ASCII,
)
_TOKEN = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<!\\)[{}]""")
_OPENING = re.compile(r"</?(?:[A-Za-z][\w.:-]*|(?=>))", re.ASCII)
_ATTRIBUTE = re.compile(r"""\s+|=|/(?!>)|"[^"]{0,2000}"|'[^']{0,2000}'|[^\s"'{}<>=/]+""")


def mdx_spans(text: str, start: int) -> Iterator[Span]:
    """Imports and exports, {expressions} and <Components of="…">, in a text whose code is masked.

    >>> text = 'import Box from "./box"\\n\\n<Box of={names[0]}>オートマン {names}</Box>'
    >>> [text[slice(*span)] for span in mdx_spans(text, 0)]
    ['import Box from "./box"', '{names[0]}', '{names}', '<Box of={names[0]}>', '</Box>']
    """
    pairs = _pairs(text, start)
    at = start
    while match := _IMPORT.search(text, at):
        at = match.start()
        while True:  # to the end of the line in which all that was opened is closed
            brace, line = text.find("{", at), text.find("\n", at)
            line = len(text) if line < 0 else line
            if brace < 0 or brace > line:
                break
            at = pairs.get(brace, brace) + 1
        yield Span(match.start(), line)
        at = line
    at = start
    for brace, closed in pairs.items():
        if brace >= at:
            at = closed + 1
            yield Span(brace, at)
    at = start
    while tag := _OPENING.search(text, at):
        at = tag.end()
        while True:
            if text.startswith("{", at) and at in pairs:
                at = pairs[at] + 1
            elif attribute := _ATTRIBUTE.match(text, at):
                at = attribute.end()
            else:
                break
        closing = 2 if text.startswith("/>", at) else 1 if text.startswith(">", at) else 0
        at = max(at, tag.end())
        if closing and not is_machine_mark(text[tag.start() : at + closing]):
            yield Span(tag.start(), at + closing)
        elif not closing:
            at = tag.end()


def _pairs(text: str, start: int) -> dict[int, int]:
    """Which brace closes which, in the order of the opening ones; a brace in a string inside braces is none."""
    waiting: list[int] = []
    pairs: dict[int, int] = {}
    at = start
    braces = re.compile(r"(?<!\\)[{}]")
    while token := (_TOKEN if waiting else braces).search(text, at):
        at = token.end()
        if token[0] == "{":
            waiting.append(token.start())
        elif token[0] == "}" and waiting:
            pairs[waiting.pop()] = token.start()
    return dict(sorted(pairs.items()))
