"""Several processes and threads on one store, and processes that die."""

import subprocess
import threading
from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.frames.changes import ChangeSet
from syncd.store import database
from syncd.store.bulk_sqlite import SqliteBulk

CHILD_SECONDS = 60


@pytest.fixture
def anna(scene: Any) -> Any:
    """Give a store with one user."""
    scene.create(Kind.USER, {"id": 1, "username": "anna"})
    return scene


def usernames(scene: Any) -> set[str]:
    return set(scene.store.find(Kind.USER, (), None).get_column("username"))


def ended(child: subprocess.Popen[str], line: str = "") -> tuple[int, str]:
    out, _ = child.communicate(line, timeout=CHILD_SECONDS)
    return child.returncode, out


@pytest.mark.parametrize("mode", ["killed-after-change", "killed-before-commit"])
def test_a_process_killed_on_the_way_leaves_the_store_as_it_was(anna: Any, mode: str) -> None:
    """Promise 5: kill -9 at any instant changes nothing; the next apply goes through."""
    run = anna.run()
    before = (anna.store.seq(), anna.store.population(), anna.store.memory("users"), anna.store.runs())
    assert (-9, "") == ended(anna.child(run, mode))
    assert before == (anna.store.seq(), anna.store.population(), anna.store.memory("users"), anna.store.runs())
    assert ({"anna"}, 0) == (usernames(anna), len(anna.store.touches(0)))
    assert (0, "applied\n") == ended(anna.child(run, "whole"))
    assert {"anna2", "bo"} == usernames(anna)


def test_what_a_process_committed_outlives_it(anna: Any) -> None:
    """Only another process can tell whether a commit was one: the committing connection sees its rows in any case."""
    run = anna.run()
    assert (-9, "") == ended(anna.child(run, "killed-after-commit"))
    assert ({"anna2", "bo"}, 2) == (usernames(anna), anna.store.population()[Kind.USER])
    assert (run.work, anna.store.seq()) == anna.store.memory("users")


def test_a_second_writer_waits_and_then_sees_that_the_roster_moved(anna: Any) -> None:
    """Two processes must never both apply plans made for the same roster."""
    first, second = anna.run(), anna.run()
    holder = anna.child(first, "holds")
    assert "holding\n" == holder.stdout.readline()
    waiter = anna.child(second, "announced")
    assert "beginning\n" == waiter.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        waiter.wait(timeout=0.3)
    assert {"anna"} == usernames(anna)
    assert (0, "applied\n") == ended(holder, "go on\n")
    assert (0, "moved\n") == ended(waiter)


def test_reading_rows_waits_while_frames_have_the_file(
    new_database: Any, anna: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two SQLite libraries with one file open in one process lose each other's locks."""
    if not anna.url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no such limit: its connections are independent")
    monkeypatch.setattr(database, "FEW_ROWS", -1)
    commit = SqliteBulk.commit
    read = threading.Event()
    reader = threading.Thread(target=lambda: (anna.store.runs(), read.set()))
    seen = []

    def commit_while_another_reads(bulk: SqliteBulk) -> None:
        reader.start()
        seen.append(read.wait(0.2))
        commit(bulk)

    monkeypatch.setattr(SqliteBulk, "commit", commit_while_another_reads)
    anna.store.apply(ChangeSet(), anna.run(), {})
    reader.join(CHILD_SECONDS)
    assert [False, True] == [*seen, read.is_set()]
