"""Settings beside the texts: what is refused comes first, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from soroe.project import Project, SettingsError, project_for, read_project
from soroe.settings import Settings

REFUSED = [
    pytest.param('slect = ["N"]', "soroe.toml:1: there is no setting slect; did you mean select?", id="no such key"),
    pytest.param(
        'names = []\n[per-file-ingores]\n"a" = ["P"]',
        "soroe.toml:2: there is no setting per-file-ingores; did you mean per_file_ignores?",
        id="no such table",
    ),
    pytest.param(
        'select = [\n  "N", # slect\n  "P904",\n]\n',
        "soroe.toml:1: no rule has a code that begins with P904; did you mean P204?",
        id="no such code",
    ),
    pytest.param(
        '[per-file-ignores]\n"a.md" = ["C"]\n"b.md" = ["X"]',
        "soroe.toml:3: no rule has a code that begins with X",
        id="no such code for a pattern",
    ),
    pytest.param('select = "N"', "soroe.toml:1: found 'N', expected a list of strings", id="no list"),
    pytest.param("ignore = [1]", "soroe.toml:1: found [1], expected a list of strings", id="a number"),
    pytest.param(
        '\ncanonical = "latni"',
        "soroe.toml:2: found 'latni', expected one of attested, frequent, first, latin; did you mean latin?",
        id="no such word",
    ),
    pytest.param("tokenizer = true", "soroe.toml:1: found True, expected one of fugashi, sudachi", id="no word"),
    pytest.param('per-file-ignores = ["a"]', "soroe.toml:1: found ['a'], expected patterns with codes", id="no table"),
    pytest.param('names = ["my.tsv"]', "my.tsv: no such file", id="no such dictionary"),
    pytest.param(
        'unify-scripts = "all"\nunify_scripts = "none"', "soroe.toml:2: unify_scripts is given twice", id="twice"
    ),
    pytest.param("select = [", "soroe.toml:1: is no TOML", id="no TOML"),
    pytest.param('prose-fields = "title"', "soroe.toml:1: found 'title', expected the names of fields", id="no fields"),
    pytest.param(
        'prose-fields = ["a..b"]',
        "soroe.toml:1: found a..b, expected the name of a field (title) or a path",
        id="no path",
    ),
    pytest.param(
        '[prose-fields]\n"*.yaml" = "title"',
        "soroe.toml:2: found 'title', expected a list of strings",
        id="no list of fields",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_is_refused(text: str, message: str, newline: str, tmp_path: Path) -> None:
    (tmp_path / "soroe.toml").write_bytes(text.replace("\n", newline).encode())
    with pytest.raises(SettingsError, match=r"soroe\.toml:\d+: ") as refused:
        read_project(tmp_path / "soroe.toml")
    assert message in str(refused.value)


def test_the_line_is_that_of_the_key_and_not_of_what_looks_like_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndescription = """\n[tool.soroe]\nslect = 1\n"""\n[tool.soroe]\nslect = ["N"]\n', "utf-8"
    )
    with pytest.raises(SettingsError, match=r"pyproject\.toml:7: there is no setting slect"):
        project_for(tmp_path)


def settled(folder: Path, **texts: str) -> Path:
    """The folder with its files: ``__`` is a /."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_toml", ".toml").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_the_nearest_file_decides_and_nothing_is_added_up(tmp_path: Path) -> None:
    settled(tmp_path, soroe_toml='ignore = ["P"]', news__pyproject_toml='[tool.soroe]\nselect = ["N"]', news__a_md="")
    assert project_for(tmp_path / "news" / "a.md").settings == Settings(select=("N",))
    assert project_for(tmp_path / "b.md").settings == Settings(ignore=("P",))


def test_a_pyproject_without_a_table_of_ours_is_passed_over(tmp_path: Path) -> None:
    settled(tmp_path, soroe_toml='ignore = ["P"]', news__pyproject_toml='[tool.other]\nselect = ["N"]', news__a_md="")
    assert project_for(tmp_path / "news").settings == Settings(ignore=("P",))


def test_soroe_toml_is_taken_before_pyproject_toml(tmp_path: Path) -> None:
    settled(tmp_path, soroe_toml='ignore = ["P"]', pyproject_toml='[tool.soroe]\nignore = ["C"]')
    assert project_for(tmp_path).settings.ignore == ("P",)


def test_what_is_said_is_read(tmp_path: Path) -> None:
    settled(
        tmp_path,
        soroe_toml='extend-select = ["W"]\nnames = ["my.tsv"]\nunify_scripts = "none"\ncanonical = "first"',
    )
    (tmp_path / "my.tsv").write_text("アルトマン\tオートマン\n", "utf-8")
    project = project_for(tmp_path)
    assert project.settings == Settings(
        select=(*Settings.select, "W"), names=(tmp_path / "my.tsv",), unify_scripts="none", canonical="first"
    )
    assert project.where["canonical"] == f"{tmp_path / 'soroe.toml'}:4"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.md", "news/a.md", True),
        ("*.md", "a.mdx", False),
        ("drafts", "drafts/2024/a.md", True),
        ("drafts", "news/drafts/a.md", True),
        ("drafts", "my-drafts/a.md", False),
        ("/drafts", "news/drafts/a.md", False),
        ("news/*.md", "news/a.md", True),
        ("news/*.md", "news/2024/a.md", False),
        ("news/**/*.md", "news/2024/05/a.md", True),
        ("news/**", "news/2024/a.md", True),
        ("./news", "news/a.md", True),
        ("記事?.md", "記事1.md", True),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool, tmp_path: Path) -> None:
    project = Project(Settings(), exclude=(pattern,), per_file_ignores=((pattern, ("P",)),), root=tmp_path)
    assert project.excludes(tmp_path / path) == (pattern if fits else None)
    assert project.settings_for(tmp_path / path).ignore == (("P",) if fits else ())


def test_a_pattern_is_not_about_what_lies_outside(tmp_path: Path) -> None:
    project = Project(Settings(), exclude=("*.md",), root=tmp_path / "news")
    assert project.excludes(tmp_path / "a.md") is None
