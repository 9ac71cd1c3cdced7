"""R309: a sentence whose beginning was lost is reported.   そして今、となった。

Where the translator drops a name or a phrase, a particle is left with nothing before it. What was lost, only the source
knows, so nothing is changed. Called is a conjunction or a time at the head of a sentence, a comma, and a particle with a
verb that cannot begin one: しかし、によると …, 2019年、を設立した。

Left alone: 「…」と言った after a line break, しかし、と彼は言った, しかし、である, 一方、は虫類は, それに、とても.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from soroe.messages import Said
from soroe.rules.page import Page
from soroe.text import Finding, Span

CODE = "R309"
SUMMARY_JA = "頭の部分が訳されずに失われた文を知らせる"

_CONJUNCTION = (
    "そして|しかし|だが|ところが|けれども|また|さらに|ただし|一方で?|その(?:後|結果|ため|上|時|際|間)|したがって|従って|なお"
    "|それから|それ以来|しかも|結局|やがて|ついに|実際|特に|例えば|たとえば|つまり|もちろん|さて|同時に"
)
_TIME = "今[や日年月週]?|現在|当時|最近|昨[日年夜]|先[週月日]|来[年月週]|翌[年日月]|同[年日月]|(?:[0-9０-９]{1,4}[年月日]){1,3}"
_HEAD = re.compile(rf"(?:(?:{_CONJUNCTION})(?:{_TIME})?|{_TIME})")
# は虫類 and と殺 are words, と彼は言った goes on after a quotation, をも is rare enough to be meant.
_BARE = re.compile(
    r"、(?=と(?:な[っる]|なりま|して[、いは]|比べて?、|され[るた])"
    r"|が(?:あ[るっり]|い[るた]|行われ|必要|でき[るた]|発生し|存在し|起[きこ])"
    r"|を(?:[一-龠ァ-ヶ]|し[たて]|す[るべ]|もっ?[てたつ]|つくっ|め[ぐざ])"
    r"|に(?:な[っりる]|よ(?:ると|れば|っ?て)|対し|関し|つい[てた]|とって|おい[てた]|おける|基づ|向け[てた]|達し)"
    r"|は(?:な[いくか]|ありませ|できな|いな[いか])"
    r"|で(?:行われ|開[かい催]|発生し)"
    r"|へと[一-龠]|の(?:ため[、に]|よう[なに]|場合))"
)
_END = re.compile(r"。|(?=\n)")


def check(page: Page) -> Iterator[Finding]:
    """A finding for every sentence that begins with a bare particle after its conjunction."""
    text = page.text
    for match in _BARE.finditer(text):
        at = match.start()
        line = text[max(0, at - 20) : at].rpartition("\n")[2].rpartition("。")[2].lstrip(" \u3000")
        if line and _HEAD.fullmatch(line):
            end = _END.search(text, at)
            after = text[at + 1 : at + 3]
            message = Said(f"nothing stands before {after}: a part was lost", f"「{after}」の前に何もない: 訳の抜け")
            yield Finding(CODE, Span(at - len(line), end.end() if end else len(text)), message)
