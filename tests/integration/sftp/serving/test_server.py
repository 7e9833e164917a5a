"""Limits of the server, and its end."""

import errno
import random
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import paramiko
import pytest
from structlog.testing import capture_logs

from syncd.core.audit import Deed
from syncd.sftp.dropbox.box import Box
from syncd.sftp.serving import server
from syncd.sftp.serving.gate import Account

DATA = random.Random(4).randbytes(300_000)


def test_limits_on_size_number_and_bytes_are_kept(post):
    """One account must not fill the disk of a school."""
    here = post(file_bytes=1000, files=3, bytes=2500)
    client = here.client()
    with pytest.raises(OSError, match="larger than 1,000"):
        here.put(client, "big.csv", b"x" * 1001)
    sparse = client.open("sparse.csv", "wb")
    sparse.seek(1 << 40)
    with pytest.raises(OSError, match="larger"):
        sparse.write(b"x")
    for name in ("1.csv", "2.csv"):
        here.put(client, name, b"x" * 1000)
    with pytest.raises(OSError, match="bytes would wait"):
        here.put(client, "3.csv", b"x" * 900)
    here.put(client, "3.csv", b"")
    with pytest.raises(OSError, match="3 files wait"):
        here.put(client, "4.csv", b"")
    (here.folder / "1.csv").unlink()
    here.put(client, "4.csv", b"x" * 1000)


def test_an_idle_session_is_ended_and_its_part_kept(post):
    """A sender that hangs must not keep its place."""
    here = post(idle=2.0)
    file = here.client().open("x.csv", "wb")
    file.write(b"half")
    assert here.waited(lambda: not here.open[0].is_active())
    assert here.waited(lambda: here.did(Deed.UPLOAD_BROKEN_OFF))
    assert ["x.csv"] == here.parts()


def test_an_account_has_a_number_of_sessions(post):
    """One sender's loop must not shut out the others."""
    here = post(sessions_each=2)
    clients = [here.client() for _ in range(2)]
    with pytest.raises(paramiko.SSHException):
        here.client()
    assert "2 sessions" in here.did(Deed.LOGIN_REFUSED)[0]["detail"]
    clients[0].close()
    here.open[0].close()
    assert here.waited(lambda: len(here.server._open) < 3)
    here.put(here.client(), "x.csv")


