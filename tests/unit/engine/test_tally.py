"""What the files of a delivery changed so far is added up once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts, Direction, Limit, weigh
from syncd.core.runs import Run, RunState, Trigger
from syncd.engine.tally import Tally

FIRST, SECOND = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (6, 7))


def run(roster: Any, received: datetime, deleted: int) -> Run:
    changes = {Kind.USER: ChangeCounts(deleted=deleted)}
    known = Run(work=f"w{len(roster.runs)}", file="users.csv", trigger=Trigger.CLI, received=received, changes=changes)
    stored: Run = roster.add_run(replace(known, state=RunState.COMPLETED))
    return stored


def test_each_run_of_a_delivery_counts_once(roster: Any) -> None:
    """Those of an earlier process too; those of other deliveries do not."""
    old, _ = run(roster, FIRST, 2), run(roster, SECOND, 50)
    tally, new = Tally(roster), Run(work="x", file="x", trigger=Trigger.CLI, received=FIRST)
    assert {Kind.USER: ChangeCounts(deleted=2)} == tally.before(new)
    done = run(roster, FIRST, 3)
    for each in (old, done, done):
        tally.add(each)
    assert {Kind.USER: ChangeCounts(deleted=5)} == tally.before(new)


def test_a_run_that_was_taken_back_counts_no_more(roster: Any) -> None:
    """What it removed is there again."""
    tally, done = Tally(roster), run(roster, FIRST, 3)
    new = Run(work="x", file="x", trigger=Trigger.CLI, received=FIRST)
    assert {Kind.USER: ChangeCounts(deleted=3)} == tally.before(new)
    roster.save_run(replace(done, state=RunState.UNDONE))
    tally.forget(done)
    assert {} == tally.before(new)


def test_a_limit_holds_for_the_delivery_but_only_for_what_a_file_does_itself() -> None:
    """The percentage is of the records that there were before the delivery."""
    limits = {(Kind.USER, Direction.REMOVALS): Limit(percent=30)}
    earlier = {Kind.USER: ChangeCounts(deleted=2)}
    two = {Kind.USER: ChangeCounts(deleted=2)}
    (breach,) = weigh(two, {Kind.USER: 8}, limits, earlier)
    assert (4, 3, 10, 2) == (breach.planned, breach.allowed, breach.population, breach.earlier)
    assert () == weigh({Kind.USER: ChangeCounts(deleted=1)}, {Kind.USER: 8}, limits, earlier)
    assert () == weigh(
        {Kind.USER: ChangeCounts(created=9)}, {Kind.USER: 6}, limits, {Kind.USER: ChangeCounts(deleted=4)}
    )
