"""The benchmark of lint runs, on little: what it counts is right, however long it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent / "bench"


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
