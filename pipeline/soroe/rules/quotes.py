"""Which quotation mark belongs to which: the one analysis that P201, P202, P203 and R305 read.

A straight " does not say whether it opens or closes. What stands around it often does (after を it opens, before
と述べた it closes), and a line is read so that as few marks as possible stay alone. Only what is so in every such
reading is sure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from soroe.markup import MASK


class Pair(NamedTuple):
    """Two marks that belong together, by offset.

    ``inside`` is the corner bracket open around them, if any; ``is_sure`` says that no other reading is as good.
    """

    opening: int
    closing: int
    inside: str = ""
    is_sure: bool = True


class Quotes(NamedTuple):
    """The quotation marks and brackets of a text: who has a partner, and who has none; both in order.

    Pairs of lines on which all marks turn as they should and none is nested are left out.
    """

    pairs: tuple[Pair, ...]
    unpaired: tuple[int, ...]


STRAIGHT = '"＂'

_OPENS = {"「": "「", "『": "『", "｢": "「", "（": "(", "(": "(", "“": "“", "„": "“", "‟": "“", "〝": "〝"}
_CLOSES = {"」": "「", "』": "『", "｣": "「", "）": "(", ")": "(", "”": "“", "〟": "〝", "〞": "〝"}
_CORNERS = ("「", "『")
MARKS = '「」『』｢｣（）()"＂“”„‟〝〟〞'
_MARK = re.compile(f"[{MARKS}]")
_MARK_OR_LINE_END = re.compile(f"[{MARKS}\n]")
# A line in which every mark has its partner and none stands inside another pair says nothing to anyone.
_PLAIN_PAIRS = r"(?:「」|『』|（）|\(\))*"
_ODD_LINE = re.compile(rf"^(?!{_PLAIN_PAIRS}$).", re.MULTILINE)
_SPACES = " \t\r\u3000"
# No line of prose has so many; it is a table, a dump or noise.
_TOO_MANY = 20_000
# How many lines a quotation may run on, and how far past unclosed brackets a closing one looks for its opening.
_RUNS_ON = 10
_DEEP = 8

# "…"と述べた, "…" という: what follows a closing mark, and is never how a quotation begins.
_SAID = regex.compile(
    r"[ \u3000]?[、,]?と(?:[、も]|(?:彼女?|同氏|同社)(?:ら|たち)?は|述べ|語|言|い[うっえわ]|話し|付け|書|呼|訴|主張"
    r"|説明|強調|指摘|答え|応え|返|叫|つぶや|尋ね|聞|警告|報じ|題|名付|皮肉|称|宣言|認め|ツイート|投稿|コメント|し[たて](?!い))"
)
# Markup, data and program text: {"名": "値"}, a="値", print("値"), "一","二".
_CODE = regex.compile(
    r"""[{\[=]\s?"|"\s?[=}\]]|\\"|"[,;|\t]"|"\s?:\s?["\[{\d]|\b[A-Za-z_]\w*+\("|\A\s*+"[^"]{1,80}"\s?:\s""", regex.ASCII
)
# 1) ア） (a: the number of an item has one bracket only.
_ITEM_NUMBER = regex.compile(r"(?:\A|[\s、。，,;；:：])[0-9０-９A-Za-zＡ-Ｚａ-ｚァ-ン一二三四五六七八九十①-⑳]{1,3}\Z")
_FACE = regex.compile(r"[:;=8xX][-'^o]?\Z|[_^・ω∀;]\Z")
# すごい（笑 is written so, and [0, 1) is an interval.
_LAUGH = regex.compile(r"[(（](?:笑|爆|汗|泣|涙|怒|苦笑|[\^_;・])")
_INTERVAL = regex.compile(r"\([^\[\]()\n]{1,20}\]")
_ENDS_INTERVAL = regex.compile(r"\[[^\[\]()\n]{1,20}\)\Z")


def quotes(text: str) -> Quotes:
    """The marks of a text, line by line, and those that run over lines.

    >>> quotes('彼は"行く。必ず行く "と述べた。').pairs
    (Pair(opening=2, closing=11, inside='', is_sure=True),)
    >>> quotes("彼は行くと述べた」").unpaired
    (8,)
    """
    all_marks = "".join(_MARK_OR_LINE_END.findall(text))
    if not _ODD_LINE.search(all_marks):
        return Quotes((), ())
    pairs: list[Pair] = []
    running = _Running()
    start = 0
    for line, marks in zip(text.split("\n"), all_marks.split("\n"), strict=True):
        if marks and (running.is_waiting or _ODD_LINE.match(marks)):
            read = _Line(line, start)
            pairs += read.pairs
            running.over(read)
        if running.is_waiting and line.strip():
            running.one_line_on()
        start += len(line) + 1
    running.end()
    pairs = [*_within(pairs, running.pairs, text), *running.pairs]
    unpaired = [at for at in running.unpaired if not _needs_no_partner(text, at)]
    return Quotes(tuple(sorted(pairs)), tuple(sorted(unpaired)))


