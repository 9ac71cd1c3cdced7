"""What a run remembers of the articles that went by: counts, pairs of spellings, what the report shows; all bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from soroe.engine import Result
from soroe.formats.fields.wanted import FieldsMet
from soroe.formats.pairs import Pair, Pairs, Seen
from soroe.formats.read import Article, Broken
from soroe.formats.records import Record, entity_record, findings_records
from soroe.messages import visible
from soroe.names.entities import Decision, Entity

# Articles, quarantined rows, and changes of one article shown in the report.
MAX_ARTICLES = 200
MAX_BROKEN = 200
MAX_CHANGES = 300

# What `run.json` always tells, in this order.
COUNTS = ("documents", "characters", "changed", "edits", "merged", "suggested", "linked", "findings", "quarantined")

_AROUND = 24  # characters of context on each side of a change
_LONGEST = 400  # characters shown of one change


# A pair, how often it was met, in how many documents, and the best reason for it, with how sure that is.
CountedPair: TypeAlias = tuple[tuple[str, str, str, Decision], int, int, float, str]


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
    """What is counted of one article: edits and findings by their rules, and spellings of names that are written in another way too.

    ``shown`` is the article as the report shows it; None of one that has nothing to show, or for which it has no room.
    """

    characters: int
    edits: dict[str, int]
    findings: dict[str, int]
    is_renamed: bool
    shown: Shown | None
    pairs: tuple[tuple[Pair, Seen], ...]

    @property
    def has_news(self) -> bool:
        """Whether there is anything to show of it."""
        return bool(self.edits or self.findings or self.pairs)


def counted(article: Article, result: Result, is_shown: bool) -> Counted:
    """What is counted of an article that was cleaned; ``is_shown``: as the report shows it, too."""
    found = Counted(
        len(article.text),
        _numbers(edit.code for edit in result.edits),
        _numbers(finding.code for finding in result.findings),
        article.given_id is not None,
        None,
        tuple(_pairs(result.entities)),
    )
    return found._replace(shown=_shown(article, result)) if is_shown and found.has_news else found


def _numbers(codes: Iterable[str]) -> dict[str, int]:
    """How often each comes. (`Counter` takes three times as long on a handful.)"""
    numbers: dict[str, int] = {}
    for code in codes:
        numbers[code] = numbers.get(code, 0) + 1
    return numbers


def _pairs(entities: Iterable[Entity]) -> Iterator[tuple[Pair, Seen]]:
    for canonical, kind, aliases in entities:
        for alias in aliases:
            if alias.decision != "canonical":
                why = "; ".join([evidence.why for evidence in alias.evidence])
                pair = Pair(canonical, alias.surface, kind, alias.decision)
                yield pair, Seen(len(alias.mentions), 1, round(alias.score, 2), why)


@dataclass
class Tally:
    """Counts, pairs and examples of a run, or of a part of one."""

    counts: Counter[str] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)  # by the format of the file
    pairs: Pairs = field(default_factory=Pairs)
    shown: list[Shown] = field(default_factory=list)
    broken: list[tuple[str, int | None, str]] = field(default_factory=list)
    rows_in: int = 0
    rows_out: int = 0
    taken_away: list[str] = field(default_factory=list)  # files of finished shards, before a run was resumed
    fields: FieldsMet = field(default_factory=FieldsMet)

    @property
    def told(self) -> dict[str, int]:
        """The counts as `run.json` tells them."""
        return dict.fromkeys(COUNTS, 0) | {"rows in": self.rows_in, "rows out": self.rows_out} | self.counts

    @property
    def lost(self) -> int:
        """How many of the rows that came in went neither out nor into quarantine; below 0, how many came twice. It has to be 0."""
        return self.rows_in - self.rows_out - self.counts["quarantined"]

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
        for numbers, all_numbers in ((article.edits, self.edits), (article.findings, self.findings)):
            for code, number in numbers.items():
                all_numbers[code] += number
        for pair, seen in article.pairs:
            self.counts[pair.decision] += 1
            self.pairs.add(pair, seen)
        if article.shown and self.has_room:
            self.shown.append(article.shown)
        elif article.has_news:
            self.counts["articles left out of the report"] += 1

    def note_fields(self, article: Article) -> None:
        """Takes notice of the fields of an article of which some are read."""
        if article.fields:
            self.fields.note(article.fields.scanned.has_field, article.fields.scanned.names)

    def add_broken(self, broken: Broken) -> None:
        """Counts what could not be read."""
        self.counts["quarantined"] += 1
        self.quarantined[broken.source.format] += 1
        if len(self.broken) < MAX_BROKEN:
            self.broken.append((broken.source.shown, broken.line, broken.reason))

    def without_pairs(self) -> tuple[Tally, list[CountedPair]]:
        """The rest of it, and its pairs as plain values: there are many, and they are read fast."""
        return replace(self, pairs=Pairs()), [((*pair,), *seen) for pair, seen in self.pairs]

    def add_part(self, part: Tally, pairs: Iterable[CountedPair]) -> None:
        """Adds what comes next of a run: the same comes of it as of its articles one by one."""
        for counts, more in (
            (self.counts, part.counts),
            (self.edits, part.edits),
            (self.findings, part.findings),
            (self.quarantined, part.quarantined),
        ):
            counts.update(more)
        self.fields.note(part.fields.has_field, part.fields.names)
        self.rows_in += part.rows_in
        self.rows_out += part.rows_out
        room = MAX_ARTICLES - len(self.shown)
        self.shown += part.shown[:room]
        if left_out := len(part.shown[room:]):
            self.counts["articles left out of the report"] += left_out
        self.broken += part.broken[: MAX_BROKEN - len(self.broken)]
        for plain, mentions, documents, score, why in pairs:
            self.pairs.add(Pair(*plain), Seen(mentions, documents, score, why))

    def ranked_pairs(self) -> Iterator[tuple[Pair, Seen]]:
        """The pairs, the most frequent first."""
        return self.pairs.ranked()


def _shown(article: Article, result: Result) -> Shown:
    names = [entity_record(entity) for entity in result.entities if len(entity.aliases) > 1]
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
