"""Why two spellings of one document are one name, or are not: small functions, each with a sentence.

A judge says what it sees and how much of it; what that weighs stands in `dictionaries/evidence.tsv`, see `soroe.names.weighing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import log
from typing import Literal, NamedTuple

from soroe.lexicon import Script
from soroe.names.chinese import NO_CHINESE, Chinese
from soroe.names.mentions import Spelling
from soroe.names.sound import Sound

# Two spellings that sound less alike (nats) are two, whatever a document says.
LEAST_SOUND = -3.0
# So much (nats) makes two first names one, or a Latin spelling a reading of a katakana one.
SAME = 1.0
# Beyond this (nats) no likeness in sound says more.
MOST_SOUND = 7.5
# What the dictionary gives for a Latin name (ガンジー for Gandhi) sounds like it (nats), whatever its letters.
READ = 5.0

# コーレンズ is "Cohren's", アメリカン is no spelling of アメリカ: what is added makes another word.
_ENDINGS = frozenset(
    "ズ ス ン アン イアン ィアン ニアン スト イスト ィスト ズム イズム ィズム ティ ティー ング イング ィング シティ".split()
)
_ATTESTED = frozenset({"person", "place", "proper", "word"})
_PERSON_AND_PLACE = {"person", "place"}
_SIDES: tuple[tuple[Literal["before", "behind"], str], ...] = (("before", "first name"), ("behind", "family name"))
_SENTENCE_END = re.compile(r"[。！？!?\n]")
_SAYS_ANOTHER = re.compile(
    r"[^。\n]{0,24}?(?:別人|別の人物|同姓|同名|とは別の|名前[はがも]?(?:よく)?似[たて]|名の似た)|[^。\n]{0,6}?(?:という|と同じ)(?:名|姓|苗字)"
)

_ANOTHER = re.compile(r"(?:名前の(?:よく)?似た|同姓の|同名の|別人の)[^。]{0,6}\Z")


class Pair(NamedTuple):
    """Two spellings of one document, the katakana one first, and what else its judges look at."""

    left: Spelling
    right: Spelling
    text: str
    latin: Sequence[Spelling]  # the document's Latin spellings that may sound like both
    sound: Sound
    chinese: Chinese = NO_CHINESE  # what the document shows of its way through Chinese

    @property
    def across(self) -> bool:
        """Whether one is katakana and the other Latin."""
        return self.right.script == "latin"


class Fact(NamedTuple):
    """What a judge sees: a row of evidence.tsv, how much of it (1 for a plain yes), and the sentence that says so."""

    kind: str
    amount: float
    why: str


Judge = Callable[[Pair], Iterable[Fact]]


def sounds(pair: Pair) -> Iterable[Fact]:
    """How alike they sound: the log-odds of the sound model."""
    left, right = pair.left.surface, pair.right.surface
    weight = pair.sound.weight(left, right)
    if is_read_as(pair.left, pair.right):
        weight = max(weight, READ)
    like = "like" if weight > 0 else "little like"
    yield Fact("sound", min(weight, MOST_SOUND), f"{right} sounds {like} {left} ({weight:+.1f} nats)")


def sounds_through_chinese(pair: Pair) -> Iterable[Fact]:
    """オトマン and アルトマン sound little alike, but for one who reads them off 奥特曼; heard where the text came from Chinese."""
    if pair.chinese.sign and not pair.across:
        yield from heard_through_chinese(pair.left.surface, pair.right.surface, pair.sound, pair.chinese.sign)


def renderings(pair: Pair) -> Iterable[Fact]:
    """One name left in hanzi that both sound like (奥特曼) ties them; another beside each keeps them apart."""
    if not pair.chinese.renderings or pair.across:
        return
    left, right = (pair.chinese.rendering_of(spelling.surface, pair.sound) for spelling in pair[:2])
    if left and left == right:
        yield Fact("rendering", 1, f"both sound like {left.hanzi}")
    elif left and right and pair.left.surface in left.beside and pair.right.surface in right.beside:
        yield Fact("denied", 1, f"{left.hanzi} stands beside the one, {right.hanzi} beside the other")


def counts(pair: Pair) -> Iterable[Fact]:
    """One rare beside one frequent is a slip; two frequent ones are two people."""
    less, more = sorted((pair.left, pair.right), key=lambda spelling: spelling.count)
    if more.count > 1:
        yield Fact("frequent", log(more.count), f"{more.surface} is frequent ({more.count}×)")
    if less.count > 1:
        yield Fact("steady", log(less.count), f"{less.surface} is no slip ({less.count}×)")


def attested(pair: Pair) -> Iterable[Fact]:
    """Two spellings that dictionaries know as different names are two names."""
    left, right = pair.left.known, pair.right.known
    if pair.across:
        return
    if left.latin and left.latin == right.latin and {left.kind, right.kind} != _PERSON_AND_PLACE:
        yield Fact("same source", 1, f"the dictionary gives both for {left.latin}")
    elif left.latin and right.latin:
        why = f"the dictionary gives {pair.left.surface} for {left.latin} and {pair.right.surface} for {right.latin}"
        yield Fact("other source", 1, why)
    elif left.kind in _ATTESTED and right.kind in _ATTESTED:
        yield Fact("attested", 1, f"{pair.left.surface} and {pair.right.surface} both stand in the dictionary")
    elif left.kind in _ATTESTED or right.kind in _ATTESTED:
        known, unknown = sorted((pair.left, pair.right), key=lambda spelling: spelling.known.kind not in _ATTESTED)
        yield Fact("one unknown", 1, f"{known.surface} stands in the dictionary, {unknown.surface} does not")
    else:
        yield Fact("both unknown", 1, f"neither {pair.left.surface} nor {pair.right.surface} stands in the dictionary")


def words(pair: Pair) -> Iterable[Fact]:
    """A common word that nothing in the document calls a name is none."""
    left, right = pair.left, pair.right
    # Pilot and パイロット are one word, not one name, unless one of them is called 氏.
    if pair.across and left.known.kind == "word" and left.known.latin == right.surface.lower():
        if "person" not in left.titled | right.titled:
            yield Fact("own word", 1, f"{left.surface} is the common word {left.known.latin}")
            return
    common = [spelling.surface for spelling in (left, right) if is_common(spelling)]
    if common:
        yield Fact("word", len(common), f"{'・'.join(common)} is a common word")


def unnamed(pair: Pair) -> Iterable[Fact]:
    """Where nothing beside a compound calls it a name (シーレーン beside イラン), likeness alone proves little."""
    bare = [s.surface for s in pair[:2] if s.known.kind in ("compound", "unknown") and not s.acts]
    if bare and not pair.across:
        yield Fact("unnamed", 1, f"nothing beside {'・'.join(bare)} says that it is a name")


def shares_parts(pair: Pair) -> Iterable[Fact]:
    """メトロポリタンラジオ and メトロポリタンテレビ share a word and differ in another: two things of one family."""
    left, right = pair.left.known.parts, pair.right.known.parts
    if not left or not right or (left[0] != right[0] and left[-1] != right[-1]):
        return
    shared = left[0] if left[0] == right[0] else left[-1]
    # ハッピーサンデー is cut in two words, ハッピーサタデー in three.
    if len(shared) > (2 if len(left) == len(right) else 3):
        yield Fact("parts", 1, f"both hold {shared} and differ in another word")


def ends_differently(pair: Pair) -> Iterable[Fact]:
    """One is the other with an ending that makes a plural, a demonym or a trade."""
    short, long = sorted((pair.left.surface, pair.right.surface), key=len)
    if not pair.across and long.startswith(short) and long[len(short) :] in _ENDINGS:
        yield Fact("ending", 1, f"{long} is {short} with the ending {long[len(short) :]}")


def stands_inside(pair: Pair) -> Iterable[Fact]:
    """デプトフォードロード is デプトフォード and a word: what holds another spelling whole, and more, is put together with it."""
    inner, outer = sorted((pair.left.surface, pair.right.surface), key=len)
    if _holds(outer, inner):
        yield Fact("inside", 1, f"{outer} holds {inner} whole")


def together(pair: Pair) -> Iterable[Fact]:
    """Two spellings in one sentence are rarely one name; a writer does not change spelling in one breath."""
    if _in_one_sentence(pair) and "gloss" not in pair.right.cues:
        yield Fact("together", 1, f"{pair.left.surface} and {pair.right.surface} stand in one sentence")


def denied(pair: Pair) -> Iterable[Fact]:
    """The text itself says that there are two: リンデロス教授（元知事とは別人）, ハートマン氏という名前の通訳."""
    for spelling in (pair.left, pair.right):
        for chain in spelling.chains:
            line, start, end = chain.line, chain.start, chain.end
            if not ("別" in line or "同" in line or "似" in line or "名" in line):
                continue
            if _SAYS_ANOTHER.match(line, end) or _ANOTHER.search(line, max(0, start - 20), start):
                yield Fact("denied", 1, f"the text tells of {spelling.surface} as of another person")
                return


def partners(pair: Pair) -> Iterable[Fact]:
    """The same first name before both (サム・アルトマン, サム・オートマン), the same family name behind both, or different ones."""
    different: list[Fact] = []
    for side, name in _SIDES:
        mine, theirs = pair.left.beside[side], pair.right.beside[side]
        for one in mine:
            for other in theirs:
                if one == other or pair.sound.weight(one, other) > SAME:
                    yield Fact(name, 1, f"both stand with {one}")
                    return
        if mine and theirs:
            different.append(Fact(f"other {name}", 1, f"they stand with different names: {mine[0]} and {theirs[0]}"))
    yield from different


def introduced(pair: Pair) -> Iterable[Fact]:
    """A name is told in full when it comes up (サム・アルトマン); one that never was is someone told of already."""
    left, right = pair.left.in_full, pair.right.in_full
    if left != right:
        told, bare = (pair.left, pair.right) if left else (pair.right, pair.left)
        yield Fact("introduced", 1, f"{told.surface} is told with its full name, {bare.surface} never")


def place_in_name(pair: Pair) -> Iterable[Fact]:
    """ウィル・ウェード and ウェイド・シムズ: the one is a family name, the other a first name."""
    left, right = pair.left.place, pair.right.place
    if left and right and left != right:
        yield Fact(
            "place in name", 1, f"{pair.left.surface} is a {left} name here, {pair.right.surface} a {right} name"
        )


def role(pair: Pair) -> Iterable[Fact]:
    """A person's title beside both (氏, 知事) speaks for one person spelt twice; a person is no place (州) and no company (社)."""
    left, right = pair.left.titled, pair.right.titled
    if "person" in left & right:
        yield Fact("role", 1, f"{pair.left.surface} and {pair.right.surface} are both written as people")
    elif left and right and not left & right:
        yield Fact("other role", 1, f"one is written as a {min(left)}, the other as a {min(right)}")


