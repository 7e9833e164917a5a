"""What the other side may make this one hold, memory or threads.

Paramiko takes a packet of up to 4 GB, and a greeting without end; OpenSSH takes 256 KB. It tells the other side how
much may be under way in a channel, and takes what comes beyond that, too. And it starts a thread for the time of each
handshake, which lives on when the connection is long over.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from paramiko import Channel, Transport
from paramiko.message import Message
from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

_PACKET = 256 * 1024 + 1024
"""Bytes of a packet with its signature; a packet of data has 128 KB at most, as both sides are told."""

_GREETING = 64 * 1024
"""Bytes before the first packet: the version, and with some servers a notice before it."""

_UNWATCHED = 256 * 1024
"""Bytes that come between two looks at whether the connection is abused; a look for each packet costs some percent."""


def watch(transport: Transport, is_abused: Callable[[], bool]) -> None:
    """End a connection whose packets are bounded soon after it is abused; that is asked again and again."""
    _packets(transport).is_abused = is_abused


@contextmanager
def within(transport: Transport, seconds: float) -> Iterator[None]:
    """End a connection whose packets are bounded if the block takes longer; paramiko may wait for ever."""
    packets = _packets(transport)
    packets.end = time.monotonic() + seconds
    try:
        yield
    finally:
        packets.end = math.inf


def _packets(transport: Transport) -> "BoundedPacketizer":
    return cast("BoundedPacketizer", transport.packetizer)


def overfed(channels: Iterable[Channel]) -> bool:
    """Tell whether more waits in one of these channels than its window allows."""
    return any(len(each.in_buffer) + len(each.in_stderr_buffer) > each.in_window_size for each in channels)


class BoundedPacketizer(Packetizer):
    """Takes no more than a packet may have, and looks at the clock instead of waiting on a thread."""

    is_abused: Callable[[], bool] | None = None
    """Whether none is to be read any more, so that the connection ends."""

    end: float = math.inf
    """When what is waited for must have come, by the steady clock."""

    _handshake_end: float | None = None
    _greeted = _came = 0

    def start_handshake(self, timeout: float) -> None:
        """Note when the handshake must be over. timeout: seconds."""
        self._handshake_end = time.monotonic() + timeout if self._handshake_end is None else self._handshake_end

    def handshake_timed_out(self) -> bool:
        """Tell whether it takes too long; asked several times a second while nothing comes."""
        return time.monotonic() > min(self.end, self._handshake_end or math.inf)

    def complete_handshake(self) -> None:
        """Note that it is over; said again after every packet."""
        self._handshake_end = math.inf

    def read_message(self) -> tuple[int, Message]:
        """Return the next packet.

        Raises:
            SSHException: the other side has sent too much already.
        """
        if self._came >= _UNWATCHED:
            self._came = 0
            if self.is_abused and self.is_abused():
                raise SSHException("more came than was allowed")
        return super().read_message()

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:  # noqa: FBT001, FBT002 - as paramiko calls it
        """Return so many bytes.

        Raises:
            SSHException: nobody who means well sends so many at once.
        """
        if n > _PACKET:
            raise SSHException(f"a packet of {n} bytes is too large")
        self._came += n
        return bytes(super().read_all(n, check_rekey))

    def _read_timeout(self, timeout: float) -> bytes:
        piece = bytes(super()._read_timeout(timeout))  # type: ignore[misc]
        self._greeted += len(piece)
        if self._greeted > _GREETING:
            raise SSHException("the greeting has no end")
        return piece
