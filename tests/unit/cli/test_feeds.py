"""feed describe, and what --feed asks for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from syncd.dialects.moodle.dialect import MOODLE

Syncd = Callable[..., Result]


def test_sync_asks_for_the_files_of_one_feed(syncd: Syncd, app: Any, one_pass: Any) -> None:
    """At once, whatever its schedule."""
    app.answer = one_pass()
    syncd("sync", "--feed", "users")
    assert "users" == app.asked["feed"]


def test_a_feed_and_named_files_do_not_go_together(syncd: Syncd, app: Any, tmp_path: Path) -> None:
    """Nobody could say which of the two was meant."""
    file = tmp_path / "users.csv"
    file.touch()
    result = syncd("sync", str(file), "--feed", "users")
    assert (2, True) == (result.exit_code, "--feed" in result.stderr)


def test_the_columns_of_an_object_are_told_without_a_home(syncd: Syncd, tmp_path: Path) -> None:
    """Somebody writes the first file before anything is set up."""
    shown = syncd("feed", "describe", "cohorts", "--home", str(tmp_path)).stdout
    assert "cohorts (moodle): files such as cohorts.csv" in shown
    lines = [json.loads(line) for line in syncd("feed", "describe", "users", "--json").stdout.splitlines()]
    username = next(line for line in lines if line["column"] == "username")
    assert ("users", "in the header") == (username["object"], username["needed"])
    assert {"object", "column", "needed", "takes", "about", "aliases"} == set(username)


def test_an_archive_tells_what_it_may_hold_and_which_options_count(syncd: Syncd, tmp_path: Path) -> None:
    """It has no columns; its names are what a sender must know, also a feed's own."""
    (tmp_path / "config").mkdir()
    feed = (
        '[[feed]]\nname = "faces"\nfiles = "f*.zip"\nobject = "userpictures"\noptions.picture_identifier = "idnumber"\n'
    )
    (tmp_path / "config" / "syncd.toml").write_text(f'[pictures]\nlargest = "2MiB"\n{feed}')
    shown = syncd("feed", "describe", "faces", "--home", str(tmp_path)).stdout
    assert "userpictures (moodle, the feed faces): files such as f*.zip" in shown
    assert "picture_identifier = idnumber, overwrite_pictures = yes" in shown
    assert "2MiB each" in shown
    (told,) = [json.loads(line) for line in syncd("feed", "describe", "userpictures", "--json").stdout.splitlines()]
    assert {"object", "files", "about", "options", "limits"} == set(told)
    assert ("username", 10 << 20) == (told["options"]["picture_identifier"], told["limits"]["largest"])


@pytest.mark.parametrize("object_", [*MOODLE.files, *MOODLE.archives])
def test_every_object_can_be_described(syncd: Syncd, object_: str, tmp_path: Path) -> None:
    """From the tables by which files are read, so that it cannot be wrong."""
    assert 0 == syncd("feed", "describe", object_, "--home", str(tmp_path)).exit_code


def test_a_feed_is_described_by_what_its_files_hold(syncd: Syncd, tmp_path: Path) -> None:
    """With its own names of files."""
    (tmp_path / "config").mkdir()
    feeds = '[[feed]]\nname = "hr"\nfiles = "hr*.txt"\nobject = "users"\n[[feed]]\nname = "any"\nfiles = "*"\n'
    (tmp_path / "config" / "syncd.toml").write_text(feeds)
    shown = syncd("feed", "describe", "hr", "--home", str(tmp_path)).stdout
    assert "users (moodle, the feed hr): files such as hr*.txt" in shown
    assert "does not say what its files hold" in syncd("feed", "describe", "any", "--home", str(tmp_path)).stderr


def test_what_is_neither_is_answered_with_the_nearest(syncd: Syncd, tmp_path: Path) -> None:
    """And what there is, where nothing is near."""
    result = syncd("feed", "describe", "enrolment", "--home", str(tmp_path))
    assert (2, True) == (result.exit_code, "there is enrolments" in result.stderr)
