"""What is no prose is masked and comes out as it went in: code, addresses, tags, link targets, front matter."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soroe.engine import Pipeline
from soroe.markup import MASK, masked, not_prose
from soroe.text import Markup, Span

# ⟦ and ⟧ stand around what is not prose; they are taken out before the text is read.
MARKS = str.maketrans("", "", "⟦⟧")


# <b かつ c> opens like bold with two attributes.
# Each opening mark is followed to the end of the text, or 10,000 characters far.


def marked(text: str, markup: Markup) -> str:
    spans = not_prose(text, markup)
    for start, end in reversed(spans):
        text = f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"
    return text


@pytest.mark.parametrize("markup", ["plain", "markdown"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("アルトマン氏は語った。\n彼は笑った。", id="prose"),
        pytest.param("彼は<unk>に住む。<アルトマン>と書かれた。", id="<unk> and a name in angle brackets are no tags"),
        pytest.param("a<x かつ c>d である。1 < 2。", id="less and greater than are no tags"),
        pytest.param("a<b かつ c>d である。", id="less than b is no bold"),
        pytest.param("値段は`と書かれている。", id="a back-tick alone opens nothing"),
        pytest.param("彼は@マスクに答えた。@ でも。", id="an at sign alone is no address"),
        pytest.param("(マスク)と[アルトマン]は（笑）。", id="brackets are no links"),
        pytest.param("http: と https:// と www. の違い。", id="a scheme alone is no address"),
        pytest.param("---\n彼は去った。\n", id="a rule at the top that nothing closes is no front matter"),
        pytest.param("a\n---\n題: マスク\n---\n", id="front matter stands at the very top"),
        pytest.param("　　字下げした段落。", id="full-width spaces are an indent, not code"),
    ],
)
def test_is_prose(text: str, markup: Markup) -> None:
    assert marked(text, markup) == text


IN_ANY_TEXT = [
    pytest.param("詳細は⟦https://a.example/x?y=1&z=2#t⟧を見る。", id="an address ends where Japanese begins"),
    pytest.param(
        "⟦https://ja.example.org/wiki/東京タワー⟧ に詳しい。", id="Japanese after a slash is part of the address"
    ),
    pytest.param(
        "⟦https://a.example/?q=アルトマン&p=マスク⟧ で探す。", id="Japanese in a query is part of the address"
    ),
    pytest.param("「⟦https://a.example/x⟧」と書いた。", id="a corner bracket ends an address"),
    pytest.param("⟦https://a.example/x⟧。次の文。", id="a full stop after an address ends the sentence"),
    pytest.param("(⟦https://a.example/x⟧).", id="ASCII marks after an address are the sentence's"),
    pytest.param("⟦HTTP://A.EXAMPLE/X⟧マスク", id="a scheme in capitals"),
    pytest.param("⟦ftp://a.example/x⟧ と ⟦www.a.example/y⟧ と", id="ftp and www"),
    pytest.param("連絡は⟦taro.yamada+x@mail.a.example⟧まで。", id="an e-mail address"),
    pytest.param("⟦`オートマン`⟧という変数。", id="inline code"),
    pytest.param("⟦``a ` オートマン``⟧という変数。", id="inline code with a back-tick in it"),
    pytest.param("⟦```オートマン```⟧という変数。", id="inline code of three back-ticks at the start of a line"),
    pytest.param("前\n⟦```py\nオートマン = 1\n```⟧\n後", id="a fence"),
    pytest.param("前\n⟦~~~\nオートマン\n~~~⟧\n後", id="a fence of tildes"),
    pytest.param("前\n⟦````\n```\nオートマン\n````⟧\n後", id="a longer fence holds a shorter one"),
    pytest.param('⟦<a href="/オートマン" title="マスク">⟧アルトマン⟦</a>⟧氏', id="tags with their attributes"),
    pytest.param("行⟦<br>⟧行⟦<BR/>⟧行⟦<br />⟧", id="line breaks in HTML"),
    pytest.param("前⟦<!-- オートマン -- マスク -->⟧後", id="a comment"),
    pytest.param("前⟦<script>var オートマン = '<b>';</script>⟧後", id="a script with what is in it"),
    pytest.param("前⟦<style type='x'>.マスク{}</style>⟧後", id="a style sheet"),
    pytest.param("前⟦<script>⟧オートマン", id="a script that nothing closes is one tag"),
    pytest.param("[アルトマン](⟦/オートマン⟧)氏", id="a link's target, not its text"),
    pytest.param('[名](⟦/a_(b) "題"⟧)氏', id="a target with brackets and a title"),
    pytest.param("![図](⟦オートマン.png⟧)", id="a picture's target"),
    pytest.param("![image]()", id="a target that is not there leaves the brackets to R301"),
    pytest.param("⟦\ufeff⟧アルトマン", id="a byte order mark at the start"),
]


@pytest.mark.parametrize("markup", ["plain", "markdown"])
@pytest.mark.parametrize("text", IN_ANY_TEXT)
def test_is_no_prose_in_any_text(text: str, markup: Markup) -> None:
    assert _lines_as_masked(marked(text.translate(MARKS), markup)) == _lines_as_masked(text)


def _lines_as_masked(text: str) -> str:
    """In markdown a fence goes to the end of its line: the line break may stand on either side of the mark."""
    return text.replace("\n⟧", "⟧\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("前\n\n⟦    オートマン = 1\n    マスク = 2\n⟧\n後", id="indented code"),
        pytest.param("⟦---\nslug: オートマン\n---\n⟧アルトマン", id="front matter"),
        pytest.param("⟦+++\ntags = ['オートマン']\n+++\n⟧アルトマン", id="front matter in TOML"),
        pytest.param("⟦\ufeff---\nslug: オートマン\n---\n⟧アルトマン", id="front matter after a byte order mark"),
        pytest.param("⟦---\r\nslug: オートマン\r\n---\r\n⟧アルトマン\r\n", id="front matter with CRLF"),
        pytest.param("[アルトマン][⟦1⟧]\n\n⟦[1]: /オートマン 'マスク'⟧\n", id="a reference definition"),
        pytest.param("前\r\n\r\n⟦    オートマン\r\n⟧\r\n後\r\n", id="indented code with CRLF"),
        pytest.param("一行目\r二行目\n\n⟦    オートマン\n⟧後", id="a lone CR does not shift what is masked"),
        pytest.param("- 項目\n\n⟦      オートマン\n⟧", id="code in a list"),
        pytest.param("⟦```\n終わらないオートマン\n⟧", id="a fence that nothing closes runs to the end"),
        pytest.param("⟦<pre>\nオートマン\n</pre>\n⟧\n後", id="a block of pre"),
        pytest.param("⟦<div>⟧\nアルトマン\n⟦</div>⟧", id="what stands in a block of HTML is prose"),
    ],
)
def test_is_no_prose_in_markdown(text: str) -> None:
    assert _lines_as_masked(marked(text.translate(MARKS), "markdown")) == _lines_as_masked(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("前\n\n    アルトマン\n", id="an indent"),
        pytest.param("---\ntitle: アルトマン\n---\n本文", id="three dashes"),
        pytest.param("[1]: アルトマン\n", id="a note in brackets"),
    ],
)
def test_is_no_prose_in_markdown_only(text: str) -> None:
    assert marked(text, "plain") == text
    assert marked(text, "markdown") != text


def test_an_address_behind_a_fence_that_nothing_closes() -> None:
    # In markdown such a fence runs to the end of the text.
    assert marked("~~~ https://a.example/x を見る", "plain") == "~~~ ⟦https://a.example/x⟧ を見る"


# Hostile: each repeats what a careless pattern reads over and over. Four times the text may take eight times the time, not sixteen.
@pytest.mark.parametrize("markup", ["plain", "markdown"])
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param("`a", id="back-ticks"),
        pytest.param("```\n", id="fences"),
        pytest.param("~~~a\n", id="fences that nothing closes"),
        pytest.param("<a ", id="open tags"),
        pytest.param("<script>", id="scripts that nothing closes"),
        pytest.param("<!--", id="comments that nothing closes"),
        pytest.param("](", id="link targets"),
        pytest.param("](a(", id="targets with open brackets"),
        pytest.param("a@", id="at signs"),
        pytest.param("a.", id="dots before an at sign"),
        pytest.param("www.", id="www"),
        pytest.param("https://a", id="addresses in addresses"),
        pytest.param("[", id="open brackets"),
        pytest.param("---\n", id="rules"),
        pytest.param("> ", id="quotations in quotations"),
        pytest.param("- a\n", id="a list"),
    ],
)
def test_time_is_linear_on_hostile_text(piece: str, markup: Markup) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece)) + "@`"
        start = time.perf_counter()
        not_prose(text, markup)
        return time.perf_counter() - start

    long, short = (min(seconds(length) for _ in range(3)) for length in (12_000, 3_000))
    assert long < max(0.5, 10 * short)  # 4 is linear, 16 is quadratic; a busy machine is in between


PROTECTED = {
    "plain": (
        "https://a.example/ｵｰﾄﾏﾝ",
        "https://ja.example.org/wiki/オートマン",
        "www.a.example/x",
        "taro@a.example",
        '`ｵｰﾄﾏﾝ 氏"`',
        '<a href="ｵｰﾄﾏﾝ" title="２０">',
        "<!-- ｵｰﾄﾏﾝ 氏 -->",
        "<script>ｵｰﾄﾏﾝ</script>",
        "<br>",
    )
}
PROTECTED["markdown"] = (
    *PROTECTED["plain"],
    "\n\n```\nｵｰﾄﾏﾝ 氏\n```\n\n",
    "\n\n    ｵｰﾄﾏﾝ 氏\n\nと",
    '\n\n[1]: /ｵｰﾄﾏﾝ "氏"\n\n',
)
PROSE = (
    *"、。「」\"'“”（） \n\u3000\u200bはがとを氏12０Ａ<>&[](*#-",
    *"アルトマン氏は語った。|オートマン氏は去った。|ｱﾙﾄﾏﾝ氏|Altman氏は|メ一ル|3月2023日|<unk>|![image]()|\n。\n|彼は去った。|</s>".split(
        "|"
    ),
)
PIPELINE = Pipeline()
prose = st.lists(st.sampled_from(PROSE), max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), markup=st.sampled_from(["plain", "markdown"]))
def test_no_rule_changes_what_is_no_prose(data: st.DataObject, markup: Markup) -> None:
    text = ""
    for _ in range(data.draw(st.integers(1, 4))):
        text += data.draw(prose) + data.draw(st.sampled_from(PROTECTED[markup]))
    text += data.draw(prose)
    result = PIPELINE.clean(text, markup=markup)
    spans = not_prose(text, markup)
    touched = [
        (edit, text[start:end])
        for edit in result.edits
        for start, end in spans
        if edit.span.overlaps(Span(start, end)) and edit.span != Span(start, end)
    ]
    assert touched == []
    at = 0
    for start, end in spans:
        found = result.text.find(text[start:end], at)
        assert found >= 0, f"{text[start:end]!r} is gone from {result.text!r}"
        at = found + end - start


@settings(max_examples=500, deadline=None)
@given(data=st.data(), markup=st.sampled_from(["plain", "markdown"]))
def test_a_masked_text_is_as_long_and_has_the_same_lines(data: st.DataObject, markup: Markup) -> None:
    pieces = st.sampled_from(
        [*PROSE, *PROTECTED["markdown"], "\r\n", "\r", "```", "`", "<!--", "-->", "---\n", "\ufeff"]
    )
    text = "".join(data.draw(st.lists(pieces, max_size=15)))
    spans = not_prose(text, markup)
    hidden = masked(text, spans)
    assert all(before.end < after.start for before, after in pairwise(spans))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert len(hidden) == len(text)
    assert [at for at, letter in enumerate(hidden) if letter == "\n"] == [
        at for at, letter in enumerate(text) if letter == "\n"
    ]
    covered = {at for span in spans for at in range(*span)}
    assert all(hidden[at] in (MASK + "\n") if at in covered else hidden[at] == text[at] for at in range(len(text)))
