"""roster list and roster show."""

import json
from collections.abc import Callable
from typing import Any

from typer.testing import Result

from syncd.core.kinds import Kind

Syncd = Callable[..., Result]


def record(key: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "user", "key": key, "data_source": "sis", "state": "enabled", "fields": fields, "run": 12}


def test_records_are_listed_with_what_they_hold(syncd: Syncd, app: Any) -> None:
    """Empty fields say nothing and take room."""
    app.answer = [record("1", username="ada", city="", profile={})]
    heading, line = syncd("roster", "list", "user").stdout.splitlines()
    assert ["1", "enabled", "sis", "12", "username=ada"] == line.split()
    assert heading.startswith("KEY")
    assert (Kind.USER, False) == (app.asked["kind"], app.asked["deleted"])


def test_records_as_json_are_those_of_the_contract(syncd: Syncd, app: Any) -> None:
    """With all fields, one a line, names as people write them."""
    app.answer = [record("1", firstname="Åsa", city=""), record("2")]
    result = syncd("roster", "list", "user", "--deleted", "--json")
    assert [record("1", firstname="Åsa", city=""), record("2")] == list(map(json.loads, result.stdout.splitlines()))
    assert ("Åsa" in result.stdout, True) == (True, app.asked["deleted"])


def test_one_record_is_shown_field_by_field(syncd: Syncd, app: Any) -> None:
    """All homonyms of a key are shown."""
    app.answer = [record("1", username="ada"), record("2", username="Ada")]
    shown = syncd("roster", "show", "user", "ada").stdout
    assert ["user 1", "user 2"] == [line for line in shown.splitlines() if line.startswith("user ")]
    assert "  username  ada\n" in shown
    assert "ada" == app.asked["key"]
    assert 2 == len(syncd("roster", "show", "user", "ada", "--json").stdout.splitlines())


def test_a_record_that_is_not_there_is_said(syncd: Syncd, app: Any) -> None:
    """And how to look for it."""
    app.answer = []
    result = syncd("roster", "show", "course", "X")
    assert 2 == result.exit_code
    assert "Error: the roster has no course 'X'; syncd roster list course shows them\n" == result.stderr


EVENT = {
    "time": "2026-11-21T18:30:05+01:00",
    "kind": "user",
    "key": "1",
    "record": "1",
    "action": "updated",
    "run": 12,
    "operation": "command",
    "undoes": None,
    "file": "users.csv",
    "feed": "staff",
    "data_source": "sis",
    "row": 3,
    "line": 5,
    "by": "",
    "approved_by": "bo",
    "reason": "new year",
    "hidden": ["password_mark"],
    "before": {"city": None},
    "after": {"city": "Umeå"},
    "derives_from": {"kind": "meta_link", "key": "A/B"},
}


def test_why_tells_each_event_with_all_that_is_known(syncd: Syncd, app: Any) -> None:
    """Where it came from, what it did and who let it; of a secret nothing but that it is another one."""
    app.answer = [EVENT]
    shown = syncd("roster", "why", "user", "ada")
    assert 0 == shown.exit_code
    assert [
        "2026-11-21T18:30:05+01:00  user 1 updated by run 12",
        "  file           users.csv, row 3, line 5",
        "  feed           staff",
        "  data source    sis",
        "  approved by    bo",
        "  reason         new year",
        "  derives from   meta_link A/B",
        "  city           (nothing) → Umeå",
        "  password_mark  (another one; it is never shown)",
    ] == shown.stdout.splitlines()
    assert EVENT == json.loads(syncd("roster", "why", "user", "ada", "--json").stdout)
    assert (Kind.USER, "ada") == (app.asked["kind"], app.asked["key"])


def test_why_of_nothing_is_wrong_usage(syncd: Syncd, app: Any) -> None:
    """And how to look for it."""
    app.answer = []
    result = syncd("roster", "why", "course", "X")
    assert (2, "Error: the roster has no course 'X'; syncd roster list course shows them\n") == (
        result.exit_code,
        result.stderr,
    )
