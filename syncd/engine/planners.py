"""Which planner works which command file, and with which rules."""

from dataclasses import dataclass, replace

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.model import Commands
from syncd.dialects.moodle.options import MoodleOptions
from syncd.engine.draft import Draft
from syncd.engine.plan_bindings import plan_bindings
from syncd.engine.plan_cohorts import plan_cohorts
from syncd.engine.plan_courses import plan_check, plan_courses, plan_deletions
from syncd.engine.plan_enrolments import plan_enrolments
from syncd.engine.plan_group_members import plan_group_members
from syncd.engine.plan_groups import plan_groups
from syncd.engine.plan_meta import plan_meta
from syncd.engine.plan_pictures import plan_pictures
from syncd.engine.plan_resets import plan_resets
from syncd.engine.plan_users import plan_users
from syncd.engine.rules import (
    FOLLOWING,
    BindingRules,
    CohortRules,
    CourseRules,
    EnrolmentRules,
    GroupRules,
    MemberRules,
    MetaRules,
    PictureRules,
    ResetRules,
    UserRules,
)
from syncd.engine.sheet import Sheet
from syncd.engine.user_parts import plan_user_cohorts, plan_user_courses


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a planner is given: commands, the options they were read with, Unix time, the installation's key."""

    commands: Commands
    options: MoodleOptions
    now: int
    secret: bytes


def plan_rows(object_name: str, work: Work, draft: Draft, sheet: Sheet) -> None:
    """Enter the rows of a command file into the draft, and what became of them on the sheet."""
    _PLANNERS[object_name](work, draft, sheet)


def is_remembered(object_name: str, options: MoodleOptions) -> bool:
    """Return whether rows so named can be remembered as standing.

    They cannot where they name records by something that several may have: a new record
    could then make a row ambiguous that was not so before.
    """
    by = {
        "enrolments": {options.user_by(object_name), options.course_identifier},
        "users": {options.user_by(object_name)},
        "courses": set(),
        "cohorts": {options.user_by(object_name), options.cohort_identifier},
        "group_members": {options.user_by(object_name)},
    }
    return object_name in by and not by[object_name] & {"email", "name"}


def _enrolment_rules(work: Work) -> EnrolmentRules:
    options = work.options
    return EnrolmentRules(
        user_by=options.user_by("enrolments"),
        course_by=options.course_identifier,
        roles=tuple(options.roles),
        methods=tuple(method for method in options.methods if method not in FOLLOWING),
        now=work.now,
        protect_groups=options.protect_groups,
    )


def _course_rules(work: Work) -> CourseRules:
    options = work.options
    return CourseRules(
        course_by=options.course_identifier,
        category_by=options.category_identifier,
        force_update=options.force_update,
        protect_category=options.protect_category,
        template_mode=options.template_mode,
        roles=tuple(options.roles),
        now=work.now,
        unclear=work.commands.unclear,
    )


def _cohort_rules(work: Work) -> CohortRules:
    options = work.options
    return CohortRules(
        cohort_by=options.cohort_identifier,
        user_by=options.user_by("cohorts"),
        autocreate=options.cohort_autocreate,
    )


def _with_role_names(rows: pl.DataFrame, options: MoodleOptions) -> pl.DataFrame:
    """Return the rows with roles named by shortname, where the file names them by id."""
    if options.role_identifier != "id":
        return rows
    return rows.with_columns(pl.col("role").replace({str(number): name for name, number in options.roles.items()}))


def _users(work: Work, draft: Draft, sheet: Sheet) -> None:
    options = work.options
    rules = UserRules(
        user_by=options.user_by("users"),
        protect_emails=options.protect_emails,
        allow_shared_emails=options.allow_shared_emails,
        allow_rename=options.allow_rename,
        protected=options.protected_users,
        secret=work.secret,
        unclear=work.commands.unclear,
    )
    done = plan_users(work.commands.frame, rules, draft, sheet)
    plan_user_cohorts(work.commands.frame, done, _cohort_rules(work), draft, sheet)
    courses = work.commands.parts.get("courses")
    if courses is not None and not courses.is_empty():
        rules_of_courses = replace(_enrolment_rules(work), role_header="role")
        plan_user_courses(_with_role_names(courses, options), done, rules_of_courses, draft, sheet)


