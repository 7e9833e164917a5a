"""Whether remembered rows still stand: which changes of the roster make which rows count as new again."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.engine.results import ANYONE
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory, among, forget, works_on

_TOUCHES = {"kind": pl.String(), "a": pl.Int64(), "b": pl.Int64(), "identity": pl.Boolean()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the rows of a kind of file depend on.

    pairs: kinds of which a change concerns the rows of the same person and place. persons, places:
    kinds of which any change concerns all rows of the person, of the place. person_names, place_names,
    all_names: kinds of which only a change of identity does so; all_names for every row. everything: no row
    is remembered by itself, and the same file again is known only while nothing at all changed since, not even by
    a new record.
    """

    pairs: Collection[Kind] = ()
    persons: Collection[Kind] = ()
    places: Collection[Kind] = ()
    person_names: Collection[Kind] = ()
    place_names: Collection[Kind] = ()
    all_names: Collection[Kind] = ()
    everything: bool = False

    @classmethod
    def of_links(cls, *kinds: Kind, places: Collection[Kind] = (), all_names: Collection[Kind] = ()) -> "Watch":
        """Return what rows depend on that make links of the first of these kinds.

        These are the links of all these kinds between the same person and place, and the names of what the first joins.
        """
        named = set(SPECS[kinds[0]].refers().values())
        return cls(
            pairs=kinds,
            places=places,
            person_names=sorted(named & {Kind.USER}),
            place_names=sorted(named - {Kind.USER}),
            all_names=all_names,
        )

    def kinds(self) -> frozenset[Kind]:
        """Return every kind that is watched at all."""
        return frozenset(
            (*self.pairs, *self.persons, *self.places, *self.person_names, *self.place_names, *self.all_names)
        )


def still_standing(memory: RowMemory, touches: pl.DataFrame, watch: Watch) -> RowMemory:
    """Return the memory without the rows that any of these changes concerns."""
    return memory if touches.is_empty() or not len(memory) else forget(memory, fallen(memory, touches, watch))


def fallen(memory: RowMemory, touches: pl.DataFrame, watch: Watch) -> npt.NDArray[np.bool_]:
    """Return which remembered rows any of these changes concerns."""
    names = touches.filter(pl.col("identity"))
    if not _of(names, watch.all_names).is_empty():
        return np.ones(len(memory), np.bool_)
    pairs = _of(touches, watch.pairs)
    places = pl.concat([_of(touches, watch.places), _of(names, watch.place_names)])
    persons = pl.concat([_of(touches, watch.persons), _of(names, watch.person_names)])
    gone = works_on(memory, _ids(pairs, "a"), _ids(pairs, "b"), anyone_at=_ids(places, "b"))
    return gone | among(memory.a, _ids(persons, "a"))


def touches_of(changes: ChangeSet) -> pl.DataFrame:
    """Return the touches of a change set that is yet to be applied, as the store will tell them afterwards."""
    frames = [pl.DataFrame(schema=_TOUCHES)]
    for kind, changed in changes.changed.items():
        a, b = ((pl.col(name).fill_null(0) if name else pl.lit(0)).cast(pl.Int64) for name in SPECS[kind].scope)
        frames.append(
            changed.select(
                pl.lit(kind.value).alias("kind"), a.alias("a"), b.alias("b"), pl.col("_identity").alias("identity")
            )
        )
    return pl.concat(frames)


def crossed(memory: RowMemory, known: npt.NDArray[np.int32], scopes: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which known rows of a file work on a person and place that a new row works on too.

    known: place of every row in the memory, -1 for new ones. scopes: columns a, b of the new rows.
    """
    again = np.zeros(len(known), np.bool_)
    if scopes.is_empty() or not (known >= 0).any():
        return again
    pairs = scopes.filter(pl.col("a") != ANYONE)
    everyone = scopes.filter(pl.col("a") == ANYONE)
    marked = works_on(memory, _ids(pairs, "a"), _ids(pairs, "b"), anyone_at=_ids(everyone, "b"))
    if marked.any():
        again[known >= 0] = marked[known[known >= 0]]
    return again


def _of(touches: pl.DataFrame, kinds: Collection[Kind]) -> pl.DataFrame:
    return touches.filter(pl.col("kind").is_in([kind.value for kind in kinds]))


def _ids(touches: pl.DataFrame, column: str) -> npt.NDArray[np.int64]:
    return touches.get_column(column).cast(pl.Int64).to_numpy()
