"""R310: text left in the source language is reported.   会社は倒れた。He has not said why. → 会社は倒れた。⟦He has not said why.⟧

A translator skips a sentence, or begins to talk of its task. Called are whole sentences in English, Chinese and Korean,
and letters that only Chinese writes (对, 认, 们) among kana. What it should say, only a translation tells, so nothing is
changed.

Left alone: a text that is not Japanese to begin with; what stands in quotation marks or brackets; titles, names, single
words; lists, tables, verse and anything that no full stop ends; 刘 in 簡体字：刘.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from soroe.messages import Said, ja
from soroe.names.chinese import chinese_only
from soroe.rules.lines import is_laid_out, line_span, lines_with
from soroe.rules.page import Page
from soroe.rules.quotes import MARKS
from soroe.text import Finding, Span

CODE = "R310"
SUMMARY_JA = "原文の言語のまま残った文を知らせる"

_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")
_ENGLISH = re.compile(
    r"(?<![A-Za-z.])[A-Z][A-Za-z'’]*,?(?: [A-Za-z0-9'’%$€£.-]*[A-Za-z0-9'’%],?){3,80}[.!?](?![A-Za-z0-9.])"
)
_IN_ENGLISH = re.compile(" (?=[a-z]{1,20} [a-z]{1,20} [a-z])")
# A sentence has a verb, or who does something; The University of the Arts and The Art of War have neither.
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|may|must|do|does|did|said|says|be|been|am)\b"
    r"|(?:n't|'m|'re|'ve|n’t|’m|’re|’ve)\b|\A(?:And |But )?(?:[Hh]e|[Ss]he|[Tt]hey|[Ww]e|[Yy]ou|[Ii]t|I|Please)\b"
)
_FUNCTION = re.compile(
    r"\b(?:the|a|an|of|to|in|on|that|this|it|he|she|they|we|I|you|and|for|with|not|his|her|their|as|by)\b"
)
_WITHOUT_KANA = r"[^ぁ-ゖァ-ヺｦ-ﾟ。！？\n]{6,200}[。！？]"
# Two patterns that each begin with one letter are found ten times faster than one.
_NO_KANA = re.compile(rf"\n(?={_WITHOUT_KANA})"), re.compile(rf"。(?={_WITHOUT_KANA})")
_SENTENCE = re.compile(_WITHOUT_KANA)
# 的中, 是非, 終了, 存在 are Japanese words: letters of both count only beside one that Japanese has none of.
_CHINESE_WORD = re.compile("[的了是在他就被把我不也和有]")
_ALONE = "這你她嗎呢吧們沒"
_CHINESE_ALONE = re.compile(f"[{_ALONE}]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KOREAN = re.compile("(?:[가-힣]+[,、]? )*[가-힣]+[다요까죠][.!?。]")
_BESIDE_KANA = 3
_ENGLISH_ITSELF, _CHINESE_ITSELF, _KOREAN_ITSELF = (
    Said("English", "英語"),
    Said("Chinese", "中国語"),
    Said("Korean", "韓国語"),
)
_OF_CHINESE = re.compile("中国語|簡体|繁体|拼音|ピンイン")  # 中国語:对は…: such a line tells how Chinese is written


def check(page: Page) -> Iterator[Finding]:
    """A finding for every sentence, and every letter, that is not Japanese in a text that is."""
    text = page.text
    found = [*_english(text)]
    if _foreign().search(text):
        found += [*_chinese(text), *_korean(text)]
    if not found or not _is_japanese(text, [span for span, _ in found if span.end - span.start > 1]):
        return
    for span, language in found:
        if not _is_held(text, span):
            left = text[slice(*span)][:30]
            yield Finding(CODE, span, Said(f"left in {language}: {left}", f"{ja(language)}のまま: {left}"))


@cache
def _foreign() -> re.Pattern[str]:
    """Letters without which nothing is Chinese or Korean here."""
    return re.compile(f"{chinese_only().pattern[:-1]}{_ALONE}다요까죠]")


def _is_japanese(text: str, sentences: list[Span]) -> bool:
    """Whether the text is Japanese but for these sentences: no lesson, no page in two languages side by side."""
    latin = len(_LATIN.findall(text)) - sum(len(_LATIN.findall(text, *span)) for span in sentences)
    stops = text.count("。") - sum(text.count("。", *span) for span in sentences)
    return latin <= 2 * len(_KANA.findall(text)) and stops > len(sentences)


def _is_held(text: str, span: Span) -> bool:
    """Whether the span stands in a quotation, a bracket or a list, or is spoken of."""
    start, end = line_span(text, span.start)
    if is_laid_out(text[start:end]):
        return True
    before, inside, after = text[start : span.start], text[slice(*span)], text[span.end : end]
    opens = max(before.rfind(mark) for mark in "「『（(“【《〈")
    closes = max(before.rfind(mark) for mark in "」』）)”】》〉")
    if opens > closes or before.count('"') % 2:
        return True
    # She has gone.は「彼女は行った」という意味だ speaks of English.
    is_word = inside[-1] in ".!?" and after[:1] in set("はがをのとにもで、")
    return is_word or after[:1] in set(MARKS) or any(mark in inside for mark in MARKS)


def _english(text: str) -> Iterator[tuple[Span, Said]]:
    for line in lines_with(text, _IN_ENGLISH):
        for match in _ENGLISH.finditer(text, *line):
            words = match[0].split(" ")
            lower = sum(word[:1].islower() for word in words)
            if 2 * lower > len(words) and _VERB.search(match[0]) and _FUNCTION.search(match[0]):
                yield Span(*match.span()), _ENGLISH_ITSELF


def _chinese(text: str) -> Iterator[tuple[Span, Said]]:
    sentences: list[Span] = []
    for pattern in _NO_KANA:
        for match in pattern.finditer(f"\n{text}"):
            found = _SENTENCE.match(text, match.start())
            if found and _is_chinese(found[0]):
                sentences.append(Span(*found.span()))
    for span in sorted(sentences):
        yield span, _CHINESE_ITSELF
    for match in chinese_only().finditer(text):
        at = match.start()
        around = text[max(0, at - _BESIDE_KANA) : at + _BESIDE_KANA + 1]
        if any(span.start <= at < span.end for span in sentences) or not _KANA.search(around):
            continue
        if not _OF_CHINESE.search(text, *line_span(text, at)):
            yield Span(*match.span()), _CHINESE_ITSELF


def _is_chinese(sentence: str) -> bool:
    """Whether a sentence without kana is Chinese: 他说，会议已经结束了。 but not 東京都知事選挙、本日投開票。"""
    alone = {*_CHINESE_ALONE.findall(sentence), *chinese_only().findall(sentence)}
    words = alone.union(_CHINESE_WORD.findall(sentence))
    return bool(alone) and len(words) >= 2 and 2 * len(_HAN.findall(sentence)) > len(sentence)


def _korean(text: str) -> Iterator[tuple[Span, Said]]:
    for match in _KOREAN.finditer(text):
        yield Span(*match.span()), _KOREAN_ITSELF
