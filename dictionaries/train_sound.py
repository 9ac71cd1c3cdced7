"""Learn how Latin letters sound in katakana, and write `sound.tsv`.

    python dictionaries/train_sound.py [--pairs wikidata_en_katakana.tsv ...] [--out dictionaries/sound.tsv]

The model is a joint segment model (Bisani and Ney 2008; here without context): a pair of spellings is a chain of segments,
each one or two morae against one to four letters, and p(pair) is the sum over all chains of the product of the segments'
probabilities. Expectation maximization learns the segments from pairs alone:

- the lemma field of unidic-lite (コンピューター-computer, ザッカーバーグ-Zuckerberg), always;
- each file of --pairs: tab-separated, a header, then Latin, katakana (Wikidata's names of people are given so).

The table holds, for every segment, its katakana, its letters and how often it was seen (an expected count). `--hold-out N`
keeps every N-th pair out of training and prints how much better the right partner scores than a random one.
Needs numpy (not otherwise a dependency).
"""

from __future__ import annotations

import argparse
import mmap
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from soroe.names.sound import MAX_LETTERS, MAX_MORAE, fold_latin, morae

LEMMA = re.compile(r",([\u30a1-\u30fa\u30fc]{2,})-([A-Za-z][A-Za-z'\-]+)(?=,)")
ROUNDS = 12
SMALLEST = 1.0  # segments expected less often are noise; with 0.3 the table doubles and names are found no better


def from_unidic() -> Iterator[tuple[str, str]]:
    """The katakana and Latin halves of unidic-lite's lemmas."""
    import unidic_lite

    path = Path(unidic_lite.DICDIR) / "sys.dic"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = {
            match[0] for match in re.finditer(rb",(?:\xe3[\x82\x83][\x80-\xbf]){2,}-[A-Za-z][A-Za-z'\-]+(?=,)", data)
        }
    for row in sorted(found):
        match = LEMMA.match(row.decode("utf8") + ",")
        if match:
            yield match[1], match[2]


def from_table(path: Path) -> Iterator[tuple[str, str]]:
    """Latin and katakana from the first two columns of a table with a header."""
    with path.open(encoding="utf8") as rows:
        next(rows)
        for row in rows:
            latin, kana, *_ = row.rstrip("\n").split("\t")
            yield kana, latin


def usable(pairs: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], str]]:
    """The pairs as morae and folded letters, without what cannot be aligned."""
    kept = set()
    for kana, latin in pairs:
        kana = unicodedata.normalize("NFKC", kana)
        letters = fold_latin(latin)
        units = tuple(morae(kana))
        if not re.fullmatch(r"[\u30a1-\u30fa\u30fc]+", kana) or not letters.isascii() or not letters.isalpha():
            continue
        if 1 <= len(units) <= 14 and len(units) / 2 <= len(letters) <= min(4 * len(units), 20):
            kept.add((units, letters))
    return sorted(kept)


class Batch:
    """Pairs of one shape, and for every cell and step of their chart the number of the segment."""

    def __init__(self, pairs: list[tuple[tuple[str, ...], str]], numbers: dict[tuple[str, str], int]) -> None:
        self.size, self.m, self.n = len(pairs), len(pairs[0][0]), len(pairs[0][1])
        self.steps: dict[tuple[int, int, int, int], np.ndarray] = {}
        for i in range(self.m):
            for j in range(self.n):
                for a in range(1, min(MAX_MORAE, self.m - i) + 1):
                    for b in range(1, min(MAX_LETTERS, self.n - j) + 1):
                        segments = (("".join(kana[i : i + a]), latin[j : j + b]) for kana, latin in pairs)
                        self.steps[i, j, a, b] = np.fromiter(
                            (numbers.setdefault(segment, len(numbers)) for segment in segments), np.int64, self.size
                        )

    def expect(self, p: np.ndarray, counts: np.ndarray, alive: np.ndarray) -> np.ndarray:
        """Add the expected counts of the segments; the likelihood of each pair."""
        forward = np.zeros((self.m + 1, self.n + 1, self.size))
        backward = np.zeros_like(forward)
        forward[0, 0] = 1
        backward[self.m, self.n] = 1
        for (i, j, a, b), ids in self.steps.items():
            forward[i + a, j + b] += forward[i, j] * p[ids]
        for (i, j, a, b), ids in reversed(self.steps.items()):
            backward[i, j] += backward[i + a, j + b] * p[ids]
        likelihood = forward[self.m, self.n]
        scale = np.where(alive & (likelihood > 0), 1 / np.maximum(likelihood, 1e-300), 0)
        for (i, j, a, b), ids in self.steps.items():
            np.add.at(counts, ids, forward[i, j] * p[ids] * backward[i + a, j + b] * scale)
        return likelihood


