"""Findings as columns: a file of which a million rows fail must not cost a million Python objects."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from syncd.core.findings import CATALOGUE, Finding, Severity

SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "line": pl.Int64(),
    "column": pl.String(),
    "code": pl.String(),
    "severity": pl.String(),
    "message": pl.String(),
    "file": pl.String(),
}
"""Columns of every frame of findings; file: see `core.findings.Finding`."""

_NONE = pl.DataFrame(schema=SCHEMA)

_PLACE = re.compile(r"{(\w+)}")


def none() -> pl.DataFrame:
    """Return an empty frame of findings."""
    return _NONE


def remarks(
    rows: pl.DataFrame, code: str, *, column: str | pl.Expr = "", **places: str | int | pl.Expr
) -> pl.DataFrame:
    """Return one finding of this code for each of the rows.

    rows: has the columns `row` and `line`, and those that the places are made of.
    column: the header of the column that it is about, the same for all or an expression over `rows`.
    places: what fills the sentence's `{named}` places: a constant, or an expression over `rows`.
    """
    if rows.is_empty():
        return none()
    entry = CATALOGUE[code]
    text = f"{entry.sentence}; {entry.advice}" if entry.advice else entry.sentence
    filled: dict[str, str | int | pl.Expr] = {"column": column, **places}
    names = _PLACE.findall(text)
    parts = [_as_text(filled[name]) for name in names]
    message = pl.format(_PLACE.sub("{}", text), *parts) if parts else pl.lit(text)
    return rows.select(
        pl.col("row").cast(pl.Int64),
        pl.col("line").cast(pl.Int64),
        _as_text(column).alias("column"),
        pl.lit(code).alias("code"),
        pl.lit(entry.severity.value).alias("severity"),
        message.alias("message"),
        pl.lit("").alias("file"),
    )


def gather(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the findings of all frames as one, in order of rows."""
    full = [frame for frame in frames if not frame.is_empty()]
    return pl.concat(full).sort("row", maintain_order=True) if full else none()


def numbered_from(found: pl.DataFrame, start: int) -> pl.DataFrame:
    """Return the findings of one file with their rows counted on from a number."""
    return found.with_columns(pl.col("row") + start) if start else found


def in_files(found: pl.DataFrame, files: Sequence[str], starts: Sequence[int]) -> pl.DataFrame:
    """Return findings whose rows are numbered through, in order, with the name of the file of each and its row there.

    starts: the number of row 0 of each file. Of one file nothing changes.
    """
    if len(files) == 1:
        return found
    numbers = np.array(starts)
    places = np.searchsorted(numbers, found.get_column("row").to_numpy(), side="right") - 1
    return found.with_columns(
        pl.col("row") - pl.Series(numbers[places]), pl.Series("file", files, dtype=pl.String).gather(places)
    )


def from_values(findings: Iterable[Finding]) -> pl.DataFrame:
    """Return single findings as a frame."""
    rows = [
        {
            "row": f.row,
            "line": f.line,
            "column": f.column,
            "code": f.code,
            "severity": f.severity.value,
            "message": f.message,
            "file": f.file,
        }
        for f in findings
    ]
    return pl.DataFrame(rows, schema=SCHEMA) if rows else none()


def to_values(found: pl.DataFrame) -> list[Finding]:
    """Return the findings of a frame one by one."""
    return [Finding(**{**row, "severity": Severity(row["severity"])}) for row in found.iter_rows(named=True)]


def erroneous(findings: pl.DataFrame) -> pl.Series:
    """Return the numbers of the rows that have an error, each once."""
    if findings.is_empty():
        return none().get_column("row")
    return findings.filter(pl.col("severity") == Severity.ERROR.value).get_column("row").unique()


def _as_text(place: str | int | pl.Expr) -> pl.Expr:
    expression = place if isinstance(place, pl.Expr) else pl.lit(str(place))
    return expression.cast(pl.String).fill_null("")
