"""A baseline: the findings that were there before, so that a project can begin with the new ones.

It is a sorted table that a person can read, a line a finding: the file, the code, a checksum of the line of text that it
stands on, how many such there are, and what stands there. Where a line has moved, its findings are the same; where it was
changed, they are new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from soroe.lexicon import DictionaryError
from soroe.review.linted import Linted
from soroe.text import Finding

_HEAD = "# soroe baseline 1"
_COLUMNS = "# file\tcode\tline\tcount\ttext"


class BaselineError(DictionaryError):
    """A baseline that cannot be used; the message names file and line and says what was expected."""


class Known(NamedTuple):
    """What makes two findings the same, wherever they stand in their file."""

    file: str
    code: str
    line: str
    text: str


def read_baseline(path: Path) -> Counter[Known]:
    """The findings of a baseline, and how many there are of each.

    Raises `BaselineError` for a line that does not fit, `OSError` where it cannot be read.
    """
    known: Counter[Known] = Counter()
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if number == 1 and line.rstrip("\r") != _HEAD:
            raise BaselineError(f"{path}:1: found {line[:40]!r}, expected {_HEAD!r}: write it with --write-baseline")
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.rstrip("\r").split("\t")
        if len(fields) != 5 or not fields[3].isdecimal():
            raise BaselineError(
                f"{path}:{number}: found {line!r}, expected file, code, line, count and text, tabs between"
            )
        file, code, crc, count, text = fields
        known[Known(file, code, crc, text)] += int(count)
    return known


def write_baseline(path: Path, articles: Iterable[Linted]) -> int:
    """Writes the findings of the articles as a baseline; how many there are."""
    counted = Counter(known for article in articles for known, _ in _known(article))
    lines = [
        f"{file}\t{code}\t{line}\t{counted[known]}\t{text}"
        for known in sorted(counted)
        for file, code, line, text in [known]
    ]
    path.write_text("\n".join([_HEAD, _COLUMNS, *lines, ""]), "utf-8")
    return sum(counted.values())


def new(article: Linted, baseline: Counter[Known]) -> Linted:
    """The article with the findings that the baseline does not hold; those that it does are taken from it."""
    findings = []
    for known, finding in _known(article):
        if baseline[known] > 0:
            baseline[known] -= 1
        else:
            findings.append(finding)
    return article.only(findings)


def _known(article: Linted) -> Iterator[tuple[Known, Finding]]:
    text = article.article.text
    name = article.path.removeprefix("./")
    file = f"{name}#{article.article.id}" if article.article.row else name
    for finding in article.findings:
        start, end = finding.span
        line = text[text.rfind("\n", 0, start) + 1 : found if (found := text.find("\n", start)) >= 0 else len(text)]
        checksum = f"{crc32(line.strip().encode('utf-8', 'surrogatepass')):08x}"
        yield Known(_field(file), finding.code, checksum, _field(text[start:end])[:40]), finding


def _field(text: str) -> str:
    """A text that can stand between tabs."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())
