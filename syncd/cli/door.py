"""The way into `app`, which loads the heavy libraries: it is opened only by a command that needs it."""

import logging
import threading
from pathlib import Path

from syncd.cli.ports import Application


def opened(home: Path) -> Application:
    """Open a home.

    Raises:
        UsageError: the configuration is wrong, or there is no home.
    """
    from syncd.app import App

    return App.open(home)


def made(home: Path) -> list[Path]:
    """Make what is missing of a home; return what was made."""
    from syncd.app import App

    return App.init(home)


def kept_going(app: Application, home: Path) -> None:
    """Let the daemon keep an open home going until a signal stops it; its log lines are shown."""
    from syncd.app.logs import configure
    from syncd.config.home import Home
    from syncd.daemon import loop

    configure(logging.INFO)
    drop = app.settings.drop
    settings = loop.DaemonSettings(
        sync=Home(home).sync,
        rescan=drop.rescan.total_seconds(),
        quiet=drop.quiet.total_seconds(),
        polling=drop.polling,
        timezone=app.settings.roster.zone(),
    )
    loop.run(app, settings, threading.Event())
