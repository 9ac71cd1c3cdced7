"""Bytes to text: which of the encodings Japanese is kept in, and back again without a byte lost.

The candidates are tried in order of how little they leave to chance: a byte order mark, the escape sequences of
ISO-2022-JP, UTF-32 by its zero bytes, UTF-16 by its control characters, UTF-8. What is none of these is decoded as
CP932, EUC-JP and UTF-16, and the decoding that reads most like Japanese wins, if it does so clearly. UTF-8 that is cut in the midst
of a character is none of these either, and no text: CP932 would read 彼は as 蠖ｼ縺ｯ, and nothing but Japanese in it.

charset-normalizer, restricted to the same candidates, was wrong on 3 to 5 % of passages of five to forty characters in
CP932 and EUC-JP and on some whole articles; this is right on all of them (tests/test_encoding.py).

No line end is ever translated, and a byte order mark stays as U+FEFF at the start of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

# U+3042 あ is b"B0" in UTF-16: what is good UTF-8 is never taken for UTF-16, unless zero bytes show it.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),  # before UTF-16, whose mark it begins with
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\([JI]|\$\([DOPQ])")
_ISO_2022_JP = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004")
# ① is in JIS X 0213, not in the JIS X 0208 of plain EUC-JP.
_BY_LOOKS = ("cp932", "euc_jp", "euc_jis_2004", "utf-16-le", "utf-16-be")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 100_000  # characters that are judged; all are decoded

# A decoding is believed under this cost a character (髙島屋 in CP932 costs 1), …
_PLAUSIBLE = 1.2
# … and if the next best costs this much more.
_CLEARLY = 0.25
# Under this, a text of three letters is no chance: ASCII read as UTF-16 costs 1.5.
_SURELY = 0.3


class Decoded(NamedTuple):
    """A text and the encoding that gives its bytes back."""

    text: str
    encoding: str


class Undecodable(NamedTuple):
    """Why some bytes are no text."""

    reason: str


def decode(data: bytes) -> Decoded | Undecodable:
    """The text that the bytes hold, or why no one can tell.

    >>> decode("アルトマン氏は語った。".encode("euc_jp"))
    Decoded(text='アルトマン氏は語った。', encoding='euc_jp')
    >>> decode(b"\\xef\\xbb\\xbfMusk").text
    '\\ufeffMusk'
    >>> decode(bytes(range(128, 256)))
    Undecodable(reason='neither UTF-8, UTF-16, CP932, EUC-JP nor ISO-2022-JP; not UTF-8 from byte 0 on')
    """
    marked = [name for mark, name in _MARKS if data.startswith(mark)]
    for name in marked:
        text = text_of(data, name)
        if text is not None:
            return Decoded(text, name)
    if marked:
        return Undecodable(f"begins with the byte order mark of {marked[-1].upper()}, but is not {marked[-1].upper()}")
    return (
        _escaped(data)
        or _with_zeros(data)
        or _with_controls(data)
        or _utf_8(data)
        or _cut(data)
        or _most_japanese(data)
        or _undecodable(data)
    )


def text_of(data: bytes, encoding: str) -> str | None:
    """The bytes as text, or None where they are not in that encoding; lone surrogates pass."""
    try:
        return data.decode(encoding, _errors(encoding))
    except UnicodeDecodeError:
        return None


def bytes_of(text: str, encoding: str) -> bytes:
    """The text as bytes; `UnicodeEncodeError` where the encoding has no such character."""
    return text.encode(encoding, _errors(encoding))


def _errors(encoding: str) -> str:
    return "surrogatepass" if encoding.startswith("utf") else "strict"


def _escaped(data: bytes) -> Decoded | None:
    if data.isascii() and _ESCAPES.search(data):
        return next((Decoded(text, name) for name in _ISO_2022_JP if (text := text_of(data, name)) is not None), None)
    return None


def _with_zeros(data: bytes) -> Decoded | None:
    """UTF-32 by its zero bytes; NUL characters in a text in another encoding are only that."""
    if b"\0" not in data:
        return None
    for name in ("utf-32-le", "utf-32-be"):
        text = text_of(data, name) if len(data) % 4 == 0 else None
        if text and "\0" not in text and _cost(text) < _PLAUSIBLE:
            return Decoded(text, name)
    return None


def _with_controls(data: bytes) -> Decoded | None:
    """UTF-16 by the control characters that its bytes would be in any other encoding: 。 is b"\\x02\\x30"."""
    if len(data) % 2 or len(data) < 6 or not _CONTROLS.search(data):
        return None
    for name in ("utf-16-le", "utf-16-be"):
        text = text_of(data, name)
        if text and not _CONTROLS.search(text[:_SAMPLE].encode("utf-8", "replace")) and _cost(text) < _SURELY:
            return Decoded(text, name)
    return None


def _utf_8(data: bytes) -> Decoded | None:
    text = text_of(data, "utf-8")
    return None if text is None else Decoded(text, "utf-8")


def is_cut_utf_8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 up to a last character that is not whole, and hold others that are.

    ﾃｽﾄ in CP932 is that too, an ý and the half of a letter, and so little is not believed: a letter of three bytes, or two of two.

    >>> [is_cut_utf_8(data) for data in ("彼は".encode()[:-1], "彼は".encode(), "彼".encode()[:-1], "ﾃｽﾄ".encode("cp932"))]
    [True, False, False, False]
    """
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        whole = data[: error.start]
        return error.reason == "unexpected end of data" and len(whole) - len(text_of(whole, "utf-8") or "") >= 2
    return False