def _courses(work: Work, draft: Draft, sheet: Sheet) -> None:
    teachers = _with_role_names(work.commands.parts["teachers"], work.options)
    plan_courses(work.commands.frame, teachers, _course_rules(work), draft, sheet)


def _courses_delete(work: Work, draft: Draft, sheet: Sheet) -> None:
    plan_deletions(work.commands.frame, work.options.course_identifier, draft, sheet)


def _courses_check(work: Work, draft: Draft, sheet: Sheet) -> None:
    plan_check(work.commands.frame, work.options.course_identifier, draft, sheet)


def _courses_reset(work: Work, draft: Draft, sheet: Sheet) -> None:
    rules = ResetRules(course_by=work.options.course_identifier, roles=tuple(work.options.roles))
    parts = {**work.commands.parts, "roles": _with_role_names(work.commands.parts["roles"], work.options)}
    plan_resets(work.commands.frame, parts, rules, draft, sheet)


def _enrolments(work: Work, draft: Draft, sheet: Sheet) -> None:
    rows = _with_role_names(work.commands.frame, work.options)
    plan_enrolments(rows, _enrolment_rules(work), draft, sheet)


def _cohorts(work: Work, draft: Draft, sheet: Sheet) -> None:
    plan_cohorts(work.commands.frame, _cohort_rules(work), draft, sheet)


def _metacourses(work: Work, draft: Draft, sheet: Sheet) -> None:
    rules = MetaRules(course_by=work.options.course_identifier, methods=work.options.methods)
    plan_meta(work.commands.frame, rules, draft, sheet)


def _cohort_bindings(work: Work, draft: Draft, sheet: Sheet) -> None:
    options = work.options
    rules = BindingRules(
        cohort_by=options.cohort_identifier,
        course_by=options.course_identifier,
        roles=tuple(options.roles),
        methods=options.methods,
    )
    plan_bindings(_with_role_names(work.commands.frame, options), rules, draft, sheet)


def _groups(work: Work, draft: Draft, sheet: Sheet) -> None:
    options = work.options
    rules = GroupRules(
        course_by=options.course_identifier,
        group_by=options.group_identifier,
        grouping_by=options.grouping_identifier,
    )
    plan_groups(work.commands.frame, rules, draft, sheet)


def _group_members(work: Work, draft: Draft, sheet: Sheet) -> None:
    options = work.options
    rules = MemberRules(
        course_by=options.course_identifier,
        group_by=options.group_identifier,
        user_by=options.user_by("group_members"),
        protect_groups=options.protect_groups,
        purge=_PURGES[options.purge_empty_groups],
    )
    plan_group_members(work.commands.frame, rules, draft, sheet)


def _userpictures(work: Work, draft: Draft, sheet: Sheet) -> None:
    options = work.options
    rules = PictureRules(
        user_by=options.picture_identifier,
        overwrite=options.overwrite_pictures,
        protected=options.protected_users,
    )
    plan_pictures(work.commands.frame, rules, draft, sheet)


_PURGES = {"no": (), "groups": (Kind.GROUP,), "groups+groupings": (Kind.GROUP, Kind.GROUPING)}

_PLANNERS = {
    "users": _users,
    "courses": _courses,
    "courses_delete": _courses_delete,
    "courses_check": _courses_check,
    "courses_reset": _courses_reset,
    "enrolments": _enrolments,
    "cohorts": _cohorts,
    "metacourses": _metacourses,
    "cohort_bindings": _cohort_bindings,
    "groups": _groups,
    "group_members": _group_members,
    "userpictures": _userpictures,
}
