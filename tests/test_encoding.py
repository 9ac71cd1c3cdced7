"""Bytes of every encoding that Japanese is kept in are told apart, and come back byte for byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from dumps import AFTER, BEFORE, quarantined, restored, run_on
from hypothesis import given
from hypothesis import strategies as st

from soroe.formats.encoding import Decoded, Undecodable, bytes_of, decode
from soroe.formats.lines import encoding_of_dump

SAMPLES = {
    "a name": "アルトマン",
    "a name and its title": "オートマン氏",
    "a place": "東京都",
    "quoted": "「はい、そうです」と",
    "half-width katakana": "ｱﾙﾄﾏﾝ氏が来た",
    "digits between": "値段は5,000円です",
    "Latin between": "OpenAIのサム・アルトマンCEOは12日、GPT-5を発表した。",
    "two lines": "火星の岩を調べた。\r\n次は月だ。\r\n",
    "kanji only": "人工知能研究開発機構設立準備委員会",
    "hiragana only": "それはとてもよいことだとおもいます",
    "a rare family name": "髙島屋の濵田氏",
    "circled digits": "①早い ②安い",
    "a paragraph": (
        "テスラのイーロン・マスク氏は、同社の取締役会に対し「私は人工知能の危険を長年にわたって訴えてきた」と述べた。"
        "サム・アルトマン氏はこれに反論し、両者の溝は深まっている。\n\n裁判は来月、カリフォルニア州で始まる。\n"
    ),
}
ENCODINGS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# あ is b"B0" in UTF-16: a few letters of it may be ASCII, and without a mark no one can tell.
HARD = {("utf-16-le", "a place"), ("utf-16-be", "a place"), ("utf-16-le", "kanji only"), ("utf-16-be", "kanji only")}


def encodable(text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_short_and_long_samples_in_every_encoding(sample: str, encoding: str) -> None:
    text = SAMPLES[sample]
    if not encodable(text, encoding):
        pytest.skip("has no such letters")
    data = text.encode(encoding)
    decoded = decode(data)
    if (encoding, sample) in HARD and not isinstance(decoded, Decoded):
        return
    assert isinstance(decoded, Decoded) and decoded.text == text
    assert bytes_of(decoded.text, decoded.encoding) == data


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("text", ["", "あ", "Musk 氏\r\n", "a\0", "\0a", "\ud800"])
def test_a_byte_order_mark_decides_and_stays(mark: bytes, encoding: str, text: str) -> None:
    data = mark + text.encode(encoding, "surrogatepass")
    assert decode(data) == Decoded("\ufeff" + text, encoding)
    assert bytes_of("\ufeff" + text, encoding) == data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Elon Musk\n", id="ASCII"),
        pytest.param(b"\0", id="a NUL byte"),
        pytest.param(b"\0" * 64, id="NUL bytes"),
        pytest.param("マスク\0氏".encode(), id="a NUL byte among letters"),
        pytest.param("caf\xe9".encode(), id="é is 辰 in EUC-JP"),
        pytest.param("\ud800マスク".encode("utf-8", "surrogatepass"), id="a lone surrogate"),
        pytest.param(b"\x1b[31mred\x1b[0m", id="a terminal's escapes are not those of ISO-2022-JP"),
    ],
)
def test_what_is_utf_8_stays_utf_8(data: bytes) -> None:
    decoded = decode(data)
    assert isinstance(decoded, Decoded) and decoded.encoding == "utf-8"
    assert bytes_of(decoded.text, decoded.encoding) == data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes(range(128, 256)), id="every high byte"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd", id="a picture"),
        pytest.param("マスク氏".encode()[:-1] + b"\xff", id="UTF-8 with a broken end"),
        pytest.param(codecs.BOM_UTF16_LE + b"a", id="UTF-16 with half a character"),
    ],
)
def test_what_is_no_text_is_not_guessed(data: bytes) -> None:
    assert isinstance(decode(data), Undecodable)


@pytest.mark.parametrize("text", ["彼は笑った。", "港の議会は埠頭を閉鎖した。\r\n次は月だ", "Il a été café", "港😀"])
def test_utf_8_that_is_cut_in_a_character_is_not_taken_for_cp932(text: str) -> None:
    for cut in range(1, len(text[-1].encode())):
        assert decode(text.encode()[:-cut]) == Undecodable("UTF-8 that is cut in the midst of a character")


def test_half_width_katakana_that_begin_like_utf_8_stay_cp932() -> None:
    assert decode("ﾃｽﾄ".encode("cp932")) == Decoded("ﾃｽﾄ", "cp932")


@given(st.binary(max_size=60))
def test_whatever_is_decoded_is_decoded_without_loss_or_not_at_all(data: bytes) -> None:
    decoded = decode(data)
    if isinstance(decoded, Decoded) and decoded.encoding.startswith("utf"):
        assert bytes_of(decoded.text, decoded.encoding) == data


@given(st.text(st.characters(codec="utf-8")))
def test_utf_8_with_a_kana_in_it_is_never_taken_for_anything_else(text: str) -> None:
    data = f"{text}アルトマン氏".encode()
    if not any(letter < " " for letter in text) and not text.startswith("\ufeff"):
        assert decode(data) == Decoded(f"{text}アルトマン氏", "utf-8")


ROW = '{"id": 1, "text": "アルトマン氏は語った。"}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "utf-16-le"])
def test_the_encoding_of_a_dump_is_not_lost_to_one_broken_row(encoding: str) -> None:
    rows = [ROW.encode(encoding)] * 20
    assert encoding_of_dump(b"".join(rows)) == encoding
    if not encoding.startswith("utf-16"):
        rows[3] = b'{"text": "\xff\xfe\xfd"}\n'
        assert encoding_of_dump(b"".join(rows)) == encoding


@pytest.mark.parametrize(
    "cut", [b'{"id": 2, "text": "\xe5\xbd\xbc\xe3\x81', b'{"id": 2, "text": "\xe5\xbd\xbc\xe3\x81"}']
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [1, 20])
def test_a_cut_row_does_not_make_a_dump_cp932(cut: bytes, end: bytes, before: int) -> None:
    # An even number of letters in a row is what CP932 reads, letter by letter, as something Japanese.
    row = '{"id": 1, "text": "彼は笑った"}'.encode()
    assert encoding_of_dump((row + end) * before + cut + end) == "utf-8"
    assert encoding_of_dump((row + end) * before + cut + end + (row + end) * 2) == "utf-8"


def test_of_a_dump_only_the_row_that_is_cut_is_quarantined(tmp_path: Path) -> None:
    row = f'{{"id": 1, "text": "{BEFORE}"}}\n'.encode()
    cut = '{"id": 2, "text": "彼は笑った'.encode()[:-1]
    (tmp_path / "a.jsonl").write_bytes(row + cut + b"\n" + row + cut)
    (tmp_path / "b.txt").write_bytes("彼は笑った。".encode()[:-1])
    run_on(tmp_path / "out", tmp_path / "a.jsonl", tmp_path / "b.txt")
    assert quarantined(tmp_path / "out") == [
        ("a.jsonl", 2, "not UTF-8, as the file is"),
        ("a.jsonl", 4, "not UTF-8, as the file is"),
        ("b.txt", None, "UTF-8 that is cut in the midst of a character"),
    ]
    assert (tmp_path / "out/clean/a.jsonl").read_text("utf-8").count(AFTER) == 2
    assert restored(tmp_path / "out") == {"a.jsonl": "", "b.txt": ""}
