"""The dictionaries: reviewed facts about names, read once, checked on load, never changed.

A dictionary is a text file of tab-separated lines, one fact a line, its reason last; # begins a comment line. A line that
does not fit is refused with its file, its number and what was expected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, cast, get_args

Kind = Literal["person", "place", "organisation", "product", "other"]
KINDS: tuple[str, ...] = get_args(Kind)
Script = Literal["kana", "latin"]
SCRIPTS: tuple[str, ...] = get_args(Script)


class DictionaryError(ValueError):
    """A dictionary line that cannot be used; the message names file and line and says what was expected."""


class Name(NamedTuple):
    """A name as the user wants it written, the spellings that stand for it, and its kind."""

    canonical: str
    spellings: tuple[str, ...]
    kind: Kind
    where: str


class Title(NamedTuple):
    """What stands beside a name and tells its kind: 氏 after it, 俳優の before it."""

    text: str
    side: str
    kind: Kind


def dictionaries() -> Path:
    """The folder of the dictionaries: inside the installed package, or at the top of a checkout."""
    installed = Path(__file__).with_name("dictionaries")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "dictionaries"


class Lexicon(NamedTuple):
    """All that soroe was told of names.

    ``names`` maps every spelling to its `Name`; ``apart`` holds pairs (sorted) that are never one name, with the reason;
    ``weights`` holds what evidence weighs (nats), by its kind and the script of what a katakana spelling is compared with;
    ``hanzi`` how the hanzi are read (pinyin) in which Chinese writes foreign names.
    """

    names: dict[str, Name]
    apart: dict[tuple[str, str], str]
    titles: tuple[Title, ...]
    weights: dict[tuple[str, Script], float]
    hanzi: dict[str, str]
    digests: dict[str, str]

    @classmethod
    def load(
        cls, names: Iterable[Path] = (), apart: Iterable[Path] = (), held: Mapping[Path, bytes] = MappingProxyType({})
    ) -> Lexicon:
        """The shipped dictionaries and the user's own, which win; those that are ``held`` already are not read.

        Raises `DictionaryError` for a line that does not fit and `OSError` for a file that cannot be read.
        """
        home = dictionaries()
        digests: dict[str, str] = {}
        spelt: dict[str, Name] = {}
        kept_apart: dict[tuple[str, str], str] = {}
        for path in (home / "names.tsv", *names):
            own: dict[str, Name] = {}
            for where, fields in _rows(path, 2, "canonical, spellings (| between), kind, reason", digests, held):
                name = _name(where, fields)
                for spelling in (name.canonical, *name.spellings):
                    earlier = own.setdefault(spelling, name)
                    if earlier is name:
                        continue
                    if earlier.canonical != name.canonical:
                        raise DictionaryError(
                            f"{where}: {spelling} is given to {name.canonical} here and to {earlier.canonical} at "
                            f"{earlier.where}; a spelling can stand for one name only: delete one of the two"
                        )
                    own[spelling] = name
            spelt |= own
        for path in (home / "apart.tsv", *apart):
            for where, (left, right, *reason) in _rows(path, 2, "one name, the other, reason", digests, held):
                if left == right:
                    raise DictionaryError(f"{where}: {left} cannot be kept apart from itself: expected two names")
                _settle(where, left, right, spelt)
                pair = (min(left, right), max(left, right))
                kept_apart[pair] = reason[0] if reason and reason[0] else f"kept apart by {where}"
        titles = [
            Title(text, one, _kind(where, kind))
            for where, (text, side, kind, *_) in _rows(home / "titles.tsv", 3, "title, side, kind, reason", digests)
            for one in _sides(where, side)
        ]
        weights = {
            (kind, _script(where, script)): _number(where, weight)
            for where, (kind, script, weight, *_) in _rows(
                home / "evidence.tsv", 3, "evidence, script, weight in nats", digests
            )
        }
        hanzi = {
            one: syllable
            for _, (syllable, several, *_) in _rows(home / "hanzi.tsv", 2, "syllable, hanzi", digests)
            for one in several
        }
        for learned in ("kinds.bin", "kinds.tsv", "sound.bin"):
            digests[learned] = hashlib.sha256((home / learned).read_bytes()).hexdigest()
        return cls(spelt, kept_apart, tuple(titles), weights, hanzi, digests)

    def keeps_apart(self, left: str, right: str) -> str | None:
        """Why the two are never one name, or None where no one said so."""
        return self.apart.get((min(left, right), max(left, right)))


def _rows(
    path: Path, least: int, expected: str, digests: dict[str, str], held: Mapping[Path, bytes] = MappingProxyType({})
) -> Iterator[tuple[str, list[str]]]:
    data = held[path] if path in held else path.read_bytes()
    digests[path.name if path.parent == dictionaries() else str(path)] = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise DictionaryError(
            f"{path}:{number}: byte {data[error.start]:#04x} is not UTF-8: save the file as UTF-8"
        ) from None
    shown = str(path)
    # Not splitlines: a U+2028 or a form feed inside a reason ends no line, and would shift the numbers.
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        fields = list(map(str.strip, line.split("\t")))
        where = f"{shown}:{number}"
        if len(fields) < least or "" in fields[:least]:
            raise DictionaryError(f"{where}: found {line!r}, expected {expected}, with a tab between")
        yield where, fields


def _name(where: str, fields: list[str]) -> Name:
    canonical, spellings, *rest = fields
    listed = tuple(map(str.strip, spellings.split("|")))
    if "" in listed:
        raise DictionaryError(f"{where}: found an empty spelling in {spellings!r}, expected spellings with | between")
    if canonical in listed:
        listed = tuple(spelling for spelling in listed if spelling != canonical)
    return Name(canonical, listed, _kind(where, (rest or ["other"])[0] or "other"), where)


def _settle(where: str, left: str, right: str, spelt: dict[str, Name]) -> None:
    """Two names kept apart that the dictionary spells as one: the user outranks what is shipped; nobody outranks themselves."""
    name, other = spelt.get(left), spelt.get(right)
    if not name or not other or name.canonical != other.canonical:
        return
    is_ours, was_ours = (Path(place).parent == dictionaries() for place in (where, name.where))
    if is_ours == was_ours:
        raise DictionaryError(
            f"{where}: {left} and {right} are one name at {name.where} and never one here: delete one"
        )
    if was_ours:
        for spelling in {left, right} - {name.canonical}:
            del spelt[spelling]


def _sides(where: str, side: str) -> tuple[str, ...]:
    if side not in ("after", "before", "both"):
        raise DictionaryError(f"{where}: found the side {side!r}, expected after, before or both (of the name)")
    return ("after", "before") if side == "both" else (side,)


def _script(where: str, script: str) -> Script:
    if script not in SCRIPTS:
        raise DictionaryError(f"{where}: found the script {script!r}, expected {' or '.join(SCRIPTS)}")
    return cast(Script, script)


def _number(where: str, number: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise DictionaryError(f"{where}: found the weight {number!r}, expected a number of nats") from None


def _kind(where: str, kind: str) -> Kind:
    if kind not in KINDS:
        raise DictionaryError(f"{where}: {kind!r} is no kind of name, expected one of {', '.join(KINDS)}")
    return cast(Kind, kind)
