"""The further parts of a users row: its cohorts and its numbered course columns."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.plan.enrolments import enrol
from syncd.dialects.moodle.plan.rules import CohortRules, EnrolmentRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, identify, resolve, settle
from syncd.engine.results import RowResults


def plan_user_cohorts(
    rows: pl.DataFrame, users: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults
) -> None:
    """Put users into the cohorts that their row names; make those that are missing.

    rows: row, line and, where the file has them, cohort (a name), cohortid (idnumber of a new one), and cohort.1,
    cohort.2 … (an identifier or a name). users: row, user_id.
    """
    if "cohort" in rows.columns:
        _join(_by_name(_of(rows, ["cohort"], users), draft, results), draft, results)
    numbered = [name for name in rows.columns if name.startswith("cohort.")]
    if numbered:
        _join(_by_identifier(_of(rows, numbered, users), rules, draft, results.part()), draft, results)


def _of(rows: pl.DataFrame, columns: list[str], users: pl.DataFrame) -> pl.DataFrame:
    """Return each filled value of the columns as a row of its own: row, line, cohort, cohortid, user_id, `_header`."""
    number = pl.col("cohortid") if "cohortid" in rows.columns else pl.lit(None, pl.String)
    long = rows.select("row", "line", number.alias("cohortid"), *columns).unpivot(
        columns, index=["row", "line", "cohortid"], variable_name="_header", value_name="_value"
    )
    long = (
        long.rename({"_value": "cohort"})
        .filter(pl.col("cohort").fill_null("") != "")
        .join(users.select("row", "user_id"), on="row", how="inner")
    )
    return long.with_columns(pl.col("_header").str.replace(".", "", literal=True)).sort("row", maintain_order=True)


def _by_identifier(rows: pl.DataFrame, rules: CohortRules, draft: Draft, part: RowResults) -> pl.DataFrame:
    """Return the rows with cohort_id, found by the identifier or else by name; cohorts that are missing are made.

    As in Moodle's user upload a new cohort has the value as identifier and as name, and a number, which there means
    the platform's own id, makes none.
    """
    value, header = pl.col("cohort"), pl.col("_header")
    by = Reference(column="cohort", kind=Kind.COHORT, by=rules.cohort_by, into="_known")
    named = Reference(column="cohort", kind=Kind.COHORT, by="name", into="_named")
    rows = identify(rows, by, draft).rename({"_count": "_known_count"})
    rows = identify(rows, named, draft).with_columns(
        pl.coalesce("_known", "_named").alias("cohort_id"), pl.coalesce("_known_count", "_count").alias("_count")
    )
    rows = part.refuse(rows, pl.col("_count") > 1, "ambiguous", header, by="name", value=value, count=pl.col("_count"))
    missing = pl.col("cohort_id").is_null()
    number = value.str.contains(r"^\d+$")
    rows = part.refuse(rows, missing & number, "unknown-cohort", header, by=rules.cohort_by, value=value)
    if not rules.autocreate:
        return part.refuse(rows, missing, "cohort-closed", header, value=value)
    made = rows.filter(missing).unique("cohort", keep="first", maintain_order=True)
    made = made.select(draft.new_ids(Kind.COHORT, len(made)), value.alias("name"), "row", "line")
    numbers = [pl.col("name").alias("idnumber")] if rules.cohort_by == "idnumber" else []
    settle(draft.put(Kind.COHORT, made.with_columns(numbers)), part, "the cohort")
    rows = rows.join(made.select(pl.col("name").alias("cohort"), pl.col("id").alias("_made")), on="cohort", how="left")
    return rows.with_columns(pl.coalesce("cohort_id", "_made").alias("cohort_id")).sort("row", maintain_order=True)


def _by_name(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows with cohort_id, found by name; cohorts that are missing are made."""
    draft.load(Kind.COHORT, rows.select(pl.col("cohort").alias("name")))
    draft.load(Kind.COHORT, rows.select(pl.col("cohortid").alias("idnumber")))
    rows = _refuse_conflicts(rows, draft, results.part())
    missing = rows.join(draft.live(Kind.COHORT), left_on="cohort", right_on="name", how="anti")
    missing = missing.sort("row").unique("cohort", keep="first", maintain_order=True)
    made = missing.select(
        draft.new_ids(Kind.COHORT, len(missing)),
        pl.col("cohort").alias("name"),
        pl.col("cohortid").alias("idnumber"),
        "row",
        "line",
    )
    settle(draft.put(Kind.COHORT, made), results, "the cohort")
    return resolve(
        rows, Reference(column="cohort", kind=Kind.COHORT, by="name", into="cohort_id"), draft, results.part()
    )


def _join(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Make users (user_id) members of cohorts (cohort_id)."""
    keys = ["cohort_id", "user_id"]
    draft.load(Kind.COHORT_MEMBER, rows.select(keys))
    want = rows.select(*keys, "row", "line").unique(keys, keep="first", maintain_order=True)
    settle(draft.put(Kind.COHORT_MEMBER, want), results.part(), "the membership")


def _refuse_conflicts(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
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
    return results.refuse(
        rows,
        pl.col("_owner").is_not_null() & ~(pl.col("_made") < pl.col("row")).fill_null(value=False),
        "cohort-taken",
        "cohortid",
        by="idnumber",
        value=pl.col("cohortid"),
        owner=pl.col("_owner"),
    )


def plan_user_courses(
    courses: pl.DataFrame, users: pl.DataFrame, rules: EnrolmentRules, draft: Draft, results: RowResults
) -> None:
    """Enrol users by the numbered columns of their row; what cannot be done leaves the row partial.

    courses: row, line, n, course, role, method, group, start, end, period (days), status. A role alone is assigned, a
    method alone enrols as student. users: row, user_id.
    """
    part = results.part()
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