class _Alone(NamedTuple):
    """A mark without a partner on its line; ``kind`` is its opening form, " for all straight ones."""

    at: int
    kind: str
    opens: bool
    closes: bool
    is_sure: bool = True


class _Line:
    """One line's marks: ``pairs``, and in ``alone`` what is left; offsets are the text's."""

    def __init__(self, line: str, start: int) -> None:
        pairs, alone = _read(line)
        self.line = line
        self.pairs = [Pair(start + one, start + two, inside, sure) for one, two, inside, sure in pairs]
        self.alone = [_Alone(start + at, kind, opens, closes, sure) for at, kind, opens, closes, sure in alone]
        self.begins = start + len(line) - len(line.lstrip(_SPACES))
        self._start = start

    def events(self) -> Iterator[tuple[int, str, _Alone | None]]:
        """Speeches and marks left alone, in order: where, of what kind, and the mark if it is alone."""
        paired = [
            (pair.opening, _kind(self.line[pair.opening - self._start]), None)
            for pair in self.pairs
            if not pair.inside and _SAID.match(self.line, pair.closing - self._start + 1)
        ]
        yield from sorted([*paired, *((mark.at, mark.kind, mark) for mark in self.alone)], key=lambda event: event[0])

    def ends_with(self, at: int) -> bool:
        """Whether a closing mark ends a sentence and the line."""
        here = at - self._start
        return self.line[here - 1 : here] in set("。！？!?") and not self.line[here + 1 :].strip(_SPACES)


# A document is read again after each change, and most of its lines are as they were.
@lru_cache(maxsize=4096)
def _read(line: str) -> tuple[tuple[Pair, ...], tuple[_Alone, ...]]:
    """The pairs of a line, and the marks left alone; offsets are the line's."""
    marks = [mark.start() for mark in _MARK.finditer(line)]
    if len(marks) > _TOO_MANY:
        return (), ()
    matched = _matched(line, marks)
    if 2 * len(matched) == len(marks):
        inside = _corners_around(line, list(matched.items()))
        return tuple(Pair(*both, inside[both[0]]) for both in sorted(matched.items())), ()
    if '"' in line and _CODE.search(line):
        marks = [at for at in marks if line[at] not in STRAIGHT]
    groups: dict[int, list[int]] = defaultdict(list)
    ends: dict[int, int] = {-1: len(line)}
    around = [-1]
    for at in marks:
        if at == ends[around[-1]]:
            around.pop()
        elif at in matched:
            around.append(at)
            ends[at] = matched[at]
        else:
            groups[around[-1]].append(at)
    pairs = [Pair(*both) for both in matched.items()]
    alone: list[_Alone] = []
    corners = list(matched.items())
    for group, members in groups.items():
        made, left = _with_corners(line, *_straight(line, members))
        pairs += made
        alone += left
        corners += ((pair.opening, pair.closing) for pair in made)
        corners += ((mark.at, ends[group]) for mark in left if mark.opens)
    inside = _corners_around(line, corners)
    return tuple(Pair(one, two, inside[one], sure) for one, two, _, sure in sorted(pairs)), tuple(sorted(alone))


def _kind(mark: str) -> str:
    return '"' if mark in STRAIGHT else _OPENS.get(mark) or _CLOSES[mark]


def _matched(line: str, marks: Sequence[int]) -> dict[int, int]:
    """The marks that say themselves how they turn, each opening one with its closing one."""
    waiting: list[int] = []
    matched: dict[int, int] = {}
    for at in marks:
        if line[at] in _OPENS:
            waiting.append(at)
        elif line[at] in _CLOSES:
            # （https://a.example/b_(c)）: the half-width one is the address's.
            if line[at] == ")" and line[at - 1 : at] == MASK and not (waiting and line[waiting[-1]] == "("):
                continue
            for back in range(1, min(_DEEP, len(waiting)) + 1):
                if _OPENS[line[waiting[-back]]] == _CLOSES[line[at]]:
                    matched[waiting[-back]] = at
                    del waiting[-back:]
                    break
    return matched


