"""Where records begin and end, against a reader that goes character by character."""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.errors import FileError
from syncd.frames import joining as joining_module
from syncd.frames import records as records_module
from syncd.frames.fillers import Filler
from syncd.frames.layout import Hints, Layout, read_layout
from syncd.frames.parse import parse
from syncd.frames.records import Block, blocks

ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"\xef\xbb\xbf",
    "cp1252": b"",
    "shift_jis": b"",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
    "utf-32-be": b"\0\0\xfe\xff",
}
HEADER = "first;second;third\n"
QUICK = settings(max_examples=200, deadline=None)

awkward = st.text(alphabet='ab;"\n\r ', max_size=60)
fields = st.text(alphabet='aé;"\n\r ,1', max_size=8)
rows = st.lists(st.lists(fields, min_size=3, max_size=3), max_size=12)
sizes = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


def layout_of(data: bytes, **hints: object) -> Layout:
    return read_layout(io.BytesIO(data), Hints(**hints))  # type: ignore[arg-type]


def records_of(data: bytes, layout: Layout, size: int = 1 << 20) -> list[tuple[bytes, bytes, int, int]]:
    """Return each record without and with its terminator, its row and its line."""
    found = []
    for block in blocks(io.BytesIO(data), layout, size=size):
        assert data[block.offset : block.offset + len(block.data)] == block.data
        places = zip(block.raw().to_list(), block.starts, block.ends, block.stops, block.lines, strict=True)
        for row, (raw, start, end, stop, line) in enumerate(places, block.first_row):
            assert block.data[start:end] == raw
            found.append((raw, block.data[start:stop], row, int(line)))
    return found


def texts_of(data: bytes, layout: Layout, size: int = 1 << 20) -> list[str]:
    return [raw.decode(layout.encoding) for raw, *_ in records_of(data, layout, size)]


def scan(text: str, delimiter: str) -> tuple[bool, bool, bool, int]:
    """Read one record a character at a time: is it open, is text after a quote, is a stray quote, how many values."""
    state, torn, stray, values = "start", False, False, 1
    for place, char in enumerate(text):
        if state == "quoted":
            state = "closed" if char == '"' else "quoted"
        elif char == '"' and (state == "start" or (state == "closed" and text[place - 1] == '"')):
            state = "quoted"
        elif char == delimiter:
            state, values = "start", values + 1
        elif char != " " or state == "plain":
            torn |= state == "closed"
            stray |= char == '"' and state != "closed"
            state = "plain" if state == "start" else state
    return state == "quoted", torn, stray, values


SPACE = r"[ \t\r\v\f\n]*"
FIELD = f'(?:{SPACE}| *"{SPACE}"{SPACE})'
BLANK = re.compile(f"{FIELD}(?:;{FIELD})*")


def content_of(lines: list[str]) -> str:
    return re.sub(r"(\r\n|\r|\n)\Z", "", "".join(lines))


