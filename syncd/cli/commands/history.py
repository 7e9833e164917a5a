"""Commands about runs that were: list, show, and decide a held one."""

from typing import Annotated

import typer

from syncd.cli import door, screen, showing
from syncd.cli.options import Decision, View
from syncd.core.errors import UsageError
from syncd.core.run_json import run_as_json
from syncd.core.runs import Run, RunState

_COLUMNS = ("run", "received", "state", "file", "object", "rows", "applied", "to mend", "open", "by")

RunNumber = Annotated[int, typer.Argument(metavar="ID", min=1, show_default=False, help="The number of the run.")]


def list_runs(
    state: Annotated[RunState | None, typer.Option(show_default="any", help="Only runs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="No more than this many, the newest first.")] = 50,
    *,
    view: View,
) -> None:
    """List the runs, the newest first.

    "to mend" are the rows that a run left to be mended, "open" those of them that no later run has worked.
    """
    with door.opened(view.home) as app:
        runs = app.runs(state=state, limit=limit)
        lineages = app.lineages(runs)
    if view.json:
        for run in runs:
            whole = run_as_json(run, (), lineages[run.id])
            screen.emit({name: value for name, value in whole.items() if name != "findings"})
        return
    screen.table(_COLUMNS, (_row(run, lineages[run.id].open) for run in runs))
    if not runs:
        screen.say("No run yet." if state is None else f"No run is {state.value}.")


def show_run(id: RunNumber, *, view: View) -> None:
    """Show one run.

    Its counts, findings, files, what it changed and which limits it met.
    """
    with door.opened(view.home) as app:
        report = app.run(id)
        if report is None:
            raise UsageError(f"there is no run {id}; syncd runs lists them")
        (showing.as_json if view.json else showing.texts)([report])


def approve(id: RunNumber, *, decision: Decision, view: View) -> int:
    """Let a held run go on.

    Exactly the plan that was shown is applied. If the roster moved meanwhile, syncd says so and plans again.
    """
    with door.opened(view.home) as app:
        report = app.approve(id, decision.name, decision.reason)
    return showing.result([report], view)


def reject(id: RunNumber, *, decision: Decision, view: View) -> int:
    """End a held run.

    Nothing of it is applied; its file goes to the archive.
    """
    with door.opened(view.home) as app:
        report = app.reject(id, decision.name, decision.reason)
    return showing.result([report], view)


def _row(run: Run, still_open: int) -> list[screen.Cell]:
    received = f"{run.received:%Y-%m-%d %H:%M:%S}"
    counts = run.rows.total, run.outcomes.applied, run.rows.to_mend, still_open
    what = f"{run.object} (undo)" if run.is_undo else run.object
    return [run.id, received, run.state.value, run.title, what, *counts, run.by]
