"""What both databases can do with whole frames: the small edge that bulk reads and the apply stand on."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import polars as pl
import pyarrow as pa

Schema = Mapping[str, pl.DataType]
"""Columns of a result by name, in order: `String` or `Int64`."""


class Bulk(Protocol):
    """One connection for frames and set-based statements; frames hold `String` and `Int64` columns only.

    Statements are written in the SQL that SQLite (3.39 or later) and PostgreSQL share, with `$1`, `$2` … for values.
    What was begun and not committed is undone when the connection closes, however it ends.
    """

    def begin(self, *, filling: bool = False) -> None:
        """Begin the transaction of a writer; wait for another writer to end.

        filling: more will be written than there is; readers may then have to wait for the end of it.
        """

    def commit(self) -> None:
        """Make the transaction durable."""

    def stage(self, name: str, frame: pl.DataFrame) -> None:
        """Make a temporary table of the frame; it goes with the connection."""

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the frame's rows to a table that has columns of these names."""

    def execute(self, sql: str, *values: str | int | None) -> None:
        """Run one statement."""

    def query(self, sql: str, schema: Schema) -> pl.DataFrame:
        """Return the rows of a SELECT as a frame with these columns."""

    def close(self) -> None:
        """Give the connection back."""


def quoted(*names: str, of: str = "") -> str:
    """Return the names as a list of SQL identifiers, each qualified by the table `of` where given."""
    qualifier = f"{of}." if of else ""
    return ", ".join(f'{qualifier}"{name}"' for name in names)


def joined(left: str, right: str, columns: tuple[str, ...]) -> str:
    """Return the SQL condition that these columns of two tables are equal."""
    return " AND ".join(f'{left}."{name}" = {right}."{name}"' for name in columns)


def gathered(batches: Iterable[pa.RecordBatch], schema: Schema) -> pl.DataFrame:
    """Return the batches as one frame; each is turned as it comes, so that not all is in memory twice."""
    frames = [pl.DataFrame(batch, schema=dict(schema)) for batch in batches]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict(schema))


def declared(frame: pl.DataFrame, integer: str) -> str:
    """Return the frame's columns as SQL declares them."""
    types = {pl.Int64(): integer, pl.String(): "TEXT"}
    return ", ".join(f'"{name}" {types[dtype]}' for name, dtype in frame.schema.items())
