"""Plan a users file: create, update, rename, suspend, delete accounts; then their cohorts and courses.

Source of the rules: Moodle's users command file. Identity is what the columns that name the user
say; a value that already belongs to someone else refuses the row and names the owner.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind, State
from syncd.dialects.moodle.plan.match_users import match, tokens
from syncd.dialects.moodle.plan.profiles import with_profile
from syncd.dialects.moodle.plan.rival_users import note_overridden_users, refuse_rival_users
from syncd.dialects.moodle.plan.rules import UserRules
from syncd.dialects.moodle.plan.secrets import with_marks
from syncd.engine.cascade import delete
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.results import RowResults
from syncd.frames.tables import joined_left, kept_where, with_columns_of, with_order, without_rows
from syncd.frames.waves import WAVE_LIMIT, entangled, waves


def plan_users(rows: pl.DataFrame, rules: UserRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Enter a users file's rows into the draft.

    rows: row, line, username, deleted, suspended and any columns of users, oldusername, password,
        profile.<name>. Return row, line, user_id of the rows whose users stand, for what else these rows ask.
    """
    rows = results.refuse(
        rows, pl.col("username").is_in(list(rules.protected)), "user-protected", "username", value=pl.col("username")
    )
    rows = with_marks(_with_all_columns(rows), rules.secret)
    rows = results.refuse(
        rows, (pl.col("oldusername") != "") & pl.lit(value=not rules.allow_rename), "rename-forbidden", "oldusername"
    )
    _load(rows, rules, draft)
    order = entangled(tokens(rows, rules, draft))
    rows = refuse_rival_users(with_order(rows, order), order, rules, draft, results)
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    done = [rows.select("row", "line", "deleted").clear().with_columns(pl.lit(None, pl.Int64).alias("user_id"))]
    done += [_work(wave, rules, draft, results) for wave in waves(rows)]
    stand = _since_deleted(pl.concat(done).sort("row"))
    note_overridden_users(rows, stand, order, results)
    return stand


def _since_deleted(done: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose users no later row of the file deletes: what else they ask for went with the user."""
    if not done.get_column("deleted").any():
        return done.select("row", "line", "user_id")
    gone = done.filter("deleted").group_by("user_id").agg(pl.col("row").max().alias("_gone"))
    kept = joined_left(done.filter(~pl.col("deleted")), gone, "user_id")
    return kept.filter(pl.col("row") > pl.col("_gone").fill_null(0)).select("row", "line", "user_id")


def _with_all_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the columns that the rules look at, null where the file has none."""
    wanted = dict.fromkeys(("idnumber", "email", "oldusername"), pl.String()) | dict.fromkeys(
        ("suspended", "deleted"), pl.Boolean()
    )
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in wanted.items() if name not in rows.columns
    )


def _load(rows: pl.DataFrame, rules: UserRules, draft: Draft) -> None:
    if not draft.has_records(Kind.USER):
        return
    names = pl.concat([rows.get_column("username"), rows.get_column("oldusername")]).alias("username")
    draft.load(Kind.USER, _given(names))
    draft.load(Kind.USER, _given(rows.get_column("idnumber")))
    gone = draft.present(Kind.USER).filter(pl.col("state") == State.DELETED.value)
    draft.load(Kind.USER, gone.select("idnumber"))
    if rules.needs_emails:
        draft.load(Kind.USER, _given(rows.get_column("email")))


def _given(values: pl.Series) -> pl.DataFrame:
    return values.drop_nulls().unique().to_frame().filter(pl.col(values.name) != "")


