"""Names across documents: what must stay two comes first; then what is made one, and the laws of surveys and of runs by them."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soroe import Pipeline, Result, Settings, inverse, replay
from soroe.cli import main
from soroe.formats.read import BadInput, Reading
from soroe.formats.run import run
from soroe.names import survey as survey_module
from soroe.names.across import Across
from soroe.names.entities import Decision
from soroe.names.full_names import blocks, is_full, parts_of, written
from soroe.names.survey import Count, Fact, Runs, Survey, SurveyError, merged
from soroe.names.unify import resolved
from soroe.names.verdict import folds_alike
from soroe.settings import CANONICALS, Canonical

PIPELINE = Pipeline()
HEAD = PIPELINE.names.head


def surveyed(articles: Iterable[str], path: Path, pipeline: Pipeline = PIPELINE) -> Path:
    """The survey of articles, in a file."""
    aside = path.with_suffix(".runs")
    aside.mkdir()
    survey = Survey(aside)
    for article in articles:
        survey.add(pipeline.survey(article))
    survey.write(path, pipeline.names.head)
    return path


def cleaned(articles: list[str], folder: Path, **options: Any) -> list[Result]:
    """The articles, cleaned in the scope of a corpus."""
    folder.mkdir(exist_ok=True)
    pipeline = Pipeline(Settings(survey=surveyed(articles, folder / "survey.tsv"), **options))
    return [pipeline.clean(article) for article in articles]


def judged(articles: list[str], folder: Path) -> dict[str, tuple[str, Decision]]:
    """What is said of the full names of articles that may be another's spelling."""
    across = PIPELINE.names.across_by(surveyed(articles, folder / "survey.tsv"))
    return {told.name: (told.canonical, told.decision) for told in across.judged}


def of(name: str, family: str = "") -> str:
    """A short article on someone, with the full name once and the family name twice."""
    family = family or parts_of(name)[-1]
    return f"{name}氏は月曜日、港で会見を開いた。{family}氏は計画を支持すると語った。{family}氏はまた、質問に答えた。\n"


MANY = 3  # articles in the first spelling


# What must stay two


@pytest.mark.parametrize(
    "articles",
    [
        pytest.param([of("クラウス・ハルテンシュタイン"), of("ミリアム・ハーテンシュタイン")], id="one family name, two people"),
        pytest.param([of("ミリアム・アルトマン"), of("ミリアム・ハルトマン")], id="apart.tsv: Altman and Hartmann"),
        pytest.param([of("ジェームズ・カルヴァー"), of("ジェームズ・カーヴァー")], id="alike to the ear: Calver and Carver"),
        pytest.param([of("ロバート・サンチェス"), of("ロベルト・サンチェス")], id="Robert and Roberto, both in the dictionary"),
        pytest.param([of("アンドレア・ヴェルデマン"), of("アンドレイ・ヴェルデマン")], id="a sister and a brother"),
        pytest.param([of("ニール・コイル"), of("ニール・カイル")], id="Coyle and Kyle"),
        pytest.param([of("オズワルド・ヴェルデマン"), "ベルデマン氏は来た。ベルデマン氏は去った。\n"], id="another man's bare family name"),
        pytest.param([of("オズワルド・ヴェルデマン"), of("オズワルド・ユージン・ベルデマン")], id="a name of two parts and one of three"),
        pytest.param([of("Oswald Werdeman"), of("Oswald Verdeman")], id="two names in Latin letters"),
        pytest.param(
            [of("リーナ・モローニ（Lina Moroni）", "モローニ"), of("リーナ・モロニー（Lina Moloney）", "モロニー")],
            id="articles give two Latin names",
        ),
        pytest.param(
            ["モルガン・スタンレー社は発表した。モルガン・スタンレーによると、株価は上がった。\n", "Morgan Stanley社は発表した。\n"],
            id="a company in Latin letters",
        ),
    ],
)  # fmt: skip
def test_stay_two(articles: list[str], tmp_path: Path) -> None:
    several = articles[:1] * MANY + articles[1:]
    assert [result.text for result in cleaned(several, tmp_path)] == several


