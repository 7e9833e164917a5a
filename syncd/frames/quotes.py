"""Quotes by RFC 4180 for many lines at once.

A quoted field opens only where a field begins; a quote elsewhere is a character like any other; a
doubled quote inside is one quote. Spaces and tabs between a quote and the delimiter or the edge of the line belong
to no value. Other text after a closing quote makes the line `torn`: what its writer meant cannot be known.

What a quote does depends on the one before it, so a line is a chain of small steps between three states. Steps are
functions, and functions can be composed in any grouping: numpy composes neighbours, then
neighbours of neighbours, and has the state at every quote of every line after a few passes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np
from numpy.typing import NDArray

QUOTE, BACKSLASH = 0x22, 0x5C
_SPACES = (0x20, 0x09)
_OUTSIDE, _INSIDE, _DOUBLED = 0, 1, 2

Units = NDArray[np.unsignedinteger]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Quoting(StrEnum):
    """How the quotes of a file are meant.

    UNSURE: as quotes, but records that look as if a quote were a plain character fail. SURE: as quotes.
    BACKSLASH: as quotes, and a backslash escapes the character behind it. NONE: as plain characters.
    """

    UNSURE = "unsure"
    SURE = "sure"
    BACKSLASH = "backslash"
    NONE = "none"


# A function of the three states is numbered f(0) + 3 f(1) + 9 f(2).
_FUNCTIONS = [(f0, f1, f2) for f2, f1, f0 in product(range(3), repeat=3)]
_APPLY = np.array(_FUNCTIONS, dtype=np.uint8)
_COMPOSE = np.array([[g[f[0]] + 3 * g[f[1]] + 9 * g[f[2]] for f in _FUNCTIONS] for g in _FUNCTIONS], dtype=np.uint8)
"""`_COMPOSE[g, f]` is the number of the function "first f, then g"."""

_STEP = np.array(
    [
        (_INSIDE if at_start else _OUTSIDE) + 3 * (_DOUBLED if doubled else _OUTSIDE) + 9 * _INSIDE
        for doubled in (False, True)
        for at_start in (False, True)
    ],
    dtype=np.uint8,
)
"""What a quote does, by `at_start + 2 * doubled`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the quotes of each line do, begun in one state. All arrays have one item a line.

    open: the line ends inside quotes. stray: a quote stands inside an unquoted value.
    torn: a closing quote is followed by text. tears: which quotes those are. opening, closing: which quotes begin
    and end a quoted value. enters: behind which quotes text is quoted.
    """

    open: Flags
    stray: Flags
    torn: Flags
    tears: Flags
    quotes: "Quotes"
    opening: Flags
    closing: Flags
    enters: Flags
    inside: bool

    def outside(self, marks: Positions) -> Positions:
        """Return how many of the (sorted) positions lie outside quotes in each line."""
        quotes = self.quotes
        before = np.searchsorted(marks, quotes.positions)
        first, last = np.searchsorted(marks, quotes.starts), np.searchsorted(marks, quotes.ends)
        quoted = quotes.per_line(np.where(self.closing, before, 0) - np.where(self.opening, before, 0))
        quoted += np.where(self.open, last, 0)
        if self.inside:
            quoted -= first
        return last - first - quoted

    def outside_quotes(self, marks: Positions) -> Positions:
        """Return those of the (sorted) positions, all within lines, that lie outside quotes."""
        quotes = self.quotes
        before = np.searchsorted(quotes.positions, marks) - 1
        begins = quotes.starts[np.searchsorted(quotes.starts, marks, side="right") - 1]
        in_line = (before >= 0) & (quotes.positions[before] >= begins)
        outside: Positions = marks[~np.where(in_line, self.enters[before], self.inside)]
        return outside

    def padding(self) -> tuple[Positions, Positions]:
        """Return where spaces between quotes and delimiters begin and stop."""
        quotes = self.quotes
        before, after = self.opening & (quotes.lead > 0), self.closing & (quotes.trail > 0)
        at, behind = quotes.positions[before], quotes.positions[after] + 1
        return np.append(at - quotes.lead[before], behind), np.append(at, behind + quotes.trail[after])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """The quotes of a text that is divided in lines; `first` and `last` are each line's range of `positions`.

    lead, trail: spaces between a quote and the delimiter, or the edge of the line, before and behind it; 0 where
    something else stands there.
    """

    starts: Positions
    ends: Positions
    positions: Positions
    first: Positions
    last: Positions
    at_start: Flags
    at_end: Flags
    lead: Positions
    trail: Positions
    doubled: Flags
    rank: Positions
    function: NDArray[np.uint8]

    def per_line(self, values: Positions | Flags) -> Positions:
        """Return the sums of a value of each quote, line by line."""
        total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
        return total[self.last] - total[self.first]

    def walk(self, *, inside: bool) -> Walk:
        """Return what the quotes do if each line begins outside, or inside, a quoted field."""
        begun = _INSIDE if inside else _OUTSIDE
        after = _APPLY[self.function, begun]
        state = np.full(len(after), begun, dtype=np.uint8)
        later = np.flatnonzero(self.rank)
        state[later] = after[later - 1]
        outside, within = state == _OUTSIDE, state == _INSIDE
        closing = within & ~self.doubled
        ending = np.full(len(self.starts), begun, dtype=np.uint8)
        quoted = np.flatnonzero(self.last > self.first)
        ending[quoted] = after[self.last[quoted] - 1]
        tears = closing & ~self.at_end
        return Walk(
            open=ending != _OUTSIDE,
            stray=self.per_line(outside & ~self.at_start) > 0,
            torn=self.per_line(tears) > 0,
            tears=tears,
            quotes=self,
            opening=outside & self.at_start,
            closing=closing,
            enters=after == _INSIDE,
            inside=inside,
        )


def find_quotes(
    units: Units, starts: Positions, ends: Positions, delimiter: int, quoting: Quoting = Quoting.UNSURE
) -> Quotes:
    """Find the quotes of lines and how each can be read.

    Args:
        units: the text as code units.
        starts: where each line begins, sorted.
        ends: where it ends, without its terminator. No quote may lie between two lines.
        delimiter: the code unit between fields.
        quoting: how quotes are meant.
    """
    positions = np.empty(0, dtype=np.int64)
    if quoting is not Quoting.NONE:
        positions = unescaped(units, np.flatnonzero(units[: ends[-1]] == QUOTE), quoting)
    first, last = np.searchsorted(positions, starts), np.searchsorted(positions, ends)
    line = np.repeat(np.arange(len(starts)), last - first)
    begin, end = starts[line], ends[line]
    following = np.minimum(positions + 1, len(units) - 1)
    doubled = (positions + 1 < end) & (units[following] == QUOTE)
    lead, trail = _spaces(units, positions, begin, end, delimiter)
    before, after = positions - lead, positions + 1 + trail
    rank = np.arange(len(positions)) - first[line]
    at_start = (before == begin) | (units[before - 1] == delimiter)
    return Quotes(
        starts=starts,
        ends=ends,
        positions=positions,
        first=first,
        last=last,
        at_start=at_start,
        at_end=(after == end) | (units[np.minimum(after, len(units) - 1)] == delimiter),
        lead=lead,
        trail=trail,
        doubled=doubled,
        rank=rank,
        function=_chain(_STEP[at_start + 2 * doubled], rank),
    )


def unescaped(units: Units, positions: Positions, quoting: Quoting) -> Positions:
    """Return the positions that no backslash escapes: all of them, unless backslashes do that in this file."""
    if quoting is not Quoting.BACKSLASH or not len(positions):
        return positions
    even: Flags = _runs_before(units, positions, (BACKSLASH,)) % 2 == 0
    return positions[even]


def split_fields(text: str, delimiter: str, quoting: Quoting = Quoting.UNSURE) -> list[str]:
    """Return the values of one record, unquoted."""
    if '"' not in text or quoting is Quoting.NONE:
        return text.split(delimiter)
    mark = re.escape(delimiter)
    values = []
    space = " " if delimiter == "\t" else r"[ \t]"
    for found in re.finditer(rf'(?:{space}*"((?:[^"]++|"")*+)(?:"{space}*|\Z))?([^{mark}]*+)({mark}|\Z)', text):
        quoted, plain, end = found.groups()
        values.append(plain if quoted is None else quoted.replace('""', '"') + plain)
        if not end:
            break
    return values


def _spaces(
    units: Units, positions: Positions, begin: Positions, end: Positions, delimiter: int
) -> tuple[Positions, Positions]:
    """Return how many spaces stand before and behind each quote, where only they part it from an edge of its field."""
    lead, trail = np.zeros(len(positions), dtype=np.int64), np.zeros(len(positions), dtype=np.int64)
    last = len(units) - 1
    spaces = [unit for unit in _SPACES if unit != delimiter]
    spaced = np.flatnonzero(np.isin(units[positions - 1], spaces) & (positions > begin))
    if len(spaced):
        run = np.minimum(_runs_before(units, positions[spaced], spaces), (positions - begin)[spaced])
        at = positions[spaced] - run
        lead[spaced] = np.where((at == begin[spaced]) | (units[at - 1] == delimiter), run, 0)
    spaced = np.flatnonzero(np.isin(units[np.minimum(positions + 1, last)], spaces) & (positions + 1 < end))
    if len(spaced):
        run = _runs_before(units[::-1], last - positions[spaced][::-1], spaces)[::-1]
        run = np.minimum(run, (end - positions - 1)[spaced])
        at = positions[spaced] + 1 + run
        trail[spaced] = np.where((at == end[spaced]) | (units[np.minimum(at, last)] == delimiter), run, 0)
    return lead, trail


def _runs_before(units: Units, positions: Positions, wanted: Sequence[int]) -> Positions:
    """Return how many of these units stand without a gap before each of the (sorted) positions."""
    single: Flags = np.isin(units[positions - 1], wanted) & (positions > 0)
    if not (single & np.isin(units[np.maximum(positions - 2, 0)], wanted)).any():
        return single.astype(np.int64)
    marks = np.flatnonzero(np.isin(units, wanted))
    begins = np.concatenate(([True], np.diff(marks) > 1))
    first = marks[np.maximum.accumulate(np.where(begins, np.arange(len(marks)), 0))]
    place = np.searchsorted(marks, positions) - 1
    runs: Positions = np.where((place >= 0) & (marks[place] == positions - 1), positions - first[place], 0)
    return runs


def _chain(functions: NDArray[np.uint8], rank: Positions) -> NDArray[np.uint8]:
    """Compose each line's functions from its first quote on: the prefix scan of Hillis and Steele."""
    width = 1
    while (far := np.flatnonzero(rank >= width)).size:
        functions[far] = _COMPOSE[functions[far], functions[far - width]]
        width *= 2
    return functions
