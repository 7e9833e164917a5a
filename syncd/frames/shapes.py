"""How records are written: how many values each has, and why some cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from syncd.frames.layout import Layout
from syncd.frames.quotes import BACKSLASH, QUOTE, Flags, Positions, Quoting, Walk, find_quotes, unescaped
from syncd.frames.text import Text, doubled, without

_LF, _CR, _SPACE = 0x0A, 0x0D, 0x20
_SHORT = 3
"""The fewest values of a line that may be a row which ends before its header does."""

_ESCAPED = "\"'\\\r\n"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """How the records of a text are written.

    fields: how many values each record has. marks, breaks: where delimiters and line ends stand.
    """

    text: Text
    layout: Layout
    walk: Walk
    fields: Positions
    marks: Positions
    breaks: Positions

    def problems(self) -> Iterator[tuple[str, Flags, Flags | None]]:
        """Yield why records cannot be read, the most telling reason first.

        A reason is the code of its finding, the records that it holds for, and, where it is about one
        quote of a record, the quotes that it is about.
        """
        walk, behind = self.walk, self._behind_backslashes()
        yield "row-broken", walk.outside(self.breaks) > 0, None
        yield "row-quote", walk.open, None
        yield "row-backslash", walk.torn & self._with(behind), behind
        yield "row-torn", walk.torn, walk.tears
        yield "row-backslash", walk.stray & self._with(walk.closing & behind), walk.closing & behind
        yield "row-swallowed", self._swallowed(), None
        yield "row-escape", self._escapes_nothing(), None

    def column_of(self, quotes: Flags) -> pl.Series:
        """Return, for each record, the name of the column in which the first of these quotes stands; "" for none."""
        positions = self.walk.quotes.positions[quotes]
        first = np.minimum(np.searchsorted(positions, self.text.starts), len(positions) - 1)
        marks = self.walk.outside_quotes(self.marks)
        place = np.searchsorted(marks, positions[first]) - np.searchsorted(marks, self.text.starts)
        names = pl.Series([*self.layout.header, ""])
        return names.gather(np.clip(place, 0, len(names) - 1))

    def plain(self) -> Text:
        r"""Return the text as Arrow reads it: no spaces around quotes, and `\N` escaped where it stands for NULL."""
        nulls = self._nulls()
        begins, stops = (at + np.searchsorted(nulls, at) for at in self.walk.padding())
        return without(doubled(self.text, nulls), begins, stops)

    def continued(self, lines: Positions) -> Flags:
        """Return the whole rows that end with a backslash before a line that is no whole row; lines: where they begin.

        Programs that escape by backslash write a line end in a value so.
        """
        count, expected = len(self.fields), len(self.layout.header)
        found = np.zeros(count, dtype=np.bool_)
        if self.layout.quoting is not Quoting.UNSURE or expected < 2:
            return found
        found[:-1] = (lines[1:] == lines[:-1] + 1) & (self.fields[:-1] == expected) & (self.fields[1:] < expected)
        last = self.text.ends[found] - 1
        found[found] = (self.text.units[last] == BACKSLASH) & (self.text.units[last - 1] != BACKSLASH)
        return found

    def _with(self, quotes: Flags) -> Flags:
        """Return the records that have one of these quotes."""
        found: Flags = self._count(quotes) > 0
        return found

    def _count(self, quotes: Flags) -> Positions:
        """Return how many of these quotes each record has."""
        return self.walk.quotes.per_line(quotes)

    def _behind_backslashes(self) -> Flags:
        """Return the quotes that a backslash seems to escape, in a file that was not said to do so."""
        positions = self.walk.quotes.positions
        if self.layout.quoting is not Quoting.UNSURE:
            return np.zeros(len(positions), dtype=np.bool_)
        behind: Flags = (positions > 0) & (self.text.units[positions - 1] == BACKSLASH)
        return behind

    def _swallowed(self) -> Flags:
        """Return the records in which a quoted value goes over lines that would be rows if quotes were characters.

        The first line has as many values as a short row, and every further one that is not blank as many as the header
        or one more; or three at least, of which the first is one word, as identifiers are, and none begins with a
        space, as after the commas of a sentence.
        """
        found, expected = np.zeros(len(self.fields), dtype=np.bool_), len(self.layout.header)
        if self.layout.quoting is not Quoting.UNSURE or expected < 2 or not len(self.breaks):
            return found
        starts, ends, units = self.text.starts, self.text.ends, self.text.units
        inside = np.searchsorted(self.breaks, ends) - np.searchsorted(self.breaks, starts)
        several = np.flatnonzero(inside)
        if not len(several):
            return found
        begins = self.breaks + 1
        stops = np.sort(np.concatenate((self.breaks, ends[several])))
        first_stops, stops = stops[np.searchsorted(stops, starts[several])], stops[np.searchsorted(stops, begins)]
        values = self._values(begins, stops)
        first_value = np.minimum(np.append(self.marks, len(units))[np.searchsorted(self.marks, begins)], stops)
        quoted = _holds(units == QUOTE, begins, first_value)
        several_words = _holds(units == _SPACE, begins, first_value)
        spaced = self.marks[units[np.minimum(self.marks + 1, len(units) - 1)] == _SPACE]
        is_prose = several_words | (np.searchsorted(spaced, stops) > np.searchsorted(spaced, begins))
        like_header = (values >= expected) & (values <= expected + self.layout.unnamed + 1)
        is_row = ~quoted & (like_header | ((values >= _SHORT) & ~is_prose))
        blank = stops - begins <= (units[np.minimum(begins, len(units) - 1)] == _CR)
        lines = np.concatenate(([0], np.cumsum(inside[several])))[:-1]
        rows = np.logical_and.reduceat(is_row | blank, lines) & np.logical_or.reduceat(is_row, lines)
        found[several] = rows & (self._values(starts[several], first_stops) >= min(expected, _SHORT))
        return found

    def _values(self, begins: Positions, stops: Positions) -> Positions:
        """Return how many values stand between these positions if quotes are characters."""
        values: Positions = np.searchsorted(self.marks, stops) - np.searchsorted(self.marks, begins) + 1
        return values

    def _escaping(self) -> Positions:
        """Return the backslashes that escape what stands behind them."""
        units = self.text.units
        return unescaped(units, np.flatnonzero(units == BACKSLASH), Quoting.BACKSLASH)

    def _nulls(self) -> Positions:
        r"""Return where a value is just `\N`, the NULL of databases that escape by backslash."""
        if self.layout.quoting is not Quoting.BACKSLASH:
            return np.empty(0, dtype=np.int64)
        backslashes, units = self._escaping(), self.text.units
        last, delimiter = len(units) - 1, ord(self.layout.delimiter)
        behind = np.minimum(backslashes + 2, last)
        begins = (units[backslashes - 1] == delimiter) | np.isin(backslashes, self.text.starts)
        ends = (units[behind] == delimiter) | np.isin(backslashes + 2, self.text.ends)
        nulls: Positions = backslashes[begins & ends & (units[np.minimum(backslashes + 1, last)] == ord("N"))]
        return nulls

    def _escapes_nothing(self) -> Flags:
        """Return the records with a backslash before a character that needs none: what is meant cannot be known."""
        if self.layout.quoting is not Quoting.BACKSLASH:
            return np.zeros(len(self.fields), dtype=np.bool_)
        backslashes = np.setdiff1d(self._escaping(), self._nulls(), assume_unique=True)
        allowed = [ord(char) for char in _ESCAPED + self.layout.delimiter]
        units = self.text.units
        odd = backslashes[~np.isin(units[np.minimum(backslashes + 1, len(units) - 1)], allowed)]
        return np.searchsorted(odd, self.text.ends) > np.searchsorted(odd, self.text.starts)


def _holds(wanted: Flags, begins: Positions, stops: Positions) -> Flags:
    """Return whether one of the wanted units stands between each beginning and its stop."""
    at = np.flatnonzero(wanted)
    holds: Flags = np.searchsorted(at, stops) > np.searchsorted(at, begins)
    return holds


def shapes_of(text: Text, layout: Layout) -> Shapes:
    """Look at the delimiters, line ends and quotes of records."""
    units, quoting = text.units, layout.quoting
    marks = unescaped(units, np.flatnonzero(units == ord(layout.delimiter)), quoting)
    returns = np.flatnonzero(units == _CR)
    lone = returns[units[np.minimum(returns + 1, len(units) - 1)] != _LF]
    feeds = np.flatnonzero(units == _LF)
    breaks = unescaped(units, np.union1d(feeds, lone) if len(lone) else feeds, quoting)
    walk = find_quotes(units, text.starts, text.ends, ord(layout.delimiter), quoting).walk(inside=False)
    return Shapes(text=text, layout=layout, walk=walk, fields=walk.outside(marks) + 1, marks=marks, breaks=breaks)
