"""sync, check and requeue."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from syncd.core.errors import LockedError
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, Direction
from syncd.core.runs import RowCounts, RunState, Trigger

Syncd = Callable[..., Result]
HERE = str(Path(__file__))


def test_sync_shows_each_run_and_where_its_files_are(syncd: Syncd, app: Any, report: Any, one_pass: Any) -> None:
    """What happened, to what, how much, what next."""
    rows = RowCounts(applied=20, unchanged=2, failed=1)
    done = report(rows=rows, state=RunState.COMPLETED_WITH_FAILURES, report="reports/r.txt", tryback="reports/t.csv")
    app.answer = one_pass(reports=[done])
    result = syncd("sync")
    assert 1 == result.exit_code
    heading, line, *more = result.stdout.splitlines()
    assert ["RUN", "STATE", "FILE", "ROWS", "APPLIED", "UNCHANGED", "SKIPPED", "PARTIAL", "FAILED"] == heading.split()
    assert ["12", "completed_with_failures", "userimport.csv", "23", "20", "2", "0", "0", "1"] == line.split()
    assert ["12 userimport.csv: report reports/r.txt", "12 userimport.csv: tryback reports/t.csv"] == more


def test_sync_json_is_one_run_a_line_and_nothing_else(syncd: Syncd, app: Any, report: Any, one_pass: Any) -> None:
    """Scripts read standard output."""
    app.answer = one_pass(reports=[report(id=1), report(id=2)], left=[("x.csv", "it still grows")], alarms=["stale"])
    result = syncd("sync", "--json")
    assert [1, 2] == [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert "alarm: stale\nleft in sync/: x.csv: it still grows\n" == result.stderr


def test_sync_works_the_drop_with_the_trigger_cli(syncd: Syncd, app: Any, one_pass: Any) -> None:
    """History tells a person's pass from the daemon's."""
    app.answer = one_pass()
    assert 0 == syncd("sync").exit_code
    assert (Trigger.CLI, True) == (app.asked["trigger"], app.closed)


def test_sync_without_files_to_take_says_so(syncd: Syncd, app: Any, one_pass: Any) -> None:
    """Silence would look like a fault; to a script it is right."""
    app.answer = one_pass()
    assert "Nothing to do: sync/ is empty.\n" == syncd("sync").stdout
    assert "" == syncd("sync", "--json").stdout
    app.answer = one_pass(left=[("x.csv", "it still grows")])
    assert "Nothing to do: no file in sync/ is ready.\n" == syncd("sync").stdout


def test_a_blocked_drop_is_exit_5_with_the_reason(syncd: Syncd, app: Any, one_pass: Any) -> None:
    """Promise 8: nothing was taken, and the script can tell."""
    app.answer = one_pass(blocked="alock.txt is there since 12 minutes")
    result = syncd("sync")
    assert (5, "", "Error: alock.txt is there since 12 minutes\n") == (result.exit_code, result.stdout, result.stderr)


def test_another_syncd_on_the_home_is_exit_5(syncd: Syncd, app: Any) -> None:
    """The same code for the same advice: try again later."""
    app.error = LockedError("another syncd works here")
    assert 5 == syncd("sync").exit_code


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([RunState.COMPLETED], 0),
        ([RunState.COMPLETED, RunState.FAILED], 1),
        ([RunState.COMPLETED_WITH_FAILURES, RunState.HELD], 3),
        ([RunState.ABORTED], 3),
        ([RunState.REJECTED], 0),
    ],
)
def test_the_exit_code_tells_the_worst_that_happened(
    states: list[RunState], code: int, syncd: Syncd, app: Any, report: Any, one_pass: Any
) -> None:
    """Held before failed before done."""
    app.answer = one_pass(reports=[report(state=state) for state in states])
    assert code == syncd("sync").exit_code


def test_a_held_run_shows_the_breach_and_the_commands_that_decide(
    syncd: Syncd, app: Any, report: Any, one_pass: Any
) -> None:
    """Cause and next command stand together."""
    breach = Breach(
        kind=Kind.USER, direction=Direction.REMOVALS, planned=812, allowed=50, population=852, limit="50 or 5 %"
    )
    app.answer = one_pass(reports=[report(state=RunState.HELD, breaches=(breach,))])
    shown = syncd("sync").stdout
    assert "812 user removals planned, 50 allowed of 852 (limit: 50 or 5 %)" in shown
    for command in ("syncd runs show 12", "syncd approve 12", "syncd reject 12"):
        assert command in shown


def test_files_are_worked_with_all_that_is_told_of_them(syncd: Syncd, app: Any, report: Any) -> None:
    """Each option arrives under its own name."""
    app.answer = [report()]
    words = ("--dialect", "moodle", "--object", "users", "--operation", "command", "--data-source", "hr")
    options = ("--option", "encoding=cp1252", "--option", "delimiter==")
    assert 0 == syncd("sync", HERE, *words, *options).exit_code
    told = app.asked["told"]
    assert ("moodle", "users", "command", "hr") == (told.dialect, told.object, told.operation, told.data_source)
    assert {"encoding": "cp1252", "delimiter": "="} == told.options
    assert ([Path(HERE)], False) == (app.asked["files"], app.asked["dry_run"])


def test_the_login_name_stands_behind_a_delivery(
    syncd: Syncd, app: Any, report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run says who started it."""
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    app.answer = [report()]
    syncd("sync", HERE)
    assert "ada" == app.asked["told"].by


