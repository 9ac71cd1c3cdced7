"""Learn how Latin letters and Chinese syllables sound in katakana, and write `sound.bin`.

    python dictionaries/train_sound.py [--pairs FILE ...] [--variants FILE] [--look-alikes FILE] [--chinese FILE] [--out FILE]
    python dictionaries/train_sound.py --dump [--out FILE]

Two things are learned. Segments: a pair of spellings is a chain of segments, each one or two morae against one to four letters
(or up to three morae against a syllable of pinyin), and p(pair) is the sum over all chains of the product of the segments'
probabilities (Bisani and Ney 2008, without context). Expectation maximization learns them from pairs alone. Then weights: a
logistic regression over what is heard in a pair (the score of the segments, and each place where two katakana spellings differ,
with its neighbours) tells spellings of one name from names that look alike. Read:

- the lemma field of unidic-lite (コンピューター-computer, ザッカーバーグ-Zuckerberg), always;
- each file of --pairs: tab-separated, a header, then Latin, katakana (Wikidata's names of people are given so);
- --variants: a header with the columns canonical and variant, two katakana spellings of one word (SudachiDict's synonyms);
- --look-alikes: a header with the columns a and b, two katakana names that are two;
- --chinese: a header, then Latin, Chinese; joined with the katakana by the Latin.

Names that are written in two ways are spellings of one; two that sound nearly alike, and whose Latin consonants differ, are two.
`--hold-out N` keeps every N-th name out of training and prints what is told apart; `--dump` prints a table as text.
Needs numpy, scikit-learn, and pypinyin for --chinese (none is needed otherwise).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import mmap
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from soroe.names.letters import fold_latin, morae
from soroe.names.sieve import near as sieve
from soroe.names.sound import MAX_LETTERS, MAX_MORAE, MAX_MORAE_OF_SYLLABLE, Sound
from soroe.names.table import Segments, Table

LEMMA = re.compile(r",([\u30a1-\u30fa\u30fc]{2,})-([A-Za-z][A-Za-z'\-]+)(?=,)")
KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{2,14}")
ROUNDS = 12
# Segments expected less often are noise; with 0.3 the table of letters doubles and names are found no better.
SMALLEST = 1.0
SMALLEST_OF_SYLLABLES = 0.4
BLOCK = 500  # as many names as a long article holds, and more
LATIN_EVERY = 10  # one in so many of the katakana and Latin names that are near
SEED = 3

Example = tuple[tuple[str, ...], tuple[str, ...]]
Pair = tuple[str, str]


# --- what is read ---


def pinyin(hanzi: str) -> list[str]:
    """The syllables of a Chinese spelling, without tones."""
    from pypinyin import lazy_pinyin

    return [syllable for syllable in lazy_pinyin(hanzi, errors="ignore", v_to_u=False) if syllable.isascii()]


def from_unidic() -> Iterator[Pair]:
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


def rows(path: Path | None) -> Iterator[dict[str, str]]:
    """The rows of a tab-separated file with a header; none of no file."""
    if path:
        with path.open(encoding="utf8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def fold_of(key: str, folds: int) -> int:
    """Which of so many parts a name belongs to, the same in every run."""
    return int(hashlib.md5(key.encode()).hexdigest(), 16) % folds if folds else 1


class Source(NamedTuple):
    """All names and pairs to learn from, or all that are kept out."""

    spelt: dict[str, list[str]]  # katakana by folded Latin letters
    variants: list[Pair]
    look_alikes: list[Pair]
    chinese: list[Pair]  # folded Latin letters and hanzi

    @classmethod
    def read(cls, arguments: argparse.Namespace, wanted: Callable[[str], bool]) -> Source:
        """What the files hold, as far as the key of each fact is wanted."""
        spelt = defaultdict(set)
        named = itertools.chain(
            from_unidic(), (tuple(row.values())[1::-1] for path in arguments.pairs for row in rows(path))
        )
        for kana, latin in named:
            kana, letters = unicodedata.normalize("NFKC", kana), fold_latin(latin)
            if re.fullmatch(r"[\u30a1-\u30fa\u30fc]+", kana) and letters.isascii() and letters and wanted(letters):
                spelt[letters].add(kana)
        variants = {(row["canonical"], row["variant"]) for row in rows(arguments.variants) if wanted(row["canonical"])}
        apart = {(row["a"], row["b"]) for row in rows(arguments.look_alikes) if wanted(min(row["a"], row["b"]))}
        chinese = {(fold_latin(one), other) for one, other, *_ in (row.values() for row in rows(arguments.chinese))}
        return cls(
            {letters: sorted(kana) for letters, kana in sorted(spelt.items())},
            sorted(pair for pair in variants if all(map(KATAKANA.fullmatch, pair)) and pair[0] != pair[1]),
            sorted(apart),
            sorted(pair for pair in chinese if wanted(pair[0])),
        )

    def in_letters(self) -> list[Example]:
        """The names as morae and letters, without what cannot be aligned."""
        examples = [(tuple(morae(kana)), tuple(latin)) for latin, found in self.spelt.items() for kana in found]
        return sorted(
            (units, letters)
            for units, letters in examples
            if len(units) <= 14 and len(units) / 2 <= len(letters) <= min(4 * len(units), 20)
        )

    def in_syllables(self) -> list[Example]:
        """The names as morae and syllables of pinyin, without what cannot be aligned."""
        read = [(tuple(pinyin(hanzi)), self.spelt.get(latin, [])) for latin, hanzi in self.chinese]
        examples = {(tuple(morae(kana)), syllables) for syllables, found in read for kana in found}
        return sorted((units, syllables) for units, syllables in examples if fits(units, syllables))


def fits(units: Sequence[str], syllables: Sequence[str]) -> bool:
    """Whether so many morae can be written in so many syllables."""
    return 0 < len(syllables) <= len(units) <= min(14, MAX_MORAE_OF_SYLLABLE * len(syllables))


# --- segments ---


class Batch:
    """Pairs of one shape, and for every cell and step of their chart the number of the segment."""

    def __init__(self, pairs: list[Example], most: tuple[int, int], numbers: dict[Pair, int]) -> None:
        self.size, self.m, self.n = len(pairs), len(pairs[0][0]), len(pairs[0][1])
        self.steps: dict[tuple[int, int, int, int], np.ndarray] = {}
        for i, j in itertools.product(range(self.m), range(self.n)):
            for a in range(1, min(most[0], self.m - i) + 1):
                for b in range(1, min(most[1], self.n - j) + 1):
                    segments = (("".join(kana[i : i + a]), "".join(other[j : j + b])) for kana, other in pairs)
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


def learn(pairs: list[Example], most: tuple[int, int], dearest: float, smallest: float) -> dict[Pair, float]:
    """Expected counts of segments; what costs more nats a unit than ``dearest`` is no transliteration (海 for hägglund)."""
    shapes = defaultdict(list)
    for pair in pairs:
        shapes[len(pair[0]), len(pair[1])].append(pair)
    numbers: dict[Pair, int] = {}
    batches = [Batch(group, most, numbers) for _, group in sorted(shapes.items())]
    names = list(numbers)
    # A first guess that favours one mora against one or two letters, or against one syllable.
    size = np.array([len(morae(kana)) + (len(other) if most[1] > 1 else 1) for kana, other in names], float)
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
            if round_ == 5:
                alive[k] = logs / (batch.m + batch.n) > -dearest
        counts[counts < (smallest if round_ > 3 else 0.02)] = 0
        p = counts / counts.sum()
        say(f"round {round_ + 1}: {seen} pairs, {total / seen:.3f} nats each, {np.count_nonzero(p)} segments")
    return {name: round(float(count), 2) for name, count in zip(names, counts, strict=True) if count > 0}


# --- weights ---


def bones(latin: str) -> str:
    """What is left of Latin letters where one name's spellings agree: its consonants, without what languages spell two ways."""
    for pair in ("sch s", "sh s", "ph f", "ch k", "ck k", "x ks", "th t", "tz ts", "cz ts"):
        latin = latin.replace(*pair.split())
    latin = latin.translate(str.maketrans("vwcqzlj", "bbkksry", "haeiou"))
    return re.sub(r"(.)\1+", r"\1", latin.replace("y", ""))


