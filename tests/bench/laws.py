"""The laws of a run, checked on every text of folders or files: python tests/bench/laws.py FOLDER...

replay       the edits made on the source give the cleaned text
undo         their inverses made on the cleaned text give the source
fixed point  what is clean stays clean
places       every mention of every name stands where it says, spelt as it says
settled      no two rules undo each other (E000)
order        another order of documents and another hash seed give the same result

Read are *.jsonl (rows with a text), *.txt and *.md, in folders below too. A text that breaks a law is named with the least part
of it that still does; status 1. With `--no-cut` it is only named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from soroe.engine import Pipeline, Result
from soroe.settings import Settings
from soroe.text import Markup, inverse, replay

SETTINGS = Settings(all_names=True)


class Text(NamedTuple):
    """One document of a folder."""

    id: str
    text: str
    markup: Markup


def texts(paths: list[Path]) -> Iterator[Text]:
    """All documents below the paths, in the order of their names."""
    for top in paths:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix == ".jsonl":
                for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
                    row = json.loads(line) if line.strip() else {}
                    if isinstance(row.get("text"), str):
                        yield Text(f"{path}:{number}", row["text"], "plain")
            elif path.suffix in (".txt", ".md"):
                with path.open(encoding="utf-8", newline="") as file:
                    yield Text(str(path), file.read(), "markdown" if path.suffix == ".md" else "plain")


def is_misplaced(result: Result) -> bool:
    """Whether a mention of a name is not what stands in the source at its span."""
    source = result.document.source
    return any(
        source[slice(*mention.span)] != mention.surface or mention.surface != alias.surface
        for entity in result.entities
        for alias in entity.aliases
        for mention in alias.mentions
    )


def broken_laws(pipeline: Pipeline, text: str, markup: Markup, result: Result | None = None) -> list[str]:
    """The names of the laws that a text breaks."""
    result = result or pipeline.clean(text, markup=markup)
    again = pipeline.clean(result.text, markup=markup)
    laws = {
        "replay": replay(text, result.edits) == result.text,
        "undo": replay(result.text, inverse(text, result.edits)) == text,
        "fixed point": again.text == result.text,
        "places": not is_misplaced(result),
        "settled": all(finding.code != "E000" for finding in result.findings),
    }
    return [law for law, holds in laws.items() if not holds]


def cut(text: str, is_broken: Callable[[str], bool]) -> str:
    """The least part of a text, by lines and then by letters, of which something is still true."""
    for separator in ("\n", "。", ""):
        parts = text.split(separator) if separator else list(text)
        size = max(1, len(parts) // 2)
        while size:
            at = 0
            while at < len(parts):
                fewer = parts[:at] + parts[at + size :]
                if is_broken(separator.join(fewer)):
                    parts = fewer
                else:
                    at += size
            size //= 2
        text = separator.join(parts)
    return text


def digest(result: Result) -> str:
    """All that a result says, as a short word."""
    said = (result.text, result.edits, result.fixed, result.findings, [tuple(entity) for entity in result.entities])
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def digests_backwards(paths: list[Path], seed: str) -> subprocess.Popen[str]:
    """Another process with another hash seed, that reads the documents from the last to the first and tells their digests."""
    command = [sys.executable, __file__, "--backwards", *map(str, paths)]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def check(paths: list[Path], is_cut: bool) -> int:
    """Prints every broken law; the number of them."""
    other = digests_backwards(paths, "4711")
    pipeline = Pipeline(SETTINGS)
    broken = 0
    own: dict[str, str] = {}
    for id, text, markup in texts(paths):
        result = pipeline.clean(text, markup=markup)
        own[id] = digest(result)
        for law in broken_laws(pipeline, text, markup, result):
            broken += 1
            print(f"{law}: {id}", flush=True)
            if is_cut:
                least = cut(text, lambda part, law=law, markup=markup: law in broken_laws(pipeline, part, markup))  # type: ignore[misc]
                print(f"  {least!r}\n  gives {pipeline.clean(least, markup=markup).text!r}", flush=True)
    told, _ = other.communicate()
    theirs = dict(line.rsplit(" ", 1) for line in told.splitlines())
    for id, mine in own.items():
        if theirs.get(id) != mine:
            broken += 1
            print(f"order: {id}")
    print(f"{len(own)} texts, {broken} broken laws")
    return broken


def main() -> int:
    """0 where all laws hold or a folder is not there, 1 where one is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--no-cut", action="store_true", help="name the text only")
    parser.add_argument("--backwards", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for path in arguments.paths:
        if not path.exists():
            print(f"skipped: {path} is not there")
    paths = [path for path in arguments.paths if path.exists()]
    if arguments.backwards:
        pipeline = Pipeline(SETTINGS)
        for id, text, markup in reversed(list(texts(paths))):
            print(id, digest(pipeline.clean(text, markup=markup)))
        return 0
    return int(check(paths, not arguments.no_cut) > 0) if paths else 0


if __name__ == "__main__":
    sys.exit(main())
