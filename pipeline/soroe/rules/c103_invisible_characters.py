"""C103: zero-width and control characters go.   アルト⟦U+200B⟧マン → アルトマン

No one sees them, and no search finds the word that holds one. They come from web pages, PDF extraction and copied
markup: zero-width spaces, soft hyphens, byte order marks inside a text, NUL and other control characters, terminal
colours, bidi marks in text that has nothing to turn.

Left alone: the mark at the start of a file, CRLF, the joiner of an emoji (👩‍💻), U+200C and U+200B where Persian,
Hindi, Thai or another script needs them, bidi marks in a line with Hebrew or Arabic. Reported only: lone surrogates,
C1 controls (what is left of wrongly decoded letters), vertical tabs, form feeds and other line ends between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

from soroe.messages import Said, ja
from soroe.rules.lines import line_span
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "C103"
SUMMARY_JA = "目に見えない文字や制御文字を除く"

_SUSPECT = regex.compile(
    r"""
      (?P<colour>\x1b\[[0-9;]{0,20}[A-Za-z])
    | (?P<control>[\x00-\x08\x0e-\x1f\x7f]++)
    | (?P<joiner>[\u200b-\u200d\u2060\ufeff\u00ad]++)
    | (?P<bidi>[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]++)
    | (?P<line>[\x0b\x0c\x85\u2028\u2029]++)
    | (?P<broken>[\x80-\x84\x86-\x9f]++)
    | (?P<surrogate>[\ud800-\udfff]++)
    """,
    regex.VERBOSE,
)
_SIGNS = (
    (0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F), (0x2028, 0x202E),
    (0x2060, 0x2060), (0x2066, 0x2069), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF),
)  # fmt: skip
SIGNS = "".join(chr(sign) for first, last in _SIGNS for sign in range(first, last + 1))
_SIGN = re.compile(f"[{re.escape(SIGNS)}]")
# Emoji are joined by U+200D, also after a variation selector or a skin colour.
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\ufe0f\U0001f3fb-\U0001f3ff\u2640\u2642\u2695]")
# Scripts that are written without joiners and without invisible spaces. All others may need them.
_PLAIN = regex.compile(
    r"[\p{InHiragana}\p{InKatakana}\p{Han}\p{Latin}\p{Greek}\p{Cyrillic}\p{Hangul}\p{N}\p{P}\p{Z}\p{S}\p{Cc}\ufffc\uff66-\uff9f々]"
)
_RIGHT_TO_LEFT = regex.compile(r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}]")
_MOST_SHOWN = 4


def check(page: Page) -> Iterator[Finding]:
    """A finding for every run of invisible characters, with an edit where they mean nothing."""
    text = page.text
    end = 0
    while (sign := _SIGN.search(text, end)) and (match := _SUSPECT.match(text, sign.start())):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "joiner" and _is_needed(text, start, end):
            continue
        if kind == "bidi" and _RIGHT_TO_LEFT.search(text, *line_span(text, start)):
            continue
        yield _finding(match[0], Span(start, end), _meaning(kind, text, start, end))


def _is_needed(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if text[start:end] == "\u200d" and _EMOJI.match(before) and _EMOJI.match(after):
        return True
    return any(side and not _PLAIN.match(side) and not _SUSPECT.match(side) for side in (before, after)) and not (
        _EMOJI.match(before) or _EMOJI.match(after)
    )


def _meaning(kind: str | None, text: str, start: int, end: int) -> Said | None:
    """Why a person must look; None where nothing is lost."""
    if kind == "surrogate":
        return Said("half of a character", "文字の片割れ")
    if kind == "broken":
        return Said("what is left of a letter that was decoded wrongly", "文字化けの残り")
    if kind == "line" and not text[max(0, start - 1) : start].isspace() and not text[end : end + 1].isspace():
        return Said("a line end that few programs know", "ほとんどのソフトが改行と見なさない改行文字")
    return None


def _finding(found: str, span: Span, meaning: Said | None) -> Finding:
    shown = " ".join(f"U+{ord(sign):04X}" for sign in found[:_MOST_SHOWN]) + (" …" if len(found) > _MOST_SHOWN else "")
    if meaning:
        return Finding(CODE, span, Said(f"{shown}: {meaning}", f"{shown}: {ja(meaning)}"))
    message = Said(f"{shown} is invisible and means nothing here", f"目に見えない不要な文字: {shown}")
    return Finding(CODE, span, message, Edit(span, "", CODE, message))
