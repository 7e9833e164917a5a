"""What is refused: told to the sender, written down, and never more than somebody can read."""

import errno
import os
from contextlib import suppress

import pytest

from syncd.core.audit import Deed
from syncd.sftp.dropbox.refusal import at_end
from syncd.sftp.serving import requests

LARGE = b"x" * 2000


def refused(here):
    """Return the files that were refused, each with the reason."""
    return [(each["file"], each["detail"]) for each in here.did(Deed.UPLOAD_REFUSED)]


@pytest.mark.parametrize(
    ("limits", "name", "why"),
    [
        ({"file_bytes": 1000}, "x.csv", "larger than 1,000 bytes"),
        ({"bytes": 1000}, "x.csv", "more than 1,000 bytes would wait"),
        ({"files": 0}, "x.csv", "0 files wait here already"),
        ({}, "a\\b.csv", "a name holds no"),
        ({}, "/reports/x.csv", "can be read and not changed"),
        ({}, "/nowhere/x.csv", "there is no folder /nowhere; files are sent to / itself"),
        ({}, "/nowhere/", "there is no folder /nowhere; files are sent to / itself"),
        ({}, "lock.txt", "belongs to the receiver"),
    ],
)
def test_an_upload_that_is_refused_is_written_down_once(post, limits, name, why):
    """The sender's operator sees a failed transfer; ours must find out why."""
    here = post(**limits)
    with suppress(OSError), here.client().open(name, "wb") as file:
        file.set_pipelined(True)
        for _ in range(5):
            file.write(LARGE)
    ((path, said),) = here.waited(lambda: refused(here))
    assert (f"/{name.removeprefix('/')}", True) == (path, why in said)


def test_a_folder_that_cannot_be_made_is_written_down_and_one_that_is_there_is_no_matter(post):
    """Who sends whole trees fails every night before the first file, and ours saw a login and nothing else."""
    here = post()
    client = here.client()
    with pytest.raises(OSError, match="there already"):
        client.mkdir("/reports")
    for name in ("tree", "tree/"):
        with pytest.raises(PermissionError, match="without folders"):
            client.mkdir(name)
    assert ["/tree", "/tree/"] == [path for path, _ in refused(here)]


def test_a_full_disk_is_written_down(post, monkeypatch):
    """Nobody else says it before the next pass."""
    here = post()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="full"):
        here.put(here.client(), "x.csv")
    assert [("/x.csv", "No space left on device")] == refused(here)


def test_a_rename_that_delivers_nothing_is_written_down(post):
    """The file stays under its unfinished name, and nobody would know."""
    here = post()
    client = here.client()
    here.put(client, "x.part")
    with pytest.raises(OSError, match="a name holds no"):
        client.rename("x.part", "a\\b.csv")
    ((path, said),) = refused(here)
    assert (path, True) == ("/x.part", said.startswith("to /a\\b.csv: a name holds no"))


def test_waiting_for_the_lock_is_no_refused_upload(post):
    """Senders ask for it every few seconds until it is theirs."""
    here = post()
    client = here.client()
    here.put(client, "alock.txt")
    here.put(client, ".alock.part")
    with pytest.raises(OSError, match="there already"):
        client.rename(".alock.part", "alock.txt")
    with pytest.raises(OSError, match="there already"):
        client.open("alock.txt", "wx")
    assert [] == refused(here)


def test_a_loop_of_refusals_does_not_fill_the_disk(post):
    """A client that tries for ever writes a line for each doubling; another reason is told all the same."""
    here = post(file_bytes=10)
    client, other = here.client(), here.client()
    for number in range(100):
        with suppress(OSError):
            here.put((client, other)[number % 2], "x.csv", LARGE)
    told = refused(here)
    assert 5 < len(told) < 10
    assert told[-1][1].endswith("; 64 such refusals of late")
    with suppress(OSError):
        here.put(client, "lock.txt")
    assert "/lock.txt" == refused(here)[-1][0]


def test_an_endless_path_is_told_short(post):
    """It may be of 200 kB."""
    here = post()
    with suppress(OSError):
        here.put(here.client(), "x/" * 50_000)
    assert 300 == len(refused(here)[0][0])


def test_reading_beyond_the_end_leaves_nothing_behind(post, monkeypatch):
    """An exception that is raised again and again keeps every traceback."""
    raised = []
    monkeypatch.setattr(requests, "at_end", lambda: raised.append(at_end()) or raised[-1])
    here = post()
    client = here.client()
    here.put(client, "x.part")
    with client.open("x.part", "rb") as file:
        for _ in range(3):
            file.seek(100)
            assert b"" == file.read(10)
    assert 3 <= len({id(each) for each in raised})
    assert at_end() is not at_end()
