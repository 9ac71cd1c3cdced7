"""`soroe explain`."""

from __future__ import annotations

import argparse
import re
import sys

from soroe.cli.options import (
    Parser,
    UsageError,
    dictionary_options,
    fields_for,
    reading_of,
    row_options,
    settings_of,
    tokenizer_option,
)
from soroe.cli.say import complain, place_of, title_of


def options(parser: Parser) -> None:
    """Explain a rule, what is known of a spelling, or how two spellings are weighed.

    Of two spellings it tells how alike they sound and what the dictionaries say; with --in, all evidence of that text too,
    each with its weight (nats of log-odds), their sum, and what a run makes of the two. It speaks English, whatever the locale.

    examples:
      soroe explain N401
      soroe explain オートマン
      soroe explain アルトマン オートマン
      soroe explain アルトマン Altman --in news.txt

    Exit status: 0, or 2 where something could not be read.
    """
    parser.add_argument(
        "subject", metavar="CODE|SPELLING", help="the code of a rule, such as N401, or a spelling of a name"
    )
    parser.add_argument("other", metavar="SPELLING", nargs="?", help="the spelling that it is weighed with")
    parser.add_argument(
        "--in",
        dest="inputs",
        metavar="FILE",
        action="append",
        default=[],
        help="weigh the two in this text: a file of text or markup, a dump, a folder, or - for standard input",
    )
    row_options(parser)
    tokenizer_option(parser)
    dictionary_options(parser)


def act(options: argparse.Namespace) -> int:
    """Prints what there is to know; 0, or 2 where something could not be read."""
    from soroe.engine import doc_of
    from soroe.rules import RULES

    subject: str = options.subject
    code = subject.upper()
    is_code = re.fullmatch(r"[A-Z]\d{3}", code)
    if options.inputs and not options.other:
        raise UsageError("--in weighs two spellings in a text: name two (see soroe explain --help)")
    if is_code and options.other:
        raise UsageError(f"{subject} is the code of a rule: a rule is explained alone (see soroe explain --help)")
    if subject == options.other:
        raise UsageError(f"{subject} and {subject} are one spelling: name two (see soroe explain --help)")
    if doc := doc_of(code):
        print(doc)
        return 0
    if is_code:
        raise UsageError(f"no rule has the code {subject}; the rules are {', '.join(sorted(RULES))}")
    if options.other:
        return _explain_two(options)
    from soroe.lexicon import Lexicon
    from soroe.names.explain import explain_spelling

    print(explain_spelling(subject, Lexicon.load(options.names, options.apart), ("fugashi", "sudachi")).rstrip("\n"))
    return 0


def _explain_two(options: argparse.Namespace) -> int:
    from soroe.engine import Pipeline
    from soroe.formats.read import Article, Broken, find_sources, read
    from soroe.names.explain import explain_alone, explain_in, explain_pair, explain_spelling

    reading = reading_of(options)
    sources = list(find_sources(options.inputs, reading.format, fields_for(options)))
    pipeline = Pipeline(settings_of(options))
    one, other = options.subject, options.other
    for spelling in (one, other):
        print(explain_spelling(spelling, pipeline.lexicon, ("fugashi", "sudachi")), end="\n\n")
    print(explain_pair(one, other, pipeline.lexicon, pipeline.names.sound))
    if not options.inputs:
        print(f"\n{explain_alone(one, other, pipeline.lexicon, pipeline.names)}")
    status = articles = weighed = 0
    for event in read(sources, reading, sys.stdin.buffer):
        if isinstance(event, Broken):
            complain(place_of(event))
            status = 2
        elif isinstance(event, Article):
            articles += 1
            text = pipeline.prose(*event.prose)
            if told := explain_in(text, one, other, pipeline.lexicon, pipeline.names):
                print(f"\nin {title_of(event)}\n{told}")
                weighed += 1
    if articles and not weighed:
        print(
            f"\nin {', '.join(options.inputs)}\n  never weighed     {one} and {other} do not both stand in one article"
        )
    return status
