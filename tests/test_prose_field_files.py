"""Files of which some fields are prose: what is read of them, told and mended by each command, and given back."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from soroe.cli import main
from soroe.engine import Pipeline, Settings
from soroe.formats.fields.view import Fields
from soroe.formats.read import Reading
from soroe.formats.restore import restore
from soroe.formats.run import run

KANA = Settings(select=("C101",))  # ｱ → ア, and nothing else
QUIET = ["--select", "C101"]
AWKWARD = 'ﾏｽｸ氏は「"行く"」と言った。\n\n次の日、😀と\\書いた\t。'
DEEP: Any = AWKWARD
for _ in range(60):
    DEEP = {"body": [DEEP]}

JSON = {
    "escaped.json": json.dumps({"title": AWKWARD, "n": 10**30, "deep": DEEP, "empty": "", "slug": "ﾏｽｸ"}).encode(),
    "plain.json": json.dumps(
        [{"title": AWKWARD}, {"title": ""}, {"body": [AWKWARD, "", None]}], ensure_ascii=False, indent=1
    ).encode(),
    "cp932.json": json.dumps({"title": AWKWARD.replace("😀", "①") * 9}, ensure_ascii=False).encode("cp932"),
    "mark.json": "\ufeff".encode() + '{"title" : "ﾏｽｸ",\r\n "n":1.0e5}\r\n'.encode(),
    "wide.json": json.dumps({"title": AWKWARD}, ensure_ascii=False).encode("utf-16"),
}
YAML = {
    "styles.yaml": (
        "# 注 ﾏｽｸ\n"
        "title: ﾏｽｸ氏は「行く」と言った  # 注\n"
        'body: [\'ﾏｽｸ氏の"本"\', "ﾏｽｸ\\u6c0f\\n\\U0001F600", {slug: ﾏｽｸ}]\n'
        "empty: ''\n"
        "lines:\n"
        "  body: |-\n"
        "    ﾏｽｸ氏は「\n"
        "      必ず行く」と言った。\n"
        "\n"
        "    次の日、😀と書いた。\n"
        "  title: &t >\n"
        "    ﾏｽｸ氏は\n"
        "    行った。\n"
        "  slug: *t\n"
        "--- !page\n"
        "title: ﾏｽｸ\n"
        "...\n"
    ).encode(),
    "cp932.yml": ("title: ﾏｽｸ氏は行く\n" * 1 + "body: |\n" + "  ﾏｽｸ氏は表へ出て①と書いた。\n" * 9).encode("cp932"),
    "mark.yaml": "\ufefftitle: ﾏｽｸ\r\nbody: |\r\n  ﾏｽｸ氏\r\n".encode(),
}
ROWS = {
    "rows.jsonl": (
        json.dumps({"id": "a", "title": "ﾏｽｸ", "body": [AWKWARD], "slug": "ﾏｽｸ"}).encode()
        + b"\r\n\n"
        + json.dumps({"title": None, "body": "ﾏｽｸ", "n": 1.5}, ensure_ascii=False).encode()
        + b'\n{"text": "no such field"}\n{"title": "\n{"id": 7, "title": ""}'
    ),
}
FIELDS = ("title", "body")
BROKEN = {
    "broken.json": ('{"title": "ﾏｽｸ",\n "body": }', "2:10: not JSON: Expecting value"),
    "broken.yaml": ("title: ﾏｽｸ\n  body: ﾏｽｸ\n", "2:7: not YAML: mapping values are not allowed"),
}


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def records(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def run_on(folder: Path, out: Path, fields: tuple[str, ...] = FIELDS) -> None:
    run([str(folder)], out, KANA, Reading(), io.BytesIO(), prose_fields=lambda path: fields)


def mended(raw: str) -> Any:
    """The data of a JSON text with its prose mended."""

    def walk(data: Any, is_prose: bool) -> Any:
        if isinstance(data, str):
            return data.replace("ﾏｽｸ", "マスク") if is_prose else data
        if isinstance(data, list):
            return [walk(one, is_prose) for one in data]
        return {key: walk(one, key in FIELDS) for key, one in data.items()} if isinstance(data, dict) else data

    return walk(json.loads(raw), False)


# --- a run and its way back ---


@pytest.mark.parametrize("name", JSON)
def test_a_run_mends_the_fields_of_json_and_no_other_data(name: str, tmp_path: Path) -> None:
    write(tmp_path / "in", {name: JSON[name]})
    run_on(tmp_path / "in", tmp_path / "out")
    encoding = {"cp932.json": "cp932", "wide.json": "utf-16", "mark.json": "utf-8-sig"}.get(name, "utf-8")
    before = JSON[name].decode(encoding)
    after = (tmp_path / "out/clean" / name).read_text("utf-8-sig")
    assert json.loads(after) == mended(before) != json.loads(before)


def test_what_a_run_made_is_given_back_byte_for_byte(tmp_path: Path) -> None:
    sources = JSON | YAML | ROWS
    write(tmp_path / "in", sources)
    run_on(tmp_path / "in", tmp_path / "out")
    out = tmp_path / "out"
    assert {told.name: told.inexact for told in restore(out)} == dict.fromkeys(sources, "")
    assert {name: (out / "restored" / name).read_bytes() for name in sources} == sources
    assert [(one["source"], one["line"]) for one in records(out / "quarantine.jsonl")] == [
        ("rows.jsonl", 4),
        ("rows.jsonl", 5),
    ]


def test_the_log_is_of_the_file_as_it_stands(tmp_path: Path) -> None:
    write(tmp_path / "in", JSON | YAML)
    run_on(tmp_path / "in", tmp_path / "out")
    for record in records(tmp_path / "out/edits.jsonl"):
        text = (
            (tmp_path / "in" / record["doc"])
            .read_bytes()
            .decode({"cp932.json": "cp932", "cp932.yml": "cp932", "wide.json": "utf-16"}.get(record["doc"], "utf-8"))
        )
        if record["doc"] == "wide.json":
            text = f"\ufeff{text}"
        assert record["edits"]
        for edit in record["edits"]:
            assert text[edit["start"] : edit["end"]] == edit["before"]


@pytest.mark.parametrize(("name", "text", "reason"), [(name, *told) for name, told in BROKEN.items()], ids=list(BROKEN))
def test_a_broken_file_is_quarantined_and_given_back(
    name: str,
    text: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(tmp_path / "in", {name: text.encode(), "good.json": '{"title": "ﾏｽｸ"}'.encode()})
    monkeypatch.chdir(tmp_path)
    assert main(["run", "in", "--prose-fields", "title", "--out", "out", *QUIET]) == 2
    assert f"soroe: in/{name}:{reason}" in capsys.readouterr().err
    (broken,) = records(tmp_path / "out/quarantine.jsonl")
    assert broken["raw"] == text and broken["line"] == 2
    assert (tmp_path / "out/clean/good.json").read_text("utf-8") == '{"title": "マスク"}'
    assert {told.name: told.inexact for told in restore(tmp_path / "out")} == {name: "", "good.json": ""}


def test_without_pyyaml_its_files_are_kept_and_the_others_are_cleaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soroe.formats.shapes.find_spec", lambda name: None)
    write(tmp_path / "in", {"a.yaml": b"title: x\n", "b.json": '{"title": "ﾏｽｸ"}'.encode()})
    run_on(tmp_path / "in", tmp_path / "out")
    (broken,) = records(tmp_path / "out/quarantine.jsonl")
    assert "pip install 'soroe[yaml]'" in broken["reason"]
    assert "マスク" in (tmp_path / "out/clean/b.json").read_text("utf-8")


# --- mending in place ---


def test_mending_in_place_keeps_encoding_mode_and_all_else(tmp_path: Path) -> None:
    write(tmp_path, JSON | YAML | ROWS)
    (tmp_path / "styles.yaml").chmod(0o640)
    assert main(["lint", "--fix", str(tmp_path), "--prose-fields", "title,body", *QUIET]) == 2  # two rows are broken
    assert stat.S_IMODE((tmp_path / "styles.yaml").stat().st_mode) == 0o640
    for name, data in (JSON | YAML | ROWS).items():
        encoding = {"cp932.json": "cp932", "cp932.yml": "cp932", "wide.json": "utf-16"}.get(name, "utf-8")
        before, after = data.decode(encoding), (tmp_path / name).read_bytes().decode(encoding)
        # But for the prose, the line is the same: only what was mended differs.
        assert after != before
        slug = before.count("slug") - before.count("*t")
        escaped = "\\uff8f\\uff7d\\uff78"
        assert after.count("ﾏｽｸ") + after.count(escaped) == slug + before.count("# 注 ﾏｽｸ")
        back = after.replace("\\u30de\\u30b9\\u30af", escaped).replace("マスク", "ﾏｽｸ")
        assert back == before


def test_a_patch_is_what_mending_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path, {"a.yaml": "a: 橋\ntitle: ﾏｽｸ\n".encode(), "b.jsonl": b'{"title": "\\uff8f\\uff7d\\uff78", "n": 1}\n'}
    )
    assert main(["lint", "--diff", ".", "--prose-fields", "title", *QUIET]) == 1
    assert capsys.readouterr().out == (
        "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n a: 橋\n-title: ﾏｽｸ\n+title: マスク\n"
        "--- b.jsonl\n+++ b.jsonl\n@@ -1 +1 @@\n"
        '-{"title": "\\uff8f\\uff7d\\uff78", "n": 1}\n+{"title": "\\u30de\\u30b9\\u30af", "n": 1}\n'
    )


# --- which files, which fields ---


def lint(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[str], str]:
    status = main(["lint", *QUIET, *args])
    told = capsys.readouterr()
    return status, [line.split(" ")[0] for line in told.out.splitlines()], told.err


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path, {"a.json": '{"title": "ﾏｽｸ", "slug": "ﾏｽｸ"}'.encode(), "b.yaml": "title: ﾏｽｸ\nslug: ﾏｽｸ\n".encode()}
    )
    write(tmp_path, {"c.jsonl": '{"text": "ﾏｽｸ", "title": "ﾏｽｸ"}\n'.encode(), "d.txt": "ﾏｽｸ\n".encode()})
    return tmp_path


def test_json_and_yaml_are_skipped_in_a_folder_where_no_field_is_named(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(capsys, ".") == (1, ["c.jsonl:1:11", "d.txt:1:1"], "")


@pytest.mark.parametrize("given", ["a.json", "b.yaml", "-"])
def test_given_by_name_they_are_refused_and_what_to_do_is_told(
    given: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "JSON" if given == "a.json" else "YAML"
    assert lint(capsys, *(("--format", "yaml") if given == "-" else ()), given) == (
        2,
        [],
        f"soroe: {given}: of {kind} only the fields are read that hold prose: name them, as in --prose-fields title,body "
        "('*' for all), or with prose-fields in soroe.toml\n",
    )


def test_the_option_is_for_all_files(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(capsys, ".", "--prose-fields", "title") == (
        1,
        ["a.json:1:12", "b.yaml:1:8", "c.jsonl:1:27", "d.txt:1:1"],
        "",
    )
    assert lint(capsys, "a.json", "b.yaml", "--prose-fields", "*")[1] == [
        "a.json:1:12",
        "a.json:1:27",
        "b.yaml:1:8",
        "b.yaml:2:7",
    ]


def test_a_project_names_them_for_its_files(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk, {"soroe.toml": b'prose-fields = ["slug"]\n'})
    assert lint(capsys, "a.json", "b.yaml")[1] == ["a.json:1:27", "b.yaml:2:7"]
    write(desk, {"soroe.toml": b'[prose-fields]\n"*.yaml" = ["slug"]\n"b.*" = ["title"]\n'})
    from soroe.project import forget_projects

    forget_projects()
    assert lint(capsys, ".")[1] == ["b.yaml:1:8", "b.yaml:2:7", "c.jsonl:1:11", "d.txt:1:1"]
    assert lint(capsys, "a.json")[0] == 2
    write(desk / "inside", {"soroe.toml": b'prose-fields = ["title"]\n', "a.json": (desk / "a.json").read_bytes()})
    assert lint(capsys, "inside")[1] == ["inside/a.json:1:12"]
    assert main(["run", "inside", "b.yaml", "--out", "out", *QUIET]) == 0
    assert (desk / "out/clean/a.json").read_text("utf-8") == '{"title": "マスク", "slug": "ﾏｽｸ"}'
    assert (desk / "out/clean/b.yaml").read_text("utf-8") == "title: マスク\nslug: マスク\n"


def test_what_a_project_excludes_is_not_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk, {"soroe.toml": b'exclude = ["a.json"]\n'})
    assert lint(capsys, "a.json", "d.txt") == (1, ["d.txt:1:1"], "")


def test_text_outranks_what_a_project_names(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk, {"soroe.toml": b'prose-fields = ["title"]\n'})
    assert lint(capsys, "c.jsonl")[1] == ["c.jsonl:1:27"]
    assert lint(capsys, "c.jsonl", "--text", "text")[1] == ["c.jsonl:1:11"]


def test_a_field_that_is_nowhere_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "soroe: --prose-fields titel: no input has such a field; there are: title, slug; did you mean title?\n"
    assert lint(capsys, "a.json", "b.yaml", "--prose-fields", "titel") == (2, [], told)
    assert main(["run", "a.json", "--prose-fields", "titel", "--out", "out"]) == 2
    assert capsys.readouterr().err == told
    assert lint(capsys, "a.json", "--prose-fields", "titel,slug")[0] == 1
    assert lint(capsys, "c.jsonl", "--prose-fields", "titel") == (
        2,
        [],
        "soroe: c.jsonl:1: none of the fields titel; its fields are: text, title\n",
    )


@pytest.mark.parametrize("field", ["", "a..b", ".a", "title,"])
def test_a_path_that_is_none_is_refused(field: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = lint(capsys, "a.json", "--prose-fields", field)
    assert status == 2 and "expected the name of a field (title) or a path to it (items.*.text)" in err


def test_text_and_prose_fields_do_not_go_together(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(capsys, "c.jsonl", "--text", "text", "--prose-fields", "title")[::2] == (
        2,
        "soroe: --text and --prose-fields do not go together: leave one out\n",
    )


def test_a_row_is_one_article_over_all_its_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "id": "a",
        "title": "ヴェリミロヴィッチ知事が会見",
        "lead": "ドラガン・ヴェリミロヴィッチ知事は州都で会見を開いた。",
        "body": "ヴェリミロヴィッチ氏は公約を守ると述べた。\n知事のヴェリミロビッチ氏は会見の後に港を訪れた。",
    }
    other = {"id": "b", "title": "ヴェリミロビッチ氏の港", "body": "雨が降った。"}
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in (row, other)), "utf-8")
    assert (
        main(["run", str(tmp_path / "a.jsonl"), "--prose-fields", "title,lead,body", "--out", str(tmp_path / "out")])
        == 0
    )
    first, second = records(tmp_path / "out/clean/a.jsonl")
    assert first == row | {"body": row["body"].replace("ロビッチ", "ロヴィッチ")} and second == other
    line = (tmp_path / "a.jsonl").read_text("utf-8").split("\n")[0]
    (told,) = records(tmp_path / "out/aliases.jsonl")
    for alias in told["aliases"]:
        for start, end in alias["spans"]:
            assert json.loads(f'"{line[start:end]}"') == alias["surface"]


def test_a_dump_of_fields_can_be_surveyed(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": json.dumps([{"text": "ｻﾑ・ﾉﾙﾄﾞｸﾞﾚｰﾝ氏は語った。"}]).encode()})
    assert (
        main(
            [
                "run",
                str(tmp_path / "a.json"),
                "--prose-fields",
                "text",
                "--scope",
                "corpus",
                "--out",
                str(tmp_path / "out"),
            ]
        )
        == 0
    )
    assert "サム・ノルドグレーン" in (tmp_path / "out/survey.tsv").read_text("utf-8")


def test_names_explain_and_tokens_read_the_fields(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk, {"e.json": '{"slug": "橋", "title": "アルトマン氏とアルトマン氏"}'.encode()})
    assert main(["names", "--all-names", "--json", "e.json", "--prose-fields", "title"]) == 0
    assert json.loads(capsys.readouterr().out)["aliases"][0]["spans"] == [[24, 29], [31, 36]]
    assert main(["tokens", "e.json", "--prose-fields", "title"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["start"] == 24
    assert main(["explain", "アルトマン", "オルトマン", "--in", "e.json", "--prose-fields", "title"]) == 0
    assert "never weighed" in capsys.readouterr().out


def test_all_outputs_tell_the_place_in_the_file(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that quote the text quote the file; those that mend give what is to be written there."""
    write(
        desk,
        {
            "e.json": b'{\n "title": "\\uD83D\\uDE00\\uff8f\\uff7d\\uff78"\n}',
            "f.jsonl": b'{"title": "\\uff8f\\uff7d\\uff78"}',
        },
    )
    for output in ("json", "jsonl", "github", "gitlab", "sarif", "rdjson", "checkstyle", "junit", "full", "concise"):
        assert main(["lint", *QUIET, "--output-format", output, "e.json", "f.jsonl", "--prose-fields", "title"]) == 1
        told = capsys.readouterr().out
        if output == "rdjson":
            for one, line, start, end in zip(json.loads(told)["diagnostics"], (2, 1), (24, 12), (42, 30), strict=True):
                where = {"start": {"line": line, "column": start}, "end": {"line": line, "column": end}}
                assert one["suggestions"] == [{"range": where, "text": "\\u30de\\u30b9\\u30af"}]
        if output == "concise":
            assert "e.json:2:24 C101" in told and "f.jsonl:1:12 C101" in told


