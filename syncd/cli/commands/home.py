"""Commands about the home as a whole: make it, keep it alive, look at it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from syncd.cli import door, screen
from syncd.cli.exits import Exit
from syncd.cli.options import HomeOption, View


def init(view: View) -> None:
    """Make the home: its folders and a commented config/syncd.toml.

    What is there already stays as it is.
    """
    made = door.made(view.home)
    if view.json:
        for path in made:
            screen.emit({"made": str(path)})
        return
    for path in made:
        screen.say(f"made  {path}")
    screen.say("Next: put a file into sync/ and run: syncd sync" if made else "Everything is there already.")


def daemon(home: HomeOption = Path()) -> None:
    """Watch sync/ and work what comes, until stopped.

    It stays in the foreground. Ctrl-C or SIGTERM lets it finish the file in hand.
    """
    place = home.absolute()
    with door.opened(home) as app:
        screen.say(f"Drop files into  {place / 'sync'}")
        screen.say(f"Reports go to    {place / 'reports'}")
        screen.say(f"Originals go to  {place / 'archives'}")
        screen.say("Look: syncd status, syncd runs.  Stop: Ctrl-C (it finishes the file in hand).")
        door.kept_going(app, place)
    screen.say("Stopped.")


def status(view: View) -> int:
    """Show how things stand.

    Locks and their age, feeds, held runs, the last run, how much the roster holds. Exit code 3
    says that a run waits for approval.
    """
    with door.opened(view.home) as app:
        state = app.status()
    if view.json:
        screen.emit(state)
    else:
        for name, value in state.items():
            _section(name.replace("_", " "), value)
    return Exit.HELD if state.get("held") else Exit.DONE


def _section(name: str, value: object) -> None:
    if isinstance(value, Mapping):
        screen.say(f"{name}:" if value else f"{name}: none")
        screen.pairs({key: _brief(item, key) for key, item in value.items()})
    elif isinstance(value, Sequence) and not isinstance(value, str):
        screen.say(f"{name}:" if value else f"{name}: none")
        _rows(value)
    else:
        screen.say(f"{name}: {_brief(value, name)}")


def _rows(values: Sequence[Any]) -> None:
    if values and all(isinstance(value, Mapping) for value in values):
        columns = list(dict.fromkeys(key for value in values for key in value))
        screen.table(columns, ([_brief(value.get(key), key) for key in columns] for value in values))
        return
    for value in values:
        screen.say(f"  {_brief(value)}")


def _brief(value: object, name: str = "") -> screen.Cell:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return _age(value) if name == "age" else value
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_brief(item, key)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(str(_brief(item)) for item in value)
    return str(value)


def _age(seconds: int) -> str:
    """Write an age in its two largest units: 2h 5m."""
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    parts = [f"{seconds // size % wrap}{unit}" for (unit, size), wrap in zip(sizes, (10**6, 24, 60, 60), strict=True)]
    first = next((place for place, part in enumerate(parts) if not part.startswith("0")), len(parts) - 1)
    return " ".join(parts[first : first + 2])
