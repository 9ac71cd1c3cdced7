"""An article with its findings and their places, as every way to tell them needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from soroe.engine import Result, doc_of
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

    @property
    def last_line(self) -> int:
        """The last line that the finding has a character of: one that ends with its line break ends there.

        >>> Place(3, 1, 4, 1).last_line, Place(3, 1, 4, 2).last_line
        (3, 4)
        """
        return self.end_line - (self.end_column == 1 and self.end_line > self.line)


class Told(NamedTuple):
    """A finding and its place."""

    place: Place
    finding: Finding


class Linted(NamedTuple):
    """An article, and all that is to be said of it, in the order of its text."""

    article: Article
    findings: tuple[Finding, ...]

    @property
    def path(self) -> str:
        """The file as it was given, with / between folders; standard input is -."""
        path = self.article.source.path
        return path.as_posix() if path else "-"

    def told(self) -> Iterator[Told]:
        """The findings with their places."""
        if not self.findings:
            return
        place = self.places()
        for finding in self.findings:
            yield Told(place(finding.span), finding)

    def places(self) -> Callable[[Span], Place]:
        """Tells the place of a span of the article's text; the mark that a file may begin with takes no column."""
        row, line = self.article.row, self.article.line
        if row and line:
            column = columns(row)
            return lambda span: Place(line, column(span.start), line, column(span.end))
        position = positions(self.article.text)
        if not self.article.text.startswith("\ufeff"):
            return lambda span: Place(*position(span.start), *position(span.end))

        def behind_mark(at: int) -> tuple[int, int]:
            line, column = position(at)
            return line, max(1, column - (line == 1))

        return lambda span: Place(*behind_mark(span.start), *behind_mark(span.end))

    def found(self, finding: Finding) -> str:
        """What stands at the finding."""
        return self.article.text[slice(*finding.span)]


def linted(article: Article, result: Result) -> Linted:
    """The article with all that a run changes or reports."""
    return Linted(article, result.told)


def severity(finding: Finding) -> Literal["warning", "error"]:
    """How grave a finding is: that a text could not be cleaned (E000) is an error, all else a warning."""
    return "error" if finding.code == "E000" else "warning"


def summary(code: str) -> str:
    """What a code stands for, in a few words.

    >>> summary("C101")
    'half-width katakana becomes full-width'
    """
    return doc_of(code).partition("\n")[0].partition(".   ")[0].removeprefix(f"{code}: ")
