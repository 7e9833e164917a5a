"""Plan a cohorts file: make and update cohorts, add, remove and free their members, delete them.

Source of the rules: Moodle's cohort command file. Only `del` without a user deletes a
whole cohort; with a user that is not known it is an error of the row.
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.plan.rules import CohortRules
from syncd.engine.cascade import delete
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, identify, settle
from syncd.engine.results import RowResults
from syncd.engine.rivals import Claim, note_overridden, refuse_rivals
from syncd.frames.tables import without_rows
from syncd.frames.waves import WAVE_LIMIT, waves

_DATA = ("name", "idnumber", "description", "component", "category_id", "category_idnumber")
_OWN_DATA = ("name", "idnumber", "description", "component", "category_id")
_TEXTS = ("idnumber", "name", "id", "user", "description", "component", "category_id", "category_idnumber")


def plan_cohorts(rows: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> None:
    """Enter a cohorts file's rows into the draft.

    rows: row, line, verb, and any of idnumber, name, id, user, description, component, category_id, category_idnumber.
    """
    rows = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in _TEXTS if c not in rows.columns)
    rows = rows.with_columns(pl.col(rules.cohort_by).alias("key"))
    for column in ("idnumber", "name"):
        draft.load(Kind.COHORT, rows.select(column).filter(pl.col(column) != ""))
    if rules.cohort_by == "id":
        draft.load(Kind.COHORT, rows.select(pl.col("id").cast(pl.Int64, strict=False)))
    rows = _with_users(rows, rules, draft, results)
    rows = _without_rivals(rows, rules, draft, results)
    rows = _in_order(rows)
    rows = results.refuse(rows, pl.col("_step") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    for wave in waves(rows):
        _work(wave, rules, draft, results)
    _note_overridden(rows, results)


def _note_overridden(rows: pl.DataFrame, results: RowResults) -> None:
    """Say which values of rows a later row of the same cohort replaces; an empty one says nothing."""
    if not (rows.get_column("_turn") > 0).any():
        return
    said = rows.filter((pl.col("verb") == "add") & ~pl.col("row").is_in(results.failed().implode()))
    said = said.with_columns(pl.when(pl.col(c) != "").then(c).alias(c) for c in _DATA)
    note_overridden(said, ["key", "_segment"], _DATA[2:], Kind.COHORT, results)


def _with_users(rows: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Add user_id, null where no user is named. An unknown one fails `del`; `add` may still make its cohort."""
    rows = identify(rows, Reference(column="user", kind=Kind.USER, by=rules.user_by, into="user_id"), draft)
    several = pl.col("_count") > 1
    rows = results.refuse(
        rows, several, "ambiguous", "userid", by=rules.user_by, value=pl.col("user"), count=pl.col("_count")
    )
    lost = (pl.col("user").fill_null("") != "") & pl.col("user_id").is_null()
    rows = results.refuse(
        rows, lost & (pl.col("verb") == "del"), "unknown-user", "userid", by=rules.user_by, value=pl.col("user")
    )
    return rows.with_columns(lost.fill_null(value=False).alias("_lost")).drop("_count")


