"""The trail of a run: every record that it made or changed, as it is now and as it was before the run."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from syncd.core.kinds import SPECS, Kind, State
from syncd.core.runs import Run
from syncd.engine.ports import Store
from syncd.frames.changes import no_records, record_schema
from syncd.frames.keys import key_beginnings, key_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The records of one kind that a run touched: now, and then, before the run.

    Both have the columns of records and `row`, which numbers the records of the whole trail from 1. What the run
    made is deleted then; of what it changed the columns that it moved are as they were, the others as they are now.
    """

    now: pl.DataFrame
    then: pl.DataFrame

    def without(self, rows: pl.Series) -> "Steps":
        """Return the steps but for these rows."""
        kept = ~pl.col("row").is_in(rows.implode())
        return Steps(now=self.now.filter(kept), then=self.then.filter(kept))


def trail_of(run: Run, store: Store) -> dict[Kind, Steps]:
    """Return what a run touched, kind by kind in order of dependence."""
    changes = store.changes_of(run)
    trail: dict[Kind, Steps] = {}
    count = 0
    for kind in SPECS:
        made = store.created_by(kind, run) if kind in run.changes else no_records(kind)
        now, then = _moved(kind, changes.filter(pl.col("kind") == kind.value), store)
        now = pl.concat([made, now])
        then = pl.concat([made.with_columns(pl.lit(State.DELETED.value).alias("state")), then])
        if now.is_empty():
            continue
        rows = pl.int_range(count + 1, count + 1 + len(now), dtype=pl.Int64, eager=True).alias("row")
        trail[kind] = Steps(now=now.with_columns(rows), then=then.with_columns(rows))
        count += len(now)
    return trail


def touched_later(kind: Kind, steps: Steps, run: Run, store: Store) -> pl.DataFrame:
    """Return the rows whose record is no longer as the run left it, with `by`, the run that touched it last.

    A later run that was taken back since, without anything upon it, does not count.
    """
    touched = steps.now.filter(pl.col("run") != run.id).with_columns(key_text(kind).alias("_key"))
    found = touched.select("row", pl.col("run").alias("by"))
    last = {id: store.run(id) for id in touched.get_column("run").unique()}
    undoing = [id for id, one in last.items() if one is not None and one.is_undo]
    doubtful = touched.filter(pl.col("run").is_in(undoing))
    if doubtful.is_empty():
        return found
    later = store.later_changes(kind, doubtful.get_column("_key"), run.roster_seq)
    later = later.filter(pl.col("run") != run.id)
    undoes = {id: _undone_by(store.run(id)) for id in later.get_column("run").unique()}
    by_key = later.group_by("key", maintain_order=True).agg("run")
    standing = [key for key, ids in by_key.iter_rows() if last_standing(run.id, ids, undoes) == run.id]
    untouched = doubtful.filter(pl.col("_key").is_in(standing)).get_column("row")
    return found.filter(~pl.col("row").is_in(untouched.implode()))


def last_standing(first: int, later: Iterable[int], undoes: Mapping[int, int | None]) -> int:
    """Return the run whose work on a record stands last, 0 for none; each undo takes away what is uppermost.

    first: the run that touched the record at first. later: those after it, in order. undoes: whom each of them undoes.
    """
    standing = [first]
    for run in later:
        if standing and undoes[run] == standing[-1]:
            standing.pop()
        else:
            standing.append(run)
    return standing[-1] if standing else 0


def _undone_by(run: Run | None) -> int | None:
    return run.parent if run is not None and run.is_undo else None


def _moved(kind: Kind, changes: pl.DataFrame, store: Store) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records that a run changed, as they are and as they were."""
    if changes.is_empty():
        return no_records(kind), no_records(kind)
    schema = record_schema(kind)
    names = list(json.loads(changes.item(0, "after")))
    values = pl.Struct({name: schema[name] for name in names})
    was, became = (pl.col(side).str.json_decode(values) for side in ("before", "after"))
    moved = changes.select(
        "key",
        *(was.struct.field(name).alias(f"{name}_was") for name in names),
        *(was.struct.field(n).ne_missing(became.struct.field(n)).alias(f"{n}_moved") for n in names),
    )
    begin = key_beginnings(kind, changes.get_column("key"))
    now = store.find(kind, tuple(begin.columns), begin).with_columns(key_text(kind).alias("key"))
    both = moved.join(now, on="key", how="inner", maintain_order="left")
    then = both.with_columns(
        pl.when(f"{name}_moved").then(pl.col(f"{name}_was")).otherwise(pl.col(name)).alias(name) for name in names
    )
    return both.select(list(schema)), then.select(list(schema))
