"""How many rows are still open, after everything that was made from a run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.core.lineage import lineages
from syncd.core.runs import UNDO, RowCounts, Run, RunState, Trigger

FAILURES = RunState.COMPLETED_WITH_FAILURES


def run(id: int, parent: int | None = None, *, good: int = 0, bad: int = 0, **fields: Any) -> Run:
    known = {
        "work": f"w{id}",
        "file": "f.csv",
        "trigger": Trigger.CLI,
        "received": datetime(2026, 11, 21, tzinfo=UTC),
        "state": FAILURES if bad else RunState.COMPLETED,
        "rows": RowCounts(applied=good, failed=bad),
        "sha256": str(id),
    }
    return Run(**known | {"id": id, "parent": parent} | fields)


FIRST = run(1, good=6, bad=4)


def still_open(*others: Run) -> int:
    runs = (FIRST, *others)
    children = {one.id: [child for child in others if child.parent == one.id] for one in runs}
    return lineages([FIRST], children)[1].open


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((), 4),
        ((run(2, 1, good=4),), 0),
        ((run(2, 1, good=3, bad=1),), 1),
        ((run(2, 1, good=3, bad=1), run(3, 2, good=1)), 0),
        ((run(2, 1, good=2, bad=2), run(3, 2, good=1, bad=1), run(4, 3, bad=1)), 1),
        ((run(2, 1, good=1), run(3, 1, good=2)), 1),
        ((run(2, 1, good=1, sha256="x"), run(3, 1, good=1, sha256="x")), 3),
        ((run(2, 1, good=2, bad=2), run(3, 1, good=2, bad=2)), 2),
        ((run(2, 1, good=1, bad=3), run(3, 1, good=2)), 1),
        ((run(2, 1, good=3), run(3, 1, good=0, bad=4)), 4),
        ((run(2, 1, good=9, bad=1),), 1),
        ((run(2, 1, bad=9),), 4),
        ((run(2, 1, good=4, state=RunState.HELD),), 4),
        ((run(2, 1, good=4, state=RunState.UNDONE),), 4),
        ((run(2, 1, state=RunState.FAILED),), 4),
        ((run(2, 1, good=6, operation=UNDO),), 4),
    ],
    ids=[
        *("nothing since", "all mended", "one left", "a chain", "a long chain", "in two parts"),
        *("the same part twice", "the whole twice", "the whole, then a part", "a part, then the whole as it was"),
        *("the whole file again", "with more bad rows", "held", "undone", "failed", "the undo of the run itself"),
    ],
)
def test_what_later_runs_closed_is_not_open(others: tuple[Run, ...], expected: int) -> None:
    """The operator must see at once what is still to be done, never that all is well when it is not."""
    assert expected == still_open(*others)


def test_of_an_undone_run_nothing_is_wanted_any_more() -> None:
    """Nor are the rows that an undo left there to be mended: they have no file."""
    undone = run(1, good=1, bad=1, state=RunState.UNDONE)
    undo = run(2, 1, bad=3, operation=UNDO)
    found = lineages([undone, undo], {1: [undo]})
    assert (0, 0, (undo,)) == (found[1].open, found[2].open, found[1].children)


def test_a_chain_of_many_trybacks_is_followed_to_its_end() -> None:
    """One a day for years; no recursion runs out of room."""
    chain = [run(id, id - 1, bad=4) for id in range(2, 5000)]
    assert 0 == still_open(*chain, run(5000, 4999, good=4))
