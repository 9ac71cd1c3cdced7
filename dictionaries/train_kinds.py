"""Learn what says that a name is a person's, a place's, an organisation's, a product's; write `kinds.tsv` and `kinds.bin`.

    python dictionaries/train_kinds.py --sentences labelled.jsonl [--articles labelled.jsonl] \\
        [--people wikidata_en_katakana.tsv] [--vectors ja_ginza/vocab] [--out dictionaries]

- What a spelling looks like is learned from the katakana words of unidic-lite and sudachidict_core, which say whether a word
  is a person's name, a place, another proper name or a common word, and from people's names (--people: Latin, katakana).
- What the words beside a name mean is learned with the help of word vectors (--vectors: a spaCy vocabulary), so that 宰相 says
  what 首相 says though no sentence holds it. Of the vectors, nothing is kept but the weights they lead to.
- What all cues weigh is a multinomial logistic fit on labelled texts: rows of {"id", "text", "names": [{"kind", "mentions"}]}.
  --articles are machine-translated ones, not all of whose names are labelled.

The fit is judged by cross-validation over articles (the id up to its first /). Needs numpy, scikit-learn, srsly and spacy
(not otherwise dependencies).
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from soroe.lexicon import Lexicon
from soroe.names.kinds import Kinds, after
from soroe.names.mentions import Chain, Finder
from soroe.names.resolve import Names
from soroe.names.shape import CLASSES, HEADER, KINDS, MAGIC, SLOTS, Shape, Weights, letter_runs
from soroe.tokens import open_tokenizer

KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}")
KATAKANA_LETTER = re.compile(r"[\u30a1-\u30fa\u30fc]")
NAME = re.compile(r"[\u30a1-\u30fa\u30fc・･＝= ]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff々]{1,3}")
VERB = re.compile(r"([\u4e00-\u9fff々]{1,2})[\u3041-\u309f]{1,3}")
FIELD = re.compile(rb"\x00([^\x00]{20,})(?=\x00)")
BUCKETS = 1 << 16
DIMENSIONS = 64
VECTOR_SCALE = 0.3  # word vectors are weak cues: the smaller, the more the fit holds them back
FOLDS = 5
CLUSTERS = 4096  # rows of word weights, for 19,000 vectors
FEWEST = 6  # a cue seen less often is no rule
LEAN = -0.4  # nats for a person, chosen by cross-validation: as many people are missed as are none
ARTICLE_WEIGHT = 0.4  # a mention of a long article repeats what the others say
KIND_OF_LABEL = {
    "人名": "person",
    "地名": "place",
    "施設名": "place",
    "法人名": "organisation",
    "政治的組織名": "organisation",
    "その他の組織名": "organisation",
    "製品名": "product",
    "イベント名": "product",
    "person": "person",
    "place": "place",
    "org/product": "organisation",
    "term": "other",
}


# --- what a spelling looks like ---


def class_of(pos: Sequence[str]) -> int | None:
    """The class of a dictionary's part of speech: its place in CLASSES."""
    if "人名" in pos:
        return 0
    if "地名" in pos:
        return 1
    if "固有名詞" in pos:
        return 2
    return 3 if pos[0] in ("名詞", "形状詞", "副詞", "感動詞") else None


def unidic_fields() -> Iterator[list[str]]:
    """The entries of unidic-lite."""
    import unidic_lite

    for match in FIELD.finditer((Path(unidic_lite.DICDIR) / "sys.dic").read_bytes()):
        fields = match[1].decode("utf8", "replace").split(",")
        if len(fields) > 12:
            yield fields


def dictionary_words(unidic: Iterable[list[str]], people: Path | None) -> dict[str, np.ndarray]:
    """Katakana and Latin words, and how often the dictionaries say person, place, proper name, word of them."""
    import sudachipy

    words: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(CLASSES)))
    for fields in unidic:
        said = class_of(fields[:4])
        if said is not None and KATAKANA.fullmatch(fields[8]):
            words[fields[8]][said] += 1.5
            latin = fields[7].partition("-")[2]
            if latin.isascii() and latin.isalpha():
                words[latin.lower()][said] += 1
    for entry in sudachipy.Dictionary(dict="core").entries():
        said = class_of(entry.part_of_speech())
        if said is not None and KATAKANA.fullmatch(entry.surface()):
            words[entry.surface()][said] += 1
    if people:
        for row in people.read_text("utf8").splitlines()[1:]:
            latin, katakana, count = row.split("\t")
            for name in (latin, katakana):
                if KATAKANA.fullmatch(name) or (name.isascii() and name.isalpha()):
                    words[name][0] += min(1.0, 0.4 + 0.1 * int(count))
    return dict(words)