def learn(pairs: list[tuple[tuple[str, ...], str]]) -> dict[tuple[str, str], float]:
    """Expected counts of segments after expectation maximization."""
    shapes = defaultdict(list)
    for pair in pairs:
        shapes[len(pair[0]), len(pair[1])].append(pair)
    numbers: dict[tuple[str, str], int] = {}
    batches = [Batch(group, numbers) for _, group in sorted(shapes.items())]
    names = list(numbers)
    # A first guess that favours one mora against one or two letters.
    size = np.array([len(morae(kana)) + len(latin) for kana, latin in names])
    p = np.exp(-1.5 * size)
    p /= p.sum()
    alive = [np.ones(batch.size, bool) for batch in batches]
    for round_ in range(ROUNDS):
        counts = np.zeros(len(names))
        total, seen = 0.0, 0
        for k, batch in enumerate(batches):
            likelihood = batch.expect(p, counts, alive[k])
            logs = np.log(np.maximum(likelihood, 1e-300))
            total += float(logs[alive[k]].sum())
            seen += int(alive[k].sum())
            if round_ == 5:  # what still costs this much per letter is not a transliteration (海 for hägglund)
                alive[k] = logs / (batch.m + batch.n) > -2.6
        counts[counts < (SMALLEST if round_ > 3 else 0.02)] = 0
        p = counts / counts.sum()
        print(
            f"round {round_ + 1}: {seen} pairs, {total / seen:.3f} nats each, {np.count_nonzero(p)} segments",
            file=sys.stderr,
        )
    return {name: float(count) for name, count in zip(names, counts, strict=True) if count > 0}


def write(counts: dict[tuple[str, str], float], path: Path) -> None:
    """The table, sorted, one segment a line."""
    with path.open("w", encoding="utf8", newline="\n") as out:
        out.write("# katakana\tletters\texpected count; written by train_sound.py\n")
        for (kana, latin), count in sorted(counts.items()):
            out.write(f"{kana}\t{latin}\t{count:.2f}\n")


def judge(table: Path, held: list[tuple[tuple[str, ...], str]]) -> None:
    """How the held-out pairs score against shuffled ones."""
    from soroe.names.sound import Sound

    sound = Sound.load(table)
    other = held[:]
    random.Random(7).shuffle(other)
    right = sorted(sound.kana_latin("".join(kana), latin) for kana, latin in held)
    wrong = sorted(sound.kana_latin("".join(kana), latin) for (kana, _), (_, latin) in zip(held, other, strict=True))
    at = [0.01, 0.05, 0.1, 0.5]
    print("held out", len(held), "right pairs:", [round(right[int(len(right) * q)], 1) for q in at], "nats at", at)
    print("shuffled pairs:", [round(wrong[-1 - int(len(wrong) * q)], 1) for q in at], "nats at", at, "from the top")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, action="append", default=[], help="more pairs: Latin, katakana")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("sound.tsv"))
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="keep every N-th pair for judging")
    args = parser.parse_args()
    rows = [*from_unidic()]
    print(Counter(unidic=len(rows)), file=sys.stderr)
    for path in args.pairs:
        rows += from_table(path)
    pairs = usable(rows)
    held = pairs[:: args.hold_out] if args.hold_out else []
    write(learn([pair for at, pair in enumerate(pairs) if not args.hold_out or at % args.hold_out]), args.out)
    if held:
        judge(args.out, held)
    return 0


if __name__ == "__main__":
    sys.exit(main())
