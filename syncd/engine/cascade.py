"""What goes with a record that goes: its enrolments, roles, memberships, groups, bindings and links.

Enrolments that a binding or a link made follow it when the whole file is planned (engine/follow.py).
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.sheet import Sheet
from syncd.frames.tables import without_rows

_OF_USER = tuple(
    (kind, "user_id")
    for kind in (Kind.ENROLMENT, Kind.ROLE_ASSIGNMENT, Kind.GROUP_MEMBER, Kind.COHORT_MEMBER, Kind.PICTURE)
)
_OF_COURSE = (
    *((kind, "course_id") for kind in (Kind.ENROLMENT, Kind.ROLE_ASSIGNMENT, Kind.COHORT_BINDING, Kind.META_LINK)),
    (Kind.META_LINK, "master_id"),
    *((kind, "course_id") for kind in (Kind.GROUP_MEMBER, Kind.GROUPING_GROUP, Kind.GROUPING, Kind.GROUP)),
)
_OF_COHORT = ((Kind.COHORT_MEMBER, "cohort_id"), (Kind.COHORT_BINDING, "cohort_id"))
_OF_GROUP = ((Kind.GROUP_MEMBER, "group_id"), (Kind.GROUPING_GROUP, "group_id"))
_OF_GROUPING = ((Kind.GROUPING_GROUP, "grouping_id"),)


def delete_users(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete users (row, line, user_id) with their pictures, and take them out of courses, groups and cohorts."""
    _delete(Kind.USER, rows, _OF_USER, draft, sheet)


def delete_courses(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete courses (row, line, course_id) with their enrolments, roles, bindings, links, groups and groupings."""
    _delete(Kind.COURSE, rows, _OF_COURSE, draft, sheet)


def delete_cohorts(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete cohorts (row, line, cohort_id) with their memberships and bindings."""
    _delete(Kind.COHORT, rows, _OF_COHORT, draft, sheet)


def delete_groups(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete groups (row, line, group_id) with their memberships, and take them out of groupings."""
    _delete(Kind.GROUP, rows, _OF_GROUP, draft, sheet)


def delete_groupings(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
    """Delete groupings (row, line, grouping_id) and take their groups out of them; the groups stay."""
    _delete(Kind.GROUPING, rows, _OF_GROUPING, draft, sheet)


def _delete(
    kind: Kind, rows: pl.DataFrame, dependants: tuple[tuple[Kind, str], ...], draft: Draft, sheet: Sheet
) -> None:
    """Delete records, and the dependants: each a kind, with the column of it that holds the record's id."""
    if rows.is_empty():
        return
    ids = rows.select(pl.col(f"{kind}_id").alias("id"), "row", "line")
    draft.load(kind, ids.select("id"))
    foreign = draft.foreign(kind, ids)
    sheet.refuse(foreign, pl.lit(value=True), "not-yours", what=f"the {kind}", owner=pl.col("owner"))
    gone = without_rows(ids, foreign)
    settle(draft.drop(kind, gone), sheet, f"the {kind}")
    for dependant, column in dependants:
        _take_out(dependant, column, gone.rename({"id": column}), draft)


def _take_out(kind: Kind, column: str, gone: pl.DataFrame, draft: Draft) -> None:
    """Delete the records of a kind whose column holds one of the ids (columns `column`, row, line)."""
    draft.load(kind, gone.select(column))
    held = draft.live(kind).drop("row").join(gone.unique(column, keep="last"), on=column, how="inner")
    draft.drop(kind, held, cascade=True)
