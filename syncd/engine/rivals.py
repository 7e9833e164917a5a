"""Rows of one file that contradict each other: two records under one name, and values that a later row replaces.

A key means one record. Rows that give it another identity than the roster does, or else than the first row does, would
take over the record that an earlier row named; they fail. What later rows may replace is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Rows with the same `key` must agree in `value`; empty ones claim nothing.

    within: columns inside which a key is one, such as the course of a group. by, of: what the two are called.
    header: the column that a finding is about. shown: the column with the value to show, if not `value`.
    decides: rows find their record by the key, so that where no row agrees with the roster none may change it.
        Otherwise each of them is refused for a reason of its own.
    """

    key: str
    value: str
    by: str
    of: str
    header: str
    within: tuple[str, ...] = ()
    shown: str = ""
    decides: bool = True


def refuse_rivals(rows: pl.DataFrame, claim: Claim, live: pl.DataFrame, results: RowResults) -> pl.DataFrame:
    """Fail rows that give a key another identity than the row or the record that has it; return the others.

    rows: row, line, the claim's columns, `_claims` (the row gives its key an identity), `_opens` (from this row on the
        key may mean another record: it was deleted or renamed on purpose).
    live: records with columns of the same names.
    """
    keys, value = [*claim.within, claim.key], pl.col(claim.value)
    given = rows.filter(pl.col(claim.key).fill_null("") != "")
    claims = pl.col("_claims") & (value.fill_null("") != "")
    if _are_one_to_one(given.filter(claims), keys, claim.value):
        return rows
    given = given.sort("row").with_columns(pl.col("_opens").cast(pl.Int64).cum_sum().over(keys).alias("_part"))
    part = [*keys, "_part"]
    rivals = given.filter(claims).filter(value.n_unique().over(part) > 1)
    shown = pl.col(claim.shown or claim.value)
    holders = live.select(
        *keys, value.alias("_holder"), shown.alias("_held"), pl.lit(0, pl.Int64).alias("_part")
    ).drop_nulls()
    rivals = rivals.join(holders.unique(part, keep="any"), on=part, how="left", maintain_order="left", nulls_equal=True)
    if not claim.decides:
        held = pl.col("_holder").is_null() | (value == pl.col("_holder")).any().over(part)
        rivals = rivals.filter(held)
    stands = pl.coalesce("_holder", value.first().over(part))
    told = _beside_another(rivals, claim, part).filter(value != stands)
    in_file = pl.col("_held").is_null() | (pl.col("_held") == pl.col("_other"))
    line = pl.format("in line {}", "_line_of")
    results.refuse(
        told,
        pl.lit(value=True),
        "rows-contradict",
        claim.header,
        by=claim.by,
        value=pl.col(claim.key),
        of=claim.of,
        own=shown,
        other=pl.coalesce("_held", "_other"),
        place=pl.when(in_file).then(line).otherwise(pl.lit("in the roster")),
    )
    return without_rows(rows, told)


def _are_one_to_one(rows: pl.DataFrame, keys: list[str], value: str) -> bool:
    """Whether no key has two values: quicker to tell of a million rows than which key does."""
    hashes = rows.select(pl.struct(keys).hash().alias("key"), pl.struct(*keys, value).hash().alias("both"))
    return hashes.get_column("key").n_unique() == hashes.get_column("both").n_unique()


def _beside_another(rivals: pl.DataFrame, claim: Claim, part: list[str]) -> pl.DataFrame:
    """Add the first row of the same key that has another value: what it shows, and its line."""
    value, shown = pl.col(claim.value), pl.col(claim.shown or claim.value)
    other = value != value.first()
    firsts = rivals.group_by(part).agg(
        value.first().alias("_first"),
        shown.first().alias("_shown_first"),
        pl.col("line").first().alias("_line_first"),
        shown.filter(other).first().alias("_shown_second"),
        pl.col("line").filter(other).first().alias("_line_second"),
    )
    both = rivals.join(firsts, on=part, how="left", maintain_order="left", nulls_equal=True)
    is_first = value == pl.col("_first")
    return both.with_columns(
        pl.when(is_first).then("_shown_second").otherwise("_shown_first").alias("_other"),
        pl.when(is_first).then("_line_second").otherwise("_line_first").alias("_line_of"),
    )


def note_overridden(
    rows: pl.DataFrame, by: Sequence[str], columns: Sequence[str], what: Kind, results: RowResults
) -> None:
    """Say of rows which of their values a later row of the same record replaces.

    rows: row, line, the columns that name the record (`by`) and the others, in which null says nothing.
    """
    rows = rows.sort(*by, "row")
    for column in columns:
        stated = rows.filter(pl.col(column).is_not_null())
        same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in by)
        if not stated.select((same & (pl.col(column) != pl.col(column).shift(-1))).any()).item():
            continue
        last = [pl.col(name).last().over(by).alias(f"_last_{name}") for name in (column, "line")]
        replaced = pl.col(column) != pl.col(f"_last_{column}")
        if stated.schema[column] == pl.String():
            replaced &= pl.col(column) != ""
        gone = stated.with_columns(last).filter(replaced)
        results.note(gone, "value-overridden", column, what=what.value, line_of=pl.col("_last_line"))
