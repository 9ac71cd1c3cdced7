"""Findings as plain records, for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from soroe.formats.records import Record
from soroe.formats.rows import json_line
from soroe.review.linted import Linted
from soroe.review.outputs.shape import Look, listed
from soroe.text import Edit


def json(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """One array with a record a finding, as `jsonl` has them."""
    yield "["
    yield from listed(json_line(record).rstrip("\n") for record in _records(articles))
    yield "]\n"


def jsonl(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """A line a finding: ``{"path": "news.txt", "id": null, "code": "C101", "text": "ｱﾙﾄﾏﾝ", …}``."""
    return map(json_line, _records(articles))


def _records(articles: Iterable[Linted]) -> Iterator[Record]:
    """``start`` and ``end`` count code points of the article's text, from 0; line and column are those of the file.

    ``fix`` is what is sure, ``suggestion`` what --unsafe-fixes would write: all of its edits, or none.
    """
    for article in articles:
        for place, finding in article.told():
            edit = finding.edit
            yield {
                "path": article.path,
                "id": article.article.id if article.article.row else None,
                "code": finding.code,
                "message": finding.message,
                **place._asdict(),
                "start": finding.span.start,
                "end": finding.span.end,
                "text": article.found(finding),
                "fix": edit and _edit_record(edit),
                "suggestion": [_edit_record(edit) for edit in finding.suggestion] or None,
            }


def _edit_record(edit: Edit) -> Record:
    return {**edit.span._asdict(), "replacement": edit.after, "why": edit.why}
