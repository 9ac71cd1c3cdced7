"""Find the names: every run that may be one, and what speaks for it.

Each line is scanned once by a regular expression, and not again while it stays as it is; tokenizers are asked about
spellings, not texts, and once a run. A *unit* is one katakana run or one capitalised Latin word; a *chain* is units joined
as a full name is (・ ＝ space). Neither runs over the end of a line, and what speaks for a name is looked for on its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

import regex

from soroe.lexicon import Kind, Lexicon, Script, Title, dictionaries
from soroe.names import REMEMBERED
from soroe.names.entities import Mention
from soroe.names.kinds import Kinds, kind_of
from soroe.names.letters import HAN, HIRAGANA, KATAKANA, is_kana
from soroe.names.titles import Titles
from soroe.text import Span, lazy, python_class
from soroe.tokens import Tokenizer

Class = Literal["person", "place", "proper", "word", "compound", "unknown"]

# \p{Lu} with no lower-case letter after it is an acronym (NATO), with a digit a product (GPT4): neither is a person.
_LATIN = regex.compile(
    r"(?<![\p{Latin}\p{N}_@#/.’'])(?<!(?<!\p{Ll})&)(?<!(?<![\p{Latin}\p{Han}\u3041-\u30ff])-)\p{Lu}[\p{Latin}\p{M}]*+(?:['’]\p{Lu}?\p{Ll}[\p{Latin}\p{M}]*+)*+"
    r"(?!\p{N}(?!\p{N}{0,2}[歳才])|[_@/]|&(?!\p{Lu}\p{Ll})|\.\p{Ll})"
)
_KANA = r"\u30a1-\u30fa\u30fc"
# A run of katakana, or a letter that may be capital: `re` finds it four times as fast as `regex`, which then reads Latin letters.
_BEGIN = re.compile(
    rf"[{_KANA}A-Z\u00c0-\u1fff\u2102-\u2183\u2c00-\u2cf2\ua640-\ua7f5\uff21-\uff3a\U00010400-\U0001e921](?:(?<=[{_KANA}])[{_KANA}]+)?"
)
_PARTICLE = r"(?:al|bin|da|de|del|della|den|der|di|do|dos|du|el|ibn|la|le|ter|van|von|y)"
_JOINT = regex.compile(
    r"[・･＝=]"
    rf"|(?<=\p{{Latin}})\.?[ \u00a0\u3000](?:{_PARTICLE}[ ]){{0,2}}(?=\p{{Lu}})"
    r"|(?<=\p{Latin})-(?=\p{Lu})"
    r"|(?<=[ァ-ヺー])[ ](?=[ァ-ヺ])"
)
_LONGEST_JOINT = 14  # ". della della "
_LONGEST_CHAIN = 5
_SAID = re.compile(
    r"と(?:述べ|語っ|語り|話し|言っ|言い|発言|主張|指摘|説明|付け加え|答え|発表|コメント|書い|ツイート|つぶや|警告|報告|強調|認め|尋ね)"
)
_SUBJECT = re.compile(r"(?:自身)?(?:[はがも]|によると|によれば)(?![ー-])")
# In "cuts of beef from Texas are" Texas is English prose, not a name in Japanese; in Tierra del Sol, del is a part of one.
# A single letter is no word (A r i s Altman), nor is the end of an address.
_ENGLISH_BEFORE = regex.compile(rf"(?<![\p{{L}}.])(?!{_PARTICLE}\b)(?:a|(?<=['’])s|\p{{Ll}}{{2,}}+)[,;:]?[ ]\Z")
_ENGLISH_AFTER = regex.compile(rf"[,;:]?[ ](?!{_PARTICLE}\b)\p{{Ll}}{{2}}")
_JAPANESE = HIRAGANA + KATAKANA + HAN
# A name in Japanese prose has Japanese beside it: Altman氏, 一方Altmanは, Altman, Musk両氏.
_JAPANESE_AFTER = re.compile(rf"[ \u00a0]?[{_JAPANESE}]")
_CLAUSE_AFTER = re.compile(r"、(?![0-9０-９]{3,4}年|ユリウス暦|紀元前)|[。」]")
# Gopherとは、…である: a term is told in the letters that it is defined in.
_DEFINED = re.compile(r"とは[、,]")
_JAPANESE_BEFORE = re.compile(rf"[{_JAPANESE}][ \u00a0]?\Z")
# 「悪くないですね、Kayel?」 calls him by his name; モンゴル語、Mongol hel gives the word of another language.
_CALLED = re.compile(rf"[{_JAPANESE}][、,][ \u00a0]?\Z"), re.compile(r"[?？!！.。」\"”]")
_JAPANESE_CLAUSE_AFTER = re.compile(rf",[ ]?[{_JAPANESE}]")
_ALSO_WRITTEN = re.compile(
    r"(?:[、や][ァ-ヺー・]+)*[^\n。、はがを]{0,10}?と(?:も|して)?(?:表記|記載|書か|書く|発音|も?訳|も?呼)|[^\n。]{0,6}?の(?:表記|綴り)"
)
# 「日本語では…、…などの表記がある」, 「英語での発音は…に近い」: a sentence that speaks of spellings gives each as it is.
_OF_SPELLINGS = re.compile(r"表記|発音|綴[りら]|つづり|音訳|転写|呼称|旧称|単数形|複数形|の意(?=$|[。、）)])|とも訳")
_OR_ELSE = re.compile(r"(?:または|又は|あるいは|或いは|旧名|別名|正式名は|[語英独仏露伊蘭羅葡西][:：])[ \u3000]*\Z")
_LONGEST_OR_ELSE = 8
# A line of nothing but names is a heading, a gloss or a list of spellings; 「リビングストン?」 is speech.
_SAYS_SOMETHING = re.compile(rf"[{HIRAGANA}{HAN}？！?!「」『』]")
_WORK = ("『", "《", "〈")

# Titles that say nothing of what their bearer is.
_ANYONES = frozenset(
    "氏 さん さま 様 公 卿 君 くん ちゃん 殿 嬢 翁 女史 婦人 夫人 夫妻 一家 自身 本人 先生 先輩".split()
)
_MOST_WEIGHED = 2  # mentions of one spelling; the others say the same
_SURE = 2.0  # nats; of 1,500 names that said so much once, none was another kind of name by its second mention


@python_class
class Chain:
    """Units of one line that stand as one full name (リード・ホフマン), or one unit alone.

    Offsets are those of the line. The cues are read when first asked for: most runs are never asked.
    """

    def __init__(self, finder: Finder, line: str, surface: str, start: int, end: int, is_latin: bool) -> None:
        self._finder = finder
        self.line = line
        self.surfaces = [surface]
        self.start = start
        self.end = end
        self.is_latin = is_latin

    @lazy
    def _beside(self) -> tuple[Title | None, Title | None]:
        titles = self._finder.titles
        return titles.after(self.line, self.end), titles.before(self.line, self.start)

    @lazy
    def titles(self) -> tuple[str, ...]:
        """The cues that make it a name: a title before or after it, or that it is a full name."""
        titles = [
            f"{title.kind} {side}" for title, side in zip(self._beside, ("after", "before"), strict=True) if title
        ]
        if len(self.surfaces) > 1:
            titles.append("chain")
        return tuple(titles)

    @lazy
    def titled(self) -> tuple[Kind | None, Kind | None]:
        """The kinds that the titles after and before it speak of: person for 氏, place for 州."""
        after, before = self._beside
        return after and after.kind, before and before.kind

    @lazy
    def is_subject(self) -> bool:
        """Whether it stands as one who does something: アルトマンは, アルトマン自身が."""
        return _SUBJECT.match(self.line, self.end) is not None

    @lazy
    def is_spelling(self) -> bool:
        """Whether the text speaks of the spelling rather than of its bearer: デヴォン紀と記載されることもある."""
        return _is_spelling(self.line, self.start, self.end)

    def tells_again(self, other: str) -> bool:
        """Whether it is another way to write what is told before it: スロバキア語またはスロヴァキア語."""
        found = _OR_ELSE.search(self.line, max(0, self.start - _LONGEST_OR_ELSE), self.start)
        return found is not None and other in self.line[max(0, found.start() - _LONGEST_JOINT) : found.start()]

    @lazy
    def offices(self) -> tuple[str, ...]:
        """What its bearer is called beside the name (知事, 俳優), without what anyone may be called (氏)."""
        return tuple([t.text for t in self._beside if t and t.kind == "person" and t.text not in _ANYONES])

    @lazy
    def cues(self) -> tuple[str, ...]:
        """What around the chain says that it is a name, and of what."""
        return (*self.titles, *_manners(self))

    @lazy
    def weights(self) -> tuple[float, ...]:
        """How surely (nats) it names a person, a place, an organisation, a product: all its units name the same."""
        return self._finder.weigh(self)


class Unit(NamedTuple):
    """One run of letters that may be a name or a part of one, and the whole name that it stands in."""

    span: Span
    place: int  # its place in the chain, from 0
    chain: Chain

    @property
    def is_last(self) -> bool:
        """Whether it ends its chain: a family name, or the whole name."""
        return self.place == len(self.chain.surfaces) - 1


# A unit of a line that may be a spelling: its letters, where it begins and ends on the line, its place in its chain, the chain.
_Unit = tuple[str, int, int, int, Chain]


class Known(NamedTuple):
    """What a tokenizer's dictionary says of a spelling that stands alone: its class, and the Latin it comes from, if told."""

    kind: Class
    latin: str
    parts: tuple[str, ...] = ()  # the words that a compound is put together from


