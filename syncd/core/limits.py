"""Limits: the most that a delivery may change, and whether a plan goes over one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from syncd.core.absences import Absence
from syncd.core.kinds import Kind


class Direction(StrEnum):
    """What a limit counts: removals (disabled and deleted), updates, or growth (created)."""

    REMOVALS = "removals"
    UPDATES = "updates"
    GROWTH = "growth"


_ONE = {Direction.REMOVALS: "removal", Direction.UPDATES: "update", Direction.GROWTH: "growth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most records of one kind that a run may change in one direction.

    A plan may go up to the count or up to the percentage of the live records,
    whichever is more; so that a small roster is not held for a handful, nor a large one
    for a thousandth. With neither given there is no limit.
    """

    count: int | None = None
    percent: float | None = None

    def allowed(self, population: int) -> int | None:
        """Return how many changes are allowed among that many records; None for any number."""
        bounds = [self.count] if self.count is not None else []
        if self.percent is not None:
            bounds.append(int(population * Fraction(str(self.percent)) / 100))
        return max(bounds) if bounds else None

    def __str__(self) -> str:
        parts = [str(self.count)] if self.count is not None else []
        if self.percent is not None:
            parts.append(f"{self.percent:g} %")
        return " or ".join(parts) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCounts:
    """How many records of one kind a plan changes, by what happens to them."""

    created: int = 0
    updated: int = 0
    disabled: int = 0
    deleted: int = 0

    def __add__(self, other: "ChangeCounts") -> "ChangeCounts":
        """Return the counts of two plans together."""
        return ChangeCounts(
            created=self.created + other.created,
            updated=self.updated + other.updated,
            disabled=self.disabled + other.disabled,
            deleted=self.deleted + other.deleted,
        )

    def count(self, direction: Direction) -> int:
        """Return what a limit of this direction weighs."""
        if direction is Direction.REMOVALS:
            return self.disabled + self.deleted
        return self.updated if direction is Direction.UPDATES else self.created


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A limit that a plan would break.

    earlier: how many of the changes earlier files of the delivery made. scope: of a snapshot, where it is what the
    snapshot leaves out that is too much for its scope.
    """

    kind: Kind
    direction: Direction
    planned: int
    allowed: int
    population: int
    limit: str
    earlier: int = 0
    scope: str = ""

    @property
    def what(self) -> str:
        """What is planned, in words: "removals", or "removal" where it is one."""
        return _ONE[self.direction] if self.planned == 1 else self.direction.value

    def __str__(self) -> str:
        if self.scope:
            return (
                f"{self.planned} of {self.population} {self.kind} records of {self.scope} are absent, "
                f"{self.allowed} may be (limit: {self.limit})"
            )
        others = f", {self.earlier} of them done by earlier files of the delivery" if self.earlier else ""
        return (
            f"{self.planned} {self.kind} {self.what} planned{others}, {self.allowed} allowed "
            f"of {self.population} (limit: {self.limit})"
        )


Limits = Mapping[tuple[Kind, Direction], Limit]


def weigh(
    changes: Mapping[Kind, ChangeCounts],
    population: Mapping[Kind, int],
    limits: Limits,
    earlier: Mapping[Kind, ChangeCounts] = MappingProxyType({}),
    absences: Iterable[Absence] = (),
) -> tuple[Breach, ...]:
    """Return every limit that the plan would break; empty means it may go ahead.

    earlier: what the files of the same delivery did that were worked before; a limit holds for the delivery.
    absences: what a snapshot leaves out, weighed against its scope as well.

    Weighs the whole plan before the first change. Counting as we delete would stop
    too late: the first N people would already be gone. Growth of a kind of which the
    roster holds nothing yet is not weighed: a first load is not a surprise.
    """
    return (*_breaches(changes, population, limits, earlier), *_absent(absences, limits))


def _breaches(
    changes: Mapping[Kind, ChangeCounts],
    population: Mapping[Kind, int],
    limits: Limits,
    earlier: Mapping[Kind, ChangeCounts],
) -> Iterable[Breach]:
    for (kind, direction), limit in limits.items():
        planned = changes[kind].count(direction) if kind in changes else 0
        if not planned:
            continue
        others = earlier.get(kind, ChangeCounts())
        held, done = max(population.get(kind, 0) - others.created + others.deleted, 0), others.count(direction)
        allowed = limit.allowed(held)
        if allowed is None or planned + done <= allowed or (direction is Direction.GROWTH and not held):
            continue
        yield Breach(
            kind=kind,
            direction=direction,
            planned=planned + done,
            allowed=allowed,
            population=held,
            limit=str(limit),
            earlier=done,
        )


def _absent(absences: Iterable[Absence], limits: Limits) -> Iterable[Breach]:
    for absence in absences:
        direction = Direction.REMOVALS if absence.removes else Direction.UPDATES
        limit = limits.get((absence.kind, direction), Limit())
        allowed = limit.allowed(absence.population)
        if allowed is not None and absence.gone > allowed:
            yield Breach(
                kind=absence.kind,
                direction=direction,
                planned=absence.gone,
                allowed=allowed,
                population=absence.population,
                limit=str(limit),
                scope=absence.scope,
            )
