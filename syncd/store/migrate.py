"""Bring a database to the schema of this version. alembic is loaded only where there is something to do."""

import secrets
import uuid
from pathlib import Path

import sqlalchemy as sa

from syncd.core.errors import UsageError
from syncd.store.growing import grow, is_grown
from syncd.store.schema import META

HEAD = "0007"
"""The newest revision in `migrations/versions`; a test compares the two."""

MIGRATIONS = Path(__file__).parent / "migrations"

_UPGRADE_LOCK = 0x73796E6301
"""PostgreSQL's advisory lock for upgrades: two that start at once must not both make the tables."""


def is_current(connection: sa.Connection) -> bool:
    """Tell whether the database has the schema of this version."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return bool(version == HEAD) and is_grown(connection)


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema up to date, add what dialects declare, and give a new roster its installation and seed.

    All in the transaction at hand.

    Raises:
        UsageError: a newer syncd made the database.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise UsageError(f"the database was made by another version of syncd: {error}") from error
    grow(connection)
    _found(connection)


def _found(connection: sa.Connection) -> None:
    if connection.scalar(sa.select(META.c.value).where(META.c.name == "installation")) is not None:
        return
    facts = {"installation": str(uuid.uuid4()), "seed": str(secrets.randbits(63)), "seq": "0"}
    connection.execute(sa.insert(META), [{"name": name, "value": value} for name, value in facts.items()])
