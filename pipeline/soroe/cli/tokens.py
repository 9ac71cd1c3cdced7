"""`soroe tokens`."""

from __future__ import annotations

import argparse
import sys

from soroe.cli.options import Parser, named_fields, reading_of, reading_options, tokenizer_option
from soroe.cli.say import complain, place_of


def options(parser: Parser) -> None:
    """Print the words of a text as JSON lines, as a tokenizer cuts them.

    example:
      echo マスク氏は語った。 | soroe tokens -
      {"surface": "マスク", "start": 0, "end": 3, "pos": ["名詞", …], "lemma": "マスク", "reading": "マスク", …}
    """
    reading_options(parser, "FILE", None)
    tokenizer_option(parser)


def act(options: argparse.Namespace) -> int:
    """Prints a line of JSON a word; 0, or 2 where something could not be read."""
    from soroe.formats.read import Article, Broken, find_sources, read
    from soroe.formats.rows import json_line
    from soroe.tokens import open_tokenizer

    reading, named = reading_of(options), named_fields(options)
    sources = list(find_sources([options.inputs], reading.format, lambda path: named))
    tokenizer = open_tokenizer(options.tokenizer or "fugashi")
    status = 0
    for event in read(sources, reading, sys.stdin.buffer):
        if isinstance(event, Broken):
            complain(place_of(event))
            status = 2
        elif isinstance(event, Article):
            for token in tokenizer.tokens(event.prose[0]):
                start, end = event.fields.place(token.span) if event.fields else token.span
                record = {"surface": token.surface, "start": start, "end": end, "pos": token.pos}
                record |= {"lemma": token.lemma, "reading": token.reading, "oov": token.oov, "doc": event.id}
                print(json_line(record), end="")
    return status
