"""Dictionaries are read whole or refused with file, line, what was found and what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from soroe import lexicon
from soroe.engine import Pipeline
from soroe.lexicon import KINDS, DictionaryError, Lexicon, dictionaries
from soroe.settings import Settings


def written(path: Path, lines: str | bytes) -> Path:
    path.write_bytes(lines.encode() if isinstance(lines, str) else lines)
    return path


def names(folder: Path, lines: str | bytes) -> Lexicon:
    return Lexicon.load([written(folder / "my.tsv", lines)])


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        pytest.param("ベルク\n", 1, "found 'ベルク', expected canonical, spellings", id="no tab"),
        pytest.param("ベルク ベルグ person\n", 1, "with a tab between", id="spaces for tabs"),
        pytest.param("# a\n\nベルク\t\tperson\n", 3, "expected canonical, spellings", id="no spelling"),
        pytest.param("\tベルグ\tperson\n", 1, "expected canonical, spellings", id="no canonical"),
        pytest.param("ベルク\tベルグ|\tperson\n", 1, "found an empty spelling in 'ベルグ|'", id="an empty spelling"),
        pytest.param("ベルク\t|ベルグ\n", 1, "expected spellings with | between", id="an empty first spelling"),
        pytest.param(
            "ベルク\tベルグ\tpeople\n",
            1,
            "'people' is no kind of name, expected one of person, place, organisation, product, other",
            id="a kind that is none",
        ),
        pytest.param(
            "ベルク\tベルグ\n\nバーグ\tベルグ\n",
            3,
            "ベルグ is given to バーグ here and to ベルク at {file}:1; a spelling can stand for one name only: delete one",
            id="one spelling for two names",
        ),
        pytest.param(
            "ベルク\tベルグ\nベルグ\tバーグ\n",
            2,
            "ベルグ is given to ベルグ here and to ベルク at {file}:1",
            id="a canonical form that is another's spelling",
        ),
        pytest.param(
            "# 名\nベルク\tベルグ\n".encode("cp932"),
            1,
            "byte 0x96 is not UTF-8: save the file as UTF-8",
            id="not UTF-8",
        ),
        pytest.param(b"# a\r\nx\xff\n", 2, "byte 0xff is not UTF-8", id="not UTF-8 in the second line"),
        pytest.param("# a\u2028b\x0cc\x85d\nベルク\n", 2, "found 'ベルク'", id="only a line feed ends a line"),
    ],
)
def test_a_line_of_names_is_refused(tmp_path: Path, lines: str | bytes, line: int, message: str) -> None:
    file = tmp_path / "my.tsv"
    with pytest.raises(DictionaryError) as refused:
        names(tmp_path, lines)
    assert str(refused.value).startswith(f"{file}:{line}: ")
    assert message.format(file=file) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        pytest.param("ベルク\n", 1, "found 'ベルク', expected one name, the other, reason", id="no tab"),
        pytest.param(
            "\nベルク\tベルク\tno\n", 2, "ベルク cannot be kept apart from itself: expected two names", id="itself"
        ),
        pytest.param(
            "ベルグ\tベルク\ttwo men\n",
            1,
            "ベルグ and ベルク are one name at {names}:1 and never one here: delete one",
            id="the same user's names say otherwise",
        ),
        pytest.param("ベルグ\tバーグ\n", 1, "are one name at {names}:1", id="two spellings of one name"),
    ],
)
def test_a_line_of_apart_is_refused(tmp_path: Path, lines: str, line: int, message: str) -> None:
    own, apart = written(tmp_path / "names.tsv", "ベルク\tベルグ|バーグ\n"), written(tmp_path / "apart.tsv", lines)
    with pytest.raises(DictionaryError) as refused:
        Lexicon.load([own], [apart])
    assert str(refused.value).startswith(f"{apart}:{line}: ")
    assert message.format(names=own) in str(refused.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("氏\tbehind\tperson", "found the side 'behind', expected after, before or both", id="a side"),
        pytest.param("氏\tafter\tman", "'man' is no kind of name", id="a kind"),
        pytest.param("氏\tafter", "expected title, side, kind, reason", id="no kind"),
    ],
)
def test_a_line_of_titles_is_refused(shipped: Path, line: str, message: str) -> None:
    written(shipped / "titles.tsv", f"# titles\n{line}\n")
    with pytest.raises(DictionaryError) as refused:
        Lexicon.load()
    assert str(refused.value).startswith(f"{shipped / 'titles.tsv'}:2: ") and message in str(refused.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("sound\tkanji\t7", "found the script 'kanji', expected kana or latin", id="a script"),
        pytest.param("sound\tkana\tmuch", "found the weight 'much', expected a number of nats", id="a weight"),
        pytest.param("sound\tkana", "expected evidence, script, weight", id="no weight"),
    ],
)
def test_a_line_of_evidence_is_refused(shipped: Path, line: str, message: str) -> None:
    written(shipped / "evidence.tsv", f"# evidence\n{line}\n")
    with pytest.raises(DictionaryError) as refused:
        Lexicon.load()
    assert str(refused.value).startswith(f"{shipped / 'evidence.tsv'}:2: ") and message in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        Lexicon.load([tmp_path / "none.tsv"])
    assert missing.value.filename == str(tmp_path / "none.tsv")
    with pytest.raises(IsADirectoryError):
        Lexicon.load(apart=[tmp_path])


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            "# canonical\tspellings\n\n  \nベルク\tベルグ | バーグ\tperson\ta banker\n", id="comments and blank lines"
        ),
        pytest.param("ベルク\tベルグ|バーグ\tperson", id="no line end at the end"),
        pytest.param("\ufeffベルク\tベルグ|バーグ\tperson\n", id="a byte order mark"),
        pytest.param("\ufeff# a\r\nベルク\tベルグ|バーグ\tperson\r\n", id="CRLF"),
        pytest.param("ベルク\tベルグ\tperson\nベルク\tバーグ\tperson\n", id="one name on two lines"),
        pytest.param("ベルク\tベルク|ベルグ|バーグ\tperson\n", id="the canonical form among the spellings"),
    ],
)
def test_names_are_read(tmp_path: Path, lines: str) -> None:
    read = names(tmp_path, lines).names
    assert {spelling: read[spelling].canonical for spelling in ("ベルク", "ベルグ", "バーグ")} == dict.fromkeys(
        ("ベルク", "ベルグ", "バーグ"), "ベルク"
    )
    assert {read[spelling].kind for spelling in ("ベルク", "ベルグ", "バーグ")} == {"person"}
    assert all("ベルク" not in name.spellings for name in read.values() if name.canonical == "ベルク")


def test_a_name_without_kind_is_of_another(tmp_path: Path) -> None:
    assert names(tmp_path, "ベルク\tベルグ\n").names["ベルグ"].kind == "other"
    assert names(tmp_path, "ベルク\tベルグ\t\tbecause\n").names["ベルグ"].kind == "other"


def test_pairs_are_kept_apart_both_ways_with_their_reason(tmp_path: Path) -> None:
    apart = written(tmp_path / "apart.tsv", "ベルク\tベルグ\ttwo men\r\nバーグ\tベルク\r\n")
    read = Lexicon.load(apart=[apart])
    assert read.keeps_apart("ベルク", "ベルグ") == read.keeps_apart("ベルグ", "ベルク") == "two men"
    assert read.keeps_apart("ベルク", "バーグ") == f"kept apart by {apart}:2"
    assert read.keeps_apart("ベルグ", "バーグ") is None


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of dictionaries of its own, as if soroe were installed with it."""
    folder = tmp_path / "site-packages" / "soroe" / "dictionaries"
    folder.mkdir(parents=True)
    for file, lines in {
        "names.tsv": "ベルク\tベルグ|バーグ\tperson\n",
        "apart.tsv": "ハイン\tハイム\n",
        "titles.tsv": "",
        "evidence.tsv": "prior\tkana\t-3\nprior\tlatin\t-3\n",
        "hanzi.tsv": "ao\t奥\n",
        "kinds.bin": "",
        "kinds.tsv": "",
        "sound.bin": "soroesnd",
    }.items():
        written(folder / file, lines)
    monkeypatch.setattr(lexicon, "__file__", str(folder.parent / "lexicon.py"))
    return folder


