"""A run has one file or several: what finds a run by its file moves into a table of files."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table, fill it, and let go of the columns that it replaces."""
    integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "run_files",
        sa.Column("run", integer, autoincrement=False, nullable=False),
        sa.Column("place", integer, autoincrement=False, nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("tryback", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "place"),
    )
    op.execute("INSERT INTO run_files (run, place, work, tryback) SELECT id, 0, work, tryback FROM runs")
    op.create_index("ux_run_files_work", "run_files", ["work"], unique=True)
    op.create_index("ix_run_files_tryback", "run_files", ["tryback"])
    op.drop_index("ux_runs_work", "runs")
    op.drop_index("ix_runs_tryback", "runs")
    for name in ("work", "tryback"):
        op.drop_column("runs", name)
