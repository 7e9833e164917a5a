"""Open files of a session: one that is read, and one that is sent."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from syncd.core.handshake import SENDER_LOCK
from syncd.core.naming import shown
from syncd.sftp.dropbox.box import CUT_OFF, Box
from syncd.sftp.dropbox.refusal import Refusal, denied, failed, from_os
from syncd.sftp.dropbox.room import Room
from syncd.sftp.dropbox.whole import digest, mark
from syncd.sftp.packets import Attributes

LONGEST = 255 * 1024
"""Bytes that are read or written at once at most; clients are told."""

READ_ONLY = 0o440
_CLOSED = -1


def attributes(status: os.stat_result, mode: int = 0o640) -> Attributes:
    """Return what a client is told of a file. mode: whether it may write there, whatever the disk says."""
    return Attributes(
        size=status.st_size, mode=stat.S_IFREG | mode, accessed=int(status.st_atime), modified=int(status.st_mtime)
    )


class Reading:
    """A file that is fetched."""

    def __init__(self, path: Path, room: Room, done: Callable[[int], None]) -> None:
        """Open it. room: counts open files. done: hears how far it was read."""
        room.hold()
        self._room = room
        self._done = done
        self._reached = 0
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except BaseException:
            room.free()
            raise

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of it, none at its end."""
        found = os.pread(self._descriptor, min(length, LONGEST), offset)
        self._reached = max(self._reached, offset + len(found)) if found else self._reached
        return found

    def status(self) -> Attributes:
        """Return what it is like."""
        return attributes(os.fstat(self._descriptor), READ_ONLY)

    def close(self) -> None:
        """Let it go."""
        if self._descriptor != _CLOSED:
            os.close(self._descriptor)
            self._descriptor = _CLOSED
            self._room.free()
            self._done(self._reached)


