"""The account of a run: no row is lost on the way, times stand where nothing is compared, and who watches is told the truth."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dumps import AFTER, BEFORE, CHARACTERS, fail_on_b, records, run_on

from soroe.cli import main
from soroe.engine import Pipeline
from soroe.formats.account import Account, Pace, is_row
from soroe.formats.answered import Answered
from soroe.formats.read import Reading, find_sources, read
from soroe.formats.run import exit_status, run
from soroe.formats.shapes import SHAPES, lacking
from soroe.formats.tally import Tally
from soroe.names.resolve import Names

COMMAND = [sys.executable, "-c", "from soroe.cli import entry; entry()"]
QUICK = ["--select", "C101", "--workers", "1"]


def told_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "run.json").read_bytes())  # type: ignore[no-any-return]


# Rows in = rows out + quarantined


def a_wiki() -> bytes:
    page = "<page><title>{}</title><ns>{}</ns><id>7</id><revision><id>9</id><model>wikitext</model><text>{}</text></revision></page>"
    pages = [
        page.format("港", 0, BEFORE),
        page.format("B", 0, "B"),
        page.format("型", 10, BEFORE),
        page.format("市", 0, ""),
    ]
    return f"<mediawiki>{''.join(pages)}</mediawiki>".encode()


def a_web_archive() -> bytes:
    records = [("conversion", BEFORE), ("conversion", "B"), ("warcinfo", "x")]
    head = "WARC/1.0\r\nWARC-Type: {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n"
    return "".join(head.format(kind, len(text.encode()), text) for kind, text in records).encode()


def a_table(write: Callable[[Any, Any], None]) -> bytes:
    import pyarrow as pa

    file = io.BytesIO()
    write(pa.table({"text": pa.array([BEFORE, None, "B", "", AFTER]), "lang": ["ja", "ja", "ja", "ja", "en"]}), file)
    return file.getvalue()


def parquet() -> bytes:
    import pyarrow.parquet as pq

    return a_table(lambda table, file: pq.write_table(table, file))


def arrow() -> bytes:
    import pyarrow.feather as feather

    return a_table(lambda table, file: feather.write_feather(table, file))


# A file of each format, how many rows are in it (counted by hand), and how many of those are quarantined: soroe fails on B.
FILES: dict[str, tuple[str, Callable[[], bytes], int, int]] = {
    "txt": ("a.txt", BEFORE.encode, 1, 0),
    "txt, B": ("a.txt", b"B".upper, 1, 1),
    "txt, empty": ("a.txt", bytes, 1, 0),
    "txt, cut": ("a.txt.gz", lambda: gzip.compress(os.urandom(99).hex().encode())[:-9], 2, 2),
    "md": ("a.md", BEFORE.encode, 1, 0),
    "mdx": ("a.mdx", BEFORE.encode, 1, 0),
    "html": ("a.html", f"<p>{BEFORE}</p>".encode, 1, 0),
    "rst": ("a.rst", BEFORE.encode, 1, 0),
    "adoc": ("a.adoc", BEFORE.encode, 1, 0),
    "json": ("a.json", f'{{"text": "{BEFORE}"}}'.encode, 1, 0),
    "yaml": ("a.yaml", f"text: {BEFORE}".encode, 1, 0),
    "jsonl": (
        "a.jsonl",
        f'{{"text": "{BEFORE}"}}\n\n[1]\n{{"text": "B"}}\n{{"text": "x", "lang": "en"}}\n{{"no": 1}}\n'.encode,
        5,
        3,
    ),
    "jsonl, without a line end": ("a.jsonl", b'{"text": "x"}\n{"text": "y"}'.strip, 2, 0),
    "jsonl, cut": ("a.jsonl.bz2", lambda: bz2.compress(b'{"text": "x"}\n' * 9)[:-9], 10, 1),
    "csv": ("a.csv", f'text,lang\n{BEFORE},ja\nB,ja\nx,en\n"x\ny",\n,\n'.encode, 5, 1),
    "csv, a quote that is not closed": ("a.csv", b'text,lang\nx,ja\n"y,ja\n'.strip, 2, 1),
    "tsv": ("a.tsv", f"text\tlang\n{BEFORE}\tja\nx\tja\n".encode, 2, 0),
    "parquet": ("a.parquet", parquet, 5, 1),
    "parquet, cut": ("a.parquet", lambda: parquet()[:-9], 1, 1),
    "arrow": ("a.arrow", arrow, 5, 1),
    "mediawiki": ("a.xml", a_wiki, 4, 1),
    "mediawiki, cut": ("a.xml", lambda: a_wiki()[:-9], 5, 2),
    "warc": ("a.warc", a_web_archive, 3, 1),
    "warc, packed": ("a.warc.gz", lambda: gzip.compress(a_web_archive()), 3, 1),
}


def test_there_is_a_file_of_each_format() -> None:
    assert {name.partition(",")[0] for name in FILES} == set(SHAPES)


def rows_of(path: Path, shape: str) -> int:
    reading = Reading(lang_field="lang")
    events = read(find_sources([str(path)], prose_fields=lambda path: fields_of(shape)), reading, io.BytesIO())
    return sum(map(is_row, events))


def fields_of(shape: str) -> tuple[str, ...]:
    return ("text",) if shape in ("json", "yaml") else ()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("file", FILES)
def test_rows_in_are_rows_out_and_those_in_quarantine(
    file: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, made, rows, quarantined = FILES[file]
    shape: Any = file.partition(",")[0]
    if missing := lacking(shape):
        pytest.skip(missing)
    fail_on_b(monkeypatch)
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    (tmp_path / name).write_bytes(made())
    out = tmp_path / "out"
    tally = run(
        [str(tmp_path / name)],
        out,
        CHARACTERS,
        Reading(lang_field="lang"),
        io.BytesIO(),
        prose_fields=lambda path: fields_of(shape),
        workers=workers,
    )
    counts = told_of(out)["counts"]
    assert (counts["rows in"], counts["rows out"], counts["quarantined"]) == (rows, rows - quarantined, quarantined)
    assert (tally.lost, exit_status(tally)) == (0, 2 if quarantined else 0)
    assert len(records(out / "quarantine.jsonl")) == quarantined
    # What was written is what is there; of some formats, what could not be cleaned stands there as it was.
    there = rows_of(out / "clean" / name, shape) if (out / "clean" / name).exists() else 0
    keeps = sum(
        1 for row in records(out / "quarantine.jsonl") if SHAPES[shape].keeps_broken and row["line"] and "B" in str(row)
    )
    is_cut = "cut" in file and there > rows - quarantined + keeps  # what was left of XML is broken for who reads it
    assert there - is_cut == rows - quarantined + keeps


@pytest.mark.parametrize("how", ["lost", "doubled"])
def test_a_row_that_is_lost_or_doubled_is_told_loudly(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from soroe.formats import run as module

    right = module.answered

    def wrong(*given: Any, **named: Any) -> Iterator[Any]:
        for number, step in enumerate(right(*given, **named)):
            yield from [step] * (({"lost": 0, "doubled": 2}[how]) if isinstance(step, Answered) and number == 2 else 1)

    monkeypatch.setattr(module, "answered", wrong)
    (tmp_path / "a.jsonl").write_text('{"text": "港"}\n{"text": "市"}\n[]\n', "utf-8")
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--quiet", *QUICK]) == 2
    out, many = ("1", "1 too few") if how == "lost" else ("3", "1 too many")
    told = f"soroe: the output is not whole: 3 rows in, {out} out, 1 in quarantine: {many}; please report it\n"
    assert told in capsys.readouterr().err
    (tmp_path / "a.jsonl").write_text('{"text": "港"}\n{"text": "市"}\n', "utf-8")
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--quiet", *QUICK]) == 2
    assert told_of(tmp_path / "out")["exit"] == 2


# How long it took


@pytest.mark.parametrize("workers", [1, 2])
def test_the_stages_tell_how_long_they_took(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean, resolve = Pipeline.clean, Names.resolve

    def slow(self: Pipeline, *given: Any, **named: Any) -> Any:
        time.sleep(0.01)
        return clean(self, *given, **named)

    def slower(self: Names, *given: Any, **named: Any) -> Any:
        time.sleep(0.002)
        return resolve(self, *given, **named)

    monkeypatch.setattr(Pipeline, "clean", slow)
    monkeypatch.setattr(Names, "resolve", slower)
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    raw = "".join(f'{{"text": "{BEFORE}{number}"}}\n' for number in range(20)).encode()
    (tmp_path / "a.jsonl").write_bytes(raw)
    began = time.perf_counter()
    main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--workers", str(workers)])
    took = time.perf_counter() - began
    told = told_of(tmp_path / "out")
    stages = told["stages"]
    assert told["seconds"] <= took
    assert stages["reading"]["MB"] == stages["writing"]["MB"] == round(len(raw) / 1e6, 3)
    assert stages["cleaning"]["MB"] == round(len(raw) / 1e6, 3)
    cleaning = stages["cleaning"]
    assert 0.2 <= cleaning["seconds"] <= took * workers and cleaning["processes"] == workers
    assert 0.04 <= cleaning["of it names"] < cleaning["seconds"]
    assert cleaning["of it names"] + cleaning["of it rules"] == pytest.approx(cleaning["seconds"], abs=0.002)
    assert cleaning["MB/s"] == pytest.approx(cleaning["MB"] / cleaning["seconds"], abs=0.001)
    if workers == 1:
        assert sum(stages[stage]["seconds"] for stage in ("reading", "cleaning", "writing")) <= told["seconds"]


def test_the_survey_is_a_stage_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(BEFORE, "utf-8")
    for scope in ("document", "corpus"):
        main(["run", str(tmp_path / "a.txt"), "--out", str(tmp_path / scope), "--scope", scope, "--quiet"])
        told = told_of(tmp_path / scope)
        assert ("surveying" in told["stages"], told["counts"]["rows in"]) == (scope == "corpus", 1)


# How far it is


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_how_far_a_run_is_grows_to_the_size_of_its_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    rows = "".join(f'{{"text": "{BEFORE}{number * 7919}"}}\n' for number in range(5_000)).encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(rows))
    (tmp_path / "b.jsonl").write_bytes(rows)
    (tmp_path / "c.jsonl").write_bytes(b"[]\n")
    (tmp_path / "d.csv").write_bytes(b"no,such\nfield,\n")  # passed over in a folder, and all the same behind us
    (tmp_path / "e.txt").write_bytes(b"")
    account = Account()
    passed: list[int] = []
    run(
        [str(tmp_path)],
        tmp_path.parent / f"{tmp_path.name}-out",
        CHARACTERS,
        Reading(),
        io.BytesIO(),
        watch=lambda step: passed.append(account.passed().bytes),
        workers=1,
        account=account,
    )
    assert account.size == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert passed == sorted(passed) and passed[-1] == account.size
    assert len(set(passed)) > 1_000 and account.articles == 10_001


def test_of_parquet_it_goes_by_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    pq.write_table(pa.table({"text": [BEFORE] * 10}), tmp_path / "a.parquet")
    account, passed = Account(), []
    run(
        [str(tmp_path / "a.parquet")],
        tmp_path / "out",
        CHARACTERS,
        Reading(),
        io.BytesIO(),
        watch=lambda step: passed.append(account.passed().bytes),
        workers=1,
        account=account,
    )
    size = (tmp_path / "a.parquet").stat().st_size
    assert set(passed) >= {size * row // 10 for row in range(1, 11)}


def test_of_standard_input_no_end_is_known(tmp_path: Path) -> None:
    account = Account()
    run(["-"], tmp_path / "out", CHARACTERS, Reading("jsonl"), Pipe(b'{"text": "x"}\n'), workers=1, account=account)
    assert (account.size, account.passed().bytes) == (None, 14)


def test_the_pace_is_that_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("soroe.formats.account.perf_counter", lambda: now[0])
    account = Account()
    account.size = 1_000
    pace = Pace(account)
    assert pace.now()[3] is None
    now[0], account._behind, account.articles = 10.0, 200, 4
    assert pace.now()[1:] == (20.0, 0.4, 40.0)
    for _ in range(12):  # nothing for an hour
        now[0] += 300
        pace.now()
    assert pace.now()[1:] == (0.0, 0.0, None)


# --log json


def lines_of(told: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in told.splitlines()]
    assert all(list(line)[:2] == ["event", "time"] for line in lines)
    return lines


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.jsonl"
    path.write_text(f'{{"id": 1, "text": "{BEFORE}"}}\n[1]\n{{"id": 1, "text": "港"}}\n', "utf-8")
    return path


def test_what_happens_is_told_in_lines_of_json(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("soroe.cli.log.EVERY", 0.0)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert (
        main(["run", str(tmp_path), "--out", str(tmp_path.parent / f"{tmp_path.name}-o"), "--log", "json", *QUICK]) == 2
    )
    read = capsys.readouterr()
    lines = lines_of(read.err)
    assert read.out == ""
    events = [line["event"] for line in lines if line["event"] != "progress"]
    assert events == [
        "started",
        "input begun",
        "quarantined",
        "input finished",
        "quarantined",
        "input finished",
        "warning",
        "finished",
    ]
    by_event = {line["event"]: line for line in reversed(lines)}
    assert by_event["started"]["workers"] == 1 and by_event["started"]["resumed"] is False
    assert by_event["input begun"]["format"] == "jsonl" and by_event["input begun"]["encoding"] == "utf-8"
    place = {key: by_event["quarantined"][key] for key in ("path", "line", "column")}
    assert place == {"path": str(dump), "line": 2, "column": None} and by_event["quarantined"]["reason"]
    finished = [line for line in lines if line["event"] == "input finished"]
    assert [(line["articles"], line["quarantined"], line["bytes"]) for line in finished] == [
        (2, 1, dump.stat().st_size),
        (0, 1, 0),
    ]
    assert "made unique" in by_event["warning"]["message"]
    last = [line for line in lines if line["event"] == "progress"][-1]
    assert (last["pass"], last["articles"], last["quarantined"]) == ("clean", 2, 2)
    assert last["bytes"] == last["bytes_total"] == dump.stat().st_size
    assert lines[-1]["exit"] == 2 and lines[-1]["counts"]["rows in"] == 4


def test_progress_tells_the_time_that_is_left(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("soroe.cli.log.EVERY", 0.0)
    common = ["run", str(dump), "--scope", "corpus", "--log", "json", *QUICK, "--out"]
    assert main([*common, str(tmp_path / "a")]) == 2
    told = [line for line in lines_of(capsys.readouterr().err) if line["event"] == "progress"]
    assert [line["pass"] for line in told][:1] == ["survey"] and told[-1]["pass"] == "clean"
    assert told[-1]["bytes"] == told[-1]["bytes_total"] == 2 * dump.stat().st_size
    assert told[-1]["eta_seconds"] == 0 and told[-1]["bytes_per_second"] > 0
    assert main([*common, str(tmp_path / "b"), "--quiet"]) == 2
    assert "progress" not in [line["event"] for line in lines_of(capsys.readouterr().err)]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["no.txt"], "no.txt: no such file or folder"),
        (["dump.jsonl", "--survey", "x.tsv"], "--survey goes with --scope corpus"),
        (["dump.jsonl", "--names", "no.tsv"], "no.tsv: No such file or directory"),
        (["dump.jsonl", "--resume"], "leave --resume out"),
        (["dump.jsonl", "--metrics", "no/soroe.prom"], "No such file or directory"),
        (["dump.jsonl", "--metrics", os.devnull], "is no file"),
    ],
)
def test_an_error_that_ends_the_run_is_a_line_too(
    options: list[str], why: str, dump: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(dump.parent)
    assert main(["run", *options, "--out", "out", "--log", "json"]) == 2
    last = lines_of(capsys.readouterr().err)[-1]
    assert (last["event"], last["exit"]) == ("error", 2) and why in last["message"]
    assert main(["run", *options, "--out", "out"]) == 2
    assert capsys.readouterr().err == f"soroe: {last['message']}\n"
    assert not Path("out").exists() and Path(os.devnull).is_char_device()


def test_so_is_a_mistake_of_our_own_and_an_interruption(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, status, why in (
        (ZeroDivisionError, 2, "please report it: ZeroDivisionError"),
        (KeyboardInterrupt, 130, "interrupted"),
    ):

        def fails(*given: Any, error: type[BaseException] = error, **named: Any) -> None:
            raise error

        monkeypatch.setattr("soroe.formats.run.write_report", fails)
        assert main(["run", str(dump), "--out", str(tmp_path / "out"), "--log", "json", *QUICK]) == status
        last = lines_of(capsys.readouterr().err)[-1]
        assert (last["exit"], "traceback" in last) == (status, error is ZeroDivisionError) and why in last["message"]


def test_the_lines_are_utf_8_on_every_machine(dump: Path, tmp_path: Path) -> None:
    dump = dump.rename(tmp_path / "記事.jsonl")
    env = os.environ | {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"}
    command = [*COMMAND, "run", str(dump), "--out", str(tmp_path / "out"), "--log", "json", *QUICK]
    done = subprocess.run(command, env=env, capture_output=True)
    assert "記事.jsonl" in [line.get("name") for line in lines_of(done.stderr.decode("utf-8"))]


# On a terminal


def on_a_terminal(cwd: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What a run writes on stderr, if that is a terminal."""
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    # A bar is drawn at each step, and so all of it is seen.
    code = "import soroe.cli.progress as p; p._EVERY = 0; from soroe.cli import entry; entry()"
    subprocess.run([sys.executable, "-c", code, "run", *QUICK, *arguments], cwd=cwd, stderr=theirs, input=stdin)
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # a closed terminal
        pass
    os.close(ours)
    return said.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_the_bar_is_for_a_terminal(dump: Path, tmp_path: Path) -> None:
    size = dump.stat().st_size
    told = on_a_terminal(tmp_path, "dump.jsonl", "--out", "a")
    assert "100%" in told and f"{size}/{size}" in told.replace(".0", "") and "B/s, 2 articles, 1 quarantined" in told
    assert "\r\n2 articles, 1 changed; 1 edits" in told or "\r2 articles, 1 changed; 1 edits" in told
    told = on_a_terminal(tmp_path, "-", "--format", "jsonl", "--out", "b", stdin=dump.read_bytes())
    assert "%" not in told and "2 articles, 1 quarantined" in told
    for extra in (["--quiet"], ["--log", "json"]):
        told = on_a_terminal(tmp_path, "dump.jsonl", "--out", "c", *extra)
        assert "B/s" not in told and "changed;" not in told and "dump.jsonl" in told
    done = subprocess.run([*COMMAND, "run", "dump.jsonl", "--out", "d"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "" and all(line.startswith("soroe: ") for line in done.stderr.splitlines())


# --out -


@pytest.mark.parametrize("file", [name for name in FILES if name != "arrow"])
def test_one_input_goes_to_standard_output(
    file: str, tmp_path: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, made, _, quarantined = FILES[file]
    shape: Any = file.partition(",")[0]
    if missing := lacking(shape):
        pytest.skip(missing)
    fail_on_b(monkeypatch)
    (tmp_path / name).write_bytes(made())
    common = ["run", str(tmp_path / name), *QUICK, "--lang-field", "lang", "--quiet"]
    common += ["--prose-fields", "text"] if fields_of(shape) else []
    assert main([*common, "--out", str(tmp_path / "out")]) == (2 if quarantined else 0)
    told = capfdbinary.readouterr()
    assert main([*common, "--out", "-"]) == (2 if quarantined else 0)
    clean = tmp_path / "out" / "clean" / name
    assert capfdbinary.readouterr() == (clean.read_bytes() if clean.exists() else b"", told.err)


def test_as_a_filter_it_writes_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "run", "-", "--out", "-"], cwd=tmp_path, input=BEFORE.encode(), capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, AFTER.encode(), b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("log", [[], ["--log", "json"]], ids=["text", "json"])
def test_a_filter_whose_reader_has_seen_enough_says_nothing_of_it(log: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("港。\n" * 200_000, "utf-8")
    command = [*COMMAND, "run", str(tmp_path / "a.txt"), "--out", "-", *QUICK, *log]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        told = process.stderr.read().decode()
    assert process.returncode == 141
    assert "Traceback" not in told and "report" not in told and (told == "") == (log == [])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["dump.jsonl", "dump.jsonl"], "--out -: takes one file, and here are 2"),
        (["dump.jsonl", "--resume"], "--resume goes with a folder"),
        (["dump.jsonl", "--scope", "corpus"], "for --scope corpus name a folder"),
    ],
)
def test_what_a_filter_cannot_do(
    options: list[str], why: str, dump: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(dump.parent)
    assert main(["run", *options, "--out", "-"]) == 2
    told = capsys.readouterr()
    assert why in told.err and told.out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_where_standard_output_is_full_it_is_told_once(dump: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, "run", str(dump), "--out", "-"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert (
        done.stderr.splitlines()[-1] == "soroe: standard output: No space left on device; make room, and run it again"
    )
    assert done.stderr.count("No space left") == 1


def test_a_run_gives_the_same_tally_with_an_account_of_ones_own(tmp_path: Path, dump: Path) -> None:
    assert run_on(tmp_path / "out", dump).rows_out == 2


def test_a_run_that_goes_on_from_a_mark_counts_on(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "港"}\n[]\n{"text": "市"}\n', "utf-8")
    account = Account()
    before = Tally(Counter(quarantined=1), rows_in=9, rows_out=4)
    account.goes_on(before)
    assert account.tally is before and (before.rows_in, before.lost) == (5, 0)
    sources = find_sources([str(tmp_path / "a.jsonl")])
    passed = []
    for event in read(sources, Reading(), io.BytesIO(), opened=account.opened):
        account.passed_by(event)
        passed.append(account.passed().bytes)
    assert passed == sorted(passed) and len(set(passed)) == 4
    assert (passed[-1], account.articles, account.stages()["cleaning"]["MB"]) == (
        (tmp_path / "a.jsonl").stat().st_size,
        2,
        0.0,
    )
