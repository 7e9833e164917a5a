"""What rows that failed, and plans that wait, would have made: names that later files of the delivery miss.

A frame of `SCHEMA` has one line for each name; `line` is that of the row that failed, 0 where the plan waits; `file` is
its file, "" for the only one of a run.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind

SCHEMA = {
    "kind": pl.String(),
    "by": pl.String(),
    "value": pl.String(),
    "line": pl.Int64(),
    "file": pl.String(),
}

MOST = 100_000
"""Rows of a file whose names are kept: enough for whoever mends it."""


def nothing() -> pl.DataFrame:
    """Return a frame of no names."""
    return pl.DataFrame(schema=SCHEMA)


def names_of(kind: Kind, rows: pl.DataFrame, file: str = "") -> pl.DataFrame:
    """Return the names under which others know the records of rows.

    rows: line, and columns of the kind as text; a row that was to delete (`deleted`) makes nothing.
    """
    if rows.schema.get("deleted") == pl.Boolean():
        rows = rows.filter(~pl.col("deleted"))
    rows = rows.head(MOST)
    columns = [c.name for c in SPECS[kind].columns if c.identity and rows.schema.get(c.name) == pl.String()]
    named = [
        rows.select(
            pl.lit(kind.value).alias("kind"),
            pl.lit(by).alias("by"),
            pl.col(by).alias("value"),
            pl.col("line"),
            pl.lit(file).alias("file"),
        ).filter(pl.col("value") != "")
        for by in columns
    ]
    return pl.concat([nothing(), *named])
