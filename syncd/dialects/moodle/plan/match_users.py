"""Which user a row means: by idnumber, username, e-mail address or old username, and whether it may."""

import polars as pl

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.plan.rules import UserRules
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults
from syncd.engine.tokens import tokens_of
from syncd.frames.folding import comparable, stored
from syncd.frames.tables import joined_left

_ADDRESS = comparable(pl.col("email"), Kind.USER, "email").alias("_address")
_STORED_ADDRESS = stored(Kind.USER, "email").alias("_address")
"""An e-mail address as it is compared."""


def tokens(rows: pl.DataFrame, rules: UserRules, draft: Draft) -> pl.DataFrame:
    """Return, as columns row and token, everything by which a row may mean a user or lay claim to a value."""
    columns, users = (
        {"username": "username", "oldusername": "username", "idnumber": "idnumber"},
        draft.present(Kind.USER),
    )
    if rules.needs_emails:
        rows, users = rows.with_columns(_ADDRESS), users.with_columns(_STORED_ADDRESS)
        columns["_address"] = "_address"
    return tokens_of(rows, columns, users)


def match(
    rows: pl.DataFrame, rules: UserRules, draft: Draft, results: RowResults, *, deleting: bool = False
) -> pl.DataFrame:
    """Return the rows with the user that each means, and refuse those that mean someone else's identity.

    Adds user_id (null for a new user), `_username` and `_email` as stored, `_revived` (a deleted user
    is meant). Rows that delete claim nothing, so that only the match itself can fail them.
    """
    live = draft.live(Kind.USER)
    if rules.needs_emails:
        rows, live = rows.with_columns(_ADDRESS), live.with_columns(_STORED_ADDRESS)
    rows = _owners(rows, live)
    rows = _target(rows, rules, live, results)
    if not deleting:
        rows = _refuse_collisions(rows, rules, live, results)
    rows = _with_deleted(rows, live, draft)
    stored = draft.present(Kind.USER).select(
        pl.col("id").alias("user_id"), pl.col("username").alias("_username"), pl.col("email").alias("_email")
    )
    rows = joined_left(rows, stored, "user_id")
    protected = pl.col("_username").is_in(list(rules.protected))
    rows = results.refuse(rows, protected, "user-protected", "username", value=pl.col("_username"))
    if deleting or rules.allow_rename:
        return rows
    other = (pl.col("_username") != pl.col("username")) & (pl.col("oldusername").fill_null("") == "")
    return results.refuse(
        rows, other, "username-differs", "username", value=pl.col("username"), owner=pl.col("_username")
    )