def _straight(line: str, members: Sequence[int]) -> tuple[list[Pair], list[_Alone]]:
    """The straight marks inside one bracket (and left-over curly ones) in neighbouring pairs, as few alone as can be."""
    left = [_alone(line, at) for at in members if line[at] in "「」『』｢｣（）()"]
    marks = [_alone(line, at) for at in members if line[at] not in "「」『』｢｣（）()"]
    if not marks:
        return [], left
    count = len(marks)
    fits = [one.opens and two.closes and two.at - one.at > 1 for one, two in pairwise(marks)]
    # before[i] and after[i]: how few stay alone of marks[:i] and of marks[i:].
    before, after = [0] * (count + 1), [0] * (count + 2)
    for i in range(count):
        before[i + 1] = min(before[i] + 1, before[i - 1] if i and fits[i - 1] else count)
    for i in reversed(range(count)):
        after[i] = min(after[i + 1] + 1, after[i + 2] if i + 1 < count and fits[i] else count)
    fewest = before[count]
    may_pair = [fit and before[i] + after[i + 2] == fewest for i, fit in enumerate(fits)] + [False]
    may_be_alone = [before[i] + 1 + after[i + 1] == fewest for i in range(count)]
    pairs = []
    i = 0
    while i < count:
        sure = not (i and may_pair[i - 1])
        if may_pair[i]:
            pairs.append(Pair(marks[i].at, marks[i + 1].at, "", sure and not may_be_alone[i]))
            i += 2
        else:
            left.append(marks[i]._replace(is_sure=sure))
            i += 1
    return pairs, sorted(left)


def _with_corners(line: str, pairs: list[Pair], left: list[_Alone]) -> tuple[list[Pair], list[_Alone]]:
    """「…" and "…」 made pairs too, where the straight mark can only turn that way."""
    alone: list[_Alone] = []
    for mark in left:
        last = alone[-1] if alone else None
        surely_closes = mark.kind in '"“' and not mark.opens and mark.is_sure and not _is_inches(line, mark.at)
        straight_closes = surely_closes and last and last.kind in _CORNERS
        corner_closes = mark.kind in _CORNERS and last and last.kind in '"“' and not last.closes and last.is_sure
        if last and last.opens and mark.closes and mark.at - last.at > 1 and (straight_closes or corner_closes):
            pairs.append(Pair(last.at, mark.at))
            alone.pop()
        else:
            alone.append(mark)
    return pairs, alone


def _corners_around(line: str, spans: list[tuple[int, int]]) -> dict[int, str]:
    """For every opening mark the corner bracket that is open around it."""
    around: dict[int, str] = {}
    open_now: list[tuple[int, str]] = []
    for at, end in sorted(spans):
        while open_now and open_now[-1][0] <= at:
            open_now.pop()
        around[at] = open_now[-1][1] if open_now else ""
        for mark in line[at], line[end : end + 1]:
            if mark and _kind(mark) in _CORNERS:
                open_now.append((end, _kind(mark)))
                break
    return around


def _alone(line: str, at: int) -> _Alone:
    mark = line[at]
    if mark in _OPENS:
        return _Alone(at, _OPENS[mark], True, False)
    if mark in "」』｣）)":
        return _Alone(at, _CLOSES[mark], False, True)
    # ”六甲” is written too.
    return _Alone(at, _kind(mark), _may_open(line, at), _may_close(line, at))


def _is_inches(line: str, at: int) -> bool:
    """Whether a straight mark may be a unit: 5"の画面, but not version 5"と述べた."""
    if not line[at - 1 : at].isdigit() or _SAID.match(line, at + 1):
        return False
    return _neighbour(line, at, 1) not in "。、」』"


def _neighbour(line: str, at: int, step: int) -> str:
    """The next character but one or two spaces; "" at the line's end."""
    for _ in range(3):
        at += step
        if not 0 <= at < len(line):
            return ""
        if line[at] not in _SPACES:
            return line[at]
    return ""


def _may_open(line: str, at: int) -> bool:
    before, after = line[at - 1 : at], line[at + 1 : at + 2]
    follows = _neighbour(line, at, 1)
    if follows in "、。，．,!?！？」』）)】;；" or before.isdigit():  # 5" is five inches
        return False
    if after in _SPACES and before not in _SPACES:
        return False
    return _SAID.match(line, at + 1) is None


