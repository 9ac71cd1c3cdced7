"""What the tests of dumps share."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from soroe.cli import main
from soroe.engine import Pipeline
from soroe.formats.read import Reading
from soroe.formats.restore import restore
from soroe.formats.run import run
from soroe.formats.stream import lacking_compression
from soroe.formats.tally import Tally
from soroe.settings import Settings

CHARACTERS = Settings(select=("C101",))  # ｱ → ア, and nothing else
BEFORE, AFTER = "ｱﾙﾄﾏﾝ氏は語った。", "アルトマン氏は語った。"


def run_on(out: Path, *inputs: Path | str, stdin: bytes = b"", **fields: str) -> Tally:
    return run([str(path) for path in inputs], out, CHARACTERS, Reading(**fields), io.BytesIO(stdin))


def records(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def quarantined(out: Path) -> list[tuple[str, int | None, str]]:
    return [(told["source"], told["line"], told["reason"]) for told in records(out / "quarantine.jsonl")]


def restored(out: Path) -> dict[str, str]:
    return {told.name: told.inexact for told in restore(out)}


def cleaned(tmp_path: Path, name: str, data: bytes, **fields: str) -> bytes:
    """What a run makes of a file; that it can be undone is seen to."""
    (tmp_path / name).write_bytes(data)
    out = tmp_path / "out"
    run_on(out, tmp_path / name, **fields)
    assert restored(out) == {name: ""}
    assert (out / "restored" / name).read_bytes() == data
    return (out / "clean" / name).read_bytes()


def mended(path: Path, *options: str) -> bytes:
    """What `soroe lint --fix` makes of a file; that nothing is left to mend is seen to."""
    arguments = ["lint", "--select", "C101", "--workers", "1", "--no-cache", *options, str(path)]
    assert main([*arguments, "--fix"]) == 1
    now = path.read_bytes()
    assert (main([*arguments, "--fix"]), path.read_bytes()) == (0, now)
    return now


def fail_on_b(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes soroe fail on articles with a B."""
    clean = Pipeline.clean

    def failing(self: Pipeline, text: str, *rest: Any, **named: Any) -> Any:
        return clean(self, text, *rest, **named) if "B" not in text else 1 / 0

    monkeypatch.setattr(Pipeline, "clean", failing)


def zstd(data: bytes) -> bytes:
    from soroe.formats.stream import _zstd

    return _zstd().compress(data)  # type: ignore[no-any-return]


def unzstd(data: bytes) -> bytes:
    from soroe.formats.stream import _zstd

    return _zstd().decompress(data)  # type: ignore[no-any-return]


COMPRESSIONS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.compress, gzip.decompress),
    ".bz2": (bz2.compress, bz2.decompress),
    ".xz": (lzma.compress, lzma.decompress),
    ".zst": (zstd, unzstd),
}
if lacking_compression(".zst"):
    del COMPRESSIONS[".zst"]
# A page of three bytes a letter, of which a large dump has many.
LARGE = 40 << 20
MOST_MEMORY = 24 << 20  # 0 to 10 MB were measured
PAGE = "".join(random.Random(7).choices("港町議会市長新埠頭閉鎖計画反対運動、。\n", k=2_000))
# Reads a file and writes it again; prints by how many bytes the most memory that it ever had grew.
COPY = """
import io, sys
from pathlib import Path
from soroe.formats.read import Article, Broken, Finished, Kept, Reading, find_sources, read
from soroe.formats.written import Written

def copied(path, out):
    written = None
    for event in read(find_sources([path]), Reading(), io.BytesIO()):
        if isinstance(event, Article):
            written = written or Written(Path(out), event.source)
            written.article(event, event.text, ())
        elif isinstance(event, Kept):
            written = written or Written(Path(out), next(find_sources([path])))
            written.kept(event)
        elif isinstance(event, Broken):
            sys.exit(event.reason)
        elif isinstance(event, Finished):
            assert written.close() == event.sha256

def most():
    # ru_maxrss is that of the process that started this one, if it had more
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) << 10

copied(sys.argv[1], sys.argv[3])
before = most()
copied(sys.argv[2], sys.argv[3])
print(most() - before)
"""


def takes_little_memory(folder: Path, name: str, large: Callable[[Path, int], None]) -> None:
    """Reads and writes a large file, as it is and compressed, and compares how much memory a small one takes."""
    if sys.platform != "linux":
        pytest.skip("/proc tells how much memory a process ever had")
    for part in ("small", "large"):
        (folder / part).mkdir()
        large(folder / part / name, LARGE if part == "large" else 1 << 20)
        with (folder / part / name).open("rb") as file, gzip.open(folder / part / f"{name}.gz", "wb", 1) as packed:
            shutil.copyfileobj(file, packed)
    assert (folder / "large" / name).stat().st_size >= LARGE
    for ending in ("", ".gz"):
        small, path = (str(folder / part / f"{name}{ending}") for part in ("small", "large"))
        done = subprocess.run(
            [sys.executable, "-c", COPY, small, path, str(folder / "out")], capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) < MOST_MEMORY
