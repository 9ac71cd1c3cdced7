"""Dumps in the shapes they come in: what must not change first, then what is cleaned, what is broken, and how much memory it takes."""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import random
from base64 import b32encode, b64decode
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from soroe.engine import Pipeline
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


# Parquet and Arrow

pa = pytest.importorskip("pyarrow", reason="pyarrow is an extra: pip install 'soroe[arrow]'")
pq = pytest.importorskip("pyarrow.parquet")


def a_table(texts: list[str | None], **more: Any) -> Any:
    rows = range(len(texts))
    columns = {
        "id": pa.array([f"記事{row}" if row % 3 else None for row in rows], pa.string()),
        "n": pa.array([row if row % 2 else None for row in rows], pa.int32()),
        "text": pa.array(texts, more.pop("kind", pa.string())),
        "nested": pa.array(
            [{"a": [row], "b": None} for row in rows], pa.struct([("a", pa.list_(pa.int64())), ("b", pa.string())])
        ),
        "when": pa.array([row * 10**6 for row in rows], pa.timestamp("us", "Asia/Tokyo")),
        "word": pa.array([f"ｱ{row % 2}" for row in rows]).dictionary_encode(),
    }
    schema = pa.schema(
        [pa.field(name, column.type, metadata={"about": name}) for name, column in columns.items()],
        {"from": "港の新聞"},
    )
    return pa.table(list(columns.values()), schema=schema)


TEXTS = [BEFORE, None, "", AFTER, f"👨‍👩‍👧‍👦\r\n{BEFORE}\0", "港", BEFORE * 3, None]
CLEANED = [text and text.replace("ｱﾙﾄﾏﾝ", "アルトマン") for text in TEXTS]


def shape_of_parquet(path: Path) -> Any:
    about = pq.ParquetFile(path).metadata
    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    columns = [[group.column(at) for at in range(group.num_columns)] for group in groups]
    told = [
        [(one.compression, one.has_dictionary_page, one.is_stats_set, one.physical_type) for one in group]
        for group in columns
    ]
    more = {key: value if key != b"ARROW:schema" else b"" for key, value in (about.metadata or {}).items()}
    return about.format_version, more, [group.num_rows for group in groups], told


PARQUETS: dict[str, dict[str, Any]] = {
    "as it is written by default": {},
    "small row groups": {"row_group_size": 3},
    "zstd, of one column gzip": {"compression": {"id": "GZIP", "text": "ZSTD", "n": "NONE"}},
    "no dictionaries, no statistics": {"use_dictionary": False, "write_statistics": False},
    "version 1.0 with INT96": {"version": "1.0", "use_deprecated_int96_timestamps": True},
    "without the schema of Arrow": {"store_schema": False},
}


@pytest.mark.parametrize("how", PARQUETS.values(), ids=PARQUETS)
@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_a_parquet_file_keeps_all_but_its_texts(tmp_path: Path, how: dict[str, Any], kind: str) -> None:
    path, out = tmp_path / "a.parquet", tmp_path / "out"
    pq.write_table(a_table(TEXTS, kind=getattr(pa, kind)()), path, **how)
    counts = run_on(out, path).counts
    assert (counts["documents"], counts["without a text"], counts["changed"], counts["quarantined"]) == (6, 2, 3, 0)
    source, clean = pq.read_table(path), pq.read_table(out / "clean/a.parquet")
    assert clean.schema.equals(source.schema, check_metadata=True)
    assert clean["text"].to_pylist() == CLEANED
    assert clean.drop_columns("text").equals(source.drop_columns("text"))
    assert shape_of_parquet(out / "clean/a.parquet") == shape_of_parquet(path)
    assert restored(out) == {"a.parquet": ""}
    assert pq.read_table(out / "restored/a.parquet").equals(source, check_metadata=True)
    assert shape_of_parquet(out / "restored/a.parquet") == shape_of_parquet(path)
    assert [told["doc"] for told in records(out / "edits.jsonl")][:3] == ["a.parquet:1", "記事2", "a.parquet:4"]


def written_ipc(table: Any, path: Path, compression: str | None, rows: int = 3) -> None:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file)(
        path, table.schema, options=options
    ) as file:
        for at, batch in enumerate(table.to_batches(rows)):
            file.write_batch(batch, custom_metadata={"batch": str(at)})


