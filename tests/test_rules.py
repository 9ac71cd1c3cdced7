"""Every rule against its cases: what it must leave alone, what it mends, what it reports. The cases are cases/CODE.toml."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from soroe.engine import Pipeline
from soroe.rules import RULES
from soroe.settings import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES = Path(__file__).parent / "cases"


def cases(group: str) -> list[Any]:
    """All cases of a group; a case may say `markup = "markdown"`, and `xfail = "reason"` where soroe still fails."""
    found = []
    for path in sorted(CASES.glob("[A-Z][0-9]*.toml")):
        for number, case in enumerate(tomllib.loads(path.read_text("utf8")).get(group, ()), 1):
            marks = [pytest.mark.xfail(reason=case["xfail"], strict=True)] if "xfail" in case else []
            name = case.get("why") or case.get("before") or case["text"]
            found.append(pytest.param(path.stem, case, marks=marks, id=f"{path.stem}-{number}-{name[:60]}"))
    return found


_pipelines: dict[str, Pipeline] = {}
with_settings = cache(Pipeline)


@pytest.fixture
def alone(code: str, case: dict[str, Any], tmp_path: Path) -> Pipeline:
    """A pipeline with this one rule; a case may bring its own dictionaries as `names` and `apart`, one line a fact."""
    own: dict[str, tuple[Path, ...]] = {}
    for kind in ("names", "apart"):
        if kind in case:
            own[kind] = (tmp_path / f"{kind}.tsv",)
            own[kind][0].write_text("".join(f"{line}\n" for line in case[kind]), "utf8")
    if own:
        return Pipeline(Settings(select=(code,), **own))
    if code not in _pipelines:
        _pipelines[code] = Pipeline(Settings(select=(code,)))
    return _pipelines[code]


@pytest.mark.parametrize(("code", "case"), cases("keep"))
def test_is_left_alone(alone: Pipeline, code: str, case: dict[str, Any]) -> None:
    result = alone.clean(case["text"], markup=case.get("markup", "plain"))
    assert result.text == case["text"]
    assert [finding.message for finding in result.findings] == []


@pytest.mark.parametrize(("code", "case"), cases("fix"))
def test_is_mended(alone: Pipeline, code: str, case: dict[str, Any]) -> None:
    result = alone.clean(case["before"], markup=case.get("markup", "plain"))
    assert result.text == case["after"]
    assert {finding.code for finding in result.fixed} == {code}
    assert alone.clean(result.text, markup=case.get("markup", "plain")).text == result.text


@pytest.mark.parametrize(("code", "case"), cases("report"))
def test_is_reported_and_not_changed(alone: Pipeline, code: str, case: dict[str, Any]) -> None:
    result = alone.clean(case["text"], markup=case.get("markup", "plain"))
    assert result.text == case["text"]
    assert [case["text"][slice(*finding.span)] for finding in result.findings] == case["marks"]


@pytest.mark.parametrize(("code", "case"), [*cases("keep"), *cases("report"), *cases("fix")])
def test_where_lines_end_in_two_characters_the_same_is_said(alone: Pipeline, code: str, case: dict[str, Any]) -> None:
    text = case.get("text") or case["before"]
    if "\r" in text or "\n" not in text:
        return
    markup = case.get("markup", "plain")
    unix, dos = (alone.clean(one, markup=markup) for one in (text, text.replace("\n", "\r\n")))
    assert dos.text == unix.text.replace("\n", "\r\n")
    found = [
        [(finding.code, result.document.source[slice(*finding.span)].replace("\r", "")) for finding in result.told]
        for result in (unix, dos)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(("code", "case"), [*cases("keep"), *cases("report")])
def test_what_is_suggested_is_made_where_it_is_asked_for(alone: Pipeline, code: str, case: dict[str, Any]) -> None:
    """What a case says under `suggested`; where it says nothing, a person is left alone with the finding."""
    markup = case.get("markup", "plain")
    unsafe = with_settings(replace(alone.settings, unsafe_fixes=True))
    result = unsafe.clean(case["text"], markup=markup)
    assert result.text == case.get("suggested", case["text"])
    assert unsafe.clean(result.text, markup=markup).text == result.text
    assert {finding.edit is None for finding in result.fixed} <= {False}
    sure = alone.clean(case["text"], markup=markup)
    assert any(finding.suggestion for finding in sure.findings) == ("suggested" in case)


def test_every_rule_has_cases_of_what_it_leaves_alone() -> None:
    alone = [code for code, rule in RULES.items() if not rule.compare]  # of the others: test_compared.py
    without = [code for code in alone if not any(code == parameter.values[0] for parameter in cases("keep"))]
    assert without == []


def test_every_rule_says_what_it_does_in_its_first_line() -> None:
    assert [code for code, rule in RULES.items() if not rule.doc.startswith(f"{code}: ")] == []
