"""Commands about SFTP: what the server needs to be set up, and fetching at once."""

import getpass
import sys
from typing import Annotated, Any

import typer

from syncd.cli import door, screen
from syncd.cli.options import View
from syncd.core.errors import UsageError
from syncd.core.naming import shown


def pull(
    name: Annotated[
        str, typer.Argument(metavar="NAME", show_default="all", help="Which [[pull]] of the settings.")
    ] = "",
    *,
    view: View,
) -> None:
    """Fetch from remote SFTP servers, at once.

    What comes stands in sync/ then, and is worked by the daemon, or with: syncd sync
    """
    came = 0

    def tell(file: Any) -> None:
        nonlocal came
        came += 1
        if view.json:
            screen.emit({"pull": file.pull, "file": file.file, "bytes": file.size, "sha256": file.sha256})
        else:
            screen.say(f"fetched  {file.pull}/{shown(file.file)}  {file.size:,} bytes")

    with door.opened(view.home) as app, screen.progress() as show:
        app.fetching.by_hand(name, tell, show)
    if not came and not view.json:
        screen.say("Nothing new was there.")


def make_hash(view: View) -> None:
    """Turn a password into the password_hash of an account.

    It asks for the password, or reads it from standard input. Nothing is written anywhere.
    """
    from syncd.sftp.serving.gate import hashed

    made = hashed(_password())
    if view.json:
        screen.emit({"password_hash": made})
    else:
        screen.say(made)


def show_fingerprint(view: View) -> None:
    """Show the fingerprints of the server's host keys.

    Senders compare the one that they are shown when they connect for the first time. Keys that are missing are made.
    """
    with door.opened(view.home) as app:
        fingerprints = app.reception.fingerprints()
    for kind, fingerprint in fingerprints.items():
        if view.json:
            screen.emit({"fingerprint": fingerprint, "type": kind})
        else:
            screen.say(f"{fingerprint}  {kind}")


def _password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise UsageError("the two are not the same; nothing was made")
    if not password:
        raise UsageError("no password was given")
    return password
