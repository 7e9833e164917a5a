"""Plan an enrolments file: who is in which course, by which method and role, and in which of its groups.

Source of the rules: Moodle's enrolment command file, verbs add, del, shift and the group verbs, with
two differences that operators ask for: a method that a course lacks fails the row, it never
degrades to a bare role; and `shift` keeps what need not go.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind, State
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan.group_part import plan_group_part
from syncd.dialects.moodle.plan.rules import EnrolmentRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.engine.rivals import note_overridden
from syncd.frames.tables import without_rows
from syncd.frames.waves import WAVE_LIMIT, ranked, waves

_PAIR = ["course_id", "user_id"]
_DAY = 86_400
"""Seconds of a day of a period."""


def plan_enrolments(rows: pl.DataFrame, rules: EnrolmentRules, draft: Draft, results: RowResults) -> None:
    """Enter an enrolments file's rows into the draft.

    rows: row, line, verb, user, course, role, method (null: the role alone), start, end (Unix
        seconds, null: untouched), gverb, groups.
    """
    rows = resolve(
        rows, Reference(column="user", kind=Kind.USER, by=rules.user_by, into="user_id", header="uid"), draft, results
    )
    rows = resolve(
        rows,
        Reference(column="course", kind=Kind.COURSE, by=rules.course_by, into="course_id", header="cid"),
        draft,
        results,
    )
    results.scope(rows, a="user_id", b="course_id")
    results.standing(rows.filter(_says_what_is()), a="user_id", b="course_id")
    enrol(rows, rules, draft, results)


def enrol(rows: pl.DataFrame, rules: EnrolmentRules, draft: Draft, results: RowResults) -> None:
    """Enter rows whose users and courses are resolved (columns user_id, course_id) into the draft."""
    rows = _with_known_role_and_method(rows, rules, results)
    rows = ranked(rows, _PAIR)
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    _note_overridden(rows, results)
    _make_groups(rows, draft, results)
    for wave in waves(rows):
        _work(wave, rules, draft, results)


def direct(held: pl.DataFrame) -> pl.DataFrame:
    """Return the records without enrolments that a cohort binding or a meta link makes; these go only with it."""
    return held.filter(pl.col("via") == 0) if "via" in held.columns else held


def _says_what_is() -> pl.Expr:
    """Whether a row only asks for something to be there.

    Such a row stands until one of these records changes. A row that also asks for something not to be there (del,
    shift, greplace, gdel) would cease to stand by a record that is new, which no change of it tells.
    """
    adds = pl.col("gverb").is_null() | pl.col("gverb").is_in(["gadd", "gaddcreate"])
    return (pl.col("verb") == "add") & adds


def _with_known_role_and_method(rows: pl.DataFrame, rules: EnrolmentRules, results: RowResults) -> pl.DataFrame:
    number = pl.col("n").cast(pl.String) if "n" in rows.columns else pl.lit("")
    needs_role = (pl.col("verb") != "del") | (pl.col("method").is_null() & (pl.col("role") != ""))
    rows = results.refuse(
        rows,
        needs_role & ~pl.col("role").is_in(list(rules.roles)),
        "unknown-role",
        pl.lit(rules.role_header) + number,
        value=pl.col("role"),
    )
    return results.refuse(
        rows,
        pl.col("method").is_not_null() & ~pl.col("method").is_in(list(rules.methods)),
        "unknown-method",
        pl.lit(rules.method_header) + number,
        value=pl.col("method"),
        course=pl.col("course"),
    )


def _note_overridden(rows: pl.DataFrame, results: RowResults) -> None:
    """Say which times of an enrolment a later row of the file replaces, if none between them ends it."""
    if "n" in rows.columns or not (rows.get_column("_wave") > 0).any():
        return
    adds = pl.col("verb") == "add"
    rows = rows.sort("row").with_columns((~adds).cum_sum().over(_PAIR).alias("_part"))
    said = rows.filter(adds & pl.col("method").is_not_null()).rename({"start": "starttime", "end": "endtime"})
    note_overridden(said, [*_PAIR, "method", "role", "_part"], ("starttime", "endtime"), Kind.ENROLMENT, results)


def _make_groups(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Make the groups that rows with a creating verb name; each belongs to the first row that names it."""
    named = rows.filter(pl.col("gverb").is_in(["gaddcreate", "greplacecreate"])).explode("groups").drop_nulls("groups")
    if named.is_empty():
        return
    named = named.select("course_id", pl.col("groups").alias("name"), "row", "line").sort("row")
    draft.load(Kind.GROUP, named.select("course_id", "name"))
    missing = named.unique(["course_id", "name"], keep="first", maintain_order=True).join(
        draft.live(Kind.GROUP), on=["course_id", "name"], how="anti"
    )
    missing = missing.with_columns(draft.new_ids(Kind.GROUP, len(missing)))
    settle(draft.put(Kind.GROUP, missing), results, "the group")


