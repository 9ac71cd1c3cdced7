"""What names across documents cost: python tests/bench/corpus.py [ARTICLES.jsonl] [--articles N ...]

Without a path, dumps of N articles are made up, of five people each out of a population that grows with the dump; a tenth of the
articles spell a name in another way. Each step runs in a process of its own:

plain    every article is cleaned by itself
survey   every article is surveyed and the survey written
unify    the survey is read and the full names that are one are found
rewrite  every article is cleaned by what was found

Told are seconds per MB (1,000,000 bytes of UTF-8 text) and the most memory that the process held.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from soroe.engine import Pipeline
from soroe.names.survey import Survey
from soroe.settings import Settings

FIRST = "アウ ベル カス ダリ エル フィ ガス ハル イサ ヨナ クラ ルド マル ニル オズ ペト ロザ サム タデ ヴァ".split()
LAST = "リア ード イン エル トン ナス ミル レン スト ヴィ".split()
FAMILY = "アル ベン クロ ドル エン フェ グリ ハー イェ カス リン モン ノル オー プラ ロー サン トル ヴェ ワイ".split()
MIDDLE = "デン ゲル バー ミッ ニコ ラン セル ターレ ヴァ レイ".split()
END = "マン セン ソン バーグ スキー ハイム フェルト リッチ ワルド トン".split()
SLIPS = (("ー", ""), ("ヴァ", "バ"), ("ヴェ", "ベ"), ("ッ", ""))
BODY = (
    "{full}{title}は月曜日、州都の庁舎で記者会見を開き、長く続いた港の工事が来年の春までに終わるとの見通しを示した。",
    "会見によると、工事の費用は当初の見積もりを二割ほど上回り、州は不足する分を新しい債券で賄うという。",
    "{family}氏は「約束は守る」と述べ、住民への説明を続ける考えを強調した。",
    "一方、反対する住民の集まりは、説明が足りないとして、来週にも裁判所に訴えることを検討している。",
)


def articles(count: int) -> Iterator[str]:
    """Made-up articles of about 1.9 kB; the same for the same count."""
    chance = random.Random(count)
    firsts = [first + last for first in FIRST for last in LAST]
    families = [family + middle + end for family in FAMILY for middle in MIDDLE for end in END]
    people = [(chance.choice(firsts), chance.choice(families)) for _ in range(2 * count)]
    for _ in range(count):
        text = []
        for _ in range(5):
            first, family = people[int(len(people) * chance.random() ** 3)]
            if chance.random() < 0.02:
                for before, after in SLIPS:
                    family = family.replace(before, after)
            title = chance.choice(("知事", "氏", "市長", "教授"))
            text += [line.format(full=f"{first}・{family}", title=title, family=family) for line in BODY]
        yield "\n".join(text) + "\n"


def texts_of(source: Path | int) -> Iterator[str]:
    """The texts of a file, or made-up ones."""
    if isinstance(source, int):
        yield from articles(source)
    else:
        for line in source.read_text("utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)["text"]


def plain(source: Path | int, survey: Path) -> str:
    pipeline = Pipeline()
    for text in texts_of(source):
        pipeline.clean(text)
    return ""


def survey(source: Path | int, path: Path) -> str:
    pipeline = Pipeline()
    with tempfile.TemporaryDirectory() as aside:
        survey = Survey(Path(aside))
        for text in texts_of(source):
            survey.add(pipeline.survey(text))
        survey.write(path, pipeline.names.head)
    return f"{path.stat().st_size / 1e6:.1f} MB"


def unify(source: Path | int, survey: Path) -> str:
    across = Pipeline(Settings(survey=survey)).across
    assert across
    return f"{across.full_names:,} full names, {len(across.names):,} written otherwise"


def rewrite(source: Path | int, survey: Path) -> str:
    pipeline = Pipeline(Settings(survey=survey))
    changed = sum(pipeline.clean(text).text != text for text in texts_of(source))
    return f"{changed:,} articles changed"


STEPS: tuple[Callable[[Path | int, Path], str], ...] = (plain, survey, unify, rewrite)


def measured(step: Callable[[Path | int, Path], str], source: Path | int, path: Path) -> tuple[float, float, str]:
    """Seconds, MB of memory at most, and what the step tells."""
    start = perf_counter()
    told = step(source, path)
    return perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, told


def main() -> int:
    """0, also where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path, metavar="ARTICLES.jsonl", help='rows of {"id", "text"}')
    parser.add_argument("--articles", nargs="+", type=int, default=[1000, 10_000], metavar="N")
    arguments = parser.parse_args()
    if arguments.path and not arguments.path.is_file():
        print(f"skipped: {arguments.path} is not there")
        return 0
    sources: list[Path | int] = [arguments.path] if arguments.path else arguments.articles
    alone = multiprocessing.get_context("spawn")
    for source in sources:
        count, size = 0, 0
        for text in texts_of(source):
            count += 1
            size += len(text.encode("utf-8", "surrogatepass"))
        megabytes = size / 1e6
        print(f"{source if isinstance(source, Path) else 'made up'}: {count:,} articles, {megabytes:.1f} MB")
        with tempfile.TemporaryDirectory() as folder:
            for step in STEPS:
                with alone.Pool(1) as process:
                    seconds, memory, told = process.apply(measured, (step, source, Path(folder) / "survey.tsv"))
                rate = f"{seconds:7.1f} s  {seconds / megabytes:6.2f} s/MB  {memory:6.0f} MB of memory"
                print(f"  {step.__name__:8}{rate}  {told}".rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
