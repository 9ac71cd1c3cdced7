"""Patterns of file names, as a shell reads them; what stands in the way of reading a folder is raised, and not passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from glob import has_magic
from pathlib import Path


class BadPattern(Exception):
    """A pattern that means nothing; the message is for the user."""


def split_pattern(pattern: str) -> tuple[Path, tuple[str, ...]]:
    """The folder that a pattern begins in, and its parts from the first on that is no name.

    >>> split_pattern("dumps/2024/*/dump-*.jsonl")[1]
    ('*', 'dump-*.jsonl')

    Raises `BadPattern` where ** is not a part of its own.
    """
    parts = Path(pattern).parts
    at = next(at for at, part in enumerate(parts) if has_magic(part))
    if wrong := next((part for part in parts[at:] if "**" in part and part != "**"), ""):
        raise BadPattern(
            f"** in {wrong} stands for folders, and must be a part of its own: "
            f"{wrong.replace('**', '*')} for files, **/{wrong.replace('**', '*')} for those in folders too"
        )
    return Path(*parts[:at]), parts[at:]


def fitting(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """What is in the folder, in no order, and fits the parts one by one: files, folders and links, but no hidden ones.

    ``**`` is any number of folders, and follows no links, for fear of circles. What fits in two ways comes twice.
    """
    if not parts:
        yield folder
        return
    part, *rest = parts
    if part == "**":
        yield from fitting(folder, rest)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from fitting(Path(entry.path), parts)
    elif has_magic(part):
        for entry in _entries(folder):
            if fnmatch(entry.name, part) and (not rest or Path(entry.path).is_dir()):
                yield from fitting(Path(entry.path), rest)
    elif not part.startswith("."):
        with suppress(FileNotFoundError, NotADirectoryError):
            os.lstat(folder / part)
            yield from fitting(folder / part, rest)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is not hidden in a folder; nothing where it is none."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
