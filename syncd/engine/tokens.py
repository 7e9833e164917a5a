"""Tokens: what binds rows of one file together, because both may mean or claim the same record."""

from collections.abc import Mapping

import polars as pl


def tokens_of(rows: pl.DataFrame, columns: Mapping[str, str], records: pl.DataFrame) -> pl.DataFrame:
    """Return row and token (a hash) of every identifier in the rows, and of every record that has it.

    rows: row and the columns. columns: column of the rows to column of the records. That two
    tokens could be equal by chance does no harm: rows bound together are only worked one after the other.
    """
    found = []
    for column, stored in columns.items():
        given = rows.filter(pl.col(column).fill_null("") != "").select("row", pl.col(column).alias("_value"))
        seed = list(columns.values()).index(stored)
        found.append(given.select("row", pl.col("_value").hash(seed=seed).alias("token")))
        if not (records.is_empty() or given.is_empty()):
            owners = records.select(pl.col(stored).alias("_value"), pl.col("id").hash(seed=len(columns)).alias("token"))
            found.append(given.join(owners, on="_value", how="inner").select("row", "token"))
    return pl.concat(found)
