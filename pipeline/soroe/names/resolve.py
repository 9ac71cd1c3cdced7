from __future__ import annotations
from collections.abc import Sequence
from soroe.lexicon import Lexicon
from soroe.names.entities import Entity
class Names:
    def __init__(self, lexicon: Lexicon, tokenizer: str) -> None: ...
    def resolve(self, text: str) -> Sequence[Entity]:
        return ()
