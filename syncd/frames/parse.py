"""Records to columns of text: Arrow's reader for those that fit the header, a finding for each of the others.

Arrow's reader follows the same quoting rules as `quotes`, but fails a whole file for one ragged row, takes a lone
carriage return for a line end, and lets an unclosed quote swallow rows. So whatever could do that is
counted first, over whole columns, and only records that are known to fit are given to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from syncd.frames import encoding as enc
from syncd.frames.findings import gather, remarks
from syncd.frames.layout import Layout
from syncd.frames.quotes import QUOTE, Flags, Positions, find_quotes, split_fields

# By itself Arrow ends its reading at SIGTERM and SIGINT, with an error: a file in hand would fail that has no fault.
# What a signal means is the daemon's to say.
pa.enable_signal_handlers(enable=False)

PIECE = 32 << 20
"""Bytes that are parsed at a time."""

LIST_COLUMNS = 64
"""The most values of a row in a file without header."""

_LF, _CR, _ASCII = 0x0A, 0x0D, 0x80
_WORTH_THREADS = 1 << 20
"""Bytes of text from which several threads make its columns sooner than one."""
_GROUP = 1024
_SAMPLES = 20
_RESERVED = ("row", "line")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parsed:
    """Records as columns, and why the others are not among them.

    table: `row` and `line` (Int64), then a String column for each header name, in lower case; values as
    written, '' for empty, null where a short record has none. A header name that is itself `row` or
    `line` has a space put after it. Without header: `column_1`, `column_2` and so on, as many as the
    longest row has. findings: one for each record left out.
    """

    table: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Text:
    """Records as UTF-8, one after another with one byte between them; `starts` and `ends` are theirs in `units`."""

    units: NDArray[np.uint8]
    starts: Positions
    ends: Positions

    def has(self, *units: int) -> bool:
        return any(bool((self.units == unit).any()) for unit in units)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shape:
    """How many values each record has, whether its quotes stay open, and whether a line end stands outside them."""

    fields: Positions
    open: Flags
    broken: Flags


def parse(raw: pl.Series, rows: Positions, lines: Positions, layout: Layout, *, short: bool = False) -> Parsed:
    """Parse records into columns of text.

    Args:
        raw: the records as bytes in the encoding of the file, without terminators (`Block.raw`).
        rows: the number of each row, ascending.
        lines: the physical line on which each begins.
        layout: how the file is written.
        short: a record may have fewer values than the header; the columns it leaves out are null.
    """
    numbers = {"row": np.asarray(rows, dtype=np.int64), "line": np.asarray(lines, dtype=np.int64)}
    tables, findings = [_no_rows(layout)], []
    for records in _pieces(pl.DataFrame(numbers | {"raw": raw})):
        piece, text = records, _text(records["raw"], layout.encoding)
        if text is None:
            piece, unreadable = _readable(piece, layout)
            findings.append(unreadable)
            text = _text(piece["raw"], layout.encoding)
        if text is not None:
            fitting, unfitting = _fitting(piece, text, layout, short=short)
            tables.append(fitting)
            findings.append(unfitting)
    table = pl.concat(tables, how="diagonal")
    if not layout.header:
        table = table.with_columns(pl.col(pl.String).fill_null(""))
    return Parsed(table=table, findings=gather(findings))


def _pieces(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut records into pieces of about PIECE bytes."""
    size = np.cumsum(frame["raw"].bin.size().to_numpy(), dtype=np.int64)
    cuts = np.flatnonzero(np.diff(size // PIECE)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(size)]):
        if end > begin:
            yield frame[begin:end]


def _readable(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records that are text without NUL, and findings for the others."""
    position, nul = _problems(frame["raw"], layout.encoding)
    guess = ""
    if (broken := position > 0).any():
        guess = enc.guess(b"\n".join(frame["raw"].filter(broken).head(_SAMPLES)))
    found = frame.with_columns(position=position)
    undecodable = remarks(
        found.filter(broken),
        "row-encoding",
        position=pl.col("position"),
        encoding=layout.encoding,
        guess=f"; it looks like {guess}" if guess else "",
    )
    return frame.filter(~broken & ~nul), gather((undecodable, remarks(frame.filter(nul), "row-nul")))


def _problems(raw: pl.Series, encoding: str) -> tuple[Positions, Flags]:
    """Return where each record has a byte that cannot be decoded (from 1; 0 if none), and which hold a NUL."""
    position, nul = np.zeros(len(raw), dtype=np.int64), np.zeros(len(raw), dtype=np.bool_)
    for begin in range(0, len(raw), _GROUP):
        group = raw[begin : begin + _GROUP]
        if _text(group, encoding) is not None:
            continue
        for record, written in enumerate(group.to_list(), begin):
            try:
                nul[record] = "\0" in written.decode(encoding)
            except UnicodeDecodeError as problem:
                position[record] = problem.start + 1
    return position, nul


def _text(raw: pl.Series, encoding: str) -> _Text | None:
    """Return records as UTF-8 text with a NUL between them; None if one is no text or has a NUL itself, or for none.

    No accepted codec has NUL as part of a character, so the whole is text if and only if every record is.
    """
    joined = _joined(raw, "\0".encode(encoding))
    units = joined
    try:
        if encoding != "utf-8":
            units = np.frombuffer(str(joined.data, encoding).encode(), dtype=np.uint8)
        elif (units >= _ASCII).any():
            str(joined.data, encoding)
    except UnicodeDecodeError:
        return None
    between = np.flatnonzero(units == 0)
    if len(between) != len(raw) - 1:
        return None
    return _Text(
        units=units,
        starts=np.concatenate((np.zeros(1, dtype=np.int64), between + 1)),
        ends=np.append(between, len(units)),
    )


def _joined(raw: pl.Series, separator: bytes) -> NDArray[np.uint8]:
    """Return the bytes of the records one after another, with the separator between them."""
    _, offsets, values = raw.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[: len(raw) + 1] if len(raw) else np.zeros(1, dtype=np.int64)
    units = np.frombuffer(values or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    width = len(separator)
    joined = np.empty(len(units) + width * max(len(raw) - 1, 0), dtype=np.uint8)
    gaps = ends[1:-1] - ends[0] + width * np.arange(max(len(raw) - 1, 0))
    kept = np.ones(len(joined), dtype=np.bool_)
    for place, unit in enumerate(separator):
        kept[gaps + place] = False
        joined[gaps + place] = unit
    joined[kept] = units
    return joined


def _fitting(frame: pl.DataFrame, text: _Text, layout: Layout, *, short: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records that have a value for each column as a table, and findings for the others."""
    expected = len(layout.header)
    if expected and not text.has(QUOTE, _CR, _LF):
        columns = _read(text, layout.delimiter, expected)
        if columns is not None:
            return _table(frame, columns, layout), gather(())
    shape = _shape(text, ord(layout.delimiter))
    most = expected or LIST_COLUMNS
    ragged = ~shape.open & ((shape.fields > most) | (shape.fields < (1 if short or not expected else expected)))
    found = frame.with_columns(found=shape.fields)
    findings = gather(
        (
            remarks(frame.filter(shape.open), "row-quote"),
            remarks(found.filter(ragged), "row-columns", found=pl.col("found"), expected=most),
        )
    )
    good = ~shape.open & ~ragged
    groups = []
    for count in np.unique(shape.fields[good]).tolist():
        for broken in (False, True):
            mask = good & (shape.fields == count) & (shape.broken == broken)
            some = frame.filter(mask)
            if broken and len(some):
                groups.append(_split(some, layout))
            elif len(some):
                fitting = text if mask.all() else _text(some["raw"], layout.encoding)
                groups.append(_group(some, fitting, count, layout))
    return pl.concat([_no_rows(layout), *groups], how="diagonal").sort("row"), findings


def _group(frame: pl.DataFrame, text: _Text | None, count: int, layout: Layout) -> pl.DataFrame:
    """Parse records that all have this many values, closed quotes and no line end outside quotes."""
    columns = None if text is None else _read(text, layout.delimiter, count)
    return _split(frame, layout) if columns is None else _table(frame, columns, layout)


def _split(frame: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Parse records that all have the same number of values, one by one: exact, and slow."""
    values = [split_fields(record.decode(layout.encoding), layout.delimiter) for record in frame["raw"]]
    columns = [pl.Series(column, dtype=pl.String) for column in zip(*values, strict=True)]
    return _table(frame, columns, layout)


def _shape(text: _Text, delimiter: int) -> _Shape:
    marks = np.flatnonzero(text.units == delimiter)
    breaks = np.flatnonzero((text.units == _LF) | (text.units == _CR))
    if text.has(QUOTE):
        walk = find_quotes(text.units, text.starts, text.ends, delimiter).walk(inside=False)
        return _Shape(fields=walk.outside(marks) + 1, open=walk.open, broken=walk.outside(breaks) > 0)

    def count(positions: Positions) -> Positions:
        return np.searchsorted(positions, text.ends) - np.searchsorted(positions, text.starts)

    return _Shape(fields=count(marks) + 1, open=np.zeros(len(text.starts), dtype=np.bool_), broken=count(breaks) > 0)


def _read(text: _Text, delimiter: str, count: int) -> list[pl.Series] | None:
    """Return the columns that Arrow's reader makes of the records; None unless it makes as many rows of them."""
    units = text.units.copy()
    units[text.ends[:-1]] = _LF
    names = [str(number) for number in range(count)]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(units)),
            read_options=pa_csv.ReadOptions(
                column_names=names, block_size=len(units) + 1, use_threads=len(units) > _WORTH_THREADS
            ),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(text.starts):
        return None
    frame = pl.DataFrame(pl.from_arrow(table))
    return frame.get_columns()


def _table(frame: pl.DataFrame, columns: list[pl.Series], layout: Layout) -> pl.DataFrame:
    named = [column.alias(name) for column, name in zip(columns, _names(layout, len(columns)), strict=False)]
    return pl.DataFrame([frame["row"], frame["line"], *named])


def _no_rows(layout: Layout) -> pl.DataFrame:
    numbers = {"row": pl.Int64(), "line": pl.Int64()}
    return pl.DataFrame(schema=numbers | {name: pl.String() for name in _names(layout, 1)})


def _names(layout: Layout, count: int) -> list[str]:
    if not layout.header:
        return [f"column_{number}" for number in range(1, count + 1)]
    return [f"{name} " if name in _RESERVED else name for name in layout.columns]
