"""Processes that share work: the order, every item once, and what becomes of those that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from soroe.crew import Crew, Lost

PARENT = os.getpid()


def work(item: int) -> int:
    """Its double; 7 ends its process, 8 never ends. Multiples of 5 take longer."""
    if os.getpid() != PARENT:
        if item == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        if item == 8:
            time.sleep(60)
    time.sleep(0.003 * (item % 5 == 0))
    return 2 * item


def lost_once(path: str) -> str:
    """Ends its process unless the file is there; then it is."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return path
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def done(
    batches: Sequence[Sequence[int]], number: int, timeout: float | None = None
) -> list[tuple[int, list[int | Lost]]]:
    with Crew(number, work, lambda item: None, timeout) as crew:
        return list(crew.done(enumerate(batches)))


BATCHES = [[1, 2, 3], [], [5], [10, 11], [4], [], [15, 20, 25], [6], *([at] for at in range(100, 140))]


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_all_is_done_once_and_comes_in_its_order(number: int) -> None:
    assert done(BATCHES, number) == [(at, [2 * item for item in items]) for at, items in enumerate(BATCHES)]


def test_with_one_process_or_one_task_no_other_is_started() -> None:
    for batches, number in ((BATCHES, 1), ([[1]], 3), ([[], [1], []], 3), ([], 3)):
        with Crew(number, _pid, lambda item: None) as crew:
            assert {pid for _, pids in crew.done(enumerate(batches)) for pid in pids} <= {PARENT}


def _pid(item: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(("deadly", "why"), [(7, "was ended by signal 9, twice"), (8, "took longer than 0.5 s, twice")])
def test_an_item_that_is_lost_takes_no_other_with_it(number: int, deadly: int, why: str) -> None:
    batches = [*BATCHES[:4], [21, deadly, 22], *BATCHES[4:]]
    told = done(batches, number, 0.5)
    (lost,) = [result for _, results in told for result in results if isinstance(result, Lost)]
    assert why in lost.why
    assert [(at, [result for result in results if not isinstance(result, Lost)]) for at, results in told] == [
        (at, [2 * item for item in items if item != deadly]) for at, items in enumerate(batches)
    ]


def test_an_item_is_tried_again(tmp_path: Path) -> None:
    paths = [[f"{tmp_path}/{at}"] for at in range(4)]
    with Crew(2, lost_once, lambda item: None) as crew:
        assert [results for _, results in crew.done(enumerate(paths))] == paths


def note(path: str) -> str:
    """Notes that it was done, which takes a while; one never ends."""
    with Path(path).open("a") as file:
        file.write("done\n")
    time.sleep(60 if path.endswith("never") else 0.3)
    return path


def test_one_that_takes_too_long_keeps_no_other_from_its_work(tmp_path: Path) -> None:
    paths = [str(tmp_path / ("never" if at == 1 else str(at))) for at in range(16)]
    with Crew(4, note, lambda item: None, timeout=0.8) as crew:
        results = [result for _, results in crew.done((path, [path]) for path in paths) for result in results]
    assert [isinstance(result, Lost) for result in results] == [path.endswith("never") for path in paths]
    done_times = {path: len(Path(path).read_text().splitlines()) for path in paths}
    assert done_times == {path: 2 if path.endswith("never") else 1 for path in paths}


@pytest.mark.parametrize("timeout", [3_000_000.0, 1e300])
def test_there_may_be_more_time_than_the_system_can_count(timeout: float) -> None:
    assert done(BATCHES, 2, timeout) == [(at, [2 * item for item in items]) for at, items in enumerate(BATCHES)]


def test_jobs_are_taken_as_they_are_needed() -> None:
    taken = 0

    def jobs() -> Iterator[tuple[int, list[int]]]:
        nonlocal taken
        for at in range(1000):
            taken += 1
            yield at, [at]

    with Crew(2, work, lambda item: None) as crew:
        for at, _ in crew.done(jobs()):
            assert taken <= at + 8
            if at == 50:
                break


def test_no_process_is_left_behind() -> None:
    with Crew(3, work, lambda item: None) as crew:
        for at, _ in crew.done((at, [at, 5]) for at in range(200, 300)):
            if at == 203:
                break
    assert multiprocessing.active_children() == []
