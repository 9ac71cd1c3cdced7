"""Texts that were taken out of the fields of a file and stand one behind the other, with a separator between."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soroe.markup.plain import plain_parts
from soroe.markup.spans import Parts, between, parts_of
from soroe.text import Span

# U+001E is RECORD SEPARATOR. The outer line breaks belong to the fields: a rule may delete the last line of one.
SIGN = "\x1e"
_SEPARATOR = re.compile(rf"\n?{SIGN}[^{SIGN}]*{SIGN}\n?")
# What a program puts a value in place of: {name}, %{count}, ${x}, {{ t('a') }}, %1$s. {# 件} has words in it.
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}|[%$#]?\{[\x20-\x7a|~]{0,200}\}|%(?:\d+\$)?[-+0# ]{0,3}\d*(?:\.\d+)?[sdifu@](?![A-Za-z])"
)


def fields_parts(text: str) -> Parts:
    """The parts of the fields, each read for itself: code that is opened in one does not close in another.

    >>> from soroe.formats.fields.view import separator
    >>> text = f"`変数{separator()}{{name}}氏は`値`を見た。"
    >>> [text[slice(*span)] for span in fields_parts(text).not_prose]
    ['\\n\\x1e\\x1e\\n', '{name}', '`値`']
    """
    separators = [Span(*match.span()) for match in _SEPARATOR.finditer(text)]
    hidden = [*separators]
    code: list[Span] = []
    for field in between(separators, 0, len(text)):
        inside = text[slice(*field)]
        told = plain_parts(inside)
        hidden += _moved([*told.not_prose, *_placeholders(inside)], field.start)
        code += _moved(told.code, field.start)
    return parts_of(hidden, code=code)


def stretches(text: str) -> list[Span]:
    """The fields of a text: what stands between the separators."""
    return between([Span(*match.span()) for match in _SEPARATOR.finditer(text)], 0, len(text))


def _placeholders(text: str) -> Iterator[Span]:
    if "{" in text or "%" in text:
        for match in _PLACEHOLDER.finditer(text):
            yield Span(*match.span())


def _moved(spans: list[Span], by: int) -> Iterator[Span]:
    return (Span(start + by, end + by) for start, end in spans)
