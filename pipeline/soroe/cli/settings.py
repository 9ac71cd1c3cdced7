"""`soroe settings`."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from soroe.cli.options import Parser, settings_option
from soroe.cli.say import in_columns
from soroe.messages import lang_of, locale_of


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
      lang = "ja"                          the language that lint tells in: en, ja (by default, that of the locale)
      prose-fields = ["title", "body"]     the fields that are read of JSON, JSONL and YAML; or, by file:
      [prose-fields]
      "locales/*.yaml" = ["*"]
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
        if name == "prose_fields":
            value = project.prose_fields_of(options.path)
        places = [project.where[key] for key in (name, *_ALSO.get(name, ())) if key in project.where]
        if name == "lang" and not value:
            value, places = lang_of(locale_of(os.environ)), ["locale"]
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
