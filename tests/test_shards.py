"""Dumps that are cut into shards: what is never cut or lost first, then what stands in them, then runs that are stopped."""

from __future__ import annotations

import gc
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from dumps import AFTER, BEFORE, CHARACTERS, COMPRESSIONS, PAGE, fail_on_b, records, restored, run_on
from test_resume import COMMAND, files_of, left_of

from soroe.cli import main
from soroe.formats.journal import Journal
from soroe.formats.read import Article, BadInput, Broken, Reading, find_sources, read
from soroe.formats.restore import NotRestorable
from soroe.formats.run import run
from soroe.formats.shards import files_of_shard
from soroe.formats.stage import BadOutput
from soroe.formats.tally import Tally

TEXTS = [
    BEFORE,
    "",
    f"{BEFORE}、\"はい\"\r\n\n'{BEFORE}'\tと。",
    AFTER,
    f"👨‍👩‍👧‍👦{BEFORE}\u2028&amp; <b>ｱ</b>",
    BEFORE * 60,
    "港",
] * 6


def jsonl(texts: list[str]) -> bytes:
    rows = [json.dumps({"id": n % 11, "text": text, "n": "ｱ"}, ensure_ascii=n % 5 == 0) for n, text in enumerate(texts)]
    rows[3:3] = ["", "[1]", '{"id": "no text"}']
    return "\r\n".join(["\ufeff" + rows[0], *rows[1:], "x"]).encode()


def csv(texts: list[str]) -> bytes:
    rows = [f'{n},"{text.replace(chr(34), chr(34) * 2)}",ｱ\r\n' for n, text in enumerate(texts)]
    rows[4:4] = ["\r\n", "1,2\r\n", '7,"a\nb" c,d\r\n']
    return f'id,text,n\r\n{"".join(rows)}8,港,"'.encode()


def tsv_in_cp932(texts: list[str]) -> bytes:
    signs = str.maketrans("\t\r\n👨👩👧👦‍&", "        、")
    return "\n".join(["text\tn", *(f"{text.translate(signs)}\t{n}" for n, text in enumerate(texts))]).encode(
        "cp932", "replace"
    )


def parquet(texts: list[str]) -> bytes:
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table(texts), file, row_group_size=13)
    return file.getvalue()


def table(texts: list[str]) -> Any:
    from test_arrow import a_table

    return a_table([None, *texts[:20], None, *texts[20:], None])


def arrow(texts: list[str], name: str = "a.arrow") -> bytes:
    from test_arrow import written_ipc

    path = Path(os.environ["PYTEST_TMP"]) / name
    written_ipc(table(texts), path, "zstd", 13)
    return path.read_bytes()


def arrows(texts: list[str]) -> bytes:
    return arrow(texts, "a.arrows")


def wiki(texts: list[str]) -> bytes:
    from test_mediawiki import a_page, a_wiki

    pages = [a_page(_escaped(text), f"頁{n % 9}", ns=10 * (n % 6 == 5)) for n, text in enumerate(texts)]
    twice = a_page(f"{BEFORE}一").replace("</revision>", "</revision>\n    <revision><text>ｱ</text></revision>")
    return a_wiki(a_page("#転送 [[港]]", more='\n    <redirect title="港" />'), *pages[:9], twice, *pages[9:]).encode()


def wiki_in_a_line(texts: list[str]) -> bytes:
    return re.sub(rb"\n *<", b"<", wiki(texts))


def _escaped(text: str) -> str:
    return re.sub(r"[<\r&]", lambda sign: f"&#{ord(sign[0])};", text)


def warc(texts: list[str]) -> bytes:
    from test_warc import INFO, a_record, http_of

    parts = [INFO]
    for n, text in enumerate(texts):
        parts.append(a_record(b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"))
        parts.append(a_record(http_of(f"<p>{text}".encode()), uri=f"https://a.example/{n % 9}"))
        if n % 5 == 0:
            parts.append(a_record(http_of(b"\x89PNG\xef\xbd\xb1" * 300, "image/png")))
            parts.append(a_record(http_of(b"\xff\xfe\xfa" * 9, "text/html; charset=utf-8")))
    return b"".join(parts)


DUMPS: dict[str, Callable[[list[str]], bytes]] = {
    "a.jsonl": jsonl,
    "a.csv": csv,
    "a.tsv": tsv_in_cp932,
    "a.parquet": parquet,
    "a.arrow": arrow,
    "a.arrows": arrows,
    "a.xml": wiki,
    "b.xml": wiki_in_a_line,
    "a.warc": warc,
}
NEEDS = {
    ".parquet": "pyarrow",
    ".arrow": "pyarrow",
    ".arrows": "pyarrow",
    ".xml": "mwparserfromhell",
    ".warc": "warcio",
}
BY_NAME = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(not find_spec(NEEDS.get(Path(name).suffix, "re")), reason="extra"))
        for name in DUMPS
    ],
)