def test_dictionaries_are_found_where_soroe_is_installed(shipped: Path) -> None:
    assert dictionaries() == shipped
    assert sorted(Lexicon.load().names) == ["バーグ", "ベルク", "ベルグ"]


def test_dictionaries_are_found_in_a_checkout() -> None:
    assert {"names.tsv", "apart.tsv", "titles.tsv", "evidence.tsv", "sound.bin"} <= {
        path.name for path in dictionaries().iterdir()
    }


def test_the_users_names_win(shipped: Path, tmp_path: Path) -> None:
    read = names(tmp_path, "ベルグ\tベルク\n")
    assert [read.names[spelling].canonical for spelling in ("ベルク", "ベルグ", "バーグ")] == [
        "ベルグ",
        "ベルグ",
        "ベルク",
    ]


def test_of_two_files_of_the_user_the_later_wins(tmp_path: Path) -> None:
    first, second = written(tmp_path / "1.tsv", "ベルク\tベルグ\n"), written(tmp_path / "2.tsv", "バーグ\tベルグ\n")
    assert Lexicon.load([first, second]).names["ベルグ"].canonical == "バーグ"
    assert Lexicon.load([second, first]).names["ベルグ"].canonical == "ベルク"


def test_the_users_apart_wins_over_shipped_names(shipped: Path, tmp_path: Path) -> None:
    read = Lexicon.load(apart=[written(tmp_path / "apart.tsv", "ベルク\tベルグ\ttwo men\n")])
    assert sorted(read.names) == ["バーグ", "ベルク"]
    assert read.keeps_apart("ベルグ", "ベルク") == "two men"


