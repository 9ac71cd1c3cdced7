"""Findings beside a change that is under review on GitHub or GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from soroe.formats.rows import json_line
from soroe.review.fingerprints import fingerprints
from soroe.review.linted import Linted, severity
from soroe.review.outputs.shape import Look, listed

# What would end a workflow command, or a part of one.
_IN_MESSAGE, _IN_PROPERTY = re.compile("[%\r\n]"), re.compile("[%\r\n:,]")


def github(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """A workflow command a finding: ``::warning file=news.txt,line=3,endLine=3,col=12,endColumn=17,title=C101::…``."""
    for article in articles:
        path = _IN_PROPERTY.sub(_escaped, article.path)
        for place, finding in article.told():
            lines = f"line={place.line},endLine={place.last_line}"
            # GitHub takes columns only where both are of one line.
            columns = f",col={place.column},endColumn={place.end_column}" if place.end_line == place.line else ""
            message = _IN_MESSAGE.sub(_escaped, finding.message)
            yield f"::{severity(finding)} file={path},{lines}{columns},title={finding.code}::{message}\n"


def gitlab(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """A Code Quality report: an array with an issue a finding."""
    yield "["
    yield from listed(_issues(articles))
    yield "]\n"


def _issues(articles: Iterable[Linted]) -> Iterator[str]:
    prints = fingerprints()
    for article in articles:
        for (place, finding), fingerprint in zip(article.told(), prints(article), strict=True):
            yield json_line(
                {
                    "description": f"{finding.code}: {finding.message}",
                    "check_name": finding.code,
                    "fingerprint": fingerprint,
                    "severity": "major" if severity(finding) == "error" else "minor",
                    "location": {
                        "path": article.path,
                        "lines": {"begin": place.line, "end": place.last_line},
                    },
                }
            ).rstrip("\n")


def _escaped(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
