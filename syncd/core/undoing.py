"""The run that takes back another one, and whether there may be one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex

from syncd.core.runs import UNDO, Run, RunState, Trigger

_NOTHING_DONE: Mapping[RunState, str] = {
    RunState.HELD: "is held, so nothing of it was applied; to end it: syncd reject {id}",
    RunState.FAILED: "failed, so it changed nothing",
    RunState.REJECTED: "was rejected, so it changed nothing",
    RunState.ABORTED: "was aborted, so it changed nothing",
}
_TAKEN_BACK = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES, RunState.UNDONE})


def undo_of(undone: Run, by: str, reason: str, now: datetime) -> Run:
    """Return the run that takes back another one, as somebody asks for it now."""
    return Run(
        work=f"{UNDO}-{undone.id}-{token_hex(8)}",
        file=undone.file,
        trigger=Trigger.CLI,
        received=now,
        parent=undone.id,
        by=by,
        reason=reason,
        feed=undone.feed,
        dialect=undone.dialect,
        object=undone.object,
        operation=UNDO,
        data_source=undone.data_source,
    )


def why_not_undone(run: Run, children: Sequence[Run]) -> str:
    """Return the sentence why a run cannot be undone, "" where it can.

    A run that was undone but for some records may be undone again, for those; what was taken
    back already is as it was. children: every run that was made from it.
    """
    named = f"run {run.id} {{}}"
    if run.state in _NOTHING_DONE:
        return named.format(_NOTHING_DONE[run.state].format(id=run.id))
    if not run.state.is_final:
        return named.format(f"is still under way ({run.state.value}); try again when it is over")
    undos = sorted((child for child in children if child.is_undo), key=lambda child: child.id)
    waiting = next((undo for undo in undos if not undo.state.is_final), None)
    if waiting is not None:
        then = f"syncd approve {waiting.id} or syncd reject {waiting.id}"
        return named.format(f"is being undone by run {waiting.id}, which is {waiting.state.value}: {then}")
    if run.state is RunState.UNDONE:
        return _undone_already(run, [undo for undo in undos if undo.state in _TAKEN_BACK])
    if not any(counts.created + counts.updated + counts.disabled + counts.deleted for counts in run.changes.values()):
        return named.format("changed nothing, so there is nothing to undo")
    return ""


def _undone_already(run: Run, undos: Sequence[Run]) -> str:
    if not undos:
        return f"run {run.id} is undone already"
    last = undos[-1]
    if last.state is RunState.UNDONE:
        return f"run {run.id} was undone by run {last.id}, and that was undone in its turn: undo the run that did so"
    return "" if last.rows.failed else f"run {run.id} is undone already, by run {last.id}"
