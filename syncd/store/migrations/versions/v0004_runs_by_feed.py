"""Runs are found by their feed (when did it last come?) and by their delivery (what came with it?)."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_runs_feed", "runs", ["feed"])
    op.create_index("ix_runs_received", "runs", ["received"])
