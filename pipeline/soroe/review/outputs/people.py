"""Findings as people read them, on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from soroe.messages import Said, ja, told, visible
from soroe.review.excerpts import Excerpt, clipped, excerpt
from soroe.review.linted import Linted, Told, suggested
from soroe.review.outputs.shape import Look
from soroe.text import Edit

# A control character would steer the terminal.
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")

_NARROWEST = 40  # columns; on less, nothing could be shown around a name
_FIXABLE = Said("[fixable]", "[修正可]")
_NOTE, _HELP = Said("note", "注"), Said("help", "修正")
_BOLD, _RED, _CYAN, _GREEN = "1", "1;31", "36", "32"


def concise(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """A line a finding: ``news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]``."""
    for article in articles:
        for one in article.told():
            yield f"{_headline(article, one, look)}\n"


def full(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """The line of `concise`, the line of the text, carets under what is meant, and what it becomes.

    Of a row of a dump, the line is that of its text; in the row as it stands, escapes would hide it.
    """
    is_first = True
    columns = max(look.columns, _NARROWEST)
    for article in articles:
        for one in article.told():
            yield "" if is_first else "\n"
            is_first = False
            number = str(one.place.line)
            margin = " " * len(number)
            shown = excerpt(article.article.text, one.finding.span, columns - len(number) - 5)
            bar = _painted("|", _CYAN, look)
            yield f"{_headline(article, one, look)}\n"
            yield f"  {_painted(number, _CYAN, look)} {bar} {shown.line}".rstrip() + "\n"
            yield f"  {margin} {bar} {' ' * shown.column}{_painted('^' * shown.carets, _RED, look)}\n"
            for word, note in _notes(article, one, shown, columns - len(number) - 11):
                equals = _painted("=", _CYAN, look)
                head = _painted(f"{told(word, look.lang)}:", _BOLD, look)
                yield f"  {margin} {equals} {head} {told(note, look.lang)}\n"


def _headline(article: Linted, one: Told, look: Look) -> str:
    place, finding = one
    message = _CONTROL.sub(" ", finding.message)
    likely = suggested(finding, article.article.text)
    mark = (
        told(_FIXABLE, look.lang) if finding.edit else f"[--unsafe-fixes: {told(likely, look.lang)}]" if likely else ""
    )
    fixable = f" {_painted(mark, _CYAN, look)}" if mark else ""
    path, code = _painted(visible(article.article.source.shown), _BOLD, look), _painted(finding.code, _RED, look)
    return f"{path}:{place.line}:{place.column} {code} {message}{fixable}"


def _notes(article: Linted, one: Told, shown: Excerpt, columns: int) -> Iterator[tuple[Said, Said]]:
    if more := shown.more_lines:
        yield _NOTE, Said(f"goes on for {more} more line{'s' * (more > 1)}", f"あと{more}行続く")
    if edit := one.finding.edit:
        what = _help(article, one, edit)
        yield _HELP, Said(clipped(what, columns), clipped(ja(what), columns))


def _help(article: Linted, one: Told, edit: Edit) -> str:
    """What comes in the place of what the carets mark; where the edit has a place of its own, of what that is."""
    after = visible(edit.after, spaces=not edit.after.strip())
    if edit.span == one.finding.span:
        return after or Said("remove it", "削除")
    before = article.article.text[slice(*edit.span)]
    shown = visible(before, spaces=not before.strip())
    return f"{shown} → {after}" if after else Said(f"{shown} → nothing", f"{shown} → 削除")


def _painted(text: str, colour: str, look: Look) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if look.colour else text
