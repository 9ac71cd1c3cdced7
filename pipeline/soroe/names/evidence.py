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
from soroe.messages import Said, ja
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
_PLACES_JA = {"first": "名", "family": "姓"}
_ROLES_JA = {"person": "人", "place": "場所", "organisation": "組織", "product": "製品", "other": "ほかのもの"}
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
    why: Said


Judge = Callable[[Pair], Iterable[Fact]]


def sounds(pair: Pair) -> Iterable[Fact]:
    """How alike they sound: the log-odds of the sound model."""
    left, right = pair.left.surface, pair.right.surface
    weight = pair.sound.weight(left, right)
    if is_read_as(pair.left, pair.right):
        weight = max(weight, READ)
    like, like_ja = ("like", "に音が近い") if weight > 0 else ("little like", "と音があまり似ていない")
    why = Said(
        f"{right} sounds {like} {left} ({weight:+.1f} nats)",
        f"「{right}」は「{left}」{like_ja}（{weight:+.1f}ナット）",
    )
    yield Fact("sound", min(weight, MOST_SOUND), why)


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
        yield Fact("rendering", 1, Said(f"both sound like {left.hanzi}", f"どちらも「{left.hanzi}」に音が近い"))
    elif left and right and pair.left.surface in left.beside and pair.right.surface in right.beside:
        why = Said(
            f"{left.hanzi} stands beside the one, {right.hanzi} beside the other",
            f"一方には「{left.hanzi}」、もう一方には「{right.hanzi}」が添えてある",
        )
        yield Fact("denied", 1, why)


def counts(pair: Pair) -> Iterable[Fact]:
    """One rare beside one frequent is a slip; two frequent ones are two people."""
    less, more = sorted((pair.left, pair.right), key=lambda spelling: spelling.count)
    if more.count > 1:
        why = Said(f"{more.surface} is frequent ({more.count}×)", f"「{more.surface}」はよく出る（{more.count}回）")
        yield Fact("frequent", log(more.count), why)
    if less.count > 1:
        why = Said(
            f"{less.surface} is no slip ({less.count}×)", f"「{less.surface}」は書き損じではない（{less.count}回）"
        )
        yield Fact("steady", log(less.count), why)


def attested(pair: Pair) -> Iterable[Fact]:
    """Two spellings that dictionaries know as different names are two names."""
    left, right = pair.left.known, pair.right.known
    one, other = pair.left.surface, pair.right.surface
    if pair.across:
        return
    if left.latin and left.latin == right.latin and {left.kind, right.kind} != _PERSON_AND_PLACE:
        why = Said(f"the dictionary gives both for {left.latin}", f"辞書ではどちらも「{left.latin}」")
        yield Fact("same source", 1, why)
    elif left.latin and right.latin:
        why = Said(
            f"the dictionary gives {one} for {left.latin} and {other} for {right.latin}",
            f"辞書では「{one}」は「{left.latin}」、「{other}」は「{right.latin}」",
        )
        yield Fact("other source", 1, why)
    elif left.kind in _ATTESTED and right.kind in _ATTESTED:
        why = Said(f"{one} and {other} both stand in the dictionary", f"「{one}」も「{other}」も辞書にある")
        yield Fact("attested", 1, why)
    elif left.kind in _ATTESTED or right.kind in _ATTESTED:
        known, unknown = sorted((pair.left, pair.right), key=lambda spelling: spelling.known.kind not in _ATTESTED)
        why = Said(
            f"{known.surface} stands in the dictionary, {unknown.surface} does not",
            f"「{known.surface}」は辞書にあり、「{unknown.surface}」はない",
        )
        yield Fact("one unknown", 1, why)
    else:
        why = Said(f"neither {one} nor {other} stands in the dictionary", f"「{one}」も「{other}」も辞書にない")
        yield Fact("both unknown", 1, why)


def words(pair: Pair) -> Iterable[Fact]:
    """A common word that nothing in the document calls a name is none."""
    left, right = pair.left, pair.right
    # Pilot and パイロット are one word, not one name, unless one of them is called 氏.
    if pair.across and left.known.kind == "word" and left.known.latin == right.surface.lower():
        if "person" not in left.titled | right.titled:
            why = Said(
                f"{left.surface} is the common word {left.known.latin}",
                f"「{left.surface}」は普通の言葉「{left.known.latin}」",
            )
            yield Fact("own word", 1, why)
            return
    common = [spelling.surface for spelling in (left, right) if is_common(spelling)]
    if common:
        words = "・".join(common)
        yield Fact("word", len(common), Said(f"{words} is a common word", f"「{words}」は普通の言葉"))


