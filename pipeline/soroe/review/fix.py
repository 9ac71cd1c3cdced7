"""Mending files in place: in the encoding, with the line ends and the mode that they have, or not at all.

A file is written aside and takes the place of the other when all of it is there. What would not come back byte for byte where
nothing was mended (an odd escape of ISO-2022-JP), or holds a character that its encoding has not, is left as it was, and told.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from soroe.formats.encoding import bytes_of
from soroe.formats.pieces import Writer
from soroe.formats.read import Article, Broken, Finished, Kept, Source, Started
from soroe.formats.shapes import SHAPES, module_of
from soroe.formats.stream import Compressed
from soroe.review.linted import Linted
from soroe.review.reviewing import Step
from soroe.text import Edit, Span, replay


def fixed(steps: Iterable[Step], stdout: BinaryIO) -> Iterator[Step]:
    """The steps as they come, while the files that they are read from are mended; standard input goes mended to ``stdout``.

    A source that cannot be written comes as `Broken` behind its own steps.
    """
    writing: _Writing | None = None
    for step in steps:
        yield step
        match step:
            case Started(source, encoding):
                writing = _Writing(source, encoding)
            case Linted(article, _, edits) if writing:
                writing.add(article, edits)
            case Kept() if writing:
                writing.keep(step)
            case Broken() if writing:
                writing.keep_broken(step)
            case Finished(source, sha256=digest):
                reason = writing.put_in_place(digest, stdout) if writing else ""
                writing = None
                if reason:
                    yield Broken(source, None, f"{reason}; left as it was", b"")
            case _:
                pass


class _Writing:
    """A file as it will be, and, of one that is written letter by letter, the digest of what it would be with nothing mended."""

    def __init__(self, source: Source, encoding: str) -> None:
        self.encoding = encoding
        self._source = source
        self._shape = SHAPES[source.format]
        self._parts = tempfile.SpooledTemporaryFile(max_size=1 << 24)
        self._compressed = Compressed(self._parts, source.compression, self._shape.in_members)
        self._writer: Writer = module_of(source.format).writer(self._compressed, source, encoding)
        self._as_read = hashlib.sha256()
        self._is_mended = False
        self._reason = ""

    def add(self, article: Article, edits: Sequence[Edit]) -> None:
        text = replay(article.text, edits)
        self._is_mended = self._is_mended or text != article.text
        self._as_read.update(bytes_of(article.row.line if article.row else article.text, self.encoding))
        try:
            self._writer.article(article, text, edits)
        except UnicodeEncodeError as error:
            self._reason = f"{error.object[error.start]} cannot be written in {self.encoding.upper()}"

    def keep(self, kept: Kept) -> None:
        if isinstance(kept.piece, str):
            self._as_read.update(bytes_of(kept.piece, self.encoding))
        self._writer.kept(kept)

    def keep_broken(self, broken: Broken) -> None:
        self._as_read.update(broken.raw)
        if self._shape.keeps_broken:
            self._writer.broken(broken)
        else:
            self._writer.raw(broken.raw)

    def put_in_place(self, digest: str | None, stdout: BinaryIO) -> str:
        """Why it cannot take its place; "" where it did, or where there was nothing to do."""
        path = self._source.path
        with self._parts as parts:
            self._writer.close()
            self._compressed.close()
            if self._is_mended and digest is None:
                self._reason = self._reason or "it cannot be read to its end"
            elif (
                self._is_mended
                and not (self._reason or self._shape.is_by_value)
                and digest != self._as_read.hexdigest()
            ):
                self._reason = f"its {self.encoding.upper()} would not come back byte for byte"
            parts.seek(0)
            if path is None:
                shutil.copyfileobj(parts, stdout)
            elif self._is_mended and not self._reason:
                _replace(path.resolve(), parts)
        return self._reason


def _replace(path: Path, parts: BinaryIO | tempfile.SpooledTemporaryFile[bytes]) -> None:
    """The file with other content, and the mode that it has; on any error, as it was."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name[:40]}.soroe-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(parts, file)
        shutil.copymode(path, aside)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def mended(article: Linted) -> Linted:
    """The article with its edits made, and what is left to a person in its new places."""
    edits = article.edits
    if not edits:
        return article
    old = article.article
    text = replay(old.text, edits)
    row = old.row.edited(text, edits) if old.row else None
    ends = [edit.span.end for edit in edits]
    starts = [edit.span.start for edit in edits]
    shifts = [0, *accumulate(len(edit.after) - (edit.span.end - edit.span.start) for edit in edits)]

    def place(at: int) -> int:
        inside = bisect_right(starts, at) - 1
        at = starts[inside] if inside >= 0 and at < ends[inside] else at
        return at + shifts[bisect_right(ends, at)]

    left = [finding for finding in article.findings if not finding.edit]
    moved = tuple(
        finding._replace(
            span=Span(*map(place, finding.span)),
            suggestion=tuple(edit._replace(span=Span(*map(place, edit.span))) for edit in finding.suggestion),
        )
        for finding in left
    )
    return Linted(old._replace(text=text, row=row), moved)


def diff_of_row(article: Linted) -> str:
    """What would be mended in a row of a dump, as a patch without context."""
    number, row, new = article.article.line, article.article.row, mended(article).article.row
    if not row or not new:
        raise ValueError("the article is no row of a dump")
    before, after = row.line.rstrip().split("\n"), new.line.rstrip().split("\n")
    count, new_count = (f",{len(lines)}" if len(lines) > 1 else "" for lines in (before, after))
    told = [
        f"@@ -{number}{count} +{number}{new_count} @@",
        *(f"-{line}" for line in before),
        *(f"+{line}" for line in after),
    ]
    return "".join(f"{line}\n" for line in told)


def diff(name: str, before: str, after: str) -> str:
    """What would be mended, as a patch.

    >>> print(diff("news.txt", "ﾏｽｸ氏\\n", "マスク氏\\n"), end="")
    --- news.txt
    +++ news.txt
    @@ -1 +1 @@
    -ﾏｽｸ氏
    +マスク氏
    """
    told = difflib.unified_diff(_lines(before), _lines(after), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in told)


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends; only a line feed ends one, as it does for `patch`."""
    parts = text.split("\n")
    return [*(f"{part}\n" for part in parts[:-1]), *parts[-1:]] if parts[-1] else [f"{part}\n" for part in parts[:-1]]
