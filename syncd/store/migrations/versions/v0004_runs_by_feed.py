"""Runs are found by their feed: when did it last come?"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_runs_feed", "runs", ["feed"])
