"""How findings are written: for people, for editors, and for the programs that show them beside the text.

An output takes the articles one by one, those with nothing to say too, and yields the pieces of what is to be printed.
"""

from __future__ import annotations

from soroe.review.outputs.code_hosts import github, gitlab
from soroe.review.outputs.people import concise, full
from soroe.review.outputs.plain import json, jsonl
from soroe.review.outputs.rdjson import rdjson
from soroe.review.outputs.sarif import sarif
from soroe.review.outputs.shape import Output
from soroe.review.outputs.xml import checkstyle, junit

OUTPUTS: dict[str, Output] = {
    "concise": concise,
    "full": full,
    "json": json,
    "jsonl": jsonl,
    "github": github,
    "gitlab": gitlab,
    "sarif": sarif,
    "rdjson": rdjson,
    "checkstyle": checkstyle,
    "junit": junit,
}
# The others are read by programs: they are UTF-8 wherever they are written.
FOR_PEOPLE = frozenset({"concise", "full"})
