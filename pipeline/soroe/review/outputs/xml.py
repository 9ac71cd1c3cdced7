"""Findings as XML, for build servers: as Checkstyle reports them, and as tests that failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from soroe.review.linted import Linted, severity
from soroe.review.outputs.shape import Look

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKUP = re.compile('[&<>"\t\n\r]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def checkstyle(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """A `file` a file, and an `error` a finding."""
    yield f'{_HEAD}<checkstyle version="4.3">\n'
    for path, of_file in groupby(articles, key=lambda article: article.path):
        yield f"  <file name={_quoted(path)}>\n"
        for article in of_file:
            for place, finding in article.told():
                yield (
                    f'    <error line="{place.line}" column="{place.column}" severity="{severity(finding)}"'
                    f' message={_quoted(finding.message)} source="soroe.{finding.code}"/>\n'
                )
        yield "  </file>\n"
    yield "</checkstyle>\n"


def junit(articles: Iterable[Linted], _: Look) -> Iterator[str]:
    """A `testsuite` an article, a failed `testcase` a finding; an article with nothing to say is a test that passed."""
    yield f'{_HEAD}<testsuites name="soroe">\n'
    for article in articles:
        row = article.article.row
        name = f"{article.path}:{article.article.line} {article.article.id}" if row else article.path
        count = len(article.findings)
        yield f'  <testsuite name={_quoted(name)} tests="{count or 1}" failures="{count}" errors="0">\n'
        if not count:
            yield f'    <testcase name="soroe" classname={_quoted(name)}/>\n'
        for place, finding in article.told():
            where = f"{article.path}:{place.line}:{place.column} {finding.code} {finding.message}"
            yield f'    <testcase name="{finding.code} {place.line}:{place.column}" classname={_quoted(name)}>\n'
            yield f'      <failure type="{severity(finding)}" message={_quoted(finding.message)}>'
            yield f"{_escaped(where)}</failure>\n    </testcase>\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """The text inside an element or an attribute; what XML 1.0 forbids is named.

    >>> _escaped("「<b>\\x1b氏」")
    '「&lt;b&gt;[U+001B]氏」'
    """
    named = _FORBIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)
    return _MARKUP.sub(lambda match: _NAMED.get(match[0]) or f"&#{ord(match[0])};", named)
