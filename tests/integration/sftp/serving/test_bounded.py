"""The packets of a connection: time and threads that a silent side may take."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import paramiko
import pytest

from syncd.sftp.bounded import BoundedPacketizer


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of a server that says its version and nothing more."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"SSH-2.0-silent\r\n")
            stop.wait(30)

    thread = threading.Thread(target=answer)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    thread.join(60)
    listener.close()


def test_a_server_that_falls_silent_is_given_up_without_a_thread_for_it(silent):
    """A pull goes on to its next attempt; and nothing of the connection stays."""
    timers = {each for each in threading.enumerate() if isinstance(each, threading.Timer)}
    connection = socket.create_connection(("127.0.0.1", silent))
    transport = paramiko.Transport(connection, packetizer_class=BoundedPacketizer)
    transport.set_log_channel("syncd.test")
    transport.handshake_timeout = 0.5
    begun = time.monotonic()
    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.start_client(timeout=20)
    assert 15 > time.monotonic() - begun
    transport.join(60)
    assert not transport.is_alive()
    assert timers >= {each for each in threading.enumerate() if isinstance(each, threading.Timer)}


def test_a_handshake_that_is_over_has_no_end_any_more(post, monkeypatch):
    """A long session must not be cut by the time for its beginning."""
    here, now = post(), time.monotonic
    client, later = here.client(), here.server._serving.limits.handshake * 2
    monkeypatch.setattr("syncd.sftp.bounded.time", SimpleNamespace(monotonic=lambda: now() + later))
    here.server._end_connections(now() + later)
    time.sleep(0.5)
    here.put(client, "x.csv")


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("stream", ["what is asked", "errors"])
def test_a_sender_that_does_not_keep_to_its_window_is_cut_off(post, begun, stream):
    """Paramiko takes whatever comes: one account's key would be enough to fill the memory."""
    here = post()
    channel = here.connect().open_session()
    if begun:
        channel.invoke_subsystem("sftp")
    channel.out_window_size = 1 << 40
    send = channel.send if stream == "what is asked" else channel.send_stderr
    # A session that has begun reads, until nobody takes its answers any more.
    sent, requests = 0, struct.pack(">IBI", 5, 200, 1) * 3000
    with suppress(OSError, EOFError):
        while sent < 100 << 20:
            sent += send(requests)
    assert here.waited(lambda: not channel.transport.is_active())
    assert sent < 100 << 20
    here.put(here.client(), "x.csv")
