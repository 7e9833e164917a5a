"""A remote SFTP server that files are fetched from: connect to the one that is meant, look, fetch, clear away."""

import errno
import fnmatch
import hashlib
import logging
import os
import posixpath
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import Ed25519Key, HostKeys, PKey, RSAKey, SFTPClient, Transport
from paramiko.ecdsakey import ECDSAKey
from paramiko.ssh_exception import AuthenticationException, IncompatiblePeer, PasswordRequiredException, SSHException

from syncd.core.errors import PassingError, SyncdError, UsageError
from syncd.core.naming import shown
from syncd.sftp.bounded import BoundedPacketizer
from syncd.sftp.names import is_plain

_PIECE = 256 * 1024
_AHEAD = 64
"""Pieces of 32 KB that are asked for before they come: of a large file not all at once."""

_CHANNEL = "syncd.sftp.client"
_PORT = 22
_KINDS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
"""Kinds of host keys, each tried by itself until the pinned one is shown."""

_KEYS = (Ed25519Key, ECDSAKey, RSAKey)


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


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was seen on the remote: two looks that are equal have seen the same."""

    name: str
    size: int
    modified: int


class Visit:
    """A connection to a remote, open."""

    def __init__(self, client: SFTPClient, folder: str) -> None:
        self._client = client
        self._folder = folder

    def files(self, pattern: str) -> list[Seen]:
        """Return the regular files whose name fits the pattern, in order of names.

        A server may send any names: those that could lead out of a folder, or cannot be worked with, are passed over.
        """
        found = [
            Seen(entry.filename, entry.st_size or 0, int(entry.st_mtime or 0))
            for entry in self._client.listdir_attr(self._folder)
            if stat.S_ISREG(entry.st_mode or 0) and is_plain(entry.filename)
        ]
        return sorted((f for f in found if fnmatch.fnmatchcase(f.name, pattern)), key=lambda f: f.name)

    def has(self, name: str) -> bool:
        """Tell whether there is a file of that name."""
        with suppress(FileNotFoundError):
            self._client.stat(self._at(name))
            return True
        return False

    def fetch(self, seen: Seen, into: Path) -> str:
        """Fetch a file, going on with what is there of it; return its sha256. It is on the disk then.

        Raises:
            PassingError: it changed meanwhile, or there is no room for it.
        """
        digest = hashlib.sha256()
        with _kept(into), into.open("a+b") as target, self._client.open(self._at(seen.name), "rb") as source:
            if target.tell() > seen.size:
                target.truncate(0)
            target.seek(0)
            while piece := target.read(_PIECE):
                digest.update(piece)
            source.seek(target.tell())
            source.prefetch(seen.size, _AHEAD)
            while piece := source.read(_PIECE):
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
            have = target.tell()
        now = self._client.stat(self._at(seen.name))
        if have != seen.size or (now.st_size, int(now.st_mtime or 0)) != (seen.size, seen.modified):
            into.unlink(missing_ok=True)
            raise PassingError(f"{shown(seen.name)} changed while it was fetched; it is fetched again later")
        return digest.hexdigest()

    def remove(self, name: str) -> None:
        """Remove a file; it may be gone already."""
        with suppress(FileNotFoundError):
            self._client.remove(self._at(name))

    def move(self, name: str, folder: str) -> None:
        """Move a file to another folder of the remote, made where it is missing; it may be gone already."""
        with suppress(OSError):
            self._client.mkdir(folder)
        with suppress(FileNotFoundError):
            self._client.posix_rename(self._at(name), posixpath.join(folder, name))

    def _at(self, name: str) -> str:
        return posixpath.join(self._folder, name)


@contextmanager
def visit(remote: Remote) -> Iterator[Visit]:
    """Connect, see that it is the server that is meant, log in, and give the open connection.

    Raises:
        StrangerError: another server answers.
        UsageError: key or password cannot be read, or the remote does not accept them.
        PassingError: it cannot be reached, or the connection broke.
    """
    logging.getLogger(_CHANNEL).setLevel(logging.CRITICAL)
    transport: Transport | None = None
    try:
        transport = _recognised(remote)
        _log_in(remote, transport)
        client = SFTPClient.from_transport(transport)
        if client is None:
            raise PassingError(f"{remote.place} opens no SFTP session")
        client.get_channel().settimeout(remote.timeout)  # type: ignore[union-attr]
        yield Visit(client, remote.folder)
    except AuthenticationException as error:
        raise UsageError(f"{remote.place} does not accept the key or password") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{remote.place} has a file in {remote.folder} of which the name is not UTF-8") from error
    except (OSError, SSHException, EOFError) as error:
        raise PassingError(f"{remote.place} cannot be used: {error or type(error).__name__}") from error
    finally:
        if transport is not None:
            transport.close()


def _recognised(remote: Remote) -> Transport:
    """Connect to the server that is meant; it may have keys of several kinds, of which any may be the pinned one."""
    shown_keys = []
    for kinds in _KINDS:
        connection = socket.create_connection((remote.host, remote.port), timeout=remote.timeout)
        transport = Transport(connection, packetizer_class=BoundedPacketizer)
        transport.set_log_channel(_CHANNEL)
        transport.get_security_options().key_types = kinds
        try:
            transport.start_client(timeout=remote.timeout)
        except IncompatiblePeer:
            transport.close()
            continue
        except BaseException:
            transport.close()
            raise
        key = transport.get_remote_server_key()
        if _is_pinned(remote, key):
            return transport
        transport.close()
        shown_keys.append(str(key.fingerprint))
    if not shown_keys:
        raise PassingError(f"{remote.place} has no host key of a kind that is safe (Ed25519, ECDSA, RSA with SHA-2)")
    raise StrangerError(
        f"{remote.place} shows the key {' and '.join(shown_keys)}, which is not the pinned one; nothing was fetched. "
        "If the server has a new key, ask its owner for it by another way, and pin that"
    )


def _is_pinned(remote: Remote, key: PKey) -> bool:
    if remote.host_key.startswith("SHA256:"):
        return bool(key.fingerprint == remote.host_key)
    name = remote.host if remote.port == _PORT else f"[{remote.host}]:{remote.port}"
    try:
        return bool(HostKeys(remote.host_key).check(name, key))
    except OSError as error:
        raise UsageError(f"{remote.host_key} cannot be read: {error.strerror}") from error


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    """Remove what there is of a file for which the disk has no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        path.unlink(missing_ok=True)
        raise PassingError(f"there is no room for {shown(path.name)}; it is fetched again later") from error


def _log_in(remote: Remote, transport: Transport) -> None:
    if remote.key_file:
        transport.auth_publickey(remote.username, _private_key(remote.key_file))
    elif remote.password_file:
        try:
            password = remote.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"{remote.password_file} cannot be read: {why}") from error
        transport.auth_password(remote.username, password)


def _private_key(path: Path) -> PKey:
    for kind in _KEYS:
        try:
            return kind(filename=str(path))
        except PasswordRequiredException as error:
            raise UsageError(f"{path} is locked by a passphrase; give syncd a key of its own without one") from error
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        except SSHException:
            continue
    raise UsageError(f"{path} is no private key that can be used")
