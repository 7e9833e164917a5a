"""The daemon as a process: what wakes it, what stops it, what it tells systemd."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
import structlog

from syncd.core.errors import FatalError, PassingError
from syncd.core.runs import Trigger
from syncd.daemon.loop import DaemonSettings, run
from syncd.daemon.orders import Orders

DAEMON = """
import sys, time
from pathlib import Path
from syncd.daemon.loop import DaemonSettings, run
from syncd.daemon.orders import by_signals

sync, log = Path(sys.argv[1]), Path(sys.argv[2])
slow, rescan, debounce = map(float, sys.argv[3:])

def note(*words):
    with log.open("a") as file:
        print(*words, file=file, flush=True)

class App:
    def recover(self):
        note("recover")

    def sync(self, trigger):
        names = sorted(path.name for path in sync.iterdir()) if sync.exists() else []
        note("begin", trigger.value, *names)
        end = time.monotonic() + slow
        while names and time.monotonic() < end and not log.with_name("go on").exists():
            time.sleep(0.01)
        for name in names:
            (sync / name).unlink()
        note("end", trigger.value)

with by_signals() as orders:
    run(App(), DaemonSettings(sync=sync, rescan=rescan, debounce=debounce), orders)
note("stopped")
"""


class Daemon:
    """A daemon with a fake app in a process of its own."""

    def __init__(
        self, root: Path, *, slow: float = 0.0, rescan: float = 60.0, debounce: float = 0.2, **environment: str
    ) -> None:
        self.sync, self.log = root / "sync", root / "log"
        self.sync.mkdir(exist_ok=True)
        self.log.touch()
        arguments = [str(self.sync), str(self.log), str(slow), str(rescan), str(debounce)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", DAEMON, *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def until(self, what, seconds: float = 50) -> float:
        """Wait until a line is there, and return how long that took."""
        begun = time.monotonic()
        while not any(what in line for line in self.lines()):
            assert time.monotonic() - begun < seconds, f"{what} not in {self.lines()}"
            assert self.process.poll() is None or what == "stopped", self.process.stdout.read()
            time.sleep(0.01)
        return time.monotonic() - begun

    def go_on(self) -> None:
        """End a slow pass."""
        self.log.with_name("go on").touch()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def daemon(tmp_path):
    started = []

    def start(**settings) -> Daemon:
        started.append(Daemon(tmp_path, **settings))
        started[-1].until("end schedule")
        return started[-1]

    yield start
    for one in started:
        one.end()


def test_it_recovers_then_looks_at_once(daemon):
    """What came while nobody was there must not wait for the next event."""
    assert ["recover", "begin schedule", "end schedule"] == daemon().lines()[:3]


def test_a_drop_is_noticed_within_two_seconds(daemon):
    """Nobody should wait for the next rescan, a minute later. The best of three, since the machine may be busy."""
    one, took = daemon(), []
    for number in range(3):
        (one.sync / f"users{number}.csv").write_bytes(b"x")
        took.append(one.until(f"begin watch users{number}.csv"))
    assert min(took) < 2


def test_a_burst_of_drops_is_one_pass(daemon):
    """The files of one delivery belong together."""
    one = daemon(debounce=2.0)
    for number in range(20):
        (one.sync / f"{number:02}.csv").write_bytes(b"x")
    one.until("19.csv")
    assert 1 == sum(".csv" in line for line in one.lines())


def test_a_folder_deleted_and_made_again_is_still_watched(daemon):
    """The daemon must not go deaf because somebody tidied up."""
    one = daemon()
    one.sync.rmdir()
    time.sleep(0.5)
    one.sync.mkdir()
    (one.sync / "users.csv").write_bytes(b"x")
    one.until("begin watch users.csv")


def test_without_any_event_it_looks_every_so_often(daemon):
    """Events get lost; the rescan is the truth (design, section 7)."""
    one, end = daemon(rescan=0.3), time.monotonic() + 50
    while sum("begin schedule" in line for line in one.lines()) < 4:
        assert time.monotonic() < end, one.lines()
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_pass_and_stops(daemon, number):
    """A half-worked batch would have to be recovered; a stop that is asked for need not be a crash."""
    one = daemon(slow=60.0)
    (one.sync / "users.csv").write_bytes(b"x")
    one.until("begin watch users.csv")
    one.process.send_signal(number)
    one.process.send_signal(number)
    time.sleep(0.3)
    assert "begin watch users.csv" == one.lines()[-1]
    one.go_on()
    one.until("stopped")
    assert (["end watch", "stopped"], 0) == (one.lines()[-2:], one.process.wait(60))
    assert not list(one.sync.iterdir())


def test_an_idle_daemon_stops_at_once_and_prints_nothing_of_its_own(daemon):
    """`systemctl stop` should not take a minute; what is printed is the surface's choice."""
    one = daemon()
    one.process.terminate()
    out, _ = one.process.communicate(timeout=60)
    assert (0, True) == (one.process.returncode, all(b"drop folder watched" in line for line in out.splitlines()))


