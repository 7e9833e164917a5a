"""Rows of a users file that would make one account of two people."""

from functools import partial

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.plan.rules import UserRules
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults
from syncd.engine.rivals import Claim, note_overridden, refuse_rivals
from syncd.frames.folding import comparable, stored
from syncd.frames.tables import joined_left, without_rows

_NAME = (pl.col("firstname") + " " + pl.col("lastname")).alias("_name")
_PERSON = pl.col("_name").str.to_lowercase().alias("_person")


def refuse_rival_users(
    rows: pl.DataFrame, order: pl.DataFrame, rules: UserRules, draft: Draft, results: RowResults
) -> pl.DataFrame:
    """Fail rows that give an idnumber, a username or an identifying address to several people; return the others.

    order: the rows that share anything with another row of the file (`frames.waves.entangled`).
    """
    if order.is_empty():
        return rows
    suspects = rows.join(order, on="row", how="semi")
    live = _records(suspects, rules, draft)
    left = suspects = _with_persons(_with_numbers(suspects, live))
    for claim in _claims(rules):
        left = refuse_rivals(left, claim, live, results)
    return without_rows(rows, without_rows(suspects, left))


def _records(suspects: pl.DataFrame, rules: UserRules, draft: Draft) -> pl.DataFrame:
    """Return the live users whom these rows may mean, with the columns of claims."""
    live = draft.live(Kind.USER)
    if rules.user_by != "email":
        names = pl.concat([suspects.get_column("username"), suspects.get_column("oldusername")])
        numbers = suspects.get_column("idnumber")
        live = live.filter(pl.col("username").is_in(names.implode()) | pl.col("idnumber").is_in(numbers.implode()))
    address = stored(Kind.USER, "email").alias("_address")
    return live.with_columns(_NAME, address, pl.col("idnumber").alias("_number")).with_columns(_PERSON)


def _claims(rules: UserRules) -> list[Claim]:
    number = partial(Claim, key="_number", by="idnumber", header="idnumber")
    username = partial(Claim, key="username", by="username", header="username")
    claims = [
        number(value="username", of="username", decides=rules.user_by != "username"),
        username(value="idnumber", of="idnumber", decides=rules.user_by != "idnumber"),
        username(value="_person", of="name", shown="_name"),
    ]
    if rules.user_by == "email":
        claims.append(Claim(key="_address", by="email", value="username", of="username", header="email"))
    return claims


def _with_numbers(rows: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
    """Add `_number`: the idnumber that a row gives or, where it says nothing, that of the account it names now."""
    deletes = pl.col("deleted").fill_null(value=False)
    renames = pl.col("oldusername").fill_null("") != ""
    rows = rows.with_columns(
        pl.when(renames).then("oldusername").otherwise("username").alias("_named"),
        comparable(pl.col("email"), Kind.USER, "email").alias("_address"),
        (~deletes).alias("_claims"),
        (deletes | renames).alias("_opens"),
    )
    numbers = live.select(pl.col("username").alias("_named"), pl.col("idnumber").alias("_number_now"))
    given_up = (
        rows.filter(renames).group_by(pl.col("oldusername").alias("_named")).agg(pl.col("row").min().alias("_from"))
    )
    rows = joined_left(joined_left(rows, numbers, "_named"), given_up, "_named")
    number = pl.when(pl.col("row") <= pl.col("_from").fill_null(pl.col("row"))).then("_number_now")
    return rows.with_columns(pl.coalesce("idnumber", number).alias("_number"))


def _with_persons(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `_person`, the name in lower case: of rows with one username, those that share more are one person."""
    rows = rows.sort("row").with_columns(_NAME).with_columns(_PERSON)
    claiming = rows.filter("_claims")
    firsts = claiming.group_by("username").agg(
        pl.col("_person").first().alias("_person_first"),
        *(pl.col(c).filter(pl.col(c) != "").first().alias(f"{c}_first") for c in ("idnumber", "_address")),
    )
    rows = joined_left(rows, firsts, "username")
    same = (pl.col("idnumber") == pl.col("idnumber_first")) | (pl.col("_address") == pl.col("_address_first"))
    return rows.with_columns(
        pl.when(same.fill_null(value=False)).then("_person_first").otherwise("_person").alias("_person")
    )


def note_overridden_users(rows: pl.DataFrame, stand: pl.DataFrame, order: pl.DataFrame, results: RowResults) -> None:
    """Say which values of rows a later row of the same user replaces.

    stand: row and user_id of the rows that were carried out.
    """
    if order.is_empty():
        return
    own = {column.name for column in SPECS[Kind.USER].columns} - {"username", "password_mark"}
    columns = [c for c in rows.columns if c in own or c == "suspended" or c.startswith("profile.")]
    repeated = rows.join(order, on="row", how="semi").join(stand.select("row", "user_id"), on="row", how="inner")
    note_overridden(repeated, ["user_id"], columns, Kind.USER, results)
