"""How things stand, as a person and as monitoring see it."""

import os
import signal
import subprocess
import sys
import time

import pytest

USERS = "username;firstname;lastname\npupil1;P;L\npupil2;P;L\n"
BAD = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
HELD = "[limits]\nuser.removals = { count = 0, percent = 'none' }\n"
PARTS = {
    *("verdict", "home", "version", "daemon", "last_pass", "drop", "locks", "alarms", "disk"),
    *("database", "held", "unfinished", "failed", "last_run", "roster", "targets"),
}


def status(home) -> dict:
    done = home.run("status", "--json")
    (told,) = done.json()
    assert done.code == told["verdict"]["code"]
    return told


def test_a_home_that_was_just_made_is_well(home):
    """Monitoring is set up before the first file comes."""
    told = status(home)
    assert (0, [], "never", True) == (
        told["verdict"]["code"],
        told["verdict"]["problems"],
        told["daemon"]["state"],
        told["database"]["reachable"],
    )
    assert set(told) >= PARTS
    assert home.run("status").out.startswith("Well.\n")


def test_looking_changes_nothing(home, tmp_path):
    """Monitoring looks every minute, maybe at the wrong folder."""
    home.worked("users.csv", USERS)
    home.run("status")
    before = home.fingerprint()
    home.run("status")
    assert before == home.fingerprint()
    home.path = tmp_path / "empty"
    home.path.mkdir()
    told = status(home)
    assert (1, "there is none yet") == (told["verdict"]["code"], told["database"]["reason"])
    assert [] == list(home.path.iterdir())


def test_failed_rows_are_1_until_they_are_mended(home):
    """The tryback is mended and requeued: somebody has seen to it."""
    run = home.worked("bad_users.csv", BAD)
    told = status(home)
    assert (1, 1, 1) == (told["verdict"]["code"], told["failed"][0]["run"], told["failed"][0]["to_mend"])
    assert "1 row to mend: syncd runs show 1" in home.run("status").out
    tryback = home.path / run["tryback"]
    tryback.write_text(tryback.read_text().replace("BAD NAME", "good.name"))
    assert 0 == home.run("requeue", str(tryback)).code
    assert 0 == status(home)["verdict"]["code"]


def test_a_held_run_is_3_also_beside_a_stale_lock_and_a_failure(home):
    """What waits for a decision goes first."""
    home.configure(HELD)
    home.worked("users.csv", USERS)
    home.worked("bad_users.csv", BAD)
    home.drop("alock.txt", "")
    assert 1 == status(home)["verdict"]["code"]
    os.utime(home.sync_folder / "alock.txt", (time.time() - 20_000,) * 2)
    assert 5 == status(home)["verdict"]["code"]
    (home.sync_folder / "alock.txt").unlink()
    home.worked("gone_users.csv", "username;firstname;lastname;deleted\npupil1;P;L;1\n")
    os.utime(home.sync_folder, None)
    told = status(home)
    assert (3, [3]) == (told["verdict"]["code"], [run["run"] for run in told["held"]])
    assert "held" in told["verdict"]["problems"][0]


def test_a_fresh_lock_is_part_of_the_work(home):
    """An alarm on every upload is one that nobody reads."""
    home.drop("alock.txt", "")
    told = status(home)
    assert (0, "alock.txt") == (told["verdict"]["code"], told["locks"][0]["lock"])


@pytest.mark.parametrize(("number", "state", "code"), [(signal.SIGTERM, "stopped", 0), (signal.SIGKILL, "died", 1)])
def test_it_tells_a_daemon_that_lives_from_one_that_stopped_and_one_that_died(home, number, state, code):
    """A daemon that was stopped was meant to; one that died was not."""
    daemon = subprocess.Popen(
        [sys.executable, "-m", "syncd", "daemon", "--home", str(home.path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not (told := status(home))["last_pass"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (0, "running", daemon.pid) == (told["verdict"]["code"], told["daemon"]["state"], told["daemon"]["pid"])
        assert (True, "schedule") == (told["last_pass"]["age"] < 60, told["last_pass"]["trigger"])
    finally:
        daemon.send_signal(number)
        daemon.wait(60)
    told = status(home)
    assert (code, state) == (told["verdict"]["code"], told["daemon"]["state"])


def test_a_damaged_or_unreachable_database_is_a_sentence(home):
    """What is broken is told; the rest is shown all the same."""
    (home.path / "state" / "syncd.db").write_bytes(b"nonsense" * 1000)
    for name in ("syncd.db-wal", "syncd.db-shm"):
        (home.path / "state" / name).unlink(missing_ok=True)
    told = status(home)
    assert (1, False) == (told["verdict"]["code"], told["database"]["reachable"])
    assert "damaged" in told["verdict"]["problems"][0]
    home.configure('[store]\nurl = "postgresql://nobody:Correct-Horse@127.0.0.1:1/none"')
    done = home.run("status")
    assert (1, False) == (done.code, "Correct-Horse" in done.out + done.err)
    assert "the database cannot be used" in done.out


def test_an_unfinished_upload_that_stays_is_told_and_not_taken(home):
    """A line that stalled left half a file; nobody would look for it before the rows are missed."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5Wm4cGSx8iTHqtF1ApVSMOS7JRSXr7SnZKH1bBGwHM sis"
    home.configure(f'[[sftp.account]]\nname = "ladok"\nkeys = ["{key}"]')
    parts = home.sync_folder / "ladok" / ".parts"
    parts.mkdir(parents=True)
    home.drop("users.csv.filepart", USERS)
    home.drop(".users.csv.a8Xk2q", USERS)
    (parts / "broken.csv").write_text("user")
    done = home.run("sync")
    assert (0, [".users.csv.a8Xk2q", "ladok", "users.csv.filepart"]) == (done.code, home.left("sync"))
    assert "left in sync/: users.csv.filepart: its name is that of an unfinished upload" in done.err
    told = status(home)
    names = ["ladok/broken.csv", "users.csv.filepart", ".users.csv.a8Xk2q"]
    assert sorted(names) == sorted(each["file"] for each in told["unfinished_uploads"])
    assert (0, True) == (told["verdict"]["code"], "users.csv.filepart" in home.run("status").out)
    (home.sync_folder / "users.csv.filepart").rename(home.sync_folder / "users.csv")
    assert 0 == home.run("sync").code
    assert ["pupil1", "pupil2"] == home.names("user", "username")


def test_a_drop_folder_that_is_gone_is_told(home):
    """Somebody tidied up, or the network drive is not there."""
    home.sync_folder.rmdir()
    told = status(home)
    assert (1, False) == (told["verdict"]["code"], told["drop"]["usable"])
    assert "sync/ cannot be used" in told["verdict"]["problems"][0]


def test_a_hostile_file_name_keeps_to_its_line(home):
    """It is shown on a terminal."""
    name = "a\x1b[2J\n\u202eb_users.csv"
    home.drop(name, BAD)
    with home.app() as app:
        app.sync()
    shown = home.run("status").out
    assert [] == [line for line in shown.split("\n") if not line.isprintable()]
    assert name == status(home)["failed"][0]["file"]
