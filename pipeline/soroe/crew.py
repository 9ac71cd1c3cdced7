"""Processes that share work: what is given comes back in its order, whatever their number, and one that dies takes nothing along.

Each process has a pipe of its own and one task at a time, so that it is known which task a dead one had. (The pools of the
standard library lose all that was under way, and have threads, beside which no process can safely be forked.)
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

J = TypeVar("J")
T = TypeVar("T")
R = TypeVar("R")


_IS_FORKED = sys.platform == "linux"
# Results go back together, when so many seconds have passed: each message wakes the process that has the others.
_TOGETHER = 0.02
# A wait for a process ends after a day at the latest, and begins again: the system knows no number of seconds that is much larger.
_LONGEST_WAIT = 86_400.0
# So many new objects there are before garbage is looked for. Cleaning makes none (a test holds that), and with Python's 700 an eighth
# of the time of a run went into looking.
_NEW_OBJECTS = 100_000


@contextmanager
def garbage_seldom() -> Iterator[None]:
    """While it is open garbage is looked for less often: for a process that does nothing else but a run."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Lost(NamedTuple):
    """What became of an item that took its process with it, or took too long, twice."""

    why: str


class _Task(Generic[J, T, R]):
    """Items that were given together; those that are done come first.

    The one that a process was lost over is tried once more as a task of its own, ``of`` this one, which ``is_held`` until then.
    """

    def __init__(self, job: J, items: Sequence[T], of: _Task[Any, T, R] | None = None) -> None:
        self.job = job
        self.items = items
        self.results: list[R | Lost] = []
        self.together = _TOGETHER
        self.of = of
        self.is_held = False

    @property
    def is_done(self) -> bool:
        return len(self.results) == len(self.items)


class _Worker:
    """A process, our end of its pipe, what it is doing, and since when it is at the items that it has not told of."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.task: _Task[Any, Any, Any] | None = None
        self.since = 0.0

    def give(self, task: _Task[Any, Any, Any]) -> None:
        self.task = task
        self.since = time.monotonic()
        with suppress(OSError):  # it is dead already: its end of the pipe will say so
            self.pipe.send((task.items[len(task.results) :], task.together))

    def ended(self) -> str:
        """Ends the process and tells how it ended."""
        self.pipe.close()
        if self.task:
            self.process.kill()
        self.process.join()
        status = self.process.exitcode or 0
        return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


class Crew(Generic[T, R]):
    """Up to ``number`` processes that do ``work`` on items; with one, and no ``timeout``, all is done in this process.

    They are started when there is a second task for them, after ``prepare`` was given the first item: where processes are
    forked, they share what that has loaded. ``work`` must be a function of a module, and raise nothing. An item that its process
    dies of, or is at for more than ``timeout`` seconds, is tried once more by itself, and then `Lost`. ``warn`` is told of a
    process that has died. With ``is_apart`` nothing is done in this process.
    """

    def __init__(
        self,
        number: int,
        work: Callable[[T], R],
        prepare: Callable[[T], object],
        timeout: float | None = None,
        is_apart: bool = False,
    ) -> None:
        self.warn: Callable[[str], object] = lambda warning: None
        self._is_apart = is_apart or timeout is not None
        self._number = number
        self._work = work
        self._prepare = prepare
        self._timeout = timeout
        self._workers: list[_Worker] = []
        self._again: list[_Task[Any, T, R]] = []  # what is tried once more

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
        most = 3 * self._number if self._number > 1 or self._is_apart else 1
        for job, items in jobs:
            taken.append(_Task(job, items))
            self._give_out(taken)
            while taken and (taken[0].is_done or len(taken) >= most):
                yield self._finished(taken)
        while taken:
            yield self._finished(taken)

    def _finished(self, taken: deque[_Task[J, T, R]]) -> tuple[J, list[R | Lost]]:
        first = taken[0]
        if not self._workers and not self._is_apart:
            first.results = list(map(self._work, first.items))
        while not first.is_done:
            self._give_out(taken, is_last=True)
            self._receive()
        self._give_out(taken)
        taken.popleft()
        return first.job, first.results

    def _give_out(self, taken: Iterable[_Task[J, T, R]], is_last: bool = False) -> None:
        """Gives what no one has begun to those who have nothing to do."""
        begun = [worker.task for worker in self._workers]
        waiting = [task for task in (*self._again, *taken) if not (task.is_done or task.is_held or task in begun)]
        if not (self._workers or is_last or self._is_apart) and (self._number == 1 or len(waiting) < 2):
            return
        idle = [worker for worker in self._workers if not worker.task]
        for task in waiting:
            if not idle:
                if len(self._workers) == self._number:
                    return
                self._prepare(task.items[0])
                idle = [self._started()]
                self._workers += idle
            idle.pop().give(task)

    def _receive(self) -> None:
        """Waits until something more is done, or someone has died over it or been at it for too long."""
        from multiprocessing.connection import wait

        busy = [worker for worker in self._workers if worker.task]
        patience = None
        if self._timeout is not None:
            patience = max(0.0, min(worker.since for worker in busy) + self._timeout - time.monotonic())
            patience = min(patience, _LONGEST_WAIT)
        ready = wait([worker.pipe for worker in busy], patience)
        for worker in busy:
            task = worker.task
            assert task
            if worker.pipe in ready:
                try:
                    task.results += worker.pipe.recv()
                except (EOFError, OSError):
                    how = self._ended(worker)
                    if not task.of:
                        self.warn(f"a process {how} and is replaced; what it was at is tried once more: out of memory?")
                    self._try_again(task, f"the process that read it {how}, twice: out of memory?")
                    continue
                worker.since = time.monotonic()
                if task.is_done:
                    worker.task = None
                    self._tried(task)
            elif self._timeout is not None and time.monotonic() >= worker.since + self._timeout:
                self._ended(worker)
                self._try_again(task, f"took longer than {self._timeout:g} s, twice")

    def _ended(self, worker: _Worker) -> str:
        """Ends a process that is dead, or as good as dead, and tells how it ended."""
        self._workers.remove(worker)
        return worker.ended()

    def _try_again(self, task: _Task[Any, T, R], why: str) -> None:
        """Sees to the item that a process was lost over: it is tried once more, and lost, the reason why, if that was the second try."""
        if task.of:
            task.results.append(Lost(why))
            self._tried(task)
        else:
            # Or it was at one behind it, which will take the next process along; that one tells of each at once.
            task.together = 0.0
            task.is_held = True
            self._again.append(_Task(None, [task.items[len(task.results)]], task))

    def _tried(self, task: _Task[Any, T, R]) -> None:
        """Puts the result of a second try in its place."""
        if task.of:
            self._again.remove(task)
            task.of.results += task.results
            task.of.is_held = False

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
    gc.freeze()  # what was loaded stays
    gc.set_threshold(_NEW_OBJECTS)
    while True:
        try:
            items, together = pipe.recv()
            results: list[R] = []
            since = time.monotonic()
            for at, item in enumerate(items, 1):
                results.append(work(item))
                if at == len(items) or time.monotonic() - since >= together:
                    pipe.send(results)
                    results, since = [], time.monotonic()
        except (EOFError, OSError):  # no one is there any more
            return
