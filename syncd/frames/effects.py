"""What a change set does to whom, whatever numbers its new records were given: by this two plans are compared."""

from collections.abc import Mapping

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.frames.changes import ChangeSet

_EFFECT = "_effect"


def effects(changes: ChangeSet) -> Mapping[Kind, pl.DataFrame]:
    """Return the records that a change set creates and changes, each with `_effect`, a hash of what becomes of it.

    A new record is what its columns say; where it refers to another new one, to what that one says. A changed record
    is its key, and its columns that change. So plans for the same people and things have the same effects, also where
    another run took the ids in between, or changed other columns.
    """
    found: dict[Kind, pl.DataFrame] = {}
    new: dict[Kind, pl.DataFrame] = {}
    for kind, spec in SPECS.items():
        frames = []
        if (created := changes.created.get(kind)) is not None:
            told = _without_ids(created, kind, new)
            columns = sorted(name for name in told.columns if name not in ("id", "_row"))
            marked = created.with_columns(told.select(pl.struct(columns).hash(seed=0).alias(_EFFECT)))
            frames.append(marked)
            if spec.is_entity:
                new[kind] = marked.select("id", pl.col(_EFFECT).cast(pl.String).alias("_new"))
        if (changed := changes.changed.get(kind)) is not None:
            told = _without_ids(changed, kind, new)
            by = pl.struct(*spec.key, "_action", "_after")
            frames.append(changed.with_columns(told.select(by.hash(seed=1).alias(_EFFECT))))
        if frames:
            found[kind] = pl.concat(frames, how="diagonal")
    return found


def _without_ids(records: pl.DataFrame, kind: Kind, new: Mapping[Kind, pl.DataFrame]) -> pl.DataFrame:
    """Return the records with references as text: to a new record by its effect, to others by their ids."""
    for column, target in SPECS[kind].refers().items():
        if column not in records.columns:
            continue
        text = pl.col(column).cast(pl.String)
        if target in new:
            records = records.join(new[target], left_on=column, right_on="id", how="left", maintain_order="left")
            records = records.with_columns(pl.coalesce("_new", text).alias(column)).drop("_new")
        else:
            records = records.with_columns(text)
    return records


def only_in(one: Mapping[Kind, pl.DataFrame], other: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    """Return the records of which the first change set makes something that the other one does not."""
    left = {
        kind: frame.join(other[kind].select(_EFFECT), on=_EFFECT, how="anti") if kind in other else frame
        for kind, frame in one.items()
    }
    return {kind: frame for kind, frame in left.items() if not frame.is_empty()}
