"""P206: … and the space after ！ are made one way, by the document's majority.   そう・・・。 → そう……。

Houses differ: …… or …, a full-width space after ！ or none. Changed is only what stands against a clear majority (three
and more, four times as many) of the document's own; where ・・・, 。。。 or ... stands in a document that has no … of its
own, the first is reported, and …… suggested for all. A matter of taste: on only where P206 itself is selected.

Left alone: ... among Latin letters and digits, 1・・・2, ！ before a particle (え？と言った), at a line's end and before 」.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.text import Edit, Finding, Span

CODE = "P206"
SUMMARY_JA = "三点リーダーと、感嘆符・疑問符の後の空白を、本文で多いほうに揃える"
SIGNS = "…・.！？"
BY_DEFAULT = False

_J = "ぁ-ゖァ-ヺー一-龠々"
_PROPER = re.compile(r"…+")
_IMPROPER = re.compile(r"(?P<dot>[・.。])(?P=dot){2,5}(?!(?P=dot))")
_THREE = ("・・・", "...", "。。。")
_BEFORE = re.compile(f"[{_J}「『、]")
_AFTER = re.compile(f"[{_J}「『」』、。！？]")
# ！と, ？って and ！」 go on: only what begins a sentence counts.
_CRY = re.compile(r"[！？](?P<space>\u3000?)(?=[ァ-ヺ一-龠「『])")
_FEWEST = 3
_TIMES = 4


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for each of the rarer kind, and one without where there is no kind to follow."""
    yield from _dots(page.text)
    yield from _spaces(page.text)


def _dots(text: str) -> Iterator[Finding]:
    proper: dict[str, list[Span]] = defaultdict(list)
    for match in _PROPER.finditer(text):
        if match[0] in ("…", "……"):
            proper[match[0]].append(Span(*match.span()))
    one, two = len(proper["…"]), len(proper["……"])
    most = "……" if two >= one else "…"
    is_clear = max(one, two) >= max(_FEWEST, _TIMES * min(one, two))
    improper: list[Span] = []
    if any(dots in text for dots in _THREE):
        improper += [Span(*match.span()) for match in _IMPROPER.finditer(text) if _is_in_japanese(text, *match.span())]
    if is_clear:
        rarer = proper["…" if most == "……" else "……"]
        for span in sorted([*rarer, *improper]):
            dots = text[slice(*span)]
            message = Said(f"{dots} where the text writes {most}", f"本文では {most} を使う: {dots} → {most}")
            yield Finding(CODE, span, message, Edit(span, most, CODE, message))
    elif improper:
        dots, count = text[slice(*improper[0])], len(improper)
        more, more_ja = (f"; {count} in all", f"（全部で{count}か所）") if count > 1 else ("", "")
        message = Said(f"{dots} is … or …… in Japanese{more}", f"{dots} は、日本語では … か ……{more_ja}")
        suggestion = tuple(Edit(span, "……", CODE, message) for span in improper)
        yield Finding(CODE, improper[0], message, suggestion=suggestion)


def _is_in_japanese(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return bool(_BEFORE.match(before)) and (after in ("", "\r", "\n") or _AFTER.match(after) is not None)


def _spaces(text: str) -> Iterator[Finding]:
    cries = [*_CRY.finditer(text)]
    spaced = sum(bool(match["space"]) for match in cries)
    close = len(cries) - spaced
    if max(spaced, close) < max(_FEWEST, _TIMES * min(spaced, close)):
        return
    for match in cries:
        if bool(match["space"]) != (spaced > close):
            cry = match[0][0]
            after = cry + ("\u3000" if spaced > close else "")
            what, what_ja = ("no space", "空白がない") if spaced > close else ("a space", "空白がある")
            message = Said(
                f"{what} after {cry}, unlike the rest of the text", f"{cry} の後に{what_ja}（本文の他の箇所と違う）"
            )
            span = Span(*match.span())
            yield Finding(CODE, span, message, Edit(span, after, CODE, message))
