"""Files that are sent: what appears when, what waits, what is gone on with."""

import errno
import hashlib
import os
import random
import threading
import time
from contextlib import suppress

import pytest
from paramiko import SFTPAttributes
from paramiko.sftp import CMD_CLOSE, CMD_OPEN, CMD_WRITE, int64

from syncd.core.audit import Deed
from syncd.sftp.dropbox import places, whole
from syncd.sftp.serving import handles

DATA = random.Random(4).randbytes(300_000)


def test_a_file_appears_complete_on_close_and_not_before(post):
    """A half-read file is the worst of all."""
    here = post()
    client = here.client()
    with client.open("users.csv", "wb") as file:
        file.set_pipelined(True)
        file.write(DATA)
        file.stat()
        assert ([], ["users.csv"]) == (here.left(), here.parts())
    assert (["users.csv"], []) == (here.left(), here.parts())
    assert DATA == (here.folder / "users.csv").read_bytes()


def test_the_audit_tells_who_from_where_what_how_much_and_the_hash(post):
    """Somebody will ask next morning."""
    here = post()
    here.put(here.client(), "users.csv", DATA)
    (login,) = here.did(Deed.LOGIN)
    (upload,) = here.waited(lambda: here.did(Deed.UPLOAD))
    assert {"account": "ladok", "address": "127.0.0.1"} == login
    detail = f"300,000 bytes, sha256 {hashlib.sha256(DATA).hexdigest()}"
    assert {"account": "ladok", "address": "127.0.0.1", "file": "/users.csv", "detail": detail} == upload


def test_the_hash_is_right_whatever_the_order_of_writes(post):
    """Some clients write the pieces as they come."""
    here = post()
    with here.client().open("x.csv", "wb") as file:
        for offset in (100, 0, 200, 50):
            file.seek(offset)
            file.write(DATA[offset : offset + 100])
    (upload,) = here.did(Deed.UPLOAD)
    assert hashlib.sha256(DATA[:300]).hexdigest() in upload["detail"]


def test_a_broken_connection_leaves_a_part_that_can_be_gone_on_with(post):
    """Promise: never claimed, and not sent again from the start."""
    here = post()
    client = here.client()
    file = client.open("x.csv", "wb")
    file.write(DATA[:200_000])
    here.open[0].sock.close()
    assert here.waited(lambda: here.did(Deed.UPLOAD_BROKEN_OFF))
    assert ([], ["x.csv"]) == (here.left(), here.parts())
    again = here.client()
    assert 200_000 == again.stat("x.csv").st_size
    here.put(again, "x.csv", DATA[200_000:], "ab")
    assert DATA == (here.folder / "x.csv").read_bytes()


def test_a_part_of_a_broken_connection_is_not_delivered_by_a_rename(post):
    """Only a close says that a file is whole."""
    here = post()
    file = here.client().open("x.part", "wb")
    file.write(b"half")
    here.open[0].sock.close()
    assert here.waited(lambda: here.did(Deed.UPLOAD_BROKEN_OFF))
    with pytest.raises(OSError, match="not sent to its end"):
        here.client().rename("x.part", "x.csv")
    assert [] == here.left()


def test_what_is_sent_under_another_name_is_delivered_by_the_rename(post):
    """So do WinSCP, rclone and many scripts."""
    here = post()
    client = here.client()
    here.put(client, "x.csv.filepart", b"whole")
    assert [] == here.left()
    client.rename("x.csv.filepart", "x.csv")
    assert ["x.csv"] == here.left()


def test_a_second_file_of_a_name_waits_for_the_first(post):
    """A new drop never overwrites an unprocessed one."""
    here = post()
    client = here.client()
    for content in (b"1", b"22", b"333"):
        here.put(client, "x.csv", content)
    assert b"1" == (here.folder / "x.csv").read_bytes()
    assert 3 == client.stat("x.csv").st_size
    for content in (b"1", b"22", b"333"):
        assert here.waited(lambda: here.left() == ["x.csv"])
        assert content == (here.folder / "x.csv").read_bytes()
        (here.folder / "x.csv").unlink()
    assert [] == here.left()


