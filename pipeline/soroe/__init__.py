"""soroe (揃え): makes the spellings of names in machine-translated Japanese one, and mends what the machine left.

>>> import soroe
>>> result = soroe.clean("ｱﾙﾄﾏﾝ氏は語った。")
>>> result.text
'アルトマン氏は語った。'
>>> [(edit.span, edit.after, edit.code) for edit in result.edits]
[(Span(start=0, end=5), 'アルトマン', 'C101')]

`clean` and `lint` are the whole library; `Pipeline` is for many texts under `Settings` of your own. Spans count code
points of the text that was given, from 0, half-open.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soroe.engine import Pipeline, Result
    from soroe.settings import Settings
    from soroe.text import Edit, Finding, Span, inverse, replay

__version__ = "0.1.0"

__all__ = [
    "Edit",
    "Finding",
    "Pipeline",
    "Result",
    "Settings",
    "Span",
    "__version__",
    "clean",
    "inverse",
    "lint",
    "replay",
]

# Read when first asked for: `soroe --version` needs no dictionary.
_HOMES = (
    {name: "soroe.engine" for name in ("Pipeline", "Result")}
    | {"Settings": "soroe.settings"}
    | {name: "soroe.text" for name in ("Edit", "Finding", "Span", "inverse", "replay")}
)


class _PipelinesOfThread(threading.local):
    def __init__(self) -> None:
        self.pipelines: dict[Settings, Pipeline] = {}


_of_thread = _PipelinesOfThread()


def clean(text: str, settings: Settings | None = None) -> Result:
    """The cleaned ``text``, with every edit, finding and name.

    >>> result = clean("ｻﾑ・アルトマン氏")
    >>> result.text
    'サム・アルトマン氏'
    >>> replay("ｻﾑ・アルトマン氏", result.edits) == result.text
    True

    May be called from any thread; dictionaries and tokenizer are loaded at the first call, once a thread and settings.
    Raises `ValueError` for a dictionary that cannot be used or a tokenizer that does not exist, `OSError` for a
    dictionary that cannot be read, `TypeError` where ``text`` is no string.
    """
    if not isinstance(text, str):
        raise TypeError(f"soroe.clean takes a string, and was given {type(text).__name__}; decode bytes first")
    return _pipeline(settings).clean(text)


def lint(text: str, settings: Settings | None = None) -> list[Finding]:
    """All that a run would fix in ``text`` (findings with an edit) or report (without one), in the order of the text.

    >>> [(finding.code, finding.span, finding.edit.after) for finding in lint("ﾏｽｸ氏") if finding.edit]
    [('C101', Span(start=0, end=3), 'マスク')]

    Raises what `clean` raises.
    """
    return list(clean(text, settings).told)


def _pipeline(settings: Settings | None) -> Pipeline:
    from soroe.engine import Pipeline
    from soroe.settings import Settings

    chosen = settings or Settings()
    pipelines = _of_thread.pipelines
    if chosen not in pipelines:
        pipelines[chosen] = Pipeline(chosen)
    return pipelines[chosen]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'soroe' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
