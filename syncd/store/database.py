"""One database and the three ways into it: reading and writing rows by SQLAlchemy, and frames in bulk."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from syncd.core.errors import UsageError
from syncd.store import migrate
from syncd.store.bulk import Bulk
from syncd.store.bulk_rows import RowsBulk
from syncd.store.faults import explained

_BUSY_SECONDS = 60

FEW_ROWS = 60_000
"""Up to so many rows, Python's own SQLite reads and writes frames faster than ADBC, which is first to be opened."""

Rows = Callable[[Bulk], int]
"""Tells how many rows are at stake; it may look them up."""

Connect = Callable[[Rows], AbstractContextManager[Bulk]]

_file_locks: dict[Path, threading.Lock] = {}
"""One lock for each SQLite file of this process.

Two SQLite libraries work here, Python's and ADBC's. POSIX gives locks to processes, not to
libraries: when one of them closes the file, the other's locks are gone and a second process
may write into the middle of a transaction. So only one of them has the file open at a time.
"""


class Database:
    """A database whose schema is up to date."""

    def __init__(
        self,
        engine: sa.Engine,
        guard: AbstractContextManager[object],
        connect_bulk: Connect,
    ) -> None:
        self._engine = engine
        self._guard = guard
        self._connect_bulk = connect_bulk
        try:
            with self.reading() as connection:
                current = migrate.is_current(connection)
            if not current:
                with self.writing() as connection:
                    migrate.upgrade(connection)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, address: str) -> "Database":
        """Open the database at a URL; make it or bring it up to date where needed.

        Raises:
            UsageError: the URL names no database that syncd can use.
            PassingError: the database cannot be reached.
        """
        try:
            url = make_url(address)
        except sa.exc.ArgumentError as error:
            raise UsageError(f"'{address}' is not the URL of a database") from error
        if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
            return cls._sqlite(Path(str(url.database)).absolute())
        if url.get_backend_name() == "postgresql":
            return cls._postgres(url)
        raise UsageError("the database must be sqlite:////absolute/path or postgresql://…")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection for reading."""
        with explained(), self._guard, self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that is committed at the end, or rolled back on an error."""
        engine = self._engine.execution_options(immediate=True)
        with explained(), self._guard, engine.begin() as connection:
            yield connection

    @contextmanager
    def bulk(self, rows: Rows) -> Iterator[Bulk]:
        """Give a connection for frames, of the sort that suits the rows; what it began and did not commit is undone."""
        with explained(), self._guard, self._connect_bulk(rows) as bulk:
            yield bulk

    def copy_to(self, path: Path) -> None:
        """Write a copy of a SQLite database, whole and of one moment, to a new file."""
        with self.reading() as connection, closing(sqlite3.connect(path)) as copy:
            cast("sqlite3.Connection", connection.connection.driver_connection).backup(copy)

    def close(self) -> None:
        """Close what is open."""
        self._engine.dispose()

    @classmethod
    def _sqlite(cls, path: Path) -> "Database":
        engine = _sqlite_engine(path)

        @contextmanager
        def connect(rows: Rows) -> Iterator[Bulk]:
            with _of_python(engine) as few:
                if rows(few) <= FEW_ROWS:
                    yield few
                    return
            from syncd.store.bulk_sqlite import SqliteBulk

            engine.dispose()
            with closing(SqliteBulk(path)) as many:
                yield many

        return cls(engine, _file_locks.setdefault(path.resolve(), threading.Lock()), connect)

    @classmethod
    def _postgres(cls, url: URL) -> "Database":
        try:
            engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise UsageError("PostgreSQL needs psycopg: pip install 'syncd[postgres]'") from error
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)

        def connect(_: Rows) -> AbstractContextManager[Bulk]:
            from syncd.store.bulk_postgres import PostgresBulk

            return closing(PostgresBulk(address))

        return cls(engine, nullcontext(), connect)


@contextmanager
def _of_python(engine: sa.Engine) -> Iterator[Bulk]:
    """Give the connection that the engine keeps."""
    with engine.connect() as connection:
        bulk = RowsBulk(cast("sqlite3.Connection", connection.connection.driver_connection))
        try:
            yield bulk
        finally:
            bulk.close()


def _sqlite_engine(path: Path) -> sa.Engine:
    url = URL.create("sqlite", database=str(path))
    # One connection is kept: SQLite empties its log and syncs the file whenever the last one is closed.
    engine = sa.create_engine(
        url, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, connect_args={"timeout": _BUSY_SECONDS}
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        # Python's own way of beginning transactions leaves out schema changes and reads: ours is in `begin`.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
