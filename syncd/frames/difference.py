"""The difference: which records of a file are already known to stand, found by their hashes alone.

A row memory holds, for every row that was accepted and still stands, its 128-bit hash, the ids of the person and the
place that it works on and, for files that may be snapshots, the record that it names. Sorted by the low half of the
hash it is searched in columns: a file of ten million rows costs about a second and no Python object.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_TABLE = 2**28
"""Up to this id, which ids are wanted is looked up in a table of flags."""

LARGEST_ID = 2**32 - 1
"""Ids are remembered in 32 bits; rows with a greater one are simply not remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMemory:
    """Rows that stand. Columns of one length, sorted by `low`.

    low, high: the halves of the record's hash. a, b: ids of the person and the place, 0 for none. names: the record
    that the row names (`frames.keys.key_hashes`), 0 where that is not known; None where no row names one.
    """

    low: U64
    high: U64
    a: U32
    b: U32
    names: U64 | None = None

    def __len__(self) -> int:
        return len(self.low)

    @property
    def named(self) -> U64:
        """The record that each row names, 0 where that is not known."""
        return np.zeros(len(self), np.uint64) if self.names is None else self.names


def empty_memory() -> RowMemory:
    """Return a memory that knows nothing."""
    none64, none32 = np.empty(0, np.uint64), np.empty(0, np.uint32)
    return RowMemory(low=none64, high=none64, a=none32, b=none32)


def recall(memory: RowMemory, hashes: U64) -> I64:
    """Return for each hash (shape n × 2: low, high) its place in the memory, or -1 where it is not known."""
    if not len(memory) or not len(hashes):
        return np.full(len(hashes), -1, np.int64)
    low = np.ascontiguousarray(hashes[:, 0])
    order = np.argsort(low)
    wanted = low[order]
    places = np.searchsorted(memory.low, wanted)
    places[places == len(memory)] = 0
    hit = (memory.low[places] == wanted) & (memory.high[places] == hashes[order, 1])
    found = np.full(len(hashes), -1, np.int64)
    found[order[hit]] = places[hit]
    return found


def forget(memory: RowMemory, gone: Mask) -> RowMemory:
    """Return the memory without the rows marked in `gone` (one flag for each row)."""
    if not gone.any():
        return memory
    keep = ~gone
    return RowMemory(
        low=memory.low[keep],
        high=memory.high[keep],
        a=memory.a[keep],
        b=memory.b[keep],
        names=None if memory.names is None else memory.names[keep],
    )


def learn(memory: RowMemory, hashes: U64, a: I64, b: I64, names: U64 | None = None) -> RowMemory:
    """Return the memory with these rows added; hashes that it already holds are not added twice."""
    fits = (a <= LARGEST_ID) & (b <= LARGEST_ID) & (recall(memory, hashes) < 0)
    new = np.flatnonzero(fits)
    new = new[np.argsort(hashes[new, 0])]
    low = hashes[new, 0]
    once = np.ones(len(low), np.bool_)
    once[1:] = low[1:] != low[:-1]
    new, low = new[once], low[once]
    learned = RowMemory(
        low=low,
        high=hashes[new, 1],
        a=a[new].astype(np.uint32),
        b=b[new].astype(np.uint32),
        names=None if names is None else names[new],
    )
    if not len(memory):
        return learned
    places = np.searchsorted(memory.low, low)
    return RowMemory(
        low=np.insert(memory.low, places, learned.low),
        high=np.insert(memory.high, places, learned.high),
        a=np.insert(memory.a, places, learned.a),
        b=np.insert(memory.b, places, learned.b),
        names=None if names is None and memory.names is None else np.insert(memory.named, places, learned.named),
    )


def works_on(memory: RowMemory, a: I64, b: I64, *, anyone_at: I64) -> Mask:
    """Return which rows of the memory work on one of the pairs (a, b), or on anyone at one of the places.

    a, b: pairs of ids, of one length. anyone_at: ids of places.
    """
    found = among(memory.b, anyone_at)
    near = np.flatnonzero(among(memory.a, a) & ~found)
    if len(near):
        pairs = (memory.a[near].astype(np.uint64) << np.uint64(32)) | memory.b[near]
        found[near] = np.isin(pairs, (a.astype(np.uint64) << np.uint64(32)) | b.astype(np.uint64))
    return found


def among(ids: U32, wanted: I64) -> Mask:
    """Return which of the ids are wanted."""
    if not len(wanted) or not len(ids):
        return np.zeros(len(ids), np.bool_)
    most = int(ids.max())
    if most > _TABLE:
        return np.isin(ids, wanted)
    table = np.zeros(most + 1, np.bool_)
    table[wanted[(wanted >= 0) & (wanted <= most)]] = True
    return table[ids]
