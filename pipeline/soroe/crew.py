"""Processes that share work: what is given comes back in its order, whatever their number, and one that dies takes nothing along.

Each process has a pipe of its own and one task at a time, so that it is known which task a dead one had. (The pools of the
standard library lose all that was under way, and have threads, beside which no process can safely be forked.)
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, NamedTuple, TypeVar

J = TypeVar("J")
T = TypeVar("T")
R = TypeVar("R")


_IS_FORKED = sys.platform == "linux"
_CONTEXT: Any = multiprocessing.get_context("fork" if _IS_FORKED else "spawn")


class Lost(NamedTuple):
    """What became of an item whose process died; a negative status is the signal that ended it."""

    status: int | None


class _Task(Generic[J, T, R]):
    def __init__(self, job: J, items: Sequence[T]) -> None:
        self.job = job
        self.items = items
        self.results: list[R | Lost] | None = None if items else []


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


class Crew(Generic[T, R]):
    """Up to ``number`` processes that do ``work`` on items; with one, all is done in this process.

    They are started when there is a second task for them, after ``prepare`` was given the first item: where processes are
    forked, they share what that has loaded. ``work`` must be a function of a module, and raise nothing.
    """

    def __init__(self, number: int, work: Callable[[T], R], prepare: Callable[[T], object]) -> None:
        self._number = number
        self._work = work
        self._prepare = prepare
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, _Task[Any, T, R]]] = {}

    def __enter__(self) -> Crew[T, R]:
        return self

    def __exit__(self, *error: object) -> None:
        busy = [worker for worker, _ in self._busy.values()]
        for worker in (*self._idle, *busy):
            worker.pipe.close()
        for worker in busy:
            worker.process.terminate()
        for worker in (*self._idle, *busy):
            worker.process.join()

    def done(self, jobs: Iterable[tuple[J, Sequence[T]]]) -> Iterator[tuple[J, list[R | Lost]]]:
        """The jobs in their order, each with what became of its items.

        Of the jobs no more are taken than keep the processes busy.
        """
        taken: deque[_Task[J, T, R]] = deque()
        for job, items in jobs:
            taken.append(_Task(job, items))
            self._give_out(taken)
            while taken and (taken[0].results is not None or len(taken) >= 3 * self._number or self._number == 1):
                yield self._finished(taken)
        while taken:
            yield self._finished(taken)

    def _finished(self, taken: deque[_Task[J, T, R]]) -> tuple[J, list[R | Lost]]:
        first = taken[0]
        while first.results is None:
            if not self._busy:
                first.results = list(map(self._work, first.items))
                break
            for pipe in wait(list(self._busy)):
                assert isinstance(pipe, Connection)
                self._receive(pipe)
            self._give_out(taken)
        taken.popleft()
        return first.job, first.results

    def _give_out(self, taken: deque[_Task[J, T, R]]) -> None:
        """Gives what no one has begun to those who have nothing to do."""
        held = [task for _, task in self._busy.values()]
        open_tasks = [task for task in taken if task.results is None and task not in held]
        if not open_tasks or self._number == 1 or (not self._busy and not self._idle and len(open_tasks) < 2):
            return
        for task in open_tasks:
            if len(self._busy) == self._number:
                return
            if not self._idle:
                self._prepare(task.items[0])
                self._idle.append(self._started())
            worker = self._idle.pop()
            self._busy[worker.pipe] = worker, task
            try:
                worker.pipe.send(task.items)
            except OSError:  # it is dead already; its end of the pipe will say so
                pass

    def _receive(self, pipe: Connection) -> None:
        worker, task = self._busy.pop(pipe)
        try:
            task.results = pipe.recv()
        except (EOFError, OSError):
            pipe.close()
            worker.process.join()
            if len(task.items) == 1:
                task.results = [Lost(worker.process.exitcode)]
            else:
                task.results = [self._alone(item) for item in task.items]
        else:
            self._idle.append(worker)

    def _alone(self, item: T) -> R | Lost:
        """What becomes of an item in a process of its own."""
        worker = self._started()
        try:
            worker.pipe.send([item])
            results: list[R] = worker.pipe.recv()
            return results[0]
        except (EOFError, OSError):
            worker.process.join()
            return Lost(worker.process.exitcode)
        finally:
            worker.pipe.close()
            worker.process.join()

    def _started(self) -> _Worker:
        ours, theirs = _CONTEXT.Pipe()
        # A forked process holds our ends of all pipes, and would not see ours close if we died.
        others = [ours, *self._busy, *(worker.pipe for worker in self._idle)] if _IS_FORKED else []
        process = _CONTEXT.Process(target=_serve, args=(theirs, self._work, others), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _serve(pipe: Connection, work: Callable[[T], R], others: Iterable[Connection]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has the others
    for other in others:
        other.close()
    while True:
        try:
            items = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(list(map(work, items)))
