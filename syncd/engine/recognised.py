"""A table of which the header is read: what it is, and its rows as commands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa

from syncd import __version__
from syncd.core import zones
from syncd.core.claims import Claim
from syncd.core.findings import finding
from syncd.engine.reading import Reading
from syncd.engine.results import RowResults
from syncd.formats.columns import Commands, Flag, joined
from syncd.formats.dialect import CommandFile, Operation
from syncd.formats.reading import flags_of
from syncd.formats.reading import read as read_commands
from syncd.formats.turning import demand_harmless
from syncd.frames.findings import from_values
from syncd.frames.hands import hands
from syncd.frames.layout import Layout
from syncd.frames.parse import parse
from syncd.frames.records import blocks

RULES = 2
"""Number of the rules by which rows are understood; raised when they change, so that no old row counts as known."""

_PIECE = 125_000
"""Rows parsed and checked at a time."""

_HANDS = 2
"""Pieces that are parsed and checked side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file of which the header is read: what it is, how it is written, how it is to be understood."""

    command_file: CommandFile
    layout: Layout
    options: Any
    findings: pl.DataFrame

    @property
    def holds_secrets(self) -> bool:
        """Whether the file has a column for passwords."""
        columns = [self.command_file.column_of(name.strip().lower()) for name in self.layout.header]
        return any(column.rule_for(self.options).secret for column in columns if column)

    @property
    def remembers(self) -> bool:
        """Whether its rows are remembered one by one."""
        return self.command_file.watch is not None and self.command_file.remembers(self.options)

    def fingerprint(self, operation: Operation, claim: Claim) -> str:
        """Return what, beside its bytes, decides what a row means; rows are known only under the same."""
        parts = (
            __version__,
            RULES,
            zones.VERSION,
            self.command_file.dialect,
            self.command_file.object,
            self.layout.header,
            self.layout.encoding,
            self.layout.delimiter,
            self.layout.quoting,
            self.options,
            operation.name,
            claim,
        )
        return sha256(repr(parts).encode()).hexdigest()


def read_rows(
    file: Recognised,
    reading: Reading,
    results: RowResults,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Commands:
    """Parse the new records and read them as commands; what cannot be read is entered in the results."""
    pieces = list(_pieces(reading))
    commands = []
    with hands(_HANDS) as several:
        side_by_side = several.map if len(pieces) > 1 else map
        for piece, (parsed, read) in zip(
            pieces, side_by_side(partial(_read_piece, file, reading), pieces), strict=True
        ):
            results.add(parsed)
            results.add(read.findings)
            commands.append(read)
            tell(piece.stop, len(reading.raw))
    pa.default_memory_pool().release_unused()
    return joined(commands)


def about_flags(commands: Commands) -> pl.DataFrame:
    """Return a warning for each column of yes and no in which an empty value may mean no."""
    return from_values(finding("flag-unclear", column=flag.name) for flag in commands.unclear.values())


def flags_of_all(file: Recognised, source: BinaryIO, reading: Reading, flags: Mapping[str, Flag]) -> Mapping[str, Flag]:
    """Return what the columns of yes and no hold in all rows, given what they hold in the new ones.

    Known rows are looked at only until each column is seen to say no: then an empty value does not mean it.
    """
    whole, known = dict(flags), reading.known >= 0
    for block in blocks(source, file.layout) if flags and len(reading.rows) and known.any() else ():
        doubtful = [name for name, flag in whole.items() if not flag.no]
        if not doubtful:
            break
        numbers = np.arange(len(block.starts)) + block.first_row
        mask = known[numbers - 1]
        parsed = parse(block.raw().filter(mask), numbers[mask], block.lines[mask], file.layout, short=True)
        found = flags_of(file.command_file, parsed.table, file.options, parsed.traits)
        whole |= {name: whole[name].joined(found[name].condensed()) for name in doubtful}
    return whole


def _read_piece(file: Recognised, reading: Reading, piece: slice) -> tuple[pl.DataFrame, Commands]:
    """Return the findings of parsing some rows, and the rows as commands with theirs."""
    layout, cut = file.layout, _is_cut_off(reading, piece)
    short = file.command_file.short_rows and not cut
    parsed = parse(reading.raw[piece], reading.rows[piece], reading.lines[piece], layout, short=short, cut=cut)
    demand_harmless(file.command_file, parsed.table)
    return parsed.findings, read_commands(file.command_file, parsed.table, file.options, parsed.traits)


def _pieces(reading: Reading) -> Iterator[slice]:
    """Cut the new records into pieces; a last record without line end is a piece by itself."""
    count = len(reading.raw)
    whole = count - 1 if is_cut_off(reading) else count
    for start in range(0, max(whole, 1), _PIECE):
        yield slice(start, min(start + _PIECE, whole))
    if whole < count:
        yield slice(whole, count)


def is_cut_off(reading: Reading) -> bool:
    """Whether the last of the new records has no line end."""
    return _is_cut_off(reading, slice(len(reading.raw) - 1, len(reading.raw)))


def _is_cut_off(reading: Reading, piece: slice) -> bool:
    """Whether a piece is one record without line end: the file may have been cut there, so nothing may be missing."""
    if piece.stop - piece.start != 1 or piece.start < 0:
        return False
    return len(reading.raw[piece.start]) == int(reading.stops[piece.start] - reading.starts[piece.start])
