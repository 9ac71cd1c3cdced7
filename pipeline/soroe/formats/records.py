"""What the output files say of one article, as plain records."""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from soroe.formats.encoding import text_of
from soroe.formats.read import Article, Broken
from soroe.names.entities import Entity

if TYPE_CHECKING:
    from soroe.engine import Result

Record = dict[str, Any]


def edits_record(article: Article, result: Result) -> Record:
    """The line of `edits.jsonl`; of a row or a file of which fields are read, places are those of the row or file as it stands.

    A text can be written in more than one way in JSON; where undoing would not find the way it was, that is kept too.
    """
    text = article.text
    record: Record = {**_names_of(article), "edits": [
        {"start": start, "end": end, "before": text[start:end], "after": after, "code": code, "why": why}
        for (start, end), after, code, why in result.edits
    ]}  # fmt: skip
    row = article.row
    if row and row.literal and result.edits and not row.is_given_back(text, result.text, result.edits):
        record["literal"] = row.line[slice(*row.literal)]
    return record


def _names_of(article: Article) -> Record:
    """The id of an article, and where it is from, where that is told."""
    return {"doc": article.id} | ({} if article.provenance is None else {"source": article.provenance})


def aliases_records(article: Article, result: Result, all_names: bool) -> Iterator[Record]:
    """The lines of `aliases.jsonl`: names with more than one spelling, or all."""
    for entity in result.entities:
        if all_names or len(entity.aliases) > 1:
            yield {**_names_of(article), **entity_record(entity)}


def entity_record(entity: Entity) -> Record:
    """A name with its spellings, each with what was decided and the sentences that say why."""
    return {
        "canonical": entity.canonical,
        "kind": entity.kind,
        "aliases": [
            {
                "surface": alias.surface,
                "count": len(alias.mentions),
                "spans": [list(mention.span) for mention in alias.mentions],
                "decision": alias.decision,
                "score": round(alias.score, 2),
                "why": [evidence.why for evidence in alias.evidence],
            }
            for alias in entity.aliases
        ],
    }


def findings_records(article: Article, result: Result) -> Iterator[Record]:
    """The lines of `findings.jsonl`: what no one fixed. Lines and columns are those of the article's text, from 1."""
    position = positions(article.text) if result.findings else None
    for code, (start, end), message, *_ in result.findings:
        line, column = position(start) if position else (1, 1)
        yield {
            **_names_of(article),
            "code": code,
            "start": start,
            "end": end,
            "line": line,
            "column": column,
            "message": message,
            "text": article.text[start:end],
        }


def quarantine_record(broken: Broken, encoding: str | None) -> Record:
    """The line of `quarantine.jsonl`; ``raw`` is the row as text, ``raw_base64`` its bytes where they are no text."""
    told: Record = {"source": broken.source.name, "line": broken.line, "reason": broken.reason}
    if broken.column is not None:
        told["column"] = broken.column
    text = text_of(broken.raw, encoding) if encoding else None
    return told | ({"raw_base64": b64encode(broken.raw).decode()} if text is None else {"raw": text})


def positions(text: str) -> Callable[[int], tuple[int, int]]:
    """Tells the line and column of an offset, both from 1, as `soroe.text.line_column` does, without reading all again.

    >>> positions("マスク氏\\nアルトマン氏")(8)
    (2, 4)
    """
    breaks = [match.start() for match in re.finditer("\n", text)]

    def position(at: int) -> tuple[int, int]:
        line = bisect_left(breaks, at)
        return line + 1, at - (breaks[line - 1] if line else -1)

    return position
