"""Learn what evidence weighs, and write `evidence.tsv`.

    python dictionaries/train_evidence.py --labelled ARTICLES.jsonl [...] --apart ARTICLES.jsonl [...] --alike pairs.tsv --cases names.tsv

A judge of `soroe.names.evidence` says what it sees of two spellings, and how much of it. What that weighs is learned by
logistic regression, with the sign of every weight fixed: what speaks for one name (FOR) is never negative, what speaks
against it never positive. Learned from are

- `--labelled`: machine-translated articles with labelled names, rows of {"id", "text", "names": [{"name", "kind",
  "mentions": [[start, end], …]}, …]}; two spellings of one label are one name, of two labels two;
- the same articles with names put into them that look alike: the spellings of two of their people become a pair of the
  table `--alike` (two katakana names a row, and how each is written in Latin letters), and the two are two names;
- `--cases`: `tests/cases/names.tsv`, pairs of spellings with a short context, judged by hand;
- `--chinese`: labelled articles whose names went through Chinese (`compose_chinese.py`); they teach what the evidence weighs that is
  seen in such texts only (CHINESE), all other weights as they are;
- `--apart`: articles by people, in which no two spellings are one, but for those that sound so alike that they are one
  name after all (ダマスカス, ダマスクス); those teach nothing.

`--only TEXT` keeps the labelled articles whose id begins so, `--judge TEXT` tells how the others come out. Needs numpy and scipy
(not otherwise dependencies). The same input gives the same table.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from soroe.lexicon import Lexicon, Script
from soroe.names.evidence import Seen
from soroe.names.resolve import Names
from soroe.names.weighing import FOR, MERGE, SUGGEST, score, scores, weigh, with_others
from soroe.text import Edit, Span, replay

ACROSS = frozenset(
    {"first name", "family name", "other first name", "other family name", "introduced", "place in name"}
    | {"role", "other role", "office", "other office", "together", "others"}
)
# What is seen in texts only that came from Chinese, and learned from those.
CHINESE = frozenset({"chinese", "rendering"})
# Pairs of which this is seen teach nothing of what else is seen of them.
NOT_WITH_OTHERS = CHINESE | {"denied"}
# One pair of two names weighs as much as so many of one name.
AGAINST_WEIGHT = 3.0
# How strongly weights are drawn to 0 (the inverse variance of a normal prior).
RIDGE = 0.5
ROUNDS = 3
LOOKALIKES = 10  # how many pairs of look-alikes are tried in an article
LATIN_LOOKALIKES = 0.4  # how often the second stands in Latin letters
ONE_NAME_AFTER_ALL = 4.0  # nats of sound
# Groups of hand-judged cases whose two spellings sound as one name does and stay two for another reason.
ONE_NAME_LEFT_ALONE = frozenset(
    {"a company in Latin letters is suggested at most", "a gloss stands as it is", "the text speaks of the spelling"}
    | {"a word is not who is spelt alike in Latin", "a place is not a person of its name"}
    | {"a part of a place's or a firm's name"}
)


class Lesson(NamedTuple):
    """All that is seen of one document's pairs, and of each whether it is one name; one not in `same` teaches nothing."""

    id: str
    source: str
    pairs: dict[tuple[str, str], Seen]
    same: dict[tuple[str, str], bool]