def test_sessions_that_begin_at_once_are_counted_one_after_the_other(post):
    """All of them saw a place that was free."""
    here = post(sessions_each=2)
    transports = [here.connect() for _ in range(6)]
    real, came_in = here.server._keeping.admits, []

    def slowly(account: str) -> str:
        answer = real(account)
        time.sleep(0.05)
        return answer

    def begin(transport: paramiko.Transport) -> None:
        with suppress(paramiko.SSHException, EOFError):
            came_in.append(paramiko.SFTPClient.from_transport(transport))

    object.__setattr__(here.server._keeping, "admits", slowly)
    threads = [threading.Thread(target=begin, args=(each,)) for each in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 2 == len(came_in)


def test_fifty_sessions_at_once_all_deliver(post):
    """The first morning of a term."""
    here = post()
    failed = []

    def send(number):
        try:
            here.put(here.client(), f"{number}.csv", DATA[:50_000])
        except (OSError, paramiko.SSHException, EOFError) as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([], 50) == (failed, len(here.left()))


def test_a_stopped_server_is_gone_at_once_and_parts_stay(post):
    """The daemon must stop in seconds, whoever is connected."""
    here = post()
    file = here.client().open("x.csv", "wb")
    file.write(b"half")
    begun, port = time.monotonic(), here.port
    here.server.stop()
    assert time.monotonic() - begun < 20
    assert ["x.csv"] == here.parts()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_connections_that_greet_and_go_leave_no_threads(post):
    """Each left one for half a minute: a loop of one machine made thousands."""
    here, before = post(), threading.active_count()
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", here.port)) as stranger, suppress(OSError):
            stranger.sendall(b"SSH-2.0-x\r\n")
            stranger.recv(100)
    assert here.waited(lambda: not here.server._open)
    assert here.waited(lambda: threading.active_count() < before + 10)


def test_a_crowd_fills_no_log(post):
    """A line for each connection of a flood fills a disk; the number says as much."""
    here = post(strangers=3)
    with capture_logs() as lines:
        crowd = [socket.create_connection(("127.0.0.1", here.port)) for _ in range(300)]
        assert here.waited(lambda: any(line.get("count") == 256 for line in lines))
    assert 15 > len(lines)
    for each in crowd:
        each.close()


def test_a_box_that_cannot_be_used_fills_no_log(post, monkeypatch):
    """It is looked at twice a second, for as long as nobody comes to mend it."""
    monkeypatch.setattr(server, "_ROUND", 0.002)

    def refuse(box):
        raise PermissionError(errno.EACCES, "Permission denied", str(box.folder))

    monkeypatch.setattr(Box, "let_in", refuse)
    with capture_logs() as lines:
        here = post()
        assert here.waited(lambda: any(line.get("count") == 128 for line in lines))
    assert [1, 2, 3, 4, 5, 8, 16, 32, 64, 128] == [line["count"] for line in lines][:10]
    assert {"ladok"} == {line["account"] for line in lines}


def test_a_connection_has_ten_channels_open_at_once(post):
    """What is sent to each waits in memory, whether a session was begun in it or not."""
    here = post()
    transport = here.connect()
    idle = [transport.open_session() for _ in range(10)]
    with pytest.raises(paramiko.ChannelException):
        transport.open_session()
    for channel in idle:
        channel.close()
    for _ in range(25):
        client = paramiko.SFTPClient.from_transport(transport)
        here.put(client, "x.csv")
        client.close()
    for _ in range(10):
        paramiko.SFTPClient.from_transport(transport).listdir("/")


def test_accounts_are_changed_under_the_sessions_of_the_others(post, keys, hashed):
    """Somebody new must not cut the upload of a whole night; somebody removed must not go on."""
    here = post()
    serving = here.server._serving
    box = Box(here.home / "sync" / "hr", here.home / "sync")
    box.prepare()
    accounts, boxes = dict(serving.accounts), {**serving.boxes, "hr": box}
    accounts["hr"] = Account(name="hr", password_hash=hashed)
    file = here.client().open("x.csv", "wb")
    file.write(b"half ")
    here.server.change(accounts, boxes, serving.shown)
    leaves = here.client(username="hr", password=here.password)
    here.put(leaves, "y.csv")
    accounts["ladok"] = replace(accounts["ladok"], keys=accounts["ladok"].keys | {b"another"})
    here.server.change({"ladok": accounts["ladok"]}, {"ladok": here.box}, serving.shown)
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        here.put(leaves, "z.csv")
    file.write(b"and half")
    file.close()
    assert b"half and half" == (here.folder / "x.csv").read_bytes()


def test_a_key_that_is_no_longer_one_ends_its_sessions(post):
    """It may have been stolen. Who logged in and has begun no session yet begins none."""
    here = post()
    serving, client, waiting = here.server._serving, here.client(), here.connect()
    account = replace(serving.accounts["ladok"], keys=frozenset([b"another"]))
    here.server.change({"ladok": account}, serving.boxes, serving.shown)
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        client.listdir("/")
    with pytest.raises(paramiko.SSHException):
        paramiko.SFTPClient.from_transport(waiting)
    here.put(here.client(password=here.password), "x.csv")


def test_old_partial_uploads_go_soon_after_the_start(post):
    """A server that is restarted every day would never come to it."""
    here = post(partial_age=0.1)
    (here.box.places.parts / "old.csv").write_bytes(b"half")
    assert here.waited(lambda: [] == here.parts())
    assert ["/old.csv"] == [facts["file"] for facts in here.did(Deed.PARTIAL_REMOVED)]
