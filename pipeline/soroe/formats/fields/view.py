"""The prose of a JSON or YAML file as one text, and the way back: what was found and made in it, in the file as it stands.

The values of the fields stand in the order of the file, each a paragraph of its own, with a separator between that no sentence
and no quotation crosses. So the names of a file are made one over all its fields.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from soroe.formats.fields import NO_YAML
from soroe.formats.fields.of_json import Scanned, scanned_json
from soroe.formats.fields.values import Unreadable, Value, Written
from soroe.formats.fields.wanted import Wanted
from soroe.formats.rows import BadRow
from soroe.markup.fields import SIGN
from soroe.messages import Said, ja
from soroe.text import Document, Edit, Finding, Lines, Span, Tells, lazy, python_class, replay

if TYPE_CHECKING:
    from soroe.engine import Pipeline, Result
    from soroe.formats.fields.of_yaml import Yaml
    from soroe.names.entities import Entity

Kind = Literal["json", "yaml"]

_LINE_START = re.compile(r"\n")
wanted_for = lru_cache(maxsize=64)(Wanted)


def separator(comments: Iterable[str] = ()) -> str:
    """What stands between two fields; the comments to soroe that stand between them in the file are in it."""
    # A comment and what it is about are one block.
    told = "".join(f"{SIGN}{comment}{SIGN}\n" for comment in comments)
    return f"\n\n{told}" if told else f"\n\n{SIGN}{SIGN}\n\n"


def fields_of_row(line: str, fields: tuple[str, ...], number: int) -> tuple[Fields, dict[str, Any]]:
    """The prose of a row of a dump, and all its values; `BadRow` where it is no row, or has none of the fields."""
    try:
        told = Fields(line, "json", fields, is_strict=False, line=number)
    except Unreadable as error:
        at = f" at column {error.column}" if error.reason.startswith("not JSON") else ""
        raise BadRow(f"{error.reason}{at}") from None
    row = told.scanned.data
    if not isinstance(row, dict):
        raise BadRow("not a row: an object is expected, as in {...}")
    if not told.scanned.has_field:
        raise BadRow(f"none of the fields {', '.join(fields)}; its fields are: {', '.join(list(row)[:8]) or 'none'}")
    return told, row


@python_class
class Fields:
    """The prose of a file: ``text``, with the lines of the file that it comes from.

    >>> raw = '{"id": 7, "title": "ﾏｽｸ氏は語った", "body": "\\\\uff8f\\\\uff7d\\\\uff78氏"}'
    >>> fields = Fields(raw, "json", ("title", "body"))
    >>> from soroe.engine import Pipeline
    >>> result = fields.cleaned_by(Pipeline())
    >>> print(result.text)
    {"id": 7, "title": "マスク氏は語った", "body": "\\u30de\\u30b9\\u30af氏"}

    Raises `Unreadable` where the file is none of its kind, `ModuleNotFoundError` where what reads YAML is missing.
    """

    def __init__(
        self, raw: str, kind: Kind, fields: tuple[str, ...], is_strict: bool = True, line: int | None = None
    ) -> None:
        self.raw = raw
        comments: Sequence[Span] = ()
        wanted = wanted_for(fields)
        if kind == "yaml":
            try:
                from soroe.formats.fields.of_yaml import scanned_yaml
            except ModuleNotFoundError:
                raise ModuleNotFoundError(NO_YAML) from None
            self._yaml: Yaml | None = scanned_yaml(raw, wanted)
            scanned, comments = self._yaml.scanned, self._yaml.comments
        else:
            self._yaml = None
            scanned = scanned_json(raw, wanted, is_strict)
        self.scanned: Scanned = scanned
        self._line = line
        self._lay_out(comments)

    def _lay_out(self, comments: Sequence[Span]) -> None:
        """Puts the values one behind the other."""
        pieces: list[str] = []
        self._starts, self._ends = array("q"), array("q")
        self._begins: list[int] = []
        waiting = list(reversed(comments))
        before = 0

        def between(until: int) -> None:
            told: list[Span] = []
            while waiting and waiting[-1].start < until:
                told.append(waiting.pop())
            if not pieces and not told:
                return
            text = separator(self.raw[slice(*span)] for span in told)
            places, ends = [before] * 2, [before] * 2
            if not pieces:
                text, places, ends = text[2:], [], []
            for start, end in told:
                places += [start, *range(start, end), end, end]
                ends += [start, *range(start + 1, end + 1), end, end]
            last = [min(until, len(self.raw))] * (len(text) - len(places))
            places, ends = [*places, *last], [*ends, *last]
            pieces.append(text)
            self._starts.extend(places)
            self._ends.extend(ends)

        for value in self.scanned.values:
            between(value.starts[0])
            self._begins.append(len(self._starts))
            pieces.append(value.view)
            self._starts.extend(value.starts)
            self._ends.extend(value.ends)
            before = value.ends[-1]
        if waiting:
            between(len(self.raw) + 1)
        self.text = "".join(pieces)

    @lazy
    def lines(self) -> Lines:
        """Which line of the file an offset of the text stands in; of a dump it is the row's."""
        if self._line is not None:
            return Lines(self._line - 1, (0,))
        starts = [0, *(match.end() for match in _LINE_START.finditer(self.raw))]
        return Lines(0, tuple(bisect_left(self._starts, start) for start in starts))

    def place(self, span: Span) -> Span:
        """Where a stretch of the text stands in the file."""
        start, end = span
        if start < end:
            return Span(self._starts[start], self._ends[end - 1])
        at = self._starts[start] if start < len(self._starts) else self._ends[-1] if self._ends else 0
        return Span(at, at)

    def cleaned_by(self, pipeline: Pipeline, id: str = "") -> Result:
        """What a pipeline makes of the prose, told of the file: all spans and edits are those of ``raw``."""
        return self._in_file(pipeline.clean(self.text, id, "fields", self.lines), id)

    def _in_file(self, result: Result, id: str) -> Result:
        document = Document(id, self.raw, markup="fields")
        by_value: dict[int, list[Edit]] = {}
        for edit in result.edits:
            which = self._value_of(edit.span)
            by_value.setdefault(which, []).append(edit)
        written = {which: self._written(which, edits) for which, edits in by_value.items()}
        good = self._that_keep_the_file({which: made for which, made in written.items() if made is not None})
        edits = [
            Edit(one.place, one.raw, edit.code, edit.why)
            for which in good
            for edit, one in zip(by_value[which], written[which] or (), strict=True)
        ]
        fixed: list[Finding] = []
        findings = [
            finding._replace(span=self.place(finding.span), suggestion=self._suggestion(finding))
            for finding in result.findings
        ]
        for finding in result.fixed:
            there = finding._replace(span=self.place(finding.span), edit=None)
            mending = finding.edit
            which = self._value_of(mending.span) if mending else -1
            one = self._written(which, [mending]) if mending and which in good else None
            if mending and one:
                fixed.append(there._replace(edit=Edit(one[0].place, one[0].raw, mending.code, mending.why)))
            elif which in good:
                fixed.append(there)
            else:
                message = Said(f"{finding.message} ({_NOT_MENDED})", f"{ja(finding.message)}（{_NOT_MENDED.ja}）")
                findings.append(there._replace(message=message))
        return replace(
            result,
            document=document.revised(edits) if edits else document,
            fixed=tuple(sorted(fixed, key=_order)),
            findings=tuple(sorted(findings, key=_order)),
            entities=tuple(map(self._entity, result.entities)),
            tells={code: self._tells(tells) for code, tells in result.tells.items()},
        )

    def _tells(self, tells: Tells) -> Tells:
        """What the text has to say to a rule that compares texts, told of the file."""
        return {
            word: {
                spelling: [alone, parts, *self.place(Span(start, end))]
                for spelling, (alone, parts, start, end) in ways.items()
            }
            for word, ways in tells.items()
        }

    def _suggestion(self, finding: Finding) -> tuple[Edit, ...]:
        """What is suggested, as it would be written in the file; nothing where a part of it cannot be."""
        made: list[Edit] = []
        for edit in finding.suggestion:
            written = self._written(self._value_of(edit.span), [edit])
            if not written:
                return ()
            made += [Edit(one.place, one.raw, edit.code, edit.why) for one in written]
        return tuple(made)

    def _value_of(self, span: Span) -> int:
        """Which value an edit is on: it may take a line end of the separator behind or before it."""
        which = bisect_right(self._begins, span.start) - 1
        if which + 1 < len(self._begins) and span.end > self._begins[which + 1]:
            which += 1
        return max(0, which)

    def _written(self, which: int, edits: Iterable[Edit]) -> list[Written] | None:
        """The edits of a value as they are made in the file; None where one of them cannot be written."""
        value, begins = self.scanned.values[which], self._begins[which]
        made: list[Written] = []
        for edit in edits:
            start, end = edit.span.start - begins, edit.span.end - begins
            # A last line goes with the line end that is the separator's: then it is the one before it that goes.
            if end > len(value.text) and not edit.after and value.view[start - 1 : start] == "\n" and start > 0:
                start -= 1
            one = value.edited(Span(max(0, start), min(len(value.text), end)), edit.after)
            if one is None or (made and one.span.start < made[-1].span.end):
                return None
            made.append(one)
        return made

    def _that_keep_the_file(self, written: dict[int, list[Written]]) -> dict[int, list[Written]]:
        """The values whose edits leave the file as it reads, but for them."""
        if not written or self._yaml is None or self._is_kept(written):
            return written
        if len(written) == 1:
            return {}
        values = list(written.items())
        half = len(values) // 2
        good = self._that_keep_the_file(dict(values[:half])) | self._that_keep_the_file(dict(values[half:]))
        return good if self._is_kept(good) else {}

    def _is_kept(self, written: dict[int, list[Written]]) -> bool:
        assert self._yaml
        made = sorted((one for ones in written.values() for one in ones), key=lambda one: one.place)
        try:
            raw = replay(self.raw, [Edit(one.place, one.raw, "", "") for one in made])
        except ValueError:
            return False
        return self._yaml.still_says(
            raw,
            {
                self.scanned.values[which].number: _edited(self.scanned.values[which], ones)
                for which, ones in written.items()
            },
        )

    def _entity(self, entity: Entity) -> Entity:
        aliases = tuple(
            alias._replace(
                mentions=tuple(mention._replace(span=self.place(mention.span)) for mention in alias.mentions)
            )
            for alias in entity.aliases
        )
        return entity._replace(aliases=aliases)


_NOT_MENDED = Said(
    "not mended: the file would say something else; put the text in quotes",
    "修正しない: ファイルの意味が変わる。文を引用符で囲むとよい",
)


def _edited(value: Value, ones: Iterable[Written]) -> str:
    return replay(value.text, [Edit(one.span, one.after, "", "") for one in ones])


def _order(finding: Finding) -> tuple[Span, str, str]:
    return finding.span, finding.code, finding.message
