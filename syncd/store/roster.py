"""Read the roster as frames."""

import polars as pl

from syncd.core.kinds import SPECS, Kind, KindSpec, State
from syncd.frames.changes import record_schema
from syncd.frames.folding import stored
from syncd.store.bulk import Bulk, Schema, joined, quoted
from syncd.store.schema import folded_columns

_FEW, _FEW_OF_SMALL, _SMALL = 0.1, 0.5, 100_000
"""Up to this part of a table, single records are looked up by index; above it the whole table is read.

A small table is read row by row, a large one in columns, which costs less for each.
"""

_STAGE = "wanted"

_TOUCHES: Schema = {
    "kind": pl.String(),
    "action": pl.String(),
    "a": pl.Int64(),
    "b": pl.Int64(),
    "identity": pl.Int64(),
}


def seq(bulk: Bulk) -> int:
    """Return the number of the last change, 0 when there was none."""
    return int(bulk.query("SELECT value FROM meta WHERE name = 'seq'", {"value": pl.String()}).item())


def held(bulk: Bulk, kind: Kind) -> int:
    """Return how many records of a kind there are, deleted ones included."""
    counted = bulk.query(f"SELECT held FROM population WHERE kind = '{kind.value}'", {"held": pl.Int64()})
    return int(counted.item()) if len(counted) else 0


def touches(bulk: Bulk, since: int) -> pl.DataFrame:
    """Return what changed after that change: kind, action, the values of the scope, whether identity changed."""
    sql = f"SELECT {quoted(*_TOUCHES)} FROM changes WHERE seq > {since:d}"
    return bulk.query(sql, _TOUCHES).with_columns(pl.col("identity").cast(pl.Boolean))


def at_stake(bulk: Bulk, kind: Kind, columns: tuple[str, ...], values: pl.DataFrame | None) -> int:
    """Return how many records `find` and `names` will read or look up."""
    if values is not None and _is_few(bulk, kind, columns, values):
        return len(values)
    return held(bulk, kind)


def find(
    bulk: Bulk,
    kind: Kind,
    columns: tuple[str, ...],
    values: pl.DataFrame | None,
    only: tuple[str, ...],
) -> pl.DataFrame:
    """Return the records, deleted ones included, whose `columns` equal a row of `values`.

    Args:
        bulk: where to read.
        kind: the kind of record.
        columns: columns of the kind, named alike in `values`.
        values: what to look for, as it is compared (`syncd.frames.folding`); null finds nothing. None for
            every record.
        only: the columns to return; empty for whole records.

    Returns:
        A frame with the columns and types of `record_schema`, or those of them that are named in `only`.
    """
    full = record_schema(kind)
    schema = {name: full[name] for name in only or full}
    if values is None:
        return bulk.query(_select(SPECS[kind], schema), schema)
    cast = (pl.col(name).cast(full[name]) for name in columns)
    wanted = values.lazy().select(cast).drop_nulls().unique().collect()
    if wanted.is_empty():
        return pl.DataFrame(schema=schema)
    if _is_few(bulk, kind, columns, wanted):
        return _by_index(bulk, SPECS[kind], wanted, schema)
    read = schema | {name: full[name] for name in columns}
    records = bulk.query(_select(SPECS[kind], read), read)
    compared = [stored(kind, name) for name in columns]
    return records.join(wanted, left_on=compared, right_on=columns, how="semi").select(list(schema))


def names(bulk: Bulk, kind: Kind, column: str, values: pl.DataFrame | None) -> pl.DataFrame:
    """Return id, `column` and state of all records so named, deleted ones included, and maybe of others.

    Where many are named, the columns are read as they are: whoever joins them finds the right ones.
    """
    schema = {name: record_schema(kind)[name] for name in dict.fromkeys(("id", column, "state"))}
    if values is not None and _is_few(bulk, kind, (column,), values):
        return find(bulk, kind, (column,), values, tuple(schema))
    return bulk.query(_select(SPECS[kind], schema), schema)


def _is_few(bulk: Bulk, kind: Kind, columns: tuple[str, ...], values: pl.DataFrame) -> bool:
    rows = held(bulk, kind)
    return _is_indexed(SPECS[kind], columns) and len(values) <= (_FEW_OF_SMALL if rows <= _SMALL else _FEW) * rows


def _by_index(bulk: Bulk, spec: KindSpec, wanted: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    columns = tuple(wanted.columns)
    bulk.stage(_STAGE, wanted)
    select = f'SELECT {quoted(*schema, of="t")} FROM "{_STAGE}" w JOIN "{spec.table}" t ON '
    if columns[0] in folded_columns(spec):
        # A record whose value is not as it is compared is found by the column beside it alone.
        as_it_is, beside = f't."{columns[0]}" = w."{columns[0]}"', f't."{columns[0]}_folded" = w."{columns[0]}"'
        return bulk.query(f"{select}{as_it_is} UNION ALL {select}{beside}", schema)
    select += joined("t", "w", columns)
    if not _begins_one_of((spec.key, *spec.lookups), columns):
        # The indexes of unique groups are two: one of the live records, one of the deleted.
        halves = (f"{select} WHERE t.state {sign} '{State.DELETED}'" for sign in ("<>", "="))
        select = " UNION ALL ".join(halves)
    return bulk.query(select, schema)


def _is_indexed(spec: KindSpec, columns: tuple[str, ...]) -> bool:
    return _begins_one_of((spec.key, *spec.lookups, *spec.unique), columns)


def _begins_one_of(indexes: tuple[tuple[str, ...], ...], columns: tuple[str, ...]) -> bool:
    return any(set(index[: len(columns)]) == set(columns) for index in indexes)


def _select(spec: KindSpec, schema: Schema) -> str:
    return f'SELECT {quoted(*schema)} FROM "{spec.table}"'
