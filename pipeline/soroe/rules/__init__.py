"""All rules, by hand, in stage order.

A rule is a module with `CODE`, a docstring that is its documentation, and `check(page)`, which yields findings and changes
nothing. Rules of one stage read the same text; the next stage reads what they made of it.
"""

from __future__ import annotations

from typing import NamedTuple

from soroe.rules import c101_half_width_katakana
from soroe.rules.page import Check


class Rule(NamedTuple):
    """A rule as the engine runs it."""

    code: str
    check: Check
    doc: str


_STAGES = (
    (c101_half_width_katakana,),  # characters
)

STAGES = tuple(
    tuple(Rule(module.CODE, module.check, (module.__doc__ or "").strip()) for module in stage) for stage in _STAGES
)
RULES = {rule.code: rule for stage in STAGES for rule in stage}
