"""The command line, replayed: cli/NAME.toml says what is typed and what comes of it, cli/NAME.in/ is the folder it is typed in.

`pytest tests/test_cli.py --rewrite` writes down what comes of it now; read the difference before you commit it.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wcwidth import width

from soroe.cli import COMMANDS, entry, main
from soroe.cli.say import is_colourful
from soroe.lexicon import Lexicon

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SESSIONS = Path(__file__).parent / "cli"


class _Terminal(io.TextIOWrapper):
    """A standard stream that keeps bytes, as a pipe does."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


def typed(args: list[str], stdin: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    streams = {"stdin": _Terminal(stdin.encode()), "stdout": _Terminal(), "stderr": _Terminal()}
    with monkeypatch.context() as patch:
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        status = main(args)
    return status, streams["stdout"].text(), streams["stderr"].text()


@pytest.mark.parametrize("path", sorted(SESSIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_session(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    session = tomllib.loads(path.read_text("utf-8"))
    folder = tmp_path / "in"
    given = path.with_suffix(".in")
    if given.is_dir():
        shutil.copytree(given, folder)
    else:
        folder.mkdir()
    monkeypatch.chdir(folder)
    status, stdout, stderr = typed(session["args"], session.get("stdin", ""), monkeypatch)
    now = {"status": status, "stdout": stdout, "stderr": stderr}
    now["files"] = {name: (folder / name).read_bytes().decode() for name in session.get("files", {})}
    if pytestconfig.getoption("--rewrite"):
        path.write_text(_toml(session, now), "utf-8")
    else:
        assert now == {"stdout": "", "stderr": "", "status": 0, "files": {}} | {
            key: session[key] for key in now if key in session
        }


def _toml(session: dict[str, Any], now: dict[str, Any]) -> str:
    def string(text: str) -> str:
        if "\n" in text and "'''" not in text and "\r" not in text:
            return f"'''\n{text}'''"
        return json.dumps(text, ensure_ascii=False)

    lines = [f"why = {string(session['why'])}", f"args = {json.dumps(session['args'], ensure_ascii=False)}"]
    if "stdin" in session:
        lines.append(f"stdin = {string(session['stdin'])}")
    lines.append(f"status = {now['status']}")
    lines += [f"{key} = {string(now[key])}" for key in ("stdout", "stderr") if now[key]]
    if now["files"]:
        lines += ["", "[files]", *(f"{json.dumps(name)} = {string(text)}" for name, text in now["files"].items())]
    return "\n".join(lines) + "\n"


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
        assert "example" in capsys.readouterr().out
        assert main([]) == 0 and f"  {command} " in capsys.readouterr().out


def test_version_is_told_without_loading_anything(tmp_path: Path) -> None:
    code = "import sys; from soroe.cli import main; main(['--version']); print(*sorted(m for m in sys.modules if 'soroe' in m))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(
        module in ("soroe", "soroe.messages", "soroe.settings") or module.startswith("soroe.cli")
        for module in told.split()[2:]
    )


def test_the_function_lint_is_there_beside_the_package() -> None:
    code = "import soroe; from soroe.review.outputs import OUTPUTS; print(len(soroe.lint('ｱ')), len(OUTPUTS))"
    told = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "1 10\n"


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ｱ。\n" * 50_000, "utf-8")
    command = [sys.executable, "-c", "from soroe.cli import entry; entry()", "lint", "--select", "C101", "a.txt"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline().startswith(b"a.txt:1:1 C101 ")
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("soroe.cli._dispatch", interrupt)
    with pytest.raises(SystemExit, match="130"):
        entry()
    assert capsys.readouterr().err == "soroe: interrupted\n"


@pytest.mark.parametrize("option", ["--names", "--apart"])
def test_a_bad_dictionary_line_is_told_with_file_and_line(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.tsv").write_text("# fine\nアルトマン\n", "utf-8")
    (tmp_path / "a.txt").write_text("マスク氏", "utf-8")
    monkeypatch.chdir(tmp_path)
    status, stdout, stderr = typed(["run", "a.txt", "--out", "out", option, "bad.tsv"], "", monkeypatch)
    assert (status, stdout) == (2, "") and stderr.startswith("soroe: bad.tsv:2: ") and stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_dictionary_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("マスク氏", "utf-8")
    told = typed(["lint", "a.txt", "--names", "my.tsv"], "", monkeypatch)
    assert told == (2, "", "soroe: my.tsv: No such file or directory\n")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_on_a_terminal_there_is_a_summary(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ｱﾙﾄﾏﾝ氏", "utf-8")
    command = [
        sys.executable,
        "-c",
        "from soroe.cli import entry; entry()",
        "run",
        "--select",
        "C101",
        "a.txt",
        "--out",
        "o",
    ]
    for extra, told in ([], True), (["--quiet"], False):
        ours, theirs = os.openpty()
        subprocess.run([*command, *extra], cwd=tmp_path, stderr=theirs, check=True)
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # a closed terminal
            pass
        os.close(ours)
        assert (b"1 articles, 1 changed; 1 edits" in said) == told


def on_a_terminal(command: list[str], cwd: Path, env: dict[str, str]) -> str:
    """What a command writes on a terminal."""
    ours, theirs = os.openpty()
    subprocess.run(command, cwd=cwd, stdout=theirs, env=os.environ | {"PYTHONUTF8": "1"} | env)
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # a closed terminal
        pass
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_lint_on_a_terminal_is_in_colour_and_fits(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("会場に着いた" * 20 + "ｱﾙﾄﾏﾝ氏", "utf-8")
    command = [sys.executable, "-c", "from soroe.cli import entry; entry()", "lint", "--select", "C101", "a.txt"]
    command += ["--output-format", "full"]
    plain, coloured = (
        on_a_terminal(command, tmp_path, {"COLUMNS": "50", "TERM": "xterm", "NO_COLOR": no}) for no in ("1", "")
    )
    assert "\x1b[" in coloured and re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    _, line, carets, _ = plain.splitlines()
    assert line.startswith("  1 | …") and width(line) <= 50 and line.endswith("ｱﾙﾄﾏﾝ氏")
    assert width(carets) == width(line) - 2 and carets.endswith(" ^^^^^")


@pytest.mark.parametrize(
    "is_terminal, environ, is_in_colour",
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": ""}, False),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_when_there_is_colour(
    is_terminal: bool, environ: dict[str, str], is_in_colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    stream = _Terminal()
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    assert is_colourful(stream) == is_in_colour


def test_there_is_no_colour_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORCE_COLOR", "1")
    (tmp_path / "a.txt").write_text("ｱ", "utf-8")
    assert "\x1b[" in typed(["lint", "a.txt"], "", monkeypatch)[1]
    assert typed(["lint", "a.txt", "--output-file", "found.txt"], "", monkeypatch) == (1, "", "")
    assert (tmp_path / "found.txt").read_bytes() == "a.txt:1:1 C101 ｱ is half-width katakana: ア [fixable]\n".encode()


def test_what_programs_read_is_utf_8_on_every_machine(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ｱ", "utf-8")
    command = [
        sys.executable,
        "-c",
        "from soroe.cli import entry; entry()",
        "lint",
        "a.txt",
        "--output-format",
        "jsonl",
    ]
    env = os.environ | {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"}
    told = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True)
    assert json.loads(told.stdout.decode("utf-8"))["text"] == "ｱ"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_names_on_a_terminal_stand_under_heads_and_fit(tmp_path: Path) -> None:
    (tmp_path / "my.tsv").write_text("アルトマン\tオートマン|Altman\tperson\n", "utf-8")
    (tmp_path / "a.txt").write_text("アルトマン氏は去った。オートマン氏とAltman氏も去った。", "utf-8")
    (tmp_path / "b.txt").write_text("ブリン氏は去った。", "utf-8")
    command = [sys.executable, "-c", "from soroe.cli import entry; entry()", "names", "--names", "my.tsv"]
    shown = {}
    for name in ("a.txt", "b.txt"):
        ours, theirs = os.openpty()
        env = os.environ | {"COLUMNS": "70", "PYTHONUTF8": "1"}
        told = subprocess.run(
            [*command, name], cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE, env=env, check=True
        )
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # a closed terminal
            pass
        os.close(ours)
        shown[name] = said.decode().splitlines(), told.stderr.decode()
    (title, heads, *rows), complaint = shown["a.txt"]
    assert (title, complaint) == (
        "a.txt",
        "",
    ) and heads.split() == "name kind spelling count decision score why".split()
    column = width(heads[: heads.index("decision")])
    assert [width(row[: re.search("canonical|merged", row).start()]) for row in rows] == [column] * 3  # type: ignore[union-attr]
    assert all(width(row) <= 70 for row in rows) and rows[-1].endswith("…")
    assert shown["b.txt"] == (
        [],
        "soroe: no name is spelt in more than one way; --all-names lists those with one spelling\n",
    )


def test_a_code_that_no_rule_has(monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, stderr = typed(["explain", "X999"], "", monkeypatch)
    assert status == 2 and stderr.startswith("soroe: no rule has the code X999; the rules are C101, ")


def test_settings_may_be_named_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("ｱ", "utf-8")
    assert typed(["lint", "a.txt", "--select", "c101", "b.txt"], "", monkeypatch)[1].count("C101") == 2


def test_the_dictionaries_are_named_in_run_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("ｱ", "utf-8")
    assert typed(["run", "a.txt", "--out", "out"], "", monkeypatch) == (0, "", "")
    about = json.loads((tmp_path / "out/run.json").read_text("utf-8"))
    assert about["dictionaries"] == Lexicon.load().digests
