"""What stays of a file that is sent in pieces, and not all of them come."""

import pytest
from paramiko import SFTPAttributes
from paramiko.sftp import CMD_CLOSE, CMD_FSETSTAT, CMD_WRITE, int64

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

    def close(self):
        """Say that it is complete."""
        self.ask(CMD_CLOSE)


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
