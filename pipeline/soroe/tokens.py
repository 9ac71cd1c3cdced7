"""Sentences and tokens: where one ends, and what the tokenizers say of each.

Two tokenizers are known, MeCab with unidic-lite (through fugashi) and Sudachi with its core dictionary. They disagree about
names, and both are wrong about some, so nothing here is believed alone; see `soroe.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

import regex

from soroe.settings import TokenizerName
from soroe.text import Span

# Sudachi refuses input over 49,149 bytes; a code point has at most four.
MAX_PIECE = 12_000

_OPENING = "「『（(【〔［《〈“"
_CLOSING = "」』）)】〕］》〉”"
_PAIRS = dict(zip(_CLOSING, _OPENING, strict=True))
_BRACKET = re.compile(rf"[{_OPENING}{_CLOSING}]")
_MAY_END = re.compile(r"[。．！？!?.]")
_END = re.compile(rf"[。．！？!?][。．！？!?]*[{_CLOSING}\"'’]*")
_END_OR_POINT = regex.compile(rf"{_END.pattern}|[.](?=\s++[A-Z\p{{InHiragana}}\p{{Han}}])")
# Most lines are one sentence.
_END_OF_LINE = re.compile(rf"{_END.pattern}\s*\Z")
# What goes on after 」: 「行く。」と語った is one sentence, 「行く。」「待て。」 are two.
_NEW_SENTENCE = regex.compile(r"[「『\s]|\Z")


class Token(NamedTuple):
    """A word as a tokenizer cut it.

    ``pos`` are the dictionary's part-of-speech levels; ``lemma`` and ``reading`` (katakana) are empty where it has none;
    ``oov`` says that the word was in no dictionary; ``base`` is its dictionary form, spelt as it is here (行なう of 行なった).
    """

    surface: str
    span: Span
    pos: tuple[str, ...]
    lemma: str
    reading: str
    oov: bool
    base: str = ""


class Tokenizer(Protocol):
    """Anything that cuts a text into tokens, with offsets in code points of that text."""

    name: TokenizerName

    def tokens(self, text: str) -> Iterator[Token]:
        """The tokens of a text of any length, in order; white space is no token."""


def sentences(text: str) -> Iterator[Span]:
    """The sentences of a text, in order; quotations and brackets are kept whole where they close on the same line.

    >>> text = "「行く。必ず行く」と彼は言った。だが（本人は否定。）来ない。"
    >>> [text[slice(*span)] for span in sentences(text)]
    ['「行く。必ず行く」と彼は言った。', 'だが（本人は否定。）来ない。']

    A line break always ends a sentence. White space around a sentence is not part of it.
    """
    at = 0
    for line in lines(text):
        for start, end in sentences_of_line(line):
            yield Span(at + start, at + end)
        at += len(line) + 1


def lines(text: str) -> list[str]:
    """The lines of a text, each without the one character that ends it; \\r\\n ends two."""
    return text.replace("\r", "\n").split("\n")


# Rules and names ask for the same lines, and again after each change elsewhere in the document.
@lru_cache(maxsize=4096)
def sentences_of_line(line: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences of one line begin and end.

    >>> sentences_of_line("彼は去った。だが戻った。")
    ((0, 6), (6, 12))
    """
    end = _MAY_END.search(line)
    is_one = end is None or _END_OF_LINE.match(line, end.start())
    stops = [] if is_one else _stops(line)
    cut = []
    start = 0
    for stop in (*stops, len(line)):
        bare = line[start:stop].lstrip()
        if bare:
            first = stop - len(bare)
            cut.append((first, first + len(bare.rstrip())))
        start = stop
    return tuple(cut)


def _stops(line: str) -> Iterator[int]:
    """Where sentences end inside a line, and not inside brackets."""
    held = _held_together(line)
    at = 0
    for match in (_END_OR_POINT if "." in line else _END).finditer(line):
        stop = match.end()
        while at < len(held) and held[at][1] < stop:
            at += 1
        if at < len(held) and held[at][0] < stop:
            continue
        if line[stop - 1] not in _CLOSING or _NEW_SENTENCE.match(line, stop):
            yield stop


def _held_together(line: str) -> list[tuple[int, int]]:
    """Where the outermost pairs of brackets open and close; an unpaired one holds nothing together."""
    waiting: list[tuple[int, str]] = []
    pairs: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(line):
        at, mark = match.start(), match[0]
        if mark in _OPENING:
            waiting.append((at, mark))
            continue
        # The nearest partner within three, so that a stray （ does not unpair all around it.
        for back in range(1, min(3, len(waiting)) + 1):
            opened, opening = waiting[-back]
            if opening == _PAIRS[mark]:
                while pairs and pairs[-1][0] > opened:
                    pairs.pop()
                pairs.append((opened, at))
                del waiting[-back:]
                break
    return pairs


