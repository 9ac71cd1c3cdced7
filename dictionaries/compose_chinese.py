"""Write `hanzi.tsv`, and compose articles whose names went through Chinese, for `train_evidence.py --chinese`.

    python dictionaries/compose_chinese.py --names katakana.tsv --chinese chinese.tsv --alike pairs.tsv --out ARTICLES.jsonl

No labelled articles that were translated from Chinese can be had. So they are composed: sentences of this file, and people of
Wikidata (a table of names in Latin letters and katakana, one in Latin letters and Chinese). What an article says of a person it
says in the katakana of the table, and two times in three also in one or two other readings of the Chinese rendering: another
reading of one or two of its syllables, as other names have it; one or two syllables read out (奥, アオ); or the katakana of
another name that has the same rendering. Two or four more people bear names that look alike (`--alike`), with two renderings. One
article in four shows no sign of Chinese, one has two Chinese words left in it, one has three names with their renderings beside
them, one has both.

`--half 0` and `--half 1` compose of two halves of the names, so that what is learned from one can be judged on the other. Needs
pypinyin (not otherwise a dependency). The same input gives the same articles.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pypinyin import lazy_pinyin

from soroe.lexicon import dictionaries
from soroe.names.letters import fold_latin, morae
from soroe.names.sound import MAX_MORAE_OF_SYLLABLE, Sound

HANZI = re.compile(r"[\u4e00-\u9fff]{2,6}")
KATAKANA = re.compile(r"[ァ-ヺー]{3,9}")
# What no one writes.
ODD = re.compile(
    r"^[ンーッァィゥェォャュョ]|ーー|ンン|ーン|[ァィゥェォャュョ]{2}|[ンーッ]ッ|ッ(?:[アイウエオナニヌネノマミムメモラリルレロンー]|$)"
)
LEAST_HANZI = 10  # so many names must have a hanzi for it to be one that renders names
SEED = 5

# How a syllable of pinyin is read out: the kana of its consonant's row, by the number of the vowel, and what follows.
VOWELS = dict(
    vowel.split(":")
    for vowel in (
        "a:0 o:4 e:3 i:1 u:2 ai:0イ ei:3イ ao:0オ ou:4ウ an:0ン en:3ン ang:0ン eng:4ン ong:2ン ia:1ア ie:1エ iao:1アオ iu:1ウ "
        "ian:1エン in:1ン iang:1アン ing:1ン ua:2ア uo:4 ui:2イ uan:2アン un:2ン uang:2アン ue:2エ er:3ル"
    ).split()
)
ROWS = {
    consonant: row.split()
    for consonant, row in (
        ("", "ア イ ウ エ オ"), ("b", "バ ビ ブ ベ ボ"), ("p", "パ ピ プ ペ ポ"), ("m", "マ ミ ム メ モ"), ("l", "ラ リ ル レ ロ"),
        ("f", "ファ フィ フ フェ フォ"), ("d", "ダ ディ ドゥ デ ド"), ("t", "タ ティ トゥ テ ト"), ("n", "ナ ニ ヌ ネ ノ"),
        ("g", "ガ ギ グ ゲ ゴ"), ("k", "カ キ ク ケ コ"), ("h", "ハ ヒ フ ヘ ホ"), ("j", "ジャ ジ ジュ ジェ ジョ"),
        ("q", "チャ チ チュ チェ チョ"), ("x", "シャ シ シュ シェ ショ"), ("zh", "ジャ ジ ジュ ジェ ジョ"), ("r", "ラ リ ル レ ロ"),
        ("ch", "チャ チ チュ チェ チョ"), ("sh", "シャ シ シュ シェ ショ"), ("z", "ザ ズ ズ ゼ ゾ"), ("c", "ツァ ツ ツ ツェ ツォ"),
        ("s", "サ ス ス セ ソ"), ("y", "ヤ イ ユ イェ ヨ"), ("w", "ワ ウィ ウ ウェ ウォ"),
    )
}  # fmt: skip
IN_FULL = (
    "{full}氏は、{office}として{firm}を創業した。",
    "{office}の{full}氏は{day}、{firm}の会議で演説した。",
    "{firm}の{office}である{full}氏は{day}、声明を発表した。",
    "{day}、{full}は{firm}との契約に署名した。",
    "{firm}の{office}、{full}氏が{day}に辞任した。",
    "匿名の関係者によると、{full}は{firm}の買収を検討していたという。",
)
ALONE = (
    "{name}氏は、この決定は遅すぎたと述べた。",
    "{name}は会社の理念を裏切ったと批判された。",
    "その後、{name}は取締役会から追放された。",
    "{name}氏によると、資金は半年で底をつく見通しだ。",
    "これに対し、{name}は反論しなかった。",
    "当時、{name}は研究所で働いていた。",
    "{name}の発言は社内で大きな波紋を呼んだ。",
    "投資家たちは{name}氏の説明に納得しなかった。",
    "{day}、{name}は再び同社に戻った。",
    "{name}は新しい計画を「無謀だ」と評した。",
    "報道によれば、{name}氏は{firm}の株式を売却した。",
    "しかし{name}は最後まで協力を拒んだ。",
    "{name}は記者会見で涙を見せた。",
    "{name}氏の弁護士はコメントを控えた。",
    "同僚は{name}のことを天才だと呼んでいる。",
    "{name}のチームは三か月で試作品を完成させた。",
    "市場では{name}氏の続投を望む声が多い。",
    "{name}は自分の誤りを認め、謝罪した。",
    "{name}氏は{day}、次の選挙に出馬しないと明らかにした。",
    "専門家は{name}の手法を疑問視している。",
    "{firm}は{name}の提案を拒否した。",
    "{name}はメールの中で「時間がない」と書いている。",
    "{name}氏が去った後、社員の半数が辞めた。",
)
IN_PAIRS = (
    "{name}は{other}の資金援助を受けていた。",
    "{name}氏と{other}氏は、長年の友人だった。",
    "{other}が去った後、{name}が後任となった。",
    "{name}は{other}に対し、計画の中止を求めた。",
    "{other}氏の就任について、{name}は沈黙を守った。",
)
OFFICES = "最高経営責任者 共同創業者 会長 研究者 議員 監督 教授 弁護士 投資家".split()
FIRMS = "新興企業 同社 研究機関 大手銀行 テレビ局 財団 自動車会社 クラブ".split()
DAYS = "2015年 昨年 先月 2018年の夏 今年3月 月曜日 翌日 2日前".split()
LEFT_IN_CHINESE = "这是 对此 认为 他们 说 时间 关于 报道 发布 为了".split()


class Name(NamedTuple):
    """A name of Wikidata in katakana, its Chinese rendering, and the part of the katakana that each syllable is read as."""

    kana: str
    hanzi: str
    syllables: tuple[str, ...]
    read: tuple[str, ...]


class Person:
    """Someone an article tells of: the name, the first name, and how each mention is spelt."""

    def __init__(self, name: Name, first: Name, spelt: list[str]) -> None:
        self.name, self.first, self.spelt = name, first, spelt
        self.mentions: list[list[int]] = []


def rows(path: Path) -> Iterator[list[str]]:
    """The rows of a table, without its header."""
    with path.open(encoding="utf8") as table:
        yield from list(csv.reader(table, delimiter="\t"))[1:]


def pinyin(hanzi: str) -> tuple[str, ...]:
    """The syllables of a Chinese spelling, without tones."""
    return tuple(lazy_pinyin(hanzi, v_to_u=False))


def hanzi_of(chinese: Path) -> str:
    """The table of the hanzi that render names, by how they are read."""
    read: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for _, name, *_ in rows(chinese):
        syllables = pinyin(name)
        if len(syllables) == len(name):
            for one, syllable in zip(name, syllables, strict=True):
                read[one][syllable] += 1
    of: defaultdict[str, list[str]] = defaultdict(list)
    for one, found in read.items():
        if "\u4e00" <= one <= "\u9fff" and found.total() >= LEAST_HANZI:
            of[found.most_common(1)[0][0]].append(one)
    head = (
        "# syllable of pinyin, without tone\thanzi of Chinese names for foreign ones; written by compose_chinese.py\n"
    )
    return head + "".join(f"{syllable}\t{''.join(sorted(of[syllable]))}\n" for syllable in sorted(of))


def read_out(syllable: str) -> str:
    """A syllable of pinyin as katakana, sound by sound; "" where no rule says how."""
    for length in (2, 1, 0):
        if syllable[:length] in ROWS and len(syllable[:length]) == length and syllable[length:] in VOWELS:
            vowel = VOWELS[syllable[length:]]
            return ROWS[syllable[:length]][int(vowel[0])] + vowel[1:]
    return ""


class Names:
    """The names to compose of, and their readings."""

    def __init__(self, arguments: argparse.Namespace, chance: random.Random) -> None:
        self._sound = Sound.load(dictionaries() / "sound.bin")
        self._chance = chance
        spelt: defaultdict[str, list[str]] = defaultdict(list)
        for latin, kana, *_ in rows(arguments.names):
            if KATAKANA.fullmatch(kana) and not ODD.search(kana):
                spelt[fold_latin(latin)].append(kana)
        self._others: defaultdict[str, set[str]] = defaultdict(set)  # katakana by rendering
        self.renderings: defaultdict[str, list[str]] = defaultdict(list)  # by katakana
        self.all: list[Name] = []
        for latin, hanzi, *_ in rows(arguments.chinese):
            for kana in spelt.get(fold_latin(latin), ()) if HANZI.fullmatch(hanzi) else ():
                self._others[hanzi].add(kana)
                self.renderings[kana].append(hanzi)
                syllables = pinyin(hanzi)
                read = self._cut(kana, syllables)
                half = int(hashlib.md5(fold_latin(latin).encode()).hexdigest(), 16) % 2
                if read and half == arguments.half and self._sound.kana_chinese(kana, syllables) > 3:
                    self.all.append(Name(kana, hanzi, syllables, read))
        self.all.sort()
        self._read_as: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for part, syllable, count in self._sound.table.syllables.rows():
            self._read_as[syllable][part] = count

    def _cut(self, kana: str, syllables: tuple[str, ...]) -> tuple[str, ...]:
        """The likeliest part of a katakana spelling for each syllable."""
        units, of = morae(kana), self._sound.table.syllables.of
        best: dict[tuple[int, int], tuple[float, tuple[str, ...]]] = {(0, 0): (0.0, ())}
        for i in range(len(units)):
            for j, syllable in enumerate(syllables):
                for length in range(1, MAX_MORAE_OF_SYLLABLE + 1) if (i, j) in best else ():
                    part = "".join(units[i : i + length])
                    if p := of(part).get(syllable):
                        option = best[i, j][0] + math.log(p), (*best[i, j][1], part)
                        best[i + length, j + 1] = max(best.get((i + length, j + 1), option), option)
        return best.get((len(units), len(syllables)), (0.0, ()))[1]

    def another_reading(self, name: Name) -> str:
        """Another reading of a name's rendering; "" where none was found."""
        way = self._chance.choices(("as other names", "read out", "another name"), (0.6, 0.25, 0.15))[0]
        read = list(name.read)
        if way == "another name":
            others = sorted(self._others[name.hanzi] - {name.kana})
            return self._chance.choice(others) if others else ""
        for at in self._chance.sample(range(len(read)), min(len(read), self._chance.choice((1, 1, 1, 2)))):
            if way == "read out":
                read[at] = read_out(name.syllables[at]) or read[at]
            else:
                # Sharper than the table: a machine writes what is usual.
                options = {part: n**1.3 for part, n in self._read_as[name.syllables[at]].items() if part != read[at]}
                read[at] = self._chance.choices(list(options), list(options.values()))[0] if options else read[at]
        kana = "".join(read)
        return kana if kana != name.kana and not ODD.search(kana) else ""

    def alike(self, pairs: Path) -> list[tuple[Name, Name]]:
        """The pairs of names that look alike and whose renderings are read differently."""
        found = []
        for left, right, *_ in rows(pairs):
            renderings = self.renderings.get(left, ()), self.renderings.get(right, ())
            if all(renderings) and {*map(pinyin, renderings[0])}.isdisjoint(map(pinyin, renderings[1])):
                one, other = (Name(kana, of[0], (), ()) for kana, of in zip((left, right), renderings, strict=True))
                found.append((one, other))
        return found


