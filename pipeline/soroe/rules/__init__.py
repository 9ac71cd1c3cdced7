"""All rules, by hand, in stage order.

A rule is a module with `CODE`, a docstring that is its documentation, and `check(page)`, which yields findings and changes
nothing. Rules of one stage read the same text; the next stage reads what they made of it.
"""

from __future__ import annotations

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
    r301_image_without_target,
    r302_impossible_date,
    r303_translated_twice,
    r304_lone_punctuation,
    r305_unpaired_mark,
    r306_machine_marks,
    r307_loop,
)
from soroe.rules.page import Check


class Rule(NamedTuple):
    """A rule as the engine runs it."""

    code: str
    check: Check
    doc: str


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
    ),  # punctuation and spacing
    (
        r301_image_without_target,
        r302_impossible_date,
        r303_translated_twice,
        r304_lone_punctuation,
        r305_unpaired_mark,
        r306_machine_marks,
        r307_loop,
    ),  # residue
    (
        n401_name_spelt_another_way,
        n402_name_in_dictionary,
    ),  # names
)

STAGES = tuple(
    tuple(Rule(module.CODE, module.check, (module.__doc__ or "").strip()) for module in stage) for stage in _STAGES
)
RULES = {rule.code: rule for stage in STAGES for rule in stage}
