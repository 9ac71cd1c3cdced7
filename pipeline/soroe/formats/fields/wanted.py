"""Which fields of a JSON or YAML file hold prose: the paths that a user names, and the way through a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

# Places in the paths: (which path, how many of its steps are behind).
State: TypeAlias = frozenset[tuple[int, int]]


class Wanted:
    """The fields that are asked for.

    A name alone (`title`) is that key at any depth; a path (`items.*.text`) begins at the top. `*` is any key or any place in a
    list, or any letters in a name (`body_*`); `**` any number of steps. So `*` alone is every field there is.

    >>> wanted = Wanted(("title", "items.*.text", "ja.**"))
    >>> [wanted.wants(path) for path in ("title", "news.title", "items.0.text", "text", "ja.home.head", "en.home.head")]
    [True, True, True, False, True, False]

    A key with dots in it counts as the path that it spells, as programs that translate strings have it:

    >>> wanted.wants("ja.home.head"), wanted.wants("items.0.text.more")
    (True, False)
    """

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._paths = [_steps(field) for field in fields]
        self._known: dict[tuple[State, str], State] = {}
        self.top: State = self._closed({(which, 0) for which in range(len(self._paths))})

    def below(self, state: State, key: str) -> State:
        """What a key, or a number of a list, leads to."""
        found = self._known.get((state, key))
        if found is None:
            found = state
            for part in key.split("."):
                found = self._closed({after for one in found for after in self._after(one, part)})
            self._known[state, key] = found
        return found

    def is_field(self, state: State) -> bool:
        """Whether a path that is asked for ends here."""
        return any(behind == len(self._paths[which]) for which, behind in state)

    def wants(self, path: str) -> bool:
        """Whether a field is asked for, by its whole path."""
        return self.is_field(self.below(self.top, path))

    def _after(self, one: tuple[int, int], part: str) -> list[tuple[int, int]]:
        which, behind = one
        steps = self._paths[which]
        if behind == len(steps):
            return []
        step = steps[behind]
        if step is None:
            return [one]
        return [(which, behind + 1)] if step.fullmatch(part) else []

    def _closed(self, state: set[tuple[int, int]]) -> State:
        waiting = list(state)
        while waiting:
            which, behind = waiting.pop()
            steps = self._paths[which]
            if behind < len(steps) and steps[behind] is None and (which, behind + 1) not in state:
                state.add((which, behind + 1))
                waiting.append((which, behind + 1))
        return frozenset(state)


@dataclass
class FieldsMet:
    """The names of the fields that were met, as long as none of those that are asked for was.

    >>> met = FieldsMet()
    >>> met.note(False, ["title", "slug"])
    >>> [*met.names]
    ['title', 'slug']
    >>> met.note(True, ["titel"])
    >>> [*met.names]
    []
    """

    has_field: bool = False
    names: dict[str, None] = field(default_factory=dict)

    def note(self, has_field: bool, names: Iterable[str]) -> None:
        """Takes notice of an article: whether it has a field that is asked for, and which it has; or of what another has met."""
        self.has_field = self.has_field or has_field
        if self.has_field:
            self.names.clear()
        else:
            self.names.update(dict.fromkeys(names))


def _steps(field: str) -> tuple[re.Pattern[str] | None, ...]:
    """The steps of a path; None is any number of them."""
    names = field.split(".")
    if len(names) == 1 and field != "**":
        names = ["**", field]
    return tuple(
        None if name == "**" else re.compile(".*".join(map(re.escape, name.split("*"))), re.DOTALL) for name in names
    )
