"""R307: a phrase that the translator repeated in a loop is reported.   彼は言った彼は言った彼は言った彼は言った

A decoder that runs into a loop writes a phrase of 2 to 60 characters again and again on one line. Suggested is the phrase
once; what the loop took the place of, only the source tells. How often is too often depends on the phrase: people write
ガタガタガタガタ, 頑張れ頑張れ頑張れ and 無駄無駄無駄無駄, but not four times それは正しい。 in a row.

Left alone: ははははは, ーーーー, ……, wwww, 1000000, 0101010101, table rows, and what is repeated from line to line.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "R307"
SUMMARY_JA = "機械翻訳が繰り返し続けた語句を知らせる"

LONGEST = 60
_PROBE = 3
# A loop of 14 letters and more has a letter after which _PROBE letters come again, whichever eighth letter is looked at.
_STRIDE = 8
_WORDLESS = regex.compile(r"[^\p{L}]*+|[A-Za-z0-9]*+|.*?[\n\t|｜\ufffc].*", regex.DOTALL)
# Words that sentences are built with; no one cheers, laughs or rattles with them.
_BUILDING = regex.compile(r"[、。]|そして|しかし|という|である|です|ます|その|この|ため|[れ彼女私方者人][はがのを]")


def check(page: Page) -> Iterator[Finding]:
    """A finding for every loop, over all its rounds."""
    for span, phrase in loops(page.text):
        rounds = (span.end - span.start) // len(phrase)
        if not _WORDLESS.fullmatch(phrase) and rounds >= _too_often(phrase):
            message = Said(f"「{phrase}」 stands here {rounds} times in a row", f"「{phrase}」が{rounds}回続く")
            again = Edit(Span(span.start + len(phrase), span.end), "", CODE, message)
            yield Finding(CODE, span, message, suggestion=(again,))


def loops(text: str) -> Iterator[tuple[Span, str]]:
    """Every stretch of 14 characters and more that repeats a phrase of 2 to `LONGEST` at least three times, in linear time.

    >>> list(loops("また彼は、彼は、彼は、彼は、彼は、と言った"))
    [(Span(start=2, end=17), '彼は、')]
    """
    done = 0
    probes = _comes_again(text, done)
    while (at := next(probes, None)) is not None:
        again = text.find(text[at : at + _PROBE], at + 1)
        period = again - at
        phrase = text[at:again]
        if not text.startswith(phrase, again) and not text.endswith(phrase, done, at):  # no round before, none after
            continue
        end = again
        while text.startswith(phrase, end):
            end += period
        while end < len(text) and text[end] == text[end - period]:  # the last round may be cut short
            end += 1
        start = at
        while start > done and text[start - 1] == text[start - 1 + period]:
            start -= 1
        if end - start < 3 * period:
            continue
        if period > 1:
            yield Span(start, end - (end - start) % period), text[start : start + period]
        done = end
        probes = _comes_again(text, done)


def _comes_again(text: str, start: int) -> Iterator[int]:
    """Of every eighth letter from ``start`` those after which the same letters come again soon."""
    probes = range(start, len(text), _STRIDE)
    soon = LONGEST + _PROBE
    return (at for at in probes if text[at : at + _PROBE] in text[at + 1 : at + soon])


def _too_often(phrase: str) -> int:
    """How many rounds no one would write."""
    if _BUILDING.search(phrase + phrase):
        return max(3 if len(phrase) > 8 else 4, -(-14 // len(phrase)))
    if len(phrase) <= 4:  # オラオラオラ…, ドンドンドン…, 頑張れ頑張れ…
        return 16
    return 3 if len(phrase) >= 12 else 4
