"""Files that a program still has open for writing, as real writers leave them."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncd.intake import taking, writers
from syncd.intake.taking import IS_OPEN
from syncd.intake.writers import is_written

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")

OPENERS = {
    "appends": "f = open(path, 'ab')",
    "updates in place, as scp does": "f = open(path, 'r+b')",
    "maps it and closes the descriptor": "import mmap; f = open(path, 'r+b'); m = mmap.mmap(f.fileno(), 0); f.close()",
}


def not_permitted(*_: object) -> None:
    """Refuse as the system does for the file of another user."""
    raise PermissionError(errno.EACCES, "Permission denied")


@contextmanager
def opened(path: Path, how: str) -> Iterator[None]:
    """Have another process open a file for the time of the block."""
    program = f"path = {str(path)!r}\n{how}\nprint('open', flush=True)\ninput()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert "open\n" == process.stdout.readline()
        yield
    finally:
        process.communicate("\n", timeout=60)


@pytest.fixture
def here(place) -> None:
    """Skip on a file system that cannot tell."""
    path = place.drop("probe.csv")
    with path.open("ab"):
        if not is_written(path):
            pytest.skip("the file system of the tests grants no leases")
    path.unlink()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("how", OPENERS.values(), ids=OPENERS)
def test_a_file_whose_writer_has_it_open_stays_until_it_is_closed(place, how):
    """Neither size nor time of change says that a sender is half way through a file that it writes over."""
    path = place.drop("users.csv", b"username\nanna\n")
    place.drop("courses.csv")
    with opened(path, how):
        claim = place.claim()
        assert (["courses.csv"], (("users.csv", IS_OPEN),)) == ([work.file for work in claim.taken], claim.left)
        assert (["users.csv"], True) == (place.standing(), claim.unsettled)
    assert ["users.csv"] == [work.file for work in place.claim().taken]


@pytest.mark.usefixtures("here")
def test_for_an_open_file_no_workroom_is_made_and_the_sender_is_not_kept_out(place, monkeypatch):
    """A writer that stalls is looked at every second, maybe for hours."""
    path = place.drop("users.csv")
    monkeypatch.setattr(taking, "open_room", lambda *_: pytest.fail("a workroom was made"))
    with opened(path, OPENERS["appends"]):
        place.claim()
    assert not (place.sync / "lock.txt").exists()


def test_a_file_that_is_only_read_is_taken(place):
    """A backup or a virus scanner must not stop the work."""
    path = place.drop("users.csv")
    with opened(path, "f = open(path, 'rb')"):
        assert ["users.csv"] == [work.file for work in place.claim().taken]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("move", [os.rename, None], ids=["moved", "copied"])
def test_a_file_that_is_opened_while_it_is_taken_is_given_back(place, monkeypatch, move):
    """The writer would write into the file that is being read."""
    path = place.drop("users.csv", b"whole")
    held: list[int] = []

    def open_it(*_: object) -> None:
        held.append(os.open(path, os.O_WRONLY))

    def moved(source: Path, target: Path) -> None:
        if move is None:
            raise PermissionError(1, "not permitted")
        open_it()
        move(source, target)

    monkeypatch.setattr(os, "rename", moved)
    if move is None:
        copy = taking.durable.copy
        monkeypatch.setattr(taking.durable, "copy", lambda *words: (open_it(), copy(*words)))
    claim = place.claim()
    os.close(held[0])
    assert ((), (("users.csv", IS_OPEN),), b"whole") == (claim.taken, claim.left, path.read_bytes())
    assert [] == place.rooms()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "blind",
    [
        lambda patch: patch.setattr(writers, "fcntl", SimpleNamespace()),
        lambda patch: patch.setattr(writers, "_TELLING", frozenset({"none of these"})),
        lambda patch: patch.setattr(writers, "fcntl", SimpleNamespace(**vars(fcntl) | {"fcntl": not_permitted})),
    ],
    ids=["another system", "a network file system", "somebody else's file"],
)
def test_where_the_system_cannot_tell_rest_alone_counts(place, monkeypatch, blind: Callable[..., None]):
    """NFS and SMB refuse leases for reasons of their own; their files must not stay for ever."""
    path = place.drop("users.csv")
    with opened(path, OPENERS["appends"]):
        blind(monkeypatch)
        assert ["users.csv"] == [work.file for work in place.claim().taken]


@pytest.mark.usefixtures("here")
def test_a_writer_that_comes_while_syncd_looks_does_not_end_it(place):
    """The kernel tells the holder of a lease by SIGIO, which ends a process that has not chosen another signal."""
    path = place.drop("users.csv")
    assert signal.SIG_DFL == signal.getsignal(signal.SIGIO)
    program = (
        f"import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end:\n open({str(path)!r}, 'ab').close()"
    )
    looks = 0
    with subprocess.Popen([sys.executable, "-c", program]) as writer:
        while writer.poll() is None:
            is_written(path)
            looks += 1
    assert looks > 100


@pytest.mark.usefixtures("here")
def test_looking_costs_microseconds(place):
    """A drop of ten thousand files is looked at twice."""
    path = place.drop("users.csv")
    begun = time.process_time()
    for _ in range(5_000):
        is_written(path)
    assert time.process_time() - begun < 5
