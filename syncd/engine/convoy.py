"""A convoy: runs whose plans were made together are carried out together, each step for all before the next.

Every run has its own plan, report, archive and place in the journal of runs, as if it had gone by itself; but what they
change is one transaction, and a folder is made durable once for all of them. Where a step fails for all, each run goes
on by itself from where it stands.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from uuid import uuid4

from syncd.core.errors import SyncdError
from syncd.core.runs import RunState
from syncd.engine.preparing import Preparation
from syncd.engine.tally import added
from syncd.engine.world import Ready, World
from syncd.frames.hands import hands

_HANDS = 2
"""Threads that store plans."""


def go_together(first: Ready, preparation: Preparation) -> None:
    """Take a run and those behind it that were planned with it to their end, as far as it goes for all of them.

    How each stands then is kept in the world until its turn comes.
    """
    world = preparation.world
    convoy = _convoy(first, preparation)
    with suppress(SyncdError):
        applied = carry_out(convoy, world)
        world.carried.update({each.run.work: each for each in applied})
        for each in write_down(applied, world):
            world.carried[each.run.work] = each


def _convoy(first: Ready, preparation: Preparation) -> list[Ready]:
    """Return a run with those behind it whose plans were made together with its own, up to one over a limit."""
    world, convoy = preparation.world, [first]
    earlier = world.tally.before(first.run)
    for waiting, room in world.foresight.following():
        run = preparation.begun(waiting, [room])
        plan = world.foresight.take(run)
        earlier = added(earlier, convoy[-1].run.changes)
        run = preparation.weighed(run, plan, earlier) if plan else run
        if plan is None or run.state is not RunState.PLANNED:
            break
        world.journal.reached(run, "read")
        convoy.append(Ready(run=run, rooms=[room], plan=plan))
    world.foresight.drop()
    keeps = world.policy.keeps_of(first.run.feed)
    reserve = partial(world.artefacts.reserve, mended=[False], keeps=keeps)
    return [replace(each, run=reserve(each.run)) for each in convoy]


def carry_out(convoy: Sequence[Ready], world: World) -> list[Ready]:
    """Store the plans and apply them in one transaction; return the runs as they stand then.

    Raises:
        RosterMoved: the roster changed since the plans were made; nothing was applied.
        PassingError: something outside failed; nothing was applied.
    """
    memories = convoy[-1].memories()
    tokens = {feed: uuid4().hex for feed in memories}
    applied = [each.applied(world.clock.now()) for each in convoy]
    with hands(_HANDS) as several:
        saving = [several.submit(world.plans.save, each.run, each.plan) for each in convoy]

        def stored() -> None:
            for each, saved in zip(convoy, saving, strict=True):
                saved.result()
                world.journal.reached(each.run, "plan stored")

        world.store.apply_together([(each.plan.changes, each.run) for each in applied], tokens, stored)
    for each in applied:
        world.journal.reached(each.run, "applied")
        world.tally.add(each.run)
    world.remember(memories, tokens)
    return applied


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
    world.artefacts.write_archives([pair for each in done for pair in zip(each.run.files, each.rooms, strict=True)])
    for each in done:
        world.journal.reached(each.run, "archive")
    world.store.save_runs([each.run for each in done])
    for each in done:
        world.recognised.pop(each.run.work, None)
        world.journal.reached(each.run, "completed")
    return done
