"""An article with its findings and their places, as every way to tell them needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from soroe.formats.read import Article
from soroe.formats.records import positions
from soroe.formats.shapes import SHAPES
from soroe.messages import Lang, Said, told, visible
from soroe.text import Edit, Finding, Span, Tells

_MOST_SHOWN = 20  # letters of what a suggestion takes away or writes


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
    """An article, all that is to be said of it, in the order of its text, and the edits that a run makes, sorted and disjoint.

    ``tells`` is what it has to say to the rules that compare texts.
    """

    article: Article
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    tells: Mapping[str, Tells] = {}

    @property
    def path(self) -> str:
        """The file as it was given, with / between folders; standard input is -."""
        path = self.article.source.path
        return path.as_posix() if path else "-"

    def only(self, findings: Iterable[Finding]) -> Linted:
        """The article with some of its findings, and the edits that mend one of them."""
        kept = tuple(findings)
        spans = [finding.span for finding in kept if finding.edit]
        edits = tuple(
            edit
            for edit in self.edits
            if any(
                span.overlaps(edit.span) or span.start <= edit.span.start <= edit.span.end <= span.end for span in spans
            )
        )
        return Linted(self.article, kept, edits, self.tells)

    def with_more(self, findings: Iterable[Finding]) -> Linted:
        """The article with more findings, in the order of its text."""
        told = sorted((*self.findings, *findings), key=lambda finding: (finding.span, finding.code, finding.message))
        return self._replace(findings=tuple(told))

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
            offset = row.offsets()
            if SHAPES[self.article.source.format].counts_records:
                return lambda span: Place(line, span.start + 1, line, span.end + 1)
            of_line = positions(row.line)

            def in_row(at: int) -> tuple[int, int]:
                below, column = of_line(offset(at))
                return line + below - 1, column

            return lambda span: Place(*in_row(span.start), *in_row(span.end))
        position = positions(self.article.text)
        if not self.article.text.startswith("\ufeff"):
            return lambda span: Place(*position(span.start), *position(span.end))

        def behind_mark(at: int) -> tuple[int, int]:
            line, column = position(at)
            return line, max(1, column - (line == 1))

        return lambda span: Place(*behind_mark(span.start), *behind_mark(span.end))

    def in_language(self, lang: Lang) -> Linted:
        """The article with its findings told in a language."""
        return self if lang == "en" else self._replace(findings=tuple(in_language(one, lang) for one in self.findings))

    def found(self, finding: Finding) -> str:
        """What stands at the finding."""
        return self.article.text[slice(*finding.span)]


def severity(finding: Finding) -> Literal["warning", "error"]:
    """How grave a finding is: that a text could not be cleaned (E000) is an error, all else a warning."""
    return "error" if finding.code == "E000" else "warning"


def in_language(finding: Finding, lang: Lang) -> Finding:
    """The finding, told in a language.

    >>> from soroe import lint
    >>> [in_language(finding, "ja").message for finding in lint("ﾏｽｸ 氏は語った。")]
    ['半角カタカナ: ﾏｽｸ → マスク', '「氏」の前の空白']
    """
    edit = finding.edit and finding.edit._replace(why=told(finding.edit.why, lang))
    suggestion = tuple(edit._replace(why=told(edit.why, lang)) for edit in finding.suggestion)
    return finding._replace(message=told(finding.message, lang), edit=edit, suggestion=suggestion)


def suggested(finding: Finding, text: str) -> Said | None:
    """What --unsafe-fixes would write, in a few words; None where that is nothing.

    >>> from soroe import Settings, lint
    >>> text = "会議を行う。発表を行う。式を行なった。"
    >>> [suggested(finding, text) for finding in lint(text, Settings(select=("W502",)))]
    ['行なっ → 行っ']
    """
    if not finding.suggestion:
        return None
    first, *others = finding.suggestion
    before, after = _shortened(text[slice(*first.span)]), _shortened(first.after)
    what = Said(f"{before} → {after}", f"{before} → {after}")
    if not after:
        what = Said(f"remove {before}", f"{before} を削除")
    elif not before:
        what = Said(f"add {after}", f"{after} を補う")
    count = 1 + len(others)
    return Said(f"{what} ({count}×)", f"{what.ja}（{count}か所）") if others else what


def _shortened(text: str) -> str:
    shown = visible(text, spaces=not text.strip())
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 1]}…"
