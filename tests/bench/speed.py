"""How fast a run is, beside bare fugashi on the same text: python tests/bench/speed.py [ARTICLES.jsonl] [--rounds N]

Whole run: `Pipeline.clean` over all texts, by a new pipeline each round; loading it, with what the first names of a run load,
           is told and not counted.
Files:     `soroe run` on the file, with reading, writing and report.
fugashi:   every word's surface and features (part of speech, lemma, kana), and nothing done with them.

All in one process, in turn, N rounds; MB are 1,000,000 bytes of UTF-8 text; the median round counts. Without a path: samples/.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import fugashi

from soroe.cli import main as soroe
from soroe.engine import Pipeline
from soroe.tokens import pieces

SAMPLES = Path(__file__).parents[2] / "samples"
LEAST_BYTES = 1_000_000  # the samples are short: they are read over and over


def texts_of(path: Path | None) -> list[str]:
    """The texts of a JSONL file, or the samples, repeated."""
    if path:
        rows = (json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip())
        return [row["text"] for row in rows]
    texts = [file.read_text("utf-8") for file in sorted(SAMPLES.glob("*.txt"))]
    return texts * (1 + LEAST_BYTES // size(texts))


def size(texts: list[str]) -> int:
    """Bytes of UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def loaded() -> Pipeline:
    """A pipeline that has read its first names."""
    pipeline = Pipeline()
    pipeline.clean("アルトマン氏は語った。翌日、オルトマン氏は去った。")
    return pipeline


def clean_all(pipeline: Pipeline, texts: list[str]) -> None:
    """The whole run without files."""
    for text in texts:
        pipeline.clean(text)


def tokenize_all(tagger: fugashi.Tagger, texts: list[list[str]]) -> None:
    """Every node of every sentence, with the features that a cleaner would read."""
    for sentences in texts:
        for sentence in sentences:
            for word in tagger(sentence):
                feature = word.feature
                _ = word.surface, feature.pos1, feature.lemma, feature.kana


def run_files(articles: Path) -> None:
    """`soroe run`, from file to files."""
    with tempfile.TemporaryDirectory() as folder:
        status = soroe(["run", str(articles), "--out", f"{folder}/out", "--quiet"])
    if status:
        raise SystemExit(f"soroe run ended with {status}")


def main() -> int:
    """0, also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", type=Path, metavar="ARTICLES.jsonl", help='rows of {"id", "text"}')
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    arguments = parser.parse_args()
    if arguments.articles and not arguments.articles.is_file():
        print(f"skipped: {arguments.articles} is not there")
        return 0
    texts = texts_of(arguments.articles)
    megabytes = size(texts) / 1e6
    tagger = fugashi.Tagger()
    # Cut before the clock runs, as `soroe` cuts for MeCab; white space between sentences is no part of them.
    sentences = [[text[slice(*span)] for span in pieces(text)] for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles.jsonl"
        rows = ({"id": str(number), "text": text} for number, text in enumerate(texts))
        articles.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        times: dict[str, list[float]] = {"loading": [], "whole run": [], "soroe run, files": [], "fugashi": []}
        for _ in range(max(1, arguments.rounds)):
            pipelines: list[Pipeline] = []
            times["loading"].append(seconds(lambda pipelines=pipelines: pipelines.append(loaded())))  # type: ignore[misc]
            times["whole run"].append(seconds(lambda pipelines=pipelines: clean_all(pipelines[0], texts)))  # type: ignore[misc]
            times["fugashi"].append(seconds(lambda: tokenize_all(tagger, sentences)))
            times["soroe run, files"].append(seconds(lambda: run_files(articles)))
    middle = {name: median(taken) for name, taken in times.items()}
    where = arguments.articles or "samples/, repeated"
    print(f"{where}: {len(texts)} texts, {megabytes:.2f} MB; median of {len(times['fugashi'])} rounds")
    print(f"  loading           {middle['loading']:.2f} s, not counted below")
    for name in ("whole run", "soroe run, files", "fugashi"):
        slowest, fastest = max(times[name]), min(times[name])
        speed = f"{megabytes / middle[name]:6.2f} MB/s"
        print(f"  {name:16}  {speed}  ({megabytes / slowest:.2f} to {megabytes / fastest:.2f})")
    print(f"  whole run : fugashi        = {middle['fugashi'] / middle['whole run']:.2f}")
    print(f"  soroe run, files : fugashi = {middle['fugashi'] / middle['soroe run, files']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
