"""W503: a word that other texts of the project spell another way is reported.   コンピュータ: コンピューター in 10 of 11 texts

It needs all texts before it can say anything: `soroe lint` tells it when the last one is read, and a run or an editor, which look
at one text at a time, do not. The words are those of W501 (コンピュータ, コンピューター) and W502 (行なう, 行う), counted by texts. Where
three quarters of the texts or more write one spelling, every text with another is told of it once, at the first place; where
fewer do, the word is told once in all, with how many write what, and a person decides. Nothing is changed.

Left alone, and not counted: a text that spells the word in both ways, which is for W501 and W502 to tell; one that speaks of the
spelling (バイオリンとも書く); what else those two rules leave alone, such as titles and names; a single kanji (光, 光り); a spelling in
your `--names` or `--apart`; what a comment keeps from W503, texts whose settings do not select it, and files that cannot be read.

Names are not compared: アルトマン of one text and オルトマン of another may be two people, and no text tells. Full names are made one
over many texts by `soroe run --scope corpus`, and told by `soroe lint --survey` with the survey of such a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from soroe.messages import Said
from soroe.rules import w501_loanword_spelt_two_ways as w501
from soroe.rules import w502_okurigana_two_ways as w502
from soroe.rules.page import Page
from soroe.rules.words import Ways, tells_of
from soroe.text import Finding, Span, Tells

CODE = "W503"
SUMMARY_JA = "ほかの文書の多くと表記の異なる語を知らせる"
BY_DEFAULT = False  # cuts the whole text into words, as W502 does

# The share of the texts that hold the word. Of the words that 636 machine-translated articles and 2,113 texts by people spell in two
# ways (110), the majority of a random half of their texts is that of the other half in 94 per cent from here on, in 59 below.
_CLEAR = 3 / 4


def tells(page: Page) -> Tells:
    """How a text spells its words, those that it spells in one way; by the rule whose word it is, its entry and its kind.

    >>> from soroe.engine import Pipeline
    >>> from soroe.settings import Settings
    >>> Pipeline(Settings(select=("W503",))).clean("サーバが2台ある。").tells["W503"]
    {'W501\\tサーバー-server\\tサーバ': {'サーバ': [1, 0, 0, 3]}}
    """
    text = page.text
    apart = frozenset(spelling for pair in page.lexicon.apart for spelling in pair)
    titled = w501.titled(text)
    found: Tells = {}
    for word, ways in w501.count(text).items():
        ways = w501.comparable(ways)
        if len(ways) == 1 and not w501.is_name(page, ways, titled):
            _say(page, f"{w501.CODE}\t{word.lemma}\t{word.common}", ways, apart, found)
    for word, ways in w502.count(text).items():
        two = w502.of_one_word(ways)
        # 光 and 光り, 平 and 平ら are as often two words as one.
        ways = {spelling: uses for spelling, uses in ways.items() if spelling not in two and len(spelling) > 1}
        _say(page, f"{w502.CODE}\t{word.lemma}\t{word.common}", ways, apart, found)
    return found


def _say(page: Page, group: str, ways: Ways, apart: frozenset[str], found: Tells) -> None:
    """Puts what there is to say of a word's spellings with what was found."""
    if tells_of(page.text, ways):
        return
    for spelling, uses in ways.items():
        if spelling in apart or spelling in page.lexicon.names:
            continue
        if page.suppressions.all:
            uses = [use for use in uses if not page.suppresses(Finding(CODE, use.span, ""))]
        if not uses:
            continue
        parts = sum(use.is_part for use in uses)
        spans = [span for _, span in sorted((use.is_part, use.span) for use in uses)]
        found.setdefault(group, {})[spelling] = [len(uses) - parts, parts, *_first(page, spans)]


def _first(page: Page, spans: Sequence[Span]) -> Span:
    """Where in the source the first of the places is that stands there as it is, or the first of all."""
    document = page.document
    for span in spans if document.edits else ():
        origin = document.origin(span)
        if document.source[slice(*origin)] == page.text[slice(*span)]:
            return origin
    return document.origin(spans[0])


class Count(NamedTuple):
    """How many texts write a spelling, and how often."""

    texts: int
    mentions: int


Places = Mapping[int, list[int]]


def compare(texts: Sequence[Tells]) -> Iterator[tuple[int, Finding]]:
    """What the texts' `tells` come to: the place of a text among them, and a finding in it.

    >>> said = [{"word": {"サーバ": [1, 0, 0, 3]}}] + [{"word": {"サーバー": [1, 0, 0, 4]}}] * 3
    >>> [(at, finding.message) for at, finding in compare(said)]
    [(0, 'サーバ: サーバー in 3 of 4 texts')]
    """
    for group, ways in _spelt_two_ways(texts).items():
        ways = _comparable(group, ways)
        counted = {spelling: _count(places) for spelling, places in ways.items()}
        for spelling, places in ways.items():
            others = [other for other in ways if other != spelling and _is_one_word(group, spelling, other)]
            if not others:
                continue
            ranked = sorted((spelling, *others), key=lambda one: (-counted[one].texts, -counted[one].mentions, one))
            best, total = ranked[0], sum(counted[one].texts for one in ranked)
            if counted[best].texts >= _CLEAR * total:
                most = counted[best].texts
                message = Said(
                    f"{spelling}: {best} in {most} of {total} texts", f"{spelling}: {total}文書中{most}文書では{best}"
                )
                told: Iterable[int] = places if spelling != best else ()
            else:
                each = ", ".join(f"{one} in {counted[one].texts}" for one in ranked)
                each_ja = "、".join(f"{one} {counted[one].texts}文書" for one in ranked)
                message = Said(
                    f"one word is spelt in more than one way over {total} texts: {each}",
                    f"{total}文書の間での表記揺れ: {each_ja}",
                )
                told = [min(places)] if spelling == ranked[-1] else ()
            for at in told:
                _, _, start, end = places[at]
                yield at, Finding(CODE, Span(start, end), message)


def _spelt_two_ways(texts: Sequence[Tells]) -> dict[str, dict[str, Places]]:
    """The words that the texts spell in more than one way: of each spelling, what which text says."""
    spelt: dict[str, str] = {}
    several: dict[str, dict[str, dict[int, list[int]]]] = {}
    for said in texts:
        for group, ways in said.items():
            for spelling in ways:
                if spelt.setdefault(group, spelling) != spelling:
                    several[group] = {}
    for at, said in enumerate(texts):
        for group in several.keys() & said.keys():
            for spelling, one in said[group].items():
                several[group].setdefault(spelling, {})[at] = one
    return {group: dict(ways) for group, ways in several.items()}


def _comparable(group: str, ways: dict[str, Places]) -> dict[str, Places]:
    """The loanwords that stand alone, unless all differ in ー and ヴ alone, as in W501; other words as they are."""
    if not group.startswith(w501.CODE) or len({w501.bare(spelling) for spelling in ways}) == 1:
        return ways
    alone = {spelling: {at: said for at, said in places.items() if said[0]} for spelling, places in ways.items()}
    return {spelling: places for spelling, places in alone.items() if places}


def _is_one_word(group: str, one: str, other: str) -> bool:
    return not group.startswith(w502.CODE) or w502.differ_in_kana(one, other)


def _count(places: Places) -> Count:
    return Count(len(places), sum(alone + parts for alone, parts, _, _ in places.values()))
