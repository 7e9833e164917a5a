"""Which runs may be undone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts
from syncd.core.runs import UNDO, RowCounts, Run, RunState, Trigger
from syncd.core.undoing import why_not_undone

SOMETHING = {Kind.USER: ChangeCounts(created=1)}


def run(id: int = 5, **fields: Any) -> Run:
    known = {"work": f"w{id}", "file": "f.csv", "trigger": Trigger.CLI, "received": datetime(2026, 11, 21, tzinfo=UTC)}
    return Run(**known | {"id": id, "state": RunState.COMPLETED, "changes": SOMETHING} | fields)


def undo(id: int, state: RunState, failed: int = 0) -> Run:
    return run(id, state=state, operation=UNDO, parent=5, rows=RowCounts(applied=1, failed=failed))


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES])
def test_what_was_applied_may_be_undone(state: RunState) -> None:
    """Also what failed in part, and what is an undo itself."""
    assert "" == why_not_undone(run(state=state), [])
    assert "" == why_not_undone(run(state=state, operation=UNDO, parent=4), [run(6)])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.HELD, "run 5 is held, so nothing of it was applied; to end it: syncd reject 5"),
        (RunState.FAILED, "run 5 failed, so it changed nothing"),
        (RunState.REJECTED, "run 5 was rejected, so it changed nothing"),
        (RunState.ABORTED, "run 5 was aborted, so it changed nothing"),
        (RunState.PUSHING, "run 5 is still under way (pushing); try again when it is over"),
    ],
)
def test_what_was_not_applied_is_refused_with_a_sentence(state: RunState, words: str) -> None:
    """One clear sentence, with the next command where there is one."""
    assert words == why_not_undone(run(state=state), [])


def test_a_run_that_changed_nothing_has_nothing_to_undo() -> None:
    """The same file again, for instance."""
    assert "run 5 changed nothing, so there is nothing to undo" == why_not_undone(
        run(changes={Kind.USER: ChangeCounts()}), []
    )


def test_a_run_is_undone_once() -> None:
    """Unless records had to stay; these may be taken back when the reason is gone."""
    undone = run(state=RunState.UNDONE)
    assert "run 5 is undone already, by run 6" == why_not_undone(undone, [undo(6, RunState.COMPLETED)])
    partly = undo(6, RunState.COMPLETED_WITH_FAILURES, failed=2)
    assert "" == why_not_undone(undone, [partly])
    assert "run 5 is undone already, by run 7" == why_not_undone(undone, [undo(7, RunState.COMPLETED), partly])


def test_what_an_undone_undo_brought_back_came_by_that_run() -> None:
    """So that one is to be undone; this one has nothing in the roster any more."""
    words = why_not_undone(run(state=RunState.UNDONE), [undo(6, RunState.UNDONE)])
    assert "run 5 was undone by run 6, and that was undone in its turn: undo the run that did so" == words


def test_an_undo_that_waits_is_decided_first() -> None:
    """Two plans to take back the same would stand in each other's way."""
    assert "run 5 is being undone by run 6, which is held: syncd approve 6 or syncd reject 6" == why_not_undone(
        run(), [undo(6, RunState.HELD)]
    )
    assert "" == why_not_undone(run(), [undo(6, RunState.REJECTED)])
