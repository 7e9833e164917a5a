"""Connecting to a remote server: to the one that is meant, and as whom it knows. Nothing is sent to any other."""

import logging
import socket
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import BadAuthenticationType, Ed25519Key, HostKeys, PKey, RSAKey, Transport
from paramiko.ecdsakey import ECDSAKey
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey
from paramiko.ssh_exception import AuthenticationException, IncompatiblePeer, PasswordRequiredException, SSHException

from syncd.core.errors import PassingError, SyncdError, UsageError
from syncd.core.naming import shown
from syncd.sftp.bounded import BoundedPacketizer

_CHANNEL = "syncd.sftp.client"
_PORT = 22
_FINGERPRINT = "SHA256:"
_KINDS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
"""Kinds of host keys, each tried by itself until the pinned one is shown."""

_KEYS = (Ed25519Key, ECDSAKey, RSAKey)

_REFUSED = "Authentication failed."
"""What paramiko says where the server answered no; of a connection that broke meanwhile it says more."""


class StrangerError(SyncdError):
    """Another server answers than the one that was pinned. Nothing was sent to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where files are fetched, and as whom.

    host_key: the fingerprint (`SHA256:…`) or the path of a known_hosts file. key_file, password_file: one of the two.
    timeout: seconds that the network may stay silent.
    """

    host: str
    port: int = 22
    username: str
    host_key: str
    key_file: Path | None = None
    password_file: Path | None = field(default=None, repr=False)
    folder: str = "."
    timeout: float = 30.0

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.username}@{self.host}:{self.port}"


def logged_in(remote: Remote) -> Transport:
    """Connect to the server that is meant, and log in.

    Raises:
        StrangerError: another server answers.
        UsageError: key, password or known_hosts cannot be read, or the remote does not accept them.
        OSError, SSHException, EOFError: it cannot be reached, or the connection broke.
    """
    logging.getLogger(_CHANNEL).setLevel(logging.CRITICAL)
    transport = _recognised(remote)
    try:
        _log_in(remote, transport)
    except AuthenticationException as error:
        transport.close()
        if isinstance(error, BadAuthenticationType) or str(error) == _REFUSED:
            raise UsageError(f"{remote.place} does not accept the key or password") from error
        raise PassingError(f"{remote.place} broke off the login: {error}") from error
    except BaseException:
        transport.close()
        raise
    return transport


def _recognised(remote: Remote) -> Transport:
    """Connect to the server that is meant; it may have keys of several kinds, of which any may be the pinned one."""
    pinned = _Pinned(remote)
    shown_keys = []
    for kinds in _KINDS:
        connection = socket.create_connection((remote.host, remote.port), timeout=remote.timeout)
        transport = Transport(connection, packetizer_class=BoundedPacketizer)
        transport.set_log_channel(_CHANNEL)
        transport.get_security_options().key_types = kinds
        try:
            transport.start_client(timeout=remote.timeout)
            key = _shown_key(transport)
        except IncompatiblePeer:
            transport.close()
            continue
        except BaseException:
            transport.close()
            raise
        if pinned.fits(key):
            return transport
        transport.close()
        shown_keys.append(str(key.fingerprint))
    if not shown_keys:
        raise PassingError(f"{remote.place} has no host key of a kind that is safe (Ed25519, ECDSA, RSA with SHA-2)")
    raise StrangerError(
        f"{remote.place} shows the key {' and '.join(shown_keys)}, which is not the pinned one; nothing was fetched. "
        "If the server has a new key, ask its owner for it by another way, and pin that"
    )


def _shown_key(transport: Transport) -> PKey:
    """Return the key of a server; paramiko says without a word that the time for it is up, and there is none then."""
    if transport.is_active() and not transport.initial_kex_done:
        raise TimeoutError
    return transport.get_remote_server_key()


class _Pinned:
    """What the host key must be: a fingerprint, or one of a known_hosts file that is not revoked there."""

    def __init__(self, remote: Remote) -> None:
        self._fingerprint = remote.host_key if remote.host_key.startswith(_FINGERPRINT) else ""
        self._name = remote.host if remote.port == _PORT else f"[{remote.host}]:{remote.port}"
        self._known, self._revoked = HostKeys(), HostKeys()
        if not self._fingerprint:
            self._read(Path(remote.host_key))

    def fits(self, key: PKey) -> bool:
        """Tell whether this is the key that was pinned."""
        if self._fingerprint:
            return bool(key.fingerprint == self._fingerprint)
        return bool(self._known.check(self._name, key)) and not self._revoked.check(self._name, key)

    def _read(self, path: Path) -> None:
        """Take the lines that can be read; what they say of other servers, or by other means, is not our concern."""
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        for line in lines:
            word, _, rest = line.strip().partition(" ")
            if word == "@revoked":
                _take(self._revoked, rest)
            elif not word.startswith(("@", "#")):
                _take(self._known, line)


def _take(keys: HostKeys, line: str) -> None:
    try:
        entry = HostKeyEntry.from_line(line)
    except (InvalidHostKey, SSHException):
        return
    if entry and entry.key:
        for name in entry.hostnames or ():
            keys.add(name, entry.key.get_name(), entry.key)


def _log_in(remote: Remote, transport: Transport) -> None:
    transport.auth_timeout = remote.timeout
    wanted = []
    if remote.key_file:
        wanted = transport.auth_publickey(remote.username, _private_key(remote.key_file))
    elif remote.password_file:
        try:
            password = remote.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"{remote.password_file} cannot be read: {why}") from error
        wanted = transport.auth_password(remote.username, password)
    if wanted:
        raise UsageError(f"{remote.place} wants more than one key or password: also {shown(', '.join(wanted))}")


def _private_key(path: Path) -> PKey:
    for kind in _KEYS:
        try:
            return kind(filename=str(path))
        except PasswordRequiredException as error:
            raise UsageError(f"{path} is locked by a passphrase; give syncd a key of its own without one") from error
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        except (SSHException, ValueError):
            continue
    raise UsageError(f"{path} is no private key that can be used")
