"""One SFTP session: requests in, answers out. No request ends it, whatever it says.

Paramiko carries the bytes. Its own SFTP server is not used: it loses what goes wrong when a file is closed, takes a
file for complete when the connection breaks, cannot name files that are not UTF-8, and takes one packet at a time.
"""

import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from paramiko import Channel, ServerInterface, Transport
from paramiko.server import SubsystemHandler
from paramiko.ssh_exception import SSHException

from syncd.core.errors import SyncdError
from syncd.sftp import packets
from syncd.sftp.dropbox.refusal import Refusal, failed, from_os, malformed
from syncd.sftp.packets import Fields, Kind, MalformedError
from syncd.sftp.serving.gate import Gate
from syncd.sftp.serving.handles import LONGEST
from syncd.sftp.serving.requests import EXTENSIONS, Requests
from syncd.sftp.serving.tree import Tree

_log = structlog.get_logger(__name__)

_LARGEST = LONGEST + 4096
"""Bytes of a packet; one that says to be larger is no SFTP."""

_GATHERED = 16 * 1024
"""Bytes of answers that are sent at once while further requests are there already."""

_INTAKE = 1 << 20

_SAID, _ROOM = 4096, 64 * 1024
"""Bytes that are said to the user of a session beside the answers, and of its window that stay free for these."""


class Session(SubsystemHandler):
    """A session of one channel, on a thread of its own.

    tree_for: gives the tree of the account that logged in; it is told how something is said to the user.
    """

    def __init__(
        self,
        channel: Channel,
        name: str,
        server: ServerInterface,
        *,
        gate: Gate,
        tree_for: Callable[[Gate, Callable[[str], None]], Tree],
    ) -> None:
        super().__init__(channel, name, server)
        # Python waits at its end for threads that are not daemons; this one may wait for a client.
        self.daemon = True
        self._channel = channel
        self._gate = gate
        self._requests = Requests(tree_for(gate, self._say))
        self._answers = bytearray()
        self._said = 0

    def start_subsystem(self, name: str, transport: Transport, channel: Channel) -> None:
        """Answer requests until the client, or the connection, ends."""
        del name, transport
        with suppress(OSError, EOFError, SSHException):
            self._converse(channel)

    def finish_subsystem(self) -> None:
        """Close what is open and end the session; without an exit status scp takes it for failed."""
        try:
            self._requests.end()
            with suppress(SSHException, OSError, EOFError):
                self._channel.send_exit_status(0)
            super().finish_subsystem()
        finally:
            self._gate.left(self._channel)

    def _converse(self, channel: Channel) -> None:
        came = bytearray()
        while piece := channel.recv(_INTAKE):
            came += piece
            seen, place = memoryview(came), 0
            while len(seen) - place > 4:
                size = int.from_bytes(seen[place : place + 4], "big")
                if not 0 < size <= _LARGEST:
                    return
                end = place + 4 + size
                if len(seen) < end:
                    break
                self._take(seen[place + 4 : end])
                place = end
                if len(self._answers) >= _GATHERED:
                    self._flush()
            seen.release()
            if place:
                came = came[place:]
            if self._answers and not channel.recv_ready():
                self._flush()

    def _flush(self) -> None:
        self._channel.sendall(bytes(self._answers))
        self._answers.clear()

    def _say(self, sentence: str) -> None:
        """Show the user why something is not done: OpenSSH's clients hide the sentence of an answer, but not this one.

        Clients that never read it lose that much of their window for good; so it is little, and nobody waits for it.
        """
        line = f"syncd: {sentence}\n".encode(errors="replace")
        if self._said + len(line) <= _SAID and self._channel.out_window_size >= _ROOM:
            self._said += len(line)
            self._channel.sendall_stderr(line)

    def _take(self, packet: memoryview) -> None:
        """Carry out the request of a packet; its answer is one of those that are sent next."""
        self._gate.active = time.monotonic()
        kind = packet[0]
        if kind == Kind.INIT:
            self._answers += packets.packet(Kind.VERSION, packets.VERSION, EXTENSIONS)
            return
        number = int.from_bytes(packet[1:5], "big")
        try:
            self._answers += self._requests.answer(kind, number, Fields(packet[5:]))
        except Exception as error:  # noqa: BLE001 - whatever a client sends, it gets an answer and the session goes on
            self._answers += packets.status(number, self._refused(kind, error))

    def _refused(self, kind: int, error: Exception) -> Refusal:
        if isinstance(error, Refusal):
            return error
        if isinstance(error, OSError):
            return from_os(error)
        if isinstance(error, MalformedError):
            return malformed("the request is cut short")
        account = self._gate.account
        count = self._gate.tells(f"request {type(error).__name__} {account}")
        if isinstance(error, SyncdError):
            if count:
                _log.warning("sftp request not answered", account=account, count=count, reason=str(error))
            return failed("that cannot be looked up now; try again")
        if count:
            _log.error("sftp request failed", kind=kind, account=account, count=count, exc_info=error)
        return failed("the request could not be carried out")
