"""The name stage against cases/names.tsv, judged by hand: what must stay two comes first, what must become one last.

A case that soroe still fails says why in its last column, `known`, and is a strict xfail, so that an improvement is noticed.
`pytest tests/test_name_cases.py --rewrite` refreshes that column; read the difference before you commit it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest
import regex

from soroe.engine import Pipeline
from soroe.settings import Settings
from soroe.text import Edit, Span, replay

FILE = Path(__file__).parent / "cases" / "names.tsv"
FIELDS = "group, left, right, same, quality, context, reason, and known where soroe fails so far"
SAME = ("two", "unsure", "one")  # the order in which their groups stand
QUALITY = ("strong", "weak")
# What --rewrite writes where no one has said more.
MERGES = "the stage merges it so far"
MISSES = "the stage misses it so far"
# A spelling stands as a whole run: ロス is not in クロス, nor Karl in Karlson.
_INSIDE = r"(?<=[ァ-ヺー])(?=[ァ-ヺー])|(?<=\p{Latin})(?=\p{Latin})"


class CaseError(ValueError):
    """A line of cases that cannot be used; the message names file and line and says what was expected."""


class Case(NamedTuple):
    """Two spellings of one text, and whether a careful editor who reads it takes them for one name."""

    number: int
    group: str
    left: str
    right: str
    same: str
    quality: str
    context: str
    reason: str
    known: str

    @property
    def test_id(self) -> str:
        """What the test of it is called."""
        return f"{self.group}: {self.left}/{self.right}"


def stands(spelling: str, text: str) -> list[Span]:
    """Where a spelling stands in a text as a whole run.

    >>> stands("ロス", "クロスとロス")
    [Span(start=4, end=6)]
    """
    return [
        Span(*match.span()) for match in regex.finditer(rf"(?!{_INSIDE}){regex.escape(spelling)}(?!{_INSIDE})", text)
    ]


def read_cases(path: Path) -> list[Case]:
    """All cases of a file, in its order; a line that does not fit is refused."""
    cases: list[Case] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        case = _case(f"{path}:{number}", number, line.split("\t"))
        pair = (*sorted((case.left, case.right)), case.context)
        if pair in seen:
            raise CaseError(f"{path}:{number}: {case.left} and {case.right} stand with this context at {seen[pair]}")
        seen[pair] = number
        cases.append(case)
    return cases


def _case(where: str, number: int, fields: list[str]) -> Case:
    if not 7 <= len(fields) <= 8 or not all(field and field == field.strip() for field in fields):
        raise CaseError(f"{where}: found {len(fields)} fields, expected {FIELDS}, with one tab between")
    group, left, right, same, quality, context, reason, known = (*fields, "")[:8]
    if same not in SAME:
        raise CaseError(f"{where}: found {same!r}, expected one of {', '.join(SAME)}")
    if quality not in QUALITY:
        raise CaseError(f"{where}: found {quality!r}, expected one of {', '.join(QUALITY)}")
    if left == right:
        raise CaseError(f"{where}: found {left} twice, expected two spellings")
    context = context.replace("⏎", "\n")
    for spelling in (left, right):
        if not stands(spelling, context):
            raise CaseError(f"{where}: {spelling} does not stand in the context, expected it there as a whole run")
    return Case(number, group, left, right, same, quality, context, reason, known)


CASES = read_cases(FILE)


# the file


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("g\tベン\tペン\ttwo\tstrong\tベンのペン", "found 6 fields", id="too few fields"),
        pytest.param(
            "g\tベン\tペン\ttwo\tstrong\tベンのペン\twhy\tknown\tmore", "found 9 fields", id="too many fields"
        ),
        pytest.param("g\tベン\t\ttwo\tstrong\tベンのペン\twhy", "expected group, left", id="an empty field"),
        pytest.param("g\tベン\tペン\ttwo\tstrong\tベンのペン\twhy\t", "found 8 fields", id="a tab at the end"),
        pytest.param("g\tベン\tペン\tboth\tstrong\tベンのペン\twhy", "found 'both'", id="no such judgement"),
        pytest.param("g\tベン\tペン\ttwo\tsure\tベンのペン\twhy", "found 'sure'", id="no such quality"),
        pytest.param("g\tベン\tベン\ttwo\tstrong\tベンのペン\twhy", "found ベン twice", id="one spelling"),
        pytest.param("g\tベン\tペン\ttwo\tstrong\tベンの筆\twhy", "ペン does not stand", id="a context without it"),
        pytest.param(
            "g\tロス\tベン\ttwo\tstrong\tベンのクロス\twhy", "ロス does not stand", id="only in a longer word"
        ),
        pytest.param("g\tベン\tペン\ttwo\tstrong\tペンとベン\twhy", "at 2", id="the same case again"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(f"# a comment\ng\tペン\tベン\ttwo\tstrong\tペンとベン\twhy\n\n{line}\n", "utf-8")
    with pytest.raises(CaseError) as refused:
        read_cases(path)
    assert f"{path}:4: " in str(refused.value) and message in str(refused.value)


def test_every_group_stands_together_and_has_one_judgement() -> None:
    groups = [group for group, _ in groupby(CASES, key=lambda case: (case.group, case.same))]
    assert len({group for group, _ in groups}) == len(groups)


def test_what_must_not_merge_comes_first() -> None:
    order = [SAME.index(case.same) for case in CASES]
    assert order == sorted(order)


def test_the_cases_are_many_and_most_are_of_two() -> None:
    counts = Counter(case.same for case in CASES)
    assert len(CASES) >= 400 and counts["two"] > counts["one"] > counts["unsure"] > 0


# the cases


@pytest.fixture(scope="module")
def names() -> Pipeline:
    """The name stage alone, with every name told."""
    return Pipeline(Settings(select=("N",), all_names=True))


@pytest.fixture(scope="module")
def known(pytestconfig: pytest.Config) -> Iterator[dict[int, str]]:
    """What the `known` column of every case that ran should hold, by line; with --rewrite it is written there."""
    now: dict[int, str] = {}
    yield now
    if pytestconfig.getoption("--rewrite"):
        lines = FILE.read_text("utf-8").split("\n")
        for number, reason in now.items():
            lines[number - 1] = "\t".join([*lines[number - 1].split("\t")[:7], *filter(None, [reason])])
        FILE.write_text("\n".join(lines), "utf-8", newline="\n")


def written(spelling: str, context: str, edits: Sequence[Edit]) -> set[str]:
    """What the mentions of a spelling are written as, once the edits are made."""
    found = set()
    for start, end in stands(spelling, context):
        own = [edit for edit in edits if edit.span.start < end and edit.span.end > start]
        start = min([start, *(edit.span.start for edit in own)])
        end = max([end, *(edit.span.end for edit in own)])
        moved = [edit._replace(span=Span(edit.span.start - start, edit.span.end - start)) for edit in own]
        found.add(replay(context[start:end], moved))
    return found


def failure(case: Case, names: Pipeline) -> str:
    """What is wrong with what the stage makes of a case, or "": a weak case of one name may be missed."""
    edits = names.clean(case.context).edits
    left, right = (written(spelling, case.context, edits) for spelling in (case.left, case.right))
    if case.same == "one":
        return "" if case.quality == "weak" or len(left | right) == 1 else MISSES
    return MERGES if left & right else ""


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, names: Pipeline, known: dict[int, str], request: pytest.FixtureRequest) -> None:
    wrong = failure(case, names)
    known[case.number] = wrong if case.known in ("", MERGES, MISSES) else wrong and case.known
    if request.config.getoption("--rewrite"):
        return
    if case.known:
        request.applymarker(pytest.mark.xfail(reason=case.known, strict=True))
    assert not wrong, f"{wrong}: {case.reason}"
