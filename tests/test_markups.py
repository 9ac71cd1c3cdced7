"""Pages in every markup: what must not be touched first, what is read next, and laws over pages of any shape."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soroe.engine import Pipeline
from soroe.markup import Parts, parts
from soroe.text import Edit, Markup, Span, after_spans, replay

PIPELINE = Pipeline()
# ⟦ and ⟧ stand around what is not prose, ‹ and › around what is read and not touched.
MARKS = str.maketrans("", "", "⟦⟧‹›")


def marked(text: str, markup: Markup) -> str:
    told = parts(text, markup)
    signs = [(end, 0, "⟧") for _, end in told.not_prose] + [(end, 1, "›") for _, end in told.keys]
    signs += [(start, 2, "‹") for start, _ in told.keys] + [(start, 3, "⟦") for start, _ in told.not_prose]
    for at, _, sign in sorted(signs, reverse=True):
        text = text[:at] + sign + text[at:]
    return text


MARKDOWN = [
    pytest.param(
        "役職は`知事`、\\`これ\\`は違う。", "役職は⟦`知事`⟧、\\`これ\\`は違う。", id="a back-tick after a backslash"
    ),
    pytest.param("`二行に\nわたる`と", "⟦`二行に\nわたる`⟧と", id="code over two lines"),
    pytest.param(
        "1. 甲\n   ~~~sh\n   港\n   ~~~\n\n   乙", "1. 甲\n⟦   ~~~sh\n   港\n   ~~~⟧\n\n   乙", id="a fence in a list"
    ),
    pytest.param("> - 甲\n>   ```\n>   港", "> - 甲\n>   ⟦```\n>   港⟧", id="a fence that ends with its quotation"),
    pytest.param("[港[湾]`]`](/a(b)c)", "[港[湾]⟦`]`⟧](⟦/a(b)c⟧)", id="a link's text with brackets and code in it"),
    pytest.param("[港](</a b> '題')", "[港](⟦</a b> '題'⟧)", id="a target in angle brackets"),
    pytest.param("[![港の写真](a.png)](/b)", "[![港の写真](⟦a.png⟧)](⟦/b⟧)", id="a picture in a link"),
    pytest.param("<https://a.example/港>へ", "⟦<https://a.example/港>⟧へ", id="an address in angle brackets"),
    pytest.param(
        "[港][k]\n\n[k]: /a\n  '題'", "[港][⟦k⟧]\n\n⟦[k]: /a\n  '題'⟧", id="a definition with its title below"
    ),
    pytest.param("> [k]: /a '港'\n\n[k]", "> ⟦[k]: /a '港'⟧\n\n[‹k›]", id="a definition in a quotation"),
    pytest.param("```\n[k]: 港\n```", "⟦```\n[k]: 港\n```⟧", id="no definition in code"),
    pytest.param("本文\n[k]: 港", "本文\n[k]: 港", id="no definition in a paragraph"),
    pytest.param("[港]氏\n\n[港]: /a", "[‹港›]氏\n\n⟦[港]: /a⟧", id="a text that is the label of its link"),
    pytest.param(
        "[港][]と![船][]\n\n[港]: /a\n[船]: /b",
        "[‹港›][]と![‹船›][]\n\n⟦[港]: /a⟧\n⟦[船]: /b⟧",
        id="with empty brackets behind",
    ),
    pytest.param("[港]氏は[船][]に", "[港]氏は[船][]に", id="brackets without a definition"),
    pytest.param("港[^甲]\n\n[^甲]: 注の**文**", "港⟦[^甲]⟧\n\n⟦[^甲]:⟧ 注の**文**", id="a footnote"),
    pytest.param("| 名 | `a\\|b` |\n|--|--|\n| 港 | 船 |", "| 名 | ⟦`a\\|b`⟧ |\n|--|--|\n| 港 | 船 |", id="a table"),
    pytest.param("港<ruby>湾<rt>わん</rt></ruby>", "港⟦<ruby>⟧湾⟦<rt>⟧わん⟦</rt></ruby>⟧", id="ruby"),
    pytest.param("<Card title='港'>\n港\n</Card>", "⟦<Card title='港'>⟧\n港\n⟦</Card>⟧", id="a component"),
    pytest.param("<!-- 甲\n\n乙 -->\n\n丙", "⟦<!-- 甲\n\n乙 -->⟧\n\n丙", id="a comment over blank lines"),
    pytest.param(
        "<p>\n<pre>港\n\n  船</pre>湾\n</p>", "⟦<p>⟧\n⟦<pre>港\n\n  船</pre>⟧湾\n⟦</p>⟧", id="pre inside a block"
    ),
    pytest.param("<kbd>港</kbd>", "⟦<kbd>港</kbd>⟧", id="a key"),
    pytest.param("<unk>は</s>", "<unk>は</s>", id="marks of the machine"),
    pytest.param("それは$20、これは$30だ。", "それは$20、これは$30だ。", id="prices"),
    pytest.param("式は$x_1+y$と$$\n港\n$$", "式は⟦$x_1+y$⟧と⟦$$\n港\n$$⟧", id="formulas"),
    pytest.param(
        '# 港 {#港}\n\n{{< fig a="港" >}}と{% 港 %}',
        '# 港 ⟦{#港}⟧\n\n⟦{{< fig a="港" >}}⟧と⟦{% 港 %}⟧',
        id="what site builders put in",
    ),
    pytest.param("彼は{笑}った。", "彼は{笑}った。", id="braces"),
    pytest.param(
        "---\ntitle: 港 # 註\nslug: 港\n---\n\n港",
        "⟦---\ntitle: ⟧港⟦ # 註\nslug: 港\n---\n⟧\n港",
        id="a title in front matter",
    ),
    pytest.param(
        "---\ntitle: '港'\ntags: [港]\n---\n", "⟦---\ntitle: '⟧港⟦'\ntags: [港]\n---\n⟧", id="a title in quotes"
    ),
    pytest.param('---\nsummary: "港\\"の"\n---\n', '⟦---\nsummary: "⟧‹港\\"の›⟦"\n---\n⟧', id="a title with an escape"),
    pytest.param(
        "---\ntitle: [港]\ndescription: >\n  港\na:\n  title: 港\n---\n",
        "⟦---\ntitle: [港]\ndescription: >\n  港\na:\n  title: 港\n---\n⟧",
        id="what is more than a line of text",
    ),
    pytest.param(
        '+++\ntitle = "港"\ndate = 港\n+++\n', '⟦+++\ntitle = "⟧港⟦"\ndate = 港\n+++\n⟧', id="a title in TOML"
    ),
    pytest.param(
        "😀 か\u3099`港`👨\u200d👩",
        "😀 か\u3099⟦`港`⟧👨\u200d👩",
        id="characters outside the first plane, and joined ones",
    ),
    pytest.param("\ud800`港`", "\ud800⟦`港`⟧", id="half a surrogate pair"),
]
MDX = [
    pytest.param("import Port from './港'\n\n港", "⟦import Port from './港'⟧\n\n港", id="an import"),
    pytest.param(
        "export const a = {\n  b: '港}',\n\n  c: 1}\n港",
        "⟦export const a = {\n  b: '港}',\n\n  c: 1}⟧\n港",
        id="an export over blank lines",
    ),
    pytest.param("importする。export も。", "importする。export も。", id="no import"),
    pytest.param("# 港 {props.港}", "# 港 ⟦{props.港}⟧", id="an expression"),
    pytest.param("\\{港\\} と { 港", "\\{港\\} と { 港", id="braces that are none"),
    pytest.param(
        "<A b={() => '港>'} c=\"船\">港</A>",
        "⟦<A b={() => '港>'} c=\"船\">⟧港⟦</A>⟧",
        id="a component with expressions",
    ),
    pytest.param("<>港</> <A.B/>", "⟦<>⟧港⟦</>⟧ ⟦<A.B/>⟧", id="fragments"),
    pytest.param("<A>\n\n    港の`船`\n\n</A>", "⟦<A>⟧\n\n    港の⟦`船`⟧\n\n⟦</A>⟧", id="an indent is no code"),
    pytest.param("```\n{港\n```\n港}", "⟦```\n{港\n```⟧\n港}", id="a brace in code opens nothing"),
    pytest.param("{/* soroe: ignore N401 */}", "⟦{/* soroe: ignore N401 */}⟧", id="a comment"),
    pytest.param("<unk>は", "<unk>は", id="marks of the machine"),
]
HTML = [
    pytest.param("<p class='港'>港</p>", "⟦<p class='港'>⟧港⟦</p>⟧", id="an attribute"),
    pytest.param(
        "<img src=港 alt='港' title=\"船\">",
        "⟦<img src=港 alt='⟧港⟦' title=\"⟧船⟦\">⟧",
        id="texts for those who do not see",
    ),
    pytest.param(
        "<a data-x=\"alt='港'\">港</a>",
        "⟦<a data-x=\"alt='港'\">⟧港⟦</a>⟧",
        id="no alternative text inside another value",
    ),
    pytest.param("<b title='港&quot;船'>", "⟦<b title='⟧港⟦&quot;⟧船⟦'>⟧", id="an entity in a value"),
    pytest.param(
        "<meta name=description content='港'><meta name=x content='港'>",
        "⟦<meta name=description content='⟧港⟦'><meta name=x content='港'>⟧",
        id="what search engines show",
    ),
    pytest.param("港&amp;船&#x3042;", "港⟦&amp;⟧船⟦&#x3042;⟧", id="entities"),
    pytest.param("<code>港<b>船</b></code>と<pre>港</pre>", "⟦<code>港<b>船</b></code>⟧と⟦<pre>港</pre>⟧", id="code"),
    pytest.param("<script>var 港 = '<p>';</script>港", "⟦<script>var 港 = '<p>';</script>⟧港", id="a script"),
    pytest.param(
        "<!DOCTYPE html><!-- 港 --><?港?>港", "⟦<!DOCTYPE html><!-- 港 --><?港?>⟧港", id="comments and declarations"
    ),
    pytest.param("1 < 2、港 > 船 & 湾", "1 < 2、港 > 船 & 湾", id="signs that are no markup"),
    pytest.param("<アルトマン>と<unk>", "<アルトマン>と<unk>", id="a name in angle brackets, a mark of the machine"),
    pytest.param("<s>港</s>", "⟦<s>⟧港⟦</s>⟧", id="struck out"),
    pytest.param("<br/>港<br />船", "⟦<br/>⟧港⟦<br />⟧船", id="line breaks"),
    pytest.param("見よhttps://a.example/x 港", "見よ⟦https://a.example/x⟧ 港", id="an address"),
    pytest.param("{{ 港 }}{% if 港 %}船", "⟦{{ 港 }}{% if 港 %}⟧船", id="a template"),
    pytest.param("---\ntitle: 港\nid: 港\n---\n<p>港", "⟦---\ntitle: ⟧港⟦\nid: 港\n---\n<p>⟧港", id="front matter"),
    pytest.param(
        "😀\n<b>港</b>\n\n か\u3099<i\n x='船'>湾",
        "😀\n⟦<b>⟧港⟦</b>⟧\n\n か\u3099⟦<i\n x='船'>⟧湾",
        id="a tag over two lines",
    ),
]
RST = [
    pytest.param("港の ``船`` と", "港の⟦ ``船`` ⟧と", id="a literal"),
    pytest.param("例::\n\n   港\n\n船", "例:⟦:\n\n   港\n\n⟧船", id="a literal block"),
    pytest.param(".. code-block:: sh\n\n   港\n\n船", "⟦.. code-block:: sh\n\n   港\n\n⟧船", id="code"),
    pytest.param(".. 港\n   湾\n\n船", "⟦.. 港\n   湾\n\n⟧船", id="a comment"),
    pytest.param("港\n====\n\n船", "‹港›⟦\n====\n\n⟧船", id="a title is as long as its line"),
    pytest.param(
        "====\n港\n====\n\n港\n\n船\n--", "⟦====\n⟧‹港›⟦\n====\n\n⟧港\n\n‹船›⟦\n--⟧", id="a title between two lines"
    ),
    pytest.param("`港 <http://a.example/>`_ と", "⟦`⟧港⟦ <http://a.example/>`_ ⟧と", id="a link's target"),
    pytest.param(
        "港_ と `船`_\n\n.. _港: /a\n.. _船: /b",
        "‹港›⟦_ ⟧と⟦ `⟧‹船›⟦`_\n\n.. _港: /a\n.. _船: /b⟧",
        id="a text that is the label of its link",
    ),
    pytest.param(":ref:`港 <a>` と :term:`船`", "⟦:ref:`⟧港⟦ <a>` ⟧と⟦ :term:`船`⟧", id="roles of Sphinx"),
    pytest.param(
        "== ==\n港 船\n== ==\n船 ``船``\n== ==\n", "⟦== ==\n⟧‹港›⟦ ⟧‹船›⟦\n== ==\n⟧‹船›⟦ ``船``\n== ==\n⟧", id="a table"
    ),
    pytest.param(
        "+--+-----+\n|港|船 湾|\n|船|港   |\n+--+-----+\n",
        "⟦+--+-----+\n|⟧‹港›⟦|⟧‹船 湾›⟦|\n|⟧‹船›⟦|⟧‹港›⟦   |\n+--+-----+\n⟧",
        id="a table in a grid",
    ),
    pytest.param("**港**\\ の *船*", "⟦**⟧港⟦**\\ ⟧の⟦ *⟧船⟦*⟧", id="emphasis"),
    pytest.param("港\\*船\\*", "港\\*船\\*", id="a star after a backslash"),
    pytest.param(
        ".. image:: 港.png\n   :alt: 港\n   :name: 港\n",
        "⟦.. image:: 港.png\n   :alt: ⟧港⟦\n   :name: 港\n⟧",
        id="a picture's text",
    ),
    pytest.param(".. note:: 港の\n   船\n\n   湾", "⟦.. note:: ⟧港の\n   船\n\n   湾", id="a note"),
    pytest.param(".. versionadded:: 1.0\n\n   港", "⟦.. versionadded:: 1.0⟧\n\n   港", id="a directive of Sphinx"),
    pytest.param(".. function:: 港\n\n   船", "⟦.. function:: 港\n\n   船⟧", id="a directive that no one knows"),
    pytest.param("|港| と\n\n.. |港| replace:: 船", "⟦|港| ⟧と⟦\n\n.. |港| replace:: 船⟧", id="a substitution"),
    pytest.param("港 [1]_\n\n.. [1] 船", "港⟦ [1]_\n\n.. [1] ⟧船", id="a footnote"),
    pytest.param(":港: 船", "⟦:港: ⟧船", id="a field"),
    pytest.param(
        "港\u2028船 ``港``\n\nか\u3099😀 ``船``",
        "港\u2028船⟦ ``港``⟧\n\nか\u3099😀⟦ ``船``⟧",
        id="lines that end otherwise",
    ),
    pytest.param("* 港\n\n  * 船\n    湾", "⟦* ⟧港\n\n  ⟦* ⟧船\n    湾", id="lists"),
]
ASCIIDOC = [
    pytest.param('港の`船`と``湾``と"`港`"', '港の⟦`船`⟧と⟦``湾``⟧と"`港`"', id="code, and curved quotes"),
    pytest.param("----\n港\n----\n船", "⟦----\n港\n----⟧\n船", id="a listing"),
    pytest.param("....\n港\n----\n....\n船", "⟦....\n港\n----\n....⟧\n船", id="a literal block"),
    pytest.param("港\n\n----\n船", "港\n\n⟦----\n船⟧", id="a listing that nothing closes"),
    pytest.param("|===\n|港|船\n|===", "⟦|===⟧\n|港|船\n⟦|===⟧", id="a table"),
    pytest.param("[source,港]\n.題\n港", "⟦[source,港]⟧\n.題\n港", id="attributes of a block"),
    pytest.param(":a-b: 港\n\n{a-b}と", "⟦:a-b: 港⟧\n\n⟦{a-b}⟧と", id="an attribute"),
    pytest.param("// 港\n船", "⟦// 港⟧\n船", id="a comment"),
    pytest.param("////\n港\n////\n船", "⟦////\n港\n////⟧\n船", id="a comment of many lines"),
    pytest.param("link:/港[船]とhttps://a.example/x[湾]", "⟦link:/港⟧[船]と⟦https://a.example/x⟧[湾]", id="links"),
    pytest.param("image::港.png[船]", "⟦image::港.png⟧[船]", id="a picture"),
    pytest.param("<<港>>と<<船,湾>>", "⟦<<港>>⟧と⟦<<船,⟧湾⟦>>⟧", id="references"),
    pytest.param("kbd:[港]とpass:[船]", "⟦kbd:[港]⟧と⟦pass:[船]⟧", id="keys and what is passed through"),
    pytest.param(
        "本文\n\n  港\n  船\n\n  * 湾",
        "本文\n\n⟦  港\n  船⟧\n\n  * 湾",
        id="an indented paragraph is code, a list is not",
    ),
    pytest.param("港の船湾\n-----\n\n本文", "‹港の船湾›\n⟦-----⟧\n\n本文", id="a title is as long as its line"),
    pytest.param("== 港\n\n*船*と_湾_", "⟦== ⟧港\n\n*船*と_湾_", id="a title, emphasis"),
    pytest.param("1 + 2 + 3、C++とA+", "1 + 2 + 3、C++とA+", id="plus signs"),
]


def told(text: str) -> list[tuple[str, str]]:
    """Every letter of a marked text and what it is; spaces and line breaks at an edge may belong to either side."""
    what = {"⟦": "hidden", "⟧": "prose", "‹": "key", "›": "prose"}
    now, letters = "prose", []
    for letter in text:
        now = what.get(letter, now)
        if letter not in what and not letter.isspace():
            letters.append((letter, now))
    return letters


@pytest.mark.parametrize(("text", "wanted"), MARKDOWN)
def test_markdown(text: str, wanted: str) -> None:
    assert told(marked(text, "markdown")) == told(wanted)


@pytest.mark.parametrize(("text", "wanted"), MDX)
def test_mdx(text: str, wanted: str) -> None:
    assert told(marked(text, "mdx")) == told(wanted)


@pytest.mark.parametrize(("text", "wanted"), HTML)
def test_html(text: str, wanted: str) -> None:
    assert marked(text, "html") == wanted


@pytest.mark.parametrize(("text", "wanted"), RST)
def test_rst(text: str, wanted: str) -> None:
    assert told(marked(text, "rst")) == told(wanted)


@pytest.mark.parametrize(("text", "wanted"), ASCIIDOC)
def test_asciidoc(text: str, wanted: str) -> None:
    assert marked(text, "asciidoc") == wanted


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        pytest.param("[ｱﾙﾄﾏﾝ]氏\n\n[ｱﾙﾄﾏﾝ]: /a", "markdown", id="the label of a link"),
        pytest.param("ｱﾙﾄﾏﾝ氏\n==========\n\n港", "rst", id="a title, which may outgrow its line"),
        pytest.param("======== ==\nｱﾙﾄﾏﾝ氏  港\n======== ==\n", "rst", id="a table"),
        pytest.param("ｱﾙﾄﾏﾝ_\n\n.. _ｱﾙﾄﾏﾝ: /a", "rst", id="a reference"),
        pytest.param("ｱﾙﾄﾏﾝ氏\n------\n\n港", "asciidoc", id="a title with a line"),
        pytest.param('---\ntitle: "\\"ｱﾙﾄﾏﾝ\\"氏"\n---\n', "markdown", id="a string with escapes"),
    ],
)
def test_a_key_is_told_and_not_touched(text: str, markup: Markup) -> None:
    result = PIPELINE.clean(text, markup=markup)
    assert result.text == text
    assert [(finding.code, finding.edit) for finding in result.findings] == [("C101", None)]


@pytest.mark.parametrize(
    ("text", "cleaned", "markup"),
    [
        ("彼、**マスク** 氏は。", "彼、**マスク** 氏は。", "rst"),
        ("=== ===\n港は 船は\n=== ===\n", "=== ===\n港は 船は\n=== ===\n", "rst"),
        ("<p>ﾏｽｸ 氏</p><a href='ﾏｽｸ' title='ﾏｽｸ'>", "<p>マスク氏</p><a href='ﾏｽｸ' title='マスク'>", "html"),
        ("<p>S&amp;amp;P</p>", "<p>S&amp;amp;P</p>", "html"),
        ("* ﾏｽｸ 氏の ``ﾏｽｸ 氏``\n", "* マスク氏の ``ﾏｽｸ 氏``\n", "rst"),
        ('= ﾏｽｸ 氏の港\n\n`ﾏｽｸ`と"行く "と', "= マスク氏の港\n\n`ﾏｽｸ`と「行く」と", "asciidoc"),
        ("<A b={'ﾏｽｸ'}>\n\n    ﾏｽｸ 氏の{ﾏｽｸ}\n\n</A>", "<A b={'ﾏｽｸ'}>\n\n    マスク氏の{ﾏｽｸ}\n\n</A>", "mdx"),
        ("---\ntitle: ﾏｽｸ 氏の港\nslug: ﾏｽｸ\n---\n", "---\ntitle: マスク氏の港\nslug: ﾏｽｸ\n---\n", "markdown"),
        (
            "# ﾏｽｸ\n\n![ﾏｽｸ](ﾏｽｸ.png)\n\n| ﾏｽｸ |\n|--|\n",
            "# マスク\n\n![マスク](ﾏｽｸ.png)\n\n| マスク |\n|--|\n",
            "markdown",
        ),
    ],
)
def test_only_prose_is_mended(text: str, cleaned: str, markup: Markup) -> None:
    assert PIPELINE.clean(text, markup=markup).text == cleaned


COMMON = (
    *(
        "\n",
        "\n\n",
        "\n    ",
        "\n  ",
        " ",
        "\t",
        "港。",
        "アルトマン氏",
        "オートマン氏",
        "ｱﾙﾄﾏﾝ 氏",
        "😀",
        "か\u3099",
        '"行く "と',
        "![image]()",
        "</s>",
        "\ud800",
    ),
    *(
        "3月2023日",
        "https://a.example/港 ",
        "\\",
        "`",
        "``",
        "*",
        "**",
        "[",
        "]",
        "(",
        ")",
        "<b>",
        "</b>",
        "<unk>",
        "<!-- 港 -->",
        "&amp;amp;quot;",
    ),
)
PIECES: dict[Markup, tuple[str, ...]] = {
    "plain": (*COMMON, "```\n", "](", "<!--", "-->", "<code>", "</code>"),
    "markdown": (
        *COMMON,
        *"# |> |- |1. |\n```\n|\n~~~\n|](|]: /a|[^1]|[^1]: |<div>\n|</div>|<!--|-->|<pre>|</pre>|\\||\n---\n|title: 港\n|$|{|}|{{|}}".split(
            "|"
        ),
        "|",
        "|\n|--|\n",
    ),
    "mdx": (
        *COMMON,
        "\nimport a from 'b'\n",
        "\nexport const a = {",
        "{",
        "}",
        "<A b={",
        "/>",
        "<A>",
        "</A>",
        "'",
        '"',
        "\n```\n",
        "# ",
        "- ",
    ),
    "html": (
        *COMMON,
        *"<p>|</p>|<code>|</code>|<script>|</script>|<img alt='港|'>|<!--|-->|&amp;|&#x|<?|<!|<|>|<A |= \"|{{|}}|<pre>|</pre>".split(
            "|"
        ),
    ),
    "rst": (
        *COMMON,
        "\n====\n",
        "\n----\n",
        "::\n\n    ",
        "\n.. note:: ",
        "\n.. code:: sh\n\n    ",
        "\n.. _a: b\n",
        "a_ ",
        "`_ ",
        " `",
        ":ref:`",
        " <a>`",
        "|",
        "\n* ",
        "\n== ==\n",
        "\n+--+--+\n",
        "\n.. ",
        "\n:a: ",
    ),
    "asciidoc": (
        *COMMON,
        "\n----\n",
        "\n....\n",
        "\n////\n",
        "\n// ",
        "\n:a: ",
        "<<",
        ">>",
        "link:a[",
        "+",
        "++",
        "\n== ",
        "\n|===\n",
        "{a}",
        "\n[a]\n",
        "pass:[",
    ),
    "wikitext": (
        *COMMON,
        *"[[ ]] [[港| {{ }} {{{ }}} == \n==\n \n*\n \n: {| |} \n|- \n| \n! ' '' ''' <ref> </ref> <nowiki> </nowiki> [https://a.example/".split(
            " "
        ),
        "<br/>",
        "[[ファイル:a.jpg|thumb|",
        "[[Category:港]]",
        "~~~~",
        "__目次__",
        "&nbsp;",
        "<b a='",
    ),
}
MARKUPS = [markup for markup in PIECES if markup != "wikitext" or find_spec("mwparserfromhell")]


def pages(markup: Markup) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PIECES[markup]), max_size=14).map("".join)


def test_a_page_does_not_change_how_the_next_is_read() -> None:
    page = ":港:`船` は\n\n.. tip:: 港\n"
    alone = marked(page, "rst")
    parts(".. role:: 港(emphasis)\n\n.. default-role:: emphasis\n\n:港:`船`\n", "rst")
    assert marked(page, "rst") == alone


def test_no_file_is_read_for_a_page(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("港の船", encoding="utf-8")
    page = (
        f".. include:: {secret}\n\n.. csv-table::\n   :file: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n港の船\n"
    )
    assert "".join(letter for letter, what in told(marked(page, "rst")) if what == "prose") == "港の船"


class _Words(HTMLParser):
    """What Python's own parser takes for text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.words = ""

    def handle_data(self, data: str) -> None:
        self.words += data


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b title='a > b'>",
                '<i a="<b>">',
                "</i>",
                "<br/>",
                "<a b=c d>",
                "港",
                "船\n",
                "<!-- <p> -->",
                "&amp;",
            ]
        )
    )
)
def test_html_is_read_as_pythons_parser_reads_it(pieces: list[str]) -> None:
    page = "".join(pieces)
    oracle = _Words()
    oracle.feed(page)
    oracle.close()
    prose = "".join(letter for at, letter in enumerate(page) if at not in _covered(parts(page, "html").not_prose))
    assert prose.replace("a > b", "") == oracle.words


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("markup", MARKUPS)
@given(data=st.data())
def test_spans_are_in_order_and_inside_the_text(markup: Markup, data: st.DataObject) -> None:
    text = data.draw(pages(markup))
    for spans in parts(text, markup):
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(before.end < after.start for before, after in pairwise(spans))


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("markup", MARKUPS)
@given(data=st.data())
def test_a_byte_order_mark_moves_all_by_one(markup: Markup, data: st.DataObject) -> None:
    text = data.draw(pages(markup))
    one = Span(0, 1)
    moved = Parts(*([Span(start + 1, end + 1) for start, end in spans] for spans in parts(text, markup)))
    under_a_mark = parts("\ufeff" + text, markup)
    assert under_a_mark[1:] == moved[1:]
    assert _covered(under_a_mark.not_prose) == _covered([one, *moved.not_prose])


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("markup", MARKUPS)
@given(data=st.data())
def test_line_ends_change_nothing(markup: Markup, data: st.DataObject) -> None:
    text = data.draw(pages(markup))
    assert told(marked(text.replace("\n", "\r\n"), markup)) == told(marked(text, markup))


