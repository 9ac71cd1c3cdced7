"""Two spellings explained: what is told is what a run does; what is never weighed comes first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from soroe import Pipeline, Settings
from soroe.cli import main
from soroe.lexicon import Lexicon
from soroe.names.explain import explain_alone, explain_in, explain_pair
from soroe.names.resolve import Names

LEXICON = Lexicon.load()
NAMES = Names(LEXICON)
A3 = "ノルトマン氏は笑う。ノルトマン氏は泣く。ノルトマン氏は去る。"


def told(text: str) -> dict[str, str]:
    """The lines of an explanation, by what stands at their heads."""
    rows = (re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in text.splitlines())
    return {head: rest[0] if rest else "" for head, *rest in rows}


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        pytest.param("Nortman", "Nootman", "both are in Latin letters", id="two Latin spellings"),
        pytest.param("ノルトマン", "ブリン", "they do not sound alike enough", id="nothing alike"),
        pytest.param(
            "コンピュータ", "コンピューター", "both are common words", id="two words that nothing calls names"
        ),
        pytest.param("ノルトマン", "奥特曼", "奥特曼 is no run of katakana", id="no katakana and no Latin letters"),
        pytest.param("ノルトマン", "", "is no run of katakana", id="nothing at all"),
        pytest.param("ノルトマン", "サム・ノルトマン", "ask for a part", id="a full name"),
        pytest.param("ノルトマン", "NATO", "NATO is no run of katakana", id="an acronym"),
    ],
)
def test_is_never_weighed(one: str, other: str, why: str) -> None:
    for pair in ((one, other), (other, one)):
        assert why in told(explain_alone(*pair, LEXICON, NAMES))["never weighed"]
        assert explain_pair(*pair, LEXICON, NAMES.sound).startswith(f"{pair[0]} and {pair[1]}\n")


@pytest.mark.parametrize(
    ("text", "one", "other", "outcome"),
    [
        pytest.param(
            "サム・ノルトマン氏は笑う。ロベルト・ハルトマン氏は泣く。" * 2,
            "ノルトマン",
            "ハルトマン",
            "left: they stay two names",
            id="two men",
        ),
        pytest.param(
            "オーストリアは寒い。オーストラリアは暑い。" * 2,
            "オーストリア",
            "オーストラリア",
            "left: they stay two names",
            id="two places",
        ),
        pytest.param(
            A3 + "ノルトマン（Nortman）氏は",
            "ノルトマン",
            "Nortman",
            "linked: Nortman stands for ノルトマン as a gloss or a first name, and stays",
            id="a gloss",
        ),
        pytest.param(
            A3 + "サム・ノルトマン氏は笑う。サムは帰る。",
            "サム",
            "ノルトマン",
            "linked: サム stands for ノルトマン as a gloss or a first name, and stays",
            id="a first name",
        ),
        pytest.param(
            "ツイッターは名を変えた。ツイッター社は。Twitterは名を変えた。",
            "Twitter",
            "ツイッター",
            "suggested: Twitter may be ツイッター; both stay, and a person decides",
            id="a brand in Latin letters",
        ),
        pytest.param(
            A3 + "ノートマン氏は笑った。",
            "ノートマン",
            "ノルトマン",
            "merged: ノートマン is written ノルトマン",
            id="a slip",
        ),
        pytest.param(
            A3 + "Nortman氏は笑った。",
            "ノルトマン",
            "Nortman",
            "merged: Nortman is written ノルトマン",
            id="Latin letters",
        ),
    ],
)
def test_what_comes_of_two_in_a_text(text: str, one: str, other: str, outcome: str) -> None:
    assert told(explain_in(text, one, other, LEXICON, NAMES))["outcome"] == outcome


def test_two_that_do_not_both_stand_in_a_text_are_not_explained_there() -> None:
    assert explain_in(A3, "ノルトマン", "ノートマン", LEXICON, NAMES) == ""


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        pytest.param(A3 + "ノートマン氏は笑った。", "ノルトマン", "ノートマン", id="two in katakana"),
        pytest.param(A3 + "Nortman氏は笑った。", "ノルトマン", "Nortman", id="one in Latin letters"),
    ],
)
def test_weights_add_up_and_every_reason_is_told(text: str, one: str, other: str) -> None:
    rows = told(explain_in(text, one, other, LEXICON, NAMES))
    weights = {head: float(row.split()[0]) for head, row in rows.items() if re.match(r"[-+]\d", row)}
    assert weights.pop("sum") == pytest.approx(sum(weights.values()), abs=0.02)
    (alias,) = (a for entity in NAMES.resolve(text) for a in entity.aliases if a.surface == other)
    assert {reason.kind: reason.why for reason in alias.evidence} == {
        head: row.partition("  ")[2] for head, row in rows.items() if head in weights and head != "prior"
    }


def test_apart_is_told_and_never_summed() -> None:
    text = "アルトマン氏は笑う。ハルトマン氏は泣く。"
    rows = told(explain_in(text, "アルトマン", "ハルトマン", LEXICON, NAMES))
    assert rows["apart"].startswith("never") and "sum" not in rows and rows["outcome"] == "left: they stay two names"
    assert "never one" in told(explain_pair("ハルトマン", "アルトマン", LEXICON, NAMES.sound))["apart.tsv"]


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param(
            "Nootman", "two names: names.tsv knows ノルトマン, and not as one with the other", id="not listed"
        ),
        pytest.param(
            "ノートマン", "one name: names.tsv writes both ノルトマン, and outranks all evidence", id="listed"
        ),
    ],
)
def test_the_dictionary_outranks_all_evidence(other: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "my.tsv").write_text("ノルトマン\tノートマン|Nortman\tperson\n", "utf-8")
    lexicon = Lexicon.load([tmp_path / "my.tsv"])
    names = Names(lexicon)
    assert told(explain_alone("ノルトマン", other, lexicon, names))["outcome"] == outcome
    rows = told(explain_in(f"ノルトマン氏は笑う。{other}氏は泣く。", other, "ノルトマン", lexicon, names))
    assert rows["outcome"] == outcome and "sum" not in rows


def test_parts_that_sound_alike_are_told_side_by_side() -> None:
    lines = explain_pair("ノルトマン", "ノートマン", LEXICON, NAMES.sound).splitlines()
    assert [part.split()[0] for part in lines[-1].split("·")] == ["ノ~ノ", "ル~ー", "ト~ト", "マ~マ", "ン~ン"]
    assert "ト~t" in explain_pair("Nortman", "ノルトマン", LEXICON, NAMES.sound)
    assert "~" not in explain_pair("ノルトマン" * 40, "Nortman", LEXICON, NAMES.sound), "too long to be told"


def test_a_text_is_weighed_as_a_run_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("ﾉﾙﾄﾏﾝ氏は笑う。`ノルトマン`\n\nノルトマン氏は泣く。ﾉｰﾄﾏﾝ氏は去る。\n", "utf-8")
    assert main(["explain", "ノルトマン", "ノートマン", "--in", str(page)]) == 0
    assert told(capsys.readouterr().out)["stand here"] == "ノルトマン 2×, ノートマン 1×"


def test_every_article_with_both_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = tmp_path / "dump.jsonl"
    text = A3 + "ノートマン氏は笑った。"
    dump.write_text(
        "".join(f'{{"id": "{id}", "text": "{t}"}}\n' for id, t in zip("abc", (text, A3, text), strict=True)), "utf-8"
    )
    assert main(["explain", "ノートマン", "ノルトマン", "--in", str(dump)]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"^in .*:(\d \w)$", said, re.MULTILINE) == ["1 a", "3 c"]
    assert said.count("merged: ノートマン is written ノルトマン") == 2 and "without a document" not in said


def test_a_merge_is_told_before_a_suggestion() -> None:
    pipeline = Pipeline(Settings())
    text = "ヴァルデマン氏は語った。ヴァルデマン氏は笑った。\nヴェルデマン氏は去った。ヴェルデマン氏は泣いた。\nベルデマン氏は町に戻った。"
    pairs = {"ヴァルデマン": "suggested: ベルデマン ", "ヴェルデマン": "merged: ベルデマン "}
    for one, outcome in pairs.items():
        lines = explain_in(text, one, "ベルデマン", pipeline.lexicon, pipeline.names)
        assert told(lines)["outcome"].startswith(outcome)


def test_the_samples_are_explained_as_they_are_cleaned() -> None:
    pipeline = Pipeline(Settings())
    for path in sorted((Path(__file__).parents[1] / "samples").glob("*.txt")):
        text = pipeline.prose(path.read_text("utf-8"))
        for entity in pipeline.names.resolve(text):
            for alias in entity.aliases[1:]:
                outcome = told(explain_in(text, entity.canonical, alias.surface, pipeline.lexicon, pipeline.names))[
                    "outcome"
                ]
                assert outcome.startswith(f"{alias.decision}: {alias.surface} "), path.name


def test_what_is_withheld_says_why() -> None:
    text = "ツイッターは名を変えた。ツイッター社は。Twitterは名を変えた。"
    rows = told(explain_in(text, "ツイッター", "Twitter", LEXICON, NAMES))
    assert (
        rows["brand"].startswith("stays  nothing says that ツイッター is a person") and "suggested" in rows["outcome"]
    )
    (alias,) = (a for entity in NAMES.resolve(text) for a in entity.aliases if a.surface == "Twitter")
    assert alias.evidence[0].kind == "brand" and alias.score > 0


def test_what_a_third_spelling_adds_is_told() -> None:
    text = "アルトマン氏は笑う。アルトマン氏は泣く。アルトマン氏は去る。アウトマン氏は泣く。オトマン氏は去る。"
    rows = told(explain_in(text, "アルトマン", "オトマン", LEXICON, NAMES))
    weights = {head: float(row.split()[0]) for head, row in rows.items() if re.match(r"[-+]\d", row)}
    assert weights["nearer"] > 0 and "half of what it is nearer" in rows["nearer"]
    assert weights.pop("sum") == pytest.approx(sum(weights.values()), abs=0.02)
