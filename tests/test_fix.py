"""Mending in place: what must stay as it is comes first."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest

from soroe.engine import Pipeline
from soroe.formats.read import Article, Broken, Reading, Source, find_sources, read
from soroe.review.cache import Cache
from soroe.review.fix import diff, fixed
from soroe.review.linted import Linted
from soroe.review.reviewing import reviewed
from soroe.settings import Settings

ODD = b"\x1b$B\x1b(B" + "マスク氏は語った。".encode("iso2022_jp")  # nothing stands between the first two escapes
ROW = '{"id": 1, "n": 1.0e5,  "text": "ｱﾙﾄﾏﾝ氏は語った。\\n"}'


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def mend(paths: Iterable[Path | str], stdin: bytes = b"") -> tuple[list[Broken], bytes]:
    """What could not be read or written, and what went to standard output."""
    out = io.BytesIO()
    events = read(find_sources(map(str, paths)), Reading(), io.BytesIO(stdin))
    steps = fixed(reviewed(events, lambda source: Settings(), Cache(None)), out)
    broken = [step for step in steps if isinstance(step, Broken)]
    return broken, out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.txt", "マスク氏は語った。\r\n".encode(), id="nothing to mend"),
        pytest.param("a.txt", b"", id="empty"),
        pytest.param("a.txt", bytes(range(128, 256)), id="no text"),
        pytest.param("a.txt", ODD, id="nothing to mend in odd ISO-2022-JP"),
        pytest.param("a.jsonl", b'{"text": "x"}\n[1]\n\n{"text": 1}', id="rows that cannot be read"),
    ],
)
def test_is_left_as_it_is(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    before = path.stat()
    mend([path])
    assert path.read_bytes() == data
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names(tmp_path) == [name]


def test_what_would_not_come_back_byte_for_byte_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    data = b"\x1b$B\x1b(B" + "マスク 氏は語った。".encode("iso2022_jp")
    path.write_bytes(data)
    (broken,), _ = mend([path])
    assert (path.read_bytes(), broken.reason) == (
        data,
        "its ISO2022_JP would not come back byte for byte; left as it was",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_keeps_encoding_mark_and_line_ends(encoding: str, newline: str, tmp_path: Path) -> None:
    text = "アルトマン 氏は語った。" * 3 + '\n彼は「まだ決めていない。"と述べた。\n\n最後の行'
    mended = text.replace(" 氏", "氏").replace('。"', "。」")
    path = tmp_path / "a.txt"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    assert mend([path]) == ([], b"")
    assert path.read_bytes() == mended.replace("\n", newline).encode(encoding)


def test_keeps_the_mode_and_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path, link = tmp_path / "real" / "a.txt", tmp_path / "a.txt"
    path.write_text("ﾏｽｸ氏", "utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    mend([link])
    assert link.is_symlink()
    assert (path.read_text("utf-8"), stat.S_IMODE(path.stat().st_mode)) == ("マスク氏", 0o640)


def test_of_a_dump_only_the_text_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{ROW}\n\nno row\n{{"text": "マスク氏"}}', "utf-8")
    (broken,), _ = mend([path])
    assert broken.line == 3
    assert path.read_text("utf-8") == f'{ROW.replace("ｱﾙﾄﾏﾝ", "アルトマン")}\n\nno row\n{{"text": "マスク氏"}}'


def test_standard_input_goes_to_standard_output(tmp_path: Path) -> None:
    assert mend(["-"], "ﾏｽｸ氏\r\n".encode()) == ([], "マスク氏\r\n".encode())


def test_is_whole_again_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("ﾏｽｸ氏", "utf-8")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        mend([path])
    assert (path.read_text("utf-8"), names(tmp_path)) == ("ﾏｽｸ氏", ["a.txt"])


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# ｱﾙﾄﾏﾝ 氏\n\n" + "ヴェルデマン氏は語った。" * 3 + 'ベルデマン氏は"去る "と述べた。\n', "utf-8")
    mend([path])
    once = path.read_bytes()
    mend([path])
    assert path.read_bytes() == once


def test_only_what_mends_the_findings_that_are_kept() -> None:
    text = "ｱﾙﾄﾏﾝ 氏とﾏｽｸ氏"
    result = Pipeline().clean(text)
    article = Linted(Article("a", text, "plain", Source("a.txt", "txt", None)), result.told, result.edits)
    kept = article.only(finding for finding in result.fixed if finding.code == "P204")
    assert [(edit.code, edit.after) for edit in kept.edits] == [("P204", "")]
    assert article.only(result.told) == article
    assert article.only(()) == Linted(article.article)


def test_a_patch_says_where_the_last_line_has_no_end() -> None:
    assert diff("a.txt", "一\nﾏｽｸ", "一\nマスク").split("\n")[-5:] == [
        "-ﾏｽｸ",
        "\\ No newline at end of file",
        "+マスク",
        "\\ No newline at end of file",
        "",
    ]
