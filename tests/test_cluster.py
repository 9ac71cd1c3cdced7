"""A run in partitions: however it is cut, and whoever does it, its parts one after another are what one process writes."""

from __future__ import annotations

import errno
import io
import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from dumps import CHARACTERS, COMPRESSIONS, fail_on_b, restored
from hypothesis import given, settings
from hypothesis import strategies as st
from test_shards import BY_NAME, DUMPS, TEXTS, restored_whole

from soroe.cli import main
from soroe.cluster.apart import Undone, spread_apart, spread_here
from soroe.cluster.part import ASIDE, WORKS, Job, packed, unpacked
from soroe.cluster.partitions import Partition, Slice, ids_in, part_name, renamed_by, repeated
from soroe.cluster.run import BEGUN, Step
from soroe.cluster.run import run as run_in_parts
from soroe.formats.ids import unique_ids
from soroe.formats.places import Folder, NoPlace, Stretch, opened
from soroe.formats.places import found as found_at
from soroe.formats.read import BadInput, Reading, Source
from soroe.formats.restore import NotRestorable
from soroe.formats.run import run
from soroe.formats.stage import BadOutput
from soroe.formats.stream import Stream
from soroe.settings import Settings

pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'soroe[ray]'")
pytest.importorskip("numpy", reason="numpy is not installed: pip install 'soroe[ray]'")

LINE = 'ﾏｽｸ氏は{0}日、港で\\"結論を出す \\"と述べた。{1}氏は去った。ヴェルデマン氏とベルデマン氏は{0}年後に戻る。'
NAMES = [
    "シュナイダー",
    "オズワルド・ヴェルデマン",
    "オズワルド・ベルデマン",
    "モンターニュ",
    "サム・アルトマン（Sam Altman）",
]
LOGS = ("edits", "aliases", "findings", "quarantine")


