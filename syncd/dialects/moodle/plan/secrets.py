"""Passwords in files: told apart by a keyed mark, never kept."""

from hashlib import blake2b

import polars as pl

_MARK_BYTES = 8


def with_marks(rows: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """Return the rows with `password_mark` in place of `password`, and `_generates` where one is to be made up.

    rows: username, password (null: none given; empty: the platform is to make one up).
    secret: key of this installation, kept outside the database. The mark is short and keyed: enough to see
        that a password is another one, useless to find out which.
    """
    if "password" not in rows.columns:
        return rows.with_columns(pl.lit(value=False).alias("_generates"))
    marks = [
        _mark(username, password, secret) if password else None
        for username, password in rows.select("username", "password").iter_rows()
    ]
    return rows.with_columns(
        pl.Series("password_mark", marks, dtype=pl.String),
        (pl.col("password") == "").fill_null(value=False).alias("_generates"),
    ).drop("password")


def _mark(username: str, password: str, secret: bytes) -> str:
    text = f"{username}\0{password}".encode()
    return blake2b(text, key=secret, digest_size=_MARK_BYTES).hexdigest()