def _work(wave: pl.DataFrame, rules: EnrolmentRules, draft: Draft, results: RowResults) -> None:
    """Work rows of which no two have the same user and course."""
    pairs = wave.select(_PAIR)
    by_method = wave.filter(pl.col("method").is_not_null())
    by_role = wave.filter(pl.col("method").is_null())
    draft.load(Kind.ENROLMENT, by_method.select(_PAIR))
    draft.load(ROLE_ASSIGNMENT, by_role.select(_PAIR))
    left = _unenrolled(by_method, draft)
    by_method = _leave(by_method, Kind.ENROLMENT, ["method"], draft, results)
    by_role = _leave(by_role, ROLE_ASSIGNMENT, [], draft, results)
    _enter(by_method, rules, draft, results)
    entering = by_role.filter(pl.col("verb") != "del").select(*_PAIR, "role", "row", "line")
    settle(draft.put(ROLE_ASSIGNMENT, entering), results, "the role assignment")
    leave_groups(left, draft)
    grouping = pl.concat([by_method, by_role]).filter(pl.col("gverb").is_not_null() & (pl.col("groups").list.len() > 0))
    if not grouping.is_empty():
        draft.load(Kind.ENROLMENT, pairs)
        draft.load(ROLE_ASSIGNMENT, pairs)
        plan_group_part(grouping, draft, results, protect=rules.protect_groups)


def _leave(wave: pl.DataFrame, kind: Kind, within: list[str], draft: Draft, results: RowResults) -> pl.DataFrame:
    """Remove what `del` and `shift` remove: every role (of the method), but not the one that shift ends in.

    Return the rows of which nothing was refused.
    """
    leaving = wave.filter(pl.col("verb").is_in(["del", "shift"]))
    if leaving.is_empty():
        return wave
    held = direct(draft.live(kind)).join(
        leaving.select(*_PAIR, *within, "verb", "row", "line", pl.col("role").alias("_role")),
        on=[*_PAIR, *within],
        how="inner",
        suffix="_of",
    )
    named_role = (pl.col("_role") == "") | (pl.col("_role") == pl.col("role"))
    goes = (pl.col("_role") != pl.col("role")) if within else ~named_role
    held = held.filter(
        pl.when(pl.col("verb") == "shift").then(goes).otherwise(pl.lit(value=True) if within else named_role)
    )
    going = held.select(*SPECS[kind].key, pl.col("row_of").alias("row"), "line")
    foreign = draft.foreign(kind, going).unique("row", keep="first", maintain_order=True)
    what = "the enrolment" if kind is Kind.ENROLMENT else "the role assignment"
    results.refuse(foreign, pl.lit(value=True), "not-yours", what=what, owner=pl.col("owner"))
    settle(draft.drop(kind, without_rows(going, foreign)), results, what)
    return without_rows(wave, foreign)


