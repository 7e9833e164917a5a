"""The way into `app`, which loads the heavy libraries: it is opened only by a command that needs it."""

import logging
import threading
from collections.abc import Callable
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


def kept_going(app: Application, home: Path, begun: Callable[[], None]) -> None:
    """Let the daemon keep an open home going until a signal stops it; its log lines are shown.

    begun: told once it serves what the settings want to be served, or knows why it does not.
    """
    from syncd.app.logs import configure
    from syncd.config.home import Home
    from syncd.daemon import loop
    from syncd.daemon.courier import Courier
    from syncd.daemon.orders import by_signals

    def in_force() -> loop.DaemonSettings:
        log, drop, zone = app.settings.log, app.settings.drop, app.settings.roster.zone()
        configure(logging.getLevelNamesMapping()[log.level.upper()], log.format)
        schedules = (table.schedule_in(zone) for table in app.settings.feed_tables)
        return loop.DaemonSettings(
            sync=Home(home).sync,
            rescan=drop.rescan.total_seconds(),
            quiet=drop.quiet.total_seconds(),
            polling=drop.polling,
            timezone=zone,
            wakes=tuple(schedule.trigger for schedule in schedules if schedule),
        )

    def reread() -> loop.DaemonSettings:
        app.reload()
        return in_force()

    wake = threading.Event()
    letters = Courier(app.undelivered.deliver, app.mailing.fresh)
    pulls = Courier(app.fetching.deliver, app.fetching.fresh, "pulls")
    # Before anything is served: the log has to have what is said of that, and who comes in at once.
    given = in_force()
    # Signals first and last: whoever stops it while it starts or ends must find everything ended in order, too.
    with by_signals() as orders, app.as_daemon(wake), letters, pulls:
        begun()
        loop.run(app, given, orders, reread, wake)
