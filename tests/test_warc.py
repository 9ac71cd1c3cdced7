"""Web archives, read by another library too: what stays byte for byte first, then pages and their digests, then what is broken."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from base64 import b32encode, b64encode
from pathlib import Path

import pytest
from dumps import (
    AFTER,
    BEFORE,
    COMPRESSIONS,
    PAGE,
    cleaned,
    fail_on_b,
    mended,
    quarantined,
    records,
    restored,
    run_on,
    takes_little_memory,
)

from soroe.formats.warc import Record, _inflated
from soroe.text import Span

ArchiveIterator = pytest.importorskip("warcio.archiveiterator").ArchiveIterator


def http_of(page: bytes, kind: str = "text/html; charset=UTF-8", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%scontent-length: %d\r\n\r\n%s" % (
        kind.encode(),
        more,
        len(page),
        page,
    )


CHUNKED, GZIP, DEFLATE = (
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
)


def in_chunks(page: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"9\r\n%s\r\n%x;x=y\r\n%s\r\n%s" % (page[:9], len(page) - 9, page[9:], end)


def sha1(data: bytes) -> str:
    return f"sha1:{b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def a_record(
    block: bytes,
    kind: str = "response",
    content: str = "application/http; msgtype=response",
    uri: str = "https://a.example/",
    **more: str,
) -> bytes:
    body = block.partition(b"\r\n\r\n")[2] if "http" in content else block
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": uri,
        "WARC-Date": "2024-05-01T00:00:00Z",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "WARC-Payload-Digest": sha1(body),
        "WARC-Block-Digest": sha1(block),
        "Content-Type": content,
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


INFO = a_record(b"software: x\r\n", "warcinfo", "application/warc-fields", uri="")
HTML = f'<html><head><title>{BEFORE}</title></head><p class="ｱ">{BEFORE}<code>ｱ</code></p></html>'

UNTOUCHED_RECORDS = {
    "an archive without records": b"",
    "what it is about": INFO,
    "a page with nothing wrong": a_record(http_of(f"<p>{AFTER}</p>".encode())),
    "tags, attributes, code": a_record(http_of('<p class="ｱ"><code>ｱ</code><script>"ｱ"</script>'.encode())),
    "a picture": a_record(http_of(b"\x89PNG\r\n\r\n\xef\xbd\xb1" * 9, "image/png")),
    "a request": a_record(b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"),
    "JSON of a page": a_record('{"a": "ｱ"}'.encode(), "metadata", "application/json"),
    "a page in an encoding of others": a_record(http_of("<p>Прага".encode("koi8-r"), "text/html; charset=koi8-r")),
    "packed in a way of its own": a_record(http_of("ｱ".encode(), more=b"Content-Encoding: br\r\n")),
    "an empty page": a_record(http_of(b"")),
    "only line feeds": INFO.replace(b"\r\n", b"\n").replace(b"Content-Length: 13", b"Content-Length: 12"),
    "digests that are wrong": a_record(http_of(b"<p>"), WARC_Block_Digest="sha1:AAAA"),
}


@pytest.mark.parametrize("record", UNTOUCHED_RECORDS.values(), ids=UNTOUCHED_RECORDS)
def test_of_an_archive_what_is_no_prose_stays_byte_for_byte(tmp_path: Path, record: bytes) -> None:
    after = a_record(http_of(f"<p>{AFTER}</p>".encode()))
    assert cleaned(tmp_path, "a.warc", record + after) == record + after
    assert quarantined(tmp_path / "out") == []


def right(archive: bytes) -> list[tuple[str, str, bytes]]:
    """The records of an archive as warcio reads them: type, address, what they hold; their digests are seen to."""
    told = []
    for record in ArchiveIterator(io.BytesIO(archive), check_digests="raise"):
        head = record.rec_headers
        told.append((record.rec_type, head.get_header("WARC-Target-URI") or "", record.content_stream().read()))
    return told


CHANGED_RECORDS = {
    "a page": (a_record(http_of(HTML.encode())), "utf-8"),
    "Shift_JIS, as its head says": (a_record(http_of(HTML.encode("cp932"), "text/html; charset=Shift_JIS")), "cp932"),
    "EUC-JP, as the page says": (
        a_record(http_of(HTML.replace("<head>", '<head><meta charset="euc-jp">').encode("euc_jp"), "text/html")),
        "euc_jp",
    ),
    "UTF-8, which says that it is another": (
        a_record(http_of(HTML.encode(), "text/html; charset=ISO-8859-1")),
        "utf-8",
    ),
    "a page without its answer": (a_record(HTML.encode(), "resource", "text/html"), "utf-8"),
    "a text of WET": (a_record(BEFORE.encode(), "conversion", "text/plain"), "utf-8"),
    "digests of another kind": (
        a_record(
            http_of(HTML.encode()),
            WARC_Payload_Digest=f"sha256:{hashlib.sha256(HTML.encode()).hexdigest()}",
            WARC_Block_Digest=f"md5:{b32encode(hashlib.md5(http_of(HTML.encode()), usedforsecurity=False).digest()).decode()}",
        ),
        "utf-8",
    ),
    "digests in Base64": (
        a_record(
            http_of(HTML.encode()),
            WARC_Payload_Digest=f"sha1:{b64encode(hashlib.sha1(HTML.encode(), usedforsecurity=False).digest()).decode()}",
            WARC_Block_Digest=f"sha256:{b64encode(hashlib.sha256(http_of(HTML.encode())).digest()).decode()}",
        ),
        "utf-8",
    ),
    "no digests": (a_record(http_of(HTML.encode()), WARC_Payload_Digest="", WARC_Block_Digest=""), "utf-8"),
    "packed with gzip": (a_record(http_of(gzip.compress(HTML.encode()), more=GZIP)), "utf-8"),
    "in chunks": (a_record(http_of(in_chunks(HTML.encode()), more=CHUNKED)), "utf-8"),
}


@pytest.mark.parametrize(("record", "encoding"), CHANGED_RECORDS.values(), ids=CHANGED_RECORDS)
def test_of_an_archive_only_the_prose_is_cleaned_and_its_digests_are_right(
    tmp_path: Path, record: bytes, encoding: str
) -> None:
    clean = cleaned(tmp_path, "a.warc", INFO + record + INFO)
    source, now = right(INFO + record + INFO), right(clean)
    assert [told[:2] for told in now] == [told[:2] for told in source]
    assert [told[2] for told in now] == [
        told[2].replace(BEFORE.encode(encoding), AFTER.encode(encoding)) for told in source
    ]
    assert now != source and clean.startswith(INFO) and clean.endswith(INFO)


# Of some of these, warcio reads only the beginning, or the lengths of the chunks too.
PACKED = HTML.encode()
PACKED_PAGES = {
    "gzip behind gzip": (GZIP, gzip.compress(PACKED[:99]) + gzip.compress(b"") + gzip.compress(PACKED[99:])),
    "gzip filled up with zeros": (GZIP, gzip.compress(PACKED) + b"\0" * 9),
    "deflate": (DEFLATE, zlib.compress(PACKED)),
    "deflate without its head": (DEFLATE, zlib.compress(PACKED)[2:-4]),
    "gzip in chunks": (CHUNKED + GZIP, in_chunks(gzip.compress(PACKED))),
    "chunks with fields behind them": (CHUNKED, in_chunks(PACKED, b"0\r\nDigest: x\r\nExpires: 0\r\n\r\n")),
    "chunks of line feeds": (CHUNKED, in_chunks(PACKED).replace(b"\r\n", b"\n")),
    "chunks without the last line end": (CHUNKED, in_chunks(PACKED, b"0\r\n")),
}


@pytest.mark.parametrize(("more", "body"), PACKED_PAGES.values(), ids=PACKED_PAGES)
def test_a_page_is_unpacked_to_its_end(tmp_path: Path, more: bytes, body: bytes) -> None:
    clean = cleaned(tmp_path, "a.warc", INFO + a_record(http_of(body, more=more)) + INFO)
    assert [told[2] for told in right(clean)][1] == HTML.replace(BEFORE, AFTER).encode()
    assert quarantined(tmp_path / "out") == []


def headed(more: bytes, body: bytes, kind: str = "text/html; charset=UTF-8") -> bytes:
    """A page with a header that says that it is packed; it is not."""
    return a_record(http_of(body, kind, more))


# What crawlers leave of a page that they unpacked: its headers.
UNPACKED_PAGES = {
    "gzip": (GZIP, HTML.encode()),
    "chunks": (CHUNKED, HTML.encode()),
    "deflate": (DEFLATE, HTML.encode()),
    "both": (CHUNKED + GZIP, HTML.encode()),
    "chunks, in lines": (CHUNKED, HTML.replace("<", "\r\n<").encode()),
    "deflate that begins as deflate may": (DEFLATE, f"x{HTML}".encode()),
    "Shift_JIS": (GZIP + DEFLATE, HTML.replace("<head>", '<head><meta charset="Shift_JIS">').encode("cp932")),
}


@pytest.mark.parametrize(("more", "body"), UNPACKED_PAGES.values(), ids=UNPACKED_PAGES)
def test_a_page_that_is_unpacked_and_says_that_it_is_packed_is_read_as_it_is(
    tmp_path: Path, more: bytes, body: bytes
) -> None:
    encoding = "cp932" if b"Shift_JIS" in body else "utf-8"
    kind = "text/html" if encoding == "cp932" else "text/html; charset=UTF-8"
    after = body.replace(BEFORE.encode(encoding), AFTER.encode(encoding))
    clean = cleaned(tmp_path, "a.warc", INFO + headed(more, body, kind) + INFO)
    assert clean == INFO + headed(more, after, kind) + INFO
    assert cleaned(tmp_path, "b.warc", clean) == clean
    assert quarantined(tmp_path / "out") == []


@pytest.mark.parametrize("more", [GZIP, CHUNKED, DEFLATE])
@pytest.mark.parametrize("body", [b"", b"<p>", f"<p>{AFTER}</p>\n".encode()], ids=["empty", "cut", "a page"])
def test_an_unpacked_page_in_which_nothing_is_wrong_stays_byte_for_byte(
    tmp_path: Path, more: bytes, body: bytes
) -> None:
    record = headed(more, body)
    assert cleaned(tmp_path, "a.warc", INFO + record + INFO) == INFO + record + INFO
    assert quarantined(tmp_path / "out") == []


def test_an_unpacked_page_that_would_look_packed_when_it_is_clean_no_longer_says_so() -> None:
    line = headed(CHUNKED, "Ａ\nｱ".encode(), "text/plain; charset=UTF-8").decode("latin-1")
    record = Record(line, Span(0, len(line)))
    clean = record.edited("A\nｱ", ())
    assert "\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n" in clean.line
    assert right(clean.line.encode("latin-1"))[0][2] == "A\nｱ".encode()
    assert "ア" in clean.edited("A\nア", ()).line.encode("latin-1").decode()
    assert not record.is_given_back("Ａ\nｱ", "A\nｱ", ())


def test_a_digest_of_a_kind_that_no_one_knows_goes_with_the_change(tmp_path: Path) -> None:
    record = a_record(http_of(HTML.encode()), WARC_Block_Digest="crc9:AAAA")
    clean = cleaned(tmp_path, "a.warc", INFO + record)
    assert b"crc9" not in clean and len(right(clean)) == 2


def test_pages_of_an_archive_go_by_their_addresses(tmp_path: Path) -> None:
    one = a_record("ｱ".encode(), "conversion", "text/plain", WARC_Identified_Content_Language="jpn,eng")
    other = a_record(
        "ｲ".encode(), "conversion", "text/plain", uri="https://a.example/港", WARC_Identified_Content_Language="zho"
    )
    fields = {"source_field": "WARC-Date", "lang_field": "WARC-Identified-Content-Language"}
    clean = cleaned(tmp_path, "a.warc.wet", INFO + one + other + one, **fields).decode()
    assert [sign for sign in "アｱイｲ" if sign in clean] == ["ア", "ｲ"]
    told = records(tmp_path / "out/edits.jsonl")
    assert [(record["doc"], record["source"]) for record in told] == [
        (f"https://a.example/{number}", "2024-05-01T00:00:00Z") for number in ("", "#2")
    ]


@pytest.mark.parametrize("ending", [ending for ending in (".gz", ".zst") if ending in COMPRESSIONS])
def test_each_record_of_a_compressed_archive_can_be_read_alone(tmp_path: Path, ending: str) -> None:
    compress, decompress = COMPRESSIONS[ending]
    parts = [INFO, a_record(http_of(HTML.encode())), UNTOUCHED_RECORDS["a picture"], a_record(http_of(b"<p>"))]
    (tmp_path / f"a.warc{ending}").write_bytes(b"".join(map(compress, parts)))
    out = tmp_path / "out"
    run_on(out, tmp_path / f"a.warc{ending}")
    restored(out)
    for folder in ("clean", "restored"):
        data = (out / folder / f"a.warc{ending}").read_bytes()
        if ending == ".gz":
            assert data.count(b"\x1f\x8b\x08") == 4
            assert len(right(data)) == 4
    assert decompress(data) == b"".join(parts)


def test_a_record_that_cannot_be_cleaned_stays_in_its_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_on_b(monkeypatch)
    bad = a_record(b"\xef\xbd\xb1\xff", "conversion", "text/plain")
    parts = [
        a_record("Bｱ".encode(), "conversion", "text/plain"),
        bad,
        a_record("ｱ".encode(), "conversion", "text/plain"),
    ]
    clean = cleaned(tmp_path, "a.warc", b"".join(parts))
    assert clean.startswith(parts[0] + parts[1]) and clean.endswith("ア\r\n\r\n".encode())
    assert [line for _, line, _ in quarantined(tmp_path / "out")] == [1, 2]


A = b"a" * 80
NO_CHUNKS = "it says that it is in chunks and is not, or is cut short"
BROKEN_PAGES: dict[str, tuple[bytes, bytes, str]] = {
    "a chunk of a length below nothing": (CHUNKED, b"50\r\n%s\r\n-40\r\nxx\r\n0\r\n\r\n" % A, NO_CHUNKS),
    "a chunk of no length": (CHUNKED, b"50\r\n%s\r\n+2\r\nxx\r\n0\r\n\r\n" % A, NO_CHUNKS),
    "a chunk of a length of many digits": (CHUNKED, b"50\r\n%s\r\n%s\r\nxx\r\n" % (A, b"1" * 5_000), NO_CHUNKS),
    "chunks without an end": (CHUNKED, b"50\r\n%s\r\n" % A, NO_CHUNKS),
    "a chunk that is cut short": (CHUNKED, b"50\r\n%s\r\n50\r\nxx" % A, NO_CHUNKS),
    "a length that is cut short": (CHUNKED, b"50", NO_CHUNKS),
    "gzip that is cut short": (GZIP, gzip.compress(HTML.encode())[:-9], "its gzip is cut short"),
    "gzip that is damaged": (GZIP, gzip.compress(A)[:-8] + b"12345678", "its gzip is damaged: Error -3 while"),
    "text of which the first line is a number": (CHUNKED, b"2024\n<p>Year</p>\n", NO_CHUNKS),
    "deflate without its head that is cut short": (
        DEFLATE,
        zlib.compress(HTML.encode())[2:-9],
        "its deflate is cut short",
    ),
    "text behind gzip": (GZIP, gzip.compress(A) + b"<p>more", "its gzip ends at byte 24, and more stands behind it"),
    "gzip behind gzip, of which the last is cut short": (
        GZIP,
        gzip.compress(A) + gzip.compress(A)[:-1],
        "its gzip is cut short",
    ),
    "deflate behind deflate": (DEFLATE, zlib.compress(A) * 2, "its deflate ends at byte 12, and more stands behind it"),
    "text behind the last chunk": (
        CHUNKED,
        in_chunks(A) + b"<p>more",
        "its last chunk ends at byte 98, and more stands behind it",
    ),
    "chunks behind the last chunk": (CHUNKED, in_chunks(A) * 2, "its last chunk ends at byte"),
    "a chunk that is longer than it says": (CHUNKED, in_chunks(A).replace(b"\r\n0", b"aa\r\n0"), NO_CHUNKS),
    "gzip of very much": (GZIP, gzip.compress(b"a" * ((1 << 20) + 1)), "its gzip unpacks to more than 1 MB"),
    "deflate of very much": (DEFLATE, zlib.compress(b"a" * (9 << 20)), "its deflate unpacks to more than 1 MB"),
}


@pytest.mark.parametrize(("more", "body", "reason"), BROKEN_PAGES.values(), ids=BROKEN_PAGES)
def test_a_page_that_cannot_be_unpacked_is_quarantined_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: bytes, body: bytes, reason: str
) -> None:
    monkeypatch.setattr("soroe.formats.warc._MOST_UNPACKED", 1 << 20)
    bad, good = a_record(http_of(body, more=more)), a_record(http_of(HTML.encode()))
    clean = cleaned(tmp_path, "a.warc", INFO + bad + good)
    assert clean.startswith(INFO + bad) and right(clean)[2][2] == HTML.replace(BEFORE, AFTER).encode()
    ((_, number, told),) = quarantined(tmp_path / "out")
    assert number == 2 and told.startswith(reason)


def test_gzip_in_very_many_parts_takes_no_square_of_the_time() -> None:
    assert _inflated(gzip.compress(b"") * 200_000 + gzip.compress(A), "gzip", 31) == A


def test_a_page_of_as_much_as_is_unpacked_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = HTML.encode()
    monkeypatch.setattr("soroe.formats.warc._MOST_UNPACKED", len(page))
    clean = cleaned(tmp_path, "a.warc", a_record(http_of(gzip.compress(page), more=GZIP)))
    assert right(clean)[0][2] == HTML.replace(BEFORE, AFTER).encode()


BROKEN_ARCHIVES: dict[str, tuple[bytes, str, int]] = {
    "cut in a head": (a_record(b"x")[:40], "record 3, at byte {}, is cut short", 1),
    "cut in a block": (a_record(http_of(HTML.encode()))[:-50], "record 3, at byte {}, is cut short", 1),
    "no record": (b"<html>\r\n\r\n", "record 3, at byte {}, is no record: it needs WARC/1.0 and a Content-Length", 1),
    "no record and no end": (b"<html>" * 99, "record 3, at byte {}, is no record: it does not begin with WARC/1.0", 1),
    "no length": (
        a_record(b"x").replace(b"Content-Length", b"Length"),
        "record 3, at byte {}, is no record: it needs",
        1,
    ),
    "a length of many digits": (
        a_record(b"x", Content_Length="9" * 5_000),
        "record 3, at byte {}, is no record: its Content-Length is no number of at most 18 digits",
        1,
    ),
}


@pytest.mark.parametrize(("broken", "reason", "count"), BROKEN_ARCHIVES.values(), ids=BROKEN_ARCHIVES)
def test_of_a_broken_archive_what_was_before_is_cleaned(tmp_path: Path, broken: bytes, reason: str, count: int) -> None:
    good = INFO + a_record(http_of(HTML.encode()))
    (tmp_path / "a.warc").write_bytes(good + broken)
    out = tmp_path / "out"
    assert run_on(out, tmp_path / "a.warc").counts["documents"] == count
    ((_, line, told),) = quarantined(out)
    assert line == 3 and told.startswith(reason.format(f"{len(good):,}"))
    assert len(right((out / "clean/a.warc").read_bytes())) == 2
    assert restored(out) == {"a.warc": "it could not be read to its end"}


def test_lint_mends_an_archive_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(INFO) + gzip.compress(a_record(http_of(HTML.encode()))))
    assert [told[2] for told in right(mended(tmp_path / "a.warc.gz"))][1] == HTML.replace(BEFORE, AFTER).encode()


def large_warc(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(a_record(http_of(b"\0" * size, "video/mp4")))
        while file.tell() < size * 5 // 4:
            file.write(a_record(http_of(f"<p>{PAGE}".encode())))


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    takes_little_memory(tmp_path, "a.warc", large_warc)
