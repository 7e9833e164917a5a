"""Commands that work files: sync, check, requeue."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli import door, screen, showing
from syncd.cli.exits import Exit
from syncd.cli.options import Telling, View, login_name
from syncd.core.errors import UsageError
from syncd.core.runs import Trigger

_FILES = typer.Argument(
    metavar="FILE", exists=True, dir_okay=False, show_default=False, help="The files; copied, never moved."
)


def sync(
    files: Annotated[list[Path] | None, _FILES] = None,
    *,
    telling: Telling,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan and weigh only: the same report, nothing written anywhere.")
    ] = False,
    feed: Annotated[
        str, typer.Option(metavar="NAME", help="Take only the files of this feed, whatever its schedule.")
    ] = "",
    view: View,
) -> int:
    """Work what is in sync/, or the named files, and exit.

    Without files it takes what is in sync/, also of feeds whose time has not come. With files it
    works these as one delivery, as if they had been dropped; they stay where they are.
    """
    if files and feed:
        raise UsageError("--feed takes files out of sync/; named files are worked without it")
    if files:
        return _sync_files(files, telling, view, dry_run=dry_run)
    if dry_run or not telling.is_silent:
        raise UsageError("options about files go with the names of files: syncd sync FILE… --dry-run")
    return _sync_drop(view, feed)


def check(
    files: Annotated[list[Path], _FILES],
    *,
    telling: Telling,
    view: View,
) -> int:
    """Read files and check every row, without a roster.

    What it finds is wrong in any home. Whether the named users and courses exist, only a
    roster can say: see syncd sync FILE --dry-run.
    """
    with door.opened(view.home) as app, screen.progress() as progress:
        reports = app.check(files, telling.told(), progress)
    return showing.result(reports, view, showing.texts)


def requeue(
    ref: Annotated[
        str,
        typer.Argument(metavar="TRYBACK-OR-RUN", show_default=False, help="A tryback file, or the number of a run."),
    ],
    *,
    by: Annotated[str, typer.Option(metavar="NAME", show_default="your login name", help="Who asks for it.")] = "",
    view: View,
) -> int:
    """Work a mended tryback, or an old run, again.

    It becomes a new run that is linked to the old one.
    """
    with door.opened(view.home) as app:
        reports = app.requeue(ref, by or login_name())
    return showing.result(reports, view)


def _sync_drop(view: View, feed: str) -> int:
    with door.opened(view.home) as app, screen.progress() as progress:
        done = app.sync(trigger=Trigger.CLI, progress=progress, feed=feed)
    code = showing.result(done.reports, view)
    for alarm in done.alarms:
        screen.note(f"alarm: {alarm}")
    for sentence in done.stuck:
        screen.complain(sentence)
    for name, reason in done.left:
        screen.note(f"left in sync/: {name}: {reason}")
    if done.blocked:
        screen.complain(done.blocked)
        return Exit.LOCKED
    if not (done.reports or view.json):
        screen.say("Nothing to do: no file in sync/ is ready." if done.left else "Nothing to do: sync/ is empty.")
    return code or (Exit.FAILURES if done.stuck else Exit.DONE)


def _sync_files(files: list[Path], telling: Telling, view: View, *, dry_run: bool) -> int:
    with door.opened(view.home) as app, screen.progress() as progress:
        reports = app.sync_files(files, telling.told(), dry_run=dry_run, progress=progress)
    return showing.result(reports, view, showing.texts if dry_run else showing.outcomes)
