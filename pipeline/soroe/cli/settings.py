"""`soroe settings`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from soroe.cli.options import Parser, settings_option
from soroe.cli.say import in_columns


def options(parser: Parser) -> None:
    """Show which settings hold for a file or a folder, and where each comes from.

    Settings stand in soroe.toml, or under [tool.soroe] in pyproject.toml, in the nearest folder upwards that has one:

      select = ["C", "P", "R", "N", "W"]   the beginnings of the codes of the rules that are on
      extend-select = ["P206", "W501"]     these too
      ignore = ["P204"]                    and these not
      names = ["names.tsv"]                your names; apart = ["apart.tsv"], your pairs of names that are two
      exclude = ["drafts", "*.ja.md"]      files and folders that are left out
      canonical = "attested"               which spelling of a name the others become: attested, frequent, first, latin
      unify-scripts = "people"             whose Latin letters become katakana: people (and places), all, none
      tokenizer = "fugashi"                or sudachi
      [per-file-ignores]
      "quotes/*.md" = ["P", "R303"]

    examples:
      soroe settings docs/news.md

    Exit status: 0, or 2 where the settings cannot be used.
    """
    parser.add_argument("path", metavar="FILE", type=Path, nargs="?", default=Path(), help="a file or a folder (.)")
    settings_option(parser)


def act(options: argparse.Namespace) -> int:
    """Prints a line a setting; 0."""
    from soroe.cli.options import project_of
    from soroe.project import KEYS

    project = project_of(options, options.path)
    settings = project.settings_for(options.path)
    rows = []
    for name in KEYS:
        value = getattr(settings, name) if hasattr(settings, name) else getattr(project, name)
        places = [project.where[key] for key in (name, *_ALSO.get(name, ())) if key in project.where]
        rows.append([f"{name.replace('_', '-')} = {_toml(value)}", ", ".join(places) or "default"])
    print(*in_columns(rows), sep="\n")
    if pattern := project.excludes(options.path):
        print(f'{options.path} is left out: "{pattern}" ({project.where["exclude"]})')
    return 0


# What else the value of a setting comes from.
_ALSO = {"select": ("extend_select",), "ignore": ("per_file_ignores",)}


def _toml(value: object) -> str:
    from soroe.project import shown

    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(shown(value) if isinstance(value, Path) else value, ensure_ascii=False)
