"""A file in the shape of a source: the cleaned articles of a run, and the sources that a restore gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from soroe.formats.pieces import Writer
from soroe.formats.read import Article, Broken, Kept, Source
from soroe.formats.shapes import SHAPES, module_of
from soroe.formats.stream import Compressed
from soroe.text import Edit


class Written:
    """Takes the events of a source in their order, and makes the file at ``path`` of them, compressed as the source is.

    Without an encoding it is the one that cleaned articles are written in. A file that is an article is there only if that is.
    """

    def __init__(
        self,
        path: Path,
        source: Source,
        encoding: str | None = None,
        opened: Callable[[Path], BinaryIO] = lambda path: path.open("wb"),
    ) -> None:
        self._path, self._source, self._encoding, self._opened = path, source, encoding, opened
        self._file: BinaryIO | None = None
        self._compressed: Compressed | None = None
        self._writer: Writer | None = None
        if SHAPES[source.format].is_dump:
            self._open()

    def __enter__(self) -> Written:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Writes an article with the text that the edits make of it."""
        self._open().article(article, text, edits)

    def kept(self, kept: Kept) -> None:
        """Writes what stands between the articles."""
        self._open().kept(kept)

    def broken(self, broken: Broken) -> None:
        """Takes notice of what could not be read or cleaned."""
        if self._writer:
            self._writer.broken(broken)

    def raw(self, data: bytes) -> None:
        """Writes bytes as they stand."""
        self._open().raw(data)

    @property
    def writer(self) -> Writer:
        """What writes it."""
        return self._open()

    def digest_of_part(self) -> str:
        """See `Writer.digest_of_part`."""
        return self._open().digest_of_part()

    def close(self, is_cut: bool = False) -> str | None:
        """Ends the file, as `Writer.close` does; None where there is no file."""
        if not self._writer or not self._compressed or not self._file:
            return None
        digest = self._writer.close(is_cut)
        self._compressed.close()
        self._file.close()
        return digest

    def _open(self) -> Writer:
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._opened(self._path)
            shape = SHAPES[self._source.format]
            self._compressed = Compressed(self._file, self._source.compression, shape.in_members)
            file = cast(BinaryIO, self._compressed)
            self._writer = cast(Writer, module_of(self._source.format).writer(file, self._source, self._encoding))
        return self._writer