def slow_records(text: str, columns: int, reach: int, end: str = "\n") -> Iterator[tuple[str, str, int]]:
    """Apply the rules of `joining`, a line and a character at a time."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
    found, place = [], 0
    while place < len(lines):
        for last in range(place, len(lines)):
            content = content_of(lines[place : last + 1])
            is_open, torn, stray, values = scan(content, ";")
            if (torn and last > place) or not is_open:
                break
        several = last > place
        if is_open or (several and (torn or len(content) > reach or (stray and columns and values != columns))):
            last = place
        found.append((place, last + 1))
        place = last + 1
    for first, stop in whole_again(found, lines, columns, end) if columns > 1 else found:
        content = content_of(lines[first:stop])
        if not BLANK.fullmatch(content):
            yield content, "".join(lines[first:stop]), first + 2


def whole_again(found: list[tuple[int, int]], lines: list[str], columns: int, end: str) -> Iterator[tuple[int, int]]:
    """Join the pieces of rows that a line end inside a value broke."""
    marks = [outside(content_of(lines[first:stop])) for first, stop in found]
    kinds = set(re.findall("\r\n|\r|\n", "".join(lines)))
    sizes = {line.count(";") for line in lines if line.strip(' \t\r\v\f\n;,:|"')}
    end = kinds.pop() if len(kinds) == len(sizes) == 1 else end
    ends = [re.sub(r"[^\r\n]", "", lines[stop - 1]) or end for _, stop in found]
    place = 0
    while place < len(found):
        last = place
        while (
            content_of(lines[slice(*found[place])])
            and ends[last] != end
            and last + 1 < len(found)
            and sum(marks[place : last + 2]) < columns
        ):
            last += 1
        filled = [piece for piece in found[place : last + 1] if content_of(lines[slice(*piece)])]
        if len(filled) > 1:
            yield found[place][0], found[last][1]
            place = last + 1
        else:
            yield found[place]
            place += 1


def outside(content: str) -> int:
    """Return how many delimiters of one record stand outside quotes."""
    return scan(content, ";")[3] - 1


@QUICK
@given(awkward, sizes, st.sampled_from([3, 8, 1000]))
def test_records_follow_the_rules_whatever_the_block_size(text: str, size: int, reach: int) -> None:
    """The vectors must say what a reader of single characters says, and blocks must not show."""
    data = (HEADER + text).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joining_module, "REACH", reach)
        found = [
            (raw.decode(), whole.decode(), line) for raw, whole, _, line in records_of(data, layout_of(data), size)
        ]
    assert list(slow_records(text, 3, reach)) == found


@QUICK
@given(awkward, sizes)
def test_lists_have_no_number_of_values_to_agree_with(text: str, size: int) -> None:
    """Without header, closed quotes are enough."""
    data = ("a\n" + text).encode()
    found = [raw.decode() for raw, *_ in records_of(data, layout_of(data, has_header=False), size)]
    assert ["a", *(content for content, _, _ in slow_records(text, 0, 1000))] == found


@QUICK
@given(rows, st.sampled_from(list(ENCODINGS)), st.sampled_from(["\n", "\r\n"]), st.booleans(), sizes)
def test_well_formed_files_are_cut_as_the_csv_module_reads_them(
    table: list[list[str]], encoding: str, end: str, is_ended: bool, size: int
) -> None:
    """The csv module is the oracle, in every encoding."""
    table = [values for values in table if any(map(str.strip, values))]
    body = io.StringIO(newline="")
    csv.writer(body, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    text = body.getvalue() if is_ended else body.getvalue().removesuffix(end)
    codec = encoding.removesuffix("-sig")
    text = text if codec != "shift_jis" else text.replace("é", "ソ")
    table = table if codec != "shift_jis" else [[value.replace("é", "ソ") for value in row] for row in table]
    data = ENCODINGS[encoding] + (HEADER.replace("\n", end) + text).encode(codec)
    layout = layout_of(data, encodings=(codec,))
    found = records_of(data, layout, size)
    read = [next(csv.reader([raw.decode(codec)], delimiter=";")) for raw, *_ in found]
    assert table == read
    assert data == layout.header_bytes + b"".join(whole for _, whole, _, _ in found)
    assert list(range(1, len(table) + 1)) == [row for *_, row, _ in found]


@QUICK
@given(st.binary(max_size=80), sizes)
def test_records_and_blank_lines_make_up_the_file(noise: bytes, size: int) -> None:
    """Nothing is read twice or left out, and the digest is that of the file."""
    data = HEADER.encode() + noise
    digest = hashlib.sha256()
    layout = layout_of(data)
    offset, left_out, row = layout.body, b"", 1
    for block in blocks(io.BytesIO(data), layout, size=size, digest=digest):
        assert row == block.first_row
        for start, stop in zip(block.offset + block.starts, block.offset + block.stops, strict=True):
            left_out += data[offset:start]
            offset = stop
        row += len(block.starts)
    left_out += data[offset:]
    assert b"" == left_out.strip(b' \t\r\n\v\f;"-+=\x1a\xa0\xc2\xad')
    assert hashlib.sha256(data).digest() == digest.digest()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor(end: str) -> None:
    """A person looks the line up; blank lines and lines within quotes count."""
    data = end.join(["# x", "a;b", "1;2", "", '3;"x', 'y"', "   ", "5;6", ""]).encode()
    found = records_of(data, layout_of(data), 5)
    assert [("1;2", 1, 3), (f'3;"x{end}y"', 2, 5), ("5;6", 3, 8)] == [
        (raw.decode(), row, line) for raw, _, row, line in found
    ]
    skipped = [block.skipped for block in blocks(io.BytesIO(data), layout_of(data), size=5)]
    assert 2 == sum(each.get(Filler.BLANK, 0) for each in skipped)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be"])
def test_blank_lines_are_no_rows_even_in_one_column(encoding: str) -> None:
    """An empty last line is no user without a name."""
    data = ENCODINGS[encoding] + "name\n\n \t \nx\n a \n  \r\n".encode(encoding)
    assert ["x", " a "] == texts_of(data, layout_of(data))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_what_is_no_row_is_passed_over_and_counted(encoding: str, size: int) -> None:
    """Spreadsheets, database clients and `cat` write it; a row that nobody can correct is a failed run every night."""
    fillers = {
        Filler.BLANK: [";;", '"";"";""', " ; \t;", "\xa0;;\xa0", '" ";"\xa0";', ";;;;", "\x1a"],
        Filler.HEADER: ["ä;B;c", '"ä";"B";"c"'],
        Filler.DASHES: ["---;-;-----", "-----", "--+--+--"],
        Filler.COUNT: ["(1 rows affected)", "(2 Zeilen)", "(3 ligne(s) affectée(s))", "12 rows selected."],
    }
    rows = ["-;x;-", "ä;b;d", "5;6;", '"""";;', '";";;', "1 row;2;3", "(x);(1 a);3", "0;0;0"]
    lines = [line for kind in fillers for line in fillers[kind]] + rows
    lines = [line for pair in zip(lines, lines[::-1], strict=True) for line in pair]
    data = ENCODINGS[encoding] + "\n".join(["ä;b;c", *lines, ""]).encode(encoding)
    layout = layout_of(data, encodings=(encoding,))
    assert [line for line in lines if line in rows] == texts_of(data, layout, size)
    skipped = Counter[Filler]()
    for block in blocks(io.BytesIO(data), layout, size=size):
        skipped.update(block.skipped)
    assert {kind: 2 * len(written) for kind, written in fillers.items()} == skipped