def learn_letters(words: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """Weights of the hashed runs of letters, a row a bucket, as signed bytes; and the steps a nat."""
    spellings = sorted(words)
    places, starts = [], [0]
    for spelling in spellings:
        places += [crc32(run) % BUCKETS for run in letter_runs(spelling)]
        starts.append(len(places))
    seen = csr_matrix((np.ones(len(places), np.float32), places, starts), (len(spellings), BUCKETS))
    row, said = np.nonzero(np.array([words[spelling] for spelling in spellings]))
    share = np.array([words[spellings[r]][c] / words[spellings[r]].sum() for r, c in zip(row, said, strict=True)])
    fit = LogisticRegression(C=0.3, max_iter=80).fit(seen[row], said, sample_weight=share)
    coefficients = fit.coef_.T - fit.coef_.T.mean(1, keepdims=True)
    step = 127 / np.quantile(np.abs(coefficients), 0.9999)
    return np.clip(np.round(coefficients * step), -127, 127).astype(np.int8), float(step)


# --- what words mean ---


def learn_words(folder: Path, common: set[str]) -> tuple[dict[str, int], np.ndarray]:
    """Common words (verbs by their stem and ~) with the number of their vector, and the vectors, fewer and of fewer numbers."""
    import srsly
    from spacy.strings import get_string_id

    data = (folder / "vectors").read_bytes()
    vectors = np.load(io.BytesIO(data[data.index(b"\x93NUMPY") :]))
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    left, size, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    short = left[:, :DIMENSIONS] * size[:DIMENSIONS]
    short = (short / short.std()).astype(np.float32)
    row_of = srsly.read_msgpack(folder / "key2row")
    found: dict[str, int] = {}
    stems: dict[str, list[int]] = defaultdict(list)
    for word in srsly.read_json(folder / "strings.json"):
        row = row_of.get(get_string_id(word))
        if row is None:
            continue
        if word in common and (HAN.fullmatch(word) or (KATAKANA.fullmatch(word) and len(word) < 10)):
            found[word] = row
        elif match := VERB.fullmatch(word):
            stems[match[1]].append(row)
    extra = []
    for stem, rows in sorted(stems.items()):
        found[f"{stem}~"] = len(short) + len(extra)
        extra.append(short[rows].mean(0))
    return found, np.vstack([short, *extra])


# --- what the cues weigh ---


class Example(NamedTuple):
    """A mention with its cues, and what it is of."""

    article: str
    fold: int
    kind: str
    cues: dict[str, float]
    words: list[tuple[int, int, float]]
    weight: float
    units: int  # of katakana, of more than one letter; 0 where the name is not found by soroe
    katakana: bool


def examples(path: Path, finder: Finder, kinds: Kinds, articles: bool) -> Iterator[Example]:
    """The chains of labelled texts; of sentences also the labelled names in other scripts, for what stands beside them."""
    for line in path.read_text("utf8").splitlines():
        row = json.loads(line)
        text, article = row["text"], row["id"].split("/")[0] if not articles else row["id"]
        labelled = [(KIND_OF_LABEL[name["kind"]], *span) for name in row["names"] for span in name["mentions"]]
        # A chain counts from the beginning of its line; a line that stands twice has its chains once.
        places = {(at, id(unit[-1])): unit[-1] for found in finder.spellings(text) for at, unit in found.places}
        chains = [(chain, at + chain.start, at + chain.end) for (at, _), chain in places.items()]
        spans = {(first, last) for _, first, last in chains}
        if not articles:
            others = {span for span in labelled if span[1:] not in spans}
            for kind, start, end in sorted(others):
                at = text.rfind("\n", 0, start) + 1
                line = text[at:].split("\n", 1)[0]
                chain = Chain(finder, line, text[start:end], start - at, end - at, False)
                yield example(article, kind, chain, kinds, finder, (), 1.0)
        for chain, first, last in chains:
            said = {
                kind
                for kind, start, end in labelled
                if (start < last and first < end if articles else start <= first and last <= end)
            }
            if articles and not said:
                # Not every name of an article is labelled; what the dictionary calls a word is none.
                if all(finder.known(surface).kind == "word" for surface in chain.surfaces) and crc32(text.encode()) % 2:
                    yield example(article, "other", chain, kinds, finder, chain.surfaces, ARTICLE_WEIGHT)
            elif not articles or len(said) == 1:
                kind = next((kind for kind in KINDS if kind in said), "other")
                weight = ARTICLE_WEIGHT if articles else 1.0
                yield example(article, kind, chain, kinds, finder, chain.surfaces, weight)


def example(
    article: str,
    kind: str,
    chain: Chain,
    kinds: Kinds,
    finder: Finder,
    surfaces: Sequence[str],
    weight: float,
) -> Example:
    """One mention as an example."""
    text = chain.line
    known = [finder.known(surface).kind for surface in surfaces]
    cues = Counter[str]()
    whole = text[chain.start : chain.end]
    if surfaces:
        for cue, value in kinds.form(surfaces, known, whole):
            cues[cue] += value
    else:
        cues["another script"] = 1
    beside = after(text, chain.end)
    for cue, value in kinds.cues(text, chain.start, chain.end, chain.cues, known, beside):
        cues[cue] += value
    units = sum(KATAKANA.fullmatch(surface) is not None for surface in surfaces)
    katakana = re.fullmatch(r"[\u30a1-\u30fa\u30fc・･＝= ]+", whole) is not None
    words = [*kinds.words(text, chain.start, chain.end, beside), *kinds.itself(surfaces)]
    return Example(article, fold_of(article), kind, dict(cues), words, weight, units, katakana)


def vectors_of(rows: Iterable[Example], vectors: np.ndarray) -> csr_matrix:
    """The vectors of the words beside each mention, slot by slot."""
    size = vectors.shape[1]
    dense = []
    for row in rows:
        line = np.zeros((len(SLOTS), size), np.float32)
        for slot, number, share in row.words:
            line[slot] += share * vectors[number]
        dense.append(line.ravel())
    return csr_matrix(np.array(dense) * VECTOR_SCALE)


class Learned(NamedTuple):
    """What a fit says, before it is packed: the weights of the cues, and those of each vector in each slot."""

    cues: dict[str, np.ndarray]
    bias: np.ndarray
    words: np.ndarray

    @classmethod
    def of(cls, model: LogisticRegression, names: Sequence[str], vectors: np.ndarray) -> Learned:
        """The weights of a fit against its last kind, no name; a person is leant to or from by LEAN."""
        weights = (model.coef_[:-1] - model.coef_[-1]).T
        bias = model.intercept_[:-1] - model.intercept_[-1] + np.array([LEAN, 0, 0, 0])
        by_slot = weights[len(names) :].reshape(len(SLOTS), DIMENSIONS, len(KINDS)) * VECTOR_SCALE
        words = np.einsum("rd,sdk->rsk", vectors, by_slot).reshape(len(vectors), -1)
        return cls(dict(zip(names, weights, strict=False)), bias, words)

    def kinds(self, lexicon: Lexicon, shape: Shape) -> Kinds:
        """It at work, unpacked: every vector has a row of its own."""
        step = 127 / np.abs(self.words).max()
        packed = np.round(self.words * step).astype(np.int8).tobytes()
        weights: dict[str, Weights] = {cue: tuple(map(float, nats)) for cue, nats in self.cues.items()}
        weights["always"] = tuple(map(float, self.bias))
        return Kinds(lexicon, shape._replace(words=packed, word_step=float(step)), weights)


class Tally:
    """Recall of katakana people, and precision of katakana spellings called people, as `Names.resolve` finds them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.names = Names(lexicon)
        self.people = self.hit = self.said = self.right = 0

    def add(self, sentences: Iterable[tuple[str, list[tuple[int, int]]]], kinds: Kinds) -> None:
        """Count in these sentences, each with the spans of its people."""
        self.names._finder.__dict__["_kinds"] = kinds
        self.names._finder._lines.clear()
        for text, people in sentences:
            spans = [
                mention.span
                for entity in self.names.resolve(text, every=True)
                if entity.kind == "person"
                for alias in entity.aliases
                for mention in alias.mentions
            ]
            covered = {at for start, end in spans for at in range(start, end)}
            for start, end in people:
                if NAME.fullmatch(text[start:end]):
                    self.people += 1
                    self.hit += all(at in covered for at in range(start, end) if KATAKANA_LETTER.match(text[at]))
            for start, end in spans:
                if NAME.fullmatch(text[start:end]):
                    self.said += 1
                    self.right += any(first <= start and end <= last for first, last in people)

    def __str__(self) -> str:
        recall, precision = self.hit / max(1, self.people), self.right / max(1, self.said)
        return f"recall {recall:.4f} of {self.people}, precision {precision:.4f} of {self.said}"


def people_in(path: Path) -> list[tuple[int, str, list[tuple[int, int]]]]:
    """The fold of every sentence, its text and the spans of its people."""
    found = []
    for row in map(json.loads, path.read_text("utf8").splitlines()):
        people = [
            (start, end)
            for name in row["names"]
            if KIND_OF_LABEL[name["kind"]] == "person"
            for start, end in name["mentions"]
        ]
        found.append((fold_of(row["id"].split("/")[0]), row["text"], people))
    return found


def fold_of(article: str) -> int:
    """The fold of an article."""
    return crc32(article.encode()) % FOLDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=Path, required=True, help="labelled sentences")
    parser.add_argument("--articles", type=Path, help="labelled machine-translated articles")
    parser.add_argument("--people", type=Path, help="people's names: Latin, katakana, count")
    parser.add_argument("--vectors", type=Path, required=True, help="the vocab folder of a spaCy pipeline")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--strength", type=float, default=0.1, help="inverse of the regularization")
    parser.add_argument("--no-judging", action="store_true", help="skip the cross-validation")
    args = parser.parse_args()
    with threadpool_limits(1):  # sums of many threads differ in their last digits
        return learn(args)


def learn(args: argparse.Namespace) -> int:
    """Learn and write all."""
    unidic = list(unidic_fields())
    letters, letter_step = learn_letters(dictionary_words(unidic, args.people))
    found, vectors = learn_words(args.vectors, {fields[8] for fields in unidic})
    by_checksum = {crc32(word.encode()): row for word, row in sorted(found.items(), reverse=True)}
    print(f"{len(by_checksum)} words", file=sys.stderr)

    lexicon = Lexicon.load()
    finder = Finder(lexicon, open_tokenizer("fugashi"))
    shape = Shape(
        letters.tobytes(),
        by_checksum,
        b"",
        BUCKETS,
        letter_step,
        1.0,
    )
    kinds = Kinds(lexicon, shape, {})
    rows = list(examples(args.sentences, finder, kinds, False))
    if args.articles:
        rows += examples(args.articles, finder, kinds, True)
    seen = Counter(cue for row in rows for cue in row.cues)
    cues = DictVectorizer()
    counted: Any = cues.fit_transform(
        [{cue: v for cue, v in row.cues.items() if seen[cue] >= FEWEST and is_writable(cue)} for row in rows]
    )
    known = hstack([counted, vectors_of(rows, vectors)]).tocsr()
    truth = np.array([(*KINDS, "other").index(row.kind) for row in rows])
    weight = np.array([row.weight for row in rows])
    fold = np.array([row.fold for row in rows])

    def fit(chosen: np.ndarray) -> LogisticRegression:
        return LogisticRegression(C=args.strength, max_iter=150).fit(
            known[chosen], truth[chosen], sample_weight=weight[chosen]
        )

    names = list(cues.get_feature_names_out())
    sentences = people_in(args.sentences)
    if not args.no_judging:
        tally = Tally(lexicon)
        for one in range(FOLDS):
            learned = Learned.of(fit(fold != one), names, vectors)
            tally.add([row[1:] for row in sentences if row[0] == one], learned.kinds(lexicon, shape))
        print(f"cross-validated: {tally}")
    learned = Learned.of(fit(np.ones(len(rows), bool)), names, vectors)
    write_cues(learned, args.out / "kinds.tsv")
    write_table(shape, by_checksum, learned.words, args.out / "kinds.bin")
    tally = Tally(lexicon)
    tally.add([row[1:] for row in sentences], Kinds.load(lexicon, args.out))
    print(f"fitted: {tally}")
    return 0


def is_writable(cue: str) -> bool:
    """Whether a cue can stand in a table: it ends in no white space and holds no tab and no line break."""
    return cue == cue.strip() and len(cue.splitlines()) == 1 and "\t" not in cue


def write_cues(learned: Learned, path: Path) -> None:
    """The weights of the cues, sorted; those that say next to nothing are left out."""
    lines = {"always\t" + "\t".join(f"{nats:.2f}" for nats in learned.bias)}
    for cue, nats in learned.cues.items():
        if cue != "another script" and not cue.startswith("#") and np.abs(nats).max() >= 0.05:
            lines.add(f"{cue}\t" + "\t".join(f"{one:.2f}" for one in nats))
    head = "# cue\t" + "\t".join(KINDS) + " (nats, against no name); written by train_kinds.py"
    path.write_text("\n".join([head, *sorted(lines, key=lambda line: line.split("\t"))]) + "\n", "utf8")


def write_table(shape: Shape, by_checksum: dict[int, int], word_weights: np.ndarray, path: Path) -> None:
    """The packed table; words whose weights are alike share a row."""
    used = np.array(sorted(set(by_checksum.values())))
    groups = MiniBatchKMeans(CLUSTERS, random_state=0, n_init=1, batch_size=8192).fit(word_weights[used])
    group_of = dict(zip(used.tolist(), groups.labels_.tolist(), strict=True))
    centres = groups.cluster_centers_
    step = 127 / np.abs(centres).max()
    packed = np.clip(np.round(centres * step), -127, 127).astype(np.int8)
    order = sorted(by_checksum)
    header = HEADER.pack(BUCKETS, len(order), len(packed), shape.letter_step, step)
    checksums = np.array(order, "<u4").tobytes()
    rows = np.array([group_of[by_checksum[one]] for one in order], "<u2").tobytes()
    path.write_bytes(MAGIC + header + shape.letters + checksums + rows + packed.tobytes())


if __name__ == "__main__":
    sys.exit(main())
