"""Plan a courses reset file: who and what leaves the courses, and what learning platforms are to clear.

Source of the rules: Moodle's course reset command file, with one difference: nothing goes that a row does not ask for.
"""

from collections.abc import Mapping

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP, ROLE_ASSIGNMENT
from syncd.dialects.moodle.options import EVERY_ROLE
from syncd.dialects.moodle.plan.enrolments import direct, leave_groups
from syncd.dialects.moodle.plan.rules import ResetRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows

_LINKS_OF = {Kind.GROUP: (Kind.GROUP_MEMBER, GROUPING_GROUP), GROUPING: (GROUPING_GROUP,)}
_WHAT = {
    Kind.ENROLMENT: "an enrolment",
    ROLE_ASSIGNMENT: "a role assignment",
    Kind.GROUP: "a group",
    Kind.GROUP_MEMBER: "a group membership",
    GROUPING: "a grouping",
    GROUPING_GROUP: "the place of a group in a grouping",
}


def plan_resets(
    rows: pl.DataFrame, parts: Mapping[str, pl.DataFrame], rules: ResetRules, draft: Draft, results: RowResults
) -> None:
    """Enter a courses reset file's rows into the draft.

    rows: row, line, course, groups (all, groups, members or null), groupings (all, groupings, members or
    null). parts: `roles` (row, line, role or EVERY_ROLE) and `actions` (row, line, action, arguments as JSON text).
    """
    course = Reference(column="course", kind=Kind.COURSE, by=rules.course_by, into="course_id", header=rules.course_by)
    rows = _without_foreign(resolve(rows, course, draft, results), draft, results)
    roles = parts["roles"].join(rows.select("row", "course_id"), on="row", how="inner")
    known = pl.col("role").is_in([*rules.roles, EVERY_ROLE])
    results.refuse(roles, ~known, "unknown-role", "roles", value=pl.col("role"))
    rows = without_rows(rows, roles.filter(~known))
    _unenrol(roles.join(rows, on="row", how="semi"), draft, results)
    for kind, whole, column in (
        (Kind.GROUP, Kind.GROUP_MEMBER, "groups"),
        (GROUPING, GROUPING_GROUP, "groupings"),
    ):
        _clear(whole, rows.filter(pl.col(column).is_in(["all", "members"])), draft, results)
        _delete(kind, rows.filter(pl.col(column).is_in(["all", column])), draft, results)
    actions = parts["actions"].join(rows.select("row", "course_id"), on="row", how="inner")
    for (name,), asked in actions.group_by("action", maintain_order=True):
        results.action(str(name), asked, Kind.COURSE, pl.col("arguments"))
    results.acted(actions)


def _without_foreign(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Refuse rows whose course belongs to another source: what a platform clears of it nobody brings back."""
    draft.load(Kind.COURSE, rows.select(pl.col("course_id").alias("id")))
    foreign = draft.foreign(Kind.COURSE, rows.select(pl.col("course_id").alias("id"), "row", "line"))
    results.refuse(foreign, pl.lit(value=True), "not-yours", what="the course", owner=pl.col("owner"))
    return without_rows(rows, foreign)


def _unenrol(roles: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Take the roles (row, line, course_id, role) from whoever holds them; who has no enrolment left leaves groups."""
    for kind in (Kind.ENROLMENT, ROLE_ASSIGNMENT):
        held = direct(_held(kind, roles.select("row", "line", "course_id").unique(maintain_order=True), draft))
        asked = roles.select("row", pl.col("role").alias("_asked"))
        meant = (pl.col("_asked") == pl.col("role")) | (pl.col("_asked") == EVERY_ROLE)
        going = held.join(asked, on="row", how="inner", maintain_order="left").filter(meant)
        _drop(kind, going, draft, results)
        if kind is Kind.ENROLMENT:
            leave_groups(going, draft)


def _clear(kind: Kind, rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete the links of a kind in the courses of the rows."""
    _drop(kind, _held(kind, rows, draft), draft, results)


def _delete(kind: Kind, rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete the groups or groupings of the courses, with the links of those that go."""
    going = _held(kind, rows, draft)
    _drop(kind, going, draft, results)
    gone = going.join(draft.live(kind), on="id", how="anti")
    for link in _LINKS_OF[kind]:
        held = _held(link, gone.select("row", "line", pl.col("id").alias(f"{kind}_id")), draft, by=f"{kind}_id")
        draft.drop(link, held.select(*SPECS[link].key, "row", "line"), cascade=True)


def _held(kind: Kind, rows: pl.DataFrame, draft: Draft, by: str = "course_id") -> pl.DataFrame:
    """Return the live records of a kind that the rows (row, line and the column `by`) are about."""
    draft.load(kind, rows.select(by))
    return draft.live(kind).drop("row").join(rows.select("row", "line", by), on=by, how="inner")


def _drop(kind: Kind, going: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete records; what belongs to another source stays, and leaves the row partial."""
    put = draft.drop(kind, going.select(*SPECS[kind].key, "row", "line"))
    settle(put, results.part(), _WHAT[kind])
