"""R308: です・ます mixed with である outside quotations is reported.   会社は成長した。社長は去りました。

A translator that sees one sentence at a time picks the style of each anew. One finding names all sentences of the rarer
style; which style the article wants, its editor knows, so nothing is changed. The span is the first of them.

Left alone: what stands in 「…」, (…) and "…", headings, lists, tables; endings of neither style (体言止め, でしょう, だろう,
ください); one stray sentence of the other style; a document in which a block of one style follows a block of the other
(an article and the note of its editor).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from soroe.messages import Said
from soroe.rules.lines import SourceLines, is_laid_out, line_span
from soroe.rules.page import Page
from soroe.text import Finding, Span

CODE = "R308"
SUMMARY_JA = "地の文に「です・ます」と「である」が混じることを知らせる"
BY_DEFAULT = False  # takes 3 per cent of a run's time

# Predicates and nothing else: 違い。, 近く。 and まつり。 are nouns, やめて。 is speech, 〜だろう。 and 〜でしょう。 go with both.
_POLITE = "です でした ます ました ません"
_AFTER_POLITE = ("", "か", "ね", "よ", "よね", "が")
_PLAIN = (
    "である であった という ない なかった いる いた だった れる れた せる せた なる なった する した ある あった える えた ける けた"
    " げる げた てる てた ねる ねた べる べた める めた じる じた きる きた ぎる ぎた びる びた りる りた った んだ いだ"
    " 来る 来た 見る 見た 出る 出た"
    " のだ ことだ ものだ ようだ そうだ わけだ はずだ ためだ だけだ からだ ばかりだ ほどだ ところだ"
)


def _by_last(endings: list[str]) -> dict[str, tuple[str, ...]]:
    """Endings by their last letter: `str.endswith` is asked of few."""
    found: dict[str, list[str]] = defaultdict(list)
    for ending in endings:
        found[ending[-1]].append(ending)
    return {last: tuple(endings) for last, endings in found.items()}


_ENDS_POLITE = _by_last([ending + after for ending in _POLITE.split() for after in _AFTER_POLITE])
_ENDS_PLAIN = _by_last(_PLAIN.split())
_QUICK_PLAIN = ("た。", "る。", "だ。", "い。", "という。")
_MARK = re.compile(r'[「『（(“」』）)”"。！？!?\n]')
_STOPS = frozenset("。！？!?")
_OPENING = frozenset("「『（(“")
_CLOSING = frozenset("」』）)”")
# One sentence of the other style is a caption, a greeting or a voice; two are a habit.
_FEWEST = 2
# An article and the note below it change style once, a note above and below twice.
_FEWEST_CHANGES = 3
_SHOWN = 10


class _Sentence(NamedTuple):
    start: int
    end: int
    is_polite: bool
    is_sure: bool


def check(page: Page) -> Iterator[Finding]:
    """One finding for a document that mixes the styles, at the first sentence of the rarer one."""
    if not _may_mix(page.text):
        return
    sentences = [*_sentences(page)]
    sure = [sentence.is_polite for sentence in sentences if sentence.is_sure]
    polite = sum(sure)
    changes = sum(one is not two for one, two in pairwise(sure))
    if min(polite, len(sure) - polite) < _FEWEST or changes < _FEWEST_CHANGES:
        return
    is_polite = 2 * polite <= len(sure)
    source = SourceLines(page)
    spans = [_stripped(page.text, sentence) for sentence in sentences if sentence.is_polite is is_polite]
    shown = [(source.number(Span(start, start + 1)), _beginning(page.text[start:end])) for start, end in spans[:_SHOWN]]
    named, named_ja = [f"line {line} {said}" for line, said in shown], [f"{line}行目 {said}" for line, said in shown]
    if len(spans) > _SHOWN:
        named.append(f"{len(spans) - _SHOWN} more")
        named_ja.append(f"ほか{len(spans) - _SHOWN}文")
    style, other = ("です・ます", "である") if is_polite else ("である", "です・ます")
    message = Said(
        f"{len(spans)} of {len(sentences)} sentences are in {style}, the others in {other}: {', '.join(named)}",
        f"{len(sentences)}文のうち{len(spans)}文が「{style}」、ほかは「{other}」: {'、'.join(named_ja)}",
    )
    yield Finding(CODE, spans[0], message)


def _may_mix(text: str) -> bool:
    """A quick look: many texts have too few sentences of one style, quotations and all."""
    polite = text.count("す。") + text.count("せん。")
    past = text.count("ました。") + text.count("でした。")
    return polite + past >= _FEWEST and sum(map(text.count, _QUICK_PLAIN)) - past >= _FEWEST


def _stripped(text: str, sentence: _Sentence) -> Span:
    bare = text[sentence.start : sentence.end].lstrip(" \u3000、")
    return Span(sentence.end - len(bare), sentence.end)


def _beginning(sentence: str) -> str:
    return sentence if len(sentence) <= 12 else f"{sentence[:12]}…"


def _sentences(page: Page) -> Iterator[_Sentence]:
    """The sentences outside quotations and brackets whose ending tells a style, in order.

    Not sure are those of a line on which a mark has lost its partner: …できません。私たちは別れた。" may be all speech.
    """
    text = page.text
    unsure = {line_span(text, at).start for at in page.quotes.unpaired}
    running = [pair for pair in page.quotes.pairs if "\n" in text[pair.opening : pair.closing]]
    line = begin = depth = 0
    is_straight = False
    is_prose: bool | None = None
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if mark in _STOPS:
            if depth or is_straight:
                continue
            is_polite = _style(text, begin, at)
            if is_polite is not None:
                if is_prose is None:
                    is_prose = not is_laid_out(text[line : line + 120])
                if is_prose:
                    yield _Sentence(begin, at + 1, is_polite, line not in unsure)
            begin = at + 1
        elif mark == "\n":
            line = begin = at + 1
            depth = sum(pair.opening < line <= pair.closing for pair in running) if running else 0
            is_straight, is_prose = False, None
        elif mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= depth > 0
        else:
            is_straight = not is_straight


def _style(text: str, begin: int, end: int) -> bool | None:
    """Whether the sentence is in です・ます; `None` where its ending does not tell."""
    last = text[end - 1] if end > begin else ""
    if text.endswith(_ENDS_POLITE.get(last, ()), begin, end):
        return True
    if text.endswith(_ENDS_PLAIN.get(last, ()), begin, end):
        return False
    return None
