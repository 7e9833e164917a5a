"""Migrations: an upgraded database is a new one, in everything that the database knows of itself."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from syncd.core.kinds import SPECS, Kind
from syncd.store.migrate import HEAD, MIGRATIONS
from syncd.store.schema import METADATA, RECORDS
from syncd.store.store import Store

CATALOGUE = {
    "sqlite": (
        "SELECT 'table', name, wr, strict FROM pragma_table_list WHERE schema = 'main'",
        "SELECT 'column', m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden "
        "FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'",
        "SELECT 'reference', m.name, r.* FROM sqlite_master m, pragma_foreign_key_list(m.name) r",
        'SELECT \'index\', m.name, i.name, i."unique", i.origin, x.seqno, x.name, x."desc", x.coll '
        "FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x WHERE m.type = 'table'",
        "SELECT 'condition', name, substr(sql, instr(sql, ' WHERE ')) FROM sqlite_master "
        "WHERE type = 'index' AND sql IS NOT NULL",
        "SELECT 'trigger', name, sql FROM sqlite_master WHERE type = 'trigger'",
    ),
    "postgresql": (
        "SELECT 'column', table_name, column_name, data_type, is_nullable, column_default, "
        "collation_name, is_identity FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT 'sequence', sequencename, data_type::text, start_value, increment_by FROM pg_sequences",
        "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ),
}

TRIGGERS = {"sqlite": ["audit_no_delete", "audit_no_replace", "audit_no_update"], "postgresql": ["audit_only_grows"]}

IN_TABLES = re.compile(r"CHECK\s*\(.*|COLLATE\s+\w+|AUTOINCREMENT|GENERATED.*", re.IGNORECASE)
"""What of a table SQLite tells only by the statement that made it."""

both = pytest.mark.parametrize("new_database", ["sqlite-few", "postgresql"], indirect=True)


def alembic(connection: sa.Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


SCRIPTS = ScriptDirectory.from_config(alembic())
OLDER = [script.revision for script in SCRIPTS.walk_revisions()][1:]


def engine(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)


def schema(url: str) -> set[tuple[Any, ...]]:
    """Return every table, column, index, reference, condition, check and trigger as the database describes it."""
    with engine(url).connect() as connection:
        system = connection.dialect.name
        found = {tuple(row) for query in CATALOGUE[system] for row in connection.execute(sa.text(query))}
        if system == "sqlite":
            made = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
            found |= {("words", name, *IN_TABLES.findall(sql)) for name, sql in made}
    return {part for part in found if not str(part[1]).startswith("alembic_version")}


def filled(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Give each table of an old database two rows, and return them.

    `via` was unused as long as it was text; revision 0002 made it a number.
    """
    tables = sa.MetaData()
    tables.reflect(connection)
    rows = {
        table.name: [
            {column.name: value(column, number) for column in table.columns if not is_unused(column)}
            for number in (1, 2)
        ]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }
    for name, made in rows.items():
        connection.execute(sa.insert(tables.tables[name]), made)
    return rows


def moved(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return rows of an old database where a new one has them: what finds a run by its file is no column of it."""
    rows["run_files"] = [
        {"run": run["id"], "place": 0} | {name: run.pop(name) for name in ("work", "tryback")} for run in rows["runs"]
    ]
    return rows


def is_unused(column: sa.Column[Any]) -> bool:
    return column.name == "via" and isinstance(column.type, sa.Text)


def value(column: sa.Column[Any], number: int) -> Any:
    if column.name == "document":
        return '{"trigger": "sftp", "by": "ada", "data_source": "sis"}'
    return f"{column.name} {number}" if isinstance(column.type, sa.Text) else number


def stored(connection: sa.Connection, rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return what the columns of these rows hold now."""
    tables = sa.MetaData()
    tables.reflect(connection)
    found = {}
    for name, made in rows.items():
        columns = [tables.tables[name].c[column] for column in made[0]]
        found[name] = [dict(row) for row in connection.execute(sa.select(*columns).order_by(*columns)).mappings()]
    return found


@both
@pytest.mark.parametrize("revision", OLDER)
def test_an_upgraded_database_is_a_new_one_and_has_kept_its_rows(
    new_database: Callable[[], str], revision: str
) -> None:
    """SQLite changes a table by making it anew, and what the migration forgets is gone without a word.

    Triggers, conditions, collations, orders and references are compared as the database has them.
    """
    new, old = new_database(), new_database()
    Store.open(new).close()
    with engine(old).begin() as connection:
        command.upgrade(alembic(connection), revision)
        rows = moved(filled(connection))
    Store.open(old).close()
    assert schema(new) == schema(old)
    with engine(old).connect() as connection:
        now = stored(connection, rows)
    now["meta"] = [row for row in now["meta"] if row in rows["meta"]]
    assert rows == now


@both
def test_migrations_make_the_schema_that_the_code_expects(new_database: Callable[[], str]) -> None:
    """Whoever changes a table must add a migration, or old databases stop working; what is declared is added."""
    expected, new = new_database(), new_database()
    list(map(RECORDS.__getitem__, SPECS))
    METADATA.create_all(engine(expected))
    Store.open(new).close()
    made = schema(new)
    triggers = {part for part in made if part[0] in ("trigger", "function")}
    assert schema(expected) == made - triggers
    assert TRIGGERS[new.split(":")[0]] == sorted(part[1] for part in triggers if part[0] == "trigger")


def test_head_is_the_newest_migration() -> None:
    """A store whose version equals HEAD is opened without alembic; so HEAD must be right."""
    assert SCRIPTS.get_current_head() == HEAD


ADDRESSES = ("maud@example.org", "Paul@Example.ORG", "quentin@xn--bcher-kva.example", "", None)


def test_addresses_of_an_older_roster_are_found_without_regard_to_case(new_database: Callable[[], str]) -> None:
    """What is stored stays as it was sent."""
    url = new_database()
    insert = (
        "INSERT INTO users (id, username, email, state, created_run, run) VALUES (:id, :name, :email, 'enabled', 1, 1)"
    )
    with engine(url).begin() as connection:
        command.upgrade(alembic(connection), "0005")
        for id, email in enumerate(ADDRESSES, start=1):
            connection.execute(sa.text(insert), {"id": id, "name": f"user{id}", "email": email})
    store = Store.open(url)
    wanted = ["maud@example.org", "paul@example.org", "quentin@bücher.example"]
    found = store.find(Kind.USER, ("email",), pl.DataFrame({"email": wanted})).sort("id")
    assert list(ADDRESSES[:3]) == found.get_column("email").to_list()
    assert ["2"] == [record["key"] for record in store.record(Kind.USER, "PAUL@example.org")]
    store.close()