def _owners(rows: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
    """Add who has the row's username, idnumber and old username now."""
    rows = joined_left(
        rows,
        live.select("username", pl.col("id").alias("_by_username"), pl.col("idnumber").alias("_owner_idnumber")),
        "username",
    )
    numbered = live.filter(pl.col("idnumber").is_not_null())
    rows = joined_left(
        rows,
        numbered.select("idnumber", pl.col("id").alias("_by_idnumber"), pl.col("username").alias("_idnumber_owner")),
        "idnumber",
    )
    return joined_left(
        rows, live.select(pl.col("username").alias("oldusername"), pl.col("id").alias("_by_oldusername")), "oldusername"
    )


def _target(rows: pl.DataFrame, rules: UserRules, live: pl.DataFrame, results: RowResults) -> pl.DataFrame:
    """Decide which live user each row means."""
    if rules.user_by == "email":
        owners = live.group_by("_address").agg(
            pl.col("id").first().alias("_by_email"), pl.len().cast(pl.Int64).alias("_count")
        )
        rows = joined_left(rows, owners, "_address")
        rows = results.refuse(
            rows, pl.col("_count") > 1, "ambiguous", "email", by="email", value=pl.col("email"), count=pl.col("_count")
        )
    renaming = pl.col("oldusername").fill_null("") != ""
    numbered = pl.col("idnumber").fill_null("") != ""
    unnumbered_owner = pl.col("_owner_idnumber").is_null()
    by_idnumber = pl.coalesce("_by_idnumber", pl.when(unnumbered_owner).then(pl.col("_by_username")))
    found = pl.col("_by_username")
    if rules.user_by == "idnumber":
        found = pl.when(numbered).then(by_idnumber).otherwise(found)
    elif rules.user_by == "email":
        found = pl.when(pl.col("email").fill_null("") != "").then(pl.col("_by_email")).otherwise(found)
    rows = rows.with_columns(
        pl.when(renaming).then(pl.coalesce("_by_oldusername", "_by_username")).otherwise(found).alias("user_id")
    )
    lost = renaming & pl.col("user_id").is_null()
    return results.refuse(rows, lost, "rename-missing", "oldusername", value=pl.col("oldusername"))


def _refuse_collisions(rows: pl.DataFrame, rules: UserRules, live: pl.DataFrame, results: RowResults) -> pl.DataFrame:
    """Refuse rows that claim a username, idnumber or e-mail address of another user; name the owner."""
    taken = pl.col("_by_username").is_not_null() & pl.col("_by_username").ne_missing(pl.col("user_id"))
    rows = results.refuse(
        rows,
        taken,
        "username-taken",
        "username",
        value=pl.col("username"),
        owner=pl.lit("id ") + pl.col("_by_username").cast(pl.String),
    )
    taken = pl.col("_by_idnumber").is_not_null() & pl.col("_by_idnumber").ne_missing(pl.col("user_id"))
    rows = results.refuse(
        rows,
        taken,
        "idnumber-taken",
        "idnumber",
        what="user",
        value=pl.col("idnumber"),
        owner=pl.col("_idnumber_owner"),
    )
    if rules.allow_shared_emails:
        return rows
    owners = live.filter(pl.col("email").is_not_null()).select(
        "_address", pl.col("id").alias("_email_id"), pl.col("username").alias("_email_owner")
    )
    others = rows.select("row", "_address", "user_id").join(owners, on="_address", how="inner")
    others = others.filter(pl.col("_email_id").ne_missing(pl.col("user_id"))).unique("row", keep="first")
    if rules.protect_emails:
        others = others.join(owners, left_on="user_id", right_on="_email_id", how="anti")
    rows = rows.join(others.select("row", "_email_owner"), on="row", how="left", maintain_order="left")
    return results.refuse(
        rows,
        pl.col("_email_owner").is_not_null(),
        "email-taken",
        "email",
        value=pl.col("email"),
        owner=pl.col("_email_owner"),
    )


def _with_deleted(rows: pl.DataFrame, live: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Where no live user is meant, look for a deleted one: same idnumber, or same username and no other idnumber.

    A deleted user whose idnumber a live one has by now is somebody else's past, and stays deleted.
    """
    gone = draft.present(Kind.USER).filter(pl.col("state") == State.DELETED.value)
    if gone.is_empty():
        return rows.with_columns(pl.lit(value=False).alias("_revived"))
    gone = gone.sort("run", "id", descending=True)
    by_number = gone.drop_nulls("idnumber").unique("idnumber", keep="first", maintain_order=True)
    bereft = gone.join(live.select("idnumber").drop_nulls(), on="idnumber", how="anti", maintain_order="left")
    by_name = bereft.unique("username", keep="first", maintain_order=True)
    rows = joined_left(rows, by_number.select("idnumber", pl.col("id").alias("_gone")), "idnumber")
    names = by_name.select("username", pl.col("id").alias("_gone_name"), pl.col("idnumber").alias("_gone_idnumber"))
    rows = joined_left(rows, names, "username")
    same = (pl.col("idnumber").fill_null("") == "") | pl.col("_gone_idnumber").is_null()
    gone_id = pl.coalesce("_gone", pl.when(same).then(pl.col("_gone_name")))
    return rows.with_columns(
        pl.coalesce("user_id", gone_id).alias("user_id"),
        (pl.col("user_id").is_null() & gone_id.is_not_null()).alias("_revived"),
    )