@pytest.fixture(autouse=True)
def no_waits(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # shards this small wait for nothing but the disk
    monkeypatch.setenv("PYTEST_TMP", str(tmp_path_factory.mktemp("arrow")))


def sharded(out: Path, *inputs: Path, size: int = 2_000, workers: int = 1, is_resumed: bool = False) -> Tally:
    given = [str(path) for path in inputs]
    return run(given, out, CHARACTERS, Reading(), io.BytesIO(), workers=workers, is_resumed=is_resumed, shard_size=size)


def shards_of(out: Path, at: int = 0) -> list[dict[str, Any]]:
    told = json.loads((out / "run.json").read_text("utf-8"))["inputs"][at]["shards"]
    assert isinstance(told, list)
    return told


def articles_of(path: Path) -> list[tuple[Any, str]]:
    """The articles of a file that is read by itself; that all of it can be read is seen to."""
    events = [*read(find_sources([str(path)]), Reading(), io.BytesIO(), None)]
    broken = [event for event in events if isinstance(event, Broken)]
    assert path.suffix == ".warc" or not broken
    return [(event.given_id or event.id, event.text) for event in events if isinstance(event, Article)]


# What is never cut, lost, or taken for something else


@BY_NAME
@pytest.mark.parametrize("size", [1, 700, 5_000, 1_000_000])
def test_no_article_is_cut_and_none_is_lost(name: str, size: int, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(DUMPS[name](TEXTS))
    run_on(tmp_path / "whole", tmp_path / name)
    out = tmp_path / "out"
    sharded(out, tmp_path / name, size=size)
    shards = shards_of(out)
    assert (len(shards) > 1) == (size < 1_000_000 or name == "never")
    assert sorted(path.name for path in (out / "clean").iterdir()) == [shard["name"] for shard in shards]
    whole = articles_of(tmp_path / "whole/clean" / name)
    parts = [articles_of(out / "clean" / shard["name"]) for shard in shards]
    assert [text for part in parts for _, text in part] == [text for _, text in whole]
    for kind in ("edits", "aliases", "findings"):
        assert not (out / f"{kind}.jsonl").exists()
        beside = [(out / files_of_shard(shard["name"])[kind]).read_bytes() for shard in shards]
        assert b"".join(beside) == (tmp_path / "whole" / f"{kind}.jsonl").read_bytes()
    assert [len(records(out / "edits" / f"{shard['name']}.jsonl")) for shard in shards] == [*map(len, parts)]
    assert [shard["documents"] for shard in shards] == [*map(len, parts)]
    assert (out / "quarantine.jsonl").read_bytes() == (tmp_path / "whole/quarantine.jsonl").read_bytes()
    assert restored(out) == {name: ""}
    back = (out / "restored" / name).read_bytes()
    assert back == (tmp_path / name).read_bytes() or back == restored_whole(tmp_path / "whole", name)


def restored_whole(out: Path, name: str) -> bytes:
    """Of what is given back by value, what is given back of one file."""
    assert Path(name).suffix in (".parquet", ".arrow", ".arrows")
    restored(out)
    return (out / "restored" / name).read_bytes()


@BY_NAME
def test_however_many_processes_clean_it_the_shards_are_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(DUMPS[name](TEXTS * 4))
    for workers in (1, 2, 3):
        sharded(tmp_path / str(workers), tmp_path / name, size=4_000, workers=workers)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2") == files_of(tmp_path / "3")
    assert len(shards_of(tmp_path / "1")) > 3


def test_a_shard_is_no_larger_than_it_may_be_but_for_an_article_that_is(tmp_path: Path) -> None:
    texts = ["港", "港町", "海" * 500, "港", "港", "海" * 400, "海" * 400, *["港"] * 30]
    (tmp_path / "a.jsonl").write_bytes(b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts))
    sharded(tmp_path / "out", tmp_path / "a.jsonl", size=100)
    shards = shards_of(tmp_path / "out")
    assert [shard["rows"] for shard in shards] == [2, 1, 2, 1, 1, 5, 5, 5, 5, 5, 5]
    assert all(shard["files"]["clean"]["bytes"] <= 100 or shard["rows"] == 1 for shard in shards)


def test_rows_in_other_languages_are_cut_too(tmp_path: Path) -> None:
    rows = [f'{{"text": "{"x" * 90}", "lang": "en"}}\n' for _ in range(40)]
    (tmp_path / "a.jsonl").write_text("".join(rows), "utf-8")
    reading = Reading(lang_field="lang")
    run([str(tmp_path / "a.jsonl")], tmp_path / "out", CHARACTERS, reading, io.BytesIO(), shard_size=500)
    assert [shard["rows"] for shard in shards_of(tmp_path / "out")] == [4] * 10
    assert restored(tmp_path / "out") == {"a.jsonl": ""}


def test_a_table_in_shards_has_its_head_in_each(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv(TEXTS))
    sharded(tmp_path / "out", tmp_path / "a.csv", size=500)
    for shard in shards_of(tmp_path / "out"):
        assert (tmp_path / "out/clean" / shard["name"]).read_bytes().startswith(b"id,text,n\r\n")


def test_a_dump_without_articles_is_one_shard(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,text\n")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b""))
    sharded(tmp_path / "out", tmp_path / "a.csv", tmp_path / "a.jsonl.gz")
    assert (tmp_path / "out/clean/a-00000.csv").read_bytes() == b"id,text\n"
    assert gzip.decompress((tmp_path / "out/clean/a-00000.jsonl.gz").read_bytes()) == b""
    assert restored(tmp_path / "out") == {"a.csv": "", "a.jsonl.gz": ""}


@pytest.mark.parametrize("ending", COMPRESSIONS)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.warc"])
def test_what_is_compressed_is_cut_by_what_it_holds(name: str, ending: str, tmp_path: Path) -> None:
    if name == "a.warc":
        pytest.importorskip("warcio")
    compress, decompress = COMPRESSIONS[ending]
    (tmp_path / name).write_bytes(DUMPS[name](TEXTS))
    (tmp_path / f"{name}{ending}").write_bytes(compress(DUMPS[name](TEXTS)))
    sharded(tmp_path / "plain", tmp_path / name)
    sharded(tmp_path / "out", tmp_path / f"{name}{ending}")
    plain, packed = shards_of(tmp_path / "plain"), shards_of(tmp_path / "out")
    assert [f"{shard['name']}{ending}" for shard in plain] == [shard["name"] for shard in packed]
    for before, after in zip(plain, packed, strict=True):
        held = decompress((tmp_path / "out/clean" / after["name"]).read_bytes())
        assert held == (tmp_path / "plain/clean" / before["name"]).read_bytes()
    assert restored(tmp_path / "out") == {f"{name}{ending}": ""}


@pytest.mark.parametrize("name", ["a.warc", "a.xml", "a.parquet", "a.arrows", "a.jsonl"])
def test_articles_that_soroe_fails_on_come_back_from_shards(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(NEEDS.get(Path(name).suffix, "re"))
    fail_on_b(monkeypatch)
    texts = [f"B{text}" if n % 3 == 0 else text for n, text in enumerate(TEXTS)]
    (tmp_path / name).write_bytes(DUMPS[name](texts))
    sharded(tmp_path / "out", tmp_path / name, size=1_000)
    assert (tmp_path / "out/quarantine.jsonl").read_bytes().count(b"soroe failed on this article") >= 10
    assert restored(tmp_path / "out") == {name: ""}


def test_row_groups_that_are_cut_are_one_again(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq
    from test_arrow import a_table, batches, shape_of_parquet, written_ipc

    rows = a_table([f"{BEFORE}{PAGE[:900]}{n}" if n % 40 else None for n in range(300)])
    pq.write_table(rows, tmp_path / "a.parquet", row_group_size=170)
    written_ipc(rows, tmp_path / "a.arrow", "lz4", 170)
    out = tmp_path / "out"
    sharded(out, tmp_path / "a.parquet", tmp_path / "a.arrow", size=200_000)
    for at in (0, 1):
        shards = shards_of(out, at)
        assert len(shards) > 3 and sum(shard.get("is cut in a row group", False) for shard in shards) >= 2
        assert sum(shard["rows"] for shard in shards) == 300
    assert restored(out) == {"a.parquet": "", "a.arrow": ""}
    source = pq.read_table(tmp_path / "a.parquet")
    assert pq.read_table(out / "restored/a.parquet").equals(source, check_metadata=True)
    assert shape_of_parquet(out / "restored/a.parquet") == shape_of_parquet(tmp_path / "a.parquet")
    back, were = batches(out / "restored/a.arrow"), batches(tmp_path / "a.arrow")
    assert [(one.to_pylist(), about) for one, about in back] == [(one.to_pylist(), about) for one, about in were]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    synced: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    replace, names = Path.replace, []

    def replaced(self: Path, target: Path) -> Path:
        if self.parent.name in ("clean", "edits", "aliases", "findings") or self.name == "mark.new":
            assert self.stat().st_ino in synced
            names.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    sharded(tmp_path / "out", tmp_path / "a.jsonl", size=3_000)
    of_shards = [path.parent.name for path in names if path.name != "mark"]
    assert of_shards == ["findings", "aliases", "edits", "clean"] * len(shards_of(tmp_path / "out"))
    assert len(of_shards) >= 12


def test_no_file_that_is_open_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows would not let it go."""
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    unlink, gone = Path.unlink, []

    def closed(self: Path, missing_ok: bool = False) -> None:
        if self.exists():
            inside = [one for one in gc.get_objects() if type(one) is io.TextIOWrapper and not one.closed]
            assert [one.name for one in inside if one.name == str(self)] == []
            gone.append(self.name)
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", closed)
    sharded(tmp_path / "out", tmp_path / "a.jsonl", size=1_000)
    assert {"edits.jsonl", "aliases.jsonl", "findings.jsonl"} <= set(gone)


def test_files_that_are_an_article_are_not_cut(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(BEFORE * 50, "utf-8")
    (folder / "b.jsonl").write_bytes(jsonl(TEXTS))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(jsonl(TEXTS)))
    (folder / "c.md").write_text(f"# {BEFORE}\n", "utf-8")
    out = tmp_path / "out"
    sharded(out, folder, size=100_000)
    assert sorted(path.name for path in (out / "clean").iterdir()) == [
        "a.txt",
        "b-00000.jsonl",
        "b-00000.jsonl.gz",
        "c.md",
    ]
    assert [told["doc"] for told in records(out / "edits.jsonl")] == ["a.txt", "c.md"]
    assert len(records(out / "edits/b-00000.jsonl.gz.jsonl")) == len(TEXTS)
    assert set(restored(out).values()) == {""}


# What an earlier run has left


def test_shards_of_an_earlier_run_are_not_taken_for_shards_of_this_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    (tmp_path / "b.csv").write_bytes(csv(TEXTS))
    out = tmp_path / "out"
    sharded(out, tmp_path / "a.jsonl", tmp_path / "b.csv", size=500)
    sharded(out, tmp_path / "a.jsonl", size=5_000)
    sharded(tmp_path / "new", tmp_path / "a.jsonl", size=5_000)
    assert files_of(out) == files_of(tmp_path / "new")
    run_on(out, tmp_path / "a.jsonl")
    run_on(tmp_path / "whole", tmp_path / "a.jsonl")
    assert files_of(out) == files_of(tmp_path / "whole")
    assert not (out / "edits").exists()
    sharded(out, tmp_path / "a.jsonl", size=5_000)
    assert files_of(out) == files_of(tmp_path / "new")


def test_before_the_first_shard_is_finished_an_earlier_run_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    out = tmp_path / "out"
    sharded(out, tmp_path / "a.jsonl", size=500)
    before = files_of(out)
    stop_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sharded(out, tmp_path / "a.jsonl", size=100_000)
    assert files_of(out) == before


# Restore


@pytest.mark.parametrize("kind", ["clean", "edits"])
def test_a_shard_that_is_missing_or_was_changed_is_told(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    out = tmp_path / "out"
    sharded(out, tmp_path / "a.jsonl", size=1_000)
    path = out / files_of_shard("a-00002.jsonl")[kind]
    data = path.read_bytes()
    path.write_bytes(data.replace("港".encode(), "海".encode()) + b"\n")
    with pytest.raises(NotRestorable, match=re.escape(f"{path}: was changed after the run")):
        restored(out)
    path.unlink()
    with pytest.raises(NotRestorable, match=re.escape(f"{path}: is missing")):
        restored(out)
    assert not (out / "restored").exists()
    path.write_bytes(data)
    assert restored(out) == {"a.jsonl": ""}


def test_a_shard_with_a_name_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(TEXTS))
    out = tmp_path / "out"
    sharded(out, tmp_path / "a.jsonl", size=1_000)
    told = (out / "run.json").read_text("utf-8")
    (out / "run.json").write_text(told.replace('"a-00001.jsonl"', '"../../a.jsonl"'), "utf-8")
    with pytest.raises(NotRestorable, match="is no name of a shard"):
        restored(out)
    run_on(out, tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").exists()


def test_killed_at_any_step_among_its_last_renames_the_end_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_trouble import killed_at

    (tmp_path / "a.jsonl").write_bytes(jsonl(many(12)))
    (tmp_path / "b.txt").write_text(BEFORE, "utf-8")
    (tmp_path / "c.txt").write_text(BEFORE, "utf-8")
    inputs, out = [tmp_path / "a.jsonl", tmp_path / "b.txt"], tmp_path / "out"
    run_on(tmp_path / "earlier", tmp_path / "c.txt")
    sharded(tmp_path / "whole", *inputs, size=3_000)
    run_on(tmp_path / "other", tmp_path / "c.txt")
    placed = 0
    for step in range(200):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(tmp_path / "earlier", out)
        if not killed_at(step, monkeypatch, lambda: sharded(out, *inputs, size=3_000)):
            break
        if not list(out.glob(".*/placing")):
            continue
        placed += 1
        shutil.rmtree(tmp_path / "killed", ignore_errors=True)
        shutil.copytree(out, tmp_path / "killed")
        sharded(out, *inputs, size=3_000, is_resumed=True)
        assert files_of(out) == files_of(tmp_path / "whole"), step
        run_on(tmp_path / "killed", tmp_path / "c.txt")
        assert files_of(tmp_path / "killed") == files_of(tmp_path / "other"), step
    assert placed > 5 and step < 199


# Sizes


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("256", "256 tells no unit: did you mean 256MB?"),
        ("256MG", "MG is none of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB; did you mean "),
        ("256 kibi", "kibi is none of"),
        ("1KiBi", "did you mean KiB?"),
        ("MB", "MB is no size such as 256MB"),
        ("0.1B", "0.1B is no size"),
        ("-1MB", "-1MB is no size"),
        ("1e3MB", "e3MB is none of"),
    ],
)
def test_a_size_that_is_none_is_told(said: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), f"--shard-size={said}"]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# Runs that are stopped


KEEP = Journal.keep


def stop_after(articles: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stops a run when so many articles are answered; how many are."""
    answered = [0]

    def kept(self: Journal, *answer: Any) -> None:
        if answered[0] == articles:
            raise KeyboardInterrupt
        answered[0] += 1
        KEEP(self, *answer)

    monkeypatch.setattr(Journal, "keep", kept)
    return answered


def many(texts: int = 500) -> list[str]:
    # A batch is 16,384 characters: a run that stops has to have some behind it.
    return [f"{n}、{text}" for n, text in enumerate((TEXTS * texts)[:texts])]


@BY_NAME
def test_finished_shards_are_there_while_the_run_goes_on_and_are_not_made_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(DUMPS[name](many()))
    out = tmp_path / "out"
    sharded(tmp_path / "whole", tmp_path / name, size=9_000)
    shards = shards_of(tmp_path / "whole")
    documents = sum(shard["documents"] for shard in shards)
    stop_after(documents * 2 // 3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        sharded(out, tmp_path / name, size=9_000)
    assert not (out / "run.json").exists()
    there = {path: path.stat().st_mtime_ns for path in (out / "clean").iterdir()}
    assert sorted(path.name for path in there) == [shard["name"] for shard in shards][: len(there)]
    assert len(there) > len(shards) / 3
    for path in there:
        assert path.read_bytes() == (tmp_path / "whole/clean" / path.name).read_bytes()
    left = left_of(out)
    assert left and (left / "mark").exists()
    journal = sum(path.stat().st_size for path in left.glob("journal*"))
    asked = stop_after(-1, monkeypatch)
    assert not sharded(out, tmp_path / name, size=9_000, is_resumed=True).taken_away
    assert asked[0] <= documents - sum(shard["documents"] for shard in shards[: len(there)])
    assert {path: path.stat().st_mtime_ns for path in there} == there
    assert files_of(out) == files_of(tmp_path / "whole")
    assert restored(out) == {name: ""}
    if name == "a.jsonl":  # there are no more answers in it than those of two shards and of a batch
        assert journal < 150_000


def test_a_folder_of_files_and_dumps_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for at in range(16):
        (folder / f"{at:02}.txt").write_text(f"{BEFORE}{at}\n" * 99, "utf-8")
        (folder / f"{at:02}.jsonl").write_bytes(jsonl(many(30)))
        (folder / f"{at:02}.csv").write_bytes(csv(many(20)).decode().encode("utf-16" if at % 2 else "utf-8"))
    (folder / "05.bin").write_bytes(b"")
    sharded(tmp_path / "whole", folder, size=9_000)
    out = tmp_path / "out"

    def is_stopped() -> bool:
        stop_after(250, monkeypatch)
        try:
            sharded(out, folder, size=9_000, is_resumed=bool(left_of(out)))
        except KeyboardInterrupt:
            return True
        return False

    stops = sum(takewhile(bool, (is_stopped() for _ in range(12))))
    monkeypatch.undo()
    if left_of(out):
        sharded(out, folder, size=9_000, is_resumed=True)
    assert stops > 2
    assert files_of(out) == files_of(tmp_path / "whole")


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output of a run that was stopped behind some shards."""
    (tmp_path / "a.jsonl").write_bytes(jsonl(many()))
    sharded(tmp_path / "whole", tmp_path / "a.jsonl", size=9_000)
    with monkeypatch.context() as patch:
        stop_after(400, patch)
        with pytest.raises(KeyboardInterrupt):
            sharded(tmp_path / "out", tmp_path / "a.jsonl", size=9_000)
    return tmp_path / "out"


def test_to_begin_anew_finished_shards_are_to_be_deleted_too(stopped: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOutput, match=re.escape(f"--resume goes on with it; to begin anew, delete {stopped}") + "$"):
        sharded(stopped, tmp_path / "a.jsonl", size=9_000)
    shutil.rmtree(left_of(stopped) or "")
    with pytest.raises(BadOutput, match="holds files that are not from a run of soroe"):
        sharded(stopped, tmp_path / "a.jsonl", size=9_000)


def test_another_size_is_refused(stopped: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="shard_size was 9000, and is 8000 now"):
        sharded(stopped, tmp_path / "a.jsonl", size=8_000, is_resumed=True)
    with pytest.raises(BadInput, match="shard_size was 9000, and is null now"):
        run([str(tmp_path / "a.jsonl")], stopped, CHARACTERS, Reading(), io.BytesIO(), is_resumed=True)
    sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    assert files_of(stopped) == files_of(tmp_path / "whole")


def test_what_is_in_finished_shards_has_to_be_as_it_was(stopped: Path, tmp_path: Path) -> None:
    data = (tmp_path / "a.jsonl").read_bytes()
    for was, now in ((b'"id": 7,', b'"id": 8,'), (b"[1]", b"[2]")):  # of a row that is cleaned, and of one that is not
        (tmp_path / "a.jsonl").write_bytes(data.replace(was, now, 1))
        with pytest.raises(
            BadInput, match=r"is not what it was when the run was stopped, somewhere in the first \d+ art"
        ):
            sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    (tmp_path / "a.jsonl").write_bytes(data)
    sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    assert files_of(stopped) == files_of(tmp_path / "whole")


def test_a_finished_shard_that_was_changed_is_told(stopped: Path, tmp_path: Path) -> None:
    data = (stopped / "clean/a-00001.jsonl").read_bytes()
    (stopped / "clean/a-00001.jsonl").write_bytes(data[:-1])
    with pytest.raises(BadOutput, match=r"a-00001\.jsonl: was changed since the run finished it"):
        sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    (stopped / "clean/a-00001.jsonl").write_bytes(data)
    sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    assert files_of(stopped) == files_of(tmp_path / "whole")


def test_finished_shards_may_be_taken_away(stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in files_of_shard("a-00000.jsonl").values():
        (tmp_path / Path(kind).parent.name).mkdir()
        (stopped / kind).rename(tmp_path / kind)
    common = ["run", str(tmp_path / "a.jsonl"), "--select", "C101", "--out", str(stopped), "--quiet", "--resume"]
    assert main([*common, "--shard-size", "9kb"]) == 2  # three rows are no articles
    told = capsys.readouterr().err
    assert "a-00000.jsonl and 3 other files of shards: finished before, and not there any more; not made again" in told
    assert "clean/a-00000.jsonl" in told
    with pytest.raises(NotRestorable, match="is missing"):
        restored(stopped)
    for kind in files_of_shard("a-00000.jsonl").values():
        (tmp_path / kind).rename(stopped / kind)
    assert files_of(stopped) == files_of(tmp_path / "whole")


def test_a_spoilt_mark_is_told(stopped: Path, tmp_path: Path) -> None:
    mark = (left_of(stopped) or tmp_path) / "mark"
    mark.write_bytes(mark.read_bytes()[:-1])
    with pytest.raises(BadInput, match="is spoilt; delete"):
        sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)


@pytest.mark.parametrize("how", ["no journal", "the last leaf alone", "the leaf before alone", "half a leaf"])
def test_a_journal_that_is_not_all_there_is_used_as_far_as_it_goes(how: str, stopped: Path, tmp_path: Path) -> None:
    left = left_of(stopped)
    assert left
    if how in ("no journal", "the leaf before alone"):
        (left / "journal").unlink()
    if how in ("no journal", "the last leaf alone"):
        (left / "journal-before").unlink()
    if how == "half a leaf":
        path = left / "journal-before"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    sharded(stopped, tmp_path / "a.jsonl", size=9_000, is_resumed=True)
    assert files_of(stopped) == files_of(tmp_path / "whole")


@pytest.mark.parametrize("is_with_a_text", [False, True], ids=["a dump", "a dump and a text"])
def test_killed_before_any_file_gets_its_name_or_goes_it_is_resumed(
    is_with_a_text: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(many(12)))
    (tmp_path / "b.txt").write_text(BEFORE, "utf-8")
    inputs = [tmp_path / "a.jsonl", *([tmp_path / "b.txt"] if is_with_a_text else [])]
    out = tmp_path / "out"
    sharded(tmp_path / "whole", *inputs, size=3_000)
    run_on(tmp_path / "earlier", tmp_path / "a.jsonl")
    before = {"replace": Path.replace, "unlink": Path.unlink}
    for steps in range(100):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(tmp_path / "earlier", out)
        left = steps

        def killed_in(name: str) -> Callable[..., Any]:
            def step(self: Path, *given: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return before[name](self, *given, **named)

            return step

        with monkeypatch.context() as patch:
            for name in before:
                patch.setattr(Path, name, killed_in(name))
            try:
                sharded(out, *inputs, size=3_000)
                break
            except KeyboardInterrupt:
                pass
        sharded(out, *inputs, size=3_000, is_resumed=bool(left_of(out)))
        assert files_of(out) == files_of(tmp_path / "whole")
    assert 30 < steps < 99


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("workers", "scope"), [("1", "document"), ("2", "document"), ("3", "corpus")])
def test_killed_at_any_moment(workers: str, scope: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(jsonl(many(1_500)), mtime=0))
    common = ["run", str(tmp_path / "a.jsonl.gz"), "--quiet", "--workers", workers, "--scope", scope]
    common += ["--shard-size", "20KB", "--out"]
    whole, out = tmp_path / "whole", tmp_path / "out"
    began = time.monotonic()
    subprocess.run([*COMMAND, *common, str(whole)], stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    rnd = random.Random(f"{workers} {scope}")
    for _ in range(5):
        running = subprocess.Popen(
            [*COMMAND, *common, str(out), *resume(out)], stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            running.wait(took * rnd.uniform(0.3, 0.95))
            break
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        for path in out.glob("clean/*"):
            assert path.read_bytes() == (whole / "clean" / path.name).read_bytes()
    else:
        done = subprocess.run([*COMMAND, *common, str(out), *resume(out)], capture_output=True, encoding="utf-8")
        assert done.returncode == 2 and "not JSON" in done.stderr
    assert files_of(out) == files_of(whole)


def resume(out: Path) -> list[str]:
    from soroe.formats import stage

    return ["--resume"] if (left := left_of(out)) and stage._has_journal(left) else []
