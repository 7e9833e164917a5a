"""The group part of an enrolment row: gadd, gaddcreate, greplace, greplacecreate, gdel."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan.follow_groups import FOLLOWS
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.results import RowResults

TAG = "syncd"
"""What memberships made under `protect_groups` carry as component; only these are removed again under it."""

_PAIR = ["course_id", "user_id"]


def plan_group_part(rows: pl.DataFrame, draft: Draft, results: RowResults, *, protect: bool) -> None:
    """Enter the group verbs of rows into the draft; what cannot be done leaves the row partial.

    rows: row, line, user_id, course_id, course, gverb, groups; no two with the same user and course.
    """
    named = rows.explode("groups").drop_nulls("groups").rename({"groups": "name"})
    draft.load(Kind.GROUP, named.select("course_id", "name"))
    draft.load(Kind.GROUP_MEMBER, rows.select("user_id", "course_id"))
    groups = draft.live(Kind.GROUP).select(
        "course_id", "name", pl.col("id").alias("group_id"), pl.col("row").alias("_made")
    )
    named = named.join(groups, on=["course_id", "name"], how="left")
    unknown = pl.col("group_id").is_null() | (pl.col("_made") > pl.col("row"))
    named = results.part().refuse(named, unknown, "unknown-group", "g", value=pl.col("name"), course=pl.col("course"))
    _remove(rows, named, draft, results, protect=protect)
    _add(named.filter(pl.col("gverb") != "gdel"), draft, results, protect=protect)


def _remove(rows: pl.DataFrame, named: pl.DataFrame, draft: Draft, results: RowResults, *, protect: bool) -> None:
    """Take users out of the groups that gdel names, and with greplace out of all that it does not name."""
    held = draft.live(Kind.GROUP_MEMBER).select(*_PAIR, "group_id", "component")
    held = held.filter(~pl.col("component").str.starts_with(FOLLOWS).fill_null(value=False))
    if protect:
        held = held.filter(pl.col("component") == TAG)
    members = named.select(*_PAIR, "group_id")
    deleting = named.filter(pl.col("gverb") == "gdel").select(*_PAIR, "group_id", "row", "line")
    replacing = rows.filter(pl.col("gverb").str.starts_with("greplace")).select(*_PAIR, "row", "line")
    leaving = pl.concat(
        [
            held.join(deleting, on=[*_PAIR, "group_id"], how="inner").select("group_id", "user_id", "row", "line"),
            held.join(replacing, on=_PAIR, how="inner")
            .join(members, on=[*_PAIR, "group_id"], how="anti")
            .select("group_id", "user_id", "row", "line"),
        ]
    )
    if not leaving.is_empty():
        settle(draft.drop(Kind.GROUP_MEMBER, leaving), results.part(), "the membership")


def _add(named: pl.DataFrame, draft: Draft, results: RowResults, *, protect: bool) -> None:
    """Add users to the groups, if they are enrolled or have a role in the course."""
    if named.is_empty():
        return
    inside = pl.concat([draft.live(kind).select(_PAIR) for kind in (Kind.ENROLMENT, ROLE_ASSIGNMENT)]).unique()
    named = named.join(inside.with_columns(pl.lit(value=True).alias("_inside")), on=_PAIR, how="left")
    named = results.part().refuse(
        named, pl.col("_inside").is_null(), "not-enrolled", "g", value=pl.col("name"), course=pl.col("course")
    )
    want = named.select("group_id", "user_id", "course_id", "row", "line").unique(
        ["group_id", "user_id"], keep="first", maintain_order=True
    )
    settle(draft.put(Kind.GROUP_MEMBER, want, {"component": TAG if protect else None}), results, "the membership")