def _may_close(line: str, at: int) -> bool:
    precedes = _neighbour(line, at, -1)
    if not precedes:
        return False
    return precedes not in "、，,：:（(「『【を" or _SAID.match(line, at + 1) is not None


class _Waiting(NamedTuple):
    """An opening mark without its closing one so far."""

    at: int
    lines: int = _RUNS_ON
    paragraphs: int = 0  # that begin with it, one after the other
    is_doubtful: bool = False


class _Running:
    """Quotations and brackets that run over lines.

    A 「 waits some lines for its 」. A speech that opens and closes meanwhile (「…」と述べた) makes it doubtful: then only
    one that ends a sentence and a line will do. Where every paragraph of a long quotation begins with 「 and only the
    last is closed, none is missed. Two that open on one line, 「…「…, are closed one after the other.
    """

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.unpaired: list[int] = []
        self._open: dict[str, _Waiting] = {}
        # What was opened before the open one, on its line.
        self._around: defaultdict[str, list[_Waiting]] = defaultdict(list)

    @property
    def is_waiting(self) -> bool:
        """Whether a mark is open."""
        return bool(self._open)

    def over(self, line: _Line) -> None:
        """Take what one line leaves alone."""
        if not line.alone and not self._open:
            return
        for at, kind, mark in line.events():
            waiting = self._open.get(kind)
            is_next = waiting is not None and at == line.begins and waiting.lines == _RUNS_ON - 1
            paragraphs = waiting.paragraphs if waiting and is_next else 0
            if mark is None:
                if paragraphs > 1:
                    del self._open[kind]
                elif waiting:
                    self._open[kind] = waiting._replace(is_doubtful=True)
            elif mark.closes and waiting and (not waiting.is_doubtful or line.ends_with(at)):
                self.pairs.append(Pair(self._open.pop(kind).at, at, "", False))
                if self._around[kind]:
                    self._open[kind] = self._around[kind].pop()._replace(lines=waiting.lines)
            elif mark.opens and not mark.closes:
                if waiting and waiting.lines == _RUNS_ON and kind not in STRAIGHT:
                    self._around[kind].append(waiting)
                elif not paragraphs:
                    self._give_up(kind)
                self._open[kind] = _Waiting(at, paragraphs=paragraphs + (at == line.begins))
            else:
                self._give_up(kind)
                self.unpaired.append(at)

    def one_line_on(self) -> None:
        """Count a line that is not blank."""
        for kind, waiting in list(self._open.items()):
            self._open[kind] = waiting._replace(lines=waiting.lines - 1)
            if not waiting.lines:
                self._give_up(kind)

    def end(self) -> None:
        """Nothing follows: what still waits has no partner."""
        for kind in list(self._open):
            self._give_up(kind)

    def _give_up(self, kind: str) -> None:
        if kind in self._open:
            self.unpaired += (waiting.at for waiting in (*self._around.pop(kind, ()), self._open.pop(kind)))


def _within(pairs: Sequence[Pair], over_lines: Sequence[Pair], text: str) -> Iterator[Pair]:
    """The pairs, with the corner bracket that was opened around them on a line before."""
    corners = sorted(pair for pair in over_lines if _kind(text[pair.opening]) in _CORNERS)
    for pair in pairs:
        at = bisect_right(corners, pair.opening, key=lambda corner: corner.opening) - 1
        if not pair.inside and at >= 0 and pair.closing < corners[at].closing:
            yield pair._replace(inside=_kind(text[corners[at].opening]))
        else:
            yield pair


def _needs_no_partner(text: str, at: int) -> bool:
    """Inches, numbers of items, faces, (笑, intervals, and brackets that lean on what is not prose."""
    mark, before, after = text[at], text[max(0, at - 1) : at], text[at + 1 : at + 2]
    if mark in STRAIGHT or mark in "“”":
        return before.isdigit()
    if mark not in "()（）":
        return False
    if before == MASK or after == MASK:
        return True
    begins = max(0, text.rfind("\n", max(0, at - 30), at) + 1, at - 30)
    if mark in ")）":
        shown = text[begins:at]
        return bool(_ITEM_NUMBER.search(shown) or _FACE.search(shown) or _ENDS_INTERVAL.search(text[begins : at + 1]))
    return bool(_LAUGH.match(text, at) or _INTERVAL.match(text, at) or (before and before in ":;=" and after.isspace()))
