"""What was there before, and what was changed since."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from soroe.formats.read import BadInput, Reading, find_sources, read
from soroe.review.baseline import BaselineError, new, read_baseline, write_baseline
from soroe.review.cache import Cache
from soroe.review.changed import changed_since
from soroe.review.linted import Linted
from soroe.review.reviewing import reviewed
from soroe.settings import Settings


def lint(*paths: str) -> list[Linted]:
    steps = reviewed(read(find_sources(paths), Reading(), io.BytesIO()), lambda source: Settings(), Cache(None))
    return [step for step in steps if isinstance(step, Linted)]


def texts(article: Linted) -> list[str]:
    return [article.article.text[slice(*finding.span)] for finding in article.findings]


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("news.txt")
    path.write_text("ｱﾙﾄﾏﾝ氏は語った。\nﾏｽｸ氏は去った。\nﾏｽｸ氏は去った。\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("ｱﾙﾄﾏﾝ氏は語った。\nﾏｽｸ氏は去った。\nﾏｽｸ氏は去った。\n", [], id="nothing was changed"),
        pytest.param(
            "前書き。\n\nﾏｽｸ氏は去った。\n間。\nｱﾙﾄﾏﾝ氏は語った。\n", [], id="lines were moved, and one is gone"
        ),
        pytest.param("  ｱﾙﾄﾏﾝ氏は語った。\n", [], id="a line was indented"),
        pytest.param("ｱﾙﾄﾏﾝ氏は黙った。\n", ["ｱﾙﾄﾏﾝ"], id="its line was changed"),
        pytest.param("ﾏｽｸ氏は去った。\n" * 3, ["ﾏｽｸ"], id="once more than before"),
        pytest.param("ﾃｨｰﾙ氏は語った。\n", ["ﾃｨｰﾙ"], id="new"),
    ],
)
def test_what_the_baseline_leaves(news: Path, text: str, found: list[str]) -> None:
    assert write_baseline(Path("base.tsv"), lint("news.txt")) == 3
    news.write_text(text, "utf-8")
    (article,) = lint("./news.txt")
    assert texts(new(article, read_baseline(Path("base.tsv")))) == found


def test_another_file_has_a_baseline_of_its_own(news: Path) -> None:
    write_baseline(Path("base.tsv"), lint("news.txt"))
    Path("b.txt").write_text("ﾏｽｸ氏は去った。\n", "utf-8")
    (article,) = lint("b.txt")
    assert texts(new(article, read_baseline(Path("base.tsv")))) == ["ﾏｽｸ"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("news.txt\tC101\n", "base.tsv:1: found"),
        ("# soroe baseline 1\nnews.txt\tC101\tabc\n", "base.tsv:2: found"),
        ("# soroe baseline 1\n\na\tC101\tabc\tmany\tx\n", "base.tsv:3: found"),
    ],
)
def test_a_baseline_that_does_not_fit_is_refused(lines: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "base.tsv").write_text(lines, "utf-8")
    with pytest.raises(BaselineError) as refused:
        read_baseline(tmp_path / "base.tsv")
    assert message in str(refused.value)


def git(*command: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *command], check=True, capture_output=True)


def test_only_changed_lines_are_told(news: Path) -> None:
    git("init", "-q")
    Path("記事").mkdir()
    Path("記事/二.txt").write_text("ﾏｽｸ氏\n++ ﾏｽｸ氏\n", "utf-8")
    git("add", ".")
    git("commit", "-qm", "one")
    Path("new.txt").write_text("ﾃｨｰﾙ氏\n", "utf-8")
    news.write_text("ｱﾙﾄﾏﾝ氏は語った。\nﾏｽｸ氏は笑った。\nﾏｽｸ氏は去った。\n", "utf-8")
    Path("記事/二.txt").write_text("ﾏｽｸ氏\n++ ﾏｽｸ氏\n++ b/news.txt\nﾎﾌﾏﾝ氏\n", "utf-8")
    changed = changed_since("HEAD", Path())
    found = {article.article.source.shown: texts(changed.only(article)) for article in lint(".")}
    assert found == {"news.txt": ["ﾏｽｸ"], "new.txt": ["ﾃｨｰﾙ"], "記事/二.txt": ["ﾎﾌﾏﾝ"]}
    git("add", ".")
    git("commit", "-qm", "two")
    assert changed_since("HEAD", Path("記事")).lines == {}
    assert set(changed_since("HEAD~1", Path("記事")).lines) == {"news.txt", "new.txt", "記事/二.txt"}


def test_without_git_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(BadInput, match="git says"):
        changed_since("HEAD", tmp_path)
