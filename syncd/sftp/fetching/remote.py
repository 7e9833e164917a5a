"""A folder of a remote SFTP server, visited: look, fetch, clear away. Names may be any bytes."""

import errno
import fnmatch
import hashlib
import os
import posixpath
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from paramiko.ssh_exception import ChannelException, SSHException

from syncd.core.errors import PassingError, SyncdError
from syncd.core.naming import shown
from syncd.sftp.bounded import overfed, watch, within
from syncd.sftp.dropbox.names import is_plain
from syncd.sftp.fetching.answers import DeniedError, MissingError
from syncd.sftp.fetching.client import Client, Entry
from syncd.sftp.fetching.marks import Seen
from syncd.sftp.fetching.pinned import Remote, logged_in
from syncd.sftp.packets import Attributes, MalformedError

_PIECE = 256 * 1024
_MODE = 0o640
_FAULTS = (OSError, SSHException, EOFError, MalformedError)
"""What is raised where the connection breaks, or an answer makes no sense."""

_BROKEN = ("EOF", "Channel closed", "SSH session not active", "Timeout opening", "Socket is closed")
"""What paramiko says, in its errors of many kinds, where the connection broke."""

_NO_FILE = re.compile(rb"[bcdlps][-rwxsStT]{9}")
"""How `ls -l` begins the lines of what is no regular file."""


class RefusedError(PassingError):
    """The remote does not do one thing; others it may do."""


class Visit:
    """A connection to a remote, open.

    What the remote refuses is raised as `RefusedError`; that the connection breaks, as another `PassingError`.
    """

    def __init__(self, client: Client, remote: Remote) -> None:
        self._client = client
        self._remote = remote

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self._remote.place

    def files(self) -> list[Seen]:
        """Return the regular files, in order of names.

        A server may send any names: those that could lead out of a folder, or cannot be worked with, are passed over.
        """
        with self._asked(f"{self._remote.folder} cannot be listed"):
            entries = list(self._client.entries(_raw(self._remote.folder)))
        named = ((os.fsdecode(entry.name), entry.told) for entry in entries if _is_file(entry))
        found = (self._whole(name, told) for name, told in named if is_plain(name))
        return sorted({seen for seen in found if seen})

    def look(self, name: str) -> Seen | None:
        """Return what there is of a file; None where there is none."""
        with self._asked(f"{shown(name)} cannot be looked at"), suppress(MissingError):
            told = self._client.look(self._at(name))
            if told.size is None:
                raise DeniedError("it is not told how large it is")
            return Seen(name, told.size, told.modified or 0)
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
            have = target.seek(0, os.SEEK_END)
            if seen.size - have > shutil.disk_usage(into.parent).free:
                raise RefusedError(f"there is no room for {shown(seen.name)} ({seen.size:,} bytes)")
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
        with self._asked(f"{shown(name)} cannot be removed"), suppress(MissingError):
            self._client.remove(self._at(name))

    def move(self, name: str, folder: str, stamp: str) -> None:
        """Move a file to another folder, made where it is missing; it may be gone already.

        folder: as seen from that of the remote. stamp: what is put before the name where the folder has it already.
        """
        with self._asked(f"{shown(name)} cannot be moved to {folder}"):
            target = _raw(posixpath.join(self._remote.folder, folder))
            with suppress(DeniedError):
                self._client.make_folder(target)
            place = posixpath.join(target, _raw(name))
            if self._has(place):
                place = posixpath.join(target, _raw(f"{stamp}_{name}"))
            with suppress(MissingError):
                self._client.rename(self._at(name), place)
                return
            if self.look(name):
                raise RefusedError(f"{self._remote.place}: there is no folder {folder} to move {shown(name)} to")

    def _pieces(self, seen: Seen, start: int) -> Iterator[bytes]:
        with self._asked(f"{shown(seen.name)} cannot be fetched"):
            yield from self._client.pieces(self._at(seen.name), range(start, seen.size))

    def _whole(self, name: str, told: Attributes) -> Seen | None:
        """Return a file of the listing; where that does not say all of it, it is asked for."""
        if told.size is None or told.modified is None:
            return self.look(name)
        return Seen(name, told.size, told.modified)

    def _has(self, path: bytes) -> bool:
        with suppress(MissingError):
            self._client.look(path, follow=False)
            return True
        return False

    def _at(self, name: str) -> bytes:
        return posixpath.join(_raw(self._remote.folder), _raw(name))

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except (DeniedError, *_FAULTS) as error:
            kind = RefusedError if isinstance(error, DeniedError) else PassingError
            raise kind(f"{self._remote.place}: {what}: {_reason(error)}") from error


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
        try:
            transport = logged_in(remote)
            with within(transport, remote.timeout):
                channel = transport.open_session()
                channel.invoke_subsystem("sftp")
                client = Client(channel, remote.timeout)
            watch(transport, lambda: overfed([channel]))
        except SyncdError:
            raise
        except Exception as error:
            # Paramiko hands on whatever its thread ended with, and garbage ends it in any way.
            raise PassingError(f"{remote.place} cannot be used: {_reason(error)}") from error
        yield Visit(client, remote)
    finally:
        if transport is not None:
            transport.close()


def matches(seen: Seen, pattern: str) -> bool:
    """Tell whether the name of a file fits a shell wildcard."""
    return fnmatch.fnmatchcase(seen.name, pattern)


def _is_file(entry: Entry) -> bool:
    """Tell whether it is a regular file; of servers that do not say it in numbers, by the line."""
    if entry.told.mode is not None:
        return stat.S_ISREG(entry.told.mode)
    return not _NO_FILE.match(entry.line)


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _reason(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    if isinstance(error, EOFError | TimeoutError) or words.startswith(_BROKEN):
        return "it did not answer in time, or broke off"
    if isinstance(error, ChannelException):
        return "it opens no SFTP session"
    if words.startswith("Error reading SSH protocol banner"):
        return "it does not answer as an SSH server does"
    return shown(words or type(error).__name__)


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