def _without_rivals(rows: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Fail rows that give the cohort of an earlier row another name, or by name another idnumber."""
    other = "idnumber" if rules.cohort_by == "name" else "name"
    adds = pl.col("verb") == "add"
    deletes = (pl.col("verb") == "del") & pl.col("user_id").is_null()
    suspects = rows.filter(adds | deletes).with_columns(adds.alias("_claims"), deletes.alias("_opens"))
    header = {"idnumber": "cidnumber", "name": "cname"}[other]
    claim = Claim(key="key", value=other, by=rules.cohort_by, of=other, header=header)
    live = draft.live(Kind.COHORT).with_columns(pl.col(rules.cohort_by).cast(pl.String).alias("key"))
    return without_rows(rows, without_rows(suspects, refuse_rivals(suspects, claim, live, results)))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rank rows into waves: verbs on a whole cohort stand alone between what comes before and after them.

    Between two such rows of a cohort, rows that would set its own columns differently follow each other. Within
    a wave the same member may come more than once: `_again` counts that, for the memberships alone, since no row may
    come before another one of its wave that makes its cohort. `_step` counts waves and repeats together.
    """
    whole = (pl.col("verb") == "free") | ((pl.col("verb") == "del") & pl.col("user_id").is_null())
    rows = rows.sort("row").with_columns(whole.alias("_whole"))
    before = pl.col("_whole").cast(pl.Int64).cum_sum().over("key")
    rows = rows.with_columns((2 * before - pl.col("_whole").cast(pl.Int64)).alias("_segment"))
    turns = pl.any_horizontal(_turns(column) for column in _DATA).cast(pl.Int64).cum_sum().over("key", "_segment")
    member = pl.coalesce(pl.col("user_id").cast(pl.String), pl.lit("?") + pl.col("user").fill_null(""))
    again = pl.int_range(pl.len(), dtype=pl.Int64).over("key", "_segment", "_turn", member)
    rows = rows.with_columns(turns.alias("_turn")).with_columns(again.alias("_again"))
    rows = rows.with_columns((pl.struct("_segment", "_turn").rank("dense").cast(pl.Int64) - 1).alias("_wave"))
    return rows.with_columns((pl.struct("_wave", "_again").rank("dense").cast(pl.Int64) - 1).alias("_step"))


def _turns(column: str) -> pl.Expr:
    """Whether an `add` row gives its cohort another value than the last that gave one."""
    value = pl.when((pl.col("verb") == "add") & (pl.col(column) != "")).then(pl.col(column))
    last = value.forward_fill().shift(1).over("key", "_segment")
    return (value != last).fill_null(value=False)


def _work(wave: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> None:
    rows = _match(wave, rules, draft, results)
    adding = rows.filter(pl.col("verb") == "add")
    adding = _make(adding, rules, draft, results)
    _tell_lost(adding, rules, results)
    others = _with_made(rows.filter(pl.col("verb") != "add"), adding)
    others = results.refuse(
        others, pl.col("cohort_id").is_null(), "unknown-cohort", "cohort", by=rules.cohort_by, value=pl.col("key")
    )
    _change_members(adding, others.filter(~pl.col("_whole")), draft, results)
    whole = others.filter(pl.col("_whole"))
    draft.load(Kind.COHORT_MEMBER, whole.select("cohort_id"))
    results.scope_of_all(whole, b="cohort_id")
    freeing = whole.filter(pl.col("verb") == "free").select("cohort_id", "row", "line")
    _free(freeing, draft, results)
    delete(Kind.COHORT, whole.filter(pl.col("verb") == "del"), draft, results)


def _with_made(rows: pl.DataFrame, adding: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the cohorts that earlier rows of the same wave made."""
    made = adding.group_by("key").agg(pl.col("cohort_id").first().alias("_made"), pl.col("row").min().alias("_from"))
    rows = rows.join(made, on="key", how="left", maintain_order="left")
    later = pl.when(pl.col("_from") < pl.col("row")).then("_made")
    return rows.with_columns(pl.coalesce("cohort_id", later).alias("cohort_id")).drop("_made", "_from")


def _free(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Take every member out of the cohorts, but those of other sources; the cohorts stay."""
    if rows.is_empty():
        return
    held = draft.live(Kind.COHORT_MEMBER).drop("row").join(rows, on="cohort_id", how="inner")
    put = draft.drop(Kind.COHORT_MEMBER, held.select("cohort_id", "user_id", "row", "line"))
    settle(put, results.part(), "a membership")


def _match(rows: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Add cohort_id, null where there is none yet; refuse a name that several cohorts have."""
    live = draft.live(Kind.COHORT)
    by = rules.cohort_by
    found = live.select(pl.col(by).cast(pl.String).alias("key"), pl.col("id").alias("cohort_id")).drop_nulls("key")
    found = found.group_by("key").agg(pl.col("cohort_id").min(), pl.len().cast(pl.Int64).alias("_count"))
    rows = rows.join(found, on="key", how="left", maintain_order="left")
    rows = results.refuse(
        rows, pl.col("_count") > 1, "ambiguous", "cohort", by=by, value=pl.col("key"), count=pl.col("_count")
    )
    return rows.drop("_count")


def _make(rows: pl.DataFrame, rules: CohortRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Make cohorts that are missing, update those that are there; return the rows whose cohort stands."""
    rows = _with_context(rows, draft, results)
    missing = pl.col("cohort_id").is_null()
    if not rules.autocreate or rules.cohort_by == "id":
        rows = results.refuse(rows, missing, "cohort-closed", "cohort", value=pl.col("key"))
    rows = _refuse_conflicts(rows, draft, results)
    # A row without a name needs an earlier one that has it.
    named = pl.when(pl.col("name").fill_null("") != "").then(pl.col("row")).min().over("key")
    rows = results.refuse(
        rows, missing & ~(named <= pl.col("row")).fill_null(value=False), "cohort-incomplete", "cname"
    )
    firsts = rows.filter(missing).sort("row").unique("key", keep="first", maintain_order=True)
    ids = firsts.select("key", draft.new_ids(Kind.COHORT, len(firsts)).alias("_new"))
    rows = rows.join(ids, on="key", how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("cohort_id", "_new").alias("cohort_id"))
    bringing = _bringing(rows, draft)
    foreign = draft.foreign(Kind.COHORT, bringing.select(pl.col("cohort_id").alias("id"), "row", "line"))
    results.refuse(foreign, pl.lit(value=True), "not-yours", what="the cohort", owner=pl.col("owner"))
    bringing = without_rows(bringing, foreign)
    values = [pl.col(c).drop_nulls().first() for c in (*_OWN_DATA, "row", "line")]
    want = bringing.sort("row").group_by("cohort_id", maintain_order=True).agg(values)
    settle(draft.put(Kind.COHORT, want.rename({"cohort_id": "id"})), results, "the cohort")
    results.scope_of_all(bringing, b="cohort_id")
    return without_rows(rows, foreign)


def _bringing(rows: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return the rows that bring something new for their cohort, with nothing (null) where they say nothing."""
    texts = [pl.when(pl.col(c) != "").then(c).alias(c) for c in _OWN_DATA[:-1]]
    rows = rows.with_columns(*texts, pl.col("_context").alias("category_id"))
    now = draft.live(Kind.COHORT).select(
        pl.col("id").alias("cohort_id"), *(pl.col(c).alias(f"{c}_now") for c in _OWN_DATA)
    )
    rows = rows.join(now, on="cohort_id", how="left", maintain_order="left")
    differs = [pl.col(c).is_not_null() & pl.col(c).ne_missing(pl.col(f"{c}_now")) for c in _OWN_DATA]
    return rows.filter(pl.any_horizontal(differs))


def _with_context(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Add `_context`, the category that the row puts its cohort into; null for the whole site or as it is."""
    draft.load_all(Kind.CATEGORY)
    rows = rows.with_columns(pl.lit(None, pl.Int64).alias("_context"))
    for column, by, header in (
        ("category_idnumber", "idnumber", "ccatcontextidnumber"),
        ("category_id", "id", "ccatcontext"),
    ):
        known = draft.live(Kind.CATEGORY).select(pl.col(by).cast(pl.String).alias(column), pl.col("id").alias("_found"))
        rows = rows.join(known.drop_nulls(column), on=column, how="left", maintain_order="left")
        lost = (pl.col(column).fill_null("") != "") & pl.col("_found").is_null()
        rows = results.refuse(rows, lost, "unknown-category", header, by=by, value=pl.col(column))
        rows = rows.with_columns(pl.coalesce("_found", "_context").alias("_context")).drop("_found")
    return rows


def _refuse_conflicts(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Refuse rows whose idnumber another cohort has; an empty idnumber is no value."""
    owners = draft.live(Kind.COHORT).drop_nulls("idnumber")
    owners = owners.select("idnumber", pl.col("id").alias("_owner_id"), pl.col("name").alias("_owner"))
    rows = rows.join(owners, on="idnumber", how="left", maintain_order="left")
    taken = pl.col("_owner_id").is_not_null() & pl.col("_owner_id").ne_missing(pl.col("cohort_id"))
    rows = results.refuse(
        rows, taken, "cohort-taken", "cidnumber", by="idnumber", value=pl.col("idnumber"), owner=pl.col("_owner")
    )
    rows = rows.drop("_owner_id", "_owner")
    # Of rows that would give one idnumber to several cohorts the first has it.
    rows = rows.with_columns(pl.col("key").sort_by("row").first().over("idnumber").alias("_first"))
    again = (pl.col("idnumber").fill_null("") != "") & (pl.col("key") != pl.col("_first"))
    rows = results.refuse(
        rows, again, "cohort-taken", "cidnumber", by="idnumber", value=pl.col("idnumber"), owner=pl.col("_first")
    )
    return rows.drop("_first")


def _tell_lost(rows: pl.DataFrame, rules: CohortRules, results: RowResults) -> None:
    """Fail rows that add an unknown user, or part of them where they made or changed their cohort."""
    changed = results.applied()
    lost = rows.filter(pl.col("_lost"))
    made = pl.col("row").is_in(changed.implode())
    for these, to in ((lost.filter(made), results.part()), (lost.filter(~made), results)):
        to.refuse(these, pl.lit(value=True), "unknown-user", "userid", by=rules.user_by, value=pl.col("user"))


def _change_members(adding: pl.DataFrame, leaving: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Put users into cohorts and take them out; rows that name the same membership follow each other."""
    results.standing(adding.with_columns(pl.col("user_id").fill_null(0)), a="user_id", b="cohort_id")
    results.scope(adding.with_columns(pl.col("user_id").fill_null(0)), a="user_id", b="cohort_id")
    results.scope(leaving, a="user_id", b="cohort_id")
    key = ["cohort_id", "user_id"]
    draft.load(Kind.COHORT_MEMBER, adding.filter(pl.col("user_id").is_not_null()).select(key))
    draft.load(Kind.COHORT_MEMBER, leaving.select("cohort_id"))
    members = pl.concat([f.select(*key, "row", "line", "verb", "_again") for f in (adding, leaving)])
    for wave in waves(members.filter(pl.col("user_id").is_not_null()).rename({"_again": "_wave"})):
        joining = wave.filter(pl.col("verb") == "add").select(*key, "row", "line")
        settle(draft.put(Kind.COHORT_MEMBER, joining), results, "the membership")
        going = wave.filter(pl.col("verb") != "add").select(*key, "row", "line")
        settle(draft.drop(Kind.COHORT_MEMBER, going), results, "the membership")