def test_a_file_without_header_has_no_lines_but_blank_ones_to_pass_over() -> None:
    """In a list of identifiers every other line may be one."""
    data = b"-----\n;\n(1 rows affected)\n"
    assert ["-----", "(1 rows affected)"] == texts_of(data, layout_of(data, has_header=False))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("foreign", ["\n", "\r\n", "\r"])
def test_pieces_of_a_row_that_a_line_end_broke_are_one_record(end: str, foreign: str) -> None:
    """The first half, read as a short row, would shorten an address and clear what stands behind it."""
    if foreign in end or end in foreign:
        foreign = "\n" if end != "\n" else "\r"
    broken = [f"1;Main{foreign}Street;x", f"2;x;Main{foreign}Street", f"3;x{foreign}{foreign}y;", "4;x;y"]
    whole = f"5;x;y{foreign}6;x;y"
    data = end.join(["a;b;c", *broken, whole, "7;x", ""]).encode()
    expected = [*broken, "5;x;y", "6;x;y", "7;x"]
    assert expected == texts_of(data, layout_of(data))
    assert expected == texts_of(data, layout_of(data), 3)
    found = [code for block in blocks(io.BytesIO(data), layout_of(data)) for code in codes_of(block, layout_of(data))]
    assert ["row-broken"] * 3 + ["row-columns"] == found


