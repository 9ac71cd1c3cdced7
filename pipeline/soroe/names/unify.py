"""Which full names of a dump are one, by its survey, and which of them all are written as.

Names are compared where their rough readings fall into one block, so that a million of them are not compared with each other.
A name joins another by direct evidence only, never by a chain; one that might be either of two joins neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import groupby, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

from soroe.lexicon import Lexicon
from soroe.messages import Said, sentences
from soroe.names.across import Across, Judged
from soroe.names.full_names import Parts, blocks, is_kana, parts_of
from soroe.names.sieve import read
from soroe.names.sound import Sound
from soroe.names.survey import Count, Fact, Runs
from soroe.names.verdict import ALIKE, Judge, KnownOf, Standing, shares
from soroe.settings import Canonical

_MOST_KEYS = 200_000  # held in memory before they are sorted and written aside: some 30 MB
# A first sieve, as quick as a thousandth of the sound: Levenshtein likeness of rough readings. "sanu arutonan" and "sanu otonan" are 0.77.
_LEAST_LIKE = 0.7


def resolved(
    facts: Callable[[], Iterable[tuple[Fact, Count]]],
    lexicon: Lexicon,
    sound: Sound,
    known: KnownOf,
    canonical: Canonical = "attested",
) -> Across:
    """The full names of a survey that are one.

    ``facts`` gives the survey, and is asked for it three times. In memory are the names that sound like another and what is
    said of them; the rest passes by.
    """
    articles = full = 0
    with TemporaryDirectory(prefix="soroe-") as folder:
        keys = Runs(Path(folder))
        held: list[str] = []
        for (kind, name), counted in groupby(_counts(facts()), lambda line: line[0][:2]):
            if kind == "all":
                articles += sum(count.articles for _, count in counted)
                continue
            full += 1
            held += (f"{key}\t{name}\n" for key in blocks(parts_of(name)))
            if len(held) >= _MOST_KEYS:
                keys.add(sorted(held))
                held = []
        keys.add(sorted(held))
        alike = set(_alike(keys, sound))
    if canonical == "latin":  # what is to be in Latin letters does not become katakana
        alike = {pair for pair in alike if all(map(is_kana, pair))}
    standings = _standings(facts(), {name for pair in alike for name in pair})
    known_of = dict.fromkeys((name for one in standings.values() for name in (one.name, *one.company)), 0)
    for fact, count in _counts(facts()) if known_of else ():
        if fact.name in known_of:
            known_of[fact.name] += count.articles
    names, judged = _decided(standings, sorted(alike), Judge(lexicon, sound, known, known_of, canonical))
    changed = (pair for old, (new, _) in names.items() for pair in zip(old, new, strict=True))
    return Across(names, frozenset(old for old, new in changed if old != new), judged, articles, full)


def _counts(facts: Iterable[tuple[Fact, Count]]) -> Iterator[tuple[Fact, Count]]:
    """Of a survey's facts, which are sorted, how many articles there are and how many tell of each name."""
    return takewhile(lambda counted: counted[0].kind in ("all", "full"), facts)


def _alike(keys: Iterable[str], sound: Sound) -> Iterator[tuple[str, str]]:
    """The pairs of full names of one block whose parts all sound alike; not two Latin ones."""
    for _, lines in groupby(keys, lambda line: line.partition("\t")[0]):
        names = [line.rstrip("\n").partition("\t")[2] for line in lines]
        if len(names) < 2 or not any(map(is_kana, names)):
            continue
        names.sort(key=lambda name: not is_kana(name))
        readings = [" ".join(read(part).coarse for part in parts_of(name)) for name in names]
        for at, name in enumerate(names):
            if not is_kana(name):
                break
            others = names[at + 1 :]
            found = extract(
                readings[at],
                readings[at + 1 :],
                scorer=Levenshtein.normalized_similarity,
                score_cutoff=_LEAST_LIKE,
                limit=None,
                processor=None,
            )
            for _, _, place in found:
                other = others[place]
                if all(share >= ALIKE for share in shares(parts_of(name), parts_of(other), sound)):
                    yield name, other


def _standings(facts: Iterable[tuple[Fact, Count]], names: AbstractSet[str]) -> dict[str, Standing]:
    found = {name: Standing(name) for name in names}
    for (kind, name, of), (articles, _) in facts:
        one, other = found.get(name), found.get(of)
        if kind == "two" and one and other:
            one.apart.add(of)
            other.apart.add(name)
        elif one and kind == "full":
            one.articles += articles
            one.kinds[of] += articles
        elif one and kind == "tie":
            one.ties.add(of)
        elif one and kind == "with":
            one.company.add(of)
    return found


