"""The README is true: its sessions are typed again, its examples run, its tables are those of the program.

A ```console block is a session, a ```diff block a text before and after cleaning, a ```text block a text that stays as it is.
`pytest tests/test_readme.py --rewrite` writes into the sessions and diffs what soroe says now.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import soroe
from soroe.lexicon import dictionaries
from soroe.rules import RULES
from soroe.settings import CANONICALS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text("utf-8")
BASH = shutil.which("bash")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def put(old: str, new: str) -> None:
    """Writes a block of the README anew."""
    text = README.read_text("utf-8")
    assert text.count(old) == 1, "two blocks of the README are alike"
    README.write_text(text.replace(old, new), "utf-8", newline="\n")


# sessions


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to type in, with the samples, the dictionaries and a `soroe` of this checkout."""
    desk = tmp_path_factory.mktemp("desk")
    for folder in ("samples", "dictionaries"):
        shutil.copytree(ROOT / folder, desk / folder)
    (desk / ".bin").mkdir()
    command = desk / ".bin" / "soroe"
    command.write_text(f"#!{sys.executable}\nfrom soroe.cli import entry\nentry()\n", "utf-8")
    command.chmod(0o755)
    return desk


def typed(session: str, desk: Path) -> str:
    """The session as it goes now: its commands with what they print. `soroe` itself ends with the status that is due."""
    path = os.pathsep.join([str(desk / ".bin"), os.environ.get("PATH", os.defpath)])
    shown = ""
    for line in session.splitlines(keepends=True):
        if line.startswith("$ "):
            told = subprocess.run(
                [str(BASH), "-c", line[2:]],
                cwd=desk,
                env=os.environ | {"PATH": path, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            shown += line + told.stdout.decode("utf-8")
    return shown


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="sessions are typed into bash")
def test_sessions_go_as_they_are_told(desk: Path, pytestconfig: pytest.Config) -> None:
    sessions = blocks("console")
    assert len(sessions) >= 4
    for session in sessions:  # in the order of the page: one session reads what another wrote
        now = typed(session, desk)
        if pytestconfig.getoption("--rewrite"):
            put(session, now)
        else:
            assert now == session


# examples


@pytest.mark.parametrize("block", blocks("diff"), ids=lambda block: next(line for line in block.splitlines())[2:12])
def test_before_and_after(block: str, pytestconfig: pytest.Config) -> None:
    lines = block.splitlines(keepends=True)
    before = "".join(line[2:] for line in lines if line[0] != "+")
    after = "".join(line[2:] for line in lines if line[0] != "-")
    now = soroe.clean(before).text
    if pytestconfig.getoption("--rewrite") and now != after:
        put(block, "".join(line for line in lines if line[0] == "-") + re.sub("^(?=.)", "+ ", now, flags=re.MULTILINE))
    else:
        assert now == after


def test_what_is_left_alone() -> None:
    kept = blocks("text")
    assert kept
    for text in kept:
        result = soroe.clean(text)
        assert (result.text, result.findings) == (text, ())


def test_library_examples_run() -> None:
    page = doctest.DocTestParser().get_doctest("\n".join(blocks("python")), {}, "README.md", str(README), 0)
    assert page.examples
    assert doctest.DocTestRunner(verbose=False).run(page).failed == 0


# tables


def table(first: str) -> list[list[str]]:
    """The cells of the table whose first heading is ``first``, without its headings."""
    rows = re.search(rf"^\| {first} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert rows, f"README.md has no table that begins with {first}"
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[1].splitlines()]


def test_the_table_of_rules_says_what_the_rules_say() -> None:
    told = {code: (what, example) for code, what, example, _ in table("rule")}
    assert list(told) == sorted(RULES)
    for code, (what, example) in told.items():
        said, _, arrow = RULES[code].doc.partition("\n")[0].partition(".   ")
        assert what == said and example.strip("`") == arrow
    assert {outcome for *_, outcome in table("rule")} <= {"fixed", "reported", "fixed or reported"}


def test_the_table_of_output_files_names_what_a_run_writes(tmp_path: Path) -> None:
    from soroe.cli import main

    assert main(["run", str(ROOT / "samples" / "news.txt"), "--out", str(tmp_path / "out")]) == 0
    assert {file.strip("`") for file, *_ in table("file")} == {
        path.name + "/" * path.is_dir() for path in (tmp_path / "out").iterdir()
    }


def test_the_table_of_dictionaries_names_them_all() -> None:
    assert {name.strip("`") for name, *_ in table("dictionary")} == {
        path.name for path in dictionaries().iterdir() if path.suffix in (".tsv", ".bin")
    }


def test_the_table_of_ways_to_write_a_name_tells_them_all() -> None:
    assert [name.strip("`") for name, *_ in table("`--canonical`")] == list(CANONICALS)


def test_links_inside_the_checkout_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert links and [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", ["run", "test"])
def test_each_set_up_command_is_one_marked_line(name: str) -> None:
    found = re.findall(rf"^<!-- ci: {name} -->\n```sh\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    assert len(found) == 1 and found[0].count("\n") == 1
