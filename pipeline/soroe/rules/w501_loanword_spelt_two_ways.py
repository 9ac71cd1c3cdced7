"""W501: one loanword spelt two ways in one document follows the majority.   コンピュータ (1×) → コンピューター (3×)

Two katakana spellings are one word where the dictionary has them under one entry and one foreign word (サーバー-server), and
they differ only in what writers differ in: ー at the end (コンピュータ), ヴ (ヴァイオリン), a large vowel for a small one
(ソフトウエア), ディ for ジ, クリエイター and クリエーター. A part of a longer word counts: データベースサーバ, サーバ管理. The
less frequent spelling becomes the more frequent one; where neither is more frequent, the word is reported.

Left alone: two words (バレーとバレエ, ガラスとグラス, メモリとメモリー, ドライバとドライバー), names and what stands in them
(グローバル・シティズン, 日本コンピュータ学会, 『ヴァイオリン入門』), and spellings that the text tells of: ボイラーまたはボイラ,
バイオリンとも書く.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import regex

from soroe.messages import Said, ja
from soroe.names import REMEMBERED
from soroe.names.letters import HAN, KATAKANA
from soroe.rules.page import Page
from soroe.rules.words import (
    Use,
    Ways,
    Word,
    Words,
    counted_out,
    counts,
    gathered,
    is_in_title,
    line_around,
    majority,
    tells_of,
    tokens,
)
from soroe.text import Edit, Finding, Span

CODE = "W501"
SUMMARY_JA = "外来語の表記揺れを、本文で多いほうに揃える"
BY_DEFAULT = False  # takes over 1 per cent of a run's time

_SHORTEST = 3  # カバ is no カバー
_LONG_ENOUGH = 4  # ハレム is no ハーレム, ビニル no ビニール; ハモニカ is ハーモニカ
_LONGEST = 40  # アアアア… is a cry
_RUN = re.compile(rf"[ァ-ヺ][ァ-ヺー]{{{_SHORTEST - 1},}}")
_V = {"ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ", "ヴ": "ブ"}
_LOOSE = {
    "ディ": "ジ", "デュ": "ジュ", "ティ": "チ", "テュ": "チュ", "ヂ": "ジ", "ヅ": "ズ", "ー": "", "ッ": "",
    "ァ": "ア", "ィ": "イ", "ゥ": "ウ", "ェ": "エ", "ォ": "オ",
}  # fmt: skip
# What may differ is left out or made one.
_ROUGH = str.maketrans(
    dict.fromkeys("イィウゥオォーッ") | dict(zip("ァヤェフデヂテヅ", "アアエホジジチズ", strict=True))
)
_V_SOUND = re.compile("|".join(_V))
_LOOSE_SOUND = re.compile("|".join(_LOOSE))
_PHONE = re.compile("フォン$")
_LONG = re.compile("(?<=[エケセテネヘメレゲゼデベペ])イ|(?<=[オコソトノホモヨロゴゾドボポ])ウ")
_YA = re.compile("(?<=[イキシチニヒミリギジビピ])ヤ")

# Foreign words of one entry that are two in Japanese: カウンタ counts and people sit at a カウンター, シティ is a club.
_TWO = frozenset(
    """
    after airbus antique barista character cola collector counter city driver editor fabric high_tech jersey memory music physics
    pointer register repeater sector slider stoma caster technic varistor vibes viola virgin vogue writer
    """.split()
)

# What makes a longer word the name of something: a firm, a school, a law, a prize.
_OF_NAMES = re.compile(
    rf"[{HAN}{KATAKANA}A-Za-z]*?[社会学校団党省庁局院所部課賞祭展杯法連盟機構財組合銀館園駅店市町村区県州国氏誌紙号版]"
)
# 富士フイルム and 西友ストアー are firms; 新サーバ and 各サーバ are not.
_KANJI_BEFORE = regex.compile(r"[\p{Han}々](?<=\p{Han}.|(?![旧新各全両同現副元親子主]).)\Z")
_LATIN_AFTER = re.compile(" ?[A-Za-z0-9]")
_LATIN_BEFORE = re.compile(r"([A-Za-z0-9&.-]+) ?\Z")
_COMMON_LATIN = re.compile(r"[A-Z]{2,}\Z|[Ww]eb\Z")  # DNSサーバ and Webサーバ, not Exchangeサーバ
_JOINTS = frozenset("・･＝=‐-–―—─−~〜～一")  # コーヒ―
_PERSON = re.compile("氏|さん|さま|様|夫妻|一家|選手|監督|投手|大統領|首相|教授|博士")
_TITLED = re.compile(rf"({_RUN.pattern})(?:{_PERSON.pattern})")
_SAYS_SOMETHING = regex.compile(r"[\p{InHiragana}]")


def check(page: Page) -> Iterator[Finding]:
    """A finding with its edit for every use of a rarer spelling; one without, where no spelling is the more frequent."""
    text = page.text
    spelt = _spelt_two_ways(tuple([run for run in page.katakana if len(run) >= _SHORTEST]))
    for ways in count(text, spelt).values() if spelt else ():
        ways = comparable(ways)
        if len(ways) < 2 or is_name(page, ways, titled(text)) or tells_of(text, ways):
            continue
        counted = counts(ways)
        best = majority(counted)
        told = counted_out(counted)
        if best is None:
            at = max(uses[0].span for uses in ways.values())  # where the second spelling begins
            message = Said(f"one word is spelt in more than one way: {told}", f"一つの語の表記揺れ: {ja(told)}")
            yield Finding(CODE, at, message)
            continue
        for spelling, uses in ways.items():
            for use in uses if spelling != best else ():
                message = Said(f"{spelling} is spelt {best} here", f"外来語の表記揺れ: {spelling} → {best}")
                why = Said(f"one word: {told}", f"一つの語: {ja(told)}")
                yield Finding(CODE, use.span, message, Edit(use.span, best, CODE, why))


def count(text: str, spelt: Mapping[Word, Iterable[str]] | None = None) -> Words:
    """The loanwords of a text by dictionary entry and spelling, without those in names, titles and headings.

    ``spelt``: only these words, where a run holds one of their spellings.

    >>> [counts(ways) for ways in count("サーバが2台、ファイルサーバーが1台ある。").values()]
    [{'サーバ': 1, 'サーバー': 1}, {'ファイル': 1}]
    """
    spellings = tuple(spelling for several in spelt.values() for spelling in several) if spelt is not None else ("",)
    return gathered(use for use in _uses(text, spellings) if spelt is None or use[0] in spelt)


def _uses(text: str, spellings: Sequence[str]) -> Iterator[tuple[Word, str, Use]]:
    for match in _RUN.finditer(text):
        if not any(spelling in match[0] for spelling in spellings):
            continue
        at = match.start()
        parts = _loanwords(match[0])
        is_common = any(word for _, word in parts) and _is_common(text, *match.span())
        for spelling, word in parts if is_common else ():
            end = at + len(spelling)
            if word:
                yield word, spelling, Use(Span(at, end), len(parts) > 1)
            at = end


@lru_cache(maxsize=REMEMBERED)
def _loanwords(run: str) -> tuple[tuple[str, Word | None], ...]:
    """The dictionary words that a run of katakana is made of; none where a part is unknown or a name."""
    found: list[tuple[str, Word | None]] = []
    if len(run) > _LONGEST:
        return ()
    for token in tokens(run):
        if token.oov or token.pos[:2] != ("名詞", "普通名詞") or len(token.surface) < 2:
            return ()
        _, _, foreign = token.lemma.partition("-")
        is_word = len(token.surface) >= _SHORTEST and foreign.isascii() and foreign.replace(" ", "_") not in _TWO
        found.append((token.surface, Word(token.lemma, sound(token.surface)) if foreign and is_word else None))
    return tuple(found)


@lru_cache(maxsize=REMEMBERED)
def sound(spelling: str) -> str:
    """What two spellings of one loanword have in common.

    >>> sound("コンピューター") == sound("コンピュータ"), sound("ヴァイオリン") == sound("バイオリン")
    (True, True)
    >>> sound("ビニール") == sound("ビニル"), sound("カバー") == sound("カバ")
    (False, False)
    """
    heard = _LOOSE_SOUND.sub(lambda found: _LOOSE[found[0]], _PHONE.sub("ホン", bare(spelling)))
    heard = _YA.sub("ア", _LONG.sub("", heard))
    return heard if len(heard) >= _LONG_ENOUGH else bare(spelling)


def bare(spelling: str) -> str:
    """The spelling without ヴ, and without ー at its end: what may differ in a part of a longer word too."""
    heard = _V_SOUND.sub(lambda found: _V[found[0]], spelling) if "ヴ" in spelling else spelling
    return heard[:-1] if heard.endswith("ー") and len(heard) > _SHORTEST else heard


@lru_cache(maxsize=4)  # a document is read again after each change
def _spelt_two_ways(runs: tuple[str, ...]) -> dict[Word, set[str]]:
    """The words that distinct runs spell in more than one way, with the spellings; few texts have runs that are near at all."""
    found: dict[Word, set[str]] = {}
    for one, other in _near(runs):
        spelt = {word: spelling for spelling, word in _loanwords(one) if word}
        for spelling, word in _loanwords(other) if spelt else ():
            if word and spelt.get(word, spelling) != spelling:
                found.setdefault(word, set()).update((spelling, spelt[word]))
    return found


def _near(runs: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of runs that sound the same, or one of which sounds like the beginning or end of the other."""
    pairs = _alike(runs) if len(set(map(_coarse, runs))) < len(runs) else []
    if _may_be_parts(runs):
        heard = [_heard(run) for run in runs]
        alone = {plain: run for run, plain, _ in heard}
        known = set(alone)
        for run, _, ends in heard:
            if not known.isdisjoint(ends):
                pairs += [(alone[end], run) for end in sorted(known & ends) if _differs(alone[end], run)]
    return pairs


