"""N402: a name that the user's dictionary spells another way becomes the dictionary's spelling.   バイデーン → バイデン

`names.tsv` (given with --names) says how a name is written and which spellings stand for it. Its word outranks all evidence.
Spellings are found as whole runs only: マスク is not found in マスクド, nor オートマン in オートマンション.
"""

from __future__ import annotations

from collections.abc import Iterator

from soroe.rules.n401_name_spelt_another_way import joined, rewrites
from soroe.rules.page import Page
from soroe.text import Finding

CODE = "N402"
SUMMARY_JA = "名前を、利用者の辞書のとおりに書く"


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every mention that the dictionary spells another way."""
    yield from joined(CODE, page, list(_rewrites(page)))


def _rewrites(page: Page) -> Iterator[Finding]:
    for entity in page.entities:
        for alias in entity.aliases:
            if alias.decision == "merged" and any(reason.kind == "dictionary" for reason in alias.evidence):
                yield from rewrites(CODE, entity, alias)
