"""What was declared since the database was made: tables of kinds, columns and indexes are added to it.

A change that is more than an addition is a migration (`migrations/versions`).
"""

from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from syncd.core.errors import FatalError
from syncd.core.kinds import SPECS
from syncd.store.schema import META, RECORDS

_FACT = "kinds"
"""The name under which the database knows which kinds it has."""


def is_grown(connection: sa.Connection) -> bool:
    """Tell whether the database has all that is declared."""
    known = connection.scalar(sa.select(META.c.value).where(META.c.name == _FACT))
    return bool(known == _declared())


def grow(connection: sa.Connection) -> None:
    """Add what the database does not have yet, in the transaction at hand; what it has beyond that stays.

    Raises:
        FatalError: a kind has another key than its table.
    """
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    for kind in SPECS:
        table = RECORDS[kind]
        if table.name not in there:
            table.create(connection)
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns:
                _add(connection, column)
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                index.create(connection)
    connection.execute(sa.delete(META).where(META.c.name == _FACT))
    connection.execute(sa.insert(META), {"name": _FACT, "value": _declared()})


def _add(connection: sa.Connection, column: sa.Column[object]) -> None:
    table = column.table
    if not column.nullable:
        raise FatalError(f"the key of the table {table.name} is another one; this needs a migration")
    words = CreateColumn(column).compile(dialect=connection.dialect)
    connection.execute(sa.text(f'ALTER TABLE "{table.name}" ADD COLUMN {words}'))


def _declared() -> str:
    """Return a digest of all kinds as they are declared."""
    return sha256(repr(tuple(SPECS.values())).encode()).hexdigest()
