"""`soroe explain`."""

from __future__ import annotations

import argparse
import re

from soroe.cli.options import Parser, UsageError, dictionary_options


def options(parser: Parser) -> None:
    """Explain a rule, or what is known of a spelling.

    examples:
      soroe explain N401
      soroe explain オートマン
    """
    parser.add_argument(
        "subject", metavar="CODE|SPELLING", help="the code of a rule, such as N401, or a spelling of a name"
    )
    dictionary_options(parser)


def act(options: argparse.Namespace) -> int:
    """Prints what there is to know of a rule or a spelling; 0."""
    from soroe.rules import RULES

    subject: str = options.subject
    code = subject.upper()
    if code in RULES:
        print(RULES[code].doc)
        return 0
    if re.fullmatch(r"[A-Z]\d{3}", code):
        raise UsageError(f"no rule has the code {subject}; the rules are {', '.join(sorted(RULES))}")
    from soroe.lexicon import Lexicon
    from soroe.names.explain import explain_spelling

    print(explain_spelling(subject, Lexicon.load(options.names, options.apart), ("fugashi", "sudachi")).rstrip("\n"))
    return 0
