"""Which lines were changed since a revision, as git tells it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from soroe.formats.read import BadInput
from soroe.review.linted import Linted

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Changed(NamedTuple):
    """The lines of each file that were changed, as ranges from and to (from 1, both inside); a new file is changed as a whole."""

    root: Path
    lines: dict[str, list[tuple[int, int]]]
    new: frozenset[str]

    def only(self, article: Linted) -> Linted:
        """The article with the findings that stand on a changed line."""
        path = article.article.source.path
        name = (
            path.resolve().relative_to(self.root).as_posix()
            if path and path.resolve().is_relative_to(self.root)
            else ""
        )
        if not name or name in self.new:
            return article
        ranges = self.lines.get(name, [])
        kept = (
            told.finding
            for told in article.told()
            if any(first <= told.place.end_line and told.place.line <= last for first, last in ranges)
        )
        return article.only(kept)


def changed_since(revision: str, folder: Path) -> Changed:
    """What differs between a revision and the files as they are now; `BadInput` where git cannot tell."""
    root = Path(_git(["rev-parse", "--show-toplevel"], folder).rstrip("\n"))
    new = _git(["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"], folder)
    patch = _git(
        ["diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--no-prefix", "--text", revision, "--"],
        folder,
    )
    lines: dict[str, list[tuple[int, int]]] = {}
    name = ""
    rest = iter(patch.split("\n"))
    for line in rest:
        if line.startswith("+++ "):
            name = line[4:].rstrip("\t")
        elif hunk := _HUNK.match(line):
            gone, first, count = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            # An added line ++ is +++ in a patch: what a hunk holds is not looked at.
            for _ in range(gone + count):
                next(rest)
            if count:
                lines.setdefault(name, []).append((first, first + count - 1))
    return Changed(root.resolve(), lines, frozenset(filter(None, new.split("\0"))))


def _git(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=off", *command],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except OSError as error:
        raise BadInput(f"--changed and --since ask git, which cannot be run: {error.strerror}") from None
    if done.returncode:
        said = (done.stderr.strip().split("\n") or [""])[0]
        raise BadInput(f"git says: {said}")
    return done.stdout
