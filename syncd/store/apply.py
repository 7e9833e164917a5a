"""Apply a change set to the roster: all of it in one transaction, or nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence

import polars as pl
import sqlalchemy as sa

from syncd.core.errors import FatalError, RosterMoved, SyncdError
from syncd.core.kinds import SPECS, Kind, KindSpec, State
from syncd.core.runs import Run
from syncd.frames.changes import ChangeSet, moving, record_schema
from syncd.frames.folding import stored
from syncd.frames.keys import key_text
from syncd.store import roster, runs
from syncd.store.bulk import Bulk, joined, quoted
from syncd.store.schema import CHANGES, GONE, RECORDS, folded_columns

_MANY_ROWS = 50_000
_MANY_OF_TABLE = 0.2
"""From this many new rows, and this part of what the table will hold, an index is cheaper rebuilt than kept."""

_STAGE = "changed"


Parts = Sequence[tuple[ChangeSet, Run]]


def apply(bulk: Bulk, parts: Parts, memories: Mapping[str, str], before_commit: Callable[[], None]) -> int:
    """Do what the change sets of some runs say, in order, and return the number of the last change.

    The number grows with every change of a record, and by one where records were only created:
    it is what later plans are compared with.

    Args:
        bulk: a connection on which nothing was begun.
        parts: whole records by kind, their run columns are set here; and the run as it shall be stored with them, of
            which `roster_seq` is the last change that the plan had seen.
        memories: the tokens of the side files that are true after these runs, by feed.
        before_commit: called when all is done but the commit.

    Raises:
        RosterMoved: the roster changed since the plans were made.
        SyncdError: the database refuses the changes; nothing was applied.
    """
    bulk.begin(filling=_is_filling(bulk, parts))
    seq = roster.seq(bulk)
    if seq != parts[0][1].roster_seq:
        raise RosterMoved
    changes = _joined([_numbered(changes, run) for changes, run in parts])
    for kind, spec in SPECS.items():
        if kind in changes.changed:
            _change(bulk, spec, changes.changed[kind])
        if kind in changes.created:
            _create(bulk, spec, changes.created[kind])
    seq += sum(changes.steps for changes, _ in parts)
    bulk.execute("UPDATE meta SET value = $1 WHERE name = 'seq'", str(seq))
    for feed, token in memories.items():
        _remember(bulk, feed, token, seq)
    _save_runs(bulk, [run for _, run in parts])
    before_commit()
    bulk.commit()
    return seq


def _numbered(changes: ChangeSet, run: Run) -> ChangeSet:
    """Return the changes with the run in their run columns, and the number of each change as `_seq`."""
    by, seq = pl.lit(run.id, pl.Int64), run.roster_seq
    changed = {}
    for kind, frame in changes.changed.items():
        numbers = pl.int_range(seq + 1, seq + 1 + len(frame), dtype=pl.Int64, eager=True)
        changed[kind] = frame.with_columns(run=by, _seq=numbers)
        seq += len(frame)
    created = {kind: frame.with_columns(created_run=by, run=by) for kind, frame in changes.created.items()}
    return ChangeSet(created=created, changed=changed)


def _joined(parts: Sequence[ChangeSet]) -> ChangeSet:
    """Return the changes of several runs as one, without frames that are empty."""
    created, changed = (
        {kind: frames for kind in SPECS if (frames := [side[kind] for side in sides if not _is_empty(side.get(kind))])}
        for sides in ([part.created for part in parts], [part.changed for part in parts])
    )
    return ChangeSet(
        created={kind: pl.concat(frames, how="diagonal") for kind, frames in created.items()},
        changed={kind: pl.concat(frames) for kind, frames in changed.items()},
    )


def _is_empty(frame: pl.DataFrame | None) -> bool:
    return frame is None or frame.is_empty()


def _create(bulk: Bulk, spec: KindSpec, frame: pl.DataFrame) -> None:
    """Add new records, in the order of the table's key."""
    records = _with_folded(_records(frame, spec.kind), spec)
    records = records.select(column for column in records if column.null_count() < len(records))
    if not (spec.is_entity and records.get_column("id").is_sorted()):
        records = records.sort(spec.key)
    _append(bulk, RECORDS[spec.kind], records, roster.held(bulk, spec.kind))
    _count(bulk, spec.kind, live=_live(records), held=len(records))


