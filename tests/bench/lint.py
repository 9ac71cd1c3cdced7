"""How fast `soroe lint` is, beside textlint with prh on the same files: python tests/bench/lint.py [--text ARTICLES.jsonl]

one file   1 KB of Markdown with nothing wrong, as an editor or a commit has it
all files  2,000 Markdown files, 5 MB, with a --names file of 1,000 names; prh has the same names as rules

Every figure is a process of its own, from its start to its end, on one core; all in turn, N rounds, and the median counts. Beside
the seconds that passed stand those that the processor worked, which other programs disturb less, and the most memory held.
The articles are made up, the same each time, and a tenth of their mentions of listed names is misspelt: both programs have to find
them all. Or they are the rows of a file; then the names are still the made-up ones, which no article holds.

textlint is installed into a temporary folder by npm, or stands in the folder that `--textlint` names; `--textlint none` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

PACKAGES = ("textlint@15.8", "textlint-rule-prh@6.1")
BYTES_OF_FILE = 2500
FILES = {"all": "all files", "one": "one file"}
FEW = 10  # what the time with all names is compared with
PEOPLE = 5  # of an article
MISSPELT = 0.1  # of the mentions of listed names

HEAD = "アル ベン クロ ドル エン フェ グリ ハー イェ カス リン モン ノル オル プラ ロー サン トル ウェ ワイ".split()
MIDDLE = "ヴァデン ヴェルゲ ヴィルニ ランセー ベッテ ターレ ミッテ ヴァイラ ニコー セッケ".split()
TAIL = "マン セン ソン ドルフ スキー ハイム フェルト リッチ ワルド トン".split()
FIRST = """ジェームズ マリア アンドレ ソフィア トーマス エレナ ルイス カトリーナ ピーター ナディア グスタフ イングリッド オリバー レベッカ
フェルナンド ユリア サミュエル アデル マルコ ビルギット クリストファー ダニエラ パトリック シモーヌ ヴィクトル ハンナ""".split()
SLIPS = (("ヴァ", "バ"), ("ヴェ", "ベ"), ("ヴィ", "ビ"), ("ッ", ""), ("ー", ""))
TITLES = "知事 市長 教授 議員 監督 館長 社長 長官".split()
PLACES = """北の港 州都 旧市街 河口の町 山あいの村 島の南部 国境の町 湖の西岸 ロンドン パリ ブリュッセル シカゴ モントリオール シドニー
ヘルシンキ リスボン ウィーン ナイロビ サンパウロ ジャカルタ ムンバイ イスタンブール""".split()
THINGS = """橋の建設 学校の統合 港の拡張 水道の改修 鉄道の延長 博物館の移転 税の見直し 森林の保護 スタジアムの改修
インターネットの規制 ワクチンの配布 エネルギーの転換 データセンターの誘致 オリンピックの招致 トンネルの工事 ダムの解体 プラスチックの再利用
ロボットの導入""".split()
FIRMS = "Nordwerk Halvex Quintara Brightmoor Ostrava Lindell Carvane Merrowdale Tesselby Fennhaus".split()
WORDS = """メディア プロジェクト キャンペーン スポンサー コーチ チーム リーグ ファン スタッフ メンバー コミュニティ グループ プログラム
ネットワーク システム サービス インタビュー コメント メッセージ メール ウェブサイト ニュース ビデオ カメラ ドラマ アルバム コンサート
ツアー ホテル レストラン バス トラック ヘリコプター エンジン バッテリー センサー ソフトウェア アプリ スマートフォン パソコン ウイルス
マスク テスト データ グラフ リスク コスト ビジネス マーケット ボーナス ローン ガソリン パイプライン""".split()
SENTENCES = """\
{full}{title}は{month}月{day}日、{place}で記者会見を開き、{thing}が予定どおり進むとの見通しを示した。
{family}氏は「約束は守る」と述べ、{word}への説明を続ける考えを強調した。
{firm}によると、{thing}の費用は当初の見積もりを{number}億円ほど上回り、不足する分は新しい{word}で賄うという。
一方、{place}の住民の{word}は説明が足りないとして、裁判所に訴えることを検討している。
{family}氏の報道官は、{number}人がすでに署名したことを認めたが、{word}の内訳は明らかにしなかった。
{full}{title}の計画に対しては、議会の中からも{word}をめぐる疑問の声が上がっている。
{place}では前の週から雨が続き、{thing}に携わる{number}人の{word}が作業を中断した。
専門家は、{thing}が遅れれば地域の{word}に大きな影響が出ると警告している。
「私たちはこの{word}を長く待っていた」と、{full}{title}は集まった人々に語った。
{firm}の調査の対象となった{number}世帯のうち、半数を超える世帯が{thing}を支持すると答えた。
{family}氏は翌日、{place}の{word}を訪れ、現場で働く人々の話に耳を傾けた。
この{word}を最初に取り上げたのは、当時まだ無名だった{full}{title}である。
{thing}をめぐる話し合いは{month}月に{place}で始まり、これまでに{number}回開かれた。
関係者の一人は、{family}氏が{firm}からの辞任を考えたことは一度もないと話す。
報告書は{number}ページに及び、{place}の{word}の歴史にも一つの章を割いている。
{full}{title}によれば、{place}で{word}を使う人はこの十年で{number}人減った。
新しい規則は{month}月{day}日に施行され、{word}に違反があれば罰金が科される。
{family}氏はまた、若い世代が{place}に戻れるような{word}を増やしたいと付け加えた。
地元の{word}は、{thing}を「世紀の事業」と呼んで一面で大きく伝えた。
{place}に住む女性は、{word}で{family}氏の名前を聞くとしばらく黙り込んだ。
反対派を率いる{full}{title}は、{number}ページの意見書を{firm}に提出した。
工事を請け負った{firm}は、{month}月末までに{word}の遅れを取り戻せると説明している。
{family}氏の発言を受けて、{place}の{word}では歓迎と戸惑いの声が入り交じった。
裁判所は{thing}の差し止めを求めた訴えを退け、{firm}は控訴する方針だ。
その夜、{full}{title}は家族とともに{place}の小さな{word}に姿を見せた。
議会は{number}票の賛成で{word}の予算案を可決し、{thing}に道を開いた。
{family}氏は{word}についての質問に答えず、待っていた車に乗り込んで会場を後にした。
気象台は、{place}の周辺で{month}月の降水量が平年の二倍に達し、{word}が止まったと発表した。
""".splitlines()
ONE = "# 港の工事\n\n" + "".join(
    SENTENCES[at].format(
        full="オズマル・ドルターレハイム",
        family="ドルターレハイム",
        title="知事",
        place="州都",
        thing="港の拡張",
        word="メディア",
        firm="Nordwerk",
        month=4,
        day=12,
        number=38,
    )
    for at in (0, 1, 2, 3, 5, 7, 13, 21)
)


class Name(NamedTuple):
    """A family name, and how it is misspelt."""

    canonical: str
    spellings: tuple[str, ...]


def population() -> list[Name]:
    """All family names. No wrong spelling stands inside another name, as ロベッテン does in クロベッテン: prh would find it there."""
    families = [head + middle + tail for head in HEAD for middle in MIDDLE for tail in TAIL]
    random.Random(1).shuffle(families)
    names = [
        Name(family, tuple(family.replace(*slip, 1) for slip in SLIPS if slip[0] in family[:-1])) for family in families
    ]
    all_of_them = "\n".join(spelling for name in names for spelling in (name.canonical, *name.spellings))
    return [name for name in names if name.spellings and all(all_of_them.count(one) == 1 for one in name.spellings)]


def made_up(count: int, names: Sequence[Name], listed: int) -> Iterator[tuple[str, int]]:
    """Articles in Markdown, each with the number of its misspelt mentions of the first ``listed`` names."""
    chance = random.Random(2)
    for _ in range(count):
        people = list(zip(chance.sample(FIRST, PEOPLE), chance.sample(range(len(names)), PEOPLE), strict=True))
        paragraphs: list[str] = []
        size = misspelt = 0
        for at, sentence in enumerate(chance.sample(SENTENCES, len(SENTENCES))):
            if size > BYTES_OF_FILE:
                break
            first, place = chance.choice(people)
            family, spellings = names[place]
            if ("{full}" in sentence or "{family}" in sentence) and place < listed and chance.random() < MISSPELT:
                family, misspelt = chance.choice(spellings), misspelt + 1
            said = sentence.format(
                full=f"{first}・{family}",
                family=family,
                title=chance.choice(TITLES),
                place=chance.choice(PLACES),
                thing=chance.choice(THINGS),
                word=chance.choice(WORDS),
                firm=chance.choice(FIRMS),
                month=chance.randint(1, 12),
                day=chance.randint(1, 28),
                number=chance.randint(12, 980),
            )
            size += len(said.encode())
            if at % 4 == 0:
                paragraphs.append("")
            paragraphs[-1] += said
        yield f"# {chance.choice(PLACES)}、{chance.choice(THINGS)}\n\n" + "\n\n".join(paragraphs) + "\n", misspelt


def rows_of(path: Path, count: int) -> Iterator[tuple[str, int]]:
    """The texts of a file, with no mention of a listed name."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if count and line.strip():
                count -= 1
                yield json.loads(line)["text"], 0


