"""Makes a dump of articles of any size: python tests/bench/dump.py [ARTICLES.jsonl] --bytes 2GB --seed 1 --out FILE

Three articles of four are those of a file (without one: of samples/), over and over, and never the same. A name in them is a run of
katakana, or a capitalised Latin word, that the tokenizer's dictionary does not know as a common noun, or that the file's own labels
call one. Each time an article comes round, its names change their consonants by a permutation that is drawn for it: with t→k and m→r
アルトマン, オートマン and Altman become アルコラン, オーコラン and Alkoran. So spellings of one name stay as alike as a machine made
them, and neither a name nor a line with a name comes again. A line without one begins with what a made-up person is said to tell.

Every fourth article is made up, in the manner of a machine's translation: eight people with made-up names, spelt in two or
three ways, in Latin letters or in half-width katakana now and then, with quotes, spaces and dates as machines leave them. One person
of a hundred is of those that `told_names` gives to a dictionary first.

A dump is the same for the same file, size and seed, and is written as it is made. How many names there are is printed, for the dump
and the file it is made of, in the mean of their megabytes: distinct runs of three katakana or more, and distinct capitalised words.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import fugashi

SAMPLES = Path(__file__).parents[2] / "samples"
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
MADE_UP = 4  # of so many articles one is made up
PEOPLE = 8  # of a made-up article
LISTED = 100  # of the names of a dictionary that made-up articles tell of
OF_LISTED = 0.01  # of the people of made-up articles

NAME = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}|[A-Z][a-z]+")
COUNTED = re.compile(r"[\u30a1-\u30fa\u30fc]{3,}|[A-Z][a-z]+")
# The consonants that change places: their katakana by vowel, and the Latin letters that they are written with.
ROWS = tuple(
    zip(
        (
            "カキクケコ サシスセソ タチツテト ナニヌネノ ハヒフヘホ マミムメモ "
            "ラリルレロ ガギグゲゴ ザジズゼゾ ダヂヅデド バビブベボ パピプペポ"
        ).split(),
        "kcq s t n hf m lr g zj d bv p".split(),
        strict=True,
    )
)
# フォ, ティ, ジェ: what stands before a small kana stays, so that katakana is written that can be read.
MOVED = re.compile(r"[カ-ヂツ-ポマ-モラ-ロ](?![ァィゥェォャュョ])|[b-df-hj-mp-tvz]|n(?=[aiueoy])")

PIECES = """アル al ベル bel クロ kro ドル dor エン en フェ fe グリ gri ハー har イェ je カス kas リン lin モン mon
ノル nor オル or プラ pra ロー ro サン san トル tor ウェ we ワイ wai ヴァ va デン den ゲル gel バー bar ミッ mit ニコ
niko ラン lan セル sel ターレ tare ヴィ vi レイ lei シュ sch ジョ jo チャ cha フォ fo ティ ti ディ di ルド ld メリ mer
ゾル sol パッ pat ケン ken ブラ bra スト st ギル gil ホル hol ナダ nada ペー pe""".split()
ENDS = """マン man セン sen ソン son バーグ berg スキー sky ハイム heim フェルト feld リッチ rich ワルド wald トン ton
ドルフ dorf ネス ness ヴィル ville フォード ford ラー ler ニッツ nitz ローニ roni ティーニ tini エス es オフ off""".split()
FIRST = """ジェームズ James マリア Maria アンドレ Andre ソフィア Sofia トーマス Thomas エレナ Elena ルイス Luis
カトリーナ Katrina ピーター Peter ナディア Nadia グスタフ Gustav イングリッド Ingrid オリバー Oliver レベッカ Rebecca
ユリア Julia サミュエル Samuel アデル Adele マルコ Marco ビルギット Birgit ダニエラ Daniela シモーヌ Simone ヴィクトル
Victor ハンナ Hanna""".split()
SLIPS = (
    ("ヴァ", "バ"),
    ("ヴィ", "ビ"),
    ("ッ", ""),
    ("ー", ""),
    ("ル", "ー"),
    ("ン", "ンー"),
    ("フェ", "ヘ"),
    ("ティ", "チ"),
)
SLIPPED = 0.12  # of the mentions; so many again are in Latin letters
HALF_WIDTH = str.maketrans(
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロンー",
    "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾗﾘﾙﾚﾛﾝｰ",
)
TITLES = "知事 市長 教授 議員 監督 館長 社長 長官 選手 博士".split()
PLACES = """北の港 州都 旧市街 河口の町 山あいの村 国境の町 湖の西岸 ロンドン パリ シカゴ シドニー ヘルシンキ リスボン
ナイロビ サンパウロ""".split()
THINGS = """橋の建設 学校の統合 港の拡張 水道の改修 鉄道の延長 博物館の移転 税の見直し 森林の保護 スタジアムの改修
インターネットの規制 ワクチンの配布 データセンターの誘致 トンネルの工事 ダムの解体 プラスチックの再利用 ロボットの導入""".split()
WORDS = """メディア プロジェクト キャンペーン スポンサー チーム コミュニティ プログラム ネットワーク システム サービス
ソフトウェア マーケット""".split()
DISTINCT = 4  # consonants that change in a line: it is written in 12·11·10·9 ways then
SENTENCES = """\
{full}{title}は{month}月{day}日、{place}で記者会見を開き、{thing}が予定どおり進むとの見通しを示した。
{a}氏は"約束は守る "と述べ、{word}への説明を続ける考えを強調した。
{firm}社によると、{thing}の費用は当初の見積もりを{number}億円ほど上回り、{a}氏がそれを認めたという。
「それは我々が{number}回も聞いた話だ」と{b}氏は笑いながら言った 。
{a}氏と{b}氏は{number}年にわたって{word}の仕組みを一緒に作ってきたと語っています。
{full}は、{place}の郊外にある小さな家で育ち、そこで彼の父親は{number}人の従業員を持つ{word}の会社を経営していた。
{month}月{number}日に発表された声明の中で、{firm}は{a}に対する訴えを取り下げるつもりはないと付け加えた。
しかし、{b}氏の代理人である{other}弁護士は、その主張は「完全に根拠がない」とし、{number}ページの文書を裁判所に提出した。
{place}の住民である{other}さん（{number}）は、{thing}について何も知らされていなかったと本紙に話しました。
{gloss}は、{firm}が{number}ドルで買収する前に、{word}の部門を率いていた。
その結果、{a}が所属する{word}は{number}対{day}で敗れ、{b}監督は試合後のインタビューに応じなかった。
{a}さんは、{b}さんからの電話を受けたとき、{place}行きの{number}番のバスに乗っていた...
調査によれば、回答者の{number}％が{thing}に賛成しており、{a}案を支持する人は{day}％にとどまった。
{b}{title}が {number}年に書いた手紙には、{other}という名前が何度も出てくる。
「{a}は天才だ。でも、彼は人の話を聞かないんだ」と、{firm}で{day}年間働いた{other}氏は言う。
気象台は、{place}の周辺で{month}月の降水量が{number}ミリに達し、{a}橋が通行止めになったと発表した。
""".splitlines()


class Person(NamedTuple):
    """Someone a made-up article tells of."""

    first: str
    family: str
    latin_first: str
    latin: str


def bytes_in(said: str) -> int:
    """A number of bytes, from `20MB` or `2GB` (of 1,000).

    >>> bytes_in("20MB"), bytes_in("2 GB"), bytes_in("7")
    (20000000, 2000000000, 7)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kMG]?B?)\s*", said, re.IGNORECASE)
    if not found or found[2].upper() not in UNITS:
        raise argparse.ArgumentTypeError(f"found {said!r}, expected a number of bytes such as 20MB or 2GB")
    return int(float(found[1]) * UNITS[found[2].upper()])


