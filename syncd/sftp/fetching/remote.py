"""A folder of a remote SFTP server, visited: look, fetch, clear away. Names may be any bytes."""

import errno
import fnmatch
import hashlib
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from paramiko import Channel, SFTPAttributes, SFTPClient
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR
from paramiko.ssh_exception import SSHException

from syncd.core.errors import PassingError
from syncd.core.naming import shown
from syncd.sftp.bounded import overfed, watch, within
from syncd.sftp.dropbox.names import is_plain
from syncd.sftp.fetching.marks import Seen
from syncd.sftp.fetching.pinned import Remote, logged_in

_PIECE = 256 * 1024
_AHEAD = 64
"""Pieces of 32 KB that are asked for before they come: of a large file not all at once."""

_MODE = 0o640
_FAULTS = (OSError, SSHException, EOFError, UnicodeError)
"""What paramiko raises where the server refuses, the connection breaks, or an answer makes no sense."""

_BROKEN = ("EOF", "Server connection dropped", "Channel closed", "SSH session not active", "Timeout opening")
"""What paramiko says, in its errors of many kinds, where the connection broke."""


class RefusedError(PassingError):
    """The remote does not do one thing; others it may do."""


class _Client(SFTPClient):
    """Paramiko's client; its own listing ends at the first name that is not UTF-8."""

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """Yield the names in a folder, each with what is told of it."""
        kind, answer = self._request(CMD_OPENDIR, folder)  # type: ignore[attr-defined]
        if kind != CMD_HANDLE:
            raise SSHException("it answers what was not asked")
        handle = answer.get_binary()
        with suppress(EOFError):
            while True:
                kind, answer = self._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
                if kind != CMD_NAME:
                    raise SSHException("it answers what was not asked")
                for _ in range(answer.get_int()):
                    name, _ = answer.get_binary(), answer.get_binary()
                    yield name, SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]
        self._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]


