"""P204: a space before 氏 goes, and one inside a Japanese sentence.   Musk 氏 → Musk氏, 会社。 彼は → 会社。彼は

Translation systems put spaces where their source had them. Before 氏 and さん after a name, after 、 and 。, and
after a particle in a sentence that has no other, a half-width space is never meant.

Left alone: full-width spaces (indents, 山田　太郎), OpenAI の (a house style, and then Musk 氏 with it), マーク
ザッカーバーグ, headings, tables and lists, え？ そう, texts for children (きょうは いい てんき), 明石家 さんま, 氏
名.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import regex

from soroe.messages import Said
from soroe.rules.lines import lines_with
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P204"
SUMMARY_JA = "「氏」の前や文中の空白を除く"
SIGNS = " "

_KATAKANA = r"[ァ-ヺー・]"
_LETTER = r"[ぁ-ゖァ-ヺー\p{Han}々]"
# What may follow an honorific: not さんま, 氏族, 様子, 君主.
_ENDS = r"(?=[はがをにのともへでやらかだだじ、。，．）」』（)(\s：:・]|から|まで|より|\Z)"
_HONORIFIC = regex.compile(
    rf"(?<={_KATAKANA}|(?P<latin>\p{{Latin}})|\p{{Han}})[ ]++"
    rf"(?P<honorific>氏(?![\p{{Han}}\s]|\Z)|(?:さん|さま|ちゃん|くん|様|殿){_ENDS})"
)
_AFTER_MARK = regex.compile(r"(?<=[ぁ-ゖァ-ヺー\p{Han}々」』）][、。])[ ]++(?=[ぁ-ゖァ-ヺ\p{Han}「『（])")
_BETWEEN = regex.compile(rf"(?<={_LETTER})[ ]++(?={_LETTER})")
# を, は … after a word that is not itself hiragana: 会社を 設立, not むかし むかし.
_AFTER_PARTICLE = regex.compile(
    r"(?<=[ァ-ヺー\p{Han}々」』）\p{Latin}\p{N}][をはがにのでとへも])[ ]++(?=[ァ-ヺ\p{Han}「『])"
)
_LATIN_BORDER = regex.compile(rf"\p{{Latin}}(?P<space>[ ]?){_LETTER}|{_LETTER}(?P<space>[ ]?)\p{{Latin}}")
# What a line has that anything here can be said of: most spaces stand between Latin words.
_SPACE = re.compile(r" (?:(?<=[、。をはがにのでとへも].)|(?=[氏さちく様殿]))")
_ITEM = regex.compile(r"\s{0,8}(?:[#>|+*・●○■□◆◇▼▲★☆※→▪-]|[0-9０-９]{1,3}[.．)）:：])")
_GAPS = ("\t", " | ", "   ")
_ROW = regex.compile(r"\s{0,8}[^\n]{0,200}(?:\t|[ ][|][ ]|[ ]{3})")
_SENTENCE = regex.compile(r"[。！？][」』）]?\s*\Z")
# きょうは いい てんきです。 has a space every five letters; a slip stands once in fifty.
_LETTERS_TO_A_SPACE = 50
_LETTERS = regex.compile(_LETTER)


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every space that no Japanese text means."""
    text = page.text
    lines = lines_with(text, _SPACE)
    if not lines:
        return
    latin_is_spaced = _once(_latin_is_spaced, text)
    spaces_are_slips = _once(_spaces_are_slips, text)
    for line in lines:
        for match in _HONORIFIC.finditer(text, *line):
            if not (match["latin"] and latin_is_spaced()):
                honorific = match["honorific"]
                why = Said(f"a space before {honorific}", f"「{honorific}」の前の空白")
                yield _gone(Span(match.start(), match.start("honorific")), why)
        if _is_laid_out(text[slice(*line)]):
            continue
        for match in _AFTER_MARK.finditer(text, *line):
            mark = text[match.start() - 1]
            yield _gone(Span(*match.span()), Said(f"a space after {mark}", f"{mark} の後の空白"))
        if _SENTENCE.search(text, max(line.start, line.end - 8), line.end) and len(_BETWEEN.findall(text, *line)) == 1:
            for match in _AFTER_PARTICLE.finditer(text, *line):
                if spaces_are_slips():
                    yield _gone(Span(*match.span()), Said("a space inside a sentence", "文中の空白"))


def _is_laid_out(line: str) -> bool:
    return bool(_ITEM.match(line) or (any(gap in line for gap in _GAPS) and _ROW.match(line)))


def _once(ask: Callable[[str], bool], text: str) -> Callable[[], bool]:
    """The question, asked of the whole text when it first matters, and not again."""
    return cache(lambda: ask(text))


def _latin_is_spaced(text: str) -> bool:
    """Whether the text sets a space between Latin letters and Japanese, as some houses do."""
    spaced = close = 0
    for match in _LATIN_BORDER.finditer(text, overlapped=True):
        spaced, close = spaced + bool(match["space"]), close + (not match["space"])
    return spaced > max(2, close)


def _spaces_are_slips(text: str) -> bool:
    return len(_BETWEEN.findall(text)) * _LETTERS_TO_A_SPACE <= len(_LETTERS.findall(text))


def _gone(span: Span, why: Said) -> Finding:
    return Finding(CODE, span, why, Edit(span, "", CODE, why))
