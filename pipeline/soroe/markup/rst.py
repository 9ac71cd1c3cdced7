"""reStructuredText: docutils tells the words, line by line; each is looked for in its line of the source."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docutils import frontend, nodes, utils
from docutils.parsers.rst import Directive, Parser, directives, roles

from soroe.markup.plain import addresses
from soroe.markup.spans import Parts, between, is_inside, masked, merged, parts_of
from soroe.text import Span

_NOT_READ = (
    nodes.literal, nodes.literal_block, nodes.doctest_block, nodes.comment, nodes.raw, nodes.math, nodes.math_block,
    nodes.footnote_reference, nodes.citation_reference, nodes.label, nodes.field_name, nodes.option_string,
    nodes.option_argument, nodes.system_message, nodes.substitution_definition, nodes.substitution_reference, nodes.generated,
)  # fmt: skip
_SHOWN_AS_IT_STANDS = (nodes.literal_block, nodes.doctest_block, nodes.raw, nodes.math_block)
# Of Sphinx: directives whose content is prose, which docutils would not read; and roles whose text is.
_WITH_PROSE = """
    versionadded versionchanged versionremoved deprecated seealso only glossary hlist centered tab-set tab-item dropdown card details
""".split()
_LINK = re.compile(r":(?:ref|doc|any|download|numref):`([^`<]+?)\s*<[^>`]*>`")
_ALT = re.compile(r"^[ \t]+:alt:[ \t]+(\S[^\n\r]*)", re.MULTILINE)
_LITERAL = re.compile(r"``[^`\n](?:[^\n]*?[^`\n])?``")


class _Prose(Directive):
    """A directive that docutils does not know and whose content is prose."""

    has_content = True
    optional_arguments = 99
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        container = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


def rst_parts(text: str) -> Parts:
    """The parts of a reStructuredText page. What docutils cannot place is not prose.

    >>> page = "記録\\n====\\n\\nオートマン氏の ``変数`` と `庁舎 <http://a.example/>`_\\n"
    >>> [page[slice(*span)] for span in rst_parts(page).not_prose]
    ['\\n====\\n\\n', ' ``変数`` ', ' `', ' <http://a.example/>`_']
    """
    return _Reader(text).parts()


@contextmanager
def _of_one_page() -> Iterator[None]:
    """While it lasts, docutils knows Sphinx's directives; what a page adds (`.. role:: 名`) is not known to the next one."""
    tables: list[dict[str, Any]] = [directives._directives, roles._roles]  # type: ignore[attr-defined]
    known = [dict(table) for table in tables]
    for name in _WITH_PROSE:
        tables[0].setdefault(name, _Prose)
    try:
        yield
    finally:
        for table, before in zip(tables, known, strict=True):
            table.clear()
            table.update(before)


def _parsed(text: str) -> nodes.document:
    settings = frontend.get_default_settings(Parser)
    settings.report_level, settings.halt_level, settings.warning_stream = 5, 6, ""
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.syntax_highlight = "none"
    document = utils.new_document("", settings)
    with _of_one_page():
        Parser().parse(text, document)
    return document


