"""How the commands speak: complaints go to stderr, one line each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soroe.formats.read import Broken


def complain(message: str) -> None:
    """One line on stderr."""
    print(f"soroe: {message}", file=sys.stderr)


def place_of(broken: Broken) -> str:
    """Where something could not be read, and why: ``dump.jsonl:2: not JSON``."""
    line = f":{broken.line}" if broken.line else ""
    return f"{broken.source.shown}{line}: {broken.reason}"
