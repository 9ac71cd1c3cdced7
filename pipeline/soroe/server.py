"""`soroe server`: a language server, so that an editor tells while one types what `soroe lint` would tell.

A document is checked when it is opened and when typing pauses. Positions are those of the client (UTF-16 unless it asks for
another encoding); lines end where the protocol says they do, and not at U+2028. Needs pygls: pip install 'soroe[server]'.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from soroe import __version__
from soroe.engine import Pipeline, Result, doc_of, summary_of
from soroe.formats.fields.values import Unreadable
from soroe.formats.fields.view import Fields
from soroe.formats.shapes import FORMATS, SHAPES, Format, markup_of
from soroe.lexicon import DictionaryError
from soroe.messages import LANGS, Lang, Said, lang_of, locale_of, told
from soroe.project import FILES, forget_projects, project_for
from soroe.review.linted import in_language, suggested
from soroe.rules import RULES
from soroe.settings import Settings
from soroe.text import Edit, Finding, Span

# How long (seconds) typing has to pause.
PAUSE = 0.3
FIX_ALL = "source.fixAll.soroe"
_LINE_END = re.compile(r"\r\n|\r|\n")


class Checked(NamedTuple):
    """A version of a document and what was found in it, told in the language of the client."""

    version: int | None
    text: str
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...]
    lang: Lang = "en"


class Lines:
    """The lines of a text as the protocol counts them.

    >>> Lines("一\\r\\n二\\u2028三").place(4)
    (1, 1)
    """

    def __init__(self, text: str) -> None:
        ends = [match.end() for match in _LINE_END.finditer(text)]
        self._starts = [0, *ends]
        self.texts = [text[start:end] for start, end in zip(self._starts, [*ends, len(text)], strict=True)]

    def place(self, at: int) -> tuple[int, int]:
        """The line of an offset, and the code points before it on that line, both from 0."""
        line = bisect_right(self._starts, at) - 1
        return line, at - self._starts[line]


class Server(LanguageServer):
    """The server, with what it has found in the documents that are open."""

    def __init__(self) -> None:
        super().__init__("soroe", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental)
        self.checked: dict[str, Checked] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._pipelines: dict[Settings, Pipeline] = {}
        self.asked: Lang | None = None  # the language that the client asks for
        self.locale = locale_of(os.environ)
        self._told = ""  # what was last said of settings that cannot be used
        # Taggers and memories of a pipeline are for one thread: all checking is done by this one.
        self._thread = ThreadPoolExecutor(1, "soroe")

    def check_later(self, uri: str, pause: float) -> None:
        """Checks a document when the pause is over, if nothing is typed in it until then."""
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        self._waiting[uri] = asyncio.ensure_future(self._check(uri, pause))

    def forget(self, uri: str) -> None:
        """Drops what is known of a document that was closed."""
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        self.checked.pop(uri, None)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    async def settings_changed(self) -> None:
        """Reads all settings and dictionaries anew, and checks what is open again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._pipelines.clear)
        forget_projects()
        for uri in list(self.checked):
            self.check_later(uri, 0)

    async def _check(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        document = self.workspace.get_text_document(uri)
        version, text = document.version, document.source
        path = Path(uris.to_fs_path(uri) or "untitled")
        loop = asyncio.get_running_loop()
        try:
            result = await loop.run_in_executor(self._thread, self._clean, text, path, _format_of(document, path))
            lang = self.asked or project_for(path).lang or lang_of(self.locale)
        except (DictionaryError, OSError, ImportError) as error:
            if str(error) != self._told:
                self._told = str(error)
                self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"soroe: {error}"))
            return
        if self.workspace.get_text_document(uri).version != version:
            return  # typed on in the meantime: another check is on its way
        findings = tuple(in_language(finding, lang) for finding in result.told) if result else ()
        self.checked[uri] = Checked(version, text, findings, result.edits if result else (), lang)
        lines = Lines(text)
        shown = [_diagnostic(finding, range_of(document, lines, finding.span)) for finding in findings]
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, shown, version))

    def _clean(self, text: str, path: Path, format: Format) -> Result | None:
        """What a run makes of the text; None of a file that its project excludes, or of which it names no fields that hold prose."""
        project = project_for(path)
        if project.excludes(path):
            return None
        fields = None
        if format in ("json", "yaml"):
            named = project.prose_fields_of(path)
            try:
                fields = Fields(text, format, named) if named else None
            except Unreadable:  # half typed; what it lacks, others tell
                fields = None
            if not fields:
                return None
        settings = project.settings_for(path).for_one_text()
        if settings not in self._pipelines:
            self._pipelines[settings] = Pipeline(settings)
        pipeline = self._pipelines[settings]
        return fields.cleaned_by(pipeline) if fields else pipeline.clean(text, markup=markup_of(format))


