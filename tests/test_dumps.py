"""Dumps in the shapes they come in: what must not change first, then what is cleaned, what is broken, and how much memory it takes."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import random
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soroe.formats.read import BadInput, Reading, Source, find_sources
from soroe.formats.restore import restore
from soroe.formats.run import run
from soroe.formats.table import cells
from soroe.formats.tally import Tally
from soroe.settings import Settings

CHARACTERS = Settings(select=("C101",))  # ｱ → ア, and nothing else
BEFORE, AFTER = "ｱﾙﾄﾏﾝ氏は語った。", "アルトマン氏は語った。"


def run_on(out: Path, *inputs: Path | str, stdin: bytes = b"", **fields: str) -> Tally:
    return run([str(path) for path in inputs], out, CHARACTERS, Reading(**fields), io.BytesIO(stdin))


def records(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def quarantined(out: Path) -> list[tuple[str, int | None, str]]:
    return [(told["source"], told["line"], told["reason"]) for told in records(out / "quarantine.jsonl")]


def restored(out: Path) -> dict[str, str]:
    return {told.name: told.inexact for told in restore(out)}


def cleaned(tmp_path: Path, name: str, data: bytes, **fields: str) -> bytes:
    """What a run makes of a file; that it can be undone is seen to."""
    (tmp_path / name).write_bytes(data)
    out = tmp_path / "out"
    run_on(out, tmp_path / name, **fields)
    assert restored(out) == {name: ""}
    assert (out / "restored" / name).read_bytes() == data
    return (out / "clean" / name).read_bytes()


# Tables

# A table, and what is left of it where nothing is to be changed: itself.
UNCHANGED_TABLES = {
    "nothing at all": "",
    "a head alone": "id,text",
    "a head without a line end, and a mark": "\ufefftext",
    "CR LF": 'id,text\r\n1,"マスク氏"\r\n2,マスク氏\r\n',
    "line breaks in a cell": 'id,text\n1,"マスク氏は、\r\n\n語った"\n2,x\n',
    "quotes in a cell": 'id,text\n1,"彼は""はい""と言った"\n2,""""\n3,""\n4,\n',
    "all cells quoted, and spaces": '"id" ,"text"\n " 1","マスク" \n'.replace('"text"', "text"),
    "blank lines": "id,text\n\n1,マスク氏\n\r\n2,マスク氏",
    "semicolons": 'text;"a,b";c\nマスク氏;1,2;"3;4"\n',
    "tabs": "id\ttext\n1\tマスク氏, 語る\n",
    "emoji and more": "id,text\n1,👨‍👩‍👧‍👦氏は🎌語った\u2028\x0b\x0c\x00。\n",
    "quotes that quote no cell": 'id,text\n1,"はい" と言った\n2,5" の板\n',
    "other columns": 'n,text,m\n 007 ,x,"1,0"\n1.0e5,y,"""\n"""\n',
}


@pytest.mark.parametrize("table", UNCHANGED_TABLES.values(), ids=UNCHANGED_TABLES)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_table_in_which_nothing_is_wrong_stays_byte_for_byte(tmp_path: Path, name: str, table: str) -> None:
    assert cleaned(tmp_path, name, table.encode()) == table.encode()
    assert quarantined(tmp_path / "out") == []


