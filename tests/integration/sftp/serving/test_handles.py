"""What stays of a file that is sent in pieces, and not all of them come, or of one that is there already."""

import errno
import os
from types import SimpleNamespace

import pytest
from paramiko import SFTPAttributes
from paramiko.sftp import CMD_CLOSE, CMD_EXTENDED, CMD_FSETSTAT, CMD_OPEN, CMD_WRITE, int64

from syncd.core.audit import Deed


class Sending:
    """A file that is sent; other than paramiko's own it tells what is refused when it is closed."""

    def __init__(self, client, name, mode="wb"):
        self._client = client
        self._file = client.open(name, mode)

    def ask(self, kind, *fields):
        """Ask for something that concerns it."""
        self._client._request(kind, self._file.handle, *fields)

    def write(self, offset, content):
        """Send a piece of it."""
        self.ask(CMD_WRITE, int64(offset), content)

    def fsync(self):
        """Ask for it to be brought to the disk."""
        self._client._request(CMD_EXTENDED, "fsync@openssh.com", self._file.handle)

    def close(self):
        """Say that it is complete."""
        self.ask(CMD_CLOSE)


class Opened(Sending):
    """A file that is opened with these very flags."""

    def __init__(self, client, name, flags):
        self._client = client
        _, answer = client._request(CMD_OPEN, name.encode(), flags, SFTPAttributes())
        self._file = SimpleNamespace(handle=answer.get_binary())


def test_a_file_whose_start_is_missing_is_gone_on_with_from_where_it_is_whole(post):
    """Going on at its end delivered it with zeros at its start."""
    here = post()
    client = here.client()
    file = Sending(client, "x.csv")
    file.write(5, b"world")
    with pytest.raises(OSError, match="bytes 0 to 5 are missing"):
        file.close()
    assert 0 == client.stat("x.csv").st_size
    file = Sending(client, "x.csv", "ab")
    file.write(0, b"hello")
    file.close()
    assert b"hello" == (here.folder / "x.csv").read_bytes()


def test_what_is_refused_at_its_end_holds_no_place(post):
    """After so many of them nothing could be sent any more until the next start."""
    here = post(handles=3)
    client = here.client()
    for number in range(5):
        file = Sending(client, f"{number}.csv")
        file.write(5, b"world")
        with pytest.raises(OSError, match="missing"):
            file.close()
    here.put(client, "users.csv")


def test_what_stands_behind_a_gap_is_not_gone_on_with(post):
    """The gap would stay for ever, and be read as zeros."""
    here = post()
    client = here.client()
    file = Sending(client, "x.csv")
    file.write(0, b"hello")
    file.write(100, b"world")
    here.open[0].close()
    assert here.waited(lambda: here.did(Deed.UPLOAD_BROKEN_OFF))
    assert b"hello" == (here.box.places.parts / "x.csv").read_bytes()


def test_a_new_start_keeps_nothing_of_the_attempt_before_it(post):
    """Scp cuts nothing when it begins anew; where that broke off too, going on made one file of two exports."""
    here = post()
    (here.box.places.parts / "x.csv").write_bytes(b"of yesterday")
    client = here.client()
    file = Sending(client, "x.csv", "r+b")
    file.write(0, b"new")
    assert b"new" == (here.box.places.parts / "x.csv").read_bytes()


def test_a_file_that_did_not_become_as_long_as_its_sender_wanted_is_not_delivered(post):
    """A copy of a file with a hole at its end failed on the other side, and half of it was taken here."""
    here = post()
    client = here.client()
    file = Sending(client, "x.csv")
    wanted = SFTPAttributes()
    wanted.st_size = 10
    with pytest.raises(PermissionError, match="by being written only"):
        file.ask(CMD_FSETSTAT, wanted)
    file.write(0, b"hello")
    with pytest.raises(OSError, match="5 of 10 bytes came"):
        file.close()
    assert ([], ["x.csv"]) == (here.left(), here.parts())
    file = Sending(client, "x.csv", "ab")
    file.write(5, b"world")
    file.close()
    assert b"helloworld" == (here.folder / "x.csv").read_bytes()


def raising(error):
    """Return what raises an error, whatever it is asked."""

    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize(
    ("limits", "fault", "reason"),
    [
        ({"file_bytes": 10}, None, "larger than 10 bytes"),
        ({"bytes": 10}, None, "more than 10 bytes would wait"),
        ({}, OSError(errno.ENOSPC, "No space left on device"), "disk of the receiver is full"),
        ({}, OSError(errno.EIO, "Input/output error"), "the receiver cannot do that: Input/output error"),
    ],
)
def test_a_refused_file_repeats_its_first_reason_whatever_is_asked_of_it(post, monkeypatch, limits, fault, reason):
    """Clients go on for a while, and show the answer that comes last."""
    here = post(**limits)
    file = Sending(here.client(), "x.csv")
    if fault:
        monkeypatch.setattr(os, "pwrite", raising(fault))
    size, times = SFTPAttributes(), SFTPAttributes()
    size.st_size, times.st_atime, times.st_mtime = 20, 1, 2
    for act in (
        lambda: file.write(0, b"x" * 20),
        lambda: file.write(20, b"x"),
        lambda: file.ask(CMD_FSETSTAT, size),
        lambda: file.ask(CMD_FSETSTAT, times),
        file.fsync,
        file.close,
    ):
        with pytest.raises(OSError, match=reason):
            act()
    assert ([], []) == (here.left(), here.parts())
    assert 1 == len(here.did(Deed.UPLOAD_REFUSED))


