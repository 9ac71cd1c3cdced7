"""Find the names: every run that may be one, and what speaks for it.

The whole text is scanned once by a regular expression; tokenizers are asked about spellings, not texts, and once a run.
A *unit* is one katakana run or one capitalised Latin word; a *chain* is units joined as a full name is (・ ＝ space).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal, NamedTuple

import regex

from soroe.lexicon import Kind, Lexicon, dictionaries
from soroe.names.entities import Mention
from soroe.names.kinds import Kinds, kind_of
from soroe.text import Span
from soroe.tokens import Tokenizer

Script = Literal["kana", "latin"]
Class = Literal["person", "place", "proper", "word", "compound", "unknown"]

# \p{Lu} with no lower-case letter after it is an acronym (NATO), with a digit a product (GPT4): neither is a person.
_KANA = r"[\u30a1-\u30fa\u30fc]++"
_LATIN = (
    r"(?<![\p{Latin}\p{N}_@#&/.’'])(?<!(?<!\p{Latin})-)\p{Lu}[\p{Latin}\p{M}]*+(?:['’]\p{Lu}?\p{Ll}[\p{Latin}\p{M}]*+)*+"
    r"(?![\p{N}_@/&]|\.\p{Ll})"
)
_PARTICLE = r"(?:al|bin|da|de|del|della|den|der|di|do|dos|du|el|ibn|la|le|ter|van|von|y)"
_UNIT = regex.compile(rf"(?P<kana>{_KANA})|(?P<latin>{_LATIN})")
_JOINT = regex.compile(
    r"[・･＝=]"
    rf"|(?<=\p{{Latin}})\.?[ \u00a0\u3000](?:{_PARTICLE}[ ]){{0,2}}(?=\p{{Lu}})"
    r"|(?<=\p{Latin})-(?=\p{Lu})"
    r"|(?<=[ァ-ヺー])[ ](?=[ァ-ヺ])"
)
_LONGEST_JOINT = 14  # ". della della "
_SAID = regex.compile(
    r"と(?:述べ|語っ|語り|話し|言っ|言い|発言|主張|指摘|説明|付け加え|答え|発表|コメント|書い|ツイート|つぶや|警告|報告|強調|認め|尋ね)"
)
_SUBJECT = regex.compile(r"(?:自身)?(?:[はがも]|によると|によれば)(?![ー-])")
# In "cuts of beef from Texas are" Texas is English prose, not a name in Japanese; in Tierra del Sol, del is a part of one.
_ENGLISH_BEFORE = regex.compile(rf"(?<!\p{{L}})(?!{_PARTICLE}\b)\p{{Ll}}++[,;:]?[ ]\Z")
_ENGLISH_AFTER = regex.compile(rf"[,;:]?[ ](?!{_PARTICLE}\b)\p{{Ll}}{{2}}")
# A name in Japanese prose has Japanese beside it: Altman氏, 一方Altmanは, Altman, Musk両氏.
_JAPANESE_AFTER = regex.compile(r"[ \u00a0]?[\p{InHiragana}\p{InKatakana}\p{Han}]")
_CLAUSE_AFTER = regex.compile(r"、(?![0-9０-９]{3,4}年)|[。」]")
_JAPANESE_BEFORE = regex.compile(r"[\p{InHiragana}\p{InKatakana}\p{Han}][ \u00a0]?\Z")
_ALSO_WRITTEN = regex.compile(
    r"[^\n。]{0,10}?と(?:も|して)?(?:表記|書か|書く|発音|も?訳|も?呼)|[^\n。]{0,6}?の(?:表記|綴り)"
)
_OR_ELSE = regex.compile(r"(?:または|又は|あるいは|或いは|旧名|別名|正式名は|[語英独仏露伊蘭羅葡西][:：])[ \u3000]*\Z")
# A line of nothing but names is a heading, a gloss or a list of spellings; 「リビングストン?」 is speech.
_SAYS_SOMETHING = regex.compile(r"[\p{InHiragana}\p{Han}。？！?!「」『』]")
_WORK = ("『", "《", "〈")

_NAMING = frozenset({"person after", "person before", "chain"})
_MOST_WEIGHED = 12  # mentions of one spelling; the others say the same


class Chain:
    """Units that stand as one full name (リード・ホフマン), or one unit alone. Its cues are read when first asked for."""

    def __init__(self, finder: Finder, text: str, surface: str, start: int, end: int, is_latin: bool) -> None:
        self._finder = finder
        self._text = text
        self.surfaces = [surface]
        self.start = start
        self.end = end
        self.is_latin = is_latin

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """The cues that make it a name: a title before or after it, or that it is a full name."""
        return self._finder.titles(self._text, self)

    @cached_property
    def cues(self) -> tuple[str, ...]:
        """What around the chain says that it is a name, and of what."""
        return (*self.titles, *_manners(self._text, self))

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How surely (nats) it names a person, a place, an organisation, a product: all its units name the same."""
        return self._finder.weigh(self._text, self)


