"""R308: です・ます mixed with である outside quotations is reported.   会社は成長した。社長は去りました。

A translator that sees one sentence at a time picks the style of each anew. One finding names all sentences of the rarer
style; which style the article wants, its editor knows, so nothing is changed. The span is the first of them.

Left alone: what stands in 「…」, (…) and "…", headings, lists, tables; endings of neither style (体言止め, でしょう, だろう,
ください) and cries (やった！); one stray sentence of the other style; a document in which a block of one style follows a
block of the other (an article and the note of its editor).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import ne

from soroe.messages import Said
from soroe.rules.lines import SourceLines, line_span, lines_of_prose
from soroe.rules.page import Page
from soroe.text import Finding, Span

CODE = "R308"
SUMMARY_JA = "地の文に「です・ます」と「である」が混じることを知らせる"

# Predicates and nothing else: 違い。, 近く。 and まつり。 are nouns, やめて。 is speech, 〜だろう。 and 〜でしょう。 go with both.
_POLITE = "です でした ます ました ません"
_AFTER_POLITE = ("", "か", "ね", "よ", "よね", "が")
_PLAIN = (
    "である であった という ない なかった いる いた だった れる れた せる せた なる なった する した ある あった える えた ける けた"
    " げる げた てる てた ねる ねた べる べた める めた じる じた きる きた ぎる ぎた びる びた りる りた った んだ いだ"
    " 来る 来た 見る 見た 出る 出た"
    " のだ ことだ ものだ ようだ そうだ わけだ はずだ ためだ だけだ からだ ばかりだ ほどだ ところだ"
)
# Every ending, and whether it is polite; した is the end of ました and でした too.
_STYLES = dict.fromkeys(_PLAIN.split(), False) | {
    ending + after: True for ending in _POLITE.split() for after in _AFTER_POLITE
}
del _STYLES["した"]
_LENGTHS = sorted({len(ending) for ending in _STYLES})
_STOPS = frozenset("。！？!?")
_BLANK = " \u3000、"
_OPENING = "「『（(“"
_CLOSING = "」』）)”"
# One sentence of the other style is a caption, a greeting or a voice; two are a habit.
_FEWEST = 2
# An article and the note below it change style once, a note above and below twice.
_FEWEST_CHANGES = 3
_SHOWN = 10


# Where a sentence begins and ends, whether it is in です・ます, and whether it is sure to be no speech.
_Sentence = tuple[int, int, bool, bool]


def check(page: Page) -> Iterator[Finding]:
    """One finding for a document that mixes the styles, at the first sentence of the rarer one."""
    if not _may_mix(page.text):
        return
    sentences = _sentences(page)
    sure = [is_polite for _, _, is_polite, is_sure in sentences if is_sure]
    polite = sum(sure)
    if min(polite, len(sure) - polite) < _FEWEST or sum(map(ne, sure, sure[1:])) < _FEWEST_CHANGES:
        return
    is_polite = 2 * polite <= len(sure)
    rarer = [(begin, end) for begin, end, polite_too, _ in sentences if polite_too is is_polite]
    source = SourceLines(page)
    spans = [_stripped(page.text, begin, end) for begin, end in rarer[:_SHOWN]]
    shown = [(source.number(Span(start, start + 1)), _beginning(page.text[start:end])) for start, end in spans]
    named, named_ja = [f"line {line} {said}" for line, said in shown], [f"{line}行目 {said}" for line, said in shown]
    if len(rarer) > _SHOWN:
        named.append(f"{len(rarer) - _SHOWN} more")
        named_ja.append(f"ほか{len(rarer) - _SHOWN}文")
    style, other = ("です・ます", "である") if is_polite else ("である", "です・ます")
    message = Said(
        f"{len(rarer)} of {len(sentences)} sentences are in {style}, the others in {other}: {', '.join(named)}",
        f"{len(sentences)}文のうち{len(rarer)}文が「{style}」、ほかは「{other}」: {'、'.join(named_ja)}",
    )
    yield Finding(CODE, spans[0], message)


def _stripped(text: str, begin: int, end: int) -> Span:
    return Span(end - len(text[begin:end].lstrip(_BLANK)), end)


def _beginning(sentence: str) -> str:
    return sentence if len(sentence) <= 12 else f"{sentence[:12]}…"


def _may_mix(text: str) -> bool:
    """A quick look: most texts that are not in です・ます have none of it, quotations and all."""
    polite = text.count("す。")
    return polite >= _FEWEST or polite + sum(map(text.count, ("ました。", "でした。", "せん。"))) >= _FEWEST


def _sentences(page: Page) -> list[_Sentence]:
    """The sentences outside quotations and brackets whose ending tells a style, in order.

    Not sure are those of a line on which a mark has lost its partner: …できません。私たちは別れた。" may be all speech.
    """
    held, unsure = _held(page)
    some_run_on = page.text.count("「") != page.text.count("」")
    found: list[_Sentence] = []
    next_held = reach = 0  # what is held so far reaches to there
    for line, at, sentences in lines_of_prose(page):
        is_sure = at not in unsure
        for begin, end in sentences:
            # 「行きます。 of a quotation whose every paragraph opens: the rest of the line is of it too.
            if some_run_on and line.count("「", begin, end) > line.count("」", begin, end):
                break
            if line[end - 1] == '"' and end - begin > 1:  # …と述べた。"同社は…": it may as well open the next sentence
                end -= 1
            stop = end - 1
            if line[stop] not in _STOPS:
                continue
            is_polite = _style(line, begin, stop)
            if is_polite is None and line[stop - 1] in _STOPS:
                while stop > begin and line[stop - 1] in _STOPS:
                    stop -= 1
                is_polite = _style(line, begin, stop)
            if is_polite is None or not (is_polite or line[stop] == "。"):
                continue
            while next_held < len(held) and held[next_held][0] < at + stop:
                reach = max(reach, held[next_held][1])
                next_held += 1
            if at + stop > reach:
                found.append((at + begin, at + end, is_polite, is_sure))
    return found


def _held(page: Page) -> tuple[list[tuple[int, int]], set[int]]:
    """What is quoted where a sentence by itself does not tell, and where the lines with marks that lost their partners begin.

    That is a quotation over several lines or in straight marks, and the line behind a mark that opens and is never closed.
    """
    text = page.text
    held = [
        (pair.opening, pair.closing)
        for pair in page.quotes.pairs
        if text[pair.opening] not in _OPENING or "\n" in text[pair.opening : pair.closing]
    ]
    unsure: set[int] = set()
    for at in page.quotes.unpaired:
        start, end = line_span(text, at)
        unsure.add(end - len(text[start:end].lstrip()))
        if text[at] not in _CLOSING:
            held.append((at, end))
    return sorted(held), unsure


def _style(line: str, begin: int, end: int) -> bool | None:
    """Whether the sentence is in です・ます; `None` where its ending does not tell."""
    for length in _LENGTHS:
        is_polite = _STYLES.get(line[max(begin, end - length) : end])
        if is_polite is not None:
            return is_polite
    return False if line.endswith("した", begin, end) else None
