"""Actions: what a run asks of learning platforms beside the roster, such as to purge the events of a course.

The roster cannot hold what only a platform can do, so an action stands in the plan with the record that it is
for and its arguments, and a connector carries it out from there.
"""

from functools import cache

import polars as pl

from syncd.core.kinds import Kind

SCHEMA: dict[str, pl.DataType] = {
    "action": pl.String(),
    "kind": pl.String(),
    "id": pl.Int64(),
    "row": pl.Int64(),
    "arguments": pl.String(),
}
"""Columns of every frame of actions: its name; kind and id of the record; the row that asked for it; a JSON object."""


@cache
def no_actions() -> pl.DataFrame:
    """Return an empty frame of actions."""
    return pl.DataFrame(schema=SCHEMA)


def actions_of(rows: pl.DataFrame, action: str, kind: Kind, arguments: pl.Expr | None = None) -> pl.DataFrame:
    """Return one action for each of the rows.

    rows: has `row`, the id of the record under the name of its kind (`course_id`), and what the arguments are made of.
    arguments: a JSON object as text. None is for an action without any. Secrets have no place there.
    """
    given = pl.lit("{}") if arguments is None else arguments
    return rows.select(
        pl.lit(action).alias("action"),
        pl.lit(kind.value).alias("kind"),
        pl.col(f"{kind}_id").cast(pl.Int64).alias("id"),
        pl.col("row").cast(pl.Int64),
        given.alias("arguments"),
    )