def rows(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """The rows of JSONL files."""
    for path in paths:
        with path.open(encoding="utf8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def labelled_lesson(names: Names, row: dict[str, Any]) -> Lesson:
    """What the labels of an article teach."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for name in row["names"]:
        for start, end in name["mentions"]:
            owners[row["text"][start:end]].add(name["name"])
    pairs = names.pairs(row["text"])
    same = {
        (left, right): bool(owners[left] & owners[right])
        for left, right in pairs
        if owners.get(left) and owners.get(right)
    }
    return Lesson(row["id"], "labelled", pairs, same)


def lookalike_lessons(
    names: Names, row: dict[str, Any], alike: list[tuple[str, str, str]], chance: random.Random
) -> Iterator[Lesson]:
    """What an article teaches in which two people bear names that look alike, and one of the names may stand in Latin letters."""
    text = row["text"]
    people: dict[str, list[tuple[int, int]]] = {}
    for name in row["names"]:
        spelt = {text[start:end] for start, end in name["mentions"]}
        if name["kind"] == "person" and all("ァ" <= letter <= "ー" for one in spelt for letter in one):
            people[name["name"]] = name["mentions"]
    couples = list(combinations(sorted(people), 2))
    for one, other in chance.sample(couples, min(LOOKALIKES, len(couples))):
        left, right, latin = chance.choice(alike)
        is_latin = chance.random() < LATIN_LOOKALIKES
        edits = [Edit(Span(*span), left, "", "") for span in people[one]]
        edits += [Edit(Span(*span), latin if is_latin else right, "", "") for span in people[other]]
        edits.sort()
        if left in text or right in text or any(a.span.end > b.span.start for a, b in pairwise(edits)):
            continue
        pairs = names.pairs(replay(text, edits))
        for pair in ((left, latin), (left, right), (right, left)):
            if pair in pairs:
                yield Lesson(row["id"], "alike", pairs, {pair: False})


def case_lessons(names: Names, path: Path) -> Iterator[Lesson]:
    """What pairs judged by hand teach; those that no one can be sure of teach nothing."""
    with path.open(encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("#"):
                continue
            group, left, right, same, quality, context, *_ = line.rstrip("\n").split("\t")
            if quality == "strong" and same in ("one", "two") and group not in ONE_NAME_LEFT_ALONE:
                pairs = names.pairs(context.replace("⏎", "\n"))
                yield Lesson(str(number), "case", pairs, {p: same == "one" for p in pairs if set(p) == {left, right}})


def apart_lesson(names: Names, row: dict[str, Any]) -> Lesson:
    """What an article by a person teaches."""
    pairs = names.pairs(row["text"])
    same = {
        pair: False
        for pair, seen in pairs.items()
        if names.sound.weight(*pair) < ONE_NAME_AFTER_ALL or any(fact.kind == "inside" for fact in seen.facts)
    }
    return Lesson(row["id"], "apart", pairs, same)


def fitted(
    lessons: list[Lesson], script: Script, weights: dict[tuple[str, Script], float], start: dict[str, float]
) -> dict[str, float]:
    """The weights of one script's pairs that make the lessons likeliest, drawn to where they start."""
    facts: list[Counter[str]] = []
    answers: list[bool] = []
    for lesson in lessons:
        for pair, seen in with_others(lesson.pairs, scores(lesson.pairs, weights)).items():
            if pair in lesson.same and seen.script == script and not any(f.kind in NOT_WITH_OTHERS for f in seen.facts):
                counted: Counter[str] = Counter()
                for fact in seen.facts:
                    counted[fact.kind] += fact.amount  # type: ignore[assignment]
                facts.append(counted)
                answers.append(lesson.same[pair])
    kinds = sorted(({kind for counted in facts for kind in counted} | start.keys() - {"prior"}) - CHINESE)
    centre = np.array([start.get(kind, 0.0) for kind in kinds])
    x = np.array([[counted[kind] for kind in kinds] + [1.0] for counted in facts])
    y = np.array(answers, dtype=float)
    importance = np.where(y == 1, 1.0, AGAINST_WEIGHT)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = 1 / (1 + np.exp(-(x @ w)))
        likelihood = importance * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))
        slope = x.T @ (importance * (p - y))
        slope[:-1] += RIDGE * (w[:-1] - centre)
        return float(-likelihood.sum() + RIDGE / 2 * ((w[:-1] - centre) ** 2).sum()), slope

    bounds = [(0, None) if kind in FOR else (None, 0) for kind in kinds] + [(None, None)]
    w = minimize(loss, np.zeros(len(kinds) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    print(f"{script}: {int(y.sum())} pairs of one name, {int((1 - y).sum())} of two", file=sys.stderr)
    return {kind: round(float(weight), 2) for kind, weight in zip([*kinds, "prior"], w, strict=True)}


def learned(lessons: list[Lesson], start: dict[tuple[str, Script], float]) -> dict[tuple[str, Script], float]:
    """The weights for all scripts; what a document's other names say depends on the weights, so they are learned in rounds."""
    weights = start
    for _ in range(ROUNDS):
        kana = fitted(lessons, "kana", weights, {})
        # Latin look-alikes are few: what is not seen of them weighs what it weighs between katakana spellings.
        latin = fitted(lessons, "latin", weights, {kind: kana[kind] for kind in kana.keys() & ACROSS})
        weights = {(kind, "kana"): weight for kind, weight in kana.items()}
        weights |= {(kind, "latin"): weight for kind, weight in latin.items()}
    return weights


def learned_of_chinese(
    lessons: list[Lesson], weights: dict[tuple[str, Script], float]
) -> dict[tuple[str, Script], float]:
    """The weights of what is seen in texts only that came from Chinese, on top of the others."""
    kinds = sorted(CHINESE)
    rest = {key: weight for key, weight in weights.items() if key[0] not in CHINESE}
    # What is heard through Chinese says no more than what is heard, and a name in hanzi no more than one in Latin letters.
    most = {"chinese": weights["sound", "kana"], "rendering": weights["hub", "kana"]}
    bounds = [(0, most.get(kind)) if kind in FOR else (None, 0) for kind in kinds]

    def loss(w: np.ndarray, x: np.ndarray, before: np.ndarray, y: np.ndarray) -> float:
        z = np.where(y, 1, -1) * (x @ w + before)
        return float((np.where(y, 1.0, AGAINST_WEIGHT) * np.logaddexp(0, -z)).sum() + RIDGE / 2 * (w**2).sum())

    for _ in range(ROUNDS):
        x, before, y = [], [], []
        for lesson in lessons:
            for pair, seen in with_others(lesson.pairs, scores(lesson.pairs, weights)).items():
                if pair in lesson.same and seen.script == "kana":
                    counted = {kind: sum(f.amount for f in seen.facts if f.kind == kind) for kind in kinds}
                    if any(counted.values()):
                        x.append([counted[kind] for kind in kinds])
                        before.append(score(seen, rest))
                        y.append(lesson.same[pair])
        print(f"through Chinese: {sum(y)} pairs of one name, {len(y) - sum(y)} of two", file=sys.stderr)
        w = minimize(loss, np.zeros(len(kinds)), tuple(map(np.array, (x, before, y))), bounds=bounds).x
        weights = {**rest, **{(kind, "kana"): round(float(weight), 2) for kind, weight in zip(kinds, w, strict=True)}}
    return weights


def judge(lessons: list[Lesson], weights: dict[tuple[str, Script], float]) -> None:
    """How many pairs of one name, and of two, are merged and suggested."""
    judged: defaultdict[tuple[str, Script, bool], list[float]] = defaultdict(list)
    high: list[tuple[float, str, str, str]] = []
    for lesson in lessons:
        for pair, seen in with_others(lesson.pairs, scores(lesson.pairs, weights)).items():
            if pair in lesson.same:
                nats, _ = weigh(seen, weights)
                judged[lesson.source, seen.script, lesson.same[pair]].append(nats)
                if not lesson.same[pair]:
                    high.append((nats, lesson.source, *pair))
    steps = (SUGGEST, -1.0, -0.5, 0.0, 0.25, MERGE, 1.0, 2.0, 3.0)
    print("share above", *(f"{step:>6}" for step in steps))
    for key, found in sorted(judged.items()):
        share = [sum(score > step for score in found) for step in steps]
        print(
            f"{key[0]:9} {key[1]:6}",
            "one" if key[2] else "two",
            f"{len(found):5}",
            *(f"{n:5} {n / len(found):.3f}" for n in share),
        )
    print(
        *(f"{nats:.1f} {source} {left}/{right}" for nats, source, left, right in sorted(high, reverse=True)[:25]),
        sep="; ",
    )


def written(weights: dict[tuple[str, Script], float]) -> str:
    """The table."""
    lines = (f"{kind}\t{script}\t{weight:g}" for (kind, script), weight in sorted(weights.items()) if weight)
    head = (
        "# evidence\tscript of the second spelling\tweight in nats; written by train_evidence.py",
        f"# learned from composed articles, for want of real ones: {', '.join(sorted(CHINESE))}",
    )
    return "".join(f"{line}\n" for line in (*head, *lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, nargs="+", default=[])
    parser.add_argument("--apart", type=Path, nargs="+", default=[])
    parser.add_argument("--alike", type=Path)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--chinese", type=Path, nargs="+", default=[])
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--judge", default=None, metavar="TEXT")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    lexicon = Lexicon.load()
    names = Names(lexicon)
    alike: list[tuple[str, str, str]] = []
    if args.alike:
        with args.alike.open(encoding="utf8") as table:
            for left, right, *latin in list(csv.reader(table, delimiter="\t"))[1:]:
                alike.append((left, right, latin[1].partition("|")[0].title()))
    chance = random.Random(7)
    lessons: list[Lesson] = []
    for row in rows(args.labelled):
        lessons.append(labelled_lesson(names, row))
        lessons += lookalike_lessons(names, row, alike, chance)
    lessons += [apart_lesson(names, row) for row in rows(args.apart)]
    if args.cases:
        lessons += case_lessons(names, args.cases)
    always = ("apart", "case")
    weights = learned([one for one in lessons if one.source in always or one.id.startswith(args.only)], lexicon.weights)
    weights |= {key: weight for key, weight in lexicon.weights.items() if key[0] in CHINESE}
    if args.chinese:
        weights = learned_of_chinese([labelled_lesson(names, row) for row in rows(args.chinese)], weights)
    if args.judge is not None:
        judge([one for one in lessons if one.source in always or one.id.startswith(args.judge)], weights)
    table = written(weights)
    if args.out:
        args.out.write_text(table, "utf8")
    else:
        print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
