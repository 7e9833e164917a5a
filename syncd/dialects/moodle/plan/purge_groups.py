"""The purge: groups that a members file left empty are deleted, and groupings that this left empty in turn."""

from collections.abc import Collection

import polars as pl

from syncd.core.claims import Foreign
from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP
from syncd.engine.cascade import delete
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults


def purge(left: pl.DataFrame, kinds: Collection[Kind], draft: Draft, results: RowResults) -> None:
    """Delete the groups that have no member any more, and where `kinds` says so groupings without a group.

    left: group_id, row, line of each membership that a row ended. Only what lost something by this file is looked
    at: a group that was made in advance and waits for its members stays, and so does what another source supplied.
    """
    if Kind.GROUP not in kinds or left.is_empty():
        return
    draft.load(Kind.GROUP_MEMBER, left.select("group_id"))
    groups = _last(left, "group_id").join(draft.live(Kind.GROUP_MEMBER), on="group_id", how="anti")
    groups = _own(groups, Kind.GROUP, draft, results)
    draft.load(GROUPING_GROUP, groups.select("group_id"))
    links = draft.live(GROUPING_GROUP).select("grouping_id", "group_id").join(groups, on="group_id", how="inner")
    delete(Kind.GROUP, groups, draft, results)
    if GROUPING not in kinds or links.is_empty():
        return
    draft.load(GROUPING_GROUP, links.select("grouping_id"))
    groupings = _last(links, "grouping_id").join(draft.live(GROUPING_GROUP), on="grouping_id", how="anti")
    delete(GROUPING, _own(groupings, GROUPING, draft, results), draft, results)


def _last(lost: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return each record once, with the last row by which it lost something."""
    return lost.select(column, "row", "line").sort("row").unique(column, keep="last", maintain_order=True)


def _own(rows: pl.DataFrame, kind: Kind, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the records that this run may delete, and say of each that it goes."""
    column = f"{kind.value}_id"
    rows = rows.rename({column: "id"})
    draft.load(kind, rows.select("id"))
    rows = rows.join(draft.live(kind).select("id", "name", "data_source"), on="id", how="inner", maintain_order="left")
    if draft.claim.foreign is Foreign.REFUSE:
        rows = rows.filter(draft.owns(pl.col("data_source")))
    results.note(rows, "group-purged", "groupid", what=kind.value, value=pl.col("name"))
    return rows.select(pl.col("id").alias(column), "row", "line")
