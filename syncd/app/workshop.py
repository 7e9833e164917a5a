"""Where runs are worked: claim, order, proceed, take up again what a crash or a full disk left."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from syncd.app.deliveries import Pass, RunReport, Told, run_of, run_of_file
from syncd.app.logs import log_fault, log_run
from syncd.config.home import Home
from syncd.core import order
from syncd.core.errors import FatalError, PassingError, SyncdError, UsageError
from syncd.core.naming import shown
from syncd.core.runs import Run, RunState, Trigger
from syncd.engine.overlay import Overlay
from syncd.engine.pipeline import Pipeline
from syncd.engine.ports import RosterView
from syncd.intake.drop import DropFolder
from syncd.intake.work import Work
from syncd.store.store import Store


@dataclass(frozen=True, slots=True)
class Workshop:
    """Works deliveries of one home. Whoever calls it holds the home's lock, but for a dry run."""

    home: Home
    store: Store
    drop: DropFolder
    pipeline: Pipeline

    def one_pass(self, trigger: Trigger) -> Pass:
        """Finish what was left, claim what is in sync/, and work it in order of dependence."""
        earlier, troubles = self.resume()
        claim = self.drop.claim(trigger, "")
        reports, more = self.work(claim.taken)
        return Pass(
            reports=(*earlier, *reports),
            blocked=claim.blocked,
            left=claim.left,
            alarms=tuple(alarm.sentence for alarm in claim.alarms),
            stuck=(*troubles, *more),
            unsettled=claim.unsettled,
        )

    def resume(self) -> tuple[list[RunReport], list[str]]:
        """Go on with every work that stands unfinished on the disk, and with runs whose file is already archived."""
        works = {work.name: work for work in self.drop.works()}
        reports, troubles = self.work(
            work
            for work in works.values()
            if (run := self.store.run_of_work(work.name)) is None or not self._waits(run)
        )
        for run in self.store.unfinished():
            if run.work not in works:
                done, trouble = self._proceed(run, self.home.work / run.work / "input")
                reports += [self._report(done)] if done else []
                troubles += [trouble] if trouble else []
        return reports, troubles

    def work(self, works: Iterable[Work]) -> tuple[list[RunReport], list[str]]:
        """Work files in order of dependence. What cannot go on now stays; the second list says why."""
        reports, troubles = [], []
        begun = []
        for work in works:
            try:
                begun.append((self._run(work), work))
            except FatalError:
                raise
            except Exception as error:  # noqa: BLE001 - one file that cannot be begun must not stop the others
                words = str(error) if isinstance(error, SyncdError) else f"syncd itself failed ({type(error).__name__})"
                troubles.append(f"{shown(work.file)}: {words}; it is tried again")
        for run, work in sorted(begun, key=lambda pair: self._place(pair[0], pair[1].input)):
            done, trouble = self._proceed(run, work.input)
            if done is None:
                troubles.append(trouble)
                continue
            if done.state is not RunState.HELD:
                self.drop.release(work)
            reports.append(self._report(done))
        return reports, troubles

    def deposit(self, files: Iterable[Path], told: Told) -> list[Work]:
        """Copy files into workrooms, as if they had been dropped."""
        return [self.drop.deposit(file, Trigger.CLI, told.by, details=told.details()) for file in files]

    def dry_run(self, files: Iterable[Path], told: Told) -> list[RunReport]:
        """Plan and weigh files one on top of the other, and leave no trace."""
        now = self.pipeline.world.clock.now()
        runs = [(run_of_file(file.name, told, Trigger.CLI, now), file) for file in files]
        runs.sort(key=lambda pair: self._place(*pair))
        roster: RosterView = self.store
        reports = []
        for run, file in runs:
            done, plan = self.pipeline.plan_only(run, file, roster)
            roster = Overlay(roster, plan.changes)
            reports.append(RunReport(run=done, load_findings=plan.findings.clone))
        return reports

    def requeue(self, ref: str, by: str) -> tuple[list[RunReport], list[str]]:
        """Make a new run from a tryback file or from the archived file of a run, and work it."""
        parent, file, name = self._found_again(ref)
        told = Told(
            dialect=parent.dialect,
            object=parent.object,
            operation=parent.operation,
            data_source=parent.data_source,
            options=parent.options,
        )
        work = self.drop.deposit(file, Trigger.REQUEUE, by, name=name, parent=parent.id, details=told.details())
        return self.work([work])

    def decide(self, id: int, by: str, reason: str, *, approve: bool) -> RunReport:
        """Let a held run go on, or end it."""
        run = self.store.run(id)
        if run is None or run.state is not RunState.HELD:
            state = f"it is {run.state}" if run else "there is none of that number"
            raise UsageError(f"run {id} is not held: {state}")
        room = self.home.work / run.work / "input"
        run = replace(run, decided_by=by, reason=reason)
        done = (self.pipeline.approve if approve else self.pipeline.reject)(run, room)
        if done.state is not RunState.HELD:
            for work in self.drop.works():
                if work.name == run.work:
                    self.drop.release(work)
        return self._report(done)

    def _proceed(self, run: Run, room: Path) -> tuple[Run | None, str]:
        """Take a run as far as it goes; where something outside fails, say what, and it is tried again."""
        try:
            done = self.pipeline.proceed(run, room)
        except PassingError as error:
            return None, f"run {run.id}, {shown(run.file)}: {error}; it is tried again"
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 - one file that syncd cannot work must not stop the others for ever
            log_fault(run, error)
            done = self.pipeline.give_up(run, room, error)
        log_run(done)
        return done, ""

    def _place(self, run: Run, room: Path) -> tuple[int, str]:
        """Return the place of a run in its pass; one whose file cannot be looked at fails when its turn comes."""
        object_name = ""
        with suppress(Exception):
            object_name = self.pipeline.preparation.object_of(run, room)
        return order.place(object_name, run.file)

    def _run(self, work: Work) -> Run:
        return self.store.run_of_work(work.name) or self.store.add_run(run_of(work))

    def _report(self, run: Run) -> RunReport:
        return RunReport(run=run, load_findings=partial(self.pipeline.world.plans.findings, run))

    def _waits(self, run: Run) -> bool:
        """Whether a run is held and says so; the JSON report is the last thing that is written of it."""
        return run.state is RunState.HELD and (self.home.path / run.report).with_suffix(".json").exists()

    def _found_again(self, ref: str) -> tuple[Run, Path, str]:
        """Return the run that a reference goes back to, the file to work again, and its name."""
        if ref.isdigit():
            run = self.store.run(int(ref))
            if run is None or not run.archive:
                raise UsageError(f"there is no run {ref} with an archived file")
            return run, self.home.path / run.archive, run.file
        file = next((p for p in (Path(ref), self.home.path / ref, self.home.reports / ref) if p.is_file()), None)
        if file is None:
            raise UsageError(f"there is no tryback file {shown(ref)}, and no run of that number")
        below = ""
        with suppress(ValueError):
            below = str(file.resolve().relative_to(self.home.path.resolve()))
        run = self.store.run_of_tryback(below)
        if run is None:
            raise UsageError(f"{shown(ref)} is no tryback of this home; work it with: syncd sync {shown(ref)}")
        return run, file, file.name
