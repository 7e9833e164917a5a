"""Reading the settings of a running daemon anew: new ones hold from the next pass on, wrong ones change nothing."""

import os

from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.loading import load
from syncd.config.models import Settings
from syncd.core.errors import UsageError
from syncd.core.incidents import Trouble

WRONG = "settings"
"""The key of the incident that the file is wrong."""


def anew(home: Home, in_force: Settings, telling: Telling) -> Settings:
    """Return the settings as they stand in file and environment now; where they are wrong, that is told.

    Raises:
        UsageError: what is wrong.
    """
    try:
        settings = _checked(load(home, os.environ).settings, home, in_force)
    except UsageError as error:
        telling.settle({WRONG: _trouble(str(error))}, {WRONG})
        raise
    telling.all_clear(WRONG)
    return settings


def _checked(settings: Settings, home: Home, in_force: Settings) -> Settings:
    if settings.store.url_for(home) != in_force.store.url_for(home):
        raise UsageError("store.url is another one; a running daemon stays with its database, so restart it")
    return settings


def _trouble(words: str) -> Trouble:
    return Trouble(
        sentence="the settings could not be read anew; " + "; ".join(line.strip() for line in words.splitlines()),
        cause="config/syncd.toml was changed and is not in order. The daemon goes on with the settings it had.",
        what_next="Mend the file, try it with: syncd config check, and tell the daemon again (systemctl reload, or "
        "SIGHUP). Restarted with this file, it would not start.",
        all_clear="the settings are in order and in force",
    )
