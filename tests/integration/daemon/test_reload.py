"""SIGHUP reads the settings anew, between passes; and the times of feeds wake the daemon."""

import os
import re
import signal
import socket
import sys
import threading
import time
from dataclasses import replace

import pytest
import structlog
from apscheduler.triggers.interval import IntervalTrigger

from syncd.core.errors import UsageError
from syncd.core.runs import Trigger
from syncd.daemon.loop import DaemonSettings, run
from syncd.daemon.orders import by_signals


class App:
    """A fake app: counts passes, does in each what the test says, and stops the daemon after the last."""

    def __init__(self, *deeds) -> None:
        self.deeds = list(deeds)
        self.times: list[float] = []

    def recover(self) -> None:
        """Nothing is left."""

    def sync(self, trigger: Trigger) -> None:
        self.times.append(time.monotonic())
        deed = self.deeds.pop(0)
        if deed:
            deed()
        if not self.deeds:
            self.orders.stop()

    def live(self, settings: DaemonSettings, reread=None) -> list:
        with structlog.testing.capture_logs() as logs, by_signals() as self.orders:
            guard = threading.Timer(50, self.orders.stop)
            guard.start()
            run(self, settings, self.orders, reread)
        guard.cancel()
        assert [] == self.deeds
        return logs


def hang_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


@pytest.fixture
def settings(tmp_path) -> DaemonSettings:
    return DaemonSettings(sync=tmp_path, rescan=60.0, quiet=0.1, debounce=0.0)


def test_the_time_of_a_feed_wakes_the_daemon(settings):
    """A schedule of the minute must not wait for a rescan of the hour."""

    class Waiting(App):
        def sync(self, trigger: Trigger) -> None:
            scheduled.append(trigger is Trigger.SCHEDULE)
            if sum(scheduled) > 1:
                self.orders.stop()

    scheduled: list[bool] = []
    Waiting().live(replace(settings, wakes=(IntervalTrigger(seconds=1),)))
    assert 2 == sum(scheduled)


def test_new_settings_hold_from_the_next_pass_on(settings):
    """The jobs are made anew: here rescans of a fifth of a second, where there were none for a minute."""
    app = App(hang_up, None, None, None)
    app.live(settings, lambda: replace(settings, rescan=0.2))
    assert app.times[-1] - app.times[0] < 40


def test_the_pass_under_way_is_not_disturbed(settings):
    """A run must not begin under one setting and end under another."""
    order = []

    def slow() -> None:
        hang_up()
        time.sleep(0.3)
        order.append("pass")

    def reread() -> DaemonSettings:
        order.append("reread")
        return settings

    App(slow, None).live(settings, reread)
    assert ["pass", "reread"] == order


def test_a_bad_file_keeps_the_old_settings_and_says_so(settings):
    """A typing error at noon must not stop the night."""

    def refuse() -> DaemonSettings:
        raise UsageError("the configuration has 1 error")

    app = App(hang_up, None, None)
    logs = app.live(replace(settings, rescan=0.3), refuse)
    (line,) = [line for line in logs if "settings" in line["event"]]
    assert ("error", "the configuration has 1 error") == (line["log_level"], line["reason"])


def test_systemd_hears_when_reading_begins_and_ends(settings, tmp_path, monkeypatch):
    """Type=notify-reload waits for RELOADING=1 with a monotonic time, then READY=1; the status names the trouble."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(address))
        ear.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))

        def refuse() -> DaemonSettings:
            raise UsageError("two errors")

        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        App(hang_up, None).live(replace(settings, rescan=0.3), refuse)
        heard = []
        while not heard or heard[-1] != "STOPPING=1":
            heard.append(ear.recv(4096).decode())
    place = next(n for n, line in enumerate(heard) if line.startswith("RELOADING=1"))
    stamp = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=([0-9]+)", heard[place])
    assert stamp
    assert before <= int(stamp[1]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert "READY=1" == heard[place + 1]
    assert "the old ones hold: two errors" in heard[place + 2]


def test_a_terminal_that_goes_away_stops_a_daemon_started_from_it(tmp_path):
    """Closing the window of `make run` must not leave a daemon that nobody sees."""
    log = tmp_path / "log"
    program = (
        "import logging, signal, structlog, sys\nfrom pathlib import Path\n"
        # Whoever runs the tests by nohup lets them ignore it.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "from syncd.app import logs\nfrom syncd.daemon.loop import DaemonSettings, run\n"
        "from syncd.daemon.orders import by_signals\n"
        "class App:\n"
        "    def recover(self): pass\n"
        "    def sync(self, trigger): Path(sys.argv[1]).write_text('looked')\n"
        "logs.configure(logging.INFO)\n"
        "with by_signals() as orders:\n"
        "    run(App(), DaemonSettings(sync=Path(sys.argv[2])), orders)\n"
        "structlog.get_logger().info('said to nobody')\n"
        "Path(sys.argv[1]).write_text('stopped')\n"
    )
    (tmp_path / "sync").mkdir()
    pid, terminal = os.forkpty()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", program, str(log), str(tmp_path / "sync")])
    _until(lambda: log.exists() and log.read_text() == "looked")
    os.close(terminal)
    _until(lambda: log.read_text() == "stopped")
    assert pid == os.waitpid(pid, 0)[0]


def _until(holds, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_without_anything_to_read_a_hang_up_changes_nothing(settings):
    """The loop can be used without settings of its own."""
    assert [] == [
        line for line in App(hang_up, None).live(replace(settings, rescan=0.3)) if line["log_level"] == "error"
    ]