def test_another_session_that_sends_the_same_file_cuts_off_the_first(post):
    """A client whose connection died without a word must be able to send again; never may two write one file."""
    here = post()
    first = here.client().open("x.csv", "wb")
    first.write(b"old" * 1000)
    here.put(here.client(), "x.csv", b"new")
    with pytest.raises(OSError, match="another session"):
        first.write(b"old")
    with pytest.raises(OSError, match="another session"):
        first.sftp._request(CMD_CLOSE, first.handle)
    assert b"new" == (here.folder / "x.csv").read_bytes()


def test_sessions_that_fight_for_one_name_never_mix_their_bytes(post):
    """A descriptor that is closed in one thread may be another file in the next instant."""
    here = post()
    client_of = [here.client() for _ in range(4)]

    def fight(number):
        for _ in range(25):
            with suppress(OSError):
                here.put(client_of[number], "x.csv", bytes([number]) * 70_000)

    threads = [threading.Thread(target=fight, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delivered = [*here.folder.glob("x.csv"), *here.box.places.waiting.iterdir()]
    assert delivered
    assert all(1 == len(set(path.read_bytes())) and 70_000 == path.stat().st_size for path in delivered)


def test_a_disk_that_is_full_fails_this_file_alone(post, monkeypatch):
    """The client hears it, the partial file goes, others go on."""
    here = post()
    client, other = here.client(), here.client()
    file = client.open("big.csv", "wb")
    file.write(b"x")
    real = os.pwrite

    def full(descriptor, content, offset):
        if len(content) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, content, offset)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="full"):
        file.write(b"fatal")
    with pytest.raises(OSError, match="full"):
        client._request(CMD_CLOSE, file.handle)
    here.put(other, "small.csv", b"x")
    assert (["small.csv"], []) == (here.left(), here.parts())


def test_a_real_disk_that_is_full_fails_this_file_alone(post):
    """The same on a small file system, where one can be mounted."""
    here = post()
    small = here.box.places.parts
    if os.geteuid() or os.system(f"mount -t tmpfs -o size=200k none {small} 2>/dev/null"):
        pytest.skip("a small file system cannot be mounted")
    try:
        client = here.client()
        with pytest.raises(OSError, match=r"full|another session"), client.open("big.csv", "wb") as file:
            file.write(DATA)
        assert ([], []) == (here.left(), here.parts())
    finally:
        os.system(f"umount {small}")


REPLACE = {
    "sends it": lambda here, client: here.put(client, "x.csv", b"new"),
    "renames to it": lambda here, client: (here.put(client, "x.tmp", b"new"), client.rename("x.tmp", "x.csv")),
    "renames to it, by OpenSSH's way": lambda here, client: (
        here.put(client, ".giosaveAb3dE9", b"new"),
        client.posix_rename(".giosaveAb3dE9", "x.csv"),
    ),
    "creates it exclusively": lambda here, client: here.put(client, "x.csv", b"new", "wx"),
    "writes over it, as scp does": lambda _, client: written_over(client, "x.csv", b"new"),
}


def written_over(client, name, content):
    """Send a file without cutting what has its name."""
    _, answer = client._request(CMD_OPEN, name.encode(), 0x0A, SFTPAttributes())
    handle = answer.get_binary()
    client._request(CMD_WRITE, handle, int64(0), content)
    client._request(CMD_CLOSE, handle)


@pytest.mark.parametrize("replace", REPLACE.values(), ids=REPLACE)
def test_a_file_that_is_removed_and_sent_anew_is_lost_neither_way(post, replace):
    """Clients that replace a file remove the one that waits first, and mean no more by it."""
    here = post()
    client = here.client()
    for content in (b"first", b"second"):
        here.put(client, "x.csv", content)
    client.remove("x.csv")
    assert 5 == client.stat("x.csv").st_size
    client.remove("x.csv")
    assert ([], ["archives", "reports"]) == (here.left(), sorted(client.listdir("/")))
    with pytest.raises(FileNotFoundError):
        client.stat("x.csv")
    replace(here, client)
    for content in (b"first", b"second", b"new"):
        assert here.waited(lambda: here.left() == ["x.csv"])
        assert content == (here.folder / "x.csv").read_bytes()
        (here.folder / "x.csv").unlink()
    assert [] == here.left()


