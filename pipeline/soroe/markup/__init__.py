"""What in a text is not prose: code, addresses, tags, link targets, front matter.

Rules never see it. They read the text with every such character masked, so that no pattern can match inside or across it.
"""

from __future__ import annotations

from soroe.markup.spans import MASK, Parts, masked
from soroe.text import Markup, Span

__all__ = ["MASK", "NO_DOCUTILS", "NO_MWPARSERFROMHELL", "Parts", "masked", "not_prose", "parts"]

NO_DOCUTILS = "reStructuredText is read with docutils, which is not installed: pip install 'soroe[rst]'"

NO_MWPARSERFROMHELL = "Wikitext is read with mwparserfromhell, which is not installed: pip install 'soroe[wiki]'"


def parts(text: str, markup: Markup = "plain") -> Parts:
    """What stands in a text beside its prose, and which of the prose is a key that an edit would break.

    >>> text = "[アルトマン]氏は`オートマン`と書いた。\\n\\n[アルトマン]: /people/1"
    >>> told = parts(text, "markdown")
    >>> [text[slice(*span)] for span in told.not_prose]
    ['`オートマン`', '[アルトマン]: /people/1']
    >>> [text[slice(*span)] for span in told.keys]
    ['アルトマン']
    """
    # A parser would take the mark for the first letter of the first line: no fence, no heading, no front matter.
    if text.startswith("\ufeff"):
        return _parts(text[1:], markup).behind_a_byte_order_mark()
    return _parts(text, markup)


def not_prose(text: str, markup: Markup = "plain") -> list[Span]:
    """The spans that no rule may read or touch, sorted and disjoint, in code points.

    >>> text = "詳細は https://example.com/news を参照。連絡は info@example.com まで。"
    >>> [text[slice(*span)] for span in not_prose(text)]
    ['https://example.com/news', 'info@example.com']
    """
    return parts(text, markup).not_prose


def _parts(text: str, markup: Markup) -> Parts:
    # A parser is imported where its markup is met: docutils takes longer than all the rest of soroe.
    if markup in ("markdown", "mdx"):
        from soroe.markup.markdown import markdown_parts

        return markdown_parts(text, is_mdx=markup == "mdx")
    if markup == "html":
        from soroe.markup.html import html_parts

        return html_parts(text)
    if markup == "rst":
        try:
            from soroe.markup.rst import rst_parts
        except ModuleNotFoundError:
            raise ModuleNotFoundError(NO_DOCUTILS) from None
        return rst_parts(text)
    if markup == "asciidoc":
        from soroe.markup.asciidoc import asciidoc_parts

        return asciidoc_parts(text)
    if markup == "wikitext":
        try:
            from soroe.markup.wikitext import wikitext_parts
        except ModuleNotFoundError:
            raise ModuleNotFoundError(NO_MWPARSERFROMHELL) from None
        return wikitext_parts(text)
    if markup == "fields":
        from soroe.markup.fields import fields_parts

        return fields_parts(text)
    from soroe.markup.plain import plain_parts

    return plain_parts(text)
