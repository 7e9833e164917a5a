"""Several processes, many files, a full disk, decisions of people: what only shows from outside."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

USERS = "username;firstname;lastname;idnumber\n" + "".join(f"pupil{n};P{n};L{n};N{n}\n" for n in range(1, 41))
MIXED = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
HELD = "[limits]\nuser.removals = { count = 2, percent = 'none' }"
MANY = 150
SECRET = "Correct-Horse-{}"


def leaving(*numbers: int) -> str:
    return "username;firstname;lastname;deleted\n" + "".join(f"pupil{n};P{n};L{n};1\n" for n in numbers)


def start(home, *words: str) -> subprocess.Popen:
    """Start a command on a home without waiting for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "syncd", *words, "--home", str(home.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(is_so, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def test_two_syncs_at_once_do_the_work_once(home):
    """One waits for nobody: it exits 5, or finds nothing left to do."""
    for number in range(40):
        home.drop(f"{number}_users.csv", f"username;firstname;lastname\nu{number};A;B\n")
    processes = [start(home, "sync") for _ in range(3)]
    said = [process.communicate(timeout=300) for process in processes]
    codes = [process.returncode for process in processes]
    assert set(codes) <= {0, 5}, said
    assert 0 in codes
    assert 40 == len(home.files("archives"))
    assert sorted(f"u{n}" for n in range(40)) == home.names("user", "username")
    assert all("nothing was taken" in err for code, (_, err) in zip(codes, said, strict=True) if code == 5)


def test_a_daemon_and_a_sync_share_a_home(home):
    """The daemon takes what comes; a sync beside it takes nothing twice; SIGTERM ends it cleanly."""
    daemon = start(home, "daemon")
    try:
        codes = []
        for number in range(5):
            home.drop(f"{number}_users.csv", f"username;firstname;lastname\nu{number};A;B\n")
            codes.append(home.run("sync").code)
        home.drop("5_users.csv", "username;firstname;lastname\nu5;A;B\n")
        until(lambda: len(home.left("archives")) == 6)
        assert set(codes) <= {0, 5}
    finally:
        daemon.send_signal(signal.SIGTERM)
        out, err = daemon.communicate(timeout=60)
    assert (0, True) == (daemon.returncode, out.rstrip().endswith("Stopped.")), err
    assert "Traceback" not in err
    assert [f"u{n}" for n in range(6)] == home.names("user", "username")
    assert [] == home.left("sync")


def test_many_files_at_once_are_each_worked_once(homes):
    """A sender that makes a file for each change."""
    home = homes()
    for number in range(MANY):
        home.drop(f"{number:04}_users.csv", f"username;firstname;lastname\nu{number:04};A;B\n")
    done = home.run("sync", after=300)
    assert 0 == done.code, done.err
    archived = Counter(re.sub(r"^[0-9-]+_", "", path.name) for path in (home.path / "archives").iterdir())
    assert {f"{number:04}_users.csv": 1 for number in range(MANY)} == archived
    assert MANY == len(home.names("user", "username"))


@pytest.mark.parametrize("words", [["sync"], ["sync", "--json"]])
def test_the_lock_of_the_sender_stops_everything(home, words):
    """Promise 8: exit 5, one sentence, and nothing is touched."""
    home.drop("users.csv", USERS)
    home.drop("alock.txt", "")
    done = home.run(*words)
    assert (5, "") == (done.code, done.out)
    assert "alock.txt" in done.err
    assert ["alock.txt", "users.csv"] == home.left("sync")
    assert ([], []) == (home.files("archives"), home.files("reports"))
    (home.sync_folder / "alock.txt").unlink()
    assert 0 == home.run("sync").code


FILES = {
    "users.csv": USERS,
    "secret_users.csv": "username;firstname;lastname;password\nnew;N;O;" + SECRET.format(1) + "\n",
    "leaving_users.csv": leaving(1, 2, 3, 4),
    "uploadcourses.csv": "shortname;fullname;category\nALG;Algebra;Maths/One\n",
    "bad_users.csv": MIXED,
    "menu.csv": "soup;fish\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_dry_run_tells_the_same_and_leaves_the_home_alone(home, tmp_path, name):
    """W13: every byte, mode and time of every file stays, the database included."""
    home.configure(HELD)
    home.worked("first_users.csv", USERS)
    file = tmp_path / name
    file.write_text(FILES[name])
    home.run("status")
    before = home.fingerprint()
    dry = home.run("sync", str(file), "--dry-run", "--json")
    assert before == home.fingerprint()
    (told,) = dry.json()
    real = home.run("sync", str(file), "--json")
    (run,) = real.json()
    assert dry.code == real.code
    same = ("file", "object", "dialect", "operation", "rows", "before", "after", "changes", "breaches", "findings")
    assert {key: run[key] for key in same} == {key: told[key] for key in same}
    assert run["state"] == told["state"].replace("planned", run["state"])
    assert (None, None, None) == (told["report"], told["tryback"], told["archive"])


def test_a_dry_run_of_several_files_sees_each_on_top_of_the_other(home, tmp_path):
    """The second file needs what the first would make."""
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "cohorts.csv").write_text("cmd;cidnumber;cname;userid\nadd;c1;One;pupil1\nadd;c1;One;pupil2\n")
    before = home.fingerprint()
    done = home.run("sync", str(tmp_path / "cohorts.csv"), str(tmp_path / "users.csv"), "--dry-run", "--json")
    assert before == home.fingerprint()
    assert [("users", 40), ("cohorts", 2)] == [(run["object"], run["rows"]["applied"]) for run in done.json()]


@pytest.fixture
def held(home):
    """Give a home with a run that waits for a decision, and its number."""
    home.configure(HELD)
    home.worked("users.csv", USERS)
    home.drop("leaving_users.csv", leaving(1, 2, 3, 4))
    done = home.run("sync", "--json")
    (run,) = done.json()
    assert (3, "held", 40) == (done.code, run["state"], len(home.names("user", "username")))
    assert (home.path / run["report"]).exists()
    return home, run


def test_what_was_shown_is_what_an_approval_applies(held):
    """Promise 6."""
    home, shown = held
    assert 3 == home.run("status").code
    done = home.run("approve", str(shown["id"]), "--by", "ada", "--reason", "they left", "--json")
    (run,) = done.json()
    assert (0, "completed", "ada", "they left") == (done.code, run["state"], run["decided_by"], run["reason"])
    waiting, applied = ({name: each["rows"][name] for name in ("applied", "skipped")} for each in (shown, run))
    assert ({"applied": 0, "skipped": 4}, {"applied": 4, "skipped": 0}) == (waiting, applied)
    assert shown["changes"] == run["changes"]
    assert 36 == len(home.names("user", "username"))
    assert 2 == home.run("approve", str(shown["id"]), "--reason", "twice").code


def test_a_plan_of_which_the_roster_moved_is_made_again_and_held_again(held):
    """The person approved something else."""
    home, shown = held
    home.configure("")
    home.worked("gone_users.csv", leaving(1))
    home.configure(HELD)
    done = home.run("approve", str(shown["id"]), "--reason", "they left", "--json")
    (run,) = done.json()
    assert (3, "held", 3) == (done.code, run["state"], run["changes"]["user"]["deleted"])
    assert "plan-renewed" in {f["code"] for f in run["findings"]}
    assert "the plan was made again" in (home.path / run["report"]).read_text()
    assert 39 == len(home.names("user", "username"))
    assert 0 == home.run("approve", str(shown["id"]), "--reason", "they left, too").code
    assert 36 == len(home.names("user", "username"))


def test_a_rejection_changes_nothing_and_archives_the_file(held):
    """The file is not lost, and not worked again."""
    home, shown = held
    before = home.roster(deleted=True)
    done = home.run("reject", str(shown["id"]), "--by", "ada", "--reason", "cut short", "--json")
    (run,) = done.json()
    assert (0, "rejected", "ada") == (done.code, run["state"], run["decided_by"])
    assert before == home.roster(deleted=True)
    assert leaving(1, 2, 3, 4).encode() == (home.path / run["archive"]).read_bytes()
    assert run["rows"]["total"] == 4
    assert "Nothing to do" in home.run("sync").out


@pytest.fixture
def disk(home, tmp_path) -> Iterator:
    """Give a twin of the home on a small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield home.copy(place / "home")
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(path: Path, free: int) -> Path:
    """Fill the disk of a folder but for so many bytes."""
    ballast = path.parent / "ballast"
    state = os.statvfs(path)
    room = state.f_bavail * state.f_frsize - free
    with ballast.open("wb") as file:
        file.write(bytes(max(room, 0)))
    return ballast


def test_a_full_disk_loses_nothing_and_the_next_sync_goes_on(disk, home):
    """Each of the writing steps gets its turn to fail, as the room that is left grows by a page."""
    users = USERS + "BAD NAME;A;B;\n" + "".join(f"more{n};A;{'B' * 90};\n" for n in range(300))
    home.drop("users.csv", users)
    home.run("sync")
    expected = home.end()
    seed = disk.copy(disk.path.with_name("seed"))
    failed = 0
    for pages in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128):
        place = seed.copy(disk.path.with_name(f"home-{pages}"))
        place.drop("users.csv", users)
        ballast = fill(place.path, pages * 4096)
        done = place.run("sync")
        assert "Traceback" not in done.err
        assert "syncd itself failed" not in done.err, done.err
        failed += "No space left" in done.err + done.out or "full" in done.err
        ballast.unlink()
        place.run("sync")
        assert expected == place.end(), f"{pages} pages free: {done.err}"
        subprocess.run(["rm", "-rf", place.path], check=True)
    assert failed > 3
