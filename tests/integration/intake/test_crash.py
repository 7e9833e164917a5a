"""Power cuts, kill -9, disks that are full, files that nobody may remove."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from syncd.core.handshake import AlarmKind
from syncd.core.runs import Trigger
from syncd.intake import taking
from syncd.intake.work import INPUT

KILLED = 9
STEPS = frozenset({"open", "os.rename", "os.mkdir", "os.link", "os.remove", "os.rmdir", "os.truncate"})

CLAIM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from syncd.core.runs import Trigger
from syncd.intake.drop import DropFolder, DropSettings
root = Path(sys.argv[1])
settings = DropSettings(sync=root / "sync", work=root / "state" / "work", host="here")
DropFolder(settings, lambda: datetime.now(UTC)).claim(Trigger.CLI, "doomed")
"""

KILL_AT_MOVE = """
import os, signal, sys
moves = []
def hook(event, arguments):
    if event == "os.rename":
        moves.append(arguments)
        if len(moves) == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
"""


def contents(works) -> list[tuple[str, bytes]]:
    return sorted((work.file, work.input.read_bytes()) for work in works)


def wrong(claim) -> list[AlarmKind]:
    """Return what a claim found wrong, and what happened."""
    return [*claim.found, *(kind for kind, _ in claim.events)]


def _die_at(number: int, place) -> None:
    """End this process, without any clean-up, before the given step that touches the disk."""
    count = 0

    def step(event: str, _arguments: object) -> None:
        nonlocal count
        if event in STEPS:
            count += 1
            if count == number:
                os._exit(KILLED)

    folder = place.folder()
    sys.addaudithook(step)
    folder.claim(Trigger.CLI, "doomed")


def _refuse_rename(number: int):
    def rename(_source, _target):
        raise OSError(number, os.strerror(number))

    return rename


@pytest.mark.parametrize("route", ["rename", "copy", "stuck"])
def test_a_crash_at_any_step_loses_and_doubles_no_file(place, forked, monkeypatch, route):
    """Promise 5, tried at every single step: killed there, started again, each file is there exactly once."""
    if route != "rename":
        monkeypatch.setattr(os, "rename", _refuse_rename(errno.EXDEV))
    if route == "stuck":
        monkeypatch.setattr(taking, "remove", lambda *_: False)
    expected = [("a.csv", b"of a"), ("b.csv", b"of b"), ("c.csv", b"of c")]
    step, code = 0, KILLED
    while code == KILLED:
        step += 1
        shutil.rmtree(place.root / "state", ignore_errors=True)
        for path in place.sync.iterdir():
            path.unlink()
        for name, text in expected:
            place.drop(name, text)
        code = forked(lambda number=step: _die_at(number, place))
        folder = place.folder()
        adopted = folder.works()
        claimed = folder.claim(Trigger.CLI, "second").taken
        again = place.claim().taken
        assert (expected, ()) == (contents([*adopted, *claimed]), again), f"killed at step {step}"
        assert [] == [name for name in place.standing() if name == "lock.txt"], f"killed at step {step}"
    assert (0, True) == (code, step > 20)


@pytest.mark.parametrize("number", [1, 256, 257, 1111, 2000])
def test_kill_9_in_the_middle_of_a_large_claim_leaves_each_file_exactly_once(place, number):
    """The real signal in a real process, at the first, some and the last of 2,000 moves."""
    names = [f"{number:04}.csv" for number in range(2000)]
    for name in names:
        place.drop(name, name.encode())
    doomed = f"{KILL_AT_MOVE}\nat = {number}\n{CLAIM}"
    child = subprocess.run([sys.executable, "-c", doomed, place.root], check=False)
    folder = place.folder()
    adopted = folder.works()
    claim = folder.claim(Trigger.CLI, "second")
    assert (-signal.SIGKILL, number - 1) == (child.returncode, len(adopted))
    assert [(name, name.encode()) for name in names] == contents([*adopted, *claim.taken])
    assert ([], [AlarmKind.LOCK_TAKEN_OVER]) == (place.standing(), wrong(claim))