class Visit:
    """A connection to a remote, open.

    What the remote refuses is raised as `RefusedError`; that the connection breaks, as another `PassingError`.
    """

    def __init__(self, client: _Client, remote: Remote) -> None:
        self._client = client
        self._remote = remote

    def files(self) -> list[Seen]:
        """Return the regular files, in order of names.

        A server may send any names: those that could lead out of a folder, or cannot be worked with, are passed over.
        """
        with self._asked(f"{self._remote.folder} cannot be listed"):
            entries = list(self._client.entries(_raw(self._remote.folder)))
        named = ((os.fsdecode(name), told) for name, told in entries if stat.S_ISREG(told.st_mode or 0))
        return sorted(_seen(name, told) for name, told in named if is_plain(name))

    def look(self, name: str) -> Seen | None:
        """Return what there is of a file; None where there is none."""
        with self._asked(f"{shown(name)} cannot be looked at"), suppress(FileNotFoundError):
            return _seen(name, self._client.stat(self._at(name)))
        return None

    def fetch(self, seen: Seen, into: Path, moved: Callable[[int], None] = lambda _: None) -> str:
        """Fetch a file, going on with what is there of it; return its sha256. It is on the disk then.

        moved: told again and again how many bytes are here.

        Raises:
            RefusedError: it changed meanwhile, or the remote does not give it.
            PassingError: there is no room for it, or the connection broke.
            OSError: this machine's disk refuses.
        """
        digest = hashlib.sha256()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with _kept(into), open(os.open(into, flags, _MODE), "a+b") as target:  # noqa: PTH123 - no link is followed
            if target.tell() > seen.size:
                target.truncate(0)
            target.seek(0)
            while piece := target.read(_PIECE):
                digest.update(piece)
            for piece in self._pieces(seen, target.tell()):
                digest.update(piece)
                target.write(piece)
                moved(target.tell())
            target.flush()
            os.fsync(target.fileno())
            have = target.tell()
        if have != seen.size or self.look(seen.name) != seen:
            into.unlink(missing_ok=True)
            raise RefusedError(f"{shown(seen.name)} changed while it was fetched; it is fetched again later")
        return digest.hexdigest()

    def remove(self, name: str) -> None:
        """Remove a file; it may be gone already."""
        with self._asked(f"{shown(name)} cannot be removed"), suppress(FileNotFoundError):
            self._client.remove(self._at(name))

    def move(self, name: str, folder: str, stamp: str) -> None:
        """Move a file to another folder, made where it is missing; it may be gone already.

        folder: as seen from that of the remote. stamp: what is put before the name where the folder has it already.
        """
        with self._asked(f"{shown(name)} cannot be moved to {folder}"):
            target = _raw(posixpath.join(self._remote.folder, folder))
            with suppress(OSError):
                self._client.mkdir(target)
            place = posixpath.join(target, _raw(name))
            if self._has(place):
                place = posixpath.join(target, _raw(f"{stamp}_{name}"))
            with suppress(FileNotFoundError):
                self._client.rename(self._at(name), place)
                return
            if self.look(name):
                raise RefusedError(f"{self._remote.place}: there is no folder {folder} to move {shown(name)} to")

    def _pieces(self, seen: Seen, start: int) -> Iterator[bytes]:
        with (
            self._asked(f"{shown(seen.name)} cannot be fetched"),
            self._client.open(self._at(seen.name), "rb") as source,
        ):
            source.seek(start)
            source.prefetch(seen.size, _AHEAD)
            while piece := source.read(_PIECE):
                yield piece

    def _has(self, path: bytes) -> bool:
        with suppress(FileNotFoundError):
            self._client.lstat(path)
            return True
        return False

    def _at(self, name: str) -> bytes:
        return posixpath.join(_raw(self._remote.folder), _raw(name))

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            kind = RefusedError if self._is_answer(error) else PassingError
            raise kind(f"{self._remote.place}: {what}: {_reason(error)}") from error

    def _is_answer(self, error: Exception) -> bool:
        """Tell whether an error is an answer of the remote, and not the end of the connection."""
        channel = self._client.get_channel()
        lives = channel is not None and channel.get_transport().is_active()
        return lives and isinstance(error, OSError) and not isinstance(error, TimeoutError | ConnectionError)


@contextmanager
def visit(remote: Remote) -> Iterator[Visit]:
    """Connect, see that it is the server that is meant, log in, and give the open connection.

    Raises:
        StrangerError: another server answers.
        UsageError: key, password or known_hosts cannot be read, or the remote does not accept them.
        PassingError: it cannot be reached, or the connection broke.
    """
    transport = None
    try:
        transport = logged_in(remote)
        with within(transport, remote.timeout):
            client = _Client.from_transport(transport)
        if client is None:
            raise SSHException("it opens no SFTP session")
        channel = cast("Channel", client.get_channel())
        channel.settimeout(remote.timeout)
        watch(transport, lambda: overfed([channel]))
    except _FAULTS as error:
        if transport is not None:
            transport.close()
        raise PassingError(f"{remote.place} cannot be used: {_reason(error)}") from error
    try:
        yield Visit(client, remote)
    finally:
        transport.close()


def matches(seen: Seen, pattern: str) -> bool:
    """Tell whether the name of a file fits a shell wildcard."""
    return fnmatch.fnmatchcase(seen.name, pattern)


def _seen(name: str, told: SFTPAttributes) -> Seen:
    return Seen(name, told.st_size or 0, int(told.st_mtime or 0))


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _reason(error: Exception) -> str:
    if isinstance(error, EOFError | TimeoutError) or str(error).startswith(_BROKEN):
        return "it did not answer in time, or broke off"
    return shown(getattr(error, "strerror", None) or str(error) or type(error).__name__)


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    """Remove what there is of a file for which this machine's disk has no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        path.unlink(missing_ok=True)
        raise PassingError(f"there is no room for {shown(path.name)}; it is fetched again later") from error
