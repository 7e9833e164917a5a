"""A change set counts what it does."""

import polars as pl
import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.core.limits import ChangeCounts
from syncd.frames.changes import CHANGE_COLUMNS, ChangeSet, no_records, record_schema


def changed(*changes: tuple[str, str]) -> pl.DataFrame:
    """Return users with an action and what was before."""
    records = [{"id": n, "_action": action, "_before": before} for n, (action, before) in enumerate(changes)]
    return pl.DataFrame(records, schema=record_schema(Kind.USER) | CHANGE_COLUMNS)


def created(count: int) -> pl.DataFrame:
    return pl.DataFrame({"id": range(count), "username": "u"})


def test_an_empty_change_set_changes_nothing() -> None:
    """Whether it has no kinds or empty frames."""
    assert (True, {}) == (ChangeSet().is_empty, ChangeSet().counts())
    assert ChangeSet(created={Kind.USER: created(0)}, changed={Kind.USER: changed()}).is_empty


def test_changes_are_counted_by_kind_and_action() -> None:
    """What the limits weigh and the report shows."""
    frame = changed(("updated", "{}"), ("updated", '{"city":"x"}'), ("disabled", "{}"), ("deleted", "{}"))
    counts = ChangeSet(created={Kind.USER: created(2), Kind.COURSE: created(1)}, changed={Kind.USER: frame}).counts()
    assert ChangeCounts(created=2, updated=2, disabled=1, deleted=1) == counts[Kind.USER]
    assert [Kind.COURSE, Kind.USER] == list(counts)


@pytest.mark.parametrize(
    ("before", "revived"), [('{"state":"deleted"}', 1), ('{"state":"disabled"}', 0), ('{"state":null}', 0), ("{}", 0)]
)
def test_a_deleted_record_that_lives_again_counts_as_created(before: str, revived: int) -> None:
    """Growth is growth, whether the account is new or back."""
    counts = ChangeSet(changed={Kind.USER: changed(("updated", before))}).counts()[Kind.USER]
    assert (revived, 1 - revived) == (counts.created, counts.updated)


def test_the_population_after_counts_live_records() -> None:
    """Disabled ones live; deleted ones do not; revived ones do again."""
    frame = changed(("deleted", "{}"), ("disabled", "{}"), ("updated", '{"state":"deleted"}'))
    changes = ChangeSet(created={Kind.USER: created(3)}, changed={Kind.USER: frame})
    assert {Kind.USER: 13, Kind.COURSE: 4} == changes.population_after({Kind.USER: 10, Kind.COURSE: 4})
    assert {Kind.USER: 3} == changes.population_after({})


@pytest.mark.parametrize("kind", SPECS)
def test_records_have_the_columns_of_their_table(kind: Kind) -> None:
    """Keys first, bookkeeping last, each once."""
    names = list(record_schema(kind))
    assert list(SPECS[kind].names) == names
    assert (len(set(names)), 0) == (len(names), len(no_records(kind)))
