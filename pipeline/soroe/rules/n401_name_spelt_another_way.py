"""N401: a name spelt another way in one document becomes the spelling of its entity.   オートマン氏 → アルトマン氏

Machine translation renders one name afresh in every sentence. The name stage (`soroe.names`) gathers the spellings of one
document that are one name, by their sound, their company and the dictionaries, and chooses how to write it. Where the
evidence is short of certain, the finding names both spellings and changes nothing; a person decides.

Only the name's own part is rewritten: リード・ホフマン keeps its リード, アルトマン氏 its 氏. A gloss, アルトマン（Altman）, stays.
Two people with look-alike names in one article (ハルトマン and アルトマン) stay two; `apart.tsv` settles it for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from soroe.names.entities import Alias, Entity
from soroe.rules.page import Page
from soroe.text import Edit, Finding

CODE = "N401"


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every mention of a merged alias; one without, for a suggested one."""
    for entity in page.entities:
        for alias in entity.aliases:
            if alias.decision not in ("merged", "suggested"):
                continue
            if any(reason.kind == "dictionary" for reason in alias.evidence):
                continue  # N402
            if alias.decision == "merged":
                yield from rewrites(CODE, entity, alias)
            else:
                message = f"{alias.surface} may be {entity.canonical}: {_because(alias)}"
                yield Finding(CODE, alias.mentions[0].span, message)


def rewrites(code: str, entity: Entity, alias: Alias) -> Iterator[Finding]:
    """The findings that write an alias as its entity's canonical form, glosses left alone."""
    why = f"{alias.surface} is {entity.canonical}: {_because(alias)}"
    for mention in alias.mentions:
        if "gloss" not in mention.cues:
            message = f"{alias.surface} is written {entity.canonical} here"
            yield Finding(code, mention.span, message, Edit(mention.span, entity.canonical, code, why))


def _because(alias: Alias) -> str:
    """What speaks for the two being one and, for a suggestion, what speaks against."""
    reasons = "; ".join(reason.why for reason in alias.evidence if reason.weight > 0)
    doubts = "; ".join(reason.why for reason in alias.evidence if reason.weight < 0)
    return f"{reasons}; but {doubts}" if doubts and alias.decision == "suggested" else reasons
