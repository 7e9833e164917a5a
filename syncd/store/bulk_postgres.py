"""Frames into and out of PostgreSQL, by COPY: what psycopg passes on are bytes, not rows."""

import io

import polars as pl
import psycopg
import pyarrow as pa
from psycopg import pq
from psycopg.errors import error_from_result
from pyarrow import csv

from syncd.store.bulk import Schema, declared, gathered, quoted

_WRITER_LOCK = 0x73796E6302
"""The advisory lock that makes one transaction at a time the writer of the roster."""

_SLICE_ROWS = 10_000
_BLOCK_BYTES = 16 * 1024 * 1024


class PostgresBulk:
    """A connection of psycopg in autocommit mode; the transaction is ours, in SQL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url, autocommit=True, client_encoding="utf8", cursor_factory=psycopg.RawCursor
        )

    def begin(self, *, filling: bool = False) -> None:
        """Begin the transaction of a writer; wait for another writer to end."""
        self.execute("BEGIN")
        self.execute(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    def commit(self) -> None:
        """Make the transaction durable."""
        self.execute("COMMIT")

    def stage(self, name: str, frame: pl.DataFrame) -> None:
        """Make a temporary table of the frame; the planner must know its size, or it picks nested loops."""
        self.execute(f'CREATE TEMPORARY TABLE "{name}" ({declared(frame, "BIGINT")})')
        self.append(name, frame)
        self.execute(f'ANALYZE "{name}"')

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the frame's rows to a table that has columns of these names.

        Text is always quoted, so that empty text and null stay apart and no value can be
        mistaken for the end of the data.
        """
        target = f'COPY "{table}" ({quoted(*frame.columns)}) FROM STDIN (FORMAT csv)'
        with self._connection.cursor() as cursor, cursor.copy(target.encode()) as copy:
            for part in frame.iter_slices(_SLICE_ROWS):
                copy.write(part.write_csv(include_header=False, quote_style="non_numeric", null_value="").encode())

    def execute(self, sql: str, *values: str | int | None) -> None:
        """Run one statement."""
        self._connection.execute(sql.encode(), values or None)

    def query(self, sql: str, schema: Schema) -> pl.DataFrame:
        """Return the rows of a SELECT as a frame with these columns."""
        data = self._copied(f"COPY ({sql}) TO STDOUT (FORMAT csv)")
        if not data.size:
            return pl.DataFrame(schema=dict(schema))
        types = {name: pa.large_string() if dtype == pl.String else pa.int64() for name, dtype in schema.items()}
        with csv.open_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(column_names=list(schema), block_size=_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        ) as batches:
            return gathered(batches, schema)

    def close(self) -> None:
        """Give the connection back; PostgreSQL undoes what was not committed."""
        self._connection.close()

    def _copied(self, sql: str) -> pa.Buffer:
        """Return what a COPY TO gives, in memory of Arrow's own.

        Arrow reads ahead on a thread of its own: memory of Python's it would have to give back to an
        interpreter that may be ending by then, which ends the process instead.

        Through the libpq layer of psycopg: a Python generator step for each row, as in
        `Cursor.copy`, takes four times as long.
        """
        libpq = self._connection.pgconn
        result = libpq.exec_(sql.encode())
        if result.status != pq.ExecStatus.COPY_OUT:
            raise error_from_result(result)
        data = io.BytesIO()
        while True:
            size, row = libpq.get_copy_data(0)
            if size <= 0:
                break
            data.write(row)
        while (ended := libpq.get_result()) is not None:
            if ended.status != pq.ExecStatus.COMMAND_OK:
                raise error_from_result(ended)
        with pa.BufferOutputStream() as copied:
            copied.write(data.getbuffer())
            return copied.getvalue()
