"""The difference between how records stood and how they shall stand, as the changes of a change set."""

import polars as pl

from syncd.core.kinds import SPECS, Kind, State


def differing(kind: Kind, touched: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Return the touched records (with `row`) that differ from how they stood, with CHANGE_COLUMNS."""
    spec = SPECS[kind]
    own = [*(c.name for c in spec.columns), "state", "data_source"]
    old = base.select(*spec.key, *(pl.col(c).alias(f"{c}_was") for c in own))
    both = touched.join(old, on=spec.key, how="inner")
    both = both.filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_was")) for c in own))
    if both.is_empty():
        return both
    moving = [c for c in own if both.select(pl.col(c).ne_missing(pl.col(f"{c}_was")).any()).item()]
    state, was = pl.col("state"), pl.col("state_was")
    deleted, disabled, enabled = (each.value for each in (State.DELETED, State.DISABLED, State.ENABLED))
    identities = [c.name for c in spec.columns if c.identity and c.name in moving]
    return both.select(
        *spec.names,
        pl.when((state == deleted) & (was != deleted))
        .then(pl.lit("deleted"))
        .when((state == disabled) & (was == enabled))
        .then(pl.lit("disabled"))
        .otherwise(pl.lit("updated"))
        .alias("_action"),
        pl.col("row").alias("_row"),
        pl.any_horizontal(
            (state == deleted) != (was == deleted),
            *(pl.col(c).ne_missing(pl.col(f"{c}_was")) for c in identities),
        ).alias("_identity"),
        _as_json(moving, "{}_was", "{}").alias("_before"),
        _as_json(moving, "{}", "{}_was").alias("_after"),
    )


def _as_json(columns: list[str], name: str, other: str) -> pl.Expr:
    """The columns that differ as a JSON object; a column that does not differ is null in both objects."""
    return pl.struct(
        pl.when(pl.col(name.format(c)).ne_missing(pl.col(other.format(c)))).then(pl.col(name.format(c))).alias(c)
        for c in columns
    ).struct.json_encode()
