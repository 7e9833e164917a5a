"""A daemon through bad weather: jumping clocks, folders that go and come, hundreds of drops, a twin, a stop."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.app import App, building
from syncd.core.kinds import Kind
from syncd.daemon.loop import DaemonSettings, run
from syncd.daemon.orders import Orders

DROPS = 500
BATCH = 50


def one(name: str) -> str:
    return f"username;firstname;lastname\n{name};A;B\n"


def until(is_so: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def succeeds(act: Callable[..., object], *words: object) -> bool:
    """Do something, and return whether it could be done."""
    try:
        act(*words)
    except OSError:
        return False
    return True


class Living:
    """A daemon in a thread of this process, whose clock a test may set."""

    def __init__(self, home) -> None:
        self.home = home
        self._orders = Orders()
        self._thread = threading.Thread(target=self._live)
        self._error: BaseException | None = None
        self._thread.start()
        until((home.path / "state" / "pass.json").exists)

    def _live(self) -> None:
        settings = DaemonSettings(sync=self.home.sync_folder, rescan=0.5, quiet=0.1, debounce=0.02)
        try:
            with App.open(self.home.path) as app, app.as_daemon():
                run(app, settings, self._orders)
        except BaseException as error:  # noqa: BLE001 - told to the test that waits for the thread
            self._error = error

    def works(self, *names: str) -> None:
        """Drop a file for each name, and wait until the daemon has archived them all."""
        before = len(self.home.left("archives"))
        for name in names:
            self.home.drop(f"{name}_users.csv", one(name))
        until(lambda: len(self.home.left("archives")) == before + len(names))

    def end(self) -> None:
        self._orders.stop()
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert self._error is None, self._error


@pytest.fixture
def living(home) -> Iterator[Callable[[], Living]]:
    started: list[Living] = []

    def start() -> Living:
        started.append(Living(home))
        return started[-1]

    yield start
    for daemon in started:
        daemon.end()


@pytest.fixture
def clock(monkeypatch):
    """Set the clock of this process ahead or back; files keep the time of the machine."""
    now = building.LocalClock.now
    shift = [timedelta(0)]
    monkeypatch.setattr(building.LocalClock, "now", lambda clock: now(clock) + shift[0])

    def set_by(**span: float) -> None:
        shift[0] = timedelta(**span)

    return set_by


def told(home) -> dict:
    return home.run("status", "--json").json()[0]


@pytest.mark.parametrize("span", [{"hours": -1}, {"days": -400}, {"hours": 1}, {"days": 400}, {"days": 9000}])
def test_a_clock_that_is_set_while_the_daemon_runs_disturbs_nothing(home, living, clock, span):
    """Summer time done by hand, a dead battery, a wrong time server: every file once, no alarm, nothing removed."""
    daemon = living()
    daemon.works("before")
    clock(**span)
    daemon.works("during", "meanwhile")
    clock()
    daemon.works("after")
    daemon.end()
    names = ["after", "before", "during", "meanwhile"]
    assert names == home.names("user", "username")
    assert ([], 4) == (home.left("sync"), len(home.left("archives")))
    assert 8 == len(home.left("reports"))
    with home.app() as app:
        assert {"completed"} == {run.state.value for run in app.runs()}
        assert [4, 3, 2, 1] == [run.id for run in app.runs()]
    assert [] == told(home)["alarms"]
    for path in (home.path / "reports").glob("*.json"):
        assert "-" not in str(json.loads(path.read_text())["rows"])
    assert "worked" in next((home.path / "reports").glob("*.txt")).read_text()


@pytest.mark.parametrize("days", [-400, 400])
def test_a_lock_does_not_get_stale_because_the_clock_was_set(home, living, clock, days):
    """An alarm of 3 hours after 3 seconds is not believed the next time."""
    daemon = living()
    daemon.works("before")
    home.drop("alock.txt", "")
    home.drop("waits_users.csv", one("waits"))
    until(lambda: told(home)["last_pass"]["blocked"])
    clock(days=days)
    time.sleep(1.2)
    assert (["alock.txt", "waits_users.csv"], []) == (home.left("sync"), told(home)["alarms"])
    (home.sync_folder / "alock.txt").unlink()
    until(lambda: len(home.left("archives")) == 2)


def test_a_clock_that_stands_still_gives_each_artefact_its_name(home, monkeypatch):
    """W10: names of a minute's resolution overwrite each other."""
    stands = building.LocalClock.now(building.clock(_settings(home)))
    monkeypatch.setattr(building.LocalClock, "now", lambda _: stands)
    for number in range(3):
        home.worked("users.csv", one(f"u{number}") + "BAD NAME;A;B\n")
    stamp = f"{stands:%Y%m%d-%H%M%S}"
    assert [f"{stamp}_users-2.csv", f"{stamp}_users-3.csv", f"{stamp}_users.csv"] == home.left("archives")
    assert 3 == len([name for name in home.left("reports") if "tryback" in name])
    assert 9 == len(home.left("reports"))


def _settings(home):
    with home.app() as app:
        return app.settings


def test_a_drop_folder_that_goes_and_comes_back_is_worked(home, living):
    """A network drive that was away for a moment; what came with it back is taken."""
    daemon = living()
    daemon.works("before")
    away = home.path / "away"
    home.sync_folder.rename(away)
    (away / "meanwhile_users.csv").write_text(one("meanwhile"))
    time.sleep(0.7)
    # The daemon makes the folder anew, and holds it for a moment.
    until(lambda: succeeds(away.rename, home.sync_folder))
    until(lambda: len(home.left("archives")) == 2)
    daemon.works("after")
    assert ["after", "before", "meanwhile"] == home.names("user", "username")


