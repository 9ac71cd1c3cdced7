"""P205: brackets, commas and stops follow the document's majority in width.   彼は,去った. → 彼は、去った。

A translator that mixes its training texts writes (…) here and （…） there. A mark is changed only where Japanese stands
at it, and where the document writes at least three the other way and four times as many. A pair that opens in one width
and closes in the other follows the majority too, or is reported, and the width of most is suggested.

Left alone: brackets around Latin letters or one letter, (AI) and (月), or with a space at them; 1,000 and 3.5, file.txt,
12:30; すごい(笑) and (^^); lines without a full stop (names, titles, tables); ! and ? in what may be a title,
「ようこそ!」; a document that has no clear majority.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from soroe.messages import Said, ja
from soroe.rules.lines import is_laid_out, line_span
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P205"
SUMMARY_JA = "括弧・句読点などの全角・半角を、本文で多いほうに揃える"
SIGNS = "(),.!?:，．"

_J = "ぁ-ゖァ-ヺー一-龠々〆"
_JAPANESE = re.compile(f"[{_J}]")
_TWO_KANA = re.compile(r"[ぁ-ゖァ-ヺ][^()（）]*[ぁ-ゖァ-ヺ一-龠]|[一-龠ー][^()（）]*[ぁ-ゖァ-ヺ一-龠ー]")
_PAIR = re.compile(r"[(（](?P<inside>[^()（）\n]{2,200})[)）]")
_LAUGH = re.compile(r"(?:笑|爆笑|苦笑|涙|泣|汗|怒|略|仮|株|有|税込|税別)+\Z")
# What is looked for stands first, what stands before it after: the other way round takes ten times as long.
_COMMA = re.compile(rf"(?P<mark>[,，])(?<=[{_J}」』）)].) ?(?=[{_J}「『])")
# きゃら.ぱみゅ is a name: only what a sentence ends with.
_POINT = re.compile(rf"(?P<mark>[.．])(?<=[たるだすいんうくむつかねよ].)(?: ?(?=[{_J}「『」』）)\r\n])|\Z)")
_CRY = re.compile(rf"(?P<mark>[!?！？])(?<=[{_J}].)[!?！？]*(?=[{_J}「」』\r\n]|\Z)")
_COLON = re.compile(rf"(?P<mark>[:：])(?<=[{_J}」』].)(?=[{_J}「『])")
_WORD_IN_COLONS = re.compile(rf":[{_J}]{{1,20}}:")
_QUOTATION = re.compile("[「『“]([^「『“」』”\n]*)[」』”]")
_TO_FULL = str.maketrans("()!?:", "（）！？：")
_TO_HALF = str.maketrans("（）！？：", "()!?:")
_FULL = frozenset("（）！？：")
_FEWEST = 3
_TIMES = 4


class _Seen(NamedTuple):
    """A mark, or both of a pair, as it stands: `width` is full, half or mixed; only a `sure` one may be changed."""

    spans: tuple[Span, ...]
    width: str
    is_sure: bool = True


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every mark against a clear majority, and one for each pair of unlike brackets."""
    text = page.text
    yield from _stops(text)
    for kind, (look, half, full) in _KINDS.items():
        if any(mark in text for mark in half) and any(mark in text for mark in full):  # most texts write one width
            yield from _by_majority(text, kind, look(text))


def _by_majority(text: str, kind: Said, seen: list[_Seen]) -> Iterator[Finding]:
    full, half = (sum(one.width == width for one in seen) for width in ("full", "half"))
    most = "full" if full >= half else "half"
    is_clear = max(full, half) >= max(_FEWEST, _TIMES * min(full, half))
    for one in seen:
        if one.width == most:
            continue
        if is_clear and one.is_sure:
            for span in one.spans:
                mark = text[slice(*span)]
                after = mark.translate(_TO_FULL if most == "full" else _TO_HALF)
                if after != mark:
                    message = Said(
                        f"{mark} where the text writes {kind} in {most} width: {after}",
                        f"本文では{ja(kind)}が{'全角' if most == 'full' else '半角'}: {mark} → {after}",
                    )
                    yield Finding(CODE, span, message, Edit(span, after, CODE, message))
        elif one.width == "mixed":
            opening, closing = one.spans
            pair = f"{text[opening.start]}…{text[closing.start]}"
            message = Said(f"{pair}: a pair of brackets in two widths", f"{pair}: 全角と半角が組になった括弧")
            odd, after = _odd_one(text, one.spans, most)
            suggestion = (Edit(odd, after, CODE, message),)
            yield Finding(CODE, Span(opening.start, closing.end), message, suggestion=suggestion)


