"""The groupings of groups: the one of its own that a row asks for, and the one that it cites."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.results import RowResults
from syncd.frames.waves import ranked, waves


def plan_links(rows: pl.DataFrame, by: str, draft: Draft, results: RowResults) -> None:
    """Put groups into groupings; a grouping that the course does not have fails the row, or part of it.

    rows: row, line, course_id, course, group_id, name, selfgrouping (1 or 0), grouping, either null where the row
        says nothing. by: what names a grouping, id, idnumber or name.
    """
    wanted = [
        _with_own(wave, draft, results)
        for wave in waves(ranked(rows.filter(pl.col("selfgrouping") == 1), ["group_id"]))
    ]
    wanted.append(_with_cited(rows.filter(pl.col("grouping").is_not_null()), by, draft, results))
    want = pl.concat(wanted).unique(["grouping_id", "group_id"], keep="first", maintain_order=True)
    draft.load(GROUPING_GROUP, want.select("group_id"))
    settle(draft.put(GROUPING_GROUP, want), results, "the place in the grouping")


def _with_own(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return links of groups, each once, to the groupings of their names, which are made where they are missing.

    A grouping that has the group's idnumber is its own too, whatever it is called by now.
    """
    groups = draft.live(Kind.GROUP).select(pl.col("id").alias("group_id"), "idnumber", "description")
    rows = rows.select("row", "line", "course_id", "group_id", "name").join(
        groups, on="group_id", how="inner", maintain_order="left"
    )
    rows = _with_grouping(rows, draft)
    missing = rows.filter(pl.col("grouping_id").is_null())
    missing = missing.unique(["course_id", "name"], keep="first", maintain_order=True)
    missing = missing.drop("group_id", "grouping_id").with_columns(draft.new_ids(GROUPING, len(missing)))
    settle(draft.put(GROUPING, missing), results, "the grouping")
    return _links(_with_grouping(rows.drop("grouping_id"), draft))


def _with_grouping(rows: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    live = draft.live(GROUPING)
    for column in ("name", "idnumber"):
        found = live.select("course_id", column, pl.col("id").alias(f"_by_{column}")).drop_nulls(column)
        rows = rows.join(found, on=["course_id", column], how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("_by_name", "_by_idnumber").alias("grouping_id")).drop(
        "_by_name", "_by_idnumber"
    )


def _with_cited(rows: pl.DataFrame, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return links to the groupings that rows cite; where the group was made, a missing one leaves the row partial."""
    found = draft.live(GROUPING).select(
        "course_id", pl.col(by).cast(pl.String).alias("grouping"), pl.col("id").alias("grouping_id")
    )
    rows = rows.join(found.drop_nulls("grouping"), on=["course_id", "grouping"], how="left", maintain_order="left")
    made = pl.col("row").is_in(results.applied().implode())
    for which, to in ((made, results.part()), (~made, results)):
        rows = to.refuse(
            rows,
            which & pl.col("grouping_id").is_null(),
            "group-missing",
            "grouping",
            what="grouping",
            by=by,
            value=pl.col("grouping"),
            course=pl.col("course"),
        )
    return _links(rows)


def _links(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("grouping_id", "group_id", "course_id", "row", "line")