class Lesson(NamedTuple):
    """Pairs of spellings: of one name, of two that the sieve takes for near, and of two that look alike."""

    alike: list[Pair]
    variants: list[Pair]
    near: list[Pair]
    look_alike: list[Pair]
    latin_alike: list[Pair]
    latin_near: list[Pair]

    @classmethod
    def of(cls, source: Source, sound: Sound, every: int = 1) -> Lesson:
        """The pairs that a source holds, the near ones from ``every`` second, third … block of names.

        What the segments cannot align at all (スケボー for skateboard) is no spelling.
        """
        chooser = random.Random(SEED)
        spelt = {latin: [kana for kana in found if KATAKANA.fullmatch(kana)] for latin, found in source.spelt.items()}
        names = [(kana, latin) for latin, found in spelt.items() for kana in found if 2 <= len(latin) <= 20]
        alike = {
            pair
            for latin, found in spelt.items()
            for pair in itertools.combinations([kana for kana in found if sound.kana_latin(kana, latin) > 3], 2)
        }
        variants = {(min(pair), max(pair)) for pair in source.variants if sound.share(*pair) > 0.2}
        chooser.shuffle(names)
        bare = {latin: bones(latin) for _, latin in names}
        near, latin_near = set(), set()
        for at in range(0, len(names), BLOCK * every):
            block = names[at : at + BLOCK]
            size = len(block)
            for i, j in sieve([kana for kana, _ in block] + [latin for _, latin in block]):
                (one, latin), (other, other_latin) = block[i % size], block[j % size]
                if bare[latin] == bare[other_latin] or one == other or i >= size:
                    continue
                if j < size:
                    near.add((min(one, other), max(one, other)))
                elif (i + j) % LATIN_EVERY == 0:
                    latin_near.add((one, other_latin))
        look_alike = {(min(pair), max(pair)) for pair in source.look_alikes}
        kana = [name for name, _ in names]
        for name, latin in chooser.sample(names, len(names) // 12):
            most = 1 if len(name) < 5 else 2
            for other, apart, place in extract(
                name, kana, scorer=Levenshtein.distance, score_cutoff=most, limit=40, processor=None
            ):
                if apart and bare[names[place][1]] != bare[latin]:
                    look_alike.add((min(name, other), max(name, other)))
                    latin_near.add((name, names[place][1]))
        latin_alike = [(name, latin) for name, latin in names if sound.kana_latin(name, latin) > -5]
        known = {(name, latin) for latin, found in spelt.items() for name in found}
        one = alike | variants
        return cls(
            sorted(alike), sorted(variants), sorted(near - one), sorted(look_alike - one),
            sorted(latin_alike), sorted(latin_near - known),
        )  # fmt: skip


def traits_of_kana(sound: Sound, pair: Pair) -> dict[str, float]:
    """What is heard in two katakana spellings, the differences counted by trait."""
    return traits_at_first(sound, pair) | sound.traits_of_kana(*pair)


def traits_at_first(sound: Sound, pair: Pair) -> dict[str, float]:
    """What is heard in two katakana spellings without their segments."""
    numbers, found = sound.first_traits(*pair)
    return numbers | Counter(trait for difference in found for trait in difference.traits())


def fitted(
    examples: list[tuple[list[Pair], int, float]], traits: Callable[[Pair], dict[str, float]], strength: float
) -> dict[str, float]:
    """Weights of traits, nats; the bias is such that 0 says nothing, whatever the numbers of examples."""
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform([traits(pair) for pairs, _, _ in examples for pair in pairs])
    y = np.concatenate([np.full(len(pairs), is_one) for pairs, is_one, _ in examples])
    weights = np.concatenate([np.full(len(pairs), weight) for pairs, _, weight in examples])
    model = LogisticRegression(C=strength, max_iter=5000, tol=1e-6).fit(x, y, weights)
    bias = float(model.intercept_[0]) + float(np.log(weights[y == 0].sum() / weights[y == 1].sum()))
    found = {
        trait: float(weight) for trait, weight in zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True)
    }
    found = {trait: round(weight, 3) for trait, weight in (found | {"bias": bias}).items()}
    if min(found.get("nats", 0.0), found.get("share", 0.0)) < 0:
        say("warning: likeness speaks against a pair; the weights cannot be used")
    return {trait: weight for trait, weight in sorted(found.items()) if abs(weight) >= 0.01}


