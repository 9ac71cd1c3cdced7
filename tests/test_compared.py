"""What texts say beside each other (W503): the cases (cases/compared), the laws, and how the command line comes by it."""

from __future__ import annotations

import io
import json
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from soroe.cli import main
from soroe.engine import Pipeline
from soroe.formats.read import Reading, find_sources, read
from soroe.formats.run import run
from soroe.review import reviewing
from soroe.review.cache import Cache
from soroe.review.linted import Linted
from soroe.rules import COMPARING, compared
from soroe.settings import COMPARING as COMPARING_CODES
from soroe.settings import Settings
from soroe.text import Finding

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXTS = [
    "サーバを買う。会を行う。",
    "サーバーが届く。会を行なう。",
    "サーバーを置く。式を行う。",
    "新サーバーが要る。子どもが来る。",
    "劇を行う。子供が笑う。データベースサーバーが止まる。",
    "試験を行なった。バイオリンとも書く。",
]
PIPELINE = Pipeline(Settings(select=("W503",)))


def cases(group: str) -> list[Any]:
    """All cases of a group, with the code of their rule."""
    return [
        pytest.param(path.stem, case, id=f"{path.stem}-{number}-{case['why'][:60]}")
        for path in sorted((Path(__file__).parent / "cases" / "compared").glob("*.toml"))
        for number, case in enumerate(tomllib.loads(path.read_text("utf-8"))[group], 1)
    ]


def found_in(code: str, case: dict[str, Any], folder: Path) -> list[list[Finding]]:
    """What the rule alone reports of each text; a case may bring a dictionary of its own as `apart`, one line a fact."""
    own: tuple[Path, ...] = ()
    if "apart" in case:
        own = (folder / "apart.tsv",)
        own[0].write_text("".join(f"{line}\n" for line in case["apart"]), "utf-8")
    pipeline = Pipeline(Settings(select=(code,), apart=own))
    results = [pipeline.clean(text, markup=case.get("markup", "plain")) for text in case["texts"]]
    assert [result.text for result in results] == case["texts"]
    beside = compared([result.tells for result in results])
    return [[*result.findings, *sorted(beside.get(at, ()), key=lambda f: f.span)] for at, result in enumerate(results)]


@pytest.mark.parametrize(("code", "case"), cases("keep"))
def test_is_left_alone(code: str, case: dict[str, Any], tmp_path: Path) -> None:
    assert [finding.message for findings in found_in(code, case, tmp_path) for finding in findings] == []


@pytest.mark.parametrize(("code", "case"), cases("report"))
def test_is_reported(code: str, case: dict[str, Any], tmp_path: Path) -> None:
    found = found_in(code, case, tmp_path)
    marks = [[text[slice(*f.span)] for f in findings] for text, findings in zip(case["texts"], found, strict=True)]
    assert marks == case["marks"]
    if "says" in case:
        assert [finding.message for findings in found for finding in findings] == case["says"]


def test_every_rule_that_compares_has_cases() -> None:
    assert {parameter.values[0] for parameter in cases("keep")} == {rule.code for rule in COMPARING}


def said(texts: list[str]) -> dict[str, list[str]]:
    """What is told of each text, but for the words on which the texts are of two minds, of which one text is told."""
    found = compared([PIPELINE.clean(text).tells for text in texts])
    clear = {at: sorted(f.message for f in findings if " over " not in f.message) for at, findings in found.items()}
    return {texts[at]: messages for at, messages in clear.items() if messages}


def test_the_order_of_the_texts_changes_nothing() -> None:
    expected = said(TEXTS)
    assert expected == {"サーバを買う。会を行う。": ["サーバ: サーバー in 4 of 5 texts"]}
    for seed in range(20):
        shuffled = random.Random(seed).sample(TEXTS, len(TEXTS))
        assert said(shuffled) == expected


def test_what_the_texts_are_of_two_minds_on_is_told_once_and_to_the_first_that_writes_the_rarer() -> None:
    found = compared([PIPELINE.clean(text).tells for text in TEXTS])
    undecided = [(at, f.message) for at, findings in sorted(found.items()) for f in findings if " over " in f.message]
    assert undecided == [
        (1, "one word is spelt in more than one way over 5 texts: 行う in 3, 行なう in 2"),
        (4, "one word is spelt in more than one way over 2 texts: 子ども in 1, 子供 in 1"),
    ]