def _odd_one(text: str, spans: Iterable[Span], most: str) -> tuple[Span, str]:
    """The bracket of a pair in two widths that is not in the one of most, and what it is there."""
    table = _TO_FULL if most == "full" else _TO_HALF
    odd = next(span for span in spans if text[slice(*span)].translate(table) != text[slice(*span)])
    return odd, text[slice(*odd)].translate(table)


def _brackets(text: str) -> list[_Seen]:
    seen = []
    for match in _PAIR.finditer(text):
        inside = match["inside"]
        opening, closing = Span(match.start(), match.start() + 1), Span(match.end() - 1, match.end())
        widths = {text[at.start] in _FULL for at in (opening, closing)}
        width = "mixed" if len(widths) == 2 else "full" if widths == {True} else "half"
        is_japanese = _TWO_KANA.search(inside) is not None and not _LAUGH.match(inside)
        if not is_japanese and width != "mixed":
            continue
        around = (
            text[max(0, match.start() - 1) : match.start()],
            text[match.end() : match.end() + 1],
            *inside[:1],
            inside[-1],
        )
        is_spaced = any(side.isspace() and side not in "\r\n" for side in around)
        is_sure = (
            is_japanese and not is_spaced and bool(_JAPANESE.match(around[0])) and _is_in_prose(text, match.start())
        )
        seen.append(_Seen((opening, closing), width, is_sure))
    return seen


def _cries(text: str) -> list[_Seen]:
    seen = []
    for match in _CRY.finditer(text):
        widths = {mark in _FULL for mark in match[0]}
        width = "mixed" if len(widths) == 2 else "full" if widths == {True} else "half"
        if width != "mixed":
            seen.append(_Seen((Span(*match.span()),), width, _is_spoken(text, *match.span())))
    return seen


def _is_spoken(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends there, and not 「けいおん!」 or ラブライブ!の, which may be titles."""
    said = re.split("[。！？!?\n「『（(]", text[max(0, start - 80) : start])[-1]
    return len(said) >= 8 and "、" in said and text[end : end + 1] in ("", "\r", "\n", "」")


def _colons(text: str) -> list[_Seen]:
    return [
        _Seen(
            (Span(*match.span("mark")),),
            "full" if match["mark"] in _FULL else "half",
            _is_in_prose(text, match.start())
            and not _WORD_IN_COLONS.search(text[slice(*line_span(text, match.start()))]),
        )
        for match in _COLON.finditer(text)
    ]


def _stops(text: str) -> Iterator[Finding]:
    """, and . in Japanese of a document that writes 、 and 。."""
    for pattern, marks, proper in ((_COMMA, ",，", "、"), (_POINT, ".．", "。")):
        if not any(mark in text for mark in marks):
            continue
        found = [match for match in pattern.finditer(text) if _is_stop(text, match)]
        if not found or text.count(proper) < max(_FEWEST, _TIMES * len(found)):
            continue
        for match in found:
            span = Span(*match.span())
            mark = match["mark"]
            message = Said(
                f"{mark} in Japanese that is written with {proper}: {proper}",
                f"本文では {proper} を使う: {mark} → {proper}",
            )
            yield Finding(CODE, span, message, Edit(span, proper, CODE, message))


def _is_stop(text: str, match: re.Match[str]) -> bool:
    """Whether the mark stops a sentence: not 山田,田中 and よ...; with a space, or after kana, it does."""
    start, end = match.span()
    if text[end : end + 1] in (".", "．", ",") or text[start - 1 : start] in (".", "．", ","):
        return False
    if match["mark"] in ",，" and not match[0].endswith(" ") and not "ぁ" <= text[start - 1] <= "ゖ":
        return False
    return _is_in_prose(text, start)


def _is_in_prose(text: str, at: int) -> bool:
    """Whether the mark stands in a sentence, and not in a quoted word: 「港,橋」と入力する。 is left as it is typed."""
    start, end = line_span(text, at)
    line = text[start:end]
    if ("。" not in line and "、" not in line) or is_laid_out(line):
        return False
    return not any(
        quoted.start() < at - start < quoted.end() and "、" not in quoted[1] and "。" not in quoted[1]
        for quoted in _QUOTATION.finditer(line)
    )


_KINDS = {
    Said("brackets", "括弧"): (_brackets, "()", "（）"),
    Said("！ and ？", " ！ と ？ "): (_cries, "!?", "！？"),
    Said("colons", "コロン"): (_colons, ":", "："),
}
