"""All rules, by hand, in stage order.

A rule is a module with `CODE`, a docstring that is its documentation (`SUMMARY_JA` tells its first line in Japanese), and
`check(page)`, which yields findings and changes nothing. A finding is told in English and in Japanese (`messages.Said`).
Where a rule has `SIGNS`, it has nothing to say of a text that holds none of those characters, and is not asked.
One that says `BY_DEFAULT = False` takes time or is a matter of taste: only its whole code selects it, or ALL.
Rules of one stage read the same text; the next stage reads what they made of it; rules that only report read the end.
A rule that compares texts has `tells(page)`, what one text has to say, and `compare(tells of all)` in place of `check`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from soroe.rules import (
    c101_half_width_katakana,
    c102_mixed_width,
    c103_invisible_characters,
    c104_lookalike_in_katakana,
    n401_name_spelt_another_way,
    n402_name_in_dictionary,
    p201_straight_quotes,
    p202_mixed_quotes,
    p203_space_at_quote,
    p204_space_in_japanese,
    p205_half_width_marks,
    p206_dots_and_cries,
    p207_full_stop,
    r301_image_without_target,
    r302_impossible_date,
    r303_translated_twice,
    r304_lone_punctuation,
    r305_unpaired_mark,
    r306_machine_marks,
    r307_loop,
    r308_mixed_styles,
    r309_lost_beginning,
    r310_source_language,
    r311_glued_number,
    w501_loanword_spelt_two_ways,
    w502_okurigana_two_ways,
    w503_spelt_another_way_elsewhere,
)
from soroe.rules.page import Check, Compare, Page, TellsOf
from soroe.text import Finding, Tells


class Rule(NamedTuple):
    """A rule as the engine runs it."""

    code: str
    check: Check
    signs: frozenset[str]
    by_default: bool = True
    source: Path = Path()  # where it is written, and documented
    summary_ja: str = ""  # the first line of its documentation, without the example
    tells: TellsOf | None = None
    compare: Compare | None = None

    @property
    def doc(self) -> str:
        """Its documentation: the docstring of its module, which a compiled module has not."""
        return (ast.get_docstring(ast.parse(self.source.read_text("utf-8"))) or "").strip()


_STAGES = (
    (
        c101_half_width_katakana,
        c102_mixed_width,
        c103_invisible_characters,
        c104_lookalike_in_katakana,
    ),  # characters
    (
        p201_straight_quotes,
        p202_mixed_quotes,
        p203_space_at_quote,
        p204_space_in_japanese,
        p205_half_width_marks,
        p206_dots_and_cries,
    ),  # punctuation and spacing
    (
        r301_image_without_target,
        r302_impossible_date,
        r304_lone_punctuation,
        r306_machine_marks,
    ),  # residue
    (
        n401_name_spelt_another_way,
        n402_name_in_dictionary,
    ),  # names
    (w501_loanword_spelt_two_ways,),  # words
)
# Rules that never edit: they read what the others made of the text, once.
_REPORTS = (
    p207_full_stop,
    r303_translated_twice,
    r305_unpaired_mark,
    r307_loop,
    r308_mixed_styles,
    r309_lost_beginning,
    r310_source_language,
    r311_glued_number,
    w502_okurigana_two_ways,
)
# Rules that compare all texts with each other.
_COMPARING = (w503_spelt_another_way_elsewhere,)


def _says_nothing(page: Page) -> Iterable[Finding]:
    """What a rule that compares texts has to say of one."""
    return ()


def _rules(modules: Iterable[ModuleType]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            module.CODE,
            getattr(module, "check", _says_nothing),
            frozenset(getattr(module, "SIGNS", ())),
            getattr(module, "BY_DEFAULT", True),
            Path(__file__).with_name(f"{module.__name__.rpartition('.')[2]}.py"),
            module.SUMMARY_JA,
            getattr(module, "tells", None),
            getattr(module, "compare", None),
        )
        for module in modules
    )


STAGES = tuple(map(_rules, _STAGES))
REPORTS = _rules(_REPORTS)
COMPARING = _rules(_COMPARING)
RULES = {
    rule.code: rule
    for rule in sorted(
        (*(rule for stage in STAGES for rule in stage), *REPORTS, *COMPARING), key=lambda rule: rule.code
    )
}
# Any sign of any rule: one look at a text tells all rules whether to read it.
SIGN = re.compile(f"[{re.escape(''.join(sorted(frozenset().union(*(rule.signs for rule in RULES.values())))))}]")


def compared(texts: Sequence[Mapping[str, Tells]]) -> dict[int, list[Finding]]:
    """What is to be said of texts beside each other: findings by the place of their text, from what each of them `tells`.

    >>> from soroe.engine import Pipeline
    >>> from soroe.settings import Settings
    >>> pipeline = Pipeline(Settings(select=("W503",)))
    >>> texts = ("サーバを買う。", "サーバーを売る。", "サーバーは重い。", "古いサーバー。")
    >>> for at, found in compared([pipeline.clean(text).tells for text in texts]).items():
    ...     print(at, found[0].message)
    0 サーバ: サーバー in 3 of 4 texts
    """
    found: dict[int, list[Finding]] = {}
    for rule in COMPARING:
        for at, finding in rule.compare([tells.get(rule.code, {}) for tells in texts]) if rule.compare else ():
            found.setdefault(at, []).append(finding)
    return found
