"""What the files of a delivery changed so far: a limit holds for all of them together."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime

from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts
from syncd.core.runs import Run
from syncd.engine.ports import Store

_KEPT = 8
"""Deliveries that are counted along; those of others are added up from the store again."""

Counts = Mapping[Kind, ChangeCounts]


class Tally:
    """Adds up the changes of deliveries. A new process begins with what the store says of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[datetime, tuple[set[int], Counts]] = OrderedDict()

    def before(self, run: Run) -> Counts:
        """Return what the other files of a run's delivery changed."""
        if run.received not in self._known:
            done = self._store.done_of_delivery(run)
            self._known[run.received] = {each.id for each in done}, total(done)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[run.received][1]

    def add(self, run: Run) -> None:
        """Count a run that is carried out, once."""
        if run.received in self._known:
            ids, counts = self._known[run.received]
            if run.id not in ids:
                ids.add(run.id)
                self._known[run.received] = ids, added(counts, run.changes)

    def forget(self, run: Run) -> None:
        """Let the delivery of a run be added up again, since the run was taken back."""
        self._known.pop(run.received, None)


def total(runs: Iterable[Run]) -> Counts:
    """Return the changes of some runs together."""
    counts: Counts = {}
    for run in runs:
        counts = added(counts, run.changes)
    return counts


def added(one: Counts, other: Counts) -> Counts:
    """Return the changes of two of them together."""
    return {kind: one.get(kind, ChangeCounts()) + other.get(kind, ChangeCounts()) for kind in {*one, *other}}
