"""Commands become a draft: what they ask for, what a snapshot leaves out, and what follows from both."""

from collections.abc import Callable
from dataclasses import dataclass

from syncd.core.absences import Absence
from syncd.core.claims import Claim
from syncd.core.kinds import Kind
from syncd.engine.awaited import Awaited
from syncd.engine.draft import Draft
from syncd.engine.ports import RosterView
from syncd.engine.presence import Presence, Told, remove_absent
from syncd.engine.results import RowResults
from syncd.engine.work import Work
from syncd.formats.dialect import FileKind, Operation
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a plan stands on: the roster, the rows known to stand, the installation's seed and key, Unix time.

    claim: as whom the run works. operation: what the file asks for as a whole. derive: enters what follows from what
    was planned. size: bytes of the file. tell: hears of progress: a step, how much of it is done, and of how much.
    awaited: explains what is missing by what other files of the delivery failed to make.
    """

    roster: RosterView
    claim: Claim
    operation: Operation
    derive: Callable[[Draft, int], None]
    memory: RowMemory
    seed: int
    secret: bytes
    now: int
    size: int = 0
    tell: Callable[[str, int, int], None] = lambda _step, _done, _total: None
    awaited: Awaited | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What became of planning commands: the draft, and what a snapshot says of which kinds, in numbers too."""

    draft: Draft
    presences: tuple[Presence, ...] = ()
    absences: tuple[Absence, ...] = ()


def draw(kind: FileKind, work: Work, basis: Basis, results: RowResults, told: Told) -> Drawn:
    """Enter the commands of a file into a draft: what they ask for, what a snapshot leaves out, and what follows."""
    draft = Draft(basis.roster, basis.claim, work.commands.damaged)
    if work.commands.frame.is_empty() and not basis.operation.is_snapshot:
        return Drawn(draft=draft)
    presences = tuple(kind.plan(work, draft, results) or ())
    absences = [remove_absent(each, told, work.options.protected_users, draft, results) for each in presences]
    basis.derive(draft, basis.now)
    return Drawn(draft=draft, presences=presences, absences=tuple(each for each in absences if each))


def populations(roster: RosterView, changes: ChangeSet) -> dict[Kind, int]:
    """Return how many live records there are of each kind that changes."""
    held = roster.population()
    return {kind: held.get(kind, 0) for kind in changes.counts()}
