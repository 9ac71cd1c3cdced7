"""YAML: its strings with their places. PyYAML tells the scalars; how each is written is read again, letter by letter.

What is found so is compared with what PyYAML says of every scalar, and a text that was edited is parsed again: it has to say the
same but for the edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import regex
import yaml

from soroe.formats.fields.of_json import Scanned
from soroe.formats.fields.values import Letters, Style, Unreadable, Value, escapes_in
from soroe.formats.fields.wanted import State, Wanted
from soroe.text import Span, line_column

# The same parser in C, twenty times as fast, where PyYAML was built with it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_STRING, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
_STYLES: dict[str | None, Style] = {'"': "double", "'": "single", "|": "literal", ">": "folded"}

# In YAML 1.1 lines end at U+0085, U+2028 and U+2029 too.
_END = r"(?:\r\n|[\r\n\x85\u2028\u2029])"
_LINE_END = regex.compile(_END)
_FOLD = rf"(?P<fold>[ \t]*+(?:{_END}[ \t]*+)++)|[ \t]++"
_PLAIN = regex.compile(_FOLD)
_SINGLE = regex.compile(rf"{_FOLD}|(?P<escape>'')")
_DOUBLE = regex.compile(
    rf"""{_FOLD}|\\(?P<joined>{_END}(?:[ \t]*+{_END})*+[ \t]*+)
      |(?P<escape>\\(?:u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|x.{{2}}|u.{{4}}|U.{{8}}|.))""",
    regex.VERBOSE | regex.DOTALL,
)
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
# What may stand before a scalar: &anchor, !tag, line ends and comments.
_PROPERTIES = regex.compile(rf"(?:[&!][^\s]*+(?:[ \t]|{_END}|(?<=\s)\#[^\r\n]*+)*+)*+")
_HEADER = regex.compile(rf"[|>][-+0-9]*+[ \t]*+(?:\#[^\r\n\x85\u2028\u2029]*+)?({_END}|\Z)")
_FIRST_INDENT = regex.compile(rf"(?: *+{_END})*+( *+)")
_SUPPRESSION = regex.compile(r"^[ \t]*\K\#[ \t]*soroe:[^\r\n]*", regex.MULTILINE)

# What PyYAML says of a part of the file: what kind of event, and all that the file says by it.
Said: TypeAlias = tuple[object, ...]


class Node(NamedTuple):
    """A scalar (with its number), a list or a mapping, whose keys and values take turns."""

    event: Any
    number: int
    inside: list[Node]


class Yaml(NamedTuple):
    """What was read of a YAML file: its prose, what all of it says, and the comments that may be to soroe."""

    scanned: Scanned
    said: list[Said]
    comments: list[Span]

    def still_says(self, raw: str, edited: dict[int, str]) -> bool:
        """Whether an edited file says the same but for the scalars that were edited."""
        try:
            events = _events(raw)
        except Unreadable:
            return False
        resolver = LOADER("")
        said = _said(events, resolver)
        expected = self.said
        if len(said) != len(expected):
            return False
        number = -1
        for was, now in zip(expected, said, strict=True):
            if was[0] == "scalar":
                number += 1
                if number in edited:
                    was = (*was[:-1], edited[number])
                    # Empty lines at the end of a block belong to no one: chomping takes them.
                    if was[-2] in ("|", ">"):
                        was, now = ((*said[:-1], str(said[-1]).rstrip("\n")) for said in (was, now))
            if was != now:
                return False
        return True


def scanned_yaml(raw: str, wanted: Wanted) -> Yaml:
    """The strings of the fields; of a field that holds a list, the strings in it. `Unreadable` where the text is no YAML.

    >>> told = scanned_yaml("title: ﾏｽｸ氏  # 会長\\nslug: ﾏｽｸ\\n", Wanted(("title",)))
    >>> [(value.text, value.style, value.starts[0]) for value in told.scanned.values]
    [('ﾏｽｸ氏', 'plain', 7)]
    """
    events = _events(raw)
    resolver = LOADER("")
    said = _said(events, resolver)
    roots = _roots(events, raw)
    fields, has_field = _fields(roots, wanted, resolver)
    shift = int(raw.startswith("\ufeff"))
    is_ascii = raw.isascii()
    values = []
    for node in sorted(fields, key=lambda node: node.number):
        if node.event.value.strip():
            values.append(_value(raw, node, shift, is_ascii))
    names = [
        node.event.value
        for root in roots
        if _is(root.event, "mapping")
        for node in root.inside[::2]
        if _is(node.event, "scalar")
    ]
    return Yaml(Scanned(values, has_field, names), said, _comments(raw, events, shift))


def _is(event: Any, kind: str) -> bool:
    return _kind(event) == kind


def _kind(event: Any) -> str:
    return _KINDS[type(event)]


_KINDS = {
    yaml.StreamStartEvent: "stream", yaml.StreamEndEvent: "end", yaml.DocumentStartEvent: "document",
    yaml.DocumentEndEvent: "end", yaml.MappingStartEvent: "mapping", yaml.MappingEndEvent: "end",
    yaml.SequenceStartEvent: "list", yaml.SequenceEndEvent: "end", yaml.ScalarEvent: "scalar", yaml.AliasEvent: "alias",
}  # fmt: skip


def _events(raw: str) -> list[Any]:
    body = raw.removeprefix("\ufeff")
    try:
        return list(yaml.parse(body, Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = " ".join(filter(None, (error.problem, error.context))) or "cannot be read"
        raise Unreadable(f"not YAML: {told}", mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        return _not_printable(body)


def _not_printable(body: str) -> list[Any]:
    wrong = regex.search(r"[^\x09\x0A\x0D\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\U00010000-\U0010ffff]", body)
    at = wrong.start() if wrong else 0
    raise Unreadable(f"not YAML: U+{ord(body[at]):04X} may not stand in it", *line_column(body, at))


def _said(events: Iterable[Any], resolver: Any) -> list[Said]:
    return [
        ("scalar", event.anchor, _tag(event, resolver), event.style or None, event.value)
        if _is(event, "scalar")
        else (
            _kind(event),
            getattr(event, "anchor", None),
            getattr(event, "tag", None),
            getattr(event, "flow_style", None),
        )
        for event in events
    ]


def _tag(event: Any, resolver: Any) -> str:
    if event.tag and event.tag != "!":
        return str(event.tag)
    return str(resolver.resolve(yaml.ScalarNode, event.value, (not event.style, True))) if event.tag != "!" else _STRING


def _roots(events: Iterable[Any], raw: str) -> list[Node]:
    """The documents of a file; an alias is the very node that its anchor names."""
    roots: list[Node] = []
    opened: list[Node] = []
    anchors: dict[str, Node] = {}
    number = -1
    for event in events:
        kind = _kind(event)
        if kind == "document":
            anchors = {}
        if kind in ("mapping", "list"):
            node = Node(event, -1, [])
        elif kind == "scalar":
            number += 1
            node = Node(event, number, [])
        elif kind == "alias":
            if event.anchor not in anchors:
                mark = event.start_mark
                raise Unreadable(f"not YAML: no anchor &{event.anchor} stands before", mark.line + 1, mark.column + 1)
            node = anchors[event.anchor]
        else:
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                opened.pop()
            continue
        (opened[-1].inside if opened else roots).append(node)
        if kind != "alias" and event.anchor:
            anchors[event.anchor] = node
        if kind in ("mapping", "list"):
            opened.append(node)
    return roots


def _fields(roots: Iterable[Node], wanted: Wanted, resolver: Any) -> tuple[list[Node], bool]:
    """The strings of the fields, and whether there is any such field. Each node is looked at once for each way to it."""
    found: dict[int, Node] = {}
    has_field = False
    waiting: list[tuple[Node, State, bool]] = [(root, wanted.top, wanted.is_field(wanted.top)) for root in roots]
    seen: set[tuple[int, State, bool]] = set()
    while waiting:
        node, state, is_field = waiting.pop()
        if (way := (id(node), state, is_field)) in seen:
            continue
        seen.add(way)
        has_field = has_field or is_field
        kind = _kind(node.event)
        if kind == "scalar":
            if is_field and _tag(node.event, resolver) == _STRING:
                found[node.number] = node
        elif kind == "list":
            for place, item in enumerate(node.inside):
                below = wanted.below(state, str(place))
                waiting.append((item, below, is_field or wanted.is_field(below)))
        else:
            for key, value in zip(node.inside[::2], node.inside[1::2], strict=True):
                if _is(key.event, "scalar") and _tag(key.event, resolver) == _MERGE:
                    # <<: *base, <<: [*one, *other]
                    merged = value.inside if _is(value.event, "list") else [value]
                    waiting += [(one, state, False) for one in merged if _is(one.event, "mapping")]
                else:
                    below = wanted.below(state, key.event.value if _is(key.event, "scalar") else "")
                    waiting.append((value, below, wanted.is_field(below)))
    return list(found.values()), has_field


def _comments(raw: str, events: Iterable[Any], shift: int) -> list[Span]:
    """The comments that speak to soroe: what looks like one and stands in no scalar."""
    if "soroe:" not in raw:
        return []
    scalars = [
        Span(event.start_mark.index + shift, event.end_mark.index + shift) for event in events if _is(event, "scalar")
    ]
    found = []
    which = 0
    for match in _SUPPRESSION.finditer(raw):
        comment = Span(*match.span())
        while which < len(scalars) and scalars[which].end <= comment.start:
            which += 1
        if which == len(scalars) or not scalars[which].overlaps(comment):
            found.append(comment)
    return found


# --- how a scalar is written ---


def _value(raw: str, node: Node, shift: int, is_ascii: bool) -> Value:
    event = node.event
    start, end = event.start_mark.index + shift, event.end_mark.index + shift
    properties = _PROPERTIES.match(raw, start, end)
    start = properties.end() if properties else start
    style = _STYLES.get(event.style, "plain")
    line_break, escapes = "\n", False
    if style in ("literal", "folded"):
        letters, line_break = _block(raw, start, style == "folded", event.value)
    elif style == "plain":
        letters = _flow(raw, start, end, _PLAIN)
    else:
        letters = _flow(raw, start + 1, end - 1, _DOUBLE if style == "double" else _SINGLE)
        escapes = style == "double" and escapes_in(raw[start:end], is_ascii)
    if letters is None or letters.text != _joined(event.value):
        place = line_column(raw, start)
        raise Unreadable("soroe cannot tell where the letters of this text stand; please report it", *place)
    return Value(style, letters.text, letters.view, letters.starts, letters.ends, escapes, line_break, node.number)


def _joined(text: str) -> str:
    r"""The text with the halves of a character made one: "\ud83d\ude00" is 😀 to JSON, which YAML includes."""
    if not regex.search("[\ud800-\udfff]", text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _flow(raw: str, start: int, end: int, marks: regex.Pattern[str]) -> Letters:
    letters = Letters()
    at = start
    for match in marks.finditer(raw, start, end):
        named = match.groupdict()
        if not any(named.values()):
            continue  # spaces inside a line
        letters.as_they_stand(raw, at, match.start())
        at = match.end()
        if named["fold"]:
            _folded(letters, raw, match.start(), at)
        elif named.get("joined"):
            _spread(letters, raw, _ends(raw, match.start() + 1, at)[1:], at, first=None)
        else:
            letters.one(_unescaped(match[0]), match.start(), at)
    letters.as_they_stand(raw, at, end)
    return letters


def _unescaped(escape: str) -> str:
    if escape == "''":
        return "'"
    if escape[1] in "xuU":
        return _joined("".join(chr(int(part, 16)) for part in regex.split(r"\\[xuU]", escape)[1:]))
    return _ESCAPES.get(escape[1], escape[1])


def _ends(raw: str, start: int, end: int) -> list[Span]:
    return [Span(*match.span()) for match in _LINE_END.finditer(raw, start, end)]


def _folded(letters: Letters, raw: str, start: int, end: int) -> None:
    """Adds what YAML makes of the end of a line, with the empty lines behind it."""
    first, *rest = _ends(raw, start, end)
    if _as_read(raw, first) != "\n":
        _spread(letters, raw, [first, *rest], end, first=start)
    elif rest:
        _spread(letters, raw, rest, end, first=start)
    else:
        letters.one(" ", start, end, view="\n")


def _spread(letters: Letters, raw: str, ends: Sequence[Span], end: int, first: int | None) -> None:
    """Adds line ends, each with what stands behind it; the first also with what stands before it, from ``first``."""
    for which, line_end in enumerate(ends):
        until = ends[which + 1].start if which + 1 < len(ends) else end
        letters.one(_as_read(raw, line_end), line_end.start if which or first is None else first, until)


def _as_read(raw: str, line_end: Span) -> str:
    found = raw[slice(*line_end)]
    return found if found in "\u2028\u2029" else "\n"


def _block(raw: str, start: int, is_folded: bool, value: str) -> tuple[Letters | None, str]:
    """The letters of a block, and what ends a line of it and indents the next."""
    header = _HEADER.match(raw, start)
    if not header:
        return None, "\n"
    at = header.end()
    keeps, strips = "+" in header[0].partition("#")[0], "-" in header[0].partition("#")[0]
    first = _FIRST_INDENT.match(raw, at)
    # The indent may be told in the header, from that of the parent; what reads as PyYAML reads is the one.
    for indent in range(len(first[1]) if first else 0, 0, -1):
        letters = _block_at(raw, at, indent, is_folded, keeps, strips)
        if letters.text == value:
            return letters, (header[1] or "\n") + " " * indent
    return None, "\n"


def _block_at(raw: str, at: int, indent: int, is_folded: bool, keeps: bool, strips: bool) -> Letters:
    letters = Letters()
    blanks, at = _blank_lines(raw, at, indent)
    line_end: Span | None = None
    is_text = False  # whether the line before begins with a letter: other lines are not folded
    while at < len(raw) and _column_is(raw, at, indent):
        begins_with_space = raw[at] in " \t"
        if line_end is None:
            _spread(letters, raw, blanks, at, first=None)
        elif is_folded and is_text and not begins_with_space and _as_read(raw, line_end) == "\n":
            if blanks:
                _spread(letters, raw, blanks, at, first=line_end.start)
            else:
                letters.one(" ", line_end.start, at, view="\n")
        else:
            _spread(letters, raw, [line_end, *blanks], at, first=None)
        is_text = not begins_with_space
        found = _LINE_END.search(raw, at)
        line_end = Span(*found.span()) if found else None
        until = line_end.start if line_end else len(raw)
        letters.as_they_stand(raw, at, until)
        blanks, at = _blank_lines(raw, line_end.end, indent) if line_end else ([], len(raw))
        if line_end is None:
            return letters
    if not strips and line_end:
        _spread(letters, raw, [line_end], line_end.end, first=None)
    if keeps:
        for blank in blanks:
            letters.one(_as_read(raw, blank), *blank)
    return letters


def _blank_lines(raw: str, at: int, indent: int) -> tuple[list[Span], int]:
    """The ends of the lines that are empty but for the indent, and where the next line begins behind its own."""
    found: list[Span] = []
    pattern = regex.compile(rf" {{0,{indent}}}({_END})")
    while match := pattern.match(raw, at):
        found.append(Span(*match.span(1)))
        at = match.end()
    spaces = len(raw[at : at + indent]) - len(raw[at : at + indent].lstrip(" "))
    return found, at + spaces


def _column_is(raw: str, at: int, indent: int) -> bool:
    return raw[at - indent : at] == " " * indent and (at == indent or raw[at - indent - 1] in "\r\n\x85\u2028\u2029")
