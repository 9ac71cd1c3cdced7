"""Sentences stay whole where a quotation runs over a full stop, and every token stands where it says it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import fugashi
import pytest
import unidic_lite
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soroe.text import Span
from soroe.tokens import Token, Tokenizer, open_tokenizer, pieces, sentences

MESSY = "マスク氏 ｱ　\t\r\n\x00\ud800。「」（)\"'.！Altmanは語った𠮟👨‍👩‍👧"


@pytest.fixture(scope="module", params=["fugashi", "sudachi"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return open_tokenizer(request.param)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        pytest.param(
            "「行く。」と言った。", ["「行く。」と言った。"], id="a full stop inside a quotation does not cut"
        ),
        pytest.param("3.5%増の1.2億ドル。", ["3.5%増の1.2億ドル。"], id="a decimal point does not cut"),
        pytest.param("彼は（笑。）と書いた。", ["彼は（笑。）と書いた。"], id="brackets hold together"),
        pytest.param("『「行く。」と彼。』を読んだ。", ["『「行く。」と彼。』を読んだ。"], id="quotations nest"),
        pytest.param("「行く。」「待て。」", ["「行く。」", "「待て。」"], id="two quotations side by side are two"),
        pytest.param("「閉じない。次の文。", ["「閉じない。", "次の文。"], id="an open quotation swallows nothing"),
        pytest.param("閉じた」。次。", ["閉じた」。", "次。"], id="a stray closing mark holds nothing"),
        pytest.param("え？！本当！来た。", ["え？！", "本当！", "来た。"], id="several marks are one end"),
        pytest.param("一行目\r\n\r\n 二行目 ", ["一行目", "二行目"], id="a line break cuts, white space is dropped"),
        pytest.param("", [], id="nothing has no sentence"),
    ],
)
def test_sentences(text: str, cut: list[str]) -> None:
    assert [text[slice(*span)] for span in sentences(text)] == cut


@settings(max_examples=300, deadline=None)
@given(st.text(MESSY, max_size=60))
def test_no_letter_is_outside_a_sentence(text: str) -> None:
    spans = list(sentences(text))
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    assert all(letter.isspace() for at, letter in enumerate(text) if at not in covered)


@settings(max_examples=200, deadline=None)
@given(text=st.text(MESSY, max_size=60))
def test_tokens_stand_where_they_say(tokenizer: Tokenizer, text: str) -> None:
    tokens = list(tokenizer.tokens(text))
    assert all(text[slice(*token.span)] == token.surface for token in tokens)
    assert all(a.span.end <= b.span.start for a, b in pairwise(tokens))
    covered = {at for token in tokens for at in range(*token.span)}
    assert all(
        not letter.strip() or letter < " " or "\ud800" <= letter <= "\udfff"
        for at, letter in enumerate(text)
        if at not in covered
    )


def test_input_over_sudachis_limit_is_cut_and_whole(tokenizer: Tokenizer) -> None:
    text = "マスク氏は語った、" * 9_000
    assert len(text.encode()) > 4 * 49_149
    assert "".join(token.surface for token in tokenizer.tokens(text)) == text
    assert max(end - start for start, end in pieces(text)) <= 12_000


def test_what_a_token_says() -> None:
    (name, *_) = open_tokenizer("sudachi").tokens("マスクは")
    assert (name.surface, name.reading, name.oov, name.pos[0]) == ("マスク", "マスク", False, "名詞")
    (unknown, *_) = open_tokenizer("fugashi").tokens("ゼレンスキーは")
    assert (unknown.surface, unknown.oov, unknown.lemma) == ("ゼレンスキー", True, "")


def told_by_fugashi(tagger: fugashi.Tagger, sentence: str) -> Iterator[Token]:
    at = 0
    for word in tagger(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", sentence)):
        at += len(word.white_space)
        span = Span(at, at := at + len(word.surface))
        features = *word.feature[:4], word.feature.lemma, word.feature.kana, word.feature.orthBase
        *pos, lemma, kana, base = ("" if feature in (None, "*") else feature for feature in features)
        yield Token(word.surface, span, tuple(filter(None, pos)), lemma, kana, word.is_unk, base)


@pytest.fixture(scope="module")
def both() -> tuple[fugashi.Tagger, Tokenizer]:
    return fugashi.Tagger(f'-d "{unidic_lite.DICDIR}"'), open_tokenizer("fugashi")


@settings(deadline=None)
@given(text=st.text(alphabet=MESSY + "\u2028\x85,* ", max_size=60))
@example(text='ヴェルデマン氏は\u2028"約束, は守る" と *語った。\t ')
def test_mecab_writes_of_each_word_what_fugashi_tells(both: tuple[fugashi.Tagger, Tokenizer], text: str) -> None:
    tagger, tokenizer = both
    for span in pieces(text):
        sentence = text[slice(*span)]
        assert list(tokenizer.tokens(sentence)) == list(told_by_fugashi(tagger, sentence))


def test_words_are_read_on_where_another_text_was_cut_between() -> None:
    fugashi = open_tokenizer("fugashi")
    text = "ヴェルデマン氏は港で、新しい船の名前を考えていたが、良い名は浮かばなかったと認めた。"
    whole = list(fugashi.tokens(text))
    words = fugashi.tokens(text)
    begun = [next(words), next(words)]
    list(fugashi.tokens("別の文を読むと、前の文の言葉はどこかへ消えてしまうのだろうか、と彼女は何度も尋ねた。"))
    assert [word.surface for word in (*begun, *words)] == [word.surface for word in whole]