def test_two_people_of_one_article_stay_two_everywhere(tmp_path: Path) -> None:
    one, other = "ミリアム・ヴェルトマン", "ミリアム・ベルトマン"
    apart = [of(one)] * MANY + [of(other)]
    assert cleaned(apart, tmp_path / "apart")[-1].text == of(one)
    together = f"{one}氏と{other}氏は別人である。{one}教授は氷河を、{other}知事は港を語った。\n"
    assert PIPELINE.clean(together).text == together
    assert cleaned([*apart, together], tmp_path / "together")[MANY].text == of(other)


def test_a_name_that_may_be_either_of_two_is_neither(tmp_path: Path) -> None:
    # Both are モロニー to the ear, and the two are not one: Moroni and Moloney.
    articles = [
        of("リーナ・モローニ（Lina Moroni）", "モローニ"),
        of("リーナ・モロニー（Lina Moloney）", "モロニー"),
        of("リーナ・モローニー"),  # 0.89 and 0.92 of the two
    ]
    assert cleaned(articles[:1] * 2 + articles[1:2] * 2 + articles[2:], tmp_path)[-1].text == articles[2]


def test_what_would_make_two_names_of_an_article_one_is_left(tmp_path: Path) -> None:
    family = "サム・ヴェルデマン氏と娘のリサ・ベルデマン氏が来た。ヴェルデマン氏は語った。ベルデマン氏は笑った。\n"
    articles = [*[of("リサ・ヴェルデマン")] * MANY, family]
    result = cleaned(articles, tmp_path)[-1]
    assert result.text in (PIPELINE.clean(family).text, family.replace("ベルデマン", "ヴェルデマン"))


def test_a_first_name_that_two_people_bear_is_left(tmp_path: Path) -> None:
    both = of("バレリー・ヴェルデマン") + of("バレリー・ノルドグレーン")
    articles = [*[of("ヴァレリー・ヴェルデマン")] * MANY, both]
    assert cleaned(articles, tmp_path)[-1].text == both


def test_a_full_name_is_rewritten_as_a_whole_or_left(tmp_path: Path) -> None:
    # ヴェルデマン is taken, so バレリー stays too: half a name would make a third of two.
    both = of("オズワルド・ヴェルデマン") + of("バレリー・ベルデマン")
    assert PIPELINE.clean(both).text == both
    articles = [*[of("ヴァレリー・ヴェルデマン")] * MANY, both]
    assert cleaned(articles, tmp_path)[-1].text == both


def test_the_users_names_and_pairs_outrank_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text("ベルデマン\tヴェルデマン\tperson\tso we write him\n", "utf-8")
    (tmp_path / "apart.tsv").write_text("オズワルド・ヴェルデマン\tオズワルド・ベルデマン\ttwo people\n", "utf-8")
    articles = [*[of("オズワルド・ヴェルデマン")] * MANY, of("オズワルド・ベルデマン")]
    told = cleaned(articles, tmp_path / "names", names=(tmp_path / "names.tsv",))
    assert {result.text for result in told} == {articles[-1]}
    kept = cleaned(articles, tmp_path / "apart", apart=(tmp_path / "apart.tsv",))
    assert [result.text for result in kept] == articles


# What is made one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(of("オズワルド・ヴェルデマン"), of("オズワルド・ベルデマン"), id="a family name"),
        pytest.param(of("ヴァレンティン・ノルドグレーン"), of("バレンティン・ノルドグレーン"), id="a first name"),
        pytest.param(of("ヴァレリー・ヴェルデマン"), of("バレリー・ベルデマン"), id="both"),
        pytest.param(of("オズワルド・ヴェルデマン"), of("オズワルド・ﾍﾞﾙﾃﾞﾏﾝ"), id="half-width katakana"),
        pytest.param(
            of("サム・アルトマン（Sam Altman）", "アルトマン"), of("サム・オートマン（Sam Altman）", "オートマン"), id="one Latin name"
        ),
        pytest.param(
            of("サム・アルトマン") + of("グレゴリー・ブリンクマン"),
            of("サム・オートマン") + of("グレゴリー・ブリンクマン"),
            id="the same company",
        ),
    ],
)  # fmt: skip
def test_is_made_one(one: str, other: str, tmp_path: Path) -> None:
    results = cleaned([*[one] * MANY, other], tmp_path)
    assert {result.text for result in results} == {one}


