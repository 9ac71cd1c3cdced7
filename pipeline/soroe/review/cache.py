"""What was found in texts that were looked through before, kept from one call to the next.

A text is known by a digest of itself, its markup, the settings with all that their files hold, and of soroe as it is
installed. It is kept in one SQLite file, which several soroes may use at once. It is a help and no more: where it cannot be
read or written, everything is looked through anew, and nothing is said.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from soroe import __version__
from soroe.lexicon import dictionaries
from soroe.messages import Said
from soroe.settings import Settings
from soroe.text import Edit, Finding, Span, Tells

if TYPE_CHECKING:
    import sqlite3

FILE = "reviews.sqlite3"
# What no one asked for in so many days is dropped, and of more texts than this the oldest.
_DAYS, _MOST = 30, 1_000_000
_PATIENCE = 5.0  # seconds, while another soroe writes
_AT_ONCE = 1_000
# What the answer depends on beside soroe itself, by the name it is imported by.
_PACKAGES = (
    "fugashi",
    "unidic_lite",
    "sudachipy",
    "sudachidict_core",
    "pyromark",
    "docutils",
    "mwparserfromhell",
    "yaml",
    "pyyaml",
    "regex",
    "rapidfuzz",
)
_TABLE = "CREATE TABLE IF NOT EXISTS review (key BLOB PRIMARY KEY, day INTEGER, said TEXT) WITHOUT ROWID"


class Review(NamedTuple):
    """What is to be said of a text: all findings in its order, and the edits that a run makes, sorted and disjoint.

    ``tells`` is what it has to say to the rules that compare texts.
    """

    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    tells: Mapping[str, Tells] = {}


class Cache:
    """The reviews that are known. Without a folder none is, and none is kept.

    Texts are looked up as they come, and what is new is written when `__exit__` is called, or when there is much of it.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = _opened(folder / FILE) if folder else None
        self._today = int(time.time() // 86_400)
        self._new: dict[bytes, str] = {}
        self._asked: set[bytes] = set()
        self._known_by: dict[Settings, bytes] = {}

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
        if self._file:
            self._tidy(self._file)
            self._file.close()

    def get(self, settings: Settings, text: str, kind: str) -> Review | None:
        """What was said of a text of that kind (its markup), or None where it is not known."""
        if not self._file:
            return None
        key = self._key(settings, text, kind)
        try:
            row = self._file.execute("SELECT said, day FROM review WHERE key = ?", (key,)).fetchone()
            review = _review(row[0]) if row else None
        except _errors():
            return None
        if review and row[1] != self._today:
            self._asked.add(key)
        return review

    def put(self, settings: Settings, text: str, kind: str, review: Review) -> None:
        """Keeps what is said of a text."""
        if self._file:
            self._new[self._key(settings, text, kind)] = _said(review)
            if len(self._new) >= _AT_ONCE:
                self._write()

    def _key(self, settings: Settings, text: str, kind: str) -> bytes:
        if settings not in self._known_by:
            self._known_by[settings] = _known_by(settings)
        digest = blake2b(self._known_by[settings], digest_size=16)
        digest.update(f"{kind}\n".encode())
        digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _write(self) -> None:
        if not self._file or not (self._new or self._asked):
            return
        with suppress(*_errors()), self._file as file:
            file.executemany("UPDATE review SET day = ? WHERE key = ?", [(self._today, key) for key in self._asked])
            rows = [(key, self._today, said) for key, said in self._new.items()]
            file.executemany("INSERT OR REPLACE INTO review VALUES (?, ?, ?)", rows)
        self._new.clear()
        self._asked.clear()

    def _tidy(self, file: sqlite3.Connection) -> None:
        """Drops what no one asks for; once a day is enough."""
        with suppress(*_errors()):
            if file.execute("PRAGMA user_version").fetchone() == (self._today,):
                return
            with file:
                file.execute("DELETE FROM review WHERE day < ?", (self._today - _DAYS,))
                (count,) = file.execute("SELECT count(*) FROM review").fetchone()
                oldest = "SELECT key FROM review ORDER BY day LIMIT ?"
                file.execute(f"DELETE FROM review WHERE key IN ({oldest})", (max(0, count - _MOST),))
                file.execute(f"PRAGMA user_version = {self._today}")


def folder_of_cache() -> Path:
    """Where reviews are kept unless the user says otherwise: SOROE_CACHE_DIR, or soroe's part of what the system has for caches."""
    if own := os.environ.get("SOROE_CACHE_DIR"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "soroe" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "soroe"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soroe"


def _errors() -> tuple[type[Exception], ...]:
    """What a file may fail with that holds something else, is in use, or may not be written."""
    import sqlite3

    return sqlite3.Error, OSError, ValueError, KeyError, TypeError, IndexError


def _opened(path: Path) -> sqlite3.Connection | None:
    """The file, made anew where it is none of ours; None where it cannot be had."""
    try:
        import sqlite3
    except ImportError:  # a Python that was built without it
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connected(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            path.unlink()
            return _connected(path)
    except (sqlite3.Error, OSError):
        return None


def _connected(path: Path) -> sqlite3.Connection:
    import sqlite3

    file = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        file.execute(_TABLE)
    except sqlite3.Error:
        file.close()
        raise
    return file


# --- what a text is known by ---


def _known_by(settings: Settings) -> bytes:
    """The settings, what their files hold, and soroe as it is installed."""
    digest = blake2b(_installed())
    digest.update(repr(settings).encode("utf-8", "surrogatepass"))
    for path in (*settings.names, *settings.apart, *filter(None, [settings.survey])):
        with suppress(OSError):
            digest.update(blake2b(path.read_bytes()).digest())
    return digest.digest()


@cache
def _installed() -> bytes:
    """What soroe is: its files and dictionaries by their size, in a checkout by their time too, and the versions it builds on."""
    package = Path(__file__).parents[1]
    is_checkout = not dictionaries().is_relative_to(package)
    digest = blake2b(f"{__version__} {sys.version}".encode())
    for folder in (package, dictionaries()):
        for where, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(files):
                state = Path(where, name).stat()
                digest.update(f"{name} {state.st_size} {state.st_mtime_ns if is_checkout else ''}\n".encode())
    found = (find_spec(name) for name in _PACKAGES)
    homes = {Path(spec.origin).parent for spec in found if spec and spec.origin}
    homes |= {home.parent for home in homes}
    versions = {path.name for home in homes for path in home.glob("*.dist-info")}
    digest.update("\n".join(sorted(name for name in versions if name.lower().startswith(_PACKAGES))).encode())
    return digest.digest()


# --- a review as it is kept ---


def _said(review: Review) -> str:
    """The review as JSON; most have nothing to say. A sentence is kept with its Japanese."""
    if not any(review):
        return ""
    findings = [
        (code, span, _both(message), edit and _kept_edit(edit), list(map(_kept_edit, suggestion)))
        for code, span, message, edit, suggestion in review.findings
    ]
    return json.dumps((findings, list(map(_kept_edit, review.edits)), review.tells), separators=(",", ":"))


def _kept_edit(edit: Edit) -> tuple[Any, ...]:
    return edit.span, edit.after, edit.code, _both(edit.why)


def _both(text: str) -> str | tuple[str, str]:
    return (str(text), text.ja) if isinstance(text, Said) else text


def _review(said: str) -> Review:
    if not said:
        return Review()
    findings, edits, tells = json.loads(said)
    return Review(tuple(map(_finding, findings)), tuple(map(_edit, edits)), tells)


def _finding(said: Any) -> Finding:
    code, span, message, edit, suggestion = said
    suggested = tuple(map(_edit, suggestion))
    return Finding(code, Span(*span), _sentence(message), _edit(edit) if edit else None, suggested)


def _edit(said: Any) -> Edit:
    span, after, code, why = said
    return Edit(Span(*span), after, code, _sentence(why))


def _sentence(said: Any) -> str:
    return said if isinstance(said, str) else Said(*said)
