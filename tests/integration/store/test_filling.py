"""Filling a new SQLite roster, past its write-ahead log: safe from a crash, and polite to other processes."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.core.runs import Run, Trigger
from syncd.frames.changes import ChangeSet
from syncd.store import apply, database
from syncd.store.bulk_sqlite import SqliteBulk
from syncd.store.store import Store

RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 60_000
"""Enough that the cache spills into the file before the commit."""

_READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
while True:
    print(connection.execute("SELECT COUNT(*) FROM users").fetchone()[0], flush=True)
    if not sys.stdin.readline():
        break
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the path of an empty roster that bulk work goes into by ADBC, with a small cache."""
    monkeypatch.setattr(database, "FEW_ROWS", -1)
    monkeypatch.setattr("syncd.store.bulk_sqlite._PRAGMAS", ("synchronous = FULL", "cache_size = -256"))
    Store.open(f"sqlite:///{tmp_path}/syncd.db").close()
    return tmp_path / "syncd.db"


@pytest.fixture
def users() -> pl.DataFrame:
    """Give many new users."""
    numbers = pl.int_range(1, ROWS + 1, dtype=pl.Int64, eager=True)
    columns = {"state": "enabled", "data_source": "sis", "created_run": 1, "run": 1}
    names = pl.Series("username", [f"u{number:08}" for number in numbers])
    return pl.DataFrame({"id": numbers, "username": names}).with_columns(
        pl.lit(value, pl.Int64 if isinstance(value, int) else pl.String).alias(name) for name, value in columns.items()
    )


def journal_mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def filling(path: Path, users: pl.DataFrame) -> Iterator[SqliteBulk]:
    """Give a bulk connection in the middle of filling."""
    with closing(SqliteBulk(path)) as bulk:
        bulk.begin(filling=True)
        bulk.append("users", users)
        yield bulk


def test_a_crash_in_the_middle_leaves_an_empty_roster(path: Path, users: pl.DataFrame) -> None:
    """What the machine would find after kill -9 is the file and its rollback journal as they stand."""
    after = path.with_name("after.db")
    for _ in filling(path, users):
        assert Path(f"{path}-journal").stat().st_size > 0
        shutil.copy(path, after)
        shutil.copy(f"{path}-journal", f"{after}-journal")
    assert after.stat().st_size > users.estimated_size() / 2
    with closing(Store.open(f"sqlite:///{after}")) as store:
        assert 0 == store.population()[Kind.USER] == len(store.find(Kind.USER, (), None))
    assert "wal" == journal_mode(after)


def test_what_was_committed_stays_and_the_log_is_back(path: Path, users: pl.DataFrame) -> None:
    """The next writers are nightly ones, beside which others read."""
    for bulk in filling(path, users):
        bulk.commit()
    with closing(Store.open(f"sqlite:///{path}")) as store:
        assert len(users) == len(store.find(Kind.USER, (), None))
    assert "wal" == journal_mode(path)


def test_a_reader_in_another_process_is_not_disturbed(path: Path, users: pl.DataFrame) -> None:
    """While somebody else has the file open, filling goes through the log as everything else."""
    command = [sys.executable, "-c", _READER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin
        assert reader.stdout
        seen = [reader.stdout.readline()]
        for bulk in filling(path, users):
            for step in (lambda: None, bulk.commit):
                step()
                print("again", file=reader.stdin, flush=True)
                seen.append(reader.stdout.readline())
        reader.stdin.close()
    assert ["0\n", "0\n", f"{len(users)}\n"] == seen


@pytest.mark.parametrize(("held", "expected"), [(0, True), (ROWS, False)])
def test_only_what_more_than_doubles_the_roster_fills_it(
    path: Path, users: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, *, held: int, expected: bool
) -> None:
    """A nightly run must not keep readers out, however large it is."""
    begun = []
    begin = SqliteBulk.begin
    monkeypatch.setattr(apply, "_MANY_ROWS", 100)
    monkeypatch.setattr(SqliteBulk, "begin", lambda bulk, *, filling: (begun.append(filling), begin(bulk))[1])
    later = users.with_columns(pl.col("id") + ROWS, pl.col("username") + "-later")
    with closing(Store.open(f"sqlite:///{path}")) as store:
        for number, frame in enumerate([users, later] if held else [users]):
            run = Run(work=f"w{number}", file="u.csv", trigger=Trigger.CLI, received=RECEIVED, roster_seq=store.seq())
            store.apply(ChangeSet(created={Kind.USER: frame}), store.add_run(run), {}, lambda: None)
    assert expected == begun[-1]