def test_latin_letters_are_written_in_katakana(tmp_path: Path) -> None:
    result = cleaned([*[of("オズワルド・ヴェルデマン")] * MANY, of("Oswald Werdeman")], tmp_path)[-1]
    assert [edit.after for edit in result.edits if edit.after.strip("・ ")] == ["オズワルド", *["ヴェルデマン"] * 3]


def test_the_user_reads_why(tmp_path: Path) -> None:
    result = cleaned([*[of("オズワルド・ヴェルデマン")] * MANY, of("オズワルド・ベルデマン")], tmp_path)[-1]
    (entity,) = result.entities
    assert (entity.canonical, entity.kind) == ("ヴェルデマン", "person")
    told = [(alias.surface, alias.decision, len(alias.mentions)) for alias in entity.aliases]
    assert told == [("ヴェルデマン", "canonical", 0), ("ベルデマン", "merged", 3)]
    (reason,) = entity.aliases[1].evidence
    assert reason.kind == "corpus" and reason.weight > 0
    assert reason.why.startswith("「オズワルド・ベルデマン」 stands in 1 article, 「オズワルド・ヴェルデマン」 in 3; ")
    assert {edit.code for edit in result.edits} == {"N401"}


def test_spellings_that_the_article_made_one_follow(tmp_path: Path) -> None:
    slip = of("オズワルド・ベルデマン") + "ベルデーマン氏は去った。ベルデマン氏は残った。\n"
    assert "ベルデーマン" not in PIPELINE.clean(slip).text
    result = cleaned([*[of("オズワルド・ヴェルデマン")] * MANY, slip], tmp_path)[-1]
    assert result.text == slip.replace("ベルデマン", "ヴェルデマン").replace("ベルデーマン", "ヴェルデマン")
    assert [edit.after for edit in result.edits] == ["ヴェルデマン"] * 5, "in one edit each"


def test_a_gloss_stays(tmp_path: Path) -> None:
    glossed = of("オズワルド・ベルデマン（Oswald Werdeman）", "ベルデマン")
    result = cleaned([*[of("オズワルド・ヴェルデマン")] * MANY, glossed], tmp_path)[-1]
    assert result.text == glossed.replace("ベルデマン", "ヴェルデマン")


def test_the_more_frequent_spelling_is_written(tmp_path: Path) -> None:
    often, seldom = of("オズワルド・ベルデマン"), of("オズワルド・ヴェルデマン")
    assert {result.text for result in cleaned([often] * 5 + [seldom], tmp_path)} == {often}


@pytest.mark.parametrize(
    ("canonical", "articles", "expected"),
    [
        pytest.param("attested", (3, 2), "サム・ジョンソン", id="attested: what a dictionary knows"),
        pytest.param("frequent", (3, 2), "サム・ジョーンソン", id="frequent: what more articles write"),
        pytest.param("first", (3, 2), "サム・ジョーンソン", id="first: articles have no order"),
        pytest.param("frequent", (2, 3), "サム・ジョンソン", id="frequent: the other one"),
    ],
)
def test_which_spelling_is_written(
    canonical: Canonical, articles: tuple[int, int], expected: str, tmp_path: Path
) -> None:
    often, seldom = articles
    several = [of("サム・ジョーンソン")] * often + [of("サム・ジョンソン")] * seldom
    survey = surveyed(several, tmp_path / "survey.tsv", Pipeline(Settings(canonical=canonical)))
    results = Pipeline(Settings(canonical=canonical, survey=survey))
    assert {results.clean(text).text for text in several} == {of(expected)}


def test_what_is_to_be_in_latin_letters_does_not_become_katakana(tmp_path: Path) -> None:
    kana, slip, latin = of("オズワルド・ヴェルデマン"), of("オズワルド・ベルデマン"), of("Oswald Werdeman")
    pipeline = Pipeline(Settings(canonical="latin"))
    survey = surveyed([kana] * MANY + [slip, latin], tmp_path / "survey.tsv", pipeline)
    pipeline = Pipeline(Settings(canonical="latin", survey=survey))
    assert [pipeline.clean(text).text for text in (kana, slip, latin)] == [kana, kana, latin]


