"""Every run that ends is one line of the log, whoever ended it."""

import pytest

USERS = "username;firstname;lastname\n" + "".join(f"pupil{n};P{n};L{n}\n" for n in range(1, 9))
LEAVING = "username;firstname;lastname;deleted\n" + "".join(f"pupil{n};P;L;1\n" for n in range(1, 6))
MIXED = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
LIMIT = "[limits]\nuser.removals = { count = 2, percent = 'none' }"


@pytest.fixture
def logged(monkeypatch):
    """Give the id and state of every run for which a line is written."""
    lines: list[tuple[int, str]] = []
    monkeypatch.setattr("syncd.app.workshop.log_run", lambda run: lines.append((run.id, run.state.value)))
    return lines


@pytest.mark.parametrize(("decide", "state"), [("approve", "completed"), ("reject", "rejected")])
def test_a_run_that_a_person_decided_is_logged_once(home, logged, decide, state):
    """Without it the log would say of such a run that it is held, for ever."""
    home.configure(LIMIT)
    home.worked("users.csv", USERS)
    home.drop("leaving_users.csv", LEAVING)
    home.run("sync")
    logged.clear()
    with home.app() as app:
        getattr(app, decide)(2, "ada", "they left")
        app.sync()
    assert [(2, state)] == logged


def test_a_run_that_was_requeued_is_logged_once(home, logged):
    """It is a run like any other."""
    home.drop("users.csv", MIXED)
    home.run("sync")
    with home.app() as app:
        app.requeue("1", "ada")
        app.sync()
    assert [(2, "completed_with_failures")] == logged
