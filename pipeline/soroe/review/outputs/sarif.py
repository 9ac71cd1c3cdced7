"""SARIF 2.1.0, the format of code scanners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from soroe import __version__
from soroe.formats.records import Record
from soroe.formats.rows import json_line
from soroe.messages import Lang, told
from soroe.review.fingerprints import fingerprints
from soroe.review.linted import Linted, Place, severity
from soroe.review.outputs.shape import Look, as_written, listed
from soroe.settings import CODES, OWN_CODES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_CODES = (*CODES, *OWN_CODES)


def sarif(articles: Iterable[Linted], look: Look) -> Iterator[str]:
    """A log with one run; its columns count code points."""
    language = "" if look.lang == "en" else f'"language": "{look.lang}",\n'
    driver = {"name": "soroe", "version": __version__, "rules": [_rule(code, look.lang) for code in _CODES]}
    yield f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{\n'
    yield f'"tool": {{"driver": {_line(driver)}}},\n"columnKind": "unicodeCodePoints",\n{language}"results": ['
    yield from listed(map(_line, _results(articles)))
    yield "]}]}\n"


def _rule(code: str, lang: Lang) -> Record:
    """A rule: its summary in the language, its documentation in English."""
    from soroe.engine import doc_of, summary_of  # loads the rules, which no other output needs

    stop = "。" if lang == "ja" else "."
    rule: Record = {"id": code, "shortDescription": {"text": f"{told(summary_of(code), lang)}{stop}"}}
    first, _, more = doc_of(code).partition("\n\n")
    rule |= {"fullDescription": {"text": more or first}, "help": {"text": doc_of(code)}}
    return rule | {"defaultConfiguration": {"level": "error" if code == "E000" else "warning"}}


def _results(articles: Iterable[Linted]) -> Iterator[Record]:
    prints = fingerprints()
    index = {code: at for at, code in enumerate(_CODES)}
    for article in articles:
        if not article.findings:
            continue
        place_of = article.places()
        artifact = {"uri": _uri(article)}
        for (place, finding), fingerprint in zip(article.told(), prints(article), strict=True):
            region = {**_region(place), "snippet": {"text": article.found(finding)}}
            location: Record = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
            if article.article.row:
                location["logicalLocations"] = [{"name": str(article.article.id), "kind": "row"}]
            result: Record = {
                "ruleId": finding.code,
                "ruleIndex": index[finding.code],
                "level": severity(finding),
                "message": {"text": finding.message},
                "locations": [location],
                "partialFingerprints": {"soroe/v1": fingerprint},
            }
            if edits := (finding.edit,) if finding.edit else finding.suggestion:
                replacements = [
                    {
                        "deletedRegion": _region(place_of(edit.span)),
                        "insertedContent": {"text": as_written(article, edit.after)},
                    }
                    for edit in edits
                ]
                change = {"artifactLocation": artifact, "replacements": replacements}
                fix: Record = {"description": {"text": edits[0].why}, "artifactChanges": [change]}
                # What is only likely is told apart from what is sure, as ruff tells it.
                result["fixes"] = [fix if finding.edit else fix | {"properties": {"applicability": "unsafe"}}]
            yield result


def _region(place: Place) -> Record:
    line, column, end_line, end_column = place
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _uri(article: Linted) -> str:
    """The path as the reference of a URI, by its bytes: a name that is no UTF-8 can be told too."""
    import os
    from urllib.parse import quote

    path = article.article.source.path
    if path and path.is_absolute():
        return path.as_uri()
    return quote(os.fsencode(article.path))


def _line(record: Record) -> str:
    return json_line(record).rstrip("\n")
