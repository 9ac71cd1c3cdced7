"""The survey of a dump: which full names its articles tell of, how often and in whose company; one fact a line.

A survey is a sorted text file that a person can read, cut down and keep. It is a sum: surveys become one by adding up the lines
that say the same, so that it does not matter how a dump was cut, in what order it was read, or by how many. Which names are
one is decided when it is used (`soroe.names.across`), by the dictionaries of that day.

    full    サム・アルトマン    person             412  1630    412 articles tell of him as a person, 1,630 times
    tie     サム・アルトマン    Sam Altman         57   0       57 write both for one man
    two     サム・アルトマン    サム・ハルトマン   1    0       one tells of both as of two people
    with    サム・アルトマン    イーロン・マスク   95   0       95 tell much of the other as well
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import combinations, groupby
from pathlib import Path
from typing import NamedTuple

from soroe import __version__
from soroe.lexicon import Lexicon
from soroe.names.entities import Entity
from soroe.names.full_names import FullName, Parts, blocks, full_names, is_full, is_kana, spelt_by, written
from soroe.names.mentions import Chain, Spelling
from soroe.settings import Canonical, UnifyScripts

FORMAT = 1
# The dictionaries that decide what a survey finds; names.tsv and apart.tsv have their say when it is used.
READ_WITH = ("evidence.tsv", "hanzi.tsv", "kinds.bin", "kinds.tsv", "sound.bin", "titles.tsv")
# Facts held in memory before they are sorted and written aside (some 60 MB), and files of them before those become one.
MOST_FACTS = 150_000
MOST_RUNS = 64
# Of the company that a full name keeps in an article, the names that stand there most often.
MOST_COMPANIONS = 3

_COLUMNS = "# fact\tname\tof what\tarticles\tmentions"
_KINDS = ("all", "full", "tie", "two", "with")
_OF_PERSONS = frozenset({"person after", "person before"})


class SurveyError(ValueError):
    """A survey that cannot be used; the message names the file and says what to do."""


class Fact(NamedTuple):
    """What articles say of a full name."""

    kind: str
    name: str
    of: str


class Count(NamedTuple):
    """How many articles say it, and how often the name stands there."""

    articles: int
    mentions: int = 0

    def plus(self, other: Count) -> Count:
        """The sum."""
        return Count(self.articles + other.articles, self.mentions + other.mentions)


Facts = Mapping[Fact, Count]


# One article


def facts_of(spellings: Iterable[Spelling], entities: Iterable[Entity]) -> dict[Fact, Count]:
    """What one article says of its full names."""
    spellings, entities = list(spellings), list(entities)
    facts: dict[Fact, Count] = {Fact("all", "-", "-"): Count(1)}
    found = [name for name in full_names(spellings, spelt_by(entities)) if is_full(name.parts)]
    if not found:
        return facts
    by_surface = {spelling.surface: spelling for spelling in spellings}
    latin = {(id(chain.line), chain.start): name for name in found for chain in name.chains if chain.is_latin}
    for name in found:
        own = written(name.parts)
        facts[Fact("full", own, _kind(name, by_surface))] = Count(1, len(name.chains))
        for chain in name.chains:
            if is_kana(own) and (original := _original(name, chain, latin)):
                facts[Fact("tie", own, original)] = Count(1)
    if len(found) > 1:
        facts |= dict.fromkeys(_company(found, _doubts(entities)), Count(1))
    return facts


def _kind(name: FullName, by_surface: Mapping[str, Spelling]) -> str:
    """What the article calls its bearer: a person by a title (氏, 社長の), else what it takes the last part for, if it is sure.

    An article that lets a company speak (モルガン・スタンレーは述べた) has not called it a person.
    """
    kinds: Counter[str] = Counter()
    for surface in dict.fromkeys(chain.surfaces[-1] for chain in name.chains):
        if spelling := by_surface.get(surface):
            titled = any(_OF_PERSONS.intersection(unit.chain.titles) for unit in spelling.units if unit.is_last)
            kind, sure = ("person", 1.0) if titled else spelling.kind
            kinds[kind if titled or (sure >= 1 and kind != "person") else "name"] += spelling.count
    return max(sorted(kinds), key=lambda kind: kinds[kind], default="name")


def _original(name: FullName, chain: Chain, latin: Mapping[tuple[int, int], FullName]) -> str | None:
    """The Latin name that the article gives for one in katakana: サム・アルトマン（Sam Altman）, or elsewhere in its text."""
    if chain.is_latin:
        return written(tuple(chain.surfaces)) if is_full(tuple(chain.surfaces)) else None
    if chain.line[chain.end : chain.end + 1] in ("（", "("):
        beside = latin.get((id(chain.line), chain.end + 1))
        if beside and len(beside.parts) == len(name.parts) and not is_kana(beside.parts[0]):
            return written(beside.parts)
    return None


def _doubts(entities: Iterable[Entity]) -> set[frozenset[str]]:
    """The pairs of spellings that the article may mean as one."""
    return {
        frozenset((alias.surface, entity.canonical))
        for entity in entities
        for alias in entity.aliases
        if alias.decision == "suggested"
    }


def _company(found: list[FullName], doubts: set[frozenset[str]]) -> Iterator[Fact]:
    """Who stands with whom, and which names that look alike are two people."""
    keys = {name.parts: blocks(name.parts) for name in found}
    alike: set[frozenset[Parts]] = set()
    by_key: dict[str, list[Parts]] = {}
    for parts, own in keys.items():
        for key in own:
            by_key.setdefault(key, []).append(parts)
    for sharing in by_key.values():
        alike.update(map(frozenset, combinations(sharing, 2)))
    for pair in alike:
        one, other = sorted(pair)
        differing = [frozenset(both) for both in zip(one, other, strict=True) if both[0] != both[1]]
        # Whether Altman is アルトマン an article may leave open; two spellings in katakana it keeps are two names.
        if is_kana(one[0]) == is_kana(other[0]) or not all(both in doubts for both in differing):
            yield Fact("two", *sorted((written(one), written(other))))
    ranked = sorted(found, key=lambda name: (-len(name.chains), name.parts))
    for name in found:
        others = (other for other in ranked if other is not name and frozenset((name.parts, other.parts)) not in alike)
        for _, companion in zip(range(MOST_COMPANIONS), others, strict=False):
            yield Fact("with", written(name.parts), written(companion.parts))


# The file


class Runs:
    """Sorted lines of which only some are in memory: the rest is in files of sorted runs, read as one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: list[Path] = []
        self._made = 0

    def add(self, lines: Iterable[str]) -> None:
        """Writes sorted lines aside."""
        if len(self._paths) >= MOST_RUNS:
            full = self._paths
            self._paths = []
            self._write(self._merged(full))
            for path in full:
                path.unlink()
        self._write(lines)

    def _write(self, lines: Iterable[str]) -> None:
        path = self._folder / f"{self._made}.run"
        self._made += 1
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
        self._paths.append(path)

    def __iter__(self) -> Iterator[str]:
        return self._merged(self._paths)

    @staticmethod
    def _merged(paths: Iterable[Path]) -> Iterator[str]:
        with ExitStack() as files:
            runs = [files.enter_context(path.open(encoding="utf-8", newline="\n")) for path in paths]
            yield from heapq.merge(*runs)