def test_a_file_that_is_removed_and_not_sent_anew_is_gone(post, monkeypatch):
    """Somebody takes back a wrong file, and sends the right one when it is made."""
    here = post()
    client = here.client()
    monkeypatch.setattr(places, "KEPT", 0.3)
    here.put(client, "x.csv", b"wrong")
    client.remove("x.csv")
    assert here.waited(lambda: not list(here.box.places.removed.iterdir()))
    here.put(client, "x.csv", b"right")
    assert b"right" == (here.folder / "x.csv").read_bytes()
    assert [] == list(here.box.places.waiting.iterdir())


@pytest.mark.parametrize("name", ["x.csv~", "x.csv.bak", "_x.csv"])
def test_a_delivered_file_is_not_renamed_to_a_name_that_is_never_taken(post, name):
    """An editor that keeps a backup does so before it saves; the file would be lost with the uploads that broke off."""
    here = post()
    client = here.client()
    here.put(client, "x.csv")
    for rename in (client.rename, client.posix_rename):
        with pytest.raises(PermissionError, match="cannot be held back"):
            rename("x.csv", name)
    client.rename("x.csv", "y.csv")
    assert (["y.csv"], []) == (here.left(), here.parts())


def test_the_audit_of_a_removal_tells_whether_the_file_was_delivered(post):
    """It may be worked all the same; who reads that it was removed must not wonder."""
    here = post()
    client = here.client()
    for name in ("x.csv", "y.part"):
        here.put(client, name)
        client.remove(name)
    details = [each["detail"] for each in here.did(Deed.REMOVE)]
    assert ["it was delivered, and is worked all the same if another of its name is sent soon", ""] == details


def test_what_was_removed_counts_while_it_can_be_recalled(post):
    """A client that sends and removes in a loop must not fill the disk."""
    here = post(files=3)
    client = here.client()
    for name in ("1.csv", "2.csv", "3.csv"):
        here.put(client, name)
        client.remove(name)
    with pytest.raises(OSError, match="3 files wait"):
        here.put(client, "4.csv")


def test_old_parts_are_removed_and_young_ones_stay(post):
    """What nobody goes on with is rubbish."""
    here = post(partial_age=100)
    for name in ("old.csv", "young.csv"):
        (here.box.places.parts / name).touch()
    assert ["old.csv", "young.csv"] == sorted(here.box.prune(time.time() + 1000))
    assert [] == here.parts()
    (here.box.places.parts / "young.csv").touch()
    assert [] == here.box.prune(time.time())


def test_what_was_complete_when_the_machine_went_down_is_delivered_at_the_start(post):
    """The client was told that it is."""
    here = post()
    here.put(here.client(), "x.csv", b"whole")
    (here.folder / "x.csv").rename(here.box.places.parts / "x.csv")
    (here.box.places.parts / "half.csv").write_bytes(b"ha")
    here.box.prepare()
    assert (["x.csv"], ["half.csv"]) == (here.left(), here.parts())


def test_a_file_may_be_renamed_by_one_connection_while_another_closes_it(post, monkeypatch):
    """Sshfs does, with several connections; the upload was told as refused, and its hash to nobody."""
    here = post()
    first, second = here.client(), here.client()
    here.put(second, "y.csv")
    marking, go_on = threading.Event(), threading.Event()

    def slow(descriptor, sha256):
        whole.mark(descriptor, sha256)
        marking.set()
        assert go_on.wait(5)

    monkeypatch.setattr(handles, "mark", slow)
    file = first.open("x.new", "wb")
    file.write(DATA)
    closing = threading.Thread(target=file.close)
    closing.start()
    assert marking.wait(5)
    threading.Timer(0.1, go_on.set).start()
    second.rename("x.new", "x.csv")
    closing.join(5)
    assert DATA == (here.folder / "x.csv").read_bytes()
    assert ["/y.csv", "/x.new"] == [each["file"] for each in here.did(Deed.UPLOAD)]
    assert [] == here.did(Deed.UPLOAD_REFUSED)


def test_a_file_that_stays_open_cannot_be_renamed_and_nobody_waits_long(post):
    """The session that asks may be the one that has it open."""
    client = post().client()
    with client.open("x.new", "wb") as file:
        file.write(DATA)
        begun = time.monotonic()
        with pytest.raises(OSError, match="not sent to its end"):
            client.rename("x.new", "x.csv")
        assert time.monotonic() - begun < 20
