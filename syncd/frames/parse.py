"""Records to columns of text: Arrow's reader for those that fit the header, a finding for each of the others.

Arrow's reader follows the same quoting rules as `quotes`, but fails a whole file for one ragged row, takes a lone
carriage return for a line end, keeps text that stands behind a closing quote, and lets an unclosed quote swallow rows.
So whatever could do that is counted first, over whole columns, and only records that are known to fit are given to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from syncd.frames import encoding as enc
from syncd.frames.cleaning import ENDS
from syncd.frames.findings import gather, remarks
from syncd.frames.layout import Layout
from syncd.frames.quotes import BACKSLASH, QUOTE, Flags, Positions, Quoting
from syncd.frames.shapes import Shapes, shapes_of
from syncd.frames.text import Text, Traits, selected, text_of, without_marks

# By itself Arrow ends its reading at SIGTERM and SIGINT, with an error: a file in hand would fail that has no fault.
# What a signal means is the daemon's to say.
pa.enable_signal_handlers(enable=False)

PIECE = 32 << 20
"""Bytes that are parsed at a time."""

LIST_COLUMNS = 64
"""The most values of a row in a file without header, and the most empty ones behind the last column of a header."""

_LF = 0x0A
_SPECIAL = {
    Quoting.NONE: (_LF, 0x0D),
    Quoting.BACKSLASH: (_LF, 0x0D, QUOTE, BACKSLASH),
    Quoting.UNSURE: (_LF, 0x0D, QUOTE),
    Quoting.SURE: (_LF, 0x0D, QUOTE),
}
"""Code units of which one at least stands in a text that is more than values and delimiters."""

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
    traits: Traits = field(default_factory=Traits)


def parse(
    raw: pl.Series, rows: Positions, lines: Positions, layout: Layout, *, short: bool = False, cut: bool = False
) -> Parsed:
    """Parse records into columns of text.

    Args:
        raw: the records as bytes in the encoding of the file, without terminators (`Block.raw`).
        rows: the number of each row, ascending.
        lines: the physical line on which each begins.
        layout: how the file is written.
        short: a record may have fewer values than the header; the columns it leaves out are null.
        cut: the file ends without a line end behind the last of the records, so that it may have been cut there.

    Values behind the last named column are left out where they are empty, unless the row looks shifted.
    """
    numbers = {"row": np.asarray(rows, dtype=np.int64), "line": np.asarray(lines, dtype=np.int64)}
    tables, findings, traits = [_no_rows(layout)], [], Traits(plain=True, has_ampersands=False)
    for records in _pieces(pl.DataFrame(numbers | {"raw": raw})):
        piece, text = records, text_of(records["raw"], layout.encoding)
        if text is None:
            piece, unreadable = _readable(piece, layout)
            findings.append(unreadable)
            text = text_of(piece["raw"], layout.encoding)
        if text is not None:
            fitting, unfitting = _fitting(
                piece, without_marks(text), layout, "row-cut" if cut else "row-columns", short=short
            )
            tables.append(fitting)
            findings.append(unfitting)
            traits = traits.joined(text.traits)
    table = pl.concat(tables, how="diagonal")
    if not layout.header:
        table = table.with_columns(pl.col(pl.String).fill_null(""))
    return Parsed(table=table, findings=gather(findings), traits=traits)


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
        if text_of(group, encoding) is not None:
            continue
        for record, written in enumerate(group.to_list(), begin):
            try:
                nul[record] = "\0" in written.decode(encoding)
            except UnicodeDecodeError as problem:
                position[record] = problem.start + 1
    return position, nul


def _fitting(
    frame: pl.DataFrame, text: Text, layout: Layout, lacking: str, *, short: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records that have a value for each column as a table, and findings for the others."""
    if layout.header and not layout.unnamed and not text.has(*_SPECIAL[layout.quoting]):
        columns = _read(text, layout, len(layout.header))
        if columns is not None:
            return _table(frame, columns, layout), gather(())
    shapes = shapes_of(text, layout)
    fits, findings = _judged(frame, shapes, layout, lacking, short=short)
    text = shapes.plain()
    tables = [_no_rows(layout)]
    for count in np.unique(shapes.fields[fits]).tolist():
        mask = fits & (shapes.fields == count)
        columns = _read(selected(text, mask), layout, count)
        if columns is None:
            raise RuntimeError("Arrow's reader finds other rows than were counted")
        fitting, unfitting = _named(frame.filter(mask), columns, layout)
        tables.append(fitting)
        findings.append(unfitting)
    return pl.concat(tables, how="diagonal").sort("row"), gather(findings)


def _judged(
    frame: pl.DataFrame, shapes: Shapes, layout: Layout, lacking: str, *, short: bool
) -> tuple[Flags, list[pl.DataFrame]]:
    """Return which records can be read, and findings for the others; the first reason that applies counts."""
    expected = len(layout.header)
    fits, findings = np.ones(len(frame), dtype=np.bool_), []
    for code, wrong, quotes in shapes.problems():
        if (hit := fits & wrong).any():
            column = "" if quotes is None else shapes.column_of(quotes)
            rows = frame.with_columns(pl.lit(column).alias("column")).filter(hit)
            findings.append(remarks(rows, code, column=pl.col("column")))
            fits &= ~wrong
    if (hit := fits & shapes.continued(frame["line"].to_numpy())).any():
        findings.append(remarks(frame.filter(hit), "row-backslash-end"))
        fits &= ~hit
    most = expected + LIST_COLUMNS if expected else LIST_COLUMNS
    least = 1 if short or not expected else expected
    for code, ragged in (("row-columns", shapes.fields > most), (lacking, shapes.fields < least)):
        found = frame.with_columns(found=shapes.fields).filter(fits & ragged)
        findings.append(remarks(found, code, found=pl.col("found"), expected=expected or most))
        fits &= ~ragged
    return fits, findings


def _named(frame: pl.DataFrame, columns: list[pl.Series], layout: Layout) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records as a table, without those that have a value behind the last named column or look shifted."""
    table, expected = _table(frame, columns, layout), len(layout.header)
    behind = columns[expected:] if expected else []
    if not behind:
        return table, gather(())
    filled = pl.DataFrame(behind).select(pl.any_horizontal(pl.all().str.strip_chars(ENDS) != "")).to_series()
    if len(behind) <= layout.unnamed:
        return table.filter(~filled), remarks(frame.filter(filled), "row-unnamed", expected=expected)
    wrong = filled | _look_shifted(columns)
    named = expected + layout.unnamed
    return table.filter(~wrong), remarks(frame.filter(wrong), "row-columns", found=len(columns), expected=named)


def _look_shifted(columns: list[pl.Series]) -> pl.Series:
    """Return which records with a value too many, the last being empty, may not just have a delimiter at their end.

    A number may stand before the first value, as R writes the names of its rows; or a delimiter in a value, without
    quotes and mostly with a space behind it, may have made two of one.
    """
    first, *others = columns
    numbered = first.str.contains(r"^[0-9]+$")
    spaced = pl.DataFrame(others).select(
        pl.any_horizontal(pl.all().str.starts_with(" ") & (pl.all().str.strip_chars() != ""))
    )
    return numbered | spaced.to_series()


def _read(text: Text, layout: Layout, count: int) -> list[pl.Series] | None:
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
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=False if layout.quoting is Quoting.NONE else '"',
                escape_char="\\" if layout.quoting is Quoting.BACKSLASH else False,
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
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
