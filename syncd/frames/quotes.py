"""Quotes by RFC 4180, with the lenience of Python's csv module, for many lines at once.

A quoted field opens only where a field begins; a quote elsewhere is a character like any other; a
doubled quote inside is one quote; text after the closing quote belongs to the field. What a quote does
depends on the one before it, so a line is a chain of small steps between three states. Steps are
functions, and functions can be composed in any grouping: numpy composes neighbours, then
neighbours of neighbours, and has the state at every quote of every line after a few passes.
"""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

QUOTE = 0x22
_OUTSIDE, _INSIDE, _DOUBLED = 0, 1, 2

Units = NDArray[np.unsignedinteger]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]

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
    torn: a closing quote is followed by text. The rest is what `outside` counts with.
    """

    open: Flags
    stray: Flags
    torn: Flags
    quotes: "Quotes"
    opening: Flags
    closing: Flags
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """The quotes of a text that is divided in lines; `first` and `last` are each line's range of `positions`."""

    starts: Positions
    ends: Positions
    positions: Positions
    first: Positions
    last: Positions
    at_start: Flags
    at_end: Flags
    doubled: Flags
    rank: Positions
    function: NDArray[np.uint8]

    def per_line(self, values: Positions) -> Positions:
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
        return Walk(
            open=ending != _OUTSIDE,
            stray=self.per_line(outside & ~self.at_start) > 0,
            torn=self.per_line(closing & ~self.at_end) > 0,
            quotes=self,
            opening=outside & self.at_start,
            closing=closing,
            inside=inside,
        )


def find_quotes(units: Units, starts: Positions, ends: Positions, delimiter: int) -> Quotes:
    """Find the quotes of lines and how each can be read.

    Args:
        units: the text as code units.
        starts: where each line begins, sorted.
        ends: where it ends, without its terminator. No quote may lie between two lines.
        delimiter: the code unit between fields.
    """
    positions = np.flatnonzero(units[: ends[-1]] == QUOTE)
    first, last = np.searchsorted(positions, starts), np.searchsorted(positions, ends)
    line = np.repeat(np.arange(len(starts)), last - first)
    following = np.minimum(positions + 1, len(units) - 1)
    at_edge = positions + 1 == ends[line]
    at_start = (positions == starts[line]) | (units[positions - 1] == delimiter)
    doubled = ~at_edge & (units[following] == QUOTE)
    rank = np.arange(len(positions)) - first[line]
    return Quotes(
        starts=starts,
        ends=ends,
        positions=positions,
        first=first,
        last=last,
        at_start=at_start,
        at_end=at_edge | (units[following] == delimiter),
        doubled=doubled,
        rank=rank,
        function=_chain(_STEP[at_start + 2 * doubled], rank),
    )


def split_fields(text: str, delimiter: str) -> list[str]:
    """Return the values of one record, unquoted."""
    if '"' not in text:
        return text.split(delimiter)
    mark = re.escape(delimiter)
    values = []
    for found in re.finditer(rf'(?:"((?:[^"]++|"")*+)(?:"|\Z))?([^{mark}]*+)({mark}|\Z)', text):
        quoted, plain, end = found.groups()
        values.append(plain if quoted is None else quoted.replace('""', '"') + plain)
        if not end:
            break
    return values


def _chain(functions: NDArray[np.uint8], rank: Positions) -> NDArray[np.uint8]:
    """Compose each line's functions from its first quote on: the prefix scan of Hillis and Steele."""
    width = 1
    while (far := np.flatnonzero(rank >= width)).size:
        functions[far] = _COMPOSE[functions[far], functions[far - width]]
        width *= 2
    return functions
