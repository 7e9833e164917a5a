"""How long what a run left behind is kept.

A run that is not over needs everything it has; so does one from which another was made that is not over.
Each class of artefact has its own time: one age for everything would remove inputs that nobody has worked yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.core.runs import Run


class Leaving(StrEnum):
    """What a run leaves behind, by the name of the setting that says how long."""

    ARCHIVES = "archives"
    TRYBACKS = "trybacks"
    REPORTS = "reports"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long each class is kept after the end of its run; None is for ever.

    letters: those that were set aside, from then on; they are of no run.
    """

    archives: timedelta | None = None
    trybacks: timedelta | None = None
    reports: timedelta | None = None
    history: timedelta | None = None
    letters: timedelta | None = None

    def expired(self, ended: datetime, now: datetime) -> frozenset[Leaving]:
        """Return the classes of which a run that ended then has nothing to keep any longer."""
        times = {what: getattr(self, what.value) for what in Leaving}
        return frozenset(what for what, time in times.items() if time is not None and now - ended > time)


def ended(run: Run) -> datetime:
    """Return when a run ended; one that knows no end is as old as its file."""
    return run.finished or run.received


def needed(runs: Iterable[Run]) -> frozenset[int]:
    """Return the ids of the runs that must keep everything, of all the runs of which one is not over."""
    return frozenset(id for run in runs if not run.state.is_final for id in (run.id, run.parent) if id)


def leapt(wall: timedelta, steady: timedelta, allowed: timedelta = timedelta(days=1)) -> bool:
    """Tell whether the clock of the wall went on further than time did; then it says nothing about ages.

    Set ahead by a year it would make everything look a year older, and all of it would be removed.
    """
    return wall - steady > allowed