def _work(wave: pl.DataFrame, rules: UserRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Work rows of which no two mean the same user; return those that were done, with user_id and deleted."""
    named = wave.select("row", "line", "username", "idnumber", "email", "oldusername", "deleted")
    goes = pl.col("deleted").fill_null(value=False)
    leaving = named.filter(goes)
    if not leaving.is_empty():
        leaving = match(leaving, rules, draft, results, deleting=True)
        _delete(leaving, draft, results)
    matched = match(kept_where(named, ~goes), rules, draft, results)
    matched = results.refuse_unclear(matched, pl.col("user_id").is_null(), rules.unclear.get("suspended"))
    keeping = with_columns_of(wave, matched.select("row", "user_id", "_email", "_revived"))
    keeping = _with_ids(keeping, draft, results)
    keeping = _with_emails(keeping, rules)
    want = with_profile(keeping, draft).with_columns(_state(), pl.col("user_id").alias("id"))
    columns = [
        c for c in SPECS[Kind.USER].names if c in want.columns and c not in ("data_source", "created_run", "run")
    ]
    results.action("password to set", _new_passwords(want, draft), Kind.USER)
    put = draft.put(Kind.USER, want.select(*columns, "row", "line"), {"auth": "manual"})
    settle(put, results, "the user")
    results.scope(keeping, a="user_id")
    # Whom an old username means, and which cohort a name, changes when somebody or something new gets the name.
    shifting = ["oldusername", *(c for c in keeping.columns if c == "cohort" or c.startswith("cohort."))]
    steady = pl.all_horizontal(pl.col(name).fill_null("") == "" for name in shifting)
    results.standing(kept_where(keeping.select("row", "user_id", *shifting), steady), a="user_id")
    narrow = ("row", "line", pl.col("deleted").fill_null(value=False), "user_id")
    stands = without_rows(keeping.select(narrow), put.foreign)
    return stands if leaving.is_empty() else pl.concat([stands, leaving.select(narrow)])


def _new_passwords(want: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return the rows (row, user_id) whose password is not the one that the user is known to have."""
    if "password_mark" not in want.columns:
        return want.select("row", "user_id").clear()
    stored = draft.present(Kind.USER).select("id", pl.col("password_mark").alias("_mark"))
    both = want.select("row", "user_id", "id", "password_mark").join(stored, on="id", how="left")
    differs = pl.col("password_mark").is_not_null() & pl.col("password_mark").ne_missing(pl.col("_mark"))
    return both.filter(differs).select("row", "user_id")


def _with_ids(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Give new users their ids; say which deleted ones live again."""
    revived = rows.filter(pl.col("_revived"))
    results.note(revived, "user-revived", "username", value=pl.col("username"))
    is_new = rows.get_column("user_id").is_null()
    first = draft.new_ids(Kind.USER, int(is_new.sum())).min() or 0
    rows = rows.with_columns(
        pl.coalesce("user_id", first + pl.col("user_id").is_null().cast(pl.Int64).cum_sum() - 1).alias("user_id")
    )
    results.action("password to make up", rows.filter(is_new & pl.col("_generates")), Kind.USER)
    return rows


def _with_emails(rows: pl.DataFrame, rules: UserRules) -> pl.DataFrame:
    """Leave stored addresses alone where they are protected."""
    if not rules.protect_emails:
        return rows
    keeps = pl.col("_email").is_not_null()
    return rows.with_columns(pl.when(keeps).then(None).otherwise(pl.col("email")).alias("email"))


def _state() -> pl.Expr:
    disabled, enabled = pl.lit(State.DISABLED.value), pl.lit(State.ENABLED.value)
    suspended = pl.col("suspended")
    return pl.when(suspended).then(disabled).when(~suspended).then(enabled).otherwise(None).alias("state")


def _delete(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete users with all that hangs on them; one already gone needs nothing."""
    results.scope(rows.filter(pl.col("user_id").is_not_null()), a="user_id")
    gone = rows.filter(pl.col("_revived"))
    results.note(gone, "user-gone", "username", value=pl.col("username"))
    never = rows.filter(pl.col("user_id").is_null())
    results.skip(never, "user-gone", "username", value=pl.col("username"))
    delete(Kind.USER, rows.filter(pl.col("user_id").is_not_null() & ~pl.col("_revived")), draft, results)
