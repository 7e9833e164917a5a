"""The first half of a run: from a file to a plan that is weighed. Nothing is changed and nothing written."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import file_digest
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
from syncd.engine.delivered import Delivered, Table
from syncd.engine.drawing import Basis
from syncd.engine.foresight import Waiting, foresee
from syncd.engine.planning import Recognised, unchanged
from syncd.engine.ports import RosterView
from syncd.engine.standing import Watch, still_standing
from syncd.engine.tally import Counts
from syncd.engine.undoing import plan_undo
from syncd.engine.world import World
from syncd.formats.dialect import Dialect, Operation
from syncd.frames.changes import grown
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.findings import from_values, none
from syncd.frames.plan import Plan

STAMP = "%Y%m%d-%H%M%S"
"""The time in the names of artefacts."""

_FORESEEN = "foreseen"
"""Stands for the token of a row memory that is not looked at: rows that were planned with others are learned last."""


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

    def begun(self, run: Run, room: Path) -> Run:
        """Return the run with the time at which its work began, and the hash and size of its file."""
        now = self.world.clock.now()
        run = replace(run, started=now, stamp=run.stamp or now.strftime(STAMP))
        if run.sha256 or run.is_undo:
            return run
        with room.open("rb") as source:
            return replace(run, sha256=file_digest(source, "sha256").hexdigest(), size=room.stat().st_size)

    def plan(self, run: Run, room: Path, roster: RosterView, earlier: Undone | None = None) -> tuple[Run, Plan, str]:
        """Return the run with what was found out about its file, the plan, and the token of its row memory.

        earlier: runs of the same delivery with the names that they did not make, where these are not in the store.
        """
        if run.is_undo:
            return run, self._undo(run), ""
        try:
            with room.open("rb") as source:
                file = self.recognised(run, source)
                operation, claim, remarks = self._asked(run, file)
                run = _identified(run, file, operation, claim)
                if (foreseen := self._taken(run, roster)) is not None:
                    return run, foreseen, _FORESEEN
                if (same := self._same_file(run, file.file_kind.watch, operation, roster)) is not None:
                    return replace(run, holds_secrets=same.holds_secrets), unchanged(same), ""
                memory, token = self._memory(run, file.file_kind.watch, roster)
                basis = self._basis(run, roster, memory, operation, claim)
                basis = replace(basis, awaited=Awaited(partial(self._undone, run, earlier)))
                made = self._foreseen(run, file, basis) or file.plan(source, basis)
                return run, made if remarks.is_empty() else made.with_findings(remarks), token
        except FileError as error:
            source_of = run.data_source or self.world.policy.data_source
            failed = replace(run, state=RunState.FAILED, data_source=source_of, finished=self.world.clock.now())
            return failed, Plan(findings=from_values(error.findings)), ""

    def _asked(self, run: Run, file: Delivered) -> tuple[Operation, Claim, pl.DataFrame]:
        """Return what a file asks for as a whole and as whom it does, and what there is to say about it."""
        dialect = self.world.policy.recognition.dialects[file.dialect]
        operation, remarks = _operation(run, dialect)
        return operation, self.world.policy.claim_of(run, dialect), remarks

    def _basis(self, run: Run, roster: RosterView, memory: RowMemory, operation: Operation, claim: Claim) -> Basis:
        world = self.world
        return Basis(
            roster=roster,
            claim=claim,
            operation=operation,
            derive=world.policy.recognition.derive,
            memory=memory,
            seed=world.store.installation()[1],
            secret=world.policy.secret,
            now=int((run.started or world.clock.now()).timestamp()),
            size=run.size,
            tell=partial(world.journal.progress, run),
        )

    def _foreseen(self, run: Run, file: Delivered, basis: Basis) -> Plan | None:
        """Plan a file together with those that wait behind it, and return its part; None where it is to be alone."""
        may_look = basis.roster is self.world.store and isinstance(file, Table) and file.may_have_company(basis)
        if not may_look or not (ahead := self.world.foresight.ahead(run)):
            return None
        try:
            parts, memory = foresee(self._alike(run, ahead), basis, run.roster_seq)
        except Exception:  # noqa: BLE001 - planned one by one, the file that is at fault fails, and no other
            parts, memory = {}, basis.memory
        self.world.foresight.keep(parts, memory, basis.roster.population())
        return self._taken(run, basis.roster)

    def _taken(self, run: Run, roster: RosterView) -> Plan | None:
        """Return what was foreseen of a file."""
        return self.world.foresight.take(run) if roster is self.world.store else None

    def _alike(self, run: Run, ahead: Sequence[Waiting]) -> Iterator[tuple[Run, Recognised, Path]]:
        """Yield this file and those behind it, as long as they mean the same by the same rows."""
        for waiting, room in ahead:
            other, file = self._looked_at(waiting, room)
            if not isinstance(file, Table) or _kinship(other) != _kinship(run):
                return
            yield other, file.file, room

    def _looked_at(self, run: Run, room: Path) -> tuple[Run, Delivered | None]:
        """Return a run with what its file turns out to be; None for a file that cannot be worked."""
        try:
            with room.open("rb") as source:
                file = self.recognised(run, source)
            operation, claim, _ = self._asked(run, file)
        except FileError:
            return run, None
        return _identified(run, file, operation, claim), file

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
            after=grown(made.before, counts),
            plan_digest=made.digest(),
        )


def _kinship(run: Run) -> tuple[str, RunState, datetime, str]:
    """Return what files have in common that may be planned and carried out together."""
    return run.fingerprint, run.state, run.received, run.feed


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
        data_source=claim.data_source,
        fingerprint=file.fingerprint(operation, claim),
        holds_secrets=file.holds_secrets,
    )
