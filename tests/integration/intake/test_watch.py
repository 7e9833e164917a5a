"""The watcher: hints that something came, whatever happens to the folder."""

import shutil
import threading
from collections.abc import Iterator

import pytest

from syncd.core.handshake import LOCK, SENDER_LOCK
from syncd.intake.watch import Watcher

SOON = 30.0


def never(watcher: Watcher) -> float:
    """Return the seconds in which all that changed is seen: polling looks every second."""
    return 2.5 if watcher._polling else 0.6


@pytest.fixture(params=[False, True], ids=["kernel", "polling"])
def watched(place, request) -> Iterator[tuple[Watcher, threading.Event]]:
    wake = threading.Event()
    watcher = Watcher(place.sync, wake, polling=request.param)
    assert watcher.check()
    wake.clear()
    yield watcher, wake
    watcher.stop()


def test_a_file_written_in_place_wakes(place, watched):
    """The plainest sender: open, write, close."""
    (place.sync / "users.csv").write_bytes(b"x")
    assert watched[1].wait(SOON)


def test_a_file_renamed_into_the_folder_wakes(place, watched, tmp_path):
    """The careful sender: written elsewhere, then moved."""
    (tmp_path / "users.csv").write_bytes(b"x")
    (tmp_path / "users.csv").rename(place.sync / "users.csv")
    assert watched[1].wait(SOON)


def test_the_end_of_the_senders_lock_wakes(place):
    """Its removal is the moment from which files may be taken."""
    (place.sync / SENDER_LOCK).touch()
    wake = threading.Event()
    watcher = Watcher(place.sync, wake)
    watcher.check()
    wake.clear()
    (place.sync / SENDER_LOCK).unlink()
    assert wake.wait(SOON)
    watcher.stop()


def test_our_own_claim_does_not_wake_us(place, watched):
    """Else each claim would be followed by another, for ever."""
    watcher, wake = watched
    place.drop("users.csv")
    place.drop("courses.csv")
    while wake.wait(never(watcher)):
        wake.clear()
    place.claim()
    assert not wake.wait(never(watcher))


def test_lock_txt_alone_does_not_wake(place, watched):
    """It is ours, and says nothing about files."""
    (place.sync / LOCK).touch()
    (place.sync / LOCK).unlink()
    assert not watched[1].wait(never(watched[0]))


def test_a_folder_made_again_is_watched_again(place, watched):
    """Somebody tidies up, or a volume is mounted late: the daemon must not go deaf."""
    watcher, wake = watched
    shutil.rmtree(place.sync)
    gone = watcher.check()
    place.sync.mkdir()
    again = watcher.check()
    assert (False, True, True) == (gone, again, wake.is_set())
    wake.clear()
    (place.sync / "users.csv").write_bytes(b"x")
    assert wake.wait(SOON)


def test_a_folder_that_was_exchanged_is_watched_again(place, watched, tmp_path):
    """The name counts, not the folder that once had it."""
    watcher, wake = watched
    place.sync.rename(tmp_path / "old")
    place.sync.mkdir()
    assert watcher.check()
    wake.clear()
    (place.sync / "users.csv").write_bytes(b"x")
    assert wake.wait(SOON)


def test_checking_again_changes_nothing_while_all_is_well(place, watched):
    """It is asked four times a second."""
    watcher, wake = watched
    threads = threading.active_count()
    assert all(watcher.check() for _ in range(50))
    assert (False, True) == (wake.is_set(), threading.active_count() <= threads)


def test_a_missing_folder_is_no_error(tmp_path):
    """The next claim makes it."""
    watcher = Watcher(tmp_path / "sync", threading.Event())
    assert not watcher.check()
    watcher.stop()