def batches(path: Path) -> list[tuple[Any, Any]]:
    reader = (pa.ipc.open_stream if path.suffix == ".arrows" else pa.ipc.open_file)(pa.memory_map(str(path)))
    if path.suffix != ".arrows":
        return [reader.get_batch_with_custom_metadata(at) for at in range(reader.num_record_batches)]
    return [*reader.iter_batches_with_custom_metadata()]


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.arrows"])
def test_an_arrow_file_keeps_all_but_its_texts(tmp_path: Path, name: str, compression: str | None) -> None:
    from soroe.formats.arrow import compression_of

    path, out = tmp_path / name, tmp_path / "out"
    written_ipc(a_table(TEXTS * 40), path, compression)
    assert run_on(out, path).counts["changed"] == 120
    assert restored(out) == {name: ""}
    source, clean, back = batches(path), batches(out / "clean" / name), batches(out / "restored" / name)
    assert [(one.schema.metadata, one.num_rows, about) for one, about in clean] == [
        (one.schema.metadata, one.num_rows, about) for one, about in source
    ]
    assert [text for one, _ in clean for text in one.column("text").to_pylist()] == CLEANED * 40
    assert all(one.equals(other, check_metadata=True) for (one, _), (other, _) in zip(back, source, strict=True))
    begin = (out / "clean" / name).read_bytes()
    assert compression_of(begin if name == "a.arrows" else begin[8:]) == compression


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.parquet.gz", "a.arrows.zst"])
@pytest.mark.parametrize(
    "texts", [[], [None], ["港"], ["ｱ" * 3_000_000]], ids=["no rows", "null", "nothing wrong", "a huge cell"]
)
def test_columns_of_all_sizes_come_back(tmp_path: Path, name: str, texts: list[str | None]) -> None:
    plain = tmp_path / name.removesuffix(".gz").removesuffix(".zst")
    if plain.suffix == ".parquet":
        pq.write_table(a_table(texts), plain)
    else:
        written_ipc(a_table(texts), plain, None)
    if plain.name != name:
        (tmp_path / name).write_bytes(COMPRESSIONS[Path(name).suffix][0](plain.read_bytes()))
    out = tmp_path / "out"
    assert run_on(out, tmp_path / name).counts["quarantined"] == 0
    assert restored(out) == {name: ""}