@python_class
class Spelling:
    """All that one document says of one spelling, worked out when first asked for: most runs are never asked."""

    def __init__(self, finder: Finder, surface: str, script: Script) -> None:
        self._finder = finder
        self.surface = surface
        self.script = script
        self.places: list[tuple[int, _Unit]] = []  # where its lines begin, and its units on them
        self.is_chained = False  # whether it ever stands behind another unit, as a family name does

    @lazy
    def known(self) -> Known:
        """What the tokenizer's dictionary says of it; Japanese dictionaries know no Latin names."""
        return self._finder.known(self.surface) if self.script == "kana" else Known("unknown", "")

    @property
    def count(self) -> int:
        """How often it stands in the document."""
        return len(self.places)

    @property
    def begin(self) -> int:
        """Where it is first mentioned."""
        at, (_, start, *_) = self.places[0]
        return at + start

    @lazy
    def units(self) -> list[Unit]:
        """Its mentions, each as a part of the full name that it stands in."""
        return [Unit(Span(at + start, at + end), place, chain) for at, (_, start, end, place, chain) in self.places]

    @lazy
    def chains(self) -> tuple[Chain, ...]:
        """The full names that it stands in, a mention each; a line that stays as it is keeps its chains."""
        return tuple([unit[-1] for _, unit in self.places])

    @lazy
    def cues(self) -> frozenset[str]:
        """All cues of its mentions."""
        return frozenset([cue for chain in self.chains for cue in chain.cues])

    @lazy
    def in_full(self) -> bool:
        """Whether it is ever told as a part of a full name."""
        return any([len(chain.surfaces) > 1 for chain in self.chains])

    @lazy
    def stands_alone(self) -> bool:
        """Whether it is ever told without another part of a full name."""
        return any([len(chain.surfaces) == 1 for chain in self.chains])

    @lazy
    def named(self) -> bool:
        """Whether the document itself treats it as a name: by a person's title or in a full name."""
        return self.in_full or any("person" in chain.titled for chain in self.chains)

    @lazy
    def acts(self) -> bool:
        """Whether it is named, or stands as people and places do: as a subject, before a place's 州."""
        return self.named or any(chain.is_subject or "place" in chain.titled[:1] for chain in self.chains)

    @lazy
    def titled(self) -> frozenset[Kind]:
        """The kinds that the titles beside it speak of: person for 氏, place for 州."""
        return frozenset([kind for chain in self.chains for kind in chain.titled if kind])

    @lazy
    def offices(self) -> frozenset[str]:
        """What its bearer is called beside the name: 知事, 俳優."""
        return frozenset([office for chain in self.chains for office in chain.offices])

    @lazy
    def kind(self) -> tuple[Kind, float]:
        """What it is a name of, by all its mentions and the full names it stands in, and how sure (nats) that is."""
        return kind_of(self.weights)

    @lazy
    def weights(self) -> list[tuple[float, ...]]:
        """What its first mentions say that it is a name of, as `Chain.weights`; one that is sure is asked alone."""
        first, *others = dict.fromkeys(self.chains[:_MOST_WEIGHED])
        if kind_of([first.weights])[1] > _SURE:
            return [first.weights]
        return [first.weights, *(chain.weights for chain in others)]

    @lazy
    def place(self) -> str:
        """Whether it is always a first name, always a family name, or neither ("")."""
        if not self.in_full:
            return ""
        places = {(place > 0, place == len(chain.surfaces) - 1) for place, chain in self._in_chains()}
        return "first" if places == {(False, False)} else "family" if places == {(True, True)} else ""

    @lazy
    def beside(self) -> dict[Literal["before", "behind"], list[str]]:
        """The units that stand before and behind it in full names, sorted."""
        before: set[str] = set()
        behind: set[str] = set()
        for place, chain in self._in_chains() if self.in_full else ():
            before.update(chain.surfaces[place - 1 : place] if place else ())
            behind.update(chain.surfaces[place + 1 : place + 2])
        return {"before": sorted(before), "behind": sorted(behind)}

    def _in_chains(self) -> Iterator[tuple[int, Chain]]:
        """Its place in every full name that it is a part of."""
        return ((place, chain) for _, (*_, place, chain) in self.places if len(chain.surfaces) > 1)

    @lazy
    def mentions(self) -> tuple[Mention, ...]:
        """Its mentions, in order."""
        return tuple([Mention(unit.span, self.surface, unit.chain.cues) for unit in self.units])


