"""A process of its own in which work is done: whatever happens to it, the one that began it lives on, and tells.

The processes of a cluster's system have threads, beside which no process can safely be forked; this one has none.
"""

from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from tempfile import gettempdir
from typing import Any, NamedTuple

from soroe.cluster.part import WORKS, Job, end_with_parent, node
from soroe.cluster.partitions import Partition
from soroe.formats.read import BadInput


class Answer(NamedTuple):
    """What came of a work; or, for the user, why nothing did."""

    value: Any
    mistake: str = ""


class Apart:
    """Does one work after another in a process of its own, which is begun anew where it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._told = ""  # the key of the job that it knows

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def do(self, work: str, job: Job, item: Any) -> Answer:
        """Does it; a second time where the process died of it."""
        died: list[str] = []
        while len(died) < 2:
            process = self._started()
            assert process.stdin and process.stdout
            try:
                known = job.key == self._told
                pickle.dump((work, None if known else job, item), process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                self._told = job.key
                answer: Answer = pickle.load(process.stdout)
                return answer
            except (OSError, EOFError, pickle.UnpicklingError):
                died.append(self.end())
        hint = ": out of memory?" if "signal" in died[-1] else ""
        return Answer(None, f"{_shown(item)}: the process that did it {died[-1]}, twice{hint}")

    def end(self) -> str:
        """Ends the process, and tells how it ended."""
        process, self._process, self._told = self._process, None, ""
        if not process:
            return ""
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            process.kill()
        status = process.wait()
        return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            path = os.pathsep.join(filter(None, sys.path))
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from soroe.cluster.apart import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": path},
            )
        return self._process


def _shown(item: Any) -> str:
    if not isinstance(item, Partition):
        return "a part of the work"
    first, last = item.slices[0].source, item.slices[-1].source
    return f"partition {item.number} ({first.shown}, row {first.first}, to {last.shown})"


def serve() -> None:
    """Does what is asked on standard input, and answers on standard output, as long as someone asks."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anyone prints is no answer
    end_with_parent()
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        _serve(asked, answers)


def _serve(asked: Any, answers: Any) -> None:
    job: Job | None = None
    while True:
        work, other, item = pickle.load(asked)
        job = other or job
        assert job
        pickle.dump(answer_of(work, job, item), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def answer_of(work: str, job: Job, item: Any) -> Answer:
    """Does a work in this process."""
    from soroe.lexicon import DictionaryError
    from soroe.names.survey import SurveyError

    try:
        return Answer(WORKS[work](job, item))
    except (BadInput, DictionaryError, SurveyError) as error:
        return Answer(None, str(error))
    except OSError as error:
        if error.errno in _FULL:
            where = job.out if str(error.filename or "").startswith(job.out) else error.filename or gettempdir()
            return Answer(None, f"{_shown(item)}: {where} ({node()}): {error.strerror}; make room")
        return Answer(None, f"{_shown(item)}: {error}")
    except (
        Exception
    ) as error:  # as at worst of a mistake of ours: which part it was of is told, and not only that a process ended
        return Answer(None, f"{_shown(item)}: {type(error).__name__}: {error}")


# The disk, or what may be taken of it, or a file, is full.
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def spread_here(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Does a work on all items, one after another, in this process: each with its number."""
    for number, item in enumerate(items):
        yield number, checked(answer_of(work, job, item))


def spread_apart(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The same in a process of its own."""
    with Apart() as apart:
        for number, item in enumerate(items):
            yield number, checked(apart.do(work, job, item))


class Undone(BadInput):
    """Work that could not be done; the message is for the user."""


def checked(answer: Answer) -> Any:
    """What came of a work; raises `Undone` where nothing did."""
    if answer.mistake:
        raise Undone(answer.mistake)
    return answer.value