def pieces(text: str, longest: int = MAX_PIECE) -> Iterator[Span]:
    """The text in pieces no longer than ``longest`` code points, cut at sentences where there are any."""
    if len(text) <= longest and "\n" not in text and "。" not in text:  # one spelling, one sentence
        yield Span(0, len(text))
        return
    for start, end in sentences(text):
        while end - start > longest:
            cut = max(text.rfind(mark, start, start + longest) for mark in "、，, 　") + 1 or start + longest
            yield Span(start, cut)
            start = cut
        yield Span(start, end)


# Names and rules ask what the same spellings are made of; MeCab says the same of each again.
_LONGEST_KEPT = 40
_MOST_KEPT = 1 << 12
_kept: dict[str, tuple[Token, ...]] = {}
# A word as MeCab is asked to write it: with the white space before it, without, its part of speech, lemma, reading and base, as
# UniDic counts its features. As a text, since fugashi keeps every word that it has ever given, and its taggers are never freed.
_FEATURES = "\\t".join(f"%f[{place}]" for place in (0, 1, 2, 3, 7, 17, 10))
_KNOWN = rf"0\t%M\t%m\t{_FEATURES}\t.\n"
_UNKNOWN = r"1\t%M\t%m\t%f[0]\t%f[1]\t%f[2]\t%f[3]\t\t\t\t.\n"


class Fugashi:
    """MeCab with unidic-lite."""

    name: TokenizerName = "fugashi"

    def __init__(self) -> None:
        import fugashi
        import unidic_lite

        home = unidic_lite.DICDIR  # by itself fugashi takes another UniDic where one is installed
        self._tagger = fugashi.GenericTagger(
            f'-r "{home}/mecabrc" -d "{home}" -O "" -F "{_KNOWN}" -U "{_UNKNOWN}" -E ""'
        )

    def tokens(self, text: str) -> Iterator[Token]:
        """See `Tokenizer`."""
        if len(text) > _LONGEST_KEPT:
            return self._cut(text)
        found = _kept.get(text)
        if found is None:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            found = _kept[text] = tuple(self._cut(text))
        return iter(found)

    def _cut(self, text: str) -> Iterator[Token]:
        for start, end in pieces(text):
            at = start
            written: str = self._tagger.parse(_speakable(text[start:end]))
            for word in filter(None, written.split("\n")):  # not splitlines: U+2028 is a word
                oov, with_space, bare, *pos, lemma, reading, base, _ = word.split("\t")
                at += len(with_space) - len(bare)
                span = Span(at, at + len(bare))
                surface = text[at : span.end]
                yield Token(surface, span, tuple(filter(None, pos)), lemma, reading, oov == "1", base)
                at = span.end


class Sudachi:
    """Sudachi with its core dictionary, in its longest units (mode C)."""

    name: TokenizerName = "sudachi"

    def __init__(self) -> None:
        import sudachipy

        dictionary = sudachipy.Dictionary(dict="core")
        # 0.7 names it tokenizer(); create() is its name before.
        make = getattr(dictionary, "tokenizer", None) or dictionary.create
        self._tokenizer = make(sudachipy.SplitMode.C)

    def tokens(self, text: str) -> Iterator[Token]:
        """See `Tokenizer`."""
        for start, end in pieces(text):
            piece = _speakable(text[start:end])
            for word in self._tokenizer.tokenize(piece):
                span = Span(start + word.begin(), start + word.end())
                if not text[slice(*span)].strip():
                    continue
                pos = tuple(level for level in word.part_of_speech()[:4] if level != "*")
                base = word.dictionary_form()
                yield Token(text[slice(*span)], span, pos, base, word.reading_form(), bool(word.is_oov()), base)


_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def _speakable(piece: str) -> str:
    """A text of the same length that a tokenizer can read: MeCab stops at NUL, and neither can encode a lone surrogate."""
    return _UNSPEAKABLE.sub(" ", piece)


def open_tokenizer(name: TokenizerName) -> Tokenizer:
    """The tokenizer of that name; its dictionary is read now.

    >>> [token.surface for token in open_tokenizer("fugashi").tokens("マスク氏は語った。")]
    ['マスク', '氏', 'は', '語っ', 'た', '。']
    """
    if name == "fugashi":
        return Fugashi()
    if name == "sudachi":
        return Sudachi()
    raise ValueError(f"no tokenizer is called {name!r}; there are fugashi and sudachi")
