"""The server: listens, gives each connection its thread, and ends those that are too many, too slow or idle."""

import logging
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog
from paramiko import PKey, Transport
from paramiko.ssh_exception import SSHException

from syncd.core.audit import Deed
from syncd.sftp.bounded import BoundedPacketizer, watch
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.names import Folder
from syncd.sftp.serving.gate import Account, Doorkeeping, Gate
from syncd.sftp.serving.host_key import fingerprints
from syncd.sftp.serving.session import Session
from syncd.sftp.serving.transport import ServerTransport
from syncd.sftp.serving.tree import Tree

_log = structlog.get_logger(__name__)

_CHANNEL = "syncd.sftp.transport"
"""The log of paramiko's transports: every port scan makes it an error there, with a traceback."""

_BACKLOG = 128
_ROUND = 0.5
"""Seconds between two looks at what is idle."""

_CIPHERS, _DIGESTS = re.compile("-ctr$|-gcm@"), re.compile("^hmac-sha2-")

_ALL_IPV6, _IPV4_IN_IPV6 = "::", "::ffff:"
_PRUNE = 3600.0
_FAREWELL = 5.0
_BRIEFLY = 0.02
_VERSION = "SSH-2.0-syncd"
_WINDOW, _PACKET = 2 << 20, 128 << 10
"""Bytes that a client may send in a session before it must wait, and bytes of a packet of the transport."""

Shown = Callable[[str, Folder], Mapping[str, Path]]
"""Gives the files of a folder that an account may read, by name."""


class Tell(Protocol):
    """Hears every act: what, of which account, from where, on which file."""

    def __call__(self, what: Deed, account: str, *, address: str, file: str = "", detail: str = "") -> None:
        """Take note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What the server stands on.

    address, port: where it listens; port 0 for any that is free. keys: the host keys. accounts, boxes: by name; the
    boxes are prepared. shown: gives the files of a folder that an account may read. tell: hears every act.
    """

    address: str
    port: int
    keys: Sequence[PKey]
    accounts: Mapping[str, Account]
    boxes: Mapping[str, Box]
    shown: Shown
    tell: Tell
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Connection:
    """A connection: its gate, and when it began, by the steady clock."""

    transport: Transport
    gate: Gate
    since: float

    def end(self) -> None:
        """End it. Nobody is waited for: whoever works for it notices within a second."""
        self.gate.end()
        self.transport.close()


