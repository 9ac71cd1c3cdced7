"""Whether a run that is killed and resumed ends as one that was not: python tests/bench/kills.py [ARTICLES.jsonl] --kills 200

A dump (see `dump.py`) with rows that cannot be read in it is cleaned once without a stop. Then it is cleaned by 1, 2 or 3 workers, and
SIGKILL comes at random moments: to all its processes, to the first one alone, or to a worker, after which the run has to go on.
What was killed is resumed until it is done, by another number of workers; and all of its files are compared with those of the first
run, byte by byte (of run.json, all but the times). Rows are counted by their ids: each stands once in clean/ or in the quarantine.

`--options` are given to `soroe run`, as in --options='--shard-size 200KB'. Status 1 where anything
differs; what was written stays then, and is named.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from dump import bytes_in, rows
from processes import SOROE, below

from soroe.formats import stage

BROKEN = ('["no article"]\n', '{"id": "no text"}\n', '{"id": "cut off", "text": "ここで\n')
EVERY = 97  # articles between two broken rows
WORKERS = (1, 2, 3)
OK, QUARANTINED = 0, 2


class Kill(NamedTuple):
    """Whom it hits, and after what part of the time that a whole run takes."""

    who: str
    moment: float
    workers: int


def write_rows(path: Path, articles: Path | None, size: int, seed: int) -> Counter[str]:
    """A compressed dump, some of whose rows are broken; its ids, those of broken rows by their text."""
    ids: Counter[str] = Counter()
    with gzip.open(path, "wt", encoding="utf-8", errors="surrogatepass", compresslevel=1, newline="") as file:
        for number, line in enumerate(rows(articles, seed, size), 1):
            file.write(line)
            ids[json.loads(line)["id"]] += 1
            if number % EVERY == 0:
                broken = BROKEN[number // EVERY % len(BROKEN)]
                file.write(broken)
                ids[broken.split("\n")[0]] += 1
    return ids


def files_of(out: Path) -> dict[str, bytes]:
    """All files of a run; without the time it took."""
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    about: dict[str, Any] = json.loads(files[stage.RUN])
    del about["seconds"], about["stages"]
    return files | {stage.RUN: json.dumps(about).encode()}


def ids_of(files: dict[str, bytes]) -> Counter[str]:
    """The ids of all rows that came out, and the text of those in quarantine."""
    ids: Counter[str] = Counter()
    for name, data in files.items():
        if name.startswith(f"{stage.CLEAN}/"):
            text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8", "surrogatepass")
            ids.update(json.loads(line)["id"] for line in text.split("\n") if line)
    quarantine = files["quarantine.jsonl"].decode("utf-8", "surrogatepass")
    ids.update(json.loads(line)["raw"].rstrip("\n") for line in quarantine.split("\n") if line)
    return ids


def differing(files: dict[str, bytes], whole: dict[str, bytes]) -> list[str]:
    """The names of the files that are in one of both alone, or not the same."""
    return sorted(name for name in files.keys() | whole.keys() if files.get(name) != whole.get(name))


class Killed:
    """A run that is killed until it is done."""

    def __init__(self, dump: Path, out: Path, options: Sequence[str], took: dict[int, float], chance: random.Random):
        self._dump, self._out, self._options, self._took, self._chance = dump, out, options, took, chance
        self.kills: list[Kill] = []

    def _started(self, workers: int) -> subprocess.Popen[bytes]:
        left = next(self._out.glob(".soroe-unfinished-*"), None) if self._out.exists() else None
        resume = ["--resume"] if left and stage._has_journal(left) else []
        command = [*SOROE, "run", str(self._dump), "--quiet", "--workers", str(workers), "--out", str(self._out)]
        return subprocess.Popen(
            [*command, *self._options, *resume],
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def done(self, most: int) -> None:
        """Runs to the end, with so many kills at most."""
        while True:
            workers = self._chance.choice(WORKERS)
            running = self._started(workers)
            for moment in sorted(self._chance.uniform(0.02, 1.0) for _ in range(2)):
                if len(self.kills) >= most or not _lasts(running, moment * self._took[workers] / 2):
                    break
                who = self._chance.choice(("all", "first", "worker") if workers > 1 else ("all",))
                if who != "worker":
                    self.kills.append(Kill(who, moment, workers))
                    (os.killpg if who == "all" else os.kill)(running.pid, signal.SIGKILL)
                    break
                if children := below(running.pid):
                    self.kills.append(Kill(who, moment, workers))
                    _kill(self._chance.choice(children))
            _, said = running.communicate()
            if running.returncode in (OK, QUARANTINED) and (self._out / stage.RUN).exists() and not self._left():
                return
            if running.returncode != -signal.SIGKILL:
                raise SystemExit(f"soroe run ended with {running.returncode}:\n{said.decode('utf-8', 'replace')}")

    def _left(self) -> bool:
        return any(self._out.glob(".soroe-unfinished-*"))


def _lasts(running: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it still runs after that time."""
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has just ended
        return


def main() -> int:
    """0 where every run that was killed ended as the one that was not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", type=Path, metavar="ARTICLES.jsonl", help="what the dump is made of")
    parser.add_argument("--kills", type=int, default=200, metavar="N")
    parser.add_argument("--bytes", type=bytes_in, default=3 * 10**6, metavar="SIZE", help="of the dump (3MB)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--options", type=shlex.split, default=[], metavar="OPTIONS", help="for soroe run")
    arguments = parser.parse_args()
    if arguments.articles and not arguments.articles.is_file():
        print(f"skipped: {arguments.articles} is not there")
        return 0
    if sys.platform != "linux":
        print("skipped: /proc tells which processes are below another")
        return 0
    home = Path(tempfile.mkdtemp(prefix="soroe-kills-"))
    dump, chance = home / "dump.jsonl.gz", random.Random(arguments.seed)
    ids = write_rows(dump, arguments.articles, arguments.bytes, arguments.seed)
    took: dict[int, float] = {}
    for workers in WORKERS:
        start = monotonic()
        out = home / ("whole" if workers == WORKERS[0] else "out")
        Killed(dump, out, arguments.options, {}, chance).done(most=0)
        took[workers] = monotonic() - start
        whole = files_of(home / "whole")
        if wrong := differing(files_of(out), whole):
            print(f"{out} by {workers} workers differs from {home / 'whole'}: {', '.join(wrong)}")
            return 1
        shutil.rmtree(home / "out", ignore_errors=True)
    found = ids_of(whole)
    print(
        f"{sum(ids.values()):,} rows; unstopped, by 1, 2, 3 workers: {', '.join(f'{s:.1f} s' for s in took.values())}"
    )
    kills: list[Kill] = []
    runs = same = lost = doubled = 0
    while len(kills) < arguments.kills:
        killed = Killed(dump, home / "out", arguments.options, took, chance)
        killed.done(arguments.kills - len(kills))
        kills += killed.kills
        files = files_of(home / "out")
        found = ids_of(files)
        runs += 1
        lost += sum((ids - found).values())
        doubled += sum((found - ids).values())
        if wrong := differing(files, whole):
            print(f"after {killed.kills} {home / 'out'} differs from {home / 'whole'}: {', '.join(wrong)}")
            break
        same += 1
        shutil.rmtree(home / "out")
    who = Counter(kill.who for kill in kills)
    print(
        f"{len(kills)} kills ({', '.join(f'{count} of {one}' for one, count in sorted(who.items()))}); {runs} runs done, "
        f"{same} byte-identical; rows lost {lost}, doubled {doubled}"
    )
    if same == runs and not lost and not doubled:
        shutil.rmtree(home)
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
