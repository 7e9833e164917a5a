#!/usr/bin/env bash
# alembic's batch mode on SQLite makes a table anew from what SQLAlchemy reflects of it. What is not reflected is gone
# afterwards; warnings are errors here, and none comes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check alembic==1.20.1 sqlalchemy==2.1.9
cat > "$work/try.py" <<'PY'
import sys
import sqlite3

import alembic
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

print("alembic", alembic.__version__, "SQLAlchemy", sa.__version__, "SQLite", sqlite3.sqlite_version)
print("guess: adding a column by batch mode keeps everything else of the table, or warns of what it leaves out")
MADE = """
CREATE TABLE school (id INTEGER PRIMARY KEY);
CREATE TABLE pupil (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT COLLATE NOCASE NOT NULL,
    school INTEGER REFERENCES school (id) ON DELETE CASCADE
);
CREATE INDEX newest ON pupil (id DESC);
CREATE UNIQUE INDEX one_login ON pupil (login COLLATE NOCASE);
CREATE TRIGGER nobody_goes BEFORE DELETE ON pupil BEGIN SELECT RAISE(ABORT, 'stay'); END
"""
WORDS = ("AUTOINCREMENT", "COLLATE NOCASE", "ON DELETE CASCADE", "DESC", "CREATE TRIGGER", "NOT NULL", "UNIQUE")


def schema(connection):
    return "\n".join(connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars())


with sa.create_engine("sqlite://").begin() as connection:
    # A trigger has a semicolon inside, so that statements are parted by it and a line end.
    for statement in MADE.split(";\n"):
        connection.exec_driver_sql(statement)
    before = schema(connection)
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("pupil", recreate="always") as batch:
        batch.add_column(sa.Column("note", sa.Text()))
    after = schema(connection)

print("seen:", after, sep="\n")
lost = [word for word in WORDS if word in before and word not in after]
print("behaviour: lost without a warning:", ", ".join(lost))
sys.exit(lost != list(WORDS[:5]))
PY
"$work/venv/bin/python" -W error "$work/try.py"