def composed(
    names: Names, alike: list[tuple[Name, Name]], chance: random.Random, left: int, glosses: int
) -> dict[str, Any] | None:
    """An article, or None where two of its people share a spelling."""
    people = []
    for name in chance.sample(names.all, chance.choice((3, 4, 4, 5, 6))):
        spelt = [name.kana] * chance.choice((2, 3, 3, 4, 6, 9))
        for _ in range(chance.choice((1, 1, 2)) if chance.random() < 0.65 else 0):
            if other := names.another_reading(name):
                spelt += [other] * chance.choice((1, 1, 1, 2, 3))
        people.append(Person(name, chance.choice(names.all), spelt))
    for name in itertools.chain(*chance.sample(alike, chance.choice((1, 2)))):
        people.append(Person(name, chance.choice(names.all), [name.kana] * chance.choice((2, 3, 3, 4, 6, 9))))
    if len({s for person in people for s in person.spelt}) < sum(len(set(person.spelt)) for person in people):
        return None
    glossed = chance.sample(people, min(len(people), glosses))
    todo = [person for person in people for _ in person.spelt]
    chance.shuffle(todo)
    for person in people:
        chance.shuffle(person.spelt)
    text = ""

    def tell(person: Person, is_full: bool = False) -> None:
        nonlocal text
        text += f"{person.first.kana}・" if is_full else ""
        spelt = person.spelt.pop()
        person.mentions.append([len(text), len(text) + len(spelt)])
        text += spelt
        if is_full and person in glossed:
            whole = f"{person.first.hanzi}·" if chance.random() < 0.5 else ""
            text += f"（{whole}{person.name.hanzi}）"

    for person in todo:
        told = [other for other in people if other.mentions and other.spelt and other is not person]
        if not person.spelt:
            continue
        is_new, in_pair = not person.mentions, chance.random() < 0.2 and told
        sentence = chance.choice(IN_FULL if is_new else IN_PAIRS if in_pair else ALONE)
        other = chance.choice(told or [person])
        fillings = {"office": chance.choice(OFFICES), "firm": chance.choice(FIRMS), "day": chance.choice(DAYS)}
        for part in re.split(r"[{}]", sentence):
            if part in ("full", "name"):
                tell(person, part == "full")
            elif part == "other":
                tell(other)
            else:
                text += fillings.get(part, part)
        text += "\n" if chance.random() < 0.3 else ""
    if left:
        text += f"\n{''.join(chance.sample(LEFT_IN_CHINESE, left))}。\n"
    labels = [{"name": f"{p.name.kana} {at}", "kind": "person", "mentions": p.mentions} for at, p in enumerate(people)]
    return {"text": text, "names": labels}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=Path, required=True, help="Latin, katakana")
    parser.add_argument("--chinese", type=Path, required=True, help="Latin, Chinese")
    parser.add_argument("--alike", type=Path, required=True, help="two katakana names that are two")
    parser.add_argument("--half", type=int, choices=(0, 1), default=0)
    parser.add_argument("--articles", type=int, default=800, metavar="N")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hanzi", type=Path, default=Path(__file__).with_name("hanzi.tsv"))
    arguments = parser.parse_args()
    arguments.hanzi.write_text(hanzi_of(arguments.chinese), "utf8", newline="\n")
    chance = random.Random(SEED + arguments.half)
    names = Names(arguments, chance)
    alike = names.alike(arguments.alike)[arguments.half :: 2]
    written = 0
    with arguments.out.open("w", encoding="utf8") as out:
        while written < arguments.articles:
            signs = written % 4
            article = composed(names, alike, chance, 2 * (signs % 2), 3 * (signs // 2))
            if article:
                article = {"id": f"chinese-{signs}-{arguments.half}-{written}", **article}
                out.write(json.dumps(article, ensure_ascii=False) + "\n")
                written += 1
    print(f"{len(names.all)} names, {len(alike)} pairs that look alike, {written} articles", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
