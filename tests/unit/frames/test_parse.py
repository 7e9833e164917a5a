"""Records to columns: exactly what the csv module reads, and a finding for each record that is none."""

import csv
import io
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.frames import parse as parse_module
from syncd.frames.findings import SCHEMA
from syncd.frames.layout import Hints, Layout, read_layout
from syncd.frames.parse import Parsed, parse
from syncd.frames.quotes import Quoting, split_fields
from syncd.frames.records import blocks

QUICK = settings(max_examples=200, deadline=None)

fields = st.text(alphabet='aé;"\n ,0', max_size=6)
rows = st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=12)
lines = st.text(alphabet='ab;"\r \0é', min_size=1, max_size=16).filter(str.strip)


def layout_of(header: str, encoding: str = "utf-8", **hints: object) -> Layout:
    data = (header + "\n").encode(encoding)
    return read_layout(io.BytesIO(data), Hints(encodings=(encoding,), **hints))  # type: ignore[arg-type]


def parsed(records: list[bytes], layout: Layout) -> Parsed:
    numbers = np.arange(len(records), dtype=np.int64)
    return parse(pl.Series(records, dtype=pl.Binary), numbers + 1, numbers * 2 + 10, layout)


def values_of(result: Parsed) -> list[list[str]]:
    return [list(row) for row in result.table.drop("row", "line").iter_rows()]


def codes_of(result: Parsed) -> list[tuple[int, str]]:
    return list(result.findings.select("row", "code").iter_rows())


@QUICK
@given(rows, st.sampled_from(["utf-8", "cp1252", "utf-16-le", "utf-32-be", "gb18030"]), st.sampled_from([8, 32 << 20]))
def test_well_formed_records_are_read_as_by_the_csv_module(table: list[list[str]], encoding: str, piece: int) -> None:
    """In every encoding, however the records are divided for it."""
    body = [io.StringIO(newline="") for _ in table]
    for text, row in zip(body, table, strict=True):
        csv.writer(text, delimiter=";", lineterminator="\n").writerow(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_module, "PIECE", piece)
        result = parsed(
            [text.getvalue().removesuffix("\n").encode(encoding) for text in body],
            layout_of("a;b;c", encoding, quoting=Quoting.SURE),
        )
    assert table == values_of(result)
    assert [*range(1, len(table) + 1)] == result.table["row"].to_list()
    assert SCHEMA == dict(result.findings.schema)
    assert result.findings.is_empty()