@python_class
class Finder:
    """Finds the spellings of a text that may be names, with their cues.

    >>> from soroe.lexicon import Lexicon
    >>> from soroe.tokens import open_tokenizer
    >>> finder = Finder(Lexicon.load(), open_tokenizer("fugashi"))
    >>> [(found.surface, found.known.kind) for found in finder.spellings("アルトマン氏とGreg Brockman氏はテーブルを囲んだ。")]
    [('アルトマン', 'person'), ('Greg', 'unknown'), ('Brockman', 'unknown'), ('テーブル', 'word')]
    """

    def __init__(self, lexicon: Lexicon, tokenizer: Tokenizer) -> None:
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self._known: dict[str, Known] = {}
        self._lines: dict[str, list[_Unit]] = {}  # of the text read last
        self._last: tuple[tuple[str, bool] | None, list[Spelling]] = (None, [])
        self.titles = Titles(lexicon.titles)

    def spellings(self, text: str, *, every: bool = False) -> list[Spelling]:
        """The spellings of a text, in order of their first mention; runs of one character are none.

        ``every``: a letter that is a part of a full name (ル＝グウィン) is a spelling too.
        """
        asked = text, every
        if self._last[0] != asked:
            self._last = asked, self._spellings(text, every)
        return self._last[1]

    def katakana(self, text: str) -> list[str]:
        """The runs of katakana in a text, each once, in order; those of one letter are none. A text read last is not read again.

        >>> from soroe.lexicon import Lexicon
        >>> from soroe.tokens import open_tokenizer
        >>> Finder(Lexicon.load(), open_tokenizer("fugashi")).katakana("あのーアルトマン氏はサーバーのア列を見た。アルトマン氏は去った。")
        ['アルトマン', 'サーバー']
        """
        asked, spellings = self._last
        if not asked or asked[0] != text:
            spellings = self.spellings(text)
        runs = [found.surface for found in spellings if found.script == "kana" and len(found.surface) > 1]
        return list(dict.fromkeys([run.lstrip("ー") if run[0] == "ー" else run for run in runs]))

    def _spellings(self, text: str, every: bool) -> list[Spelling]:
        found: dict[str, Spelling] = {}
        lines: dict[str, list[_Unit]] = {}
        at = 0
        for line in text.split("\n"):
            units = lines.get(line)
            if units is None:
                # A document is read again after each change, and most of its lines are as they were.
                units = self._lines.get(line)
                units = lines[line] = self._scanned(line) if units is None else units
            for unit in units:
                surface, _, _, place, chain = unit
                if len(surface) == 1 and not (every and len(chain.surfaces) > 1):
                    continue
                spelling = found.get(surface)
                if spelling is None:
                    spelling = found[surface] = Spelling(self, surface, "kana" if is_kana(surface) else "latin")
                spelling.places.append((at, unit))
                if place:
                    spelling.is_chained = True
            at += len(line) + 1
        self._lines = lines
        return list(found.values())

    def finds(self, surface: str, line: str, start: int, end: int) -> bool:
        """Whether the spelling would be found on the line if it stood there: Altman not in アルトマンX."""
        changed = line[:start] + surface + line[end:]
        return any(unit[:2] == (surface, start) for unit in self._scanned(changed))

    def _scanned(self, line: str) -> list[_Unit]:
        units: list[_Unit] = []
        chain: Chain | None = None
        reach = -1  # how far the chain may go on
        end = 0
        for begin in _BEGIN.finditer(line):
            start = begin.start()
            is_latin = not is_kana(line[start])
            if is_latin:
                # A capital inside a name begins none: MacDonald.
                if start < end or not (latin := _LATIN.match(line, start)):
                    continue
                end = latin.end()
                if _in_english(line, start, end) and not self._is_titled(line, end):
                    continue
            else:
                end = begin.end()
            surface = line[start:end]
            if chain and start <= reach and (joint := _JOINT.match(line, chain.end)) and joint.end() == start:
                chain.surfaces.append(surface)
                chain.end = end
                place = len(chain.surfaces) - 1
            else:
                chain = Chain(self, line, surface, start, end, is_latin)
                place = 0
            reach = end + _LONGEST_JOINT if place < _LONGEST_CHAIN - 1 else -1
            if not (is_latin and surface.isupper()):
                units.append((surface, start, end, place, chain))
        return units

    def _is_titled(self, line: str, end: int) -> bool:
        """Whether a person's title in Japanese follows: of the firm's Altman氏."""
        title = self.titles.after(line, end)
        return title is not None and title.kind == "person" and not title.text.isascii()

    def known(self, surface: str) -> Known:
        """What the tokenizer says of a spelling alone; remembered, since it does not depend on the text."""
        found = self._known.get(surface)
        if found is None:
            if len(self._known) > 10 * REMEMBERED:
                self._known.clear()
            found = self._known[surface] = classified(surface, self._tokenizer)
        return found

    @lazy
    def _kinds(self) -> Kinds:
        return Kinds.load(self._lexicon, dictionaries())

    def weigh(self, chain: Chain) -> tuple[float, ...]:
        """See `Chain.weights`."""
        known = [self.known(surface).kind for surface in chain.surfaces]
        return self._kinds.weigh(chain.line, chain.start, chain.end, chain.cues, chain.surfaces, known)


