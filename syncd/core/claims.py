"""A claim: as which data source a run writes, which sources it owns, and what it does with a record of another."""

from dataclasses import dataclass
from enum import StrEnum


class Foreign(StrEnum):
    """What becomes of a record of another data source that a run wants to change.

    It is refused; or updated and left to its owner; or taken over, so that it belongs to the run's data source.
    """

    REFUSE = "refuse"
    UPDATE = "update"
    TAKE_OVER = "take over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """As whom a run works (promise 7).

    data_source: the one that new records belong to, where their row names none. also: further data sources whose
    records are its own, in the order of names.
    """

    data_source: str
    also: tuple[str, ...] = ()
    foreign: Foreign = Foreign.REFUSE

    @property
    def owned(self) -> frozenset[str]:
        """The data sources whose records are the run's own."""
        return frozenset((self.data_source, *self.also))
