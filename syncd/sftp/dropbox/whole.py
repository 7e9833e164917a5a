"""The mark of a file that was sent to its end: it cannot be written, and has its hash beside its bytes.

A power cut may bring any part of what was done since the last sync to the disk, and leave away the rest: with one sync
for bytes and mark, the mark alone, with the inode, while size or bytes are still missing. So the mark proves itself:
the hash goes to the disk with the mode, in one sync, and what does not have that hash afterwards is no whole file. Who
sent it was not told yet that it is. One sync for each file is half the cost of many small ones.

Where the file system keeps no attributes the mode has to do alone: the bytes are brought to the disk before it.
"""

import errno
import hashlib
import os
import stat
from pathlib import Path

COMPLETE = 0o440
"""The mode of a whole file."""

PARTIAL = 0o640
SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""How what stands in a drop box is opened: no link is followed, no pipe waited for."""

_HASH = "user.syncd.sha256"
_NO_ATTRIBUTES = frozenset({errno.ENOTSUP, errno.EPERM, errno.ENOSYS})
_PIECE = 1 << 20


def digest(descriptor: int) -> "hashlib._Hash":
    """Return the hash of an open file."""
    made, place = hashlib.sha256(), 0
    while piece := os.pread(descriptor, _PIECE, place):
        made.update(piece)
        place += len(piece)
    return made


def mark(descriptor: int, sha256: bytes) -> None:
    """Bring a file to the disk that is whole, with the mark that it is.

    Raises:
        OSError: the disk does not keep it.
    """
    try:
        os.setxattr(descriptor, _HASH, sha256)
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
        os.fdatasync(descriptor)
    os.fchmod(descriptor, COMPLETE)
    os.fsync(descriptor)


def is_marked(status: os.stat_result) -> bool:
    """Tell whether a file has the mark; after the machine went down it has to hold, too."""
    return stat.S_IMODE(status.st_mode) == COMPLETE


def holds(path: Path) -> bool:
    """Tell whether a file that has the mark is as it was when it got it."""
    descriptor = os.open(path, os.O_RDONLY | SAFELY)
    try:
        return os.getxattr(descriptor, _HASH) == digest(descriptor).digest()
    except OSError as error:
        if error.errno == errno.ENODATA:
            return False
        if error.errno in _NO_ATTRIBUTES:
            return True
        raise
    finally:
        os.close(descriptor)


def unmark(path: Path) -> None:
    """Take the mark off a file, on the disk too: other bytes are to come, or it does not hold."""
    descriptor = os.open(path, os.O_RDONLY | SAFELY)
    try:
        marked = is_marked(os.fstat(descriptor))
        os.fchmod(descriptor, PARTIAL)
        if marked:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
