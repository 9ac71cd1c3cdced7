from __future__ import annotations
from pathlib import Path
class Lexicon:
    @classmethod
    def load(cls, names: tuple[Path, ...] = (), apart: tuple[Path, ...] = ()) -> Lexicon:
        return cls()
