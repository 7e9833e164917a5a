"""Meta links, cohort bindings, groupings, pictures; and what makes an enrolment becomes part of its key.

Two bindings of a course may enrol the same user with the same role: each has its own enrolment, and
the one that goes takes only that with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BOOKKEEPING = "state TEXT NOT NULL, data_source TEXT, created_run BIGINT NOT NULL, run BIGINT NOT NULL"
_LINKS = {
    "meta_links": ("course_id master_id", "", "master_id"),
    "pictures": ("user_id", "sha256 TEXT, type TEXT, bytes BIGINT, ", ""),
    "cohort_bindings": (
        "cohort_id course_id method role",
        "makegroup BIGINT, starttime BIGINT, endtime BIGINT, ",
        "course_id",
    ),
    "grouping_groups": ("grouping_id group_id", "course_id BIGINT, ", "group_id course_id"),
}
"""New tables of links: their keys, other columns, and the columns that have an index each."""

_TEXTS = frozenset({"method", "role"})
_ENROLMENT = "course_id user_id method role via"


def upgrade() -> None:
    """Make the tables, and the enrolments anew."""
    for table, (key, columns, lookups) in _LINKS.items():
        _create(table, key, columns)
        for column in lookups.split():
            op.create_index(f"ix_{table}_{column}", table, [column])
    _groupings()
    _create("enrolments_new", _ENROLMENT, "starttime BIGINT, endtime BIGINT, status BIGINT, ")
    kept = "course_id, user_id, method, role, starttime, endtime, status, state, data_source, created_run, run"
    op.execute(f"INSERT INTO enrolments_new ({kept}, via) SELECT {kept}, 0 FROM enrolments ORDER BY 1, 2, 3, 4")
    op.drop_table("enrolments")
    op.rename_table("enrolments_new", "enrolments")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER INDEX enrolments_new_pkey RENAME TO enrolments_pkey")
    op.create_index("ix_enrolments_user_id", "enrolments", ["user_id"])
    op.execute("UPDATE changes SET key = key || '/0' WHERE kind = 'enrolment'")


def _groupings() -> None:
    integer = _integer()
    op.execute(
        f"CREATE TABLE course_groupings (id {integer} NOT NULL, course_id {integer}, name TEXT, idnumber TEXT, "
        f"description TEXT, {_typed(_BOOKKEEPING)}, PRIMARY KEY (id))"
    )
    for prefix, sign in (("ux", "<>"), ("gx", "=")):
        for column in ("idnumber", "name"):
            op.create_index(
                f"{prefix}_course_groupings_course_id_{column}",
                "course_groupings",
                ["course_id", column],
                unique=prefix == "ux",
                sqlite_where=sa.text(f"state {sign} 'deleted'"),
                postgresql_where=sa.text(f"state {sign} 'deleted'"),
            )


def _create(table: str, key: str, columns: str) -> None:
    """Make a table of links: without a row number of its own in SQLite."""
    keys = ", ".join(f"{name} {'TEXT' if name in _TEXTS else 'BIGINT'} NOT NULL" for name in key.split())
    primary = f"PRIMARY KEY ({', '.join(key.split())})"
    end = " WITHOUT ROWID" if op.get_context().dialect.name == "sqlite" else ""
    op.execute(f"CREATE TABLE {table} ({_typed(f'{keys}, {columns}{_BOOKKEEPING}')}, {primary}){end}")


def _typed(columns: str) -> str:
    return columns.replace("BIGINT", _integer())


def _integer() -> str:
    return "INTEGER" if op.get_context().dialect.name == "sqlite" else "BIGINT"
