"""The Reviewdog Diagnostic Format: findings with suggestions that a reviewer can accept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from soroe.formats.records import Record
from soroe.formats.rows import json_line
from soroe.formats.shapes import SHAPES
from soroe.messages import Lang, told
from soroe.review.linted import Linted, Place, severity, suggested
from soroe.review.outputs.shape import Look, as_written, listed
from soroe.text import Span


def rdjson(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """A `DiagnosticResult`; of what is only likely, the message says so."""
    yield '{"source": {"name": "soroe"}, "diagnostics": ['
    yield from listed(json_line(diagnostic).rstrip("\n") for diagnostic in _diagnostics(articles, look.lang))
    yield "]}\n"


def _diagnostics(articles: Iterable[Linted], lang: Lang) -> Iterator[Record]:
    for article in articles:
        place_of = article.places() if article.findings else None
        for place, finding in article.told():
            likely = suggested(finding, article.article.text)
            diagnostic: Record = {
                "message": f"{finding.message} [--unsafe-fixes: {told(likely, lang)}]" if likely else finding.message,
                "location": {"path": article.path, "range": _range(article, finding.span, place)},
                "severity": severity(finding).upper(),
                "code": {"value": finding.code},
            }
            if place_of and (edits := (finding.edit,) if finding.edit else finding.suggestion):
                diagnostic["suggestions"] = [
                    {"range": _range(article, edit.span, place_of(edit.span)), "text": as_written(article, edit.after)}
                    for edit in edits
                ]
            yield diagnostic


def _range(article: Linted, span: Span, place: Place) -> Record:
    """Columns count bytes of UTF-8 here, from 1: in マスク氏, that of 氏 is 10."""
    return {
        "start": {"line": place.line, "column": _bytes_before(article, span.start) + 1},
        "end": {"line": place.end_line, "column": _bytes_before(article, span.end) + 1},
    }


def _bytes_before(article: Linted, at: int) -> int:
    """How many bytes of the line stand before the offset, the mark that a file may begin with among them."""
    row, text = article.article.row, article.article.text
    is_record = SHAPES[article.article.source.format].counts_records
    if row and not is_record:
        text, at = row.line, row.offsets()(at)
    before = text[0 if is_record else text.rfind("\n", 0, at) + 1 : at]
    return len(before.encode("utf-8", "surrogatepass"))
