"""The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02), as both sides write and read them.

All numbers are big-endian; text and handles are preceded by their length. Names are bytes that need not be text:
they come as `str` with surrogates in the place of what is not UTF-8, and go back as the same bytes.
"""

import stat
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from syncd.sftp.dropbox.refusal import Refusal

VERSION = 3

READS, WRITES = 0x01, 0x02
"""Flags of a request to open a file."""

_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES, _HAS_EXTENSIONS = 0x1, 0x2, 0x4, 0x8, 0x80000000
_LATEST = 0xFFFFFFFF
_HALF_YEAR = 180 * 86400
"""Seconds after which `ls -l` shows the year of a time instead of its hour."""


class Kind(IntEnum):
    """What a packet is."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class MalformedError(Exception):
    """A packet ends before all that it should hold."""

    def __init__(self) -> None:
        super().__init__("a packet is cut short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What a file or folder is like, or shall be like; None where nothing is said. Times: Unix seconds."""

    size: int | None = None
    mode: int | None = None
    accessed: int | None = None
    modified: int | None = None

    def packed(self) -> bytes:
        """Return them as the protocol writes them. Everything belongs to user and group 0: whose it is, is not told."""
        if self.mode is None:
            return struct.pack(">I", 0)
        flags = _HAS_SIZE | _HAS_OWNER | _HAS_MODE | _HAS_TIMES
        times = (min(max(0, each or 0), _LATEST) for each in (self.accessed, self.modified))
        return struct.pack(">IQIIIII", flags, self.size or 0, 0, 0, self.mode, *times)

    def line(self, name: str, now: float) -> str:
        """Return the line that `ls -l` would print."""
        modified = self.modified or 0
        form = "%b %d %H:%M" if 0 <= now - modified < _HALF_YEAR else "%b %d  %Y"
        day = time.strftime(form, time.gmtime(min(modified, _LATEST)))
        return f"{stat.filemode(self.mode or 0)}   1 0        0        {self.size or 0:>12} {day} {name}"


class Fields:
    """The fields of a packet, taken one after the other."""

    def __init__(self, packet: memoryview) -> None:
        self._packet = packet
        self._place = 0

    def number(self) -> int:
        """Take a number of 32 bits.

        Raises:
            MalformedError: there is none.
        """
        return int.from_bytes(self._take(4), "big")

    def large(self) -> int:
        """Take a number of 64 bits."""
        return int.from_bytes(self._take(8), "big")

    def data(self) -> memoryview:
        """Take bytes; they are seen where they stand, not copied."""
        return self._take(self.number())

    def string(self) -> bytes:
        """Take bytes, such as a handle."""
        return bytes(self.data())

    def text(self) -> str:
        """Take a name or path."""
        return bytes(self.data()).decode("utf-8", "surrogateescape")

    def attributes(self) -> Attributes:
        """Take attributes; owners and extensions are passed over."""
        flags = self.number()
        size = self.large() if flags & _HAS_SIZE else None
        if flags & _HAS_OWNER:
            self._take(8)
        mode = self.number() if flags & _HAS_MODE else None
        accessed, modified = (self.number(), self.number()) if flags & _HAS_TIMES else (None, None)
        for _ in range(2 * self.number() if flags & _HAS_EXTENSIONS else 0):
            self.data()
        return Attributes(size=size, mode=mode, accessed=accessed, modified=modified)

    @property
    def is_over(self) -> bool:
        """Whether there are no more."""
        return self._place == len(self._packet)

    def _take(self, count: int) -> memoryview:
        end = self._place + count
        if end > len(self._packet):
            raise MalformedError
        taken = self._packet[self._place : end]
        self._place = end
        return taken


def packet(kind: Kind, number: int, *parts: bytes) -> bytes:
    """Return a packet. number: of the request that it is or answers, or the version."""
    body = b"".join(parts)
    return struct.pack(">IBI", len(body) + 5, kind, number) + body


def data(content: bytes) -> bytes:
    """Return bytes with their length before them."""
    return len(content).to_bytes(4, "big") + content


def text(content: str) -> bytes:
    """Return a name or sentence with its length before it; surrogates become the bytes that they stand for."""
    return data(content.encode("utf-8", "surrogateescape"))


def status(number: int, said: Refusal) -> bytes:
    """Return the packet that says how a request ended."""
    sentence = str(said).encode("utf-8", "backslashreplace")
    return packet(Kind.STATUS, number, int(said.code).to_bytes(4, "big"), data(sentence), data(b""))


def names(number: int, entries: Iterable[tuple[str, Attributes]]) -> bytes:
    """Return the packet that tells names with their attributes."""
    now, parts = time.time(), []
    for name, attributes in entries:
        parts += [text(name), text(attributes.line(name, now)), attributes.packed()]
    return packet(Kind.NAME, number, (len(parts) // 3).to_bytes(4, "big"), *parts)
