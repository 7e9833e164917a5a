"""What the client makes of servers that misbehave; the server is the other end of a socket."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from paramiko import sftp as wire
from paramiko.ssh_exception import SSHException

from syncd.sftp.fetching.answers import DeniedError, MissingError, NonsenseError
from syncd.sftp.fetching.client import Client
from syncd.sftp.packets import Attributes, MalformedError

DATA = os.urandom(300_000)


def packet(kind: int, number: int, content: bytes = b"") -> bytes:
    return struct.pack(">IBI", len(content) + 5, kind, number) + content


def string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def status(number: int, code: int, words: bytes = b"") -> bytes:
    return packet(wire.CMD_STATUS, number, struct.pack(">I", code) + string(words) + string(b""))


class Server:
    """Answers as a test says, by kinds of requests; `answers` take the number and the rest of a request."""

    def __init__(self, end: socket.socket, data: bytes) -> None:
        self.end = end
        self.data = data
        self.answers: dict[int, Callable[[int, bytes], bytes]] = {
            wire.CMD_INIT: lambda *_: struct.pack(">IBI", 5, wire.CMD_VERSION, 3),
            wire.CMD_OPEN: lambda number, _: packet(wire.CMD_HANDLE, number, string(b"h")),
            wire.CMD_OPENDIR: lambda number, _: packet(wire.CMD_HANDLE, number, string(b"h")),
            wire.CMD_READ: self.read,
            wire.CMD_CLOSE: lambda number, _: status(number, wire.SFTP_OK),
        }

    def read(self, number: int, rest: bytes, most: int = 1 << 20) -> bytes:
        place, count = struct.unpack(">QI", rest[5:])
        piece = self.data[place : place + min(count, most)]
        return packet(wire.CMD_DATA, number, string(piece)) if piece else status(number, wire.SFTP_EOF)

    def serve(self) -> None:
        stream = self.end.makefile("rb")
        with suppress(OSError):
            while head := stream.read(5):
                size, kind = struct.unpack(">IB", head)
                body = stream.read(size - 1)
                number = 0 if kind == wire.CMD_INIT else struct.unpack(">I", body[:4])[0]
                self.end.sendall(self.answers[kind](number, body[4:]))


class Pair:
    """A server and the end of its client."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.server = Server(theirs, DATA)
        self.ours = ours
        threading.Thread(target=self.server.serve, daemon=True).start()

    def client(self, timeout: float = 0.4) -> Client:
        channel: Any = self.ours
        return Client(channel, timeout)

    def answer(self, kind: int, make: Callable[[int, bytes], bytes]) -> Client:
        self.server.answers[kind] = make
        return self.client()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give both ends."""
    made = Pair()
    yield made
    made.ours.close()
    made.server.end.close()


def test_a_file_comes_whole_however_little_the_server_gives_at_a_time(pair):
    """Paramiko's client kept the whole file in memory, and fetched it twice."""
    client = pair.answer(wire.CMD_READ, lambda number, rest: pair.server.read(number, rest, 5000))
    assert DATA[7:] == b"".join(client.pieces(b"a", range(7, len(DATA))))


@pytest.mark.parametrize(("size", "comes"), [(10**6, len(DATA)), (2**63, len(DATA)), (1000, 1001)])
def test_a_size_that_is_a_lie_is_seen(pair, size, comes):
    """A list of all pieces of 2^63 bytes has room nowhere."""
    assert comes == len(b"".join(pair.client().pieces(b"a", range(size))))


def test_answers_may_come_in_any_order(pair):
    """The protocol says so."""
    kept: list[bytes] = []

    def late(number: int, rest: bytes) -> bytes:
        kept.append(pair.server.read(number, rest))
        return b"".join(reversed(kept)) if len(kept) == 3 else b""

    pair.server.data = DATA[: (4 + 8 + 16) * 1024 - 1]
    client = pair.answer(wire.CMD_READ, late)
    assert pair.server.data == b"".join(client.pieces(b"a", range(len(pair.server.data))))