class Upload:
    """A file that is sent. It appears under its name when the client closes it, and only then.

    Another session may cut it off at any moment, so whatever touches the descriptor holds the lock: its number may
    belong to another file right after it is closed. Once a request was refused, all that follow are, for its reason.
    """

    def __init__(self, box: Box, name: str, flags: int) -> None:
        """Begin or go on with the partial file of a name; what is there of it stays, unless the flags say otherwise."""
        self.name = name
        self.size = 0
        self.sha256 = ""
        self.is_told = False
        self._box = box
        self._flags = flags
        self._appends = bool(flags & os.O_APPEND)
        self._standing: os.stat_result | None = None
        self._refused: Refusal | None = None
        self._lock = threading.Lock()
        self._descriptor = _CLOSED
        self._digest = hashlib.sha256()
        self._digested: int | None = 0
        self._kept = self._solid = self._wanted = 0
        self._begun: int | None = None
        self._hold(flags)

    def open(self, descriptor: int) -> None:
        """Take the descriptor of what is there of it."""
        self._descriptor, self.size = descriptor, os.fstat(descriptor).st_size
        self._kept = self._solid = self.size
        if self.size:
            self._digested = None

    def stand(self, status: os.stat_result) -> None:
        """Look at a complete file of its name, until something is written.

        Clients open it to go on with it, and write nothing where all of it is there. Others write over it from its
        start without cutting it.
        """
        self._standing, self.size = status, status.st_size

    def write(self, offset: int, content: memoryview) -> None:
        """Write bytes. Where the file would become too large, or the disk is full, all of it is removed.

        Raises:
            Refusal: they cannot be written.
            OSError: the disk does not take them.
        """
        offset = self.size if self._appends else offset
        try:
            if self._standing:
                self._begin_anew(offset)
            with self._lock:
                self._write(offset, content)
        except Exception as error:
            self._give_up(error)
            raise

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of what is there so far."""
        if self._standing:
            raise denied(f"{shown(self.name)} is delivered; open it to read only")
        with self._lock:
            return os.pread(self._open(), min(length, LONGEST), offset)

    def status(self) -> Attributes:
        """Return what it is like so far."""
        if self._standing:
            return attributes(self._standing)
        with self._lock:
            return attributes(os.fstat(self._open()))

    def change(self, wanted: Attributes) -> None:
        """Cut it or set its times; modes and owners are the receiver's."""
        if wanted.size is not None:
            self.cut(wanted.size)
        if wanted.modified is not None:
            times = wanted.accessed or wanted.modified, wanted.modified
            if self._standing:
                self._box.set_times(self.name, times)
                return
            with self._lock:
                os.utime(self._open(), times)

    def cut(self, size: int) -> None:
        """Cut what was sent to so many bytes."""
        if self._standing and self.size and not size:
            self._begin_anew(size)
        with self._lock:
            self._see_that_none_was_refused()
            self._wanted = size
            if self._standing and size < self.size:
                raise denied(f"{shown(self.name)} cannot be cut; send it again whole")
            if size > self.size:
                raise denied("a file grows by being written only")
            if size < self.size:
                os.ftruncate(self._open(), size)
                self.size, self._kept, self._digest = size, min(self._kept, size), hashlib.sha256()
                self._solid = min(self._solid, size)
                self._digested = None if size else 0
                self._begun = self._begun if size else None

    def sync(self) -> None:
        """Bring it to the disk as far as it was sent."""
        with self._lock:
            if not self._standing:
                os.fsync(self._open())

    def finish(self) -> None:
        """Deliver what the client says is complete; nothing where it has sent nothing of what is delivered already.

        Raises:
            Refusal: another session sends it by now, or some of it did not come; what came can be gone on with.
            OSError: the disk does not keep it; nothing of it is kept.
        """
        try:
            with self._lock:
                self._see_that_all_came()
                if self._standing:
                    self._let_go()
                    return
                if self._digested != self.size:
                    self._digest = digest(self._open())
                if self.name == SENDER_LOCK:
                    os.fsync(self._open())
                else:
                    mark(self._open(), self._digest.digest())
                self.sha256 = self._digest.hexdigest()
                self._solid = self.size
        except Refusal:
            self.leave()
            raise
        except OSError as error:
            self._give_up(error)
            raise
        self._box.deliver(self.name, self)

    def leave(self) -> None:
        """Let it go as it is: what a broken connection leaves can be resumed."""
        self._box.leave(self.name, self)

    def close(self) -> None:
        """Write nothing any more. What stands behind a gap goes: whoever goes on with it goes on at its end."""
        with self._lock:
            try:
                if self.is_open and self._solid < self.size:
                    os.ftruncate(self._descriptor, self._solid)
            finally:
                self._let_go()

    @property
    def is_open(self) -> bool:
        """Whether it can still be written."""
        return self._descriptor != _CLOSED

    def _let_go(self) -> None:
        if self.is_open:
            os.close(self._descriptor)
        if self.is_open or self._standing:
            self._box.room.free()
        self._descriptor, self._standing = _CLOSED, None

    def _give_up(self, error: Exception) -> None:
        if not self._refused and isinstance(error, Refusal | OSError):
            self._refused = error if isinstance(error, Refusal) else from_os(error)
        if self.is_open:
            self._box.give_up(self.name, self)
        self.close()

    def _hold(self, flags: int) -> None:
        self._box.room.hold()
        try:
            self._box.begin(self.name, flags, self)
        except BaseException:
            self._box.room.free()
            raise

    def _begin_anew(self, offset: int) -> None:
        """Begin another file of the name of one that is delivered.

        Raises:
            Refusal: the client wants to go on with that one.
        """
        try:
            if self._appends or not self._flags & os.O_CREAT or offset == self.size > 0:
                raise denied(f"{shown(self.name)} is delivered and cannot be changed; send it again whole")
            self.close()
            self.size = 0
            self._hold(self._flags | os.O_TRUNC)
        except (Refusal, OSError) as error:
            self._give_up(error)
            raise

    def _open(self) -> int:
        self._see_that_none_was_refused()
        if self._descriptor == _CLOSED:
            raise failed(CUT_OFF)
        return self._descriptor

    def _write(self, offset: int, content: memoryview) -> None:
        descriptor, end = self._open(), offset + len(content)
        if end > self._box.limits.file_bytes:
            raise failed(f"the file is larger than {self._box.limits.file_bytes:,} bytes, which is the most here")
        if not offset and self._begun is None and self.size:
            # Some clients begin anew without cutting what is there; it must not get into the file that is sent now.
            os.ftruncate(descriptor, 0)
            self.size = self._kept = self._solid = 0
        if end > self.size:
            self._box.room.make(end - self.size)
        written = 0
        while written < len(content):
            written += os.pwrite(descriptor, content[written:], offset + written)
        self.size = max(self.size, end)
        self._begun = offset if self._begun is None else min(self._begun, offset)
        if not offset:
            self._digest, self._digested = hashlib.sha256(), 0
        if offset <= self._solid:
            self._solid = max(self._solid, end)
        if self._digested == offset:
            self._digest.update(content)
            self._digested = end
        else:
            self._digested = None

    def _see_that_none_was_refused(self) -> None:
        if self._refused:
            raise self._refused.again()

    def _see_that_all_came(self) -> None:
        self._see_that_none_was_refused()
        if (self._begun or 0) > self._kept:
            raise failed(f"the bytes {self._kept:,} to {self._begun:,} are missing; send it again whole")
        if self._wanted > self.size:
            raise failed(f"{self.size:,} of {self._wanted:,} bytes came; send the rest, or send it again whole")
