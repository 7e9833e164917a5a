"""Commands about feeds."""

import os
from typing import Annotated, Any

import typer

from syncd.cli import screen
from syncd.cli.options import View

_COLUMNS = ("column", "needed", "takes", "about", "aliases")


def describe(
    name: Annotated[
        str, typer.Argument(metavar="OBJECT-OR-FEED", show_default=False, help="Such as users, or a feed's name.")
    ],
    *,
    view: View,
) -> None:
    """Show what a kind of file may hold.

    And what they take, from the tables by which files are read; a feed's own options count.
    """
    from syncd.app.describing import described
    from syncd.config.home import Home
    from syncd.config.loading import load

    found = described(load(Home(view.home), os.environ).settings, name)
    if view.json and found["archive"]:
        screen.emit({name: found[name] for name in ("object", "files", "about", "options", "limits")})
        return
    if view.json:
        for column in found["columns"]:
            screen.emit({"object": found["object"], **column})
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    of = f", the feed {found['feed']}" if found["feed"] else ""
    screen.say(f"{found['object']} ({found['dialect']}{of}): files such as {', '.join(found['files'])}")
    for line in found["about"].splitlines():
        screen.say(line)
    if set_options := [f"{name} = {value}" for name, value in found["options"].items() if value]:
        screen.say(f"Options: {', '.join(set_options)}")
    if found["archive"]:
        _show_limits(found["limits"])
    else:
        _show_columns(found)
    if found["example"]:
        screen.say(f"\nExample:\n{found['example']}")


def _show_limits(limits: dict[str, int]) -> None:
    from syncd.config.pictures import spoken

    screen.say(
        f"At most {limits['entries']} files and folders, {spoken(limits['unpacked'])} in all, "
        f"{spoken(limits['largest'])} each, {limits['depth']} folders deep; see [pictures] in the settings."
    )


def _show_columns(found: dict[str, Any]) -> None:
    if not found["header"]:
        screen.say("A plain list without a header; one of the columns as its first line does no harm.")
    if found["one_of"]:
        screen.say(f"The header must have one of: {', '.join(found['one_of'])}")
    screen.say()
    screen.table(
        _COLUMNS,
        ([*(column[name] for name in _COLUMNS[:-1]), ", ".join(column["aliases"])] for column in found["columns"]),
    )