def write_names(folder: Path, names: Sequence[Name]) -> None:
    """The names for both: names-N.tsv, prh-N.yml and the settings of textlint."""
    size = len(names)
    rows = "".join(f"{name.canonical}\t{'|'.join(name.spellings)}\tperson\tmade up\n" for name in names)
    (folder / f"names-{size}.tsv").write_text(rows, "utf-8")
    rules = "".join(
        f"  - expected: {name.canonical}\n    patterns:\n" + "".join(f"      - {one}\n" for one in name.spellings)
        for name in names
    )
    (folder / f"prh-{size}.yml").write_text(f"version: 1\nrules:\n{rules}", "utf-8")
    settings = {"rules": {"prh": {"rulePaths": [f"./prh-{size}.yml"]}}}
    (folder / f"textlint-{size}.json").write_text(json.dumps(settings), "utf-8")


class Taken(NamedTuple):
    """What one process took: seconds that passed, seconds that the processor worked, MB (2**20 bytes) at most; and names found."""

    seconds: float
    worked: float
    memory: float
    found: int


class Measure(NamedTuple):
    """A process to measure: who does it, with how many names, and how a line of its output tells of a misspelt one."""

    files: str
    who: str
    names: int
    command: tuple[str, ...]
    mark: str
    wanted: float | None = None  # seconds at most


