"""The language server: positions as clients count them, and real editors that open, mend and write a file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the server is an extra: pip install 'soroe[server]'")

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec, TextDocument

from soroe.engine import Pipeline
from soroe.review.linted import in_language
from soroe.server import FIX_ALL, Checked, Lines, Server, actions_for, hover_at, range_of
from soroe.text import Span

PIPELINE = Pipeline()
README = Path(__file__).parents[1] / "README.md"
TRY = Path(__file__).parent / "editor" / "try"


def opened(
    text: str, encoding: lsp.PositionEncodingKind = lsp.PositionEncodingKind.Utf16
) -> tuple[TextDocument, Checked]:
    result = PIPELINE.clean(text)
    document = TextDocument("file:///a.md", text, 1, position_codec=PositionCodec(encoding))
    return document, Checked(1, text, result.told, result.edits)


def written(text: str, edit: lsp.WorkspaceEdit | None) -> str:
    """What an editor makes of it that counts in UTF-16: the edits from the last to the first."""
    assert edit and edit.changes
    for change in reversed(edit.changes["file:///a.md"]):
        lines = Lines(text).texts
        start, end = (
            len("".join(lines[: at.line]).encode("utf-16-le")) // 2 + at.character
            for at in (change.range.start, change.range.end)
        )
        units = text.encode("utf-16-le")
        text = (units[: 2 * start] + change.new_text.encode("utf-16-le") + units[2 * end :]).decode("utf-16-le")
    return text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("一\nﾏｽｸ", (1, 0), id="LF"),
        pytest.param("一\r\nﾏｽｸ", (1, 0), id="CRLF"),
        pytest.param("一\rﾏｽｸ", (1, 0), id="CR"),
        pytest.param("一\u2028ﾏｽｸ", (0, 2), id="U+2028 ends no line"),
        pytest.param("一\x0b\x0c\x85ﾏｽｸ", (0, 4), id="nor do VT, FF and NEL"),
        pytest.param("😀ﾏｽｸ", (0, 2), id="an emoji is two units"),
        pytest.param("か\u3099ﾏｽｸ", (0, 2), id="a combining mark is one"),
        pytest.param("\ufeffﾏｽｸ", (0, 1), id="a byte order mark is one"),
        pytest.param("\tﾏｽｸ", (0, 1), id="a tab is one"),
    ],
)
def test_places_are_those_of_the_client(text: str, place: tuple[int, int]) -> None:
    document, _ = opened(text)
    start = range_of(document, Lines(text), Span(text.index("ﾏ"), len(text))).start
    assert (start.line, start.character) == place


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_a_client_may_count_otherwise(encoding: str, character: int) -> None:
    document, _ = opened("😀ﾏｽｸ", lsp.PositionEncodingKind(encoding))
    assert range_of(document, Lines("😀ﾏｽｸ"), Span(1, 4)).start.character == character


def test_what_needs_all_texts_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "soroe.toml").write_text('select = ["W503"]\n', "utf-8")
    text = "<!-- soroe: ignore W503 -->\nサーバを貸す。"
    result = Server()._clean(text, tmp_path / "a.md", "md")
    assert result and (result.findings, result.tells) == ((), {})


def test_an_action_mends_one_and_another_all() -> None:
    text = "😀ｱﾙﾄﾏﾝ 氏\r\nとﾏｽｸ氏。\r\n"
    document, checked = opened(text)
    here = lsp.Range(lsp.Position(1, 1), lsp.Position(1, 1))
    one, every = actions_for(document, checked, here)
    assert (one.kind, written(text, one.edit)) == (lsp.CodeActionKind.QuickFix, text.replace("ﾏｽｸ", "マスク"))
    assert (every.kind, written(text, every.edit)) == (FIX_ALL, PIPELINE.clean(text).text)


def test_what_a_person_decides_has_no_action() -> None:
    document, checked = opened("彼は「行くと述べた。")
    assert [finding.code for finding in checked.findings] == ["R305"]
    assert actions_for(document, checked, lsp.Range(lsp.Position(0, 2), lsp.Position(0, 3))) == []


def test_what_is_likely_is_offered_in_each_place_and_is_no_part_of_the_fix_for_all() -> None:
    text = "デュヴァロワ氏は港を見た。デュヴァロワ氏は語った。ｺﾝﾃﾅ船のデュバルワは去った。デュバルワは戻らない。"
    document, checked = opened(text)
    for at in (text.index("デュバルワ"), text.rindex("デュバルワ")):
        here = lsp.Position(0, at)
        likely, every = actions_for(document, checked, lsp.Range(here, here))
        assert (likely.kind, likely.is_preferred) == (lsp.CodeActionKind.QuickFix, False)
        assert likely.title == "N401: perhaps デュバルワ → デュヴァロワ (2×)"
        assert written(text, likely.edit) == text.replace("デュバルワ", "デュヴァロワ")
        assert (every.kind, written(text, every.edit)) == (FIX_ALL, text.replace("ｺﾝﾃﾅ", "コンテナ"))
    assert actions_for(document, checked._replace(edits=()), lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))) == []


def test_the_pointer_is_told_why() -> None:
    text = "ヴェリミロヴィッチ氏は語った。翌日、ヴェリミロヴィッチ氏は黙った。ベリミロビッチ氏は去った。"
    document, checked = opened(text)
    hover = hover_at(document, checked, lsp.Position(0, text.index("ベリ")))
    assert hover and isinstance(hover.contents, lsp.MarkupContent)
    assert "ベリミロビッチ sounds like ヴェリミロヴィッチ" in hover.contents.value
    assert hover_at(document, checked, lsp.Position(0, 0)) is None


def test_a_client_that_speaks_japanese_is_told_in_japanese() -> None:
    text = "ヴェリミロヴィッチ氏は語った。翌日、ヴェリミロヴィッチ氏は黙った。ベリミロビッチ氏は去った。"
    document, english = opened(text)
    findings = tuple(in_language(finding, "ja") for finding in english.findings)
    checked = english._replace(findings=findings, lang="ja")
    here = lsp.Position(0, text.index("ベリ"))
    hover = hover_at(document, checked, here)
    assert hover and isinstance(hover.contents, lsp.MarkupContent)
    message, why, headline = hover.contents.value.split("\n\n")
    assert message == "**N401** 名前の表記揺れ: ベリミロビッチ → ヴェリミロヴィッチ"
    assert "「ベリミロビッチ」は「ヴェリミロヴィッチ」に音が近い" in why
    assert headline == "N401: 一つの名前の表記揺れを、記事の中で揃える。   オートマン氏 → アルトマン氏"
    *_, every = actions_for(document, checked, lsp.Range(here, here))
    assert every.title == "soroe: すべて修正（1か所）"


@pytest.mark.parametrize(
    ("environment", "locale", "options", "settings", "said"),
    [
        pytest.param("C", None, None, "", "half-width", id="English by default"),
        pytest.param("ja_JP.UTF-8", None, None, "", "半角カタカナ", id="the locale that it is started in"),
        pytest.param("ja_JP.UTF-8", "en", None, "", "half-width", id="the client's locale before that"),
        pytest.param("C", "ja", {"lang": "fr"}, "", "半角カタカナ", id="an unknown language is not asked for"),
        pytest.param("C", "ja", None, 'lang = "en"', "half-width", id="the settings before the client's locale"),
        pytest.param(
            "C", "en", {"lang": "ja"}, 'lang = "en"', "半角カタカナ", id="what the client asks for before all"
        ),
    ],
)
def test_the_language_is_the_clients(
    environment: str, locale: str | None, options: object, settings: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "soroe.toml").write_text(settings, "utf-8")
    uri = (tmp_path / "a.md").as_uri()
    opening = {"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": "ﾏｽｸ氏は語った。"}}
    begin = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": options}
    messages = [
        {"id": 1, "method": "initialize", "params": begin | ({"locale": locale} if locale else {})},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": opening},
    ]
    told = _answered(messages, "textDocument/publishDiagnostics", tmp_path, environment)
    assert said in told["params"]["diagnostics"][0]["message"]


def _answered(messages: list[dict[str, Any]], method: str, folder: Path, locale: str) -> Any:
    """What the server says under a method, after it was sent the messages."""
    server = subprocess.Popen(
        [sys.executable, "-c", "from soroe.cli import entry; entry()", "server"],
        cwd=folder,
        env={**os.environ, "LC_ALL": locale},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdin and server.stdout
    with server:
        for message in messages:
            body = json.dumps({"jsonrpc": "2.0"} | message).encode()
            server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        while line := server.stdout.readline():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
                while server.stdout.readline().strip():
                    pass
                answer = json.loads(server.stdout.read(length))
                if answer.get("method") == method:
                    server.kill()
                    return answer
    pytest.fail(f"the server said nothing under {method}")


@pytest.mark.skipif(not shutil.which("nvim"), reason="Neovim is not installed")
def test_neovim_opens_mends_and_writes_a_file(tmp_path: Path) -> None:
    told = _tried(
        ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {TRY}.lua", "a.md"], "lua", tmp_path
    )
    assert told[:2] == [
        "1:5 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン",
        "3:7 C101 ﾏｽｸ is half-width katakana: マスク",
    ]


def test_emacs_opens_mends_and_writes_a_file(tmp_path: Path) -> None:
    emacs = ["emacs", "-q", "--batch", "-f", "package-initialize"]
    home = {**os.environ, "HOME": str(tmp_path)}
    needed = "(progn (require 'eglot) (require 'markdown-mode))"
    if (
        not shutil.which("emacs")
        or subprocess.run([*emacs, "--eval", needed], env=home, capture_output=True).returncode
    ):
        pytest.skip("Emacs with eglot and markdown-mode is not installed")
    told = _tried([*emacs, "-l", f"{TRY}.el", "a.md"], "elisp", tmp_path)
    assert told[:3] == [
        "1:5 soroe [C101]: ｱﾙﾄﾏﾝ is half-width katakana: アルトマン",
        "3:7 soroe [C101]: ﾏｽｸ is half-width katakana: マスク",
        "latex-mode is not soroe's",
    ]


def _tried(command: list[str], language: str, folder: Path) -> list[str]:
    """What an editor tells that has README's lines, opens a file, mends it and types on."""
    path = folder / "a.md"
    path.write_bytes("# 😀ｱﾙﾄﾏﾝ氏\r\n\r\nアルトマンとﾏｽｸ氏。\r\n".encode())
    (lines,) = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (folder / "lines").write_text(lines, "utf-8")
    (folder / "bin").mkdir()
    soroe = folder / "bin" / "soroe"
    soroe.write_text(f"#!{sys.executable}\nfrom soroe.cli import entry\nentry()\n", "utf-8")
    soroe.chmod(0o755)
    search = os.pathsep.join([str(soroe.parent), os.environ.get("PATH", os.defpath)])
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **home, "PATH": search, "SOROE_LINES": str(folder / "lines")},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == "# 😀アルトマン氏\r\n\r\nアルトマンとマスク氏。\r\n😀ホフマン\r\n".encode()
    return done.stdout.splitlines()


def test_without_pygls_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(name='pygls')", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from soroe.cli import entry; entry()", "server"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]),
        },
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (2, "soroe: the server needs pygls: pip install 'soroe[server]'\n")
