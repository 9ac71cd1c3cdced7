"""What a name is a name of. What is no name comes first: an honest word must not become a person."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soroe.lexicon import Lexicon, dictionaries
from soroe.names.kinds import Kinds, after, kind_of
from soroe.names.mentions import Finder
from soroe.names.resolve import Names
from soroe.names.shape import CLASSES, KINDS, MAGIC, SLOTS, Shape, letter_runs
from soroe.tokens import open_tokenizer

LEXICON = Lexicon.load()
FINDER = Finder(LEXICON, open_tokenizer("fugashi"))
SHAPE = Shape.load(dictionaries() / "kinds.bin")
KINDS_OF_NAMES = Kinds.load(LEXICON, dictionaries())
WEIGHTS = {
    cue: [float(one) for one in nats]
    for cue, *nats in (line.split("\t") for line in (dictionaries() / "kinds.tsv").read_text("utf-8").splitlines())
    if not cue.startswith("# cue")
}


def kinds_in(text: str) -> dict[str, str]:
    return {found.surface: found.kind[0] for found in FINDER.spellings(text, every=True)}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("彼はテーブルの上に本を置いた。", "テーブル", id="a thing"),
        pytest.param("このサービスは来月から始まる。", "サービス", id="a word of business"),
        pytest.param("その計画はスタートした。", "スタート", id="a verb"),
        pytest.param("弟はサッカー選手になりたい。", "サッカー", id="a sport before a person's title"),
        pytest.param("会議ではエネルギー大臣が話した。", "エネルギー", id="a field before a person's title"),
        pytest.param("刑事ドラマは人気がある。", "ドラマ", id="a trade before a word"),
        pytest.param("彼は候補者リストを公表した。", "リスト", id="a candidate before a word"),
    ],
)
def test_is_no_person(text: str, word: str) -> None:
    assert kinds_in(text).get(word) != "person"


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        pytest.param("ヴェルデマン氏は首相に就任した。", "ヴェルデマン", "person", id="an honorific"),
        pytest.param("作曲家のゾルゲンは翌年に死去した。", "ゾルゲン", "person", id="a trade before it"),
        pytest.param("ロベルト・ハルトマンは1870年に生まれた。", "ハルトマン", "person", id="a full name"),
        pytest.param("彼はエリーゼ・ブラントと結婚した。", "エリーゼ", "person", id="the first part of a full name"),
        pytest.param(
            "会談にはハンク・ベルデマン海軍長官も出席した。", "ベルデマン", "person", id="an office behind a word"
        ),
        pytest.param("劇作家のゾルゲンは新作を書いた。", "ゾルゲン", "person", id="a playwright"),
        pytest.param("長女のヴェルデも参加した。", "ヴェルデ", "person", id="a daughter"),
        pytest.param("皇帝ゾルゲンの死後、国は分裂した。", "ゾルゲン", "person", id="an emperor"),
        pytest.param("軍はオルドビシア州の北部に入った。", "オルドビシア", "place", id="a state"),
        pytest.param("ヴェルデン空港は市の南に位置する。", "ヴェルデン", "place", id="an airport"),
        pytest.param("ゾルテック社は新型の電池を販売している。", "ゾルテック", "organisation", id="a company"),
    ],
)
def test_kind(text: str, name: str, kind: str) -> None:
    assert kinds_in(text)[name] == kind


def test_all_mentions_say_what_it_is() -> None:
    once = FINDER.spellings("ゾルテックは強い。")[0].kind
    twice = FINDER.spellings("ゾルテックは強い。ゾルテック社の株価は上がった。ゾルテック社は提携した。")[0].kind
    assert twice[0] == "organisation" and (once[0] != "organisation" or twice[1] > once[1])


def test_every_part_of_a_full_name_is_the_persons() -> None:
    text = "作家のウルスラ・ル・ヴェルデンは小説を書いた。マルト・エ・ヴェルデンは歌手である。"
    people = {
        alias.surface
        for entity in Names(LEXICON).resolve(text, every=True)
        if entity.kind == "person"
        for alias in entity.aliases
    }
    assert people >= {"ウルスラ", "ル", "ヴェルデン", "マルト", "エ"}


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        pytest.param("ア・イ・ウ", ["ア", "イ", "ウ"], id="parts of a chain"),
        pytest.param("アとイ", [], id="letters that stand alone"),
    ],
)
def test_letters_are_spellings_only_in_full_names(text: str, letters: list[str]) -> None:
    assert [found.surface for found in FINDER.spellings(text, every=True)] == letters
    assert FINDER.spellings(text) == []


# --- the model ---


@pytest.mark.parametrize(
    ("weighed", "kind"),
    [
        pytest.param([(-1.0, -2.0, -3.0, -1.0)], "other", id="nothing speaks for it"),
        pytest.param([(1.0, -2.0, -3.0, -1.0)], "person", id="one does"),
        pytest.param([(1.0, 0.0, 0.0, 0.0), (-3.0, 2.0, 0.0, 0.0)], "place", id="the mean of the mentions"),
    ],
)
def test_kind_of(weighed: list[tuple[float, ...]], kind: str) -> None:
    assert kind_of(weighed)[0] == kind


@given(st.lists(st.tuples(*[st.floats(-30, 30)] * 4), min_size=1, max_size=5))
def test_sureness_is_never_negative(weighed: list[tuple[float, ...]]) -> None:
    kind, sure = kind_of(weighed)
    assert kind in (*KINDS, "other") and sure >= 0


@given(st.text(alphabet="アルトマンー・＝（）年生氏は、。 \nAbc", max_size=60))
def test_any_text_can_be_weighed(text: str) -> None:
    for found in FINDER.spellings(text, every=True):
        assert found.kind == found.kind


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        ("ヴェルデマン", "person"),
        ("ハルトスキー", "person"),
        ("マネジメントシステム", "word"),
        ("オルドビシア", "place"),
    ],
)
def test_a_spelling_looks_like(spelling: str, kind: str) -> None:
    assert max(zip(SHAPE.classes(spelling), CLASSES, strict=True))[1] == kind


def test_runs_of_letters_are_short() -> None:
    assert max(len(run.decode()) for run in letter_runs("コンスタンティノープル")) == 4


def test_a_word_is_found_at_the_end_of_a_run() -> None:
    assert SHAPE.word("首相") == SHAPE.last_word("同国首相") >= 0
    assert SHAPE.word("ゾルゲン") == -1
    (person, *_others) = SHAPE.weights(SHAPE.word("首相"), SLOTS.index("before"))
    assert person > 0


def test_the_table_is_small_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    data = (dictionaries() / "kinds.bin").read_bytes()
    assert len(data) < 1_200_000 and data.startswith(MAGIC)
    (tmp_path / "kinds.bin").write_bytes(b"x" + data)
    with pytest.raises(ValueError, match="train_kinds"):
        Shape.load(tmp_path / "kinds.bin")


def test_the_table_reads_the_same_on_any_machine() -> None:
    data = (dictionaries() / "kinds.bin").read_bytes()
    (buckets,) = struct.unpack_from("<I", data, len(MAGIC))
    assert buckets == SHAPE.buckets and list(SHAPE.rows) == sorted(SHAPE.rows)


@given(st.text(alphabet="アルトマンー・（）1870年生州首相は演じる、。", max_size=60))
def test_what_is_weighed_is_the_sum_of_what_is_told(text: str) -> None:
    for chain in {chain for found in FINDER.spellings(text, every=True) for chain in found.chains}:
        known = [FINDER.known(surface).kind for surface in chain.surfaces]
        beside = after(chain.line, chain.end)
        cues = [
            ("always", 1.0),
            *KINDS_OF_NAMES.form(chain.surfaces, known, chain.line[chain.start : chain.end]),
            *KINDS_OF_NAMES.cues(chain.line, chain.start, chain.end, chain.cues, known, beside),
        ]
        words = [
            *KINDS_OF_NAMES.words(chain.line, chain.start, chain.end, beside),
            *KINDS_OF_NAMES.itself(chain.surfaces),
        ]
        told = [
            sum(value * WEIGHTS[cue][at] for cue, value in cues if cue in WEIGHTS)
            + sum(share * SHAPE.weights(row, slot)[at] for slot, row, share in words)
            for at in range(len(KINDS))
        ]
        assert chain.weights == pytest.approx(told, abs=1e-9)


def test_without_weights_nothing_is_a_name() -> None:
    kinds = Kinds(LEXICON, SHAPE._replace(rows={}), {"always": (0.0,) * 4})
    assert kinds.weigh("アルトマン氏", 0, 5, ("person after",), ["アルトマン"], ["person"]) == (0.0,) * 4