CHANGED_TABLES = {
    "a plain cell": (f"id,text\n1,{BEFORE}\n", f"id,text\n1,{AFTER}\n"),
    "a quoted cell": (f'id,text\n1,"{BEFORE}"\n', f'id,text\n1,"{AFTER}"\n'),
    "quotes and line breaks": ('id,text\n1,"ｱ""\r\n""ｲ"\r\n', 'id,text\n1,"ア""\r\n""イ"\r\n'),
    "other columns": ('a,text,b\nｱ,ｱ,"ｱ""ｱ"\n', 'a,text,b\nｱ,ア,"ｱ""ｱ"\n'),
    "a cell that looks quoted": ('id,text\n1,"はい" とｱ\n', 'id,text\n1,"""はい"" とア"\n'),
    "no line end": ("text\nｱ", "text\nア"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED_TABLES.values(), ids=CHANGED_TABLES)
def test_of_a_table_only_the_cell_is_written_anew(tmp_path: Path, before: str, after: str) -> None:
    assert cleaned(tmp_path, "a.csv", before.encode()).decode() == after


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16", "utf-16-be", "utf-8-sig"])
def test_a_table_in_another_encoding_comes_back(tmp_path: Path, encoding: str) -> None:
    table = f'番号,本文,出所\r\n1,"{BEFORE}、""はい""\r\nと。",港の新聞\r\n'
    assert AFTER in cleaned(tmp_path, "a.csv", table.encode(encoding), text_field="本文").decode()


def test_a_cell_of_five_megabytes_is_read(tmp_path: Path) -> None:
    text = f'{BEFORE}、""\n' * 100_000
    assert cleaned(tmp_path, "a.csv", f'text,n\n"{text}",1\n'.encode()).count(AFTER.encode()) == 100_000


BROKEN_RECORDS = {
    "1": "1 cells, and the first line names 2",
    "1,a,b": "3 cells, and the first line names 2",
    '1,"never closed': "a quote opens a cell at column 3 and nothing closes it",
    '1,"a\nb" c': "a quoted cell of several lines goes on behind its closing quote, from column 3 on",
}


@pytest.mark.parametrize(("broken", "reason"), BROKEN_RECORDS.items())
def test_a_broken_record_is_quarantined_and_the_run_goes_on(tmp_path: Path, broken: str, reason: str) -> None:
    table = f"id,text\n7,{BEFORE}\n{broken}\n8,{BEFORE}\n"
    out = cleaned(tmp_path, "a.csv", table.encode()).decode()
    assert out.startswith(f"id,text\n7,{AFTER}\n") and out.endswith(f"8,{AFTER}\n")
    assert quarantined(tmp_path / "out")[0] == ("a.csv", 3, reason)


def test_a_record_that_is_no_text_is_quarantined(tmp_path: Path) -> None:
    data = f"id,text\n1,{BEFORE}\n".encode() + b'2,"\xff\n"\n' + f"3,{BEFORE}\n".encode()
    assert cleaned(tmp_path, "a.csv", data).decode() == f"id,text\n1,{AFTER}\n3,{AFTER}\n"
    assert quarantined(tmp_path / "out") == [("a.csv", 3, "not UTF-8, as the file is")]


def test_a_table_without_the_field_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,body\n1,x\n", "utf-8")
    assert run_on(tmp_path / "out", tmp_path / "a.csv").counts["quarantined"] == 1
    ((_, _, reason),) = quarantined(tmp_path / "out")
    assert reason.startswith('no field "text"; its fields are: id, body')


def test_in_a_folder_a_table_without_the_field_is_passed_over_unless_a_field_was_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("id,body\n1,x\n", "utf-8")
    (tmp_path / "in/b.csv").write_text(f"id,text\n1,{BEFORE}\n", "utf-8")
    counts = run_on(tmp_path / "out", tmp_path / "in").counts
    assert (counts["skipped files"], counts["documents"], counts["quarantined"]) == (1, 1, 0)
    assert run_on(tmp_path / "out", tmp_path / "in", text_field="txt").counts["quarantined"] == 2


CELL = st.text(alphabet='ｱﾏ"\n,\t x', max_size=8)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(",\t;"),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_table_says_what_python_reads_in_it_before_and_after(
    tmp_path: Path, rows: list[tuple[str, str]], quoting: Any, delimiter: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows([("id", "text"), *rows])
    table = written.getvalue()
    clean = cleaned(tmp_path, "a.csv", table.encode()).decode()
    read = [*csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter)]
    assert read == [["id", "text"], *([id, text.replace("ｱ", "ア").replace("ﾏ", "マ")] for id, text in rows)]


def test_cells_of_a_long_record_take_no_square_of_the_time() -> None:
    assert len(cells('"a""b",' * 200_000 + "c", ",") or ()) == 200_001


# Compression


def zstd(data: bytes) -> bytes:
    from soroe.formats.stream import _zstd

    return _zstd().compress(data)  # type: ignore[no-any-return]


def unzstd(data: bytes) -> bytes:
    from soroe.formats.stream import _zstd

    return _zstd().decompress(data)  # type: ignore[no-any-return]


COMPRESSIONS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.compress, gzip.decompress),
    ".bz2": (bz2.compress, bz2.decompress),
    ".xz": (lzma.compress, lzma.decompress),
    ".zst": (zstd, unzstd),
}
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


# Memory


def _of_random_text() -> Iterator[str]:
    chance = random.Random(7)
    while True:
        yield "".join(chance.choices("港町議会市長新埠頭閉鎖計画反対運動", k=200))
