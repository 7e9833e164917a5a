"""Commands become a draft: what they ask for, what a snapshot leaves out, and what follows from both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from syncd.core.absences import Absence
from syncd.core.claims import Claim
from syncd.core.kinds import Kind
from syncd.engine.awaited import Undone
from syncd.engine.draft import Draft
from syncd.engine.ports import RosterView
from syncd.engine.presence import Presence, Said, Told, remove_absent
from syncd.engine.results import RowResults
from syncd.engine.work import Work
from syncd.formats.dialect import FileKind, Operation
from syncd.frames.absent import names_of, nothing
from syncd.frames.changes import ChangeSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a plan stands on: the roster, the installation's seed and key, Unix time.

    claim: as whom the run works. operation: what the files ask for as a whole. derive: enters what follows from what
    was planned. size: bytes of the files. tell: hears of progress: a step, how much of it is done, and of how much.
    undone: the runs of the same delivery that left something undone, to explain what is missing.
    """

    roster: RosterView
    claim: Claim
    operation: Operation
    derive: Callable[[Draft, int], None]
    seed: int
    secret: bytes
    now: int
    size: int = 0
    tell: Callable[[str, int, int], None] = lambda _step, _done, _total: None
    undone: Callable[[], Undone] = list


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The commands of one file, to be planned.

    name: of the file, where there are several. row: its row 0, as the rows of the batch are numbered.
    """

    kind: FileKind
    work: Work
    told: Told
    name: str = ""
    row: int = 0

    def unmade(self, results: RowResults) -> pl.DataFrame:
        """Return the names that the failed rows would have made."""
        failed, commands = results.failed(), self.work.commands
        unmade = commands.frame.filter(pl.col("row").is_in(failed.implode())) if len(failed) else commands.frame.clear()
        rows_of = [rows for rows in (commands.refused, unmade) if not rows.is_empty()]
        return pl.concat([names_of(self.kind.kind, rows, self.name) for rows in rows_of] or [nothing()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What became of planning commands: the draft, what each file says of which kinds, and the absent in numbers."""

    draft: Draft
    presences: tuple[tuple[Presence, ...], ...]
    absences: tuple[Absence, ...] = ()


def draw(tasks: Sequence[Task], basis: Basis, results: RowResults) -> Drawn:
    """Enter the commands of files into one draft: what they ask for, what snapshots leave out, and what follows."""
    draft = Draft(basis.roster, basis.claim, frozenset().union(*(task.work.commands.damaged for task in tasks)))
    presences = []
    for task in tasks:
        presences.append(_presences(task, basis, draft, results))
        if results.awaited and task is not tasks[-1]:
            results.awaited.own.append(task.unmade(results))
    if all(task.work.commands.frame.is_empty() for task in tasks) and not basis.operation.is_snapshot:
        return Drawn(draft=draft, presences=tuple(presences))
    said = [
        Said(presence=each, told=task.told, protected=task.work.options.protected_users, row=task.row)
        for task, of_file in zip(tasks, presences, strict=True)
        for each in of_file
    ]
    absences = remove_absent(said, draft, results)
    basis.derive(draft, basis.now)
    return Drawn(draft=draft, presences=tuple(presences), absences=absences)


def _presences(task: Task, basis: Basis, draft: Draft, results: RowResults) -> tuple[Presence, ...]:
    """Plan the commands of a file, and return what it says by leaving out."""
    if task.work.commands.frame.is_empty() and not basis.operation.is_snapshot:
        return ()
    return tuple(task.kind.plan(task.work, draft, results) or ())


def populations(roster: RosterView, changes: ChangeSet) -> dict[Kind, int]:
    """Return how many live records there are of each kind that changes."""
    held = roster.population()
    return {kind: held.get(kind, 0) for kind in changes.counts()}