def test_claims_of_several_processes_share_the_files_out(place):
    """Whoever gets in, no file is taken twice."""
    for number in range(300):
        place.drop(f"{number}.csv")
    script = CLAIM.replace("DropFolder(", "[DropFolder(", 1).replace('"doomed")', '"doomed") for _ in range(20)]')
    children = [subprocess.Popen([sys.executable, "-c", script, str(place.root)]) for _ in range(4)]
    assert [0] * 4 == [child.wait(60) for child in children]
    assert sorted(f"{number}.csv" for number in range(300)) == sorted(work.file for work in place.folder().works())
    assert [] == place.standing()


@pytest.fixture
def on_disk(place):
    """Move the place to where the system has its temporary files; the tests' own folders may be in memory."""
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        place.root = Path(folder)
        place.sync.mkdir()
        yield place


@pytest.fixture
def immutable(on_disk):
    """Make a file that even root cannot remove, and mend that at the end."""
    chattr = shutil.which("chattr")
    made = []

    def make(path: Path) -> None:
        if not chattr or subprocess.run([chattr, "+i", path], check=False, capture_output=True).returncode:
            pytest.skip("chattr +i needs root and a file system that knows it")
        made.append(path)

    yield make
    for path in made:
        if path.exists():
            subprocess.run([chattr, "-i", path], check=True)


def test_a_file_that_cannot_be_removed_is_taken_once_until_it_changes(on_disk, immutable):
    """The model took it again at every pass (3.2); here it counts as taken, and every pass says what is wrong."""
    place = on_disk
    path = place.drop("users.csv", b"first")
    immutable(path)
    first, second, restarted = place.claim(), place.claim(), place.claim()
    subprocess.run(["chattr", "-i", path], check=True)
    place.drop("users.csv", b"second")
    changed = place.claim()
    assert [["users.csv"], [], [], ["users.csv"]] == [
        [work.file for work in claim.taken] for claim in (first, second, restarted, changed)
    ]
    assert [[AlarmKind.NOT_REMOVED], [AlarmKind.NOT_REMOVED], [AlarmKind.NOT_REMOVED], []] == [
        wrong(claim) for claim in (first, second, restarted, changed)
    ]
    assert [b"first", b"second"] == sorted(work.input.read_bytes() for work in place.folder().works())


def test_a_file_whose_removal_is_refused_is_remembered_after_its_run(place, monkeypatch):
    """The workroom goes when the run is over; the memory must not go with it."""
    place.drop("users.csv")
    monkeypatch.setattr(os, "rename", _refuse_rename(errno.EPERM))
    monkeypatch.setattr(taking, "remove", lambda *_: False)
    folder = place.folder()
    folder.release(folder.claim(Trigger.CLI, "").taken[0].name)
    assert ((), ["users.csv"]) == (place.claim().taken, place.standing())


def test_a_file_that_was_stuck_goes_once_it_may(place, monkeypatch):
    """Mended rights end the incident with the next delivery, without anybody's tidying up."""
    place.drop("users.csv")
    monkeypatch.setattr(os, "rename", _refuse_rename(errno.EPERM))
    with monkeypatch.context() as while_refused:
        while_refused.setattr("syncd.intake.taking.remove", lambda *_: False)
        place.claim()
    place.drop("courses.csv")
    claim = place.claim()
    assert (["courses.csv"], [], True, []) == (
        [work.file for work in claim.taken],
        wrong(claim),
        AlarmKind.NOT_REMOVED in claim.examined,
        place.standing(),
    )


def test_what_can_neither_be_removed_nor_remembered_is_not_taken(place, monkeypatch):
    """Else every pass would take it again."""
    place.drop("users.csv")
    place.claim()
    place.drop("stuck.csv")
    monkeypatch.setattr(os, "rename", _refuse_rename(errno.EPERM))
    monkeypatch.setattr(taking, "remove", lambda *_: False)
    (place.work.parent / "taken.json").mkdir()
    claim = place.claim()
    assert ((), ["stuck.csv"], 1) == (claim.taken, place.standing(), len(place.rooms()))
    assert "cannot be removed, nor noted" in claim.left[0][1]