# The survey


def test_a_survey_is_one_fact_a_line(tmp_path: Path) -> None:
    articles = [
        of("サム・アルトマン（Sam Altman）CEO", "アルトマン") + of("クララ・ヴェルデマン"),
        of("サム・アルトマン"),
    ]
    path = surveyed(articles, tmp_path / "survey.tsv")
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines == sorted(lines)
    assert [line.split("\t") for line in lines] == [
        ["all", "-", "-", "2", "0"],
        ["full", "クララ・ヴェルデマン", "person", "1", "1"],
        ["full", "サム・アルトマン", "person", "2", "3"],
        ["tie", "サム・アルトマン", "Sam Altman", "1", "0"],
        ["with", "クララ・ヴェルデマン", "サム・アルトマン", "1", "0"],
        ["with", "サム・アルトマン", "クララ・ヴェルデマン", "1", "0"],
    ]


PEOPLE = "オズワルド オスワルド Oswald ヴァレリー バレリー クララ サム".split()
FAMILIES = "ヴェルデマン ベルデマン ベルデーマン Werdeman アルトマン オートマン ノルドグレーン ノルドグレン".split()
FORMS = (
    "{first}・{family}氏は語った。{family}氏は去った。\n",
    "{family}氏は会見した。\n",
    "{first}・{family}（Oswald Werdeman）は答えた。{family}は笑った。\n",
    "社長の{first}・{family}と{first}氏が来た。\n",
)
bearers = st.builds(
    lambda form, first, family: form.format(first=first, family=family),
    st.sampled_from(FORMS),
    st.sampled_from(PEOPLE),
    st.sampled_from(FAMILIES),
)
corpora = st.lists(st.lists(bearers, min_size=1, max_size=4).map("".join), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(corpora, st.randoms(use_true_random=False))
def test_a_survey_is_a_sum(
    tmp_path_factory: pytest.TempPathFactory, articles: list[str], chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("sum")
    whole = surveyed(articles, folder / "whole.tsv").read_bytes()
    shuffled = chance.sample(articles, len(articles))
    cuts = sorted(chance.choices(range(len(articles) + 1), k=3))
    parts = [
        surveyed(shuffled[start:end], folder / f"{at}.tsv")
        for at, (start, end) in enumerate(zip([0, *cuts], [*cuts, None], strict=True))
    ]
    chance.shuffle(parts)
    merged(parts, folder / "at once.tsv")
    assert (folder / "at once.tsv").read_bytes() == whole
    left, right = folder / "left.tsv", folder / "right.tsv"
    merged(parts[:2], left)
    merged(parts[2:], right)
    merged([right, left], folder / "in pairs.tsv")
    assert (folder / "in pairs.tsv").read_bytes() == whole


def test_what_does_not_fit_into_memory_is_written_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [of(f"{first}・{family}") for first in PEOPLE for family in FAMILIES]
    whole = surveyed(articles, tmp_path / "whole.tsv").read_bytes()
    monkeypatch.setattr(survey_module, "MOST_FACTS", 5)
    monkeypatch.setattr(survey_module, "MOST_RUNS", 3)
    assert surveyed(articles, tmp_path / "small.tsv").read_bytes() == whole


def test_runs_are_read_as_one(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    for number in range(200):
        runs.add([f"{number:03}\n", f"{number + 500:03}\n"])
    assert list(runs) == [f"{number:03}\n" for number in (*range(200), *range(500, 700))]
    assert len(list(tmp_path.iterdir())) <= survey_module.MOST_RUNS + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "is no survey of soroe", id="nothing"),
        pytest.param("id\ttext\n", "is no survey of soroe", id="another table"),
        pytest.param(HEAD.replace("soroe ", "soroe 0.0.", 1), "was made with 'soroe 0.0.", id="another soroe"),
        pytest.param(HEAD.replace("fugashi", "sudachi"), "sudachi", id="another tokenizer"),
        pytest.param(HEAD.replace("attested", "latin"), "canonical latin", id="another choice of spellings"),
        pytest.param(HEAD.replace("sound.bin ", "sound.bin 0"), "sound.bin 0", id="another dictionary"),
        pytest.param(f"{HEAD}full\tサム・アルトマン\n", ":10: found 'full", id="a short line"),
        pytest.param(f"{HEAD}full\tサム・アルトマン\tperson\tmany\t1\n", ":10: found", id="no number"),
        pytest.param(
            f"{HEAD}full\tB\tperson\t1\t1\nfull\tA\tperson\t1\t1\n", ":11: stands out of order", id="unsorted"
        ),
        pytest.param(f"{HEAD}full\tA\tperson\t1\t1\nfull\tA\tperson\t2\t1\n", ":11: stands out of order", id="twice"),
    ],
)
def test_a_survey_that_does_not_fit_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "survey.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(SurveyError) as raised:
        Pipeline(Settings(survey=path))
    assert str(raised.value).startswith(f"{path}:") and message in str(raised.value)


