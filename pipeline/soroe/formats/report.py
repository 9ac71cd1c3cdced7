"""The report for people: one HTML file with nothing outside itself, every text in it escaped."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from soroe.formats.tally import MAX_ARTICLES, MAX_BROKEN, Tally
from soroe.rules import RULES

MAX_PAIRS_SHOWN = 300


def write_report(path: Path, tally: Tally, version: str) -> None:
    """Writes the report of a run; of a large one, the first articles and the most frequent pairs, and how many more."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("report.html.j2").read_text("utf-8"))
    codes = sorted({*tally.edits, *tally.findings})
    html = template.render(
        version=version,
        counts=tally.counts,
        codes=[(code, _about(code), tally.edits[code], tally.findings[code]) for code in codes],
        pairs=list(islice(tally.ranked_pairs(), MAX_PAIRS_SHOWN)),
        more_pairs=max(0, len(tally.pairs) - MAX_PAIRS_SHOWN),
        articles=tally.shown,
        max_articles=MAX_ARTICLES,
        broken=tally.broken,
        max_broken=MAX_BROKEN,
    )
    path.write_bytes(html.encode("utf-8", "backslashreplace"))


def _about(code: str) -> str:
    rule = RULES.get(code)
    return rule.doc.partition("\n")[0].removeprefix(f"{code}: ") if rule else ""