def trained(source: Source) -> Table:
    """The whole table."""
    segments = Segments.counted(learn(source.in_letters(), (MAX_MORAE, MAX_LETTERS), 2.6, SMALLEST))
    syllables = Segments.counted(
        learn(source.in_syllables(), (MAX_MORAE_OF_SYLLABLE, 1), 3.5, SMALLEST_OF_SYLLABLES) if source.chinese else {}
    )
    sound = Sound(Table(segments, syllables, {}, {}, {}))
    lesson = Lesson.of(source, sound, every=2)
    say(", ".join(f"{len(pairs)} {name}" for name, pairs in lesson._asdict().items()))
    examples = [(lesson.alike, 1, 1.0), (lesson.variants, 1, 0.5), (lesson.near, 0, 2.0), (lesson.look_alike, 0, 1.0)]
    kana = fitted(examples, lambda pair: traits_of_kana(sound, pair), 0.3)
    first = fitted(examples, lambda pair: traits_at_first(sound, pair), 0.3)
    latin = fitted(
        [(lesson.latin_alike[::2], 1, 1.0), (lesson.latin_near[::2], 0, 1.0)],
        lambda pair: sound.traits_of_latin(*pair),
        10.0,
    )
    return Table(segments, syllables, kana, latin, first)


# --- judging ---