def taken(measure: Measure, folder: Path) -> Taken:
    """Runs it once. To find something (status 1) is no failure; all else is."""
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as said:
        start = perf_counter()
        process = subprocess.Popen(measure.command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        words = (folder / "stderr").read_text("utf-8", "replace") or (folder / "stdout").read_text("utf-8", "replace")
        raise SystemExit(f"{' '.join(measure.command)} ended with {process.returncode}:\n{words}")
    with (folder / "stdout").open(encoding="utf-8") as lines:
        found = sum(measure.mark in line for line in lines)
    unit = 1 if sys.platform == "darwin" else 1 << 10
    return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / (1 << 20), found)


def textlint_in(given: str | None, folder: Path) -> Path | None:
    """The program, installed where it has to be; None, with a word why, where it cannot be had."""
    if given == "none":
        return None
    program = Path(given or folder).resolve() / "node_modules" / ".bin" / "textlint"
    why = "" if shutil.which("node") else "node is not there"
    if not why and not given:
        npm = shutil.which("npm")
        install = ["install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", *PACKAGES]
        why = "npm is not there"
        if npm:
            done = subprocess.run([npm, *install], capture_output=True, text=True)
            why = f"npm install ended with {done.returncode}: {done.stderr.strip()}" if done.returncode else ""
    if not why and not program.exists():
        why = f"{program} is not there"
    if why:
        print(f"skipped: textlint: {why}")
    return None if why else program