class Survey:
    """A survey in the making: facts are added up, in memory as far as they go, and written in their order."""

    def __init__(self, folder: Path) -> None:
        self._runs = Runs(folder)
        self._facts: dict[Fact, Count] = {}

    def add(self, facts: Facts) -> None:
        """Adds what one article, or a part of a dump, says."""
        held = self._facts
        for fact, count in facts.items():
            known = held.get(fact)
            held[fact] = known.plus(count) if known else count
        if len(held) >= MOST_FACTS:
            self._runs.add(sorted(map(_line, held.items())))
            self._facts = {}

    def write(self, path: Path, head: str) -> None:
        """Writes all of it to a file, which is there as a whole or not at all."""
        rest = sorted(map(_line, self._facts.items()))
        _write(path, head, heapq.merge(self._runs, rest))


def merged(paths: Iterable[Path], to: Path) -> None:
    """Makes one survey of several; in what order they are given, and whether some were merged before, does not matter.

    Raises `SurveyError` where they were not made alike.
    """
    with ExitStack() as files:
        heads: dict[str, Path] = {}
        lines: list[Iterator[str]] = []
        for path in paths:
            file = files.enter_context(path.open(encoding="utf-8", newline="\n"))
            head = _head_in(file, path)
            heads.setdefault(head, path)
            lines.append(file)
        if len(heads) != 1:
            told = " and ".join(map(str, heads.values()))
            raise SurveyError(f"{told or 'nothing'}: not surveys of one soroe and one set of dictionaries")
        _write(to, next(iter(heads)), heapq.merge(*lines))