def offices(pair: Pair) -> Iterable[Fact]:
    """One office for both (知事), or another for each (知事, 教授)."""
    left, right = pair.left.offices, pair.right.offices
    if shared := left & right:
        yield Fact("office", 1, f"both are called {min(shared)}")
    elif left and right:
        yield Fact("other office", 1, f"one is called {min(left)}, the other {min(right)}")


def hub(pair: Pair) -> Iterable[Fact]:
    """One Latin spelling of the document that sounds like both ties them."""
    for latin in () if pair.across else pair.latin:
        if min(pair.sound.weight(spelling.surface, latin.surface) for spelling in pair[:2]) > SAME:
            yield Fact("hub", 1, f"both sound like {latin.surface}")
            return


def short(pair: Pair) -> Iterable[Fact]:
    """Two short spellings are alike by chance."""
    length = min(len(pair.left.surface), len(pair.right.surface))
    if length < 4:
        yield Fact("short", 4 - length, f"a spelling of {length} letters is easily like another")


JUDGES: tuple[Judge, ...] = (
    sounds,
    sounds_through_chinese,
    renderings,
    counts,
    attested,
    words,
    unnamed,
    shares_parts,
    ends_differently,
    stands_inside,
    together,
    denied,
    partners,
    introduced,
    place_in_name,
    role,
    offices,
    hub,
    short,
)


