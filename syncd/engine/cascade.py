"""What goes with a record that goes: everything that refers to it, such as the enrolments and groups of a course."""

from functools import cache

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows


def delete(kind: Kind, rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete records (row, line, and their ids as `KIND_id`) with all that refers to them."""
    if rows.is_empty():
        return
    ids = rows.select(pl.col(f"{kind}_id").alias("id"), "row", "line")
    draft.load(kind, ids.select("id"))
    foreign = draft.foreign(kind, ids)
    results.refuse(foreign, pl.lit(value=True), "not-yours", what=f"the {kind}", owner=pl.col("owner"))
    gone = without_rows(ids, foreign)
    settle(draft.drop(kind, gone), results, f"the {kind}")
    for dependant, column in _dependants(kind):
        _take_out(dependant, column, gone.rename({"id": column}), draft)


@cache
def _dependants(kind: Kind) -> tuple[tuple[Kind, str], ...]:
    """Return the kinds that refer to records of this one, each with the column that does, the last to be made first."""
    referring = [(other, column) for other, spec in SPECS.items() for column, to in spec.refers().items() if to is kind]
    return tuple(reversed(referring))


def _take_out(kind: Kind, column: str, gone: pl.DataFrame, draft: Draft) -> None:
    """Delete the records of a kind whose column holds one of the ids (columns `column`, row, line)."""
    draft.load(kind, gone.select(column))
    held = draft.live(kind).drop("row").join(gone.unique(column, keep="last"), on=column, how="inner")
    draft.drop(kind, held, cascade=True)