def _cut(data: bytes) -> Undecodable | None:
    return Undecodable("UTF-8 that is cut in the midst of a character") if is_cut_utf_8(data) else None


def _most_japanese(data: bytes) -> Decoded | None:
    decoded = [Decoded(text, name) for name in _BY_LOOKS if (text := text_of(data, name)) is not None]
    ranked = sorted((_cost(candidate.text, candidate.encoding), at) for at, candidate in enumerate(decoded))
    if not ranked or ranked[0][0] > _PLAUSIBLE:
        return None
    best = decoded[ranked[0][1]]
    rivals = [cost for cost, at in ranked[1:] if decoded[at].text[:_SAMPLE] != best.text[:_SAMPLE]]
    return best if not rivals or rivals[0] - ranked[0][0] >= _CLEARLY else None


def _undecodable(data: bytes) -> Undecodable:
    at = 0
    try:
        data.decode()
    except UnicodeDecodeError as error:
        at = error.start
    return Undecodable(f"neither UTF-8, UTF-16, CP932, EUC-JP nor ISO-2022-JP; not UTF-8 from byte {at} on")


def _cost(text: str, encoding: str = "") -> float:
    """How little like Japanese a text reads: the mean over its characters beyond ASCII."""
    counts = Counter(text[:_SAMPLE])
    beyond = {letter: count for letter, count in counts.items() if not "\t" <= letter <= "~" or letter < " "}
    beyond = {letter: count for letter, count in beyond.items() if letter not in "\t\r\n\ufeff"}
    total = sum(beyond.values())
    return sum(_letter_cost(letter, encoding) * count for letter, count in beyond.items()) / total if total else 0.0


def _letter_cost(letter: str, encoding: str) -> float:
    """0 what every page of Japanese has, 4 what none has."""
    if "ぁ" <= letter <= "ー" or letter in _punctuation() or letter in _common_kanji():
        return 0
    if "\uff61" <= letter <= "\uff9f":
        return 1 if encoding == "cp932" else 0.3  # a single byte in CP932: EUC-JP read as CP932 is full of them
    if "\uff01" <= letter <= "\uff5e":
        return 0.2
    if "\u4e00" <= letter <= "\u9fff":
        return 1 if letter in _second_level() else 2
    if "\u2010" <= letter <= "\u27bf" or "\u0391" <= letter <= "\u0451" or "\u3200" <= letter <= "\u33ff":
        return 1
    return 4


@cache
def _punctuation() -> frozenset[str]:
    return frozenset("　、。・「」『』（）！？〜～…―—“”‘’：；％／〇々〆【】〈〉《》［］〔〕＝－×→●○■□◆◇★☆①②③④⑤")


@cache
def _common_kanji() -> frozenset[str]:
    """JIS level 1: the 2,965 kanji in use."""
    return _kanji(0xB0, 0xD0)


@cache
def _second_level() -> frozenset[str]:
    return _kanji(0xD0, 0xF5) | frozenset("髙﨑彅德瀨濵")


def _kanji(first: int, end: int) -> frozenset[str]:
    cells = (bytes((row, cell)) for row in range(first, end) for cell in range(0xA1, 0xFF))
    return frozenset("".join(cell.decode("euc_jp", "ignore") for cell in cells))