# Those that look at the spellings alone, whatever the document.
OF_THE_SPELLINGS: tuple[Judge, ...] = (sounds, attested, shares_parts, ends_differently, short)


class Seen(NamedTuple):
    """What the judges see of a pair; ``script`` is that of its second spelling, the first being katakana."""

    script: Script
    facts: tuple[Fact, ...]


def seen(pair: Pair, judges: Iterable[Judge] = JUDGES) -> Seen:
    """All that the judges see."""
    return Seen(pair.right.script, tuple(fact for judge in judges for fact in judge(pair)))


def heard_through_chinese(left: str, right: str, sound: Sound, sign: str) -> Iterator[Fact]:
    """How much more alike two katakana spellings are as readings of one Chinese rendering than as they stand."""
    more = min(sound.weight_through_chinese(left, right), MOST_SOUND) - min(sound.weight(left, right), MOST_SOUND)
    if more > 0:
        yield Fact("chinese", more, f"{right} is more like {left} read off one Chinese name ({more:+.1f} nats); {sign}")


def _in_one_sentence(pair: Pair) -> bool:
    """Whether a mention of the one and a mention of the other have no full stop and no line break between them."""
    if {line for line, _ in pair.left.places}.isdisjoint(line for line, _ in pair.right.places):
        return False
    left = [(unit.span, 0) for unit in pair.left.units]
    spans = sorted([*left, *((unit.span, 1) for unit in pair.right.units)])
    return any(
        one != other and not _SENTENCE_END.search(pair.text, before.end, after.start)
        for (before, one), (after, other) in pairwise(spans)
    )


