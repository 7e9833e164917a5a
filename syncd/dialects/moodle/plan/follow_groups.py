"""Groups that follow cohort bindings: with `makegroup`, the members of the cohort are in a group of the course.

The group is named as the cohort. What a binding put into it carries the binding's method as
component, and only that is taken out again. The group itself stays, for it may hold others; one
that a file took away is made anew when the next member comes.
"""

import polars as pl

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.kinds import COHORT_BINDING
from syncd.engine.draft import Draft

_PAIR = ["course_id", "user_id"]
_BOUND = ["cohort_id", "course_id"]
_NAME = ["course_id", "name"]
_MEMBER = ["cohort_id", "user_id"]
_MEMBERSHIP = ["group_id", "user_id"]
FOLLOWS = "enrol_"
"""With the method behind it, the component of memberships that follow; nothing else ends these."""


def follow_groups(draft: Draft) -> None:
    """Let groups follow bindings, members and names of cohorts that changed."""
    changed = draft.touched(COHORT_BINDING)
    parts = (changed, _renamed(draft), _without_group(draft))
    bindings = pl.concat([frame.select(*_BOUND, "row") for frame in parts])
    people = _reached(bindings, draft)
    if people.is_empty() and bindings.is_empty():
        return
    named = _named(pl.concat([people.select("course_id"), bindings.select("course_id")]), draft)
    _make(bindings.join(named, on=_BOUND, how="inner"), draft)
    members = people.join(named, on="course_id", how="inner")
    draft.load(Kind.COHORT_MEMBER, members.select(_MEMBER))
    members = members.join(draft.live(Kind.COHORT_MEMBER), on=_MEMBER, how="semi")
    tag = (pl.lit(FOLLOWS) + pl.col("method").min()).alias("component")
    _settle(people, members.group_by(*_PAIR, "name").agg(tag, pl.col("row").max()), draft)


def _renamed(draft: Draft) -> pl.DataFrame:
    """Return the bindings (cohort_id, course_id, row) that make groups of cohorts that changed."""
    cohorts = draft.touched(Kind.COHORT).select(pl.col("id").alias("cohort_id"), "row")
    draft.load(COHORT_BINDING, cohorts.select("cohort_id"))
    return cohorts.join(_grouping(draft), on="cohort_id", how="inner")


def _without_group(draft: Draft) -> pl.DataFrame:
    """Return the bindings (cohort_id, course_id, row) whose group is missing although members came just now."""
    coming = draft.touched(Kind.COHORT_MEMBER).filter(pl.col("state") != State.DELETED.value)
    bound = coming.join(_grouping(draft), on="cohort_id", how="inner")
    named = _named(bound.select("course_id"), draft)
    rows = bound.group_by(_BOUND).agg(pl.col("row").max()).join(named.select(*_BOUND, "name"), on=_BOUND)
    draft.load(Kind.GROUP, rows.select(_NAME))
    missing = rows.join(draft.live(Kind.GROUP), on=_NAME, how="anti").group_by(_NAME).agg(pl.col("row").max())
    return named.join(missing, on=_NAME, how="inner")


def _grouping(draft: Draft) -> pl.DataFrame:
    """Return the bindings at hand that make groups."""
    return draft.live(COHORT_BINDING).filter(pl.col("makegroup") > 0).select("cohort_id", "course_id", "method")


def _reached(bindings: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return whose groups may change (course_id, user_id, row); also those who left the cohort, or a group, by now."""
    draft.load(Kind.COHORT_MEMBER, bindings.select("cohort_id"))
    of_bindings = bindings.join(draft.present(Kind.COHORT_MEMBER).drop("row"), on="cohort_id", how="inner")
    members = draft.touched(Kind.COHORT_MEMBER).join(_grouping(draft), on="cohort_id", how="inner")
    lost = draft.touched(Kind.GROUP_MEMBER).filter(_follows() & (pl.col("state") == State.DELETED.value))
    people = pl.concat([frame.select(*_PAIR, "row") for frame in (of_bindings, members, lost)])
    return people.group_by(_PAIR).agg(pl.col("row").max())


def _follows() -> pl.Expr:
    return pl.col("component").str.starts_with(FOLLOWS).fill_null(value=False)


def _named(courses: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return every binding of the courses that makes a group: cohort_id, course_id, method, name of the group."""
    draft.load(COHORT_BINDING, courses)
    found = _grouping(draft).join(courses, on="course_id", how="semi")
    draft.load(Kind.COHORT, found.select(pl.col("cohort_id").alias("id")))
    names = draft.live(Kind.COHORT).select(pl.col("id").alias("cohort_id"), "name")
    return found.join(names, on="cohort_id", how="inner")


def _make(bound: pl.DataFrame, draft: Draft) -> None:
    """Make the groups of the bindings (course_id, name, row) that are missing."""
    groups = bound.group_by(_NAME).agg(pl.col("row").min()).sort("row", *_NAME)
    draft.load(Kind.GROUP, groups.select(_NAME))
    missing = groups.join(draft.live(Kind.GROUP), on=_NAME, how="anti", maintain_order="left")
    missing = missing.with_columns(draft.new_ids(Kind.GROUP, len(missing)), pl.lit(0).alias("line"))
    draft.put(Kind.GROUP, missing, cascade=True)


def _settle(people: pl.DataFrame, members: pl.DataFrame, draft: Draft) -> None:
    """Put members (course_id, user_id, name, component, row) into their groups; take others out that followed."""
    draft.load(Kind.GROUP, members.select(_NAME))
    groups = draft.live(Kind.GROUP).select(*_NAME, pl.col("id").alias("group_id"))
    want = members.join(groups, on=_NAME, how="inner").with_columns(pl.lit(0).alias("line"))
    draft.load(Kind.GROUP_MEMBER, people.select("user_id", "course_id"))
    held = draft.live(Kind.GROUP_MEMBER).drop("row").join(people, on=_PAIR, how="inner")
    follows = _follows()
    gone = held.filter(follows).join(want, on=_MEMBERSHIP, how="anti")
    draft.drop(Kind.GROUP_MEMBER, gone.select(*_MEMBERSHIP, "row", pl.lit(0).alias("line")), cascade=True)
    want = want.join(held.filter(~follows), on=_MEMBERSHIP, how="anti")
    draft.put(Kind.GROUP_MEMBER, want.select(*_MEMBERSHIP, "course_id", "component", "row", "line"), cascade=True)
