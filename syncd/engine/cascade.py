"""What goes with a record that goes: its enrolments, roles, memberships and groups."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.sheet import Sheet
from syncd.frames.tables import without_rows

_OF_USER = (Kind.ENROLMENT, Kind.ROLE_ASSIGNMENT, Kind.GROUP_MEMBER, Kind.COHORT_MEMBER)
_OF_COURSE = (Kind.ENROLMENT, Kind.ROLE_ASSIGNMENT, Kind.GROUP_MEMBER, Kind.GROUP)


def delete_users(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete users (row, line, user_id) and take them out of courses, groups and cohorts."""
    _delete(Kind.USER, rows, "user_id", _OF_USER, draft, sheet)


def delete_courses(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete courses (row, line, course_id) with their enrolments, roles and groups."""
    _delete(Kind.COURSE, rows, "course_id", _OF_COURSE, draft, sheet)


def delete_cohorts(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete cohorts (row, line, cohort_id) with their memberships."""
    _delete(Kind.COHORT, rows, "cohort_id", (Kind.COHORT_MEMBER,), draft, sheet)


def _delete(
    kind: Kind, rows: pl.DataFrame, column: str, dependants: tuple[Kind, ...], draft: Draft, sheet: Sheet
) -> None:
    if rows.is_empty():
        return
    ids = rows.select(pl.col(column).alias("id"), "row", "line")
    draft.load(kind, ids.select("id"))
    foreign = draft.foreign(kind, ids)
    sheet.refuse(foreign, pl.lit(value=True), "not-yours", what=f"the {kind}", owner=pl.col("owner"))
    gone = without_rows(ids, foreign)
    settle(draft.drop(kind, gone), sheet, f"the {kind}")
    gone = gone.rename({"id": column})
    for dependant in dependants:
        _take_out(dependant, column, gone, draft)


def _take_out(kind: Kind, column: str, gone: pl.DataFrame, draft: Draft) -> None:
    """Delete the records of a kind whose column holds one of the ids (columns `column`, row, line)."""
    draft.load(kind, gone.select(column))
    held = draft.live(kind).drop("row").join(gone.unique(column, keep="last"), on=column, how="inner")
    draft.drop(kind, held, cascade=True)