@QUICK
@given(st.lists(lines, max_size=10), st.sampled_from(["utf-8", "utf-16-le"]), st.sampled_from([8, 32 << 20]))
def test_every_record_is_a_row_or_a_finding(records: list[str], encoding: str, piece: int) -> None:
    """Any mixture of stray quotes, NUL and lone carriage returns: each record is judged by itself."""
    expected, failed = [], []
    for row, record in enumerate(records, 1):
        values, problem = read_slowly(record)
        problem = problem or ("row-swallowed" if swallows(record) else "")
        if "\0" in record:
            failed.append((row, "row-nul"))
        elif problem or len(values) < 2 or any(value.strip() for value in values[2:]) or looks_shifted(values):
            failed.append((row, problem or "row-columns"))
        else:
            expected.append([row, *values[:2]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_module, "PIECE", piece)
        result = parsed([record.encode(encoding) for record in records], layout_of("a;b", encoding))
    assert failed == codes_of(result)
    assert expected == [list(row) for row in result.table.drop("line").iter_rows()]


def looks_shifted(values: list[str]) -> bool:
    """Whether a value too many may be a number before the row, or half of another one."""
    return len(values) > 2 and (values[0].isdecimal() or any(v.startswith(" ") and v.strip() for v in values[1:]))


def swallows(record: str) -> bool:
    """Whether the lines of a record would be rows of two columns if quotes were characters."""
    first, *others = (line.split(";") for line in re.split("\r\n|\r|\n", record))
    filled = [line for line in others if line != [""]]
    words = [
        ('"' not in line[0], len(line), " " not in line[0] and not any(value[:1] == " " for value in line[1:]))
        for line in filled
    ]
    rows = [plain and (2 <= count <= 3 or (count > 3 and one)) for plain, count, one in words]
    return len(first) > 1 and bool(rows) and all(rows)


def read_slowly(record: str) -> tuple[list[str], str]:
    """Return the values of a record, read a character at a time, and the code of what is wrong with its quotes."""
    values, problem, state, broken = [""], "", "start", False
    for place, char in enumerate(record):
        kept = char
        if state == "quoted":
            state, kept = ("closed", "") if char == '"' else (state, char)
        elif char == '"' and state == "closed" and record[place - 1] == '"':
            state = "quoted"
        elif char == '"' and not values[-1].strip(" ") and state == "start":
            state, values[-1], kept = "quoted", "", ""
        elif char == ";":
            values.append("")
            state, kept = "start", ""
        elif state == "closed":
            problem = problem or ("" if char == " " else "row-torn")
            state, kept = ("closed", "") if char == " " else ("plain", char)
            broken |= char == "\r"
        else:
            broken |= char == "\r"
            state = "start" if char == " " and state == "start" else "plain"
        values[-1] += kept
    open_ = "row-quote" if state == "quoted" else ""
    return values, "row-broken" if broken else open_ or problem


@QUICK
@given(st.text(alphabet='ab;"', max_size=20))
def test_single_records_are_split_by_the_same_rules(record: str) -> None:
    """Headers and lists are read by this; it must agree with the csv module."""
    expected = next(csv.reader([record], delimiter=";"), [])
    if read_slowly(record)[1] != "row-quote":
        assert (expected or [""]) == split_fields(record, ";")


def test_values_stay_as_written() -> None:
    """0012 is no number, NA a surname, and white space the dialect's business."""
    result = parsed([b"0012;NA;", b'null;;""', b" x ;1e5;\xc3\xa9"], layout_of("A; b ;c"))
    assert ["row", "line", "a", "b", "c"] == result.table.columns
    assert [["0012", "NA", ""], ["null", "", ""], [" x ", "1e5", "é"]] == values_of(result)
    assert [pl.Int64, pl.Int64, pl.String, pl.String, pl.String] == result.table.dtypes
    assert [10, 12, 14] == result.table["line"].to_list()


def test_ragged_row_says_what_it_has_and_needs() -> None:
    """The rest of the file goes on."""
    result = parsed([b"1;2", b"1;2;3", b'"1;2"', b"3;4"], layout_of("a;b"))
    assert [["1", "2"], ["3", "4"]] == values_of(result)
    assert [(2, 12, "row-columns", "error"), (3, 14, "row-columns", "error")] == list(
        result.findings.select("row", "line", "code", "severity").iter_rows()
    )
    assert (
        "the row has 3 values, the header 2 columns; check its delimiters and quotes" == result.findings["message"][0]
    )
    assert (
        "the row has 1 values, the header 2 columns; check its delimiters and quotes" == result.findings["message"][1]
    )


def test_undecodable_row_says_where_and_what_it_looks_like() -> None:
    """A guess words the error, and never changes a name."""
    names = ["Léa", "Zoë", "Jérôme", "André", "Hélène"]
    records = ["Éva;1".encode(), *(f"élève {name};2".encode("cp1252") for name in names)]
    result = parsed(records, layout_of("a;b"))
    assert [["Éva", "1"]] == values_of(result)
    assert [(row, "row-encoding") for row in range(2, 7)] == codes_of(result)
    assert (
        "byte 1 of the row is not utf-8 text; it looks like cp1252; declare the encoding, or write the file in one"
        == (result.findings["message"][0])
    )


@pytest.mark.parametrize(
    ("encoding", "broken"),
    [("utf-16-le", b"\x00\xd8a\0"), ("utf-16-le", b"a\0;"), ("shift_jis", b"a\x83"), ("ascii", b"\x80")],
)
def test_undecodable_rows_are_found_in_every_encoding(encoding: str, broken: bytes) -> None:
    """Half a character at the end must not be completed by what follows."""
    good = "x;y".encode(encoding)
    result = parsed([good, broken, good], layout_of("a;b", encoding, delimiter=";"))
    assert [["x", "y"], ["x", "y"]] == values_of(result)
    assert [(2, "row-encoding")] == codes_of(result)


def test_one_bad_row_of_each_kind_leaves_all_others() -> None:
    """Bad rows are found one by one, wherever they stand."""
    records = [f"{number};é".encode() for number in range(5000)]
    bad = {
        7: (b"7\0;x", "row-nul"),
        1023: (b"\xff;", "row-encoding"),
        1024: (b"1", "row-columns"),
        4999: (b'"', "row-quote"),
    }
    for index, (record, _) in bad.items():
        records[index] = record
    result = parsed(records, layout_of("a;b"))
    assert [(index + 1, code) for index, (_, code) in bad.items()] == codes_of(result)
    assert [str(number) for number in range(5000) if number not in bad] == result.table["a"].to_list()


@pytest.mark.parametrize("tail", [b";x", b"\xff", b"\0", b';"'])
def test_file_of_bad_rows_is_failed_as_columns(tail: bytes) -> None:
    """The wrong export fails quickly too: no reader is asked row by row for the reason."""
    result = parsed([b"1;2" + tail] * 100_000, layout_of("a;b"))
    assert 0 == len(result.table)
    assert 100_000 == len(result.findings)


def test_carriage_return_in_a_quoted_value_is_kept() -> None:
    """Arrow would end the row there."""
    result = parsed([b"1;2", b"x\ry;z", b'"a\r\nb";c', b'"p\rq";'], layout_of("a;b"))
    assert [["1", "2"], ["a\r\nb", "c"], ["p\rq", ""]] == values_of(result)
    assert [(2, "row-broken")] == codes_of(result)


def test_megabytes_in_one_value_are_read() -> None:
    """A piece grows with its record."""
    long = "x" * (1 << 20)
    result = parsed([f'1;"{long}\n""y"""'.encode(), b"2;z"], layout_of("a;b"))
    assert [["1", f'{long}\n"y"'], ["2", "z"]] == values_of(result)


def test_columns_named_row_or_line_do_not_hide_the_numbers() -> None:
    """The numbers of row and line are the operator's way to the record."""
    result = parsed([b"7;8;9"], layout_of("Row;line;a"))
    assert [("row", 1), ("line", 10), ("row ", "7"), ("line ", "8"), ("a", "9")] == list(
        result.table.row(0, named=True).items()
    )


def test_list_has_as_many_columns_as_its_longest_row() -> None:
    """A check list may hold a remark after some identifiers."""
    layout = layout_of("ANAT1;x", has_header=False)
    result = parsed([b"ANAT1", b'ANAT2;"a;b";c', b"ANAT3;", b"x;w", b'"'], layout)
    assert ["row", "line", "column_1", "column_2", "column_3"] == result.table.columns
    assert [["ANAT1", "", ""], ["ANAT2", "a;b", "c"], ["ANAT3", "", ""], ["x", "w", ""]] == values_of(result)
    assert [1, 2, 3, 4] == result.table["row"].to_list()
    assert [(5, "row-quote")] == codes_of(result)


def test_list_row_of_too_many_values_fails() -> None:
    """A line of commas must not make a table of a million columns."""
    result = parsed([b"a", b";" * 5000], layout_of("a", has_header=False))
    assert ["row", "line", "column_1"] == result.table.columns
    assert [(2, "row-columns")] == codes_of(result)


@pytest.mark.parametrize(("header", "columns"), [("A;b", ["a", "b"]), ("", ["column_1"])])
def test_no_records_make_an_empty_table_of_the_same_columns(header: str, columns: list[str]) -> None:
    """What follows must not have to ask."""
    result = parsed([], layout_of(header or "x", has_header=bool(header)))
    assert ["row", "line", *columns] == result.table.columns
    assert [pl.Int64, pl.Int64] == result.table.dtypes[:2]
    assert result.findings.is_empty()


@QUICK
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "cp1252", "utf-16-le", "shift_jis"]))
def test_any_bytes_are_rows_and_findings(noise: bytes, encoding: str) -> None:
    """Bad input gets a sentence, never a traceback, and every row has one outcome."""
    layout = layout_of("a;b", encoding, delimiter=";")
    file = io.BytesIO("a;b\n".encode(encoding) + noise)
    for block in blocks(file, layout, size=16):
        numbers = np.arange(len(block.starts)) + block.first_row
        result = parse(block.raw(), numbers, block.lines, layout)
        outcomes = result.table["row"].to_list() + result.findings["row"].to_list()
        assert numbers.tolist() == sorted(outcomes)
