"""Parquet and Arrow IPC: all but the texts is kept, and what is broken is told."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dumps import (
    AFTER,
    BEFORE,
    COMPRESSIONS,
    PAGE,
    fail_on_b,
    mended,
    quarantined,
    records,
    restored,
    run_on,
    takes_little_memory,
)

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


@pytest.mark.parametrize("is_compliant", [True, False], ids=["element", "item"])
@pytest.mark.parametrize("is_stored", [True, False], ids=["schema of Arrow", "no schema of Arrow"])
@pytest.mark.parametrize("item", ["element", "item"])
def test_lists_keep_the_names_of_what_they_hold(tmp_path: Path, is_compliant: bool, is_stored: bool, item: str) -> None:
    path, out = tmp_path / "a.parquet", tmp_path / "out"
    lists = pa.array([["a" * 50] * 500] * 2, pa.list_(pa.field(item, pa.string())))
    table = pa.table({"id": ["1", "2"], "text": [BEFORE, AFTER], "l": lists})
    pq.write_table(table, path, use_compliant_nested_type=is_compliant, store_schema=is_stored, compression="zstd")

    def columns(path: Path) -> list[tuple[str, str]]:
        group = pq.ParquetFile(path).metadata.row_group(0)
        return [(group.column(at).path_in_schema, group.column(at).compression) for at in range(group.num_columns)]

    run_on(out, path)
    assert restored(out) == {"a.parquet": ""}
    assert columns(path) == columns(out / "clean/a.parquet") == columns(out / "restored/a.parquet")
    assert pq.read_table(out / "clean/a.parquet").schema == pq.read_table(path).schema
    assert pq.read_table(out / "restored/a.parquet").equals(pq.read_table(path))
    assert {compression for _, compression in columns(path)} == {"ZSTD"}


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


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.parquet.gz", "a.arrows.xz"])
@pytest.mark.parametrize(
    "texts", [[], [None], ["港"], ["ｱ" * 3_000_000]], ids=["no rows", "null", "nothing wrong", "a huge cell"]
)
def test_columns_of_all_sizes_come_back(tmp_path: Path, name: str, texts: list[str | None]) -> None:
    plain = tmp_path / name.removesuffix(".gz").removesuffix(".xz")
    if plain.suffix == ".parquet":
        pq.write_table(a_table(texts), plain)
    else:
        written_ipc(a_table(texts), plain, None)
    if plain.name != name:
        (tmp_path / name).write_bytes(COMPRESSIONS[Path(name).suffix][0](plain.read_bytes()))
    out = tmp_path / "out"
    assert run_on(out, tmp_path / name).counts["quarantined"] == 0
    assert restored(out) == {name: ""}


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


@pytest.mark.parametrize("name", ["a.parquet", "a.parquet.gz"])
def test_lint_mends_a_file_in_its_place(tmp_path: Path, name: str) -> None:
    pq.write_table(a_table(TEXTS), tmp_path / "a.parquet", row_group_size=3)
    if name != "a.parquet":
        (tmp_path / name).write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    now = mended(tmp_path / name)
    table = pq.read_table(io.BytesIO(gzip.decompress(now) if name != "a.parquet" else now))
    assert table["text"].to_pylist() == CLEANED


def large_parquet(path: Path, size: int) -> None:
    rows = pa.table({"text": [f"{number}{PAGE}" for number in range(500)]})
    with pq.ParquetWriter(path, rows.schema, compression="NONE", use_dictionary=False) as file:
        for _ in range(size // rows.nbytes + 1):
            file.write_table(rows)


def large_arrow(path: Path, size: int) -> None:
    rows = pa.table({"text": [f"{number}{PAGE}" for number in range(500)]})
    with pa.ipc.new_file(path, rows.schema) as file:
        for _ in range(size // rows.nbytes + 1):
            file.write_table(rows)


@pytest.mark.parametrize(("name", "large"), [("a.parquet", large_parquet), ("a.arrow", large_arrow)])
def test_a_large_file_takes_little_memory(tmp_path: Path, name: str, large: Callable[[Path, int], None]) -> None:
    takes_little_memory(tmp_path, name, large)
