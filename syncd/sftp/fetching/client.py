"""The client's side of SFTP version 3 (draft-ietf-secsh-filexfer-02), believing nothing that a server says.

Paramiko's own client waits for ever on a server that says a byte now and then, or answers what nobody asked; makes a
list of all pieces of a file, however large the server says that it is; keeps a whole file in memory where the server
gives less at a time than it is asked for; and leaves a thread behind where the connection breaks.
"""

import struct
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from paramiko import Channel

from syncd.sftp.fetching.answers import DeniedError, EndError, NonsenseError, fields_of
from syncd.sftp.packets import READS, VERSION, Attributes, Fields, Kind, data, packet

_PACKET = 256 * 1024
"""Bytes of a packet at most, as with OpenSSH."""

_LEAST = 1024
"""Bytes that come within the time for silence at least, unless an answer is shorter: a byte now and then is silence."""

_FIRST, _PIECE = 4 * 1024, 32 * 1024
"""Bytes of a file that are asked for at a time, at first and at last: over a line that drops all the time some come."""

_AHEAD = 64
"""Pieces of a file that are asked for before they come."""

_NAMES, _LISTING = 100_000, 600.0
"""Names in a folder, and seconds that it takes to list them, at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a folder. line: what `ls -l` would print."""

    name: bytes
    line: bytes
    told: Attributes


@dataclass(frozen=True, slots=True)
class _Read:
    """A request for a piece of a file."""

    number: int
    place: int
    length: int


