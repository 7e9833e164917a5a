"""What an account sees and may do."""

import os
from contextlib import suppress

import paramiko
import pytest
from paramiko.sftp import CMD_OPEN, CMD_READDIR

from syncd.core.audit import Deed


def test_the_handshake_works_through_sftp(post):
    """alock.txt is there from its opening, lock.txt is seen and not touched."""
    here = post()
    client = here.client()
    client.open("alock.txt", "wb").close()
    assert (here.folder / "alock.txt").exists()
    (here.folder / "lock.txt").touch()
    assert {"alock.txt", "lock.txt", "reports", "archives"} == set(client.listdir("/"))
    for act in (
        lambda: client.remove("lock.txt"),
        lambda: here.put(client, "lock.txt"),
        lambda: client.rename("x", "lock.txt"),
    ):
        with pytest.raises(PermissionError):
            act()
    client.remove("alock.txt")
    assert ["lock.txt"] == here.left()


def test_a_plain_rename_replaces_nothing_and_the_posix_one_does(post):
    """A whole file under an unfinished name was lost without a word."""
    here = post()
    client = here.client()
    here.put(client, "y.part", b"first")
    here.put(client, "z.part", b"second")
    with pytest.raises(OSError, match="there already"):
        client.rename("z.part", "y.part")
    client.rename("y.part", "y.csv")
    here.put(client, "y.part", b"third")
    client.posix_rename("z.part", "y.part")
    client.rename("y.part", "x.csv")
    assert (b"first", b"second") == tuple((here.folder / name).read_bytes() for name in ("y.csv", "x.csv"))


@pytest.mark.parametrize("there", ["ladok/alock.txt", "alock.txt"])
def test_only_one_of_two_senders_gets_the_lock(post, there):
    """The lock is made under another name; an old-style rename gives it its own, unless it is taken."""
    here = post()
    client = here.client()
    here.put(client, ".alock.part", b"mine")
    client.rename(".alock.part", "alock.txt")
    assert b"mine" == (here.folder / "alock.txt").read_bytes()
    client.remove("alock.txt")
    here.put(client, ".alock.part", b"mine")
    (here.home / "sync" / there).write_text("theirs")
    for rename in (client.rename, client.posix_rename):
        with pytest.raises(OSError, match="there already"):
            rename(".alock.part", "alock.txt")
    assert "theirs" == (here.home / "sync" / there).read_text()


def test_the_locks_of_the_home_are_seen_and_belong_to_others(post):
    """They hold for every drop box."""
    here = post()
    for name in ("alock.txt", "lock.txt"):
        (here.home / "sync" / name).touch()
    client = here.client()
    assert {"alock.txt", "lock.txt"} < set(client.listdir("/"))
    with pytest.raises(PermissionError):
        client.remove("alock.txt")
    with pytest.raises(FileNotFoundError):
        client.utime("alock.txt", (1, 1))
    assert (here.home / "sync" / "alock.txt").stat().st_mtime > 1


def test_reports_are_read_and_nothing_else(post, tmp_path):
    """What an account may not see is not there."""
    here = post()
    (here.home / "reports" / "mine.txt").write_text("hello")
    (here.home / "reports" / "theirs.txt").write_text("secret")
    (tmp_path / "passwd").write_text("secret")
    (here.home / "reports" / "link.txt").symlink_to(tmp_path / "passwd")
    here.shown.update({name: here.home / "reports" / name for name in ("mine.txt", "link.txt", "gone.txt")})
    client = here.client()
    assert ["mine.txt"] == client.listdir("/reports")
    with client.open("/reports/mine.txt") as file:
        assert b"hello" == file.read()
    for name in ("theirs.txt", "link.txt", "gone.txt"):
        with pytest.raises(FileNotFoundError):
            client.open(f"/reports/{name}")
    for act in (client.remove, lambda path: here.put(client, path), lambda path: client.rename(path, "/x")):
        with pytest.raises(PermissionError):
            act("/reports/mine.txt")
    assert {"file": "/reports/mine.txt", "detail": "5 bytes"}.items() <= here.did(Deed.READ)[0].items()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../etc/passwd", "/reports/../../etc/passwd", "/.parts/x", "x\0y"]
)
def test_no_path_reaches_outside(post, path):
    """Not to read, to write, to list, to rename."""
    here = post()
    client = here.client()
    here.put(client, "x.csv")
    for act in (client.open, client.stat, client.listdir, client.remove, lambda p: client.rename("x.csv", p)):
        with pytest.raises((OSError, ValueError)):
            act(path)
    assert ["x.csv"] == here.left()


def test_links_and_folders_are_refused_and_links_of_others_not_followed(post, tmp_path):
    """A link attack needs one of them."""
    here = post()
    (tmp_path / "secret").write_text("secret")
    client = here.client()
    for act in (lambda: client.symlink("/etc/passwd", "x"), lambda: client.readlink("x"), lambda: client.mkdir("d")):
        with pytest.raises(OSError, match=r"not supported|without folders"):
            act()
    for name, place in (("1.csv", here.folder), ("2.csv", here.box.places.parts)):
        (place / name).symlink_to(tmp_path / "secret")
        with pytest.raises(FileNotFoundError):
            client.open(name, "rb")
        with suppress(OSError):
            here.put(client, name, b"broken")
        assert "secret" == (tmp_path / "secret").read_text()


def test_modes_and_owners_are_the_receivers_and_times_the_senders(post):
    """Clients set them after each file, and must not fail."""
    here = post()
    client = here.client()
    with client.open("x.csv", "wb") as file:
        file.chmod(0o777)
        file.utime((1, 2))
    client.chmod("x.csv", 0o777)
    client.chown("x.csv", 0, 0)
    client.utime("x.csv", (3, 4))
    assert 4 == (here.folder / "x.csv").stat().st_mtime
    (here.folder / "x.csv").unlink()
    client.utime("x.csv", (5, 6))
    assert (0, 6) == (client.stat("x.csv").st_size, client.stat("x.csv").st_mtime)


def test_names_that_are_not_utf8_arrive_as_their_bytes(post):
    """An old SIS sends Latin-1."""
    here = post()
    client = here.client()
    _, answer = client._request(CMD_OPEN, b"b\xe5r.csv", 0x1A, paramiko.SFTPAttributes())
    client._request(4, answer.get_binary())
    assert [b"b\xe5r.csv"] == [os.fsencode(name) for name in here.left()]
    _, folder = client._request(11, b"/")
    _, listing = client._request(CMD_READDIR, folder.get_binary())
    assert b"b\xe5r.csv" in listing.asbytes()