def unnamed(pair: Pair) -> Iterable[Fact]:
    """Where nothing beside a compound calls it a name (シーレーン beside イラン), likeness alone proves little."""
    bare = [s.surface for s in pair[:2] if s.known.kind in ("compound", "unknown") and not s.acts]
    if bare and not pair.across:
        names = "・".join(bare)
        why = Said(f"nothing beside {names} says that it is a name", f"「{names}」を名前だと示すものがそばにない")
        yield Fact("unnamed", 1, why)


def shares_parts(pair: Pair) -> Iterable[Fact]:
    """メトロポリタンラジオ and メトロポリタンテレビ share a word and differ in another: two things of one family."""
    left, right = pair.left.known.parts, pair.right.known.parts
    if not left or not right or (left[0] != right[0] and left[-1] != right[-1]):
        return
    shared = left[0] if left[0] == right[0] else left[-1]
    # ハッピーサンデー is cut in two words, ハッピーサタデー in three.
    if len(shared) > (2 if len(left) == len(right) else 3):
        why = Said(f"both hold {shared} and differ in another word", f"どちらも「{shared}」を含み、別の語が異なる")
        yield Fact("parts", 1, why)


def ends_differently(pair: Pair) -> Iterable[Fact]:
    """One is the other with an ending that makes a plural, a demonym or a trade."""
    short, long = sorted((pair.left.surface, pair.right.surface), key=len)
    if not pair.across and long.startswith(short) and long[len(short) :] in _ENDINGS:
        ending = long[len(short) :]
        why = Said(
            f"{long} is {short} with the ending {ending}", f"「{long}」は「{short}」に語尾「{ending}」が付いたもの"
        )
        yield Fact("ending", 1, why)


def stands_inside(pair: Pair) -> Iterable[Fact]:
    """デプトフォードロード is デプトフォード and a word: what holds another spelling whole, and more, is put together with it."""
    inner, outer = sorted((pair.left.surface, pair.right.surface), key=len)
    if _holds(outer, inner):
        yield Fact("inside", 1, Said(f"{outer} holds {inner} whole", f"「{outer}」は「{inner}」をそのまま含む"))


def together(pair: Pair) -> Iterable[Fact]:
    """Two spellings in one sentence are rarely one name; a writer does not change spelling in one breath."""
    if _in_one_sentence(pair) and "gloss" not in pair.right.cues:
        one, other = pair.left.surface, pair.right.surface
        why = Said(f"{one} and {other} stand in one sentence", f"「{one}」と「{other}」が一つの文にある")
        yield Fact("together", 1, why)


def denied(pair: Pair) -> Iterable[Fact]:
    """The text itself says that there are two: リンデロス教授（元知事とは別人）, ハートマン氏という名前の通訳."""
    for spelling in (pair.left, pair.right):
        for chain in spelling.chains:
            line, start, end = chain.line, chain.start, chain.end
            if not ("別" in line or "同" in line or "似" in line or "名" in line):
                continue
            if _SAYS_ANOTHER.match(line, end) or _ANOTHER.search(line, max(0, start - 20), start):
                why = Said(
                    f"the text tells of {spelling.surface} as of another person",
                    f"本文が「{spelling.surface}」を別人としている",
                )
                yield Fact("denied", 1, why)
                return


def partners(pair: Pair) -> Iterable[Fact]:
    """The same first name before both (サム・アルトマン, サム・オートマン), the same family name behind both, or different ones."""
    different: list[Fact] = []
    for side, name in _SIDES:
        mine, theirs = pair.left.beside[side], pair.right.beside[side]
        for one in mine:
            for other in theirs:
                if one == other or pair.sound.weight(one, other) > SAME:
                    yield Fact(name, 1, Said(f"both stand with {one}", f"どちらも「{one}」とともに書かれている"))
                    return
        if mine and theirs:
            why = Said(
                f"they stand with different names: {mine[0]} and {theirs[0]}",
                f"ともに書かれる名が違う:「{mine[0]}」と「{theirs[0]}」",
            )
            different.append(Fact(f"other {name}", 1, why))
    yield from different


def introduced(pair: Pair) -> Iterable[Fact]:
    """A name is told in full when it comes up (サム・アルトマン); one that never was is someone told of already."""
    left, right = pair.left.in_full, pair.right.in_full
    if left != right:
        told, bare = (pair.left, pair.right) if left else (pair.right, pair.left)
        why = Said(
            f"{told.surface} is told with its full name, {bare.surface} never",
            f"「{told.surface}」は姓名で書かれたことがあり、「{bare.surface}」はない",
        )
        yield Fact("introduced", 1, why)