def measures(soroe: list[str], textlint: Path | None, folder: Path, few: int, listed: int) -> list[Measure]:
    """All that is measured, in the order of a round."""
    told = subprocess.run([*soroe, "lint", "--help"], capture_output=True, text=True, cwd=folder).stdout
    has_cache = "--no-cache" in told and "--cache-dir" in told
    if not has_cache:
        print("skipped: soroe, cached: soroe lint has no cache yet")
    lint = [*soroe, "lint", "--settings", "none", "--output-format", "concise"]
    ways: list[tuple[str, list[str], float, float]] = [("soroe", ["--no-cache"] if has_cache else [], 0.30, 6.0)]
    if has_cache:
        ways.append(("soroe, cached", ["--cache-dir", "cache"], 0.15, 0.8))
    found = []
    for who, options, _, wanted in ways:
        command = (*lint, *options, "--names", f"names-{listed}.tsv", "all")
        found.append(Measure("all", who, listed, command, " N402 ", wanted))
    command = (*lint, *ways[0][1], "--names", f"names-{few}.tsv", "all")
    found.append(Measure("all", "soroe", few, command, " N402 "))
    for who, options, wanted, _ in ways:
        found.append(Measure("one", who, 0, (*lint, *options, "one"), " N402 ", wanted))
    command = (*lint, *ways[0][1], "--names", f"names-{listed}.tsv", "one")
    found.append(Measure("one", "soroe", listed, command, " N402 "))
    for files, size in (("all", listed), ("one", few), ("one", listed)) if textlint else ():
        command = ("node", str(textlint), "--format", "unix", "-c", f"textlint-{size}.json", f"{files}/")
        found.append(Measure(files, "textlint + prh", size, command, "/prh]"))
    return found


def soroe_in(program: str | None) -> tuple[list[str], str]:
    """How soroe is called, and what it is: its version, and whether it is compiled."""
    own = [sys.executable, "-c", "from soroe.cli import entry; entry()"]
    command = [str(Path(program).resolve())] if program else own
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.txt").write_text("港は開いた。\n", "utf-8")
        subprocess.run([*command, "run", "a.txt", "--out", "out"], cwd=folder, capture_output=True, check=True)
        is_compiled = json.loads(Path(folder, "out", "run.json").read_text("utf-8"))["compiled"]
    return command, f"{version}, {'compiled' if is_compiled else 'pure Python'}"


def pinned() -> str:
    """Keeps this process, and all that it starts, on one core; says on which."""
    if not hasattr(os, "sched_setaffinity"):
        return "on any core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"on core {core}"


def write_files(articles: Iterator[tuple[str, int]], folder: Path) -> tuple[int, int, int]:
    """Writes the articles, and the one file; how many there are, of how many bytes, with how many misspelt mentions."""
    (folder / "one").mkdir()
    (folder / "one" / "port.md").write_text(ONE, "utf-8")
    (folder / "all").mkdir()
    count = size = misspelt = 0
    for text, wrong in articles:
        data = text.encode("utf-8", "replace")
        (folder / "all" / f"{count:05}.md").write_bytes(data)
        count, size, misspelt = count + 1, size + len(data), misspelt + wrong
    return count, size, misspelt


