"""Rows of a JSONL dump: the text is taken out of a line and put back, and the rest of the line stays byte for byte.

A row is never written anew. Numbers keep their digits (1.0e5), keys their order, other fields their escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # undocumented, and in json.decoder since Python 2.6
from typing import Any, TypeAlias

from soroe.formats.pieces import Piece
from soroe.text import Edit, Span

# The fields of a row: their values, and where in the line these stand.
Members: TypeAlias = dict[str, tuple[Any, Span]]

_SPACE = re.compile(r"[ \t\n\r]*")
# The name of a field, with nothing escaped in it, up to its value.
_NAME = re.compile(r'[ \t\n\r]*"([^"\\]*)"[ \t\n\r]*:[ \t\n\r]*')
_NOT_ASCII = re.compile(r"[^\x00-\x7f\ud800-\udfff]")  # nor written as an escape
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u.{4}|\\.")
# Control characters inside a string are against the standard, and no reason to lose a row.
_value = json.JSONDecoder(strict=False).raw_decode
_json = json.JSONEncoder(ensure_ascii=False).encode


class Row(Piece):
    """One line of a dump, as it stands there, and where in it the text's literal is, quotes included.

    Without a literal the text is the line itself, of which only the fields that hold prose are read.
    """

    escapes = _ESCAPE
    opening = 1

    def written(self, text: str, edits: Sequence[Edit]) -> str:
        """The text as a string of JSON, with \\\\u escapes where the literal had nothing but ASCII."""
        assert self.literal
        return literal_of(text, like=self.line[slice(*self.literal)])

    def is_given_back(self, before: str, after: str, edits: Sequence[Edit]) -> bool:
        """Whether the piece is what it was when the edits are made and undone: whether its text is written as it would be here."""
        assert self.literal
        literal = self.line[slice(*self.literal)]
        # マスク, of which Musk was made, is given back as \u30de\u30b9\u30af.
        is_escaped = literal.isascii() or not _NOT_ASCII.search(after)
        return literal_of(before, like="" if is_escaped else literal) == literal

    def escaped(self, after: str) -> str:
        """A replacement as it stands in the string."""
        return self.written(after, ())[1:-1]


class BadRow(Exception):
    """Why a line is no article; the message is for the user."""


def read_row(line: str, text_field: str, id_field: str) -> tuple[Row, str, str | int | None]:
    """The row, its text, and its id, if it has one (a string or a whole number); `BadRow` otherwise.

    >>> row, text, id = read_row('{"id": 7, "text": "\\\\u30de\\\\u30b9\\\\u30af氏"}', "text", "id")
    >>> text, id, row.line[slice(*row.literal)]
    ('マスク氏', 7, '"\\\\u30de\\\\u30b9\\\\u30af氏"')
    """
    members = values_of(line)
    row, text = row_in(line, members, text_field)
    id = members[id_field][0] if id_field in members else None
    return row, text, id if isinstance(id, (str, int)) and not isinstance(id, bool) else None


def values_of(line: str) -> Members:
    """The fields of the row, each with its value and where that stands; `BadRow` where the line is none."""
    try:
        return _members(line)
    except RecursionError:
        raise BadRow("nested too deep") from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")  # "Unterminated string starting at"
        raise BadRow(f"not JSON: {what} at column {error.pos + 1}") from None
    except ValueError as error:  # a number of more than 4,300 digits
        raise BadRow(f"not JSON that can be read: {error}") from None


def row_in(line: str, members: Members, text_field: str) -> tuple[Row, str]:
    """The row and its text; `BadRow` where it has none."""
    if text_field not in members:
        raise BadRow(no_field(text_field, members))
    text, literal = members[text_field]
    if not isinstance(text, str):
        raise BadRow(f'the field "{text_field}" is not a string: {json.dumps(text, ensure_ascii=False)[:40]}')
    return Row(line, literal), text


def no_field(field: str, there: Iterable[str]) -> str:
    """What is told where a row has not the field.

    >>> no_field("body", ["id", "text"])
    'no field "body"; its fields are: id, text'
    """
    return f'no field "{field}"; its fields are: {", ".join(list(there)[:8]) or "none"}'


def _members(line: str) -> Members:
    """The fields of the object on the line, each with the span of its value; of two with one name, the last."""
    members: Members = {}
    at = _behind("{", line, 1 if line.startswith("\ufeff") else 0)
    is_empty = line.startswith("}", _behind_space(line, at))
    while not is_empty:
        if name := _NAME.match(line, at):
            key, start = name[1], name.end()
        else:
            key, at = scanstring(line, _behind('"', line, at), False)
            start = _behind_space(line, _behind(":", line, at))
        value, end = _value(line, start)
        members[key] = value, Span(start, end)
        at = _behind(",}", line, end)
        if line[at - 1] == "}":
            break
    end = _behind_space(line, _behind("}", line, at) if is_empty else at)
    if end < len(line):
        raise json.JSONDecodeError("the row goes on after its end", line.rstrip("\r\n"), end)
    return members


def _behind_space(line: str, at: int) -> int:
    space = _SPACE.match(line, at)
    return space.end() if space else at


def _behind(signs: str, line: str, at: int) -> int:
    """Where the line goes on behind one of the signs, which may have white space before it."""
    if line[at : at + 1] not in signs or at >= len(line):
        at = _behind_space(line, at)
        if line[at : at + 1] not in signs or at >= len(line):
            raise json.JSONDecodeError(f"{' or '.join(signs)} expected", line.rstrip("\r\n"), at)
    return at + 1


def literal_of(text: str, like: str) -> str:
    """The text as a JSON string, with \\\\u escapes where the literal it takes the place of has nothing but ASCII.

    >>> print(literal_of("アルトマン氏", like='"オートマン氏"'), literal_of("マスク", like='"\\\\u30de\\\\u30b9"'))
    "アルトマン氏" "\\u30de\\u30b9\\u30af"
    """
    return _valid(json.dumps(text, ensure_ascii=like.isascii()))


def json_line(value: object) -> str:
    """The value as one line of JSON that is valid UTF-8: lone surrogates as \\\\ud800.

    >>> print(json_line({"doc": "記事1", "before": "\\ud800"}), end="")
    {"doc": "記事1", "before": "\\ud800"}
    """
    return _valid(_json(value)) + "\n"


def _valid(line: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        return _escaped(line)
    return line  # a look at each letter takes ten times as long


def _escaped(line: str) -> str:
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def valid_line(line: str) -> str:
    """A line of a dump with the lone surrogates, which can only stand in its strings, as escapes."""
    return _valid(line)