def row(number: int, id: str = "") -> str:
    said = f'"id": {id or number}, ' if number % 5 else ""
    return f'{{{said}"text": "{LINE.format(number, NAMES[number % 5]) * (1 + number % 4)}", "n": 1.0e5}}'


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with all that makes a difference: ids that come again, broken rows, other encodings, large and empty files."""
    home = tmp_path / "in"
    (home / "sub").mkdir(parents=True)
    rows = [row(number, f'"{number % 31}"') for number in range(70)]
    (home / "a.jsonl").write_text(
        "\n".join([*rows[:40], "[1]", "", "  ", *rows[40:], row(3, '"7#2"'), row(4, "9")]), "utf-8"
    )
    (home / "b.jsonl").write_bytes("\r\n".join(map(row, range(40))).encode("cp932") + b"\r\n\xff\xff\r\n")
    (home / "c.jsonl").write_bytes("\n".join(map(row, range(12))).encode("utf-16"))
    (home / "d.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(row(number).encode() for number in range(9)))
    (home / "empty.jsonl").write_bytes(b"")
    (home / "sub" / "long.jsonl").write_text(
        '{"text": "' + "ﾏｽｸ氏は語った。" * 900 + '"}\n' + row(1) + "\n" + row(2), "utf-8"
    )
    (home / "f.csv").write_text('id,text\n1,"ﾏｽｸ氏は\n語った。"\n2,ﾏｽｸ氏\n' * 20, "utf-8")
    for number in range(5):
        (home / f"{number}.txt").write_text("ﾏｽｸ氏は語った。\n" * (number * 40), "utf-8")
    (home / "bad.txt").write_bytes(bytes(range(128, 256)))
    (home / "note.pdf").write_bytes(b"%PDF")
    return home


def alone(inputs: Path, out: Path, **options: Any) -> dict[str, bytes]:
    """What a run on one machine writes."""
    run([str(inputs)], out, options.pop("chosen", Settings()), Reading(), io.BytesIO(), workers=1, **options)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def together(folder: Folder) -> dict[str, bytes]:
    """What a run in parts writes, the parts of each file one after another."""
    files: dict[str, bytes] = {}
    for name in folder.names():
        data = folder.read(name)
        assert data is not None
        whole, is_part, _ = name.partition("/part-")
        if is_part:
            name = f"{whole}.jsonl" if whole in LOGS else whole
        files[name] = files.get(name, b"") + data
    return files


def assert_same(parts: dict[str, bytes], one: dict[str, bytes]) -> None:
    told, expected = json.loads(parts["run.json"]), json.loads(one["run.json"])
    for key in ("counts", "edits by rule", "findings by rule", "dictionaries", "exit", "survey"):
        assert told.get(key) == expected.get(key), key
    read = [(about["name"], about["documents"], about["bytes"]) for about in told["inputs"]]
    assert read == [(about["name"], about["documents"], about["bytes"]) for about in expected["inputs"]]
    assert {name for name in parts if name not in one} == {"parts.jsonl"}
    for name in one:
        if name != "run.json":
            assert parts[name] == one[name], name


def assert_given_back(out: Path, inputs: Path) -> None:
    """Undoing the run gives its inputs, byte for byte."""
    sources = {path.relative_to(inputs).as_posix(): path.read_bytes() for path in inputs.rglob("*") if path.is_file()}
    sources.pop("note.pdf", None)
    assert restored(out) == dict.fromkeys(sorted(sources), "")
    assert {name: (out / "restored" / name).read_bytes() for name in sources} == sources


# However it is cut


@pytest.mark.parametrize("scope", ["document", "corpus"])
@pytest.mark.parametrize("size", [1, 700, 5_000, 1 << 20])
def test_where_it_is_cut_changes_no_byte(
    size: int, scope: Any, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soroe.cluster.run._MERGED_AT_ONCE", 3)
    one = alone(inputs, tmp_path / "one", scope=scope)
    out = tmp_path / "parts"
    run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread_here, scope=scope, size=size, is_apart=False)
    assert_same(together(Folder(str(out))), one)
    assert_given_back(out, inputs)


def test_the_row_groups_of_parquet_are_cut_and_others_are_not(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    home = tmp_path / "in"
    home.mkdir()
    texts = [LINE.replace("\\", "").format(number, NAMES[number % 5]) if number % 7 else None for number in range(60)]
    table = pa.table({"text": texts, "id": [number % 50 for number in range(60)], "other": [b"x"] * 60})
    pq.write_table(table, home / "a.parquet", row_group_size=7, compression="zstd")
    pq.write_table(table.select(["id"]), home / "none.parquet", row_group_size=7)
    one = alone(home, tmp_path / "one")
    out = tmp_path / "parts"
    run_in_parts([str(home)], str(out), Settings(), Reading(), spread_here, size=900, is_apart=False)
    parts = sorted((out / "clean" / "a.parquet").iterdir())
    assert len(parts) > 3
    cleaned = [pq.ParquetFile(part) for part in parts]
    whole = pq.ParquetFile(tmp_path / "one" / "clean" / "a.parquet")
    assert pa.concat_tables([file.read() for file in cleaned]).equals(whole.read())
    assert sum(file.num_row_groups for file in cleaned) == whole.num_row_groups == 9
    told = together(Folder(str(out)))
    read, expected = (json.loads(run["run.json"])["inputs"] for run in (told, one))
    assert [(about["name"], about["bytes"]) for about in read] == [
        (about["name"], about["bytes"]) for about in expected
    ]
    for log in LOGS:
        assert told[f"{log}.jsonl"] == one[f"{log}.jsonl"]
    assert not (out / "clean" / "none.parquet").exists()


def test_ids_that_come_again_are_numbered_through_all_partitions() -> None:
    ids = [ids_in([["記事", "b"], ["記事"]]), ids_in([["記事#2", "b", "記事"]])]
    assert [one.per_slice for one in ids] == [(2, 1), (3,)]
    # What is called 記事#2 already becomes 記事#2#2, and the third 記事 is not called so.
    assert repeated(ids) == [{2: 2}, {0: 2, 1: 2, 2: 3}]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "a#2", "a#3", "a#2#2", "a#02", "a#2\n", "a\n", "7", 7, "b", "記事"]), max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_an_id_that_comes_again_is_told_as_in_one_process(ids: list[str | int], cuts: list[int]) -> None:
    unique = unique_ids()
    ends = [*sorted(min(cut, len(ids)) for cut in cuts), len(ids)]
    parts = [ids[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    again = repeated([ids_in([part]) for part in parts])
    told = []
    for part, renamed in zip(parts, again, strict=True):
        name = renamed_by(Slice(Source("a.jsonl", "jsonl", None), "a.jsonl", None, renamed))
        told += [name(id) for id in part]
    assert told == [unique(id) for id in ids]


def test_what_is_bounded_is_bounded_as_in_one_process(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAX_ARTICLES", "MAX_BROKEN"):
        monkeypatch.setattr(f"soroe.formats.tally.{name}", 2)
    one = alone(inputs, tmp_path / "one")
    assert json.loads(one["run.json"])["counts"]["articles left out of the report"]
    out = tmp_path / "parts"
    run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread_here, size=3_000, is_apart=False)
    assert_same(together(Folder(str(out))), one)


@pytest.mark.parametrize("size", [700, 1 << 20])
def test_rows_in_are_rows_out_and_quarantined(size: int, inputs: Path, tmp_path: Path) -> None:
    """So it is told of the whole, and so it lies there: no row is lost or doubled where it is cut."""
    mixed = ["en", "ja", "", "ja"] * 9
    rows = [json.dumps({"text": LINE.format(n, NAMES[0]), "lang": lang}) for n, lang in enumerate(mixed)]
    (inputs / "mixed.jsonl").write_text("\n".join([*rows[:20], "{", *rows[20:]]) + "\n", "utf-8")
    out, reading = tmp_path / "parts", Reading(lang_field="lang")
    tally = run_in_parts([str(inputs)], str(out), Settings(), reading, spread_here, size=size, is_apart=False)
    counts = json.loads((out / "run.json").read_bytes())["counts"]
    assert (counts["rows in"], counts["rows out"]) == (tally.rows_in, tally.rows_out)
    assert counts["rows in"] == counts["rows out"] + counts["quarantined"]
    assert counts["rows out"] == counts["documents"] + counts["in another language"]
    told = together(Folder(str(out)))
    assert counts["quarantined"] == told["quarantine.jsonl"].count(b"\n") >= 4
    assert told["clean/mixed.jsonl"].count(b"\n") == len(rows)


def test_pairs_that_do_not_fit_into_memory_are_the_same(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = alone(inputs, tmp_path / "one")
    monkeypatch.setattr("soroe.formats.pairs._IN_MEMORY", 2)
    out = str(tmp_path / "parts")
    run_in_parts([str(inputs)], out, Settings(), Reading(), spread_here, size=3_000, is_apart=False)
    assert_same(together(Folder(out)), one)


def test_parts_are_in_the_order_of_their_names() -> None:
    assert part_name("dump.jsonl", 3, 100_001) == "dump.jsonl/part-000003.jsonl"


# Wherever it is


def test_inputs_and_output_may_be_urls(inputs: Path, tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    for path in inputs.rglob("*"):
        if path.is_file():
            memory.pipe(f"/{tmp_path.name}/in/{path.relative_to(inputs)}", path.read_bytes())
    one = alone(inputs, tmp_path / "one")
    place = f"memory://{tmp_path.name}"
    for number, place_in in enumerate([[f"{place}/in"], [f"{place}/in/"]]):
        out = f"{place}/out{number}"
        run_in_parts(place_in, out, Settings(), Reading(), spread_here, size=3_000, is_apart=False)
        told = together(Folder(out))
        assert {name for name in told if name not in one} == {"parts.jsonl"}
        for name in one:
            if name not in ("run.json", "report.html"):  # the report names what is broken by its path
                assert told[name] == one[name], name
    out = f"file://{tmp_path}/out"
    run_in_parts([f"file://{inputs}/*.jsonl"], out, Settings(), Reading(), spread_here, size=3_000, is_apart=False)
    some = alone(Path(f"{inputs}/*.jsonl"), tmp_path / "some")
    told = together(Folder(out))
    assert told["edits.jsonl"] == some["edits.jsonl"]
    assert [name for name in told if name.startswith("clean/")] == sorted(n for n in some if n.startswith("clean/"))


@pytest.mark.parametrize(
    ("input", "out", "told"),
    [
        ("memory://b/in", "memory://b/in/out", "lies inside the input memory://b/in"),
        ("memory://b/in/", "memory:///b/in", "lies inside the input"),
        ("memory://b/in/a.jsonl", "memory://b/in/../in", "the input memory://b/in/a.jsonl lies inside it"),
        ("IN", "file://IN/out", "lies inside the input"),
        ("file://IN", "IN/out", "lies inside the input"),
    ],
)
def test_an_output_inside_an_input_is_refused_by_whatever_name(input: str, out: str, told: str, inputs: Path) -> None:
    places = [place.replace("IN", str(inputs)) for place in (input, out)]
    with pytest.raises(BadOutput, match=told):
        run_in_parts(places[:1], places[1], Settings(), Reading(), spread_here)
    assert not (inputs / "out").exists()


def test_a_url_that_leads_nowhere_is_told_before_anything_is_written(tmp_path: Path) -> None:
    for nowhere, why in [
        ("memory://nowhere-at-all/dump.jsonl", "no such file"),
        ("nothing://bucket/dump.jsonl", "nothing"),
    ]:
        with pytest.raises(BadInput, match=why):
            run_in_parts([nowhere], str(tmp_path / "out"), Settings(), Reading(), spread_here)
    assert not (tmp_path / "out").exists()


def test_paths_begin_where_the_run_was_begun(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = alone(Path("in"), tmp_path / "one")

    def elsewhere(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for number, item in enumerate(items):
            os.chdir("/")
            answers = [answer for _, answer in spread_here(work, job, [item])]
            os.chdir(tmp_path)
            yield number, answers[0]

    run_in_parts(["in"], "parts", Settings(), Reading(), elsewhere, size=3_000, is_apart=False)
    assert_same(together(Folder("parts")), one)
    told = json.loads((tmp_path / "parts" / "run.json").read_bytes())["inputs"]
    assert told[0]["path"] == "in/0.txt"


def test_what_a_store_says_is_told_and_is_no_mistake_of_ours(inputs: Path, tmp_path: Path) -> None:
    """botocore's errors are no `OSError`."""
    import fsspec
    from fsspec.implementations.memory import MemoryFileSystem

    class Locked(MemoryFileSystem):  # type: ignore[misc]
        protocol = "locked"

        def refuse(self, *given: object, **options: object) -> Any:
            raise ZeroDivisionError("Unable to locate credentials")

        info = find = glob = _open = cat_file = put_file = exists = refuse

    fsspec.register_implementation("locked", Locked, clobber=True)
    for inputs_, out in (["locked://bucket/a.jsonl"], str(tmp_path / "out")), ([str(inputs)], "locked://bucket/out"):
        with pytest.raises((BadInput, NoPlace), match=r"locked://bucket.*: Unable to locate credentials"):
            run_in_parts(inputs_, out, Settings(), Reading(), spread_here, is_apart=False)
    with pytest.raises(NoPlace, match="locate credentials"):
        opened("locked://bucket/a.jsonl")
    with pytest.raises(NoPlace, match="locate credentials"):
        Stretch(_Expired()).read1(1)  # type: ignore[arg-type]