def codes_of(block: Block, layout: Layout) -> list[str]:
    numbers = np.arange(len(block.starts)) + block.first_row
    return parse(block.raw(), numbers, block.lines, layout).findings["code"].to_list()


def test_a_stray_opening_quote_fails_its_own_line_only() -> None:
    """Else everything up to the next quote would be one garbled row, silently."""
    data = b'id;name;mail\n1;"Ann;a@x\n2;Bob;b@x\n3;"Cleo";c@x\n4;"Dan\nDoe";d@x\n5;"Eve;e@x\n'
    expected = ['1;"Ann;a@x', "2;Bob;b@x", '3;"Cleo";c@x', '4;"Dan\nDoe";d@x', '5;"Eve;e@x']
    assert expected == texts_of(data, layout_of(data))
    assert expected == texts_of(data, layout_of(data), 3)


def test_inches_and_text_after_quotes_are_text() -> None:
    """The csv module keeps them, and so do the senders' other readers."""
    data = b'id;size\n1;5" pipe\n2;"x"y\n3;"a ""b"" c"\n4;27"\n'
    assert ['1;5" pipe', '2;"x"y', '3;"a ""b"" c"', '4;27"'] == texts_of(data, layout_of(data))


def test_ragged_record_of_several_lines_stays_one() -> None:
    """Its quotes are in order: it is one failed row, not three."""
    data = b'a;b;c\n1;"x\ny\nz"\n2;3;4\n'
    assert ['1;"x\ny\nz"', "2;3;4"] == texts_of(data, layout_of(data))


def test_stray_quote_within_several_lines_needs_the_right_number_of_values() -> None:
    """With the header's number of values it is a record; otherwise its first line is one."""
    data = b'a;b;c\n5";"x\ny";z\n6";"x\ny"\n'
    assert ['5";"x\ny";z', '6";"x', 'y"'] == texts_of(data, layout_of(data))


@pytest.mark.parametrize("size", [64, 16 << 20])
def test_megabytes_in_one_value_are_one_record(size: int) -> None:
    """A description with a picture inside; the block grows."""
    long = 'x""\n;' * 250_000
    data = f'a;b\n1;"{long}"\n2;{"y" * 1_500_000}\n3;4\n'.encode()
    assert [f'1;"{long}"', f"2;{'y' * 1_500_000}", "3;4"] == texts_of(data, layout_of(data), size)


def test_open_quote_waits_no_longer_than_its_reach() -> None:
    """Memory stays bounded: beyond it the line is cut off, as at the end of the file."""
    data = b'a;b\n1;"x\n' + b"2;y\n" * 2_000_000
    found = list(blocks(io.BytesIO(data), layout_of(data), size=1 << 16))
    assert 2_000_001 == sum(len(block.starts) for block in found)
    assert max(len(block.data) for block in found) <= 3 * joining_module.REACH


