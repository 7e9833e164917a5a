"""Opening a store: it is made, brought up to date, or refused with a sentence."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from syncd.core.errors import FatalError, PassingError, UsageError
from syncd.store.database import FEW_ROWS
from syncd.store.store import Store


def test_a_roster_keeps_its_installation_and_seed(scene: Any, new_database: Callable[[], str]) -> None:
    """Remembered hashes are seeded with it: it must stay, and differ from others'."""
    reopened, other = Store.open(scene.url), Store.open(new_database())
    first, second = reopened.installation(), other.installation()
    reopened.close()
    other.close()
    assert scene.store.installation() == first
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert 0 <= first[1] < 2**63


def test_an_empty_store_knows_nothing(scene: Any) -> None:
    """A new home begins at change number 0, without runs, records and memory."""
    store = scene.store
    assert (0, [], None, {0}) == (store.seq(), store.runs(), store.memory("users"), set(store.population().values()))


def test_two_that_start_at_once_make_one_store(new_database: Callable[[], str]) -> None:
    """Daemon and command line may both meet an empty home."""
    url = new_database()
    seen: list[tuple[str, int]] = []

    def start() -> None:
        store = Store.open(url)
        seen.append(store.installation())
        store.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (4, 1) == (len(seen), len(set(seen)))


def test_a_store_that_is_up_to_date_opens_quickly_and_without_heavy_libraries(scene: Any) -> None:
    """Every command opens it: 60 ms of computing, and neither alembic nor ADBC are loaded for that."""
    script = (
        "import sys, syncd.dialects.registry; from syncd.store.store import Store; Store.open(sys.argv[1]).close();"
        "print(*{'alembic', 'adbc_driver_sqlite'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script, scene.url], check=True, capture_output=True, text=True)
    assert "" == done.stdout.strip()
    seconds = []
    for _ in range(5):
        start = time.process_time()
        Store.open(scene.url).close()
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.06


def test_few_rows_are_worked_without_heavy_libraries(tmp_path: Path) -> None:
    """A file of two rows must not wait a third of a second for ADBC and pandas to load."""
    script = """
import sys
from datetime import UTC, datetime
import polars as pl
from syncd.core.kinds import Kind
from syncd.core.runs import Run, Trigger
from syncd.frames.changes import ChangeSet
from syncd.store.store import Store
store = Store.open(sys.argv[1])
run = store.add_run(Run(work="w", file="f", trigger=Trigger.CLI, received=datetime.now(UTC)))
store.apply(ChangeSet(created={Kind.USER: pl.DataFrame({"id": [1], "state": ["enabled"], "_row": [1]})}), run, {})
print(len(store.find(Kind.USER, ("id",), pl.DataFrame({"id": [1]}))))
print(len(store.names(Kind.USER, "username", None)), len(store.touches(0)))
print(*{"adbc_driver_manager", "pandas", "pyarrow.dataset"} & set(sys.modules))
"""
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path}/syncd.db"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ["1", "1 0", ""] == done.stdout.splitlines()


def test_a_database_of_a_newer_version_is_refused(scene: Any) -> None:
    """An old program must not write into tables that it does not know."""
    engine = sa.create_engine(scene.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match=r"made by another version of syncd.*9999"):
        Store.open(scene.url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/roster", "roster.db"])
def test_an_address_that_names_no_database_is_refused(url: str) -> None:
    """A wrong setting gets a sentence."""
    with pytest.raises(UsageError, match="database"):
        Store.open(url)


def test_a_database_out_of_reach_may_come_back(tmp_path: Path) -> None:
    """The daemon waits for it instead of failing files."""
    with pytest.raises(PassingError, match="cannot be used just now"):
        Store.open(f"sqlite:///{tmp_path}/missing/syncd.db")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'syncd[postgres]'")
    with pytest.raises(PassingError, match="cannot be used just now"):
        Store.open(f"postgresql://syncd@/roster?host={tmp_path}")


def test_a_file_that_is_no_database_stops_everything(tmp_path: Path) -> None:
    """Going on over a damaged roster could lose what is left of it."""
    path = tmp_path / "syncd.db"
    path.write_bytes(b"this is not a roster, whatever its name says" * 100)
    with pytest.raises(FatalError, match="damaged"):
        Store.open(f"sqlite:///{path}")


def test_sqlite_commits_reach_the_disk(tmp_path: Path) -> None:
    """WAL with synchronous FULL: after a power cut, what was archived has also been applied."""
    store = Store.open(f"sqlite:///{tmp_path}/syncd.db")
    with store._database.reading() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    for rows in (0, FEW_ROWS + 1):
        with store._database.bulk(lambda _, rows=rows: rows) as bulk:
            settings.append(
                bulk.query("SELECT synchronous FROM pragma_synchronous", {"synchronous": pl.Int64()}).item()
            )
    store.close()
    assert ["wal", 2, 2, 2] == settings
