"""A plan, its digest and its rows by outcome."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.runs import Outcome, RowCounts
from syncd.frames.changes import ChangeSet
from syncd.frames.findings import from_values
from syncd.frames.plan import Plan, count_rows, nothing_planned


def plan(city: str | None = "Rome", kind: Kind = Kind.USER, changed: bool = False) -> Plan:
    frame = pl.DataFrame({"id": [1, 2], "city": [city, "Bonn"], "_row": [1, 2]}, schema_overrides={"city": pl.String})
    frames = {kind: frame}
    return Plan(changes=ChangeSet(changed=frames) if changed else ChangeSet(created=frames))


def test_plans_that_change_the_same_have_the_same_digest() -> None:
    """What a person saw is what is applied, recognised by its digest."""
    other = Plan(changes=plan().changes, findings=from_values(()), files=nothing_planned(2), complete=True)
    assert plan().digest() == other.digest()


def test_plans_that_change_something_else_have_another_digest() -> None:
    """Another value, another kind, created or changed, or nothing at all."""
    plans = [plan(), plan("Roma"), plan(""), plan(None), plan(kind=Kind.COURSE), plan(changed=True), Plan()]
    assert len(plans) == len({each.digest() for each in plans})


def test_known_rows_count_as_unchanged() -> None:
    """The five outcomes add up to the rows of the file."""
    outcomes = pl.DataFrame({"outcome": ["applied", "failed", "failed", "unchanged"]})
    assert RowCounts(applied=1, failed=2, unchanged=8) == count_rows(outcomes, known=7)
    assert RowCounts(unchanged=7) == count_rows(outcomes.clear(), known=7)


def test_every_outcome_is_counted() -> None:
    """A new outcome must not fall out of the sum."""
    outcomes = pl.DataFrame({"outcome": [outcome.value for outcome in Outcome]})
    assert len(Outcome) == count_rows(outcomes, known=0).total
