"""Sessions of clients that do not behave."""

import random
import struct
from contextlib import suppress

import paramiko
import pytest
from paramiko.sftp import CMD_WRITE


def test_offsets_beyond_all_files_are_answered(post):
    """Numbers of 64 bits do not fit everywhere."""
    here = post()
    client = here.client()
    file = client.open("x.csv", "wb")
    with pytest.raises(OSError, match="no such place"):
        client._request(CMD_WRITE, file.handle, paramiko.sftp.int64((1 << 64) - 1), b"x")
    here.put(client, "y.csv", b"x")


def test_too_many_open_files_are_refused_and_the_session_goes_on(post):
    """Descriptors are few."""
    here = post(handles=40)
    client = here.client()
    files = [client.open(f"{number}.csv", "wb") for number in range(40)]
    with pytest.raises(OSError, match="40 files are open"):
        client.open("more.csv", "wb")
    files.pop().close()
    here.put(client, "more.csv")
    assert len(client.listdir("/")) > 40


def test_whatever_bytes_a_session_sends_the_server_lives(post):
    """No input ends the server, or another session."""
    here = post()
    witness = here.client()
    rng = random.Random(7)
    for attempt in range(40):
        channel = here.connect().open_session() if attempt % 10 == 0 else here.open[-1].open_session()
        channel.invoke_subsystem("sftp")
        channel.settimeout(60)
        channel.sendall(struct.pack(">IBI", 5, 1, 3))
        with suppress(OSError):
            for _ in range(30):
                body = bytes([rng.choice((*range(3, 21), 200, 255))]) + rng.randbytes(rng.randrange(60))
                channel.sendall(struct.pack(">I", rng.choice((len(body), len(body), 0, 1 << 31))) + body)
        channel.close()
    here.put(witness, "x.csv", b"alive")
    assert b"alive" == (here.folder / "x.csv").read_bytes()


def test_every_malformed_request_gets_an_answer(post):
    """A client that waits for one would hang."""
    here = post()
    channel = here.connect().open_session()
    channel.settimeout(60)
    channel.invoke_subsystem("sftp")
    channel.sendall(struct.pack(">IBI", 5, 1, 3))
    assert 2 == channel.recv(100)[4]
    for kind in range(3, 256):
        channel.sendall(struct.pack(">IBI", 5, kind, kind))
        answer = channel.recv(1000)
        assert (101, kind) == (answer[4], int.from_bytes(answer[5:9], "big"))


def test_nothing_but_sftp_is_served(post):
    """No shell, no command, no other subsystem, no forwarding."""
    here = post()
    transport = here.connect()
    for ask in (
        lambda c: c.exec_command("id"),
        lambda c: c.invoke_shell(),
        lambda c: c.invoke_subsystem("netconf"),
        lambda c: c.get_pty(),
    ):
        with pytest.raises(paramiko.SSHException):
            ask(transport.open_session())
    with pytest.raises(paramiko.ChannelException):
        transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
    with pytest.raises(paramiko.SSHException):
        transport.request_port_forward("127.0.0.1", 0)
    here.put(here.client(), "x.csv")
