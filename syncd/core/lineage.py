"""Lineage: how many rows of a run are still open, after all the runs that were made from it.

Every run says how many rows it left to be mended. Runs made from it, or from its tryback, close some of them:

- one that brings at least as many rows as wait stands for all that came before it: what is open
  in it is what is open at all;
- those after it that bring fewer rows close what is not open in themselves; the same bytes count once.

What is open in a child takes its own children into account, so a chain of trybacks closes what
its last one mended. A child that is held, failed as a whole, or was undone closes nothing.
"""

from collections.abc import Mapping, Sequence

from syncd.core.runs import Lineage, Run, RunState

_DONE = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES})


def lineages(runs: Sequence[Run], children: Mapping[int, Sequence[Run]]) -> dict[int, Lineage]:
    """Return the lineage of each run by its id.

    children: the runs made from a run by the id of that, for all the runs and all that descend from them.
    """
    everyone = {run.id: run for run in runs} | {child.id: child for each in children.values() for child in each}
    found: dict[int, Lineage] = {}
    # A child is always younger than its parent, so all of its own children are known by then.
    for run in sorted(everyone.values(), key=lambda run: run.id, reverse=True):
        own = tuple(sorted(children.get(run.id, ()), key=lambda child: child.id))
        found[run.id] = Lineage(children=own, open=_open(run, own, found))
    return {run.id: found[run.id] for run in runs}


def _open(run: Run, children: Sequence[Run], known: Mapping[int, Lineage]) -> int:
    left = run.unmended
    parts: dict[str, Run] = {}
    for child in children:
        if child.is_undo or child.state not in _DONE:
            continue
        if child.rows.total >= run.unmended:
            left = min(run.unmended, known[child.id].open)
            parts.clear()
        else:
            parts[child.sha256] = child
    closed = sum(part.rows.total - known[part.id].open for part in parts.values())
    return max(0, left - closed)
