"""A change set: what a run will do to the roster, as columns. It is stored, shown, weighed and applied as it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from syncd.core.contents import CONTENTS
from syncd.core.kinds import SPECS, Kind, Type
from syncd.core.limits import ChangeCounts

DTYPES: Mapping[Type, pl.DataType] = {
    Type.TEXT: pl.String(),
    Type.INTEGER: pl.Int64(),
    Type.JSON: pl.String(),
}

CHANGE_COLUMNS: dict[str, pl.DataType] = {
    "_action": pl.String(),
    "_row": pl.Int64(),
    "_identity": pl.Boolean(),
    "_before": pl.String(),
    "_after": pl.String(),
}
"""What a changed record carries beside its new columns: updated, disabled or deleted; the row that
asked for it; whether rows may now find it differently; and the columns that differ, as JSON objects. The objects
of one kind name the same columns, those that differ in any record; where one does not differ it is null in both."""


def record_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the frame schema of a kind's records, columns in the order of the table."""
    types = SPECS[kind].types()
    return {name: DTYPES[types[name]] for name in SPECS[kind].names}


@cache
def no_records(kind: Kind) -> pl.DataFrame:
    """Return an empty frame of a kind's records."""
    return pl.DataFrame(schema=record_schema(kind))


def moving(changed: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns that differ in any of the changed records of a kind."""
    return tuple(json.loads(changed.item(0, "_after"))) if len(changed) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """Changes by kind, in order of dependence.

    created: new records, with `_row`, the row that asked for each; a column that all leave empty may be
    left out. changed: whole
    records as they will be, with CHANGE_COLUMNS. A record stands in one of the two at most once.
    """

    created: Mapping[Kind, pl.DataFrame] = field(default_factory=dict)
    changed: Mapping[Kind, pl.DataFrame] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many records are created or changed."""
        return sum(len(frame) for frame in (*self.created.values(), *self.changed.values()))

    def counts(self) -> dict[Kind, ChangeCounts]:
        """Return how many records of each kind are created, updated, disabled and deleted."""
        return {kind: self._count(kind) for kind in SPECS if kind in self.created or kind in self.changed}

    def until(self, row: int) -> "ChangeSet":
        """Return the changes for which rows up to this one asked."""
        created, changed = (
            {kind: frame.filter(pl.col("_row") <= row) for kind, frame in frames.items()}
            for frames in (self.created, self.changed)
        )
        return ChangeSet(created=created, changed=changed)

    @property
    def steps(self) -> int:
        """How far the number of the last change moves: by the records that are changed, or by one for new ones only."""
        changed = sum(len(frame) for frame in self.changed.values())
        return changed or int(not self.is_empty)

    @property
    def is_empty(self) -> bool:
        """True where nothing would change."""
        return all(frame.is_empty() for frame in (*self.created.values(), *self.changed.values()))

    @property
    def has_content(self) -> bool:
        """True where records come or change to which bytes belong that are no column."""
        return any(kind in CONTENTS for kind in (*self.created, *self.changed))

    def population_after(self, before: Mapping[Kind, int]) -> dict[Kind, int]:
        """Return how many live records of each kind there are after the changes, given how many there were."""
        return grown(before, self.counts())

    def _revived(self, kind: Kind) -> int:
        """Return how many deleted records live again as plain updates; they are counted as created."""
        if kind not in self.changed:
            return 0
        was = pl.col("_before").str.json_path_match("$.state")
        return self.changed[kind].filter((was == "deleted") & (pl.col("_action") == "updated")).height

    def _count(self, kind: Kind) -> ChangeCounts:
        created = len(self.created[kind]) if kind in self.created else 0
        by_action: dict[str, int] = {}
        if kind in self.changed:
            by_action = dict(self.changed[kind].get_column("_action").value_counts().iter_rows())
        revived = self._revived(kind)
        return ChangeCounts(
            created=created + revived,
            updated=by_action.get("updated", 0) - revived,
            disabled=by_action.get("disabled", 0),
            deleted=by_action.get("deleted", 0),
        )


def grown(before: Mapping[Kind, int], counts: Mapping[Kind, ChangeCounts]) -> dict[Kind, int]:
    """Return how many live records of each kind there are after changes of which there are so many."""
    moved = {kind: before.get(kind, 0) + each.created - each.deleted for kind, each in counts.items()}
    return {**before, **moved}
