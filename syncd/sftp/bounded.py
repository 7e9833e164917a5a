"""What the other side may make this one hold, memory or threads, before it is known to be anybody.

Paramiko takes a packet of up to 4 GB, and a greeting without end; OpenSSH takes 256 KB. And it starts a thread for the
time of each handshake, which lives on when the connection is long over.
"""

import math
import time

from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

_PACKET = 256 * 1024 + 1024
"""Bytes of a packet with its signature; a packet of data has 128 KB at most, as both sides are told."""

_GREETING = 64 * 1024
"""Bytes before the first packet: the version, and with some servers a notice before it."""


class BoundedPacketizer(Packetizer):
    """Takes no more than a packet may have, and looks at the clock instead of waiting on a thread."""

    _greeted = 0
    _end: float | None = None

    def start_handshake(self, timeout: float) -> None:
        """Note when the handshake must be over. timeout: seconds."""
        self._end = time.monotonic() + timeout if self._end is None else self._end

    def handshake_timed_out(self) -> bool:
        """Tell whether the handshake takes too long; asked several times a second while nothing comes."""
        return self._end is not None and time.monotonic() > self._end

    def complete_handshake(self) -> None:
        """Note that it is over."""
        self._end = math.inf

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:  # noqa: FBT001, FBT002 - as paramiko calls it
        """Return so many bytes.

        Raises:
            SSHException: nobody who means well sends so many at once.
        """
        if n > _PACKET:
            raise SSHException(f"a packet of {n} bytes is too large")
        return bytes(super().read_all(n, check_rekey))

    def _read_timeout(self, timeout: float) -> bytes:
        piece = bytes(super()._read_timeout(timeout))  # type: ignore[misc]
        self._greeted += len(piece)
        if self._greeted > _GREETING:
            raise SSHException("the greeting has no end")
        return piece
