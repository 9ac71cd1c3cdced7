"""What a rule looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from soroe.lexicon import Lexicon
from soroe.markup import Parts, masked, parts
from soroe.markup.fields import stretches
from soroe.names.entities import Entity
from soroe.rules.quotes import Quotes, quotes
from soroe.suppressions import Suppressions, suppressions
from soroe.text import Document, Edit, Finding, Span, Tells, lazy, python_class

Resolve = Callable[[str], Sequence[Entity]]
Runs = Callable[[str], Sequence[str]]


@python_class
class Page:
    """One revision of a document as rules read it: its prose, and what was worked out from that, once for all rules.

    `text` is as long as the document's text; where it is not prose (code, addresses, tags, link targets) it holds `MASK`.
    """

    def __init__(
        self, document: Document, lexicon: Lexicon, resolve: Resolve, runs: Runs, sign: re.Pattern[str]
    ) -> None:
        self.document = document
        self.lexicon = lexicon
        self._resolve = resolve
        self._runs = runs
        self._sign = sign
        self.used: set[int] = set()  # which of its suppressions have kept a finding back, here or on a page before

    @lazy
    def parts(self) -> Parts:
        """What stands beside the prose, and which of the prose is a key."""
        return parts(self.document.text, self.document.markup)

    @property
    def not_prose(self) -> list[Span]:
        """What rules may neither read nor touch."""
        return self.parts.not_prose

    @lazy
    def text(self) -> str:
        """The text with all that is not prose masked."""
        return masked(self.document.text, self.not_prose)

    @lazy
    def signs(self) -> frozenset[str]:
        """Which of the characters that rules look for the text holds, and perhaps some that an edit took away.

        Those beside the prose count: what is prose on the next revision is not asked again.
        """
        return frozenset(self._sign.findall(self.document.text))

    @lazy
    def suppressions(self) -> Suppressions:
        """What comments in the text suppress; no edit changes a comment, so they are the same on every revision."""
        return suppressions(self.document.text, self.document.markup, self.parts.code)

    def suppresses(self, finding: Finding) -> bool:
        """Whether a comment keeps the finding back; the comment is in use then."""
        holding = [place for place, one in enumerate(self.suppressions.all) if one.covers(finding)]
        self.used.update(holding)
        return bool(holding)

    @lazy
    def quotes(self) -> Quotes:
        """The quotation marks and brackets, with who belongs to whom; none waits for its partner beyond its field."""
        if self.document.markup != "fields":
            return quotes(self.text)
        found = [(start, quotes(self.text[start:end])) for start, end in stretches(self.document.text)]
        return Quotes(
            tuple(
                pair._replace(opening=pair.opening + start, closing=pair.closing + start)
                for start, one in found
                for pair in one.pairs
            ),
            tuple(at + start for start, one in found for at in one.unpaired),
        )

    def revised(self, edits: Iterable[Edit]) -> Page:
        """The page of the document with the edits made."""
        edits = list(edits)
        page = Page(self.document.revised(edits), self.lexicon, self._resolve, self._runs, self._sign)
        page.used = self.used
        page.signs = self.signs.union(*(edit.after for edit in edits))
        return page

    @lazy
    def entities(self) -> Sequence[Entity]:
        """The names of the document."""
        return self._resolve(self.text)

    @lazy
    def katakana(self) -> Sequence[str]:
        """The runs of katakana in the document, each once: the name stage has found them, or will find them here."""
        return self._runs(self.text)


Check = Callable[[Page], Iterable[Finding]]
# Of a rule that compares texts: what one text has to say, and what all of them come to, each finding with the place of its text.
TellsOf = Callable[[Page], Tells]
Compare = Callable[[Sequence[Tells]], Iterable[tuple[int, Finding]]]
