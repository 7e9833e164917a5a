"""The bytes of a tryback."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.frames.layout import Layout
from syncd.outputs import tryback
from syncd.outputs.tryback import tryback_chunks


def layout(
    header_bytes: bytes, *, terminator: bytes = b"\n", header: tuple[str, ...] = ("a", "b"), encoding: str = "utf-8"
) -> Layout:
    """Return how a file is written, as far as a tryback asks."""
    return Layout(
        encoding=encoding,
        bom=b"",
        unit=1,
        delimiter=";",
        terminator=terminator,
        header=header,
        header_bytes=header_bytes,
        body=len(header_bytes),
        body_line=2,
        skipped=0,
    )


class Counting(io.BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


def spans(data: bytes, *records: bytes):
    """Return where the records stand in the data, each searched for after the one before."""
    starts, stops, place = [], [], 0
    for record in records:
        place = data.index(record, place)
        starts.append(place)
        place += len(record)
        stops.append(place)
    return np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64)


def made(written: Layout, data: bytes, found) -> bytes:
    return b"".join(tryback_chunks(written.wrapping, io.BytesIO(data), found))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("codec", "bom"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("cp1252", b"")]
)
def test_header_and_failed_rows_stand_as_they_came(codec, bom, end):
    """Promise 3: encoding, mark, delimiter, quotes and line ends are the sender's own, also within a cell."""
    lines = [f'"Å{end};"";x";{n}{end}'.encode(codec) for n in range(5)]
    header = bom + f"a;b{end}".encode(codec)
    data = header + b"".join(lines)
    written = layout(header, terminator=end.encode(codec), encoding=codec)
    assert header + lines[0] + lines[1] + lines[4] == made(written, data, spans(data, lines[0], lines[1], lines[4]))


def test_a_last_row_without_line_end_gets_none():
    """Not one byte is added to what was sent."""
    data = b"a;b\n1;2\n3;4"
    assert b"a;b\n3;4" == made(layout(b"a;b\n"), data, spans(data, b"3;4"))


def test_a_header_without_line_end_gets_the_one_of_the_file():
    """A row must not become part of the header."""
    data = b"a;b\r\n1;2\r\n"
    written = layout(b"a;b", terminator=b"\r\n")
    assert data == made(written, data, spans(data, b"1;2\r\n"))


def test_a_file_without_header_begins_with_its_first_row():
    """A list of names stays a list: only its byte order mark is repeated."""
    data = b"\xef\xbb\xbfanna\nbo\n"
    assert b"\xef\xbb\xbfbo\n" == made(layout(data[:3], header=()), data, spans(data, b"bo\n"))


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.booleans()), max_size=40),
    st.integers(1, 64),
)
def test_any_choice_of_rows_is_copied_exactly(rows, piece):
    """Neighbours, gaps, rows larger than a piece: the fast way gives what the plain way gives."""
    head = b"h\n"
    data, starts, stops = head, [], []
    for record, failed in rows:
        if failed:
            starts.append(len(data))
            stops.append(len(data) + len(record))
        data += record
    found = np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tryback, "PIECE", piece)
        chunks = list(tryback_chunks(layout(head).wrapping, io.BytesIO(data), found))
    assert head + b"".join(record for record, failed in rows if failed) == b"".join(chunks)
    assert piece >= max(map(len, chunks[1:]), default=0)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_rows_are_not_read_one_by_one(step):
    """A file of which every row fails must come back as fast as the disk takes it."""
    data = Counting(b"h\n" + b"0123456789\n" * 100_000)
    starts = np.arange(2, 1_100_000, 11 * step, dtype=np.int64)
    chunks = list(tryback_chunks(layout(b"h\n").wrapping, data, (starts, starts + 11)))
    assert 2 + 11 * len(starts) == sum(map(len, chunks))
    assert 1 == data.reads


def test_what_lies_between_distant_rows_is_not_read():
    """Two bad rows in a file of gigabytes cost two reads."""
    size = 64 * 1024 * 1024
    data = Counting(bytes(size))
    found = np.array([10, size - 10], dtype=np.int64), np.array([20, size], dtype=np.int64)
    assert [2, 10, 10] == [len(c) for c in tryback_chunks(layout(b"h\n").wrapping, data, found)]
    assert 2 == data.reads


def test_a_file_that_became_shorter_is_an_error():
    """Better no tryback than one that lacks rows."""
    found = np.array([2], dtype=np.int64), np.array([9], dtype=np.int64)
    with pytest.raises(OSError, match="shorter"):
        made(layout(b"h\n"), b"h\n12", found)
