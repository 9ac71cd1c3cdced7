"""What is known of a spelling: by the dictionaries, the tokenizers and the sound table."""

from __future__ import annotations

from collections.abc import Iterable

import regex

from soroe.lexicon import Lexicon, dictionaries
from soroe.names.mentions import classified
from soroe.names.sound import Sound
from soroe.tokens import TokenizerName, open_tokenizer

_KATAKANA = regex.compile(r"[\u30a1-\u30fa\u30fc]+")
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
