"""What the commands share: how a command line is read, and the options that several of them have."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from soroe.messages import LANGS, Lang, lang_of, locale_of, nearest
from soroe.settings import CANONICALS, CODES, TOKENIZERS, UNIFY_SCRIPTS, Settings, is_selectable

if TYPE_CHECKING:
    from soroe.formats.fields.wanted import FieldsMet
    from soroe.formats.read import Reading, Source
    from soroe.project import Project

if sys.platform == "win32":
    from pathlib import WindowsPath as _Path
else:
    from pathlib import PosixPath as _Path


class UsageError(Exception):
    """A command line that cannot be understood."""


class Parser(argparse.ArgumentParser):
    """argparse that raises `UsageError`, so that one place tells what is wrong."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.register("type", Path, _path)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def one_of(*choices: str) -> Callable[[str], str]:
    """Takes one of the words, and names them all where it is given another."""

    def chosen(word: str) -> str:
        if word not in choices:
            raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(choices)}{nearest(word, choices)}")
        return word

    return chosen


def at_least_one(word: str) -> int:
    """Takes a number from 1."""
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word} is no number from 1")
    return int(word)


def seconds(word: str) -> float:
    """Takes a time that is longer than nothing."""
    try:
        time = float(word)
    except ValueError:
        time = 0.0
    if not 0 < time < float("inf"):
        raise argparse.ArgumentTypeError(f"{word} is no number of seconds")
    return time


_UNITS = {
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)},
}


def size(word: str) -> int:
    """Takes a number of bytes with its unit.

    >>> size("256MB"), size("1.5 KiB"), size("64kb")
    (256000000, 1536, 64000)
    """
    number, unit = re.fullmatch(r"([0-9.]*)\s*(.*)", word, re.DOTALL).groups()  # type: ignore[union-attr]  # fits all
    by_name = {name.lower(): bytes for name, bytes in _UNITS.items()}
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
        raise argparse.ArgumentTypeError(f"{word} is no size such as 256MB")
    if not unit:
        raise argparse.ArgumentTypeError(f"{word} tells no unit: did you mean {word}MB? Units are {', '.join(_UNITS)}")
    if unit.lower() not in by_name:
        meant = nearest(unit, _UNITS) or nearest(unit.upper(), _UNITS)
        raise argparse.ArgumentTypeError(f"{word}: {unit} is none of {', '.join(_UNITS)}{meant}")
    told = int(float(number) * by_name[unit.lower()])
    if told < 1:
        raise argparse.ArgumentTypeError(f"{word} is no size: nothing fits into it")
    return told


class _Url(_Path):
    """A path that keeps the word it was made of: of hdfs:///data/out a path keeps but one of the three."""

    word: str


def _path(word: str) -> Path:
    if "://" not in word:
        return Path(word)
    path = _Url(word)
    path.word = word
    return path


def as_given(path: Path) -> str:
    """A path of the command line as it was given, which may be a URL.

    >>> as_given(_path("s3://bucket/out")), as_given(_path("hdfs:///data/out")), as_given(_path("data/out"))
    ('s3://bucket/out', 'hdfs:///data/out', 'data/out')
    """
    return path.word if isinstance(path, _Url) else str(path)


def workers_option(parser: Parser) -> None:
    """Among how many processes the texts are divided."""
    parser.add_argument(
        "--workers",
        metavar="N",
        type=at_least_one,
        help="how many processes read the texts (one for each core); what is told does not depend on it",
    )


def cleaning_options(parser: Parser) -> None:
    """The options of what cleans: what to read, and the settings."""
    reading_options(parser, "INPUT", "+")
    tokenizer_option(parser)
    parser.add_argument(
        "--select", metavar="CODES", action="append", help="only these rules: N, P204, or N,R3; ALL is every rule"
    )
    parser.add_argument("--extend-select", metavar="CODES", action="append", help="these rules too")
    parser.add_argument("--ignore", metavar="CODES", action="append", help="not these rules; the longer code decides")
    canonical_option(parser)
    unify_scripts_option(parser)
    dictionary_options(parser)


