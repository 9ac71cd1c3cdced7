"""The dictionaries are reviewed like source code: sorted, one fact a line, each with its reason.

`pytest tests/test_dictionaries.py --rewrite` sorts them and takes out lines that stand there twice.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from soroe.lexicon import KINDS, SCRIPTS, Lexicon, dictionaries

FOLDER = Path(__file__).parents[1] / "dictionaries"
FIELDS = {"apart.tsv": 3, "evidence.tsv": 3, "hanzi.tsv": 2, "kinds.tsv": 5, "names.tsv": 4, "titles.tsv": 4}


def comments(name: str) -> list[str]:
    return [line for line in lines(name) if line.startswith("#")]


def facts(name: str) -> list[list[str]]:
    return [line.split("\t") for line in lines(name) if not line.startswith("#")]


def lines(name: str) -> list[str]:
    return (FOLDER / name).read_text("utf-8").splitlines()


def in_order(name: str) -> list[list[str]]:
    """The facts as they should stand: sorted, once each, the two names of a pair in the order of their letters."""
    found = facts(name)
    if name == "apart.tsv":
        found = [[min(left, right), max(left, right), *rest] for left, right, *rest in found]
    return [list(fact) for fact in sorted({tuple(fact) for fact in found})]


@pytest.mark.parametrize("name", FIELDS)
def test_facts_are_sorted_and_stand_once(name: str, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--rewrite"):
        kept = comments(name) + ["\t".join(fact) for fact in in_order(name)]
        (FOLDER / name).write_text("\n".join(kept) + "\n", "utf-8", newline="\n")
    assert facts(name) == in_order(name)


@pytest.mark.parametrize("name", FIELDS)
def test_every_line_has_all_its_fields_and_a_reason(name: str) -> None:
    for fact in facts(name):
        assert len(fact) == FIELDS[name] and all(field and field == field.strip() for field in fact), fact


@pytest.mark.parametrize("name", FIELDS)
def test_files_are_utf8_with_unix_line_ends_and_say_their_format_first(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    assert data.startswith(b"# ") and data.endswith(b"\n") and b"\r" not in data and b"\n\n" not in data


@pytest.mark.parametrize(
    ("name", "key"), [("apart.tsv", 2), ("titles.tsv", 2), ("evidence.tsv", 2), ("hanzi.tsv", 1), ("kinds.tsv", 1)]
)
def test_nothing_is_said_twice(name: str, key: int) -> None:
    said = Counter(tuple(fact[:key]) for fact in facts(name))
    assert [fact for fact, times in said.items() if times > 1] == []


def test_titles_have_a_side_and_a_kind() -> None:
    for _, side, kind, _ in facts("titles.tsv"):
        assert side in ("after", "before", "both") and kind in KINDS


def test_names_have_a_kind() -> None:
    assert all(kind in KINDS for _, _, kind, _ in facts("names.tsv"))


def test_names_kept_apart_are_katakana_and_two() -> None:
    for left, right, _ in facts("apart.tsv"):
        assert left < right and re.fullmatch(r"[ァ-ヺー]{2,}", left) and re.fullmatch(r"[ァ-ヺー]{2,}", right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("アラン", "アレン"),
        ("マーチン", "マーティン"),
        ("ヘレナ", "エレナ"),
        ("ルイ", "ルイス"),
        ("トムソン", "トンプソン"),
    ],
    ids=["Allen", "Martin", "Helena", "Louis", "Thompson"],
)
def test_spellings_of_one_name_are_not_kept_apart(left: str, right: str) -> None:
    assert Lexicon.load().keeps_apart(left, right) is None


def test_the_reason_is_told() -> None:
    assert Lexicon.load().keeps_apart("フリーマン", "フリードマン") == "Friedman and Freeman, two families"


def test_weights_are_for_what_a_judge_sees() -> None:
    for kind, script, weight in facts("evidence.tsv"):
        assert script in SCRIPTS and (kind == "prior" or ((float(weight) != 0) and abs(float(weight)) < 12)), (
            kind,
            weight,
        )


def test_cues_of_kinds_have_weights() -> None:
    assert all(abs(float(nats)) < 20 for _, *weights in facts("kinds.tsv") for nats in weights)
    assert "always" in {cue for cue, *_ in facts("kinds.tsv")}


def test_the_package_reads_these_files() -> None:
    assert {path.name for path in dictionaries().glob("*.tsv")} == set(FIELDS)
    assert set(Lexicon.load().digests) <= {*FIELDS, "kinds.bin", "sound.bin"}
