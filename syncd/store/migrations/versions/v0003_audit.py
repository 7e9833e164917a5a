"""The audit: a table to which rows are only added. Both databases are told to refuse everything else."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TEXTS = ("at", "who", "account", "how", "what", "file", "detail")


def upgrade() -> None:
    """Make the table, and the triggers that keep what is in it."""
    integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = {name: sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS}
    op.create_table(
        "audit",
        sa.Column("seq", integer, nullable=False),
        *(texts[name] for name in ("at", "who", "account", "how", "what")),
        sa.Column("run", integer),
        texts["file"],
        texts["detail"],
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_audit_run", "audit", ["run"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
        )
    # INSERT OR REPLACE removes the old row without asking the trigger on DELETE.
    op.execute(
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS "
        "(SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
    )
