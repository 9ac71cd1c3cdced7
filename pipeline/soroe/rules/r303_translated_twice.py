"""R303: a sentence, quotation or paragraph translated twice is reported.   彼は去ったと述べた。同氏は去ったと語った。

A translator that sees overlapping pieces, or two candidates, writes one thing twice in a row. Which is the better one
is for a person to say, so nothing is changed. The span is the second one; the message names the line of the first.

Not called: short sentences; lines that no 。 ends (headlines that a lead repeats, lyrics), lists, tables; sentences
whose numbers differ; and parallel sentences, in which only names or other content words take each other's place
(与党は法案に賛成した。野党は法案に反対した。).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from soroe.messages import Said
from soroe.rules.lines import SourceLines, lines_of_prose
from soroe.rules.page import Page
from soroe.text import Finding, Span

CODE = "R303"
SUMMARY_JA = "同じことを二度訳した文・引用・段落を知らせる"

# 彼女は人種差別主義者ではありません。私たちは人種差別主義者ではありません。 (18) is speech, not a second translation.
_SHORTEST = 20
_LONGEST = 1500
_CLOSING = '」』）)"”'
_ENDS = f"。．！？!?.{_CLOSING}"
_QUOTED = re.compile(r"[「『“]([^「」『』“”\n]{10,300})[」』”]")
_NUMBER = regex.compile(r"[0-9０-９]+(?:[.,．，][0-9０-９]+)*")
_KANA_NAME = regex.compile(r"[\p{InKatakana}]{2,}")
_NAME = regex.compile(rf"{_KANA_NAME.pattern}|[A-Za-z]{{2,}}|\p{{Han}}{{2,4}}(?=氏|さん|選手|監督|議員|教授)")
_GRAMMAR = regex.compile(r"\p{InHiragana}")
_CONTENT = regex.compile(r"[\p{Han}\p{InKatakana}A-Za-z0-9０-９]+")


def check(page: Page) -> Iterator[Finding]:
    """One finding for each sentence, or else each line, that says again what the one before it says."""
    text = page.text
    source = SourceLines(page)

    def finding(said: str, at: int, again: str, again_at: int) -> Finding:
        line = source.number(Span(at, at + 1))
        message = Said(
            f"says again what line {line} says: {said[:20]}…", f"{line}行目と同じ内容（重複訳）: {said[:20]}…"
        )
        return Finding(CODE, Span(again_at, again_at + len(again)), message)

    above = said = repeats = ""  # the line and the sentence before, and what was last said again
    above_at = said_at = 0  # where they stand
    for whole, whole_at, sentences in lines_of_prose(page):
        if whole[-1] not in _ENDS:
            continue
        if text.count("\n", said_at + len(said), whole_at) > 2:
            above = said = ""
        are_sentences = len(sentences) == 1 and above == said
        called = False
        for start, end in sentences:
            again, again_at = whole[start:end], whole_at + start
            # What stands there three times and more is called once; it is a loop.
            if says_again(said, again) or quotes_again(said, again):
                if again != repeats:
                    yield finding(said, said_at, again, again_at)
                called, repeats = True, again
            else:
                repeats = ""
            said, said_at = again, again_at
        if not called and not are_sentences and says_again(above, whole):
            yield finding(above, above_at, whole, whole_at)
        above, above_at = whole, whole_at


def says_again(said: str, again: str) -> bool:
    """Whether two texts are two translations of one.

    >>> says_again("彼は、取締役会の決定に同意できなかったと述べた。", "彼は取締役会の決定に同意できなかったと語る。")
    True
    >>> says_again("ドイツは後半に二点を奪って逆転勝ちした。", "スペインは後半に二点を奪って逆転勝ちした。")
    False
    """
    shorter, longer = len(said), len(again)
    if shorter > longer:
        shorter, longer = longer, shorter
    if shorter < _SHORTEST or longer > _LONGEST or shorter * 2 < longer:
        return False
    # ロス:「監督になるのが夢」 is the headline of ロス氏は、監督になるのが夢だと話した。
    if (said[-1] in _CLOSING) != (again[-1] in _CLOSING):
        return False
    if not LCSseq.similarity(said, again, score_cutoff=int(shorter * 0.6)):
        return False
    runs = (said[step.src_start : step.src_end] for step in LCSseq.opcodes(said, again) if step.tag == "equal")
    same = [run for run in runs if len(run) > 2]
    covered, longest = sum(map(len, same)) / shorter, max(map(len, same), default=0)
    # 15: the second time …のデータベースに事前にアクセス… stands in a sentence that is shorter
    if not any(covered >= share and longest >= run for share, run in ((0.8, 8), (0.7, 11), (0.65, 15))):
        return False
    # 公式ファンクラブはHAPPY SWING。ファンクラブ会員の呼称は「HAPPY SWINGER」。 share names, not what is said of them
    return len(_GRAMMAR.findall("".join(same))) >= 4 and (said == again or not _is_parallel(said, again))


def quotes_again(said: str, again: str) -> bool:
    """Whether a text begins with a quotation that the one before has made.

    >>> quotes_again("彼は「もし二人が戦うのなら」と語った。", "もし二人が戦うのなら、私は見に行く」と語った。")
    True
    """
    if "」" not in said and "』" not in said and "”" not in said:
        return False
    quoted = (words.rstrip("。、") for words in _QUOTED.findall(said[:_LONGEST]))
    return again.lstrip("「『“").startswith(tuple(words for words in quoted if words))


def _is_parallel(said: str, again: str) -> bool:
    """Whether two like sentences are of different things: other numbers, other names, other words in the same frame."""
    first, second = ({*_NUMBER.findall(text)} for text in (said, again))
    if first - second and second - first:
        return True
    frames = [_CONTENT.sub("*", text) for text in (said, again)]
    if frames[0] == frames[1]:
        words = zip(_CONTENT.findall(said), _CONTENT.findall(again), strict=True)
        return any(fuzz.ratio(one, other) < 60 for one, other in words)
    first, second = ({*_NAME.findall(text)} for text in (said, again))
    left = [name for name in first if not any(fuzz.ratio(name, other) >= 60 for other in second)]
    right = [name for name in second if not any(fuzz.ratio(name, other) >= 60 for other in first)]
    # Twitter the first time, ツイッター the second: as many may be the same as there are in the other script.
    left_kana, right_kana = (sum(bool(_KANA_NAME.match(name)) for name in names) for names in (left, right))
    same = min(left_kana, len(right) - right_kana) + min(right_kana, len(left) - left_kana)
    return len(left) > same and len(right) > same