def _change(bulk: Bulk, spec: KindSpec, frame: pl.DataFrame) -> None:
    """Give records their new values and write down each change.

    Only columns that move are written: a database touches every index of a column that it is told to set.
    """
    moved = set(moving(frame))
    if "state" in moved:
        moved.update(*spec.unique)
    written = [name for name in spec.names if name in moved or name == "run"]
    records = _with_folded(_records(frame, spec.kind).select(*spec.key, *written), spec)
    written = records.columns[len(spec.key) :]
    bulk.stage(f"{_STAGE}_{spec.table}", records)
    live = _live_among_staged(bulk, spec, len(frame))
    _park(bulk, spec, moved)
    values = ", ".join(f'"{name}" = s."{name}"' for name in written)
    bulk.execute(f'UPDATE "{spec.table}" SET {values} {_from_staged(spec)}')
    rows = _change_rows(frame, spec)
    _append(bulk, CHANGES, rows, int(rows.item(0, "seq")) - 1)
    _count(bulk, spec.kind, live=_live(frame) - live, held=0)


def _park(bulk: Bulk, spec: KindSpec, moved: Collection[str]) -> None:
    """Empty the unique columns that move.

    Databases check uniqueness row by row, so of two users that exchange their usernames, the
    first would collide with the second.
    """
    columns = sorted({name for group in spec.unique for name in group if name in moved})
    if not columns:
        return
    emptied = ", ".join(f'"{name}" = NULL' for name in columns)
    differ = [f'"{spec.table}"."{name}" IS DISTINCT FROM s."{name}"' for name in columns]
    if "state" in moved:
        differ.append(f"s.state = '{State.DELETED}'")
    bulk.execute(
        f'UPDATE "{spec.table}" SET {emptied} {_from_staged(spec)} '
        f"AND \"{spec.table}\".state <> '{State.DELETED}' AND ({' OR '.join(differ)})"
    )


def _live(frame: pl.DataFrame) -> int:
    return int(frame.get_column("state").ne(State.DELETED.value).sum())


def _live_among_staged(bulk: Bulk, spec: KindSpec, expected: int) -> int:
    """Return how many of the records that are to change are live; all of them must be there."""
    found = bulk.query(
        f"SELECT COUNT(*), COALESCE(SUM(CASE WHEN t.state = '{State.DELETED}' THEN 0 ELSE 1 END), 0) "
        f'FROM "{_STAGE}_{spec.table}" s JOIN "{spec.table}" t ON {joined("s", "t", spec.key)}',
        {"found": pl.Int64(), "live": pl.Int64()},
    )
    if found.item(0, "found") != expected:
        missing = expected - found.item(0, "found")
        raise FatalError(f"{missing} {spec.kind} records to be changed are not in the roster")
    return int(found.item(0, "live"))


def _from_staged(spec: KindSpec) -> str:
    return f'FROM "{_STAGE}_{spec.table}" s WHERE {joined(f"{spec.table}", "s", spec.key)}'


def _change_rows(frame: pl.DataFrame, spec: KindSpec) -> pl.DataFrame:
    a, b = (pl.col(name).fill_null(0) if name else pl.lit(0, pl.Int64) for name in spec.scope)
    return frame.select(
        pl.col("_seq").alias("seq"),
        pl.col("run").cast(pl.Int64),
        pl.lit(spec.kind.value).alias("kind"),
        pl.col("_action").alias("action"),
        key_text(spec.kind).alias("key"),
        a.alias("a"),
        b.alias("b"),
        pl.col("_identity").cast(pl.Int64).alias("identity"),
        pl.col("_row").cast(pl.Int64).alias("row"),
        pl.col("_before").alias("before"),
        pl.col("_after").alias("after"),
    )


