"""Words that one text writes in more than one way: how they are counted, and how the counts are judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import local
from typing import NamedTuple

from soroe.text import Span
from soroe.tokens import Fugashi, Token


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
