"""Commands about the home as a whole: make it, keep it alive."""

from pathlib import Path

from syncd.cli import door, screen
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

        def begun() -> None:
            for line in app.reception.greeting():
                screen.say(line)
            screen.say("Look: syncd status, syncd runs.  Stop: Ctrl-C (it finishes the file in hand).")

        screen.say(f"Drop files into  {place / 'sync'}")
        screen.say(f"Reports go to    {place / 'reports'}")
        screen.say(f"Originals go to  {place / 'archives'}")
        door.kept_going(app, place, begun)
    screen.say("Stopped.")
