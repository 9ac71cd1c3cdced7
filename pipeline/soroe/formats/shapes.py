"""The formats there are: a new one is a line here and a module.

A module has two functions, and knows of no file name, no compression and no output folder:

- ``events(stream, source, reading, encoding)`` gives what a stream holds as events (`soroe.formats.read`): `Started`, then an
  `Article` for each text, `Kept` for what stands between, `Broken` for what cannot be read. It raises `NotOurs` where the whole is
  something else, and `Damaged` where it cannot go on.
- ``writer(file, source, encoding)`` gives a `soroe.formats.pieces.Writer`, which takes the same events back in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Literal, NamedTuple

from soroe.formats.fields import NO_YAML
from soroe.markup import NO_DOCUTILS, NO_MWPARSERFROMHELL
from soroe.text import Markup

NO_PYARROW = "Parquet and Arrow are read with pyarrow, which is not installed: pip install 'soroe[arrow]'"

Format = Literal[
    "txt",
    "md",
    "mdx",
    "html",
    "rst",
    "adoc",
    "jsonl",
    "csv",
    "tsv",
    "parquet",
    "arrow",
    "mediawiki",
    "warc",
    "json",
    "yaml",
]


class Shape(NamedTuple):
    """A format: how its files end, the markup of its texts, the module that reads and writes it, and what that needs."""

    endings: tuple[str, ...]
    markup: Markup
    module: str = "whole"
    needs: str = ""
    without: str = ""  # what is told where that is not installed
    in_members: bool = False  # of what is compressed, each record can be read alone
    keeps_broken: bool = False  # an article that could not be cleaned stands among the cleaned ones as it was
    counts_records: bool = False  # the line of an article is the number of its record
    is_by_value: bool = False  # what is given back is what a file says, and not its bytes

    @property
    def is_dump(self) -> bool:
        """Whether a file holds many articles."""
        return self.module != "whole"


SHAPES: dict[Format, Shape] = {
    "txt": Shape((".txt",), "plain"),
    "md": Shape((".md", ".markdown"), "markdown"),
    "mdx": Shape((".mdx",), "mdx"),
    "html": Shape((".html", ".htm"), "html"),
    "rst": Shape((".rst",), "rst", needs="docutils", without=NO_DOCUTILS),
    "adoc": Shape((".adoc", ".asciidoc"), "asciidoc"),
    "jsonl": Shape((".jsonl",), "plain", "jsonl"),
    "csv": Shape((".csv",), "plain", "table"),
    "tsv": Shape((".tsv", ".tab"), "plain", "table"),
    "parquet": Shape(
        (".parquet",), "plain", "arrow", "pyarrow", NO_PYARROW, keeps_broken=True, counts_records=True, is_by_value=True
    ),
    "arrow": Shape(
        (".arrow", ".feather", ".ipc", ".arrows"),
        "plain",
        "arrow",
        "pyarrow",
        NO_PYARROW,
        keeps_broken=True,
        counts_records=True,
        is_by_value=True,
    ),
    "mediawiki": Shape((".xml",), "wikitext", "mediawiki", "mwparserfromhell", NO_MWPARSERFROMHELL, keeps_broken=True),
    "warc": Shape((".warc", ".wet"), "html", "warc", in_members=True, keeps_broken=True, counts_records=True),
    "json": Shape((".json",), "fields"),
    "yaml": Shape((".yaml", ".yml"), "fields", needs="yaml", without=NO_YAML),
}
# Of these, which are more often data than texts, only the fields are read that a user names.
OF_FIELDS = ("json", "yaml")

FORMATS: dict[str, Format] = {ending: format for format, shape in SHAPES.items() for ending in shape.endings}


def _listed(words: Iterable[str]) -> str:
    *words, last = words
    return f"{', '.join(words)} or {last}"


# As messages and helps list them.
ENDINGS = _listed(shape.endings[0] for shape in SHAPES.values())
NAMES_OF_FORMATS = _listed(SHAPES)


def markup_of(format: Format) -> Markup:
    """The markup of a file's text."""
    return SHAPES[format].markup


def lacking(format: Format) -> str:
    """What is told where a format cannot be read because something is not installed; "" where it can."""
    shape = SHAPES[format]
    return shape.without if shape.needs and not find_spec(shape.needs) else ""


def module_of(format: Format) -> ModuleType:
    """What reads and writes a format: imported where it is met."""
    return import_module(f"soroe.formats.{SHAPES[format].module}")
