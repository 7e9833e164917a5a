"""Exit codes: what a script learns from a command without reading its words."""

from collections.abc import Iterable
from enum import IntEnum

from syncd.core.errors import LockedError, SyncdError, UsageError
from syncd.core.runs import Run, RunState


class Exit(IntEnum):
    """The codes of the contract, and the two that a shell gives for signals."""

    DONE = 0
    FAILURES = 1
    USAGE = 2
    HELD = 3
    LOCKED = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141


def of_runs(runs: Iterable[Run]) -> Exit:
    """Return the code of what became of some runs: held before failed, failed before done."""
    verdict = Exit.DONE
    for run in runs:
        if run.state in (RunState.HELD, RunState.ABORTED):
            return Exit.HELD
        if run.state in (RunState.FAILED, RunState.COMPLETED_WITH_FAILURES) or run.rows.to_mend:
            verdict = Exit.FAILURES
    return verdict


def of_error(error: SyncdError) -> Exit:
    """Return the code of an error that ended a command."""
    if isinstance(error, UsageError):
        return Exit.USAGE
    return Exit.LOCKED if isinstance(error, LockedError) else Exit.FAILURES
