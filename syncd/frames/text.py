"""Records as one text: UTF-8, one after another, as numpy and Arrow can work on them."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from syncd.frames.cleaning import is_plain
from syncd.frames.quotes import Flags, Positions

_MARK = "\ufeff".encode()
_ASCII, _AMPERSAND = 0x80, 0x26


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is certain of a text as a whole, so that its values need not be looked at one by one.

    plain: no value needs what `cleaning` does beyond trimming white space. has_ampersands: a value may have an `&`.
    """

    plain: bool = False
    has_ampersands: bool = True

    def joined(self, other: "Traits") -> "Traits":
        """Return what is certain of this and another text."""
        ampersands = self.has_ampersands or other.has_ampersands
        return Traits(plain=self.plain and other.plain, has_ampersands=ampersands)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Text:
    """Records as UTF-8, one after another with one byte between them; `starts` and `ends` are theirs in `units`."""

    units: NDArray[np.uint8]
    starts: Positions
    ends: Positions
    traits: Traits

    def has(self, *units: int) -> bool:
        """Return whether one of these bytes stands in the text."""
        return any(bool((self.units == unit).any()) for unit in units)


def text_of(raw: pl.Series, encoding: str) -> Text | None:
    """Return records as UTF-8 text with a NUL between them; None if one is no text or has a NUL itself, or for none.

    No accepted codec has NUL as part of a character, so the whole is text if and only if every record is.
    """
    joined = _joined(raw, "\0".encode(encoding))
    units = joined
    try:
        if encoding != "utf-8":
            units = np.frombuffer(str(joined.data, encoding).encode(), dtype=np.uint8)
    except UnicodeDecodeError:
        return None
    ascii_only = not (units >= _ASCII).any()
    if encoding == "utf-8" and not ascii_only and not _is_utf8(units):
        return None
    between = np.flatnonzero(units == 0)
    if len(between) != len(raw) - 1:
        return None
    return Text(
        units=units,
        starts=np.concatenate((np.zeros(1, dtype=np.int64), between + 1)),
        ends=np.append(between, len(units)),
        traits=Traits(plain=ascii_only or is_plain(units), has_ampersands=bool((units == _AMPERSAND).any())),
    )


def _is_utf8(units: NDArray[np.uint8]) -> bool:
    """Return whether the whole is UTF-8; Arrow tells it three times sooner than Python makes a text of it."""
    whole = pa.py_buffer(np.array((0, len(units)), dtype=np.int64)), pa.py_buffer(units)
    try:
        pa.LargeStringArray.from_buffers(1, *whole).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


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


def selected(text: Text, mask: Flags) -> Text:
    """Return the records for which the mask is true, at least one."""
    if mask.all():
        return text
    sizes = text.ends - text.starts + 1
    kept = np.repeat(mask, sizes)[: len(text.units)]
    stops = np.cumsum(sizes[mask])
    return replace(text, units=text.units[kept][: stops[-1] - 1], starts=stops - sizes[mask], ends=stops - 1)


def without(text: Text, begins: Positions, stops: Positions) -> Text:
    """Return the text without the bytes from each beginning up to its stop; none of them goes over two records."""
    if not len(begins):
        return text
    change = np.zeros(len(text.units) + 1, dtype=np.int8)
    np.add.at(change, begins, 1)
    np.add.at(change, stops, -1)
    gone = np.cumsum(change[:-1], dtype=np.int8) > 0
    before = np.sort(begins), np.concatenate(([0], np.cumsum((stops - begins)[np.argsort(begins)])))
    starts, ends = (at - before[1][np.searchsorted(before[0], at)] for at in (text.starts, text.ends))
    return replace(text, units=text.units[~gone], starts=starts, ends=ends)


def without_marks(text: Text) -> Text:
    """Return the text without the byte-order marks at the beginning of records, which joined files leave there."""
    units, starts = text.units, text.starts
    marked = starts[starts + len(_MARK) <= text.ends]
    for offset, unit in enumerate(_MARK):
        marked = marked[units[marked + offset] == unit]
    return without(text, marked, marked + len(_MARK))


def doubled(text: Text, positions: Positions) -> Text:
    """Return the text with the byte at each of the (sorted) positions written twice."""
    if not len(positions):
        return text
    starts, ends = (at + np.searchsorted(positions, at) for at in (text.starts, text.ends))
    return replace(text, units=np.insert(text.units, positions, text.units[positions]), starts=starts, ends=ends)
