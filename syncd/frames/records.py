"""Where each record of a file begins and ends, found once over the raw bytes. Hashes, rows and trybacks come from it.

A record is a line, or several where a quoted value holds line ends. Whether a quoted value may do that is decided
so that a stray opening quote fails its own line and swallows nothing. A record of several lines stands only if
its quotes are closed within REACH, with no text after a closing quote, and, where a further stray quote stands
in it, if it has as many values as the header. Else its first line is a record by itself, and reading
goes on at the next.

These tests look at the lines that would be joined and at nothing else. Hence blocks of any size give the same
records, and a record whose quotes are closed is the same record wherever it is written: in a tryback too. A line cut
off for its open quote is the same again as long as what is written after it does not close the quote.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames.layout import LINE_LIMIT, Layout
from syncd.frames.quotes import QUOTE, Flags, Positions, Units, Walk, find_quotes

BLOCK = 16 << 20
"""Bytes read at a time; a longer record makes its block longer."""

REACH = 4 << 20
"""The most code units of a record of several lines."""

_INLINE = 12
_LF, _CR, _SPACE = 0x0A, 0x0D, 0x20
_BLANKS = " \t\v\f\r\n"
_DTYPES = {"utf-16-le": "<u2", "utf-16-be": ">u2", "utf-32-le": "<u4", "utf-32-be": ">u4"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """A piece of a file that holds whole records.

    data: the bytes. offset: where they begin in the file. starts, ends, stops: each record within `data`,
    its end without and with its terminator (the same for a last record without line end). lines: the physical line
    each begins on, from 1. first_row: the number of the first record among all, from 1. blank: lines left
    out because they hold nothing or only white space.
    """

    data: bytes
    offset: int
    starts: Positions
    ends: Positions
    stops: Positions
    lines: Positions
    first_row: int
    blank: int

    def raw(self) -> pl.Series:
        """Return the records without terminators as a Binary series that looks into `data`, without a copy.

        Layout of the views: https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
        """
        lengths = self.ends - self.starts
        views = np.zeros((len(lengths), 4), dtype="<i4")
        views[:, 0] = lengths
        long = lengths > _INLINE
        if len(self.data) > _INLINE:
            prefixes = np.ndarray((len(self.data) - 3,), dtype="<i4", buffer=self.data, strides=(1,))
            views[:, 1] = prefixes[np.minimum(self.starts, len(prefixes) - 1)]
        views[:, 3] = self.starts
        if not long.all():
            self._write_short(views, np.flatnonzero(~long))
        buffers = [None, pa.py_buffer(views), pa.py_buffer(self.data)]
        array = pa.Array.from_buffers(pa.binary_view(), len(lengths), buffers)
        return pl.Series(pl.from_arrow(array))

    def _write_short(self, views: NDArray[np.int32], short: Positions) -> None:
        """Write the records that fit into the view itself."""
        units = np.frombuffer(self.data, dtype=np.uint8)
        offsets = np.arange(_INLINE)
        at = self.starts[short, None] + offsets
        inside = offsets < (self.ends - self.starts)[short, None]
        values = np.where(inside, units[np.minimum(at, len(units) - 1)], 0).astype(np.uint8)
        views[short, 1:] = values.view("<i4")


class Digest(Protocol):
    """What hashlib's objects can do and a reader needs."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The complete physical lines of a text of code units; `ends` leave the terminators out, `stops` do not."""

    units: Units
    starts: Positions
    ends: Positions
    stops: Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """Records as ranges of lines: the first and the last of each, and how many lines were decided on."""

    first: Positions
    last: Positions
    decided: int


def blocks(source: BinaryIO, layout: Layout, *, size: int = BLOCK, digest: Digest | None = None) -> Iterator[Block]:
    """Read the records of a file, a block at a time.

    Args:
        source: the file, open and seekable.
        layout: what `read_layout` said of it.
        size: bytes to read at a time.
        digest: is given every byte of the file once, the header too.

    Raises:
        FileError: a record is longer than LINE_LIMIT bytes.
    """
    _skip_header(source, layout, digest)
    rest, offset, line, row, ended = b"", layout.body, layout.body_line, 1, False
    while not ended:
        more = source.read(max(size, len(rest), layout.unit))
        if digest is not None:
            digest.update(more)
        ended = not more
        data = rest + more
        lines = _lines(_units(data, layout, ended=ended), layout, ended=ended)
        records = _join(lines, layout, ended=ended)
        used = 0
        if records.decided:
            block = _block(data, lines, records, layout)
            used = min(int(lines.stops[records.decided - 1]) * layout.unit, len(data))
            yield replace(block, offset=offset, lines=block.lines + line, first_row=row)
            row += len(block.starts)
        rest, offset, line = data[used:], offset + used, line + records.decided
        if len(rest) > LINE_LIMIT:
            reason = f"the row on line {line} is longer than {LINE_LIMIT >> 20} MiB"
            raise FileError(finding("file-unreadable", line=line, reason=reason))


def _skip_header(source: BinaryIO, layout: Layout, digest: Digest | None) -> None:
    source.seek(0)
    left = layout.body
    while left and (more := source.read(left)):
        left -= len(more)
        if digest is not None:
            digest.update(more)