def test_a_row_without_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte on one line is no row of anything."""
    monkeypatch.setattr(records_module, "LINE_LIMIT", 1 << 20)
    data = b"a;b\n1;2\n" + b"x" * 3_000_000
    with pytest.raises(FileError, match="the row on line 3 is longer than 1 MiB"):
        texts_of(data, layout_of(data), 1 << 16)


def test_quotes_that_open_and_open_again_cost_no_more_than_others() -> None:
    """Every line of this file tries to reach to its end: tried one by one, it would take hours."""
    data = b"a;b\n" + b'x";"\n' * 300_000
    assert 300_000 == len(texts_of(data, layout_of(data)))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_half_a_character_at_the_end_belongs_to_the_last_row(encoding: str) -> None:
    """A transfer was cut short: that row fails, and no byte of it is lost."""
    data = ENCODINGS[encoding] + "a;b\n1;2\n3;4".encode(encoding)[:-1]
    for size in (1, 1 << 20):
        found = [whole for _, whole, _, _ in records_of(data, layout_of(data), size)]
        assert ["1;2\n".encode(encoding), "3;4".encode(encoding)[:-1]] == found


def test_header_alone_has_no_records() -> None:
    """A night without changes is legal."""
    assert [] == records_of(b"a;b", layout_of(b"a;b"))


def test_short_and_long_records_are_the_same_bytes_in_the_series() -> None:
    """Up to 12 bytes a view holds the value itself; equality and order must not see the difference."""
    written = [b"x" * length for length in range(1, 30)]
    data = b"a\n" + b"\n".join(written) + b"\n"
    (block,) = blocks(io.BytesIO(data), layout_of(data))
    assert pl.Series(written).equals(block.raw())
    assert sorted(written) == block.raw().sort().to_list()
    assert written[10:14] == block.raw().filter(np.isin(np.arange(29), range(10, 14))).to_list()


# what a tryback needs

plain = st.text(alphabet="aé1 ", min_size=1, max_size=4).filter(str.strip)
value = st.one_of(plain, plain.map(lambda text: f'"{text};{text}"'), plain.map(lambda text: f'"{text}\n""{text}"""'))
good_row = st.lists(value, min_size=3, max_size=3).map(lambda values: ";".join(values).encode())
ragged_row = st.lists(value, min_size=1, max_size=5).filter(lambda values: len(values) != 3)
broken_row = st.one_of(
    ragged_row.map(lambda values: ";".join(values).encode()),
    st.tuples(plain, plain).map(lambda pair: f'{pair[0]};"{pair[1].strip()}1;x'.encode()),
    good_row.map(lambda row: row + b"\xff"),
    good_row.map(lambda row: row + b"\0"),
)


@QUICK
@given(st.lists(st.one_of(good_row, broken_row), max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_failed_records_written_under_the_header_are_the_same_records_again(
    lines: list[bytes], end: bytes, is_ended: bool
) -> None:
    """A tryback replays: byte for byte, row by row, for the same reasons."""
    data = HEADER.strip().encode() + end + end.join(lines) + (end if is_ended and lines else b"")
    layout = layout_of(data)
    tryback, failed = layout.header_bytes, []
    for block in blocks(io.BytesIO(data), layout, size=32):
        numbers = np.arange(len(block.starts)) + block.first_row
        found = parse(block.raw(), numbers, block.lines, layout).findings
        for index, code in zip(found["row"] - block.first_row, found["code"], strict=True):
            record = block.data[block.starts[index] : block.stops[index]]
            ended = block.stops[index] > block.ends[index]
            tryback += record if ended else record + layout.terminator
            failed.append((block.data[block.starts[index] : block.ends[index]], code))
    again = read_layout(io.BytesIO(tryback), Hints())
    replayed = []
    for block in blocks(io.BytesIO(tryback), again):
        numbers = np.arange(len(block.starts))
        codes = parse(block.raw(), numbers, block.lines, again).findings["code"].to_list()
        replayed += list(zip(block.raw().to_list(), codes, strict=True))
    assert failed == replayed


def test_stops_of_all_records_are_the_starts_of_the_next() -> None:
    """A writer copies from one to the other, terminators included, and knows a record without."""
    data = b"a;b\n1;2\r\n3;4\n5;6"
    starts, ends, stops = [], [], []
    for block in blocks(io.BytesIO(data), layout_of(data), size=4):
        starts += (block.starts + block.offset).tolist()
        ends += (block.ends + block.offset).tolist()
        stops += (block.stops + block.offset).tolist()
    assert all(stop == start for stop, (_, start) in zip(stops, pairwise(starts), strict=False))
    assert ([4, 9, 13], [7, 12, 16], [9, 13, 16]) == (starts, ends, stops)
