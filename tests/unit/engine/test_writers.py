"""What any exporter writes is read exactly, or comes back: never a value from which something is lost."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.files.users import USERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats import recognition
from syncd.formats.reading import read
from syncd.frames.cleaning import clean
from syncd.frames.findings import erroneous
from syncd.frames.layout import read_layout
from syncd.frames.parse import parse
from syncd.frames.records import blocks

HEADER = ["username", "firstname", "lastname", "city", "department", "description"]
PLAIN, ESCAPED = MoodleOptions(), MoodleOptions(quote_escape="backslash")
WRITERS: dict[str, tuple[MoodleOptions, dict[str, Any]]] = {
    "quotes where needed": (PLAIN, {"quoting": csv.QUOTE_MINIMAL}),
    "quotes everywhere": (PLAIN, {"quoting": csv.QUOTE_ALL}),
    "quotes everywhere, and said so": (MoodleOptions(quoting="true"), {"quoting": csv.QUOTE_ALL}),
    "backslashes in quotes": (ESCAPED, {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"}),
    "backslashes without quotes": (ESCAPED, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}),
    "nothing": (PLAIN, {}),
    "nothing, and said so": (MoodleOptions(quoting="false"), {}),
}
ENCODINGS = {"utf-8": "utf-8", "utf-8 with a mark": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}

texts = st.text(alphabet='aéÉ;,"\\N\n\r\t \u00a0-01', max_size=7)
tables = st.lists(st.lists(texts, min_size=5, max_size=5), min_size=1, max_size=6)


def written(table: list[list[str]], how: dict[str, Any], delimiter: str, end: str) -> str:
    rows = [HEADER, *([f"u{number}", "f" + row[0], "l" + row[1], *row[2:]] for number, row in enumerate(table))]
    if not how:
        return "".join(delimiter.join(row) + end for row in rows)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, **how).writerows(rows)
    return text.getvalue()


def came(data: bytes, options: MoodleOptions) -> tuple[dict[str, list[str]], str]:
    """Return the values that were read, by username, and the text of all records that failed."""
    file = io.BytesIO(data)
    layout = read_layout(file, recognition.hints(MOODLE, USERS, options))
    stored, failed = {}, []
    for block in blocks(file, layout):
        raw, numbers = block.raw(), np.arange(len(block.starts)) + block.first_row
        parsed = parse(raw, numbers, block.lines, layout, short=True)
        commands = read(USERS, parsed.table, options, parsed.traits)
        stored |= {row[0]: list(row[1:]) for row in commands.frame.select(HEADER).iter_rows()}
        lost = {*erroneous(parsed.findings), *erroneous(commands.findings)}
        failed += [raw[row - block.first_row].decode(layout.encoding, "replace") for row in sorted(lost)]
    return stored, "\n".join(failed)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("writer", list(WRITERS))
@settings(max_examples=25)
@given(table=tables, delimiter=st.sampled_from(";,\t"), encoding=st.sampled_from(list(ENCODINGS)))
def test_what_is_stored_is_what_was_written_or_the_row_comes_back(
    writer: str, end: str, table: list[list[str]], delimiter: str, encoding: str
) -> None:
    """For every way to quote, line end and encoding."""
    options, how = WRITERS[writer]
    if not how:
        # Such a program cannot write these characters; what it makes of them nobody can read.
        lost = dict.fromkeys(map(ord, delimiter + end + ('"' if not options.quoting else "")))
        table = [[value.translate(lost) for value in row] for row in table]
    if encoding == "cp1252":
        # É and a no-break space are also the bytes of another letter in UTF-8, which such a row is taken for.
        table = [[value.replace("\u00a0", " ") for value in row] for row in table]
    declared = MoodleOptions(
        quote_escape=options.quote_escape, quoting=options.quoting, encoding="cp1252", delimiter=delimiter
    )
    data = written(table, how, delimiter, end).encode(ENCODINGS[encoding])
    stored, failed = came(data, declared)
    expected = {f"u{n}": [clean(v) for v in ("f" + row[0], "l" + row[1], *row[2:])] for n, row in enumerate(table)}
    for username, values in expected.items():
        assert stored.get(username) in (values, None)
        assert username in stored or username in failed
    assert set(stored) <= set(expected)


@given(st.text(max_size=20))
def test_cleaning_twice_is_cleaning_once(value: str) -> None:
    """Normal form and trimming are idempotent together, so the same file again changes nothing."""
    assert clean(value) == clean(clean(value))
