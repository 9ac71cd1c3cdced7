"""Findings as people read them, on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from soroe.messages import visible
from soroe.review.excerpts import Excerpt, clipped, excerpt
from soroe.review.linted import Linted, Told
from soroe.review.outputs.shape import Look
from soroe.text import Edit

# A control character would steer the terminal.
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")

_NARROWEST = 40  # columns; on less, nothing could be shown around a name
_BOLD, _RED, _CYAN, _GREEN = "1", "1;31", "36", "32"


def concise(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """A line a finding: ``news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]``."""
    for article in articles:
        for told in article.told():
            yield f"{_headline(article, told, look)}\n"


def full(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """The line of `concise`, the line of the text, carets under what is meant, and what it becomes.

    Of a row of a dump, the line is that of its text; in the row as it stands, escapes would hide it.
    """
    is_first = True
    columns = max(look.columns, _NARROWEST)
    for article in articles:
        for told in article.told():
            yield "" if is_first else "\n"
            is_first = False
            number = str(told.place.line)
            margin = " " * len(number)
            shown = excerpt(article.article.text, told.finding.span, columns - len(number) - 5)
            bar = _painted("|", _CYAN, look)
            yield f"{_headline(article, told, look)}\n"
            yield f"  {_painted(number, _CYAN, look)} {bar} {shown.line}".rstrip() + "\n"
            yield f"  {margin} {bar} {' ' * shown.column}{_painted('^' * shown.carets, _RED, look)}\n"
            for word, note in _notes(article, told, shown, columns - len(number) - 11):
                equals = _painted("=", _CYAN, look)
                yield f"  {margin} {equals} {_painted(f'{word}:', _BOLD, look)} {note}\n"


def _headline(article: Linted, told: Told, look: Look) -> str:
    place, finding = told
    message = _CONTROL.sub(" ", finding.message)
    fixable = f" {_painted('[fixable]', _CYAN, look)}" if finding.edit else ""
    path, code = _painted(visible(article.article.source.shown), _BOLD, look), _painted(finding.code, _RED, look)
    return f"{path}:{place.line}:{place.column} {code} {message}{fixable}"


def _notes(article: Linted, told: Told, shown: Excerpt, columns: int) -> Iterator[tuple[str, str]]:
    if shown.more_lines:
        yield "note", f"goes on for {shown.more_lines} more line{'s' * (shown.more_lines > 1)}"
    if edit := told.finding.edit:
        yield "help", clipped(_help(article, told, edit), columns)


def _help(article: Linted, told: Told, edit: Edit) -> str:
    """What comes in the place of what the carets mark; where the edit has a place of its own, of what that is."""
    after = visible(edit.after, spaces=not edit.after.strip())
    if edit.span == told.finding.span:
        return after or "remove it"
    before = article.article.text[slice(*edit.span)]
    return f"{visible(before, spaces=not before.strip())} → {after or 'nothing'}"


def _painted(text: str, colour: str, look: Look) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if look.colour else text
