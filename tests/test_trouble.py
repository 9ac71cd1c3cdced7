"""What goes wrong on the way is told in one line with what to do; nothing half is left under a final name, and --resume ends the same."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from soroe.cli import main
from soroe.formats import outcome, stage
from soroe.formats.outcome import Question

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
NAMES = ["シュナイダー", "オグルヴィー", "カルヴァリョ", "モンターニュ"]
LINE = 'ﾏｽｸ氏は{0}日、港で"結論を出す "と述べた。{1}氏は去った。ヴェルデマン氏とベルデマン氏は{0}年後に戻る。'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with forty articles and a dump, each batch of which is an article or two."""
    home = tmp_path / "home"
    home.mkdir()
    for number in range(40):
        (home / f"{number:02}.txt").write_text(LINE.format(number, NAMES[number % 4]) * (1 + number % 9), "utf-8")
    rows = [json.dumps({"id": number, "text": LINE.format(number, NAMES[number % 4])}) for number in range(40)]
    (home / "dump.jsonl").write_text("\n".join([*rows, "[1]"]), "utf-8")
    monkeypatch.setattr(stage, "_WORTH_KEEPING", 1)
    monkeypatch.setattr("soroe.formats.answered._BATCH", 1)
    return home


def files_of(out: Path) -> dict[str, bytes | dict[str, Any]]:
    """All files of a run, but for how long it took."""
    told = json.loads((out / "run.json").read_bytes())
    del told["seconds"], told["stages"]
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    return {**files, "run.json": told}


def final_names(out: Path) -> list[str]:
    """What stands under its final name."""
    return [path.name for path in out.iterdir() if not path.name.startswith(".")] if out.exists() else []


def run(home: Path, out: Path, *options: str) -> int:
    return main(["run", str(home), "--out", str(out), "--quiet", "--workers", "1", *options])


@pytest.fixture
def whole(home: Path, tmp_path: Path) -> dict[str, bytes | dict[str, Any]]:
    """The files of a run that nothing happened to."""
    assert run(home, tmp_path / "whole") == 2
    return files_of(tmp_path / "whole")


def after(number: int, does: Callable[[], object]) -> Callable[[Question], Any]:
    """Cleans articles, and does something when it has cleaned so many."""
    right, cleaned = outcome.outcome_of, iter(range(1_000_000))

    def cleans(question: Question) -> Any:
        if next(cleaned) == number:
            does()
        return right(question)

    return cleans


