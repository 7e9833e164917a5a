"""How its files become changes, and what they say by leaving out."""

from collections.abc import Iterator

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.presence import DELETED, DISABLED, Presence
from syncd.engine.resolve import Reference, identify, resolve, settle
from syncd.engine.results import RowResults
from syncd.engine.work import Work

_CODE = Reference(column="idnumber", kind=Kind.USER, by="idnumber", into="id")
_LOGIN = Reference(column="username", kind=Kind.USER, by="username", into="owner")
_PERSON = Reference(column="person", kind=Kind.USER, by="idnumber", into="user_id", header="person_code")
_TEAM = Reference(column="team", kind=Kind.COHORT, by="idnumber", into="cohort_id", header="team_code")


def plan_users(work: Work, draft: Draft, results: RowResults) -> Iterator[Presence]:
    """Make and change people; the later of two rows of one person counts."""
    rows = work.commands.frame.unique("idnumber", keep="last", maintain_order=True)
    draft.load(Kind.USER, rows.select("idnumber"))
    rows = identify(identify(rows, _CODE, draft).drop("_count"), _LOGIN, draft)
    owner = pl.col("owner")
    value = pl.col("username")
    taken = (owner.is_not_null() & owner.ne_missing(pl.col("id"))) | value.is_duplicated()
    rows = results.refuse(
        rows, taken, "username-taken", "login", value=value, owner=owner.cast(pl.String).fill_null("?")
    )
    rows = _with_ids(rows, Kind.USER, draft).with_columns(state=pl.lit("enabled"))
    settle(draft.put(Kind.USER, rows.drop("owner", "_count")), results, "the user")
    results.scope(rows, a="id")
    results.standing(rows, a="id")
    if work.operation.is_snapshot:
        certain = identify(work.commands.certain("idnumber"), _CODE, draft).select("row", "id")
        # Who failed because a login is another's may have got a new code: the one who has the login stays.
        logins = identify(work.commands.certain("username"), _LOGIN, draft).select(row=pl.lit(0, pl.Int64), id="owner")
        school = work.options.school
        yield Presence(
            kind=Kind.USER,
            present=pl.concat([certain, logins.drop_nulls()]),
            owners=draft.claim.owned,
            within=pl.DataFrame({"institution": [school]}) if school else None,
            where=f"school {school}" if school else "",
            absent=DELETED if work.options.leavers == "deleted" else DISABLED,
        )


def plan_teams(work: Work, draft: Draft, results: RowResults) -> Iterator[Presence]:
    """Make teams and put people into them."""
    rows = resolve(work.commands.frame, _PERSON, draft, results)
    rows = identify(rows, _TEAM, draft).drop("_count")
    new = rows.filter(pl.col("cohort_id").is_null()).unique("team", keep="first", maintain_order=True)
    teams = _with_ids(new.select("row", "line", idnumber="team", name="team", id="cohort_id"), Kind.COHORT, draft)
    settle(draft.put(Kind.COHORT, teams), results, "the team")
    rows = identify(rows.drop("cohort_id"), _TEAM, draft).drop("_count")
    draft.load(Kind.COHORT_MEMBER, rows.select("cohort_id", "user_id"))
    once = rows.unique(["cohort_id", "user_id"], keep="last", maintain_order=True)
    settle(draft.put(Kind.COHORT_MEMBER, once.select("row", "line", "cohort_id", "user_id")), results, "the membership")
    results.scope(rows, a="user_id", b="cohort_id")
    results.standing(once, a="user_id", b="cohort_id")
    if work.operation.is_snapshot:
        named = identify(work.commands.certain("team", "person"), _TEAM, draft).drop("_count")
        present = identify(named, _PERSON, draft).select("row", "cohort_id", "user_id")
        yield Presence(kind=Kind.COHORT_MEMBER, present=present, owners=draft.claim.owned, absent=DELETED)


def _with_ids(rows: pl.DataFrame, kind: Kind, draft: Draft) -> pl.DataFrame:
    """Give new records their ids."""
    missing = pl.col("id").is_null()
    first = draft.new_ids(kind, rows.select(missing.sum()).item()).min() or 0
    return rows.with_columns(pl.coalesce("id", first + missing.cast(pl.Int64).cum_sum() - 1).alias("id"))