def test_what_a_text_has_to_say_can_be_kept_and_sent() -> None:
    tells = [PIPELINE.clean(text).tells for text in TEXTS]
    assert json.loads(json.dumps(tells)) == tells
    assert pickle.loads(pickle.dumps(tells)) == tells


@pytest.mark.parametrize("workers", [1, 2])
def test_neither_the_number_of_processes_nor_what_is_known_changes_anything(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    for at, text in enumerate(TEXTS):
        (tmp_path / f"{at}.txt").write_text(text, "utf-8")
    paths = [str(tmp_path / f"{at}.txt") for at in range(len(TEXTS))]
    expected = [PIPELINE.clean(text).tells for text in TEXTS]
    for _ in range(2):
        with Cache(tmp_path / "known") as cache:
            events = read(find_sources(paths), Reading(), io.BytesIO())
            steps = list(reviewing.reviewed(events, lambda source: PIPELINE.settings, cache, workers))
        assert [step.tells for step in steps if isinstance(step, Linted)] == expected
        monkeypatch.setattr(reviewing, "_answer", lambda question: pytest.fail("a text that is known was read again"))


def test_the_settings_know_which_rules_compare() -> None:
    assert [rule.code for rule in COMPARING] == list(COMPARING_CODES)
    assert not any(rule.by_default for rule in COMPARING)


def test_it_is_gathered_only_where_it_is_asked_for() -> None:
    assert Pipeline().clean(TEXTS[0]).tells == {}
    alone = PIPELINE.settings.for_one_text()
    assert Pipeline(alone).clean(TEXTS[0]).tells == {}
    other = Settings()
    assert other.for_one_text() is other


def test_places_are_those_of_the_source() -> None:
    text = "ﾏｽｸ氏はｻｰﾊﾞを見た。彼はサーバを買う。"
    pipeline = Pipeline(Settings(select=("C101", "W503")))
    found = compared([pipeline.clean(one).tells for one in (text, *["サーバーは重い。"] * 3)])
    assert [text[slice(*finding.span)] for finding in found[0]] == ["サーバ"]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        pytest.param("<!-- soroe: ignore W503 -->\nサーバを買う。", [], id="it keeps a word from W503"),
        pytest.param("<!-- soroe: ignore W5 -->\nサーバを買う。", [], id="by the beginning of its code"),
        pytest.param(
            "<!-- soroe: ignore W503 -->\nああ。",
            ["W503 finds nothing here: the comment can go"],
            id="it keeps back nothing",
        ),
    ],
)
def test_comments_that_suppress_it_are_in_use(comment: str, told: list[str]) -> None:
    result = PIPELINE.clean(comment, markup="markdown")
    assert [finding.message for finding in result.findings] == told


def test_a_run_does_not_tell_it(tmp_path: Path) -> None:
    for at, text in enumerate(TEXTS):
        (tmp_path / f"{at}.txt").write_text(text, "utf-8")
    settings = Settings(select=("W503",))
    with (tmp_path / "0.txt").open("rb") as stdin:
        run([str(tmp_path / f"{at}.txt") for at in range(len(TEXTS))], tmp_path / "out", settings, Reading(), stdin)
    assert (tmp_path / "out" / "findings.jsonl").read_text("utf-8") == ""
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["settings"]["ignore"] == []


def git(*command: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *command], check=True, capture_output=True)


def test_changed_lines_are_compared_with_all_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    for name in "abc":
        Path(f"{name}.txt").write_text("サーバーは重い。\n子供が笑う。\n", "utf-8")
    Path("d.txt").write_text("サーバは古い。\n子供が来る。\n", "utf-8")
    git("add", ".")
    git("commit", "-qm", "one")
    command = ["lint", "--settings", "none", "--select", "W503", "--changed", "."]
    assert main(command) == 0
    Path("d.txt").write_text("サーバは古い。\n子どもが来る。\n", "utf-8")
    assert main(command) == 1
    assert capsys.readouterr().out == "d.txt:2:1 W503 子ども: 子供 in 3 of 4 texts\n"
