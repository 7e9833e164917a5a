"""What the model loses, overwrites or lets in at its drop folder, shown absent on a home (W1 to W4, W22, W23)."""

import json
import os
import re
import stat
import threading
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.core.handshake import Owner, render
from syncd.intake.process import this_process

USERS = "username;firstname;lastname\nada;Ada;X\n"
HOURS = 3600


def aged(path: Path, hours: float) -> None:
    """Make a file look as if it had been written so long ago."""
    then = time.time() - hours * HOURS
    os.utime(path, (then, then))


def test_w1_a_lock_excludes_and_a_dead_one_does_not(home):
    """The model writes lock.txt and goes on whoever holds it."""
    home.drop("users.csv", USERS)
    lock = home.sync_folder / "lock.txt"
    lock.write_text(render(this_process(os.uname().nodename, datetime.now(UTC))))
    assert (5, ["lock.txt", "users.csv"]) == (home.run("sync").code, home.left("sync"))
    gone = Owner(pid=2**22 + 1, host=os.uname().nodename, since=datetime.now(UTC))
    lock.write_text(render(gone))
    done = home.run("sync")
    assert (0, []) == (done.code, home.left("sync"))
    assert "syncd has taken it over" in done.err


def test_w1_only_a_stale_lock_alarms_and_only_once(home):
    """The model's age test is always true: every pass sends a mail, about a lock that is one second old."""
    home.drop("users.csv", USERS)
    alock = home.sync_folder / "alock.txt"
    alock.touch()
    assert "alarm" not in home.run("sync").err
    aged(alock, hours=4)
    first, second = home.run("sync"), home.run("sync")
    assert re.search("alarm: .*alock.txt has been in the drop folder for 4 h", first.err)
    assert (5, 5, False) == (first.code, second.code, "alarm" in second.err)
    alock.unlink()
    over = home.run("sync")
    assert re.search("alarm: .*over.*alock.txt", over.err)
    assert (0, []) == (over.code, home.left("sync"))


def test_w2_a_file_that_is_being_written_is_left_alone(home):
    """The model takes what it sees; a sender without alock.txt has half of its file imported."""
    (home.path / "config" / "syncd.toml").write_text('[drop]\nquiet = "2s"\n')
    file = home.sync_folder / "users.csv"
    begun, enough = threading.Event(), threading.Event()
    head, row = USERS.splitlines(keepends=True)
    written = [head]

    def write() -> None:
        with file.open("a", buffering=1) as sink:
            sink.write(head)
            begun.set()
            while not enough.wait(0.05):
                written.append("\n")
                sink.write("\n")
            written.append(row)
            sink.write(row)

    sender = threading.Thread(target=write)
    sender.start()
    try:
        assert begun.wait(60)
        seen = [home.run("sync").err for _ in range(2)]
    finally:
        enough.set()
        sender.join()
    assert ["it still grows or changed just now" in said for said in seen] == [True, True], seen
    assert 0 == home.run("sync").code
    assert ["".join(written).encode()] == [data for _, data in home.files("archives")]


@pytest.mark.parametrize("name", ["blocked_users.csv", "clock_users.csv", "users_lock.txt.csv", "LOCK_users.csv"])
def test_w3_only_the_two_locks_are_locks(home, name):
    """The model ignores for ever whatever has the four letters in its name."""
    home.drop(name, USERS)
    assert (0, ["ada"], []) == (home.run("sync").code, home.names("user", "username"), home.left("sync"))


def test_w3_no_row_is_lost_for_its_first_character(home):
    """The model takes rows that begin so for remarks, and says nothing."""
    shortnames = ["#D", "(A)", "-C", "/E", "[B]"]
    rows = "".join(f"{name};Course\n" for name in shortnames)
    run = home.worked("uploadcourses.csv", f"# from the registry\n\nshortname;fullname\n{rows}\n")
    assert shortnames == home.names("course", "shortname")
    assert ("completed", len(shortnames)) == (run["state"], run["rows"]["applied"])
    assert any("skipped" in finding["message"] for finding in run["findings"])


