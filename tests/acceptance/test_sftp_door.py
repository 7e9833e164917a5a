"""The SFTP server as an operator meets it: what the daemon says at its start, and what a check of settings finds."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SETTINGS = (
    '[sftp]\nenabled = true\naddress = "127.0.0.1"\nport = 0\n'
    '[[sftp.account]]\nname = "ladok"\nkeys = ["config/ladok.pub"]\n'
)


def greeting(home: Path) -> str:
    """Start the daemon, and return what it says until it is at work; end it in order."""
    with (home / "said").open("wb") as said, (home / "log").open("wb") as log:
        command = [sys.executable, "-u", "-m", "syncd", "daemon", "--home", str(home)]
        process = subprocess.Popen(command, stdout=said, stderr=log)
    end = time.monotonic() + 60
    try:
        while "Stop:" not in (home / "said").read_text() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
    assert 0 == code, (home / "log").read_text()
    return (home / "said").read_text()


def test_the_daemon_starts_with_a_corrupt_host_key_and_says_what_is_not_served(home: Any) -> None:
    """Feeds must not stay away because of it; nor may anybody believe that senders can come."""
    home.configure(SETTINGS)
    place = home.path / "state" / "sftp" / "host_key"
    place.parent.mkdir(parents=True)
    place.write_text("corrupt")
    said = greeting(home.path)
    assert "SFTP is not served at 127.0.0.1 port 0: " in said
    assert f"{place} is no private Ed25519 key" in said
    with home.app() as app:
        assert ["sftp", "sftp account ladok"] == sorted(each["alarm"] for each in app.status()["alarms"])
    place.unlink()
    said = greeting(home.path)
    assert "SFTP is served at 127.0.0.1 port " in said
    assert "port 0;" not in said
    assert "The account ladok is not served: " in said
    lines = [json.loads(line) for line in (home.path / "log").read_text().splitlines()]
    assert ["account not served", "serving"] == [each["event"] for each in lines[:2]]


def test_a_stop_while_it_starts_ends_it_in_order(home: Any) -> None:
    """Whoever starts and stops at once must leave no daemon behind that looks as if it had died."""
    home.configure(SETTINGS)
    program = (
        "import os, pathlib, signal, sys\nfrom syncd.cli import door\nhome = pathlib.Path(sys.argv[1])\n"
        "with door.opened(home) as app:\n"
        "    door.kept_going(app, home, lambda: os.kill(os.getpid(), signal.SIGTERM))\n"
        "print('Stopped.')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home.path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (0, "Stopped.\n") == (done.returncode, done.stdout), done.stderr


def test_a_check_of_the_settings_names_files_that_are_away(home: Any) -> None:
    """It said "in order", and the daemon served nobody."""
    home.configure(SETTINGS)
    done = home.run("config", "check")
    assert 2 == done.code
    assert "sftp.account[1].keys: " in done.err
    assert "config/ladok.pub cannot be read: No such file or directory" in done.err
