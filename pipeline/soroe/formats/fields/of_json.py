"""JSON: its strings with their places. The standard library tells whether a text is JSON, and of no string where it stands."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from soroe.formats.fields.values import Letters, Unreadable, Value, escapes_in
from soroe.formats.fields.wanted import State, Wanted
from soroe.text import line_column

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
# A whole text may stand in escapes: those of one kind are read together.
_ESCAPE = re.compile(
    r"(?:(?:\\u(?![dD][89a-fA-F]).{4}){2,})|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u.{4}|\\."
)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Scanned(NamedTuple):
    """The prose of a file, whether it has one of the fields that are asked for, and the names of the fields at its top."""

    values: list[Value]
    has_field: bool
    names: list[str]
    data: Any = None


class _Open(NamedTuple):
    """An object or a list that the scanner is in, and whether the list is the value of a field."""

    is_list: bool
    state: State
    is_field: bool


def scanned_json(raw: str, wanted: Wanted, is_strict: bool = True) -> Scanned:
    """The strings of the fields; of a field that holds a list, the strings in it.

    Raises `Unreadable` where the text is no JSON. Unless that is strict, control characters may stand in a string.

    >>> told = scanned_json('{"id": 7, "title": "\\\\uff8f\\\\uff7d\\\\uff78氏", "slug": "ﾏｽｸ"}', Wanted(("title",)))
    >>> [(value.text, value.starts[1]) for value in told.values]
    [('ﾏｽｸ氏', 26)]
    """
    # The mark is no JSON; a space in its place keeps all offsets.
    text = f" {raw[1:]}" if raw.startswith("\ufeff") else raw
    data = _checked(text, is_strict)
    is_ascii = raw.isascii()
    values: list[Value] = []
    has_field = False
    opened: list[_Open] = []
    state, is_field = wanted.top, wanted.is_field(wanted.top)
    places: list[int] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in "{[":
            has_field = has_field or is_field
            opened.append(_Open(sign == "[", state, is_field and sign == "["))
            places.append(0)
            is_key = sign == "{"
            if sign == "[":
                state, is_field = _item(wanted, opened[-1], 0)
        elif sign in "}]":
            opened.pop()
            places.pop()
        elif sign == ",":
            is_key = not opened[-1].is_list
            if not is_key:
                places[-1] += 1
                state, is_field = _item(wanted, opened[-1], places[-1])
        elif sign == ":":
            is_key = False
        elif is_key:
            state = wanted.below(opened[-1].state, json.loads(token[0], strict=False))
            is_field = wanted.is_field(state)
        else:
            has_field = has_field or is_field
            if is_field and sign == '"' and len(token[0]) > 2:
                values.append(_value(text, token.start() + 1, token.end() - 1, is_ascii))
    return Scanned(values, has_field, list(data) if isinstance(data, dict) else [], data)


def _item(wanted: Wanted, list_: _Open, place: int) -> tuple[State, bool]:
    state = wanted.below(list_.state, str(place))
    return state, list_.is_field or wanted.is_field(state)


def _checked(text: str, is_strict: bool) -> Any:
    half = _LONE_SURROGATE.search(text)
    if half:
        raise Unreadable("holds half of a character, which no file can", *line_column(text, half.start()))
    try:
        # A number is not read: one of 4,300 digits could not be.
        return json.loads(text, strict=is_strict, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", *line_column(text, error.pos)) from None
    except RecursionError:
        raise Unreadable("nested too deep", 1, 1) from None


def _value(text: str, start: int, end: int, is_ascii: bool) -> Value:
    letters = Letters()
    at = start
    for escape in _ESCAPE.finditer(text, start, end):
        letters.as_they_stand(text, at, escape.start())
        letters.as_escapes(json.loads(f'"{escape[0]}"'), escape.start(), escape.end())
        at = escape.end()
    letters.as_they_stand(text, at, end)
    escapes = escapes_in(text[start:end], is_ascii)
    return Value("json", letters.text, letters.view, letters.starts, letters.ends, escapes)