def fail_on_b(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes soroe fail on articles with a B."""
    clean = Pipeline.clean

    def failing(self: Pipeline, text: str, *rest: Any, **named: Any) -> Any:
        return clean(self, text, *rest, **named) if "B" not in text else 1 / 0

    monkeypatch.setattr(Pipeline, "clean", failing)


def test_rows_that_cannot_be_read_or_cleaned_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on_b(monkeypatch)
    texts = pa.array([b"\xff", b"B", BEFORE.encode(), b"B"]).view(pa.string())
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    out = tmp_path / "out"
    run_on(out, tmp_path / "a.parquet")
    assert [line for _, line, _ in quarantined(out)] == [1, 2, 4]
    assert pq.read_table(out / "clean/a.parquet")["text"].cast(pa.binary()).to_pylist() == [
        b"\xff",
        b"B",
        AFTER.encode(),
        b"B",
    ]
    assert restored(out) == {"a.parquet": ""}


def test_of_a_parquet_file_with_a_bad_row_group_the_others_are_cleaned(tmp_path: Path) -> None:
    path, out = tmp_path / "a.parquet", tmp_path / "out"
    pq.write_table(
        pa.table({"text": [f"{BEFORE}{row}" for row in range(9)]}),
        path,
        row_group_size=3,
        compression="ZSTD",
        use_dictionary=False,
    )
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    at = column.data_page_offset
    data[at : at + column.total_compressed_size] = b"\xa5" * column.total_compressed_size
    path.write_bytes(data)
    assert run_on(out, path).counts["documents"] == 6
    ((name, line, reason),) = quarantined(out)
    assert (name, line) == ("a.parquet", 4) and reason.startswith("row group 2 of 3 (rows 4 to 6) cannot be read: ")
    assert pq.read_table(out / "clean/a.parquet")["text"].to_pylist() == [f"{AFTER}{row}" for row in (0, 1, 2, 6, 7, 8)]
    assert restored(out) == {"a.parquet": "it could not be read to its end"}


def test_of_an_arrow_file_that_is_cut_what_was_before_is_cleaned(tmp_path: Path) -> None:
    written_ipc(a_table(TEXTS * 9), tmp_path / "whole.arrow", None)
    data = (tmp_path / "whole.arrow").read_bytes()
    (tmp_path / "a.arrow").write_bytes(data[: len(data) // 2])
    out = tmp_path / "out"
    assert run_on(out, tmp_path / "a.arrow").counts["documents"] > 9
    ((_, line, reason),) = quarantined(out)
    assert line and reason.startswith(f"cannot be read from row {line} on: ")
    assert sum(batch.num_rows for batch, _ in batches(out / "clean/a.arrow")) == line - 1


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.parquet", b"", "no Parquet file, or only a part of one: "),
        ("a.parquet", b"PAR1" + b"x" * 99, "no Parquet file, or only a part of one: "),
        ("a.arrow", b"", "no Arrow file, or only a part of one: "),
        ("a.feather", b"FEA1" + b"x" * 99, "Feather of the first version"),
        ("a.arrow", b"ARROW1\0\0" + b"x" * 99, "no Arrow file, or only a part of one: "),
    ],
)
def test_what_is_no_table_of_arrow_is_told(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    run_on(tmp_path / "out", tmp_path / name)
    assert [told[2].startswith(reason) for told in quarantined(tmp_path / "out")] == [True]


def test_a_column_that_is_no_text_is_told(tmp_path: Path) -> None:
    pq.write_table(a_table(TEXTS), tmp_path / "a.parquet")
    for field, reason in (
        ("n", 'the field "n" is of type int32, not of strings'),
        ("body", 'no field "body"; its fields are: id, n'),
    ):
        run_on(tmp_path / "out", tmp_path / "a.parquet", text_field=field)
        assert quarantined(tmp_path / "out")[0][2].startswith(reason)


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "arrow"), ("a.feather", "arrow")])
def test_what_is_not_installed_is_told_with_the_line_for_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    monkeypatch.setattr("soroe.formats.shapes.find_spec", lambda name: None)
    (tmp_path / name).write_bytes(b"")
    run_on(tmp_path / "out", tmp_path / name)
    ((_, _, reason),) = quarantined(tmp_path / "out")
    assert f"pip install 'soroe[{extra}]'" in reason


# MediaWiki


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


SIGNS = """[[ ]] {{ }} | ｱ 港 = == * {| |} |- ! <ref> </ref> <b> </b> <br/> ''' '' &amp; & < > " https://a.example/ [ ] <!-- --> ファイル:
<nowiki> </nowiki> {{{ }}} __目次__ : ;""".split()
WIKITEXT = st.lists(st.sampled_from([*SIGNS, "\n", " "]), max_size=25).map("".join)


@given(WIKITEXT)
@settings(deadline=None, max_examples=200)
def test_any_wikitext_has_its_parts_where_they_stand(text: str) -> None:
    from soroe.markup import parts

    told = parts(f"港は{text}", "wikitext")
    for spans in told:
        ends = [edge for span in spans for edge in span]
        assert ends == sorted(ends) and all(2 <= edge <= len(text) + 2 for edge in ends)


@given(st.lists(WIKITEXT, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_wiki_comes_back(tmp_path: Path, texts: list[str]) -> None:
    cleaned(tmp_path, "a.xml", a_wiki(*[a_page(escape(text), f"頁{at}") for at, text in enumerate(texts)]).encode())


# Web archives


def http_of(page: bytes, kind: str = "text/html; charset=UTF-8", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%scontent-length: %d\r\n\r\n%s" % (
        kind.encode(),
        more,
        len(page),
        page,
    )


def sha1(data: bytes) -> str:
    return f"sha1:{b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def a_record(
    block: bytes,
    kind: str = "response",
    content: str = "application/http; msgtype=response",
    uri: str = "https://a.example/",
    **more: str,
) -> bytes:
    body = block.partition(b"\r\n\r\n")[2] if "http" in content else block
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": uri,
        "WARC-Date": "2024-05-01T00:00:00Z",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "WARC-Payload-Digest": sha1(body),
        "WARC-Block-Digest": sha1(block),
        "Content-Type": content,
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


INFO = a_record(b"software: x\r\n", "warcinfo", "application/warc-fields", uri="")
HTML = f'<html><head><title>{BEFORE}</title></head><p class="ｱ">{BEFORE}<code>ｱ</code></p></html>'

UNTOUCHED_RECORDS = {
    "an archive without records": b"",
    "what it is about": INFO,
    "a page with nothing wrong": a_record(http_of(f"<p>{AFTER}</p>".encode())),
    "tags, attributes, code": a_record(http_of('<p class="ｱ"><code>ｱ</code><script>"ｱ"</script>'.encode())),
    "a picture": a_record(http_of(b"\x89PNG\r\n\r\n\xef\xbd\xb1" * 9, "image/png")),
    "a request": a_record(b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"),
    "JSON of a page": a_record('{"a": "ｱ"}'.encode(), "metadata", "application/json"),
    "a page in an encoding of others": a_record(http_of("<p>Прага".encode("koi8-r"), "text/html; charset=koi8-r")),
    "packed in a way of its own": a_record(http_of("ｱ".encode(), more=b"Content-Encoding: br\r\n")),
    "an empty page": a_record(http_of(b"")),
    "only line feeds": INFO.replace(b"\r\n", b"\n").replace(b"Content-Length: 13", b"Content-Length: 12"),
    "digests that are wrong": a_record(http_of(b"<p>"), WARC_Block_Digest="sha1:AAAA"),
}


@pytest.mark.parametrize("record", UNTOUCHED_RECORDS.values(), ids=UNTOUCHED_RECORDS)
def test_of_an_archive_what_is_no_prose_stays_byte_for_byte(tmp_path: Path, record: bytes) -> None:
    after = a_record(http_of(f"<p>{AFTER}</p>".encode()))
    assert cleaned(tmp_path, "a.warc", record + after) == record + after
    assert quarantined(tmp_path / "out") == []


def right(archive: bytes) -> list[tuple[str, str, bytes]]:
    """The records of an archive as warcio reads them: type, address, what they hold; their digests are seen to."""
    told = []
    for record in ArchiveIterator(io.BytesIO(archive), check_digests="raise"):
        head = record.rec_headers
        told.append((record.rec_type, head.get_header("WARC-Target-URI") or "", record.content_stream().read()))
    return told


CHANGED_RECORDS = {
    "a page": (a_record(http_of(HTML.encode())), "utf-8"),
    "Shift_JIS, as its head says": (a_record(http_of(HTML.encode("cp932"), "text/html; charset=Shift_JIS")), "cp932"),
    "EUC-JP, as the page says": (
        a_record(http_of(HTML.replace("<head>", '<head><meta charset="euc-jp">').encode("euc_jp"), "text/html")),
        "euc_jp",
    ),
    "UTF-8, which says that it is another": (
        a_record(http_of(HTML.encode(), "text/html; charset=ISO-8859-1")),
        "utf-8",
    ),
    "a page without its answer": (a_record(HTML.encode(), "resource", "text/html"), "utf-8"),
    "a text of WET": (a_record(BEFORE.encode(), "conversion", "text/plain"), "utf-8"),
    "digests of another kind": (
        a_record(
            http_of(HTML.encode()),
            WARC_Payload_Digest=f"sha256:{hashlib.sha256(HTML.encode()).hexdigest()}",
            WARC_Block_Digest=f"md5:{b32encode(hashlib.md5(http_of(HTML.encode()), usedforsecurity=False).digest()).decode()}",
        ),
        "utf-8",
    ),
    "no digests": (a_record(http_of(HTML.encode()), WARC_Payload_Digest="", WARC_Block_Digest=""), "utf-8"),
    "packed with gzip": (a_record(http_of(gzip.compress(HTML.encode()), more=b"Content-Encoding: gzip\r\n")), "utf-8"),
    "in chunks": (
        a_record(
            http_of(HTML.encode(), more=b"Transfer-Encoding: chunked\r\n").replace(
                HTML.encode(),
                b"9\r\n%s\r\n%x;x=y\r\n%s\r\n0\r\n\r\n"
                % (HTML.encode()[:9], len(HTML.encode()) - 9, HTML.encode()[9:]),
            )
        ),
        "utf-8",
    ),
}


@pytest.mark.parametrize(("record", "encoding"), CHANGED_RECORDS.values(), ids=CHANGED_RECORDS)
def test_of_an_archive_only_the_prose_is_cleaned_and_its_digests_are_right(
    tmp_path: Path, record: bytes, encoding: str
) -> None:
    clean = cleaned(tmp_path, "a.warc", INFO + record + INFO)
    source, now = right(INFO + record + INFO), right(clean)
    assert [told[:2] for told in now] == [told[:2] for told in source]
    assert [told[2] for told in now] == [
        told[2].replace(BEFORE.encode(encoding), AFTER.encode(encoding)) for told in source
    ]
    assert now != source and clean.startswith(INFO) and clean.endswith(INFO)


def test_pages_of_an_archive_go_by_their_addresses(tmp_path: Path) -> None:
    one = a_record("ｱ".encode(), "conversion", "text/plain", WARC_Identified_Content_Language="jpn,eng")
    other = a_record(
        "ｲ".encode(), "conversion", "text/plain", uri="https://a.example/港", WARC_Identified_Content_Language="zho"
    )
    fields = {"source_field": "WARC-Date", "lang_field": "WARC-Identified-Content-Language"}
    clean = cleaned(tmp_path, "a.warc.wet", INFO + one + other + one, **fields).decode()
    assert [sign for sign in "アｱイｲ" if sign in clean] == ["ア", "ｲ"]
    told = records(tmp_path / "out/edits.jsonl")
    assert [(record["doc"], record["source"]) for record in told] == [
        (f"https://a.example/{number}", "2024-05-01T00:00:00Z") for number in ("", "#2")
    ]


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_each_record_of_a_compressed_archive_can_be_read_alone(tmp_path: Path, ending: str) -> None:
    compress, decompress = COMPRESSIONS[ending]
    parts = [INFO, a_record(http_of(HTML.encode())), UNTOUCHED_RECORDS["a picture"], a_record(http_of(b"<p>"))]
    (tmp_path / f"a.warc{ending}").write_bytes(b"".join(map(compress, parts)))
    out = tmp_path / "out"
    run_on(out, tmp_path / f"a.warc{ending}")
    restored(out)
    for folder in ("clean", "restored"):
        data = (out / folder / f"a.warc{ending}").read_bytes()
        if ending == ".gz":
            assert data.count(b"\x1f\x8b\x08") == 4
            assert len(right(data)) == 4
    assert decompress(data) == b"".join(parts)


def test_a_record_that_cannot_be_cleaned_stays_in_its_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on_b(monkeypatch)
    bad = a_record(b"\xef\xbd\xb1\xff", "conversion", "text/plain")
    parts = [
        a_record("Bｱ".encode(), "conversion", "text/plain"),
        bad,
        a_record("ｱ".encode(), "conversion", "text/plain"),
    ]
    clean = cleaned(tmp_path, "a.warc", b"".join(parts))
    assert clean.startswith(parts[0] + parts[1]) and clean.endswith("ア\r\n\r\n".encode())
    assert [line for _, line, _ in quarantined(tmp_path / "out")] == [1, 2]


BROKEN_ARCHIVES: dict[str, tuple[bytes, str, int]] = {
    "cut in a head": (a_record(b"x")[:40], "record 3, at byte {}, is cut short", 1),
    "cut in a block": (a_record(http_of(HTML.encode()))[:-50], "record 3, at byte {}, is cut short", 1),
    "no record": (b"<html>\r\n\r\n", "record 3, at byte {}, is no record: it needs WARC/1.0 and a Content-Length", 1),
    "no record and no end": (b"<html>" * 99, "record 3, at byte {}, is no record: it does not begin with WARC/1.0", 1),
    "no length": (
        a_record(b"x").replace(b"Content-Length", b"Length"),
        "record 3, at byte {}, is no record: it needs",
        1,
    ),
}


@pytest.mark.parametrize(("broken", "reason", "count"), BROKEN_ARCHIVES.values(), ids=BROKEN_ARCHIVES)
def test_of_a_broken_archive_what_was_before_is_cleaned(tmp_path: Path, broken: bytes, reason: str, count: int) -> None:
    good = INFO + a_record(http_of(HTML.encode()))
    (tmp_path / "a.warc").write_bytes(good + broken)
    out = tmp_path / "out"
    assert run_on(out, tmp_path / "a.warc").counts["documents"] == count
    ((_, line, told),) = quarantined(out)
    assert line == 3 and told.startswith(reason.format(f"{len(good):,}"))
    assert len(right((out / "clean/a.warc").read_bytes())) == 2
    assert restored(out) == {"a.warc": "it could not be read to its end"}


# Memory


def _of_random_text() -> Iterator[str]:
    chance = random.Random(7)
    while True:
        yield "".join(chance.choices("港町議会市長新埠頭閉鎖計画反対運動", k=200))
