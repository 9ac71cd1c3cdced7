"""Dumps: compressed, damaged, named by patterns, in other languages, large."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from dumps import (
    AFTER,
    BEFORE,
    COMPRESSIONS,
    PAGE,
    cleaned,
    mended,
    quarantined,
    records,
    restored,
    run_on,
    takes_little_memory,
)

from soroe.cli import main
from soroe.formats.read import BadInput, Source, find_sources

# Compression


ROWS = "".join(f'{{"id": {number}, "text": "{BEFORE}{number * 7919}"}}\n' for number in range(3_000))


@pytest.mark.parametrize("ending", COMPRESSIONS)
@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.csv", "a.md"])
@pytest.mark.parametrize("text", ["", "text\n", f"text\n{BEFORE}\n"], ids=["empty", "nothing wrong", "something"])
def test_what_is_compressed_is_read_and_written_so(tmp_path: Path, name: str, ending: str, text: str) -> None:
    compress, decompress = COMPRESSIONS[ending]
    text = "".join(f'{{"text": "{line}"}}\n' for line in text.splitlines()) if name == "a.jsonl" else text
    (tmp_path / f"{name}{ending}").write_bytes(compress(text.encode()))
    out = tmp_path / "out"
    run_on(out, tmp_path / f"{name}{ending}")
    assert quarantined(out) == []
    assert decompress((out / "clean" / f"{name}{ending}").read_bytes()).decode() == text.replace(BEFORE, AFTER)
    assert restored(out) == {f"{name}{ending}": ""}
    assert decompress((out / "restored" / f"{name}{ending}").read_bytes()).decode() == text


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_members_behind_one_another_are_one_dump(tmp_path: Path, ending: str) -> None:
    compress, _ = COMPRESSIONS[ending]
    (tmp_path / f"a.jsonl{ending}").write_bytes(compress(ROWS[:9_000].encode()) + compress(ROWS[9_000:].encode()))
    assert run_on(tmp_path / "out", tmp_path / f"a.jsonl{ending}").counts["documents"] == 3_000
    assert restored(tmp_path / "out") == {f"a.jsonl{ending}": ""}


@pytest.mark.parametrize("ending", COMPRESSIONS)
@pytest.mark.parametrize("how", ["cut", "wrong bytes", "another file"])
def test_of_a_damaged_dump_what_can_be_read_is_cleaned(tmp_path: Path, ending: str, how: str) -> None:
    compress, decompress = COMPRESSIONS[ending]
    good = compress(ROWS[: len(ROWS) // 2].encode())
    more = compress(ROWS[len(ROWS) // 2 :].encode())
    damaged = {
        "cut": more[: len(more) // 2],
        "wrong bytes": more[:40] + b"\xa5" * 40 + more[80:],
        "another file": b"no!" * 9,
    }
    (tmp_path / f"a.jsonl{ending}").write_bytes(good + damaged[how])
    out = tmp_path / "out"
    tally = run_on(out, tmp_path / f"a.jsonl{ending}")
    *_, (name, line, reason) = quarantined(out)
    assert name == f"a.jsonl{ending}"
    assert f"the {ending[1:]} data is " in reason and "bytes of what it held could be read" in reason and line
    assert tally.counts["documents"] >= 1_498
    assert (
        decompress((out / "clean" / name).read_bytes())
        .decode()
        .startswith(ROWS[: len(ROWS) // 3].replace(BEFORE, AFTER)[:-200])
    )
    assert restored(out) == {name: "it could not be read to its end"}


def test_half_a_compressed_article_is_no_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(ROWS.encode())[:-3_000])
    assert run_on(tmp_path / "out", tmp_path / "a.txt.gz").counts["documents"] == 0
    first, last = records(tmp_path / "out/quarantine.jsonl")
    assert b64decode(first["raw_base64"]).startswith(ROWS[:1_000].encode()) and "cut short" in last["reason"]


def test_without_zstd_it_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soroe.formats.stream._has_zstd", lambda: False)
    (tmp_path / "a.jsonl.zst").write_bytes(b"")
    (tmp_path / "b.jsonl").write_text(f'{{"text": "{BEFORE}"}}\n', "utf-8")
    assert run_on(tmp_path / "out", tmp_path / "a.jsonl.zst", tmp_path / "b.jsonl").counts["documents"] == 1
    ((_, _, reason),) = quarantined(tmp_path / "out")
    assert "pip install 'soroe[zstd]'" in reason


def test_standard_input_may_be_compressed(tmp_path: Path) -> None:
    data = gzip.compress(ROWS[:200].encode())
    run_on(tmp_path / "out", "-", stdin=data, format="jsonl.gz")
    assert gzip.decompress((tmp_path / "out/clean/stdin.jsonl.gz").read_bytes()).count(AFTER.encode()) >= 3
    with pytest.raises(BadInput, match=r"--format rar: none of txt, "):
        run_on(tmp_path / "out", "-", format="rar")


# Inputs and fields


def test_a_pattern_means_the_files_it_fits_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in (
        "b/dump-2.jsonl.gz",
        "dump-10.jsonl.gz",
        "dump-1.jsonl.gz",
        ".dump-0.jsonl.gz",
        "dump-1.txt",
        "[x].txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    def names(pattern: str) -> list[str]:
        return [source.name for source in find_sources([str(tmp_path / pattern)]) if isinstance(source, Source)]

    assert names("dump-*.jsonl.gz") == ["dump-1.jsonl.gz", "dump-10.jsonl.gz"]
    assert names("**/dump-*.gz") == ["b/dump-2.jsonl.gz", "dump-1.jsonl.gz", "dump-10.jsonl.gz"]
    assert names("[x].txt") == ["[x].txt"]
    with pytest.raises(BadInput, match="no file has such a name"):
        names("dump-*.csv")


FIELDS = {"id_field": "url", "source_field": "site", "lang_field": "lang"}


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_rows_in_other_languages_pass_as_they_are_and_are_counted(tmp_path: Path, kind: str) -> None:
    rows = [
        ("u1", "港の新聞", "ja", "ｱ"),
        ("u2", "x", "zh", "ｲ"),
        ("u3", "y", "JPN", "ｳ"),
        ("u4", "", "", "ｴ"),
        ("u1", "z", "en", "ｵ"),
    ]
    names = ("url", "site", "lang", "text")
    lines = {
        "jsonl": [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows],
        "csv": [",".join(row) for row in [names, *rows]],
    }[kind]
    clean = cleaned(tmp_path, f"a.{kind}", "\n".join(lines).encode(), **FIELDS).decode()
    assert [sign for sign in "アｱイｲウｳエｴオｵ" if sign in clean] == [*"アｲウエｵ"]
    told = records(tmp_path / "out/edits.jsonl")
    assert [(one["doc"], one.get("source")) for one in told] == [
        ("u1", "港の新聞"),
        ("u3", "y"),
        ("u4", None if kind == "csv" else ""),
    ]
    assert json.loads((tmp_path / "out/run.json").read_text("utf-8"))["counts"]["in another language"] == 2


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "arrow"), ("a.feather", "arrow"), ("a.xml", "wiki")])
def test_what_is_not_installed_is_told_with_the_line_for_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    monkeypatch.setattr("soroe.formats.shapes.find_spec", lambda name: None)
    (tmp_path / name).write_bytes(b"")
    run_on(tmp_path / "out", tmp_path / name)
    ((_, _, reason),) = quarantined(tmp_path / "out")
    assert f"pip install 'soroe[{extra}]'" in reason


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_lint_mends_a_compressed_file_in_its_place(tmp_path: Path, ending: str) -> None:
    compress, decompress = COMPRESSIONS[ending]
    (tmp_path / f"a.jsonl{ending}").write_bytes(compress(ROWS[:900].rpartition("\n")[0].encode()))
    now = decompress(mended(tmp_path / f"a.jsonl{ending}")).decode()
    assert now == ROWS[:900].rpartition("\n")[0].replace(BEFORE, AFTER)


def test_standard_input_goes_mended_to_standard_output(tmp_path: Path) -> None:
    data = gzip.compress(f'id,text\n1,"{BEFORE}"\n'.encode())
    command = [sys.executable, "-m", "soroe", "lint", "--select", "C101", "--fix", "--quiet", "--format", "csv.gz", "-"]
    done = subprocess.run(command, input=data, capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"")
    assert gzip.decompress(done.stdout).decode() == f'id,text\n1,"{AFTER}"\n'


def test_a_compressed_dump_is_read_by_text_where_its_project_names_fields(tmp_path: Path) -> None:
    (tmp_path / "soroe.toml").write_text('prose-fields = ["title"]\n', "utf-8")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(f'{{"title": "ｱ", "body": "{BEFORE}"}}\n'.encode()))
    now = mended(tmp_path / "a.jsonl.gz", "--text", "body")
    assert gzip.decompress(now).decode() == f'{{"title": "ｱ", "body": "{AFTER}"}}\n'


def test_lint_leaves_a_damaged_file_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = gzip.compress(ROWS.encode())[:-9]
    (tmp_path / "a.jsonl.gz").write_bytes(data)
    assert main(["lint", "--select", "C101", "--fix", "--quiet", str(tmp_path / "a.jsonl.gz")]) == 2
    assert (tmp_path / "a.jsonl.gz").read_bytes() == data
    assert "it cannot be read to its end; left as it was" in capsys.readouterr().err


def large_jsonl(path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < size:
            file.write(json.dumps({"text": PAGE}, ensure_ascii=False) + "\n")


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    takes_little_memory(tmp_path, "a.jsonl", large_jsonl)