def test_the_users_names_win_over_shipped_apart(shipped: Path, tmp_path: Path) -> None:
    assert names(tmp_path, "ハイン\tハイム\n").names["ハイム"].canonical == "ハイン"


def test_what_is_shipped_may_not_contradict_itself(shipped: Path) -> None:
    written(shipped / "apart.tsv", "ベルク\tベルグ\n")
    with pytest.raises(DictionaryError, match="never one here"):
        Lexicon.load()


def test_a_title_of_both_sides_is_two(shipped: Path) -> None:
    written(shipped / "titles.tsv", "監督\tboth\tperson\n")
    assert [(title.text, title.side) for title in Lexicon.load().titles] == [("監督", "after"), ("監督", "before")]


def test_what_is_shipped_is_read_and_named_by_its_digest(tmp_path: Path) -> None:
    own = written(tmp_path / "my.tsv", "ベルク\tベルグ\n")
    read = Lexicon.load([own])
    assert {title.kind for title in read.titles} <= set(KINDS)
    assert {title.side for title in read.titles} == {"after", "before"}
    shipped = {
        "names.tsv",
        "apart.tsv",
        "titles.tsv",
        "evidence.tsv",
        "hanzi.tsv",
        "kinds.bin",
        "kinds.tsv",
        "sound.bin",
    }
    assert set(read.digests) == {*shipped, str(own)}
    assert read.digests[str(own)] == hashlib.sha256(own.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("line", "text", "cleaned"),
    [
        pytest.param(
            "マスク\tムスク",
            "ムスクド氏とアムスクはムスクを見た。",
            "ムスクド氏とアムスクはマスクを見た。",
            id="whole runs of katakana",
        ),
        pytest.param(
            "アン\tAnn", "AnnaとJoAnnとAnn2とAnnが来た。", "AnnaとJoAnnとAnn2とアンが来た。", id="whole Latin words"
        ),
        pytest.param(
            "アン・リー\tリー",
            "アン・リーとリーが来た。",
            "アン・リーとアン・リーが来た。",
            id="a spelling in its canonical form",
        ),
        pytest.param(
            "リー氏\tリー",
            "リー氏とリーが来た。",
            "リー氏とリー氏が来た。",
            id="a spelling that begins its canonical form",
        ),
        pytest.param(
            "リー\tリー氏", "リー氏とリーが来た。", "リーとリーが来た。", id="a canonical form that begins a spelling"
        ),
        pytest.param(
            "A.I.（人工知能）\tA.I.|AI",
            "AIはA.I.である。",
            "A.I.（人工知能）はA.I.（人工知能）である。",
            id="marks are letters, no pattern",
        ),
    ],
)
def test_the_dictionary_is_obeyed_and_settles(tmp_path: Path, line: str, text: str, cleaned: str) -> None:
    own = written(tmp_path / "my.tsv", f"{line}\n")
    pipeline = Pipeline(Settings(select=("N402",), names=(own,)))
    assert pipeline.clean(text).text == cleaned
    assert pipeline.clean(cleaned).text == cleaned