class Unit(NamedTuple):
    """One run of letters that may be a name or a part of one, and the whole name that it stands in."""

    span: Span
    place: int  # its place in the chain, from 0
    chain: Chain

    @property
    def cues(self) -> tuple[str, ...]:
        """The cues of its chain."""
        return self.chain.cues

    @property
    def is_last(self) -> bool:
        """Whether it ends its chain: a family name, or the whole name."""
        return self.place == len(self.chain.surfaces) - 1


class Known(NamedTuple):
    """What a tokenizer's dictionary says of a spelling that stands alone: its class, and the Latin it comes from, if told."""

    kind: Class
    latin: str
    parts: tuple[str, ...] = ()  # the words that a compound is put together from


class Spelling:
    """All that one document says of one spelling, worked out when first asked for: most runs are never asked."""

    def __init__(self, finder: Finder, surface: str, script: Script) -> None:
        self._finder = finder
        self.surface = surface
        self.script = script
        self.units: list[Unit] = []
        self.is_chained = False  # whether it ever stands behind another unit, as a family name does

    @cached_property
    def known(self) -> Known:
        """What the tokenizer's dictionary says of it; Japanese dictionaries know no Latin names."""
        return self._finder.known(self.surface) if self.script == "kana" else Known("unknown", "")

    @property
    def count(self) -> int:
        """How often it stands in the document."""
        return len(self.units)

    @cached_property
    def cues(self) -> frozenset[str]:
        """All cues of its mentions."""
        return frozenset(cue for unit in self.units for cue in unit.cues)

    @cached_property
    def named(self) -> bool:
        """Whether the document itself treats it as a name: by a person's title or in a full name."""
        return any(cue in _NAMING for unit in self.units for cue in unit.chain.titles)

    @cached_property
    def acts(self) -> bool:
        """Whether it is named, or stands as people and places do: as a subject, before a place's 州."""
        return self.named or not self.cues.isdisjoint(("subject", "place after"))

    @cached_property
    def kind(self) -> tuple[Kind, float]:
        """What it is a name of, by all its mentions and the full names it stands in, and how sure (nats) that is."""
        chains = {id(unit.chain): unit.chain for unit in self.units[:_MOST_WEIGHED]}
        return kind_of([chain.weights for chain in chains.values()])

    @cached_property
    def place(self) -> str:
        """Whether it is always a first name, always a family name, or neither ("")."""
        places = {(unit.place > 0, unit.is_last) for unit in self.units if unit.place > 0 or not unit.is_last}
        return "first" if places == {(False, False)} else "family" if places == {(True, True)} else ""

    def beside(self, side: Literal[-1, 1]) -> set[str]:
        """The units before (-1) or after (1) it in full names."""
        found = set()
        for unit in self.units:
            at = unit.place + side
            if 0 <= at < len(unit.chain.surfaces):
                found.add(unit.chain.surfaces[at])
        return found

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Its mentions, in order."""
        return tuple(Mention(unit.span, self.surface, unit.cues) for unit in self.units)


class Finder:
    """Finds the spellings of a text that may be names, with their cues.

    >>> from soroe.lexicon import Kind, Lexicon
    >>> from soroe.tokens import open_tokenizer
    >>> finder = Finder(Lexicon.load(), open_tokenizer("fugashi"))
    >>> [(found.surface, found.known.kind) for found in finder.spellings("アルトマン氏とGreg Brockman氏はテーブルを囲んだ。")]
    [('アルトマン', 'person'), ('Greg', 'unknown'), ('Brockman', 'unknown'), ('テーブル', 'word')]
    """

    def __init__(self, lexicon: Lexicon, tokenizer: Tokenizer) -> None:
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self._known: dict[str, Known] = {}
        self._kind_after = {title.text: title.kind for title in lexicon.titles if title.side == "after"}
        self._kind_before = {title.text: title.kind for title in lexicon.titles if title.side == "before"}
        self._after = regex.compile(r"[ \u3000]?(\L<titles>)", titles=_longest_first(self._kind_after))
        # 社長のアルトマン, 最高経営責任者（CEO）のアルトマン, 俳優アルトマン: read backwards (?r) from the name.
        self._before = regex.compile(
            r"(?r)(\L<titles>)[）)]?(?:の|である|、|・)?", titles=_longest_first(self._kind_before)
        )

    def spellings(self, text: str, *, every: bool = False) -> list[Spelling]:
        """The spellings of a text, in order of their first mention; runs of one character are none.

        ``every``: a letter that is a part of a full name (ル＝グウィン) is a spelling too.
        """
        found: dict[str, Spelling] = {}
        chain: Chain | None = None
        for match in _UNIT.finditer(text):
            surface, is_latin = match[0], match.lastgroup == "latin"
            start, end = match.span()
            if is_latin and _in_english(text, match):
                continue
            if chain and start - chain.end <= _LONGEST_JOINT and len(chain.surfaces) < 5:
                joint = _JOINT.match(text, chain.end)
                is_joined = joint is not None and joint.end() == start
            else:
                is_joined = False
            if chain and is_joined:
                chain.surfaces.append(surface)
                chain.end = end
            else:
                chain = Chain(self, text, surface, start, end, is_latin)
            if (len(surface) > 1 or (every and not is_latin)) and not (is_latin and surface.isupper()):
                spelling = found.get(surface)
                if spelling is None:
                    spelling = found[surface] = Spelling(self, surface, "latin" if is_latin else "kana")
                spelling.units.append(Unit(Span(start, end), len(chain.surfaces) - 1, chain))
                spelling.is_chained |= is_joined
        if every:
            for letter in [surface for surface in found if len(surface) == 1]:
                found[letter].units = [unit for unit in found[letter].units if len(unit.chain.surfaces) > 1]
                if not found[letter].units:
                    del found[letter]
        return list(found.values())

    def known(self, surface: str) -> Known:
        """What the tokenizer says of a spelling alone; remembered, since it does not depend on the text."""
        found = self._known.get(surface)
        if found is None:
            if len(self._known) > 200_000:
                self._known.clear()
            found = self._known[surface] = classified(surface, self._tokenizer)
        return found

    @cached_property
    def _kinds(self) -> Kinds:
        return Kinds.load(self._lexicon, dictionaries())

    def weigh(self, text: str, chain: Chain) -> tuple[float, ...]:
        """See `Chain.weights`."""
        known = [self.known(surface).kind for surface in chain.surfaces]
        return self._kinds.weigh(text, chain.start, chain.end, chain.cues, chain.surfaces, known)

    def titles(self, text: str, chain: Chain) -> tuple[str, ...]:
        """The titles that stand beside a chain, and whether it is a full name."""
        titles = []
        if after := self._after.match(text, chain.end):
            titles.append(f"{self._kind_after[after[1]]} after")
        if before := self._before.match(text, 0, chain.start):
            titles.append(f"{self._kind_before[before[1]]} before")
        if len(chain.surfaces) > 1:
            titles.append("chain")
        return tuple(titles)


def _manners(text: str, chain: Chain) -> Iterator[str]:
    """How the text treats a chain: as one who acts and speaks, as the title of a work, as a spelling."""
    start, end = chain.start, chain.end
    if _SUBJECT.match(text, end):
        yield "subject"
        stop = text.find("。", end, end + 160)
        if _SAID.search(text, end, stop + 1 if stop >= 0 else end + 160):
            yield "said"
    if text[start - 1 : start] in _WORK:
        yield "work"
    if _is_spoken_of(text, start, end) or (chain.is_latin and _is_gloss(text, start, end)):
        yield "gloss"


def _is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether the text names a spelling rather than its bearer: スカンジナビアとも表記される, またはワグナー, a line that is a name."""
    if _ALSO_WRITTEN.match(text, end) or _OR_ELSE.search(text, max(0, start - 8), start):
        return True
    head = text[max(0, start - 40) : start].rpartition("\n")[2]
    tail = text[end : end + 40].partition("\n")[0]
    return not _SAYS_SOMETHING.search(head) and not _SAYS_SOMETHING.search(tail)