def judge(sound: Sound, held: Source) -> None:
    """How many spellings of one name score above all but one in a thousand, and in ten thousand, of the near pairs of two."""
    lesson = Lesson.of(held, sound)
    for name, one, two, score in (
        ("kana, nats", lesson.alike + lesson.variants, lesson.near, sound.kana_kana),
        ("kana, share", lesson.alike + lesson.variants, lesson.near, sound.share),
        ("kana, weight", lesson.alike + lesson.variants, lesson.near, sound.weight),
        ("Latin, nats", lesson.latin_alike, lesson.latin_near, sound.kana_latin),
        ("Latin, share", lesson.latin_alike, lesson.latin_near, sound.share),
        ("Latin, weight", lesson.latin_alike, lesson.latin_near, sound.weight),
        *chinese_trials(held, lesson, sound),
    ):
        right, wrong = (np.sort([score(*pair) for pair in pairs])[::-1] for pairs in (one, two))
        found = [f"{(right > wrong[int(len(wrong) * rate)]).mean():.3f} at {rate:g}" for rate in (1e-2, 1e-3, 1e-4)]
        print(f"{name:16} {len(right):6} pairs of one name, {len(wrong):6} of two: {', '.join(found)}")


def chinese_trials(
    held: Source, lesson: Lesson, sound: Sound
) -> Iterator[tuple[str, list[Pair], list[Pair], Callable[[str, str], float]]]:
    """Katakana that one Chinese rendering ties, and katakana with hanzi."""
    by_hanzi = defaultdict(set)
    for latin, hanzi in held.chinese:
        by_hanzi[hanzi].update(kana for kana in held.spelt.get(latin, []) if KATAKANA.fullmatch(kana))
    ties = sorted({pair for kana in by_hanzi.values() for pair in itertools.combinations(sorted(kana), 2)})
    if ties:
        for name, score in (("nats", sound.kana_kana), ("Chinese", sound.through_chinese)):
            yield f"tied, {name}", ties, lesson.near, score
        right = [(kana, " ".join(pinyin(hanzi))) for hanzi, found in sorted(by_hanzi.items()) for kana in sorted(found)]
        right = [pair for pair in right if fits(morae(pair[0]), pair[1].split())]
        shuffled = [syllables for _, syllables in right]
        random.Random(SEED).shuffle(shuffled)
        wrong = list(zip([kana for kana, _ in right], shuffled, strict=True))
        yield "hanzi", right, wrong, lambda kana, syllables: sound.kana_chinese(kana, syllables.split())


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, action="append", default=[], help="more names: Latin, katakana")
    parser.add_argument("--variants", type=Path, help="katakana spellings of one word: canonical, variant")
    parser.add_argument("--look-alikes", type=Path, help="katakana names that look alike and are two: a, b")
    parser.add_argument("--chinese", type=Path, help="names: Latin, Chinese")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("sound.bin"))
    parser.add_argument("--hold-out", type=int, default=0, metavar="N", help="keep every N-th name for judging")
    parser.add_argument("--dump", action="store_true", help="print the table as text, and learn nothing")
    arguments = parser.parse_args()
    if arguments.dump:
        print(*Table.load(arguments.out).dump(), sep="\n")
        return 0
    folds = arguments.hold_out
    trained(Source.read(arguments, lambda key: fold_of(key, folds) != 0)).save(arguments.out)
    if folds:
        judge(Sound.load(arguments.out), Source.read(arguments, lambda key: fold_of(key, folds) == 0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
