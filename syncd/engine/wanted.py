"""What a record becomes where a file wants something of it: null leaves a column, an empty text clears it.

Whose it is, and becomes, is a matter of the claim under which the file is worked.
"""

import polars as pl

from syncd.core.claims import Claim, Foreign
from syncd.core.kinds import SPECS, Kind, State, Type
from syncd.frames.tables import kept_where


def moving(kind: Kind, beside: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """Return the records that would differ from how they are now."""
    there, wanted = pl.col("_there").is_not_null(), wanted_state()
    differs = pl.any_horizontal(
        ~there,
        wanted.ne_missing(pl.col("state_now")),
        pl.col("data_source_new").ne_missing(pl.col("data_source_now")),
        *(target(c, kind).ne_missing(pl.col(f"{c}_now")) for c in fields),
    )
    return kept_where(beside, differs & (there | (wanted != State.DELETED.value)))


def wanted_state() -> pl.Expr:
    """The state a record gets: as wanted; else enabled where it is new or deleted; else as it is."""
    kept = pl.when(pl.col("state_now").is_null() | (pl.col("state_now") == State.DELETED.value))
    return pl.coalesce("state", kept.then(pl.lit(State.ENABLED.value)).otherwise(pl.col("state_now")))


def first_value(wanted: pl.Series, kind: Kind, otherwise: object) -> pl.Expr:
    """The values that a column of new records gets; the wanted ones as they are where all say something."""
    name = wanted.name
    if not wanted.null_count() and (wanted.dtype != pl.String or not (wanted == "").any()):
        return pl.col(name)
    return target(name, kind, pl.lit(otherwise)).alias(name)


def target(column: str, kind: Kind, otherwise: pl.Expr | None = None) -> pl.Expr:
    """The value a column gets: as wanted, null for an empty text; where nothing is wanted, as it is."""
    kept = pl.col(f"{column}_now") if otherwise is None else otherwise
    value = pl.when(pl.col(column).is_null()).then(kept)
    if SPECS[kind].types()[column] is Type.INTEGER:
        return value.otherwise(pl.col(column))
    return value.when(pl.col(column) == "").then(pl.lit(None, pl.String)).otherwise(pl.col(column))


def owns(claim: Claim, data_source: pl.Expr) -> pl.Expr:
    """Whether a data source is one of the run's own."""
    return data_source.is_in(sorted(claim.owned)).fill_null(value=False)


def is_foreign(claim: Claim, data_source: pl.Expr, state: pl.Expr) -> pl.Expr:
    """Whether a record is another source's; what is deleted, or not there, is nobody's."""
    live = (state != State.DELETED.value).fill_null(value=False)
    return live & ~owns(claim, data_source)


def wanted_owner(claim: Claim, *, cascade: bool) -> pl.Expr:
    """To which data source a record belongs afterwards; a change that follows from another one takes nothing over."""
    now, given = pl.col("data_source_now"), pl.coalesce("data_source", pl.lit(claim.data_source))
    nobody = pl.col("_there").is_null() | (pl.col("state_now") == State.DELETED.value)
    takes = claim.foreign is Foreign.TAKE_OVER and not cascade
    return (
        pl.when(nobody & (wanted_state() != State.DELETED.value))
        .then(given)
        .when(is_foreign(claim, now, pl.col("state_now")))
        .then(given if takes else now)
        .otherwise(pl.coalesce("data_source", now))
    )
