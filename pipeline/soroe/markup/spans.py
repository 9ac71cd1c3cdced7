"""Stretches of a text: what is masked, what is read and not touched, what is code."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from soroe.text import Span

MASK = "\ufffc"  # OBJECT REPLACEMENT CHARACTER: "something that is not text stands here"

# To a parser <unk> and </s> are tags like any other. Here they are marks of the translating machine, which R306 reads.
MACHINE_MARKS = frozenset("s unk pad mask bos eos start_of_turn end_of_turn".split())


class Parts(NamedTuple):
    """What stands in a text beside its prose, in code points; each list sorted and disjoint.

    ``not_prose`` no rule may read or touch. ``keys`` is prose that something else goes by (the アルトマン of `[アルトマン]`, which
    is the name of the link too): rules read it and may not touch it. In ``code``, which is not prose, a comment is none.
    """

    not_prose: list[Span]
    keys: list[Span]
    code: list[Span]

    def behind_a_byte_order_mark(self) -> Parts:
        """The same in the text that has the mark before it."""
        moved = Parts(*([Span(start + 1, end + 1) for start, end in spans] for spans in self))
        return moved._replace(not_prose=merged([Span(0, 1), *moved.not_prose]))


def parts_of(not_prose: Iterable[Span], keys: Iterable[Span] = (), code: Iterable[Span] = ()) -> Parts:
    """The parts, with their spans put in order."""
    return Parts(merged(not_prose), merged(keys), merged(code))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans sorted, and those that touch made one; empty ones go.

    >>> merged([Span(4, 6), Span(0, 2), Span(2, 3), Span(3, 3)])
    [Span(start=0, end=3), Span(start=4, end=6)]
    """
    joined: list[Span] = []
    for span in sorted(spans):
        if span.start >= span.end:
            continue
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def between(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """What lies between the sorted, disjoint spans, from a start to an end.

    >>> between([Span(0, 2), Span(4, 6)], 0, 9)
    [Span(start=2, end=4), Span(start=6, end=9)]
    """
    edges = [start, *(edge for span in spans for edge in span), end]
    return [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=True) if pair[0] < pair[1]]


def is_machine_mark(tag: str) -> bool:
    """Whether a tag is none of the page's.

    >>> is_machine_mark("<unk>"), is_machine_mark("<b>")
    (True, False)
    """
    return tag.strip("</>").lower() in MACHINE_MARKS


def is_inside(spans: Sequence[Span], at: int) -> bool:
    """Whether a character belongs to one of the sorted, disjoint spans.

    >>> is_inside([Span(0, 2), Span(4, 6)], 5), is_inside([Span(0, 2), Span(4, 6)], 2)
    (True, False)
    """
    which = bisect_right(spans, at, key=lambda span: span.start) - 1
    return which >= 0 and at < spans[which].end


def masked(text: str, spans: Sequence[Span]) -> str:
    """The text with the spans' characters replaced by `MASK`, line breaks kept, so that offsets and lines stay true."""
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        inside = text[start:end]
        kept = "\n".join(MASK * len(line) for line in inside.split("\n"))
        pieces += (text[at:start], kept)
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
