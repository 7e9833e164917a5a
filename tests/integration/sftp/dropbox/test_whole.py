"""What counts as a whole file: for the disk that loses power, for a client that writes over an earlier part."""

import errno
import hashlib
import os

import pytest
from paramiko.sftp import CMD_CLOSE, CMD_OPEN, CMD_WRITE, int64
from paramiko.sftp_attr import SFTPAttributes

from syncd.core.audit import Deed
from syncd.sftp.dropbox.whole import COMPLETE
from syncd.sftp.serving import handles

WRITES, CREATES = 0x02, 0x08
OLD = b"O" * 10_000


@pytest.fixture
def heard(monkeypatch):
    """Give the list of what is asked of the disk, with the size of the file at that time."""
    asked = []

    def listen(name):
        real = getattr(os, name)

        def call(descriptor, *rest):
            asked.append((name, os.fstat(descriptor).st_size))
            return real(descriptor, *rest)

        monkeypatch.setattr(os, name, call)

    for name in ("setxattr", "fdatasync", "fchmod", "fsync"):
        listen(name)
    return asked


def test_a_whole_file_costs_one_sync_and_has_a_mark_that_proves_itself(post, heard):
    """Two would halve the speed of many small files."""
    here = post()
    client = here.client()
    heard.clear()
    here.put(client, "x.csv", b"whole")
    assert [("setxattr", 5), ("fchmod", 5), ("fsync", 5)] == heard
    assert COMPLETE == (here.folder / "x.csv").stat().st_mode & 0o777


@pytest.mark.parametrize("name", ["x.csv", "x.part"])
@pytest.mark.parametrize("spoilt", [b"", b"whol", b"who\0e"])
def test_a_mark_that_a_power_cut_left_on_a_file_without_its_bytes_does_not_hold(post, name, spoilt):
    """The disk may have the mark before size and bytes; nobody was told yet that the file is there."""
    here = post()
    here.put(here.client(), ".x.csv", b"whole")
    part = here.box.places.parts / name
    (here.box.places.parts / ".x.csv").rename(part)
    part.chmod(0o600)
    part.write_bytes(spoilt)
    part.chmod(COMPLETE)
    here.box.prepare()
    assert ([], [name]) == (here.left(), here.parts())
    with pytest.raises(OSError, match="not sent to its end"):
        here.client().rename(name, "y.csv")


def test_without_attributes_the_disk_has_all_bytes_before_it_hears_of_the_mark(post, heard, monkeypatch):
    """Some network file systems keep none; then the mode must be proof enough."""

    def refuse(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    monkeypatch.setattr(os, "getxattr", refuse)
    here = post()
    client = here.client()
    heard.clear()
    here.put(client, "x.csv", b"whole")
    assert [("fdatasync", 5), ("fchmod", 5), ("fsync", 5)] == heard
    (here.folder / "x.csv").rename(here.box.places.parts / "x.csv")
    here.box.prepare()
    assert ["x.csv"] == here.left()


def test_the_mark_is_off_the_disk_before_other_bytes_come(post, heard):
    """A complete file under an unfinished name may be sent anew."""
    here = post()
    client = here.client()
    here.put(client, "x.part", b"first")
    heard.clear()
    file = client.open("x.part", "wb")
    assert [("fchmod", 5), ("fsync", 5)] == heard
    assert 0o640 == (here.box.places.parts / "x.part").stat().st_mode & 0o777
    file.close()


def test_cutting_a_complete_one_to_nothing_takes_its_mark(post):
    """Some clients cut by name before they write; an empty file would pass for a whole one."""
    here = post()
    client = here.client()
    here.put(client, "x.part", b"first")
    client.truncate("x.part", 0)
    with pytest.raises(OSError, match="not sent to its end"):
        client.rename("x.part", "x.csv")


def over(here, *pieces):
    """Write pieces, (offset, bytes), over a part that broke off, by a client that does not cut it; return it."""
    (here.box.places.parts / "x.csv").write_bytes(OLD)
    client = here.client()
    _, answer = client._request(CMD_OPEN, b"x.csv", WRITES | CREATES, SFTPAttributes())
    handle = answer.get_binary()
    for offset, piece in pieces:
        client._request(CMD_WRITE, handle, int64(offset), piece)
    client._request(CMD_CLOSE, handle)
    return (here.folder / "x.csv").read_bytes()


def test_a_file_written_from_its_start_has_no_end_of_an_earlier_one(post, monkeypatch):
    """New bytes with an old tail are neither file; and it is not read again for its hash."""
    here = post()
    monkeypatch.delattr(handles, "digest")
    new = b"N" * 200
    assert new == over(here, (0, new[:100]), (100, new[100:]))
    assert hashlib.sha256(new).hexdigest() in here.did(Deed.UPLOAD)[0]["detail"]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ([(0, b"a"), (0, b"bcd"), (2, b"ef")], b"bcef"),
        ([(0, OLD), (10_000, b"more")], OLD + b"more"),
        ([(10_000, b"more")], OLD + b"more"),
        ([(9_998, b"more")], OLD[:-2] + b"more"),
        ([], OLD),
    ],
)
def test_who_goes_on_with_a_part_keeps_it(post, pieces, whole):
    """Only what was written anew, from the start and without a gap, makes the rest an earlier file's."""
    here = post()
    assert whole == over(here, *pieces)
    assert hashlib.sha256(whole).hexdigest() in here.did(Deed.UPLOAD)[0]["detail"]
