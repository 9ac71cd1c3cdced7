"""Tokens and sentences (filled in below)."""
from __future__ import annotations
from collections.abc import Iterator
from typing import Literal
from soroe.text import Span
TokenizerName = Literal["fugashi", "sudachi"]
def sentences(text: str) -> Iterator[Span]:
    yield Span(0, len(text))
