"""The engine: runs the rules' stages over a document and makes their edits. Nothing else changes text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from time import perf_counter

from soroe.lexicon import Lexicon
from soroe.messages import Said
from soroe.names.across import Across
from soroe.names.entities import Alias, Entity, Evidence, Mention
from soroe.names.resolve import Names
from soroe.names.survey import Count, Fact
from soroe.rules import COMPARING, REPORTS, RULES, SIGN, STAGES, Rule
from soroe.rules.page import Page
from soroe.settings import MISTAKEN, UNSETTLED, UNUSED, Settings
from soroe.suppressions import Suppression
from soroe.text import Document, Edit, Finding, Lines, Markup, Span, Tells, disjoint, python_class

# Each pass makes what the pass before brought to light; real articles settle in two. A text that has not settled by then
# has two rules undoing each other: it is left as it was.
MAX_PASSES = 12


# What the engine itself says, beside the rules.
OWN_DOCS = {
    UNSETTLED: f"{UNSETTLED}: two rules undo each other in this text, which is left as it was. Please report it.",
    UNUSED: f"{UNUSED}: a comment that suppresses nothing is reported.   <!-- soroe: ignore P204 --> before マスク氏",
    MISTAKEN: f"{MISTAKEN}: a comment that soroe cannot understand is reported.   <!-- soroe: ingore N401 -->, <!-- soroe: ignore N40x -->",
}
_OWN_SUMMARIES_JA = {
    UNSETTLED: "規則どうしが打ち消し合うため、元のままにした本文（ぜひご報告を）",
    UNUSED: "何も抑えていないコメントを知らせる",
    MISTAKEN: "soroe に読み取れないコメントを知らせる",
}


def doc_of(code: str) -> str:
    """The documentation of a rule, or of what the engine itself says; "" where there is none of that code.

    >>> doc_of("C101").partition(".")[0]
    'C101: half-width katakana becomes full-width'
    """
    return RULES[code].doc if code in RULES else OWN_DOCS.get(code, "")


def summary_of(code: str) -> Said:
    """What a rule, or what the engine itself says, is about, in a few words.

    >>> summary_of("C101"), summary_of("C101").ja
    ('half-width katakana becomes full-width', '半角カタカナを全角にする')
    """
    headline = doc_of(code).partition("\n")[0].partition(".   ")[0].removeprefix(f"{code}: ")
    return Said(headline, RULES[code].summary_ja if code in RULES else _OWN_SUMMARIES_JA.get(code, ""))


@python_class
@dataclass(frozen=True)
class Result:
    """What cleaning one document gave. All spans are code points of the source.

    ``fixed`` are the findings whose edits were made, ``findings`` those that a person has to decide. ``tells`` is what the text
    has to say to the rules that compare texts, by their codes, if they are selected: see `soroe.rules.compared`.
    """

    document: Document
    fixed: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    entities: tuple[Entity, ...] = ()
    tells: dict[str, Tells] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The cleaned text."""
        return self.document.text

    @property
    def told(self) -> tuple[Finding, ...]:
        """All that was fixed or found, in the order of the text."""
        return _ordered((*self.fixed, *self.findings))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All changes as edits on the source, sorted and disjoint; `soroe.replay(source, edits)` gives `text`."""
        return self.document.edits


@python_class
@dataclass
class Pipeline:
    """Rules, dictionaries and tokenizer, loaded once and used over many texts.

    Not safe to share between threads (MeCab and Sudachi taggers are not): make one a thread.
    """

    settings: Settings = field(default_factory=Settings)
    across: Across | None = None  # how a dump writes its full names; by default what `settings.survey` says
    dictionaries: dict[Path, bytes] = field(
        default_factory=dict
    )  # of the user's, what those hold that are not to be read

    def __post_init__(self) -> None:
        self.lexicon = Lexicon.load(self.settings.names, self.settings.apart, self.dictionaries)
        self.names = Names(self.lexicon, self.settings.tokenizer, self.settings.canonical, self.settings.unify_scripts)
        if self.across is None and self.settings.survey:
            self.across = self.names.across_by(self.settings.survey)
        self.names.across = self.across
        stages = STAGES
        self._reports = [rule for rule in REPORTS if self.settings.selects(rule.code, rule.by_default)]
        if self.settings.unsafe_fixes:  # then those that report have edits too, and are the last stage
            stages, self._reports = (*STAGES, REPORTS), []
        selected = ([rule for rule in stage if self.settings.selects(rule.code, rule.by_default)] for stage in stages)
        self._stages = [stage for stage in selected if stage]
        self.seconds_of_names = 0.0  # that went to finding and judging names, in all texts so far
        self._comparing = [rule for rule in COMPARING if self.settings.selects(rule.code, rule.by_default)]

    def clean(self, text: str, id: str = "", markup: Markup = "plain", lines: Lines | None = None) -> Result:
        """The cleaned text with its edits, findings and names.

        >>> Pipeline().clean("ｱﾙﾄﾏﾝ氏は語った。").text
        'アルトマン氏は語った。'
        """
        draft = Document(id, text, markup=markup, lines=lines)
        document = draft
        fixed: list[Finding] = []
        entities: list[list[Entity]] = []
        resolve = partial(self._resolved, every=self.settings.all_names)
        page = Page(draft, self.lexicon, resolve, self.names.katakana, SIGN)
        settled: list[tuple[Page | None, list[Finding]]] = [(None, [])] * len(self._stages)
        for _ in range(MAX_PASSES):
            before = document
            open_findings: list[Finding] = []
            for at, stage in enumerate(self._stages):
                # What a stage has said of this very page, with no edit, it would say again.
                unsafe = self.settings.unsafe_fixes
                made, left = ([], settled[at][1]) if settled[at][0] is page else _sorted_out(page, stage, unsafe)
                settled[at] = page, left
                fixed += [_in_source(document, finding) for finding in made]
                open_findings += [_in_source(document, finding) for finding in left]
                if "entities" in page.__dict__:
                    # What a later pass merges is news; what it suggests or links, the first has said.
                    news = [entity for entity in page.entities if not entities or _merges(entity)]
                    entities.append([_entity_in_source(document, entity) for entity in news])
                if made:
                    page = page.revised(finding.edit for finding in made if finding.edit)
                    document = page.document
            if document is before:
                _, left = _sorted_out(page, self._reports)
                open_findings += [_in_source(document, finding) for finding in left]
                tells = {rule.code: rule.tells(page) for rule in self._comparing if rule.tells}
                open_findings += self._of_suppressions(page)
                return Result(document, _ordered(fixed), _ordered(open_findings), _folded(entities), tells)
        unsettled = Finding(
            UNSETTLED,
            Span(0, len(text)),
            Said(
                f"rules did not settle in {MAX_PASSES} passes; the text is left as it was",
                f"{MAX_PASSES}回繰り返しても規則が落ち着かない。本文は元のまま",
            ),
        )
        return Result(draft, (), (unsettled,), ())

    def _resolved(self, text: str, *, every: bool) -> tuple[Entity, ...]:
        began = perf_counter()
        entities = self.names.resolve(text, every=every)
        self.seconds_of_names += perf_counter() - began
        return entities

    def _of_suppressions(self, page: Page) -> Iterator[Finding]:
        """The comments that cannot be understood, and those that keep nothing back of what is looked for."""
        here = page.suppressions
        found = list(here.mistakes)
        for place, one in enumerate(here.all):
            if place not in page.used and self._looks_for_all_of(one):
                codes = "・".join(one.codes)
                message = Said(
                    f"{codes} finds nothing here: the comment can go"
                    if codes
                    else "no rule finds anything here: the comment can go",
                    f"{codes + ' は' if codes else 'どの規則も'}ここでは何も見つけない: このコメントは不要",
                )
                found.append(Finding(UNUSED, one.comment, message))
        kept_back = [prefix for prefix in self.settings.ignore if prefix.startswith("E")]
        for finding in found:
            if not any(finding.code.startswith(prefix) for prefix in kept_back):
                yield _in_source(page.document, finding)

    def _looks_for_all_of(self, suppression: Suppression) -> bool:
        """Whether every rule that it is about is on: of a rule that is off no one can say that it finds nothing."""
        return all(
            self.settings.selects(code, rule.by_default) or (not rule.by_default and code not in suppression.codes)
            for code, rule in RULES.items()
            if suppression.is_about(code)
        )

    def prose(self, text: str, markup: Markup = "plain") -> str:
        """The text as the names in it are first read: after the stages before, with what is not prose masked.

        >>> Pipeline().prose("ｱﾙﾄﾏﾝ 氏は語った。")
        'アルトマン氏は語った。'
        """
        page = Page(Document("", text, markup=markup), self.lexicon, self.names.resolve, self.names.katakana, SIGN)
        for stage in takewhile(lambda stage: not _is_of_names(stage), self._stages):
            made, _ = _sorted_out(page, stage)
            page = page.revised(finding.edit for finding in made if finding.edit)
        return page.text

    def survey(self, text: str, markup: Markup = "plain") -> dict[Fact, Count]:
        """What a text says of its full names when each is written in one way: one article's part of the survey of a dump.

        >>> [fact.name for fact in Pipeline().survey("ｻﾑ・ｱﾙﾄﾏﾝ氏は語った。") if fact.kind == "full"]
        ['サム・アルトマン']
        """
        page = Page(Document("", text, markup=markup), self.lexicon, self.names.resolve, self.names.katakana, SIGN)
        for stage in self._stages:
            for _ in range(MAX_PASSES if _is_of_names(stage) else 1):
                made, _ = _sorted_out(page, stage)
                if not made:
                    break
                page = page.revised(finding.edit for finding in made if finding.edit)
        return self.names.survey(page.text)


def _is_of_names(stage: Iterable[Rule]) -> bool:
    return any(rule.code.startswith("N") for rule in stage)


def _sorted_out(page: Page, stage: Iterable[Rule], unsafe: bool = False) -> tuple[list[Finding], list[Finding]]:
    """The findings of one stage: those whose edits are made, and those left to a person; ``unsafe``: suggestions are made too.

    A finding that loses its place to another is neither: the next pass finds it again, if it still stands.
    """
    signs = page.signs
    findings = [
        finding for rule in stage if not rule.signs or not rule.signs.isdisjoint(signs) for finding in rule.check(page)
    ]
    if not findings:
        return [], []
    if page.suppressions.all:
        findings = [finding for finding in findings if not page.suppresses(finding)]
    not_prose, keys, _ = page.parts
    if not_prose:
        findings = [finding for finding in findings if not _touches(not_prose, finding.span)]
    if keys:
        findings = [_left_to_a_person(finding, keys) for finding in findings]
    if any(finding.suggestion for finding in findings):
        findings = [_with_what_can_be_made(finding, page) for finding in findings]
        findings = [one for finding in findings for one in (_taken(finding) if unsafe else (finding,))]
    text = page.document.text
    winners, _ = disjoint(
        edit
        for _, _, _, edit, _ in findings
        if edit and text[edit.span.start : edit.span.end] != edit.after and not _touches(not_prose, edit.span)
    )
    chosen = set(winners)
    made: list[Finding] = []
    for finding in findings:
        if finding.edit in chosen:
            chosen.discard(finding.edit)
            made.append(finding)
    return made, [finding for finding in findings if finding.edit is None]


def _left_to_a_person(finding: Finding, keys: Sequence[Span]) -> Finding:
    """The finding without its edit, where that would change what a link or a table goes by."""
    return finding._replace(edit=None) if finding.edit and _touches(keys, finding.edit.span) else finding


def _with_what_can_be_made(finding: Finding, page: Page) -> Finding:
    """The finding with as much of its suggestion as touches prose alone and no key, and no comment keeps back."""
    not_prose, keys, _ = page.parts
    edits = [
        edit
        for edit in finding.suggestion
        if not _touches(not_prose, edit.span)
        and not _touches(keys, edit.span)
        and not (page.suppressions.all and page.suppresses(Finding(finding.code, edit.span, "")))
    ]
    return finding._replace(suggestion=tuple(edits))


def _taken(finding: Finding) -> list[Finding]:
    """The finding with what it suggests as its edit: one for each place."""
    taken = [Finding(finding.code, edit.span, finding.message, edit) for edit in finding.suggestion]
    return taken or [finding]


def _touches(spans: Sequence[Span], span: Span) -> bool:
    """Whether the span overlaps one of the sorted, disjoint spans."""
    at = bisect_right(spans, span.end, key=lambda other: other.start) - 1
    while at >= 0 and spans[at].end >= span.start:
        if spans[at].overlaps(span):
            return True
        at -= 1
    return False


def _in_source(document: Document, finding: Finding) -> Finding:
    if not document.edits:
        return finding
    code, span, message, edit, suggestion = finding
    origin = document.origin(span)
    if edit:
        edit_origin = origin if edit.span == span else document.origin(edit.span)
        edit = Edit(edit_origin, edit.after, edit.code, edit.why)
    if suggestion:
        suggestion = tuple(
            Edit(document.origin(edit.span), edit.after, edit.code, edit.why)
            for edit in suggestion
            if _is_whole(document, edit.span)
        )
    return Finding(code, origin, message, edit, suggestion)


def _is_whole(document: Document, span: Span) -> bool:
    """Whether a span of the present text came from a stretch of the source that nothing else came from.

    In 2023年3月, which was 3月2023日, 年 has no source of its own.
    """
    start, end = document.origin(span)
    before = document.origin(Span(span.start - 1, span.start)).end if span.start else 0
    behind = document.origin(Span(span.end, span.end + 1)).start if span.end < len(document.text) else end
    return before <= start and end <= behind


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda finding: (finding.span, finding.code, finding.message)))


def _merges(entity: Entity) -> bool:
    return any(alias.decision == "merged" for alias in entity.aliases)


def _entity_in_source(document: Document, entity: Entity) -> Entity:
    """The entity with its mentions where they stand in the source, and spelt as they are there."""
    if not document.edits:
        return entity
    aliases: list[Alias] = []
    for alias in entity.aliases:
        spelt: dict[str, list[Mention]] = {}
        for mention in alias.mentions:
            span = document.origin(mention.span)
            surface = document.source[slice(*span)]
            spelt.setdefault(surface, []).append(Mention(span, surface, mention.cues))
        for surface, mentions in spelt.items():
            decision = alias.decision
            if decision == "canonical" and surface != entity.canonical:
                decision = "merged"
            evidence = alias.evidence
            if surface != alias.surface:  # ｱﾙﾄﾏﾝ, which a stage before made アルトマン
                why = Said(
                    f"{surface} in the source reads {alias.surface}", f"原文の「{surface}」は「{alias.surface}」と読む"
                )
                evidence = (Evidence("source", why, 0.0), *evidence)
            aliases.append(Alias(surface, tuple(mentions), decision, alias.score, evidence))
    if all(alias.decision != "canonical" for alias in aliases):
        aliases.append(Alias(entity.canonical, (), "canonical", 0.0))
    return entity._replace(aliases=tuple(sorted(aliases, key=lambda alias: alias.decision != "canonical")))


def _folded(passes: Sequence[Sequence[Entity]]) -> tuple[Entity, ...]:
    """The names of all passes: those of the first, and what later passes joined to them."""
    folded = {entity.canonical: entity for entity in passes[0]} if passes else {}
    for entities in passes[1:]:
        for entity in entities:
            known = folded.get(entity.canonical)
            spelt = {alias.surface for alias in known.aliases} if known else set()
            news = [alias for alias in entity.aliases if alias.decision != "canonical" and alias.surface not in spelt]
            if known is None:
                folded[entity.canonical] = entity
            elif news:
                folded[entity.canonical] = known._replace(aliases=(*known.aliases, *news))
            for alias in news:
                if alias.decision == "merged":
                    folded.pop(alias.surface, None)
    return tuple(folded.values())
