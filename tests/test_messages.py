"""What lint says, in English and in Japanese: what stays as it is comes first, then who decides, then every sentence there is."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from soroe.cli import main
from soroe.engine import OWN_DOCS, Pipeline, Settings, summary_of
from soroe.messages import Said, ja, lang_of, locale_of, sentences, told
from soroe.review.linted import in_language
from soroe.rules import RULES, compared
from soroe.text import Finding, Markup

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SAMPLES = Path(__file__).parents[1] / "samples"
CASES = Path(__file__).parent / "cases"
JAPANESE = "ja_JP.UTF-8"

WHY = Said("a space before 氏", "「氏」の前の空白")


# what stays as it is


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda said: pickle.loads(pickle.dumps(said))])
def test_what_is_said_is_its_english_and_keeps_its_japanese(copied: object) -> None:
    assert callable(copied)
    said = copied(WHY)
    assert (said, said.ja, hash(said)) == ("a space before 氏", "「氏」の前の空白", hash("a space before 氏"))
    assert type(str(said)) is str and json.dumps(said) == json.dumps(str(said))


def test_a_finding_is_equal_to_one_that_says_it_in_english_alone() -> None:
    (finding, *_) = Pipeline().clean("Musk 氏は語った。").told
    assert finding == finding._replace(message=str(finding.message))
    assert pickle.loads(pickle.dumps(finding)).message.ja == ja(finding.message)


def test_a_run_writes_the_same_bytes_in_every_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for locale in ("C", JAPANESE):
        monkeypatch.setenv("LC_ALL", locale)
        assert main(["run", str(SAMPLES / "news.txt"), "--out", str(tmp_path / locale), "--quiet"]) == 0
    written = [path.relative_to(tmp_path / "C") for path in (tmp_path / "C").rglob("*.*") if path.name != "run.json"]
    assert len(written) > 5
    for path in written:
        assert (tmp_path / "C" / path).read_bytes() == (tmp_path / JAPANESE / path).read_bytes()


def test_what_is_remembered_is_told_in_either_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("ﾏｽｸ氏は語った。", "utf-8")
    told = []
    for lang in ("en", "ja", "en", "ja"):
        assert main(["lint", "--cache-dir", "kept", "--output-format", "json", "--lang", lang, "a.txt"]) == 1
        told.append(capsys.readouterr().out)
    assert told[:2] == told[2:]
    assert told[0].count("half-width") == told[1].count("半角カタカナ") == 2


def test_a_text_that_is_no_message_has_no_other_language() -> None:
    assert told("アルトマン", "ja") == ja("アルトマン") == "アルトマン"
    assert told(WHY, "en") == "a space before 氏" and told(WHY, "ja") == "「氏」の前の空白"
    assert sentences([]) == "" and sentences([]).ja == ""


# who decides


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        pytest.param({}, "en", id="no locale"),
        pytest.param({"LANG": "C"}, "en", id="C"),
        pytest.param({"LANG": "POSIX"}, "en", id="POSIX"),
        pytest.param({"LANG": "en_US.UTF-8"}, "en", id="English"),
        pytest.param({"LANG": "zh_CN.UTF-8"}, "en", id="Chinese"),
        pytest.param({"LANG": "jam_JM"}, "en", id="jam is Jamaica's"),
        pytest.param({"LANG": JAPANESE}, "ja", id="LANG"),
        pytest.param({"LC_MESSAGES": "ja", "LANG": "en_US"}, "ja", id="LC_MESSAGES before LANG"),
        pytest.param({"LC_MESSAGES": "en_US", "LANG": JAPANESE}, "en", id="LC_MESSAGES before a Japanese LANG"),
        pytest.param({"LC_ALL": "C.UTF-8", "LC_MESSAGES": JAPANESE, "LANG": JAPANESE}, "en", id="LC_ALL before all"),
        pytest.param({"LC_ALL": "", "LANG": JAPANESE}, "ja", id="an empty one says nothing"),
        pytest.param({"LC_CTYPE": JAPANESE}, "en", id="LC_CTYPE is about letters"),
        pytest.param({"LC_ALL": "ja-JP"}, "ja", id="as editors write it"),
        pytest.param({"LC_ALL": "JA_JP.eucJP"}, "ja", id="capitals"),
    ],
)
def test_the_locale_decides(environment: dict[str, str], lang: str) -> None:
    assert lang_of(locale_of(environment)) == lang


@pytest.mark.parametrize(
    ("locale", "settings", "options", "said"),
    [
        pytest.param("C", "", [], "half-width", id="English by default"),
        pytest.param(JAPANESE, "", [], "半角カタカナ", id="a Japanese locale"),
        pytest.param(JAPANESE, 'lang = "en"', [], "half-width", id="the settings before the locale"),
        pytest.param("C", 'lang = "ja"', [], "半角カタカナ", id="the settings before no locale"),
        pytest.param("C", 'lang = "en"', ["--lang", "ja"], "半角カタカナ", id="the option before the settings"),
        pytest.param("C", 'lang = "ja"', ["--settings", "none"], "half-width", id="settings that are left out"),
    ],
)
def test_lint_tells_in_the_language_that_is_asked_for(
    locale: str,
    settings: str,
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", locale)
    Path("soroe.toml").write_text(settings, "utf-8")
    Path("a.txt").write_text("ﾏｽｸ氏は語った。", "utf-8")
    assert main(["lint", *options, "a.txt"]) == 1
    assert said in capsys.readouterr().out


# every sentence


def cases() -> Iterator[tuple[str, str, Markup]]:
    """The texts of the cases of all rules, with their rule."""
    for path in sorted(CASES.glob("[A-Z][0-9]*.toml")):
        for group, held in tomllib.loads(path.read_text("utf-8")).items():
            for case in held if group in ("fix", "report") else ():
                yield path.stem, case.get("before") or case["text"], case.get("markup", "plain")


SUPPRESSIONS = [
    "<!-- soroe: ignore P204 -->\n港",
    "<!-- soroe: ignore-file -->\n港",
    "<!-- soroe: on -->",
    "<!-- soroe: ingore -->",
    "<!-- soroe: ignore N40x -->",
]


@pytest.fixture(scope="module")
def findings() -> list[tuple[str, Finding]]:
    """All that is found in the cases and the samples, with the text that it is found in."""
    pipelines = {code: Pipeline(Settings(select=(code,))) for code in RULES}
    found = [(text, one) for code, text, markup in cases() for one in pipelines[code].clean(text, "", markup).told]
    every = Pipeline(Settings(select=("ALL",)))
    texts = [*SUPPRESSIONS, *(path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.txt")))]
    beside = ("サーバを止めた。会を行う。", "サーバーは速い。会を行なう。", *["サーバーは重い。"] * 2)
    said = compared([pipelines["W503"].clean(text).tells for text in beside])
    found += [(beside[at], finding) for at, findings in said.items() for finding in findings]
    return [*found, *((text, finding) for text in texts for finding in every.clean(text, "", "markdown").told)]


def said_by(finding: Finding) -> list[str]:
    return [finding.message, *([finding.edit.why] if finding.edit else [])]


def test_there_is_a_finding_of_every_rule(findings: list[tuple[str, Finding]]) -> None:
    # N402 needs a dictionary of the user's, E000 two rules that undo each other.
    assert {finding.code for _, finding in findings} == {*RULES, *OWN_DOCS} - {"N402", "E000"}


def test_every_message_is_told_in_japanese(findings: list[tuple[str, Finding]]) -> None:
    for _, finding in findings:
        for said in said_by(finding):
            assert isinstance(said, Said), f"{finding.code} says in English alone: {said}"
            assert said.ja != said and re.search("[ぁ-んァ-ヶ一-龠]", said.ja.replace(said, ""))


def test_what_is_quoted_is_quoted_in_both(findings: list[tuple[str, Finding]]) -> None:
    for text, finding in findings:
        for said in said_by(finding):
            # Japanese in the English is a quotation, or what is to stand there; × is English for 回.
            quoted = re.findall(r"[^\x00-\x7f×]+", said)
            latin = [word for word in re.findall(r"[A-Z][A-Za-z]{2,}", said) if word in text and word not in _ENGLISH]
            assert [quote for quote in (*quoted, *latin) if quote not in said.ja] == []
            assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", said.ja))


_ENGLISH = {"English", "Chinese", "Korean", "Latin"}


def test_no_english_is_left_in_the_japanese(findings: list[tuple[str, Finding]]) -> None:
    for text, finding in findings:
        for said in said_by(finding):
            words = re.findall(r"(?<![A-Za-z])[a-z]{2,}", said.ja)
            assert [word for word in words if word not in text and word not in ("ignore", "file", "off", "on")] == []


def test_every_summary_is_told_in_japanese() -> None:
    for code in (*RULES, *OWN_DOCS):
        assert re.search("[ぁ-ん]", summary_of(code).ja), code
        assert not summary_of(code).ja.endswith("。")


def test_a_finding_in_a_language_says_nothing_else() -> None:
    (finding, *_) = Pipeline().clean("ﾏｽｸ氏").told
    in_japanese = in_language(finding, "ja")
    assert in_language(in_japanese, "ja") == in_japanese
    assert in_language(finding, "en") == finding
    assert finding.edit and in_japanese.edit
    assert in_japanese.edit._replace(why="") == finding.edit._replace(why="")
    assert in_japanese._replace(message="", edit=None) == finding._replace(message="", edit=None)


def test_the_same_language_comes_out_of_another_process(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Musk 氏は語った。", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from soroe.cli import entry; entry()", "lint", "--select", "P", "a.txt"],
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "", "LANG": JAPANESE, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.stdout, done.returncode) == ("a.txt:1:5 P204 「氏」の前の空白 [修正可]\n", 1)
