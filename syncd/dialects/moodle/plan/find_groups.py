"""Which group a row of a members file means: one of the course that it names, or the only one there is."""

import polars as pl

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.plan.rules import MemberRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, identify, resolve
from syncd.engine.results import RowResults


def with_groups(rows: pl.DataFrame, rules: MemberRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows whose group is known, with course_id and group_id; refuse the others.

    rows: row, line, verb, course (empty where the row names none), group. A row that wants somebody out of a group
    that was deleted has nothing left to do: it is left out, and said so. `_sure` tells whether no group that is
    yet to come could make the row mean another one.
    """
    key = pl.col("group").cast(pl.Int64, strict=False) if rules.group_by == "id" else pl.col("group")
    rows = rows.with_columns(key.alias("_key"))
    course = Reference(column="course", kind=Kind.COURSE, by=rules.course_by, into="course_id", header="courseid")
    inside = resolve(rows.filter(pl.col("course") != ""), course, draft, results)
    inside = _in_course(inside, rules.group_by, draft, results)
    anywhere = _anywhere(rows.filter(pl.col("course") == ""), rules.group_by, draft, results)
    sure = pl.lit(rules.group_by == "id") | (pl.col("course") != "")
    parts = [part.with_columns(sure.alias("_sure")).drop("_key") for part in (inside, anywhere)]
    return _with_course_names(pl.concat(parts, how="diagonal").sort("row"), draft)


def _in_course(rows: pl.DataFrame, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    draft.load(Kind.GROUP, rows.select("course_id", pl.col("_key").alias(by)))
    rows = rows.join(
        _called(draft.live(Kind.GROUP), by, "course_id"), on=["course_id", "_key"], how="left", maintain_order="left"
    )
    lost = rows.filter(pl.col("group_id").is_null())
    if lost.is_empty():
        return rows
    lost = _without_gone(lost, by, ["course_id", "_key"], draft, results)
    lost = _refuse_elsewhere(lost, by, draft, results)
    results.refuse(
        lost,
        pl.lit(value=True),
        "group-missing",
        "groupid",
        what="group",
        by=by,
        value=pl.col("group"),
        course=pl.col("course"),
    )
    return rows.filter(pl.col("group_id").is_not_null())


def _anywhere(rows: pl.DataFrame, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Find groups of rows without a course: by id, or by an idnumber that one group alone has."""
    rows = identify(rows, Reference(column="group", kind=Kind.GROUP, by=by, into="group_id"), draft)
    rows = results.refuse(
        rows, pl.col("_count") > 1, "ambiguous", "groupid", by=by, value=pl.col("group"), count=pl.col("_count")
    )
    lost = rows.filter(pl.col("group_id").is_null())
    if not lost.is_empty():
        lost = _without_gone(lost, by, ["_key"], draft, results)
        results.refuse(lost, pl.lit(value=True), "group-nowhere", "groupid", by=by, value=pl.col("group"))
    rows = rows.filter(pl.col("group_id").is_not_null()).drop("_count")
    draft.load(Kind.GROUP, rows.select(pl.col("group_id").alias("id")))
    places = draft.live(Kind.GROUP).select(pl.col("id").alias("group_id"), "course_id")
    return rows.join(places, on="group_id", how="inner", maintain_order="left")


def _without_gone(lost: pl.DataFrame, by: str, on: list[str], draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows but those that want somebody out of a group that was deleted."""
    draft.load(Kind.GROUP, lost.select(pl.col(c).alias(by if c == "_key" else c) for c in on))
    deleted = draft.present(Kind.GROUP).filter(pl.col("state") == State.DELETED.value)
    leaving = lost.filter(pl.col("verb") == "del")
    gone = leaving.join(_called(deleted, by, *on[:-1]).unique(on), on=on, how="semi")
    results.note(gone, "group-gone", "groupid", value=pl.col("group"))
    return lost.join(gone, on="row", how="anti", maintain_order="left")


def _refuse_elsewhere(lost: pl.DataFrame, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Refuse rows that name a group of another course, and return the others; names say nothing across courses."""
    if by == "name":
        return lost
    known = draft.names(Kind.GROUP, by, lost.get_column("_key").unique())
    draft.load(Kind.GROUP, known.select("id").unique())
    other = _called(draft.live(Kind.GROUP), by, pl.col("course_id").alias("_owner_id")).unique("_key", keep="first")
    lost = lost.join(other.select("_key", "_owner_id"), on="_key", how="left", maintain_order="left")
    lost = _with_shortname(lost, "_owner_id", "_owner", draft)
    return results.refuse(
        lost,
        pl.col("_owner").is_not_null(),
        "group-elsewhere",
        "groupid",
        by=by,
        value=pl.col("group"),
        owner=pl.col("_owner"),
        course=pl.col("course"),
    )


def _called(groups: pl.DataFrame, by: str, *columns: str | pl.Expr) -> pl.DataFrame:
    """Return groups as group_id and `_key`, that by which rows name them, and further columns."""
    return groups.select(*columns, pl.col(by).alias("_key"), pl.col("id").alias("group_id")).drop_nulls("_key")


def _with_course_names(rows: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Give rows that name no course the shortname of their group's, for what there is to say of them."""
    unnamed = rows.filter(pl.col("course") == "")
    if unnamed.is_empty():
        return rows
    named = _with_shortname(unnamed, "course_id", "_shortname", draft).select("row", "_shortname")
    rows = rows.join(named, on="row", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("_shortname", "course").alias("course")).drop("_shortname")


def _with_shortname(rows: pl.DataFrame, column: str, into: str, draft: Draft) -> pl.DataFrame:
    draft.load(Kind.COURSE, rows.select(pl.col(column).alias("id")))
    courses = draft.live(Kind.COURSE).select(pl.col("id").alias(column), pl.col("shortname").alias(into))
    return rows.join(courses, on=column, how="left", maintain_order="left")