def _decided(
    standings: dict[str, Standing], alike: list[tuple[str, str]], judge: Judge
) -> tuple[dict[Parts, tuple[Parts, str]], tuple[Judged, ...]]:
    """Merges until nothing more is merged: a survey of the dump as it is then written finds nothing to do."""
    owner: dict[str, str] = {}
    said: dict[str, Judged] = {}
    original = {name: standing.articles for name, standing in standings.items()}
    pairs = alike
    while True:
        merges, doubts = _round(standings, pairs, judge)
        if not merges:
            break
        for name, (canonical, why) in sorted(merges.items()):
            owner[name] = canonical
            said[name] = Judged(name, canonical, "merged", original[name], original[canonical], why)
            standings[canonical].takes(standings.pop(name))
            judge.articles[canonical] += judge.articles[name]
        for standing in standings.values():
            standing.apart = {merges[name][0] if name in merges else name for name in standing.apart}
            standing.company = {merges[name][0] if name in merges else name for name in standing.company}
            standing.ties = {merges[name][0] if name in merges else name for name in standing.ties}
        pairs = [pair for pair in pairs if pair[0] in standings and pair[1] in standings]
    for (name, canonical), why in sorted(doubts.items()):
        if name not in said:
            said[name] = Judged(name, canonical, "suggested", original[name], original[canonical], why)
    names: dict[Parts, tuple[Parts, str]] = {}
    for name in owner:
        canonical = owner[name]
        while canonical in owner:
            canonical = owner[canonical]
        told = said[name]
        said[name] = told._replace(canonical=canonical, canonical_articles=original[canonical])
        names[parts_of(name)] = parts_of(canonical), _because(said[name])
    return names, tuple(said[name] for name in sorted(said))


def _because(judged: Judged) -> Said:
    name, canonical, _, articles, more, why = judged
    counted = Said(
        f"「{name}」 stands in {_articles(articles)}, 「{canonical}」 in {more:,}",
        f"「{name}」は {articles:,}本の記事、「{canonical}」は {more:,}本の記事にある",
    )
    return sentences((counted, *why))


def _articles(count: int) -> str:
    return f"{count:,} article{'' if count == 1 else 's'}"


Merges = dict[str, tuple[str, tuple[str, ...]]]


def _round(
    standings: Mapping[str, Standing], pairs: Iterable[tuple[str, str]], judge: Judge
) -> tuple[Merges, dict[tuple[str, str], tuple[str, ...]]]:
    """Who joins whom, by direct evidence only; where a name could be either of two that are not one, it joins neither."""
    near: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    like: defaultdict[str, set[str]] = defaultdict(set)
    rank = {name: _rank(standing, judge) for name, standing in standings.items()}
    doubts: dict[tuple[str, str], tuple[str, ...]] = {}
    for one, other in pairs:
        decision, why = judge.verdict(standings[one], standings[other])
        if decision:
            like[one].add(other)
            like[other].add(one)
        if decision == "merged":
            near[one][other] = near[other][one] = why
        elif decision:
            more, less = sorted((one, other), key=rank.__getitem__)
            doubts[less, more] = why

    def is_anothers(name: str, centre: str, joining: Iterable[str]) -> bool:
        """Whether a name may as well be one that the centre is not, or stands beside one that it is not."""
        bearers = (other for other in like[name] if other != centre and rank[other] < rank[name])
        return any(
            judge.against(standings[centre], standings[other]) or (other in near[name] and other not in near[centre])
            for other in bearers
        ) or any(judge.against(standings[name], standings[other]) for other in joining if other != name)

    merges: Merges = {}
    taken: set[str] = set()
    for centre in sorted(near, key=rank.__getitem__):
        if centre in taken or not is_kana(centre):
            continue
        taken.add(centre)
        joining = sorted(near[centre].keys() - taken)
        for name in joining:
            if is_anothers(name, centre, joining):
                doubts[name, centre] = (
                    *near[centre][name],
                    Said(f"but {name} may be another as well", f"ただし「{name}」は別人かもしれない"),
                )
            else:
                merges[name] = centre, near[centre][name]
        taken.update(joining)
    return merges, doubts


def _rank(standing: Standing, judge: Judge) -> tuple[bool, float, float, str]:
    told, weight = judge.weight(standing)
    return not is_kana(standing.name), -told, -weight, standing.name
