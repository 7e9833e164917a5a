"""runs, approve and reject."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from typer.testing import Result

from syncd.core.errors import UsageError
from syncd.core.runs import RowCounts, RunState

Syncd = Callable[..., Result]


@pytest.mark.parametrize("words", [("runs",), ("runs", "list")])
def test_runs_lists_with_and_without_the_word(words: tuple[str, ...], syncd: Syncd, app: Any, report: Any) -> None:
    """Bare `syncd runs` is what people type."""
    app.answer = [report(rows=RowCounts(applied=3, failed=2), object="users", by="ada").run]
    result = syncd(*words)
    heading, line = result.stdout.splitlines()
    assert 0 == result.exit_code
    assert ["RUN", "RECEIVED", "STATE"] == heading.split()[:3]
    assert ["12", "completed", "userimport.csv", "users", "5", "3", "2", "0", "ada"] == [
        *line.split()[:1],
        *line.split()[3:],
    ]


def test_runs_show_the_time_of_the_home(syncd: Syncd, app: Any, report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As reports and names of archives have it, in whatever zone the terminal is."""
    app.answer = [report(received=datetime.fromisoformat("2026-10-25T02:30:05+01:00")).run]
    monkeypatch.setenv("TZ", "America/Winnipeg")
    time.tzset()
    try:
        assert "2026-10-25 02:30:05" in syncd("runs").stdout
    finally:
        monkeypatch.undo()
        time.tzset()


def test_runs_are_filtered_with_and_without_the_word(syncd: Syncd, app: Any) -> None:
    """Options of the list work on the bare group, too."""
    app.answer = []
    for words in (("runs",), ("runs", "list")):
        assert "No run is held.\n" == syncd(*words, "--state", "held", "--limit", "5").stdout
        assert (RunState.HELD, 5) == (app.asked["state"], app.asked["limit"])


def test_runs_json_leaves_the_findings_to_show(syncd: Syncd, app: Any, report: Any) -> None:
    """A list of runs is not a list of a million findings; an empty one would lie."""
    app.answer = [report().run]
    shown = json.loads(syncd("runs", "--json").stdout)
    assert (12, False) == (shown["id"], "findings" in shown)


def test_an_empty_history_says_so_to_people_only(syncd: Syncd, app: Any) -> None:
    """A script gets no line."""
    app.answer = []
    assert ("No run yet.\n", "") == (syncd("runs").stdout, syncd("runs", "--json").stdout)


def test_show_prints_the_report_or_the_run_object(syncd: Syncd, app: Any, report: Any) -> None:
    """The same words as in reports/; looking at a held run is no failure."""
    app.answer = report(state=RunState.HELD)
    result = syncd("runs", "show", "12")
    assert (0, "Report of userimport.csv\n") == (result.exit_code, result.stdout)
    assert "held" == json.loads(syncd("runs", "show", "12", "--json").stdout)["state"]


def test_an_unknown_run_is_wrong_usage(syncd: Syncd, app: Any) -> None:
    """Whether app raises or finds nothing."""
    result = syncd("runs", "show", "99")
    assert (2, "Error: there is no run 99; syncd runs lists them\n") == (result.exit_code, result.stderr)
    app.error = UsageError("there is no run 99")
    assert 2 == syncd("runs", "show", "99").exit_code


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_decision_carries_name_and_reason(verb: str, syncd: Syncd, app: Any, report: Any) -> None:
    """Promise 6: a named person decides."""
    app.answer = report()
    assert 0 == syncd(verb, "12", "--by", "ada", "--reason", "year change").exit_code
    assert {"decision": verb, "id": 12, "by": "ada", "reason": "year change"}.items() <= app.asked.items()


def test_a_decision_without_a_name_is_the_login_names(
    syncd: Syncd, app: Any, report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody types his own name."""
    monkeypatch.setattr("getpass.getuser", lambda: "grace")
    app.answer = report(state=RunState.COMPLETED_WITH_FAILURES)
    assert 1 == syncd("approve", "12").exit_code
    assert ("grace", "") == (app.asked["by"], app.asked["reason"])