def test_a_drop_folder_that_is_no_folder_is_an_alarm_that_ends(home, living):
    """The sentence says what, and once it is mended, that it is over."""
    daemon = living()
    daemon.works("before")
    (home.path / "file").write_text("not a folder")
    until(lambda: succeeds(home.sync_folder.rmdir) and succeeds(os.link, home.path / "file", home.sync_folder))
    until(lambda: told(home)["alarms"])
    assert "sync/ cannot be used" in " ".join(told(home)["verdict"]["problems"])
    home.sync_folder.unlink()
    home.sync_folder.mkdir(exist_ok=True)
    daemon.works("after")
    until(lambda: not told(home)["alarms"])
    assert 0 == told(home)["verdict"]["code"]


@pytest.fixture
def mounted(home) -> Iterator[Callable[[str], None]]:
    """Put a small disk of its own at sync/ and return what mounts it anew."""
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home.sync_folder)]
    made = subprocess.run(words, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a disk needs root")
    try:
        # It is refused while the daemon has a file open there.
        yield lambda how: until(
            lambda: not subprocess.run(["mount", "-o", f"remount,{how}", home.sync_folder], check=False).returncode
        )
    finally:
        subprocess.run(["umount", "-l", home.sync_folder], check=True)


def test_a_drop_folder_that_turns_read_only_is_told_and_worked_when_it_is_back(home, living, mounted):
    """What Linux does with a disk that fails; nothing is taken that could not be removed."""
    daemon = living()
    daemon.works("before")
    home.drop("waits_users.csv", one("waits"))
    mounted("ro") if home.left("sync") else None
    until(lambda: len(home.left("archives")) == 2 or told(home)["alarms"])
    mounted("rw")
    until(lambda: len(home.left("archives")) == 2 and home.left("sync") == [])
    until(lambda: not told(home)["alarms"])
    daemon.works("after")
    assert ["after", "before", "waits"] == home.names("user", "username")


def daemon_of(home, **streams) -> subprocess.Popen:
    """Start the daemon as a process."""
    return subprocess.Popen([sys.executable, "-m", "syncd", "daemon", "--home", str(home.path)], **streams)


@pytest.fixture
def process(homes) -> Iterator[tuple]:
    """Give a home with a running daemon; it is stopped in the end."""
    home = homes()
    log = home.path / "log"
    with log.open("wb") as file:
        daemon = daemon_of(home, stdout=file, stderr=file)
    try:
        until(lambda: b"watched" in log.read_bytes())
        yield home, daemon, log
    finally:
        if daemon.poll() is None:
            daemon.terminate()
        daemon.wait(60)


def resident(pid: int) -> float:
    """Return the memory of a process in MB."""
    words = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()
    return int(words[0]) / 1024


def test_memory_does_not_grow_through_hundreds_of_drops(process):
    """It runs for years. Users, users again, rows that fail, enrolments into a course that is not there."""
    home, daemon, log = process
    seen = {}
    for begin in range(0, DROPS, BATCH):
        for number in range(begin, begin + BATCH):
            text = one(f"u{number % 100}") if number % 3 else one("BAD NAME")
            home.drop(f"{number:04}_users.csv", text)
        done = begin + BATCH
        until(lambda done=done: len(home.left("archives")) == done, 60)
        seen[done] = resident(daemon.pid)
    daemon.terminate()
    assert 0 == daemon.wait(60)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert DROPS == sum(line["event"] == "run" for line in lines)
    # What is left to grow is the page cache of SQLite, of 2 MB; after 2,000 drops nothing grows any more.
    assert seen[DROPS] - seen[200] < 4, seen


def test_a_stop_finishes_the_batch(process):
    """SIGTERM: every file that was taken is worked to its end; nothing is left half done, nothing is lost."""
    home, daemon, log = process
    home.drop("alock.txt", "")
    many = "username;firstname;lastname\n" + "".join(f"u{{0}}x{n};A;B\n" for n in range(2000))
    for number in range(8):
        home.drop(f"{number}_users.csv", many.format(number))
    (home.sync_folder / "alock.txt").unlink()
    until(lambda: home.left("archives"))
    daemon.send_signal(signal.SIGTERM)
    assert 0 == daemon.wait(60)
    assert "Stopped." in log.read_text()
    assert ([], 8, []) == (home.left("sync"), len(home.left("archives")), home.left("state/work"))
    with home.app() as app:
        texts = [app.run(run.id).text() for run in app.runs()]
        assert ["completed"] * 8 == [run.state.value for run in app.runs()], texts
        assert 16_000 == sum(1 for _ in app.records(Kind.USER, deleted=False))


def test_two_daemons_on_one_home_do_the_work_once(process):
    """Somebody started it by hand beside the service."""
    home, daemon, _ = process
    with (home.path / "second").open("wb") as file:
        second = daemon_of(home, stdout=file, stderr=file)
    try:
        until(lambda: b"watched" in (home.path / "second").read_bytes())
        for number in range(30):
            home.drop(f"{number:02}_users.csv", one(f"u{number:02}"))
            time.sleep(0.05)
        until(lambda: len(home.left("archives")) == 30)
    finally:
        second.terminate()
        assert 0 == second.wait(60)
    assert "another daemon works on this home" in (home.path / "second").read_text()
    daemon.terminate()
    assert 0 == daemon.wait(60)
    assert [f"u{number:02}" for number in range(30)] == home.names("user", "username")
    archived = Counter(name.split("_", 1)[1] for name in home.left("archives"))
    assert {f"{number:02}_users.csv": 1 for number in range(30)} == archived
