"""The settings that a project keeps beside its texts: `soroe.toml`, or `[tool.soroe]` in `pyproject.toml`.

Of each text the nearest folder upwards that has such a file decides; nothing is added up from several. What the command line
says comes before it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from soroe.lexicon import DictionaryError
from soroe.messages import LANGS, Lang, nearest
from soroe.settings import CANONICALS, CODES, TOKENIZERS, UNIFY_SCRIPTS, Settings, is_selectable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILES = ("soroe.toml", "pyproject.toml")

_HEADER = re.compile(r"[ \t]*\[{1,2}[ \t]*(.+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?$")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=")

KeyPath = tuple[str, ...]


class SettingsError(DictionaryError):
    """A file of settings that cannot be used; the message names file and line and says what was expected."""


class Project(NamedTuple):
    """What holds for the texts of a folder.

    ``per_file_ignores`` are patterns of paths with the codes that are ignored there, ``prose_fields`` such with the fields that
    hold prose there ("" is every file); ``lang`` is the language in which findings are told, None that of the locale; ``where``
    tells of every key that a file gives, in which line.
    """

    settings: Settings
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    prose_fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lang: Lang | None = None
    root: Path | None = None
    where: Mapping[str, str] = {}

    def excludes(self, path: Path) -> str | None:
        """The pattern that leaves a file out; None where none does."""
        return next((pattern for pattern in self.exclude if self._fits(pattern, path)), None)

    def settings_for(self, path: Path) -> Settings:
        """The settings for one file of the project."""
        codes = (codes for pattern, codes in self.per_file_ignores if self._fits(pattern, path))
        ignored = tuple(code for several in codes for code in several)
        return replace(self.settings, ignore=(*self.settings.ignore, *ignored)) if ignored else self.settings

    def prose_fields_of(self, path: Path) -> tuple[str, ...]:
        """The fields of a JSON, JSONL or YAML file that hold prose."""
        fields = (fields for pattern, fields in self.prose_fields if not pattern or self._fits(pattern, path))
        return tuple(dict.fromkeys(field for several in fields for field in several))

    def _fits(self, pattern: str, path: Path) -> bool:
        """Whether a pattern is about a path: news/*.md and build (with all in it) from the root, *.md anywhere."""
        try:
            inside = (_resolved(path.parent.absolute()) / path.name).relative_to(self.root or Path.cwd()).as_posix()
        except ValueError:
            return False
        return _of_glob(pattern).match(inside) is not None


NO_PROJECT = Project(Settings())


def project_for(path: Path) -> Project:
    """The settings for a file, or for a folder, found upwards from it.

    Raises `SettingsError` where the file of settings cannot be used, `OSError` where it cannot be read.
    """
    return _project_in(_resolved((path if path.is_dir() else path.parent).absolute()))


def forget_projects() -> None:
    """Reads every file of settings anew when it is next asked for."""
    read_project.cache_clear()
    _resolved.cache_clear()
    _project_in.cache_clear()


@lru_cache(maxsize=1 << 12)
def _resolved(folder: Path) -> Path:
    return folder.resolve()


@lru_cache(maxsize=1 << 12)
def _project_in(folder: Path) -> Project:
    for name in FILES:
        file = folder / name
        if file.is_file() and (found := read_project(file)):
            return found
    return _project_in(folder.parent) if folder.parent != folder else NO_PROJECT


@lru_cache(maxsize=1 << 8)
def read_project(path: Path) -> Project | None:
    """The settings in a file; None where a pyproject.toml has none.

    Raises what `project_for` raises.
    """
    text = path.read_text("utf-8-sig").replace("\r\n", "\n")
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise SettingsError(f"{shown(path)}:{line[1] if line else 1}: is no TOML: {error}") from None
    inside: KeyPath = ()
    if path.name == "pyproject.toml":
        inside = ("tool", "soroe")
        tool = table.get("tool")
        table = tool.get("soroe") if isinstance(tool, dict) else None
        if table is None:
            return None
    place = _Place(path, inside, _lines_of_keys(text))
    if not isinstance(table, dict):
        raise SettingsError(f"{place.of()}: found {_in_short(table)}, expected a table of settings")
    said: dict[str, Any] = {}
    where: dict[str, str] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _READ:
            raise SettingsError(f"{place.of(key)}: there is no setting {key}{nearest(name, _READ)}")
        if name in said:
            raise SettingsError(f"{place.of(key)}: {key} is given twice, with - and with _: delete one")
        said[name] = _READ[name](value, place, key)
        where[name] = place.of(key)
    return _project_of(said, path.parent, where)


class _Place(NamedTuple):
    """Where the keys of a file of settings stand, for messages."""

    path: Path
    inside: KeyPath
    lines: Mapping[KeyPath, int]

    def of(self, *key: str) -> str:
        """The file and line of a key, or of what it stands in."""
        within = [(*self.inside, *key[:length]) for length in range(len(key), -1, -1)]
        return f"{shown(self.path)}:{next((self.lines[at] for at in within if at in self.lines), 1)}"


def _project_of(said: Mapping[str, Any], root: Path, where: Mapping[str, str]) -> Project:
    of_engine = {name: said[name] for name in _OF_ENGINE if name in said}
    select = of_engine.get("select", Settings.select)
    settings = Settings(**(of_engine | {"select": (*select, *said.get("extend_select", ()))}))
    others = {name: said[name] for name in ("exclude", "per_file_ignores", "prose_fields", "lang") if name in said}
    return Project(settings, root=root.resolve(), where=where, **others)


# --- values: each reader is given the value, where the keys stand, and its own key ---

Reader = Callable[..., Any]


def _strings(value: object, place: _Place, *key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise SettingsError(f'{place.of(*key)}: found {_in_short(value)}, expected a list of strings, as in ["N401"]')
    return tuple(value)


def _codes(value: object, place: _Place, *key: str) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for code in _strings(value, place, *key))
    for code in codes:
        if not is_selectable(code):
            raise SettingsError(f"{place.of(*key)}: no rule has a code that begins with {code}{nearest(code, CODES)}")
    return codes


def _paths(value: object, place: _Place, *key: str) -> tuple[Path, ...]:
    paths = tuple(place.path.parent / one for one in _strings(value, place, *key))
    for path in paths:
        if not path.is_file():
            raise SettingsError(
                f"{place.of(*key)}: {shown(path)}: no such file (paths are from the folder of the settings)"
            )
    return paths


def _codes_by_pattern(value: object, place: _Place, *key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        example = '"old/*.md" = ["P"]'
        raise SettingsError(
            f"{place.of(*key)}: found {_in_short(value)}, expected patterns with codes, as in {example}"
        )
    return tuple((pattern, _codes(codes, place, *key, pattern)) for pattern, codes in value.items())


def _fields(value: object, place: _Place, *key: str) -> tuple[str, ...]:
    fields = _strings(value, place, *key)
    for field in fields:
        if mistake := mistake_in_field(field):
            raise SettingsError(f"{place.of(*key)}: {mistake}")
    return fields


def _fields_by_pattern(value: object, place: _Place, *key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if isinstance(value, dict):
        return tuple((pattern, _fields(fields, place, *key, pattern)) for pattern, fields in value.items())
    if not isinstance(value, list):
        example = '["title", "body"] or, by file, "locales/*.yaml" = ["*"]'
        raise SettingsError(
            f"{place.of(*key)}: found {_in_short(value)}, expected the names of fields, as in {example}"
        )
    return (("", _fields(value, place, *key)),)


def _word_of(words: Sequence[str]) -> Reader:
    def read(value: object, place: _Place, *key: str) -> str:
        if value not in words:
            near = nearest(value, words) if isinstance(value, str) else ""
            raise SettingsError(f"{place.of(*key)}: found {_in_short(value)}, expected one of {', '.join(words)}{near}")
        return str(value)

    return read


_READ: dict[str, Reader] = {
    "select": _codes,
    "ignore": _codes,
    "extend_select": _codes,
    "per_file_ignores": _codes_by_pattern,
    "names": _paths,
    "apart": _paths,
    "exclude": _strings,
    "prose_fields": _fields_by_pattern,
    "canonical": _word_of(CANONICALS),
    "unify_scripts": _word_of(UNIFY_SCRIPTS),
    "tokenizer": _word_of(TOKENIZERS),
    "lang": _word_of(LANGS),
}
KEYS = (
    "select",
    "ignore",
    "names",
    "apart",
    "canonical",
    "unify_scripts",
    "tokenizer",
    "exclude",
    "prose_fields",
    "lang",
)
_OF_ENGINE = ("select", "ignore", "names", "apart", "canonical", "unify_scripts", "tokenizer")


def mistake_in_field(field: str) -> str:
    """Why a field cannot be asked for; "" where it can.

    >>> mistake_in_field("items.*.text"), mistake_in_field("items..text")
    ('', 'found items..text, expected the name of a field (title) or a path to it (items.*.text)')
    """
    if all(field.split(".")):
        return ""
    return f"found {field or 'nothing'}, expected the name of a field (title) or a path to it (items.*.text)"


def shown(path: Path) -> str:
    """A path as the user knows it: from the present folder, where it lies inside."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _in_short(value: object) -> str:
    return repr(value) if len(repr(value)) < 60 else f"{repr(value)[:57]}…"


@lru_cache(maxsize=1 << 10)
def _of_glob(pattern: str) -> re.Pattern[str]:
    """A pattern of paths: * is anything but /, ** any folders, a folder all that is in it; without a / it fits at any depth.

    >>> [bool(_of_glob(pattern).match("old/2024/news.md")) for pattern in ("*.md", "old", "old/*.md", "old/**/*.md", "2024/")]
    [True, True, False, True, True]
    """
    bare = pattern.removeprefix("./").rstrip("/")
    steps = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(steps.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*\*|\*|\?)", bare) if part)
    anywhere = "" if "/" in bare else "(?:.*/)?"
    return re.compile(rf"{anywhere}{body}(?:/.*)?\Z")


# --- the line of a key: tomllib tells none ---


def _lines_of_keys(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every table and key of a text that is TOML; keys of an inline table have its line."""
    found: dict[KeyPath, int] = {(): 1}
    table: KeyPath = ()
    at, lines = 0, text.split("\n")
    while at < len(lines):
        if header := _HEADER.match(lines[at]):
            table = _parts(header[1])
            found.setdefault(table, at + 1)
        elif key := _KEY.match(lines[at]):
            path = (*table, *_parts(key[1]))
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], at + 1)
            end = at + 1
            while end < len(lines) and not _is_whole(
                "\n".join(lines[at:end])
            ):  # an array or a string over several lines
                end += 1
            at = end - 1
        at += 1
    return found


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _parts(dotted: str) -> KeyPath:
    value: Any = tomllib.loads(f"{dotted} = 0")
    path = []
    while isinstance(value, dict):
        ((key, value),) = value.items()
        path.append(key)
    return tuple(path)
