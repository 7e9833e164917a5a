"""Runs are found by whose they are: the account that sent the file, and the data source of its rows."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TOGETHER = 1000


def upgrade() -> None:
    """Make the columns, fill them from the documents, and make the indexes."""
    for name in ("sender", "data_source"):
        op.add_column("runs", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    connection, last = op.get_bind(), 0
    page = sa.text(f"SELECT id, document FROM runs WHERE id > :last ORDER BY id LIMIT {_TOGETHER}")
    fill = sa.text("UPDATE runs SET sender = :sender, data_source = :data_source WHERE id = :id")
    while found := connection.execute(page, {"last": last}).all():
        last = found[-1].id
        connection.execute(fill, [{"id": id} | _whose(json.loads(document)) for id, document in found])
    op.create_index("ix_runs_sender", "runs", ["sender"])
    op.create_index("ix_runs_data_source", "runs", ["data_source"])


def _whose(run: dict[str, Any]) -> dict[str, str]:
    sender = run.get("by") if run.get("trigger") == "sftp" else ""
    return {"sender": sender or "", "data_source": run.get("data_source") or ""}
