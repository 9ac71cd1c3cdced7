"""N401: a name spelt another way in one document becomes the spelling of its entity.   オートマン氏 → アルトマン氏

Machine translation renders one name afresh in every sentence. The name stage (`soroe.names`) gathers the spellings of one
document that are one name, by their sound, their company and the dictionaries, and chooses how to write it. Where the
evidence is short of certain, the finding names both spellings and changes nothing; a person decides. Where it is not far
short, and neither a word nor a brand is in question, the one spelling is suggested for the other.

Only the name's own part is rewritten: リード・ホフマン keeps its リード, アルトマン氏 its 氏. A gloss, アルトマン（Altman）, stays.
Where both parts of Sam Altman become katakana, what joins them does as well: サム・アルトマン.
Two people with look-alike names in one article (ハルトマン and アルトマン) stay two; `apart.tsv` settles it for good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import regex

from soroe.messages import Said, ja, sentences
from soroe.names.entities import Alias, Entity
from soroe.names.letters import is_kana
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "N401"
SUMMARY_JA = "一つの名前の表記揺れを、記事の中で揃える"
_JOINT = "・"
_SPACES = (" ", "\u00a0")
# Above it (nats) 26 of the 50 pairs that are suggested in 636 articles of WMT 2021 and 2024 are labelled one name, and none two names;
# below it 35 of 76. What has no label is mostly no name.
_LIKELY = -1.0
_IN_LATIN_NAME = regex.compile(r"(?<=\p{Latin}[ \u00a0])\p{Latin}++|\p{Latin}++(?=[ \u00a0]\p{Latin})")


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every mention of a merged alias; one without, for a suggested one."""
    yield from joined(CODE, page, list(_rewrites(page)))
    suggested = Counter(alias.surface for entity in page.entities for alias in entity.aliases if _is_suggested(alias))
    for entity in page.entities:
        for alias in entity.aliases:
            if _is_suggested(alias):
                because = _because(alias)
                message = Said(
                    f"{alias.surface} may be {entity.canonical}: {because}",
                    f"「{alias.surface}」は「{entity.canonical}」かもしれない: {ja(because)}",
                )
                is_likely = suggested[alias.surface] == 1 and _is_likely(page.text, alias)
                edits = _edits(CODE, entity, alias, message) if is_likely else ()
                yield Finding(CODE, alias.mentions[0].span, message, suggestion=tuple(edits))


def _is_suggested(alias: Alias) -> bool:
    return alias.decision == "suggested"


def _is_likely(text: str, alias: Alias) -> bool:
    """Whether a suggested alias may as well be written as its entity: nothing but short evidence keeps the two apart.

    A word, a brand or what the settings keep in Latin letters has a reason of no weight. サム Altman helps no one.
    """
    if alias.score <= _LIKELY or any(reason.weight == 0 for reason in alias.evidence):
        return False
    return not any(_IN_LATIN_NAME.match(text, mention.span.start) for mention in alias.mentions)


def _rewrites(page: Page) -> Iterator[Finding]:
    for entity in page.entities:
        for alias in entity.aliases:
            # What the user's dictionary says is N402's.
            if alias.decision == "merged" and not any(reason.kind == "dictionary" for reason in alias.evidence):
                yield from rewrites(CODE, entity, alias)


def rewrites(code: str, entity: Entity, alias: Alias) -> Iterator[Finding]:
    """The findings that write an alias as its entity's canonical form, glosses left alone."""
    because = _because(alias)
    why = Said(
        f"{alias.surface} is {entity.canonical}: {because}",
        f"「{alias.surface}」は「{entity.canonical}」のこと: {ja(because)}",
    )
    message = Said(
        f"{alias.surface} is written {entity.canonical} here", f"名前の表記揺れ: {alias.surface} → {entity.canonical}"
    )
    for edit in _edits(code, entity, alias, why):
        yield Finding(code, edit.span, message, edit)


def _edits(code: str, entity: Entity, alias: Alias, why: Said) -> Iterator[Edit]:
    for mention in alias.mentions:
        if "gloss" not in mention.cues:
            yield Edit(mention.span, entity.canonical, code, why)


def joined(code: str, page: Page, findings: list[Finding]) -> Iterator[Finding]:
    """The findings, and one for each space between two Latin parts of a name that both become katakana."""
    yield from findings
    edits = sorted(finding.edit for finding in findings if finding.edit)
    for before, after in pairwise(edits):
        gap = Span(before.span.end, after.span.start)
        if page.text[gap.start : gap.end] in _SPACES and all(
            _into_katakana(page.text, edit) for edit in (before, after)
        ):
            why = Said(
                f"{before.after} and {after.after} are parts of one name",
                f"「{before.after}」と「{after.after}」は一つの名前の部分",
            )
            message = Said(
                f"the parts of a name in katakana are joined by {_JOINT}", f"カタカナの名前の間は {_JOINT} でつなぐ"
            )
            yield Finding(code, gap, message, Edit(gap, _JOINT, code, why))


def _into_katakana(text: str, edit: Edit) -> bool:
    return is_kana(edit.after) and not is_kana(text[edit.span.start : edit.span.end])


def _because(alias: Alias) -> Said:
    """What speaks for the two being one and, for a suggestion, what speaks against."""
    reasons = sentences(reason.why for reason in alias.evidence if reason.weight > 0)
    doubts = sentences(reason.why for reason in alias.evidence if reason.weight < 0)
    if not doubts or alias.decision != "suggested":
        return reasons
    return Said(f"{reasons}; but {doubts}", f"{ja(reasons)}。ただし、{ja(doubts)}")
