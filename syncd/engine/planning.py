"""From a file to a plan: read, check, resolve, plan. Nothing is changed here.

Records that are known to stand are passed over; the rest is parsed, checked against the dialect's tables, and planned
against the roster.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from syncd.core.errors import about_file
from syncd.core.runs import Outcome, RowCounts, Run, starts_of
from syncd.engine.awaited import Awaited
from syncd.engine.drawing import Basis, Drawn, Task, draw, populations
from syncd.engine.presence import Presence, Told
from syncd.engine.reading import Reading, about_lines, read, read_again, without_records
from syncd.engine.recognised import Recognised, about_flags, flags_of_all, read_rows
from syncd.engine.results import RowResults
from syncd.engine.standing import Watch, crossed, fallen, still_standing, touches_of
from syncd.engine.work import Work
from syncd.formats.columns import Commands
from syncd.formats.dialect import FileKind
from syncd.frames.difference import U64, RowMemory, learn
from syncd.frames.findings import erroneous, gather, in_files, numbered_from
from syncd.frames.lines import jumps
from syncd.frames.plan import FilePlan, Plan, Spans, count_rows

_ROUNDS = 8
"""Times that a file is planned at most because known rows turn out to matter; the last time all rows are looked at."""


@dataclass(slots=True)
class Member:
    """A file of a batch that was read, with the rows of it that are known to stand.

    name: of the file. room: where its bytes are; they are opened when they are needed, as a batch may have more files
    than a process may have open. start: its row 0, as the rows of the batch are numbered.
    """

    name: str
    file: Recognised
    room: Path
    memory: RowMemory
    reading: Reading
    start: int = 0

    @classmethod
    def opened(
        cls, name: str, file: Recognised, room: Path, memory: RowMemory, basis: Basis, before: int = 0
    ) -> "Member":
        """Read a file. before: bytes of the files that were read before it."""
        with about_file(name), room.open("rb") as source:
            reading = read(
                source, file.layout, memory, basis.seed, lambda done: basis.tell("reading", before + done, basis.size)
            )
        member = cls(name=name, file=file, room=room, memory=memory, reading=reading)
        if basis.operation.is_snapshot and (unnamed := _unnamed(reading, memory)).any():
            member.look_again(unnamed, basis)
        return member

    @property
    def numbered(self) -> Reading:
        """What was read, its rows as those of the batch are numbered."""
        return replace(self.reading, rows=self.reading.rows + self.start) if self.start else self.reading

    def task(self, basis: Basis, results: RowResults) -> Task:
        """Read the rows that are not known to stand as commands."""
        with about_file(self.name), self.room.open("rb") as source:
            commands = read_rows(self.file, self.numbered, results, partial(basis.tell, "checking"))
            commands = replace(commands, flags=flags_of_all(self.file, source, self.reading, commands.flags))
        results.add(numbered_from(about_flags(commands), self.start))
        self.reading = without_records(self.reading)
        return Task(
            kind=self.file.command_file,
            work=work_of(self.file, commands, basis),
            told=Told(rows=pl.Series("row", self.numbered.rows), known=_known_names(self.reading, self.memory, basis)),
            name=self.name,
            row=self.start,
        )

    def look_again(self, rows: npt.NDArray[np.bool_], basis: Basis) -> None:
        """Take some of the known rows for new ones, or none; read the records of all new ones again."""
        with self.room.open("rb") as source:
            self.reading = read_again(self.reading, source, self.file.layout, rows, basis.seed)

    def remarks(self) -> list[pl.DataFrame]:
        """Return what there is to say of lines and header."""
        found = [about_lines(self.reading, self.file.layout), self.file.findings]
        return [numbered_from(each, self.start) for each in found]


def plan(members: Sequence[Member], basis: Basis) -> Plan:
    """Make the plan of the files of a batch.

    Rows that work on the same person and place as a new one are looked at again even where
    they are known: their order in the file matters. So are those that stand no longer once another file of the batch
    is carried out. That may bring in further ones, so it is repeated.
    """
    starts = starts_of([member.reading.total for member in members])
    for member, start in zip(members, starts, strict=True):
        member.start = start
    for round_ in range(_ROUNDS):
        results = RowResults(awaited=Awaited(basis.undone))
        tasks = [member.task(basis, results) for member in members]
        basis.tell("planning", 0, 0)
        drawn = draw(tasks, basis, results)
        absent = pl.concat(task.unmade(results) for task in tasks)
        del tasks
        again = _doubtful(members, results, drawn)
        if not any(rows.any() for rows in again):
            break
        for member, rows in zip(members, again, strict=True):
            member.look_again(rows if round_ < _ROUNDS - 2 else member.reading.known >= 0, basis)
    return replace(_close(members, basis, results, drawn), absent=absent)


def _doubtful(members: Sequence[Member], results: RowResults, drawn: Drawn) -> list[npt.NDArray[np.bool_]]:
    """Return, for each file, which known rows are to be looked at again."""
    scopes = results.scopes()
    again = [crossed(member.memory, member.reading.known, scopes) for member in members]
    if len(members) > 1 and any((member.reading.known >= 0).any() for member in members):
        touches = touches_of(drawn.draft.changes())
        lost: dict[int, npt.NDArray[np.bool_]] = {}
        for member, rows in zip(members, again, strict=True):
            known, memory = member.reading.known >= 0, member.memory
            if id(memory) not in lost:
                lost[id(memory)] = fallen(memory, touches, watch_of(member.file))
            rows[known] |= lost[id(memory)][member.reading.known[known]]
    return again


def work_of(file: Recognised, commands: Commands, basis: Basis) -> Work:
    """Return what the planner of a file is given."""
    return Work(commands=commands, operation=basis.operation, options=file.options, now=basis.now, secret=basis.secret)


def _unnamed(reading: Reading, memory: RowMemory) -> npt.NDArray[np.bool_]:
    """Return which known rows do not tell which record they name, as an operation that is no snapshot left them."""
    unnamed = reading.known >= 0
    unnamed[unnamed] = memory.named[reading.known[unnamed]] == 0
    return unnamed


def _known_names(reading: Reading, memory: RowMemory, basis: Basis) -> U64:
    """Return which records the known rows name; that is looked up for snapshots only."""
    return memory.named[reading.known[reading.known >= 0]] if basis.operation.is_snapshot else np.empty(0, np.uint64)


def _close(members: Sequence[Member], basis: Basis, results: RowResults, drawn: Drawn) -> Plan:
    changes = drawn.draft.changes()
    effective, touches = drawn.draft.effective(changes), touches_of(changes)
    readings, starts = [member.numbered for member in members], [member.start for member in members]
    looked_at = np.concatenate([reading.rows for reading in readings])
    outcomes = by_file(results.outcomes(pl.Series(looked_at), effective), starts)
    remembered = by_file(results.remembered(), starts)
    files: list[FilePlan] = []
    memories: dict[str, RowMemory] = {}
    complete = True
    for place, (member, reading, presences) in enumerate(zip(members, readings, drawn.presences, strict=True)):
        file, own, rows = member.file, outcomes[place], remembered[place]
        planned = FilePlan(rows=count_rows(own, int((reading.known >= 0).sum())), spans=_spans(reading, own))
        is_known = False
        if file.remembers:
            key = file.fingerprint(basis.operation, basis.claim)
            if key not in memories:
                memories[key] = still_standing(member.memory, touches, watch_of(file))
            standing = memories[key]
            memories[key] = remember(reading, standing, rows, presences[0] if len(presences) == 1 else None)
            learned = not len(member.memory) == len(standing) == len(memories[key])
            planned = replace(planned, memory=memories[key], learned=learned)
            is_known = len(rows) == len(reading.rows) and not len(erroneous(file.findings))
        files.append(planned)
        complete &= is_known or stands_whole(file.command_file, own)
    remarks = gather([*(each for member in members for each in member.remarks()), results.findings()])
    return Plan(
        changes=changes,
        actions=results.actions(),
        findings=in_files(remarks, [member.name for member in members], starts),
        files=tuple(files),
        before=populations(basis.roster, changes),
        jumps=jumps(looked_at, np.concatenate([reading.lines for reading in readings])),
        absences=drawn.absences,
        complete=complete,
    )


def by_file(frame: pl.DataFrame, starts: Sequence[int]) -> list[pl.DataFrame]:
    """Return the rows of each file, of a frame whose rows are numbered through. starts: the row 0 of each."""
    if len(starts) == 1:
        return [frame]
    in_order = frame.sort("row")
    ends = [*np.searchsorted(in_order.get_column("row").to_numpy(), starts[1:]).tolist(), len(frame)]
    return [in_order.slice(begin, end - begin) for begin, end in pairwise([0, *ends])]


def stands_whole(file_kind: FileKind, outcomes: pl.DataFrame) -> bool:
    """Return whether every row stands of a file whose rows are not remembered one by one."""
    good = outcomes.get_column("outcome").is_in([Outcome.APPLIED.value, Outcome.UNCHANGED.value])
    return file_kind.watch is not None and file_kind.watch.everything and bool(good.all())


def watch_of(file: Recognised) -> Watch:
    """Return what the rows of a file depend on."""
    return file.command_file.watch or Watch()


def remember(reading: Reading, standing: RowMemory, rows: pl.DataFrame, presence: Presence | None = None) -> RowMemory:
    """Return the memory with the rows of a file that will stand.

    standing: the earlier rows that stand once the run is applied: what it changes makes earlier rows cease to stand, as
    what any other run changes does. rows: row, a, b of those to remember.
    """
    places = np.searchsorted(reading.rows, rows.get_column("row").to_numpy())
    a, b = (rows.get_column(name).to_numpy() for name in ("a", "b"))
    return learn(standing, reading.hashes[places], a, b, presence.names(rows.get_column("row")) if presence else None)


def to_mend(outcomes: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows go to the tryback."""
    return outcomes.get_column("outcome").is_in([Outcome.FAILED.value, Outcome.PARTIAL.value]).to_numpy()


def _spans(reading: Reading, outcomes: pl.DataFrame) -> Spans:
    mend = to_mend(outcomes)
    return reading.starts[mend], reading.stops[mend]


def unchanged(earlier: Run) -> Plan:
    """Return the plan of files of which every row is known to stand, as the same bytes did in an earlier run."""
    totals = [each.rows.total for each in earlier.files]
    return Plan(files=tuple(FilePlan(rows=RowCounts(unchanged=total)) for total in totals), complete=True)