def test_surveys_that_were_not_made_alike_are_not_merged(tmp_path: Path) -> None:
    for name, head in (("a", HEAD), ("b", HEAD.replace("fugashi", "sudachi"))):
        (tmp_path / name).write_text(head, "utf-8")
    with pytest.raises(SurveyError, match="not surveys of one soroe"):
        merged([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_names_of_your_own_do_not_make_a_survey_useless(tmp_path: Path) -> None:
    survey = surveyed([of("オズワルド・ヴェルデマン"), of("オズワルド・ベルデマン")], tmp_path / "survey.tsv")
    (tmp_path / "apart.tsv").write_text("ヴェルデマン\tベルデマン\ttwo families\n", "utf-8")
    assert Pipeline(Settings(survey=survey)).across != Pipeline().across
    apart = Pipeline(Settings(survey=survey, apart=(tmp_path / "apart.tsv",))).across
    assert apart and not apart.names


# Resolving


def across_of(*lines: str) -> Across:
    """What is made of a survey, given as `kind name of articles` lines."""
    facts = []
    for line in lines:
        kind, name, what, articles = line.split()
        facts.append((Fact(kind, name, what), Count(int(articles), int(articles))))
    names = PIPELINE.names
    return resolved(lambda: sorted(facts), PIPELINE.lexicon, names.sound, names._finder.known)


def test_a_survey_of_what_was_written_finds_nothing_more() -> None:
    lines = [
        f"full オズワルド・{family} person {count}"
        for count, family in enumerate(FAMILIES, 1)
        if written((family,)) > "ァ"
    ]
    across = across_of(*lines)
    assert across.names
    left = [line for line in lines if parts_of(line.split()[1]) not in across.names]
    assert not across_of(*left).names


@pytest.mark.parametrize(
    ("company", "decision"),
    [
        pytest.param(["グレゴリー・ブリンクマン"], "merged", id="one whom few articles know"),
        pytest.param(["ヨナス・ベッケンドルフ"], "suggested", id="one whom all articles know"),
        pytest.param(["ヨナス・ベッケンドルフ", "マルタ・オルムステッド"], "merged", id="two whom all articles know"),
    ],
)
def test_whose_company_counts(company: list[str], decision: Decision) -> None:
    lines = [
        "full グレゴリー・ブリンクマン person 4",
        "full ヨナス・ベッケンドルフ person 900",
        "full マルタ・オルムステッド person 900",
    ]
    lines += ["full サム・アルトマン person 412", "full サム・オートマン person 3"]
    lines += [f"with サム・{family} {name} 2" for family in ("アルトマン", "オートマン") for name in company]
    assert [told.decision for told in across_of(*lines).judged] == [decision]


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("ヴェリミロヴィッチ", "ベリミロビッチ", True),
        ("ホフマン", "ホッフマン", True),
        ("アスビョルンセン", "アスビヨルンセン", False),
        ("カルヴァー", "カーヴァー", False),
    ],
)
def test_folds_alike(left: str, right: str, alike: bool) -> None:
    assert folds_alike(left, right) == alike


