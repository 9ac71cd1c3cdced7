"""What a finding is known by again, when the lines above it have moved."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator

from soroe.formats.read import unique_names
from soroe.review.linted import Linted


def fingerprints() -> Callable[[Linted], Iterator[str]]:
    """Tells the fingerprints of an article's findings, in their order; no two of a run are alike.

    They go by the file, the row's id, the code and what stands there: neither by its place, nor by the message, for that may
    name a line. Of two that are alike in all that, the second is told from the first by coming second.
    """
    unique = unique_names()

    def of(article: Linted) -> Iterator[str]:
        # A file has its own name once in a run, and another where it was given twice; the ids of rows are unique as they are.
        home = f"{article.path}\0{article.article.id}" if article.article.row else unique(article.path)
        met: Counter[tuple[str, str]] = Counter()
        for finding in article.findings:
            seen = finding.code, article.found(finding)
            known = "\0".join((home, *seen, str(met[seen])))
            met[seen] += 1
            yield hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    return of
