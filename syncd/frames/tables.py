"""Frames without needless copies: a million rows of ten text columns are 200 MB, and a join makes them once more."""

import numpy as np
import polars as pl


def kept_where(frame: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """Return the rows where the condition holds; the frame itself, not a copy, where it holds for all."""
    mask = frame.select(condition.fill_null(value=False).alias("_kept")).to_series()
    return frame if mask.all() else frame.filter(mask)


def has_repeats(numbers: pl.Series) -> bool:
    """Return whether a whole number stands in the series twice; quicker and smaller than to mark which."""
    ordered = np.sort(numbers.to_numpy())
    return bool((ordered[1:] == ordered[:-1]).any())


def with_columns_of(rows: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that `other` has too, with its columns; both have `row`, each number once, in one order."""
    if len(rows) == len(other) and rows.get_column("row").equals(other.get_column("row")):
        return rows.hstack(other.drop("row"))
    return rows.join(other, on="row", how="inner", maintain_order="left")


def with_order(rows: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `_wave` from `order` (row, `_wave`); those that it does not name belong to wave 0."""
    if order.is_empty():
        return rows.with_columns(pl.lit(0, pl.Int64).alias("_wave"))
    return rows.join(order, on="row", how="left", maintain_order="left").with_columns(pl.col("_wave").fill_null(0))


def joined_left(rows: pl.DataFrame, other: pl.DataFrame, on: str) -> pl.DataFrame:
    """Return the rows in their order with the columns of `other`, null where it has none; its `on` is unique."""
    if other.is_empty():
        return rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in other.schema.items() if name != on)
    return rows.join(other, on=on, how="left", maintain_order="left")


def without_rows(rows: pl.DataFrame, out: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose number is not among those of `out`."""
    return rows if out.is_empty() else rows.join(out, on="row", how="anti", maintain_order="left")
