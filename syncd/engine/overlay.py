"""The roster as it would be after a change set that is not applied: what a dry run of several files plans on."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.engine.ports import RosterView
from syncd.frames.changes import ChangeSet, no_records, record_schema
from syncd.frames.folding import stored


@dataclass(frozen=True, slots=True)
class Overlay:
    """A roster view: another one, with a change set on top."""

    below: RosterView
    changes: ChangeSet

    def holds(self, kind: Kind) -> bool:
        """Return whether there is any record of this kind, deleted ones included."""
        return kind in self.changes.created or self.below.holds(kind)

    def find(
        self, kind: Kind, columns: tuple[str, ...], values: pl.DataFrame | None, *, only: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Return the records whose columns equal a row of the values, every one for None; whole, or these columns."""
        above = self._above(kind)
        if values is not None:
            compared = [stored(kind, name) for name in columns]
            above = above.join(values.drop_nulls().unique(), left_on=compared, right_on=columns, how="semi")
        below = self.below.find(kind, columns, values)
        found = pl.concat([below.join(self._above(kind), on=SPECS[kind].key, how="anti"), above])
        return found.select(only) if only else found

    def names(self, kind: Kind, column: str, values: pl.DataFrame | None) -> pl.DataFrame:
        """Return columns id, `column` and state of all records so named, and maybe of others; of every one for None."""
        above = self._above(kind)
        below = self.below.names(kind, column, values).join(above, on="id", how="anti")
        return pl.concat([below, above.select(below.columns)])

    def next_id(self, kind: Kind) -> int:
        """Return the first id not yet used."""
        last = self.changes.created.get(kind, no_records(kind)).select(pl.col("id").max()).item() or 0
        return max(self.below.next_id(kind), int(last) + 1)

    def population(self) -> Mapping[Kind, int]:
        """Return how many live records there are of each kind."""
        return self.changes.population_after(self.below.population())

    def _above(self, kind: Kind) -> pl.DataFrame:
        known = [frames[kind] for frames in (self.changes.created, self.changes.changed) if kind in frames]
        columns = list(record_schema(kind))
        return pl.concat([no_records(kind), *known], how="diagonal_relaxed").select(columns)