def _records(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Return the columns of the table that a frame has, with their types."""
    held, schema = frame.schema, record_schema(kind)
    return frame.select(
        name if held[name] == dtype else pl.col(name).cast(dtype) for name, dtype in schema.items() if name in held
    )


def _with_folded(records: pl.DataFrame, spec: KindSpec) -> pl.DataFrame:
    """Add `NAME_folded` for each column of the records that is compared without regard to case."""
    names = [name for name in folded_columns(spec) if name in records.columns]
    with_folded = records.with_columns(stored(spec.kind, name).alias(f"{name}_folded") for name in names)
    differs = {name: pl.col(f"{name}_folded") != pl.col(name) for name in names}
    return with_folded.with_columns(pl.when(differs[name]).then(f"{name}_folded") for name in names)


def _is_filling(bulk: Bulk, parts: Parts) -> bool:
    """Whether more records are created than there were."""
    new = sum(len(frame) for changes, _ in parts for frame in changes.created.values())
    return new > _MANY_ROWS and new > sum(roster.held(bulk, kind) for kind in SPECS)


def _append(bulk: Bulk, table: sa.Table, rows: pl.DataFrame, held: int) -> None:
    """Add rows to a table that holds that many; make its indexes anew where that costs less.

    An index in which none of the rows is stays: of deleted records, for new ones are live, or of a column they lack.
    """
    many = len(rows) > _MANY_ROWS and len(rows) > _MANY_OF_TABLE * (held + len(rows))
    touched = [index for index in table.indexes if _is_entered(index, rows)]
    rebuilt = sorted(touched, key=lambda index: str(index.name)) if many else []
    for index in rebuilt:
        bulk.execute(f'DROP INDEX "{index.name}"')
    bulk.append(table.name, rows)
    for index in rebuilt:
        bulk.execute(_created(index, table.name))


def _is_entered(index: sa.Index, rows: pl.DataFrame) -> bool:
    """Whether some of these live rows are in an index."""
    where = index.dialect_options["sqlite"]["where"]
    lacking = [f"{column.name} IS NOT NULL" for column in index.columns if column.name not in rows.columns]
    return where is not GONE and str(where) not in lacking


def _created(index: sa.Index, table: str) -> str:
    """Return the SQL that makes an index, as both databases understand it."""
    where = index.dialect_options["sqlite"]["where"]
    return (
        f'CREATE {"UNIQUE " if index.unique else ""}INDEX "{index.name}" '
        f'ON "{table}" ({quoted(*(column.name for column in index.columns))})'
        f"{'' if where is None else f' WHERE {where}'}"
    )


def _count(bulk: Bulk, kind: Kind, *, live: int, held: int) -> None:
    bulk.execute(
        "INSERT INTO population (kind, live, held) VALUES ($1, $2, $3) ON CONFLICT (kind) "
        "DO UPDATE SET live = population.live + excluded.live, held = population.held + excluded.held",
        kind.value,
        live,
        held,
    )


def _remember(bulk: Bulk, feed: str, token: str, seq: int) -> None:
    bulk.execute(
        "INSERT INTO memories (feed, token, seq) VALUES ($1, $2, $3) ON CONFLICT (feed) "
        "DO UPDATE SET token = excluded.token, seq = excluded.seq",
        feed,
        token,
        seq,
    )


def _save_runs(bulk: Bulk, changed: Sequence[Run]) -> None:
    ids = ", ".join(f"{run.id:d}" for run in changed)
    known = bulk.query(f"SELECT COUNT(*) FROM runs WHERE id IN ({ids})", {"known": pl.Int64()}).item()
    if known != len(changed):
        raise SyncdError(f"there is no run {ids}")
    for run in changed:
        row = runs.as_row(run)
        values = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(row, start=2))
        bulk.execute(f"UPDATE runs SET {values} WHERE id = $1", run.id, *row.values())
        for place, tryback in runs.trybacks(run):
            bulk.execute("UPDATE run_files SET tryback = $3 WHERE run = $1 AND place = $2", run.id, place, tryback)
