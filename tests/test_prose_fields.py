"""The prose of JSON and YAML: what is read of a file, where each letter of it stands, and that an edit leaves all else as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from soroe.engine import Pipeline, Result
from soroe.formats.fields import of_yaml
from soroe.formats.fields.values import Unreadable
from soroe.formats.fields.view import Fields, Kind
from soroe.formats.fields.wanted import Wanted
from soroe.text import Document, Edit, Finding, Lines, Span, line_column, replay

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(of_yaml, "LOADER", request.param)
    return request.param


class Typist:
    """In place of a pipeline: makes the edits that it is given."""

    def __init__(self, edits: Callable[[str], Sequence[Edit]]) -> None:
        self._edits = edits

    def clean(self, text: str, id: str, markup: str, lines: Lines) -> Result:
        edits = self._edits(text)
        fixed = tuple(Finding(edit.code, edit.span, edit.why, edit) for edit in edits)
        return Result(Document(id, text, markup="fields", lines=lines).revised(edits), fixed)


def typed(fields: Fields, edits: Callable[[str], Sequence[Edit]]) -> Result:
    return fields.cleaned_by(Typist(edits))  # type: ignore[arg-type]


def swap(one: str, other: str) -> Callable[[str], list[Edit]]:
    """Replaces a text wherever it stands."""

    def edits(text: str) -> list[Edit]:
        found, at = [], text.find(one)
        while at >= 0:
            found.append(Edit(Span(at, at + len(one)), other, "N401", "one man"))
            at = text.find(one, at + len(one))
        return found

    return edits


def read(raw: str, kind: Kind, *names: str) -> list[str]:
    return [value.text for value in Fields(raw, kind, names or ("*",)).scanned.values]


# --- which fields ---


@pytest.mark.parametrize(
    ("field", "not_read", "is_read"),
    [
        ("title", "titles subtitle title.ja text", "title news.title items.0.title a.b.c.title"),
        ("news.title", "title old.news.title news.x.title", "news.title"),
        ("items.*.text", "items.text text items.0.1.text", "items.0.text items.a.text"),
        ("*.title", "title a.b.title", "a.title"),
        ("**.title", "a.titles", "title a.title a.b.title"),
        ("ja.**", "en.a", "ja.a ja.a.b"),
        ("body_*", "body a.bod", "body_ja a.body_"),
        ("*", "", "a a.b a.0.b"),
        ("**", "", "a a.b a.0.b"),
        ("home.title", "home", "home.title"),
    ],
)
def test_which_fields_a_path_asks_for(field: str, not_read: str, is_read: str) -> None:
    wanted = Wanted((field,))
    assert [path for path in not_read.split() if wanted.wants(path)] == []
    assert [path for path in is_read.split() if not wanted.wants(path)] == []


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_what_is_read_of_a_field(kind: Kind) -> None:
    raw = json.dumps(
        {
            "title": "題",
            "body": ["一", ["二"], {"text": "三"}, 4, None, True, ""],
            "other": "五",
            "home.title": "六",
            "deep": [{"title": "七"}],
        },
        ensure_ascii=False,
    )
    assert read(raw, kind, "title", "body") == ["題", "一", "二", "六", "七"]
    assert read(raw, kind, "*") == ["題", "一", "二", "三", "五", "六", "七"]


def test_yaml_is_read_once_at_its_anchor_however_it_is_reached() -> None:
    raw = "base: &b {title: 題, note: 記}\nnews:\n  <<: *b\n  more: *t\nlast: &t 末\n"
    with pytest.raises(Unreadable, match="no anchor &t"):
        read(raw, "yaml", "news.title")
    raw = "old: &t 末\nbase: &b {title: 題, note: 記}\nnews:\n  <<: *b\n  more: *t\n"
    assert read(raw, "yaml", "news.title") == ["題"]
    assert read(raw, "yaml", "news.more") == ["末"]
    assert read(raw, "yaml", "*") == ["末", "題", "記"]


def test_what_yaml_takes_for_a_number_or_a_tag_of_its_own_is_no_prose() -> None:
    raw = "a: 12\nb: 2023-01-01\nc: yes\nd: ~\ne: !Ref 名\nf: !!str 12\ng: ! 字\nh: '13'\n"
    assert read(raw, "yaml") == ["12", "字", "13"]


def test_an_alias_of_itself_and_a_thousand_million_laughs_come_to_an_end() -> None:
    assert read("a: &a [字, *a]\n", "yaml") == ["字"]
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9) if n else '笑'}]\n" for n in range(30))
    assert read(laughs, "yaml") == ["笑"]


def test_of_two_json_fields_with_one_name_both_are_read() -> None:
    assert read('{"title": "一", "title": "二"}', "json", "title") == ["一", "二"]


# --- what cannot be read ---


@pytest.mark.parametrize(
    ("kind", "raw", "line", "column", "reason"),
    [
        ("json", '{\n  "a": "港",\n  "b": 「\n}', 3, 8, "not JSON: Expecting value"),
        ("json", '{"a": "港"', 1, 10, "not JSON: Expecting ',' delimiter"),
        ("json", '\ufeff{"a": 港}', 1, 8, "not JSON"),
        ("json", '{"a": "行\n"}', 1, 9, "not JSON: Invalid control character at"),
        ("json", '// 注\n{"a": "港"}', 1, 1, "not JSON"),
        ("json", "", 1, 1, "not JSON"),
        ("json", '{"a": "\ud83d"}', 1, 8, "half of a character"),
        ("yaml", "a: 港\n b: 橋\n", 2, 3, "not YAML: mapping values are not allowed"),
        ("yaml", 'a: "港\n', 2, 1, "not YAML: found unexpected end of stream"),
        ("yaml", "a: *b\n", 1, 4, "not YAML"),
        ("yaml", "a: 港\nb: \x07橋\n", 2, 4, "not YAML: U+0007 may not stand in it"),
        ("yaml", "a: [港\n", 2, 1, "not YAML"),
    ],
)
def test_a_broken_file_is_told_with_its_place(kind: Kind, raw: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(Unreadable) as told:
        Fields(raw, kind, ("*",))
    assert told.value.reason.startswith(reason) or reason in told.value.reason
    assert (told.value.line, told.value.column) == (line, column)


def test_json_that_is_nested_too_deep_is_told() -> None:
    with pytest.raises(Unreadable, match="nested too deep"):
        read("[" * 200_000 + "]" * 200_000, "json")


def test_yaml_may_be_nested_deep() -> None:
    assert read("[" * 900 + "字" + "]" * 900, "yaml") == ["字"]


def test_a_number_of_ten_thousand_digits_does_not_matter() -> None:
    assert read(f'{{"n": {"9" * 10_000}, "a": "港"}}', "json") == ["港"]


# --- laws ---

LETTERS = st.text(
    st.sampled_from(
        "アルマスク氏は、。「」 \n\"'\\:#-?[]{},&*!|>%@`~=0ayn\t😀é\u3000\u2028\x85\x1e\ufffc\xa0\x7f\x00\r\ud83d"
    ),
    max_size=12,
)
PRINTABLE = st.text(st.sampled_from("アルマ氏は。「」 \n\"'\\:#-?[]{},&*!|>%@`~=0yn\t😀\u3000"), max_size=14)
DATA = st.recursive(
    LETTERS | st.integers() | st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(LETTERS, inside, max_size=4),
    max_leaves=12,
)


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str) and data:
        yield data
    elif isinstance(data, (list, dict)):
        for inside in data.values() if isinstance(data, dict) else data:
            yield from strings(inside)


def joined(data: Any) -> Any:
    """The data with the halves of characters joined that JSON joins."""
    return json.loads(json.dumps(data))


@settings(deadline=None)
@given(DATA, st.booleans(), st.sampled_from([None, 0, 2]))
def test_every_letter_of_json_stands_where_it_is_said_to_stand(data: Any, ascii: bool, indent: int | None) -> None:
    raw = json.dumps(data, ensure_ascii=ascii, indent=indent)
    assume(not any("\ud800" <= letter <= "\udfff" for letter in raw))
    values = Fields(raw, "json", ("**",)).scanned.values
    assert [value.text for value in values] == list(strings(joined(data)))
    for value in values:
        assert [json.loads(f'"{raw[start:end]}"') for start, end in zip(value.starts, value.ends, strict=True)] == list(
            value.text
        )


def random_edits(draw: Callable[[Any], Any], fields: Fields, letters: st.SearchStrategy[str]) -> dict[int, list[Edit]]:
    """Some edits on some of the values, by value, on its own text."""
    made: dict[int, list[Edit]] = {}
    for which, value in enumerate(fields.scanned.values):
        cuts = sorted(draw(st.lists(st.integers(0, len(value.text)), max_size=4, unique=True)))
        edits = [Edit(Span(*pair), draw(letters), "X100", "why") for pair in zip(cuts[::2], cuts[1::2], strict=False)]
        edits = [edit for edit in edits if value.view[slice(*edit.span)] != edit.after]
        if edits:
            made[which] = edits
    return made


def in_text(fields: Fields, edits: dict[int, list[Edit]]) -> list[Edit]:
    begins = fields._begins
    return [
        edit._replace(span=Span(edit.span.start + begins[which], edit.span.end + begins[which]))
        for which, several in sorted(edits.items())
        for edit in several
    ]


@settings(deadline=None)
@given(DATA, st.booleans(), st.data())
def test_edits_of_json_change_its_strings_and_nothing_else(data: Any, ascii: bool, more: st.DataObject) -> None:
    raw = json.dumps(data, ensure_ascii=ascii)
    assume(not any("\ud800" <= letter <= "\udfff" for letter in raw))
    fields = Fields(raw, "json", ("**",))
    edits = random_edits(more.draw, fields, LETTERS)
    assume(not any("\x1e" in value.text for value in fields.scanned.values))
    result = typed(fields, lambda text: in_text(fields, edits))
    expected = [replay(value.text, edits.get(which, [])) for which, value in enumerate(fields.scanned.values)]
    # What stands half in an edit and half beside it is joined when it is read again.
    assert [joined(text) for text in read(result.text, "json", "**")] == [joined(text) for text in expected if text]
    assert result.text == replay(raw, result.edits)
    assert list(json.loads(result.text)) == list(json.loads(raw)) if isinstance(data, dict) else True


def written(style: str, text: str, indent: str) -> str:
    """A text in one of the styles of YAML, as far as that can hold it."""
    lines = text.split("\n")
    if style == "plain":
        return f"\n{indent}".join(lines)
    if style == "single":
        return "'" + text.replace("'", "''").replace("\n", f"\n{indent}") + "'"
    if style == "double":
        told = text.replace("\\", "\\\\").replace('"', '\\"').replace("ア", "\\u30a2").replace("\t", "\\t")
        return '"' + told.replace("ル\n", "ル\\\n").replace("\n", f"  \n{indent}") + '"'
    return f"{style}\n" + "".join(f"{indent}{line}\n" if line else "\n" for line in lines)


STYLES = ["plain", "single", "double", "|", "|-", "|+", ">", ">-", ">+", "|2", ">2-"]
FRAMES = [
    "a: {0}\n",
    "a:\n  b: {0}\n  c: 橋  # 注\n",
    "- {0}\n- 橋\n",
    "- - {0}\n",
    "[橋, {0}, 港]\n",
    "{{b: {0}, 港: 橋}}\n",
    "a: &x {0}\nb: *x\n",
    "a: !!str &x # 注\n  {0}\nb: *x\n",
    "--- {0}\n--- 橋\n...\n",
    "? {0}\n: {0}\n",
    "# 注\n\na: {0}\n\n\n# 注\nb: 橋\n",
]


@st.composite
def yaml_texts(draw: Callable[[Any], Any]) -> str:
    frame, style = draw(st.sampled_from(FRAMES)), draw(st.sampled_from(STYLES))
    raw = frame.format(written(style, draw(PRINTABLE), draw(st.sampled_from(["  ", "    "]))))
    line_end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    return draw(st.sampled_from(["", "\ufeff"])) + raw.replace("\n", line_end)


def parsed(raw: str) -> Any:
    try:
        return list(yaml.load_all(raw.removeprefix("\ufeff"), Loader=of_yaml.LOADER))
    except (yaml.YAMLError, ValueError, TypeError):
        return None


def chomped(said: list[Any]) -> list[Any]:
    return [text.rstrip("\n") for text in said]


@settings(max_examples=200, deadline=None)
@given(yaml_texts())
@example("a: |2\n   字\n\n  一\n\n\n")
@example('a: "一\\\n\n  二  \n  三"\n')
@example("a: >\n  一\n  二\n\n   三\n  四\n")
@example("a: &x !!str\n  # 注\n  字\n")
@example('"\\ud83d\\ude00": "\\ud83d\\ude00"\n')
def test_every_letter_of_yaml_is_found(raw: str) -> None:
    for each in LOADERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(of_yaml, "LOADER", each)
            said = parsed(raw)
            if said is None:
                continue
            fields = Fields(raw, "yaml", ("**",))  # raises where the letters are not those that PyYAML tells
            for value in fields.scanned.values:
                assert len(value.text) == len(value.view) == len(value.starts) == len(value.ends)
                assert all(one <= other for one, other in zip(value.ends, list(value.starts)[1:], strict=False))
                for letter, start, end in zip(value.view, value.starts, value.ends, strict=True):
                    # Line ends, tabs, quotes and what is escaped are written in another way.
                    assert letter == raw[start:end] or letter in "\n'" or raw[start] == "\\"


@settings(max_examples=300, deadline=None)
@given(yaml_texts(), st.data())
def test_edits_of_yaml_change_its_strings_and_nothing_else(raw: str, more: st.DataObject) -> None:
    said = parsed(raw)
    assume(said is not None)
    fields = Fields(raw, "yaml", ("**",))
    assume(fields.scanned.values)
    edits = random_edits(more.draw, fields, PRINTABLE)
    result = typed(fields, lambda text: in_text(fields, edits))
    assert result.text == replay(raw, result.edits)
    after = Fields(result.text, "yaml", ("**",))
    kept = {which for which, value in enumerate(fields.scanned.values) if edits.get(which) and is_edited(value, result)}
    expected = {
        value.number: expected_of(value, edits[which]) if which in kept else value.text
        for which, value in enumerate(fields.scanned.values)
    }
    found = {value.number: value.text for value in after.scanned.values}
    for number, text in expected.items():
        # What is blank is not read.
        assert found.get(number, "").rstrip("\n") == (text.rstrip("\n") if text.strip() else "")
    assert len(parsed(result.text)) == len(said)
    # What is not made is told, without an edit.
    assert {finding.span for finding in result.findings} == {
        fields.place(edit.span)
        for which, several in edits.items()
        if which not in kept
        for edit in in_text(fields, {which: several})
    }


def is_edited(value: Any, result: Result) -> bool:
    return any(value.starts[0] <= edit.span.start <= value.ends[-1] for edit in result.edits)


def expected_of(value: Any, edits: Sequence[Edit]) -> str:
    """The text as it should be; the last line of a block goes with the line end before it."""
    made = [value.edited(edit.span, edit.after) for edit in edits]
    return replay(value.text, [Edit(one.span, one.after, "", "") for one in made])


# --- YAML that an edit would break ---


@pytest.mark.parametrize(
    ("raw", "one", "other"),
    [
        ("a: 字 前\n", "字", "字:"),
        ("a: 字と前\n", "と", " #"),
        ("a: 字と前\n", "字", '"'),
        ("a: 字と前\n", "字", "- "),
        ("a: 字と前\n", "字と前", "12"),
        ("a: 字と前\n", "字と前", "~"),
        ("a: 字と前\n", "字と前", ""),
        ("a: 字と前\n", "字", " "),
        ("a: [字と前, 橋]\n", "と", ", "),
        ("a: {b: 字と前}\n", "と", "}"),
        ("a: 字と前\n", "と", "\n"),
        ("a: 字と前\n", "と", "\x07"),
        ("a: '字と前'\n", "と", "\n"),
        ("a: |\n  字と前\n", "字", " "),
    ],
)
def test_an_edit_that_would_break_yaml_is_told_and_not_made(raw: str, one: str, other: str, loader: Any) -> None:
    result = typed(Fields(raw, "yaml", ("a", "b")), swap(one, other))
    assert result.text == raw and result.edits == ()
    (told,) = result.findings
    assert (
        told.edit is None
        and told.message == "one man (not mended: the file would say something else; put the text in quotes)"
    )


def test_what_breaks_one_text_keeps_no_other_from_being_mended() -> None:
    raw = "".join(f"k{n}: 字と前\n" if n == 5 else f"k{n}: '字と前'\n" for n in range(9))
    result = typed(Fields(raw, "yaml", ("*",)), swap("と", ": "))
    assert result.text == raw.replace("'字と前'", "'字: 前'")
    assert [line_column(raw, finding.span.start) for finding in result.findings] == [(6, 6)]


@pytest.mark.parametrize(
    ("kind", "before", "one", "other", "after"),
    [
        ("json", '{"a":"字"}', "字", '"\\\n', '{"a":"\\"\\\\\\n"}'),
        ("json", '{"a": "\\u5b57", "n": 1.0e5}', "字", "前", '{"a": "\\u524d", "n": 1.0e5}'),
        ("json", '{"a": "\\u5b57港"}', "字", "前", '{"a": "前港"}'),
        ("json", '{"a": "\\u5b57", "b": "港"}', "字", "前", '{"a": "\\u524d", "b": "港"}'),
        ("json", '{"a": "\\uD83D\\uDE00\\/字"}', "字", "前😀", '{"a": "\\uD83D\\uDE00\\/前😀"}'),
        ("json", '{"a": "\\uD83D\\uDE00\\/\\u5b57"}', "字", "前😀", '{"a": "\\uD83D\\uDE00\\/\\u524d\\ud83d\\ude00"}'),
        ("yaml", 'a: "字\\t"  # 注\n', "字", '"\\\n', 'a: "\\"\\\\\\n\\t"  # 注\n'),
        ("yaml", 'a: "\\u5b57"\n', "字", "前😀", 'a: "\\u524d\\U0001f600"\n'),
        ("yaml", "a: '字'\n", "字", "それ'は", "a: 'それ''は'\n"),
        ("yaml", "a: |\n  字\n  港\n", "字", "前\n後", "a: |\n  前\n  後\n  港\n"),
        ("yaml", "a: |\r\n  字\r\n  港\r\n", "字", "前\n後", "a: |\r\n  前\r\n  後\r\n  港\r\n"),
        ("yaml", "a: |\n  港\n  字\nb: 橋\n", "字\n", "", "a: |\n  港\nb: 橋\n"),
        ("yaml", "a: |-\n  港\n  字\nb: 橋\n", "字\n", "", "a: |-\n  港\nb: 橋\n"),
        ("yaml", "a: |\n  港\n  字\n  橋\n", "字\n", "", "a: |\n  港\n  橋\n"),
        ("yaml", "a: >\n  港\n  字\n", "港\n字", "港字", "a: >\n  港字\n"),
        ("yaml", "a: 港\n  字 # 注\n", "港\n字", "港\n前", "a: 港\n  前 # 注\n"),
        ("yaml", "\ufeffa: 字\n", "字", "前", "\ufeffa: 前\n"),
        ("yaml", "- a: 字\n  b: &x 字\n  c: *x\n", "字", "前", "- a: 前\n  b: &x 前\n  c: *x\n"),
        ("yaml", "字: 字\n", "字", "前", "字: 前\n"),
        ("yaml", "--- 字\n...\n--- 字\n", "字", "前", "--- 前\n...\n--- 前\n"),
    ],
)  # fmt: skip
def test_an_edit_is_written_as_its_string_is(kind: Kind, before: str, one: str, other: str, after: str) -> None:
    assert typed(Fields(before, kind, ("**",)), swap(one, other)).text == after


# --- fields are apart, and one file ---


def told(raw: str, kind: Kind = "yaml", *names: str) -> list[tuple[str, tuple[int, int]]]:
    result = Fields(raw, kind, names or ("*",)).cleaned_by(Pipeline())
    return [(finding.code, line_column(raw, finding.span.start)) for finding in result.told]


def test_a_quotation_does_not_close_in_another_field() -> None:
    assert told("a: 彼は「行く\nb: 必ず行く」と言った。\n") == [("R305", (1, 6)), ("R305", (2, 8))]
    assert told('{"a": "彼は「行く", "b": "必ず行く」と言った。"}', "json") == [("R305", (1, 10)), ("R305", (1, 26))]


def test_code_and_comments_do_not_close_in_another_field() -> None:
    raw = "a: 次は `ﾏｽｸ\nb: ﾏｽｸ` と書く。\nc: <!-- ﾏｽｸ\nd: ﾏｽｸ -->\n"
    assert [place for code, place in told(raw) if code == "C101"] == [(1, 8), (2, 4), (3, 9), (4, 4)]


def test_a_full_stop_of_its_own_stays_in_its_field() -> None:
    result = Fields("a: 会場には900人が集まった\nb: 。\nc: 橋\n", "yaml", ("*",)).cleaned_by(Pipeline())
    assert result.text.startswith("a: 会場には900人が集まった\nb:")


def test_names_are_one_over_all_fields_of_a_file() -> None:
    raw = """title: ヴェリミロヴィッチ知事が会見