def reading_options(parser: Parser, metavar: str, nargs: str | None) -> None:
    """The inputs, and how to read them."""
    from soroe.formats.shapes import ENDINGS

    parser.add_argument(
        "inputs", metavar=metavar, nargs=nargs, help=f"a {ENDINGS} file, a folder, or - for standard input"
    )
    row_options(parser)


def row_options(parser: Parser) -> None:
    """How to read what does not say it of itself."""
    from soroe.formats.shapes import NAMES_OF_FORMATS
    from soroe.formats.stream import COMPRESSIONS

    parser.add_argument("--text", metavar="FIELD", help="the field of a row that holds the text (text)")
    parser.add_argument(
        "--prose-fields",
        metavar="FIELDS",
        action="append",
        help="the fields that are read of .json, .yaml and .jsonl: a name at any depth (title), a path from the top "
        "(items.*.text), or '*' for all",
    )
    parser.add_argument("--id", metavar="FIELD", default="id", help="the field of a row that holds its id (id)")
    parser.add_argument(
        "--source", metavar="FIELD", default="", help="the field that tells where a row is from, for the logs"
    )
    parser.add_argument(
        "--lang-field",
        metavar="FIELD",
        default="",
        help="the field that tells a row's language: rows that are not Japanese (ja, jpn, japanese) are kept as they are",
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        type=_format,
        help=f"what standard input (txt) and files given by name are, whatever their endings say: {NAMES_OF_FORMATS}; "
        f"compressed: with {', '.join(COMPRESSIONS)} behind it, as in jsonl.gz",
    )


def _format(word: str) -> str:
    from soroe.formats.shapes import SHAPES
    from soroe.formats.stream import split_compression

    name, compression = split_compression(word)
    return one_of(*SHAPES)(name) + compression


def missing_fields(options: argparse.Namespace, met: FieldsMet) -> str:
    """What is told where no input has one of the fields of --prose-fields, which may be spelt wrong; "" where one has."""
    named = named_fields(options)
    if not named or not met.names:
        return ""
    there = ", ".join([*met.names][:8]) + (", …" if len(met.names) > 8 else "")
    return (
        f"--prose-fields {','.join(named)}: no input has such a field; there are: {there}{nearest(named[0], met.names)}"
    )


def tokenizer_option(parser: Parser) -> None:
    """The tokenizer."""
    parser.add_argument(
        "--tokenizer",
        metavar="NAME",
        type=one_of(*TOKENIZERS),
        help="what cuts the text into words: fugashi (MeCab with unidic-lite, the default) or sudachi",
    )


def canonical_option(parser: Parser) -> None:
    """How a name is written that is spelt in several ways."""
    parser.add_argument(
        "--canonical",
        metavar="WHICH",
        type=one_of(*CANONICALS),
        help="which spelling of a name the others become: attested (known to dictionaries and frequent, the default), "
        "frequent (the most frequent), first (in the article) or latin (the one in Latin letters, for people and "
        "places); a --names file outranks it",
    )


def unify_scripts_option(parser: Parser) -> None:
    """Of whom the spellings in Latin letters and in katakana are made one."""
    parser.add_argument(
        "--unify-scripts",
        metavar="WHOSE",
        type=one_of(*UNIFY_SCRIPTS),
        help="whose spellings in Latin letters and in katakana become one: people (and places, the default), all (brands "
        "and works too) or none",
    )


def dictionary_options(parser: Parser) -> None:
    """The user's own dictionaries."""
    parser.add_argument(
        "--names", metavar="FILE", type=Path, action="append", default=[], help="your names: how each is written (TSV)"
    )
    parser.add_argument(
        "--apart", metavar="FILE", type=Path, action="append", default=[], help="your pairs of names that are two (TSV)"
    )
    settings_option(parser)


def lang_option(parser: Parser) -> None:
    """The language in which findings are told."""
    parser.add_argument(
        "--lang",
        metavar="LANG",
        type=one_of(*LANGS),
        help="the language of what is found: en or ja (what the settings of this folder or else the locale say)",
    )


def lang_of_options(options: argparse.Namespace) -> Lang:
    """The language that the options say, or the settings of the folder that soroe is run in, or the locale."""
    return options.lang or project_of(options, Path.cwd()).lang or lang_of(locale_of(os.environ))