class Client:
    """An SFTP session in a channel, used by one thread. timeout: seconds that the server may be silent.

    All raise OSError, SSHException or EOFError where the connection breaks, MalformedError or SSHException where what
    comes makes no sense.
    """

    def __init__(self, channel: Channel, timeout: float) -> None:
        """Agree on the version."""
        self.channel = channel
        self._timeout = timeout
        self._heard = bytearray()
        self._fresh, self._waited = 0, 0.0
        self._number = 0
        self._awaited: set[int] = set()
        self._early: dict[int, tuple[int, Fields]] = {}
        self._send(packet(Kind.INIT, VERSION))
        kind, answer = self._packet()
        version = fields_of(kind, Kind.VERSION, answer).number()
        if version != VERSION:
            raise NonsenseError(f"it speaks version {version} of SFTP, not {VERSION}")

    def entries(self, folder: bytes) -> Iterator[Entry]:
        """Yield what stands in a folder.

        Raises:
            DeniedError: it cannot be listed.
        """
        end, count = time.monotonic() + _LISTING, 0
        handle = self._ask(Kind.HANDLE, Kind.OPENDIR, data(folder)).string()
        while True:
            try:
                answer = self._ask(Kind.NAME, Kind.READDIR, data(handle))
            except EndError:
                break
            here = answer.number()
            count += here
            if not here or count > _NAMES or time.monotonic() > end:
                raise NonsenseError("the listing has no end")
            for _ in range(here):
                yield Entry(answer.string(), answer.string(), answer.attributes())
        self._close(handle)

    def look(self, path: bytes, *, follow: bool = True) -> Attributes:
        """Return what is told of a file. follow: of what a link leads to.

        Raises:
            DeniedError: nothing is.
        """
        return self._ask(Kind.ATTRS, Kind.STAT if follow else Kind.LSTAT, data(path)).attributes()

    def remove(self, path: bytes) -> None:
        """Remove a file.

        Raises:
            DeniedError: it stays.
        """
        self._ask(Kind.STATUS, Kind.REMOVE, data(path))

    def rename(self, path: bytes, to: bytes) -> None:
        """Give a file another path.

        Raises:
            DeniedError: it stays.
        """
        self._ask(Kind.STATUS, Kind.RENAME, data(path), data(to))

    def make_folder(self, path: bytes) -> None:
        """Make a folder.

        Raises:
            DeniedError: it is not made; perhaps it is there.
        """
        self._ask(Kind.STATUS, Kind.MKDIR, data(path), bytes(4))

    def pieces(self, path: bytes, span: range) -> Iterator[bytes]:
        """Yield the bytes of a file from a place to its end: fewer if it ends before, more if it does not end there.

        Raises:
            DeniedError: it cannot be read.
        """
        flags = READS.to_bytes(4, "big") + bytes(4)
        handle = self._ask(Kind.HANDLE, Kind.OPEN, data(path), flags).string()
        under_way: deque[_Read] = deque()
        try:
            yield from self._read(handle, span, under_way)
        except DeniedError:
            self._finish(handle, under_way)
            raise
        self._finish(handle, under_way)

    def _read(self, handle: bytes, span: range, under_way: deque[_Read]) -> Iterator[bytes]:
        # A byte more than there should be is asked for, so that one sees whether it ends.
        following, end, length, most = span.start, span.stop + 1, _FIRST, _PIECE
        while True:
            while following < end and len(under_way) < _AHEAD:
                under_way.append(self._ask_piece(handle, following, min(length, end - following)))
                following += under_way[-1].length
                length = min(2 * length, most)
            if not under_way:
                return
            asked = under_way.popleft()
            try:
                piece = self._answer(asked.number, Kind.DATA).string()
            except EndError:
                return
            if not 0 < len(piece) <= asked.length:
                raise NonsenseError
            yield piece
            here = asked.place + len(piece)
            if here == span.stop:
                return
            if len(piece) < asked.length:
                # Some give less at a time.
                length = most = min(most, max(len(piece), _LEAST))
                under_way.appendleft(self._ask_piece(handle, here, asked.length - len(piece)))

    def _ask_piece(self, handle: bytes, place: int, length: int) -> _Read:
        number = self._request(Kind.READ, data(handle), struct.pack(">QI", place, length))
        return _Read(number, place, length)

    def _finish(self, handle: bytes, under_way: deque[_Read]) -> None:
        """Hear the answers that are still to come, and close a file."""
        for asked in under_way:
            self._hear_answer(asked.number)
        self._close(handle)

    def _close(self, handle: bytes) -> None:
        self._hear_answer(self._request(Kind.CLOSE, data(handle)))

    def _ask(self, wanted: Kind, kind: Kind, *parts: bytes) -> Fields:
        self._fresh, self._waited = 0, 0.0
        return self._answer(self._request(kind, *parts), wanted)

    def _request(self, kind: Kind, *parts: bytes) -> int:
        self._number += 1
        self._awaited.add(self._number)
        self._send(packet(kind, self._number, *parts))
        return self._number

    def _send(self, request: bytes) -> None:
        self.channel.settimeout(self._timeout)
        self.channel.sendall(request)

    def _answer(self, number: int, wanted: Kind) -> Fields:
        kind, answer = self._hear_answer(number)
        return fields_of(kind, wanted, answer)

    def _hear_answer(self, number: int) -> tuple[int, Fields]:
        """Return the answer to a request: its kind and its fields. Servers may answer in any order."""
        while number not in self._early:
            kind, answer = self._packet()
            told = answer.number()
            if told not in self._awaited:
                raise NonsenseError
            self._awaited.remove(told)
            self._early[told] = kind, answer
        return self._early.pop(number)

    def _packet(self) -> tuple[int, Fields]:
        size = int.from_bytes(self._hear(4), "big")
        if not 0 < size <= _PACKET:
            raise NonsenseError
        heard = memoryview(self._hear(size))
        return heard[0], Fields(heard[1:])

    def _hear(self, count: int) -> bytes:
        """Return so many bytes of what comes. Only the time is counted that is spent on waiting."""
        while len(self._heard) < count:
            if self._waited >= self._timeout:
                raise TimeoutError
            begun = time.monotonic()
            self.channel.settimeout(self._timeout - self._waited)
            piece = self.channel.recv(_PACKET)
            if not piece:
                raise EOFError
            self._heard += piece
            self._fresh += len(piece)
            self._waited += time.monotonic() - begun
            if self._fresh >= _LEAST:
                self._fresh, self._waited = 0, 0.0
        heard = bytes(self._heard[:count])
        del self._heard[:count]
        return heard
