"""The command line. Nothing else in soroe prints.

Exit status: 0 nothing to say, 1 findings (lint), 2 the work could not be done, or not all of it.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from soroe import __version__

if TYPE_CHECKING:
    from soroe.engine import Settings
    from soroe.formats.read import Broken, Reading
    from soroe.formats.run import Step
    from soroe.formats.tally import Tally

# What is broken is told row by row this often; all of it is in quarantine.jsonl.
MAX_TOLD = 20


class UsageError(Exception):
    """A command line that cannot be understood."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status.

    >>> main(["explain", "C101"])  # doctest: +ELLIPSIS
    C101: half-width katakana becomes full-width.   ｱﾙﾄﾏﾝ氏 → アルトマン氏
    ...
    0
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except UsageError as error:
        complain(str(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except Exception as error:
        # What the layers below raise for the user names file and line; anything else is a mistake of ours.
        if not _is_for_the_user(error):
            raise
        complain(str(error))
    return 2


def entry() -> NoReturn:
    """The console script: `main` with the manners of a Unix tool."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a lone surrogate in a message is no reason to stop
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `soroe lint … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except KeyboardInterrupt:
        complain("interrupted")
        status = 130
    sys.exit(status)


def complain(message: str) -> None:
    """One line on stderr."""
    print(f"soroe: {message}", file=sys.stderr)


def _is_for_the_user(error: Exception) -> bool:
    from soroe.formats.read import BadInput
    from soroe.formats.restore import NotRestorable
    from soroe.formats.stage import BadOutput
    from soroe.lexicon import DictionaryError
    from soroe.names.survey import SurveyError

    return isinstance(error, (BadInput, BadOutput, NotRestorable, DictionaryError, SurveyError))


def _dispatch(arguments: list[str]) -> int:
    command, *rest = arguments or ["--help"]
    if command in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0
    if command in ("-V", "--version"):
        print(f"soroe {__version__}")
        return 0
    if command not in COMMANDS:
        kind = "option" if command.startswith("-") else "command"
        known = ["--help", "--version"] if kind == "option" else list(COMMANDS)
        raise UsageError(f"no {kind} is called {command}{_nearest(command, known)} (see soroe --help)")
    about, act = COMMANDS[command]
    parser = _Parser(
        prog=f"soroe {command}",
        description=(about.__doc__ or "").replace("\n    ", "\n"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    about(parser)
    options, unknown = parser.parse_known_intermixed_args(rest)
    if unknown:
        known = [string for action in parser._actions for string in action.option_strings]
        word = unknown[0].partition("=")[0]
        raise UsageError(f"{parser.prog} has no option {word}{_nearest(word, known)} (see {parser.prog} --help)")
    return act(options)


def _nearest(word: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {found[0]}?" if found else ""


def _overview() -> str:
    lines = [f"  {name:9}{(about.__doc__ or '').partition('.')[0]}" for name, (about, _) in COMMANDS.items()]
    return f"""usage: soroe COMMAND ...

soroe (揃え) makes the spellings of names in machine-translated Japanese one, and mends what the machine left behind.

commands:
{chr(10).join(lines)}

  soroe COMMAND --help tells its options; soroe --version the version.

example:
  soroe run articles/ --out cleaned     then look at cleaned/report.html
"""


# run


def _run_options(parser: _Parser) -> None:
    """Clean articles into a folder, with a log of every change.

    Reads .txt, .md and .jsonl files, folders of them, or standard input (-), and writes into the folder OUT:
      clean/          the cleaned articles, in the shape of the input
      edits.jsonl     every change, with its reason; `soroe restore OUT` undoes them all
      aliases.jsonl   the names that were spelt in several ways, and what was decided (aliases.tsv for a spreadsheet)
      findings.jsonl  what a person should look at
      report.html     all of that, to be read in a browser
      quarantine.jsonl, run.json   what could not be read, and how the run was made

    With --scope corpus the inputs are read twice, and one person's full name is written in one way in all articles;
    survey.tsv tells whom the articles tell of, across.tsv which full names are written otherwise.

    examples:
      soroe run news.txt --out cleaned
      soroe run dump.jsonl --text body --id url --out cleaned
      soroe run dump.jsonl --scope corpus --survey names-of-2023.tsv --out cleaned
      curl -s https://example.com/a.txt | soroe run - --out cleaned

    Exit status: 0, or 2 where something could not be read; the rest is cleaned all the same.
    """
    parser.add_argument("--out", required=True, metavar="OUT", type=Path, help="the folder to write to")
    _input_options(parser)
    parser.add_argument(
        "--all-names", action="store_true", help="list names with a single spelling in aliases.jsonl too"
    )
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        type=_one_of("document", "corpus"),
        default="document",
        help="make names one in each article alone (document, the default), or full names in all of them (corpus)",
    )
    parser.add_argument(
        "--survey",
        metavar="FILE",
        type=Path,
        help="with --scope corpus: the survey to go by, or, where there is none yet, to write (OUT/survey.tsv)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no summary")


def _run(options: argparse.Namespace) -> int:
    from soroe.formats.run import exit_status, run

    if options.survey and options.scope != "corpus":
        raise UsageError("--survey goes with --scope corpus (see soroe run --help)")
    settings, reading = _settings(options), _reading(options)
    is_talkative = sys.stderr.isatty() and not options.quiet
    passes = 2 if options.scope == "corpus" and not (options.survey and options.survey.exists()) else 1
    with _watching(options.inputs if is_talkative else None, passes) as watch:
        tally = run(options.inputs, options.out, settings, reading, sys.stdin.buffer, watch, options.scope)
    quarantined, renamed = tally.counts["quarantined"], tally.counts["renamed ids"]
    if quarantined > MAX_TOLD:
        complain(f"… and {quarantined - MAX_TOLD} more that could not be read, see {options.out / 'quarantine.jsonl'}")
    if renamed:
        complain(f"ids that came again were made unique (a, a#2, a#3, …): {renamed}")
    if is_talkative:
        print(_summary(tally, options.out), file=sys.stderr)
    return exit_status(tally)


def _summary(tally: Tally, out: Path) -> str:
    counts = tally.counts
    parts = [
        f"{counts['documents']:,} articles, {counts['changed']:,} changed",
        f"{counts['edits']:,} edits",
        f"{counts['merged']:,} spellings of names merged, {counts['suggested']:,} to be confirmed",
        f"{counts['findings']:,} findings",
    ]
    parts += [f"{counts[kind]:,} {kind}" for kind in ("quarantined", "skipped files") if counts[kind]]
    return f"{'; '.join(parts)}\n{out / 'report.html'}"


@contextmanager
def _watching(inputs: list[str] | None, passes: int) -> Iterator[Callable[[Step], None]]:
    """Tells what is broken, and moves a progress bar over the inputs, as often as they are read, where there are any."""
    from soroe.formats.corpus import Surveyed
    from soroe.formats.read import Broken
    from soroe.formats.run import Cleaned

    told = 0

    def tell(step: Step) -> None:
        nonlocal told
        if isinstance(step, Broken):
            told += 1
            if told <= MAX_TOLD:
                complain(_place(step))

    if inputs is None:
        yield tell
        return
    from tqdm import tqdm

    size = _size(inputs)
    with tqdm(total=size and size * passes, unit="B", unit_scale=True, file=sys.stderr, leave=False) as bar:

        def watch(step: Step) -> None:
            if isinstance(step, (Surveyed, Cleaned)):
                article = step.article
                bar.set_description("survey" if isinstance(step, Surveyed) else None, refresh=False)
                bar.update(len((article.row.line if article.row else article.text).encode("utf-8", "replace")))
            elif isinstance(step, Broken):
                with bar.external_write_mode(file=sys.stderr):
                    tell(step)

        yield watch


def _size(inputs: list[str]) -> int | None:
    from soroe.formats.read import Source, find_sources

    try:
        sources = [source for source in find_sources(inputs, "txt") if isinstance(source, Source)]
        return sum(source.path.stat().st_size for source in sources if source.path) or None
    except Exception:
        return None  # the run tells what is wrong


def _place(broken: Broken) -> str:
    line = f":{broken.line}" if broken.line else ""
    return f"{broken.source.shown}{line}: {broken.reason}"


# lint


def _lint_options(parser: _Parser) -> None:
    """Tell what a run would change or report, and change nothing.

    One line a finding, as editors read it:
      news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]
    Line and column are those of the file; [fixable] is what `soroe run` would mend.

    examples:
      soroe lint news.txt
      soroe lint --select N,P204 articles/

    Exit status: 0 nothing found, 1 something found, 2 something could not be read.
    """
    _input_options(parser)
    parser.add_argument("--survey", metavar="FILE", type=Path, help="the survey of the dump that the articles are of")


def _lint(options: argparse.Namespace) -> int:
    from soroe.engine import Pipeline
    from soroe.formats.read import Broken, find_sources, read
    from soroe.formats.records import lint_lines
    from soroe.formats.run import Cleaned, cleaned

    reading = _reading(options)
    pipeline = Pipeline(_settings(options))
    sources = list(find_sources(options.inputs, reading.format))
    status = 0
    for step in cleaned(read(sources, reading, sys.stdin.buffer), pipeline):
        if isinstance(step, Broken):
            complain(_place(step))
            status = 2
        elif isinstance(step, Cleaned):
            for line in lint_lines(step.article, step.result):
                print(line)
                status = status or 1
    return status


# explain


def _explain_options(parser: _Parser) -> None:
    """Explain a rule, or what is known of a spelling.

    examples:
      soroe explain N401
      soroe explain オートマン
    """
    parser.add_argument(
        "subject", metavar="CODE|SPELLING", help="the code of a rule, such as N401, or a spelling of a name"
    )
    _dictionary_options(parser)


def _explain(options: argparse.Namespace) -> int:
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


# tokens


def _tokens_options(parser: _Parser) -> None:
    """Print the words of a text as JSON lines, as a tokenizer cuts them.

    example:
      echo マスク氏は語った。 | soroe tokens -
      {"surface": "マスク", "start": 0, "end": 3, "pos": ["名詞", …], "lemma": "マスク", "reading": "マスク", …}
    """
    _reading_options(parser, "FILE", None)
    _tokenizer_option(parser)


def _tokens(options: argparse.Namespace) -> int:
    from soroe.formats.read import Article, Broken, find_sources, read
    from soroe.formats.rows import json_line
    from soroe.tokens import open_tokenizer

    reading = _reading(options)
    sources = list(find_sources([options.inputs], reading.format))
    tokenizer = open_tokenizer(options.tokenizer)
    status = 0
    for event in read(sources, reading, sys.stdin.buffer):
        if isinstance(event, Broken):
            complain(_place(event))
            status = 2
        elif isinstance(event, Article):
            for token in tokenizer.tokens(event.text):
                record = {"surface": token.surface, "start": token.span.start, "end": token.span.end, "pos": token.pos}
                record |= {"lemma": token.lemma, "reading": token.reading, "oov": token.oov, "doc": event.id}
                print(json_line(record), end="")
    return status


# restore


def _restore_options(parser: _Parser) -> None:
    """Undo a run: give back the sources from the cleaned text and the log of edits.

    Every file is compared with what the run read; a difference is told.

    examples:
      soroe restore cleaned                    writes cleaned/restored/
      soroe restore cleaned --to originals
    """
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder that was given to `soroe run` as --out")
    parser.add_argument("--to", metavar="DIR", type=Path, help="an empty or new folder to write to (OUT/restored)")


def _restore(options: argparse.Namespace) -> int:
    from soroe.formats.restore import restore

    status = 0
    for source in restore(options.out, options.to):
        if source.inexact:
            complain(f"{source.name}: not byte for byte what it was: {source.inexact}")
            status = 2
    return status


# what the commands share


def _one_of(*choices: str) -> Callable[[str], str]:
    def chosen(word: str) -> str:
        if word not in choices:
            raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(choices)}{_nearest(word, choices)}")
        return word

    return chosen


def _input_options(parser: _Parser) -> None:
    _reading_options(parser, "INPUT", "+")
    _tokenizer_option(parser)
    parser.add_argument(
        "--select", metavar="CODES", action="append", help="only these rules: N, P204, or N,R3 (all but W)"
    )
    parser.add_argument("--ignore", metavar="CODES", action="append", help="not these rules; the longer code decides")
    _dictionary_options(parser)


def _reading_options(parser: _Parser, metavar: str, nargs: str | None) -> None:
    parser.add_argument(
        "inputs", metavar=metavar, nargs=nargs, help="a .txt, .md or .jsonl file, a folder, or - for standard input"
    )
    parser.add_argument("--text", metavar="FIELD", default="text", help="the field of a row that holds the text (text)")
    parser.add_argument("--id", metavar="FIELD", default="id", help="the field of a row that holds its id (id)")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        type=_one_of("txt", "md", "jsonl"),
        help="what standard input (txt), or a file with another ending, is: txt, md or jsonl",
    )


def _tokenizer_option(parser: _Parser) -> None:
    parser.add_argument(
        "--tokenizer",
        metavar="NAME",
        type=_one_of("fugashi", "sudachi"),
        default="fugashi",
        help="what cuts the text into words: fugashi (MeCab with unidic-lite, the default) or sudachi",
    )


def _dictionary_options(parser: _Parser) -> None:
    parser.add_argument(
        "--names", metavar="FILE", type=Path, action="append", default=[], help="your names: how each is written (TSV)"
    )
    parser.add_argument(
        "--apart", metavar="FILE", type=Path, action="append", default=[], help="your pairs of names that are two (TSV)"
    )


def _reading(options: argparse.Namespace) -> Reading:
    from soroe.formats.read import Reading

    return Reading(options.format, options.text, options.id)


def _settings(options: argparse.Namespace) -> Settings:
    from soroe.engine import Settings

    return Settings(
        select=_codes(options.select) or Settings.select,
        ignore=_codes(options.ignore),
        tokenizer=options.tokenizer,
        names=tuple(options.names),
        apart=tuple(options.apart),
        all_names=vars(options).get("all_names", False),
        survey=vars(options).get("survey"),
    )


def _codes(given: list[str] | None) -> tuple[str, ...]:
    from soroe.rules import RULES

    codes = tuple(code.strip().upper() for part in given or () for code in part.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in RULES) and code not in ("C", "P", "R", "N", "W", "T"):
            raise UsageError(f"no rule has a code that begins with {code}{_nearest(code, sorted(RULES))}")
    return codes


COMMANDS: dict[str, tuple[Callable[[_Parser], None], Callable[[argparse.Namespace], int]]] = {
    "run": (_run_options, _run),
    "lint": (_lint_options, _lint),
    "explain": (_explain_options, _explain),
    "tokens": (_tokens_options, _tokens),
    "restore": (_restore_options, _restore),
}
