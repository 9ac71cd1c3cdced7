"""Text that remembers where it came from.

A document is an untouched source and a stack of revisions. Every position of the newest text can be traced to the source,
and all revisions together read as one list of edits on the source, so that what was done can be replayed and undone.

All offsets count code points, from 0. Spans are half-open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

Markup = Literal["plain", "markdown", "mdx", "html", "rst", "asciidoc", "wikitext", "fields"]
C = TypeVar("C")
T = TypeVar("T")


class lazy(Generic[T]):
    """An attribute worked out when first asked for, and kept: `functools.cached_property` without its lock.

    >>> class Article:
    ...     @lazy
    ...     def length(self) -> int:
    ...         return len("アルトマン氏は語った。")
    >>> Article().length
    11

    Before Python 3.12 the lock took a twentieth of a whole run; nothing in soroe is shared between threads.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: object, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: object = None) -> lazy[T]: ...
    @overload
    def __get__(self, instance: object, owner: object = None) -> T: ...
    def __get__(self, instance: object, owner: object = None) -> lazy[T] | T:
        if instance is None:
            return self
        # Later look-ups find the value in the instance and never come here.
        value = instance.__dict__[self._name] = self._work_out(instance)
        return value


def python_class(owner: type[C]) -> type[C]:
    """Marks a class that stays one of Python's where its module is compiled: one with lazy attributes, or of the library's users.

    mypyc makes its own kind of class, without `__dict__` and defaults to look up, of any that no foreign decorator stands on.
    """
    return owner


class Span(NamedTuple):
    """A half-open stretch of text, in code points.

    >>> "アルトマン氏は語った"[slice(*Span(0, 5))]
    'アルトマン'
    """

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character, or one is a point inside the other.

        >>> Span(0, 5).overlaps(Span(5, 6)), Span(0, 5).overlaps(Span(3, 3)), Span(0, 5).overlaps(Span(5, 5))
        (False, True, False)
        """
        return self.start < other.end and other.start < self.end


class Lines(NamedTuple):
    """Which line of its file an offset of a text stands in, where the text was taken out of the file.

    ``starts`` tells where in the text lines of the file begin, ``before`` how many lines the file has before the first of them.

    >>> Lines(2, (0, 0, 7)).number(3)
    4
    """

    before: int
    starts: tuple[int, ...]

    def number(self, at: int) -> int:
        """The line, from 1."""
        return self.before + bisect_right(self.starts, at)


class Edit(NamedTuple):
    """One replacement: the span's text becomes ``after``, for the rule ``code``, because of ``why``."""

    span: Span
    after: str
    code: str
    why: str


class Finding(NamedTuple):
    """What a rule has to say of a span; without an edit, a person decides.

    ``suggestion`` is what that person is likely to write: edits, sorted and disjoint, that belong together (all uses of one
    word). Beside an edit there is none.
    """

    code: str
    span: Span
    message: str
    edit: Edit | None = None
    suggestion: tuple[Edit, ...] = ()


# What one text has to say to a rule that compares texts: by word and spelling, how often it stands alone, how often in a longer word,
# and where in the source the first begins and ends. Plain lists, for it is kept as JSON.
Tells = dict[str, dict[str, list[int]]]


class Revision(NamedTuple):
    """Edits made on the text before, and the text that came of them."""

    edits: tuple[Edit, ...]
    text: str


@python_class
@dataclass(frozen=True)
class Document:
    """An article: its untouched source and the revisions stacked on it.

    >>> draft = Document("a1", "オートマン 氏とアルトマン氏")
    >>> spaced = draft.revised([Edit(Span(5, 6), "", "P204", "a space before 氏")])
    >>> named = spaced.revised([Edit(Span(0, 5), "アルトマン", "N401", "one man")])
    >>> named.text
    'アルトマン氏とアルトマン氏'
    >>> named.origin(Span(5, 6))
    Span(start=6, end=7)
    >>> replay(draft.source, named.edits) == named.text
    True
    """

    id: str
    source: str
    revisions: tuple[Revision, ...] = ()
    markup: Markup = "plain"
    lines: Lines | None = None  # where the source was taken out of a file

    @property
    def text(self) -> str:
        """The text after the last revision."""
        return self.revisions[-1].text if self.revisions else self.source

    def revised(self, edits: Iterable[Edit]) -> Document:
        """The document with one more revision on top.

        ``edits`` are on the present text; they are sorted here and must not overlap (`ValueError` otherwise).
        """
        ordered = tuple(sorted(edits, key=lambda edit: edit.span))
        revision = Revision(ordered, replay(self.text, ordered))
        return Document(self.id, self.source, (*self.revisions, revision), self.markup, self.lines)

    @lazy
    def edits(self) -> tuple[Edit, ...]:
        """All revisions as one list of edits on the source, sorted and disjoint."""
        edits: tuple[Edit, ...] = ()
        text = self.source
        for revision in self.revisions:
            edits = compose(edits, text, revision.edits)
            text = revision.text
        return tuple(edit for edit in edits if self.source[edit.span.start : edit.span.end] != edit.after)

    @lazy
    def _after_starts(self) -> list[int]:
        return [span.start for span in after_spans(self.edits)]

    @lazy
    def _shifts(self) -> list[int]:
        return list(accumulate(len(edit.after) - (edit.span.end - edit.span.start) for edit in self.edits))

    def origin(self, span: Span) -> Span:
        """The stretch of the source that a span of the present text came from.

        An untouched character comes from that character; a touched one from all that its edit replaced.
        """
        if span.end <= span.start:
            point = self._origin_of(span.start)
            return point if point.start == point.end else Span(point.start, point.start)
        return Span(self._origin_of(span.start).start, self._origin_of(span.end - 1).end)

    def _origin_of(self, at: int) -> Span:
        """Where one character came from; ``at`` may be the end of the text."""
        which = bisect_right(self._after_starts, at) - 1
        # Deletions share their start with what follows; the last edit that starts here is the one that may hold the character.
        if which < 0:
            return Span(at, at + 1)
        edit = self.edits[which]
        if at < self._after_starts[which] + len(edit.after):
            return edit.span
        source = at - self._shifts[which]
        return Span(source, source + 1)