class Server:
    """An SFTP server that runs on threads of its own until it is stopped."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._keeping = Doorkeeping(account=self._account, admits=self._why_not)
        self._open: dict[Transport, _Connection] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listener = socket.socket()
        self._threads: list[threading.Thread] = []
        self._pruned: float | None = None

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprints of the keys by which senders know it, by their algorithms."""
        return fingerprints(self._serving.keys)

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is not to be had.
        """
        logging.getLogger(_CHANNEL).setLevel(logging.CRITICAL)
        self._listener.close()
        self._listener = _listening(self._serving.address, self._serving.port)
        for name, work in (("sftp-accept", self._accept), ("sftp-watch", self._watch)):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def change(self, accounts: Mapping[str, Account], boxes: Mapping[str, Box], shown: Shown) -> None:
        """Serve these accounts from now on.

        Sessions go on, but for those of accounts that are gone, or have other keys or another password now.
        """
        self._serving = replace(self._serving, accounts=accounts, boxes=boxes, shown=shown)
        self._end_connections(time.monotonic())

    def stop(self) -> None:
        """Stop listening and end every connection; what is half sent can be resumed."""
        self._stop.set()
        # What waits in accept() does not notice that its socket is closed, but that it is shut down.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            _log.debug("listener was not open", reason=error.strerror)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=_FAREWELL)
        with self._lock:
            open_now = list(self._open.values())
            self._open.clear()
        for each in open_now:
            each.end()
        end = time.monotonic() + _FAREWELL
        while any(each.gate.is_at_work for each in open_now) and time.monotonic() < end:
            time.sleep(_BRIEFLY)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError as error:
                if not self._stop.wait(_ROUND):
                    self._warn("sftp cannot accept connections", reason=error.strerror)
                continue
            try:
                self._admit(connection, str(peer[0]).removeprefix(_IPV4_IN_IPV6))
            except Exception as error:  # noqa: BLE001 - one connection must not end the listening
                connection.close()
                self._warn("sftp connection failed", address=str(peer[0]), exc_info=error)

    def _admit(self, connection: socket.socket, address: str) -> None:
        if not self._has_place():
            connection.close()
            self._warn("sftp connection refused", address=address, reason="there are too many")
            return
        # Without it each small answer waits for the last one's acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = ServerTransport(
            connection,
            default_window_size=_WINDOW,
            default_max_packet_size=_PACKET,
            packetizer_class=BoundedPacketizer,
        )
        transport.set_log_channel(_CHANNEL)
        transport.local_version = _VERSION
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = self._serving.limits.handshake
        options = transport.get_security_options()
        options.ciphers, options.digests = _strong(options.ciphers, _CIPHERS), _strong(options.digests, _DIGESTS)
        for key in self._serving.keys:
            transport.add_server_key(key)
        tell, opened = partial(self._serving.tell, address=address), partial(transport.accept, 0)
        gate = Gate(self._keeping, address, tell, opened)
        watch(transport, gate.is_abused)
        transport.set_subsystem_handler("sftp", Session, gate=gate, tree_for=partial(self._tree, address))
        with self._lock:
            self._open[transport] = _Connection(transport, gate, time.monotonic())
        try:
            # With an event it does not wait for the handshake, so that nobody else has to.
            transport.start_server(event=threading.Event(), server=gate)
        except (SSHException, EOFError, OSError):
            transport.close()

    def _has_place(self) -> bool:
        """Tell whether another connection may come. Of too many one goes that has not logged in.

        It is the oldest of the address that has most of them: whoever only holds places cannot keep senders out.
        """
        limits = self._serving.limits
        with self._lock:
            strangers = [each for each in self._open.values() if not each.gate.account]
            if len(self._open) < limits.sessions and len(strangers) < limits.strangers:
                return True
            if not strangers:
                return False
            crowd = Counter(each.gate.address for each in strangers).most_common(1)[0][0]
            oldest = min((each for each in strangers if each.gate.address == crowd), key=lambda each: each.since)
            del self._open[oldest.transport]
        oldest.end()
        self._warn("sftp connection ended", address=crowd, reason="too many have not logged in")
        return True

    def _account(self, name: str) -> Account | None:
        return self._serving.accounts.get(name)

    def _why_not(self, account: str) -> str:
        with self._lock:
            here = Counter(each.gate.account for each in self._open.values())
        most = self._serving.limits.sessions_each
        return f"it has {most} sessions already" if here[account] >= most else ""

    def _tree(self, address: str, gate: Gate, say: Callable[[str], None]) -> Tree:
        tell = partial(self._serving.tell, account=gate.account, address=address)
        box = self._serving.boxes[gate.account]
        return Tree(box, lambda folder: self._serving.shown(gate.account, folder), tell, say)

    def _watch(self) -> None:
        """End what is over, idle or too slow; let waiting files in; remove old partial ones."""
        while not self._stop.wait(_ROUND):
            now = time.monotonic()
            try:
                self._end_connections(now)
            except Exception as error:  # noqa: BLE001 - the watch goes on, whatever one connection does
                self._warn("sftp watch failed", exc_info=error)
            is_time = self._pruned is None or now - self._pruned > _PRUNE
            self._pruned = now if is_time else self._pruned
            for name, box in self._serving.boxes.items():
                try:
                    self._tend(name, box, prune=is_time)
                except OSError as error:
                    self._warn("drop box cannot be used", account=name, reason=error.strerror)

    def _end_connections(self, now: float) -> None:
        with self._lock:
            over = [each for each in self._open.values() if self._is_over(each, now)]
            for each in over:
                del self._open[each.transport]
        for each in over:
            each.end()

    def _is_over(self, connection: _Connection, now: float) -> bool:
        limits, gate, age = self._serving.limits, connection.gate, now - connection.since
        if not connection.transport.is_active():
            # A transport that has only just been made is not active yet.
            return age > _ROUND
        if not gate.account:
            return age > limits.handshake
        return gate.is_outdated or now - gate.active > limits.idle

    def _warn(self, event: str, *, account: str = "", **facts: object) -> None:
        """Write a line, unless there were many like it of late."""
        if count := self._keeping.seldom.tells(f"{event} {account}", time.monotonic()):
            _log.warning(event, count=count, **({"account": account} if account else {}), **facts)

    def _tend(self, name: str, box: Box, *, prune: bool) -> None:
        box.let_in()
        for gone in box.prune(time.time()) if prune else ():
            self._serving.tell(Deed.PARTIAL_REMOVED, name, address="", file=f"/{gone}")


def _listening(address: str, port: int) -> socket.socket:
    """Listen. An IPv6 address that means all of this machine means those of IPv4, too."""
    if ":" not in address:
        return socket.create_server((address, port), backlog=_BACKLOG)
    both = address == _ALL_IPV6 and socket.has_dualstack_ipv6()
    return socket.create_server((address, port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=both)


def _strong(offered: Sequence[str], wanted: re.Pattern[str]) -> tuple[str, ...]:
    """Return those ways to encrypt or to sign that are wanted: what paramiko offers holds CBC, MD5 and SHA-1, too."""
    return tuple(name for name in offered if wanted.search(name))
