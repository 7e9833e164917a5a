"""A convoy: runs whose plans were made together are carried out together, each step for all before the next.

Every run has its own plan, report, archive and place in the journal of runs, as if it had gone by itself; but what they
change is one transaction, and a folder is made durable once for all of them. Where a step fails for all, each run goes
on by itself from where it stands.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from syncd.core.runs import Run, RunState
from syncd.engine.world import Ready, World
from syncd.frames.hands import hands

_HANDS = 2
"""Threads that store plans."""


def carry_out(convoy: Sequence[Ready], world: World) -> list[Ready]:
    """Store the plans and apply them in one transaction; return the runs as they stand then.

    Raises:
        RosterMoved: the roster changed since the plans were made; nothing was applied.
        PassingError: something outside failed; nothing was applied.
    """
    last = convoy[-1]
    token = uuid4().hex if last.plan.memory is not None else ""
    applied = [replace(each, run=_applied(each, world)) for each in convoy]
    with hands(_HANDS) as several:
        saving = [several.submit(world.plans.save, each.run, each.plan) for each in convoy]

        def stored() -> None:
            for each, saved in zip(convoy, saving, strict=True):
                saved.result()
                world.journal.reached(each.run, "plan stored")

        memory = (last.run.fingerprint, token) if token else None
        world.store.apply_together([(each.plan.changes, each.run) for each in applied], memory, stored)
    for each in applied:
        world.journal.reached(each.run, "applied")
        world.tally.add(each.run)
    if token and last.plan.memory is not None:
        world.remember(last.run.fingerprint, token, last.plan.memory)
    return applied


def _applied(ready: Ready, world: World) -> Run:
    plan, run = ready.plan, ready.run
    settled = run.roster_seq + plan.changes.steps if plan.complete else None
    return replace(run, state=RunState.PUSHING, finished=world.clock.now(), settled_seq=settled)


def write_down(applied: Sequence[Ready], world: World) -> list[Ready]:
    """Write reports, letters and archives of runs of which no row is to mend, and let them be over.

    Raises:
        PassingError: something outside failed; each run can be written down by itself.
    """
    done = [replace(each, run=replace(each.run, state=RunState.COMPLETED)) for each in applied]
    world.artefacts.write_reports([(each.run, each.plan.findings) for each in done])
    for each in done:
        world.journal.reached(each.run, "report")
        world.letters.tell(each.run, each.plan.findings)
        world.journal.reached(each.run, "letter")
    world.artefacts.write_archives([(each.run, each.room) for each in done])
    for each in done:
        world.journal.reached(each.run, "archive")
    world.store.save_runs([each.run for each in done])
    for each in done:
        world.recognised.pop(each.run.work, None)
        world.journal.reached(each.run, "completed")
    return done
