"""How fast a run is, beside fugashi and HojiChar on the same text: python tests/bench/speed.py [ARTICLES.jsonl] [--rounds N]

Whole run: `Pipeline.clean` over all texts, by a new pipeline each round; loading it, with what the first names of a run load,
           is told and not counted.
Files:     `soroe run` on the file by one worker, with loading, reading, writing and report.
fugashi:   every word's surface and features (part of speech, lemma, kana), and nothing done with them.
HojiChar:  the eleven filters for Japanese that need no model and no tokenizer, as they come; a text that one of them drops the
           later ones do not read. Only where it is installed (`pip install hojichar`).

All in one process, in turn, N rounds; MB are 1,000,000 bytes of UTF-8 text, seconds those that the processor works. The median round
counts. Without a path: samples/.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import fugashi

from soroe.cli import main as soroe
from soroe.engine import Pipeline
from soroe.tokens import pieces

FILTERS = """DocumentNormalizer AcceptJapanese DocumentLengthFilter DiscardRareKuten HeaderFooterTagsRemover MaskPersonalInformation
DiscardBBSComments DiscardAds DiscardAdultContentJa DiscardViolenceContentJa DiscardDiscriminationContentJa""".split()
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
    """How long the processor works."""
    start = process_time()
    work()
    return process_time() - start


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


def filters() -> Callable[[str], str] | None:
    """HojiChar with its filters: gives the text, or nothing where it drops it. None, with a word, where it is not installed."""
    try:
        from hojichar import Compose, document_filters
    except ImportError:
        print("skipped: HojiChar is not installed")
        return None
    filter_all: Callable[[str], str] = Compose([getattr(document_filters, name)() for name in FILTERS])
    return filter_all


def run_files(articles: Path) -> None:
    """`soroe run`, from file to files."""
    with tempfile.TemporaryDirectory() as folder:
        status = soroe(["run", str(articles), "--out", f"{folder}/out", "--quiet", "--workers", "1"])
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
    tagger, filter_all = fugashi.Tagger(), filters()
    # Cut before the clock runs, as `soroe` cuts for MeCab; white space between sentences is no part of them.
    sentences = [[text[slice(*span)] for span in pieces(text)] for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles.jsonl"
        rows = ({"id": str(number), "text": text} for number, text in enumerate(texts))
        articles.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        times: dict[str, list[float]] = {"loading": [], "whole run": [], "soroe run, files": [], "fugashi": []}
        if filter_all:
            times["HojiChar"] = []
        for _ in range(max(1, arguments.rounds)):
            pipelines: list[Pipeline] = []
            times["loading"].append(seconds(lambda pipelines=pipelines: pipelines.append(loaded())))  # type: ignore[misc]
            times["whole run"].append(seconds(lambda pipelines=pipelines: clean_all(pipelines[0], texts)))  # type: ignore[misc]
            times["fugashi"].append(seconds(lambda: tokenize_all(tagger, sentences)))
            times["soroe run, files"].append(seconds(lambda: run_files(articles)))
            if filter_all:
                times["HojiChar"].append(seconds(lambda: list(map(filter_all, texts))))
    middle = {name: median(taken) for name, taken in times.items()}
    where = arguments.articles or "samples/, repeated"
    print(f"{where}: {len(texts)} texts, {megabytes:.2f} MB; median of {len(times['fugashi'])} rounds")
    print(f"  loading           {middle['loading']:.2f} s, not counted below")
    peers = [name for name in ("fugashi", "HojiChar") if name in times]
    for name in ("whole run", "soroe run, files", *peers):
        slowest, fastest = max(times[name]), min(times[name])
        speed = f"{megabytes / middle[name]:6.2f} MB/s"
        print(f"  {name:16}  {speed}  ({megabytes / slowest:.2f} to {megabytes / fastest:.2f})")
    for name in ("whole run", "soroe run, files"):
        for peer in peers:
            print(f"  {f'{name} : {peer}':28} = {middle[peer] / middle[name]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
