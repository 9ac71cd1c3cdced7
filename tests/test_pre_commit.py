"""The hooks of `.pre-commit-hooks.yaml`, by the pre-commit tool itself in a repository of articles: what may be committed comes first.

The hooks are those of this working tree. pre-commit installs them once, as pure Python, from where pip gets its packages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from soroe.formats.shapes import FORMATS, OF_FIELDS, SHAPES

pytest.importorskip("pre_commit", reason="pre-commit is an extra: pip install 'soroe[dev]'")
yaml = pytest.importorskip("yaml")  # pre-commit brings it

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(not GIT, reason="git is not there")

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
CLEAN = "会場には900人が集まった。\n"
WRONG = "ｱﾙﾄﾏﾝ氏は語った。\n"  # C101
MENDED = "アルトマン氏は語った。\n"
QUOTES = '彼は"行く"と語った。\n'  # P201


class Said(NamedTuple):
    """How a command ended, and all that it printed."""

    status: int
    text: str


def run(folder: Path, environment: dict[str, str], *command: str) -> Said:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return Said(done.returncode, done.stdout)


class Site:
    """A git repository of articles, in which one of the hooks stands before every commit."""

    def __init__(self, folder: Path, environment: dict[str, str], hook: str) -> None:
        self.folder = folder
        self._environment = environment
        folder.mkdir()
        self.git("init", "--quiet")
        self.write(".pre-commit-config.yaml", hook)
        self.write("soroe.toml", 'exclude = ["drafts"]\n')
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "the site")
        self.pre_commit("install")

    def git(self, *arguments: str) -> str:
        said = run(self.folder, self._environment, GIT, *arguments)
        assert said.status == 0, said.text
        return said.text

    def pre_commit(self, *arguments: str) -> Said:
        return run(self.folder, self._environment, sys.executable, "-m", "pre_commit", *arguments)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())

    def read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def stage(self, name: str, text: str) -> None:
        self.write(name, text)
        self.git("add", name)

    def commit(self) -> Said:
        """Tries to commit what is staged."""
        return run(self.folder, self._environment, GIT, "commit", "--message", "articles")

    def committed(self, name: str) -> str:
        return self.git("show", f"HEAD:{name}")

    @property
    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "HEAD"))


class Hooks(NamedTuple):
    """The hooks, as a repository that pre-commit gets them from, and what its commands run in."""

    folder: Path
    revision: str
    environment: dict[str, str]

    def site(self, folder: Path, hook: str, *args: str) -> Site:
        used = {"id": hook} | ({"args": list(args)} if args else {})
        repo = {"repo": str(self.folder), "rev": self.revision, "hooks": [used]}
        return Site(folder, self.environment, yaml.safe_dump({"repos": [repo]}))


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooks]:
    """The working tree as a repository of its own, with its hooks installed."""
    home = tmp_path_factory.mktemp("pre-commit")
    # A git that runs the tests from a hook of its own tells of another repository, PYTHONPATH of another soroe.
    strange = ("GIT_", "PRE_COMMIT", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    environment |= {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
    environment |= {"PRE_COMMIT_HOME": str(home / "cache"), "PRE_COMMIT_COLOR": "never", "SOROE_PURE": "1"}
    environment.pop("SKIP", None)
    listed = run(ROOT, environment, GIT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.status:
        pytest.skip("this is no git checkout")
    folder = home / "soroe"
    for name in filter(None, listed.text.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "soroe"]):
        assert run(folder, environment, GIT, *command).status == 0
    revision = run(folder, environment, GIT, "rev-parse", "HEAD").text.strip()
    found = Hooks(folder, revision, environment)
    installed = found.site(home / "first", "soroe").pre_commit("install-hooks")
    if installed.status:
        fetched = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(home), "hatchling"]
        if run(home, environment, *fetched).status:
            pytest.skip("pip cannot get packages here")
    assert installed.status == 0, installed.text
    yield found
    shutil.rmtree(home)  # half a gigabyte


@pytest.fixture
def site(hooks: Hooks, tmp_path: Path) -> Site:
    return hooks.site(tmp_path / "site", "soroe")


@pytest.fixture
def fixing(hooks: Hooks, tmp_path: Path) -> Site:
    return hooks.site(tmp_path / "site", "soroe-fix")


# What may be committed


def test_what_is_clean(site: Site) -> None:
    site.stage("a.md", CLEAN)
    said = site.commit()
    assert (said.status, site.commits) == (0, 2) and re.search(r"^soroe\.+Passed$", said.text, re.MULTILINE)


def test_files_of_other_kinds_are_not_given_to_the_hook(site: Site) -> None:
    # LICENSE and README are plain text to pre-commit, and nothing that soroe knows how to read.
    for name in ("a.py", "LICENSE", "README", "a.csv", "a.jsonl", "a.md.in"):
        site.stage(name, WRONG)
    said = site.commit()
    assert (said.status, site.commits) == (0, 2) and "(no files to check)Skipped" in said.text


def test_what_the_settings_of_the_project_exclude(site: Site) -> None:
    site.stage("drafts/a.md", WRONG)
    said = site.commit()
    assert (said.status, site.commits) == (0, 2) and "Passed" in said.text


def test_a_mistake_that_is_not_staged(site: Site) -> None:
    site.stage("a.md", CLEAN)
    site.write("a.md", CLEAN + WRONG)
    site.stage("b.txt", CLEAN)
    assert (site.commit().status, site.commits) == (0, 2)
    assert (site.committed("a.md"), site.read("a.md")) == (CLEAN, CLEAN + WRONG)


def test_what_the_rules_of_the_configuration_do_not_find(hooks: Hooks, tmp_path: Path) -> None:
    site = hooks.site(tmp_path / "site", "soroe", "--select", "P")
    site.stage("a.md", WRONG)
    assert (site.commit().status, site.commits) == (0, 2)
    site.stage("a.md", WRONG + QUOTES)
    said = site.commit()
    assert (said.status, site.commits) == (1, 2)
    assert re.findall(r"^a\.md:(\d+):\d+ (\w+)", said.text, re.MULTILINE) == [("2", "P201"), ("2", "P201")]


# What is stopped


def test_a_staged_mistake_is_told_with_its_place(site: Site) -> None:
    site.stage("海の 記事.md", CLEAN + WRONG)
    site.stage("a.md", CLEAN)
    said = site.commit()
    assert (said.status, site.commits) == (1, 1)
    assert "\n海の 記事.md:2:1 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]\n" in said.text
    assert site.read("海の 記事.md") == CLEAN + WRONG and "海の" in site.git("-c", "core.quotePath=no", "status", "-s")


def test_a_staged_mistake_that_is_mended_but_not_staged(site: Site) -> None:
    site.stage("a.md", WRONG)
    site.write("a.md", MENDED)
    said = site.commit()
    assert (said.status, site.commits) == (1, 1) and "\na.md:1:1 C101 " in said.text
    assert (site.read("a.md"), site.git("show", ":a.md")) == (MENDED, WRONG)


def test_a_mistake_in_each_kind_of_file(site: Site) -> None:
    data = {
        *OF_FIELDS,
        *(format for format, shape in SHAPES.items() if shape.is_dump),
    }  # a site names their files itself
    kinds = [ending for ending, format in {**FORMATS, ".MD": "md"}.items() if format not in data]
    for ending in kinds:
        site.stage(f"a{ending}", "<p>" * ending.startswith(".ht") + WRONG)
    said = site.pre_commit("run", "--all-files")
    assert said.status == 1
    assert re.findall(r"^a(\.\w+):1:\d+ C101 ", said.text, re.MULTILINE) == sorted(kinds)


# What is mended


def test_it_is_mended_and_the_second_commit_passes(fixing: Site) -> None:
    fixing.stage("a.md", WRONG)
    said = fixing.commit()
    assert (said.status, fixing.commits) == (1, 1)
    assert "files were modified by this hook" in said.text and "a.md: mended C101 1" in said.text
    assert (fixing.read("a.md"), fixing.git("show", ":a.md")) == (MENDED, WRONG)
    fixing.git("add", "a.md")
    assert (fixing.commit().status, fixing.commits) == (0, 2)
    assert fixing.committed("a.md") == MENDED


def test_what_is_not_staged_comes_back_beside_what_is_mended(fixing: Site) -> None:
    fixing.stage("b.md", CLEAN)
    assert fixing.commit().status == 0
    fixing.write("b.md", CLEAN + WRONG)
    fixing.stage("a.md", WRONG)
    assert fixing.commit().status == 1
    assert (fixing.read("a.md"), fixing.read("b.md")) == (MENDED, CLEAN + WRONG)


def test_what_is_not_staged_outranks_what_is_mended_on_the_same_line(fixing: Site) -> None:
    fixing.stage("a.md", WRONG)
    fixing.write("a.md", WRONG.replace("語った", "黙った"))
    said = fixing.commit()
    assert (said.status, fixing.commits) == (1, 1) and "Rolling back fixes" in said.text
    assert (fixing.read("a.md"), fixing.git("show", ":a.md")) == (WRONG.replace("語った", "黙った"), WRONG)


# The hooks themselves


def test_both_hooks_are_given_the_same_files() -> None:
    one, other = yaml.safe_load(HOOKS.read_text("utf-8"))
    told = {"id", "name", "description", "entry"}
    assert {key: one[key] for key in one.keys() - told} == {key: other[key] for key in other.keys() - told}
