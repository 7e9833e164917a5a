"""Records as people and scripts see them: contract JSON, with the names of what they refer to.

Source of the form: docs/reference/json.md.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import polars as pl
import sqlalchemy as sa

from syncd.core.kinds import SPECS, Kind, KindSpec, State, Type
from syncd.frames.folding import comparable
from syncd.store.database import Database
from syncd.store.schema import GONE, LIVE, RECORDS, folded_columns

PAGE_ROWS = 5_000
"""Records are read in pages of this size: a listing neither fills the memory nor holds a writer back."""

_LISTS = frozenset({"topics"})
"""JSON columns that hold a list; the others hold an object."""

_LARGEST_ID = 2**63 - 1

Row = sa.RowMapping
Condition = sa.ColumnElement[bool] | sa.TextClause


def listed(database: Database, kind: Kind, *, deleted: bool) -> Iterator[dict[str, Any]]:
    """Give every live record of a kind, in the order of the table's key; the deleted ones too if wanted."""
    table = RECORDS[kind]
    key = [table.c[name] for name in SPECS[kind].key]
    wanted = [] if deleted else [table.c.state != State.DELETED.value]
    after: list[sa.ColumnElement[bool]] = []
    while True:
        with database.reading() as connection:
            page = connection.execute(_select(kind).where(*wanted, *after).order_by(*key).limit(PAGE_ROWS)).mappings()
            rows = page.all()
        yield from (document(kind, row) for row in rows)
        if len(rows) < PAGE_ROWS:
            return
        last = [sa.literal(rows[-1][f"_{name}"]) for name in SPECS[kind].key]
        after = [sa.tuple_(*key) > sa.tuple_(*last)]


def found(connection: sa.Connection, kind: Kind, key: str) -> list[dict[str, Any]]:
    """Return the records that a person means by that key, live ones first.

    A record is named by its id, by a column that identifies it, or, if it is a link, by its
    key as it is printed.
    """
    return [document(kind, row) for row in rows_meant(connection, kind, key)]


def form(kind: Kind) -> tuple[str, tuple[str, ...]]:
    """Return how the key of a record of this kind is made up, and the names of its fields, as its document has them."""
    fields = [_field(name, kind) for name in _shown(SPECS[kind])]
    if SPECS[kind].off:
        fields.append(SPECS[kind].off)
    parts = "/".join(_field(name, kind) for name in SPECS[kind].printed)
    return parts or ("path" if kind is Kind.CATEGORY else "id"), tuple(fields)


@cache
def _select(kind: Kind) -> sa.Select[Any]:
    """Return the query for a kind: its fields by the names of the contract, key and bookkeeping under `_name`."""
    spec, table = SPECS[kind], RECORDS[kind]
    joined: sa.FromClause = table
    fields: list[sa.ColumnElement[Any]] = []
    for name in _shown(spec):
        targets: list[tuple[Kind, Condition]] = [(spec.refers()[name], sa.true())] if name in spec.refers() else []
        if name == "via":
            targets = list(_makers(spec, table))
        if not targets:
            fields.append(table.c[name])
            continue
        called: list[sa.ColumnElement[Any]] = []
        for target, where in targets:
            other = RECORDS[target].alias(f"of_{name}_{target}")
            joined = joined.outerjoin(other, sa.and_(other.c.id == table.c[name], where))
            called += [other.c[column] for column in SPECS[target].natural]
        fields.append(sa.func.coalesce(*called, "").label(_field(name, kind)))
    hidden = [table.c[name].label(f"_{name}") for name in (*spec.key, "state", "data_source", "created_run", "run")]
    return sa.select(*fields, *hidden).select_from(joined)


def _makers(spec: KindSpec, table: sa.Table) -> Iterator[tuple[Kind, Condition]]:
    """Yield the kinds whose ids `via` may hold, each with the condition under which it does."""
    others = [maker.method for maker in spec.makers if maker.method]
    for maker in spec.makers:
        own = SPECS[maker.kind].printed[maker.key.index("via")]
        by_method = table.c.method == maker.method if maker.method else table.c.method.not_in(others)
        yield SPECS[maker.kind].refers()[own], by_method


