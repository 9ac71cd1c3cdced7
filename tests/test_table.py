"""CSV and TSV: what stays byte for byte first, then what is written anew, what is broken, and how much memory it takes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from dumps import (
    AFTER,
    BEFORE,
    PAGE,
    cleaned,
    quarantined,
    run_on,
    takes_little_memory,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soroe.formats import table
from soroe.formats.rows import BadRow
from soroe.formats.table import cells

# A table, and what is left of it where nothing is to be changed: itself.
UNCHANGED_TABLES = {
    "nothing at all": "",
    "a head alone": "id,text",
    "a head without a line end, and a mark": "\ufefftext",
    "CR LF": 'id,text\r\n1,"マスク氏"\r\n2,マスク氏\r\n',
    "line breaks in a cell": 'id,text\n1,"マスク氏は、\r\n\n語った"\n2,x\n',
    "quotes in a cell": 'id,text\n1,"彼は""はい""と言った"\n2,""""\n3,""\n4,\n',
    "all cells quoted, and spaces": '"id" ,"text"\n " 1","マスク" \n'.replace('"text"', "text"),
    "blank lines": "id,text\n\n1,マスク氏\n\r\n2,マスク氏",
    "semicolons": 'text;"a,b";c\nマスク氏;1,2;"3;4"\n',
    "tabs": "id\ttext\n1\tマスク氏, 語る\n",
    "emoji and more": "id,text\n1,👨‍👩‍👧‍👦氏は🎌語った\u2028\x0b\x0c\x00。\n",
    "quotes that quote no cell": 'id,text\n1,"はい" と言った\n2,5" の板\n',
    "other columns": 'n,text,m\n 007 ,x,"1,0"\n1.0e5,y,"""\n"""\n',
}


@pytest.mark.parametrize("table", UNCHANGED_TABLES.values(), ids=UNCHANGED_TABLES)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_table_in_which_nothing_is_wrong_stays_byte_for_byte(tmp_path: Path, name: str, table: str) -> None:
    assert cleaned(tmp_path, name, table.encode()) == table.encode()
    assert quarantined(tmp_path / "out") == []


def test_the_name_of_a_field_may_have_line_breaks(tmp_path: Path) -> None:
    clean = cleaned(tmp_path, "a.csv", f'"番\n号",text\n1,{BEFORE}\n'.encode()).decode()
    assert clean == f'"番\n号",text\n1,{AFTER}\n'


