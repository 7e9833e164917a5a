"""References: which record a row means, by the identifier that it was agreed to use."""

from dataclasses import dataclass

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.engine.draft import Draft, Put
from syncd.engine.results import RowResults
from syncd.frames.folding import comparable, stored

_UNKNOWN = {
    Kind.USER: "unknown-user",
    Kind.COURSE: "unknown-course",
    Kind.COHORT: "unknown-cohort",
    Kind.CATEGORY: "unknown-category",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A column of rows that names a record.

    column: the column of the rows. by: the column of the kind whose value it holds, or `id`.
    into: the column that receives the id. header: the column's name for the operator, where it is another.
    """

    column: str
    kind: Kind
    by: str
    into: str
    header: str | pl.Expr = ""


def identify(rows: pl.DataFrame, reference: Reference, draft: Draft) -> pl.DataFrame:
    """Return the rows with the id of the record that each names, null for none; `_count` says how many it could be."""
    value = comparable(pl.col(reference.column), reference.kind, reference.by)
    if reference.by == "id":
        value = value.cast(pl.Int64, strict=False)
    wanted = rows.with_columns(value.alias("_value"))
    found = draft.names(reference.kind, reference.by, wanted.get_column("_value").unique())
    found = found.select(
        stored(reference.kind, reference.by).alias("_value"), pl.col("id").alias(reference.into)
    ).drop_nulls()
    if reference.by != "id" and (reference.by,) not in SPECS[reference.kind].unique:
        found = found.group_by("_value").agg(pl.col(reference.into).min(), pl.len().cast(pl.Int64).alias("_count"))
    else:
        found = found.with_columns(pl.lit(1, pl.Int64).alias("_count"))
    return wanted.join(found, on="_value", how="left", maintain_order="left").drop("_value")


def resolve(rows: pl.DataFrame, reference: Reference, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows that name exactly one live record, with its id; refuse the others."""
    header = reference.column if isinstance(reference.header, str) and not reference.header else reference.header
    value = pl.col(reference.column)
    rows = identify(rows, reference, draft)
    rows = results.refuse(
        rows, pl.col(reference.into).is_null(), _UNKNOWN[reference.kind], header, by=reference.by, value=value
    )
    rows = results.refuse(
        rows, pl.col("_count") > 1, "ambiguous", header, by=reference.by, value=value, count=pl.col("_count")
    )
    return rows.drop("_count")


def settle(put: Put, results: RowResults, what: str) -> None:
    """Enter in the results what came of putting records: changed, refused, or of another data source."""
    results.changed(put.changed)
    if not put.others.is_empty():
        others, taken = put.others.unique(["row", "owner"], keep="first", maintain_order=True), pl.col("taken")
        results.note(others.filter(taken), "record-taken", what=what, owner=pl.col("owner"))
        results.note(others.filter(~taken), "record-foreign", what=what, owner=pl.col("owner"))
    if not put.foreign.is_empty():
        foreign = put.foreign.unique(["row", "owner"], keep="first", maintain_order=True)
        results.refuse(foreign, pl.lit(value=True), "not-yours", what=what, owner=pl.col("owner"))
