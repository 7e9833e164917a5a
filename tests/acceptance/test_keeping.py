"""What is kept and for how long; a copy of the home, and going on from it."""

import os
import stat
import subprocess
import sys
import tarfile
import time
from datetime import timedelta
from subprocess import DEVNULL, PIPE, STDOUT

import pytest

from syncd.app import building
from syncd.core.kinds import Kind
from syncd.core.runs import Trigger

USERS = "username;firstname;lastname;idnumber\n" + "".join(f"pupil{n};P{n};L{n};N{n}\n" for n in range(1, 11))
BAD = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
HELD = "[limits]\nuser.removals = { count = 2, percent = 'none' }\n"
LEAVING = "username;firstname;lastname;deleted\n" + "".join(f"pupil{n};P{n};L{n};1\n" for n in range(1, 6))
KEPT = "[keep]\narchives = '10d'\ntrybacks = '20d'\nreports = '30d'\nhistory = '40d'\n"
TREE = ("archives", "reports", "state/runs", "state/memory", "state/work", "sync")


def listed(home) -> set[str]:
    return {str(p.relative_to(home.path)) for folder in TREE for p in (home.path / folder).rglob("*") if p.is_file()}


@pytest.fixture
def later(monkeypatch):
    """Let so many days go by for what this process does."""
    now = building.LocalClock.now

    def go(days: float) -> None:
        monkeypatch.setattr(building.LocalClock, "now", lambda clock: now(clock) + timedelta(days=days))

    return go


@pytest.fixture
def worked(home):
    """Give a home in which one file was worked, one left a tryback, and one is held."""
    home.configure(HELD + KEPT)
    home.worked("users.csv", USERS)
    home.worked("bad_users.csv", BAD)
    assert "held" == home.worked("leaving_users.csv", LEAVING)["state"]
    return home


def pruned(home, *, dry_run: bool = False) -> dict[str, int]:
    with home.app() as app:
        counts = app.prune(dry_run=dry_run).as_json()
    assert [] == counts.pop("troubles")
    assert counts.pop("bytes") >= 0
    return {name: count for name, count in counts.items() if count}


def test_each_class_goes_in_its_time_and_the_record_stays(worked, later):
    """W26: retention for each class of artefact; the run, its changes and its findings' fate stay known."""
    seen = []
    for days in (9, 11, 21, 31, 41):
        later(days)
        seen.append(pruned(worked))
    later(0)
    assert [{}, {"archives": 2}, {"trybacks": 1}, {"reports": 2}] == seen[:4]
    assert 2 == seen[4]["history"]
    left = listed(worked)
    assert not [name for name in left if name.startswith(("archives/", "state/runs/1", "state/runs/2"))]
    with worked.app() as app:
        runs = {run.id: run for run in app.runs()}
        assert {1, 2, 3} == set(runs)
        assert (True, True, False) == tuple(runs[id].forgotten for id in (1, 2, 3))
        assert ["history-removed"] == app.run(2).findings["code"].to_list()
        assert "history in [keep]" in app.run(2).text()
        assert 11 == len(list(app.records(Kind.USER, deleted=False)))


def test_a_held_run_can_be_decided_after_years(worked, later):
    """Its plan is what was shown; its file has not been archived yet."""
    later(4000)
    pruned(worked)
    later(0)
    with worked.app() as app:
        done = app.approve(3, "ada", "")
    assert ("completed", 5) == (done.run.state.value, done.run.rows.applied)
    assert LEAVING.encode() == (worked.path / done.run.archive).read_bytes()


def test_a_dry_run_tells_the_same_and_removes_nothing(worked, later):
    """One looks before one lets it happen."""
    later(100)
    before = worked.fingerprint()
    told = pruned(worked, dry_run=True)
    assert before == worked.fingerprint()
    assert told == pruned(worked)
    assert {} == pruned(worked)