class _Reader:
    """Looks for the words of a page where docutils says that they stand."""

    def __init__(self, text: str) -> None:
        # docutils ends its lines where Python does (U+2028, U+0085), but for these two, which it takes for spaces.
        self.text = text
        self.source = text.replace("\v", " ").replace("\f", " ")
        self.lines = [0]
        for line in self.source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.document = _parsed(self.source)
        self.placed: list[Span] = []  # all that was found, in order
        self.prose: list[Span] = []
        self.keys: list[Span] = []
        self.code: list[Span] = []
        self.names = {str(node["refname"]) for node in self.document.findall(nodes.reference) if "refname" in node}
        for block in self.document.findall(nodes.TextElement):
            if isinstance(block, _SHOWN_AS_IT_STANDS):
                self._place_code(block)
            elif isinstance(block.line, int) and not isinstance(block, _NOT_READ):
                self._place(block, block.line)
        self.prose += self._alternative_texts()

    def parts(self) -> Parts:
        """What was found."""
        keys = merged(self.keys)
        hidden: list[Span] = []
        for start, end in between(merged(self.prose), 0, len(self.text)):
            gap = self.text[start:end]
            # Line breaks and indents beside prose are its own; spaces are not, for `**マスク** 氏` must not become `**マスク**氏`,
            # nor are those that hold a table together.
            if not is_inside(keys, start - 1) and not is_inside(keys, end):
                before, after = len(gap) - len(gap.lstrip()), len(gap.rstrip())
                if "\n" in gap[:before]:
                    start += before
                if "\n" in gap[after:] and after:
                    end -= len(gap) - after
            hidden.append(Span(start, end))
        hidden = merged(hidden)
        self.code += (Span(*match.span()) for match in _LITERAL.finditer(self.text))
        return parts_of([*hidden, *addresses(masked(self.text, hidden))], keys, self.code)

    def _place(self, block: nodes.TextElement, told: int) -> None:
        """Notes where the words of a paragraph or title stand."""
        first = told - 1
        is_title = isinstance(block, (nodes.title, nodes.subtitle))
        if is_title:  # docutils counts the line below the title, or the one above
            first = max(0, first - 2)
        last = first + block.astext().count("\n") + (3 if is_title else 1)
        line = first
        at = self._start(line)
        above = self._above(block)
        # A longer title wants a longer line below it, a longer word another table: rules tell, and do not touch.
        fixed = is_title or any(isinstance(node, nodes.table) for node in above)
        for node in block.findall(nodes.Text):
            around = self._above(node)
            if any(
                isinstance(other, nodes.TextElement) and isinstance(other.line, int)
                for other in around[: around.index(block)]
            ):
                continue  # a block in the block has its turn
            is_read = not any(isinstance(other, (*_NOT_READ, nodes.problematic)) for other in around)
            is_key = fixed or any(self._is_key(other) for other in around)
            for number, words in enumerate(node.astext().split("\n")):
                if number:
                    line += 1
                    at = max(at, self._start(line))
                words = words.strip()
                if not words:
                    continue
                found = self._find(words, at, line, last)
                if not found:
                    continue
                at = found.end
                line = max(line, bisect_right(self.lines, found.start) - 1)
                insort(self.placed, found)
                shown = [found] if is_read else [Span(*m.span(1)) for m in _LINK.finditer(self.text, *found)]
                self.prose += shown
                if is_key:
                    self.keys += shown

    def _find(self, words: str, at: int, line: int, last: int) -> Span | None:
        """Where words stand that nothing was found in before: in their line, or in one behind it of their paragraph."""
        pattern: re.Pattern[str] | None = None
        for number in range(line, max(last, line + 1)):
            start, end = max(at, self._start(number)), self._start(number + 1)
            while (found := self.source.find(words, start, end)) >= 0:
                span = Span(found, found + len(words))
                if not self._is_placed(span):
                    return span
                start = found + 1
            # A backslash takes a mark's meaning away and is no word itself; a tab is several spaces.
            if "\\" in self.source[start:end] or "\t" in self.source[start:end]:
                pattern = pattern or re.compile(
                    r"(?:\\ ?)?".join(
                        r"[ \t]+" if run.isspace() else re.escape(run) for run in re.findall(r" +|.", words)
                    )
                )
                match = pattern.search(self.source, start, end)
                if match and not self._is_placed(Span(*match.span())):
                    return Span(*match.span())
        return None

    def _is_placed(self, span: Span) -> bool:
        which = bisect_right(self.placed, span)
        return any(other.overlaps(span) for other in self.placed[max(0, which - 1) : which + 1])

    def _is_key(self, node: nodes.Node) -> bool:
        """Whether the words of a reference are the name of what it refers to."""
        if not isinstance(node, nodes.reference):
            return False
        return "refname" in node or nodes.fully_normalize_name(str(node.get("name", ""))) in self.names

    def _place_code(self, block: nodes.TextElement) -> None:
        """Notes where a block stands that is shown as it is; docutils tells a line near it."""
        if not isinstance(block.line, int):
            return
        wanted = [line.strip() for line in block.astext().split("\n")]
        for first in range(max(0, block.line - len(wanted) - 3), block.line + 2):
            here = [
                self.source[self._start(line) : self._start(line + 1)].strip()
                for line in range(first, first + len(wanted))
            ]
            if here == wanted:
                self.code.append(Span(self._start(first), self._start(first + len(wanted))))
                return

    def _alternative_texts(self) -> Iterator[Span]:
        """What is read out in place of a picture."""
        told = {" ".join(str(image["alt"]).split()) for image in self.document.findall(nodes.image) if "alt" in image}
        for match in _ALT.finditer(self.text) if told else ():
            if " ".join(match[1].split()) in told:
                yield Span(match.start(1), match.start(1) + len(match[1].rstrip()))

    def _start(self, line: int) -> int:
        return self.lines[min(line, len(self.lines) - 1)]

    @staticmethod
    def _above(node: nodes.Node) -> list[nodes.Node]:
        above: list[nodes.Node] = []
        parent = node.parent
        while parent is not None:
            above.append(parent)
            parent = parent.parent
        return above
