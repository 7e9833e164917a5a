"""Who may come in, and for what: SFTP alone, by key or password, as one of the accounts."""

import hashlib
import hmac
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from paramiko import Channel, PKey, ServerInterface
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from syncd.core.audit import Deed
from syncd.core.naming import shown
from syncd.core.seldom import Seldom
from syncd.sftp.bounded import overfed
from syncd.sftp.serving.patience import Patience
from syncd.sftp.serving.transport import ALGORITHMS, UnknownKey

_log = structlog.get_logger(__name__)

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")
"""What the password of an unknown account is compared with: a guess at names takes as long as one at passwords."""

_VERIFYING = threading.BoundedSemaphore(2)
"""A password takes 64 MB to be compared; so many at once may."""

_CHANNELS = 10
"""SFTP sessions that one connection may have open at once, begun or not: what it sends to each waits in memory."""

_LONGEST_NAME = 64
"""Characters of a name that is no account's, as far as it is told."""


_NAMED = 3
"""Keys of an account that are named where another was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may log in. keys: public keys in their binary form. password_hash: by argon2, "" for none."""

    name: str
    keys: frozenset[bytes] = frozenset()
    password_hash: str = field(default="", repr=False)


class Tell(Protocol):
    """Hears what somebody did."""

    def __call__(self, what: Deed, account: str, *, detail: str = "") -> None:
        """Take note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeping:
    """What all gates share.

    account: gives the one of a name, as it is now. admits: says of an account why it may not begin a session now, ""
    where it may. seldom: says which failures are told; an attacker must not fill the disk. entering: held by who
    begins a session.
    """

    account: Callable[[str], Account | None]
    admits: Callable[[str], str]
    patience: Patience = field(default_factory=Patience)
    seldom: Seldom = field(default_factory=Seldom)
    entering: threading.Lock = field(default_factory=threading.Lock)


def hashed(password: str) -> str:
    """Return the hash of a password, as the settings have it."""
    return _HASHER.hash(password)


class Gate(ServerInterface):
    """The gate of one connection, from an address. opened: gives the next channel that was opened, None if none was.

    account: who came in, "" until then. active: when it last asked for something, by the steady clock.
    A key is asked about twice, first only whether it would do; so nobody is in before the transport says so.
    """

    def __init__(
        self, keeping: Doorkeeping, address: str, tell: Tell, opened: Callable[[], Channel | None] = lambda: None
    ) -> None:
        self.account = ""
        self.active = time.monotonic()
        self.address = address
        self._keeping = keeping
        self._tell = tell
        self._opened = opened
        self._proof: tuple[str, bytes | str] = "", ""
        self._channels: list[Channel] = []
        self._at_work: set[Channel] = set()
        self._is_opening = False
        self._offered: list[PKey] = []
        self._name = ""
        self._over = threading.Event()

    def get_allowed_auths(self, username: str) -> str:
        """Return the ways to log in; the same for every name, known or not."""
        del username
        return "publickey,password"

    def check_auth_none(self, username: str) -> int:
        """Let nobody in for nothing."""
        del username
        return AUTH_FAILED

    def check_auth_publickey(self, username: str, key: PKey) -> int:
        """Let in who has one of the account's keys. Clients offer several keys: one that fits none is no offence."""
        account = self._keeping.account(username)
        offered = key.asbytes()
        fits = [hmac.compare_digest(offered, known) for known in (account.keys if account else ())]
        if any(fits) and not isinstance(key, UnknownKey):
            self._proof = username, offered
            return AUTH_SUCCESSFUL
        self._name = username
        self._offered.append(key)
        return AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        """Let in who knows the account's password; whoever guesses waits longer and longer."""
        with self._keeping.patience.turn(self.address, self._over) as has_come:
            return self._guessed(username, password) if has_come else AUTH_FAILED

    def _guessed(self, username: str, password: str) -> int:
        account = self._keeping.account(username)
        known = account.password_hash if account else ""
        with _VERIFYING:
            try:
                fits = _HASHER.verify(known or _NOBODY, password) and bool(known)
            except (VerificationError, InvalidHashError, UnicodeError):
                fits = False
        keys = self._keys_refused(username)
        self._offered.clear()
        if account and fits:
            self._keeping.patience.succeeded(self.address, account.name)
            self._proof = username, known
            return AUTH_SUCCESSFUL
        self._refused(username, f"{keys}; then a wrong password" if keys else "wrong password")
        return AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Open sessions and nothing else, and not too many."""
        del chanid
        # Nobody comes here who is not logged in: what was offered in vain before is no offence.
        self._offered.clear()
        self._see_opened()
        self._channels = [each for each in self._channels if each in self._at_work or not each.closed]
        self._is_opening = kind == "session" and len(self._channels) < _CHANNELS
        return OPEN_SUCCEEDED if self._is_opening else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_subsystem_request(self, channel: Channel, name: str) -> bool:
        """Begin an SFTP session for whom the transport knows to be in; once in a channel."""
        transport = channel.get_transport()
        account = self._still_fits(transport.get_username() or "") if transport.is_authenticated() else None
        if name != "sftp" or not account or channel in self._at_work:
            return False
        if not self.account:
            # One after the other: of two that come at once, the second has to see the first.
            with self._keeping.entering:
                reason = self._keeping.admits(account.name)
                self.account = "" if reason else account.name
            if reason:
                self._tell_seldom(f"full {account.name}", account.name, reason)
                return False
            self._tell(Deed.LOGIN, account.name)
        self._at_work.add(channel)
        return super().check_channel_subsystem_request(channel, name)

    def is_abused(self) -> bool:
        """Tell whether its client sends more than it may: what is not read yet waits in memory."""
        self._see_opened()
        if not overfed(self._channels):
            return False
        if count := self.tells(f"abused {self.account}"):
            reason = "it sent more than it was allowed to"
            _log.warning(
                "sftp connection ended", account=self.account, address=self.address, count=count, reason=reason
            )
        return True

    def left(self, channel: Channel) -> None:
        """Hear that the session of a channel is over."""
        self._at_work.discard(channel)

    @property
    def is_at_work(self) -> bool:
        """Whether a session goes on."""
        return bool(self._at_work)

    @property
    def is_outdated(self) -> bool:
        """Whether the account that came in was removed since, or comes in by other keys or another password now."""
        return bool(self.account) and not self._still_fits(self.account)

    def end(self) -> None:
        """Let nobody wait here any more; tell of a connection that offered nothing but keys that fit nobody."""
        self._over.set()
        if self._offered and not self.account:
            self._refused(self._name, self._keys_refused(self._name))

    def exchange_refused(self, reason: str) -> None:
        """Log that client and server have no algorithm in common. reason: what each of them knows."""
        if count := self.tells(f"exchange {self.address}"):
            _log.warning("sftp key exchange refused", address=self.address, count=count, reason=reason)

    def _see_opened(self) -> None:
        """Take what was opened. There is something only after one was let in, and this runs for every packet."""
        while self._is_opening and (channel := self._opened()):
            self._channels.append(channel)
        self._is_opening = False

    def _still_fits(self, name: str) -> Account | None:
        """Return the account that came in, unless the key or password by which it did is none of its own by now."""
        account = self._keeping.account(name)
        proven, proof = self._proof
        fits = account and proven == name and (proof in account.keys or proof == account.password_hash)
        return account if fits else None

    def _keys_refused(self, username: str) -> str:
        """Return which keys did not fit and what would have; "" where none was offered."""
        if not self._offered:
            return ""
        account = self._keeping.account(username)
        keys = ", ".join(_described(key.get_name(), key.asbytes()) for key in self._offered)
        fitting = [_described(_algorithm(blob), blob) for blob in sorted(account.keys if account else ())]
        taken = ", ".join(fitting[:_NAMED]) + (" and others" if fitting[_NAMED:] else "")
        taken = f"taken: {taken or 'a password alone'}" if account else "there is no such account"
        unknown = any(isinstance(key, UnknownKey) for key in self._offered)
        algorithms = f"; algorithms taken: {', '.join(ALGORITHMS)}" if unknown else ""
        return f"none of the keys offered fits: {keys}; {taken}{algorithms}"

    def _refused(self, username: str, reason: str) -> None:
        """Count and tell a failure."""
        account = self._keeping.account(username)
        self._keeping.patience.failed(self.address, account.name if account else "")
        self._tell_seldom(f"from {self.address}", shown(username[:_LONGEST_NAME]), reason)

    def tells(self, kind: str) -> int:
        """Return how many events of a kind there were of late if this one is worth a line, otherwise 0."""
        return self._keeping.seldom.tells(kind, time.monotonic())

    def _tell_seldom(self, kind: str, account: str, reason: str) -> None:
        if count := self.tells(kind):
            self._tell(Deed.LOGIN_REFUSED, account, detail=f"{reason}, failure {count} of late")


def _described(algorithm: str, blob: bytes) -> str:
    """Return algorithm and fingerprint of a public key, as OpenSSH shows them."""
    digest = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"{shown(algorithm[:_LONGEST_NAME])} SHA256:{digest}"


def _algorithm(blob: bytes) -> str:
    """Return the algorithm that a public key in its binary form begins with."""
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
