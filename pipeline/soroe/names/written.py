"""How a name is written: which of its spellings the others become.

Who belongs to a name is settled before, by what is weighed; how it is written changes nothing of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from soroe.names.entities import Mention
from soroe.names.mentions import Finder, Spelling
from soroe.names.sound import Sound
from soroe.settings import Canonical

_BRACKETS = re.compile(r"[ \u3000]?[（(][^）)]*")


def written(spellings: Sequence[Spelling], canonical: Canonical, sound: Sound) -> Spelling:
    """The spelling that the others become; ``spellings`` are those of one name, the best attested and most frequent first.

    What only stands beside the prose, as a gloss does, is never chosen before what stands in it.
    """
    centre = spellings[0]
    candidates = [centre, *(spelling for spelling in spellings[1:] if not _is_gloss(spelling))]
    if canonical == "frequent":
        return min(candidates, key=lambda spelling: (-spelling.count, not is_attested(spelling), _begin(spelling)))
    if canonical == "first":
        return min(candidates, key=_begin)
    latin = [spelling for spelling in candidates if spelling.script == "latin"]
    if canonical == "latin" and latin and centre not in latin:
        # Of アルトマン, オートマン, Altman and Oatman, Altman: Oatman was read off the slip.
        return min(latin, key=lambda s: (-s.count, -sound.share(centre.surface, s.surface), _begin(s)))
    return centre


def is_attested(spelling: Spelling) -> bool:
    """Whether the tokenizer's dictionary knows it as a name."""
    return spelling.known.kind in ("person", "place", "proper")


def _is_gloss(spelling: Spelling) -> bool:
    """Whether it only ever stands beside the prose: アルトマン（Altman）."""
    return all("gloss" in chain.cues for chain in spelling.chains)


def kept_from(latin: str, spelling: Spelling, finder: Finder) -> Iterator[Mention]:
    """The mentions of a spelling that becomes ``latin``, those marked as glosses where Latin letters cannot stand.

    アルトマンXは as AltmanXは would be another word, and アルトマン（Altman） as Altman（Altman） says nothing.
    """
    for mention, (_, (_, start, end, _, chain)) in zip(spelling.mentions, spelling.places, strict=True):
        brackets = _BRACKETS.match(chain.line, chain.end)
        if (brackets and latin in brackets[0]) or not finder.finds(latin, chain.line, start, end):
            mention = mention._replace(cues=(*mention.cues, "gloss"))
        yield mention


def _begin(spelling: Spelling) -> tuple[bool, int]:
    """Where it is first mentioned in the prose; what is only a gloss comes last."""
    for unit in spelling.units:
        if "gloss" not in unit.chain.cues:
            return False, unit.span.start
    return True, spelling.begin
