"""How-tos that show a screen are done on a home, and must show it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
SYNCD, DROP, SENDER = 64001, 64002, 64003
USERS = "username;firstname;lastname\\nada;Ada;X\\nbea;;\\n"
WORK = """
import os, sys
from pathlib import Path
from syncd.app import App
home, spare = map(Path, sys.argv[1:])
App.init(spare)
(spare / "sync" / "users.csv").write_text("username;firstname;lastname\\nada;Ada;X\\nbea;;\\n")
(spare / "config" / "syncd.toml").write_text('[drop]\\nquiet = "0s"\\n')
with App.open(spare) as app:
    app.sync()
os.setgroups([64002]); os.setgid(64001); os.setuid(64001); os.umask(0o007)
with App.open(home) as app:
    done = app.sync()
    print(len(done.reports), len(done.left), len(done.alarms), len(done.stuck))
"""
"""Loads everything as root, who may read it, then takes what lies in a home as the user of the service."""


def screens(name: str) -> list[tuple[str, str]]:
    """Return the commands of a page that shows what they print."""
    text = (HOW_TO / name).read_text("utf-8")
    blocks = re.findall(r"^```console\n\$ ([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(command, output) for command, output in blocks]


def test_a_held_run_is_decided_as_the_page_says(home):
    """The moment in which nobody wants to learn that a page is out of date."""
    users = [f"pupil{n};P;X" for n in range(60)]
    home.worked("users.csv", "\n".join(["username;firstname;lastname", *users, ""]))
    leaving = [f"pupil{n};;;1" for n in range(51)]
    home.drop("leavers_users.csv", "\n".join(["username;firstname;lastname;deleted", *leaving, ""]))
    assert 3 == home.run("sync").code
    for command, output in screens("decide-a-held-run.md"):
        words = re.findall(r"'[^']*'|\S+", command)[1:]
        done = home.run(*(word.strip("'") for word in words))
        assert [] == [line for line in output.splitlines() if line not in done.out.splitlines()], done.out
    assert (9, []) == (len(home.names("user", "username")), home.held())


@pytest.fixture
def shared(home) -> Iterator[Any]:
    """Give a home that belongs to the user of the service, where other users can reach what they may; only for root."""
    if os.getuid() != 0:
        pytest.skip("only root can act for two users")
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="syncd-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        place = home.copy(folder / "home")
        place.path.chmod(0o711)
        for path in (place.path, *place.path.rglob("*")):
            os.chown(path, SYNCD, SYNCD)
        yield place
    finally:
        shutil.rmtree(folder)


def test_the_rights_of_the_senders_account_are_enough_and_no_more(shared, tmp_path):
    """The sender delivers and fetches; it can neither take away syncd's lock nor look into the state."""
    page = (HOW_TO / "wire-an-sftp-account.md").read_text("utf-8")
    for line in re.findall(r"^ch(?:grp|mod) .* /srv/syncd/\S+$", page, re.MULTILINE):
        words = line.replace("/srv/syncd", str(shared.path)).replace("syncd-drop", str(DROP)).split()
        subprocess.run(words, check=True)

    def sender(script: str) -> str:
        rights = ["setpriv", f"--reuid={SENDER}", f"--regid={DROP}", "--clear-groups"]
        words = [*rights, "sh", "-c", f"umask 007; {script}"]
        return subprocess.run(words, cwd=shared.path, capture_output=True, text=True, check=False).stdout

    lock = shared.sync_folder / "lock.txt"
    lock.touch()
    os.chown(lock, SYNCD, DROP)
    sender(f"printf '{USERS}' > sync/users.csv; rm -f sync/lock.txt; ls state > sync/.seen")
    assert [".seen", "lock.txt", "users.csv"] == shared.left("sync")
    assert "" == (shared.sync_folder / ".seen").read_text()
    lock.unlink()
    words = [sys.executable, "-c", WORK, str(shared.path), str(tmp_path / "spare")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "1 0 0 0" == done.stdout.strip(), done.stderr
    assert "username;firstname;lastname\nbea;;\n" == sender("cat reports/users_tryback_*.csv")
    assert "no" == sender("touch reports/mine 2> /dev/null || printf no")
