"""`soroe lint`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.options import (
    Parser,
    UsageError,
    cleaning_options,
    lang_of_options,
    lang_option,
    missing_fields,
    one_of,
    reading_of,
    settings_by_source,
    sources_of,
    workers_option,
)
from soroe.cli.say import complain, in_columns, is_colourful, place_of
from soroe.formats.fields.wanted import FieldsMet
from soroe.formats.read import Broken, read
from soroe.formats.shapes import SHAPES
from soroe.review.cache import Cache, folder_of_cache
from soroe.review.linted import Linted
from soroe.review.reviewing import Step, check, reviewed

if TYPE_CHECKING:
    from soroe.messages import Lang
    from soroe.review.outputs.shape import Look


def options(parser: Parser) -> None:
    """Tell what a run would change or report; with --fix, mend what is sure in the files themselves.

    One line a finding, as editors read it:
      news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]
    Line and column are those of the file; [fixable] is what `soroe run` would mend, and [--unsafe-fixes: オートマン → アルトマン] what
    is likely and left to a person: only --fix --unsafe-fixes writes it.

    examples:
      soroe lint news.txt
      soroe lint --select N,P204 articles/
      soroe lint --output-format full news.txt
      soroe lint --prose-fields '*' locales/ja.yaml
      soroe lint --fix --changed articles/
      soroe lint --write-baseline known.tsv . && soroe lint --baseline known.tsv .
      soroe lint --output-format sarif --output-file soroe.sarif articles/

    Exit status: 0 nothing found, 1 something found (or mended), 2 something could not be read.
    """
    from soroe.review.outputs import OUTPUTS

    cleaning_options(parser)
    parser.add_argument("--survey", metavar="FILE", type=Path, help="the survey of the dump that the articles are of")
    parser.add_argument(
        "--output-format",
        metavar="FORMAT",
        type=one_of(*OUTPUTS),
        help=f"how the findings are written: {', '.join(OUTPUTS)} (concise)",
    )
    lang_option(parser)
    parser.add_argument(
        "--output-file", metavar="FILE", type=Path, help="where they are written, in UTF-8 (standard output)"
    )
    parser.add_argument("--fix", action="store_true", help="mend what is sure, in the files; told is what is left")
    parser.add_argument("--diff", action="store_true", help="print what --fix would do, as a patch")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: what is only likely as well, and may be wrong; read what it does",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="leave out the findings that FILE holds: those that were there before",
    )
    parser.add_argument("--write-baseline", metavar="FILE", type=Path, help="hold all findings in FILE, and print none")
    parser.add_argument(
        "--changed", action="store_true", help="only lines that differ from what git has committed (HEAD)"
    )
    parser.add_argument("--since", metavar="REV", help="only lines changed since this revision of git")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--statistics", action="store_true", help="tell how much each rule found, and how much of it a run would mend"
    )
    instead.add_argument("--quiet", action="store_true", help="print nothing but errors: the exit status tells")
    workers_option(parser)
    parser.add_argument("--no-cache", action="store_true", help="look every text through, also those that are known")
    parser.add_argument(
        "--cache-dir", metavar="DIR", type=Path, help="where it is kept what was found in a text (SOROE_CACHE_DIR)"
    )
    parser.add_argument("--exit-zero", action="store_true", help="end with 0 where something was found")


def act(options: argparse.Namespace) -> int:
    """Writes the findings, or mends what is sure; 0, 1 or 2, as the help says."""
    _check(options)
    lang = lang_of_options(options)
    folder = None if options.no_cache else options.cache_dir or folder_of_cache()
    with Cache(folder) as cache:
        return _told(options, _Review(options, cache, lang), lang)


def _told(options: argparse.Namespace, review: _Review, lang: Lang) -> int:
    from soroe.review.outputs import FOR_PEOPLE
    from soroe.review.outputs import written as in_output

    if options.write_baseline:
        from soroe.review.baseline import write_baseline

        count = write_baseline(options.write_baseline, review.articles())
        complain(f"{count:,} findings are held in {options.write_baseline}: --baseline {options.write_baseline}")
        return 2 if review.status == 2 else 0
    name = options.output_format or "concise"
    if options.diff:
        written = review.patch()
    elif options.statistics:
        written = _statistics(review.articles(), lang)
    else:
        written = in_output(name, review.articles(), _look(options.output_file)._replace(lang=lang))
    if options.output_file:
        with options.output_file.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(written)
        return review.status
    # Standard input that is mended goes to standard output, and what is said of it elsewhere.
    out = sys.stderr if options.fix and "-" in options.inputs else sys.stdout
    if name not in FOR_PEOPLE and hasattr(out, "reconfigure"):
        out.reconfigure(encoding="utf-8", errors="backslashreplace")
    for piece in written:
        if not options.quiet:
            print(piece, end="", file=out)
    return review.status


def _check(options: argparse.Namespace) -> None:
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise UsageError("--unsafe-fixes says how far --fix or --diff goes: give one of them (see soroe lint --help)")
    for one, other in (
        ("statistics", "output_format"),
        ("statistics", "diff"),
        ("diff", "fix"),
        ("diff", "output_format"),
        ("write_baseline", "fix"),
        ("write_baseline", "diff"),
        ("write_baseline", "baseline"),
        ("write_baseline", "changed"),
        ("write_baseline", "since"),
        ("no_cache", "cache_dir"),
    ):
        if getattr(options, one) and getattr(options, other):
            both = " and ".join(f"--{name.replace('_', '-')}" for name in (one, other))
            raise UsageError(f"{both} do not go together: leave one out (see soroe lint --help)")


class _Review:
    """The articles as they are gone through, and the exit status so far."""

    def __init__(self, options: argparse.Namespace, cache: Cache, lang: Lang) -> None:
        self.status = 0
        self._lang = lang
        self._options = options
        self._cache = cache
        self._reading = reading_of(options)
        self._sources = sources_of(options, self._reading)
        self._settings_for = settings_by_source(options)
        self._fields = FieldsMet()
        self._narrow: list[Callable[[Linted], Linted]] = []
        if options.baseline:
            from soroe.review.baseline import new, read_baseline

            known = read_baseline(options.baseline)
            self._narrow.append(lambda article: new(article, known))
        if options.changed or options.since:
            from soroe.review.changed import changed_since

            self._narrow.append(changed_since(options.since or "HEAD", Path()).only)
        # What is wrong in a file of settings or a dictionary is told before the work begins.
        check({self._settings_for(source) for source in self._sources}, cache)

    def articles(self) -> Iterator[Linted]:
        """The articles with what is to be told of them; with --fix they are mended on the way, and told is what is left."""
        for article in self._compared(self._linted()):
            self._count(bool(article.findings))
            if article.edits and self._options.fix:
                from soroe.review.fix import mended

                self._tell(article)
                yield mended(article)
            else:
                yield article

    def patch(self) -> Iterator[str]:
        """What would be mended, as a patch; the exit status tells of that alone."""
        from soroe.review.fix import diff, diff_of_row
        from soroe.text import replay

        last = None
        for article in self._linted():
            self._count(bool(article.edits))
            text, name = article.article.text, article.path
            is_record = SHAPES[article.article.source.format].counts_records
            if article.edits and is_record:  # of which the lines are none of a text file
                yield diff(f"{name}:{article.article.line}", text, replay(text, article.edits))
            elif article.edits and article.article.row:
                yield (f"--- {name}\n+++ {name}\n" if name != last else "") + diff_of_row(article)
                last = name
            elif article.edits:
                yield diff(name, text, replay(text, article.edits))

    def _compared(self, articles: Iterable[Linted]) -> Iterator[Linted]:
        """The articles, with what is told of them beside the others too: where a rule asks for that, all are read first."""
        if not any(self._settings_for(source).comparing for source in self._sources):
            yield from articles
            return
        from soroe.rules import compared

        held = list(articles)
        found = compared([article.tells for article in held])
        for at, article in enumerate(held):
            more: Step = self._narrowed(article._replace(findings=tuple(found.get(at, ()))))
            yield article.with_more(more.findings) if isinstance(more, Linted) else article

    def _linted(self) -> Iterator[Linted]:
        events = read(self._sources, self._reading, sys.stdin.buffer)
        steps: Iterator[Step] = reviewed(events, self._settings_for, self._cache, self._options.workers)
        steps = map(self._narrowed, steps)
        if self._options.fix:
            from soroe.review.fix import fixed

            sys.stdout.flush()
            steps = fixed(steps, sys.stdout.buffer)
        for step in steps:
            if isinstance(step, Broken):
                complain(place_of(step))
                self.status = 2
            elif isinstance(step, Linted):
                if fields := step.article.fields:
                    self._fields.note(fields.scanned.has_field, fields.scanned.names)
                yield step
        if missing := missing_fields(self._options, self._fields):
            complain(missing)
            self.status = 2

    def _narrowed(self, step: Step) -> Step:
        if isinstance(step, Linted):
            for narrow in self._narrow:
                step = narrow(step)
        return step

    def _count(self, is_found: bool) -> None:
        if is_found and not self._options.exit_zero:
            self.status = self.status or 1

    def _tell(self, article: Linted) -> None:
        """On stderr, what is mended in an article."""
        if not self._options.quiet:
            from collections import Counter

            counted = Counter(finding.code for finding in article.findings if finding.edit)
            told = ", ".join(f"{code} {count}" for code, count in sorted(counted.items()))
            row = f":{article.article.line}" if article.article.row else ""
            complain(f"{article.path}{row}: {'修正した' if self._lang == 'ja' else 'mended'} {told}")


def _look(file: Path | None) -> Look:
    from soroe.review.outputs.shape import Look

    if file:
        return Look()
    if not sys.stdout.isatty():
        return Look(is_colourful(sys.stdout))
    import shutil

    return Look(is_colourful(sys.stdout), shutil.get_terminal_size((100, 24)).columns)


def _statistics(articles: Iterable[Linted], lang: Lang) -> Iterator[str]:
    """A line a code, the most frequent first: how often, what it is, how many a run would mend."""
    from collections import Counter

    from soroe.engine import summary_of
    from soroe.messages import told

    found: Counter[str] = Counter()
    fixable: Counter[str] = Counter()
    likely: Counter[str] = Counter()
    for article in articles:
        for finding in article.findings:
            found[finding.code] += 1
            fixable[finding.code] += finding.edit is not None
            likely[finding.code] += bool(finding.suggestion)
    sure, unsafe = ("件は修正可", "件は --unsafe-fixes で") if lang == "ja" else (" fixable", " with --unsafe-fixes")
    rows = [
        (
            str(count),
            code,
            told(summary_of(code), lang),
            f"{fixable[code]}{sure}" if fixable[code] else "",
            f"{likely[code]}{unsafe}" if likely[code] else "",
        )
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        yield from (f"{line}\n" for line in in_columns(rows, numbers=(0, 3, 4)))
