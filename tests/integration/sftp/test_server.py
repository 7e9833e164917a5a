"""Limits of the server, and its end."""

import random
import socket
import threading
import time

import paramiko
import pytest

from syncd.core.audit import Deed

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
    here = post(idle=0.3)
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
    assert time.monotonic() - begun < 4
    assert ["x.csv"] == here.parts()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
