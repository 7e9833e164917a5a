"""The packets of a connection: time and threads that a silent side may take."""

import socket
import threading
import time
from collections.abc import Iterator

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
    thread.join(5)
    listener.close()


def test_a_server_that_falls_silent_is_given_up_without_a_thread_for_it(silent):
    """A pull goes on to its next attempt; and nothing of the connection stays."""
    connection = socket.create_connection(("127.0.0.1", silent))
    transport = paramiko.Transport(connection, packetizer_class=BoundedPacketizer)
    transport.set_log_channel("syncd.test")
    transport.handshake_timeout = 0.5
    begun = time.monotonic()
    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.start_client(timeout=20)
    assert 5 > time.monotonic() - begun
    transport.join(5)
    assert not transport.is_alive()
    assert [] == [each for each in threading.enumerate() if isinstance(each, threading.Timer)]


def test_a_handshake_that_is_over_has_no_end_any_more(post):
    """A long session must not be cut by the time for its beginning."""
    here = post(handshake=0.4)
    client = here.client()
    time.sleep(1.2)
    here.put(client, "x.csv")
