"""`lock.txt` among real processes."""

import errno
import fcntl
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from syncd.core.handshake import LOCK, Owner, Verdict, parse, render
from syncd.intake import lock
from syncd.intake.process import boot_id, lives, this_process

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
ROUNDS, RACERS = 20, 4


def seeker(age: float = 0.0, host: str = "here") -> lock.Seeker:
    return lock.Seeker(me=this_process(host, NOW), age_of=lambda _: age, threshold=10800.0)


def a_dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def left_by_the_dead(path) -> None:
    path.write_text(render(Owner(pid=a_dead_process(), host="here", boot=boot_id(), started=1, since=NOW)))


def _race(path, start, end, wins) -> None:
    for number in range(ROUNDS):
        start.wait(60)
        attempt = lock.take(path, seeker())
        end.wait(60)  # Everybody has tried while the winner holds it.
        if attempt.grip:
            wins.put((number, os.getpid(), parse(path.read_text()).pid, attempt.grip.release()))
        end.wait(60)


@pytest.mark.parametrize("left_behind", [False, True], ids=["free", "dead"])
def test_of_racing_processes_exactly_one_gets_the_lock(tmp_path, left_behind):
    """Two owners would take one file twice, or lose it; also when all take over from a dead owner."""
    context = multiprocessing.get_context("fork")
    start, end, wins = context.Barrier(RACERS + 1), context.Barrier(RACERS), context.Queue()
    path = tmp_path / LOCK
    racers = [context.Process(target=_race, args=(path, start, end, wins)) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    rounds = []
    for _ in range(ROUNDS):
        if left_behind:
            left_by_the_dead(path)
        start.wait(60)
        rounds.append(wins.get(timeout=60))
    for racer in racers:
        racer.join(60)
    assert [0] * RACERS == [racer.exitcode for racer in racers]
    assert list(range(ROUNDS)) == [number for number, *_ in rounds]
    assert [(True, True)] * ROUNDS == [(winner == named, released) for _, winner, named, released in rounds]
    assert wins.empty()


def test_the_lock_says_whose_it_is(tmp_path):
    """The sender's side, and the next syncd, must see who holds the folder."""
    grip = lock.take(tmp_path / LOCK, seeker()).grip
    assert this_process("here", NOW) == parse((tmp_path / LOCK).read_text())
    assert grip.release()
    assert not (tmp_path / LOCK).exists()


def test_a_live_owner_keeps_the_lock(tmp_path):
    """However old: a claim over a slow disk is still a claim."""
    (tmp_path / LOCK).write_text(render(Owner(pid=os.getppid(), host="here", since=NOW)))
    attempt = lock.take(tmp_path / LOCK, seeker(age=1e6))
    assert (None, Verdict.OURS_LIVE) == (attempt.grip, attempt.blocking.verdict)


def test_a_dead_owner_is_taken_over(tmp_path):
    """Else a crash would stop the sync until somebody notices."""
    left_by_the_dead(tmp_path / LOCK)
    attempt = lock.take(tmp_path / LOCK, seeker())
    assert (True, None, Verdict.DEAD) == (attempt.grip.stands(), attempt.blocking, attempt.cleared.verdict)
    attempt.grip.release()


def test_a_lock_that_came_back_with_its_folder_does_not_lock_out_its_own_process(tmp_path):
    """It lives as long as the daemon does: nothing would be taken until somebody restarts it."""
    sync, away = tmp_path / "sync", tmp_path / "away"
    sync.mkdir()
    grip = lock.take(sync / LOCK, seeker()).grip
    sync.rename(away)
    assert grip.release()
    away.rename(sync)
    attempt = lock.take(sync / LOCK, seeker())
    assert (True, True) == (attempt.grip.stands(), attempt.cleared.our_own)
    assert attempt.grip.release()


def test_a_lock_that_this_process_holds_is_not_taken_from_it(tmp_path):
    """Whoever embeds syncd may have two threads that want it."""
    grip = lock.take(tmp_path / LOCK, seeker()).grip
    attempt = lock.take(tmp_path / LOCK, seeker(age=1e6))
    assert (None, Verdict.OURS_LIVE, True) == (attempt.grip, attempt.blocking.verdict, grip.stands())
    assert grip.release()


def test_a_reused_process_number_is_not_the_owner(tmp_path):
    """Numbers come round: whoever has it now never held the lock."""
    me = this_process("here", NOW)
    (tmp_path / LOCK).write_text(
        render(Owner(pid=me.pid, host="here", boot=me.boot, started=me.started - 1, since=NOW))
    )
    attempt = lock.take(tmp_path / LOCK, seeker())
    assert Verdict.DEAD is attempt.cleared.verdict
    attempt.grip.release()


def test_an_owner_of_an_earlier_boot_is_dead():
    """After a restart of the machine the same number, even the same start tick, is another process."""
    me = this_process("here", NOW)
    assert not lives(Owner(pid=me.pid, host="here", boot="of-before", started=me.started, since=NOW))


def test_a_killed_process_that_nobody_has_reaped_is_dead():
    """A zombie still has its number, but will never release anything."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    owner = Owner(pid=child.pid, host="here", boot=boot_id(), since=NOW)
    alive = lives(owner)
    child.kill()
    end = time.monotonic() + 60
    while lives(owner) and time.monotonic() < end:
        time.sleep(0.005)
    assert (True, False) == (alive, lives(owner))
    child.wait()


def test_a_foreign_owner_is_believed_until_the_threshold(tmp_path):
    """Its process cannot be looked for from here."""
    (tmp_path / LOCK).write_text(render(this_process("elsewhere", NOW)))
    young, old = lock.take(tmp_path / LOCK, seeker(age=10800)), lock.take(tmp_path / LOCK, seeker(age=10801))
    assert (None, Verdict.THEIRS_LIVE, Verdict.STALE) == (young.grip, young.blocking.verdict, old.cleared.verdict)
    old.grip.release()


def test_a_foreign_owner_that_the_kernel_sees_is_never_taken_over(tmp_path):
    """Two containers on one folder do not see each other's processes, but the kernel lock."""
    theirs = lock.take(tmp_path / LOCK, seeker(host="elsewhere")).grip
    attempt = lock.take(tmp_path / LOCK, seeker(age=1e6))
    assert (None, Verdict.THEIRS_LIVE) == (attempt.grip, attempt.blocking.verdict)
    theirs.release()


@pytest.mark.parametrize("contents", [b"", b"1763746205", b"\xff\x00\xfe"])
def test_a_lock_that_names_nobody_blocks_until_the_threshold(tmp_path, contents):
    """Another tool may have made it; it is believed as long as it is young."""
    (tmp_path / LOCK).write_bytes(contents)
    assert Verdict.THEIRS_LIVE is lock.take(tmp_path / LOCK, seeker(age=5)).blocking.verdict
    grip = lock.take(tmp_path / LOCK, seeker(age=10801)).grip
    assert grip.release()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_a_lock_that_is_no_file_blocks_and_is_left_alone(tmp_path, make):
    """A fifo must not hang the daemon, a link must not be followed, and neither is ours to remove."""
    make(tmp_path / LOCK)
    attempt = lock.take(tmp_path / LOCK, seeker(age=1e6))
    assert (None, Verdict.STALE) == (attempt.grip, attempt.blocking.verdict)
    assert os.path.lexists(tmp_path / LOCK)


def test_release_leaves_a_lock_that_is_not_ours_any_more(tmp_path):
    """Whoever took over after we were thought dead must not lose the lock by our waking up."""
    grip = lock.take(tmp_path / LOCK, seeker()).grip
    (tmp_path / LOCK).unlink()
    (tmp_path / LOCK).write_text("another's")
    assert (False, True) == (grip.stands(), grip.release())
    assert "another's" == (tmp_path / LOCK).read_text()


def test_a_file_system_without_nameless_files_gets_the_lock_too(tmp_path, monkeypatch):
    """NFS has no O_TMPFILE: there the name is made first, as exclusively."""
    real = os.open

    def without_nameless(path, flags, *rest, **more):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not here")
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", without_nameless)
    grip = lock.take(tmp_path / LOCK, seeker()).grip
    second = lock.take(tmp_path / LOCK, seeker())
    assert (this_process("here", NOW), None) == (parse((tmp_path / LOCK).read_text()), second.grip)
    assert grip.release()


def test_a_disk_that_is_full_leaves_no_empty_lock(tmp_path, monkeypatch):
    """An empty lock.txt would name nobody and block for hours."""

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        lock.take(tmp_path / LOCK, seeker())
    assert not list(tmp_path.iterdir())


def test_a_lock_that_was_renewed_while_it_was_judged_is_left_alone(tmp_path, monkeypatch):
    """Two takers judge one dead lock; the slower one must not remove the lock of the quicker."""
    path = tmp_path / LOCK
    left_by_the_dead(path)
    real, quicker = fcntl.flock, []

    def flock_too_late(descriptor, how):
        if how & fcntl.LOCK_NB and not quicker:
            quicker.append(None)
            quicker[0] = lock.take(path, seeker()).grip
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock_too_late)
    attempt = lock.take(path, seeker())
    assert (None, None, Verdict.OURS_LIVE) == (attempt.grip, attempt.cleared, attempt.blocking.verdict)
    assert quicker[0].stands()
    quicker[0].release()


def test_without_kernel_locks_nothing_is_taken_over(tmp_path, monkeypatch):
    """Where two takers cannot be kept apart, a person decides."""

    def unsupported(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    left_by_the_dead(tmp_path / LOCK)
    attempt = lock.take(tmp_path / LOCK, seeker())
    assert (None, Verdict.DEAD, True) == (attempt.grip, attempt.blocking.verdict, (tmp_path / LOCK).exists())


def test_a_missing_folder_is_an_error_not_a_lock(tmp_path):
    """The claim says so in a sentence; it must not look like somebody's lock."""
    with pytest.raises(FileNotFoundError):
        lock.take(tmp_path / "gone" / LOCK, seeker(host=socket.gethostname()))
