"""Which course a row of a courses file means, and whether it may have the names that it claims."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.plan.rules import CourseRules
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults
from syncd.frames.tables import joined_left


def match(rows: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Add course_id, null for a new course; refuse a shortname or idnumber of another course.

    Rows that rename get their new shortname, and keep the old one as `_old`. `_renamed` tells that no course has the
    old one, so that course_id is that of the course with the new one.
    """
    live = draft.live(Kind.COURSE)
    rows = _renaming(rows)
    named = live.select("shortname", pl.col("id").alias("_by_shortname"))
    rows = joined_left(rows, named.rename({"shortname": "_old"}), "_old")
    renames = pl.col("_old") != pl.col("shortname")
    claimed = named.rename({"_by_shortname": "_by_rename"})
    rows = joined_left(rows, claimed if rows.select(renames.any()).item() else claimed.clear(), "shortname")
    numbered = live.drop_nulls("idnumber").select(
        "idnumber", pl.col("id").alias("_by_idnumber"), pl.col("shortname").alias("_owner")
    )
    rows = rows.join(numbered, on="idnumber", how="left", maintain_order="left")
    target = pl.col("_by_shortname")
    if rules.course_by == "idnumber":
        target = pl.when(pl.col("idnumber").fill_null("") != "").then(pl.col("_by_idnumber")).otherwise(target)
    rows = rows.with_columns(
        pl.when(renames).then(pl.coalesce(target, "_by_rename")).otherwise(target).alias("course_id"),
        (renames & target.is_null()).alias("_renamed"),
    )
    for column, by in (("_old", "_by_shortname"), ("shortname", "_by_rename")):
        taken = pl.col(by).is_not_null() & pl.col(by).ne_missing(pl.col("course_id"))
        owner = pl.lit("id ") + pl.col(by).cast(pl.String)
        header = pl.when(renames & pl.lit(column == "shortname")).then(pl.lit("rename")).otherwise(pl.lit("shortname"))
        rows = results.refuse(rows, taken, "shortname-taken", header, value=pl.col(column), owner=owner)
    taken = pl.col("_by_idnumber").is_not_null() & pl.col("_by_idnumber").ne_missing(pl.col("course_id"))
    return results.refuse(
        rows, taken, "idnumber-taken", "idnumber", what="course", value=pl.col("idnumber"), owner=pl.col("_owner")
    )


def _renaming(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the shortname that they want, and as `_old` the one by which they name their course."""
    renames = ~pl.col("deleted") & (pl.col("rename").fill_null("") != "")
    wanted = pl.when(renames).then("rename").otherwise("shortname")
    return rows.with_columns(pl.col("shortname").alias("_old"), wanted.alias("shortname"))
