"""Which records make no sense without which others, so that neither is taken away, nor brought back, alone.

Most of it is said by the references of the kinds; the rest by the dialects, each for the platform it is made for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from syncd.core.kinds import SPECS, Kind

_ANY = pl.lit(value=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """A live record of a kind needs a live one of another.

    columns: what it names the other by; null names nobody. on: the kinds of which one has to be there, each with its
    columns in the same order. among: which of those will do. by: those of the columns by which the records that
    need it are looked up. where: which they are. made_by: the kind without which there are none.
    """

    kind: Kind
    columns: tuple[str, ...]
    on: Mapping[Kind, tuple[str, ...]]
    among: pl.Expr | None = None
    by: tuple[str, ...] = ()
    where: pl.Expr | None = None
    made_by: Kind | None = None

    @property
    def looked_up_by(self) -> tuple[str, ...]:
        """The columns by which the records that need something are found."""
        return self.by or self.columns

    @property
    def needs(self) -> pl.Expr:
        """Whether a record needs it."""
        return _ANY if self.where is None else self.where

    @property
    def will_do(self) -> pl.Expr:
        """Whether a record is one of those that are needed."""
        return _ANY if self.among is None else self.among


@cache
def references() -> tuple[Reliance, ...]:
    """Return the reliances that the references of the kinds make."""
    return tuple(
        Reliance(kind=kind, columns=(column,), on={target: ("id",)})
        for kind, spec in SPECS.items()
        for column, target in spec.refers().items()
    )