GOES_ON = {"lftp, JSch": 0x0A, "psftp, curl": 0x02, "OpenSSH": 0x0E}
"""Flags by which clients open a file to go on with it."""


@pytest.mark.parametrize("flags", GOES_ON.values(), ids=GOES_ON)
@pytest.mark.parametrize("taken", [False, True])
def test_going_on_with_a_file_that_is_complete_is_a_success_and_sends_nothing(post, flags, taken):
    """The retry of a script whose first attempt came to its end; an empty file was delivered after the whole one."""
    here = post(handles=3)
    client = here.client()
    here.put(client, "x.csv", b"whole")
    if taken:
        (here.folder / "x.csv").unlink()
    wanted = SFTPAttributes()
    wanted.st_size, wanted.st_atime, wanted.st_mtime = 5, 1, 1_600_000_000
    for _ in range(5):
        file = Opened(client, "x.csv", flags)
        file.ask(CMD_FSETSTAT, wanted)
        file.close()
    assert (5, 1_600_000_000) == (client.stat("x.csv").st_size, client.stat("x.csv").st_mtime)
    assert (not taken, []) == (here.left() == ["x.csv"], here.parts())
    assert [] == list(here.box.places.waiting.iterdir())
    assert 1 == len(here.did(Deed.UPLOAD))


@pytest.mark.parametrize("flags", GOES_ON.values(), ids=GOES_ON)
def test_going_on_behind_the_end_of_a_delivered_file_is_refused(post, flags):
    """It grew at the sender meanwhile; the two halves are of two exports, and the first may be taken any moment."""
    here = post(handles=3)
    client = here.client()
    here.put(client, "x.csv", b"whole")
    for _ in range(5):
        file = Opened(client, "x.csv", flags)
        for ask in (5, 9, None):
            with pytest.raises(PermissionError, match="delivered and cannot be changed"):
                file.close() if ask is None else file.write(ask, b"more")
    assert (b"whole", []) == ((here.folder / "x.csv").read_bytes(), here.parts())


@pytest.mark.parametrize("content", [b"", b"new", b"longer than the old one"])
def test_a_file_that_is_written_over_from_its_start_is_another_one(post, content):
    """Scp cuts nothing when it opens a file, and cuts it to its length before it closes it."""
    here = post()
    client = here.client()
    here.put(client, "x.csv", b"whole")
    file = Opened(client, "x.csv", 0x0A)
    if content:
        file.write(0, content)
    wanted = SFTPAttributes()
    wanted.st_size = len(content)
    file.ask(CMD_FSETSTAT, wanted)
    file.close()
    assert b"whole" == (here.folder / "x.csv").read_bytes()
    (waits,) = here.box.places.waiting.iterdir()
    assert content == waits.read_bytes()


@pytest.mark.parametrize(("size", "reason"), [(3, "cannot be cut"), (9, "by being written only")])
def test_a_delivered_file_keeps_its_length(post, size, reason):
    """What was delivered is the receiver's; a sender that wants it longer has to send it."""
    here = post()
    client = here.client()
    here.put(client, "x.csv", b"whole")
    file = Opened(client, "x.csv", 0x0A)
    wanted = SFTPAttributes()
    wanted.st_size = size
    with pytest.raises(PermissionError, match=reason):
        file.ask(CMD_FSETSTAT, wanted)
    if size > 5:
        with pytest.raises(OSError, match="5 of 9 bytes came"):
            file.close()
    assert b"whole" == (here.folder / "x.csv").read_bytes()


def test_a_session_that_ends_while_it_looks_at_a_delivered_file_leaves_no_trace(post):
    """Nothing was begun; and its place for an open file is free again."""
    here = post(handles=1)
    client = here.client()
    here.put(client, "x.csv", b"whole")
    Opened(client, "x.csv", 0x0A)
    client.close()
    again = here.client()
    assert here.waited(lambda: put_succeeds(here, again))
    assert [] == here.did(Deed.UPLOAD_BROKEN_OFF)


def put_succeeds(here, client):
    """Tell whether a file can be sent now."""
    try:
        here.put(client, "y.csv", b"")
    except OSError:
        return False
    return True
