"""Limits: the most that one run may change, and whether a plan goes over one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from syncd.core.kinds import Kind


class Direction(StrEnum):
    """What a limit counts: removals (disabled and deleted), updates, or growth (created)."""

    REMOVALS = "removals"
    UPDATES = "updates"
    GROWTH = "growth"


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

    def count(self, direction: Direction) -> int:
        """Return what a limit of this direction weighs."""
        if direction is Direction.REMOVALS:
            return self.disabled + self.deleted
        return self.updated if direction is Direction.UPDATES else self.created


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A limit that a plan would break."""

    kind: Kind
    direction: Direction
    planned: int
    allowed: int
    population: int
    limit: str

    def __str__(self) -> str:
        return (
            f"{self.planned} {self.kind} {self.direction} planned, {self.allowed} allowed "
            f"of {self.population} (limit: {self.limit})"
        )


Limits = Mapping[tuple[Kind, Direction], Limit]


def weigh(changes: Mapping[Kind, ChangeCounts], population: Mapping[Kind, int], limits: Limits) -> tuple[Breach, ...]:
    """Return every limit that the plan would break; empty means it may go ahead.

    Weighs the whole plan before the first change. Counting as we delete would stop
    too late: the first N people would already be gone. Growth of a kind of which the
    roster holds nothing yet is not weighed: a first load is not a surprise.
    """
    return tuple(_breaches(changes, population, limits))


def _breaches(changes: Mapping[Kind, ChangeCounts], population: Mapping[Kind, int], limits: Limits) -> Iterable[Breach]:
    for (kind, direction), limit in limits.items():
        held = population.get(kind, 0)
        planned = changes.get(kind, ChangeCounts()).count(direction)
        allowed = limit.allowed(held)
        if allowed is None or planned <= allowed or (direction is Direction.GROWTH and not held):
            continue
        yield Breach(
            kind=kind, direction=direction, planned=planned, allowed=allowed, population=held, limit=str(limit)
        )
