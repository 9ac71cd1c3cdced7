"""Parquet and Arrow IPC (Feather): a column of strings is the text, and all else is handed on as it is.

One row group, or one batch, is in memory at a time. Not the bytes of such a file come back but what it holds: schema, metadata,
row groups and their compression, nulls, and every value. Its digest is of the schema and the texts: of what a run could change.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from soroe.formats.encoding import bytes_of
from soroe.formats.pieces import Piece
from soroe.formats.read import (
    NO_TEXT,
    OTHER_LANGUAGE,
    Article,
    Broken,
    Damaged,
    Event,
    Kept,
    NotOurs,
    Reading,
    Source,
    Started,
    article_of,
)
from soroe.formats.rows import no_field
from soroe.text import Edit

if TYPE_CHECKING:
    from soroe.formats.stream import Stream

_MAGIC = b"ARROW1\0\0"
_ROWS = 1_000  # that are taken out of a row group at once
# A row group can be cut behind so many bytes of texts, or so many rows as are taken out at once.
_PART = 1 << 16
_HEAD = 1 << 20


class Head(NamedTuple):
    """How a file is written: its schema, which column is the text, and what its writer is told."""

    schema: Any
    text: int
    options: dict[str, Any]


class Rows(NamedTuple):
    """A row group (a `Table`) or a batch (a `RecordBatch`), the number of its first row, and its own metadata.

    It stands behind the articles of its rows ``start`` to ``stop``, counted from 0; of all of them, where that ``is_end``.
    """

    rows: Any
    first: int
    metadata: Any
    start: int
    stop: int
    is_end: bool


def events(stream: Stream, source: Source, reading: Reading, encoding: str | None = None) -> Iterator[Event]:
    """The rows of a file, and behind some of them each time the row group or batch that they are of."""
    return (_parquet if source.format == "parquet" else _ipc)(stream, source, reading)


def _parquet(stream: Stream, source: Source, reading: Reading) -> Iterator[Event]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = stream.seekable()
    if stream.damage:
        return
    try:
        parquet = pq.ParquetFile(file)
        schema, about = parquet.schema_arrow, parquet.metadata
    except (pa.ArrowException, OSError) as error:
        raise Damaged(f"no Parquet file, or only a part of one: {_told(error)}") from None
    digest = _Digest(schema)
    head = Head(schema, _text_column(schema, reading), _parquet_options(about))
    yield Started(source, "utf-8")
    yield Kept(head, place="head")
    first = source.first
    for number in range(*(source.stretch or (0, about.num_row_groups))):
        count = about.row_group(number).num_rows
        try:
            rows = parquet.read_row_group(number)
            rows.validate()
        except (pa.ArrowException, OSError) as error:
            what = f"row group {number + 1} of {about.num_row_groups} (rows {first} to {first + count - 1})"
            yield Broken(source, first, f"{what} cannot be read: {_told(error)}", b"")
            stream.is_whole = False
        else:
            digest.add(rows, head)
            goes_on = source.goes_on and number == about.num_row_groups - 1
            yield from _events_of(Rows(rows, first, None, 0, rows.num_rows, not goes_on), head, source, reading)
        first += count
    stream.values_digest = digest.told()


def _parquet_options(about: Any) -> dict[str, Any]:
    """What `ParquetWriter` is told, so that the columns are written as they were."""
    options: dict[str, Any] = {
        "version": about.format_version,
        "store_schema": b"ARROW:schema" in (about.metadata or {}),
        # The schema that was read names what lists hold as the file does, "element" or "item": True would make all "element".
        "use_compliant_nested_type": False,
    }
    if about.num_row_groups:
        group = about.row_group(0)
        columns = [group.column(at) for at in range(group.num_columns)]
        names = {"UNCOMPRESSED": "NONE"}
        options |= {
            "compression": {one.path_in_schema: names.get(one.compression, one.compression) for one in columns},
            "use_dictionary": [one.path_in_schema for one in columns if one.has_dictionary_page] or False,
            "write_statistics": [one.path_in_schema for one in columns if one.is_stats_set] or False,
            "use_deprecated_int96_timestamps": any(one.physical_type == "INT96" for one in columns),
            "sorting_columns": group.sorting_columns or None,
        }
    return options


def _ipc(stream: Stream, source: Source, reading: Reading) -> Iterator[Event]:
    import pyarrow as pa

    begin = stream.read(_HEAD)
    if stream.damage and not begin:
        return
    is_file = begin.startswith(_MAGIC)
    # The file format is the stream format with a magic number before it and an index behind it, which need not be read.
    begin = begin[len(_MAGIC) if is_file else 0 :]
    if begin.startswith(b"FEA1"):
        raise Damaged("Feather of the first version, which no library writes any more: write it anew as Feather 2")
    try:
        reader = pa.ipc.open_stream(pa.PythonFile(_Behind(begin, stream), "r"))
        schema = reader.schema
    except (pa.ArrowException, OSError, EOFError) as error:
        raise Damaged(f"no Arrow file, or only a part of one: {_told(error)}") from None
    digest = _Digest(schema)
    head = Head(schema, _text_column(schema, reading), {"is_file": is_file, "compression": compression_of(begin)})
    yield Started(source, "utf-8")
    yield Kept(head, place="head")
    first = source.first
    ahead: Rows | None = None  # only of what goes on has it to be known which is the last
    while True:
        try:
            batch, metadata = reader.read_next_batch_with_custom_metadata()
            batch.validate()
        except StopIteration:
            break
        except (pa.ArrowException, OSError, EOFError) as error:
            raise Damaged(f"cannot be read from row {first} on: {_told(error)}", first) from None
        digest.add(batch, head)
        read = Rows(batch, first, metadata, 0, batch.num_rows, True)
        if ahead:
            yield from _events_of(ahead, head, source, reading)
        if source.goes_on:
            ahead = read
        else:
            yield from _events_of(read, head, source, reading)
        first += batch.num_rows
    if ahead:
        yield from _events_of(ahead._replace(is_end=False), head, source, reading)
    while stream.read(_HEAD):
        pass
    stream.values_digest = digest.told()


def compression_of(begin: bytes) -> str | None:
    """How the batches of an IPC stream are compressed, as its second message tells; pyarrow keeps that to itself.

    https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format, and format/Message.fbs there.
    """
    try:
        at = 0
        for _ in range(2):
            at += 4 if begin[at : at + 4] == b"\xff\xff\xff\xff" else 0
            (size,) = struct.unpack_from("<i", begin, at)
            message = begin[at + 4 : at + 4 + size]
            at += 4 + size
        table = struct.unpack_from("<I", message, 0)[0]
        kind = message[_field(message, table, 1)]
        header = _follow(message, _field(message, table, 2))
        if kind == 2:  # a dictionary, which holds a batch
            header = _follow(message, _field(message, header, 1))
        compression = _field(message, header, 3)
        if not compression:
            return None
        codec = _field(message, _follow(message, compression), 0)
        return "zstd" if codec and message[codec] == 1 else "lz4"
    except (struct.error, IndexError):
        return None


def _field(message: bytes, table: int, number: int) -> int:
    """Where a field of a FlatBuffers table stands; 0 where it is left out."""
    listed = table - struct.unpack_from("<i", message, table)[0]
    size = struct.unpack_from("<H", message, listed)[0]
    offset = struct.unpack_from("<H", message, listed + 4 + 2 * number)[0] if 4 + 2 * number < size else 0
    return table + offset if offset else 0


def _follow(message: bytes, at: int) -> int:
    return at + cast(int, struct.unpack_from("<I", message, at)[0])


class _Behind(io.RawIOBase):
    """A stream with what was already read of it before it."""

    def __init__(self, begin: bytes, stream: Stream) -> None:
        self._begin, self._stream = io.BytesIO(begin), stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        begin = self._begin.read(size)
        return begin + self._stream.read(size - len(begin) if size >= 0 else -1) if len(begin) != size else begin


def _text_column(schema: Any, reading: Reading) -> int:
    import pyarrow.types as types

    at = cast(int, schema.get_field_index(reading.text_field))
    if at < 0:
        raise NotOurs(no_field(reading.text_field, schema.names))
    kind = schema.field(at).type
    if not (types.is_string(kind) or types.is_large_string(kind)):
        raise NotOurs(f'the field "{reading.text_field}" is of type {kind}, not of strings')
    return at


def _events_of(group: Rows, head: Head, source: Source, reading: Reading) -> Iterator[Event]:
    """The articles of a row group or a batch, and itself behind some of them each time."""
    rows, first, *_ = group
    done = size = 0
    others = {field: head.schema.get_field_index(field) for field in reading[2:] if field in head.schema.names}
    for start in range(0, rows.num_rows, _ROWS):
        part = rows.slice(start, _ROWS)
        texts = _bytes_of(part.column(head.text))
        values = {field: part.column(at).to_pylist() for field, at in others.items()}
        for at, raw in enumerate(texts):
            if size >= _PART or (at == 0 and start):
                yield Kept(group._replace(start=done, stop=start + at, is_end=False))
                done, size = start + at, 0
            size += len(raw or b"")
            number = first + start + at
            row = {field: column[at] for field, column in values.items()}
            if raw is None:
                yield Kept(None, NO_TEXT)
            elif reading.passes_over(row.get(reading.lang_field)):
                yield Kept(None, OTHER_LANGUAGE)
            else:
                try:
                    text = raw.decode()
                except UnicodeDecodeError:
                    yield Broken(source, number, "not UTF-8, as the file is", raw)
                else:
                    yield article_of(Piece(text, None), text, row.get, number, source, reading)
    yield Kept(group._replace(start=done))


def _bytes_of(column: Any) -> list[bytes | None]:
    import pyarrow as pa

    return cast("list[bytes | None]", column.cast(pa.large_binary()).to_pylist())


class _Digest:
    """SHA-256 of the schema and of all texts: of what a run could change."""

    def __init__(self, schema: Any) -> None:
        self._sha256 = hashlib.sha256(schema.remove_metadata().to_string().encode())

    def add(self, rows: Any, head: Head) -> None:
        self._sha256.update(struct.pack("<q", rows.num_rows))
        for start in range(0, rows.num_rows, _ROWS):
            for text in _bytes_of(rows.column(head.text).slice(start, _ROWS)):
                self._sha256.update(struct.pack("<q", -1 if text is None else len(text)))
                self._sha256.update(text or b"")

    def told(self) -> str:
        return self._sha256.hexdigest()


def writer(file: BinaryIO, source: Source, encoding: str | None = None) -> Columns:
    """Writes rows; their texts are in UTF-8."""
    return Columns(file, is_parquet=source.format == "parquet")


class Columns:
    """Writes row groups and batches with the texts that came before them."""

    def __init__(self, file: BinaryIO, is_parquet: bool) -> None:
        self._sink = _Sink(file)
        self._is_parquet = is_parquet
        self._texts: dict[int, str] = {}
        self._group: list[Rows] = []  # what is there of a row group
        self._is_between = False  # whether a row may be the first of another file
        self.written = 0
        self.goes_on = False
        self._head: Head | None = None
        self._out: Any = None
        self._digest: _Digest | None = None

    def size_of_article(self, article: Article, text: str, edits: Sequence[Edit]) -> int | None:
        """How many bytes its text has, if a row may be the first here."""
        return len(bytes_of(text, "utf-8")) if self._is_between else None

    def size_of_kept(self, kept: Kept) -> int | None:
        """0 for a row without a text, if it may be the first."""
        return 0 if self._is_between and kept.why else None

    def article(self, article: Article, text: str, edits: Sequence[Edit]) -> None:
        """Keeps the text, if it is another than it was, for the rows that it is of."""
        self._is_between = False
        self.written += len(bytes_of(text, "utf-8"))
        if article.line and edits:
            self._texts[article.line] = text

    def kept(self, kept: Kept) -> None:
        """Writes a row group or a batch."""
        if isinstance(kept.piece, Head):
            self._open(kept.piece)
        elif not isinstance(kept.piece, Rows):
            self._is_between = False
        else:
            self._is_between = True
            if self._group and self._group[-1].rows is kept.piece.rows:
                self._group[-1] = self._group[-1]._replace(stop=kept.piece.stop)
            else:
                self._group.append(kept.piece)
            if kept.piece.is_end:
                self._write_group()

    def broken(self, broken: Broken) -> None:
        """A row that could not be cleaned stays as it is."""
        self._is_between = False

    def raw(self, data: bytes) -> None:
        """There is nothing that is put back as bytes."""

    def digest_of_part(self) -> str:
        """The digest of the row groups that were written since it was asked for the last time."""
        if self._head is None or self._digest is None:
            return ""
        digest, self._digest = self._digest, _Digest(self._head.schema)
        return digest.told()

    def close(self, is_cut: bool = False) -> str:
        """Ends the file; the digest of its last part."""
        if self._group:
            self.goes_on = True
            self._write_group()
        if self._out is not None:
            self._out.close()
        return self.digest_of_part()

    def _write_group(self) -> None:
        """Writes a row group, or as much of it as came."""
        assert self._head and self._digest
        parts = [self._with_new_texts(part, self._head) for part in self._group]
        rows = parts[0] if len(parts) == 1 else _joined(parts)
        metadata = self._group[-1].metadata
        self._group, self._texts = [], {}
        self._digest.add(rows, self._head)
        if self._is_parquet:
            self._out.write_table(rows, row_group_size=max(1, rows.num_rows))
        else:
            self._out.write_batch(rows, custom_metadata=metadata)

    def _with_new_texts(self, part: Rows, head: Head) -> Any:
        rows, first, _, start, stop, _ = part
        rows = rows if (start, stop) == (0, rows.num_rows) else rows.slice(start, stop - start)
        texts = {number: text for number, text in self._texts.items() if first + start <= number < first + stop}
        if not texts:
            return rows
        column = _with_texts(rows.column(head.text), first + start, texts)
        return rows.set_column(head.text, head.schema.field(head.text), column)

    def _open(self, head: Head) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._head, self._digest = head, _Digest(head.schema)
        sink = pa.PythonFile(self._sink, "w")
        if self._is_parquet:
            self._out = pq.ParquetWriter(sink, head.schema, **head.options)
        else:
            compression = head.options["compression"]
            options = pa.ipc.IpcWriteOptions(compression=compression, emit_dictionary_deltas=True)
            opened = pa.ipc.new_file if head.options["is_file"] else pa.ipc.new_stream
            self._out = opened(sink, head.schema, options=options)


class _Sink(io.RawIOBase):
    """A file for pyarrow to write to, which it may not close."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        return len(data)


def _with_texts(column: Any, first: int, texts: dict[int, str]) -> Any:
    """The column with other texts in some of its rows, of which the first has that number."""
    import pyarrow as pa

    parts: list[Any] = []
    at = 0  # the row that comes next
    waiting: list[str] = []
    for number, text in sorted(texts.items()):
        row = number - first
        if row > at or not parts:
            parts += [pa.array(waiting, column.type), *_chunks(column.slice(at, row - at))]
            waiting = []
        waiting.append(text)
        at = row + 1
    parts += [pa.array(waiting, column.type), *_chunks(column.slice(at))]
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([pa.concat_arrays(parts)], column.type)
    return pa.concat_arrays(parts)


def _joined(parts: list[Any]) -> Any:
    """Row groups, or batches, behind one another as one."""
    import pyarrow as pa

    if isinstance(parts[0], pa.Table):
        return pa.concat_tables(parts)
    (batch,) = pa.Table.from_batches(parts).combine_chunks().to_batches()
    return batch


def _chunks(column: Any) -> list[Any]:
    return column.chunks if hasattr(column, "chunks") else [column]


def _told(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
