"""Frames into and out of SQLite by Python's own library: an object for each cell, but nothing to load or to open.

For few rows that is less than what ADBC costs: its import, a connection of its own, and the closing of
Python's connection, at which SQLite empties its log and syncs the file.
"""

import re
import sqlite3

import polars as pl

from syncd.store.bulk import Schema, declared, quoted

_PLACE = re.compile(r"\$(\d+)")


class RowsBulk:
    """A connection of Python's SQLite that others use before and after; it is left as it was found."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection in autocommit mode on which nothing was begun."""
        self._connection = connection
        self._staged: list[str] = []

    def begin(self, *, filling: bool = False) -> None:
        """Begin the transaction of a writer; wait for another writer to end."""
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the transaction durable."""
        self._connection.execute("COMMIT")

    def stage(self, name: str, frame: pl.DataFrame) -> None:
        """Make a temporary table of the frame; it goes when this bulk is closed."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        self._staged.append(name)
        self._connection.execute(f'CREATE TEMPORARY TABLE "{name}" ({declared(frame, "INTEGER")})')
        self.append(name, frame)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the frame's rows to a table that has columns of these names."""
        places = ", ".join("?" * frame.width)
        self._connection.executemany(
            f'INSERT INTO "{table}" ({quoted(*frame.columns)}) VALUES ({places})', frame.iter_rows()
        )

    def execute(self, sql: str, *values: str | int | None) -> None:
        """Run one statement. To SQLite `$2` would be a name, and names are bound in order of appearance."""
        self._connection.execute(_PLACE.sub(r"?\1", sql), values)

    def query(self, sql: str, schema: Schema) -> pl.DataFrame:
        """Return the rows of a SELECT as a frame with these columns."""
        columns = zip(*self._connection.execute(sql).fetchall(), strict=True)
        cells = dict(zip(schema, columns, strict=False))
        return pl.DataFrame([pl.Series(name, cells.get(name, ()), dtype) for name, dtype in schema.items()])

    def close(self) -> None:
        """Undo what was not committed, and remove what was staged."""
        self._connection.rollback()
        for name in self._staged:
            self._connection.execute(f'DROP TABLE IF EXISTS temp."{name}"')
