"""Where runs are worked: claim, order, proceed, take up again what a crash or a full disk left."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from syncd.app.admission import Admission
from syncd.app.boxes import Boxes, Claimed, left, together
from syncd.app.deliveries import Pass, RunReport, Told, run_of, run_of_file
from syncd.app.drop_alarms import key, trouble, troubles
from syncd.app.lineage import linked
from syncd.app.logs import log_fault, log_run
from syncd.app.telling import Telling
from syncd.app.witness import begun, decided, witnessed
from syncd.config.home import Home
from syncd.core.audit import Deed, way_of
from syncd.core.errors import FatalError, PassingError, SyncdError, UsageError
from syncd.core.feeds import as_told, routed
from syncd.core.handshake import AlarmKind
from syncd.core.naming import shown
from syncd.core.runs import Run, RunState, Trigger
from syncd.core.undoing import undo_of, why_not_undone
from syncd.engine.awaited import Undone
from syncd.engine.batching import batched, place_of
from syncd.engine.foresight import Waiting
from syncd.engine.overlay import Overlay
from syncd.engine.pipeline import Pipeline
from syncd.engine.ports import RosterView
from syncd.engine.world import Rooms
from syncd.intake.drop import DropFolder
from syncd.intake.work import INPUT, Delivery, Work
from syncd.store.store import Store

_HEAD = 400
"""Bytes of a JSON report that hold its state."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Works deliveries of one home. Whoever calls it holds the home's lock, but for a dry run."""

    home: Home
    store: Store
    drop: DropFolder
    boxes: Boxes
    pipeline: Pipeline
    telling: Telling

    def one_pass(self, trigger: Trigger, admission: Admission) -> Pass:
        """Claim what is in sync/ and may be taken now, and work it with what was left, in order of dependence."""
        claims = [Claimed(claim=self.drop.claim(trigger, "", admission.waits))]
        if not claims[0].claim.blocked:
            claims += self.boxes.claim(admission.waits)
        claim = together(claims)
        admission.claimed(claim)
        alarms = tuple(words for each in claims for words in self._alarms(each, way_of(trigger)))
        reports, stuck = self.resume(new=True)
        alarms += self.telling.stuck(tuple(stuck))
        return Pass(
            reports=tuple(reports),
            blocked=claims[0].claim.blocked,
            left=tuple(left(claims)),
            alarms=alarms,
            stuck=tuple(stuck),
            unsettled=claim.unsettled,
        )

    def resume(self, *, new: bool = False) -> tuple[list[RunReport], list[str]]:
        """Go on with every run that is not over; with `new`, begin files that were taken, too.

        Only a pass does that, once it has taken what else there is: a crash may have cut a delivery in two.
        """
        works = {work.name: work for work in self.drop.works()}
        reports, troubles = self.work(works.values(), lambda run: new if run is None else not self._waits(run))
        held = [run for run in self.store.runs(state=RunState.HELD) if run.is_undo and not self._waits(run)]
        for run in (*self.store.unfinished(), *held):
            if not any(file.work in works for file in run.files):
                done, trouble = self._proceed(run, self._rooms(run))
                reports += [self._report(done)] if done else []
                troubles += [trouble] if trouble else []
        return reports, troubles

    def work(
        self, works: Collection[Work], may_go_on: Callable[[Run | None], bool] = lambda _run: True
    ) -> tuple[list[RunReport], list[str]]:
        """Work files in order of dependence. What cannot go on now stays; the second list says why.

        may_go_on: asked for each file with its run, None for one that has none yet.
        """
        reports: list[RunReport] = []
        begun, troubles = self._begun(works, may_go_on)
        begun.sort(key=lambda run: place_of(run, self._rooms(run), self.pipeline.preparation))
        self.pipeline.world.foresight.expect((run, self._rooms(run)[0]) for run in begun if not run.parts)
        for run in begun:
            done, trouble = self._proceed(run, self._rooms(run))
            if done is None:
                troubles.append(trouble)
                continue
            self._release(done)
            reports.append(self._report(done))
        return reports, troubles

    def _begun(self, works: Collection[Work], may_go_on: Callable[[Run | None], bool]) -> tuple[list[Run], list[str]]:
        """Return the runs of files, those that are new stored together; the second list says what cannot begin."""
        known: dict[int, Run] = {}
        new: list[Waiting] = []
        troubles = []
        runs = self.store.runs_of_works(work.name for work in works)
        for work in works:
            try:
                run = runs.get(work.name)
                if may_go_on(run) and run:
                    known[run.id] = run
                elif may_go_on(run):
                    new.append((self._routed(linked(run_of(work), self.store)), work.input))
            except FatalError:
                raise
            except Exception as error:  # noqa: BLE001 - one file that cannot be begun must not stop the others
                words = str(error) if isinstance(error, SyncdError) else f"syncd itself failed ({type(error).__name__})"
                troubles.append(f"{shown(work.file)}: {words}; it is tried again")
        batches = [run for run, _ in batched(new, self.pipeline.preparation)]
        try:
            stored = self.store.add_runs((run, begun(run, self._now())) for run in batches)
        except PassingError as error:
            troubles += [f"{shown(run.title)}: {error}; it is tried again" for run in batches]
            stored = []
        return [*known.values(), *stored], troubles

    def deposit(self, files: Iterable[Path], told: Told) -> list[Work]:
        """Copy files into workrooms, as if they had been dropped together."""
        delivery = Delivery(
            file="", trigger=Trigger.CLI, received=self.pipeline.world.clock.now(), by=told.by, details=told.details()
        )
        return [self.drop.deposit(file, replace(delivery, file=file.name)) for file in files]

    def dry_run(self, files: Iterable[Path], told: Told) -> list[RunReport]:
        """Plan and weigh files one on top of the other, and leave no trace."""
        now = self.pipeline.world.clock.now()
        new = [
            (replace(self._routed(run_of_file(file.name, told, Trigger.CLI, now)), work=f"dry-run-{place}"), file)
            for place, file in enumerate(files)
        ]
        preparation = self.pipeline.preparation
        runs = sorted(batched(new, preparation), key=lambda pair: place_of(pair[0], pair[1], preparation))
        roster: RosterView = self.store
        reports: list[RunReport] = []
        undone: Undone = []
        for run, rooms in runs:
            done, plan = self.pipeline.plan_only(run, rooms, roster, undone)
            undone.append((done, plan.absent))
            if done.state is RunState.PLANNED:
                roster = Overlay(roster, plan.changes)
            reports.append(RunReport(run=done, load_findings=plan.findings.clone))
        return reports

    def requeue(self, ref: str, by: str) -> tuple[list[RunReport], list[str]]:
        """Make a new run from a tryback file or from the archived files of a run, and work it."""
        now = self._now()
        works = []
        for parent, file, name in self._found_again(ref):
            delivery = Delivery(
                file=name,
                trigger=Trigger.REQUEUE,
                received=now,
                by=by,
                parent=parent.id,
                details=as_told(parent),
            )
            works.append(self.drop.deposit(file, delivery))
        return self.work(works)

    def undo(self, id: int, by: str, reason: str, show: Callable[[RunReport], None]) -> RunReport:
        """Show how a run would be taken back, then do it, as a run of its own; over a limit it is held."""
        show(self.plan_undo(id, by, reason))
        run = self._undo_of(id, by, reason)
        run = self.store.add_run(run, begun(run, run.received))
        done, trouble = self._proceed(run, self._rooms(run))
        if done is None:
            raise PassingError(trouble)
        return self._report(done)

    def plan_undo(self, id: int, by: str, reason: str) -> RunReport:
        """Plan and weigh how a run would be taken back, and leave no trace."""
        run = self._undo_of(id, by, reason)
        done, plan = self.pipeline.plan_only(run, self._rooms(run), self.store)
        return RunReport(run=done, load_findings=plan.findings.clone)

    def _undo_of(self, id: int, by: str, reason: str) -> Run:
        """Return the run that takes back another one.

        Raises:
            UsageError: that one cannot be undone.
        """
        undone = self.store.run(id)
        if undone is None:
            raise UsageError(f"there is no run {id}; syncd runs lists them")
        if why := why_not_undone(undone, self.store.children(id)):
            raise UsageError(why)
        return undo_of(undone, by, reason, self._now())

    def decide(self, id: int, by: str, reason: str, *, approve: bool) -> RunReport:
        """Let a held run go on, or end it."""
        run = self.store.run(id)
        if run is None or run.state is not RunState.HELD:
            state = f"it is {run.state}" if run else "there is none of that number"
            raise UsageError(f"run {id} is not held: {state}")
        run = replace(run, decided_by=by, reason=reason)
        decide = self.pipeline.approve if approve else self.pipeline.reject
        done = decide(run, self._rooms(run), decided(run, self._now(), approve=approve))
        self._release(done)
        log_run(done)
        return self._report(done)

    def _release(self, done: Run) -> None:
        """Remove the workrooms of a run that is over; one that is held needs its own."""
        if done.state is not RunState.HELD:
            for file in done.files:
                self.drop.release(file.work)

    def _proceed(self, run: Run, rooms: Rooms) -> tuple[Run | None, str]:
        """Take a run as far as it goes; where something outside fails, say what, and it is tried again."""
        try:
            done = self.pipeline.proceed(run, rooms)
        except PassingError as error:
            return None, f"run {run.id}, {shown(run.title)}: {error}; it is tried again"
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 - one file that syncd cannot work must not stop the others for ever
            log_fault(run, error)
            done = self.pipeline.give_up(run, rooms, error)
        log_run(done)
        return done, ""

    def _rooms(self, run: Run) -> Rooms:
        return [self.home.work / file.work / INPUT for file in run.files]

    def _now(self) -> datetime:
        return self.pipeline.world.clock.now()

    def _routed(self, run: Run) -> Run:
        return routed(run, self.pipeline.world.policy.feeds.values())

    def _alarms(self, claimed: Claimed, how: str) -> tuple[str, ...]:
        """Tell what the claim found wrong or mended, and return the sentences to be shown."""
        claim, box = claimed.claim, claimed.name
        for kind, said in claim.events:
            if kind is AlarmKind.LOCK_TAKEN_OVER:
                self.store.record_entry(witnessed(Deed.LOCK_TAKEN_OVER, self._now(), how=how, detail=said))
        happened = tuple(self.telling.event(key(kind, box), trouble(kind, said, box)) for kind, said in claim.events)
        return happened + self.telling.settle(troubles(claim, box), {key(kind, box) for kind in claim.examined})

    def _report(self, run: Run) -> RunReport:
        return RunReport(run=run, load_findings=partial(self.pipeline.world.plans.findings, run))

    def _waits(self, run: Run) -> bool:
        """Whether a run is held and says so; the JSON report, if it has one, is the last thing written of it."""
        json = (self.home.path / run.report).with_suffix(".json") if run.report else None
        return run.state is RunState.HELD and (json is None or _says_held(json))

    def _found_again(self, ref: str) -> Iterator[tuple[Run, Path, str]]:
        """Yield the files to work again, with the run from which each comes, as if it were its only one, and its name.

        Raises:
            UsageError: one of them is not there.
        """
        if ref.isdigit():
            run = self.store.run(int(ref))
            if run is None or not run.archive:
                raise UsageError(f"there is no run {ref} with an archived file")
            for each in run.files:
                if not (self.home.path / each.archive).is_file():
                    gone = f"the file of run {ref} is no longer there: {shown(each.archive)}"
                    raise UsageError(f"{gone}; have it sent again")
            yield from ((run.alone(each), self.home.path / each.archive, each.file) for each in run.files)
            return
        file = next((p for p in (Path(ref), self.home.path / ref, self.home.reports / ref) if p.is_file()), None)
        if file is None:
            raise UsageError(f"there is no tryback file {shown(ref)}, and no run of that number")
        below = ""
        with suppress(ValueError):
            below = str(file.resolve().relative_to(self.home.path.resolve()))
        run = self.store.run_of_tryback(below)
        mended = run.of_tryback(below) if run else None
        if run is None or mended is None:
            raise UsageError(f"{shown(ref)} is no tryback of this home; work it with: syncd sync {shown(ref)}")
        yield run.alone(mended), file, file.name


def _says_held(report: Path) -> bool:
    """Whether a JSON report is that of a held run; its state is one of the first things in it."""
    try:
        with report.open("rb") as file:
            return b'"state": "held"' in file.read(_HEAD)
    except FileNotFoundError:
        return False