def _manners(chain: Chain) -> Iterator[str]:
    """How the text treats a chain: as one who acts and speaks, as the title of a work, as a spelling."""
    line, start, end = chain.line, chain.start, chain.end
    if chain.is_subject:
        yield "subject"
        stop = line.find("。", end, end + 160)
        if _SAID.search(line, end, stop + 1 if stop >= 0 else end + 160):
            yield "said"
    if line[start - 1 : start] in _WORK:
        yield "work"
    is_told_again = _OR_ELSE.search(line, max(0, start - _LONGEST_OR_ELSE), start)
    if (
        chain.is_spelling
        or is_told_again
        or _is_all_of_it(line, start, end)
        or (chain.is_latin and _is_gloss(line, start, end))
    ):
        yield "gloss"


def _is_spelling(line: str, start: int, end: int) -> bool:
    if _ALSO_WRITTEN.match(line, end):
        return True
    if not _speaks_of_spellings(line):
        return False
    stop = line.find("。", end)
    return bool(_OF_SPELLINGS.search(line, line.rfind("。", 0, start) + 1, stop if stop >= 0 else len(line)))


@lru_cache(maxsize=64)  # asked of every name of a line
def _speaks_of_spellings(line: str) -> bool:
    return _OF_SPELLINGS.search(line) is not None


