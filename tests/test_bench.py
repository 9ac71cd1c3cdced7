"""The benchmarks, on little: what they count is right, however long it takes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import dump
import kills
import pytest

BENCH = Path(__file__).parent / "bench"


def printed(program: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, str(BENCH / program), *arguments], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="memory is told by wait4")
def test_lint_finds_every_misspelt_name(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCH / "lint.py"), "--files", "12", "--names", "1900", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--starts", "1", "--textlint", "none", "--json", str(tmp_path / "figures.json")],
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    found = {(one["files"], one["who"], one["names"]): one["names found"] for one in figures}
    assert found["one", "soroe", 0] == 0
    assert found["all", "soroe", 1900] > 5
    assert all(figure > 0 for one in figures for key in ("seconds", "worked", "megabytes") for figure in one[key])


def test_in_a_dump_no_line_comes_again(tmp_path: Path) -> None:
    assert dump.write_dump(tmp_path / "dump.jsonl", None, 400_000, seed=1) > 50
    assert 350_000 < (tmp_path / "dump.jsonl").stat().st_size <= 400_000
    texts = [json.loads(line)["text"] for line in (tmp_path / "dump.jsonl").read_text("utf-8").splitlines()]
    lines = Counter(line for text in texts for line in text.split("\n") if len(line) > 10)
    assert {line: count for line, count in lines.items() if count > 1} == {}


def test_a_dump_is_that_of_its_seed() -> None:
    dumps = [list(dump.rows(None, seed, 50_000)) for seed in (1, 1, 2)]
    assert dumps[0] == dumps[1] != dumps[2]
    assert list(dump.rows(None, 1, 90_000))[: len(dumps[0])] == dumps[0]


def test_the_names_of_an_article_change_and_stay_alike(tmp_path: Path) -> None:
    text = "アルトマン氏とオートマン氏。ALTMANとAltmanとフォルタ、ドアのニュース。"
    articles = tmp_path / "articles.jsonl"
    articles.write_text(json.dumps({"text": text}, ensure_ascii=False), "utf-8")
    written = set()
    for article, _ in zip(dump.articles(articles, 1), range(3), strict=False):
        found = re.fullmatch("ア.(..)ン氏とオー(..)ン氏。ALTMANとA...anとフォ..、ドアのニュース。", article)
        assert found, article
        assert found[1] == found[2]
        written.add(found[1])
    assert len(written) == 3


def test_a_larger_dictionary_begins_with_the_smaller() -> None:
    assert dump.told_names(300)[:100] == dump.told_names(100)
    spellings = [one for kana, slips in dump.told_names(300) for one in (kana, *slips)]
    assert len(spellings) == len(set(spellings))


def test_a_lost_or_a_doubled_row_is_noticed() -> None:
    rows = '{"id": "1"}\n{"id": "2"}\n'
    whole = {"clean/dump.jsonl": rows.encode(), "quarantine.jsonl": b'{"raw": "[]\\n"}\n'}
    assert kills.ids_of(whole) == Counter(["1", "2", "[]"])
    fewer = whole | {"clean/dump.jsonl": b'{"id": "1"}\n{"id": "1"}\n'}
    assert kills.differing(fewer, whole) == ["clean/dump.jsonl"]
    assert kills.ids_of(fewer) == Counter({"1": 2, "[]": 1})


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which processes are below another")
def test_three_kills_change_no_byte() -> None:
    told = printed("kills.py", "--kills", "3", "--bytes", "600KB")
    assert "3 kills (" in told
    assert "rows lost 0, doubled 0" in told


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is told there")
def test_what_a_large_dump_takes_is_told() -> None:
    told = printed("steady.py", "--bytes", "200KB", "--small", "100KB", "--rounds", "1", "--names", "500")
    ratios = {line[:42].strip(): line[42:].strip() for line in told.splitlines() if "wanted" not in line}
    assert all(
        float(ratios[key].split("=")[1].split()[0]) > 0 for key in ("memory of all", "two workers : one, worked")
    )
    assert int(ratios["a worker's own"].split()[0]) > 5
    assert 0.5 < float(ratios["500 names : 100, worked"].split("=")[1].split()[0]) < 5


def test_speed_is_told_beside_the_peers_that_are_there(tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    articles.write_text('{"text": "アルトマン氏は語った。"}\n' * 20, "utf-8")
    told = printed("speed.py", str(articles), "--rounds", "1")
    assert float(told.partition("whole run : fugashi")[2].split()[1]) > 0
    assert "skipped: HojiChar" in told or "whole run : HojiChar" in told
