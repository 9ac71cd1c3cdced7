"""C101: half-width katakana becomes full-width.   ｱﾙﾄﾏﾝ氏 → アルトマン氏

Half-width katakana (U+FF66 to U+FF9F) is left over from old terminals and PDF extraction; a name written with it is not
found by search. Its sound marks join the letter before: ﾊﾞ → バ. Runs only: a full-width letter is never touched, nor are
①, ㎡, ½ or ！, which NFKC would change as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "C101"
SUMMARY_JA = "半角カタカナを全角にする"

SIGNS = "".join(map(chr, range(0xFF66, 0xFFA0)))
_RUN = regex.compile(r"[\uff66-\uff9f]+")


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every run of half-width katakana."""
    for match in _RUN.finditer(page.text):
        span = Span(*match.span())
        full = unicodedata.normalize("NFKC", match[0])
        message = Said(f"{match[0]} is half-width katakana: {full}", f"半角カタカナ: {match[0]} → {full}")
        yield Finding(CODE, span, message, Edit(span, full, CODE, message))