def _alike(runs: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of runs that sound the same."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for run in runs:
        groups[_coarse(run)].append(run)
    pairs = (pair for group in groups.values() if len(group) > 1 for pair in combinations(group, 2))
    return [(one, other) for one, other in pairs if len(one) <= _LONGEST and sound(one) == sound(other)]


@lru_cache(maxsize=REMEMBERED)
def _coarse(run: str) -> str:
    """A rough reading, the same for all runs that sound the same, and for some others."""
    return (bare(run) if "ヴ" in run else run).translate(_ROUGH)


def _may_be_parts(runs: Sequence[str]) -> bool:
    """A quick look: whether the beginning or end of a run is another, but for a ー behind it or a ヴ in it."""
    text = "\n".join(["", *runs, ""])
    whole = tuple(runs)
    known = set(runs)
    has_v = "ヴ" in text
    plain = tuple([run for run in runs if "ヴ" not in run]) if has_v else ()
    for run in runs:
        if "ー" in run:
            if run[-1] == "ー" and len(run) > _SHORTEST:  # サーバー: is サーバ alone, at an end, or a beginning?
                stem = run[:-1]
                if stem.endswith(whole) or f"{stem}\n" in text or text.count(f"\n{stem}") > text.count(f"\n{run}"):
                    return True
            at = run.find("ー", _SHORTEST)
            while at >= 0:  # サーバールーム: is サーバ alone?
                if run[:at] in known:
                    return True
                at = run.find("ー", at + 1)
        if has_v and "ヴ" in run:
            heard = bare(run)
            if heard in text or heard.startswith(plain) or heard.endswith(plain):
                return True
    return False


def _differs(part: str, run: str) -> bool:
    """Whether a run spells its part in another way: サーバ and ファイルサーバー, not サーバ and ファイルサーバ."""
    return part not in run or f"{part}ー" in run


@lru_cache(maxsize=REMEMBERED)
def _heard(run: str) -> tuple[str, str, frozenset[str]]:
    """A run, how it sounds plain, and how each beginning and end of it does that may be a word."""
    if len(run) > _LONGEST:
        return run, run, frozenset()
    plain = bare(run)
    cuts = range(_SHORTEST, len(plain) - 1)
    return run, plain, frozenset([plain[:cut] for cut in cuts] + [plain[-cut:] for cut in cuts])


def _is_common(text: str, start: int, end: int) -> bool:
    """Whether a run stands in a sentence as a word, not in a name, a title or a heading."""
    line = line_around(text, Span(start, end))
    before, after = text[max(line.start, start - 40) : start], text[end : min(line.end, end + 40)]
    latin = _LATIN_BEFORE.search(before)
    if (
        not _JOINTS.isdisjoint((before[-1:], after[:1]))
        or _KANJI_BEFORE.search(before)
        or (latin and not _COMMON_LATIN.match(latin[1]))
        or _LATIN_AFTER.match(after)
        or _PERSON.match(after)
        or _OF_NAMES.match(after)
        or not _SAYS_SOMETHING.search(text, *line)
    ):
        return False
    return not is_in_title(text, Span(start, end))


def titled(text: str) -> frozenset[str]:
    """The runs of katakana that a person's title follows.

    >>> sorted(titled("ウィルス氏はウイルスを見た。"))
    ['ウィルス']
    """
    return frozenset(_TITLED.findall(text))


def is_name(page: Page, ways: Ways, titled: frozenset[str]) -> bool:
    """Whether someone bears one of the spellings (ウィルス氏), or the user's dictionaries tell of them."""
    if any(spelling in page.lexicon.names for spelling in ways):
        return True
    if any(page.lexicon.keeps_apart(*pair) for pair in combinations(ways, 2)):
        return True
    return any(run.endswith(spelling) for run in titled for spelling in ways)


def comparable(ways: Ways) -> Ways:
    """The ways without the parts of longer words, unless all differ in ー and ヴ alone: プレイヤー名 is not プレーヤー名."""
    if len({bare(spelling) for spelling in ways}) == 1:
        return ways
    alone = {spelling: [use for use in uses if not use.is_part] for spelling, uses in ways.items()}
    return {spelling: uses for spelling, uses in alone.items() if uses}
