"""Dumps of lines: their encoding, and their lines as they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from soroe.formats.encoding import Undecodable, decode, is_cut_utf_8, text_of
from soroe.formats.stream import Stream

_CHUNK = 1 << 20
# A dump's encoding is told by this much of it; where all of that is ASCII, by more, but not by more than the second.
_HEAD, _LONGEST_HEAD = 1 << 20, 16 << 20
_ASCII = bytes(range(128))


def lines_of(stream: Stream, encoding: str | None = None) -> tuple[str, Iterator[bytes]]:
    """The encoding of a dump, which its beginning tells unless it is known, and its lines with their ends."""
    rest = iter(lambda: stream.read(_CHUNK), b"")
    head = bytearray()
    if encoding is None:
        for chunk in rest:
            head += chunk
            if len(head) >= (_LONGEST_HEAD if head.isascii() else _HEAD):
                break
        encoding = encoding_of_dump(bytes(head))
    return encoding, _lines(head, rest, "\n".encode(encoding))


def encoding_of_dump(head: bytes) -> str:
    """The encoding of a dump by its beginning; one broken row in it does not make the others unreadable.

    >>> encoding_of_dump('{"text": "マスク氏"}\\n'.encode("cp932") + b"\\xff\\xff\\n")
    'cp932'
    >>> encoding_of_dump('{"text": "彼は笑った。"}\\n{"text": "彼'.encode()[:-1] + b"\\n")
    'utf-8'
    """
    wide = decode(head[: len(head) // 4 * 4]) if b"\0" in head else Undecodable("its ASCII has no zero bytes")
    if not isinstance(wide, Undecodable) and wide.encoding.startswith(("utf-16", "utf-32")):
        return wide.encoding
    lines = head[: head.rfind(b"\n") + 1] or head
    whole = decode(lines)
    if not isinstance(whole, Undecodable):
        return whole.encoding if whole.encoding == "utf-8" or not _is_mostly_utf_8(lines) else "utf-8"
    votes: Counter[str] = Counter()
    for line in lines.split(b"\n"):
        told = Undecodable("") if line.isascii() else decode(line)
        if not isinstance(told, Undecodable):
            votes[told.encoding] += len(line)
    return votes.most_common(1)[0][0] if votes else "utf-8"


def _is_mostly_utf_8(lines: bytes) -> bool:
    """Whether of the bytes beyond ASCII more stand in rows that are UTF-8, whole or cut, than in others: CP932 reads nearly all of them."""
    count = 0
    for line in lines.splitlines():
        beyond = len(line.translate(None, _ASCII))
        if beyond:
            count += beyond if text_of(line, "utf-8") is not None or is_cut_utf_8(line) else -beyond
    return count > 0


def _lines(buffer: bytearray, chunks: Iterator[bytes], newline: bytes) -> Iterator[bytes]:
    """The lines of the buffer and the chunks after it, each with its line end."""
    width = len(newline)
    searched = 0
    for chunk in chain((b"",), chunks):
        buffer += chunk
        while (at := buffer.find(newline, searched)) >= 0:
            if at % width:  # the end of one character and the beginning of the next: 0A in U+0A30
                searched = at + 1
                continue
            yield bytes(buffer[: at + width])
            del buffer[: at + width]
            searched = 0
        searched = max(0, len(buffer) - width + 1)
    if buffer:
        yield bytes(buffer)
