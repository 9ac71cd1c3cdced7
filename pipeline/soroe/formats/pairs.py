"""The pairs of spellings of a whole run, summed up: however many there are, few of them are in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from soroe.names.entities import Decision

if TYPE_CHECKING:
    import sqlite3

# So many pairs (some 700 bytes each) are held in memory; then they go into a file that no one else sees.
_IN_MEMORY = 4_000

_TABLE = """
CREATE TABLE pairs (canonical, alias, kind, decision, mentions, documents, score, why,
                    PRIMARY KEY (canonical, alias, kind, decision)) WITHOUT ROWID"""
_ADD = """
INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    mentions = mentions + excluded.mentions,
    documents = documents + excluded.documents,
    why = CASE WHEN excluded.score > score THEN excluded.why WHEN excluded.score < score THEN why ELSE min(why, excluded.why) END,
    score = max(score, excluded.score)"""
_RANKED = "SELECT * FROM pairs ORDER BY mentions DESC, canonical, alias, kind, decision"


class Pair(NamedTuple):
    """A canonical form and another spelling of it."""

    canonical: str
    alias: str
    kind: str
    decision: Decision


class Seen(NamedTuple):
    """How often a pair was met, and the best reason for it."""

    mentions: int
    documents: int
    score: float
    why: str

    def plus(self, other: Seen) -> Seen:
        """Both; of reasons as good, not the one that came first: the order of documents is to change nothing."""
        if other.score == self.score:
            score, why = self.score, min(self.why, other.why)
        else:
            score, why = max((self.score, self.why), (other.score, other.why))
        return Seen(self.mentions + other.mentions, self.documents + other.documents, score, why)


class Pairs:
    """Pairs, each with what all articles say of it."""

    def __init__(self) -> None:
        self._here: dict[Pair, Seen] = {}
        self._aside: sqlite3.Connection | None = None

    def add(self, pair: Pair, seen: Seen) -> None:
        """Adds what one article says of a pair."""
        before = self._here.get(pair)
        if before is None and len(self._here) >= _IN_MEMORY:
            self._put_aside()
        self._here[pair] = before.plus(seen) if before else seen

    def __len__(self) -> int:
        if self._aside is None:
            return len(self._here)
        self._put_aside()
        return cast(int, self._aside.execute("SELECT count(*) FROM pairs").fetchone()[0])

    def __iter__(self) -> Iterator[tuple[Pair, Seen]]:
        """All of them, as they lie."""
        if self._aside is None:
            yield from self._here.items()
        else:
            self._put_aside()
            yield from map(_pair, self._aside.execute("SELECT * FROM pairs"))

    def ranked(self) -> Iterator[tuple[Pair, Seen]]:
        """The most frequent first; the order they were met in does not matter."""
        if self._aside is None:
            yield from sorted(self._here.items(), key=lambda item: (-item[1].mentions, item[0]))
            return
        self._put_aside()
        yield from map(_pair, self._aside.execute(_RANKED))

    def _put_aside(self) -> None:
        if self._aside is None:
            import sqlite3  # which a small run does not need

            self._aside = sqlite3.connect("")  # a temporary file, gone when it is closed
            self._aside.execute(_TABLE)
        rows = (
            (*map(_bytes, pair), seen.mentions, seen.documents, seen.score, _bytes(seen.why))
            for pair, seen in self._here.items()
        )
        self._aside.executemany(_ADD, rows)
        self._here.clear()


def _pair(row: tuple[Any, ...]) -> tuple[Pair, Seen]:
    canonical, alias, kind, decision, mentions, documents, score, why = row
    pair = Pair(_text(canonical), _text(alias), _text(kind), cast(Decision, _text(decision)))
    return pair, Seen(mentions, documents, score, _text(why))


def _bytes(text: str) -> bytes:
    """Sorted as the text is; half a character is no text to SQLite."""
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
