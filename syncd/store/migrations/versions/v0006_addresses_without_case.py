"""E-mail addresses are found without regard to case: beside each that is not in that form stands the one that is."""

import polars as pl
import sqlalchemy as sa
from alembic import op

from syncd.frames.folding import folded

revision = "0006"
down_revision = "0005"

_TOGETHER = 50_000


def upgrade() -> None:
    """Make the column, fill it for the addresses that need it, and make its index."""
    op.add_column("users", sa.Column("email_folded", sa.Text()))
    connection, last = op.get_bind(), 0
    page = sa.text(f"SELECT id, email FROM users WHERE id > :last AND email <> '' ORDER BY id LIMIT {_TOGETHER}")
    fill = sa.text("UPDATE users SET email_folded = :folded WHERE id = :id")
    while found := connection.execute(page, {"last": last}).all():
        last = found[-1].id
        emails = pl.Series([row.email for row in found], dtype=pl.String)
        pairs = zip(found, folded(emails), strict=True)
        if differing := [{"id": row.id, "folded": form} for row, form in pairs if form != row.email]:
            connection.execute(fill, differing)
    there = sa.text("email_folded IS NOT NULL")
    op.create_index("ix_users_email_folded", "users", ["email_folded"], sqlite_where=there, postgresql_where=there)
