"""Commands that take a run back, and that tell who did what."""

from collections.abc import Callable
from typing import Annotated

import typer

from syncd.cli import door, screen, showing
from syncd.cli.commands.history import RunNumber
from syncd.cli.options import Decision, View
from syncd.cli.ports import Report

_COLUMNS = ("time", "who", "account", "how", "what", "run", "file", "detail")


def undo(
    id: RunNumber,
    *,
    decision: Decision,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken back.")] = False,
    view: View,
) -> int:
    """Take back what a run did.

    What it made is deleted, what it changed is as it was before, what it deleted lives again. What a
    later run touched, or needs, stays and is named. The plan is shown first, then carried out as a
    run of its own, which has to keep to the limits and can be undone, too.
    """
    with door.opened(view.home) as app:
        if dry_run:
            return showing.result([app.plan_undo(id, decision.name, decision.reason)], view, showing.texts)
        report = app.undo(id, decision.name, decision.reason, _silent if view.json else _plan_shown(id))
    return showing.result([report], view)


def audit(
    run: Annotated[
        int | None, typer.Option(metavar="ID", min=1, show_default="any", help="Only entries about this run.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="No more than this many, the newest first.")] = 50,
    *,
    view: View,
) -> None:
    """List who did what, the newest first.

    Entries are only ever added; the database refuses to change or remove one.
    """
    with door.opened(view.home) as app:
        entries = [entry.as_json() for entry in app.audit(run=run, limit=limit)]
    if view.json:
        for entry in entries:
            screen.emit(entry)
        return
    names = ("at", *_COLUMNS[1:])
    screen.table(_COLUMNS, ([entry[name] for name in names] for entry in entries))
    if not entries:
        screen.say("Nothing has been written down." if run is None else f"Nothing is written down about run {run}.")


def _silent(_report: Report) -> None:
    """Show nothing: a script reads what came of it."""


def _plan_shown(id: int) -> Callable[[Report], None]:
    def show(report: Report) -> None:
        screen.say(f"The plan to undo run {id}:")
        screen.say()
        showing.texts([report])
        screen.say()

    return show
