"""What happened to a record: its creation, then every change, with the names of what it refers to."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from syncd.core.kinds import SPECS, Kind
from syncd.store.records import Row, document, rows_meant
from syncd.store.schema import CHANGES, RECORDS

Event = dict[str, Any]
Naming = Mapping[str, Any]


def history(connection: sa.Connection, kind: Kind, key: str) -> list[Event]:
    """Return what happened to the records that a person means by that key: for each its creation, then its changes.

    An event has kind, key and record (the key as it is stored), action, run, row, seq (None for a
    creation), before and after (the fields that differ), hidden (the secret ones that differ),
    and via: kind and key of what makes the record, {} where that is a file or a person.
    """
    return [event for row in rows_meant(connection, kind, key) for event in _events(connection, kind, row)]


def _events(connection: sa.Connection, kind: Kind, row: Row) -> Iterator[Event]:
    stored = "/".join(str(row[f"_{name}"]) for name in SPECS[kind].key)
    of_record = {
        "kind": kind.value,
        "key": document(kind, row)["key"],
        "record": stored,
        "via": _maker(connection, kind, row),
    }
    yield of_record | {"action": "created", "run": row["_created_run"], "row": None, "seq": None} | _difference({}, {})
    mine = sa.and_(CHANGES.c.kind == kind.value, CHANGES.c.key == stored)
    for change in connection.execute(sa.select(CHANGES).where(mine).order_by(CHANGES.c.seq)):
        before, after = (_shown(connection, kind, text) for text in (change.before, change.after))
        facts = {"action": change.action, "run": change.run, "row": change.row, "seq": change.seq}
        yield of_record | facts | _difference(before, after, _secrets(kind))


def _difference(before: Naming, after: Naming, secrets: frozenset[str] = frozenset()) -> Event:
    """Return the fields that differ; of secret ones only the names."""
    differing = [name for name in after if before.get(name) != after[name]]
    return {
        "before": {name: before.get(name) for name in differing if name not in secrets},
        "after": {name: after[name] for name in differing if name not in secrets},
        "hidden": [name for name in differing if name in secrets],
    }


def _secrets(kind: Kind) -> frozenset[str]:
    return frozenset(column.name for column in SPECS[kind].columns if column.secret)


def _shown(connection: sa.Connection, kind: Kind, text: str | None) -> Event:
    """Return the values of a stored change, references as names."""
    values = json.loads(text or "{}")
    named = partial(_name, connection)
    refers = SPECS[kind].refers()
    return {
        name.removesuffix("_id") if name in refers else name: named(refers[name], value) if name in refers else value
        for name, value in values.items()
    }


def _name(connection: sa.Connection, kind: Kind, id: int | None) -> str | None:
    """Return what people call the record with this id."""
    if id is None:
        return None
    table = RECORDS[kind]
    called = [table.c[column] for column in SPECS[kind].natural]
    found = sa.select(sa.func.coalesce(*called, sa.literal(""))).where(table.c.id == id)
    return connection.scalar(found) or str(id)


def _maker(connection: sa.Connection, kind: Kind, row: Row) -> dict[str, str]:
    """Return kind and key of the record that makes this one, {} where none does."""
    maker = next((maker for maker in SPECS[kind].makers if maker.method in ("", row["_method"])), None)
    if maker is None or not row["_via"]:
        return {}
    spec, refers = SPECS[maker.kind], SPECS[maker.kind].refers()
    parts = [
        _name(connection, refers[own], row[f"_{name}"]) if own in refers else row[f"_{name}"]
        for own, name in zip(spec.printed, maker.key, strict=True)
    ]
    return {"kind": maker.kind.value, "key": "/".join(map(str, parts))}
