"""Frames into and out of SQLite, through ADBC: columns are bound in C, without a Python object for each cell.

Its statements are used as they are: the layer of cursors above them loads pandas, which takes longer than
many a file.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import polars as pl
import pyarrow as pa

from syncd.store.bulk import Schema, declared, gathered

BUSY_MILLISECONDS = 60_000
"""How long a writer waits for another one; the apply of a million rows takes a few seconds."""

_PRAGMAS = (
    f"busy_timeout = {BUSY_MILLISECONDS}",
    "synchronous = FULL",
    "cache_size = -131072",
)
_BATCH_ROWS = 65_536
_PLACE = re.compile(r"\$(\d+)")


class SqliteBulk:
    """A connection of ADBC's own SQLite to the file.

    It stays in autocommit mode and the transaction is ours, in SQL: with the driver's own,
    a commit can be a silent no-op. ADBC's SQLite is another library than Python's, and two of
    them must never have one file open in one process: closing either drops the other's locks.
    The caller sees to that.
    """

    def __init__(self, path: Path) -> None:
        self._database = adbc_driver_sqlite.connect(str(path))
        self._connection = adbc.AdbcConnection(self._database)
        for pragma in _PRAGMAS:
            self._run(f"PRAGMA {pragma}")

    def begin(self, *, filling: bool = False) -> None:
        """Begin the transaction of a writer; wait for another writer to end.

        A write-ahead log takes every new page twice. Where most pages are new they go straight into the file, with a
        rollback journal of the few old ones, unless another process has the file open.
        """
        if filling:
            self._run("PRAGMA busy_timeout = 0")
            with suppress(adbc.Error):
                self._run("PRAGMA journal_mode = DELETE")
            self._run(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        self._run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the transaction durable, then empty the write-ahead log unless a reader still needs it."""
        self._run("COMMIT")
        self._run("PRAGMA busy_timeout = 0")
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def stage(self, name: str, frame: pl.DataFrame) -> None:
        """Make a temporary table of the frame; it goes with the connection."""
        self._run(f'CREATE TEMPORARY TABLE "{name}" ({declared(frame, "INTEGER")})')
        self._ingest(name, frame, temporary=True)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the frame's rows to a table that has columns of these names."""
        self._ingest(table, frame, temporary=False)

    def execute(self, sql: str, *values: str | int | None) -> None:
        """Run one statement. To SQLite `$2` would be a name, and names are bound in order of appearance."""
        self._run(_PLACE.sub(r"?\1", sql), *values)

    def query(self, sql: str, schema: Schema) -> pl.DataFrame:
        """Return the rows of a SELECT as a frame with these columns.

        ADBC takes the types of columns from the first rows that it sees, and a column of nulls
        for integers: so the first row is one that shows the types, and is then left out.
        """
        example = ", ".join(("''" if dtype == pl.String else "0") + f' AS "{name}"' for name, dtype in schema.items())
        with self._statement(**{"adbc.sqlite.query.batch_rows": _BATCH_ROWS}) as statement:
            statement.set_sql_query(f"SELECT {example} UNION ALL SELECT * FROM ({sql})")
            stream, _ = statement.execute_query()
            return gathered(pa.RecordBatchReader.from_stream(stream), schema).slice(1)

    def close(self) -> None:
        """Give the connection back; SQLite undoes what was not committed."""
        self._connection.close()
        self._database.close()

    def _run(self, sql: str, *values: str | int | None) -> None:
        with self._statement() as statement:
            statement.set_sql_query(sql)
            if values:
                statement.prepare()
                statement.bind_stream(pl.DataFrame({str(n): [value] for n, value in enumerate(values)}).to_arrow())
            statement.execute_update()

    def _ingest(self, table: str, frame: pl.DataFrame, *, temporary: bool) -> None:
        options = {
            "adbc.ingest.target_table": table,
            "adbc.ingest.mode": "adbc.ingest.mode.append",
            "adbc.ingest.temporary": str(temporary).lower(),
        }
        for part in frame.iter_slices(_BATCH_ROWS):
            with self._statement(**options) as statement:
                statement.bind_stream(part.to_arrow())
                statement.execute_update()

    @contextmanager
    def _statement(self, **options: str | int) -> Iterator[adbc.AdbcStatement]:
        statement = adbc.AdbcStatement(self._connection)
        try:
            statement.set_options(**options)
            yield statement
        finally:
            statement.close()