def test_nothing_that_syncd_did_not_write_is_removed_and_no_link_is_followed(worked, later, tmp_path):
    """A name in a folder is no proof; a link may point anywhere."""
    outside = tmp_path / "outside.csv"
    outside.write_text("precious")
    with worked.app() as app:
        archive = worked.path / app.run(1).run.archive
    archive.unlink()
    archive.symlink_to(outside)
    stranger = worked.path / "archives" / "20200101-000000_users.csv"
    stranger.write_text("not ours")
    waiting = worked.sync_folder / "later_users.csv"
    waiting.write_text(USERS)
    os.utime(waiting, (0, 0))
    os.utime(stranger, (0, 0))
    later(4000)
    assert 1 == pruned(worked)["archives"]
    assert ("precious", True, True, True) == (
        outside.read_text(),
        archive.is_symlink(),
        stranger.exists(),
        waiting.exists(),
    )


def test_a_tryback_that_somebody_is_mending_is_young(worked, later):
    """The work of an afternoon must not vanish in the night."""
    with worked.app() as app:
        tryback = worked.path / app.run(2).run.tryback
    edited = time.time() + 15 * 86400
    os.utime(tryback, (edited, edited))
    later(30)
    assert "trybacks" not in pruned(worked)
    later(36)
    assert 1 == pruned(worked)["trybacks"]


def test_none_keeps_for_ever(worked, later):
    """Some schools must."""
    worked.configure(HELD + "[keep]\narchives = 'none'\ntrybacks = 'none'\nreports = 'none'\nhistory = 'none'\n")
    later(4000)
    assert {} == pruned(worked)


def test_the_rows_of_a_file_that_nobody_sends_any_longer_are_forgotten(worked, later):
    """A memory costs disk for as long as it stands."""
    assert [".rows"] == sorted({path.suffix for path in (worked.path / "state" / "memory").iterdir()})
    (worked.path / "state" / "memory" / "half.part").write_bytes(b"x")
    later(41)
    assert pruned(worked)["memories"] >= 2
    later(0)
    again = worked.worked("users.csv", USERS)
    assert (10, 10) == (again["rows"]["total"], again["rows"]["unchanged"])


def test_the_daemon_prunes_and_the_command_says_what(worked, later):
    """The daemon once a day; by hand whenever somebody needs room."""
    later(11)
    with worked.app() as app:
        app.sync(Trigger.SCHEDULE)
    assert [] == worked.left("archives")
    later(0)
    done = worked.run("prune", "--dry-run")
    assert (0, "Nothing is old enough.\n") == (done.code, done.out)
    told = worked.run("prune", "--json").json()
    classes = ("archives", "trybacks", "reports", "history", "memories", "pictures", "letters", "bytes")
    assert [dict.fromkeys(classes, 0)] == [
        {name: count for name, count in line.items() if name not in ("dry_run", "troubles")} for line in told
    ]


def restored(home, tar, path):
    """Do what docs/running.md says, and give the new home."""
    path.mkdir()
    subprocess.run(["tar", "-xpf", tar, "-C", path], check=True)
    return type(home)(path, home.run.__self__._zygote)


def one_user(number: int) -> str:
    return f"username;firstname;lastname\nload{number};A;B\n"


def test_a_backup_under_load_goes_on_elsewhere_undisturbed(worked, tmp_path):
    """The machine burns down at night; in the morning files go on as if nothing had been, each row once."""
    tar, dropped = tmp_path / "home.tar", 0
    daemon = subprocess.Popen(
        [sys.executable, "-m", "syncd", "daemon", "--home", str(worked.path)], stderr=DEVNULL, stdout=DEVNULL
    )
    copying, end = None, time.monotonic() + 120
    try:
        while copying is None or copying.poll() is None:
            assert time.monotonic() < end
            # No more than the daemon works off: the machine may be slow.
            if len(worked.left("sync")) < 5:
                worked.drop(f"load{dropped}_users.csv", one_user(dropped))
                dropped += 1
            if copying is None and len(worked.left("archives")) > 4:
                words = ["backup", str(tar), "--home", str(worked.path)]
                copying = subprocess.Popen([sys.executable, "-m", "syncd", *words], stdout=PIPE, stderr=STDOUT)
            time.sleep(0.05)
        assert 0 == copying.returncode, copying.stdout.read()
    finally:
        daemon.terminate()
        daemon.wait(60)
        if copying is not None:
            copying.kill()
            copying.communicate()
    twin = restored(worked, tar, tmp_path / "new")
    with twin.app() as app:
        done = {run.file for run in app.runs(limit=5000) if run.file.startswith("load") and run.state.is_final}
    assert len(done) >= 2
    assert {f"{name}_users.csv" for name in twin.names("user", "username") if name.startswith("load")} == done
    for number in range(dropped):
        twin.drop(f"load{number}_users.csv", one_user(number))
    with twin.app() as app:
        reports = [report.run for report in app.sync().reports if report.run.id > 3]
    assert done == {run.file for run in reports if run.rows.unchanged}
    assert sorted(f"load{n}" for n in range(dropped)) == sorted(
        name for name in twin.names("user", "username") if name.startswith("load")
    )


