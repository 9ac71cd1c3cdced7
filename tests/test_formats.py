"""Articles in and out: nothing is lost on the way, nothing half-written is left, and every run can be undone."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soroe.engine import Pipeline
from soroe.formats.ids import Digests, unique_ids
from soroe.formats.read import Article, BadInput, Broken, Reading, Source, find_sources, read
from soroe.formats.report import write_report
from soroe.formats.restore import NotRestorable, restore
from soroe.formats.rows import json_line, literal_of, read_row
from soroe.formats.run import run
from soroe.formats.stage import BadOutput, is_inside
from soroe.formats.tally import Tally
from soroe.settings import Settings
from soroe.text import Edit, Span, replay

CHARACTERS = Settings(select=("C101",))  # ｱ → ア, and nothing else
BEFORE, AFTER = "ｱﾙﾄﾏﾝ氏は語った。", "アルトマン氏は語った。"


def run_on(out: Path, *inputs: Path, stdin: bytes = b"") -> Tally:
    return run([str(path) for path in inputs], out, CHARACTERS, Reading(), io.BytesIO(stdin))


def records(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def restores(out: Path, sources: dict[str, bytes]) -> None:
    assert {told.name: told.inexact for told in restore(out)} == dict.fromkeys(sources, "")
    assert {name: (out / "restored" / name).read_bytes() for name in sources} == sources


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


# Reading


def test_a_folder_is_read_in_order_without_hidden_and_unknown_files(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "c/d.jsonl", ".git/x.txt", ".hidden.txt", "photo.jpg", "c/e.MARKDOWN"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = [source.name if isinstance(source, Source) else None for source in find_sources([str(tmp_path)])]
    assert found == ["a.txt", "b.md", "c/d.jsonl", "c/e.MARKDOWN", None]


def test_ids_that_come_again_are_made_unique() -> None:
    unique = unique_ids()
    assert [unique(id) for id in ("a", "a", "a#2", "a", 7, "7", "b")] == ["a", "a#2", "a#2#2", "a#3", 7, "7#2", "b"]


@given(st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1) | st.integers(0, 31).map(lambda high: high << 59)))
def test_a_digest_is_new_once(digests: list[int]) -> None:
    met, known = Digests(), set()
    for digest in digests:
        assert met.add(digest) == (digest not in known)
        known.add(digest)
    assert len(met) == len(known)


def test_digests_are_known_when_their_table_has_grown() -> None:
    met, digests = Digests(), [(number * 0x9E3779B97F4A7C15) % 2**64 for number in range(20_000)]
    assert all(map(met.add, digests))
    assert not any(map(met.add, digests))
    assert len(met) == 20_000


def test_two_files_of_one_name_are_both_written(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "news.txt").write_text(f"{folder} {BEFORE}", "utf-8")
    tally = run_on(tmp_path / "out", tmp_path / "one", tmp_path / "two")
    assert tally.counts["documents"] == 2
    assert (tmp_path / "out/clean/news.txt").read_text("utf-8") == f"one {AFTER}"
    assert (tmp_path / "out/clean/news#2.txt").read_text("utf-8") == f"two {AFTER}"
    assert [record["doc"] for record in records(tmp_path / "out/edits.jsonl")] == ["news.txt", "news#2.txt"]


def test_no_file_of_a_run_is_the_folder_of_another(tmp_path: Path) -> None:
    sources = {
        "news.txt": "one",
        "folder/news.txt/a.txt": "two",
        "folder/news.txt/b.txt": "three",
        "later/news.txt": "four",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text} {BEFORE}", "utf-8")
    run_on(tmp_path / "out", tmp_path / "news.txt", tmp_path / "folder", tmp_path / "later")
    clean = tmp_path / "out/clean"
    written = {
        path.relative_to(clean).as_posix(): path.read_text("utf-8") for path in clean.rglob("*.txt") if path.is_file()
    }
    names = ("news.txt", "news#2.txt/a.txt", "news#2.txt/b.txt", "news#3.txt")
    assert written == {name: f"{text} {AFTER}" for name, text in zip(names, sources.values(), strict=True)}
    restores(
        tmp_path / "out", {name: (tmp_path / given).read_bytes() for name, given in zip(names, sources, strict=True)}
    )


def test_a_folder_that_came_first_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "folder/news.txt").mkdir(parents=True)
    for name in ("folder/news.txt/a.txt", "news.txt"):
        (tmp_path / name).write_text(BEFORE, "utf-8")
    assert names_of(tmp_path / "folder", tmp_path / "news.txt") == ["news.txt/a.txt", "news#2.txt"]


@pytest.mark.parametrize(
    ("one", "other"), [("News.txt", "news.txt"), ("が.txt", "か\u3099.txt"), ("A/a.txt", "a/A.txt")]
)
def test_names_that_are_one_on_some_disks_are_told_apart(tmp_path: Path, one: str, other: str) -> None:
    for folder, name in (("1", one), ("2", other)):
        (tmp_path / folder / name).parent.mkdir(parents=True)
        (tmp_path / folder / name).write_text(BEFORE, "utf-8")
    assert names_of(tmp_path / "1", tmp_path / "2") == [one, other.replace(".txt", "#2.txt")]


def names_of(*inputs: Path | str, **more: Any) -> list[str]:
    return [source.name for source in find_sources(map(str, inputs), **more) if isinstance(source, Source)]


def a_tree(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(BEFORE, "utf-8")


def test_folders_that_fit_a_pattern_are_read_and_dangling_links_told(tmp_path: Path) -> None:
    a_tree(tmp_path, "gl/a.txt", "gl/b.txt/c.txt", "gl/b.txt/photo.jpg", "gl/b.txt/.hidden.txt", "else/e.txt")
    (tmp_path / "gl/d.txt").symlink_to("nowhere")
    (tmp_path / "gl/e.txt").symlink_to("../else")
    assert names_of(tmp_path / "gl/*.txt") == ["a.txt", "b.txt/c.txt", "d.txt", "e.txt/e.txt"]
    assert names_of(tmp_path / "**/*.txt") == ["else/e.txt", "gl/a.txt", "gl/b.txt/c.txt", "gl/d.txt"]
    assert names_of(tmp_path / "**") == names_of(tmp_path / "**/*.txt")
    tally = run_on(tmp_path / "out", tmp_path / "gl/*.txt")
    assert [told["source"] for told in records(tmp_path / "out/quarantine.jsonl")] == ["d.txt"]
    assert (tally.counts["documents"], tally.counts["skipped files"]) == (3, 1)


def test_links_to_folders_in_a_folder_are_counted(tmp_path: Path) -> None:
    a_tree(tmp_path, "in/a.txt", "else/e.txt")
    (tmp_path / "in/link.txt").symlink_to("../else")
    tally = run_on(tmp_path / "out", tmp_path / "in")
    assert (tally.counts["documents"], tally.counts["skipped files"]) == (1, 1)


def test_a_pattern_reads_nothing_that_a_run_has_written(tmp_path: Path) -> None:
    a_tree(tmp_path, "a.txt", "b/c.txt")
    for out in ("out", "b/out", "out"):
        assert run_on(tmp_path / out, tmp_path / "*").counts["documents"] == 2
    assert names_of(tmp_path / "out/clean/*") == ["a.txt", "b/c.txt"]


@pytest.mark.parametrize("pattern", ["dump-**.jsonl", "**.jsonl", "a/**b/*.txt"])
def test_two_stars_in_a_name_are_told(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(BadInput, match=r"\*\* in .+ stands for folders, and must be a part of its own"):
        names_of(tmp_path / pattern)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("pattern", ["*/*/*.txt", "**/*.txt", "a/*/c.txt"])
def test_a_folder_in_a_pattern_that_may_not_be_read_is_told(tmp_path: Path, pattern: str) -> None:
    a_tree(tmp_path, "a/b/c.txt", "a/d/c.txt")
    (tmp_path / "a/b").chmod(0)
    try:
        with pytest.raises(PermissionError):
            names_of(tmp_path / pattern)
    finally:
        (tmp_path / "a/b").chmod(0o700)


@pytest.mark.parametrize("name", ["dump.json", "data.txt", "dump.csv", "dump", "dump.gz"])
def test_an_input_by_name_is_what_format_says_and_not_what_its_ending_says(tmp_path: Path, name: str) -> None:
    data = f'{{"id": 1, "text": "{BEFORE}", "more": "{BEFORE}"}}\n'.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name == "dump.gz" else data)
    out = tmp_path / "out"
    run([str(tmp_path / name)], out, CHARACTERS, Reading("jsonl"), io.BytesIO())
    clean = (out / "clean" / name).read_bytes()
    clean = gzip.decompress(clean) if name == "dump.gz" else clean
    assert clean.decode() == f'{{"id": 1, "text": "{AFTER}", "more": "{BEFORE}"}}\n'
    assert json.loads((out / "run.json").read_text("utf-8"))["inputs"][0]["format"] == "jsonl"
    assert [told.inexact for told in restore(out)] == [""]


def test_in_a_folder_the_endings_tell(tmp_path: Path) -> None:
    a_tree(tmp_path, "in/a.txt", "in/b.jsonl", "in/c.json", "in/d", "e.txt")
    found = find_sources([str(tmp_path / "in"), str(tmp_path / "e.txt")], "jsonl")
    told = [(source.name, source.format) if isinstance(source, Source) else source.path.name for source in found]
    assert told == [("a.txt", "txt"), ("b.jsonl", "jsonl"), "c.json", "d", ("e.txt", "jsonl")]


BROKEN_ROWS = {
    "{": "not JSON",
    "[1, 2]": "not JSON: { expected",
    "42": "not JSON: { expected",
    '{"id": 1}': 'no field "text"; its fields are: id',
    "{}": 'no field "text"; its fields are: none',
    '{"text": 7}': 'the field "text" is not a string: 7',
    '{"text": ["マスク"]}': 'the field "text" is not a string: ["マスク"]',
    '{"text": "a"} {"text": "b"}': "not JSON: the row goes on after its end",
    '{"text": "a", }': "not JSON",
    '{"text": "a"': "not JSON: , or } expected",
    '{"text": "a': "not JSON: Unterminated string starting at column 10",
    '{"text": "a", "deep": ' + "[" * 100_000: "nested too deep",
    '{"text": "a", "n": ' + "9" * 5_000 + "}": "not JSON",
}


@pytest.mark.parametrize(("row", "reason"), BROKEN_ROWS.items(), ids=lambda text: text[:30])
def test_a_broken_row_is_quarantined_and_the_run_goes_on(tmp_path: Path, row: str, reason: str) -> None:
    source = f'{{"id": "a", "text": "{BEFORE}"}}\n{row}\n{{"id": "b", "text": "{BEFORE}"}}\n'.encode()
    (tmp_path / "dump.jsonl").write_bytes(source)
    tally = run_on(tmp_path / "out", tmp_path / "dump.jsonl")
    (broken,) = records(tmp_path / "out/quarantine.jsonl")
    assert (broken["source"], broken["line"], broken["raw"]) == ("dump.jsonl", 2, f"{row}\n")
    assert broken["reason"].startswith(reason)
    assert [row["text"] for row in records(tmp_path / "out/clean/dump.jsonl")] == [AFTER, AFTER]
    assert tally.counts["documents"] == 2
    assert json.loads((tmp_path / "out/run.json").read_text("utf-8"))["exit"] == 2
    restores(tmp_path / "out", {"dump.jsonl": source})


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_a_row_whose_text_is_null_is_kept_as_it_stands(tmp_path: Path, encoding: str) -> None:
    rows = f'{{"id": "a", "text": "{BEFORE}"}}\n{{"id": "ｱ" , "text":null}}\r\n{{"id": "b", "text": "{BEFORE}"}}\n'
    source = rows.encode(encoding)
    (tmp_path / "dump.jsonl").write_bytes(source)
    tally = run_on(tmp_path / "out", tmp_path / "dump.jsonl")
    assert (tally.counts["documents"], tally.counts["without a text"], tally.counts["quarantined"]) == (2, 1, 0)
    assert (tmp_path / "out/clean/dump.jsonl").read_bytes().decode() == rows.replace(BEFORE, AFTER)
    assert json.loads((tmp_path / "out/run.json").read_text("utf-8"))["exit"] in (0, 1)
    restores(tmp_path / "out", {"dump.jsonl": source})


# Writing


def test_every_output_file_says_what_was_done(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_bytes(f"一行目\r\n{BEFORE}".encode("cp932"))
    (tmp_path / "in/empty.md").write_bytes(b"")
    out = tmp_path / "out"
    run_on(out, tmp_path / "in")
    assert (out / "clean/a.txt").read_bytes() == f"一行目\r\n{AFTER}".encode()
    assert (out / "clean/empty.md").read_bytes() == b""
    first, second = records(out / "edits.jsonl")
    assert second == {"doc": "empty.md", "edits": []}
    (edit,) = first["edits"]
    assert (edit["start"], edit["end"], edit["before"], edit["after"], edit["code"]) == (
        5,
        10,
        "ｱﾙﾄﾏﾝ",
        "アルトマン",
        "C101",
    )
    about = json.loads((out / "run.json").read_text("utf-8"))
    assert [told["encoding"] for told in about["inputs"]] == ["cp932", "utf-8"]
    assert about["counts"]["edits"] == 1 and about["settings"]["select"] == ["C101"]
    assert (out / "aliases.tsv").read_text("utf-8").startswith("canonical\talias\t")
    page = (out / "report.html").read_text("utf-8")
    assert "<del>ｱﾙﾄﾏﾝ</del><ins>アルトマン</ins>氏は語った。" in page and "<script" not in page and "://" not in page
    names = "aliases.jsonl aliases.tsv clean edits.jsonl findings.jsonl quarantine.jsonl report.html run.json"
    assert sorted(path.name for path in out.iterdir()) == names.split()


def test_a_row_keeps_all_but_its_text(tmp_path: Path) -> None:
    unchanged = '{ "n":1.0e5 ,"text" : "マスク\\u6c0f\\/", "big":123456789012345678901234567890 }\r\n'
    changed = '{"z": [1,2], "text":"ｱ\\/", "text": "ｱﾙﾄﾏﾝ", "é":"\\u00e9", "nan": NaN}'
    source = f"\ufeff{unchanged}\n  \n{changed}".encode()
    (tmp_path / "dump.jsonl").write_bytes(source)
    run_on(tmp_path / "out", tmp_path / "dump.jsonl")
    assert (tmp_path / "out/clean/dump.jsonl").read_bytes() == source.replace("ｱﾙﾄﾏﾝ".encode(), "アルトマン".encode())
    assert [record["doc"] for record in records(tmp_path / "out/edits.jsonl")] == ["dump.jsonl:1", "dump.jsonl:4"]
    restores(tmp_path / "out", {"dump.jsonl": source})


def test_markup_in_a_text_is_shown_in_the_report_not_obeyed(tmp_path: Path) -> None:
    (tmp_path / "<b>.txt").write_text("<script>alert(1)</script><img src=x onerror=alert(2)> ｱ\n", "utf-8")
    run_on(tmp_path / "out", tmp_path / "<b>.txt")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "<script" not in page and "<img" not in page and "&lt;b&gt;.txt" in page


def test_the_report_of_a_large_run_is_bounded_and_says_so(tmp_path: Path) -> None:
    rows = (json_line({"id": number, "text": BEFORE * 400 if number == 0 else BEFORE}) for number in range(300))
    (tmp_path / "dump.jsonl").write_text("".join(rows), "utf-8")
    run_on(tmp_path / "out", tmp_path / "dump.jsonl")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert page.count("<article>") == 200 and "for 100 more see" in page and "100 more are in edits.jsonl" in page


def test_a_report_of_nothing_is_a_page_too(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", Tally(), "0")
    assert "Nothing to fix" in (tmp_path / "report.html").read_text("utf-8")


# The output folder


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("old.txt", "new.txt"):
        (tmp_path / name).write_text(BEFORE, "utf-8")
    run_on(tmp_path / "out", tmp_path / "old.txt")
    (tmp_path / "out/clean/mine.txt").write_text("not from a run")
    run_on(tmp_path / "out", tmp_path / "new.txt")
    assert sorted(path.name for path in (tmp_path / "out/clean").iterdir()) == ["mine.txt", "new.txt"]


def test_a_folder_takes_the_place_of_an_earlier_file_and_a_file_that_of_a_folder(tmp_path: Path) -> None:
    for name in ("old/news.txt", "old/more.txt/deep/a.txt", "new/news.txt/a.txt", "new/more.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(BEFORE, "utf-8")
    out = tmp_path / "out"
    for folder in ("old", "new", "old", "new"):
        run_on(out, tmp_path / folder)
        given = files_in(tmp_path / folder)
        assert set(files_in(out / "clean")) == set(given)
        restores(out, given)
        assert files_in(out / "restored") == given


@pytest.mark.parametrize(
    ("mine", "why"),
    [
        ("news.txt", "is a file that is not from a run of soroe, where a folder is to be written; move it away"),
        ("news.txt/a.txt/mine.txt", "is a folder that is not from a run of soroe, where a file is to be written; move"),
    ],
)
def test_what_is_in_the_way_is_told_and_nothing_is_touched(mine: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(BEFORE, "utf-8")
    (tmp_path / "in/news.txt").mkdir(parents=True)
    (tmp_path / "in/news.txt/a.txt").write_text(BEFORE, "utf-8")
    out = tmp_path / "out"
    run_on(out, tmp_path / "old.txt")
    (out / "clean" / mine).parent.mkdir(parents=True, exist_ok=True)
    (out / "clean" / mine).write_text("not from a run")
    before = files_in(out)
    with pytest.raises(FileExistsError, match=why):
        run_on(out, tmp_path / "in")
    assert files_in(out) == before
    (out / "clean" / mine).unlink()
    if "/" in mine:
        (out / "clean" / mine).parent.rmdir()
    run_on(out, tmp_path / "in")
    assert list(files_in(out / "clean")) == ["news.txt/a.txt"]


@pytest.mark.parametrize(
    ("name", "kind", "inside"),
    [
        ("港/news.txt", PurePosixPath, True),
        ("..news.txt", PurePosixPath, True),
        ("C:news.txt", PurePosixPath, True),
        ("/etc/passwd", PurePosixPath, False),
        ("//host/share/news.txt", PurePosixPath, False),
        ("港/../../news.txt", PurePosixPath, False),
        ("", PurePosixPath, False),
        (".", PurePosixPath, False),
        ("news.txt\0", PurePosixPath, False),
        ("港/news.txt", PureWindowsPath, True),
        ("C:\\news.txt", PureWindowsPath, False),
        ("C:news.txt", PureWindowsPath, False),
        ("\\news.txt", PureWindowsPath, False),
        ("/news.txt", PureWindowsPath, False),
        ("港\\..\\..\\news.txt", PureWindowsPath, False),
        ("\\\\host\\share\\news.txt", PureWindowsPath, False),
    ],
)
def test_a_name_in_run_json_is_one_inside_the_folder(name: str, kind: Any, inside: bool) -> None:
    assert is_inside(name, kind) is inside


@pytest.mark.parametrize("kind", ["name", "shards"])
@pytest.mark.parametrize("name", ["{}/mine.txt", "../../mine.txt", "a/../../../mine.txt"])
def test_what_run_json_tells_of_files_elsewhere_is_not_taken_away(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("years of work")
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    name, out = name.format(tmp_path.as_posix()), tmp_path / "out"
    (out / "clean/a").mkdir(parents=True)
    told = {"name": name} if kind == "name" else {"name": "a.txt", "shards": [{"name": name}, 7]}
    (out / "run.json").write_text(json.dumps({"soroe": "1", "inputs": [told, "mine.txt"]}))
    with pytest.raises(NotRestorable):
        restore(out)
    run_on(out, tmp_path / "a.txt")
    assert (tmp_path / "mine.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("out", "given"),
    [
        pytest.param("in", "in", id="the input itself"),
        pytest.param("in/out", "in", id="inside the input"),
        pytest.param(".", "in", id="around the input"),
        pytest.param("full", "in", id="holds something else"),
        pytest.param("in/a.txt", "in", id="a file"),
    ],
)
def test_a_wrong_output_folder_is_refused_and_nothing_is_touched(tmp_path: Path, out: str, given: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "in/a.txt").write_text(BEFORE, "utf-8")
    (tmp_path / "full/thesis.doc").write_text("years of work")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadOutput):
        run_on(tmp_path / out, tmp_path / given)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_that_fails_leaves_the_output_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")

    def fail(step: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        run([str(tmp_path / "a.txt")], tmp_path / "out", CHARACTERS, Reading(), io.BytesIO(), watch=fail)
    assert not (tmp_path / "out").exists()


def test_an_article_that_soroe_fails_on_is_quarantined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = Pipeline.clean

    def fail_on_b(self: Pipeline, text: str, *rest: Any, **named: Any) -> Any:
        if "B" in text:
            raise ZeroDivisionError("division by zero")
        return clean(self, text, *rest, **named)

    monkeypatch.setattr(Pipeline, "clean", fail_on_b)
    sources = {"a.txt": BEFORE.encode("euc_jp"), "b.txt": f"B{BEFORE}".encode("euc_jp"), "c.jsonl": b'{"text": "B"}\n'}
    for name, data in sources.items():
        (tmp_path / name).write_bytes(data)
    assert run_on(tmp_path / "out", *(tmp_path / name for name in sources)).counts["quarantined"] == 2
    told = records(tmp_path / "out/quarantine.jsonl")
    assert [record["raw"] for record in told] == [f"B{BEFORE}", '{"text": "B"}\n'] and "ZeroDivision" in told[0][
        "reason"
    ]
    restores(tmp_path / "out", sources)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("earlier", [False, True], ids=["new folder", "over an earlier run"])
def test_a_killed_run_leaves_no_half_file_under_its_final_name(tmp_path: Path, earlier: bool) -> None:
    (tmp_path / "small.jsonl").write_text(json_line({"text": BEFORE}), "utf-8")
    (tmp_path / "large.jsonl").write_text(json_line({"text": BEFORE * 20}) * 100_000, "utf-8")
    out = tmp_path / "out"
    if earlier:
        run_on(out, tmp_path / "small.jsonl")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    command = [sys.executable, "-c", "from soroe.cli import entry; entry()", "run", "--select", "C101"]
    process = subprocess.Popen([*command, str(tmp_path / "large.jsonl"), "--out", str(out)])
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 100_000 for path in out.glob(".soroe-*/edits.jsonl")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = {path: path.read_bytes() for path in out.rglob("[!.]*") if path.is_file() and ".soroe-" not in str(path)}
    assert left == before
    with pytest.raises(BadOutput, match="--resume goes on with it"):
        run_on(out, tmp_path / "small.jsonl")
    for aside in out.glob(".soroe-*"):
        (aside / "journal").unlink()
    run_on(out, tmp_path / "small.jsonl")
    assert not list(out.glob(".soroe-*"))


# Restoring

ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_sources_come_back_byte_for_byte(tmp_path: Path, encoding: str) -> None:
    # ISO-2022-JP has no half-width katakana in Python's plain codec; the extended one knows it.
    codec = "iso2022_jp_ext" if encoding == "iso2022_jp" else encoding
    row = json.dumps({"id": 1, "text": f"{BEFORE}\n{BEFORE}", "more": "髙"[:0] + "東京"}, ensure_ascii=False)
    sources = {
        "a.txt": f"彼は言った。\r\n{BEFORE}\nおわり".encode(codec),
        "b/c.md": f"# 見出し\n\n{BEFORE}\n".encode(codec),
        "b/d.mdx": f"import A from 'a'\r\n\n{BEFORE}\n".encode(codec),
        "b/e.HTML": f"<p>{BEFORE}</p>\r\n".encode(codec),
        "b/f.rst": f"題\r\n==\r\n\r\n{BEFORE} ``{BEFORE}``\r\n".encode(codec),
        "b/g.adoc": f"= 題\n\n{BEFORE}\n".encode(codec),
        "d.jsonl": f"{row}\r\n\n{row}\n".encode(codec),
    }
    for name, data in sources.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    out = tmp_path / "out"
    assert run_on(out, tmp_path / "in").counts["quarantined"] == 0
    assert [name for name in sources if AFTER not in (out / "clean" / name).read_text("utf-8")] == []
    restores(out, sources)


def test_without_docutils_a_page_for_it_is_kept_and_the_others_are_cleaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soroe.formats.shapes.find_spec", lambda name: None)
    sources = {"a.rst": f"{BEFORE}\n".encode(), "b.md": f"{BEFORE}\n".encode()}
    for name, data in sources.items():
        (tmp_path / name).write_bytes(data)
    out = tmp_path / "out"
    run_on(out, *(tmp_path / name for name in sources))
    (broken,) = records(out / "quarantine.jsonl")
    assert "pip install 'soroe[rst]'" in broken["reason"]
    assert AFTER in (out / "clean/b.md").read_text("utf-8")
    restores(out, sources)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0\0" + BEFORE.encode() + b"\0", id="NUL bytes"),
        pytest.param(f"\ud800{BEFORE}\udfff".encode("utf-8", "surrogatepass"), id="lone surrogates"),
        pytest.param((AFTER * 160_000 + BEFORE).encode(), id="5 MB without a line break"),
        pytest.param(b"\xff\xfe\xfd\xfc" * 3, id="no text"),
        pytest.param(f"{BEFORE}\r{BEFORE}\u2028{BEFORE}\x0c".encode(), id="other line ends"),
    ],
)
def test_nothing_is_lost_of_odd_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.txt").write_bytes(data)
    run_on(tmp_path / "out", tmp_path / "odd.txt")
    restores(tmp_path / "out", {"odd.txt": data})


def test_lone_surrogates_in_rows_are_written_as_escapes(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_bytes(b'{"id": "\\udfff", "text": "\\ud800 \xef\xbd\xb1"}\n')
    run_on(tmp_path / "out", tmp_path / "dump.jsonl")
    for name in ("clean/dump.jsonl", "edits.jsonl"):
        (row,) = records(tmp_path / "out" / name)
        assert row.get("text", "\ud800 ア") == "\ud800 ア"
    restores(tmp_path / "out", {"dump.jsonl": (tmp_path / "dump.jsonl").read_bytes()})


def test_a_file_that_cannot_be_written_as_it_was_is_told(tmp_path: Path) -> None:
    (tmp_path / "nec.txt").write_bytes(b"\x87\x9a " + BEFORE.encode("cp932"))  # ∵ is at 81 E6 and at 87 9A
    run_on(tmp_path / "out", tmp_path / "nec.txt")
    assert [told.inexact for told in restore(tmp_path / "out")] == [
        "some character can be written in CP932 in more than one way"
    ]


def test_what_was_changed_after_the_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    run_on(tmp_path / "out", tmp_path / "a.txt")
    (tmp_path / "out/clean/a.txt").write_text("ハルトマン氏は語った。", "utf-8")
    with pytest.raises(NotRestorable, match=r"a\.txt: was changed after the run: at character 0 stood 'アルトマン'"):
        restore(tmp_path / "out")
    assert not (tmp_path / "out/restored").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param((b'"edits"', b'"edist"'), "'edits' is missing, or is not what a run writes there", id="no edits"),
        pytest.param((b'"start": 0', b'"start": "0"'), "'start' of an edit is missing, or is not", id="start"),
        pytest.param((b'"edits": [{', b'"edits": [7, {'), "'start' of an edit is missing, or is not", id="no edit"),
        pytest.param((b'"doc"', b'"\xffoc"'), "byte 3 of the line is not UTF-8", id="not UTF-8"),
        pytest.param((b'{"doc"', b'["doc"'), "not JSON", id="not JSON"),
        pytest.param((b'{"doc"', b'7\n{"doc"'), "not a JSON object", id="not an object"),
    ],
)
def test_a_log_that_was_changed_is_told_by_its_name_and_line(
    change: tuple[bytes, bytes], why: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    out = tmp_path / "out"
    run_on(out, tmp_path / "a.txt")
    data = (out / "edits.jsonl").read_bytes()
    assert change[0] in data
    (out / "edits.jsonl").write_bytes(data.replace(*change, 1))
    with pytest.raises(NotRestorable, match=rf"edits\.jsonl:1: was changed after the run: {why}"):
        restore(out)
    assert not (out / "restored").exists()


def test_a_quarantine_that_was_changed_is_told_by_its_name_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("[1]\n", "utf-8")
    run_on(tmp_path / "out", tmp_path / "a.jsonl")
    path = tmp_path / "out/quarantine.jsonl"
    path.write_text(path.read_text("utf-8").replace('"raw"', '"row"'), "utf-8")
    with pytest.raises(NotRestorable, match=r"quarantine\.jsonl:1: was changed after the run: 'raw' is missing"):
        restore(tmp_path / "out")


def test_edits_that_overlap_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    out = tmp_path / "out"
    run_on(out, tmp_path / "a.txt")
    (told,) = records(out / "edits.jsonl")
    edit = told["edits"][0] | {"start": 3, "end": 3, "after": ""}
    (out / "edits.jsonl").write_text(json_line(told | {"edits": [edit, edit | {"start": 0, "end": 3}]}), "utf-8")
    with pytest.raises(NotRestorable, match=r"a\.txt: does not fit its line in edits\.jsonl"):
        restore(out)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_of_a_table_it_is_told_that_a_value_differs(name: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from test_arrow import a_table, pq, written_ipc

    def written(path: Path, texts: list[str]) -> None:
        if path.suffix == ".parquet":
            pq.write_table(a_table(texts), path)
        else:
            written_ipc(a_table(texts), path, None)

    written(tmp_path / name, [BEFORE, "港"])
    out = tmp_path / "out"
    run_on(out, tmp_path / name)
    written(out / "clean" / name, [AFTER, "海"])
    assert [told.inexact for told in restore(out)] == ["its schema, or a value in it, is not what the run read"]


def test_what_an_earlier_restore_wrote_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    for name in ("zero/zero.txt", "zero/both.txt", "zero/deep/down/z.txt", "two/both.txt", "two/two.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name} {BEFORE}", "utf-8")
    out = tmp_path / "out"
    for folder in ("zero", "two"):
        run_on(out, tmp_path / folder)
        restores(out, files_in(tmp_path / folder))
        (out / "restored/mine.txt").write_text("not from a restore")
    assert files_in(out / "restored") == files_in(tmp_path / "two") | {"mine.txt": b"not from a restore"}
    assert not (out / "restored/deep").exists()
    assert not list(out.rglob(".*"))


def test_what_restored_json_tells_of_files_elsewhere_is_not_taken_away(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("years of work")
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    run_on(tmp_path / "out", tmp_path / "a.txt")
    outside = ["../../mine.txt", (tmp_path / "mine.txt").as_posix(), 7]
    (tmp_path / "out/restored.json").write_text(json.dumps({"files": outside}))
    restores(tmp_path / "out", {"a.txt": BEFORE.encode()})
    assert (tmp_path / "mine.txt").read_text() == "years of work"


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.lists(
    st.tuples(
        st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3),
        st.text(st.sampled_from('ｱﾙア氏"\\/\n\t\0\ud800\ufeff😀'), max_size=12) | st.text(),
        st.booleans(),
        st.sampled_from(["\n", "\r\n", "\n\n", " \n"]),
    ),
    max_size=15,
)


def lines(rows: Iterable[tuple[dict[str, Any], str, bool, str]]) -> bytes:
    made = []
    for fields, text, ascii_only, end in rows:
        line = json.dumps(fields | {"text": text}, ensure_ascii=ascii_only)
        made.append(line.encode("utf-8", "surrogatepass") + end.encode())
    return b"".join(made)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS)
def test_law_rows_keep_their_fields_and_come_back(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    folder = tmp_path_factory.mktemp("rows")
    source = lines(rows)
    (folder / "dump.jsonl").write_bytes(source)
    tally = run_on(folder / "out", folder / "dump.jsonl")
    assert tally.counts["quarantined"] == 0
    after = [json.loads(line) for line in (folder / "out/clean/dump.jsonl").read_bytes().split(b"\n") if line.strip()]
    edits = records(folder / "out/edits.jsonl") if rows else []
    for (fields, text, *_), row, logged in zip(rows, after, edits, strict=True):
        assert list(row) == list(fields | {"text": text})
        assert {**row, "text": text} == fields | {"text": text}
        made = [Edit(Span(edit["start"], edit["end"]), edit["after"], "", "") for edit in logged["edits"]]
        assert replay(text, made) == row["text"]
        assert all(text[edit["start"] : edit["end"]] == edit["before"] for edit in logged["edits"])
    restore(folder / "out")
    restored = (folder / "out/restored/dump.jsonl").read_bytes()
    if source.decode("utf-8", "replace").encode() == source:  # raw surrogates come back as escapes
        assert restored == source


@given(st.text(), st.booleans())
def test_law_offsets_point_at_the_letter_in_the_line(text: str, ascii_only: bool) -> None:
    row, told, _ = read_row(json.dumps({"a": "é", "text": text}, ensure_ascii=ascii_only), "text", "id")
    offset = row.offsets()
    for at, letter in enumerate(told):
        assert row.line[offset(at) :].startswith(json.dumps(letter, ensure_ascii=ascii_only)[1:-1])


@given(st.text(), st.sampled_from(['""', '"é"']))
def test_law_a_literal_says_its_text_in_valid_utf_8(text: str, like: str) -> None:
    literal = literal_of(text, like)
    assert json.loads(literal) == text
    literal.encode()


def test_events_of_standard_input(tmp_path: Path) -> None:
    sources = find_sources(["-"], "jsonl")
    events = list(read(sources, Reading("jsonl", "body", "url"), io.BytesIO(b'{"url": "u", "body": "x"}\nno\n')))
    assert [event.id for event in events if isinstance(event, Article)] == ["u"]
    assert [event.line for event in events if isinstance(event, Broken)] == [2]