def replay(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made.

    >>> replay("3月2023日", [Edit(Span(0, 7), "2023年3月", "R302", "no such date")])
    '2023年3月'

    ``edits`` must be sorted and disjoint and lie inside the text; `ValueError` says which one does not.
    """
    parts: list[str] = []
    at = 0
    for edit in edits:
        start, end = edit.span
        if not at <= start <= end <= len(text):
            raise ValueError(f"{edit} overlaps the edit before it or leaves the text of {len(text)} characters")
        parts += (text[at:start], edit.after)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def after_spans(edits: Iterable[Edit]) -> list[Span]:
    """Where each edit's ``after`` stands in the text that the edits make."""
    spans = []
    shift = 0
    for (start, end), after, _, _ in edits:
        spans.append(Span(start + shift, start + shift + len(after)))
        shift += len(after) - (end - start)
    return spans


def inverse(source: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that turn the edited text back into the source.

    >>> edits = [Edit(Span(4, 5), "", "P204", "a space before 氏")]
    >>> replay("Musk氏", inverse("Musk 氏", edits))
    'Musk 氏'
    """
    return [
        Edit(now, source[edit.span.start : edit.span.end], edit.code, f"undo: {edit.why}")
        for now, edit in zip(after_spans(edits), edits, strict=True)
    ]


def compose(first: Sequence[Edit], middle: str, second: Sequence[Edit]) -> tuple[Edit, ...]:
    """One list of edits that does what ``first`` and then ``second`` do.

    ``first`` turns a source into ``middle``; ``second`` is on ``middle``. Edits of the two that overlap become one, with the
    code of the later and the reasons of all; edits that only touch stay two.
    """
    spans = after_spans(first)
    composed: list[Edit] = []
    shift = 0  # middle - source, for what lies before the next edit of `first`
    i = 0
    if not first:
        for edit in second:
            _append(composed, edit)
        return tuple(composed)
    j = 0
    while j < len(second):
        low, high = second[j].span
        while i < len(first) and spans[i].end <= low and not spans[i].overlaps(second[j].span):
            _append(composed, first[i])
            shift += _growth(first[i])
            i += 1
        group_first: list[Edit] = []
        group_second = [second[j]]
        j += 1
        before = shift
        while True:
            if i < len(first) and spans[i].overlaps(Span(low, high)):
                low, high = min(low, spans[i].start), max(high, spans[i].end)
                group_first.append(first[i])
                shift += _growth(first[i])
                i += 1
            elif group_first and j < len(second) and second[j].span.overlaps(Span(low, high)):
                high = max(high, second[j].span.end)
                group_second.append(second[j])
                j += 1
            else:
                break
        if not group_first:
            (edit,) = group_second
            _append(composed, Edit(Span(low - before, high - before), edit.after, edit.code, edit.why))
            continue
        inner = [edit._replace(span=Span(edit.span.start - low, edit.span.end - low)) for edit in group_second]
        _append(
            composed,
            _joined([*group_first, *group_second], Span(low - before, high - shift), replay(middle[low:high], inner)),
        )
    for edit in first[i:]:
        _append(composed, edit)
    return tuple(composed)


def _append(composed: list[Edit], edit: Edit) -> None:
    # Two insertions at one point would leave their order to whoever sorts them.
    if composed and composed[-1].span == edit.span and edit.span.start == edit.span.end:
        earlier = composed.pop()
        edit = _joined([earlier, edit], edit.span, earlier.after + edit.after)
    if edit.span.start < edit.span.end or edit.after:
        composed.append(edit)


def _growth(edit: Edit) -> int:
    """By how many characters the text becomes longer."""
    return len(edit.after) - (edit.span.end - edit.span.start)


def _joined(edits: Sequence[Edit], span: Span, after: str) -> Edit:
    """One edit in place of several, with the last one's code and everyone's reason."""
    reasons = dict.fromkeys(edit.why for edit in edits)
    return Edit(span, after, edits[-1].code, "; ".join(reasons))


def disjoint(edits: Iterable[Edit]) -> tuple[list[Edit], list[Edit]]:
    """The edits that can be made together, and those that lose their place.

    The earlier start wins; of two that start together, the longer.

    >>> wide, inside = Edit(Span(0, 4), "マスク", "N401", "a"), Edit(Span(1, 2), "x", "C102", "b")
    >>> disjoint([inside, wide]) == ([wide], [inside])
    True
    """
    winners: list[Edit] = []
    losers: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.span.start, -edit.span.end, edit.code, edit.after)):
        if winners and (edit.span.start < winners[-1].span.end or edit.span == winners[-1].span):
            losers.append(edit)
        else:
            winners.append(edit)
    return winners, losers


def line_column(text: str, at: int) -> tuple[int, int]:
    """The line and column of an offset, both from 1; columns count code points.

    >>> line_column("マスク氏\\nアルトマン氏", 8)
    (2, 4)
    """
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
