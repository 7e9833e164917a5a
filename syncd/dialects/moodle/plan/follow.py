"""What follows from a planned file: enrolments that cohort bindings and meta links make, and their groups.

Whatever a file did to members, bindings, links and enrolments, in the end the members of a bound cohort
are enrolled by the binding, and whoever is enrolled in a master course by the link. These changes belong to
the row that caused them, and ask nobody whose the record is. Where the roster knows no binding and no link,
nothing is looked up.

Source of the rules: Moodle's enrolment methods cohort and meta. A disabled binding or link
leaves its enrolments there, disabled; so does a master course whose enrolments are disabled.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind, State
from syncd.dialects.moodle.kinds import COHORT_BINDING, META, META_LINK
from syncd.dialects.moodle.plan.enrolments import leave_groups
from syncd.dialects.moodle.plan.follow_groups import follow_groups
from syncd.engine.draft import Draft

_MEMBER = ["cohort_id", "user_id"]
_BINDING = list(SPECS[COHORT_BINDING].key)
_LINK = ["course_id", "master_id"]
_PAIR = ["course_id", "user_id"]
_ENROLMENT = list(SPECS[Kind.ENROLMENT].key)
_NO_END = 2**62
"""Stands for "without end" where the latest end is looked for."""


def follow(draft: Draft, now: int) -> None:
    """Let enrolments and groups follow what the draft holds; now: Unix seconds, the start of those that have none."""
    if _has_any(COHORT_BINDING, draft):
        _follow_cohorts(draft, now)
        follow_groups(draft)
    if _has_any(META_LINK, draft):
        _follow_masters(draft)


def _has_any(kind: Kind, draft: Draft) -> bool:
    return draft.has_records(kind) or not draft.present(kind).is_empty()


def _follow_cohorts(draft: Draft, now: int) -> None:
    """Enrol and unenrol the members that changed, and all members of cohorts of which a binding changed."""
    members, bindings = draft.touched(Kind.COHORT_MEMBER), draft.touched(COHORT_BINDING)
    if members.is_empty() and bindings.is_empty():
        return
    draft.load(COHORT_BINDING, members.select("cohort_id"))
    reached = _of_members(members, draft)
    if not bindings.is_empty():
        reached = pl.concat([reached, _of_bindings(bindings, draft)])
    if reached.is_empty():
        return
    reached = reached.group_by([*_BINDING, "user_id"]).agg(pl.col("row").max())
    states = draft.live(COHORT_BINDING).select(*_BINDING, "state", "starttime", "endtime")
    desired = reached.join(draft.live(Kind.COHORT_MEMBER).select(_MEMBER), on=_MEMBER, how="semi")
    desired = desired.join(states, on=_BINDING, how="inner").with_columns(pl.col("endtime").fill_null(0))
    _settle(reached.rename({"cohort_id": "via"}), desired.rename({"cohort_id": "via"}), draft, now)


def _of_members(members: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return the bindings that members who came or went have to do with: their keys, user_id, row."""
    bindings = draft.live(COHORT_BINDING).select(_BINDING)
    found = members.select(*_MEMBER, "row").join(bindings, on="cohort_id", how="inner")
    draft.load(Kind.ENROLMENT, found.select(_PAIR))
    return found.select(*_BINDING, "user_id", "row")


