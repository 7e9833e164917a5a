"""Commands about SFTP: what the server needs to be set up, and fetching at once."""

import getpass
import sys
from typing import Annotated

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
    with door.opened(view.home) as app:
        came = app.fetching.by_hand(name)
    for each in came:
        if view.json:
            screen.emit({"pull": each.pull, "file": each.file, "bytes": each.size, "sha256": each.sha256})
        else:
            screen.say(f"fetched  {each.pull}/{shown(each.file)}  {each.size:,} bytes")
    if not came and not view.json:
        screen.say("Nothing new was there.")


def make_hash(view: View) -> None:
    """Turn a password into the password_hash of an account.

    It asks for the password, or reads it from standard input. Nothing is written anywhere.
    """
    from syncd.sftp.gate import hashed

    made = hashed(_password())
    if view.json:
        screen.emit({"password_hash": made})
    else:
        screen.say(made)


def show_fingerprint(view: View) -> None:
    """Show the fingerprint of the server's host key.

    Senders compare it when they connect for the first time. The key is made where there is none yet.
    """
    with door.opened(view.home) as app:
        fingerprint = app.reception.fingerprint()
    if view.json:
        screen.emit({"fingerprint": fingerprint})
    else:
        screen.say(fingerprint)


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
