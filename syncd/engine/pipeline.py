"""The story of a run, from its workroom to its archive, so that a crash at any point changes nothing.

Every step is durable before the next begins, and can be done again with the same result:

    received   the run is stored; its file is in the workroom
    planned    the plan is on the disk, then the run says so; over a limit it is held instead
    contents   what belongs to records and is no column, such as pictures, is on the disk
    applied    roster, changes and run in one transaction
    written    report, tryback, letter, archive, under names that were stored before
    completed  the run is over; then its workroom goes
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from syncd.core.audit import Entry
from syncd.core.errors import RosterMoved
from syncd.core.findings import finding
from syncd.core.runs import RowCounts, Run, RunFile, RunState
from syncd.engine.awaited import Undone
from syncd.engine.convoy import go_together
from syncd.engine.giving_up import why_given_up
from syncd.engine.ports import RosterView
from syncd.engine.preparing import STAMP, Preparation, with_contents
from syncd.engine.renewing import renewal
from syncd.engine.tally import total
from syncd.engine.world import Ready, Rooms, World
from syncd.frames.findings import from_values
from syncd.frames.hands import hands
from syncd.frames.plan import FilePlan, Plan, nothing_planned

_DAMAGED = "the one that was shown can no longer be read"
_FEW = 10_000
"""Changes up to which a run goes from received to applied in one step."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Takes runs through their steps."""

    world: World

    @property
    def preparation(self) -> Preparation:
        """The half of the story that changes nothing: from a file to a plan that is weighed."""
        return Preparation(self.world)

    def proceed(self, run: Run, rooms: Rooms) -> Run:
        """Take a run as far as it goes, from wherever it stands.

        rooms: the bytes of its files; they may be gone once the archives are written.

        Raises:
            PassingError: something outside failed (a full disk, a busy database); the run stands where
                it stood and can be taken up again.
        """
        if (carried := self.world.carried.pop(run.work, None)) is not None:
            done = carried.run
            return done if done.state.is_final else self._write_down(done, rooms, carried.plan)
        if run.state is RunState.RECEIVED:
            return self._plan(run, rooms)
        if run.state in (RunState.PLANNED, RunState.APPLYING):
            made = self.world.plans.load(run)
            if made.digest() != run.plan_digest:
                return self._plan(replace(run, state=RunState.RECEIVED), rooms)
            return self._carry_out(Ready(run=run, rooms=rooms, plan=made))
        if run.state is RunState.PUSHING:
            return self._write_down(run, rooms)
        if run.state is RunState.HELD:
            self.world.artefacts.write_reports([(run, self.world.plans.load(run).findings)])
        elif any(room.exists() for room in rooms):
            return self._finish(run, rooms, self.world.plans.load(run))
        return run

    def give_up(self, run: Run, rooms: Rooms, error: Exception) -> Run:
        """End a run that syncd itself cannot work: nothing is changed, its files are archived, the report says why."""
        current = self.world.store.run(run.id) or run
        if current.state not in (RunState.RECEIVED, RunState.PLANNED, RunState.APPLYING):
            raise error
        now = self.world.clock.now()
        current = replace(
            current,
            state=RunState.FAILED,
            started=current.started or now,
            finished=now,
            stamp=current.stamp or now.strftime(STAMP),
            changes={},
        ).with_each(tryback="", rows=RowCounts())
        current = with_contents(current, [self.world.recognised.get(each.work) for each in current.files])
        why = from_values([why_given_up(error, rooms)])
        return self._store_plan(current, rooms, Plan(findings=why, files=nothing_planned(len(rooms))))

    def plan_only(self, run: Run, rooms: Rooms, roster: RosterView, earlier: Undone | None = None) -> tuple[Run, Plan]:
        """Plan and weigh without leaving a trace; for a dry run. A file that cannot be worked gives a failed run.

        earlier: the runs of the delivery so far, each with the names that it did not make.
        """
        run = replace(run, started=self.world.clock.now(), roster_seq=self.world.store.seq())
        run, made = self.preparation.plan(run, rooms, roster, earlier)
        run = self.preparation.weighed(run, made, total(done for done, _ in earlier or () if not done.breaches))
        return replace(run, finished=self.world.clock.now()), made

    def approve(self, run: Run, rooms: Rooms, entry: Entry | None = None) -> Run:
        """Carry out the plan of a held run; where the roster has moved since, plan again and hold again.

        The plan that a person saw is the plan that is applied, or none: also one that is damaged, or that
        an older version made for other tables, is made again. entry: of the audit, stored with the decision.
        """
        run = self._named_anew(run)
        moved = run.roster_seq != self.world.store.seq()
        if moved or self.world.plans.load(run).digest() != run.plan_digest:
            self.world.store.save_run(run, entry)
            return self._plan_again(run, rooms)
        run = replace(run, state=RunState.PLANNED)
        self.world.store.save_run(run, entry)
        return self.proceed(run, rooms)

    def reject(self, run: Run, rooms: Rooms, entry: Entry | None = None) -> Run:
        """End a held run: nothing is changed, its files go to the archives.

        entry: of the audit, stored with the decision. That of an undo comes last: without a file in a workroom
        nothing would tell after a crash that its report is still to be written.
        """
        run = self._named_anew(run)
        run = run.with_files([replace(each, rows=each.rows.undone(), tryback="") for each in run.files])
        run = replace(run, changes={}, after=run.before, state=RunState.REJECTED, finished=self.world.clock.now())
        if run.is_undo:
            return self._finish(run, rooms, self.world.plans.load(run), entry)
        self.world.store.save_run(run, entry)
        return self._finish(run, rooms, self.world.plans.load(run))

    def _named_anew(self, run: Run) -> Run:
        """Return a held run with names for what is written once it is decided; until then others may take them."""
        unwritten = run.with_each(tryback="", archive="")
        keeps = self.world.policy.keeps_of(run.feed)
        mended = [each.rows.to_mend > 0 for each in run.files]
        return self.world.artefacts.reserve(unwritten, mended=mended, keeps=keeps)

    def _plan(self, run: Run, rooms: Rooms) -> Run:
        run, made = self._planned(self.preparation.begun(run, rooms), rooms)
        if run.state is RunState.PLANNED and self.world.foresight.has_more:
            go_together(Ready(run=run, rooms=rooms, plan=made), self.preparation)
            if run.work in self.world.carried:
                return self.proceed(run, rooms)
        return self._store_plan(run, rooms, made)

    def _planned(self, run: Run, rooms: Rooms) -> tuple[Run, Plan]:
        """Plan against the roster as it is now, and weigh."""
        run = replace(run, roster_seq=self.world.store.seq())
        run, made = self.preparation.plan(run, rooms, self.world.store)
        self.world.journal.reached(run, "read")
        return self.preparation.weighed(run, made, self.world.tally.before(run)), made

    def _store_plan(self, run: Run, rooms: Rooms, made: Plan) -> Run:
        world = self.world
        keeps = world.policy.keeps_of(run.feed)
        run = world.artefacts.reserve(run, mended=[each.to_mend for each in made.files], keeps=keeps)
        ready = Ready(run=run, rooms=rooms, plan=made)
        if run.state is RunState.PLANNED and not made.changes.is_empty:
            return self._store_and_carry_out(ready)
        world.plans.save(run, made)
        world.journal.reached(run, "plan stored")
        if run.state is RunState.PLANNED:
            return self._carry_out(ready)
        if run.state is RunState.HELD:
            run = run.with_each(tryback="", archive="")
            # First the letter: once a run is stored as held, nobody may take it up again to write one.
            world.letters.tell(run, made.findings)
            world.journal.reached(run, "letter")
        world.store.save_run(run)
        world.journal.reached(run, "planned")
        if run.state is RunState.HELD:
            world.artefacts.write_reports([(run, made.findings)])
            return run
        return self._finish(run, rooms, made)

    def _store_and_carry_out(self, ready: Ready) -> Run:
        """Store the plan while it is being applied; the transaction ends only when the plan is durable.

        A crash before that leaves a plan that does not fit the run: it is made again. That a run is planned is said
        before only where it takes time to apply it; else there would be nobody to see it.
        """
        world = self.world
        if len(ready.plan.changes) > _FEW:
            world.store.save_run(ready.run)
        world.journal.reached(ready.run, "planned")
        with hands(1) as second:
            saving = second.submit(world.plans.save, ready.run, ready.plan)

            def stored() -> None:
                saving.result()
                world.journal.reached(ready.run, "plan stored")

            return self._carry_out(ready, stored)

    def _plan_again(self, run: Run, rooms: Rooms) -> Run:
        old = self.world.plans.load(run)
        is_whole = old.digest() == run.plan_digest
        self.world.plans.discard(run)
        run, made = self._planned(run, rooms)
        if run.state in (RunState.HELD, RunState.PLANNED):
            other = renewal(old, made, self.world.store) if is_whole else finding("plan-renewed", difference=_DAMAGED)
            run = replace(run, state=RunState.HELD if other else RunState.PLANNED)
            made = made.with_findings(from_values([other])) if other else made
        return self._store_plan(run, rooms, made)

    def _carry_out(self, ready: Ready, stored: Callable[[], None] = lambda: None) -> Run:
        """Apply the plan and move the run on, in one transaction; then keep what is now known to stand.

        stored: called before the transaction ends; returns when the plan is durable.
        """
        world, run, made = self.world, ready.run, ready.plan
        self._keep_contents(ready)
        memories = ready.memories()
        tokens = {feed: uuid4().hex for feed in memories}
        applied = ready.applied(world.clock.now()).run
        try:
            if made.changes.is_empty and not memories:
                world.store.save_run(applied)
            else:
                world.store.apply(made.changes, applied, tokens, stored)
        except RosterMoved:
            world.plans.discard(run)
            return self.proceed(replace(run, state=RunState.RECEIVED), ready.rooms)
        world.journal.reached(applied, "applied")
        world.tally.add(applied)
        world.remember(memories, tokens)
        return self._write_down(applied, ready.rooms, made)

    def _write_down(self, run: Run, rooms: Rooms, made: Plan | None = None) -> Run:
        made = made or self.world.plans.load(run)
        failures = run.rows.to_mend > 0
        state = RunState.COMPLETED_WITH_FAILURES if failures else RunState.COMPLETED
        if run.is_undo:
            self._mark_undone(run)
        return self._finish(replace(run, state=state), rooms, made)

    def _mark_undone(self, run: Run) -> None:
        """Let the run that this one took back be undone, unless all of it had to stay."""
        undone = self.world.store.run(run.parent or 0)
        if undone and (run.rows.applied or not run.rows.failed):
            self.world.store.save_run(replace(undone, state=RunState.UNDONE, settled_seq=None))
            self.world.tally.forget(undone)
            self.world.journal.reached(run, "marked")

    def _finish(self, run: Run, rooms: Rooms, made: Plan, entry: Entry | None = None) -> Run:
        """Write report, trybacks, letter and archives, each durable before the next; then the run is over.

        The archives come last: a final run of which no file is in its workroom any more is not taken up again.
        """
        world = self.world
        world.artefacts.write_reports([(run, made.findings)])
        world.journal.reached(run, "report")
        files = zip(run.files, rooms, made.files, strict=True)
        there = [(file, room, own) for file, room, own in files if room.exists()]
        for file, room, own in there:
            if file.tryback:
                self._write_tryback(run, file, room, own)
        world.letters.tell(run, made.findings)
        world.journal.reached(run, "letter")
        if there:
            world.artefacts.write_archives([(file, room) for file, room, _ in there])
            world.journal.reached(run, "archive")
        world.store.save_run(run, entry)
        for each in run.files:
            world.recognised.pop(each.work, None)
        world.journal.reached(run, "completed")
        return run

    def _write_tryback(self, run: Run, file: RunFile, room: Path, own: FilePlan) -> None:
        with room.open("rb") as source:
            wrapping = self.preparation.recognised(run.alone(file), source).wrapping(source, own.spans)
            self.world.artefacts.write_tryback(file, wrapping, source, own.spans)
        self.world.journal.reached(run, "tryback")

    def _keep_contents(self, ready: Ready) -> None:
        """Keep what belongs to changed records and is no column of theirs; an undo brings nothing new.

        Only archives bring such, and each of them is a run of its own.
        """
        run, changes = ready.run, ready.plan.changes
        if changes.has_content and not run.is_undo:
            with ready.rooms[0].open("rb") as source:
                self.world.contents.keep(self.preparation.recognised(run, source).contents(source, changes))
            self.world.journal.reached(run, "contents")
