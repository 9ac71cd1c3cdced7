"""Front matter: what stands between two lines of --- (YAML) or +++ (TOML) at the very top of a page."""

from __future__ import annotations

import re
from typing import NamedTuple

from soroe.markup.spans import between
from soroe.text import Span

_BLOCK = r"(---|\+\+\+)[ \t]*\r?\n(?:[^\n]*\n)*?\1[ \t]*(?:\r?\n|\Z)"
# The fields that are read to people. A slug, a tag or a category is a key, a date a date, and an author's name is as he gave it.
_FIELD = r"""^(?P<key>["']?)(?:title|subtitle|description|summary|excerpt|abstract|caption|alt)(?P=key)[ \t]*(?::[ \t]+|(?P<toml>=)[ \t]*)
    (?: "(?P<double>(?:[^"\\\n]|\\.)*)" | '(?P<single>(?:[^'\n]|'')*)' | (?P<bare>(?![-?:][ \t])[^\s"'\[\]{}>|*&!%@`\#,][^\n]*?) )
    [ \t]*(?:\#[^\n]*)?\r?$"""


class FrontMatter(NamedTuple):
    """What of the front matter is not prose, which of its prose may be read and not touched, and where it ends."""

    not_prose: list[Span]
    keys: list[Span]
    end: int


def front_matter(text: str) -> FrontMatter:
    """The front matter of a page; all of it is not prose but for titles and descriptions that stand on one line.

    >>> text = '---\\ntitle: "オートマン氏"\\nslug: オートマン\\n---\\n本文'
    >>> [text[slice(*span)] for span in front_matter(text).not_prose]
    ['---\\ntitle: "', '"\\nslug: オートマン\\n---\\n']
    """
    block = re.match(_BLOCK, text) if text.startswith(("---", "+++")) else None
    if not block:
        return FrontMatter([], [], 0)
    prose: list[Span] = []
    keys: list[Span] = []
    for field in re.finditer(_FIELD, block[0], re.VERBOSE | re.MULTILINE):
        kind = field.lastgroup or ""
        if kind == "bare" and (field["toml"] or ": " in field["bare"] or " #" in field["bare"]):
            continue
        prose.append(Span(*field.span(kind)))
        # "彼は\"行く \"と語った": an edit of the quotes would take them out of the string's hands.
        if (kind == "double" and "\\" in field[kind]) or (kind == "single" and "''" in field[kind]):
            keys.append(prose[-1])
    return FrontMatter(between(prose, 0, block.end()), keys, block.end())
