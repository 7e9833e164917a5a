"""Commands about what is kept: prune what is old, copy the home."""

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli import door, screen
from syncd.cli.exits import Exit
from syncd.cli.options import View
from syncd.cli.screen import amount

_CLASSES = ("archives", "trybacks", "reports", "history", "memories", "pictures", "letters")


def prune(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")] = False,
    view: View,
) -> int:
    """Remove what has been kept long enough.

    How long is said in [keep] of the settings; the daemon does the same once a day. What a run needs
    that is held or not finished stays, and so does everything in sync/.
    """
    with door.opened(view.home) as app:
        done = app.prune(dry_run=dry_run)
    if view.json:
        screen.emit({"dry_run": dry_run} | done.as_json())
    else:
        for path in done.paths if dry_run else ():
            screen.say(path)
        counted = [f"{done.counts[name]} {name}" for name in _CLASSES if done.counts[name]]
        verb = "To be removed" if dry_run else "Removed"
        screen.say(f"{verb}: {', '.join(counted)}; {amount(done.size)}." if counted else "Nothing is old enough.")
    for trouble in done.troubles:
        screen.complain(trouble)
    return Exit.FAILURES if done.troubles else Exit.DONE


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar", show_default=False, help="A file that is not there yet.")],
    *,
    with_files: Annotated[
        bool, typer.Option("--with-files", help="Reports and archives, too; they can be large.")
    ] = False,
    view: View,
) -> None:
    """Copy the home into one file, also while the daemon runs.

    It holds the database, the settings, the key of the installation, and what unfinished runs need: keep
    it as safe as the home. To restore it: tar -xpf FILE.tar -C NEWHOME, then syncd status --home NEWHOME.
    """
    with door.opened(view.home) as app:
        done = app.backup(file, bulky=with_files)
    if view.json:
        screen.emit(done.as_json())
    else:
        screen.say(f"{done.path}: {amount(done.size)}, {done.members} members")
    if done.advice:
        screen.note(done.advice)
