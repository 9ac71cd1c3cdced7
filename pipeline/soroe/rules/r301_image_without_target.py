"""R301: an image without a target is removed with its line.   ![image]() → (nothing)

What is left of a picture when a page is scraped and translated. Alone on its line it is removed with that line and
one line break; blank lines around it stay. In a list, a table, a link or a sentence it is reported: the sentence may
speak of the picture. An image with any target stays.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.lines import whole_line
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "R301"
SUMMARY_JA = "リンク先のない画像を、行ごと除く"
SIGNS = "!"

_IMAGE = r"!\[[^\[\]\n]{0,200}\]\([ \t]{0,20}\)"
_IMAGES = regex.compile(rf"{_IMAGE}(?:[ \t]{{0,20}}{_IMAGE})*+")


def check(page: Page) -> Iterator[Finding]:
    """A finding for every run of images without a target, with an edit where nothing else is on the line."""
    for match in _IMAGES.finditer(page.text):
        span = Span(*match.span())
        message = Said("an image without a target", "リンク先のない画像")
        line = whole_line(page, span)
        yield Finding(CODE, span, message, Edit(line, "", CODE, message) if line else None)
