"""Who may come in, and for what: SFTP alone, by key or password, as one of the accounts."""

import hmac
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

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
from syncd.sftp.patience import Patience

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")
"""What the password of an unknown account is compared with: a guess at names takes as long as one at passwords."""

_VERIFYING = threading.BoundedSemaphore(2)
"""A password takes 64 MB to be compared; so many at once may."""

_CHANNELS = 10
"""SFTP sessions that one connection may begin."""

_EACH_TOLD = 5
"""Failures of an address that are told one by one; of more, those that double their number."""

_LONGEST_NAME = 64
"""Characters of a name that is no account's, as far as it is told."""


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
    """What all gates share. admits: says of an account why it may not begin a session now, "" where it may."""

    accounts: Mapping[str, Account]
    patience: Patience
    admits: Callable[[str], str]


def hashed(password: str) -> str:
    """Return the hash of a password, as the settings have it."""
    return _HASHER.hash(password)


class Gate(ServerInterface):
    """The gate of one connection, from an address.

    account: who came in, "" until then. active: when it last asked for something, by the steady clock.
    A key is asked about twice, first only whether it would do; so nobody is in before the transport says so.
    """

    def __init__(self, keeping: Doorkeeping, address: str, tell: Tell) -> None:
        self.account = ""
        self.active = time.monotonic()
        self._keeping = keeping
        self.address = address
        self._tell = tell
        self._channels = 0
        self._offered: dict[str, int] = {}

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
        account = self._keeping.accounts.get(username)
        offered = key.asbytes()
        fits = [hmac.compare_digest(offered, known) for known in (account.keys if account else ())]
        if any(fits):
            return AUTH_SUCCESSFUL
        self._offered[_told(username)] = self._offered.get(_told(username), 0) + 1
        return AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        """Let in who knows the account's password; whoever guesses waits longer and longer."""
        self._keeping.patience.wait(self.address)
        account = self._keeping.accounts.get(username)
        known = account.password_hash if account else ""
        with _VERIFYING:
            try:
                fits = _HASHER.verify(known or _NOBODY, password) and bool(known)
            except (VerificationError, InvalidHashError, UnicodeError):
                fits = False
        self._offered.clear()
        if fits:
            self._keeping.patience.succeeded(self.address)
            return AUTH_SUCCESSFUL
        self._refused(_told(username), "wrong password")
        return AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Open sessions and nothing else."""
        del chanid
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_subsystem_request(self, channel: Channel, name: str) -> bool:
        """Begin an SFTP session for whom the transport knows to be in."""
        transport = channel.get_transport()
        account = transport.get_username() if transport.is_authenticated() else ""
        if name != "sftp" or not account or self._channels >= _CHANNELS:
            return False
        if not self.account:
            if reason := self._keeping.admits(account):
                self._tell(Deed.LOGIN_REFUSED, account, detail=reason)
                return False
            self.account = account
            self._tell(Deed.LOGIN, account)
        self._channels += 1
        return super().check_channel_subsystem_request(channel, name)

    def ended(self) -> None:
        """Tell of a connection that is over and offered nothing but keys that fit nobody."""
        if self.account:
            return
        for account, count in list(self._offered.items())[:1]:
            self._refused(account, f"none of {count} keys fits")

    def _refused(self, account: str, reason: str) -> None:
        """Tell of a failure, but of hundreds not each: an attacker must not fill the disk."""
        count = self._keeping.patience.failed(self.address)
        if count <= _EACH_TOLD or count & (count - 1) == 0:
            self._tell(Deed.LOGIN_REFUSED, account, detail=f"{reason}, failure {count} from there of late")


def _told(username: str) -> str:
    """Return the name that somebody gave, fit to be told: it may be anything."""
    return shown(username[:_LONGEST_NAME])
