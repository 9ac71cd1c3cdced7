"""Pieces of a dump: each holds a text, which can be changed where it stands, and the rest stays as it is."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

from soroe.formats.encoding import bytes_of
from soroe.text import Edit, Span, inverse

if TYPE_CHECKING:
    from soroe.formats.read import Article, Broken, Kept

P = TypeVar("P", bound="Piece")


@dataclass(frozen=True)
class Piece:
    """A stretch of a dump as it stands there, and where in it the text is written.

    ``literal`` is None where the text is the line itself. A format says in a class of its own how a text is written.
    """

    line: str
    literal: Span | None

    # What stands for one character of the text in its literal, and how much of the literal stands before the text.
    escapes = re.compile(r"(?!)")

    @property
    def opening(self) -> int:
        """How many signs of the literal stand before the text."""
        return 0

    def written(self, text: str, edits: Sequence[Edit]) -> str:
        """The literal of the text that the edits make of this one's."""
        return text

    def escaped(self, after: str) -> str:
        """A replacement as it stands in the literal."""
        return after

    def edited(self: P, text: str, edits: Sequence[Edit]) -> P:
        """The piece with the text that the edits make of its own."""
        if self.literal is None:
            return replace(self, line=text)
        return self.with_literal(self.written(text, edits))

    def with_literal(self: P, literal: str) -> P:
        """The piece with another literal in place of the text's."""
        if self.literal is None:
            raise ValueError("the text of this piece has no literal of its own")
        start, end = self.literal
        line = self.line[:start] + literal + self.line[end:]
        return replace(self, line=line, literal=Span(start, start + len(literal)))

    def is_given_back(self, before: str, after: str, edits: Sequence[Edit]) -> bool:
        """Whether the piece is what it was when the edits are made and undone, which take its text from ``before`` to ``after``."""
        cleaned = self.edited(after, edits)
        return cleaned.edited(before, inverse(before, edits)).line == self.line

    def spliced(self, edits: Sequence[Edit]) -> str:
        """The literal with the edits made in it, and all between them as it stands."""
        assert self.literal
        offset = self.offsets()
        parts: list[str] = []
        at = self.literal.start
        for (start, end), after, *_ in edits:
            parts += (self.line[at : offset(start)], self.escaped(after))
            at = offset(end)
        return "".join((*parts, self.line[at : self.literal.end]))

    def offsets(self) -> Callable[[int], int]:
        """Tells where in the line an offset of the text stands.

        >>> from soroe.formats.rows import read_row
        >>> row, text, _ = read_row('{"text": "一行目\\\\n二行目"}', "text", "id")
        >>> text[4], row.line[row.offsets()(4)]
        ('二', '二')
        """
        if self.literal is None:
            return lambda at: at
        after: list[int] = []  # offsets in the text of what follows an escape
        ahead = [self.literal.start + self.opening]  # how far the line is ahead, before the first escape and after each
        for match in self.escapes.finditer(self.line, ahead[0], self.literal.end - self.opening):
            after.append(match.end() - ahead[-1] - len(match[0]) + 1)
            ahead.append(ahead[-1] + len(match[0]) - 1)
        return lambda at: at + ahead[bisect_right(after, at)]


class Writer(Protocol):
    """Takes the events of a source in their order, and writes them in its format.

    ``written`` is how many bytes that made, before any compression; of a format that packs its rows, those of their texts.
    ``goes_on`` tells of a file that was ended in the midst of a row group.
    """

    written: int
    goes_on: bool

    def size_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> int | None:
        """How many bytes an article takes; None where no other file could begin with it."""

    def size_of_kept(self, kept: Kept) -> int | None:
        """How many bytes it takes, or begins with, if that is known; None where no other file could begin with it."""

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes an article with the text that the edits make of it."""

    def kept(self, kept: Kept) -> None:
        """Writes what stands between the articles."""

    def broken(self, broken: Broken) -> None:
        """Takes notice of what could not be read or cleaned."""

    def raw(self, data: bytes) -> None:
        """Writes bytes as they stand."""

    def digest_of_part(self) -> str:
        """What was written since it was asked for the last time, as `Stream.digest` tells it of a source."""

    def close(self, is_cut: bool = False) -> str:
        """Ends the file, of which the rest comes in another if it ``is_cut``; the digest of its last part."""


class Pieces:
    """Writes a dump piece by piece; what is broken is left out, for the quarantine holds it, unless the dump would be none then."""

    def __init__(
        self, file: BinaryIO, encoding: str, valid: Callable[[str], str] = str, keeps_broken: bool = False
    ) -> None:
        self._file, self._encoding, self._valid, self._keeps_broken = file, encoding, valid, keeps_broken
        self._digest = hashlib.sha256()
        self._made: tuple[Article, bytes] | None = None
        self.written = 0
        self.goes_on = False

    def size_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> int | None:
        """How many bytes its piece has."""
        self._made = article, self._bytes_of_article(article, text, edits)
        return len(self._made[1])

    def size_of_kept(self, kept: Kept) -> int | None:
        """How many bytes it has, if it is a row."""
        return len(self._bytes(kept.piece)) if kept.why else None

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes the piece; without edits, as it stood."""
        made, self._made = self._made, None
        self.raw(made[1] if made and made[0] is article else self._bytes_of_article(article, text, edits))

    def kept(self, kept: Kept) -> None:
        """Writes what is kept as it stood."""
        self.raw(self._bytes(kept.piece))

    def broken(self, broken: Broken) -> None:
        """Leaves it out, or writes it as it stood."""
        if self._keeps_broken:
            self.raw(broken.raw)

    def raw(self, data: bytes) -> None:
        """Writes bytes as they stand."""
        self._digest.update(data)
        self._file.write(data)
        self.written += len(data)

    def digest_of_part(self) -> str:
        """The digest of the bytes that were written since it was asked for the last time."""
        digest, self._digest = self._digest, hashlib.sha256()
        return digest.hexdigest()

    def close(self, is_cut: bool = False) -> str:
        """The digest of its last part."""
        return self.digest_of_part()

    def _bytes_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> bytes:
        piece = article.row
        assert piece
        return self._bytes(piece.edited(text, edits).line if edits else piece.line)

    def _bytes(self, line: str) -> bytes:
        return bytes_of(self._valid(line), self._encoding)
