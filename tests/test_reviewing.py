"""Texts that are looked through by several processes, and told from memory: what is said must not depend on either."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soroe.formats.answered import Failed, forget_pipelines
from soroe.formats.read import Broken, Reading, find_sources, read
from soroe.lexicon import DictionaryError
from soroe.review import cache as caching
from soroe.review import reviewing
from soroe.review.cache import FILE, Cache, Review, folder_of_cache
from soroe.review.linted import Linted
from soroe.review.reviewing import Step, check, reviewed
from soroe.settings import Settings
from soroe.text import Edit, Finding, Span

LINE = 'ﾏｽｸ氏は{}日、港で"結論を出す "と述べた。ヴェルデマン氏とベルデマン氏は去った。\n'
PLAIN = Settings()


def steps(paths: Iterable[Path], cache: Cache, workers: int = 1, settings: Settings = PLAIN) -> list[Step]:
    events = read(find_sources(map(str, paths)), Reading(), io.BytesIO())
    return list(reviewed(events, lambda source: settings, cache, workers))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of all sizes, some that cannot be read, and a dump with rows of both kinds."""
    home = tmp_path / "articles"
    home.mkdir()
    for number in range(40):
        (home / f"{number:02}.txt").write_text(LINE.format(number) * (number * 7 % 40), "utf-8")
    (home / "07.txt").write_bytes(bytes(range(128, 256)))
    rows = [f'{{"id": {number}, "text": "ﾏｽｸ氏は{number}日に語った。"}}' for number in range(50)]
    (home / "dump.jsonl").write_text("\n".join([*rows, "[1]", "", *rows]), "utf-8")
    return home


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1 << 9)


def never(question: reviewing.Question) -> Review | Failed:
    raise AssertionError("a text that is known was looked through")


@pytest.mark.usefixtures("small_jobs")
@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_processes_changes_nothing(folder: Path, workers: int) -> None:
    alone = steps([folder], Cache(None))
    assert steps([folder], Cache(None), workers) == alone
    assert sum(bool(step.findings) for step in alone if isinstance(step, Linted)) > 100


