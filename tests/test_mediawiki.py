"""Dumps of MediaWiki: what stays byte for byte first, then the prose, then what is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from dumps import (
    AFTER,
    BEFORE,
    PAGE,
    cleaned,
    fail_on_b,
    mended,
    quarantined,
    records,
    restored,
    run_on,
    takes_little_memory,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soroe.formats.read import Broken, Reading, Source
from soroe.markup import parts

pytest.importorskip("mwparserfromhell", reason="mwparserfromhell is an extra: pip install 'soroe[wiki]'")


def a_page(text: str, title: str = "港", ns: int = 0, more: str = "", model: str = "wikitext") -> str:
    content = (
        f'<text bytes="{len(text.encode())}" sha1="abc" xml:space="preserve">{text}</text>'
        if text
        else '<text bytes="0" />'
    )
    return f"""  <page>
    <title>{title}</title>
    <ns>{ns}</ns>
    <id>7</id>{more}
    <revision>
      <id>99</id>
      <timestamp>2024-05-01T00:00:00Z</timestamp>
      <contributor><username>ｱ</username><id>3</id></contributor>
      <comment>ｱﾙﾄﾏﾝ</comment>
      <model>{model}</model>
      <format>text/x-wiki</format>
      {content}
      <sha1>abc</sha1>
    </revision>
  </page>