@pytest.mark.parametrize("parts", [("サム", "アルトマン"), ("Sam", "Altman"), ("シャー", "マフムード", "クレシ")])
def test_a_full_name_is_written_and_read(parts: tuple[str, ...]) -> None:
    assert is_full(parts) and parts_of(written(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [("アルトマン",), ("ジョージ", "W", "ブッシュ"), ("サム", "Altman"), ("Sam", "アルトマン"), ("IBM", "Watson")],
)
def test_what_is_no_full_name(parts: tuple[str, ...]) -> None:
    assert not is_full(parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サム・アルトマン", "サム・オートマン"),
        ("サム・アルトマン", "Sam Altman"),
        ("スカーレット・ヨハンソン", "スカーレット・ジョハンソン"),
        ("イーロン・マスク", "Elon Musk"),
    ],
)
def test_names_that_may_be_one_share_a_block(one: str, other: str) -> None:
    assert blocks(parts_of(one)) & blocks(parts_of(other))


# Laws


PIPELINES = {which: Pipeline(Settings(canonical=which)) for which in CANONICALS}


@pytest.mark.parametrize("canonical", CANONICALS)
@settings(max_examples=25, deadline=None)
@given(corpora)
def test_laws_in_the_scope_of_a_corpus(
    tmp_path_factory: pytest.TempPathFactory, canonical: Canonical, articles: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("laws")
    pipeline = PIPELINES[canonical]
    pipeline.names.across = None
    pipeline.names.across = pipeline.names.across_by(surveyed(articles, folder / "survey.tsv", pipeline))
    results = [pipeline.clean(article) for article in articles]
    for article, result in zip(articles, results, strict=True):
        assert not [finding for finding in result.findings if finding.code == "E000"], "settled"
        assert replay(article, result.edits) == result.text, "replay"
        assert replay(result.text, inverse(article, result.edits)) == article, "undo"
        assert pipeline.clean(result.text).text == result.text, "fixed point"
        spelt = [(a.surface, article[slice(*m.span)]) for e in result.entities for a in e.aliases for m in a.mentions]
        assert all(surface == there for surface, there in spelt), "places"
    texts = [result.text for result in results]
    pipeline.names.across = None
    pipeline.names.across = pipeline.names.across_by(surveyed(texts, folder / "again.tsv", pipeline))
    again = [pipeline.clean(text).text for text in texts]
    assert again == texts, "a new survey of the cleaned articles changes nothing more"


def test_order_and_hash_seed_change_nothing(tmp_path: Path) -> None:
    articles = [of(f"{first}・{family}") for first in PEOPLE for family in FAMILIES]
    rows = [json.dumps({"id": str(at), "text": text}, ensure_ascii=False) for at, text in enumerate(articles)]
    outputs = []
    for seed in ("1", "4711"):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "dump.jsonl").write_text("\n".join(rows if seed == "1" else rows[::-1]) + "\n", "utf-8")
        command = [sys.executable, "-c", "from soroe.cli import entry; entry()", "run", "dump.jsonl", "--out", "out"]
        subprocess.run(
            [*command, "--scope", "corpus"], cwd=folder, env=os.environ | {"PYTHONHASHSEED": seed}, check=True
        )
        outputs.append(folder / "out")
    one, other = outputs
    for name in ("survey.tsv", "across.tsv", "aliases.tsv"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    for name in ("clean/dump.jsonl", "edits.jsonl", "aliases.jsonl"):
        there, back = ((out / name).read_text("utf-8").splitlines() for out in outputs)
        assert sorted(there) == sorted(back)


# Runs

ARTICLES = [*[of("オズワルド・ヴェルデマン")] * MANY, of("オズワルド・ベルデマン")]
DUMP = "".join(json.dumps({"id": at, "text": text}, ensure_ascii=False) + "\n" for at, text in enumerate(ARTICLES))


def texts_in(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def test_a_run_reads_its_inputs_twice(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text(DUMP, "utf-8")
    dump, out = str(tmp_path / "dump.jsonl"), tmp_path / "out"
    assert main(["run", dump, "--scope", "corpus", "--out", str(out), "--quiet"]) == 0
    assert texts_in(out / "clean/dump.jsonl") == ARTICLES[:1] * 4
    told = json.loads((out / "run.json").read_text("utf-8"))["survey"]
    assert told == {
        "file": "survey.tsv",
        "made by this run": True,
        "articles": 4,
        "full names": 2,
        "written otherwise": 1,
    }
    rows = [line.split("\t") for line in (out / "across.tsv").read_text("utf-8").splitlines()]
    assert rows[1][:5] == ["オズワルド・ヴェルデマン", "オズワルド・ベルデマン", "merged", "3", "1"]
    pipeline = Pipeline(Settings(survey=out / "survey.tsv"))
    assert [pipeline.clean(text).text for text in ARTICLES] == ARTICLES[:1] * 4, "the library does what the run does"
    assert main(["restore", str(out)]) == 0
    assert (out / "restored/dump.jsonl").read_text("utf-8") == DUMP


def test_standard_input_is_kept_for_the_second_reading(tmp_path: Path) -> None:
    for scope, first in (("document", 1), ("corpus", 4)):
        stdin = io.BytesIO(DUMP.encode())
        run(["-"], tmp_path / scope, Settings(), Reading("jsonl"), stdin, scope=scope)  # type: ignore[arg-type]
        texts = texts_in(tmp_path / scope / "clean/stdin.jsonl")
        assert len(texts) == 4 and texts[4 - first :] == (ARTICLES[3:] if scope == "document" else ARTICLES[:1] * 4)


def test_a_survey_is_written_where_there_is_none_and_used_where_there_is(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text(DUMP, "utf-8")
    (tmp_path / "one.txt").write_text(ARTICLES[3], "utf-8")
    survey = tmp_path / "survey.tsv"
    options = ["--scope", "corpus", "--survey", str(survey), "--quiet", "--out"]
    assert main(["run", str(tmp_path / "dump.jsonl"), *options, str(tmp_path / "all")]) == 0
    assert not (tmp_path / "all/survey.tsv").exists()
    before = survey.read_bytes()
    assert main(["run", str(tmp_path / "one.txt"), *options, str(tmp_path / "one")]) == 0
    assert (tmp_path / "one/clean/one.txt").read_text("utf-8") == ARTICLES[0]
    assert survey.read_bytes() == before
    told = json.loads((tmp_path / "one/run.json").read_text("utf-8"))
    assert told["survey"]["made by this run"] is False and told["settings"]["survey"] == str(survey)
    survey.write_text("nothing", "utf-8")
    assert main(["run", str(tmp_path / "one.txt"), *options, str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_lint_goes_by_a_survey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey = surveyed(ARTICLES, tmp_path / "survey.tsv")
    (tmp_path / "one.txt").write_text(ARTICLES[3], "utf-8")
    assert main(["lint", str(tmp_path / "one.txt")]) == 0
    assert main(["lint", str(tmp_path / "one.txt"), "--survey", str(survey)]) == 1
    assert capsys.readouterr().out.count("N401 ベルデマン is written ヴェルデマン here [fixable]") == 3
    assert main(["lint", str(tmp_path / "one.txt"), "--survey", str(tmp_path / "none.tsv")]) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_that_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(BadInput, match="can be read only once"):
        run([str(tmp_path / "pipe.txt")], tmp_path / "out", Settings(), Reading(), io.BytesIO(), scope="corpus")
    assert not (tmp_path / "out").exists()


def test_a_run_without_a_survey_writes_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text(DUMP, "utf-8")
    run([str(tmp_path / "dump.jsonl")], tmp_path / "out", Settings(), Reading(), io.BytesIO())
    assert not {"survey.tsv", "across.tsv"} & {path.name for path in (tmp_path / "out").iterdir()}
    assert texts_in(tmp_path / "out/clean/dump.jsonl") == ARTICLES


def test_what_an_earlier_run_found_is_not_left_beside_a_later_one(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text(DUMP, "utf-8")
    for scope, expected in (("corpus", True), ("document", False)):
        assert main(["run", str(tmp_path / "dump.jsonl"), "--scope", scope, "--out", str(tmp_path / "out")]) == 0
        assert (tmp_path / "out/across.tsv").exists() == expected


def test_broken_rows_and_articles_are_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dump.jsonl").write_text(DUMP + "{\n", "utf-8")
    assert main(["run", str(tmp_path / "dump.jsonl"), "--scope", "corpus", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("not JSON") == 1
    assert len((tmp_path / "out/quarantine.jsonl").read_text("utf-8").splitlines()) == 1