def settings_option(parser: Parser) -> None:
    """Where the settings of the project are."""
    parser.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        help="go by this soroe.toml or pyproject.toml, and by no other; none for no file at all (by default the nearest one upwards)",
    )


def reading_of(options: argparse.Namespace) -> Reading:
    """How the options say to read."""
    from soroe.formats.read import Reading

    if options.text and options.prose_fields:
        raise UsageError("--text and --prose-fields do not go together: leave one out")
    return Reading(options.format, options.text or "text", options.id, options.source, options.lang_field)


def named_fields(options: argparse.Namespace) -> tuple[str, ...]:
    """The fields of --prose-fields."""
    from soroe.project import mistake_in_field

    fields = tuple(field.strip() for part in options.prose_fields or () for field in part.split(","))
    for field in fields:
        if mistake := mistake_in_field(field):
            raise UsageError(f"--prose-fields: {mistake}")
    return tuple(dict.fromkeys(fields))


def fields_for(options: argparse.Namespace) -> Callable[[Path], tuple[str, ...]]:
    """Tells which fields of a file hold prose: those of --prose-fields, or those that its project names.

    With --text a row is read as it says.
    """
    from soroe.formats.stream import split_compression

    named = named_fields(options)

    def fields(path: Path) -> tuple[str, ...]:
        if named or (options.text and split_compression(path.name)[0].lower().endswith(".jsonl")):
            return named
        return project_of(options, path).prose_fields_of(path)

    return fields


def settings_of(options: argparse.Namespace, base: Settings | None = None) -> Settings:
    """The settings that the options make of those of a project (by default, of the folder that soroe is run in)."""
    said = vars(options)
    given = {name: said[name] for name in _SAID if said.get(name) is not None}
    settings = replace(project_of(options, Path.cwd()).settings if base is None else base, **given)
    return replace(
        settings,
        select=(*(_codes(said.get("select")) or settings.select), *_codes(said.get("extend_select"))),
        ignore=(*settings.ignore, *_codes(said.get("ignore"))),
        names=(*settings.names, *options.names),
        apart=(*settings.apart, *options.apart),
    )


# What an option says in place of the project's settings; names and apart are added to them, as is what is ignored.
_SAID = ("tokenizer", "all_names", "canonical", "unify_scripts", "survey", "unsafe_fixes")


def settings_by_source(options: argparse.Namespace) -> Callable[[Source], Settings]:
    """Tells the settings of a source: those of its project, and what the options say before them.

    Raises `SettingsError` where a file of settings cannot be used.
    """
    made: dict[Settings, Settings] = {}
    known: dict[str, Settings] = {}  # by the name, which is unique in a run

    def settings_for(source: Source) -> Settings:
        if source.name not in known:
            path = source.path or Path.cwd()
            base = project_of(options, path).settings_for(path)
            if base not in made:
                made[base] = settings_of(options, base)
            known[source.name] = made[base]
        return known[source.name]

    return settings_for


def sources_of(options: argparse.Namespace, reading: Reading) -> list[Source]:
    """The files that the inputs mean, without those that their project excludes, and without what is none of ours in a folder."""
    from soroe.formats.read import Skipped, find_sources

    fields_of = fields_for(options)

    def fields(path: Path) -> tuple[str, ...] | None:
        return None if path.is_file() and project_of(options, path).excludes(path) else fields_of(path)

    found = find_sources(options.inputs, reading.format, fields)
    return [source for source in found if not isinstance(source, Skipped)]


def project_of(options: argparse.Namespace, path: Path) -> Project:
    """The project of a file: that of --settings, or the nearest upwards."""
    from soroe.project import NO_PROJECT, project_for, read_project

    if options.settings is None:
        return project_for(path)
    if str(options.settings) == "none":
        return NO_PROJECT
    project = read_project(options.settings)
    if project is None:
        raise UsageError(f"{options.settings}: holds no [tool.soroe]")
    return project


def _codes(given: list[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for part in given or () for code in part.split(",") if code.strip())
    for code in codes:
        if not is_selectable(code):
            raise UsageError(f"no rule has a code that begins with {code}{nearest(code, CODES)}")
    return codes
