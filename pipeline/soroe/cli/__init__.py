"""The command line, a module a command. Nothing else in soroe prints.

A command is a module with `options`, whose docstring is its help and which declares what it takes, and `act`, which does
the work and returns the exit status: 0 nothing to say, 1 findings (lint), 2 the work could not be done, or not all of it.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn, cast

from soroe import __version__
from soroe.cli.options import Parser, UsageError
from soroe.cli.say import complain, sentence_of
from soroe.messages import nearest

COMMANDS = ("run", "lint", "names", "explain", "tokens", "settings", "server", "restore")


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
    except Exception as error:
        if (told := sentence_of(error)) is None:
            raise
        complain(told)
    return 2


def entry() -> NoReturn:
    """The console script: `main` with the manners of a Unix tool."""
    gc.set_threshold(20_000)  # as `soroe.crew` does in the processes of a run
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a lone surrogate in a message is no reason to stop
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `soroe lint … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except OSError as error:  # what is left to be written does not fit on the disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(f"standard output: {error.strerror}")
        status = 2
    except KeyboardInterrupt as error:
        complain(str(error) or "interrupted")
        status = 130
    sys.exit(status)


def _dispatch(arguments: list[str]) -> int:
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0
    if name in ("-V", "--version"):
        print(f"soroe {__version__}")
        return 0
    if name not in COMMANDS:
        kind = "option" if name.startswith("-") else "command"
        words = ["--help", "--version"] if kind == "option" else COMMANDS
        raise UsageError(f"no {kind} is called {name}{nearest(name, words)} (see soroe --help)")
    command = _command(name)
    parser = Parser(
        prog=f"soroe {name}",
        description=_help_of(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.options(parser)
    options, unknown = parser.parse_known_intermixed_args(rest)
    if unknown:
        known = [string for action in parser._actions for string in action.option_strings]
        word = unknown[0].partition("=")[0]
        raise UsageError(f"{parser.prog} has no option {word}{nearest(word, known)} (see {parser.prog} --help)")
    return cast(int, command.act(options))


def _command(name: str) -> ModuleType:
    return import_module(f"soroe.cli.{name}")


def _help_of(command: ModuleType) -> str:
    return (command.options.__doc__ or "").replace("\n    ", "\n")


def _overview() -> str:
    lines = [f"  {name:9}{_help_of(_command(name)).partition('.')[0]}" for name in COMMANDS]
    return f"""usage: soroe COMMAND ...

soroe (揃え) makes the spellings of names in machine-translated Japanese one, and mends what the machine left behind.

commands:
{chr(10).join(lines)}

  soroe COMMAND --help tells its options; soroe --version the version.

example:
  soroe run articles/ --out cleaned     then look at cleaned/report.html
"""
