"""Which feed takes a file, and what a run gets from it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.core.feeds import Feed, as_told, feed_of, routed
from syncd.core.runs import Run, Trigger

USERS = Feed(
    name="users",
    files=("users*.csv", "people-????.txt"),
    dialect="moodle",
    object="users",
    operation="command",
    data_source="hr",
    options={"encoding": "cp1252", "force_update": "no"},
)
REST = Feed(name="rest", files=("*",))


def run(file: str, **said: object) -> Run:
    base = Run(work="w", file=file, trigger=Trigger.WATCH, received=datetime(2026, 11, 21, tzinfo=UTC), operation="")
    return replace(base, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "feed"),
    [
        ("users.csv", "users"),
        ("users_2026.csv", "users"),
        ("USERS.CSV", "users"),
        ("people-0001.txt", "users"),
        ("people-1.txt", "rest"),
        ("my-users.csv", "rest"),
        ("users_tryback_20261121-183005.csv", "users"),
        ("people-0001_tryback_20261121-183005-2.txt", "users"),
        ("users\n.csv", "users"),
        ("users.csv.bak", "rest"),
    ],
)
def test_the_first_feed_whose_pattern_fits_takes_the_file(file: str, feed: str) -> None:
    """A whole name is matched, a tryback by the name that it was made from, and a line end hides nothing."""
    found = feed_of((USERS, REST), file)
    assert found is not None
    assert feed == found.name


def test_a_file_that_no_feed_takes_is_nobodys() -> None:
    """It goes on being recognised by its name and header."""
    assert None is feed_of((USERS,), "courses.csv")
    assert ("", "", "") == (lambda r: (r.feed, r.operation, r.object))(routed(run("courses.csv"), (USERS,)))


def test_a_run_gets_what_its_feed_declares() -> None:
    """So that nothing has to be found out, or told at the command line."""
    found = routed(run("users.csv"), (USERS,))
    assert ("users", "moodle", "users", "command", "hr") == (
        found.feed,
        found.dialect,
        found.object,
        found.operation,
        found.data_source,
    )
    assert USERS.options == found.options


def test_what_was_told_wins_over_the_feed() -> None:
    """A person at the command line knows of an exception."""
    found = routed(run("users.csv", object="cohorts", options={"encoding": "utf-8"}), (USERS,))
    assert ("cohorts", "utf-8", "no") == (found.object, found.options["encoding"], found.options["force_update"])


def test_when_a_file_comes_again_its_feed_is_asked_again() -> None:
    """Who mends the feed's encoding and requeues the run must not get the old encoding once more."""
    first = routed(run("users.csv", options={"allow_rename": "yes"}), (USERS,))
    again = as_told(first)
    assert ("", {"allow_rename": "yes"}) == (again["object"], again["options"])