class _Expired(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise ZeroDivisionError("Unable to locate credentials")


def test_a_size_that_a_store_does_not_tell_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is of http without a Content-Length."""
    from fsspec.implementations.memory import MemoryFileSystem

    rows = "\n".join(map(row, range(20)))
    (tmp_path / "a.jsonl").write_text(rows, "utf-8")
    MemoryFileSystem().pipe(f"/{tmp_path.name}/a.jsonl", rows.encode())
    info = MemoryFileSystem.info
    monkeypatch.setattr(MemoryFileSystem, "info", lambda self, path: info(self, path) | {"size": None})
    given = [f"memory://{tmp_path.name}/a.jsonl"]
    run_in_parts(given, str(tmp_path / "parts"), Settings(), Reading(), spread_here, size=900, is_apart=False)
    one = alone(tmp_path / "a.jsonl", tmp_path / "one")
    assert together(Folder(str(tmp_path / "parts")))["edits.jsonl"] == one["edits.jsonl"]


def test_a_url_whose_name_could_be_a_pattern_is_a_file_first(tmp_path: Path) -> None:
    for name in ("x[1].jsonl", "x1.jsonl"):
        (tmp_path / name).write_text(row(1), "utf-8")
    assert [one.name for one in found_at(f"file://{tmp_path}/x[1].jsonl")] == ["x[1].jsonl"]
    assert [one.name for one in found_at(f"file://{tmp_path}/x[0-9].jsonl")] == ["x1.jsonl"]


# Whatever happens


class Stopped(Exception):
    """The machine that began the run went away."""


def stopping_after(number: int) -> Callable[[Step], None]:
    def watch(step: Step) -> None:
        if step.told and step.done >= number:
            raise Stopped

    return watch


@pytest.mark.parametrize("scope", ["document", "corpus"])
def test_a_run_that_was_stopped_goes_on_where_it_was(scope: Any, inputs: Path, tmp_path: Path) -> None:
    one = alone(inputs, tmp_path / "one", scope=scope)
    out = str(tmp_path / "parts")
    did: list[tuple[str, int]] = []

    def spread(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        did.append((work, len(items)))
        return spread_here(work, job, items)

    def go(**options: Any) -> None:
        given = {"scope": scope, "size": 3_000, "is_apart": False} | options
        run_in_parts([str(inputs)], out, given.pop("chosen", Settings()), Reading(), spread, **given)

    with pytest.raises(Stopped):
        go(watch=stopping_after(4))
    assert not (tmp_path / "parts" / "run.json").exists()
    with pytest.raises(BadOutput, match="--resume goes on with it"):
        go()
    for changed in ({"size": 4_000}, {"chosen": Settings(ignore=("P201",))}):
        with pytest.raises(BadInput, match="of the run that was stopped"):
            go(is_resumed=True, **changed)
    with pytest.raises(BadInput, match=r"give what was given then, or choose another --out$"):
        go(is_resumed=True, size=4_000)
    did.clear()
    go(is_resumed=True)
    steps = json.loads((tmp_path / "parts" / "run.json").read_text("utf-8"))["partitions"]
    assert did == [("clean", steps - 4)]
    assert_same(together(Folder(out)), one)
    assert_given_back(Path(out), inputs)
    with pytest.raises(BadOutput, match="holds no run that was stopped"):
        go(is_resumed=True)
    for again in (go, lambda: alone(inputs, Path(out))):
        with pytest.raises(BadOutput, match="holds a run of --engine ray"):
            again()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_survey_that_is_given_is_used_or_written(is_there: bool, inputs: Path, tmp_path: Path) -> None:
    kept, own = tmp_path / "kept.tsv", tmp_path / "own.tsv"
    alone(inputs, tmp_path / "first", scope="corpus", chosen=Settings(survey=kept))
    if is_there:
        own.write_bytes(kept.read_bytes())
    out = str(tmp_path / "parts")
    run_in_parts(
        [str(inputs)], out, Settings(survey=own), Reading(), spread_here, scope="corpus", size=9_000, is_apart=False
    )
    assert own.read_bytes() == kept.read_bytes()
    one = alone(inputs, tmp_path / "one", scope="corpus", chosen=Settings(survey=kept))
    told = together(Folder(out))
    assert told["edits.jsonl"] == one["edits.jsonl"]
    assert told["across.tsv"] == one["across.tsv"]


def test_inputs_that_changed_are_refused_when_a_run_is_resumed(inputs: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "parts")
    with pytest.raises(Stopped):
        run_in_parts(
            [str(inputs)], out, Settings(), Reading(), spread_here, stopping_after(2), size=3_000, is_apart=False
        )
    os.utime(inputs / "a.jsonl", ns=(1, 1))
    with pytest.raises(BadInput, match="names, sizes and times"):
        run_in_parts(
            [str(inputs)], out, Settings(), Reading(), spread_here, size=3_000, is_resumed=True, is_apart=False
        )


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (
            "a.jsonl",
            lambda path: os.truncate(path, 3_000),
            r"a\.jsonl: had [0-9,]+ bytes when the run began, and has 3,000",
        ),
        ("a.jsonl", Path.unlink, r"a\.jsonl: was there when the run began, and is gone"),
        ("f.csv", lambda path: os.utime(path, ns=(1, 1)), r"f\.csv: was written to since the run began"),
        ("1.txt", Path.unlink, r"1\.txt: was there when the run began, and is gone"),
    ],
    ids=["cut short", "gone", "written to", "a text that is gone"],
)
@pytest.mark.parametrize("at", ["ids", "surveyed", "clean"])
def test_an_input_that_changes_meanwhile_stops_the_run(
    at: str, name: str, change: Callable[[Path], object], told: str, inputs: Path, tmp_path: Path
) -> None:
    """And it goes on when the input is put back: nothing of it is lost, and no one has to look for that."""
    path, scope = inputs / name, "corpus" if at == "surveyed" else "document"
    one = alone(inputs, tmp_path / "one", scope=scope)
    data, state = path.read_bytes(), path.stat()

    def changing(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        if work == at:
            change(path)
        return spread_here(work, job, items)

    def go(spread: Any, is_resumed: bool) -> None:
        run_in_parts(
            [str(inputs)],
            out,
            Settings(),
            Reading(),
            spread,
            scope=scope,
            size=3_000,
            is_resumed=is_resumed,
            is_apart=False,
        )

    out = str(tmp_path / "parts")
    with pytest.raises(Undone, match=f"{told}.*; put it back as it was, with its time"):
        go(changing, False)
    assert not (tmp_path / "parts" / "run.json").exists()
    path.write_bytes(data)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    go(spread_here, is_resumed=at != "ids")
    assert_same(together(Folder(out)), one)


def test_an_input_that_cannot_be_read_any_more_stops_the_run(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Stream.read

    def failing(self: Stream, size: int = -1) -> bytes:
        self._file = _Failing()  # type: ignore[assignment]
        return reads(self, size)

    def spread(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        if work == "clean":
            monkeypatch.setattr(Stream, "read", failing)
        return spread_here(work, job, items)

    with pytest.raises(Undone, match=r"0\.txt: cannot be read to its end: Input/output error"):
        run_in_parts([str(inputs)], str(tmp_path / "out"), Settings(), Reading(), spread, is_apart=False)


class _Failing:
    def read1(self, size: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_pipe_is_no_input_of_many_machines(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(BadInput, match=r"a\.jsonl: is no file, but a pipe or the like"):
        run_in_parts([str(tmp_path / "a.jsonl")], str(tmp_path / "out"), Settings(), Reading(), spread_here)


def test_a_second_run_into_one_folder_is_refused_while_the_first_makes_its_plan(inputs: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "parts")
    refused: list[str] = []

    def go(spread: Any, **options: Any) -> None:
        run_in_parts([str(inputs)], out, Settings(), Reading(), spread, size=9_000, is_apart=False, **options)

    def spread(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        if work == "ids":
            with pytest.raises(BadOutput) as error:
                go(spread_here)
            refused.append(str(error.value))
        return spread_here(work, job, items)

    go(spread)
    assert refused == [
        f"{out}: another run is writing there, or was stopped before it had a plan: let it end; if there is none, --resume begins anew"
    ]
    assert_same(together(Folder(out)), alone(inputs, tmp_path / "one"))


def test_a_run_that_was_killed_before_it_had_a_plan_begins_anew(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "parts"

    def go(spread: Any, **options: Any) -> None:
        run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread, size=9_000, is_apart=False, **options)

    def taken_over(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        if work == "ids" and not (out / "run.json").exists():
            go(spread_here, is_resumed=True)
        return spread_here(work, job, items)

    assert Folder(str(out)).write_new(BEGUN, b"of one that was killed")
    assert not Folder(str(out)).write_new(BEGUN, b"of another")
    with pytest.raises(BadOutput, match="--resume begins anew"):
        go(spread_here)
    with pytest.raises(BadOutput, match="another run has begun there meanwhile"):
        go(taken_over, is_resumed=True)
    assert_same(together(Folder(str(out))), alone(inputs, tmp_path / "one"))


def test_a_plan_that_cannot_be_written_leaves_nothing(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "parts"

    def go() -> None:
        run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread_here, size=9_000, is_apart=False)

    def full(self: Folder, file: Path, name: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
        patched.setattr(Folder, "put", full)
        go()
    assert not out.exists()
    (out / ASIDE).mkdir(parents=True)  # an earlier soroe left it so
    (out / ASIDE / "done").mkdir()
    go()
    assert (out / "run.json").exists()


def test_what_a_machine_left_half_written_is_swept_up(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "parts"
    half = out / "clean" / "a.jsonl" / f".{'5' * 32}.unfinished"

    def dying(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        if work == "clean":
            half.parent.mkdir(parents=True)
            half.write_bytes(b"{")
        return spread_here(work, job, items)

    run_in_parts([str(inputs)], str(out), Settings(), Reading(), dying, size=9_000, is_apart=False)
    assert not half.exists()
    assert_same(together(Folder(str(out))), alone(inputs, tmp_path / "one"))


def test_a_partition_that_is_done_twice_leaves_no_trace(inputs: Path, tmp_path: Path) -> None:
    one = alone(inputs, tmp_path / "one")

    def twice(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        mixed = random.Random(1).sample([*enumerate(items)] * 2, 2 * len(items))
        answers = {number: answer for number, item in mixed for _, answer in spread_here(work, job, [item])}
        yield from answers.items()

    out = str(tmp_path / "parts")
    run_in_parts([str(inputs)], out, Settings(), Reading(), twice, size=3_000, is_apart=False)
    assert_same(together(Folder(out)), one)


def poisoned(folder: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Makes the processes that are begun from now on die of an article with 毒."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import os, signal, time\n"
        "try:\n"
        "    from soroe.formats import outcome\n"
        "except ImportError:\n"
        "    pass\n"
        "else:\n"
        "    answer = outcome.outcome_of\n"
        "    def outcome_of(question):\n"
        "        if '毒' in question.article.text:\n"
        f"            {what}\n"
        "        return answer(question)\n"
        "    outcome.outcome_of = outcome_of\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


@pytest.mark.parametrize(
    ("what", "why"),
    [("os.kill(os.getpid(), signal.SIGKILL)", "signal 9, twice"), ("time.sleep(60)", "longer than 2 s")],
)
def test_an_article_that_is_lost_goes_into_quarantine_alone(
    what: str, why: str, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its id is its own: what is lost has no ids renamed after it.
    text = (inputs / "a.jsonl").read_text("utf-8").split("\n")
    (inputs / "a.jsonl").write_text("\n".join([*text[:20], '{"id": "毒", "text": "毒"}', *text[20:]]), "utf-8")
    one = alone(inputs, tmp_path / "one")
    poisoned(tmp_path / "site", monkeypatch, what)
    out = str(tmp_path / "parts")
    timeout = 2.0 if "sleep" in what else None
    run_in_parts([str(inputs)], out, Settings(), Reading(), spread_apart, size=12_000, timeout=timeout)
    told = together(Folder(out))
    lost = [json.loads(line) for line in told["quarantine.jsonl"].splitlines() if "毒".encode() in line]
    assert [(record["source"], record["line"]) for record in lost] == [("a.jsonl", 21)]
    assert why in lost[0]["reason"]
    expected = one["clean/a.jsonl"].replace('{"id": "毒", "text": "毒"}\n'.encode(), b"")
    assert told["clean/a.jsonl"] == expected
    assert_given_back(Path(out), inputs)
    assert all(told[name] == one[name] for name in one if name.startswith("clean/") and name != "clean/a.jsonl")


def test_a_process_that_dies_of_its_work_is_begun_anew_once(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import os\nos._exit(7)\n", "utf-8")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(Undone, match=r"partition 0 \(.*0\.txt, row 1, to .*\): the process .* status 7, twice$"):
        run_in_parts([str(inputs)], str(tmp_path / "out"), Settings(), Reading(), spread_apart)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("by zero"), r"partition 0 \(.*0\.txt, row 1, to .*\): ZeroDivisionError: by zero"),
        (OSError(errno.ENOSPC, "No space left on device"), f"{gettempdir()} .*: No space left on device; make room"),
        (
            OSError(errno.ENOSPC, "No space left on device", "OUT/clean/a"),
            r"OUT \(.*\): No space left on device; make room",
        ),
    ],
    ids=["a mistake", "no room aside", "no room in OUT"],
)
def test_what_goes_wrong_on_a_machine_is_told_with_its_part(
    error: Exception, told: str, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "out")
    if isinstance(error, OSError) and error.filename:
        error.filename = error.filename.replace("OUT", out)

    def failing(job: Job, item: Any) -> Any:
        raise error

    monkeypatch.setitem(WORKS, "clean", failing)
    with pytest.raises(Undone, match=told.replace("OUT", out)):
        run_in_parts([str(inputs)], out, Settings(), Reading(), spread_here, is_apart=False)


def test_another_soroe_on_a_machine_of_the_cluster_is_refused(inputs: Path, tmp_path: Path) -> None:
    def elsewhere(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        return spread_here(work, job._replace(made_with=job.made_with | {"soroe": "0.0.1"}), items)

    with pytest.raises(Undone, match=r"has soroe .*, and the run was begun with 0\.0\.1: install the same"):
        run_in_parts([str(inputs)], str(tmp_path / "out"), Settings(), Reading(), elsewhere, is_apart=False)


def test_a_users_dictionaries_need_not_be_on_the_machines(inputs: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    own.write_text("ベルデマン\tヴェルデマン\tperson\tas we write him\n", "utf-8")
    chosen = Settings(names=(own,))
    one = alone(inputs, tmp_path / "one", chosen=chosen)
    kept = own.read_bytes()

    def elsewhere(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        own.unlink(missing_ok=True)
        yield from spread_apart(work, job, items)
        own.write_bytes(kept)

    out = str(tmp_path / "parts")
    run_in_parts([str(inputs)], out, chosen, Reading(), elsewhere, size=12_000)
    assert_same(together(Folder(out)), one)


def test_what_lies_in_an_output_folder_runs_no_code() -> None:
    assert unpacked(packed(Partition(1, ()))) == Partition(1, ())
    with pytest.raises(ValueError, match="system is no part of a run"):
        unpacked(packed(_Code()))
    with pytest.raises(ValueError):
        unpacked(b"")
    data = packed(b"12" * 5_000)
    with pytest.raises(ValueError):
        unpacked(data[:20] + b"\xff\xff\xff" + data[23:])


class _Code:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


# Restore


@BY_NAME
def test_dumps_of_all_formats_are_given_back(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_TMP", str(tmp_path_factory.mktemp("arrow")))
    fail_on_b(monkeypatch)
    data = DUMPS[name]([f"B{text}" if number % 5 == 0 else text for number, text in enumerate(TEXTS)])
    for place, ending in enumerate(["", *COMPRESSIONS]):
        (tmp_path / f"{place}{name}{ending}").write_bytes(COMPRESSIONS[ending][0](data) if ending else data)
    inputs, out, one = sorted(map(str, tmp_path.glob(f"?{name}*"))), tmp_path / "out", tmp_path / "one"
    run_in_parts(inputs, str(out), CHARACTERS, Reading(), spread_here, size=2_000, is_apart=False)
    run(inputs, one, CHARACTERS, Reading(), io.BytesIO(), workers=1)
    told = restored(out)
    assert set(told.values()) == {""} and len(told) == 1 + len(COMPRESSIONS)
    if name == "a.parquet" or name == "a.jsonl":
        assert len([*(out / "clean" / f"0{name}").iterdir()]) > 1
    back = (out / "restored" / f"0{name}").read_bytes()
    assert back == data or back == restored_whole(one, f"0{name}")
    for place, (ending, (_, decompress)) in enumerate(COMPRESSIONS.items(), 1):
        assert decompress((out / "restored" / f"{place}{name}{ending}").read_bytes()) == back


@pytest.mark.parametrize(
    "name", ["clean/a.jsonl/part-00001.jsonl", "clean/3.txt", "edits/part-00002.jsonl", "quarantine/part-00001.jsonl"]
)
def test_a_part_that_is_missing_or_was_changed_is_told(name: str, inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread_here, size=3_000, is_apart=False)
    path = out / name
    data = path.read_bytes()
    path.write_bytes(data + b"\n")
    with pytest.raises(NotRestorable, match=f"{path}: was changed after the run"):
        restored(out)
    path.unlink()
    with pytest.raises(NotRestorable, match=f"{path}: is missing"):
        restored(out)
    assert not (out / "restored").exists()
    path.write_bytes(data)
    assert_given_back(out, inputs)


def test_each_part_is_compared_with_what_was_read_of_it(inputs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_in_parts([str(inputs)], str(out), Settings(), Reading(), spread_here, size=3_000, is_apart=False)
    parts = [json.loads(line) for line in (out / "parts.jsonl").read_text("utf-8").splitlines()]
    of_dump = [part for part in parts if part["name"] == "a.jsonl"]
    assert len(of_dump) > 2

    def told(changed: list[dict[str, Any]]) -> None:
        (out / "parts.jsonl").write_text("".join(f"{json.dumps(part)}\n" for part in changed), "utf-8")

    told([part | {"sha256": "0"} if part is of_dump[1] else part for part in parts])
    assert [name for name, inexact in restored(out).items() if inexact] == ["a.jsonl"]
    for kind in ("file", "name"):
        told([part | {kind: "../../in/a.jsonl"} if part is of_dump[1] else part for part in parts])
        with pytest.raises(NotRestorable, match=r"parts\.jsonl: "):
            restored(out)
    told([part for part in parts if part is not of_dump[-1]])
    with pytest.raises(NotRestorable, match=r"these are not the parts of a\.jsonl"):
        restored(out)


def test_what_lies_at_a_url_is_to_be_copied_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "s3://bucket/out"]) == 2
    assert capsys.readouterr().err.startswith("soroe: s3://bucket/out: is a URL; copy it to a folder of this machine")


# The command


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--ray-address", "auto"], "--ray-address goes with --engine ray"),
        (["--partition-size", "1MB"], "--partition-size goes with --engine ray"),
        (["--engine", "ray", "--partition-size", "1Tera"], "Tera is none of"),
        (["--engine", "ray", "--out", "-"], "--out - does not go with --engine ray: name a folder or a URL"),
        (["--engine", "ray", "--shard-size", "1MB"], "--shard-size does not go with --engine ray: leave it out"),
        (
            ["--engine", "ray", "--scope", "corpus", "--survey", "s3://b/n.tsv"],
            "--survey s3://b/n.tsv: is a URL; name a",
        ),
        (["--scope", "corpus", "--survey", "no/n.tsv"], "--survey no/n.tsv: there is no folder no"),
        (["--out", "S3://bucket/out"], "--out S3://bucket/out: is a URL, which goes with --engine ray"),
        (["--out", "simplecache::s3://b/o"], "--out simplecache::s3://b/o: is a URL, which goes with --engine ray"),
        (["--engine", "ray", "--out", "nowhere:///data/out"], "nowhere:///data/out: Protocol not known: nowhere"),
        (["--engine", "spark"], "spark is none of local, ray"),
        (["--out", "s3://bucket/out"], "--out s3://bucket/out: is a URL, which goes with --engine ray"),
        (["--engine", "ray", "-"], "-: standard input is on one machine only"),
        (["s3://bucket/a.jsonl"], "s3://bucket/a.jsonl: no such file or folder (URLs are read by: run --engine ray)"),
    ],
)
def test_options_that_do_not_fit(
    options: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("マスク氏\n", "utf-8")
    status = main(["run", "a.txt", "--out", str(tmp_path / "out"), *options])
    assert (status, told in capsys.readouterr().err) == (2, True)


def given_spread(monkeypatch: pytest.MonkeyPatch, spread: Callable[..., Iterator[tuple[int, Any]]]) -> None:
    """Makes ``--engine ray`` spread its work so, without Ray."""
    monkeypatch.setattr("soroe.cluster.on_ray.on_ray", lambda address, workers: nullcontext(spread))


@pytest.mark.parametrize("how", [KeyboardInterrupt(), OSError(28, "No space left on device"), Undone("a machine: no")])
def test_why_a_run_ended_and_what_to_do_is_told(
    how: BaseException,
    inputs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, out = alone(inputs, tmp_path / "one"), tmp_path / "out"
    command = [
        "run",
        str(inputs),
        "--out",
        str(out),
        "--engine",
        "ray",
        "--partition-size",
        "6KiB",
        "--settings",
        "none",
    ]

    def ending(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for number, answer in spread_here(work, job, items):
            yield number, answer
            if work == "clean":
                raise how

    given_spread(monkeypatch, ending)
    if isinstance(how, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt, match="interrupted; go on with --resume"):
            main(command)
    else:
        assert main(command) == 2
        told = "a machine: no" if isinstance(how, Undone) else f"{out}: No space left on device; make room, and"
        err = capsys.readouterr().err
        assert err.startswith(f"soroe: {told}")
        assert err.endswith("go on with --resume\n")
    given_spread(monkeypatch, spread_here)
    assert main([*command, "--resume"]) == 2
    assert_same(together(Folder(str(out))), one)
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith(f"soroe: {inputs}/a.jsonl:41: ")
    assert told[-1].startswith("soroe: ids that came again were made unique")


@pytest.mark.parametrize("scope", ["document", "corpus"])
def test_programs_are_told_part_by_part(
    scope: str, inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soroe.cli.log.EVERY", 0.0)
    given_spread(monkeypatch, spread_here)
    out = tmp_path / "out"
    options = ["--engine", "ray", "--partition-size", "6KiB", "--scope", scope, "--log", "json", "--settings", "none"]
    assert main(["run", str(inputs), "--out", str(out), *options]) == 2
    read = capsys.readouterr()
    lines = [json.loads(line) for line in read.err.splitlines()]
    told = {event: [line for line in lines if line["event"] == event] for event in {line["event"] for line in lines}}
    about = json.loads((out / "run.json").read_bytes())
    size = sum(path.stat().st_size for path in inputs.rglob("*") if path.is_file() and path.suffix != ".pdf")
    assert not read.out and set(told) == {
        "started",
        "progress",
        "part finished",
        "quarantined",
        "warning",
        "finished",
    }
    assert (told["started"][0]["engine"], told["started"][0]["out"]) == ("ray", str(out))
    parts = told["part finished"]
    assert [part["part"] for part in parts] == list(range(about["partitions"])) and len(parts) > 3
    counts = about["counts"]
    for kind, of_all in (("articles", counts["documents"]), ("quarantined", counts["quarantined"]), ("bytes", size)):
        assert sum(part[kind] for part in parts) == of_all
    quarantine = together(Folder(str(out)))["quarantine.jsonl"].splitlines()
    names = {str(path): path.name for path in inputs.iterdir()}
    assert [(names[line["path"]], line["line"], line["reason"]) for line in told["quarantined"]] == [
        (row["source"], row["line"], row["reason"]) for row in map(json.loads, quarantine)
    ]
    passes = 2 if scope == "corpus" else 1
    assert list(dict.fromkeys(line["pass"] for line in told["progress"])) == ["survey", "clean"][-passes:]
    last = told["progress"][-1]
    assert last["bytes"] == last["bytes_total"] == passes * size
    assert (last["articles"], last["quarantined"]) == (counts["documents"], counts["quarantined"])
    assert (lines[-1]["event"], lines[-1]["exit"], lines[-1]["counts"]) == ("finished", 2, counts)


def test_figures_for_prometheus_are_those_of_one_machine(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_metrics import figures_of

    given_spread(monkeypatch, spread_here)
    common = ["run", str(inputs), "--quiet", "--settings", "none"]
    ways = {"one": ["--workers", "1"], "parts": ["--engine", "ray", "--partition-size", "6KiB"]}
    figures = {}
    for name, options in ways.items():
        path = tmp_path / f"{name}.prom"
        assert main([*common, *options, "--out", str(tmp_path / name), "--metrics", str(path)]) == 2
        figures[name] = figures_of(path)
    assert figures["parts"].keys() == figures["one"].keys()
    for name, found in figures["one"].items():
        if "seconds" in name:
            assert figures["parts"][name].keys() == found.keys() and min(figures["parts"][name].values()) > 0
        else:
            assert figures["parts"][name] == found, name


def test_a_run_that_ends_before_its_end_tells_programs_so(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ending(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        yield from spread_here(work, job, items)
        if work == "clean":
            raise Undone("a machine: no")

    given_spread(monkeypatch, ending)
    options = ["--engine", "ray", "--partition-size", "1GB", "--log", "json", "--metrics", str(tmp_path / "a.prom")]
    assert main(["run", str(inputs / "a.jsonl"), "--out", str(tmp_path / "out"), *options]) == 2
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (last["event"], last["message"]) == ("error", "a machine: no; go on with --resume")
    assert "soroe_last_run_exit 2\n" in (tmp_path / "a.prom").read_text("utf-8")


def test_a_field_that_is_nowhere_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given_spread(monkeypatch, spread_here)
    folder = tmp_path / "in"
    folder.mkdir()
    for name, key in (("a", "title"), ("b", "slug"), ("c", "title")):
        (folder / f"{name}.json").write_text(json.dumps({key: "ﾏｽｸ氏", "id": name}), "utf-8")
    ways = {"one": ["--workers", "1"], "parts": ["--engine", "ray", "--partition-size", "1B"]}

    def told(field: str) -> list[tuple[int, str]]:
        outcomes = []
        for way, options in ways.items():
            out = str(tmp_path / f"{way}-{field}")
            status = main(["run", str(folder), "--prose-fields", field, "--out", out, "--settings", "none", *options])
            outcomes.append((status, capsys.readouterr().err))
        return outcomes

    nowhere = (
        "soroe: --prose-fields titel: no input has such a field; there are: title, id, slug; did you mean title?\n"
    )
    assert told("titel") == [(2, nowhere)] * 2
    assert told("slug") == [(0, "")] * 2