def _enter(wave: pl.DataFrame, rules: EnrolmentRules, draft: Draft, results: RowResults) -> None:
    """Enrol what `add` and `shift` enrol; times and status that the row names hold for every role of the method."""
    entering = wave.filter(pl.col("verb") != "del").with_columns(pl.lit(0, pl.Int64).alias("via"))
    if entering.is_empty():
        return
    if "period" in entering.columns:
        entering = _with_periods(entering, rules.now, draft)
    times = {"starttime": "start", "endtime": "end"}
    status = ["status"] if "status" in entering.columns else []
    want = entering.select(*_PAIR, "method", "role", "via", "row", "line", *status, **times)
    timed = want.filter(pl.any_horizontal(pl.col(*times, *status).is_not_null()))
    want = _with_times_of_siblings(want, draft)
    fresh = {"starttime": rules.now, "endtime": 0, "status": 0}
    settle(draft.put(Kind.ENROLMENT, _with_state(want), fresh), results, "the enrolment")
    siblings = (
        direct(draft.live(Kind.ENROLMENT))
        .select(*_PAIR, "method", "role")
        .join(timed, on=[*_PAIR, "method"], how="inner", suffix="_of")
    )
    siblings = siblings.filter(pl.col("role") != pl.col("role_of")).drop("role_of")
    if not siblings.is_empty():
        settle(draft.put(Kind.ENROLMENT, _with_state(siblings)), results.part(), "the enrolment of another role")


def _with_periods(rows: pl.DataFrame, now: int, draft: Draft) -> pl.DataFrame:
    """Return the rows with the ends that their periods (days) mean, counted from the start of the enrolment.

    The start is the one that the row names, else the one that the enrolment has, else now: so the same row again ends
    on the same day. A period of 0 means no end, as in Moodle's user upload, where these periods come from.
    """
    keys = [*_PAIR, "method"]
    begun = direct(draft.live(Kind.ENROLMENT)).group_by(keys).agg(pl.col("starttime").min().alias("_begun"))
    rows = rows.join(begun, on=keys, how="left", maintain_order="left")
    end = pl.coalesce("start", "_begun", pl.lit(now)) + pl.col("period") * _DAY
    end = pl.when(pl.col("period") > 0).then(end).otherwise(pl.coalesce("end", "period"))
    return rows.with_columns(end.alias("end"))


def _with_state(want: pl.DataFrame) -> pl.DataFrame:
    """Return the enrolments with the state that goes with their status (0 active, 1 suspended), if they have any."""
    if "status" not in want.columns:
        return want
    states = {0: State.ENABLED.value, 1: State.DISABLED.value}
    return want.with_columns(
        pl.col("status").replace_strict(states, default=None, return_dtype=pl.String).alias("state")
    )


def _with_times_of_siblings(want: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Give a new role what the user's other roles of the method have: one enrolment has one beginning and status."""
    held = direct(draft.live(Kind.ENROLMENT))
    if held.is_empty():
        return want
    if "status" not in want.columns and held.get_column("status").eq(1).any():
        want = want.with_columns(pl.lit(None, pl.Int64).alias("status"))
    inherited = [("starttime", "_start"), ("endtime", "_end"), ("status", "_status")]
    times = held.group_by(*_PAIR, "method").agg(
        pl.col("starttime").min().alias("_start"),
        pl.col("endtime").max().alias("_end"),
        pl.col("status").max().alias("_status"),
        pl.col("role").alias("_roles"),
    )
    joined = want.join(times, on=[*_PAIR, "method"], how="left", maintain_order="left")
    new = ~pl.col("_roles").list.contains(pl.col("role"))
    return joined.with_columns(
        pl.coalesce(c, pl.when(new).then(sibling)).alias(c) for c, sibling in inherited if c in want.columns
    ).drop("_start", "_end", "_status", "_roles")


def _unenrolled(by_method: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return those `del` rows that find somebody enrolled by their method (course_id, user_id, row, line)."""
    leaving = by_method.filter(pl.col("verb") == "del").select(*_PAIR, "method", "row", "line")
    return leaving.join(direct(draft.live(Kind.ENROLMENT)), on=[*_PAIR, "method"], how="semi")


def leave_groups(left: pl.DataFrame, draft: Draft) -> None:
    """Take users who left their last enrolment of a course out of its groups, as the platform does.

    left: course_id, user_id, row, line; the enrolments that the users still have there are at hand.
    """
    if left.is_empty():
        return
    gone = left.select(*_PAIR, "row", "line").join(draft.live(Kind.ENROLMENT), on=_PAIR, how="anti")
    draft.load(Kind.GROUP_MEMBER, gone.select("user_id", "course_id"))
    held = draft.live(Kind.GROUP_MEMBER).drop("row").join(gone, on=_PAIR, how="inner")
    draft.drop(Kind.GROUP_MEMBER, held.select("group_id", "user_id", "row", "line"), cascade=True)
