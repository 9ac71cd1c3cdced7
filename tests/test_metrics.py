"""The file for Prometheus, read by Prometheus' own parser: always whole, and true."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from dumps import AFTER, BEFORE

from soroe.cli import main
from soroe.formats import metrics

parser = pytest.importorskip("prometheus_client.parser", reason="prometheus_client is for the tests alone")
QUICK = ["--select", "C101,R302", "--workers", "1", "--quiet"]


def figures_of(path: Path) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The samples by their names and labels; that each has a help and a type, and a name as the types go, is seen to."""
    told: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in parser.text_string_to_metric_families(path.read_text("utf-8")):
        assert family.documentation and family.type in ("counter", "gauge")
        for sample in family.samples:
            assert sample.name.startswith("soroe_") and sample.name.endswith("_total") == (family.type == "counter")
            assert tuple(sample.labels.items()) not in told.setdefault(sample.name, {})
            told[sample.name][tuple(sample.labels.items())] = sample.value
    return told


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.jsonl"
    texts = [BEFORE, AFTER, "3月2023日に始まった。2月30日に終わった。", BEFORE]
    path.write_text("".join(f"{json.dumps({'text': text})}\n" for text in texts) + "[1]\n", "utf-8")
    return path


def test_figures_are_those_of_run_json(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\xff\xff\x00\x81")
    inputs = [str(dump), str(tmp_path / "b.txt")]
    assert main(["run", *inputs, "--out", str(tmp_path / "out"), "--metrics", str(tmp_path / "a.prom"), *QUICK]) == 2
    told = json.loads((tmp_path / "out/run.json").read_bytes())
    figures = figures_of(tmp_path / "a.prom")
    size = sum(Path(path).stat().st_size for path in inputs)
    assert {name: found[()] for name, found in figures.items() if () in found and "seconds" not in name} == {
        "soroe_articles_total": told["counts"]["documents"],
        "soroe_changed_articles_total": told["counts"]["changed"],
        "soroe_bytes_total": size,
        "soroe_input_bytes": size,
        "soroe_rows_read_total": told["counts"]["rows in"],
        "soroe_rows_written_total": told["counts"]["rows out"],
        "soroe_run_in_progress": 0,
        "soroe_last_run_exit": 2,
    }
    for name in ("edits", "findings"):
        by_rule = {labels[0][1]: count for labels, count in figures[f"soroe_{name}_total"].items()}
        assert by_rule == told[f"{name} by rule"] and by_rule
    quarantined = {labels[0][1]: count for labels, count in figures["soroe_quarantined_total"].items()}
    assert quarantined == {"jsonl": 1, "txt": 1}
    for stage, spent in told["stages"].items():
        assert figures["soroe_stage_seconds_total"][(("stage", stage),)] == pytest.approx(spent["seconds"], abs=0.1)
    assert figures["soroe_run_duration_seconds"][()] >= told["seconds"]


def test_at_any_moment_the_file_is_whole(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "EVERY", 0.0)
    seen: list[Any] = []
    write, replace = metrics.Metrics.write, Path.replace

    def replaced(self: Path, target: Path) -> Path:
        if target.suffix == ".prom":  # a collector reads all that is called so
            assert {path.name for path in tmp_path.iterdir() if path.suffix == ".prom"} <= {"a.prom"}
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)

    def watched(self: metrics.Metrics, exit: int | None = None) -> None:
        write(self, exit)
        assert [path.name for path in tmp_path.iterdir() if "prom" in path.name] == ["a.prom"]
        seen.append(figures_of(tmp_path / "a.prom"))

    monkeypatch.setattr(metrics.Metrics, "write", watched)
    main(["run", str(dump), "--out", str(tmp_path / "out"), "--metrics", str(tmp_path / "a.prom"), *QUICK])
    articles = [figures["soroe_articles_total"][()] for figures in seen]
    assert articles[0] == 0 and articles[-1] == 4 and articles == sorted(articles) and len(set(articles)) == 5
    assert [figures["soroe_run_in_progress"][()] for figures in seen] == [1] * (len(seen) - 1) + [0]
    assert ["soroe_last_run_exit" in figures for figures in seen] == [False] * (len(seen) - 1) + [True]


def test_a_run_that_fails_says_so(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.prom"
    assert main(["run", str(tmp_path / "no.txt"), "--out", str(tmp_path / "out"), "--metrics", str(path)]) == 2
    assert figures_of(path)["soroe_last_run_exit"] == {(): 2}
    for error, status in ((KeyboardInterrupt, 130), (ZeroDivisionError, 2)):

        def fails(*given: Any, error: type[BaseException] = error) -> None:
            raise error

        monkeypatch.setattr("soroe.formats.run.write_report", fails)
        with pytest.raises(error):
            main(["run", str(dump), "--out", str(tmp_path / "out"), "--metrics", str(path), *QUICK])
        assert figures_of(path)["soroe_last_run_exit"] == {(): status}


def test_a_run_is_worth_more_than_its_figures(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()
    path = tmp_path / "there" / "a.prom"

    def moves(*given: Any) -> None:
        path.parent.rename(tmp_path / "elsewhere")

    monkeypatch.setattr("soroe.formats.run.write_report", moves)
    assert main(["run", str(dump), "--out", str(tmp_path / "out"), "--metrics", str(path), *QUICK]) == 2
    assert "soroe: --metrics " in capsys.readouterr().err and (tmp_path / "out/run.json").exists()


def test_where_no_figures_can_be_written_nothing_begins(
    dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, why in ((tmp_path / "no" / "a.prom", "No such file or directory"), (Path(os.devnull), "is no file")):
        assert main(["run", str(dump), "--out", str(tmp_path / "out"), "--metrics", str(path), *QUICK]) == 2
        assert why in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert Path(os.devnull).is_char_device() or os.name == "nt"