def is_common(spelling: Spelling) -> bool:
    """Whether it is a plain word that nothing in the document calls a name: チーム, not マスク氏."""
    return spelling.known.kind == "word" and not spelling.named


def _holds(outer: str, inner: str) -> bool:
    return len(outer) - len(inner) > 1 and (outer.startswith(inner) or outer.endswith(inner))


def is_read_as(kana: Spelling, latin: Spelling) -> bool:
    """Whether the dictionary knows a katakana spelling as a name, and from this Latin one: ガンジー from Gandhi."""
    known = kana.known
    return known.kind in ("person", "place") and known.latin == latin.surface


def why_another_word(left: Spelling, right: Spelling) -> str:
    """Why a person must decide of two, however alike: チーム (team) and ティム (Tim), ヨルダン and ジョーダン; "" of all others."""
    inner, outer = sorted((left.surface, right.surface), key=len)
    if _holds(outer, inner):
        return f"{outer} is {inner} and another word"
    if _PERSON_AND_PLACE == {left.known.kind, right.known.kind} == {left.kind[0], right.kind[0]}:
        place, person = (left, right) if left.known.kind == "place" else (right, left)
        if not place.named:
            return f"{place.surface} is a place, {person.surface} a person"
    if left.script != right.script or not (is_common(left) or is_common(right)):
        return ""
    is_attested = left.known.kind in _ATTESTED and right.known.kind in _ATTESTED
    if not is_attested or left.known.latin == right.known.latin:
        return ""
    common, other = (left, right) if is_common(left) else (right, left)
    meaning = f" ({common.known.latin})" if common.known.latin else ""
    return f"{common.surface} is a common word{meaning}, and the dictionary has {other.surface} for another"


def why_both_are_meant(left: Spelling, right: Spelling) -> str:
    """Why two katakana spellings stay: the text itself tells of one as a spelling (デヴォン紀と記載されることもある); "" of all others."""
    for one, other in ((left, right), (right, left)) if left.script == right.script else ():
        if any(chain.is_spelling or chain.tells_again(other.surface) for chain in one.chains):
            return f"the text speaks of the spelling {one.surface} itself"
    return ""


def _is_one_word(left: Spelling, right: Spelling) -> bool:
    """Whether the dictionary gives one word for both: ivory for アイボリー and アイヴォリー."""
    return bool(left.known.latin) and left.known.latin == right.known.latin


def _has_capital(spelling: Spelling) -> bool:
    """Whether the dictionary has it for a word that is written with a capital letter: Hindu for ヒンズー and ヒンドゥー."""
    return spelling.known.latin[:1].isupper()


def _is_surely_named(spelling: Spelling) -> bool:
    kind, surely = spelling.kind
    return kind in ("person", "place") and surely > 0


def worth_weighing(left: Spelling, right: Spelling, sound: Sound, chinese: Chinese = NO_CHINESE) -> bool:
    """Whether two spellings may be one name at all."""
    return not why_not_weighed(left, right, sound, chinese)


def why_not_weighed(left: Spelling, right: Spelling, sound: Sound, chinese: Chinese = NO_CHINESE) -> str:
    """Why two spellings are never compared: both Latin, unlike in sound, or both common words; "" where they are."""
    if min(len(left.surface), len(right.surface)) == 1:
        return "a single letter is never compared"
    if left.script == right.script == "latin":
        return "both are in Latin letters: soroe never makes two Latin spellings one"
    if (
        left.known.kind == right.known.kind == "word"
        and not (left.named or right.named)
        and not (_is_one_word(left, right) and (_has_capital(left) or all(map(_is_surely_named, (left, right)))))
    ):
        return "both are common words: weighed only where a document calls one of them a name"
    if sound.weight(left.surface, right.surface) <= LEAST_SOUND and not (
        is_read_as(left, right)
        or (
            chinese.sign
            and left.script == right.script
            and sound.weight_through_chinese(left.surface, right.surface) > LEAST_SOUND
        )
    ):
        return "they do not sound alike enough to be one name"
    return ""
