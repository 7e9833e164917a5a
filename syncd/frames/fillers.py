"""Records that are no rows: what spreadsheets, database clients and `cat` write between the rows of a file.

They are skipped and counted, so that a nightly file does not fail for a line that nobody can correct. A few code units
of each record are checked first; only records that may be fillers are decoded, each distinct one once.
"""

import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from syncd.frames.cleaning import INVISIBLE, SPACES, clean
from syncd.frames.layout import Layout
from syncd.frames.quotes import Flags, Positions, Quoting, Units, split_fields

MOST = 4096
"""The most code units of a filler."""

_LINE = 80
_LOWER = 0x20


class Filler(StrEnum):
    """The kinds of records that are not rows."""

    BLANK = "blank line"
    HEADER = "repeated header"
    DASHES = "dashed line"
    COUNT = "row count"


_DASHES = re.compile(r"[-+=]*")
_COUNT = re.compile(
    r"\(\s*\d+ [^\d()][^()]*(?:\(\w+\)[^()]*)*\)|\d+ (?:rows?|records?|record\(s\)) \w[^;,]*[.)]", re.IGNORECASE
)
_EMPTY = '\x1a\t\v\f\r\n"' + SPACES + INVISIBLE
_PADDING = ' \t"'
_PARTS = ((1, 2), (1, 4), (3, 4))
"""Where a record is probed between its ends, as parts of its length."""


class Fillers:
    """Finds the fillers among the records of one file."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._names = tuple(name.lower() for name in layout.header)
        self._empty = self._table(_EMPTY + layout.delimiter + ("-+=" if layout.header else ""))
        self._first, self._last = self._table("( 0123456789"), self._table(").")
        self._beginnings = [self._units(form) for form in self._forms()]
        self._behind = self._table(layout.delimiter + _PADDING)

    def find(self, units: Units, starts: Positions, ends: Positions) -> tuple[Flags, Mapping[Filler, int]]:
        """Return which records are fillers, and how many of each kind; starts, ends: where they stand in `units`."""
        found = np.zeros(len(starts), dtype=np.bool_)
        kinds: Counter[Filler] = Counter()
        known: dict[bytes, Filler | None] = {}
        for record in self._candidates(units, starts, ends).tolist():
            written = units[starts[record] : ends[record]].tobytes()
            if written not in known:
                known[written] = self._kind(written)
            if (kind := known[written]) is not None:
                found[record] = True
                kinds[kind] += 1
        return found, kinds

    def _candidates(self, units: Units, starts: Positions, ends: Positions) -> Positions:
        """Return the records that may be fillers."""
        size = ends - starts
        last = len(units) - 1
        first_unit, last_unit = (np.minimum(units[np.clip(at, 0, last)], 0xFF) for at in (starts, ends - 1))
        empty = np.flatnonzero((self._empty[first_unit] & self._empty[last_unit] & (size <= MOST)) | (size == 0))
        for part, of in _PARTS:
            at = np.minimum(starts[empty] + size[empty] * part // of, last)
            empty = empty[self._empty[np.minimum(units[at], 0xFF)] | (size[empty] == 0)]
        counts = np.flatnonzero(self._first[first_unit] & self._last[last_unit] & (size <= _LINE))
        initials: Units = np.bitwise_or(first_unit, np.uint8(_LOWER))
        headers = (self._begun(beginning, initials, units, starts, size) for beginning in self._beginnings)
        return np.unique(np.concatenate([empty, counts, *headers]))

    def _begun(self, beginning: Units, initials: Units, units: Units, starts: Positions, size: Positions) -> Positions:
        """Return the records that begin with the name of the first column, whatever its case, and nothing longer.

        initials: the first unit of each record as letters of either case are compared, 0xFF for all above.
        """
        length = len(beginning)
        found = np.flatnonzero(initials == (min(int(beginning[0]), 0xFF) | _LOWER))
        found = found[(size[found] >= length) & (size[found] <= MOST)]
        for at in (length - 1, *range(length - 1)):
            found = found[(units[starts[found] + at] | _LOWER) == (beginning[at] | _LOWER)]
        behind = np.minimum(units[np.minimum(starts[found] + length, len(units) - 1)], 0xFF)
        begun: Positions = found[(size[found] == length) | self._behind[behind]]
        return begun

    def _kind(self, written: bytes) -> Filler | None:
        """Return what a record is; None for a row."""
        layout = self._layout
        try:
            text = written.decode(layout.encoding_of_units)
        except UnicodeDecodeError:
            return None
        if text.count('"') % 2 and layout.quoting is not Quoting.NONE:
            return None
        text = text.removeprefix("\ufeff")
        values = [clean(value).strip("\x1a") for value in split_fields(text, layout.delimiter, layout.quoting)]
        if not any(values):
            return Filler.BLANK
        if not self._names:
            return None
        named = len(self._names)
        if tuple(value.lower() for value in values[:named]) == self._names and not any(values[named:]):
            return Filler.HEADER
        if all(map(_DASHES.fullmatch, values)) and len("".join(values)) > 1:
            return Filler.DASHES
        return Filler.COUNT if len(values) == 1 and _COUNT.fullmatch(values[0]) else None

    def _forms(self) -> list[str]:
        """Return how a repeated header may begin: its first name, quoted or not, maybe behind a mark or a space."""
        if not self._names:
            return []
        return [mark + quote + self._names[0] for mark in ("", "\ufeff", " ") for quote in ("", '"')]

    def _units(self, text: str) -> Units:
        """Return text as the code units of the file."""
        kinds = {1: np.uint8, 2: np.uint16, 4: np.uint32}
        return np.frombuffer(text.encode(self._layout.encoding_of_units, "ignore"), dtype=kinds[self._layout.unit])

    def _table(self, characters: str) -> Flags:
        """Return which code units, up to 0xFF, these characters are written with; all above count as one of them."""
        found = np.zeros(0x100, dtype=np.bool_)
        found[np.minimum(self._units(characters), 0xFF)] = True
        return found
