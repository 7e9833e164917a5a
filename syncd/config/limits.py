"""The limits as settings: the most that a delivery may change."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from syncd.config.table import Table
from syncd.config.values import NoLimit
from syncd.core import limits
from syncd.core.limits import Direction, Limit
from syncd.dialects.registry import every_kind


class NoBound(Table):
    """A limit that is off unless it is set."""

    count: Annotated[int | None, NoLimit] = Field(
        default=None, ge=0, description="The most records, whatever the roster holds.", examples=[50]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=None, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[5]
    )


class EntityBound(NoBound):
    """How many users, courses, … may go in one run."""

    count: Annotated[int | None, NoLimit] = Field(
        default=50, ge=0, description="The most records, whatever the roster holds.", examples=[100]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=5, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[10]
    )


class LinkBound(NoBound):
    """How many enrolments, memberships, … may go in one run."""

    count: Annotated[int | None, NoLimit] = Field(
        default=1000, ge=0, description="The most records, whatever the roster holds.", examples=[5000]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=10, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[25]
    )


class EntityLimits(Table):
    """The limits of a kind of which each record is a person or a place."""

    removals: EntityBound = EntityBound()
    updates: NoBound = NoBound()
    growth: NoBound = NoBound()


class LinkLimits(Table):
    """The limits of a kind of which each record joins two others."""

    removals: LinkBound = LinkBound()
    updates: NoBound = NoBound()
    growth: NoBound = NoBound()


class _Limits(Table):
    """The most that the files of one delivery may change together, weighed before the first change of each file.

    A delivery may go up to the count or up to the percentage of the live records, whichever is
    more; over both, it is held until somebody approves or rejects it. "none" takes one of the
    two away; without both there is no limit. Removals are records disabled or deleted.
    """

    def as_limits(self) -> limits.Limits:
        """Return the limits that are on, in the order of kinds."""
        bounds = (
            ((kind, direction), getattr(getattr(self, kind.value), direction.value))
            for kind in every_kind()
            for direction in Direction
        )
        return {
            key: Limit(count=bound.count, percent=bound.percent)
            for key, bound in bounds
            if bound.count is not None or bound.percent is not None
        }

    def over(self, base: "_Limits") -> "_Limits":
        """Return the limits of `base` with every value that is set here in its place."""
        return Limits.model_validate(_merged(base.model_dump(), self.model_dump(exclude_unset=True)))


if TYPE_CHECKING:
    Limits = _Limits
else:
    _TABLES = {kind.value: EntityLimits if spec.few else LinkLimits for kind, spec in every_kind().items()}
    Limits = create_model(
        "Limits",
        __base__=_Limits,
        __doc__=_Limits.__doc__,
        **{name: (table, table()) for name, table in _TABLES.items()},
    )


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    inner = {name: _merged(base[name], value) for name, value in over.items() if isinstance(value, dict)}
    return {**base, **over, **inner}