# The disk is full


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG], ids=["disk", "quota", "file"])
@pytest.mark.parametrize(
    "where",
    [
        "soroe.formats.journal.Journal.keep",
        "soroe.formats.written.Written.article",
        "soroe.formats.written.Written.close",
        "soroe.formats.run.write_report",
    ],
)
def test_a_disk_that_is_full(
    where: str,
    full: int,
    home: Path,
    tmp_path: Path,
    whole: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, calls = tmp_path / "out", iter(range(1_000_000))
    with monkeypatch.context() as patch:
        right = _found(where)

        def fails(*given: Any) -> Any:
            if next(calls) == (0 if where.endswith("write_report") else 20):
                raise OSError(full, os.strerror(full))
            return right(*given)

        patch.setattr(where, fails)
        capsys.readouterr()
        assert run(home, out) == 2
    told = f"soroe: {out}: {os.strerror(full)}; make room, and go on with --resume\n"
    assert capsys.readouterr().err.endswith(told)
    assert final_names(out) == []
    assert run(home, out) == 2 and final_names(out) == [], "what was done is not thrown away"
    assert run(home, out, "--resume") == 2
    assert files_of(out) == whole


def _found(where: str) -> Any:
    import importlib

    parts = where.split(".")
    found: Any = importlib.import_module(".".join(parts[:3]))
    for part in parts[3:]:
        found = getattr(found, part)
    return found


def test_where_nothing_is_kept_it_is_said_so(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "_WORTH_KEEPING", 1 << 30)

    def fails(*given: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("soroe.formats.run.write_report", fails)
    assert run(home, tmp_path / "out") == 2
    assert capsys.readouterr().err.endswith("No space left on device; make room, and run it again\n")
    assert not (tmp_path / "out").exists()


SMALL_FILES = """
import resource, sys
from soroe.formats import stage
stage._WORTH_KEEPING = 1
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from soroe.cli import entry
entry()
"""


@POSIX
@pytest.mark.parametrize("limit", [300, 9_000, 20_000], ids=["at once", "in the journal", "near the end"])
def test_the_system_lets_no_file_grow(limit: int, home: Path, tmp_path: Path, whole: Any) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", SMALL_FILES, str(limit), "run", str(home), "--out", str(out)]
    done = subprocess.run([*command, "--workers", "2"], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, last.split("; ")[0]) == (2, f"soroe: {out}: File too large"), done.stderr
    assert "Traceback" not in done.stderr and final_names(out) == []
    resume = ["--resume"] if last.endswith("; make room, and go on with --resume") else []
    assert run(home, out, *resume) == 2
    assert files_of(out) == whole


# An input is not what it was


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("gone", "was there when the run began, and is gone"),
        ("cut", "had {size} bytes when the run began, and has 7 now"),
        ("a folder", "was there when the run began, and is gone"),
    ],
)
@pytest.mark.parametrize("scope", ["document", "corpus"])
@pytest.mark.parametrize("name", ["35.txt", "dump.jsonl"])
def test_an_input_that_goes_away_before_its_turn(
    name: str,
    scope: str,
    how: str,
    why: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(home, tmp_path / "whole", "--scope", scope) == 2
    out, path = tmp_path / "out", home / name
    raw = path.read_bytes()

    def goes() -> None:
        path.unlink()
        if how == "cut":
            path.write_bytes(raw[:7])
        elif how == "a folder":
            path.mkdir()

    with monkeypatch.context() as patch:
        patch.setattr("soroe.formats.run.outcome_of", after(10, goes))
        capsys.readouterr()
        assert run(home, out, "--scope", scope) == 2
    told = f"soroe: {path}: {why.format(size=f'{len(raw):,}')}; put it back as it was, and go on with --resume\n"
    assert capsys.readouterr().err.endswith(told)
    assert final_names(out) == []
    assert run(home, out, "--scope", scope, "--resume") == 2, "it is not back yet"
    assert "was" in capsys.readouterr().err and final_names(out) == []
    if how == "a folder":
        path.rmdir()
    path.write_bytes(raw)
    assert run(home, out, "--scope", scope, "--resume") == 2
    assert files_of(out) == files_of(tmp_path / "whole")


def test_an_input_that_grows_is_read_as_it_is_then(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def grows() -> None:
        (home / "35.txt").write_text("ﾏｽｸ氏" * 200, "utf-8")

    monkeypatch.setattr("soroe.formats.run.outcome_of", after(10, grows))
    assert run(home, tmp_path / "out") == 2  # of the row in dump.jsonl
    assert (tmp_path / "out/clean/35.txt").read_text("utf-8") == "マスク氏" * 200


def test_what_could_not_be_opened_at_the_beginning_is_in_quarantine(home: Path, tmp_path: Path) -> None:
    (home / "20x.txt").symlink_to(home / "nowhere")
    assert run(home, tmp_path / "out") == 2
    told = (tmp_path / "out/quarantine.jsonl").read_text("utf-8")
    assert '"20x.txt"' in told and "cannot be read: No such file or directory" in told


# A process is killed


def children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in told.split()]


SLOW = """
import time
from soroe.formats import answered, outcome, run
answered._BATCH = 1
right = outcome.outcome_of
def slow(question):
    time.sleep(0.05)
    return right(question)
run.outcome_of = slow
from soroe.cli import entry
entry()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the children of a process")
def test_a_process_that_the_system_kills_is_replaced(home: Path, tmp_path: Path, whole: Any) -> None:
    command = [sys.executable, "-c", SLOW, "run", str(home), "--out", str(tmp_path / "out"), "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while not (there := children(running.pid)) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(there[0], signal.SIGKILL)
        assert running.stderr
        told = running.stderr.read()
    assert running.returncode == 2  # of the row in dump.jsonl
    assert "soroe: a process was ended by signal 9 and is replaced; what it was at is tried once more" in told
    assert files_of(tmp_path / "out") == whole


@POSIX
@pytest.mark.parametrize("more", [[], ["--resume"]], ids=["another run", "resumed too early"])
def test_two_runs_do_not_write_into_one_folder(
    more: list[str], home: Path, tmp_path: Path, whole: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOW, "run", str(home), "--out", str(out), "--workers", "1", "--quiet"]
    with subprocess.Popen(command) as running:
        deadline = time.monotonic() + 60
        while not list(out.glob(".soroe-unfinished-*/*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert main(["run", str(home), "--out", str(out), "--quiet", *more]) == 2
        assert running.poll() is None
    assert "another run is writing there; wait for its end, or choose another --out" in capsys.readouterr().err
    assert files_of(out) == whole


DEADLY = """
import os, signal
from soroe.formats import answered, journal, outcome, run, stage
answered._BATCH, journal._EVERY, stage._WORTH_KEEPING = 1, 0, 1
right = outcome.outcome_of
def deadly(question):
    if question.article.source.name == "30.txt":
        os.kill(os.getpid(), signal.SIGKILL)
    return right(question)
run.outcome_of = deadly
from soroe.cli import entry
entry()
"""


@POSIX
def test_an_article_that_ends_the_only_process_is_in_quarantine_when_resumed(
    home: Path, tmp_path: Path, whole: dict[str, Any]
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", DEADLY, "run", str(home), "--out", str(out), "--workers", "1"]
    done = subprocess.run(command, capture_output=True)
    assert (done.returncode, final_names(out)) == (-signal.SIGKILL, [])
    done = subprocess.run([*command, "--resume"], capture_output=True)
    assert done.returncode == 2 and b"30.txt: the process that read it was ended by signal 9, twice" in done.stderr
    told = files_of(out)
    assert set(whole) - set(told) == {"clean/30.txt"}
    assert all(told[name] == whole[name] for name in told if name.startswith("clean/"))


def test_who_interrupts_a_run_is_told_how_it_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupts() -> None:
        raise KeyboardInterrupt

    for worth, told in ((1, "interrupted; go on with --resume"), (1 << 30, "interrupted")):
        monkeypatch.setattr(stage, "_WORTH_KEEPING", worth)
        monkeypatch.setattr("soroe.formats.run.outcome_of", after(10, interrupts))
        with pytest.raises(KeyboardInterrupt) as caught:
            run(home, tmp_path / str(worth))
        assert str(caught.value) == told


def test_a_survey_that_the_stopped_run_made_is_its_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = tmp_path / "survey.tsv"
    options = ["--scope", "corpus", "--survey", str(survey)]
    assert run(home, tmp_path / "whole", *options) == 2
    survey.unlink()

    def interrupts() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("soroe.formats.run.outcome_of", after(10, interrupts))
        with pytest.raises(KeyboardInterrupt):
            run(home, tmp_path / "out", *options)
    assert run(home, tmp_path / "out", *options, "--resume") == 2
    told = files_of(tmp_path / "out")
    assert told == files_of(tmp_path / "whole")
    assert told["run.json"]["survey"]["made by this run"] is True  # type: ignore[index]
    assert run(home, tmp_path / "third", *options) == 2
    assert files_of(tmp_path / "third")["run.json"]["survey"]["made by this run"] is False  # type: ignore[index]


# It is killed among its renames


class Killed(BaseException):
    pass


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch, does: Callable[[], object]) -> bool:
    """Whether there was so late a step among those that name files and take them away; nothing is done behind it."""
    left, is_killed = step, False

    def before(right: Callable[..., Any]) -> Callable[..., Any]:
        def does_it(*given: Any, **named: Any) -> Any:
            nonlocal left, is_killed
            left -= 1
            is_killed |= left < 0
            if is_killed:
                raise Killed
            return right(*given, **named)

        return does_it

    def sweeps(*given: Any, **named: Any) -> None:
        if is_killed:
            raise Killed
        right(*given, **named)

    right = shutil.rmtree
    with monkeypatch.context() as patch:
        for name in ("replace", "unlink", "touch", "rmdir"):
            patch.setattr(Path, name, before(getattr(Path, name)))
        patch.setattr(stage.shutil, "rmtree", sweeps)
        try:
            does()
        except Killed:
            return True
    assert not is_killed
    return False


@pytest.mark.parametrize(
    ("worth", "scope"),
    [
        pytest.param(1 << 18, "document", id="a small journal"),
        pytest.param(1, "corpus", id="a journal worth keeping, and a survey"),
    ],
)
def test_killed_at_any_step_among_the_renames_the_end_is_the_same(
    worth: int, scope: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_WORTH_KEEPING", worth)
    files = {
        "zero": ["deep/down/zero.md", "was-a-file.txt", "was-a-folder.txt/a.txt"],
        "one": ["was-a-file.txt/a.txt", "was-a-folder.txt"],
        "two": ["two.txt"],
    }
    for folder, names in files.items():
        for name in names:
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(f"{folder} {LINE.format(1, NAMES[0])}", "utf-8")
    out, earlier = tmp_path / "out", tmp_path / "earlier"

    def runs(name: str, *options: str, out: Path = out) -> int:
        return run(tmp_path / name, out, "--scope", scope, "--select", "N" if scope == "corpus" else "C", *options)

    def again() -> None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(earlier, out)

    assert runs("zero", out=earlier) == 0
    wholes = {}
    for name in ("one", "two"):
        again()
        assert runs(name) == 0
        wholes[name] = files_of(out)
        cleaned = {f"clean/{inside}" for inside in files[name]}
        assert {inside for inside in wholes[name] if inside.startswith("clean/")} == cleaned
    seen = set()
    for step in range(200):
        again()
        if not killed_at(step, monkeypatch, lambda: runs("one")):
            break
        killed = tmp_path / "killed"
        shutil.rmtree(killed, ignore_errors=True)
        shutil.copytree(out, killed)
        is_left = stage.left_aside(out) is not None
        is_placing = any((aside / stage.PLACING).exists() for aside in out.glob(".*"))
        if not is_placing and (is_left, is_placing) in seen:
            continue
        seen.add((is_left, is_placing))
        assert runs("one", *(["--resume"] if is_left else [])) == 0
        assert files_of(out) == wholes["one"], step
        shutil.rmtree(out)
        shutil.copytree(killed, out)
        status = runs("two")
        assert status == (2 if is_left and not is_placing else 0), step
        assert files_of(out) == (files_of(killed) if status else wholes["two"]), step
    assert 20 < step < 199
    assert seen >= {(worth == 1, False), (True, True)}


def test_a_restore_that_is_killed_at_any_step_is_done_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"zero": ["zero.txt", "both.txt", "news.txt/a.txt"], "two": ["both.txt", "news.txt", "two.txt"]}
    for folder, names in files.items():
        for name in names:
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(f"{folder} {LINE.format(1, NAMES[0])}", "utf-8")
    out, earlier = tmp_path / "out", tmp_path / "earlier"
    assert run(tmp_path / "zero", earlier) == 0 and main(["restore", str(earlier)]) == 0
    assert run(tmp_path / "two", earlier) == 0
    for step in range(100):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(earlier, out)
        is_killed = killed_at(step, monkeypatch, lambda: main(["restore", str(out)]))
        assert main(["restore", str(out)]) == 0
        there = {path.relative_to(out / "restored").as_posix(): path for path in (out / "restored").rglob("*.txt")}
        assert {name: path.read_bytes() for name, path in there.items()} == {
            name: (tmp_path / "two" / name).read_bytes() for name in files["two"]
        }
        assert not list((out / "restored").glob(".*"))
        if not is_killed:
            break
    assert 5 < step < 99


def test_of_a_run_that_was_stopped_restore_says_how_it_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupts() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("soroe.formats.run.outcome_of", after(10, interrupts))
        with pytest.raises(KeyboardInterrupt):
            run(home, tmp_path / "out")
    assert main(["restore", str(tmp_path / "out")]) == 2
    assert "out: holds a run that was stopped; go on with it first, by soroe run … --resume" in capsys.readouterr().err
