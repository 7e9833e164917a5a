"""The further parts of a users row: its cohort and its numbered course columns."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.plan_enrolments import enrol
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.rules import EnrolmentRules
from syncd.engine.sheet import Sheet


def plan_user_cohorts(rows: pl.DataFrame, users: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Put users into the cohort that their row names; make it where it is missing.

    rows: row, line, cohort (its name), cohortid (idnumber of a new one). users: row, user_id.
    """
    if "cohort" not in rows.columns:
        return
    rows = rows.filter(pl.col("cohort").fill_null("") != "").join(users.select("row", "user_id"), on="row", how="inner")
    if "cohortid" not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("cohortid"))
    draft.load(Kind.COHORT, rows.select(pl.col("cohort").alias("name")))
    draft.load(Kind.COHORT, rows.select(pl.col("cohortid").alias("idnumber")))
    rows = _refuse_conflicts(rows, draft, sheet.part())
    missing = rows.join(draft.live(Kind.COHORT), left_on="cohort", right_on="name", how="anti")
    missing = missing.sort("row").unique("cohort", keep="first", maintain_order=True)
    made = missing.select(
        draft.new_ids(Kind.COHORT, len(missing)),
        pl.col("cohort").alias("name"),
        pl.col("cohortid").alias("idnumber"),
        "row",
        "line",
    )
    settle(draft.put(Kind.COHORT, made), sheet, "the cohort")
    rows = resolve(rows, Reference(column="cohort", kind=Kind.COHORT, by="name", into="cohort_id"), draft, sheet.part())
    keys = ["cohort_id", "user_id"]
    draft.load(Kind.COHORT_MEMBER, rows.select(keys))
    want = rows.select(*keys, "row", "line").unique(keys, keep="first", maintain_order=True)
    settle(draft.put(Kind.COHORT_MEMBER, want), sheet.part(), "the membership")


def _refuse_conflicts(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> pl.DataFrame:
    """Refuse to make a cohort with the idnumber of another one, be that in the roster or made by an earlier row."""
    live = draft.live(Kind.COHORT)
    made = dict.fromkeys(live.get_column("name"), 0)
    owners = dict(live.drop_nulls("idnumber").select("idnumber", "name").iter_rows())
    pairs = rows.sort("row").unique(["cohort", "cohortid"], keep="first", maintain_order=True)
    taken = []
    for row, name, number in pairs.select("row", "cohort", "cohortid").iter_rows():
        taken.append(None if name in made else owners.get(number or ""))
        if name not in made and taken[-1] is None:
            made[name] = row
            owners |= {number: name} if number else {}
    pairs = pairs.select(
        "cohort",
        pl.col("cohortid").fill_null(""),
        pl.Series("_owner", taken, pl.String),
        pl.Series("_made", [made.get(name) for name in pairs.get_column("cohort")], pl.Int64),
    )
    rows = rows.with_columns(pl.col("cohortid").fill_null(""))
    rows = rows.join(pairs, on=["cohort", "cohortid"], how="left", maintain_order="left")
    return sheet.refuse(
        rows,
        pl.col("_owner").is_not_null() & ~(pl.col("_made") < pl.col("row")).fill_null(value=False),
        "cohort-taken",
        "cohortid",
        by="idnumber",
        value=pl.col("cohortid"),
        owner=pl.col("_owner"),
    )


def plan_user_courses(
    courses: pl.DataFrame, users: pl.DataFrame, rules: EnrolmentRules, draft: Draft, sheet: Sheet
) -> None:
    """Enrol users by the numbered columns of their row; what cannot be done leaves the row partial.

    courses: row, line, n, course, role, method, group, start, end. A role alone is assigned, a method
    alone enrols as student. users: row, user_id.
    """
    part = sheet.part()
    header = pl.format("course{}", "n")
    rows = courses.join(users.select("row", "user_id"), on="row", how="inner").sort("row", "n")
    rows = part.refuse(
        rows,
        pl.col("role").is_null() & pl.col("method").is_null(),
        "enrolment-empty",
        header,
        value=pl.col("course"),
    )
    course = Reference(column="course", kind=Kind.COURSE, by=rules.course_by, into="course_id", header=header)
    rows = resolve(rows, course, draft, part)
    groups = pl.when(pl.col("group").fill_null("") != "").then(pl.concat_list("group")).otherwise(None)
    rows = rows.with_columns(
        pl.lit("add").alias("verb"),
        pl.col("role").fill_null("student"),
        groups.alias("groups"),
        pl.when(pl.col("group").fill_null("") != "").then(pl.lit("gaddcreate")).alias("gverb"),
    )
    enrol(rows, rules, draft, part)
