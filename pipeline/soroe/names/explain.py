"""What is known of a spelling, and how two spellings are weighed, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import regex

from soroe.lexicon import Lexicon, Name, dictionaries
from soroe.names.entities import Entity, Evidence
from soroe.names.evidence import OF_THE_SPELLINGS, Pair, seen, why_not_weighed
from soroe.names.mentions import Spelling, classified
from soroe.names.resolve import Names
from soroe.names.sound import MAX_LETTERS, MAX_MORAE, NEVER, Sound, fold_latin, morae
from soroe.names.weighing import MERGE, SUGGEST, weigh
from soroe.settings import TokenizerName
from soroe.tokens import open_tokenizer

_KATAKANA = regex.compile(r"[\u30a1-\u30fa\u30fc]+")
_LATIN = regex.compile(r"\p{Latin}[\p{Latin}\p{M}'’-]*")
_MANY = 40  # morae or letters of a spelling, above which parts are not told
_NO_NAME = "is no run of katakana and no capitalised Latin word; of a full name (サム・アルトマン) ask for a part"
_CLASSES = {
    "person": "a person's name in the dictionary",
    "place": "a place in the dictionary",
    "proper": "a proper name in the dictionary",
    "word": "a common word: a name only where a document says so (マスク氏)",
    "compound": "put together from common words, or a name that the dictionary cuts so",
    "unknown": "in no dictionary",
}


def explain_spelling(spelling: str, lexicon: Lexicon, tokenizers: Iterable[TokenizerName]) -> str:
    """All that soroe knows of a spelling outside any document, as lines for a person.

    >>> print(explain_spelling("オートマン", Lexicon.load(), ["fugashi"]))  # doctest: +ELLIPSIS
    オートマン
      names.tsv  not listed
      apart.tsv  not listed
      fugashi    オート 名詞-普通名詞-一般 (オート-auto) + マン 名詞-普通名詞-一般 (マン-man)
                 put together from common words, or a name that the dictionary cuts so
      sound      オ o ...%, ... · マ ma ...%, ...
    """
    name = lexicon.names.get(spelling)
    lines = [spelling, f"  names.tsv  {f'written {name.canonical} ({name.where})' if name else 'not listed'}"]
    apart = [
        f"never {right if left == spelling else left}: {why}"
        for (left, right), why in sorted(lexicon.apart.items())
        if spelling in (left, right)
    ]
    lines += [f"  apart.tsv  {line}" for line in apart or ["not listed"]]
    for tokenizer_name in tokenizers:
        tokenizer = open_tokenizer(tokenizer_name)
        words = [
            f"{token.surface} {'-'.join(token.pos)}{f' ({token.lemma})' if token.lemma not in ('', token.surface) else ''}"
            + (" (in no dictionary)" if token.oov else "")
            for token in tokenizer.tokens(spelling)
        ]
        lines.append(f"  {tokenizer_name:<10} {' + '.join(words)}")
        lines.append(f"             {_CLASSES[classified(spelling, tokenizer).kind]}")
    if _KATAKANA.fullmatch(spelling):
        heard = Sound.load(dictionaries() / "sound.bin").heard(spelling)
        parts = [f"{mora} {', '.join(f'{c} {share:.0%}' for c, share in letters[:3])}" for mora, letters in heard]
        lines.append(f"  sound      {' · '.join(parts)}")
    return "\n".join(lines)


def explain_pair(one: str, other: str, lexicon: Lexicon, sound: Sound) -> str:
    """What is known of two spellings together outside any document, as lines for a person.

    >>> lexicon = Lexicon.load()
    >>> sound = Sound.load(dictionaries() / "sound.bin")
    >>> print(explain_pair("アルトマン", "ハルトマン", lexicon, sound))  # doctest: +ELLIPSIS
    アルトマン and ハルトマン
      names.tsv  says nothing of the two
      apart.tsv  never one: Altman(n) and Hartmann: the h is heard in German and English
      sound      ... nats, ...% of what the shorter is to itself
                 ...ト~ト ...
    """
    told = [f"{spelling} is written {name.canonical} ({name.where})" for spelling, name in _told(one, other, lexicon)]
    apart = lexicon.keeps_apart(one, other)
    lines = [
        f"{one} and {other}",
        f"  names.tsv  {', '.join(told) or 'says nothing of the two'}",
        f"  apart.tsv  {f'never one: {apart}' if apart else 'says nothing of the two'}",
    ]
    return "\n".join([*lines, *_heard(one, other, sound)])


def explain_alone(one: str, other: str, lexicon: Lexicon, names: Names) -> str:
    """What two spellings weigh before a document says anything of them, as lines for a person.

    >>> lexicon = Lexicon.load()
    >>> print(explain_alone("アルトマン", "ハルトマン", lexicon, Names(lexicon)))
    without a document
      outcome           never one, whatever a document says
    """
    lines = ["without a document"]
    found = names.spellings(f"{one}\n{other}")
    strange = [spelling for spelling in (one, other) if spelling not in found]
    if outcome := _by_dictionary(one, other, lexicon):
        lines.append(_row("outcome", outcome))
    elif lexicon.keeps_apart(one, other):
        lines.append(_row("outcome", "never one, whatever a document says"))
    elif strange:
        lines += [_row("never weighed", f"{spelling} {_NO_NAME}") for spelling in strange]
    else:
        left, right = _katakana_first(found[one], found[other])
        if why := why_not_weighed(left, right, names.sound):
            lines.append(_row("never weighed", why))
        else:
            facts = seen(Pair(left, right, "", (), names.sound), OF_THE_SPELLINGS)
            lines += _weighing(*weigh(facts, lexicon.weights), lexicon.weights["prior", facts.script])
            lines.append(_row("outcome", "a document decides, by how often each stands there and with what beside it"))
    return "\n".join(lines)


def explain_in(text: str, one: str, other: str, lexicon: Lexicon, names: Names) -> str:
    """The whole weighing of two spellings in one text, and what comes of it, as lines for a person; "" where one is not there.

    >>> lexicon = Lexicon.load()
    >>> text = "リトヴィン氏は笑う。リトヴィン氏は泣く。リトビン氏は去る。"
    >>> print(explain_in(text, "リトヴィン", "リトビン", lexicon, Names(lexicon)))  # doctest: +ELLIPSIS
      stand here        リトヴィン 2×, リトビン 1×
      prior             ...
      outcome           merged: リトビン is written リトヴィン
    """
    found = names.spellings(text)
    if one not in found or other not in found:
        return ""
    lines = [_row("stand here", f"{one} {found[one].count}×, {other} {found[other].count}×")]
    left, right = _katakana_first(found[one], found[other])
    outcome = _by_dictionary(one, other, lexicon)
    entities = names.resolve(text, every=True)
    if judgement := names.weighed(text).get(one, {}).get(other):
        decided = (a for entity in entities for a in entity.aliases if a.surface in (one, other))
        # What was decided stands on what was weighed of the two, and may stand on more.
        alone = judgement.score, judgement.reasons
        whole = [(a.score, a.evidence) for a in decided if set(alone[1]) <= set(a.evidence)]
        lines += _weighing(*(whole or [alone])[0], lexicon.weights["prior", right.script])
    elif not outcome:
        why = why_not_weighed(left, right, names.sound)
        lines.append(_row("never weighed", why or "of thousands of names only those that begin alike are compared"))
    outcome = outcome or _outcome(one, other, entities)
    return "\n".join([*lines, _row("outcome", outcome)])


def _heard(one: str, other: str, sound: Sound) -> Iterator[str]:
    """How alike two spellings sound: as a whole, and part by part. Parts are more alike alone than in their chain."""
    kana, likened = (one, other) if _KATAKANA.fullmatch(one) else (other, one)
    if not _KATAKANA.fullmatch(kana) or not (_KATAKANA.fullmatch(likened) or _LATIN.fullmatch(likened)):
        yield "  sound      heard is katakana beside katakana, or beside Latin letters"
        return
    nats, share = sound.nats(kana, likened), sound.share(kana, likened)
    yield f"  sound      {nats:.1f} nats, {share:.0%} of what the shorter is to itself"
    if parts := _parts(kana, likened, sound):
        yield f"             {' · '.join(f'{left}~{right} {nats:.1f}' for left, right, nats in parts)}"


def _parts(kana: str, other: str, sound: Sound) -> tuple[tuple[str, str, float], ...]:
    """The two cut into parts that sound most alike, with the nats of each part alone: アル~オー, ト~ト, マ~マ, ン~ン."""
    is_kana = _KATAKANA.fullmatch(other)
    ours, theirs = morae(kana), morae(other) if is_kana else list(fold_latin(other))
    if max(len(ours), len(theirs)) > _MANY:
        return ()
    best: dict[tuple[int, int], tuple[float, tuple[tuple[str, str, float], ...]]] = {(0, 0): (0.0, ())}
    for i, j in product(range(len(ours)), range(len(theirs))):
        if (i, j) not in best:
            continue
        total, parts = best[i, j]
        for after_i in range(i + 1, min(i + MAX_MORAE, len(ours)) + 1):
            for after_j in range(j + 1, min(j + (MAX_MORAE if is_kana else MAX_LETTERS), len(theirs)) + 1):
                left, right = "".join(ours[i:after_i]), "".join(theirs[j:after_j])
                if (nats := sound.nats(left, right)) > NEVER:
                    option = total + nats, (*parts, (left, right, nats))
                    best[after_i, after_j] = max(best.get((after_i, after_j), option), option)
    return best.get((len(ours), len(theirs)), (0.0, ()))[1]


def _katakana_first(one: Spelling, other: Spelling) -> tuple[Spelling, Spelling]:
    return (other, one) if other.script < one.script else (one, other)


def _row(head: str, told: str) -> str:
    return f"  {head:<17} {told}"


def _weighing(score: float, reasons: Iterable[Evidence], prior: float) -> Iterator[str]:
    """What was weighed, a line a reason, and the sum; where apart.tsv speaks, nothing is summed."""
    yield _row("prior", f"{prior:+6.2f}  of spellings that are alike, most are two names")
    for reason in reasons:
        nats = " never" if reason.kind == "apart" else f"{reason.weight:+6.2f}" if reason.weight else " stays"
        yield _row(reason.kind, f"{nats}  {reason.why}")
    if all(reason.kind != "apart" for reason in reasons):
        told = f"above {MERGE:+.2f} they are one name, above {SUGGEST:+.2f} a person should look"
        yield _row("sum", f"{score:+6.2f}  {told}")


def _outcome(one: str, other: str, entities: Sequence[Entity]) -> str:
    """What a run makes of two spellings that stand in one text."""
    suggested = ""
    for entity in entities:
        decisions = {alias.surface: alias.decision for alias in entity.aliases}
        pair = {spelling: decisions[spelling] for spelling in (one, other) if spelling in decisions}
        if len(pair) < 2:
            continue
        for spelling, decision in pair.items():
            if decision == "linked":
                return f"linked: {spelling} stands for {entity.canonical} as a gloss or a first name, and stays"
            if decision == "suggested":
                suggested = (
                    suggested or f"suggested: {spelling} may be {entity.canonical}; both stay, and a person decides"
                )
        if "suggested" in pair.values():
            continue  # they may be one in the entity of another
        merged = [spelling for spelling, decision in pair.items() if decision == "merged"]
        return f"merged: {' and '.join(merged)} {'is' if len(merged) == 1 else 'are'} written {entity.canonical}"
    if suggested:
        return suggested
    canonical = {a.surface: entity.canonical for entity in entities for a in entity.aliases if a.decision == "merged"}
    gathered = [f"{spelling} is one with {canonical[spelling]}" for spelling in (one, other) if spelling in canonical]
    return "; ".join(["left: they stay two names", *gathered])


def _told(one: str, other: str, lexicon: Lexicon) -> list[tuple[str, Name]]:
    return [(spelling, lexicon.names[spelling]) for spelling in (one, other) if spelling in lexicon.names]


def _by_dictionary(one: str, other: str, lexicon: Lexicon) -> str:
    """What names.tsv makes of the two, which outranks all evidence; "" where it knows neither."""
    told = _told(one, other, lexicon)
    names = {name.canonical for _, name in told}
    if len(told) == 2 and len(names) == 1:
        return f"one name: names.tsv writes both {names.pop()}, and outranks all evidence"
    if told:
        return (
            f"two names: names.tsv knows {'・'.join(spelling for spelling, _ in told)}, and not as one with the other"
        )
    return ""