def _as_nobody_in_a_sticky_folder(root: Path) -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    subprocess_code = CLAIM.replace("sys.argv[1]", repr(str(root)))
    exec(compile(subprocess_code, "claim", "exec"), {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("sticky", "stands"), [(True, True), (False, False)])
def test_another_users_file_is_taken_whether_or_not_it_can_be_moved(forked, sticky, stands):
    """SFTP accounts are other users; in a sticky folder their files are not ours to remove."""
    root = Path(tempfile.mkdtemp())
    try:
        (root / "state").mkdir()
        (root / "sync").mkdir()
        (root / "sync" / "users.csv").write_bytes(b"theirs")
        os.utime(root / "sync" / "users.csv", (1e9, 1e9))
        root.chmod(0o755)
        (root / "sync").chmod(0o1777 if sticky else 0o777)
        (root / "state").chmod(0o777)
        assert [0, 0] == [forked(lambda: _as_nobody_in_a_sticky_folder(root)) for _ in range(2)]
        rooms = list((root / "state" / "work").iterdir())
        assert ([b"theirs"], stands) == (
            [(room / INPUT).read_bytes() for room in rooms],
            (root / "sync" / "users.csv").exists(),
        )
    finally:
        shutil.rmtree(root)


def test_workrooms_on_another_disk_get_copies_and_the_source_goes(on_disk):
    """`state/` and `sync/` are often two volumes."""
    place = on_disk
    if Path("/dev/shm").stat().st_dev == place.root.stat().st_dev:
        pytest.skip("/dev/shm is the same file system")
    elsewhere = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        place.drop("users.csv", b"bytes")
        claim = place.claim(work=elsewhere / "work")
        work = claim.taken[0]
        assert (b"bytes", 0o600, []) == (
            work.input.read_bytes(),
            stat.S_IMODE(work.input.stat().st_mode),
            place.standing(),
        )
        assert ["delivery.json", "input"] == sorted(path.name for path in work.path.iterdir())
    finally:
        shutil.rmtree(elsewhere)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs is not permitted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            continue
    return ballast


def test_on_a_full_disk_the_copy_fails_and_the_file_stays(place, small_disk):
    """A sentence, one alarm, nothing half; and the next pass takes it."""
    place.drop("large.csv", b"x" * 300_000)
    place.drop("small.csv", b"x")
    first = place.claim(work=small_disk / "state" / "work")
    assert (["small.csv"], ["large.csv"]) == ([work.file for work in first.taken], place.standing())
    assert "No space left on device" in first.left[0][1]
    assert 1 == len(list((small_disk / "state" / "work").iterdir()))


def test_on_a_full_disk_no_workroom_is_made_and_the_file_stays(place, small_disk):
    """The bytes are safe where they are; when there is room again, they are taken."""
    place.drop("users.csv")
    work = small_disk / "state" / "work"
    place.claim(sync=small_disk / "empty", work=work)
    ballast = fill(small_disk)
    full = place.claim(work=work)
    ballast.unlink()
    roomy = place.claim(work=work)
    assert ((), [AlarmKind.NOT_TAKEN]) == (full.taken, wrong(full))
    assert (["users.csv"], []) == ([taken.file for taken in roomy.taken], place.standing())


def test_a_drop_folder_on_a_full_disk_is_a_sentence(place, small_disk):
    """There is no room for lock.txt, so nothing is taken; nothing is lost either."""
    sync = small_disk / "sync"
    sync.mkdir()
    (sync / "users.csv").write_bytes(b"x")
    place.age(sync / "users.csv", 60)
    ballast = fill(small_disk)
    full = place.claim(sync=sync)
    ballast.unlink()
    roomy = place.claim(sync=sync)
    assert ((), ["users.csv"]) == (full.taken, [work.file for work in roomy.taken])
    assert "No space left on device" in full.blocked