CHANGED_TABLES = {
    "a plain cell": (f"id,text\n1,{BEFORE}\n", f"id,text\n1,{AFTER}\n"),
    "a quoted cell": (f'id,text\n1,"{BEFORE}"\n', f'id,text\n1,"{AFTER}"\n'),
    "quotes and line breaks": ('id,text\n1,"ｱ""\r\n""ｲ"\r\n', 'id,text\n1,"ア""\r\n""イ"\r\n'),
    "other columns": ('a,text,b\nｱ,ｱ,"ｱ""ｱ"\n', 'a,text,b\nｱ,ア,"ｱ""ｱ"\n'),
    "a cell that looks quoted": ('id,text\n1,"はい" とｱ\n', 'id,text\n1,"""はい"" とア"\n'),
    "no line end": ("text\nｱ", "text\nア"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED_TABLES.values(), ids=CHANGED_TABLES)
def test_of_a_table_only_the_cell_is_written_anew(tmp_path: Path, before: str, after: str) -> None:
    assert cleaned(tmp_path, "a.csv", before.encode()).decode() == after


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16", "utf-16-be", "utf-8-sig"])
def test_a_table_in_another_encoding_comes_back(tmp_path: Path, encoding: str) -> None:
    table = f'番号,本文,出所\r\n1,"{BEFORE}、""はい""\r\nと。",港の新聞\r\n'
    assert AFTER in cleaned(tmp_path, "a.csv", table.encode(encoding), text_field="本文").decode()


def test_a_cell_of_five_megabytes_is_read(tmp_path: Path) -> None:
    text = f'{BEFORE}、""\n' * 100_000
    assert cleaned(tmp_path, "a.csv", f'text,n\n"{text}",1\n'.encode()).count(AFTER.encode()) == 100_000


BROKEN_RECORDS = {
    "1": "1 cells, and the first line names 2",
    "1,a,b": "3 cells, and the first line names 2",
    '1,"never closed': "a quote opens a cell at column 3 and nothing closes it",
    '1,"a\nb" c': "a quoted cell of several lines goes on behind its closing quote, from column 3 on",
}


@pytest.mark.parametrize(("broken", "reason"), BROKEN_RECORDS.items())
def test_a_broken_record_is_quarantined_and_the_run_goes_on(tmp_path: Path, broken: str, reason: str) -> None:
    table = f"id,text\n7,{BEFORE}\n{broken}\n8,{BEFORE}\n"
    out = cleaned(tmp_path, "a.csv", table.encode()).decode()
    assert out.startswith(f"id,text\n7,{AFTER}\n") and out.endswith(f"8,{AFTER}\n")
    assert quarantined(tmp_path / "out")[0] == ("a.csv", 3, reason)


def test_a_record_that_is_no_text_is_quarantined(tmp_path: Path) -> None:
    data = f"id,text\n1,{BEFORE}\n".encode() + b'2,"\xff\n"\n' + f"3,{BEFORE}\n".encode()
    assert cleaned(tmp_path, "a.csv", data).decode() == f"id,text\n1,{AFTER}\n3,{AFTER}\n"
    assert quarantined(tmp_path / "out") == [("a.csv", 3, "not UTF-8, as the file is")]


def test_a_table_without_the_field_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,body\n1,x\n", "utf-8")
    assert run_on(tmp_path / "out", tmp_path / "a.csv").counts["quarantined"] == 1
    ((_, _, reason),) = quarantined(tmp_path / "out")
    assert reason.startswith('no field "text"; its fields are: id, body')


def test_in_a_folder_a_table_without_the_field_is_passed_over_unless_a_field_was_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("id,body\n1,x\n", "utf-8")
    (tmp_path / "in/b.csv").write_text(f"id,text\n1,{BEFORE}\n", "utf-8")
    counts = run_on(tmp_path / "out", tmp_path / "in").counts
    assert (counts["skipped files"], counts["documents"], counts["quarantined"]) == (1, 1, 0)
    assert run_on(tmp_path / "out", tmp_path / "in", text_field="txt").counts["quarantined"] == 2


CELL = st.text(alphabet='ｱﾏ"\n,\t x', max_size=8)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(",\t;"),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_table_says_what_python_reads_in_it_before_and_after(
    tmp_path: Path, rows: list[tuple[str, str]], quoting: Any, delimiter: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows([("id", "text"), *rows])
    table = written.getvalue()
    clean = cleaned(tmp_path, "a.csv", table.encode()).decode()
    read = [*csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter)]
    assert read == [["id", "text"], *([id, text.replace("ｱ", "ア").replace("ﾏ", "マ")] for id, text in rows)]


def test_cells_of_a_long_record_take_no_square_of_the_time() -> None:
    assert len(cells('"a""b",' * 200_000 + "c", ",") or ()) == 200_001


Told = tuple[int, str, str]  # the number of the first line of a record, the record, and why it is none


def read_as_said(lines: list[str], longest: int) -> list[Told]:
    """The records of lines, each looked for anew, as the rule is: the cell ends in a line with an odd number of quotes."""
    told: list[Told] = []
    at = 0
    while at < len(lines):
        end, reason = at + 1, ""
        try:
            while cells(record := "".join(lines[at:end]), ",") is None:
                end = next((n + 1 for n in range(end, len(lines)) if lines[n].count('"') % 2), 0)
                if not end or len("".join(lines[at:end])) > longest:
                    column = record.rfind(',"') + 2
                    reason = f"a quote opens a cell at column {column} and nothing closes it"
                    break
        except BadRow as error:
            reason = str(error)
        end = at + 1 if reason else end
        told.append((at + 1, "".join(lines[at:end]), reason))
        at = end
    return told


def read_by_soroe(lines: list[str]) -> list[Told]:
    records = table._Records((line.encode() for line in lines), "utf-8")
    return [(record.number, record.text, record.reason) for record in iter(lambda: records.next(","), None)]


PIECE = st.sampled_from(['"', '""', ",", '",', ',"', '"x" y', '5" b,"c', 'b","c', 'b",5" d,"e', '"a,"', "b", "\r"])
LINE = st.lists(PIECE, max_size=4).map("".join)


@given(st.lists(LINE, max_size=16), st.sampled_from([1 << 24, 50, 25, 10, 5]), st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None, max_examples=400)
def test_the_records_of_a_table_are_those_that_looking_for_each_anew_would_find(
    lines: list[str], longest: int, line_end: str
) -> None:
    lines = [line + line_end for line in lines] + ["x"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "LONGEST_RECORD", longest)
        assert read_by_soroe(lines) == read_as_said(lines, longest)


INCHES = '5" screen,"foo bar baz\n'
# Lines of which each opens a cell, and what follows them.
OPENING_LINES = {
    "a quote that nothing closes": ([INCHES], ""),
    "an odd quote behind them": ([INCHES], 'a" b\n'),
    "cells that end and begin in each line": (['b","c\n'], ""),
    "such cells, of which the last goes on": (['b","c\n'], 'b" x\n'),
    "odd quotes in each line": (['b",5" d,"e\n'], ""),
    "odd quotes in each line, of which the last goes on": (['b",5" d,"e\n'], 'b" x\n'),
    "all of them by turns": ([INCHES, 'b",5" d,"e\n', 'b","c\n', "x\n", 'x",y,"z\n'], ""),
}


@pytest.mark.parametrize("longest", [1 << 24, 5_000])
@pytest.mark.parametrize(("lines", "last"), OPENING_LINES.values(), ids=OPENING_LINES)
def test_each_line_of_a_table_is_looked_at_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], last: str, longest: int
) -> None:
    looked_at = 0
    look = table._Records._line

    def counted(self: table._Records, number: int) -> table._Line:
        nonlocal looked_at
        looked_at += 1
        return look(self, number)

    monkeypatch.setattr(table._Records, "_line", counted)
    monkeypatch.setattr(table, "LONGEST_RECORD", longest)
    rows = lines * (3_000 // len(lines))
    assert len(read_by_soroe([*rows, last] if last else rows)) > 2_000
    assert looked_at < 6 * len(rows)


def large_csv(path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("text,id\n")
        while file.tell() < size:
            file.write(f'"{PAGE}",x\n')


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    takes_little_memory(tmp_path, "a.csv", large_csv)
