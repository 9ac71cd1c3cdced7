"""How well names are made one, on labelled articles: python tests/bench/names.py BENCH

BENCH holds `score.py`, natural.jsonl, mixed.jsonl, lookalike.jsonl and human/*.jsonl; its texts may not be kept here. What is not
there is skipped with a word. On articles by people every name edit is one to read: they are counted per million characters. With
`persons.py` it is told how many people are found, and with `baselines.py` what users have today stands beside (`--baselines`).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from soroe.cli import main as soroe

LABELLED = ("natural", "mixed", "lookalike")
BASELINES = ("fuzzy80", "fuzzy60", "redpen", "sudachi")
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


def persons_found(bench: Path, out: Path, options: list[str]) -> str:
    """What persons.py says of a run that tells every name."""
    articles = bench / "human" / "persons.jsonl"
    if not articles.is_file() or not (bench / "persons.py").is_file():
        return "skipped: human/persons.jsonl or persons.py is not there"
    run(articles, out, [*options, "--all-names"])
    command = [sys.executable, str(bench / "persons.py"), str(articles), str(out)]
    printed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    return f"people in katakana: {printed.splitlines()[0]}"


def baselines(bench: Path, score: ModuleType, folder: Path) -> Iterator[str]:
    """A line for each of the things users have today, and file: the figures that soroe is measured by."""
    ready = module_at(bench / "baselines.py")
    for method in BASELINES:
        for name in LABELLED:
            articles, out = bench / f"{name}.jsonl", folder / f"{method}-{name}"
            if articles.is_file():
                ready.main(method, str(articles), str(out))
                found = labelled_figures(score, articles, out)
                told = ("unified kana", "unified latin", "rewritten", "wrong", "names made alike")
                yield f"{method:8} {name:10} " + "  ".join(f"{column} {found.get(column)}" for column in told)


def main() -> int:
    """0, also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, metavar="BENCH", help="the folder of the labelled articles")
    parser.add_argument("--baselines", action="store_true", help="measure what users have today as well")
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
        human.append(persons_found(bench, Path(folder) / "people", options))
        if arguments.baselines:
            human += baselines(bench, score, Path(folder))
    print(f"{'':20}", *(f"{name:>10}" for name in found))
    for column in ("articles", *COLUMNS):
        figures = (figure.get(column) for figure in found.values())
        print(f"{column:20}", *(f"{'-' if figure is None else figure:>10}" for figure in figures))
    print(*human, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