def test_a_quiet_backup_is_the_home(worked, tmp_path):
    """Same file, same secret, same plan: unchanged, and what was shown is what is applied."""
    tar = tmp_path / "home.tar"
    done = worked.run("backup", str(tar), "--with-files", "--json")
    assert 0 == done.code, done.err
    assert 0o600 == stat.S_IMODE(tar.stat().st_mode)
    twin = restored(worked, tar, tmp_path / "new")
    assert 0o700 == stat.S_IMODE((twin.path / "state").stat().st_mode)
    assert worked.end() == twin.end()
    again = twin.worked("users.csv", USERS)
    assert (10, 10) == (again["rows"]["total"], again["rows"]["unchanged"])
    with twin.app() as app:
        assert 5 == app.approve(3, "ada", "").run.rows.applied


def test_a_backup_without_files_still_goes_on(worked, tmp_path):
    """Archives may be large, and saved in another way."""
    tar = tmp_path / "home.tar"
    assert 0 == worked.run("backup", str(tar)).code
    twin = restored(worked, tar, tmp_path / "new")
    assert ([], []) == (twin.left("archives"), twin.left("reports"))
    assert worked.roster(deleted=True) == twin.roster(deleted=True)
    assert 3 == twin.run("status").code


def test_a_backup_replaces_nothing_and_follows_no_link(worked, tmp_path):
    """Last week's backup is not lost to a wrong name; a link in a folder takes nothing along."""
    tar = tmp_path / "home.tar"
    tar.write_text("last week")
    done = worked.run("backup", str(tar))
    assert (2, "last week") == (done.code, tar.read_text())
    assert "is there already" in done.err
    assert 2 == worked.run("backup", str(tmp_path / "nowhere" / "home.tar")).code
    (worked.path / "archives" / "passwd").symlink_to("/etc/passwd")
    assert 0 == worked.run("backup", str(tmp_path / "new.tar"), "--with-files").code
    with tarfile.open(tmp_path / "new.tar") as members:
        names = members.getnames()
        assert all(member.isreg() or member.isdir() for member in members)
    assert "archives/passwd" not in names
    assert "syncd-backup.json" == names[0]
    assert not [name for name in names if "home.lock" in name or name.startswith("state/memory")]


def test_with_postgresql_the_backup_says_what_it_lacks(worked, tmp_path, new_postgres):
    """Nobody finds out in the morning after."""
    worked.configure(f'[store]\nurl = "{new_postgres()}"')
    done = worked.run("backup", str(tmp_path / "home.tar"))
    assert 0 == done.code, done.err
    assert "pg_dump --format=custom" in done.err
    with tarfile.open(tmp_path / "home.tar") as members:
        assert not [name for name in members.getnames() if name.endswith(".db")]


def test_a_full_disk_leaves_no_half_backup(worked, small_folder):
    """Half a backup is worse than none."""
    done = worked.run("backup", str(small_folder / "home.tar"), "--with-files")
    assert (1, []) == (done.code, list(small_folder.iterdir()))
    assert "No space left" in done.err


@pytest.fixture
def small_folder(tmp_path):
    """Give a disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)
