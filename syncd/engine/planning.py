"""From a file to a plan: read, check, resolve, plan. Nothing is changed here.

The order of steps is that of the design: records that
are known to stand are passed over; the rest is parsed, checked against the dialect's tables, and
planned against the roster.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from syncd import __version__
from syncd.core import zones
from syncd.core.claims import Claim
from syncd.core.findings import finding
from syncd.core.runs import Outcome, Run
from syncd.engine.drawing import Basis, Drawn, draw, populations
from syncd.engine.presence import Presence, Told
from syncd.engine.reading import Reading, about_lines, read, read_again, without_records
from syncd.engine.results import RowResults
from syncd.engine.standing import Watch, crossed, still_standing, touches_of
from syncd.engine.work import Work
from syncd.formats.columns import Commands, Flag, joined
from syncd.formats.dialect import CommandFile, FileKind, Operation
from syncd.formats.reading import flags_of
from syncd.formats.reading import read as read_commands
from syncd.formats.turning import demand_harmless
from syncd.frames.absent import names_of, nothing
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory, learn
from syncd.frames.findings import erroneous, from_values, gather
from syncd.frames.hands import hands
from syncd.frames.layout import Layout
from syncd.frames.lines import jumps
from syncd.frames.parse import parse
from syncd.frames.plan import Plan, Spans, count_rows
from syncd.frames.records import blocks

RULES = 2
"""Number of the rules by which rows are understood; raised when they change, so that no old row counts as known."""

_ROUNDS = 8
"""Times that a file is planned at most because known rows turn out to matter; the last time all rows are looked at."""

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


def plan(file: Recognised, source: BinaryIO, basis: Basis) -> Plan:
    """Make the plan of a file.

    Rows that work on the same person and place as a new one are looked at again even where
    they are known: their order in the file matters. That may bring in further ones, so it is repeated.
    """
    reading = read(source, file.layout, basis.memory, basis.seed, lambda done: basis.tell("reading", done, basis.size))
    if basis.operation.is_snapshot and (unnamed := _unnamed(reading, basis.memory)).any():
        reading = read_again(reading, source, file.layout, unnamed, basis.seed)
    for round_ in range(_ROUNDS):
        results = RowResults(_awaited=basis.awaited)
        commands = read_rows(file, reading, results, lambda done, total: basis.tell("checking", done, total))
        commands = replace(commands, flags=_flags_of_all(file, source, reading, commands.flags))
        results.add(about_flags(commands))
        basis.tell("planning", 0, 0)
        reading = without_records(reading)
        drawn = draw(file.command_file, work_of(file, commands, basis), basis, results, _told(reading, basis))
        absent = _absent(file, commands, results)
        everything, again = reading.known >= 0, crossed(basis.memory, reading.known, results.scopes())
        del commands
        if not again.any():
            break
        reading = read_again(reading, source, file.layout, again if round_ < _ROUNDS - 2 else everything, basis.seed)
    return replace(_close(file, reading, basis, results, drawn), absent=absent)


def work_of(file: Recognised, commands: Commands, basis: Basis) -> Work:
    """Return what the planner of a file is given."""
    return Work(commands=commands, operation=basis.operation, options=file.options, now=basis.now, secret=basis.secret)


def _unnamed(reading: Reading, memory: RowMemory) -> npt.NDArray[np.bool_]:
    """Return which known rows do not tell which record they name, as an operation that is no snapshot left them."""
    unnamed = reading.known >= 0
    unnamed[unnamed] = memory.named[reading.known[unnamed]] == 0
    return unnamed


def _told(reading: Reading, basis: Basis) -> Told:
    """Return what was read; which records the known rows name is looked up for snapshots only."""
    names = np.empty(0, np.uint64)
    if basis.operation.is_snapshot:
        names = basis.memory.named[reading.known[reading.known >= 0]]
    return Told(rows=pl.Series("row", reading.rows), known=names)


def _absent(file: Recognised, commands: Commands, results: RowResults) -> pl.DataFrame:
    """Return the names that the failed rows would have made."""
    kind, failed = file.command_file.kind, results.failed()
    unmade = commands.frame.filter(pl.col("row").is_in(failed.implode())) if len(failed) else commands.frame.clear()
    return pl.concat(
        [names_of(kind, rows) for rows in (commands.refused, unmade) if not rows.is_empty()] or [nothing()]
    )


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


def _flags_of_all(
    file: Recognised, source: BinaryIO, reading: Reading, flags: Mapping[str, Flag]
) -> Mapping[str, Flag]:
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


def _close(file: Recognised, reading: Reading, basis: Basis, results: RowResults, drawn: Drawn) -> Plan:
    changes = drawn.draft.changes()
    outcomes = results.outcomes(pl.Series(reading.rows), drawn.draft.effective(changes))
    known = int((reading.known >= 0).sum())
    remembered = results.remembered() if file.remembers else None
    memory, learned = None, False
    if remembered is not None:
        named = drawn.presences[0] if len(drawn.presences) == 1 else None
        memory, learned = remember(file, basis.memory, remembered, reading, changes, named)
    complete = remembered is not None and len(remembered) == len(reading.rows) and not len(erroneous(file.findings))
    return Plan(
        changes=changes,
        actions=results.actions(),
        findings=gather([about_lines(reading, file.layout), file.findings, results.findings()]),
        rows=count_rows(outcomes, known),
        spans=_spans(reading, outcomes),
        before=populations(basis.roster, changes),
        memory=memory,
        learned=learned,
        jumps=jumps(reading.rows, reading.lines),
        absences=drawn.absences,
        complete=complete or stands_whole(file.command_file, outcomes),
    )


def stands_whole(file_kind: FileKind, outcomes: pl.DataFrame) -> bool:
    """Return whether every row stands of a file whose rows are not remembered one by one."""
    good = outcomes.get_column("outcome").is_in([Outcome.APPLIED.value, Outcome.UNCHANGED.value])
    return file_kind.watch is not None and file_kind.watch.everything and bool(good.all())


def remember(
    file: Recognised,
    memory: RowMemory,
    rows: pl.DataFrame,
    reading: Reading,
    changes: ChangeSet,
    presence: Presence | None = None,
) -> tuple[RowMemory, bool]:
    """Return the memory with the rows that will stand, and whether it is another one.

    What this run changes makes earlier rows cease to stand, as what any other run changes does. rows: row, a, b of
    those to remember.
    """
    watch = file.command_file.watch or Watch()
    places = np.searchsorted(reading.rows, rows.get_column("row").to_numpy())
    standing = still_standing(memory, touches_of(changes), watch)
    a, b = (rows.get_column(name).to_numpy() for name in ("a", "b"))
    names = presence.names(rows.get_column("row")) if presence else None
    learned = learn(standing, reading.hashes[places], a, b, names)
    return learned, not len(memory) == len(standing) == len(learned)


def to_mend(outcomes: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows go to the tryback."""
    return outcomes.get_column("outcome").is_in([Outcome.FAILED.value, Outcome.PARTIAL.value]).to_numpy()


def _spans(reading: Reading, outcomes: pl.DataFrame) -> Spans:
    mend = to_mend(outcomes)
    return reading.starts[mend], reading.stops[mend]


def unchanged(earlier: Run) -> Plan:
    """Return the plan of a file of which every row is known to stand, as the same bytes did in an earlier run."""
    rows = replace(earlier.rows, applied=0, unchanged=earlier.rows.total)
    return Plan(rows=rows, complete=True)
