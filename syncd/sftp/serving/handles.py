"""Open files of a session: one that is read, one that is sent, and the list of a folder."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from syncd.core.handshake import SENDER_LOCK
from syncd.sftp.dropbox.box import CUT_OFF, Box
from syncd.sftp.dropbox.refusal import Refusal, denied, failed
from syncd.sftp.dropbox.room import Room
from syncd.sftp.dropbox.whole import digest, mark
from syncd.sftp.packets import Attributes

LONGEST = 255 * 1024
"""Bytes that are read or written at once at most; clients are told."""

READ_ONLY = 0o440
_CLOSED = -1
_BATCH = 100
"""Names told at once."""


def attributes(status: os.stat_result, mode: int = 0o640) -> Attributes:
    """Return what a client is told of a file. mode: whether it may write there, whatever the disk says."""
    return Attributes(
        size=status.st_size, mode=stat.S_IFREG | mode, accessed=int(status.st_atime), modified=int(status.st_mtime)
    )


class Listing:
    """The list of a folder, told in parts."""

    def __init__(self, entries: Sequence[tuple[str, Attributes]]) -> None:
        self._rest: Iterator[tuple[str, Attributes]] = iter(entries)

    def more(self) -> list[tuple[str, Attributes]]:
        """Return the next names, none at the end."""
        return list(islice(self._rest, _BATCH))


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
    belong to another file right after it is closed.
    """

    def __init__(self, box: Box, name: str, flags: int) -> None:
        """Begin or go on with the partial file of a name; what is there of it stays, unless the flags say otherwise."""
        self.name = name
        self.size = 0
        self.sha256 = ""
        self.is_told = False
        self._box = box
        self._appends = bool(flags & os.O_APPEND)
        self._lock = threading.Lock()
        self._descriptor = _CLOSED
        self._digest = hashlib.sha256()
        self._digested: int | None = 0
        self._kept = self._solid = self._wanted = 0
        self._begun: int | None = None
        box.room.hold()
        try:
            box.begin(name, flags, self)
        except BaseException:
            box.room.free()
            raise

    def open(self, descriptor: int) -> None:
        """Take the descriptor of what is there of it."""
        self._descriptor, self.size = descriptor, os.fstat(descriptor).st_size
        self._kept = self._solid = self.size
        if self.size:
            self._digested = None

    def write(self, offset: int, content: memoryview) -> None:
        """Write bytes. Where the file would become too large, or the disk is full, all of it is removed.

        Raises:
            Refusal: they cannot be written.
            OSError: the disk does not take them.
        """
        try:
            with self._lock:
                self._write(self.size if self._appends else offset, content)
        except Exception:
            self._give_up()
            raise

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of what is there so far."""
        with self._lock:
            return os.pread(self._open(), min(length, LONGEST), offset)

    def status(self) -> Attributes:
        """Return what it is like so far."""
        with self._lock:
            return attributes(os.fstat(self._open()))

    def change(self, wanted: Attributes) -> None:
        """Cut it or set its times; modes and owners are the receiver's."""
        if wanted.size is not None:
            self.cut(wanted.size)
        if wanted.modified is not None:
            with self._lock:
                os.utime(self._open(), (wanted.accessed or wanted.modified, wanted.modified))

    def cut(self, size: int) -> None:
        """Cut what was sent to so many bytes."""
        with self._lock:
            self._wanted = size
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
            os.fsync(self._open())

    def finish(self) -> None:
        """Deliver what the client says is complete.

        Raises:
            Refusal: another session sends it by now, or some of it did not come; what came can be gone on with.
            OSError: the disk does not keep it; nothing of it is kept.
        """
        try:
            with self._lock:
                self._see_that_all_came()
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
        except OSError:
            self._give_up()
            raise
        self._box.deliver(self.name, self)

    def leave(self) -> None:
        """Let it go as it is: what a broken connection leaves can be resumed."""
        self._box.leave(self.name, self)

    def close(self) -> None:
        """Write nothing any more. What stands behind a gap goes: whoever goes on with it goes on at its end."""
        with self._lock:
            if self._descriptor != _CLOSED:
                try:
                    if self._solid < self.size:
                        os.ftruncate(self._descriptor, self._solid)
                finally:
                    os.close(self._descriptor)
                    self._descriptor = _CLOSED
                    self._box.room.free()

    @property
    def is_open(self) -> bool:
        """Whether it can still be written."""
        return self._descriptor != _CLOSED

    def _give_up(self) -> None:
        if self.is_open:
            self._box.give_up(self.name, self)

    def _open(self) -> int:
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

    def _see_that_all_came(self) -> None:
        if (self._begun or 0) > self._kept:
            raise failed(f"the bytes {self._kept:,} to {self._begun:,} are missing; send it again whole")
        if self._wanted > self.size:
            raise failed(f"{self.size:,} of {self._wanted:,} bytes came; send the rest, or send it again whole")