def _is_all_of_it(line: str, start: int, end: int) -> bool:
    """Whether nothing but names stands on the line: a heading, a list of spellings."""
    around = max(0, start - 40), start, end, end + 40
    return not _SAYS_SOMETHING.search(line, *around[:2]) and not _SAYS_SOMETHING.search(line, *around[2:])


def _is_gloss(line: str, start: int, end: int) -> bool:
    """Whether Latin letters stand beside the prose, not in it: アルトマン（Sam Altman）, 英: Altman, a list of names."""
    if _DEFINED.match(line, end):
        return True
    if _JAPANESE_AFTER.match(line, end):
        return False
    before = line[max(0, start - 60) : start]
    if max(before.rfind("（"), before.rfind("(")) > max(before.rfind("）"), before.rfind(")")):
        return True
    is_called = _CALLED[0].search(before) and _CALLED[1].match(line, end)
    after = _CLAUSE_AFTER.match(line, end) or _JAPANESE_CLAUSE_AFTER.match(line, end)
    return not (after or is_called or _JAPANESE_BEFORE.search(before))


def _in_english(line: str, start: int, end: int) -> bool:
    return bool(_ENGLISH_BEFORE.search(line[max(0, start - 20) : start]) or _ENGLISH_AFTER.match(line, end))


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
