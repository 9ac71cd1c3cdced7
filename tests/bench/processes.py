"""What the benches ask of processes: which are below one, the memory they hold, and how long they worked. Linux tells it in /proc."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

PROC = Path("/proc")
SOROE = (sys.executable, "-c", "from soroe.cli import entry; entry()")
_EVERY = 0.25  # seconds between two looks at the memory


def is_told() -> bool:
    """Whether this system tells of the memory of processes."""
    return (PROC / "self" / "smaps_rollup").exists()


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have, the oldest first."""
    parents: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("utf-8", "replace")
            except OSError:  # it has ended
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in sorted(parents.get(parent, ()))]
        found += level
    return found


class Held(NamedTuple):
    """The memory of one process in MB of 2**20 bytes: all that it sees, its share of that, and what is its alone and was written to."""

    rss: float
    pss: float
    private: float

    @classmethod
    def by(cls, pid: int) -> Held | None:
        """What a process holds now; None of one that has ended."""
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text("utf-8").splitlines()[1:]
        except OSError:
            return None
        told = {key: int(rest.split()[0]) / 1024 for key, _, rest in (line.partition(":") for line in lines)}
        return cls(told.get("Rss", 0), told.get("Pss", 0), told.get("Private_Dirty", 0))


class Taken(NamedTuple):
    """What a command took: seconds that passed, seconds that its processes worked, and the most memory (MB of 2**20 bytes).

    ``all`` is the memory of all processes together, what they share counted once; ``first`` and ``worker`` are of the first process
    and of the largest one below it.
    """

    seconds: float
    worked: float
    all: float
    first: Held
    worker: Held
    status: int


def taken(command: Sequence[str], environment: dict[str, str] | None = None) -> Taken:
    """Runs a command to its end and watches it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    nothing = Held(0, 0, 0)
    most = [nothing, nothing]
    together = 0.0
    has_ended = threading.Event()

    def watch() -> None:
        nonlocal together
        while not has_ended.wait(_EVERY):
            held = [(at > 0, Held.by(pid)) for at, pid in enumerate((process.pid, *below(process.pid)))]
            for at, one in held:
                if one:
                    most[at] = Held(*map(max, most[at], one))
            together = max(together, sum(one.pss for _, one in held if one))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    status = process.wait()
    seconds = perf_counter() - start
    has_ended.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(seconds, worked, together, most[0], most[1], status)


def cores() -> int:
    """How many cores there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
