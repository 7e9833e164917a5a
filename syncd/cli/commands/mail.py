"""Commands about mail."""

from typing import Annotated

import typer

from syncd.cli import door, screen
from syncd.cli.exits import Exit
from syncd.cli.options import View


def send_test(
    to: Annotated[
        str, typer.Option(metavar="ADDRESS", show_default="those in [mail]", help="Who gets the letter.")
    ] = "",
    *,
    view: View,
) -> int:
    """Send a letter that only shows that mail works.

    It goes straight to the server, and says in a sentence what is wrong if it does not get there. Once it
    did, letters that wait are no longer held back by earlier troubles.
    """
    with door.opened(view.home) as app:
        done = app.mailing.test(to)
    if view.json:
        screen.emit({"server": done.server, "from": done.sender, "sent": list(done.sent), "refused": done.refused})
    else:
        if done.sent:
            screen.say(f"Sent to {', '.join(done.sent)} from {done.sender} through {done.server}.")
        for name, reason in done.refused.items():
            screen.complain(f"{name} was refused: {reason}")
    return Exit.FAILURES if done.refused else Exit.DONE