def table(measured: dict[Measure, list[Taken]]) -> Iterator[str]:
    """A line a measure; how many times as long textlint takes stands in the last column but one."""
    middle = {measure: median(one.seconds for one in several) for measure, several in measured.items()}
    yield f"{'':42}{'seconds':>9}  {'from to':>15}{'worked':>9}{'MB':>6}{'textlint':>10}{'wanted':>8}"
    for measure, several in measured.items():
        other = [m for m in measured if m.who.startswith("textlint") and m.files == measure.files]
        # Without names textlint has nothing to do: it stands beside with ten.
        beside = min(other, key=lambda m, names=measure.names: abs(m.names - names), default=None)  # type: ignore[misc]
        ratio = f"{middle[beside] / middle[measure]:.1f} x" if beside else "-"
        seconds = [one.seconds for one in several]
        yield (
            f"{FILES[measure.files]}: {measure.who}, {measure.names or 'no'} names".ljust(42)
            + f"{middle[measure]:9.2f}  {f'{min(seconds):.2f} {max(seconds):.2f}':>15}"
            + f"{median(one.worked for one in several):9.2f}{max(one.memory for one in several):6.0f}"
            + f"{ratio:>10}{measure.wanted or '-':>8}"
        )


def as_json(measured: dict[Measure, list[Taken]]) -> list[dict[str, object]]:
    """The same for programs, every round of it."""
    return [
        {
            "files": measure.files,
            "who": measure.who,
            "names": measure.names,
            "wanted": measure.wanted,
            "seconds": [one.seconds for one in several],
            "worked": [one.worked for one in several],
            "megabytes": [one.memory for one in several],
            "names found": several[0].found,
        }
        for measure, several in measured.items()
    ]


def main() -> int:
    """0, also where there is nothing to measure with; 1 where a misspelt name is not found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--text", type=Path, metavar="ARTICLES.jsonl", help='rows of {"text"}, in place of made-up ones'
    )
    parser.add_argument("--files", type=int, default=2000, metavar="N")
    parser.add_argument("--names", type=int, default=1000, metavar="N", help="in the --names file")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--starts", type=int, default=5, metavar="N", help="of the one file in a round")
    parser.add_argument("--soroe", metavar="PROGRAM", help="an installed soroe (the one of this Python)")
    parser.add_argument("--textlint", metavar="FOLDER", help="where npm has installed textlint and prh; none for none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    arguments = parser.parse_args()
    if arguments.text and not arguments.text.is_file():
        print(f"skipped: {arguments.text} is not there")
        return 0
    rounds = max(1, arguments.rounds)
    where = pinned()
    command, what = soroe_in(arguments.soroe)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        textlint = textlint_in(arguments.textlint, folder / "npm")
        names = population()
        listed = min(arguments.names, len(names))
        few = min(FEW, listed)
        for size in {few, listed}:
            write_names(folder, names[:size])
        articles = (
            rows_of(arguments.text, arguments.files) if arguments.text else made_up(arguments.files, names, listed)
        )
        count, size, misspelt = write_files(articles, folder)
        todo = measures(command, textlint, folder, few, listed)
        measured: dict[Measure, list[Taken]] = {measure: [] for measure in todo}
        for measure in todo:
            if "cached" in measure.who:  # by a run before
                taken(measure, folder)
        for _ in range(rounds):
            for measure in todo:
                times = max(1, arguments.starts) if measure.files == "one" else 1
                measured[measure] += [taken(measure, folder) for _ in range(times)]
    print(f"{arguments.text or 'made up'}: {count:,} files, {size / 1e6:.2f} MB; {what}; {where}; {rounds} rounds")
    print(*table(measured), sep="\n")
    worked = {m.names: median(one.worked for one in measured[m]) for m in todo if (m.files, m.who) == ("all", "soroe")}
    print(
        f"all files, {listed:,} names : {few} names, worked = {worked[listed] / worked[few]:.2f} (wanted: 1.10 at most)"
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(measured), indent=1) + "\n", "utf-8")
    missed = [
        f"{measure.who} finds {several[0].found:,} of {misspelt:,} misspelt names"
        for measure, several in measured.items()
        if measure.files == "all" and measure.names == listed and several[0].found != misspelt
    ]
    print(*missed, sep="\n", end="\n" if missed else "")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