def test_a_refusal_in_the_middle_leaves_the_connection_in_order(pair):
    """Other files come over it; the answers that were under way are heard."""
    read = pair.server.read

    def refuse(number: int, rest: bytes) -> bytes:
        return status(number, 4, b"tape is away") if struct.unpack(">QI", rest[5:])[0] else read(number, rest)

    client = pair.answer(wire.CMD_READ, refuse)
    with pytest.raises(DeniedError, match="tape is away"):
        list(client.pieces(b"a", range(len(DATA))))
    pair.server.answers[wire.CMD_READ] = read
    assert DATA == b"".join(client.pieces(b"a", range(len(DATA))))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"Zugriff verweigert f\xfcr", "Zugriff verweigert f\ufffdr"),
        (b"", r"it does not say why \(status 3\)"),
        (b"A" * 5000, "^A{200}…$"),
    ],
)
def test_a_refusal_is_heard_in_whatever_words(pair, said, shown):
    """Servers speak the language, and the encoding, of their country."""
    client = pair.answer(wire.CMD_REMOVE, lambda number, _: status(number, 3, said))
    with pytest.raises(DeniedError, match=shown):
        client.remove(b"a")


def test_a_missing_file_is_known_by_the_code(pair):
    """No alock.txt is no trouble, in Portuguese either."""
    client = pair.answer(wire.CMD_STAT, lambda number, _: status(number, 2, b"n\xe3o existe"))
    with pytest.raises(MissingError):
        client.look(b"alock.txt")


NONSENSE: dict[str, Callable[[int], bytes]] = {
    "garbage": lambda _: b"\xff" * 40,
    "nothing": lambda _: bytes(4),
    "another number": lambda number: packet(wire.CMD_ATTRS, number + 7, bytes(4)),
    "another kind": lambda number: packet(wire.CMD_HANDLE, number, string(b"h")),
    "no content": lambda number: packet(wire.CMD_ATTRS, number),
    "done": lambda number: status(number, wire.SFTP_OK),
    "4,294,967,295 extensions": lambda number: packet(wire.CMD_ATTRS, number, b"\x80\0\0\0" + b"\xff" * 4),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_an_answer_without_sense_ends_it(pair, what):
    """At once, and by an error of which everybody knows what to do with it."""
    client = pair.answer(wire.CMD_STAT, lambda number, _: NONSENSE[what](number))
    with pytest.raises((NonsenseError, MalformedError)):
        client.look(b"a")


@pytest.mark.parametrize("size", [0, 40_000])
def test_a_piece_is_not_empty_nor_more_than_was_asked_for(pair, size):
    """Nobody can tell where it belongs."""
    client = pair.answer(wire.CMD_READ, lambda number, _: packet(wire.CMD_DATA, number, string(bytes(size))))
    with pytest.raises(NonsenseError):
        list(client.pieces(b"a", range(len(DATA))))


@pytest.mark.parametrize(("said", "sent"), [(2000, 2000), (0, 1), (2, 1), (2**32 - 1, 1)])
def test_a_folder_has_an_end(pair, said, sent):
    """Nor has it as many names as a short packet says."""
    entry = string(b"a" * 90) + string(b"") + bytes(4)
    content = struct.pack(">I", said) + entry * sent
    client = pair.answer(wire.CMD_READDIR, lambda number, _: packet(wire.CMD_NAME, number, content))
    with pytest.raises((NonsenseError, MalformedError)):
        list(client.entries(b"/"))


def test_a_byte_now_and_then_is_silence(pair):
    """One that trickled held up every pull for days."""
    stop = threading.Event()

    def trickle(number: int, _: bytes) -> bytes:
        for byte in packet(wire.CMD_ATTRS, number, bytes(400)):
            if stop.wait(0.1):
                break
            pair.server.end.sendall(bytes([byte]))
        return b""

    client = pair.answer(wire.CMD_STAT, trickle)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        client.look(b"a")
    stop.set()
    assert 0.3 < time.monotonic() - begun < 20


def test_a_slow_line_is_none(pair):
    """Whoever has a bad line gets its file, too, though a piece takes longer than the time for silence."""
    pair.server.data = DATA[:30_000]

    def slow(number: int, rest: bytes) -> bytes:
        answer = pair.server.read(number, rest)
        for start in range(0, len(answer), 2000):
            time.sleep(0.05)
            pair.server.end.sendall(answer[start : start + 2000])
        return b""

    client = pair.answer(wire.CMD_READ, slow)
    assert pair.server.data == b"".join(client.pieces(b"a", range(30_000)))


def test_another_version_is_not_spoken(pair):
    """The fields of its answers are others."""
    with pytest.raises(SSHException, match="version 6"):
        pair.answer(wire.CMD_INIT, lambda *_: struct.pack(">IBI", 5, wire.CMD_VERSION, 6))


def test_what_is_not_told_is_not_made_up(pair):
    """A file without a size has not the size 0."""
    client = pair.answer(wire.CMD_STAT, lambda number, _: packet(wire.CMD_ATTRS, number, bytes(400)))
    assert Attributes() == client.look(b"a")