def test_w4_a_new_drop_never_replaces_one_that_waits(home):
    """The model deletes the file of that name which it has not worked yet."""
    home.configure("[limits]\nuser.removals = { count = 0, percent = 'none' }")
    assert "completed" == home.worked("users.csv", USERS)["state"]
    removing = "username;firstname;lastname;deleted\nada;;;1\n"
    waiting = home.worked("users.csv", removing)
    assert ("held", None, None) == (waiting["state"], waiting["archive"], waiting["tryback"])
    adding = "username;firstname;lastname\nbea;Bea;X\n"
    assert "completed" == home.worked("users.csv", adding)["state"]
    (held,) = home.held()
    assert 0 == home.run("approve", str(held), "--by", "ada", "--reason", "she left").code
    assert ["bea"] == home.names("user", "username")
    assert sorted(text.encode() for text in (USERS, removing, adding)) == sorted(d for _, d in home.files("archives"))


def test_w22_nothing_is_open_to_everybody_and_links_are_not_followed(home, tmp_path):
    """The model makes its drop folder with all rights for all, and reads what a link points at."""
    open_to_all = [p for p in (home.path, *home.path.rglob("*")) if p.lstat().st_mode & stat.S_IWOTH]
    assert [] == open_to_all
    assert 0o700 == stat.S_IMODE((home.path / "state").stat().st_mode)
    outside = tmp_path / "users.csv"
    outside.write_text(USERS)
    (home.sync_folder / "users.csv").symlink_to(outside)
    done = home.run("sync")
    assert "it is a link" in done.err
    assert (["users.csv"], USERS, []) == (home.left("sync"), outside.read_text(), home.names("user", "username"))


def test_w22_a_template_never_names_a_file_of_the_machine(home):
    """In the model a row may name any backup file that the web server can read."""
    run = home.worked("uploadcourses.csv", "shortname;fullname;template\nALG;Algebra;/etc/secret.mbz\n")
    assert (["template-forbidden"], []) == ([f["code"] for f in run["findings"]], home.names("course", "shortname"))


def test_w22_an_archive_cannot_burst_or_break_out(home):
    """The model unpacks whatever a zip holds, wherever its names lead."""
    home.worked("users.csv", USERS)
    with zipfile.ZipFile(home.sync_folder / "userpictures_1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../ada.png", b"x")
        archive.writestr("/tmp/syncd-was-here.png", b"x")
        archive.writestr("ada.png", bytes(200_000_000))
    (run,) = home.runs("sync")
    assert ("0", []) == (str(run["rows"]["applied"]), home.roster("picture")["picture"])
    assert run["state"] in ("failed", "completed_with_failures")
    assert not Path("/tmp/syncd-was-here.png").exists()
    assert not list(home.path.parent.rglob("ada.png"))


def test_w22_a_password_stays_in_what_was_delivered(home):
    """The model mails it in clear, and leaves it in files that everybody on the machine may read."""
    word = "correct-horse-7"
    run = home.worked(
        "users.csv", f"username;firstname;lastname;email;password\nada;Ada;X;a@x.org;{word}\nbea;Bea;X;nowhere;{word}\n"
    )
    holding = {p for p in home.path.rglob("*") if p.is_file() and word.encode() in p.read_bytes()}
    assert {home.path / run["archive"], home.path / run["tryback"]} == holding
    assert {0o600} == {stat.S_IMODE(p.stat().st_mode) for p in holding}


def test_w22_a_file_name_is_never_a_command(home):
    """The model's scripts hand names to a shell unescaped."""
    name = "users $(touch oops) `touch oops`;touch oops.csv"
    run = home.worked(name, USERS)
    assert ("completed", name) == (run["state"], run["file"])
    assert not list(home.path.rglob("oops"))
    assert not Path("oops").exists()


def test_w23_what_is_handed_in_by_hand_leaves_the_same_traces(home, tmp_path):
    """In the model report and tryback of an upload end in a private draft area."""
    file = tmp_path / "users.csv"
    file.write_text(f"{USERS}bea;Bea\n")
    done = home.run("sync", str(file), "--json")
    (run,) = (json.loads(line) for line in done.out.splitlines())
    assert 1 == done.code
    assert file.read_bytes() == (home.path / run["archive"]).read_bytes()
    assert all((home.path / run[what]).is_file() for what in ("report", "tryback"))
    assert file.exists()