def test_an_account_without_a_name_does_not_stop_the_work(
    syncd: Syncd, app: Any, report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers run under numbers that no file of users knows."""

    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    app.answer = [report()]
    assert 0 == syncd("sync", HERE).exit_code
    assert "unknown" == app.asked["told"].by


def test_a_dry_run_shows_the_whole_report(syncd: Syncd, app: Any, report: Any) -> None:
    """Nothing is written, so the screen is all there is."""
    app.answer = [report(id=0), report(id=0, file="b.csv", state=RunState.HELD)]
    result = syncd("sync", HERE, "--dry-run")
    assert (3, True) == (result.exit_code, app.asked["dry_run"])
    assert "Report of userimport.csv\n\nReport of b.csv\n" == result.stdout


@pytest.mark.parametrize("words", [("--dry-run",), ("--object", "users"), ("--option", "a=b")])
def test_options_about_files_need_files(words: tuple[str, ...], syncd: Syncd, app: Any) -> None:
    """`syncd sync --dry-run` must not work the drop for real."""
    result = syncd("sync", *words)
    assert 2 == result.exit_code
    assert "go with the names of files" in result.stderr
    assert {} == app.asked


@pytest.mark.parametrize("text", ["encoding", "=x", ""])
def test_an_option_that_is_no_pair_is_refused(text: str, syncd: Syncd, app: Any) -> None:
    """The sentence shows how it is written."""
    result = syncd("sync", HERE, "--option", text)
    assert (2, True) == (result.exit_code, "--option takes NAME=VALUE" in result.stderr)


def test_check_shows_the_report_and_fails_where_rows_do(syncd: Syncd, app: Any, report: Any) -> None:
    """A sender can try a file before it drops it."""
    app.answer = [report(rows=RowCounts(applied=1, failed=1))]
    result = syncd("check", HERE, "--object", "users")
    assert (1, "Report of userimport.csv\n") == (result.exit_code, result.stdout)
    assert "users" == app.asked["told"].object


def test_check_json_is_one_run_a_line(syncd: Syncd, app: Any, report: Any) -> None:
    """The same object as everywhere."""
    app.answer = [report()]
    assert "userimport.csv" == json.loads(syncd("check", HERE, "--json").stdout)["file"]


def test_requeue_takes_a_tryback_or_a_number(syncd: Syncd, app: Any, report: Any) -> None:
    """Which of the two it is, app finds out."""
    app.answer = [report(parent=3)]
    assert 0 == syncd("requeue", "reports/t.csv", "--by", "ada").exit_code
    assert ("reports/t.csv", "ada") == (app.asked["ref"], app.asked["by"])