def _covered(spans: list[Span]) -> set[int]:
    return {at for span in spans for at in range(*span)}


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("markup", MARKUPS)
@given(data=st.data())
def test_laws_on_any_page(markup: Markup, data: st.DataObject) -> None:
    text = data.draw(pages(markup))
    result = PIPELINE.clean(text, markup=markup)
    assert replay(text, result.edits) == result.text
    spans = after_spans(result.edits)
    undone = [Edit(span, text[slice(*edit.span)], "", "") for span, edit in zip(spans, result.edits, strict=True)]
    assert replay(result.text, undone) == text
    assert PIPELINE.clean(result.text, markup=markup).text == result.text, "fixed point"


@pytest.mark.parametrize("markup", [markup for markup in MARKUPS if markup not in ("rst", "wikitext")])
@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "{'",
        "<A ",
        "<A b={",
        "<a b='",
        "[",
        "[a]: ",
        "[a]: /b\n",
        "`a",
        "{{",
        "<!--",
        "&#x",
        "<script>",
        "----\n",
        "link:",
        "<<",
        "pass:[",
        "+a",
        "[[a",
        "*",
        "$",
        "| ",
        "> ",
        "- ",
        "港`",
    ],
)
def test_time_is_linear_on_hostile_text(piece: str, markup: Markup) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece)) + "@`"
        start = time.perf_counter()
        parts(text, markup)
        return time.perf_counter() - start

    long, short = (min(seconds(length) for _ in range(2)) for length in (12_000, 3_000))
    assert long < max(0.5, 10 * short)  # 4 is linear, 16 is quadratic; a busy machine is in between
