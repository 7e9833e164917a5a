"""Commands about the settings. They read the file only, so they work where nothing else does."""

import os

from syncd.cli import screen
from syncd.cli.options import View


def check_config(view: View) -> None:
    """Check the settings.

    It names every error at once, each with its path; files of keys and passwords that cannot be read, too.
    """
    from syncd.config.agreeing import unreadable
    from syncd.config.home import Home
    from syncd.config.loading import load
    from syncd.config.problems import ConfigError

    home = Home(view.home)
    settings = load(home, os.environ).settings
    if problems := list(unreadable(settings, home)):
        raise ConfigError(str(home.config_file), problems)
    if settings.mail.half_set:
        screen.note(settings.mail.half_set)
    if view.json:
        screen.emit({"file": str(home.config_file), "errors": 0})
    else:
        there = "is in order" if home.config_file.exists() else "does not exist; the defaults hold"
        screen.say(f"{home.config_file} {there}")


def show_config(view: View) -> None:
    """Show every setting in force, and where its value comes from."""
    from syncd.config.home import Home
    from syncd.config.loading import load
    from syncd.config.values import as_toml

    loaded = load(Home(view.home), os.environ)
    values = loaded.shown()
    if view.json:
        for path, value in values.items():
            screen.emit({"setting": path, "value": value, "origin": loaded.origins[path]})
        return
    screen.table(
        ("setting", "value", "origin"), ([path, as_toml(value), loaded.origins[path]] for path, value in values.items())
    )