@pytest.mark.parametrize("written", [b"\\u884c\\u306a\\u3063\\u305f", "行なった".encode()], ids=["escaped", "plain"])
def test_what_is_only_likely_is_told_as_the_file_would_have_it(
    written: bytes, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = '{"a": "会議を行う。発表を行う。", "b": "式をX。"}'.encode().replace(b"X", written)
    write(desk, {"e.json": said})
    common = ["lint", "--select", "W502", "--prose-fields", "*", "e.json"]
    assert main([*common, "--output-format", "json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    ((start, end, after),) = [(one["start"], one["end"], one["replacement"]) for one in told["suggestion"]]
    raw = said.decode()
    assert json.loads(raw[:start] + after + raw[end:])["b"] == "式を行った。"
    assert main([*common, "--fix", "--unsafe-fixes"]) == 1
    assert (desk / "e.json").read_text("utf-8") == raw[:start] + after + raw[end:]


# --- the language server ---


def test_a_language_server_counts_in_the_file(desk: Path) -> None:
    lsp = pytest.importorskip("lsprotocol.types", reason="the server is an extra: pip install 'soroe[server]'")
    from pygls.workspace import PositionCodec, TextDocument

    from soroe.server import Checked, Lines, Server, actions_for, range_of

    server = Server()
    path = desk / "g.yaml"
    text = 'a: 橋\ntitle: "😀ﾏｽｸ\\uff8f\\uff7d\\uff78"\n'
    assert server._clean(text, path, "yaml") is None  # no field is named
    write(desk, {"soroe.toml": b'prose-fields = ["title"]\n'})
    from soroe.project import forget_projects

    forget_projects()
    assert server._clean('a: "', path, "yaml") is None  # half typed
    result = server._clean(text, path, "yaml")
    assert result
    document = TextDocument(path.as_uri(), text, 1, position_codec=PositionCodec(lsp.PositionEncodingKind.Utf16))
    where = range_of(document, Lines(text), result.told[0].span)
    assert (where.start.line, where.start.character) == (1, 10)
    action = actions_for(document, Checked(1, text, result.told, result.edits), where)[0]
    (change,) = action.edit.changes[path.as_uri()]
    assert (change.range.start.character, change.new_text) == (10, "マスクマスク")


# --- laws over the samples ---

SAMPLES = sorted(path for path in (Path(__file__).parents[1] / "samples").iterdir() if path.suffix == ".txt")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_an_article_in_a_field_is_cleaned_as_it_is_alone_and_but_once(path: Path) -> None:
    # &quot; is residue in a plain text; a field may hold HTML.
    text = path.read_bytes().decode().replace("\r\n", "\n").replace("&quot;", "〃").strip("\n") + "\n"
    pipeline = Pipeline()
    alone = pipeline.clean(text)
    block = "body: |\n" + "".join(f"  {line}\n" if line else "\n" for line in text.split("\n")[:-1]) + "slug: ﾏｽｸ\n"
    for raw, kind in ((json.dumps({"body": text, "slug": "ﾏｽｸ"}), "json"), (block, "yaml")):
        result = Fields(raw, kind, ("body",)).cleaned_by(pipeline)  # type: ignore[arg-type]
        read = json.loads if kind == "json" else yaml.safe_load
        assert read(result.text) == {"body": alone.text, "slug": "ﾏｽｸ"}
        assert sorted(one.code for one in result.told) == sorted(one.code for one in alone.told)
        again = Fields(result.text, kind, ("body",)).cleaned_by(pipeline)  # type: ignore[arg-type]
        assert (again.text, again.fixed) == (result.text, ())
