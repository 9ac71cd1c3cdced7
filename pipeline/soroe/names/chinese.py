"""Signs that a text was translated from Chinese, where a foreign name was 奥特曼 before it was アルトマン, オートマン and オトマン.

Two signs are looked for: letters that stand in Chinese and never in Japanese (对, 们), and names left in hanzi that read like a
name in katakana (マスク（马斯克）). Without one of them nothing is heard through Chinese, for it takes two people for one too easily.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from soroe.messages import Said
from soroe.names import REMEMBERED
from soroe.names.letters import morae
from soroe.names.sound import MAX_MORAE_OF_SYLLABLE, NEVER, Sound

# So much (nats) a name left in hanzi is like one in katakana beside it (マスク（马斯克）), or anywhere in the text: 3 in 1,000 texts by
# people have a run of three hanzi that is so like a name by chance.
_LIKE_ITS_GLOSS, _LIKE_ANY = 4.0, 7.0
# So much (nats) every reading of a name in hanzi is like it, and so much less than the most like: エデルソン is none of 埃德尔曼, three
# syllables of whose four it has. 19 of 20 readings are, and one in twenty of the names that look alike.
_READS_LIKE, _LESS_LIKE = 5.0, 5.0
# One Chinese letter alone may be a slip of a machine that knows many languages.
_LEAST_LETTERS = 2
_MOST_RENDERINGS = 50
_KANA_BEFORE = re.compile(r"[ァ-ヺー・＝]+\Z")
_LONGEST_NAME = 40


class Rendering(NamedTuple):
    """A name left in hanzi, how it is read, how alike (nats) a katakana spelling is to it, and those beside which it stands."""

    hanzi: str
    syllables: tuple[str, ...]
    like: float
    beside: frozenset[str] = frozenset()


class Chinese(NamedTuple):
    """What a text shows of its way through Chinese: what tells of it ("" where nothing does), and the names left in hanzi."""

    sign: str = ""
    renderings: tuple[Rendering, ...] = ()

    def rendering_of(self, kana: str, sound: Sound) -> Rendering | None:
        """The name in hanzi that a katakana spelling stands for: the one beside it, or the one it is most like."""
        for rendering in self.renderings:
            if kana in rendering.beside:
                return rendering
        like = {sound.kana_chinese(kana, rendering.syllables): rendering for rendering in reversed(self.renderings)}
        best = max(like, default=0.0)
        return like[best] if best > _READS_LIKE and best > like[best].like - _LESS_LIKE else None


NO_CHINESE = Chinese()


class Signs:
    """Looks for signs of Chinese in texts, with the hanzi of the dictionary."""

    def __init__(self, hanzi: Mapping[str, str], sound: Sound) -> None:
        self._hanzi = hanzi
        self._sound = sound
        self._ends = lru_cache(maxsize=REMEMBERED)(self._ends_of)
        # A class of hundreds of letters: re looks it up, regex goes through it. It skips what cannot begin a run where the first
        # letter stands by itself.
        names = f"[{''.join(hanzi)}]"
        self._runs = re.compile(f"{names}{names}{{2,7}}")
        # Looked for by what is rare: a text has a hundred katakana words, and few of these brackets.
        self._glosses = re.compile(f"[（(](?<=[ァ-ヺー].)({names}+(?:[·・‧]{names}+)*)[）)]")

    def of(self, text: str, kana: Collection[str]) -> Chinese:
        """What a text shows of its way through Chinese, beside the katakana spellings that it has.

        >>> from soroe.lexicon import Lexicon, dictionaries
        >>> signs = Signs(Lexicon.load().hanzi, Sound.load(dictionaries() / "sound.bin"))
        >>> signs.of("アルトマン（奥特曼）氏は語った。", ["アルトマン"]).sign
        'アルトマン reads like 奥特曼, which stands in the text'
        >>> signs.of("国会の学生に対し、アルトマン氏は語った。", ["アルトマン"]).sign
        ''
        """
        renderings: dict[str, Rendering] = {}
        sign = ""
        for rendering, like in islice(self._like(text, kana), _MOST_RENDERINGS):
            known = renderings.get(rendering.hanzi, rendering)
            renderings[rendering.hanzi] = known._replace(
                like=max(known.like, rendering.like), beside=known.beside | rendering.beside
            )
            sign = sign or Said(
                f"{like} reads like {rendering.hanzi}, which stands in the text",
                f"「{like}」は本文にある「{rendering.hanzi}」の読みに近い",
            )
        if not sign and len(found := chinese_only().findall(text)) >= _LEAST_LETTERS:
            letters = "・".join(dict.fromkeys(found[:3]))
            sign = Said(f"{letters} in the text are Chinese letters", f"本文の「{letters}」は中国語の文字")
        return Chinese(sign, tuple(renderings.values())) if sign else NO_CHINESE

    def _like(self, text: str, kana: Collection[str]) -> Iterator[tuple[Rendering, str]]:
        """The names left in hanzi, and the katakana spelling that each is like."""
        for gloss in self._glosses.finditer(text):
            glossed = _KANA_BEFORE.search(text, max(0, gloss.start() - _LONGEST_NAME), gloss.start())
            for hanzi in re.split("[·・‧]", gloss[1]):
                for one in re.split("[・＝]", glossed[0]) if glossed else ():
                    syllables = self._read(hanzi)
                    like = self._sound.kana_chinese(one, syllables) if len(hanzi) > 1 else NEVER
                    if like > _LIKE_ITS_GLOSS:
                        yield Rendering(hanzi, syllables, like, frozenset({one})), one
        runs = self._runs.findall(text)
        ends = [(one, *self._ends(one)) for one in kana] if runs else []
        for hanzi in dict.fromkeys(runs):
            syllables = self._read(hanzi)
            least, most = len(syllables), MAX_MORAE_OF_SYLLABLE * len(syllables)
            first, last = syllables[0], syllables[-1]
            # As long as such a name, and begins and ends as one: of 100 spellings, 99 need not be heard.
            alike = {
                one: self._sound.kana_chinese(one, syllables)
                for one, length, begins, stops in ends
                if first in begins and last in stops and least <= length <= most
            }
            one = max(alike, key=alike.__getitem__, default="")
            if one and alike[one] > _LIKE_ANY:
                yield Rendering(hanzi, syllables, alike[one]), one

    def _read(self, hanzi: str) -> tuple[str, ...]:
        return tuple(self._hanzi[one] for one in hanzi)

    def _ends_of(self, kana: str) -> tuple[int, frozenset[str], frozenset[str]]:
        """The morae of a katakana spelling, and the syllables that its first and its last ones may stand for."""
        units, of = morae(kana), self._sound.table.syllables.of
        lengths = range(1, MAX_MORAE_OF_SYLLABLE + 1)
        first = frozenset(heard for n in lengths for heard in of("".join(units[:n])))
        return len(units), first, frozenset(heard for n in lengths for heard in of("".join(units[-n:])))


@cache
def chinese_only() -> re.Pattern[str]:
    """The letters that stand in Chinese only: GB 2312 without JIS X 0213, so that 国, 会 and 学 are none.

    >>> chinese_only().findall("国会の学生に对し、他们は认めた。")
    ['对', '们', '认']
    """
    rows = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    simplified = b"".join(rows).decode("gb2312", "ignore")
    japanese = set(simplified.encode("euc_jis_2004", "ignore").decode("euc_jis_2004"))
    return re.compile(f"[{''.join(letter for letter in simplified if letter not in japanese)}]")
