"""Plan a group members file: put users into the groups of courses, move them, take them out.

Source of the rules: Moodle's group members command file. It differs where that one does harm: a group is
one of the course that the row names; `shift` keeps what need not go; `del` removes; and no group is purged that
the file did not itself leave empty.
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan.find_groups import with_groups
from syncd.dialects.moodle.plan.follow_groups import FOLLOWS
from syncd.dialects.moodle.plan.group_part import TAG
from syncd.dialects.moodle.plan.purge_groups import purge
from syncd.dialects.moodle.plan.rules import MemberRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.frames.waves import WAVE_LIMIT, ranked, waves

_PAIR = ["course_id", "user_id"]
_LEFT = {"group_id": pl.Int64(), "row": pl.Int64(), "line": pl.Int64()}


def plan_group_members(rows: pl.DataFrame, rules: MemberRules, draft: Draft, results: RowResults) -> None:
    """Enter a group members file's rows into the draft.

    rows: row, line, verb (add, shift or del), course (empty where the row names none), group, user.

    Rows that only add need no order among themselves; those that share user and course with a row that
    removes are worked in the order of the file.
    """
    rows = with_groups(rows, rules, draft, results)
    wanted = rows.filter(pl.col("verb") != "del").select("group_id").unique()
    user = Reference(column="user", kind=Kind.USER, by=rules.user_by, into="user_id", header="userid")
    rows = resolve(rows, user, draft, results)
    rows = _enrolled(rows, draft, results)
    draft.load(Kind.GROUP_MEMBER, rows.select("user_id", "course_id"))
    removing = rows.filter(pl.col("verb") != "add").select(_PAIR).unique()
    adding = rows.join(removing, on=_PAIR, how="anti", maintain_order="left")
    ordered = ranked(rows.join(removing, on=_PAIR, how="semi", maintain_order="left"), _PAIR)
    results.standing(adding.filter("_sure"), a="user_id", b="course_id")
    results.scope(ordered, a="user_id", b="course_id")
    _add(adding, rules, draft, results)
    ordered = results.refuse(ordered, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    left = [pl.DataFrame(schema=_LEFT)]
    for wave in waves(ordered):
        left.append(_leave(wave, rules, draft, results))
        _add(wave.filter(pl.col("verb") != "del"), rules, draft, results)
    emptied = pl.concat(left).join(wanted, on="group_id", how="anti")
    if rules.purge:
        purge(emptied, rules.purge, draft, results)


def _enrolled(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows whose user is enrolled or has a role in the course; who leaves a group need not be."""
    entering = rows.filter(pl.col("verb") != "del").select(_PAIR)
    for kind in (Kind.ENROLMENT, ROLE_ASSIGNMENT):
        draft.load(kind, entering)
    inside = pl.concat([draft.live(kind).select(_PAIR) for kind in (Kind.ENROLMENT, ROLE_ASSIGNMENT)]).unique()
    rows = rows.join(inside.with_columns(_inside=True), on=_PAIR, how="left", maintain_order="left")
    outside = (pl.col("verb") != "del") & pl.col("_inside").is_null()
    rows = results.refuse(rows, outside, "not-enrolled", "userid", value=pl.col("group"), course=pl.col("course"))
    return rows.drop("_inside")


def _leave(wave: pl.DataFrame, rules: MemberRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Take users out of the groups that `del` names, and with `shift` out of all but the one that it names.

    Return group_id, row and line of the memberships that were to go.
    """
    held = draft.live(Kind.GROUP_MEMBER).select(*_PAIR, "group_id", "component")
    deleting = wave.filter(pl.col("verb") == "del")
    shifting = wave.filter(pl.col("verb") == "shift").rename({"group_id": "_to"})
    leaving = deleting.join(held, on=[*_PAIR, "group_id"], how="inner", maintain_order="left")
    moving = shifting.join(held, on=_PAIR, how="inner", maintain_order="left").filter(
        pl.col("group_id") != pl.col("_to")
    )
    for stays, code in _staying(rules):
        results.skip(leaving.filter(stays), code, "userid", value=pl.col("user"))
        leaving, moving = leaving.filter(~stays), moving.filter(~stays)
    going = []
    for which, to in ((leaving, results), (moving, results.part())):
        gone = which.select("group_id", "user_id", "row", "line")
        settle(draft.drop(Kind.GROUP_MEMBER, gone), to, "the membership")
        going.append(gone.select(list(_LEFT)))
    return pl.concat(going)


def _staying(rules: MemberRules) -> list[tuple[pl.Expr, str]]:
    """Return which memberships no row ends, and what is then said to a row that names one."""
    follows = pl.col("component").str.starts_with(FOLLOWS).fill_null(value=False)
    staying = [(follows, "membership-follows")]
    if rules.protect_groups:
        staying.append((pl.col("component").ne_missing(TAG), "membership-kept"))
    return staying


def _add(rows: pl.DataFrame, rules: MemberRules, draft: Draft, results: RowResults) -> None:
    want = rows.select("group_id", "user_id", "course_id", "row", "line")
    want = want.unique(["group_id", "user_id"], keep="first", maintain_order=True)
    fresh = {"component": TAG if rules.protect_groups else None}
    settle(draft.put(Kind.GROUP_MEMBER, want, fresh), results, "the membership")
