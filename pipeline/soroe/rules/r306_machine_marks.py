"""R306: marks of the translating machine are removed where nothing was lost with them.   …と語った。</s> → …と語った。

- Start and end marks (<s>, </s>, <pad>, <eos>, [SEP]) at the edge of a line.
- The joints of subwords: コンピュ@@ ーター → コンピューター, ▁今日は▁晴れ → 今日は晴れ.
- Entities escaped twice: &amp;quot; → ", S&amp;amp;P → S&P; in plain text also once. Never &lt;, which may make a tag.
- UTF-8 read as Windows-1252, where all of it gives Japanese: ã‚¢ãƒ« → アル.

Reported, since text was lost: <unk>, [UNK], ⁇ inside a sentence, U+FFFD, 繧｢繝ｫ繝 (UTF-8 read as Shift_JIS), and the
marks above in other places; that </s> and its like go, and ## between pieces of a word, is suggested. Left alone: marks that
are quoted (「<unk>」), え⁇ at the end of a cry, <s>…</s> (struck out), faces (￣▁￣).
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from soroe.messages import Said
from soroe.rules.lines import line_span, whole_line
from soroe.rules.page import Check, Page
from soroe.text import Edit, Finding, Span

CODE = "R306"
SUMMARY_JA = "機械翻訳の記号を、何も失われていないところで除く"

_LAST = r"(?:</s>|<pad>|<eos>|<\|(?:endoftext|im_end|eot_id)\|>|<end_of_turn>|\[(?:PAD|SEP|EOS)\])"
_FIRST = r"(?:<s>|<bos>|<\|(?:startoftext|begin_of_text)\|>|<start_of_turn>|\[(?:CLS|BOS)\])"
_MARKS = regex.compile(rf"(?P<last>{_LAST}(?:[ ]?{_LAST})*+)|{_FIRST}(?:[ ]?{_FIRST})*+", regex.IGNORECASE)
_STRUCK_OUT = regex.compile(r"<s>[^<>]{1,2000}</s>", regex.IGNORECASE)

_LETTER = r"[ぁ-んァ-ヶ\p{Han}A-Za-z0-9０-９]"
_JOINT = regex.compile(rf"(?<=[\p{{L}}\p{{N}}])@@[ ](?=\p{{L}})|(?<![^\s\p{{L}}\p{{N}}。、「」（）]|ー)▁(?={_LETTER})")

_ENTITIES = {"quot": '"', "#34": '"', "#39": "'", "apos": "'", "nbsp": " ", "hellip": "…", "mdash": "—", "middot": "·"}
_ENTITY = regex.compile(rf"&(?P<again>(?:amp;)*+)(?:(?P<name>{'|'.join(_ENTITIES)});|(?!\#?\w{{1,10}};))")

_HIGH = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\x80-\xbf"
_WINDOWS_1252 = regex.compile(rf"(?:[ãäåæçèé][{_HIGH}]{{2}}|ï[¼½][{_HIGH}]){{2,500}}")
_JAPANESE = regex.compile(r"[\p{InHiragana}\p{InKatakana}\p{Han}\u3000-\u303f\uff01-\uff5e]+")

_LOST = regex.compile(
    rf"""(?P<word><unk>|<mask>|\[UNK\]|\ufffd+|(?<=[ ])⁇(?=[ ])|⁇(?!と|って)(?={_LETTER}))
    | (?P<joint>(?<=\p{{L}})[ ]\#\#(?=[\p{{Han}}ぁ-んァ-ヶ]))
    | (?P<shift_jis>(?:[縺繧繝][^\s縺繧繝]{{0,2}}){{3,200}})""",
    regex.IGNORECASE | regex.VERBOSE,
)


def check(page: Page) -> Iterator[Finding]:
    """A finding for every mark, with an edit where the text around it is whole."""
    for signs, find in _KINDS.items():
        if not page.signs.isdisjoint(signs):
            yield from find(page)


def _joints(page: Page) -> Iterator[Finding]:
    for match in _JOINT.finditer(page.text):
        span = Span(*match.span())
        mark = match[0].strip()
        apart = match[0] == "▁" and regex.fullmatch(r"[A-Za-z0-9]{2}", page.text[span.start - 1] + page.text[span.end])
        yield _mended(
            span,
            " " if span.start and apart else "",
            Said(f"{mark} joins pieces of words", f"単語の断片をつなぐ記号: {mark}"),
        )


def _entities(page: Page) -> Iterator[Finding]:
    for match in _ENTITY.finditer(page.text):
        times = match["again"].count(";") + bool(match["name"])
        if times > 1 or (times == 1 and page.document.markup == "plain"):
            after = _ENTITIES.get(match["name"], "&")
            message = Said(f"{match[0]} is an escaped {after}", f"文字参照の残り: {match[0]} → {after}")
            yield _mended(Span(*match.span()), after, message)


def _garbled(page: Page) -> Iterator[Finding]:
    for match in _WINDOWS_1252.finditer(page.text):
        read = _read_again(match[0])
        span = Span(*match.span())
        garbled, after = match[0][:30], f": {read[:10]}" if read else ""
        message = Said(
            f"{garbled} is UTF-8 read as Windows-1252{after}",
            f"UTF-8 を Windows-1252 として読んだ文字化け（{garbled}）{after}",
        )
        yield _mended(span, read, message) if read else Finding(CODE, span, message)


def _lost(page: Page) -> Iterator[Finding]:
    for match in _LOST.finditer(page.text):
        span = Span(*match.span())
        if match["shift_jis"]:
            garbled = match[0][:12]
            message = Said(
                f"{garbled} is UTF-8 read as Shift_JIS; read the source again as UTF-8",
                f"UTF-8 を Shift_JIS として読んだ文字化け（{garbled}）: 原文を UTF-8 で読み直す",
            )
            yield Finding(CODE, span, message)
        elif match["joint"]:
            message = Said("## may join pieces of a word", "## は単語の断片をつなぐ記号かもしれない")
            joint = Edit(span, "", CODE, message)
            yield Finding(CODE, Span(span.start + 1, span.end), message, suggestion=(joint,))
        elif not _is_quoted(page.text, span):
            yield Finding(
                CODE, span, Said(f"{match[0]} stands where text was lost", f"{match[0]} のところで文字が失われた")
            )


def _start_and_end_marks(page: Page) -> Iterator[Finding]:
    """Marks at the edge of a line go; <s> and </s> are left where a text strikes out."""
    struck_out = _STRUCK_OUT.search(page.text) is not None
    for match in _MARKS.finditer(page.text):
        span = Span(*match.span())
        if _is_quoted(page.text, span) or (struck_out and match[0].lower() in ("<s>", "</s>")):
            continue
        message = Said(f"{match[0]} is a mark of the translating machine", f"機械翻訳の記号: {match[0]}")
        start, end = line_span(page.text, span.start)
        before, after = page.text[start : span.start].strip(), page.text[span.end : end].strip()
        if not before and not after:
            yield _mended(whole_line(page, span) or span, "", message)
        elif not before and not match["last"]:
            yield _mended(span, "", message)
        # 文末には[SEP] speaks of the mark; 彼は去った。[SEP] does not.
        elif not after and match["last"] and ("[" not in match[0] or before[-1] in "。！？!?」』."):
            yield _mended(span, "", message)
        else:
            may_be_spoken_of = "[" in match[0]
            suggestion = () if may_be_spoken_of else (Edit(span, "", CODE, message),)
            yield Finding(CODE, span, message, suggestion=suggestion)


def _mended(span: Span, after: str, message: Said) -> Finding:
    return Finding(CODE, span, message, Edit(span, after, CODE, message))


def _is_quoted(text: str, span: Span) -> bool:
    """Whether a mark is spoken of rather than left over: 「<unk>」, ("<unk>")."""
    before, after = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    return before in {*"「『\"“'‘（(`"} and after in {*"」』\"”'’）)`"}


def _read_again(garbled: str) -> str:
    """The Japanese that was read in the wrong encoding; empty where not all of it is Japanese."""
    # Windows-1252 has no letter for five bytes; they came through as control characters.
    raw = b"".join(letter.encode("latin-1" if letter < "\u0100" else "cp1252") for letter in garbled)
    read = raw.decode("utf-8", "replace")
    return read if _JAPANESE.fullmatch(read) and "\ufffd" not in read else ""


# What finds each kind of mark, and the signs that it needs.
_KINDS: dict[str, Check] = {
    "<[": _start_and_end_marks,
    "@▁": _joints,
    "&": _entities,
    "ãäåæçèéï": _garbled,
    "<[\ufffd⁇#縺繧繝": _lost,
}
SIGNS = "".join(_KINDS)
