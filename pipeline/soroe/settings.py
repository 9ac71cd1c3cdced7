"""What a user may choose. Nothing is loaded here: a file that a cache knows is told of without a rule or a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

TokenizerName = Literal["fugashi", "sudachi"]
TOKENIZERS: tuple[TokenizerName, ...] = get_args(TokenizerName)
# Which of a name's spellings the others become, where the user's dictionary does not say.
Canonical = Literal["attested", "frequent", "first", "latin"]
CANONICALS: tuple[Canonical, ...] = get_args(Canonical)
# Of whom the spellings in Latin letters and in katakana are made one: people and places, brands and works as well, or no one.
UnifyScripts = Literal["people", "all", "none"]
UNIFY_SCRIPTS: tuple[UnifyScripts, ...] = get_args(UnifyScripts)

# What the engine says itself: a text that does not settle, a comment that suppresses nothing, one that is not understood.
UNSETTLED, UNUSED, MISTAKEN = OWN_CODES = ("E000", "E001", "E002")
# A rule's module begins with its code: c101_half_width_katakana.py.
CODES = tuple(sorted(path.name[:4].upper() for path in Path(__file__).with_name("rules").glob("[a-z]???_*.py")))
# The rules that compare texts with each other, and are not on by default: `soroe.rules.COMPARING`.
COMPARING = ("W503",)


def is_selectable(prefix: str) -> bool:
    """Whether codes can be selected or ignored by it: a code, its beginning, ALL.

    >>> [is_selectable(prefix) for prefix in ("N401", "R3", "ALL", "E001", "T", "N9")]
    [True, True, True, True, True, False]
    """
    # T: the rules that read the source too are to come, and settings may already speak of them.
    return prefix in ("ALL", "T") or any(code.startswith(prefix) for code in (*CODES, *OWN_CODES))


@dataclass(frozen=True)
class Settings:
    """What a user may choose; every field has a default that is safe."""

    select: tuple[str, ...] = ("C", "P", "R", "N", "W")
    ignore: tuple[str, ...] = ()
    tokenizer: TokenizerName = "fugashi"
    names: tuple[Path, ...] = ()
    apart: tuple[Path, ...] = ()
    all_names: bool = False
    canonical: Canonical = "attested"
    unify_scripts: UnifyScripts = "people"
    survey: Path | None = None
    unsafe_fixes: bool = False  # whether what is only likely (`Finding.suggestion`) is made as well

    def selects(self, code: str, by_default: bool = True) -> bool:
        """Whether a rule is on: the longest prefix that names it decides, `ignore` before `select`.

        >>> Settings(select=("P", "R303"), ignore=("P204",)).selects("P204")
        False

        ALL is every rule. One that is not on by default is selected so, or by its whole code.

        >>> Settings(select=("W",)).selects("W502", False), Settings(select=("ALL",)).selects("W502", False)
        (False, True)
        """
        named = [prefix for prefix in self.select if code.startswith(prefix) and (by_default or prefix == code)]
        chosen = max(map(len, named), default=int("ALL" in self.select))
        refused = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=0)
        return chosen > refused

    @property
    def comparing(self) -> tuple[str, ...]:
        """The rules that are on and compare texts with each other.

        >>> Settings().comparing, Settings(select=("W", "W503")).comparing
        ((), ('W503',))
        """
        return tuple(code for code in COMPARING if self.selects(code, False))

    def for_one_text(self) -> Settings:
        """The settings where a text is compared with no other: without the rules that need all texts.

        >>> Settings(select=("W502", "W503")).for_one_text().ignore
        ('W503',)
        """
        return replace(self, ignore=(*self.ignore, *self.comparing)) if self.comparing else self