def _is_gloss(text: str, start: int, end: int) -> bool:
    """Whether Latin letters stand beside the prose, not in it: アルトマン（Sam Altman）, 英: Altman, a list of names."""
    if _JAPANESE_AFTER.match(text, end):
        return False
    before = text[max(0, start - 60) : start]
    if max(before.rfind("（"), before.rfind("(")) > max(before.rfind("）"), before.rfind(")"), before.rfind("\n")):
        return True
    return not (_CLAUSE_AFTER.match(text, end) or _JAPANESE_BEFORE.search(before))


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _in_english(text: str, match: regex.Match[str]) -> bool:
    start, end = match.span()
    return bool(_ENGLISH_BEFORE.search(text[max(0, start - 20) : start]) or _ENGLISH_AFTER.match(text, end))


def classified(surface: str, tokenizer: Tokenizer) -> Known:
    """What a tokenizer makes of a spelling that stands alone."""
    tokens = list(tokenizer.tokens(surface))
    if len(tokens) == 1:
        token = tokens[0]
        latin = token.lemma.partition("-")[2]
        if token.oov:
            return Known("unknown", "")
        if "人名" in token.pos:
            return Known("person", "" if latin == "外国" else latin)
        if "地名" in token.pos:
            return Known("place", latin)
        if "固有名詞" in token.pos:
            return Known("proper", latin)
        return Known("word", latin)
    # マイクロ+ソフト may be words put together; マクロ+ン, 良い+ロン are a name cut in pieces.
    if all(len(token.surface) > 1 and token.pos[:1] == ("名詞",) and not token.oov for token in tokens):
        return Known("compound", "", tuple(token.surface for token in tokens))
    return Known("unknown", "")