def _block(data: bytes, lines: _Lines, records: _Records, layout: Layout) -> Block:
    """Make a block of the records that are not blank; `lines` and `offset` count from where `data` begins."""
    first, last = records.first, records.last
    blank = _blank(lines, first, last, layout)
    if blank.any():
        first, last = first[~blank], last[~blank]
    unit = layout.unit
    return Block(
        data=data,
        offset=0,
        starts=lines.starts[first] * unit,
        ends=np.minimum(lines.ends[last] * unit, len(data)),
        stops=np.minimum(lines.stops[last] * unit, len(data)),
        lines=first,
        first_row=1,
        blank=int(blank.sum()),
    )


def _units(data: bytes, layout: Layout, *, ended: bool) -> Units:
    """Return the code units of the bytes; bytes of a broken last unit count as one at the end of the file."""
    if layout.unit == 1:
        return np.frombuffer(data, dtype=np.uint8)
    broken = len(data) % layout.unit
    if broken:
        data = data + b"\xff" * (layout.unit - broken) if ended else data[:-broken]
    units = np.frombuffer(data, dtype=_DTYPES[layout.encoding])
    return units.astype(units.dtype.newbyteorder("="), copy=False)


def _lines(units: Units, layout: Layout, *, ended: bool) -> _Lines:
    """Find the physical lines; at the end of the file the last needs no terminator."""
    newline = _CR if layout.ends_by_cr else _LF
    ends = np.flatnonzero(units == newline)
    stops = ends + 1
    starts = np.concatenate((np.zeros(1, dtype=np.int64), stops))
    if newline == _LF and len(ends):
        ends = ends - ((units[ends - 1] == _CR) & (ends > starts[:-1]))
    if ended and starts[-1] < len(units):
        ends, stops = np.append(ends, len(units)), np.append(stops, len(units))
    else:
        starts = starts[:-1]
    return _Lines(units=units, starts=starts, ends=ends, stops=stops)


def _join(lines: _Lines, layout: Layout, *, ended: bool) -> _Records:
    """Join the lines that are one record."""
    count = len(lines.starts)
    alone = np.arange(count)
    if not count or not (lines.units == QUOTE).any():
        return _Records(first=alone, last=alone, decided=count)
    quotes = find_quotes(lines.units, lines.starts, lines.ends, ord(layout.delimiter))
    begun = quotes.walk(inside=False)
    opened = np.flatnonzero(begun.open)
    if not len(opened):
        return _Records(first=alone, last=alone, decided=count)
    begins = np.ones(count, dtype=np.bool_)
    position = 0
    for line, after in zip(opened.tolist(), _after(lines, begun, layout, ended=ended).tolist(), strict=True):
        if line < position:
            continue
        if not after:
            count = line
            break
        begins[line + 1 : after] = False
        position = after
    first = np.flatnonzero(begins[:count])
    return _Records(first=first, last=np.append(first[1:], count)[: len(first)] - 1, decided=count)


def _after(lines: _Lines, begun: Walk, layout: Layout, *, ended: bool) -> Positions:
    """Return, for each line that ends inside quotes, the line after the record it begins; 0 if more must be read."""
    going = begun.quotes.walk(inside=True)
    count = len(lines.starts)
    opened = np.flatnonzero(begun.open)
    closed = np.where(going.open & ~going.torn, count, np.arange(count))
    closing = np.append(np.minimum.accumulate(closed[::-1])[::-1], count)[opened + 1]
    found, last = closing < count, np.minimum(closing, count - 1)
    length = np.where(found, lines.ends[last], len(lines.units)) - lines.starts[opened]
    whole = found & ~begun.torn[opened] & ~going.torn[last] & (length <= REACH)
    stray = begun.stray[opened] | (_between(going.stray, opened, last) > 0)
    if layout.header and stray.any():
        marks = np.flatnonzero(lines.units == ord(layout.delimiter))
        fields = 1 + begun.outside(marks)[opened] + _between(going.outside(marks), opened, last)
        whole &= ~stray | (fields == len(layout.header))
    after = np.where(whole, last + 1, opened + 1)
    waits = ~found & ~begun.torn[opened] & (length <= REACH + 1)
    return after if ended else np.where(waits, 0, after)


def _between(values: Flags | Positions, opened: Positions, last: Positions) -> Positions:
    """Return the sums of a value of each line, over the lines after `opened` up to `last`."""
    total = np.cumsum(values, dtype=np.int64)
    return total[last] - total[opened]


def _blank(lines: _Lines, first: Positions, last: Positions, layout: Layout) -> Flags:
    """Return which records hold nothing or only white space. A tab that delimits is no white space."""
    starts, ends = lines.starts[first], lines.ends[last]
    blank: Flags = starts == ends
    left, right = lines.units[np.minimum(starts, len(lines.units) - 1)], lines.units[ends - 1]
    maybe = ~blank & (left <= _SPACE) & (right <= _SPACE) & (left != ord(layout.delimiter))
    if maybe.any():
        spaces = [ord(space) for space in _BLANKS if space != layout.delimiter]
        written = np.append(np.flatnonzero(~np.isin(lines.units, spaces)), len(lines.units))
        blank[maybe] = written[np.searchsorted(written, starts[maybe])] >= ends[maybe]
    return blank
