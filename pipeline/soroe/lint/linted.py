"""An article with its findings and their places, as every way to tell them needs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from soroe.engine import Result
from soroe.formats.read import Article
from soroe.formats.records import positions
from soroe.formats.rows import columns
from soroe.text import Finding, Span


class Place(NamedTuple):
    """Where a finding begins and ends, in lines and columns of the file, both from 1; columns count code points.

    The end is the place of the first character behind it. In a dump it is the row, and columns count its escapes as they stand.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Told(NamedTuple):
    """A finding and its place."""

    place: Place
    finding: Finding


class Linted(NamedTuple):
    """An article, and all that is to be said of it, in the order of its text."""

    article: Article
    findings: tuple[Finding, ...]

    def told(self) -> Iterator[Told]:
        """The findings with their places."""
        if not self.findings:
            return
        row, line = self.article.row, self.article.line
        if row and line:
            column = columns(row)
            for finding in self.findings:
                start, end = finding.span
                yield Told(Place(line, column(start), line, column(end)), finding)
            return
        position = positions(self.article.text)
        for finding in self.findings:
            start, end = finding.span
            yield Told(Place(*position(start), *position(end)), finding)


def linted(article: Article, result: Result) -> Linted:
    """The article with all that a run changes or reports."""
    findings = sorted((*result.fixed, *result.findings), key=_order)
    return Linted(article, tuple(findings))


def _order(finding: Finding) -> tuple[Span, str]:
    return finding.span, finding.code
