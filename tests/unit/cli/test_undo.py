"""undo and audit."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import Result

from syncd.core.audit import Deed, Entry
from syncd.core.errors import UsageError
from syncd.core.runs import UNDO, RowCounts, RunState

Syncd = Callable[..., Result]
ENTRY = Entry(
    at=datetime(2026, 11, 21, 18, 30, 5, tzinfo=UTC),
    what=Deed.UNDO,
    who="ada",
    account="syncd",
    how="cli",
    run=13,
    file="userimport.csv",
    detail="undoes run 12",
)


def test_the_plan_is_shown_before_it_is_carried_out(syncd: Syncd, app: Any, report: Any) -> None:
    """Then what came of it, as after every run."""
    app.answer = report(operation=UNDO, parent=12)
    result = syncd("undo", "12", "--by", "ada", "--reason", "wrong file")
    assert (0, "The plan to undo run 12:", "Report of userimport.csv") == (
        result.exit_code,
        *[line for line in result.stdout.splitlines() if line][:2],
    )
    assert {"undone": 12, "by": "ada", "reason": "wrong file"}.items() <= app.asked.items()


def test_a_script_gets_one_object(syncd: Syncd, app: Any, report: Any) -> None:
    """What came of it; the plan is asked for with --dry-run."""
    app.answer = report(operation=UNDO, parent=12)
    (line,) = syncd("undo", "12", "--json").stdout.splitlines()
    assert ("undo", 12) == (json.loads(line)["operation"], json.loads(line)["parent"])


def test_a_dry_run_only_shows(syncd: Syncd, app: Any, report: Any) -> None:
    """Nothing is undone."""
    app.answer = report(operation=UNDO, parent=12, state=RunState.PLANNED)
    assert (0, "Report of userimport.csv\n") == (
        (result := syncd("undo", "12", "--dry-run")).exit_code,
        result.stdout,
    )
    assert (12, False) == (app.asked["planned"], "undone" in app.asked)


@pytest.mark.parametrize(
    ("state", "rows", "code"),
    [
        (RunState.COMPLETED, RowCounts(applied=1), 0),
        (RunState.COMPLETED_WITH_FAILURES, RowCounts(applied=1, failed=1), 1),
        (RunState.HELD, RowCounts(applied=1), 3),
    ],
)
def test_a_script_learns_what_became_of_it(
    state: RunState, rows: RowCounts, code: int, syncd: Syncd, app: Any, report: Any
) -> None:
    """The codes of every run: something stayed, or it waits for a decision."""
    app.answer = report(operation=UNDO, parent=12, state=state, rows=rows)
    assert code == syncd("undo", "12").exit_code


def test_what_cannot_be_undone_is_wrong_usage(syncd: Syncd, app: Any) -> None:
    """One sentence."""
    app.error = UsageError("run 12 is undone already, by run 13")
    result = syncd("undo", "12")
    assert (2, "Error: run 12 is undone already, by run 13\n") == (result.exit_code, result.stderr)


def test_the_audit_is_a_table_or_an_object_a_line(syncd: Syncd, app: Any) -> None:
    """Who, how, what and of which run."""
    app.answer = [ENTRY]
    heading, line = syncd("audit", "--run", "13").stdout.splitlines()
    assert ["TIME", "WHO", "ACCOUNT", "HOW", "WHAT", "RUN", "FILE", "DETAIL"] == heading.split()
    assert ["2026-11-21T18:30:05+00:00", "ada", "syncd", "cli", "undo", "13", "userimport.csv"] == line.split()[:7]
    assert (13, 50) == (app.asked["run"], app.asked["limit"])
    shown = json.loads(syncd("audit", "--json", "--limit", "7").stdout)
    assert ("ada", "undo", 13) == (shown["who"], shown["what"], shown["run"])
    assert (None, 7) == (app.asked["run"], app.asked["limit"])


def test_an_empty_audit_says_so_to_people_only(syncd: Syncd, app: Any) -> None:
    """A script gets no line."""
    app.answer = []
    assert "Nothing is written down about run 7.\n" == syncd("audit", "--run", "7").stdout
    assert ("Nothing has been written down.\n", "") == (syncd("audit").stdout, syncd("audit", "--json").stdout)