def _shown(spec: KindSpec) -> list[str]:
    own = [column.name for column in spec.columns if not column.secret]
    return own if spec.is_entity else [*spec.key, *own]


def _field(name: str, kind: Kind) -> str:
    """Return what the contract calls a column; a cohort's category is the context for which it is there."""
    return "context" if (kind, name) == (Kind.COHORT, "category_id") else name.removesuffix("_id")


def document(kind: Kind, row: Row) -> dict[str, Any]:
    """Return a record as contract JSON."""
    spec = SPECS[kind]
    types = spec.types()
    fields = {}
    for name in _shown(spec):
        value = row[_field(name, kind)]
        if types[name] is Type.JSON:
            value = json.loads(value) if value else ([] if name in _LISTS else {})
        elif types[name] is Type.TEXT:
            value = value or ""
        fields[_field(name, kind)] = value
    if spec.off:
        fields[spec.off] = int(row["_state"] == State.DISABLED)
    return {
        "kind": kind.value,
        "key": _printed_key(kind, row, fields),
        "data_source": row["_data_source"] or "",
        "state": row["_state"],
        "fields": fields,
        "run": row["_run"],
    }


def _printed_key(kind: Kind, row: Row, fields: Mapping[str, Any]) -> str:
    if SPECS[kind].printed:
        return "/".join(fields[_field(name, kind)] for name in SPECS[kind].printed)
    return fields["path"] if kind is Kind.CATEGORY else str(row["_id"])


def rows_meant(connection: sa.Connection, kind: Kind, key: str) -> list[Row]:
    """Return the records that a person means by that key, live ones first, as `document` takes them."""
    if SPECS[kind].printed:
        rows = _links(connection, kind, key)
    else:
        rows = [
            row
            for id in _ids(connection, kind, key)
            for row in connection.execute(_select(kind).where(RECORDS[kind].c.id == id)).mappings()
        ]
    return sorted(rows, key=lambda row: row["_state"] == State.DELETED)


def _ids(connection: sa.Connection, kind: Kind, key: str) -> list[int]:
    """Return the ids of the records that have this id or a column of identity that says so."""
    table = RECORDS[kind]
    conditions: list[tuple[Condition, ...]] = []
    if key.isascii() and key.isdecimal() and int(key) <= _LARGEST_ID:
        conditions.append((table.c.id == int(key),))
    for column in SPECS[kind].columns:
        if column.identity:
            value = pl.select(comparable(pl.lit(key), kind, column.name)).item()
            beside = [f"{name}_folded" for name in folded_columns(SPECS[kind]) if name == column.name]
            conditions += [(table.c[name] == value, half) for name in (column.name, *beside) for half in (LIVE, GONE)]
    ids: dict[int, None] = {}
    for condition in conditions:
        ids.update(dict.fromkeys(connection.scalars(sa.select(table.c.id).where(*condition))))
    return list(ids)


def _links(connection: sa.Connection, kind: Kind, key: str) -> list[Row]:
    """Return the links whose key is printed so; names may hold the separator, so every way to part it is tried."""
    rows: list[Row] = []
    for parts in _partings(key, len(SPECS[kind].printed)):
        conditions = []
        for name, part in zip(SPECS[kind].printed, parts, strict=True):
            target = SPECS[kind].refers().get(name)
            column = RECORDS[kind].c[name]
            conditions.append(column.in_(_ids(connection, target, part)) if target else column == part)
        rows.extend(connection.execute(_select(kind).where(*conditions)).mappings())
    return [row for row in rows if document(kind, row)["key"] == key]


def _partings(key: str, count: int) -> Iterator[tuple[str, ...]]:
    words = key.split("/")
    for cuts in combinations(range(1, len(words)), count - 1):
        edges = (0, *cuts, len(words))
        yield tuple("/".join(words[start:end]) for start, end in pairwise(edges))
