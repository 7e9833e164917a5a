"""Read a file against what is remembered of it: only records that are not known to stand are kept."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from syncd.core.findings import finding
from syncd.frames.difference import RowMemory, recall
from syncd.frames.fillers import Filler
from syncd.frames.findings import from_values
from syncd.frames.hands import hands
from syncd.frames.hashes import record_hashes
from syncd.frames.layout import Layout
from syncd.frames.records import Block, blocks

I64 = npt.NDArray[np.int64]

_FEW = 10_000
"""Rows from which a second thread is worth its start."""

_AHEAD = 2
"""Blocks that may wait for their hashes to be looked up while the next one is cut into records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file, read. The columns from `rows` to `hashes` have one entry for each new record, in file order.

    total: data rows of the file. skipped: records of each kind that are no rows. known: for every row of the file its
    place in the memory, or -1 where it is new. rows: ordinals from 1. lines: physical lines. starts, stops: offsets in
    the file of the first byte and past the line end. raw: the record bytes. hashes: n × 2 (low, high).
    """

    total: int
    skipped: Mapping[Filler, int]
    known: npt.NDArray[np.int32]
    rows: I64
    lines: I64
    starts: I64
    stops: I64
    hashes: npt.NDArray[np.uint64]
    raw: pl.Series


def read(
    source: BinaryIO, layout: Layout, memory: RowMemory, seed: int, tell: Callable[[int], None] = lambda _: None
) -> Reading:
    """Read a file from its first record to its end, in bounded blocks; `tell` hears how many bytes are read."""
    looking: deque[Future[Reading]] = deque()
    parts = []
    with hands(1) as second:
        for block in blocks(source, layout):
            if len(block.starts) < _FEW and not looking:
                parts.append(_look_up(block, memory, seed))
            else:
                looking.append(second.submit(_look_up, block, memory, seed))
            tell(block.offset + len(block.data))
            if len(looking) > _AHEAD:
                parts.append(looking.popleft().result())
        parts += [each.result() for each in looking]
    return joined(parts) if parts else _nothing()


def read_again(reading: Reading, source: BinaryIO, layout: Layout, again: npt.NDArray[np.bool_], seed: int) -> Reading:
    """Return the reading with some known rows counted as new.

    again: one flag for every row of the file. Needed where a new row works on the same person and place
    as a known one: then their order in the file matters.
    """
    new = again | (reading.known < 0)
    parts = []
    for block in blocks(source, layout):
        mask = new[block.first_row - 1 : block.first_row - 1 + len(block.starts)]
        known = np.where(mask, -1, reading.known[block.first_row - 1 : block.first_row - 1 + len(block.starts)])
        parts.append(_part(block, mask, record_hashes(block.raw(), seed), known.astype(np.int32)))
    return joined(parts)


def without_records(reading: Reading) -> Reading:
    """Return the reading without the records' bytes, which take most of its memory, once they are parsed."""
    return replace(reading, raw=reading.raw.clear())


def about_lines(reading: Reading, layout: Layout) -> pl.DataFrame:
    """Return findings about lines and columns that are left out."""
    found, unnamed = [], layout.unnamed
    if reading.skipped:
        *most, last = (_counted(count, kind.value) for kind, count in sorted(reading.skipped.items()))
        what = f"{', '.join(most)} and {last}" if most else last
        verb = "was" if sum(reading.skipped.values()) == 1 else "were"
        found.append(finding("lines-skipped", what=f"{what} {verb}"))
    if unnamed:
        verb = "was" if unnamed == 1 else "were"
        found.append(finding("header-unnamed", what=_counted(unnamed, "column"), verb=verb))
    return from_values(found)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _look_up(block: Block, memory: RowMemory, seed: int) -> Reading:
    hashes = record_hashes(block.raw(), seed)
    known = recall(memory, hashes)
    return _part(block, known < 0, hashes, known.astype(np.int32))


def _part(
    block: Block, mask: npt.NDArray[np.bool_], hashes: npt.NDArray[np.uint64], known: npt.NDArray[np.int32]
) -> Reading:
    picked = np.flatnonzero(mask)
    raw = block.raw()
    if len(picked) < len(raw):
        raw = _compact(raw.gather(picked))
    return Reading(
        total=len(block.starts),
        skipped=block.skipped,
        known=known,
        rows=block.first_row + picked,
        lines=block.lines[picked],
        starts=block.offset + block.starts[picked],
        stops=block.offset + block.stops[picked],
        hashes=hashes[picked],
        raw=raw,
    )


def _compact(raw: pl.Series) -> pl.Series:
    """Return the records in memory of their own: a few changed rows must not keep the whole file in memory."""
    return pl.Series(raw.name, raw.to_arrow().cast(pa.large_binary()))


def joined(parts: list[Reading]) -> Reading:
    """Return consecutive parts of a file as one."""
    return Reading(
        total=sum(part.total for part in parts),
        skipped=sum((Counter(part.skipped) for part in parts), Counter[Filler]()),
        known=np.concatenate([part.known for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
        lines=np.concatenate([part.lines for part in parts]),
        starts=np.concatenate([part.starts for part in parts]),
        stops=np.concatenate([part.stops for part in parts]),
        hashes=np.concatenate([part.hashes for part in parts]),
        raw=pl.concat([part.raw for part in parts], rechunk=False),
    )


def _nothing() -> Reading:
    none = np.empty(0, np.int64)
    return Reading(
        total=0,
        skipped={},
        known=np.empty(0, np.int32),
        rows=none,
        lines=none,
        starts=none,
        stops=none,
        hashes=np.empty((0, 2), np.uint64),
        raw=pl.Series("raw", [], dtype=pl.Binary),
    )
