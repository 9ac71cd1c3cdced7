"""`soroe names`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from soroe.cli.options import (
    Parser,
    canonical_option,
    dictionary_options,
    reading_of,
    reading_options,
    settings_by_source,
    sources_of,
    tokenizer_option,
    workers_option,
)
from soroe.cli.say import complain, in_columns, place_of, title_of

if TYPE_CHECKING:
    from soroe.formats.answered import Failed, Question
    from soroe.formats.records import Record

_HEADS = ("name", "kind", "spelling", "count", "decision", "score", "why")


def options(parser: Parser) -> None:
    """List the names that were found, with their spellings, and change nothing.

    A line a spelling: the name it belongs to and what kind of name that is, the spelling and how often it stands there,
    what was decided, how sure that is (nats of log-odds: 5 is 150 to 1), and the weightiest reason.
      canonical   how the name is written
      merged      `soroe run` writes it as the canonical spelling
      suggested   may be the same name; a person should look
      linked      the same bearer by another name or a gloss, never rewritten

    examples:
      soroe names news.txt
      soroe names --all-names --json articles/ | jq .canonical

    Exit status: 0, or 2 where something could not be read. `soroe explain ONE OTHER --in FILE` tells every reason.
    """
    reading_options(parser, "INPUT", "+")
    parser.add_argument("--all-names", action="store_true", help="list names with a single spelling too")
    parser.add_argument(
        "--json", action="store_true", help="a JSON object a line and name, as `soroe run` writes into aliases.jsonl"
    )
    tokenizer_option(parser)
    canonical_option(parser)
    dictionary_options(parser)
    workers_option(parser)


def act(options: argparse.Namespace) -> int:
    """Prints the names; 0, or 2 where something could not be read."""
    from soroe.formats.answered import Answered, Asking, answered, forget_pipelines, pipeline_of, prepared, question_by
    from soroe.formats.read import Broken, read
    from soroe.formats.rows import json_line

    reading = reading_of(options)
    sources = sources_of(options, reading)
    settings_for = settings_by_source(options)
    # What is wrong in a file of settings or a dictionary is told before the work begins.
    forget_pipelines()
    for settings in {settings_for(source) for source in sources}:
        pipeline_of(settings.for_one_text())
    is_terminal = sys.stdout.isatty()
    status = listed = 0
    asking = Asking(question_by(lambda source: settings_for(source).for_one_text()), _names, prepared)
    for step in answered(read(sources, reading, sys.stdin.buffer), asking, options.workers):
        if isinstance(step, Broken):
            complain(place_of(step))
            status = 2
        elif isinstance(step, Answered):
            names = step.answer
            if options.json:
                print(*map(json_line, names), sep="", end="")
            elif names:
                blank = [""] if listed else []
                print(*blank, title_of(step.article), *_table(names, is_terminal), sep="\n")
            listed += len(names)
    if is_terminal and not listed and not status:
        several = "is spelt in more than one way; --all-names lists those with one spelling"
        complain(f"no name {'was found' if options.all_names else several}")
    return status


def _names(question: Question) -> list[Record] | Failed:
    from soroe.formats.answered import failed, pipeline_of
    from soroe.formats.records import aliases_records

    settings, article = question
    try:
        return list(aliases_records(article, article.cleaned_by(pipeline_of(settings)), settings.all_names))
    except Exception as error:
        return failed(error)


def _table(names: list[Record], is_terminal: bool) -> Iterator[str]:
    """The names in columns; on a terminal under heads, and cut to its width."""
    rows = [row for name in names for row in _rows(name)]
    from soroe.review.excerpts import clipped

    for line in in_columns([_HEADS, *rows] if is_terminal else rows, numbers=(3, 5)):
        yield clipped(f"  {line}", shutil.get_terminal_size().columns) if is_terminal else f"  {line}"


def _rows(name: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row a spelling; the name and its kind stand in the first."""
    from soroe.messages import visible

    told = visible(name["canonical"]), name["kind"]
    for alias in name["aliases"]:
        score = "" if alias["decision"] == "canonical" else f"{alias['score']:.2f}"
        why = visible(next(iter(alias["why"]), ""))
        yield *told, visible(alias["surface"]), str(alias["count"]), alias["decision"], score, why
        told = "", ""
