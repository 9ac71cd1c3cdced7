"""Processes that share work: what is given comes back in its order, whatever their number, and one that dies takes nothing along.

Each process has a pipe of its own and one task at a time, so that it is known which task a dead one had. (The pools of the
standard library lose all that was under way, and have threads, beside which no process can safely be forked.)
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

J = TypeVar("J")
T = TypeVar("T")
R = TypeVar("R")


_IS_FORKED = sys.platform == "linux"


class Lost(NamedTuple):
    """What became of an item whose process died; a negative status is the signal that ended it."""

    status: int | None


class _Task(Generic[J, T, R]):
    def __init__(self, job: J, items: Sequence[T]) -> None:
        self.job = job
        self.items = items
        self.results: list[R | Lost] | None = None if items else []


class _Worker:
    """A process, our end of its pipe, and what it is doing."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.task: _Task[Any, Any, Any] | None = None

    def ended(self) -> int | None:
        """Ends the process and tells how it ended."""
        self.pipe.close()
        if self.task:
            self.process.terminate()
        self.process.join()
        return self.process.exitcode


class Crew(Generic[T, R]):
    """Up to ``number`` processes that do ``work`` on items; with one, all is done in this process.

    They are started when there is a second task for them, after ``prepare`` was given the first item: where processes are
    forked, they share what that has loaded. ``work`` must be a function of a module, and raise nothing.
    """

    def __init__(self, number: int, work: Callable[[T], R], prepare: Callable[[T], object]) -> None:
        self._number = number
        self._work = work
        self._prepare = prepare
        self._workers: list[_Worker] = []

    def __enter__(self) -> Crew[T, R]:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.ended()

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
        if first.results is None and not self._workers:
            first.results = list(map(self._work, first.items))
        while first.results is None:
            self._receive()
            self._give_out(taken)
        taken.popleft()
        return first.job, first.results

    def _give_out(self, taken: Iterable[_Task[J, T, R]]) -> None:
        """Gives what no one has begun to those who have nothing to do."""
        begun = [worker.task for worker in self._workers]
        waiting = [task for task in taken if task.results is None and task not in begun]
        if self._number == 1 or (not self._workers and len(waiting) < 2):
            return
        idle = [worker for worker in self._workers if not worker.task]
        for task in waiting:
            if not idle:
                if len(self._workers) == self._number:
                    return
                self._prepare(task.items[0])
                idle = [self._started()]
                self._workers += idle
            worker = idle.pop()
            worker.task = task
            with suppress(OSError):  # it is dead already: its end of the pipe will say so
                worker.pipe.send(task.items)

    def _receive(self) -> None:
        """Waits until one or more have finished their tasks, or died over them."""
        from multiprocessing.connection import wait

        ready = wait([worker.pipe for worker in self._workers if worker.task])
        for worker in [worker for worker in self._workers if worker.pipe in ready]:
            task, worker.task = worker.task, None
            assert task
            try:
                task.results = worker.pipe.recv()
            except (EOFError, OSError):
                self._workers.remove(worker)
                status = worker.ended()
                several = len(task.items) > 1
                task.results = [self._alone(item) for item in task.items] if several else [Lost(status)]

    def _alone(self, item: T) -> R | Lost:
        """What becomes of an item in a process of its own."""
        worker = self._started()
        try:
            worker.pipe.send([item])
            results: list[R] = worker.pipe.recv()
        except (EOFError, OSError):
            return Lost(worker.ended())
        worker.ended()
        return results[0]

    def _started(self) -> _Worker:
        import multiprocessing  # 15 ms, which one file does not need

        context: Any = multiprocessing.get_context("fork" if _IS_FORKED else "spawn")
        ours, theirs = context.Pipe()
        # A forked process holds our ends of all pipes, and would not see ours close if we died.
        others = [ours, *(worker.pipe for worker in self._workers)] if _IS_FORKED else []
        process = context.Process(target=_serve, args=(theirs, self._work, others), daemon=True)
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
