"""Rows that miss what another file of the same delivery would have made are told so."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from syncd.core.runs import Run, RunState, Trigger
from syncd.engine.awaited import Awaited
from syncd.frames import absent

ROWS = pl.DataFrame({"row": [1, 2], "line": [2, 3], "user": ["zoe", "bo"]})
PLACES = {"by": "username", "value": pl.col("user")}


def names(**values: Any) -> pl.DataFrame:
    return pl.DataFrame({"kind": ["user"], "by": ["username"], "value": ["zoe"], "line": [7], "file": [""]} | values)


def run(state: RunState) -> Run:
    received = datetime(2026, 1, 1, tzinfo=UTC)
    return Run(id=4, work="w", file="users.csv", trigger=Trigger.CLI, received=received, state=state)


def told(state: RunState, found: pl.DataFrame, code: str = "unknown-user") -> list[tuple[int, str, str]]:
    parts = Awaited(lambda: [(run(state), found)]).explained(ROWS, code, "uid", PLACES)
    return [(row["row"], row["code"], row["message"]) for part in parts for row in part.iter_rows(named=True)]


def test_the_failed_row_is_named_with_file_line_and_run() -> None:
    """The operator mends that row first; the others then go through by themselves."""
    ((row, code, message),) = told(RunState.COMPLETED_WITH_FAILURES, names())
    assert (1, "awaited-row") == (row, code)
    assert all(word in message for word in ("line 7", "users.csv", "run 4"))


def test_of_a_run_of_several_files_the_one_is_named() -> None:
    """A line alone would send people to the wrong file."""
    ((_, _, message),) = told(RunState.COMPLETED_WITH_FAILURES, names(file=["pupils.csv"]))
    assert "line 7 of pupils.csv" in message


def test_what_a_held_run_makes_waits_for_its_decision() -> None:
    """Nothing is wrong with that row: somebody has to let it go."""
    ((row, code, message),) = told(RunState.HELD, names(line=[0]))
    assert (1, "awaited-plan", True) == (row, code, "run 4" in message)


def test_a_file_that_failed_as_a_whole_is_named_once() -> None:
    """Who was in it is not known, only that it did not come."""
    ((row, code, _),) = told(RunState.FAILED, absent.nothing())
    assert (0, "awaited-file") == (row, code)


@pytest.mark.parametrize("other", [{"kind": ["course"]}, {"by": ["idnumber"]}, {"value": ["kim"]}])
def test_another_name_explains_nothing(other: dict[str, Any]) -> None:
    """A wrong hint is worse than none."""
    assert [] == told(RunState.COMPLETED_WITH_FAILURES, names(**other))


def test_findings_that_miss_nothing_are_not_looked_into() -> None:
    """Earlier runs are read only where something is missing."""

    def never() -> list[tuple[Run, pl.DataFrame]]:
        raise AssertionError

    assert [] == Awaited(never).explained(ROWS, "unknown-role", "role", PLACES)
