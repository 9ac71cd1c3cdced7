"""What a run remembers of the articles that went by: counts, pairs of spellings, what the report shows; all bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from soroe.engine import Result
from soroe.formats.read import Article, Broken
from soroe.formats.records import Record, entity_record, findings_records
from soroe.messages import visible
from soroe.names.entities import Decision

# Pairs of spellings kept for aliases.tsv; articles, quarantined rows, and changes of one article shown in the report.
MAX_PAIRS = 200_000
MAX_ARTICLES = 200
MAX_BROKEN = 200
MAX_CHANGES = 300

# What `run.json` always tells, in this order.
COUNTS = ("documents", "characters", "changed", "edits", "merged", "suggested", "linked", "findings", "quarantined")

_AROUND = 24  # characters of context on each side of a change
_LONGEST = 400  # characters shown of one change


class Pair(NamedTuple):
    """A canonical form and another spelling of it."""

    canonical: str
    alias: str
    kind: str
    decision: Decision


# A pair, how often it was met, in how many documents, and the best reason for it, with how sure that is.
CountedPair: TypeAlias = tuple[tuple[str, str, str, Decision], int, int, float, str]


@dataclass
class Seen:
    """How often a pair was met, and the best reason for it."""

    mentions: int = 0
    documents: int = 0
    score: float = float("-inf")
    why: str = ""


class Piece(NamedTuple):
    """A stretch of text in the report: as it was, taken out, or put in."""

    kind: Literal["same", "del", "ins"]
    text: str


class Snippet(NamedTuple):
    """Changes that stand close together, in their context."""

    line: int
    pieces: list[Piece]
    reasons: list[tuple[str, str]]


class Shown(NamedTuple):
    """An article in the report."""

    id: str
    snippets: list[Snippet]
    more_edits: int
    names: list[Record]
    findings: list[Record]
    more_findings: int


class Counted(NamedTuple):
    """What is counted of one article: edits and findings by their rules, and names with more than one spelling.

    ``shown`` is the article as the report shows it; None of one that has nothing to show, or for which it has no room.
    """

    characters: int
    edits: dict[str, int]
    findings: dict[str, int]
    names: list[Record]
    is_renamed: bool
    shown: Shown | None

    @property
    def has_news(self) -> bool:
        """Whether there is anything to show of it."""
        return bool(self.edits or self.findings or self.names)


def counted(article: Article, result: Result, is_shown: bool) -> Counted:
    """What is counted of an article that was cleaned; ``is_shown``: as the report shows it, too."""
    names = [entity_record(entity) for entity in result.entities if len(entity.aliases) > 1]
    has_news = bool(result.edits or result.findings or names)
    return Counted(
        len(article.text),
        Counter(edit.code for edit in result.edits),
        Counter(finding.code for finding in result.findings),
        names,
        article.given_id is not None,
        _shown(article, result, names) if is_shown and has_news else None,
    )


@dataclass
class Tally:
    """Counts, pairs and examples of a run, or of a part of one; of pairs ``most_pairs`` are kept."""

    counts: Counter[str] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    pairs: dict[Pair, Seen] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    broken: list[tuple[str, int | None, str]] = field(default_factory=list)
    most_pairs: float = MAX_PAIRS

    @property
    def has_room(self) -> bool:
        """Whether the report shows one more article."""
        return len(self.shown) < MAX_ARTICLES

    def add(self, article: Counted) -> None:
        """Counts an article that was cleaned."""
        self.counts["documents"] += 1
        self.counts["characters"] += article.characters
        self.counts["changed"] += bool(article.edits)
        self.counts["edits"] += sum(article.edits.values())
        self.counts["findings"] += sum(article.findings.values())
        self.counts["renamed ids"] += article.is_renamed
        self.edits.update(article.edits)
        self.findings.update(article.findings)
        for name in article.names:
            self._add_pairs(name)
        if article.shown and self.has_room:
            self.shown.append(article.shown)
        elif article.has_news:
            self.counts["articles left out of the report"] += 1

    def add_broken(self, broken: Broken) -> None:
        """Counts what could not be read."""
        self.counts["quarantined"] += 1
        if len(self.broken) < MAX_BROKEN:
            self.broken.append((broken.source.shown, broken.line, broken.reason))

    def without_pairs(self) -> tuple[Tally, list[CountedPair]]:
        """The rest of it, and its pairs, in the order they were met in, as plain values: there are many, and they are read fast."""
        pairs = [((*pair,), seen.mentions, seen.documents, seen.score, seen.why) for pair, seen in self.pairs.items()]
        return replace(self, pairs={}), pairs

    def add_part(self, part: Tally, pairs: Iterable[CountedPair]) -> None:
        """Adds what comes next of a run, if that has kept all its pairs: the same comes of it as of its articles one by one."""
        for counts, more in ((self.counts, part.counts), (self.edits, part.edits), (self.findings, part.findings)):
            counts.update(more)
        room = MAX_ARTICLES - len(self.shown)
        self.shown += part.shown[:room]
        if left_out := len(part.shown[room:]):
            self.counts["articles left out of the report"] += left_out
        self.broken += part.broken[: MAX_BROKEN - len(self.broken)]
        left_out, is_full = 0, False
        for plain, mentions, documents, score, why in pairs:
            if is_full and plain not in self.pairs:
                left_out += documents
            else:
                self._add_pair(Pair(*plain), Seen(mentions, documents, score, why))
                is_full = len(self.pairs) >= self.most_pairs
        if left_out:
            self.counts["pairs left out of aliases.tsv"] += left_out

    def _add_pairs(self, name: Record) -> None:
        for alias in name["aliases"]:
            if alias["decision"] == "canonical":
                continue
            self.counts[alias["decision"]] += 1
            pair = Pair(name["canonical"], alias["surface"], name["kind"], alias["decision"])
            self._add_pair(pair, Seen(alias["count"], 1, alias["score"], "; ".join(alias["why"])))

    def _add_pair(self, pair: Pair, more: Seen) -> None:
        if pair not in self.pairs and len(self.pairs) >= self.most_pairs:
            self.counts["pairs left out of aliases.tsv"] += more.documents
            return
        seen = self.pairs.setdefault(pair, Seen())
        seen.mentions += more.mentions
        seen.documents += more.documents
        if more.score >= seen.score:
            # Of reasons as good, not the one that came first: the order of documents is to change nothing.
            seen.why = more.why if more.score > seen.score else min(more.why, seen.why)
            seen.score = more.score

    def ranked_pairs(self) -> list[tuple[Pair, Seen]]:
        """The pairs, the most frequent first; the order they were met in does not matter."""
        return sorted(self.pairs.items(), key=lambda item: (-item[1].mentions, item[0]))


def _shown(article: Article, result: Result, names: list[Record]) -> Shown:
    findings = [_in_context(article.text, finding) for finding in findings_records(article, _first(result))]
    return Shown(
        str(article.id),
        _snippets(article.text, result),
        max(0, len(result.edits) - MAX_CHANGES),
        names,
        findings,
        max(0, len(result.findings) - MAX_CHANGES),
    )


def _first(result: Result) -> Result:
    return Result(result.document, findings=result.findings[:MAX_CHANGES])


def _in_context(text: str, finding: Record) -> Record:
    start, end = finding["start"], finding["end"]
    finding["before"] = visible(_tail(text[max(0, start - _AROUND) : start]))
    finding["after"] = visible(_head(text[end : end + _AROUND]))
    finding["text"] = visible(_shortened(finding["text"]))
    return finding


def _snippets(text: str, result: Result) -> list[Snippet]:
    """The changes in context; those whose contexts meet are shown as one."""
    snippets: list[Snippet] = []
    line, counted, shown_to = 1, 0, -1
    for (start, end), after, code, why in result.edits[:MAX_CHANGES]:
        if snippets and start - shown_to <= 2 * _AROUND and "\n" not in text[shown_to:start]:
            pieces, reasons = snippets[-1].pieces, snippets[-1].reasons
            pieces.pop()  # the context that was thought to be the last
            pieces.append(Piece("same", visible(text[shown_to:start])))
        else:
            line += text.count("\n", counted, start)
            counted = start
            pieces, reasons = [Piece("same", visible(_tail(text[max(0, start - _AROUND) : start])))], []
            snippets.append(Snippet(line, pieces, reasons))
        pieces.append(Piece("del", visible(_shortened(text[start:end]), spaces=True)))
        pieces.append(Piece("ins", visible(_shortened(after), spaces=True)))
        pieces.append(Piece("same", visible(_head(text[end : end + _AROUND]))))
        reasons.append((code, why))
        shown_to = end
    return snippets


def _tail(text: str) -> str:
    return text.rpartition("\n")[2]


def _head(text: str) -> str:
    return text.partition("\n")[0]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
