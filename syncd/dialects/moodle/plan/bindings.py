"""Plan a cohort bindings file: bind cohorts to courses, disable, restore and remove bindings.

Only the bindings are planned here; the enrolments of their members follow (`follow.py`). Source of the rules:
Moodle's command file of cohort bindings. What is taken away and is not there needs nothing; what is
to be restored must be there.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind, State
from syncd.dialects.moodle.kinds import COHORT_BINDING, META
from syncd.dialects.moodle.options import EVERY_ROLE
from syncd.dialects.moodle.plan.rules import BindingRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows
from syncd.frames.waves import WAVE_LIMIT, ranked, waves

_PLACE = ["cohort_id", "course_id", "method"]
_KEY = list(SPECS[COHORT_BINDING].key)
_BECOMES = {"add": State.ENABLED, "restore": State.ENABLED, "del": State.DISABLED, "fulldel": State.DELETED}


def plan_bindings(rows: pl.DataFrame, rules: BindingRules, draft: Draft, results: RowResults) -> None:
    """Enter a bindings file's rows into the draft.

    rows: row, line, verb, cohort, course, role (`*`: every one), method, makegroup (1 or 0), start, end
        (Unix seconds); a null leaves what is there.
    """
    rows = _with_known_role_and_method(rows, rules, results)
    for column, kind, by in (("cohort", Kind.COHORT, rules.cohort_by), ("course", Kind.COURSE, rules.course_by)):
        reference = Reference(column=column, kind=kind, by=by, into=f"{column}_id")
        rows = resolve(rows, reference, draft, results)
    # A row may mean every role, so rows of one cohort, course and method are worked in their order.
    rows = ranked(rows, _PLACE)
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    draft.load(COHORT_BINDING, rows.select("cohort_id", "course_id"))
    for wave in waves(rows):
        _bind(wave.filter(pl.col("verb") == "add"), draft, results)
        _change(wave.filter(pl.col("verb") != "add"), draft, results)


def _with_known_role_and_method(rows: pl.DataFrame, rules: BindingRules, results: RowResults) -> pl.DataFrame:
    known = pl.col("role").is_in([*rules.roles, EVERY_ROLE])
    rows = results.refuse(rows, ~known, "unknown-role", "role", value=pl.col("role"))
    rows = results.refuse(rows, pl.col("method") == META, "binding-meta", "enrol")
    closed = ~pl.col("method").is_in(list(rules.methods))
    return results.refuse(rows, closed, "method-closed", "enrol", value=pl.col("method"))


def _bind(adding: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    want = adding.select(
        *_KEY,
        "makegroup",
        pl.col("start").alias("starttime"),
        pl.col("end").alias("endtime"),
        pl.lit(State.ENABLED.value).alias("state"),
        "row",
        "line",
    )
    settle(draft.put(COHORT_BINDING, want, {"makegroup": 0}), results, "the binding")


def _change(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Work `del`, `restore` and `fulldel` on the bindings that there are; a row that may not do it all does nothing."""
    becomes = {verb: state.value for verb, state in _BECOMES.items()}
    rows = rows.with_columns(pl.col("verb").replace_strict(becomes, return_dtype=pl.String).alias("_state"))
    held = rows.rename({"role": "_role"}).join(
        draft.live(COHORT_BINDING).select(*_KEY, pl.col("state").alias("_now")), on=_PLACE, how="inner"
    )
    held = held.filter((pl.col("_role") == EVERY_ROLE) | (pl.col("_role") == pl.col("role")))
    _tell_missing(without_rows(rows, held.select("row").unique()), results)
    moving = held.filter(pl.col("_state") != pl.col("_now"))
    moving = moving.select(*_KEY, pl.col("_state").alias("state"), "row", "line")
    foreign = draft.foreign(COHORT_BINDING, moving).unique("row", keep="first", maintain_order=True)
    results.refuse(foreign, pl.lit(value=True), "not-yours", what="the binding", owner=pl.col("owner"))
    settle(draft.put(COHORT_BINDING, without_rows(moving, foreign)), results, "the binding")


def _tell_missing(rows: pl.DataFrame, results: RowResults) -> None:
    """Say of which rows the binding is not there: an error for `restore`; the others find done what they ask for."""
    role = pl.when(pl.col("role") == EVERY_ROLE).then(pl.lit("anything")).otherwise("role")
    places = {"cohort": pl.col("cohort"), "course": pl.col("course"), "role": role, "method": pl.col("method")}
    gone = results.refuse(rows, pl.col("verb") == "restore", "binding-missing", "cmd", **places)
    results.note(gone, "binding-gone", "cmd", **places)
