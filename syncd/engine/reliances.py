"""Which records make no sense without which others, so that neither is taken away, nor brought back, alone.

Most of it is said by the references of the kinds. The rest is how the platform works: a member of a group is
enrolled or has a role in its course; what a cohort binding or a meta link makes needs it, and
the membership, or an enrolment in the master course with the same role.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from syncd.core.kinds import META, SPECS, Kind

_ANY = pl.lit(value=True)
_OF_META = pl.col("method") == META
_OF_COHORT = (pl.col("via") != 0) & ~_OF_META


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
def reliances() -> tuple[Reliance, ...]:
    """Return every reliance."""
    return (*_references(), *_PLATFORM)


def _references() -> Iterator[Reliance]:
    for kind, spec in SPECS.items():
        for column, target in spec.refers().items():
            yield Reliance(kind=kind, columns=(column,), on={target: ("id",)})


_PAIR = ("course_id", "user_id")
_PLATFORM = (
    Reliance(kind=Kind.GROUP_MEMBER, columns=_PAIR, on={Kind.ENROLMENT: _PAIR, Kind.ROLE_ASSIGNMENT: _PAIR}),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "course_id", "method", "role"),
        on={Kind.COHORT_BINDING: ("cohort_id", "course_id", "method", "role")},
        by=("course_id",),
        where=_OF_COHORT,
        made_by=Kind.COHORT_BINDING,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "user_id"),
        on={Kind.COHORT_MEMBER: ("cohort_id", "user_id")},
        by=("user_id",),
        where=_OF_COHORT,
        made_by=Kind.COHORT_BINDING,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("course_id", "via"),
        on={Kind.META_LINK: ("course_id", "master_id")},
        by=("course_id",),
        where=_OF_META,
        made_by=Kind.META_LINK,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "user_id", "role"),
        on={Kind.ENROLMENT: (*_PAIR, "role")},
        among=~_OF_META,
        by=("user_id",),
        where=_OF_META,
        made_by=Kind.META_LINK,
    ),
)
