"""Which physical lines make one record.

Whether a quoted value may do that is decided
so that a stray opening quote fails its own line and swallows nothing. A record of several lines stands only if
its quotes are closed within REACH, with no text after a closing quote, and, where a further stray quote stands
in it, if it has as many values as the header. Else its first line is a record by itself, and reading
goes on at the next.

CR LF, LF and a lone CR all end lines, in one file too, as in Moodle's reader. A line that does not end as the header
does may be the first piece of a row that a line end inside a value broke. It and the lines behind it, up to one that
ends as the header does, are one record as long as they have together no more values than the header; `parse` fails it.

These tests look at the lines that would be joined and at nothing else. Hence blocks of any size give the same
records, and a record whose quotes are closed is the same record wherever it is written: in a tryback too. A line cut
off for its open quote is the same again as long as what is written after it does not close the quote.
"""

from dataclasses import dataclass

import numpy as np

from syncd.frames.layout import Layout
from syncd.frames.quotes import QUOTE, Flags, Positions, Quoting, Units, Walk, find_quotes, unescaped

REACH = 4 << 20
"""The most code units of a record of several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The complete physical lines of a text of code units; `ends` leave the terminators out, `stops` do not.

    foreign: the line does not end as the header does; None where all lines do. The end of the file ends a line too.
    """

    units: Units
    starts: Positions
    ends: Positions
    stops: Positions
    foreign: Flags | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records as ranges of lines: the first and the last of each, and how many lines were decided on."""

    first: Positions
    last: Positions
    decided: int


def join(lines: Lines, layout: Layout, *, ended: bool) -> Records:
    """Join the lines that are one record; ended: the text goes to the end of the file."""
    records = _join_quoted(lines, layout, ended=ended)
    if lines.foreign is None or len(layout.header) < 2 or not len(records.first):
        return records
    return _join_broken(lines, records, lines.foreign, layout, ended=ended)


def _join_broken(lines: Lines, records: Records, foreign: Flags, layout: Layout, *, ended: bool) -> Records:
    """Join the pieces of rows that a line end inside a value broke."""
    first, last, expected = records.first, records.last, len(layout.header)
    count, numbers = len(first), np.arange(len(first))
    marks = _marks(lines, records, layout)
    ends = np.flatnonzero(~foreign[last])
    run = np.append(ends, count - 1)[np.searchsorted(ends, numbers)]
    total = np.concatenate(([0], np.cumsum(marks)))
    after = np.minimum(run + 1, np.searchsorted(total, total[:-1] + expected) - 1)
    filled = lines.ends[last] > lines.starts[first]
    several = _sums(filled, numbers, np.maximum(after, numbers + 1)) > 1
    waits = (after >= count) & foreign[last[-1]] & (not ended)
    begins = np.flatnonzero(foreign[last] & filled & (several | waits))
    kept, count = _together(count, begins, np.where(waits, 0, after)[begins])
    decided = records.decided if count == len(first) else int(first[count])
    return Records(first=first[kept], last=last[np.append(kept[1:], count)[: len(kept)] - 1], decided=decided)


def _together(count: int, begins: Positions, after: Positions) -> tuple[Positions, int]:
    """Return which of so many items stand when each item of `begins` takes the ones up to `after` with it.

    An `after` of 0 means that it cannot be told yet: all from there on are left out, and the count is less.
    """
    kept = np.ones(count, dtype=np.bool_)
    position = 0
    for begin, stop in zip(begins.tolist(), after.tolist(), strict=True):
        if begin < position:
            continue
        if not stop:
            count = begin
            break
        kept[begin + 1 : stop] = False
        position = stop
    return np.flatnonzero(kept[:count]), count


def _marks(lines: Lines, records: Records, layout: Layout) -> Positions:
    """Return how many delimiters stand outside quotes in each record."""
    marks = unescaped(lines.units, np.flatnonzero(lines.units == ord(layout.delimiter)), layout.quoting)
    quotes = find_quotes(lines.units, lines.starts, lines.ends, ord(layout.delimiter), layout.quoting)
    outside, goes_on = quotes.walk(inside=False).outside(marks), np.ones(len(lines.starts), dtype=np.bool_)
    goes_on[records.first] = False
    if goes_on[: records.decided].any():
        outside = np.where(goes_on, quotes.walk(inside=True).outside(marks), outside)
    return _sums(outside, records.first, records.last + 1)


def _sums(values: Positions | Flags, begins: Positions, stops: Positions) -> Positions:
    """Return the sums of the values from each beginning up to, and without, each stop."""
    total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return total[stops] - total[begins]


def _join_quoted(lines: Lines, layout: Layout, *, ended: bool) -> Records:
    """Join the lines over which a quoted value goes."""
    count = len(lines.starts)
    alone = np.arange(count)
    if not count or layout.quoting is Quoting.NONE or not (lines.units == QUOTE).any():
        return Records(first=alone, last=alone, decided=count)
    quotes = find_quotes(lines.units, lines.starts, lines.ends, ord(layout.delimiter), layout.quoting)
    begun = quotes.walk(inside=False)
    opened = np.flatnonzero(begun.open)
    if not len(opened):
        return Records(first=alone, last=alone, decided=count)
    first, count = _together(count, opened, _after(lines, begun, layout, ended=ended))
    return Records(first=first, last=np.append(first[1:], count)[: len(first)] - 1, decided=count)


def _after(lines: Lines, begun: Walk, layout: Layout, *, ended: bool) -> Positions:
    """Return, for each line that ends inside quotes, the line after the record it begins; 0 if more must be read."""
    going = begun.quotes.walk(inside=True)
    count = len(lines.starts)
    opened = np.flatnonzero(begun.open)
    closed = np.where(going.open & ~going.torn, count, np.arange(count))
    closing = np.append(np.minimum.accumulate(closed[::-1])[::-1], count)[opened + 1]
    found, last = closing < count, np.minimum(closing, count - 1)
    length = np.where(found, lines.ends[last], len(lines.units)) - lines.starts[opened]
    whole = found & ~begun.torn[opened] & ~going.torn[last] & (length <= REACH)
    stray = begun.stray[opened] | (_sums(going.stray, opened + 1, last + 1) > 0)
    if layout.header and stray.any():
        marks = unescaped(lines.units, np.flatnonzero(lines.units == ord(layout.delimiter)), layout.quoting)
        fields = 1 + begun.outside(marks)[opened] + _sums(going.outside(marks), opened + 1, last + 1)
        whole &= ~stray | (fields == len(layout.header))
    after = np.where(whole, last + 1, opened + 1)
    waits = ~found & ~begun.torn[opened] & (length <= REACH + 1)
    return after if ended else np.where(waits, 0, after)