"""


def a_wiki(*pages: str, version: str = "0.11") -> str:
    return f"""<mediawiki xmlns="http://www.mediawiki.org/xml/export-{version}/" version="{version}" xml:lang="ja">
  <siteinfo>
    <sitename>港の事典 &amp; ｱ</sitename>
    <dbname>minatowiki</dbname>
  </siteinfo>
{"".join(pages)}</mediawiki>
"""


UNTOUCHED_PAGES = {
    "a template": a_page("{{人物|name=ｱﾙﾄﾏﾝ}}"),
    "a target of a link": a_page("[[ｱﾙﾄﾏﾝ|港]]"),
    "a title that is a link": a_page("[[ｱﾙﾄﾏﾝ]]"),
    "a category": a_page("[[Category:ｱﾙﾄﾏﾝ]][[カテゴリ:ｱ]][[en:ｱ]]"),
    "a file": a_page("[[ファイル:ｱ.jpg|thumb|200px]]"),
    "program text": a_page(
        "&lt;nowiki>ｱ&lt;/nowiki>&lt;syntaxhighlight lang=&quot;py&quot;>ｱ&lt;/syntaxhighlight>&lt;!-- ｱ -->"
    ),
    "a note": a_page("港&lt;ref name=&quot;ｱ&quot;>ｱﾙﾄﾏﾝ&lt;/ref>"),
    "an address": a_page("[https://example.com/ｱ 港] https://example.com/"),
    "a page of a template": a_page("ｱﾙﾄﾏﾝ", ns=10),
    "a redirect": a_page("#転送 [[港]] ｱ", more='\n    <redirect title="港" />'),
    "a page of a program": a_page("ｱﾙﾄﾏﾝ", model="Scribunto"),
    "no text": a_page(""),
    "odd references": a_page("&#x6E2F;&#28207; &apos;港&apos; &amp;amp; &amp;lt;b&amp;gt; &quot;"),
    "a CDATA section": a_page("<![CDATA[ｱﾙﾄﾏﾝ]]>"),
    "CR LF": a_page("港\n港").replace("\n", "\r\n"),
}


@pytest.mark.parametrize("page", UNTOUCHED_PAGES.values(), ids=UNTOUCHED_PAGES)
@pytest.mark.parametrize("version", ["0.10", "0.11"])
def test_of_a_wiki_what_is_no_prose_stays_byte_for_byte(tmp_path: Path, page: str, version: str) -> None:
    dump = a_wiki(page, a_page(AFTER, "二"), version=version).encode()
    assert cleaned(tmp_path, "a.xml", dump) == dump
    assert quarantined(tmp_path / "out") == []


CHANGED_PAGES = {
    "prose between markup": (
        "'''ｱ'''氏は[[港|ｲ]]で&lt;b>ｳ&lt;/b>と{{x|ｱ}}語った。",
        "'''ア'''氏は[[港|イ]]で&lt;b>ウ&lt;/b>と{{x|ｱ}}語った。",
    ),
    "headings, lists, tables": (
        "== ｱ ==\n* ｲ\n# ｳ\n{| class=&quot;ｱ&quot;\n|+ ｴ\n! ｵ\n|-\n| ｶ || style=&quot;ｱ&quot; | ｷ\n|}\n",
        "== ア ==\n* イ\n# ウ\n{| class=&quot;ｱ&quot;\n|+ エ\n! オ\n|-\n| カ || style=&quot;ｱ&quot; | キ\n|}\n",
    ),
    "a caption": ("[[ファイル:ｱ.jpg|thumb|left|ｱの港]]", "[[ファイル:ｱ.jpg|thumb|left|アの港]]"),
    "what a link says": ("[https://example.com/ｱ ｱの港]", "[https://example.com/ｱ アの港]"),
    "references beside it": ("&#x6E2F;&amp;nbsp;ｱ&quot;&apos;&gt;>ｲ", "&#x6E2F;&amp;nbsp;ア&quot;&apos;&gt;>イ"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED_PAGES.values(), ids=CHANGED_PAGES)
def test_of_a_wiki_only_the_prose_is_cleaned(tmp_path: Path, before: str, after: str) -> None:
    dump = a_wiki(a_page(before), a_page(""))
    assert cleaned(tmp_path, "a.xml", dump.encode()).decode() == dump.replace(f">{before}<", f">{after}<")


def test_pages_of_a_wiki_go_by_their_titles(tmp_path: Path) -> None:
    pages = a_page("ｱ", "港 &amp; 町"), a_page("ｱ", "港"), a_page("ｱ", "ｱ", ns=10), a_page("ｱ", "港")
    cleaned(tmp_path, "a.xml", a_wiki(*pages).encode(), source_field="dbname", lang_field="lang")
    told = records(tmp_path / "out/edits.jsonl")
    assert [(one["doc"], one["source"]) for one in told] == [(name, "minatowiki") for name in ("港 & 町", "港", "港#2")]
    assert json.loads((tmp_path / "out/run.json").read_text("utf-8"))["counts"]["pages that are no articles"] == 1


def test_a_page_that_soroe_fails_on_stays_in_its_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on_b(monkeypatch)
    dump = a_wiki(a_page("ｱ\nｱ"), a_page("Bｱ&lt;\nB"), a_page("ｲ"))
    clean = cleaned(tmp_path, "a.xml", dump.encode()).decode()
    assert clean == dump.replace(">ｱ\nｱ<", ">ア\nア<").replace(">ｲ<", ">イ<")
    ((_, line, _),) = quarantined(tmp_path / "out")
    assert "Bｱ" in dump.splitlines()[(line or 0) - 1]


BAD_WIKIS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda dump: dump[:-400], "not well-formed XML: no element found at column"),
    "a wrong tag": (
        lambda dump: dump.replace(b"</mediawiki>", b"</x>"),
        "not well-formed XML: mismatched tag at column",
    ),
    "no UTF-8": (
        lambda dump: dump[:-300] + b"\xff" + dump[-300:],
        "not well-formed XML: not well-formed (invalid token)",
    ),
    "a DOCTYPE": (lambda dump: b'<!DOCTYPE x [<!ENTITY a "b">]>' + dump, "has a DOCTYPE"),
    "another encoding": (lambda dump: b'<?xml version="1.0" encoding="Shift_JIS"?>' + dump, "in Shift_JIS, and a dump"),
    "another kind of XML": (lambda dump: b"<html/>", "no dump of MediaWiki: its outermost element is <html>"),
    "nothing": (lambda dump: b"", "not well-formed XML: no element found"),
}


@pytest.mark.parametrize(("spoiled", "reason"), BAD_WIKIS.values(), ids=BAD_WIKIS)
def test_of_a_broken_wiki_what_was_before_is_cleaned(
    tmp_path: Path, spoiled: Callable[[bytes], bytes], reason: str
) -> None:
    dump = spoiled(a_wiki(*[a_page(f"{BEFORE}{at}", f"頁{at}") for at in range(300)]).encode())
    (tmp_path / "a.xml").write_bytes(dump)
    out = tmp_path / "out"
    count = run_on(out, tmp_path / "a.xml").counts["documents"]
    ((_, line, told),) = quarantined(out)
    assert told.startswith(reason)
    if count:
        assert count >= 299 and line and line > 4_000
        assert (out / "clean/a.xml").read_text("utf-8").count(AFTER) == count
    assert restored(out) == {"a.xml": "it could not be read to its end"}


@pytest.mark.parametrize("size", [0, 1 << 16, 1 << 20])
def test_xml_in_a_folder_that_is_no_dump_leaves_no_file(tmp_path: Path, size: int) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/feed.xml").write_text(f"<!-- {'港' * size} -->\n<rss>{BEFORE}</rss>", "utf-8")
    (tmp_path / "in/wiki.xml").write_text(f"<!-- {'港' * size} -->\n{a_wiki(a_page(BEFORE))}", "utf-8")
    out = tmp_path / "out"
    assert run_on(out, tmp_path / "in").counts["skipped files"] == 1
    assert [path.name for path in (out / "clean").iterdir()] == ["wiki.xml"]
    assert [told["name"] for told in json.loads((out / "run.json").read_text("utf-8"))["inputs"]] == ["wiki.xml"]
    assert restored(out) == {"wiki.xml": ""}


def test_bytes_that_are_no_text_are_told_and_not_lost() -> None:
    from soroe.formats.mediawiki import _event, _Page

    source, data = Source("a.xml", "mediawiki", None), b"<page>\xff\xe5"
    for page, line in ((_Page(0, 6, 8, 7, {}, True), 7), ("head", None)):
        event = _event(data, page, source, Reading())  # type: ignore[arg-type]
        assert event == Broken(source, line, "not UTF-8, as a dump of MediaWiki is", data)


SIGNS = """[[ ]] {{ }} | ｱ 港 = == * {| |} |- ! <ref> </ref> <b> </b> <br/> ''' '' &amp; & < > " https://a.example/ [ ] <!-- --> ファイル:
<nowiki> </nowiki> {{{ }}} __目次__ : ;""".split()
WIKITEXT = st.lists(st.sampled_from([*SIGNS, "\n", " "]), max_size=25).map("".join)


@given(WIKITEXT)
@settings(deadline=None, max_examples=200)
def test_any_wikitext_has_its_parts_where_they_stand(text: str) -> None:
    told = parts(f"港は{text}", "wikitext")
    for spans in told:
        ends = [edge for span in spans for edge in span]
        assert ends == sorted(ends) and all(2 <= edge <= len(text) + 2 for edge in ends)


def said(code: Any) -> str:
    """What a page says, by the tree that the parser makes of it: the text of its nodes, without what is never read."""
    parts = []
    for node in code.nodes:
        match type(node).__name__:
            case "Text":
                parts.append(str(node))
            case "Wikilink" if node.text is not None:
                parts.append(said(node.text))
            case "Wikilink":
                parts.append(str(node.title))
            case "ExternalLink" if node.title is not None:
                parts.append(said(node.title))
            case "Heading":
                parts.append(said(node.title))
            case "Tag" if node.contents is not None and node.tag not in ("ref", "nowiki"):
                parts.append(said(node.contents))
    return "".join(parts)


@given(WIKITEXT.filter(lambda text: "ファイル" not in text and "https" not in text))
@settings(deadline=None, max_examples=300)
def test_any_wikitext_says_what_the_tree_of_it_says(text: str) -> None:
    from mwparserfromhell import parse

    told = parts(text, "wikitext")
    shown = [*told.not_prose, (len(text), len(text))]
    prose = "".join(text[end:start] for (_, end), (start, _) in zip([(0, 0), *shown], shown, strict=False))
    wanted = said(parse(text, skip_style_tags=True))
    marks = re.compile(r"'{2,}|__目次__|[\[\]{}<|]")  # which are hidden in what is text to the tree
    assert marks.sub("", prose) == marks.sub("", wanted)


@given(st.lists(WIKITEXT, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_wiki_comes_back(tmp_path: Path, texts: list[str]) -> None:
    cleaned(tmp_path, "a.xml", a_wiki(*[a_page(escape(text), f"頁{at}") for at, text in enumerate(texts)]).encode())


def test_lint_mends_a_dump_in_its_place(tmp_path: Path) -> None:
    dump = a_wiki(a_page(f"{{{{x|ｱ}}}}{BEFORE}"), a_page("", ns=10))
    (tmp_path / "a.xml").write_text(dump, "utf-8", newline="")
    assert mended(tmp_path / "a.xml").decode() == dump.replace(BEFORE, AFTER)


def large_wiki(path: Path, size: int) -> None:
    before, _, after = a_wiki(a_page(PAGE)).partition("  <page>")
    page, _, after = f"  <page>{after}".partition("</mediawiki>")
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        while file.tell() < size:
            file.write(page)
        file.write("</mediawiki>\n")


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    takes_little_memory(tmp_path, "a.xml", large_wiki)
