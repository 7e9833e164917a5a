"""Where each record of a file begins and ends, found once over the raw bytes. Hashes, rows and trybacks come from it.

A record is a line, or several where a quoted value holds line ends. Which lines make one
record is decided in `joining`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames.fillers import Filler, Fillers
from syncd.frames.head import LINE_LIMIT
from syncd.frames.joining import Lines, Records, join
from syncd.frames.layout import Layout
from syncd.frames.quotes import Flags, Positions, Units, unescaped

BLOCK = 16 << 20
"""Bytes read at a time; a longer record makes its block longer."""

_INLINE = 12
_LF, _CR = 0x0A, 0x0D
_DTYPES = {"utf-16-le": "<u2", "utf-16-be": ">u2", "utf-32-le": "<u4", "utf-32-be": ">u4"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """A piece of a file that holds whole records.

    data: the bytes. offset: where they begin in the file. starts, ends, stops: each record within `data`,
    its end without and with its terminator (the same for a last record without line end). lines: the physical line
    each begins on, from 1. first_row: the number of the first record among all, from 1. skipped: how many records
    of each kind were left out because they are no rows.
    """

    data: bytes
    offset: int
    starts: Positions
    ends: Positions
    stops: Positions
    lines: Positions
    first_row: int
    skipped: Mapping[Filler, int]

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
    fillers = Fillers(layout)
    rest, offset, line, row, ended = b"", layout.body, layout.body_line, 1, False
    while not ended:
        more = source.read(max(size, len(rest), layout.unit))
        if digest is not None:
            digest.update(more)
        ended = not more
        data = rest + more
        lines = _lines(_units(data, layout, ended=ended), layout, ended=ended)
        records = join(lines, layout, ended=ended)
        used = 0
        if records.decided:
            block = _block(data, lines, records, layout, fillers)
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


def _block(data: bytes, lines: Lines, records: Records, layout: Layout, fillers: Fillers) -> Block:
    """Make a block of the records that are rows; `lines` and `offset` count from where `data` begins."""
    first, last = records.first, records.last
    filler, skipped = fillers.find(lines.units, lines.starts[first], lines.ends[last])
    if skipped:
        first, last = first[~filler], last[~filler]
    unit = layout.unit
    return Block(
        data=data,
        offset=0,
        starts=lines.starts[first] * unit,
        ends=np.minimum(lines.ends[last] * unit, len(data)),
        stops=np.minimum(lines.stops[last] * unit, len(data)),
        lines=first,
        first_row=1,
        skipped=skipped,
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


def _lines(units: Units, layout: Layout, *, ended: bool) -> Lines:
    """Find the physical lines; at the end of the file the last needs no terminator."""
    lf = unescaped(units, np.flatnonzero(units == _LF), layout.quoting)
    behind_cr = (units[lf - 1] == _CR) & (lf > 0)
    lone = _lone_returns(units, layout, ended=ended)
    stops, width = lf + 1, 1 + behind_cr
    if len(lone):
        stops, width = np.append(stops, lone + 1), np.append(width, np.ones(len(lone), dtype=np.int64))
        order = np.argsort(stops, kind="stable")
        stops, width = stops[order], width[order]
    foreign = _foreign(units, stops, width, layout)
    starts, ends = np.concatenate((np.zeros(1, dtype=np.int64), stops)), stops - width
    if ended and starts[-1] < len(units):
        ends, stops = np.append(ends, len(units)), np.append(stops, len(units))
        foreign = None if foreign is None else np.append(foreign, [False])
    else:
        starts = starts[:-1]
    return Lines(units=units, starts=starts, ends=ends, stops=stops, foreign=foreign)


def _lone_returns(units: Units, layout: Layout, *, ended: bool) -> Positions:
    """Return the carriage returns without a line feed behind them; one at the end of a block is not decided yet."""
    returns = unescaped(units, np.flatnonzero(units == _CR), layout.quoting)
    following = np.minimum(returns + 1, len(units) - 1)
    decided = (returns + 1 < len(units)) | ended
    lone: Positions = returns[decided & ((units[following] != _LF) | (returns + 1 == len(units)))]
    return lone


def _foreign(units: Units, stops: Positions, width: Positions, layout: Layout) -> Flags | None:
    """Return which lines do not end as the header does."""
    own = (width == len(layout.line_end)) & (units[stops - 1] == ord(layout.line_end[-1]))
    return None if own.all() else ~own