def _of_bindings(bindings: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return who has to do with the bindings that changed: their keys, user_id, row."""
    draft.load(Kind.COHORT_MEMBER, bindings.select("cohort_id"))
    draft.load(Kind.ENROLMENT, bindings.select("course_id"))
    live = bindings.filter(pl.col("state") != State.DELETED.value).select(*_BINDING, "row")
    members = live.join(draft.live(Kind.COHORT_MEMBER).select(_MEMBER), on="cohort_id", how="inner")
    made = draft.live(Kind.ENROLMENT).select(*_PAIR, "method", "role", pl.col("via").alias("cohort_id"))
    enrolled = bindings.select(*_BINDING, "row").join(made, on=_BINDING, how="inner")
    return pl.concat([frame.select(*_BINDING, "user_id", "row") for frame in (members, enrolled)])


def _follow_masters(draft: Draft) -> None:
    """Enrol and unenrol people whose enrolments in a master course changed, and all of a master with another link."""
    people, links = draft.touched(Kind.ENROLMENT).filter(pl.col("method") != META), draft.touched(META_LINK)
    if people.is_empty() and links.is_empty():
        return
    draft.load(META_LINK, people.select(pl.col("course_id").alias("master_id")))
    reached = _of_people(people, draft)
    if not links.is_empty():
        reached = pl.concat([reached, _of_links(links, draft)])
    if reached.is_empty():
        return
    reached = reached.group_by(*_PAIR, "master_id").agg(pl.col("row").max())
    linked = draft.live(META_LINK).select(*_LINK, pl.col("state").alias("_link"))
    sources = _sources(draft).join(reached, on=["master_id", "user_id"], how="semi")
    desired = reached.join(linked, on=_LINK, how="inner").join(_merged(sources), on=["master_id", "user_id"])
    disabled = pl.lit(State.DISABLED.value)
    state = pl.when(pl.col("_link") == disabled).then(disabled).otherwise("state").alias("state")
    desired = desired.with_columns(state, pl.lit(META).alias("method"))
    reached = reached.rename({"master_id": "via"}).with_columns(pl.lit(META).alias("method"))
    _settle(reached, desired.rename({"master_id": "via"}), draft, 0)


def _sources(draft: Draft) -> pl.DataFrame:
    """Return the enrolments that a master course hands on, with master_id."""
    return draft.live(Kind.ENROLMENT).filter(pl.col("method") != META).rename({"course_id": "master_id"})


def _of_people(people: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return the links that people whose enrolments changed have to do with: their keys, user_id, row."""
    changed = people.select(pl.col("course_id").alias("master_id"), "user_id", "row")
    found = changed.join(draft.live(META_LINK).select(_LINK), on="master_id", how="inner")
    draft.load(Kind.ENROLMENT, found.select(pl.col("master_id").alias("course_id"), "user_id"))
    draft.load(Kind.ENROLMENT, found.select(_PAIR))
    return found.select(*_PAIR, "master_id", "row")


def _of_links(links: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return who has to do with the links that changed: their keys, user_id, row."""
    draft.load(Kind.ENROLMENT, links.select(pl.col("master_id").alias("course_id")))
    draft.load(Kind.ENROLMENT, links.select("course_id"))
    links = links.select(*_LINK, "row")
    sources = links.join(_sources(draft).select("master_id", "user_id").unique(), on="master_id", how="inner")
    made = draft.live(Kind.ENROLMENT).filter(pl.col("method") == META)
    made = made.select(*_PAIR, pl.col("via").alias("master_id"))
    enrolled = links.join(made, on=_LINK, how="inner")
    return pl.concat([frame.select(*_PAIR, "master_id", "row") for frame in (sources, enrolled)])


def _merged(sources: pl.DataFrame) -> pl.DataFrame:
    """Return for each master, user and role one state and one time: those of the enabled enrolments, if there are any.

    The time begins with the first and ends with the last of them.
    """
    on = pl.col("state") == State.ENABLED.value
    start = pl.col("starttime").fill_null(0)
    end = pl.when(pl.col("endtime").fill_null(0) == 0).then(_NO_END).otherwise("endtime")
    merged = sources.group_by("master_id", "user_id", "role").agg(
        pl.when(on.any()).then(pl.lit(State.ENABLED.value)).otherwise(pl.lit(State.DISABLED.value)).alias("state"),
        pl.coalesce(start.filter(on).min(), start.min()).alias("starttime"),
        pl.coalesce(end.filter(on).max(), end.max()).alias("endtime"),
    )
    return merged.with_columns(pl.col("endtime").replace({_NO_END: 0}))


def _settle(reached: pl.DataFrame, desired: pl.DataFrame, draft: Draft, now: int) -> None:
    """Make the enrolments be as desired, and take away the others of those that are reached.

    reached: row, and key columns of enrolments. desired: row, the whole key, state, starttime, endtime; a null
    starttime leaves the one that is there.
    """
    status = (pl.col("state") == State.DISABLED.value).cast(pl.Int64).alias("status")
    want = desired.select(*_ENROLMENT, "state", status, "starttime", "endtime", "row", pl.lit(0).alias("line"))
    draft.put(Kind.ENROLMENT, want, {"starttime": now}, cascade=True)
    known = [column for column in _ENROLMENT if column in reached.columns]
    held = draft.live(Kind.ENROLMENT).select(_ENROLMENT).join(reached.select(*known, "row"), on=known, how="inner")
    gone = held.join(desired, on=_ENROLMENT, how="anti").with_columns(pl.lit(0).alias("line"))
    if not gone.is_empty():
        draft.drop(Kind.ENROLMENT, gone, cascade=True)
        leave_groups(gone.select(*_PAIR, "row", "line"), draft)
