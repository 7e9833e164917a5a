"""init and daemon."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from syncd.cli import door
from syncd.core.errors import FatalError

Syncd = Callable[..., Result]


def test_init_says_what_it_made_and_what_next(syncd: Syncd, app: Any) -> None:
    """The first command that anybody runs."""
    app.answer = [Path("h/sync"), Path("h/config/syncd.toml")]
    shown = syncd("init", "--home", "h").stdout
    assert ["made  h/sync", "made  h/config/syncd.toml"] == shown.splitlines()[:2]
    assert "syncd sync" in shown
    assert Path("h") == app.asked["home"]
    assert {"made": "h/sync"} == json.loads(syncd("init", "--json").stdout.splitlines()[0])


def test_init_on_a_whole_home_makes_nothing(syncd: Syncd, app: Any) -> None:
    """It may be run at any time."""
    app.answer = []
    assert "Everything is there already.\n" == syncd("init").stdout


def test_the_daemon_says_where_to_drop_and_how_to_stop(syncd: Syncd, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts it by hand sees at once what to do."""
    kept = []
    monkeypatch.setattr(door, "kept_going", lambda app, home, begun: (begun(), kept.append((app, home))))
    shown = syncd("daemon", "--home", "/srv/h").stdout
    for words in ("/srv/h/sync", "/srv/h/reports", "/srv/h/archives", "Ctrl-C", "syncd status", "SFTP is served"):
        assert words in shown
    assert shown.endswith("Stopped.\n")
    assert [(app, Path("/srv/h"))] == kept


def test_a_daemon_that_must_stop_says_why(syncd: Syncd, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal of the system keeps the line."""

    def stop(*_: object) -> None:
        raise FatalError("the database is damaged")

    monkeypatch.setattr(door, "kept_going", stop)
    result = syncd("daemon")
    assert (1, "Error: the database is damaged\n") == (result.exit_code, result.stderr)
