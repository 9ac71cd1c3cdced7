"""A run by several processes: its output must not depend on how many, and one article must not take others with it."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from soroe.formats import outcome
from soroe.formats.answered import _HELD_BACK, Asking, Failed, answered
from soroe.formats.outcome import Outcome, Question
from soroe.formats.read import Article, Broken, Event, Kept, Reading, Source
from soroe.formats.rows import Row
from soroe.formats.run import run
from soroe.settings import Settings

LINE = 'ﾏｽｸ氏は{}日、港で"結論を出す "と述べた。ヴェルデマン氏とベルデマン氏は去った。\n'


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1 << 9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "articles"
    home.mkdir()
    for number in range(30):
        (home / f"{number:02}.txt").write_text(LINE.format(number) * (number * 7 % 20), "utf-8")
    rows = [f'{{"id": {number % 40}, "text": "ﾏｽｸ氏は{number}日に語った。"}}' for number in range(50)]
    (home / "dump.jsonl").write_text("\n".join([*rows, "[1]", "", *rows]), "utf-8")
    return home


def written(folder: Path, out: Path, **options: Any) -> dict[str, bytes | dict[str, Any]]:
    """All files of a run, but for how long it took."""
    run([str(folder)], out, Settings(), Reading(), io.BytesIO(), **options)
    files: dict[str, bytes | dict[str, Any]] = {
        path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }
    told = json.loads((out / "run.json").read_bytes())
    del told["seconds"], told["stages"]
    return files | {"run.json": told}


@pytest.mark.parametrize("scope", ["document", "corpus"])
@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_processes_changes_no_byte(folder: Path, tmp_path: Path, workers: int, scope: Any) -> None:
    alone = written(folder, tmp_path / "1", workers=1, scope=scope)
    assert written(folder, tmp_path / "n", workers=workers, scope=scope) == alone
    assert len(alone) == 31 + 7 + 2 * (scope == "corpus")


SOURCE = Source("dump.jsonl", "jsonl", None)
LARGE = 1 << 18


class Group(NamedTuple):
    nbytes: int


class Rows(NamedTuple):
    rows: Group


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(Kept("x" * LARGE), id="a film beside the pages"),
        pytest.param(Kept(Rows(Group(LARGE))), id="a group of rows with pictures"),
        pytest.param(Broken(SOURCE, 1, "not JSON", b"x" * LARGE), id="a row that cannot be read"),
        pytest.param(
            Article("a", "短い題。", "plain", SOURCE, 1, Row("x" * LARGE, None)), id="a picture beside a short text"
        ),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_read_ahead_is_bounded_whatever_it_is(event: Event, workers: int) -> None:
    ahead = most = 0

    def events() -> Iterator[Event]:
        nonlocal ahead, most
        for _ in range(100):
            ahead += 1
            most = max(most, ahead)
            yield event

    for _ in answered(events(), Asking(str, str, str), workers):
        ahead -= 1
    assert not ahead
    batches = 1 if workers == 1 else 3 * workers
    assert most <= (batches + 1) * (_HELD_BACK // LARGE + 1)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("does", ["dies", "never ends"])
def test_an_article_that_is_lost_goes_into_quarantine_alone(
    folder: Path, tmp_path: Path, workers: int, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if workers == 1 and does == "dies":
        pytest.skip("with one process and no limit of time there is no other")
    alone = written(folder, tmp_path / "all", workers=1)
    answer, parent = outcome.outcome_of, os.getpid()

    def deadly(question: Question) -> Outcome | Failed:
        if os.getpid() != parent and "は12日、" in question.article.text:
            if does == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        return answer(question)

    monkeypatch.setattr("soroe.formats.run.outcome_of", deadly)
    told = written(folder, tmp_path / "n", workers=workers, timeout=2.0 if does == "never ends" else None)
    lost = [
        json.loads(line)
        for line in told["quarantine.jsonl"].decode().splitlines()
        if b"12.txt" in line.encode()  # type: ignore[union-attr]
    ]
    assert [record["raw"] for record in lost] == [LINE.format(12) * (12 * 7 % 20)]
    assert ("signal 9" if does == "dies" else "took longer than 2 s") in lost[0]["reason"]
    assert {name for name in alone if name.startswith("clean/")} - set(told) == {"clean/12.txt"}
    assert all(told[name] == alone[name] for name in told if name.startswith("clean/"))
