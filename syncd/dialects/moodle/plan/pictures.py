"""Plan an archive of user pictures: who gets which picture.

Source of the rules: Moodle's upload of user pictures, with one difference: only a picture that differs counts.
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.plan.rules import PictureRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows


def plan_pictures(rows: pl.DataFrame, rules: PictureRules, draft: Draft, results: RowResults) -> None:
    """Enter the pictures of an archive into the draft.

    rows: row, line, path (its name in the archive), user, sha256, type, bytes.
    """
    user = Reference(column="user", kind=Kind.USER, by=rules.user_by, into="user_id", header="name")
    rows = resolve(rows, user, draft, results)
    rows = _without_protected(rows, rules, draft, results)
    rows = _last_of_each(rows, results)
    draft.load(Kind.PICTURE, rows.select("user_id"))
    if not rules.overwrite:
        rows = _without_holders(rows, draft, results)
    want = rows.select("user_id", "sha256", "type", "bytes", "row", "line")
    settle(draft.put(Kind.PICTURE, want), results, "the picture")


def _without_protected(rows: pl.DataFrame, rules: PictureRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    if not rules.protected:
        return rows
    kept = draft.names(Kind.USER, "username", pl.Series("username", rules.protected))
    kept = kept.filter(pl.col("username").is_in(rules.protected)).select(pl.col("id").alias("user_id"), "username")
    theirs = rows.join(kept, on="user_id", how="inner", maintain_order="left")
    results.refuse(theirs, pl.lit(value=True), "user-protected", value=pl.col("username"))
    return without_rows(rows, theirs)


def _last_of_each(rows: pl.DataFrame, results: RowResults) -> pl.DataFrame:
    """Return the last picture of each user: senders put a date or a number into names. The others are skipped."""
    last = rows.group_by("user_id").agg(pl.col("row", "path").sort_by("row").last().name.prefix("last_"))
    rows = rows.join(last, on="user_id", how="left", maintain_order="left")
    earlier = rows.filter(pl.col("row") < pl.col("last_row"))
    results.skip(earlier, "picture-superseded", value=pl.col("path"), other=pl.col("last_path"))
    return without_rows(rows, earlier)


def _without_holders(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows of users who have no picture, or this one; the others are skipped."""
    held = draft.live(Kind.PICTURE).select("user_id", pl.col("sha256").alias("_held"))
    both = rows.join(held, on="user_id", how="inner", maintain_order="left")
    keeping = both.filter(pl.col("_held") != pl.col("sha256"))
    results.skip(keeping, "picture-kept", value=pl.col("user"))
    return without_rows(rows, keeping)
