"""The first half of a run: from a file to a plan that is weighed. Nothing is changed and nothing written."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

import polars as pl

from syncd.core.claims import Claim
from syncd.core.errors import FileError, SyncdError, about_file
from syncd.core.findings import Finding, finding
from syncd.core.limits import weigh
from syncd.core.naming import original_name
from syncd.core.runs import Run, RunFile, RunState
from syncd.engine.awaited import Undone
from syncd.engine.delivered import Delivered, Table, plan_together
from syncd.engine.drawing import Basis
from syncd.engine.foresight import Waiting, foresee
from syncd.engine.planning import unchanged
from syncd.engine.ports import RosterView
from syncd.engine.recognised import Recognised
from syncd.engine.standing import Watch, still_standing
from syncd.engine.tally import Counts
from syncd.engine.undoing import plan_undo
from syncd.engine.world import Rooms, World
from syncd.formats.dialect import Dialect, FileKind, Operation
from syncd.frames.changes import grown
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.findings import from_values, none
from syncd.frames.plan import Plan, nothing_planned

STAMP = "%Y%m%d-%H%M%S"
"""The time in the names of artefacts."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """Plans files for runs."""

    world: World

    def kind_of(self, run: Run, room: Path) -> FileKind | None:
        """Return what the file of a run turns out to be; None for one that cannot be worked."""
        with suppress(FileError), room.open("rb") as source:
            return self.recognised(run, source).file_kind
        return None

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

    def begun(self, run: Run, rooms: Rooms) -> Run:
        """Return the run with the time at which its work began, and hash and size of each of its files."""
        now = self.world.clock.now()
        run = replace(run, started=now, stamp=run.stamp or now.strftime(STAMP))
        return run if run.sha256 or run.is_undo else run.with_files(list(map(_measured, run.files, rooms)))

    def plan(self, run: Run, rooms: Rooms, roster: RosterView, earlier: Undone | None = None) -> tuple[Run, Plan]:
        """Return the run with what was found out about its files, and the plan.

        earlier: runs of the same delivery with the names that they did not make, where these are not in the store.
        """
        if run.is_undo:
            return run, self._undo(run)
        files, wrong = self._looked_into(run, rooms)
        run = with_contents(run, files)
        if wrong:
            return self._failed(run, wrong)
        known = [file for file in files if file]
        try:
            operation, claim, remarks = self._asked(run, known[0])
            run = _identified(run, known, operation, claim)
            made = self._plan(run, known, rooms, self._basis(run, roster, operation, claim, earlier))
        except FileError as error:
            return self._failed(run, error.findings)
        return run, made.with_findings(remarks)

    def _failed(self, run: Run, why: Iterable[Finding]) -> tuple[Run, Plan]:
        """Return a run of which nothing can be worked, and a plan of nothing."""
        source_of = run.data_source or self.world.policy.data_source
        failed = replace(run, state=RunState.FAILED, data_source=source_of, finished=self.world.clock.now())
        return failed, Plan(findings=from_values(why), files=nothing_planned(len(run.files)))

    def _looked_into(self, run: Run, rooms: Rooms) -> tuple[list[Delivered | None], list[Finding]]:
        """Return what each file of a run is, None for one that cannot be worked; and why it cannot."""
        files: list[Delivered | None] = []
        wrong: list[Finding] = []
        for each, name, room in zip(run.files, _names(run), rooms, strict=True):
            try:
                with about_file(name), room.open("rb") as source:
                    files.append(self.recognised(run.alone(each), source))
            except FileError as error:
                files.append(None)
                wrong += error.findings
        return files, wrong

    def _plan(self, run: Run, files: Sequence[Delivered], rooms: Rooms, basis: Basis) -> Plan:
        if (foreseen := self._taken(run, basis.roster)) is not None:
            return foreseen
        watches = [each.file_kind.watch for each in files]
        if (same := self._same_files(run, watches, basis.operation, basis.roster)) is not None:
            return unchanged(same)
        # Files that are read alike share a row memory, which is loaded once.
        alike = {each.fingerprint: watch for each, watch in zip(run.files, watches, strict=True)}
        kept = {fingerprint: self._memory(fingerprint, watch, basis.roster) for fingerprint, watch in alike.items()}
        memories = [kept[each.fingerprint][0] for each in run.files]
        made = self._foreseen(run, files, memories, basis)
        made = made or plan_together(_names(run), files, rooms, memories, basis)
        planned = (
            replace(own, learned=own.learned or not kept[each.fingerprint][1])
            for own, each in zip(made.files, run.files, strict=True)
        )
        return replace(made, files=tuple(planned))

    def _asked(self, run: Run, file: Delivered) -> tuple[Operation, Claim, pl.DataFrame]:
        """Return what a file asks for as a whole and as whom it does, and what there is to say about it."""
        dialect = self.world.policy.recognition.dialects[file.dialect]
        operation, remarks = _operation(run, dialect)
        return operation, self.world.policy.claim_of(run, dialect), remarks

    def _basis(self, run: Run, roster: RosterView, operation: Operation, claim: Claim, earlier: Undone | None) -> Basis:
        world = self.world
        return Basis(
            roster=roster,
            claim=claim,
            operation=operation,
            derive=world.policy.recognition.derive,
            seed=world.store.installation()[1],
            secret=world.policy.secret,
            now=int((run.started or world.clock.now()).timestamp()),
            size=run.size,
            tell=partial(world.journal.progress, run),
            undone=cache(partial(self._undone, run, earlier)),
        )

    def _foreseen(
        self, run: Run, files: Sequence[Delivered], memories: Sequence[RowMemory], basis: Basis
    ) -> Plan | None:
        """Plan a file together with those that wait behind it, and return its part; None where it is to be alone."""
        (file, *others), memory = files, memories[0]
        may_look = basis.roster is self.world.store and isinstance(file, Table) and file.may_have_company(basis)
        if others or not may_look or not (ahead := self.world.foresight.ahead(run)):
            return None
        try:
            parts, memory = foresee(self._alike(run, ahead), memory, basis, run.roster_seq)
        except Exception:  # noqa: BLE001 - planned one by one, the file that is at fault fails, and no other
            parts = {}
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
        return _identified(with_contents(run, [file]), [file], operation, claim), file

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

    def _same_files(
        self, run: Run, watches: Sequence[Watch | None], operation: Operation, roster: RosterView
    ) -> Run | None:
        """Return an earlier run of the same bytes of which every row still stands."""
        store = self.world.store
        known = [watch for watch in watches if watch]
        if roster is not store or len(known) < len(watches) or not run.sha256:
            return None
        earlier = store.settled_run(run.sha256, run.fingerprint)
        if earlier is None or earlier.settled_seq is None:
            return None
        if (operation.is_snapshot or any(watch.everything for watch in known)) and store.seq() != earlier.settled_seq:
            return None
        if store.touched_kinds(earlier.settled_seq) & frozenset().union(*(watch.kinds() for watch in known)):
            return None
        return earlier

    def _memory(self, fingerprint: str, watch: Watch | None, roster: RosterView) -> tuple[RowMemory, str]:
        """Return the rows known to stand, and the token under which they are kept."""
        store = self.world.store
        kept = store.memory(fingerprint)
        if kept is None or watch is None:
            return empty_memory(), ""
        token, seq = kept
        if roster is not store:
            return empty_memory(), token
        memory = self.world.memories.load(fingerprint, token) or empty_memory()
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
        files = [replace(each, rows=own.rows) for each, own in zip(run.files, made.files, strict=True)]
        return replace(
            run.with_files(files),
            state=RunState.HELD if breaches else RunState.PLANNED,
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
    """Return what the files of a run ask for as a whole, and what there is to say about it.

    A tryback holds some rows of its file: whoever took it for a snapshot would let all the others go.

    Raises:
        FileError: the file is a tryback, and the dialect knows nothing but snapshots.
    """
    operation = dialect.operation(run.operation)
    if not operation.is_snapshot or all(original_name(each.file) == each.file for each in run.files):
        return operation, none()
    part = next((each for each in dialect.operations if not each.is_snapshot), None)
    if part is None:
        raise FileError(finding("tryback-whole", operation=operation.name))
    return part, from_values([finding("tryback-part", operation=operation.name, part=part.name)])


def with_contents(run: Run, files: Sequence[Delivered | None]) -> Run:
    """Return a run with what its files hold, and whether passwords; of a file that is None nothing is known."""
    known = [
        replace(each, object=file.object, holds_secrets=file.holds_secrets) if file else each
        for each, file in zip(run.files, files, strict=True)
    ]
    return run.with_files(known)


def _identified(run: Run, files: Sequence[Delivered], operation: Operation, claim: Claim) -> Run:
    """Return a run of which every file is known with what it asks for, as whom, and how each file is read."""
    run = replace(run, dialect=files[0].dialect, operation=operation.name, data_source=claim.data_source)
    both = zip(run.files, files, strict=True)
    return run.with_files([replace(each, fingerprint=file.fingerprint(operation, claim)) for each, file in both])


def _measured(file: RunFile, room: Path) -> RunFile:
    """Return the file with the hash and size of its bytes."""
    with room.open("rb") as source:
        return replace(file, sha256=file_digest(source, "sha256").hexdigest(), size=room.stat().st_size)


def _names(run: Run) -> list[str]:
    """Return the names of the files of a run for findings, which name a file only where there are several."""
    return [each.file if run.parts else "" for each in run.files]
