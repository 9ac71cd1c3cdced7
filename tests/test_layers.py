"""Imports point down only, and nothing below the command line prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pipeline" / "soroe"
FLOORS = (
    "text",
    "messages",
    "settings",
    "crew",
    "markup",
    "suppressions",
    "lexicon",
    "tokens",
    "names",
    "rules",
    "engine",
    "project",
    "formats",
    "cluster",
    "review",
    "server",
    "cli",
    "__main__",
)
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def floor(module: str) -> int:
    return FLOORS.index(module.split(".")[1])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_and_only_the_command_line_prints(path: Path) -> None:
    own = floor("soroe." + path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    above = [name for name in imports(path) if name.startswith("soroe.") and floor(name) > own]
    assert above == []
    names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert own == floor("soroe.cli") or "print" not in names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_has_lazy_attributes_stays_a_class_of_python(path: Path) -> None:
    """Where its module is compiled, it would have no place to keep them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and any(decorated(each, "lazy") for each in node.body):
            assert decorated(node, "python_class"), node.name


def decorated(node: ast.stmt, by: str) -> bool:
    return by in [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ())]
