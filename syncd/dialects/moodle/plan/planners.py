"""What makes the plan of each kind of file: its planner, with the rules that the options give."""

from dataclasses import replace

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan.bindings import plan_bindings
from syncd.dialects.moodle.plan.cohorts import plan_cohorts
from syncd.dialects.moodle.plan.courses import plan_check, plan_courses, plan_deletions
from syncd.dialects.moodle.plan.enrolments import plan_enrolments
from syncd.dialects.moodle.plan.group_members import plan_group_members
from syncd.dialects.moodle.plan.groups import plan_groups
from syncd.dialects.moodle.plan.meta import plan_meta
from syncd.dialects.moodle.plan.pictures import plan_pictures
from syncd.dialects.moodle.plan.resets import plan_resets
from syncd.dialects.moodle.plan.rules import (
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
from syncd.dialects.moodle.plan.user_parts import plan_user_cohorts, plan_user_courses
from syncd.dialects.moodle.plan.users import plan_users
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults
from syncd.engine.work import Work


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


def users(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a users file, then the cohorts and courses of its users."""
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
    done = plan_users(work.commands.frame, rules, draft, results)
    plan_user_cohorts(work.commands.frame, done, _cohort_rules(work), draft, results)
    courses = work.commands.parts.get("courses")
    if courses is not None and not courses.is_empty():
        rules_of_courses = replace(_enrolment_rules(work), role_header="role")
        plan_user_courses(_with_role_names(courses, options), done, rules_of_courses, draft, results)


def courses(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a courses file."""
    teachers = _with_role_names(work.commands.parts["teachers"], work.options)
    plan_courses(work.commands.frame, teachers, _course_rules(work), draft, results)


def courses_delete(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a list of courses to delete."""
    plan_deletions(work.commands.frame, work.options.course_identifier, draft, results)


def courses_check(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a list of courses to look for."""
    plan_check(work.commands.frame, work.options.course_identifier, draft, results)


def courses_reset(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a courses reset file."""
    rules = ResetRules(course_by=work.options.course_identifier, roles=tuple(work.options.roles))
    parts = {**work.commands.parts, "roles": _with_role_names(work.commands.parts["roles"], work.options)}
    plan_resets(work.commands.frame, parts, rules, draft, results)


def enrolments(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan an enrolments file."""
    rows = _with_role_names(work.commands.frame, work.options)
    plan_enrolments(rows, _enrolment_rules(work), draft, results)


def cohorts(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a cohorts file."""
    plan_cohorts(work.commands.frame, _cohort_rules(work), draft, results)


def metacourses(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a meta-course file."""
    rules = MetaRules(course_by=work.options.course_identifier, methods=work.options.methods)
    plan_meta(work.commands.frame, rules, draft, results)


def cohort_bindings(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a cohort bindings file."""
    options = work.options
    rules = BindingRules(
        cohort_by=options.cohort_identifier,
        course_by=options.course_identifier,
        roles=tuple(options.roles),
        methods=options.methods,
    )
    plan_bindings(_with_role_names(work.commands.frame, options), rules, draft, results)


def groups(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a groups file."""
    options = work.options
    rules = GroupRules(
        course_by=options.course_identifier,
        group_by=options.group_identifier,
        grouping_by=options.grouping_identifier,
    )
    plan_groups(work.commands.frame, rules, draft, results)


def group_members(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan a group members file."""
    options = work.options
    rules = MemberRules(
        course_by=options.course_identifier,
        group_by=options.group_identifier,
        user_by=options.user_by("group_members"),
        protect_groups=options.protect_groups,
        purge=_PURGES[options.purge_empty_groups],
    )
    plan_group_members(work.commands.frame, rules, draft, results)


def userpictures(work: Work, draft: Draft, results: RowResults) -> None:
    """Plan an archive of user pictures."""
    options = work.options
    rules = PictureRules(
        user_by=options.picture_identifier,
        overwrite=options.overwrite_pictures,
        protected=options.protected_users,
    )
    plan_pictures(work.commands.frame, rules, draft, results)


_PURGES = {"no": (), "groups": (Kind.GROUP,), "groups+groupings": (Kind.GROUP, GROUPING)}
