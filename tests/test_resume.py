"""A run that is stopped at any moment and resumed: its files are those of one that never stopped."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from soroe.cli import main
from soroe.formats import stage
from soroe.formats.stage import JOURNAL

LINE = 'ﾏｽｸ氏は{0}日、港で\\"結論を出す \\"と述べた。{1}氏は去った。ヴェルデマン氏とベルデマン氏は{0}年後に戻る。'
COMMAND = [sys.executable, "-c", "from soroe.cli import entry; entry()"]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    names = ["シュナイダー", "オグルヴィー", "カルヴァリョ", "モンターニュ"]
    rows = [
        f'{{"id": {number}, "text": "{LINE.format(number, names[number % 4]) * (1 + number % 9)}"}}'
        for number in range(400)
    ]
    (tmp_path / "dump.jsonl.gz").write_bytes(
        gzip.compress("\n".join([*rows[:300], "[1]", *rows[300:]]).encode(), mtime=0)
    )
    return tmp_path / "dump.jsonl.gz"


def files_of(out: Path) -> dict[str, bytes | dict[str, Any]]:
    """All files of a run, but for how long it took."""
    told = json.loads((out / "run.json").read_bytes())
    del told["seconds"], told["stages"]
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    return {**files, "run.json": told}


def left_of(out: Path) -> Path | None:
    """What a stopped run has left aside."""
    return next(out.glob(".soroe-unfinished-*"), None) if out.exists() else None


@pytest.fixture
def stopped(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output of a run that fell over in the middle of its articles."""
    monkeypatch.setattr(stage, "_WORTH_KEEPING", 1)
    _stop_after(250, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        main(["run", str(dump), "--out", str(tmp_path / "out"), "--quiet", "--workers", "1"])
    monkeypatch.undo()
    monkeypatch.setattr(stage, "_WORTH_KEEPING", 1)
    return tmp_path / "out"


def _stop_after(articles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from soroe.formats import run
    from soroe.formats.outcome import Outcome, Question, outcome_of

    asked = 0

    def outcome(question: Question) -> Any:
        nonlocal asked
        asked += 1
        if asked > articles:
            raise KeyboardInterrupt
        return outcome_of(question)

    assert Outcome
    monkeypatch.setattr(run, "outcome_of", outcome)


# What must not happen


def test_a_run_without_resume_does_not_drop_what_was_done(
    stopped: Path, dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(dump), "--out", str(stopped), "--quiet"]) == 2
    assert "holds a run that was stopped: --resume goes on with it" in capsys.readouterr().err
    assert left_of(stopped)


def test_where_nothing_was_stopped_nothing_is_resumed(
    dump: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(dump), "--out", str(tmp_path / "out"), "--quiet", "--resume"]) == 2
    assert "holds no run that was stopped; leave --resume out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--select", "C"], 'select was ["C", "P", "R", "N", "W"], and is ["C"] now'),
        (["--canonical", "first"], 'canonical was "attested", and is "first" now'),
        (["--id", "url"], 'id_field was "id", and is "url" now'),
    ],
)
def test_another_setting_is_refused(
    options: list[str], why: str, stopped: Path, dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--resume", *options]) == 2
    assert why in capsys.readouterr().err
    assert left_of(stopped)


@pytest.mark.parametrize("given", [True, False], ids=["its own file", "in the output folder"])
def test_another_survey_is_refused(
    given: bool, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, survey = tmp_path / "out", tmp_path / "survey.tsv"
    text = gzip.decompress(dump.read_bytes()).decode().replace("カルヴァリョ", "オズワルド・カルヴァリョ")
    dump.write_bytes(gzip.compress(text.encode(), mtime=0))
    command = ["run", str(dump), "--out", str(out), "--quiet", "--workers", "1", "--scope", "corpus"]
    command += ["--survey", str(survey)] if given else []
    monkeypatch.setattr(stage, "_WORTH_KEEPING", 1)
    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        _stop_after(250, context)
        main(command)
    left = left_of(out)
    assert left
    path = survey if given else left / "survey.tsv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "カルヴァリョ" not in line), "utf-8")
    assert main([*command, "--resume"]) == 2
    assert "of the run that was stopped, digest of the survey was" in capsys.readouterr().err
    path.write_text("".join(lines), "utf-8")
    assert main([*command, "--resume"]) == 2  # of the row that is no object
    assert (out / "run.json").exists()


def test_another_input_is_refused(stopped: Path, dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = gzip.decompress(dump.read_bytes()).decode()
    dump.write_bytes(gzip.compress(f'{text}\n{{"id": "新", "text": "船が港に入った。"}}\n'.encode(), mtime=0))
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--resume"]) == 2
    assert "bytes of input was" in capsys.readouterr().err


def test_another_article_is_refused(stopped: Path, dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = gzip.decompress(dump.read_bytes()).decode()
    raw = gzip.compress(text.replace("は7日、", "は6日、").encode(), mtime=0)
    dump.write_bytes(raw)
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--resume"]) == 2
    told = capsys.readouterr().err
    assert "is not what it was when the run was stopped" in told or "bytes of input was" in told
    assert left_of(stopped)


def test_killed_while_the_files_are_put_in_place_it_is_resumed(
    stopped: Path, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["run", str(dump), "--out", str(tmp_path / "whole"), "--quiet", "--workers", "1"]) == 2
    replace, placed = Path.replace, []

    def killed(self: Path, target: Path) -> Path:
        if len(placed) == 2:
            raise KeyboardInterrupt
        placed.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        main(["run", str(dump), "--out", str(stopped), "--quiet", "--workers", "1", "--resume"])
    monkeypatch.setattr(Path, "replace", replace)
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--workers", "1", "--resume"]) == 2
    assert files_of(stopped) == files_of(tmp_path / "whole")


# What must


def test_what_was_answered_is_not_asked_again(
    stopped: Path, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from soroe.formats import run

    asked: list[Any] = []
    right = run.question_for

    def question_for(*given: Any) -> Any:
        question = right(*given)
        return lambda article: asked.append(article.id) or question(article)  # type: ignore[func-returns-value]

    assert main(["run", str(dump), "--out", str(tmp_path / "whole"), "--quiet", "--workers", "1"]) == 2
    monkeypatch.setattr(run, "question_for", question_for)
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--workers", "1", "--resume"]) == 2
    assert files_of(stopped) == files_of(tmp_path / "whole")
    assert 100 < len(asked) < 200 and asked[-1] == 399


@pytest.mark.parametrize("cut", [1, 9, 1000])
def test_a_journal_that_was_cut_or_spoilt_is_used_as_far_as_it_goes(
    cut: int, stopped: Path, dump: Path, tmp_path: Path
) -> None:
    left = left_of(stopped)
    assert left
    journal = (left / JOURNAL).read_bytes()
    (left / JOURNAL).write_bytes(journal[:-cut] + (b"\0" * 50 if cut == 9 else b""))
    assert main(["run", str(dump), "--out", str(tmp_path / "whole"), "--quiet", "--workers", "1"]) == 2
    assert main(["run", str(dump), "--out", str(stopped), "--quiet", "--resume"]) == 2
    assert files_of(stopped) == files_of(tmp_path / "whole")


def test_a_journal_runs_no_code(stopped: Path, dump: Path, tmp_path: Path) -> None:
    import pickle
    from zlib import crc32

    from soroe.formats.journal import _DIGEST, _FRAME, _MAGIC

    class Evil:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'evil'}",)

    left = left_of(stopped)
    assert left
    journal = (left / JOURNAL).read_bytes()
    begins = len(_MAGIC)
    first = begins + _FRAME.size + _FRAME.unpack_from(journal, begins)[0]
    answer = first + _FRAME.size
    data = journal[answer : answer + _DIGEST] + b"o" + pickle.dumps(Evil())
    (left / JOURNAL).write_bytes(journal[:first] + _FRAME.pack(len(data), crc32(data)) + data)
    with pytest.raises(pickle.UnpicklingError, match="is no part of an answer"):
        main(["run", str(dump), "--out", str(stopped), "--quiet", "--resume"])
    assert not (tmp_path / "evil").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("workers", "scope"), [("1", "document"), ("2", "document"), ("2", "corpus")])
def test_killed_at_any_moment(workers: str, scope: str, dump: Path, tmp_path: Path) -> None:
    common = ["run", str(dump), "--quiet", "--workers", workers, "--scope", scope, "--out"]
    whole = tmp_path / "whole"
    began = time.monotonic()
    subprocess.run([*COMMAND, *common, str(whole)], stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    rnd = random.Random(f"{workers} {scope}")
    out = tmp_path / "out"
    for _ in range(4):
        resume = ["--resume"] if (left := left_of(out)) and stage._has_journal(left) else []
        running = subprocess.Popen(
            [*COMMAND, *common, str(out), *resume], stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            running.wait(took * rnd.uniform(0.3, 0.95))
            break
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    else:
        resume = ["--resume"] if (left := left_of(out)) and stage._has_journal(left) else []
        subprocess.run([*COMMAND, *common, str(out), *resume], check=False)
    assert files_of(out) == files_of(whole)