def head_of(lexicon: Lexicon, tokenizer: str, canonical: Canonical, unify_scripts: UnifyScripts) -> str:
    """What a survey begins with: what made it. Only a soroe of which the same can be said finds these names in a text."""
    made_by = f"soroe {__version__}, {tokenizer}, canonical {canonical}, scripts unified of {unify_scripts}"
    digests = (f"# {name} {lexicon.digests[name]}\n" for name in READ_WITH)
    return f"# survey of names, format {FORMAT}\n# {made_by}\n{''.join(digests)}{_COLUMNS}\n"


def read_survey(path: Path, head: str) -> Iterator[tuple[Fact, Count]]:
    """The facts of a survey, in their order.

    Raises `SurveyError` where it was made by another soroe or with other dictionaries than ``head`` says, and for a line that
    does not fit; `OSError` where it cannot be read.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        found = _head_in(file, path)
        if found != head:
            theirs = [line.removeprefix("# ") for line in found.splitlines()]
            ours = [line.removeprefix("# ") for line in head.splitlines()]
            told, expected = next((pair for pair in zip(theirs, ours, strict=False) if pair[0] != pair[1]), ("", ""))
            raise SurveyError(
                f"{path}: was made with {told!r}, and this is {expected!r}: make it anew (delete the file, and run again)"
            )
        before = ""
        for number, line in enumerate(file, head.count("\n") + 1):
            key = _key(line)
            if key <= before:
                raise SurveyError(f"{path}:{number}: stands out of order, or twice: sort the lines by their characters")
            before = key
            yield _parsed(line, f"{path}:{number}")


def _head_in(file: Iterable[str], path: Path) -> str:
    head = ""
    try:
        for line in file:
            if not head and not line.startswith("# survey of names, format "):
                break
            head += line
            if line == f"{_COLUMNS}\n":
                return head
            if not line.startswith("#"):
                break
    except UnicodeDecodeError:
        pass
    raise SurveyError(f"{path}: is no survey of soroe")


def _line(counted: tuple[Fact, Count]) -> str:
    (kind, name, of), (articles, mentions) = counted
    return f"{kind}\t{name}\t{of}\t{articles}\t{mentions}\n"


def _parsed(line: str, where: str) -> tuple[Fact, Count]:
    kind, *rest = fields = line.rstrip("\r\n").split("\t")
    if len(fields) != 5 or kind not in _KINDS or not (fields[3].isdecimal() and fields[4].isdecimal()):
        raise SurveyError(f"{where}: found {line.strip()!r}, expected fact, name, of what, articles, mentions")
    return Fact(kind, rest[0], rest[1]), Count(int(rest[2]), int(rest[3]))


def _key(line: str) -> str:
    return line.rsplit("\t", 2)[0]


def _write(path: Path, head: str, lines: Iterable[str]) -> None:
    """Writes sorted lines, those of one fact added up."""
    aside = path.with_name(f".{path.name}.unfinished")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(head)
            for key, same in groupby(lines, _key):
                articles = mentions = 0
                for line in same:
                    _, more_articles, more_mentions = line.rsplit("\t", 2)
                    articles += int(more_articles)
                    mentions += int(more_mentions)
                file.write(f"{key}\t{articles}\t{mentions}\n")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