def place_in_name(pair: Pair) -> Iterable[Fact]:
    """ウィル・ウェード and ウェイド・シムズ: the one is a family name, the other a first name."""
    left, right = pair.left.place, pair.right.place
    if left and right and left != right:
        one, other = pair.left.surface, pair.right.surface
        why = Said(
            f"{one} is a {left} name here, {other} a {right} name",
            f"ここでは「{one}」は{_PLACES_JA[left]}、「{other}」は{_PLACES_JA[right]}",
        )
        yield Fact("place in name", 1, why)


def role(pair: Pair) -> Iterable[Fact]:
    """A person's title beside both (氏, 知事) speaks for one person spelt twice; a person is no place (州) and no company (社)."""
    left, right = pair.left.titled, pair.right.titled
    if "person" in left & right:
        one, other = pair.left.surface, pair.right.surface
        why = Said(f"{one} and {other} are both written as people", f"「{one}」も「{other}」も人として書かれている")
        yield Fact("role", 1, why)
    elif left and right and not left & right:
        one, other = min(left), min(right)
        why = Said(
            f"one is written as a {one}, the other as a {other}",
            f"一方は{_ROLES_JA[one]}、もう一方は{_ROLES_JA[other]}として書かれている",
        )
        yield Fact("other role", 1, why)


def offices(pair: Pair) -> Iterable[Fact]:
    """One office for both (知事), or another for each (知事, 教授)."""
    left, right = pair.left.offices, pair.right.offices
    if shared := left & right:
        office = min(shared)
        yield Fact("office", 1, Said(f"both are called {office}", f"どちらも「{office}」と呼ばれている"))
    elif left and right:
        one, other = min(left), min(right)
        why = Said(f"one is called {one}, the other {other}", f"一方は「{one}」、もう一方は「{other}」と呼ばれている")
        yield Fact("other office", 1, why)


def hub(pair: Pair) -> Iterable[Fact]:
    """One Latin spelling of the document that sounds like both ties them."""
    for latin in () if pair.across else pair.latin:
        if min(pair.sound.weight(spelling.surface, latin.surface) for spelling in pair[:2]) > SAME:
            yield Fact("hub", 1, Said(f"both sound like {latin.surface}", f"どちらも「{latin.surface}」に音が近い"))
            return


def short(pair: Pair) -> Iterable[Fact]:
    """Two short spellings are alike by chance."""
    length = min(len(pair.left.surface), len(pair.right.surface))
    if length < 4:
        why = Said(f"a spelling of {length} letters is easily like another", f"{length}文字の表記は他と似やすい")
        yield Fact("short", 4 - length, why)


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
        why = Said(
            f"{right} is more like {left} read off one Chinese name ({more:+.1f} nats); {sign}",
            f"一つの漢字名を読んだものとしては「{right}」は「{left}」に音がさらに近い（{more:+.1f}ナット）。{ja(sign)}",
        )
        yield Fact("chinese", more, why)


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


def why_another_word(left: Spelling, right: Spelling) -> Said | None:
    """Why a person must decide of two, however alike: チーム (team) and ティム (Tim), ヨルダン and ジョーダン; None of all others."""
    inner, outer = sorted((left.surface, right.surface), key=len)
    if _holds(outer, inner):
        return Said(f"{outer} is {inner} and another word", f"「{outer}」は「{inner}」と別の語からなる")
    if _PERSON_AND_PLACE == {left.known.kind, right.known.kind} == {left.kind[0], right.kind[0]}:
        place, person = (left, right) if left.known.kind == "place" else (right, left)
        if not place.named:
            return place_and_person(place, person)
    if left.script != right.script or not (is_common(left) or is_common(right)):
        return None
    is_attested = left.known.kind in _ATTESTED and right.known.kind in _ATTESTED
    if not is_attested or left.known.latin == right.known.latin:
        return None
    common, other = (left, right) if is_common(left) else (right, left)
    meaning = f" ({common.known.latin})" if common.known.latin else ""
    return Said(
        f"{common.surface} is a common word{meaning}, and the dictionary has {other.surface} for another",
        f"「{common.surface}」は普通の言葉{meaning}で、辞書では「{other.surface}」は別の語",
    )


def place_and_person(place: Spelling, person: Spelling) -> Said:
    """That one of two is a place, and the other a person."""
    return Said(
        f"{place.surface} is a place, {person.surface} a person",
        f"「{place.surface}」は地名、「{person.surface}」は人名",
    )


def why_both_are_meant(left: Spelling, right: Spelling) -> Said | None:
    """Why two katakana spellings stay: the text itself tells of one as a spelling (デヴォン紀と記載される); None of all others."""
    for one, other in ((left, right), (right, left)) if left.script == right.script else ():
        if any(chain.is_spelling or chain.tells_again(other.surface) for chain in one.chains):
            return Said(
                f"the text speaks of the spelling {one.surface} itself",
                f"本文が「{one.surface}」という表記そのものを述べている",
            )
    return None


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
