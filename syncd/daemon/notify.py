"""Telling systemd how the daemon stands: one datagram each (sd_notify(3)), nothing where it does not listen."""

import os
import socket
import time
from collections.abc import Mapping

_MICROSECONDS = 1_000_000
_NANOSECONDS = 1000
"""In a microsecond."""


class Notifier:
    """Sends states to the socket that the service manager named in the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of an abstract address.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limit = environment.get("WATCHDOG_USEC", "")
        self.watchdog = int(limit) / _MICROSECONDS if ours and limit.isdigit() else 0.0
        """Seconds within which systemd wants a sign of life; 0 where it wants none."""

    def ready(self) -> None:
        """Say that the start is over, or the reading of the settings."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the settings are being read anew; `ready` says that this is over (Type=notify-reload)."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // _NANOSECONDS}")

    def status(self, sentence: str) -> None:
        """Show a sentence in `systemctl status`."""
        self._send(f"STATUS={' '.join(sentence.split())}")

    def alive(self) -> None:
        """Give the sign of life."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.connect(self._address)
                sender.send(state.encode())
        except OSError:
            # Nobody listens any more: the work goes on, and without it systemd acts by itself.
            return
