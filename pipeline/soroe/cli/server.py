"""`soroe server`."""

from __future__ import annotations

import argparse

from soroe.cli.options import Parser, UsageError


def options(parser: Parser) -> None:
    """Serve an editor: findings while one types, quick fixes, and the evidence under the pointer.

    It speaks the Language Server Protocol over standard input and output, and is started by the editor, not by hand. README
    has the lines for VS Code, Neovim and Emacs. Settings are those that `soroe settings FILE` shows.

    example, for Neovim 0.11:
      vim.lsp.config.soroe = { cmd = { "soroe", "server" }, filetypes = { "markdown", "mdx", "html", "rst", "asciidoc", "text" } }

    Exit status: 0 when the editor says goodbye, 2 where pygls is not installed: pip install 'soroe[server]'.
    """


def act(options: argparse.Namespace) -> int:
    """Serves until the client is gone; 0."""
    try:
        from soroe.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the server needs pygls: pip install 'soroe[server]'") from None
    serve()
    return 0