@pytest.fixture
def listener(tmp_path):
    """What systemd's end of the socket hears."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(60)
        yield ear


def test_systemd_hears_of_start_work_life_and_end(daemon, listener, tmp_path):
    """Type=notify with WatchdogSec: each state is a datagram of its own."""
    one = daemon(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="400000")
    heard = []
    while not ("WATCHDOG=1" in heard and f"STATUS=watching {one.sync}" in heard):
        heard.append(listener.recv(4096).decode())
    one.process.terminate()
    while heard[-1] != "STOPPING=1":
        heard.append(listener.recv(4096).decode())
    assert ("READY=1", 1) == (heard[0], heard.count("READY=1"))


def test_a_long_pass_still_gives_signs_of_life(daemon, listener, tmp_path):
    """The watchdog must not kill a daemon in the middle of a large file."""
    one = daemon(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="400000", slow=60.0)
    (one.sync / "users.csv").write_bytes(b"x")
    one.until("begin watch users.csv")
    listener.setblocking(False)
    with suppress(BlockingIOError):
        while listener.recv(4096):
            continue
    listener.settimeout(60)
    heard = [listener.recv(4096).decode() for _ in range(3)]
    assert (["WATCHDOG=1"] * 3, "begin watch users.csv") == (heard, one.lines()[-1])
    one.go_on()


class App:
    """A fake app in this process: does what the test says, pass by pass, then stops the daemon."""

    def __init__(self, *passes) -> None:
        self.passes = list(passes)
        self.orders = Orders()
        self.triggers: list[Trigger] = []
        self.times: list[float] = []

    def recover(self) -> None:
        self.recovered = True

    def sync(self, trigger: Trigger) -> object:
        self.triggers.append(trigger)
        self.times.append(time.monotonic())
        outcome = self.passes.pop(0)
        if not self.passes:
            self.orders.stop()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def live(self, folder: Path, **settings: float) -> list:
        """Let the daemon run until the passes are over, and return what it logged."""
        chosen = {"rescan": 60.0, "quiet": 0.1, "debounce": 0.05} | settings
        with structlog.testing.capture_logs() as logs:
            run(self, DaemonSettings(sync=folder, **chosen), self.orders)
        return [line for line in logs if line["event"] == "pass failed"]


class Growing:
    """What a pass returns when files still grow."""

    unsettled = True


def test_files_that_still_grow_are_looked_at_again_soon(tmp_path):
    """No event tells that a file has come to rest."""
    app = App(Growing(), Growing(), None)
    app.live(tmp_path, quiet=0.3)
    gaps = [later - sooner for sooner, later in pairwise(app.times)]
    assert [True, True] == [0.3 <= gap < 50 for gap in gaps], gaps


@pytest.mark.parametrize("error", [ValueError("a bug"), PassingError("the disk is full"), MemoryError()])
def test_a_pass_that_fails_does_not_end_the_daemon(tmp_path, error):
    """One bad night must not be the last one."""
    app = App(error, error, None)
    logs = app.live(tmp_path, rescan=0.1)
    assert (3, 2) == (len(app.triggers), len(logs))


def test_an_expected_failure_is_logged_as_a_sentence(tmp_path):
    """An operator reads why, without a traceback."""
    (line,) = App(PassingError("the disk is full"), None).live(tmp_path, rescan=0.1)
    assert ("warning", "the disk is full", False) == (line["log_level"], line["reason"], "exc_info" in line)


def test_a_fatal_error_ends_the_daemon(tmp_path):
    """Going on could lose something."""
    with pytest.raises(FatalError, match="the disk does not keep"):
        App(FatalError("the disk does not keep it")).live(tmp_path)


def test_it_runs_in_a_thread_too(tmp_path):
    """Whoever embeds it orders it to stop, without any signal."""
    app = App(None)
    thread = threading.Thread(target=app.live, args=(tmp_path,))
    thread.start()
    thread.join(60)
    assert (False, [Trigger.SCHEDULE]) == (thread.is_alive(), app.triggers)


def test_many_passes_do_not_pile_up_threads_or_files(tmp_path):
    """It runs for months."""
    counts = []

    class Counting(App):
        def sync(self, trigger: Trigger) -> object:
            counts.append((threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))))
            return super().sync(trigger)

    Counting(*[Growing()] * 30, None).live(tmp_path, quiet=0.0, debounce=0.0)
    # What other tests left may end meanwhile.
    assert [True, True] == [now <= then for then, now in zip(counts[5], counts[-1], strict=True)], counts