lead: ドラガン・ヴェリミロヴィッチ知事は州都で会見を開いた。
body: |
  ヴェリミロヴィッチ氏は公約を守ると述べた。
  知事のヴェリミロビッチ氏は会見の後に港を訪れた。
slug: ヴェリミロビッチ
"""
    result = Fields(raw, "yaml", ("title", "lead", "body")).cleaned_by(Pipeline())
    assert result.text == raw.replace("知事のヴェリミロビッチ", "知事のヴェリミロヴィッチ")
    (name,) = [one for one in result.entities if len(one.aliases) > 1]
    assert {raw[slice(*mention.span)] for alias in name.aliases for mention in alias.mentions} == {
        "ヴェリミロヴィッチ",
        "ヴェリミロビッチ",
    }


AGAIN = "報道官はその後、知事が港の労働者と会う予定であると記者団に説明した。"


@pytest.mark.parametrize(
    ("kind", "raw", "line"),
    [
        ("yaml", f"# 注\n\na: |\n  {AGAIN}\n  {AGAIN}\n", 4),
        ("yaml", f"a: >\n  一\n  二\n\n  三\nb: >\n  {AGAIN}\n\n\n  {AGAIN}\n", 7),
        ("json", f'{{\n\n"a": "一\\n\\n二",\n"b": "{AGAIN}\\n{AGAIN}"}}', 4),
    ],
)
def test_a_message_names_the_line_of_the_file(kind: Kind, raw: str, line: int) -> None:
    (finding,) = Fields(raw, kind, ("*",)).cleaned_by(Pipeline()).findings
    assert finding.code == "R303" and f"line {line} says" in finding.message


def test_what_one_field_says_another_may_say_again() -> None:
    assert told(f"a: {AGAIN}\nb: {AGAIN}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "%{name} さん、ようこそ",
        "{name} 氏のページ",
        "{{ user.name }} さん",
        "%s さん",
        "${count} 氏",
        "%1$s さん",
        "{0} さん",
    ],
)
def test_what_stands_for_a_value_is_left_alone(text: str) -> None:
    raw = json.dumps({"a": text}, ensure_ascii=False)
    placeholder = text.split("さん")[0].split("氏")[0].strip()
    result = Fields(raw, "json", ("a",)).cleaned_by(Pipeline())
    assert placeholder in result.text


def test_a_comment_of_yaml_keeps_findings_back() -> None:
    raw = """# soroe: ignore-file R305
a: ﾏｽｸ氏は「去った。
# soroe: ignore C101
# soroe: ignore N401
b: ﾏｽｸ氏
# soroe: off C101
c: ﾏｽｸ氏
d: "# soroe: on"
# soroe: on
e: |
  # soroe: ignore C101
  ﾏｽｸ氏
# soroe: of
"""
    assert told(raw) == [("C101", (2, 4)), ("E001", (4, 1)), ("C101", (12, 3)), ("E002", (13, 1))]


def test_what_looks_like_a_separator_is_none() -> None:
    raw = json.dumps({"a": "一\n\x1e\x1e\nﾏｽｸ氏\x1e"}, ensure_ascii=False)
    fields = Fields(raw, "json", ("a",))
    assert fields.cleaned_by(Pipeline()).text == raw.replace("ﾏｽｸ", "マスク")


def test_a_file_without_prose_is_left_as_it_is() -> None:
    for raw, kind in (("{}", "json"), ("", "yaml"), ("# 注\n", "yaml"), ("a: 1\n", "yaml"), ('"字"', "json")):
        result = Fields(raw, kind, ("*",)).cleaned_by(Pipeline())  # type: ignore[arg-type]
        assert (result.text, result.told) == (raw, ())