def serve() -> None:
    """Serves one client over standard input and output, until it says goodbye."""
    server = Server()

    @server.feature(lsp.INITIALIZE)
    def initialized(params: lsp.InitializeParams) -> None:
        given = params.initialization_options
        asked = given.get("lang") if isinstance(given, dict) else getattr(given, "lang", None)
        server.asked = asked if asked in LANGS else None
        server.locale = params.locale or server.locale

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.check_later(params.text_document.uri, 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.check_later(params.text_document.uri, PAUSE)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        path = Path(uris.to_fs_path(params.text_document.uri) or "")
        if path.name in FILES or path.suffix == ".tsv":
            await server.settings_changed()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        await server.settings_changed()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll])

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        document, checked = server.workspace.get_text_document(uri), server.checked.get(uri)
        if not checked or checked.text != document.source:
            return []
        offered = actions_for(document, checked, params.range)
        only = params.context.only
        return [action for action in offered if not only or any(_is_of(action.kind or "", kind) for kind in only)]

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        uri = params.text_document.uri
        document, checked = server.workspace.get_text_document(uri), server.checked.get(uri)
        if not checked or checked.text != document.source:
            return None
        return hover_at(document, checked, params.position)

    server.start_io(sys.stdin.buffer, sys.stdout.buffer)


def actions_for(document: TextDocument, checked: Checked, around: lsp.Range) -> list[lsp.CodeAction]:
    """A quick fix for each finding that the range touches, and one that mends all that is sure.

    What is only likely is offered wherever it would write something, is not preferred, and is no part of the one for all.
    """
    lines = Lines(checked.text)
    made = []
    for finding in checked.findings:
        edits = (finding.edit,) if finding.edit else finding.suggestion
        places = [range_of(document, lines, span) for span in (finding.span, *(edit.span for edit in edits))]
        if not edits or not any(where.start <= around.end and around.start <= where.end for where in places):
            continue
        if finding.edit:
            title = f"{finding.code}: {finding.edit.after or finding.message}"
        else:
            likely = suggested(finding, checked.text) or Said("", "")
            title = told(
                Said(f"{finding.code}: perhaps {likely}", f"{finding.code}: {likely.ja}（要確認）"), checked.lang
            )
        change = _workspace_edit(document, lines, edits)
        about = [_diagnostic(finding, places[0])]
        is_sure = finding.edit is not None
        made.append(lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, about, is_preferred=is_sure, edit=change))
    if checked.edits:
        change = _workspace_edit(document, lines, checked.edits)
        title = Said(f"soroe: mend all ({len(checked.edits)})", f"soroe: すべて修正（{len(checked.edits)}か所）")
        made.append(lsp.CodeAction(told(title, checked.lang), FIX_ALL, edit=change))
    return made


def hover_at(document: TextDocument, checked: Checked, position: lsp.Position) -> lsp.Hover | None:
    """What is to be said of the place, the narrowest first: each finding with its evidence, and what its rule is about."""
    lines = Lines(checked.text)
    ranges = [(finding, range_of(document, lines, finding.span)) for finding in checked.findings]
    here = [(finding, where) for finding, where in ranges if where.start <= position < where.end]
    if not here:
        return None
    here.sort(key=lambda one: one[0].span.end - one[0].span.start)
    shown = "\n\n---\n\n".join(_shown(finding, checked.lang) for finding, _ in here)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, shown), here[0][1])


def _shown(finding: Finding, lang: Lang) -> str:
    why = finding.edit.why if finding.edit and finding.edit.why != finding.message else ""
    headline = doc_of(finding.code).partition("\n")[0]
    if lang == "ja":
        summary = summary_of(finding.code)
        headline = headline.replace(f"{summary}.", f"{summary.ja}。").replace(summary, summary.ja)
    return "\n\n".join(filter(None, (f"**{finding.code}** {finding.message}", why, headline)))


def range_of(document: TextDocument, lines: Lines, span: Span) -> lsp.Range:
    """A span as the client counts."""
    codec = document.position_codec
    start, end = (codec.position_to_client_units(lines.texts, lsp.Position(*lines.place(at))) for at in span)
    return lsp.Range(start, end)


def _diagnostic(finding: Finding, where: lsp.Range) -> lsp.Diagnostic:
    severity = lsp.DiagnosticSeverity.Warning if finding.edit else lsp.DiagnosticSeverity.Information
    page = _page_of(finding.code)
    described = lsp.CodeDescription(page) if page else None
    return lsp.Diagnostic(where, finding.message, severity, finding.code, described, "soroe")


def _workspace_edit(document: TextDocument, lines: Lines, edits: Iterable[Edit]) -> lsp.WorkspaceEdit:
    changes = [lsp.TextEdit(range_of(document, lines, edit.span), edit.after) for edit in edits]
    return lsp.WorkspaceEdit({document.uri: changes})


def _page_of(code: str) -> str:
    """The page that documents a rule: its own module."""
    return RULES[code].source.as_uri() if code in RULES else ""


def _format_of(document: TextDocument, path: Path) -> Format:
    known = FORMATS.get(path.suffix.lower())
    if known and not SHAPES[known].is_dump:
        return known
    return _LANGUAGES.get(document.language_id or "", "txt")


# As editors call them: VS Code, Neovim, Emacs.
_LANGUAGES: dict[str, Format] = {
    "markdown": "md",
    "mdx": "mdx",
    "html": "html",
    "restructuredtext": "rst",
    "rst": "rst",
    "asciidoc": "adoc",
    "json": "json",
    "yaml": "yaml",
}


def _is_of(kind: str, asked: str) -> bool:
    """Whether a kind of action is the one that is asked for, or a kind of it."""
    return kind == asked or kind.startswith(f"{asked}.")
