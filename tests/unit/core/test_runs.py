"""A run and its JSON."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from syncd.core.findings import finding
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.runs import Outcome, RowCounts, Run, RunState, Trigger, run_as_json

_NAMES = (
    *("id", "parent", "state", "trigger", "feed", "file", "sha256", "dialect", "object", "operation", "data_source"),
    *("started", "finished", "by", "rows", "open", "before", "after", "changes", "breaches", "targets", "findings"),
    *("report", "tryback", "archive", "children"),
)
AT = datetime(2026, 11, 21, 18, 30, 5, 999, tzinfo=timezone(timedelta(hours=1)))


def run(**fields: Any) -> Run:
    return Run(**{"work": "w", "file": "userimport.csv", "trigger": Trigger.CLI, "received": AT} | fields)


def test_the_outcomes_add_up_to_the_rows() -> None:
    """Every row has one outcome."""
    counts = RowCounts(applied=1, unchanged=2, skipped=3, partial=4, failed=5)
    assert (15, 9) == (counts.total, counts.to_mend)
    assert {"total": 15, "applied": 1, "unchanged": 2, "skipped": 3, "partial": 4, "failed": 5} == counts.as_json()
    assert {outcome.value for outcome in Outcome} | {"total"} == set(counts.as_json())


@pytest.mark.parametrize("state", RunState)
def test_a_run_is_over_or_goes_on(state: RunState) -> None:
    """What is not over is taken up again after a crash, or waits for a person."""
    goes_on = {"received", "planned", "held", "applying", "pushing"}
    assert (state.value not in goes_on) == state.is_final


def test_the_json_of_a_run_has_every_name_of_the_contract() -> None:
    """Scripts of other people hold on to these names."""
    assert set(_NAMES) <= set(run_as_json(run()))


def test_the_json_of_a_run_can_be_written_and_is_complete() -> None:
    """Findings are not capped, nothing is a Python object."""
    breach = Breach(
        kind=Kind.USER, direction=Direction.REMOVALS, planned=812, allowed=50, population=852, limit="50 or 5 %"
    )
    held = run(
        id=12,
        state=RunState.HELD,
        started=AT,
        changes={Kind.USER: ChangeCounts(deleted=812)},
        before={Kind.USER: 852},
        after={Kind.USER: 40},
        breaches=(breach,),
        report="reports/x.txt",
    )
    told = json.loads(json.dumps(run_as_json(held, [finding("value-required", row=n, column="email") for n in (1, 2)])))
    assert {"user": {"created": 0, "updated": 0, "disabled": 0, "deleted": 812}} == told["changes"]
    assert ({"user": 852}, {"user": 40}) == (told["before"], told["after"])
    assert (812, 50, str(breach)) == tuple(told["breaches"][0][name] for name in ("planned", "allowed", "message"))
    assert ("2026-11-21T18:30:05+01:00", None) == (told["started"], told["finished"])
    assert ("reports/x.txt", None, None) == (told["report"], told["tryback"], told["archive"])
    assert [1, 2] == [found["row"] for found in told["findings"]]
    assert {"row", "line", "column", "code", "severity", "message"} == set(told["findings"][0])


def test_a_run_not_stored_has_no_id() -> None:
    """A dry run leaves no number that one could look up."""
    assert (None, 7) == (run_as_json(run())["id"], run_as_json(run(id=7))["id"])
