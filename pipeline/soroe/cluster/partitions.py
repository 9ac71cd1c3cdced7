"""How inputs are cut into partitions: lines of JSONL at their ends, Parquet between its row groups, and nothing else.

Where a cut lies depends on the inputs and on the size of a partition, and not on the machines: a partition that is done again,
by whom ever, is the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from soroe.formats.places import State, Stretch, opened
from soroe.formats.read import Reading, Source
from soroe.formats.shapes import SHAPES, lacking
from soroe.formats.stream import Stream, split_compression
from soroe.formats.tally import MAX_ARTICLES

if TYPE_CHECKING:
    from collections.abc import Callable

# Bytes of a partition: at some 1 MB a second and core a minute or two, which a machine that goes away may lose.
SIZE = 64 << 20
# The report shows the first articles that have something to show: they are looked for among ten times as many.
_SHOWN_OF = 10 * MAX_ARTICLES
_CHUNK = 1 << 20
_NUMBERED = re.compile(r"(?:#[0-9]+)+\Z")  # and not $, which fits before a line end at the end, too


class Slice(NamedTuple):
    """What a partition reads of a source, and in which encoding; ``file`` is where the cleaned articles go.

    ``again`` tells of its articles, by their places, whose ids came before, and for which time: the second is ``id#2``. ``state`` is that
    of its file when the run was planned; None of one that could not be read then.
    """

    source: Source
    file: str
    encoding: str | None = None
    again: Mapping[int, int] = {}
    state: State | None = None


class Partition(NamedTuple):
    """What one process cleans at a time: so many bytes of the files as they are stored, and so many articles.

    ``is_shown``: they may come into the report.
    """

    number: int
    slices: tuple[Slice, ...]
    is_shown: bool = False
    size: int = 0
    articles: int = 0


class Cut(NamedTuple):
    """A part of a dump: a stretch of it, the number of its first row, and its bytes."""

    stretch: tuple[int, int]
    first: int
    size: int


class Stretches(NamedTuple):
    """A file of lines: its encoding, and the stretches of bytes in which its lines are counted."""

    encoding: str
    stretches: list[tuple[int, int]]


class Lines(NamedTuple):
    """Where in a stretch of bytes the first line begins, and how many do."""

    begin: int
    number: int


def as_placed(source: Source, home: str) -> Source:
    """The source as it is found from any folder: a path that was given in ``home`` need not begin at the root.

    >>> as_placed(Source("a.txt", "txt", Path("in/a.txt")), "/data").shown
    '/data/in/a.txt'
    """
    return source._replace(path=Path(home) / source.path) if source.path else source


def can_be_cut(source: Source) -> bool:
    """Whether a source can be read from its midst."""
    return source.format in ("jsonl", "parquet") and not source.compression and not lacking(source.format)


def measured(source: Source, size: int, reading: Reading) -> Stretches | list[Cut] | None:
    """Where a source may be cut; None where it is better read as a whole: that tells what is wrong with it."""
    try:
        with opened(source.url or source.path or "") as file:
            return _groups(file, size, reading) if source.format == "parquet" else _stretches(file, size)
    except OSError:
        return None


def _stretches(file: Any, size: int) -> Stretches | None:
    from soroe.formats.lines import lines_of

    encoding, _ = lines_of(Stream(Stretch(file)))  # type: ignore[arg-type]
    if "\n".encode(encoding) != b"\n":  # in UTF-16 a line end may stand at an odd place
        return None
    end = file.seek(0, 2)
    return Stretches(encoding, [(start, min(start + size, end)) for start in range(0, end, size)])


def counted_lines(source: Source, start: int, end: int) -> Lines:
    """The lines that begin from ``start`` up to ``end``."""
    begin, count = (0, 1) if start == 0 else (-1, 0)
    at = max(0, start - 1)  # a line begins behind a line end
    with opened(source.url or source.path or "") as file:
        read = Stretch(file, at, end - 1)
        while chunk := read.read(_CHUNK):
            if begin < 0 and (found := chunk.find(b"\n")) >= 0:
                begin = at + found + 1
            count += chunk.count(b"\n")
            at += len(chunk)
    return Lines(begin, count)


def cuts_of(stretches: Sequence[tuple[int, int]], lines: Sequence[Lines]) -> list[Cut]:
    """The parts of a file of lines: each begins with a line, and has all up to the next part.

    >>> cuts_of([(0, 10), (10, 20), (20, 25)], [Lines(0, 2), Lines(-1, 0), Lines(22, 1)])
    [Cut(stretch=(0, 22), first=1, size=22), Cut(stretch=(22, 25), first=3, size=3)]
    """
    begun = [told for told in lines if told.number]
    ends = [*(told.begin for told in begun[1:]), stretches[-1][1]]
    cuts: list[Cut] = []
    first = 1
    for (begin, count), end in zip(begun, ends, strict=True):
        cuts.append(Cut((begin, end), first, end - begin))
        first += count
    return cuts


def _groups(file: Any, size: int, reading: Reading) -> list[Cut] | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file)
        schema, about = parquet.schema_arrow, parquet.metadata
    except (pa.ArrowException, OSError):
        return None
    at = schema.get_field_index(reading.text_field)
    if at < 0 or not (pa.types.is_string(schema.field(at).type) or pa.types.is_large_string(schema.field(at).type)):
        return None
    cuts: list[Cut] = []
    start, first, bytes_, rows = 0, 1, 0, 0
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        bytes_, rows = bytes_ + group.total_byte_size, rows + group.num_rows
        if bytes_ >= size or number == about.num_row_groups - 1:
            cuts.append(Cut((start, number + 1), first, bytes_))
            start, first, bytes_, rows = number + 1, first + rows, 0, 0
    return cuts or None


def partitions_of(
    sources: Iterable[tuple[Source, State | None, str | None, Sequence[Cut] | None]], size: int
) -> Iterator[Partition]:
    """Partitions of about ``size`` bytes, of sources with their states, their encodings and their cuts, in their order."""
    slices: list[Slice] = []
    number = held = stored = 0
    for source, state, encoding, cuts in sources:
        for slice_, more, as_stored in _slices(source, (state and state.size) or 0, encoding, cuts):
            if slices and held + more > size:
                yield Partition(number, tuple(slices), size=stored)
                slices, number, held, stored = [], number + 1, 0, 0
            slices.append(slice_._replace(state=state))
            held += more
            stored += as_stored
    if slices:
        yield Partition(number, tuple(slices), size=stored)


def _slices(
    source: Source, size: int, encoding: str | None, cuts: Sequence[Cut] | None
) -> Iterator[tuple[Slice, int, int]]:
    """The slices of a source with their sizes, as they are read and as they are stored: the row groups of Parquet are packed."""
    if not SHAPES[source.format].is_dump:
        yield Slice(source, source.name), size, size
        return
    if not cuts:
        yield Slice(source, part_name(source.name, 0, 1)), size, size
        return
    behind, whole = 0, sum(cut.size for cut in cuts) or 1
    for number, (stretch, first, more) in enumerate(cuts):
        part = source._replace(stretch=stretch, first=first)
        as_stored = size * (behind + more) // whole - size * behind // whole
        yield Slice(part, part_name(source.name, number, len(cuts)), encoding), more, as_stored
        behind += more


def part_name(name: str, number: int, of: int) -> str:
    """The file of a part.

    >>> part_name("2024/dump.jsonl", 7, 12), part_name("dump.jsonl.gz", 0, 1)
    ('2024/dump.jsonl/part-00007.jsonl', 'dump.jsonl.gz/part-00000.jsonl.gz')
    """
    stem, compression = split_compression(name)
    return f"{name}/{numbered(number, of)}{PurePosixPath(stem).suffix}{compression}"


def numbered(number: int, of: int) -> str:
    """The name of a part, of which there are so many: their order by name is their order."""
    return f"part-{number:0{max(5, len(str(of - 1)))}}"


# Ids that come again


class Ids(NamedTuple):
    """The ids of a partition's articles, in their order: digests of them without the numbers behind (8 bytes each), and those numbers.

    ``per_slice`` tells how many articles a slice has. What is called ``a#2`` in a dump must not become the name of a second ``a``.
    """

    digests: bytes
    numbers: dict[int, str]
    per_slice: tuple[int, ...]


def ids_in(ids_of_slices: Iterable[Iterable[str | int]]) -> Ids:
    """What is to be known of the ids of a partition."""
    digests = bytearray()
    numbers: dict[int, str] = {}
    per_slice: list[int] = []
    for ids in ids_of_slices:
        before = len(digests)
        for id in ids:
            name = str(id)
            if match := _NUMBERED.search(name):
                numbers[len(digests) // 8] = match[0]
                name = name[: match.start()]
            digests += blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        per_slice.append((len(digests) - before) // 8)
    return Ids(bytes(digests), numbers, tuple(per_slice))


def repeated(ids: Sequence[Ids]) -> list[dict[int, int]]:
    """The articles of each partition whose ids came before, by their places, and for which time: as `unique_ids` tells it.

    In memory there are 16 bytes for each article, and some 100 for each that is renamed.
    """
    import numpy

    arrays = [numpy.frombuffer(one.digests, dtype="<u8") for one in ids]
    ordered = numpy.sort(numpy.concatenate(arrays)) if arrays else numpy.empty(0, "<u8")
    several = numpy.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    again: list[dict[int, int]] = [{} for _ in ids]
    if not len(several):
        return again
    # Of most ids that come again none has a number behind it: how often they came is all that there is to know of them.
    has_numbers = {int(array[place]) for own, array in zip(ids, arrays, strict=True) for place in own.numbers}
    came = [0] * len(several)
    seen: defaultdict[int, set[str]] = defaultdict(set)
    times: Counter[tuple[int, str]] = Counter()
    for own, array, renamed in zip(ids, arrays, again, strict=True):
        found: Any = numpy.flatnonzero(numpy.isin(array, several))
        places: list[int] = found.tolist()
        which_of: Any = numpy.searchsorted(several, array[found])
        for place, which in zip(places, which_of.tolist(), strict=True):
            base, given = int(array[place]), own.numbers.get(place, "")
            if base not in has_numbers:
                came[which] += 1
                if came[which] > 1:
                    renamed[place] = came[which]
                continue
            told = given
            while told in seen[base]:
                times[base, given] += 1
                told = f"{given}#{times[base, given] + 1}"
            seen[base].add(told)
            if told != given:
                renamed[place] = times[base, given] + 1
    return again


def with_ids(partitions: Iterable[Partition], ids: Sequence[Ids]) -> Iterator[Partition]:
    """The partitions, knowing which of their articles have ids that came before, and which may come into the report."""
    before = 0
    for partition, own, again in zip(partitions, ids, repeated(ids), strict=True):
        slices: list[Slice] = []
        start = 0
        for slice_, count in zip(partition.slices, own.per_slice, strict=True):
            here = (
                {place - start: time for place, time in again.items() if start <= place < start + count}
                if again
                else {}
            )
            slices.append(slice_._replace(again=here))
            start += count
        yield partition._replace(slices=tuple(slices), is_shown=before < _SHOWN_OF, articles=start)
        before += start


def renamed_by(slice_: Slice) -> Callable[[str | int], str | int]:
    """Tells the ids that the articles of a slice go by, asked for in their order."""
    place = -1

    def told(id: str | int) -> str | int:
        nonlocal place
        place += 1
        time = slice_.again.get(place)
        return id if time is None else f"{id}#{time}"

    return told
