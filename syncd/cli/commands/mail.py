"""Commands about mail."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from syncd.cli import door, screen
from syncd.cli.exits import Exit
from syncd.cli.options import View
from syncd.core.errors import UsageError

Marks = Annotated[
    list[str] | None,
    typer.Argument(metavar="LETTER", show_default=False, help="A letter as `syncd mail list` names it; else all."),
]


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


def list_letters(view: View) -> None:
    """List the letters that did not arrive, each with the reason.

    A letter is `set aside` where a mail server refused it for good, or took nothing for as long as
    mail.try_for says; it is not tried again by itself. One that `waits` is.
    """
    with door.opened(view.home) as app:
        letters = app.undelivered.letters()
    if letters or view.json:
        _show(letters, view)
    else:
        screen.say("No letter waits, and none was set aside.")


def retry(
    letters: Marks = None,
    *,
    to: Annotated[
        str, typer.Option(metavar="ADDRESS", show_default="those whom the settings name", help="Who gets them.")
    ] = "",
    view: View,
) -> int:
    """Send letters again that were set aside.

    They go to those whom [mail] or the feed names by now, but for those who have got them already.
    """
    with door.opened(view.home) as app:
        done = app.undelivered.retry(letters or [], to)
    _show(done, view)
    if not done and not view.json:
        screen.say("No letter is set aside.")
    return Exit.FAILURES if any(letter.reason for letter in done) else Exit.DONE


def drop(
    letters: Marks = None,
    *,
    all: Annotated[bool, typer.Option("--all", help="All that were set aside.")] = False,  # noqa: A002 - the option
    view: View,
) -> None:
    """Let letters go that were set aside; nobody gets them any more."""
    if bool(letters) == all:
        raise UsageError("say which letters to drop, as `syncd mail list` names them; or --all")
    with door.opened(view.home) as app:
        done = app.undelivered.drop(letters or [])
    _show(done, view)
    if not done and not view.json:
        screen.say("No letter is set aside.")


def _show(letters: Iterable[Any], view: View) -> None:
    documents = [letter.as_json() for letter in letters]
    if view.json:
        for document in documents:
            screen.emit(document)
        return
    columns = ("letter", "state", "since", "to", "subject", "reason")
    screen.table(columns, ([_cell(document[name]) for name in columns] for document in documents))


def _cell(value: list[str] | str | None) -> str:
    return ", ".join(value) if isinstance(value, list) else value or ""