@pytest.mark.usefixtures("small_jobs")
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_known_is_told_as_it_was_found(
    folder: Path, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Cache(tmp_path) as cache:
        found = steps([folder], cache, workers)
    monkeypatch.setattr(reviewing, "_answer", never)
    with Cache(tmp_path) as cache:
        assert steps([folder], cache, workers) == found
    with Cache(None) as cache, pytest.raises(AssertionError):
        steps([folder / "01.txt"], cache)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        pytest.param(Settings(select=("N",)), "a.txt", id="other rules"),
        pytest.param(Settings(canonical="first"), "a.txt", id="another choice"),
        pytest.param(PLAIN, "a.md", id="another markup"),
    ],
)
def test_is_looked_through_anew(settings: Settings, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("a.txt", name):
        (tmp_path / each).write_text(LINE, "utf-8")
    with Cache(tmp_path) as cache:
        steps([tmp_path / "a.txt"], cache)
    monkeypatch.setattr(reviewing, "_answer", never)
    with Cache(tmp_path) as cache:
        steps([tmp_path / "a.txt"], cache)
        with pytest.raises(AssertionError):
            steps([tmp_path / name], cache, settings=settings)


def test_a_dictionary_with_another_line_is_another(tmp_path: Path) -> None:
    names = tmp_path / "names.tsv"
    settings = Settings(names=(names,))
    said = []
    for canonical in ("ヴェルデマン", "ベルデマン"):
        names.write_text(f"{canonical}\tヴェルデマン|ベルデマン\tperson\n", "utf-8")
        forget_pipelines()
        (tmp_path / "a.txt").write_text("ヴェルデマン氏とベルデマン氏", "utf-8")
        with Cache(tmp_path) as cache:
            said += [
                step.edits for step in steps([tmp_path / "a.txt"], cache, settings=settings) if isinstance(step, Linted)
            ]
    assert [[edit.after for edit in edits] for edits in said] == [["ヴェルデマン"], ["ベルデマン"]]


def test_a_dictionary_that_cannot_be_used_is_told_until_it_can(tmp_path: Path) -> None:
    names = tmp_path / "names.tsv"
    names.write_text("ヴェルデマン\n", "utf-8")
    for _ in range(2):
        with Cache(tmp_path) as cache, pytest.raises(DictionaryError, match=r"names\.tsv:1"):
            check([Settings(names=(names,))], cache)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"none of ours" * 100, id="another file"),
        pytest.param(b"SQLite format 3\x00" + bytes(4000), id="a broken file"),
    ],
)
def test_a_file_that_cannot_be_used_is_made_anew(spoilt: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(spoilt)
    for _ in range(2):
        with Cache(tmp_path) as cache:
            known = cache.get(PLAIN, "マスク氏", "plain")
            cache.put(PLAIN, "マスク氏", "plain", Review())
    assert known == Review()


def test_what_is_kept_may_be_damaged_and_is_then_unknown(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.put(PLAIN, "マスク氏", "plain", Review())
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("UPDATE review SET said = '[[[1]]]'")
    file.close()
    with Cache(tmp_path) as cache:
        assert cache.get(PLAIN, "マスク氏", "plain") is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write everywhere")
def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with Cache(tmp_path / "inside") as cache:
        cache.put(PLAIN, "マスク氏", "plain", Review())
    tmp_path.chmod(0o700)


def test_a_file_in_the_way_of_the_folder_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with Cache(tmp_path / "file" / "inside") as cache:
        cache.put(PLAIN, "マスク氏", "plain", Review())
        assert cache.get(PLAIN, "マスク氏", "plain") is None
    assert (tmp_path / "file").read_text("utf-8") == "x"


def test_several_write_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from soroe.review.cache import *\n"
        "for n in range(20):\n"
        "    with Cache(Path(sys.argv[1])) as cache:\n"
        "        for m in range(20): cache.put(Settings(), f'{sys.argv[2]} {n} {m}', 'plain', Review())\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)]) for number in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    with Cache(tmp_path) as cache:
        texts = [f"{number} {n} {m}" for number in range(4) for n in range(20) for m in range(20)]
        assert all(cache.get(PLAIN, text, "plain") == Review() for text in texts)


def test_what_no_one_asks_for_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400.0
    for now, texts in ((100 * day, ("asked for", "forgotten")), (120 * day, ("asked for",)), (140 * day, ())):
        monkeypatch.setattr(caching.time, "time", lambda now=now: now)
        with Cache(tmp_path) as cache:
            for text in texts:
                if cache.get(PLAIN, text, "plain") is None:
                    cache.put(PLAIN, text, "plain", Review())
    with Cache(tmp_path) as cache:
        assert [cache.get(PLAIN, text, "plain") for text in ("asked for", "forgotten")] == [Review(), None]


edits = st.builds(Edit, st.builds(Span, st.integers(0, 9), st.integers(0, 9)), st.text(), st.just("C101"), st.text())
findings = st.builds(
    Finding, st.just("C101"), st.builds(Span, st.integers(0, 9), st.integers(0, 9)), st.text(), st.none() | edits
)

tells = st.dictionaries(st.text(), st.dictionaries(st.text(), st.lists(st.integers(0, 9), min_size=4, max_size=4)))


@given(
    st.builds(
        Review,
        st.lists(findings).map(tuple),
        st.lists(edits).map(tuple),
        st.dictionaries(st.sampled_from(["W503", "W504"]), tells),
    )
)
def test_a_review_comes_back_as_it_was(review: Review) -> None:
    assert caching._review(caching._said(review)) == review


@pytest.mark.skipif(sys.platform != "linux", reason="what is changed here is changed in a forked process only")
@pytest.mark.usefixtures("small_jobs")
def test_a_text_that_ends_its_process_takes_no_other_with_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, parent = reviewing._answer, os.getpid()

    def deadly(question: reviewing.Question) -> Review | Failed:
        if os.getpid() != parent and "は33日、" in question.article.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer(question)

    alone = steps([folder], Cache(None))
    monkeypatch.setattr(reviewing, "_answer", deadly)
    with Cache(None) as cache:
        told = steps([folder], cache, 2)
    (at,) = [at for at, (one, other) in enumerate(zip(alone, told, strict=True)) if one != other]
    broken = told[at]
    assert isinstance(broken, Broken) and broken.source.name == "33.txt"
    assert broken.reason == "the process that read it was ended by signal 9, twice: out of memory?"
    assert broken.raw.decode() == LINE.format(33) * (33 * 7 % 40)


def test_an_article_that_soroe_fails_on_is_told_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("マスク氏", "utf-8")
    monkeypatch.setattr("soroe.engine.Pipeline.clean", lambda *_, **__: 1 / 0)
    for _ in range(2):
        with Cache(tmp_path) as cache:
            (broken,) = [step for step in steps([tmp_path / "a.txt"], cache) if isinstance(step, Broken)]
        assert "ZeroDivisionError" in broken.reason


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"SOROE_CACHE_DIR": "/a"}, Path("/a")),
        pytest.param(
            {"XDG_CACHE_HOME": "/b"}, Path("/b/soroe"), marks=pytest.mark.skipif(sys.platform != "linux", reason="XDG")
        ),
    ],
)
def test_where_it_is_kept(variables: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOROE_CACHE_DIR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert folder_of_cache() == folder