def texts_of(path: Path | None) -> list[tuple[str, set[str]]]:
    """The articles of a file, or samples/, each with the names that its labels tell."""
    if path is None:
        return [(file.read_text("utf-8"), set()) for file in sorted(SAMPLES.glob("*.txt"))]
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    return [
        (
            row["text"],
            {row["text"][slice(*span)] for name in row.get("names", ()) for span in name.get("mentions", ())},
        )
        for row in rows
    ]


class Pattern:
    """An article, cut where its names can change."""

    def __init__(self, text: str, names: set[str], words: dict[str, bool], tagger: fugashi.Tagger) -> None:
        self._parts: list[str] = []
        kept = ""
        for number, line in enumerate(text.split("\n")):
            kept += "\n" if number else ""
            at, begins, changing = 0, len(self._parts), set[str]()
            for match in NAME.finditer(line):
                surface = match[0]
                if surface not in words:
                    words[surface] = _is_word(surface, tagger)
                if words[surface] and surface not in names:
                    continue
                for moved in MOVED.finditer(line, *match.span()):
                    self._parts += (kept + line[at : moved.start()], moved[0])
                    kept, at = "", moved.end()
                    changing.add(moved[0])
            if len(changing) < DISTINCT and len(line) > 10:
                # Room for someone who tells it.
                if changing:
                    before = self._parts[begins]
                    head = before[: before.rfind("\n") + 1]
                    self._parts[begins : begins + 1] = head, "", before[len(head) :]
                else:
                    self._parts += (kept, "")
                    kept = ""
            kept += line[at:]
        self._parts.append(kept)

    def article(self, chance: random.Random) -> str:
        """The article with other names."""
        rows = list(ROWS)
        chance.shuffle(rows)
        table: dict[str, str] = {}
        for (kana, letters), (other_kana, other_letters) in zip(ROWS, rows, strict=True):
            table |= zip(kana, other_kana, strict=True)
            table |= dict.fromkeys(letters, other_letters[0])
        parts = self._parts.copy()
        for at in range(1, len(parts), 2):
            parts[at] = table[parts[at]] if parts[at] else f"{kana_name(chance)[0]}氏によると、"
        return "".join(parts)


