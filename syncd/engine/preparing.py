"""The first half of a run: from a file to a plan that is weighed. Nothing is changed and nothing written."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from syncd.core.claims import Claim
from syncd.core.errors import FileError, SyncdError
from syncd.core.findings import finding
from syncd.core.limits import weigh
from syncd.core.naming import original_name
from syncd.core.order import Stage
from syncd.core.runs import Run, RunState
from syncd.engine.awaited import Awaited, Undone
from syncd.engine.delivered import Delivered
from syncd.engine.planning import Basis, unchanged
from syncd.engine.ports import RosterView
from syncd.engine.standing import Watch, still_standing
from syncd.engine.tally import Counts
from syncd.engine.undoing import plan_undo
from syncd.engine.world import World
from syncd.formats.dialect import Dialect, Operation
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.findings import from_values, gather, none
from syncd.frames.plan import Plan


@dataclass(frozen=True, slots=True)
class Preparation:
    """Plans files for runs."""

    world: World

    def stage_of(self, run: Run, room: Path) -> Stage:
        """Return by what a file turns out to be its place among the files of a pass."""
        with suppress(FileError), room.open("rb") as source:
            return self.recognised(run, source).file_kind.stage
        return Stage.UNKNOWN

    def recognised(self, run: Run, source: BinaryIO) -> Delivered:
        """Return what a file is. It is found out once; what runs of this process are found to be is kept to their end.

        Raises:
            FileError: nothing fits, several dialects claim it, or its header lacks what it needs.
        """
        kept = self.world.recognised
        found = kept.get(run.work) or self.world.policy.recognition.of(run, source)
        if run.work:
            kept[run.work] = found
        return found

    def plan(self, run: Run, room: Path, roster: RosterView, earlier: Undone | None = None) -> tuple[Run, Plan, str]:
        """Return the run with what was found out about its file, the plan, and the token of its row memory.

        earlier: runs of the same delivery with the names that they did not make, where these are not in the store.
        """
        if run.is_undo:
            return run, self._undo(run), ""
        world, policy = self.world, self.world.policy
        run = replace(run, data_source=run.data_source or policy.data_source)
        try:
            with room.open("rb") as source:
                file = self.recognised(run, source)
                dialect = policy.recognition.dialects[file.dialect]
                operation, remarks = _operation(run, dialect)
                claim = policy.claim_of(run, dialect)
                run = _identified(run, file, operation, claim)
                if (same := self._same_file(run, file.file_kind.watch, operation, roster)) is not None:
                    return replace(run, holds_secrets=same.holds_secrets), unchanged(same), ""
                memory, token = self._memory(run, file.file_kind.watch, roster)
                installation = world.store.installation()
                started = run.started or world.clock.now()
                basis = Basis(
                    roster=roster,
                    claim=claim,
                    operation=operation,
                    derive=policy.recognition.derive,
                    memory=memory,
                    seed=installation[1],
                    secret=policy.secret,
                    now=int(started.timestamp()),
                    size=run.size,
                    tell=partial(world.journal.progress, run),
                    awaited=Awaited(partial(self._undone, run, earlier)),
                )
                made = file.plan(source, basis)
                return run, replace(made, findings=gather([remarks, made.findings])), token
        except FileError as error:
            failed = replace(run, state=RunState.FAILED, finished=world.clock.now())
            return failed, Plan(findings=from_values(error.findings)), ""

    def _undo(self, run: Run) -> Plan:
        """Return the plan that takes back what the parent of a run did; it has no file."""
        undone = self.world.store.run(run.parent or 0)
        if undone is None:
            raise SyncdError(f"there is no run {run.parent} to undo")
        started = run.started or self.world.clock.now()
        return plan_undo(undone, self.world.store, self.world.policy.recognition, int(started.timestamp()))

    def _undone(self, run: Run, earlier: Undone | None) -> Undone:
        """Return the runs of the same delivery that left something undone, each with the names that it would make."""
        if earlier is not None:
            return earlier
        return [(other, self.world.plans.absent(other)) for other in self.world.store.undone_of_delivery(run)]

    def _same_file(self, run: Run, watch: Watch | None, operation: Operation, roster: RosterView) -> Run | None:
        """Return an earlier run of the same bytes of which every row still stands."""
        store = self.world.store
        if roster is not store or watch is None or not run.sha256:
            return None
        earlier = store.settled_run(run.sha256, run.fingerprint)
        if earlier is None or earlier.settled_seq is None:
            return None
        if (watch.everything or operation.is_snapshot) and store.seq() != earlier.settled_seq:
            return None
        if store.touched_kinds(earlier.settled_seq) & watch.kinds():
            return None
        return earlier

    def _memory(self, run: Run, watch: Watch | None, roster: RosterView) -> tuple[RowMemory, str]:
        """Return the rows known to stand, and the token under which they are kept."""
        store = self.world.store
        kept = store.memory(run.fingerprint)
        if kept is None or watch is None:
            return empty_memory(), ""
        token, seq = kept
        if roster is not store:
            return empty_memory(), token
        memory = self.world.memories.load(run.fingerprint, token) or empty_memory()
        if store.touched_kinds(seq) & watch.kinds():
            memory = still_standing(memory, store.touches(seq), watch)
        return memory, token

    def weighed(self, run: Run, made: Plan, earlier: Counts) -> Run:
        """Return the run with the counts of its plan, planned or held; earlier: what its delivery changed so far."""
        if run.state is RunState.FAILED:
            return run
        counts = made.changes.counts()
        population = self.world.store.population() if not made.before else made.before
        breaches = weigh(counts, population, self.world.policy.limits_of(run.feed), earlier, made.absences)
        return replace(
            run,
            state=RunState.HELD if breaches else RunState.PLANNED,
            rows=made.rows,
            changes=counts,
            breaches=breaches,
            before=made.before,
            after=made.changes.population_after(made.before),
            plan_digest=made.digest(),
        )


def _operation(run: Run, dialect: Dialect) -> tuple[Operation, pl.DataFrame]:
    """Return what a file asks for as a whole, and what there is to say about it.

    A tryback holds some rows of its file: whoever took it for a snapshot would let all the others go.

    Raises:
        FileError: the file is a tryback, and the dialect knows nothing but snapshots.
    """
    operation = dialect.operation(run.operation)
    if not operation.is_snapshot or original_name(run.file) == run.file:
        return operation, none()
    part = next((each for each in dialect.operations if not each.is_snapshot), None)
    if part is None:
        raise FileError(finding("tryback-whole", operation=operation.name))
    return part, from_values([finding("tryback-part", operation=operation.name, part=part.name)])


def _identified(run: Run, file: Delivered, operation: Operation, claim: Claim) -> Run:
    return replace(
        run,
        dialect=file.dialect,
        object=file.object,
        operation=operation.name,
        fingerprint=file.fingerprint(operation, claim),
        holds_secrets=file.holds_secrets,
    )
