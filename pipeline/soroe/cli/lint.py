"""`soroe lint`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from soroe.cli.options import (
    NamedFields,
    Parser,
    UsageError,
    cleaning_options,
    one_of,
    pipelines_of,
    reading_of,
    sources_of,
)
from soroe.cli.say import complain, in_columns, is_colourful, place_of

if TYPE_CHECKING:
    from soroe.review.linted import Linted
    from soroe.review.outputs.shape import Look
    from soroe.text import Edit


def options(parser: Parser) -> None:
    """Tell what a run would change or report; with --fix, mend what is sure in the files themselves.

    One line a finding, as editors read it:
      news.txt:3:12 C101 ｱﾙﾄﾏﾝ is half-width katakana: アルトマン [fixable]
    Line and column are those of the file; [fixable] is what `soroe run` would mend.

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
    parser.add_argument(
        "--output-file", metavar="FILE", type=Path, help="where they are written, in UTF-8 (standard output)"
    )
    parser.add_argument("--fix", action="store_true", help="mend what is sure, in the files; told is what is left")
    parser.add_argument("--diff", action="store_true", help="print what --fix would do, as a patch")
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
    parser.add_argument("--exit-zero", action="store_true", help="end with 0 where something was found")


def act(options: argparse.Namespace) -> int:
    """Writes the findings, or mends what is sure; 0, 1 or 2, as the help says."""
    from soroe.review.outputs import FOR_PEOPLE, OUTPUTS

    _check(options)
    review = _Review(options)
    if options.write_baseline:
        from soroe.review.baseline import write_baseline

        count = write_baseline(options.write_baseline, review.articles())
        complain(f"{count:,} findings are held in {options.write_baseline}: --baseline {options.write_baseline}")
        return 2 if review.status == 2 else 0
    name = options.output_format or "concise"
    if options.diff:
        written = review.patch()
    elif options.statistics:
        written = _statistics(review.articles())
    else:
        written = OUTPUTS[name](review.articles(), _look(options.output_file))
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
    ):
        if getattr(options, one) and getattr(options, other):
            both = " and ".join(f"--{name.replace('_', '-')}" for name in (one, other))
            raise UsageError(f"{both} do not go together: leave one out (see soroe lint --help)")


class _Review:
    """The articles as they are gone through, and the exit status so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.status = 0
        self._options = options
        self._reading = reading_of(options)
        self._sources = sources_of(options, self._reading)
        self._pipeline_for = pipelines_of(options, self._sources)
        self._fields = NamedFields(options)
        self._narrow: list[Callable[[Linted], Linted]] = []
        if options.baseline:
            from soroe.review.baseline import new, read_baseline

            known = read_baseline(options.baseline)
            self._narrow.append(lambda article: new(article, known))
        if options.changed or options.since:
            from soroe.review.changed import changed_since

            self._narrow.append(changed_since(options.since or "HEAD", Path()).only)

    def articles(self) -> Iterator[Linted]:
        """The articles with what is to be told of them; with --fix they are mended on the way, and told is what is left."""
        from soroe.review.fix import mended

        for article, edits in self._with_edits():
            if edits and self._options.fix:
                self._tell(article, edits)
                yield mended(article, edits)
            else:
                yield article

    def patch(self) -> Iterator[str]:
        """What would be mended, as a patch; the exit status tells of that alone."""
        from soroe.review.fix import diff, diff_of_row
        from soroe.text import replay

        last = None
        for article, edits in self._with_edits(are_edits_told=True):
            text, name = article.article.text, article.path
            if edits and article.article.row:
                yield (f"--- {name}\n+++ {name}\n" if name != last else "") + diff_of_row(article, edits)
                last = name
            elif edits:
                yield diff(name, text, replay(text, edits))

    def _with_edits(self, are_edits_told: bool = False) -> Iterator[tuple[Linted, Sequence[Edit]]]:
        from soroe.formats.read import Broken, read
        from soroe.formats.run import Cleaned, cleaned
        from soroe.review.fix import edits_for, fixed
        from soroe.review.linted import linted

        edits: Sequence[Edit] = ()
        steps = cleaned(read(self._sources, self._reading, sys.stdin.buffer), self._pipeline_for)
        if self._options.fix:
            sys.stdout.flush()
            steps = fixed(steps, lambda article, result: edits, sys.stdout.buffer)
        for step in steps:
            if isinstance(step, Broken):
                complain(place_of(step))
                self.status = 2
            elif isinstance(step, Cleaned):
                self._fields.note(step.article)
                article = linted(step.article, step.result)
                for narrow in self._narrow:
                    article = narrow(article)
                edits = edits_for(step.result, article.findings) if self._narrow else step.result.edits
                if (edits if are_edits_told else article.findings) and not self._options.exit_zero:
                    self.status = self.status or 1
                yield article, edits
        if missing := self._fields.missing():
            complain(missing)
            self.status = 2

    def _tell(self, article: Linted, edits: Sequence[Edit]) -> None:
        """On stderr, what is mended in an article."""
        if not self._options.quiet:
            from collections import Counter

            counted = Counter(finding.code for finding in article.findings if finding.edit)
            told = ", ".join(f"{code} {count}" for code, count in sorted(counted.items()))
            row = f":{article.article.line}" if article.article.row else ""
            complain(f"{article.path}{row}: mended {told}")


def _look(file: Path | None) -> Look:
    from soroe.review.outputs.shape import Look

    if file:
        return Look()
    if not sys.stdout.isatty():
        return Look(is_colourful(sys.stdout))
    import shutil

    return Look(is_colourful(sys.stdout), shutil.get_terminal_size((100, 24)).columns)


def _statistics(articles: Iterable[Linted]) -> Iterator[str]:
    """A line a code, the most frequent first: how often, what it is, how many a run would mend."""
    from collections import Counter

    from soroe.review.linted import summary

    found: Counter[str] = Counter()
    fixable: Counter[str] = Counter()
    for article in articles:
        for finding in article.findings:
            found[finding.code] += 1
            fixable[finding.code] += finding.edit is not None
    rows = [
        (str(count), code, summary(code), f"{fixable[code]} fixable" if fixable[code] else "")
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        yield from (f"{line}\n" for line in in_columns(rows, numbers=(0, 3)))
