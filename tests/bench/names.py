"""How well names are made one, on labelled articles: python tests/bench/names.py BENCH

BENCH holds `score.py`, natural.jsonl, mixed.jsonl, lookalike.jsonl and human/*.jsonl; its texts may not be kept here. What is not
there is skipped with a word. On articles by people every name edit is one to read: they are counted per million characters.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from soroe.cli import main as soroe

LABELLED = ("natural", "mixed", "lookalike")
COLUMNS = (
    "unified kana",
    "unified latin",
    "unified latin other",
    "pairs unified",
    "pairs found",
    "precision",
    "error bound",
    "rewritten",
    "wrong",
    "names made alike",
    "lost",
    "unjudged",
    "reference",
)


def module_at(path: Path) -> ModuleType:
    """A program that is in no package, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(articles: Path, out: Path, options: list[str]) -> None:
    """`soroe run`; a status of 2 is a failure."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        if soroe(["run", str(articles), "--out", str(out), *options]) == 2:
            raise SystemExit(said.getvalue())


def labelled_figures(score: ModuleType, articles: Path, out: Path) -> dict[str, Any]:
    """What score.py prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        score.main([str(articles), str(out), "--json"])
    figures: dict[str, Any] = json.loads(printed.getvalue())
    return figures


def human_figures(articles: Path, out: Path) -> tuple[int, int, float]:
    """Articles, name edits, and name edits per million characters."""
    texts = [json.loads(line)["text"] for line in articles.read_text("utf-8").split("\n") if line.strip()]
    rows = (json.loads(line) for line in (out / "edits.jsonl").read_text("utf-8").split("\n") if line.strip())
    edits = sum(edit["code"].startswith("N") for row in rows for edit in row["edits"])
    return len(texts), edits, edits * 1e6 / sum(map(len, texts))


def main() -> int:
    """0, also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, metavar="BENCH", help="the folder of the labelled articles")
    parser.add_argument("--tokenizer", choices=("fugashi", "sudachi"), default="fugashi")
    arguments = parser.parse_args()
    bench: Path = arguments.bench
    if not (bench / "score.py").is_file():
        print(f"skipped: {bench / 'score.py'} is not there")
        return 0
    score = module_at(bench / "score.py")
    options = ["--tokenizer", arguments.tokenizer, "--quiet"]
    found: dict[str, dict[str, Any]] = {}
    human: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in LABELLED:
            articles = bench / f"{name}.jsonl"
            if not articles.is_file():
                print(f"skipped: {articles} is not there")
                continue
            run(articles, Path(folder) / name, options)
            found[name] = labelled_figures(score, articles, Path(folder) / name)
        for articles in sorted((bench / "human").glob("*.jsonl")):
            run(articles, Path(folder) / articles.stem, options)
            count, edits, rate = human_figures(articles, Path(folder) / articles.stem)
            human.append(
                f"human/{articles.stem:12} {count:6} texts  {edits:4} name edits  {rate:7.1f} per million characters"
            )
    print(f"{'':20}", *(f"{name:>10}" for name in found))
    for column in ("articles", *COLUMNS):
        figures = (figure.get(column) for figure in found.values())
        print(f"{column:20}", *(f"{'-' if figure is None else figure:>10}" for figure in figures))
    print(*human, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