def _is_word(surface: str, tagger: fugashi.Tagger) -> bool:
    """Whether the tokenizer knows it as a common noun, or as several that are long: コロナウイルス, but not オート+マン."""
    words = tagger(surface)
    return all(
        not word.is_unk and word.feature.pos2 != "固有名詞" and (len(words) == 1 or len(word.surface) > 2)
        for word in words
    )


def kana_name(chance: random.Random, count: int = 0) -> tuple[str, str]:
    """A family name of three or four pieces, or of one more than the count, in katakana and in Latin letters; there are two million."""
    pieces = [2 * chance.randrange(len(PIECES) // 2) for _ in range(count or chance.choice((2, 2, 3)))]
    end = 2 * chance.randrange(len(ENDS) // 2)
    kana = "".join(PIECES[at] for at in pieces) + ENDS[end]
    return kana, ("".join(PIECES[at + 1] for at in pieces) + ENDS[end + 1]).capitalize()


def told_names(count: int) -> list[tuple[str, tuple[str, ...]]]:
    """Names for a dictionary, each with one or two wrong spellings of its own; the first are the same for every count.

    They are longer than the names of articles: no article tells of one by chance, and a larger dictionary finds no more.
    """
    chance = random.Random("told")
    names: list[tuple[str, tuple[str, ...]]] = []
    seen: set[str] = set()
    while len(names) < count:
        kana, _ = kana_name(chance, 4)
        slips = tuple(sorted({slipped for slip in SLIPS if (slipped := kana.replace(*slip, 1)) != kana})[:2])
        if slips and seen.isdisjoint((kana, *slips)):
            seen.update((kana, *slips))
            names.append((kana, slips))
    return names


def write_told(path: Path, count: int) -> None:
    """A dictionary of so many names."""
    rows = (f"{kana}\t{'|'.join(slips)}\tperson\tmade up\n" for kana, slips in told_names(count))
    path.write_text("".join(rows), "utf-8")


def made_up(chance: random.Random, listed: list[tuple[str, tuple[str, ...]]]) -> str:
    """An article about people whom no other tells of."""
    people = []
    for _ in range(PEOPLE):
        at = 2 * chance.randrange(len(FIRST) // 2)
        kana, latin = kana_name(chance)
        if chance.random() < OF_LISTED:
            kana = chance.choice(listed)[0]
        people.append(Person(FIRST[at], kana, FIRST[at + 1], latin))
    firm = kana_name(chance)[1]

    def spelt(person: Person) -> str:
        drawn = chance.random()
        if drawn < SLIPPED:
            return person.family.replace(*chance.choice(SLIPS), 1)
        if drawn < 2 * SLIPPED:
            return person.latin
        return person.family.translate(HALF_WIDTH) if drawn > 0.99 else person.family

    paragraphs: list[str] = []
    for number in range(chance.randint(8, 24)):
        one, two, three = chance.sample(people, 3)
        sentence = chance.choice(SENTENCES).format(
            full=f"{one.first}・{spelt(one)}",
            gloss=f"{one.first}・{one.family}（{one.latin_first} {one.latin}）",
            a=spelt(one),
            b=spelt(two),
            other=spelt(three),
            firm=firm,
            title=chance.choice(TITLES),
            place=chance.choice(PLACES),
            thing=chance.choice(THINGS),
            word=chance.choice(WORDS),
            month=chance.randint(1, 12),
            day=chance.randint(2, 28),
            number=chance.randint(12, 980),
        )
        if number % 3:
            paragraphs[-1] += sentence
        else:
            paragraphs.append(sentence)
    return "\n\n".join(paragraphs) + "\n"


def articles(path: Path | None, seed: int) -> Iterator[str]:
    """Articles without end."""
    tagger, words = fugashi.Tagger(), dict[str, bool]()
    patterns = [Pattern(text, names, words, tagger) for text, names in texts_of(path)]
    listed = told_names(LISTED)
    chance = random.Random(seed)
    at = len(patterns)
    number = 0
    while True:
        number += 1
        if number % MADE_UP == 0:
            yield made_up(chance, listed)
            continue
        if at == len(patterns):
            chance.shuffle(patterns)
            at = 0
        at += 1
        yield patterns[at - 1].article(chance)


def rows(path: Path | None, seed: int, size: int) -> Iterator[str]:
    """The lines of a dump that is as long as its bytes, or a little less; at least one."""
    for number, text in enumerate(articles(path, seed)):
        line = json.dumps({"id": f"{seed}-{number}", "text": text}, ensure_ascii=False) + "\n"
        size -= len(line.encode("utf-8", "surrogatepass"))
        if size < 0 and number:
            return
        yield line


def write_dump(out: Path, path: Path | None, size: int, seed: int = 1) -> int:
    """Writes a dump; the number of its articles."""
    count = 0
    with out.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        for line in rows(path, seed, size):
            file.write(line)
            count += 1
    return count


def names_per_megabyte(texts: Iterable[str]) -> float:
    """Distinct names in the mean of the megabytes (of UTF-8 text) of the first thirty."""
    found: set[str] = set()
    size = 0
    counts: list[int] = []
    for text in texts:
        found.update(COUNTED.findall(text))
        size += len(text.encode("utf-8", "surrogatepass"))
        if size >= 10**6:
            counts.append(len(found))
            found, size = set(), 0
            if len(counts) == 30:
                break
    return sum(counts) / len(counts) if counts else len(found) * 1e6 / max(1, size)


def main() -> int:
    """0, also where the file is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "articles", nargs="?", type=Path, metavar="ARTICLES.jsonl", help='rows of {"text"}, with "names" or without'
    )
    parser.add_argument("--bytes", type=bytes_in, default=20 * 10**6, metavar="SIZE", help="such as 20MB or 2GB")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.articles and not arguments.articles.is_file():
        print(f"skipped: {arguments.articles} is not there")
        return 0
    count = write_dump(arguments.out, arguments.articles, arguments.bytes, arguments.seed)
    print(f"{arguments.out}: {count:,} articles, {arguments.out.stat().st_size / 1e6:,.1f} MB")
    with arguments.out.open(encoding="utf-8", errors="surrogatepass") as lines:
        ours = names_per_megabyte(json.loads(line)["text"] for line in lines)
    theirs = names_per_megabyte(text for text, _ in texts_of(arguments.articles))
    print(f"distinct names in a MB: {ours:,.0f}; of {arguments.articles or 'samples/'}: {theirs:,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
