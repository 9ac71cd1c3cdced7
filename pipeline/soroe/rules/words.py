"""Words that one text writes in more than one way: how they are counted, and how the counts are judged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from threading import local
from typing import NamedTuple

import regex

from soroe.messages import Said
from soroe.text import Span
from soroe.tokens import Fugashi, Token

_TITLES = {"『": "』", "《": "》", "〈": "〉", "「": "」", "“": "”", "【": "】", '"': '"'}
_LONGEST_TITLE = 30
_NEAR = 200
# 「バイオリンとも書く」, 「ボイラと表記される」, 「イスラームという語」
_OF_SPELLINGS = re.compile("表記|発音|綴|つづり|音訳|転写|長音|別名|別称|通称|呼称|旧称|旧名|語源|外来語")
_CALLED = re.compile(
    "[^。、\\n]{0,8}?と(?:も|は)?(?:い[うわっ]|[言書呼称訳記])|[^。\\n]{0,40}?とも(?:い[うわ]|[言書呼称訳記])"
)
# イスラム主義またはイスラーム主義, ボーカル、ヴォーカル
_OR_ELSE = regex.compile(
    r"\p{Han}{0,4}[\s「」『』（）()、,/／]*(?:または|又は|あるいは|或いは|もしくは|および|及び|とも|[やかと→])?[\s「」『』（）()、,/／]*"
)


class Word(NamedTuple):
    """A word, however it is written: its entry in the dictionary, and what its writings have in common."""

    lemma: str
    common: str


class Use(NamedTuple):
    """Where a word stands, and whether as a part of a longer word (サーバ in ファイルサーバ)."""

    span: Span
    is_part: bool = False


Ways = dict[str, list[Use]]
Words = dict[Word, Ways]


def gathered(uses: Iterable[tuple[Word, str, Use]]) -> Words:
    """Every word with its ways of writing, and where it is written so."""
    words: defaultdict[Word, Ways] = defaultdict(dict)
    for word, spelling, use in uses:
        words[word].setdefault(spelling, []).append(use)
    return dict(words)


def counts(ways: Ways) -> dict[str, int]:
    """How often a word is written in each way, the most frequent first."""
    found = {spelling: len(uses) for spelling, uses in ways.items()}
    return dict(sorted(found.items(), key=lambda spelt: -spelt[1]))


def counted_out(counted: Mapping[str, int]) -> Said:
    """The ways with their counts, as a part of a sentence.

    >>> counted_out({"サーバー": 3, "サーバ": 1}), counted_out({"サーバー": 3, "サーバ": 1}).ja
    ('サーバー 3×, サーバ 1×', 'サーバー 3回、サーバ 1回')
    """
    en = ", ".join(f"{way} {count}×" for way, count in counted.items())
    return Said(en, "、".join(f"{way} {count}回" for way, count in counted.items()))


def majority(counted: Mapping[str, int]) -> str | None:
    """The way that is more frequent than any other, if there is one; counts of many texts may be added up first.

    >>> majority({"サーバー": 3, "サーバ": 1}), majority({"サーバー": 1, "サーバ": 1})
    ('サーバー', None)
    """
    most = max(counted.values(), default=0)
    best = [spelling for spelling, count in counted.items() if count == most]
    return best[0] if len(best) == 1 else None


_taggers = local()


def tokens(text: str) -> Iterable[Token]:
    """The words of a text as MeCab cuts them; each thread has its tagger."""
    if not hasattr(_taggers, "tagger"):
        _taggers.tagger = Fugashi()
    tagger: Fugashi = _taggers.tagger
    return tagger.tokens(text)


def is_in_title(text: str, span: Span) -> bool:
    """Whether a word stands in a short quotation that is no sentence: 『ヴァイオリン入門』.

    >>> is_in_title("『音の本』を読む。", Span(1, 2)), is_in_title("「本を、読む」と言う。", Span(1, 2))
    (True, False)
    """
    line = line_around(text, span)
    return any(_is_inside(text, line, span, *marks) for marks in _TITLES.items())


def _is_inside(text: str, line: Span, span: Span, opening: str, closing: str) -> bool:
    at = text.rfind(opening, line.start, span.start)
    if at < 0 or closing in text[at + 1 : span.start]:
        return False
    to = text.find(closing, span.end, line.end)
    if to < 0 or to - at > _LONGEST_TITLE:
        return False
    return opening == "『" or not any(mark in text[at:to] for mark in "。、")


def tells_of(text: str, ways: Ways) -> bool:
    """Whether the text speaks of a way of writing, or gives two side by side as names of one thing."""
    places = sorted((use.span, spelling) for spelling, uses in ways.items() for use in uses)
    for (before, one), (after, other) in pairwise(places):
        if one != other and _OR_ELSE.fullmatch(text, before.end, after.start):
            return True
    return any(_CALLED.match(text, span.end) or _OF_SPELLINGS.search(_sentence(text, span)) for span, _ in places)


def _sentence(text: str, span: Span) -> str:
    line = line_around(text, span)
    start = max(line.start, text.rfind("。", line.start, span.start) + 1)
    end = text.find("。", span.end, line.end)
    return text[start : line.end if end < 0 else end]


def line_around(text: str, span: Span) -> Span:
    """The line that a word stands on, or what of it stands near: a line may be as long as a book."""
    first, last = max(0, span.start - _NEAR), min(len(text), span.end + _NEAR)
    start, end = text.rfind("\n", first, span.start), text.find("\n", span.end, last)
    return Span(first if start < 0 else start + 1, last if end < 0 else end)
