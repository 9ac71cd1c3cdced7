"""The samples: what a run makes of them is kept in samples/expected, and the laws hold on them with both tokenizers.

`pytest tests/test_samples.py --rewrite` writes what a run makes of them now; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from soroe import Pipeline, Settings
from soroe.cli import main
from soroe.settings import CANONICALS, Canonical
from soroe.text import Markup

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = SAMPLES / "expected"
FILES = sorted(path for path in SAMPLES.iterdir() if path.is_file())
SOROE = (sys.executable, "-c", "from soroe.cli import entry; entry()")
LOGS = ("edits.jsonl", "aliases.jsonl", "findings.jsonl")
KEPT = (*(f"clean/{path.name}" for path in FILES), *LOGS)


class Run(NamedTuple):
    tokenizer: str
    out: Path


@pytest.fixture(scope="module", params=["fugashi", "sudachi"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp(request.param) / "out"
    assert main(["run", *map(str, FILES), "--tokenizer", request.param, "--out", str(out)]) == 0
    return Run(request.param, out)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def articles(folder: Path) -> dict[str, str]:
    """Every article of the samples, or of their cleaned copies, by its id."""
    texts = {}
    for name in (path.name for path in FILES):
        if name.endswith(".jsonl"):
            texts |= {row["id"]: row["text"] for row in rows(folder / name)}
        else:
            texts[name] = (folder / name).read_bytes().decode("utf-8")
    return texts


def edits_of(out: Path) -> dict[str, list[dict[str, Any]]]:
    return {row["doc"]: row["edits"] for row in rows(out / "edits.jsonl")}


def merges_of(out: Path, doc: str) -> set[tuple[str, str]]:
    """The pairs (alias, canonical) that were made one in one article."""
    return {
        (alias["surface"], entity["canonical"])
        for entity in rows(out / "aliases.jsonl")
        if entity["doc"] == doc
        for alias in entity["aliases"]
        if alias["decision"] == "merged"
    }


# what a run writes


@pytest.mark.parametrize("name", KEPT)
def test_a_run_writes_what_samples_expected_holds(name: str, run: Run, pytestconfig: pytest.Config) -> None:
    if run.tokenizer != "fugashi":
        pytest.skip("samples/expected is kept for the default tokenizer")
    kept, now = EXPECTED / name, run.out / name
    if pytestconfig.getoption("--rewrite"):
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(now, kept)
    assert now.read_bytes().decode("utf-8") == kept.read_bytes().decode("utf-8")


def test_samples_expected_holds_nothing_else() -> None:
    held = {path.relative_to(EXPECTED).as_posix() for path in EXPECTED.rglob("*") if path.is_file()}
    assert held == set(KEPT)


# what must not change


def test_an_article_with_nothing_wrong_is_left_alone(run: Run) -> None:
    assert edits_of(run.out)["clean.txt"] == []
    assert [row for row in rows(run.out / "findings.jsonl") if row["doc"] == "clean.txt"] == []
    assert main(["lint", "--tokenizer", run.tokenizer, str(SAMPLES / "clean.txt")]) == 0


def test_an_empty_article_stays_empty(run: Run) -> None:
    assert articles(run.out / "clean")["art-007"] == ""


def test_hartmann_and_altmann_stay_two_people(run: Run) -> None:
    hartmann, altmann = {"ハルトマン", "ハートマン", "Hartmann"}, {"アルトマン", "Altmann"}
    for alias, canonical in merges_of(run.out, "lookalikes.txt"):
        assert (alias in hartmann) == (canonical in hartmann) and (alias in altmann) == (canonical in altmann)


def test_marlowe_and_barlow_stay_two_people(run: Run) -> None:
    assert not {"マーロウ", "バーロウ"} & {alias for alias, _ in merges_of(run.out, "lookalikes.txt")}


def test_the_interpreter_hartman_is_no_one_else(run: Run) -> None:
    assert not {alias for alias, _ in merges_of(run.out, "lookalikes.txt")} & {"ハートマン"}


def test_a_namesake_that_the_article_calls_another_man_is_one(run: Run) -> None:
    assert not {alias for alias, _ in merges_of(run.out, "news.txt")} & {"リンデロス", "リンデロート"}


def test_code_addresses_and_front_matter_stay(run: Run) -> None:
    source, cleaned = articles(SAMPLES)["page.md"], articles(run.out / "clean")["page.md"]
    for kept in (
        source.split("---")[1],
        source.split("```")[1],
        "`![image]()`",
        "https://example.org/talks/Kronfeld氏",
        '[plan]: https://example.org/plan/クロンフェルド "計画"',
    ):
        assert kept in source and kept in cleaned


def test_the_other_fields_of_a_row_stay(run: Run) -> None:
    fields = [[{**row, "text": ""} for row in rows(folder / "dump.jsonl")] for folder in (SAMPLES, run.out / "clean")]
    assert fields[0] == fields[1]


# laws


def test_the_edits_replayed_on_the_source_give_the_cleaned_text(run: Run) -> None:
    cleaned = articles(run.out / "clean")
    for doc, text in articles(SAMPLES).items():
        made, at = "", 0
        for edit in edits_of(run.out)[doc]:
            assert at <= edit["start"] and text[edit["start"] : edit["end"]] == edit["before"]
            made += text[at : edit["start"]] + edit["after"]
            at = edit["end"]
        assert made + text[at:] == cleaned[doc], doc


def test_a_run_can_be_undone_byte_for_byte(run: Run, tmp_path: Path) -> None:
    assert main(["restore", str(run.out), "--to", str(tmp_path / "back")]) == 0
    for path in FILES:
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_is_clean_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert main(["run", str(run.out / "clean"), "--tokenizer", run.tokenizer, "--out", str(again)]) == 0
    assert {doc: edits for doc, edits in edits_of(again).items() if edits} == {}


@pytest.mark.parametrize("canonical", CANONICALS)
def test_what_is_clean_stays_so_however_names_are_written(canonical: Canonical) -> None:
    pipeline = Pipeline(Settings(canonical=canonical))
    for doc, text in articles(SAMPLES).items():
        markup: Markup = "markdown" if doc.endswith(".md") else "plain"
        once = pipeline.clean(text, doc, markup).text
        assert pipeline.clean(once, doc, markup).text == once, doc


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_neither_the_order_of_articles_nor_the_hash_seed_matters(seed: int, run: Run, tmp_path: Path) -> None:
    if run.tokenizer != "fugashi":
        pytest.skip("one tokenizer is enough: it is soroe's own order that is asked after")
    shuffled = tmp_path / "in"
    shuffled.mkdir()
    files = random.Random(seed).sample(FILES, len(FILES))
    for path in files:
        lines = path.read_bytes().splitlines(keepends=True)
        if path.suffix == ".jsonl":
            random.Random(seed).shuffle(lines)
        (shuffled / path.name).write_bytes(b"".join(lines))
    out = tmp_path / "out"
    subprocess.run(
        [*SOROE, "run", "--out", str(out), *(str(shuffled / path.name) for path in files)],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    for name in (*KEPT, "aliases.tsv"):
        here, there = (folder / name for folder in (run.out, out))
        if name.endswith(".jsonl") or name in LOGS:
            assert sorted(here.read_bytes().splitlines()) == sorted(there.read_bytes().splitlines()), name
        else:
            assert here.read_bytes() == there.read_bytes(), name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_bytes_of_a_run_do_not_depend_on_the_hash_seed(seed: int, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    subprocess.run(
        [*SOROE, "run", "--out", str(out), "--tokenizer", run.tokenizer, *map(str, FILES)],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    for name in (*KEPT, "aliases.tsv"):
        assert (run.out / name).read_bytes() == (out / name).read_bytes(), name
