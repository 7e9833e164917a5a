"""What a client is told where something cannot be done: an SFTP status and a sentence."""

import errno
from enum import IntEnum

from syncd.core.naming import shown

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP})
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Status(IntEnum):
    """How a request ended, by the numbers of the protocol."""

    DONE = 0
    AT_END = 1
    MISSING = 2
    DENIED = 3
    FAILED = 4
    MALFORMED = 5
    UNSUPPORTED = 8


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer to a request that is not carried out. code: of the protocol; the message is for the client's user."""

    def __init__(self, code: Status, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code

    def again(self) -> "Refusal":
        """Return the same answer; a new one, as what is raised again grows."""
        return Refusal(self.code, str(self))


DONE = Refusal(Status.DONE, "done")
"""The answer where nothing is refused. It is never raised."""


class NoFolderError(NotADirectoryError):
    """What should be a folder of a drop box is none. The message names its path, and is not for the client."""


def at_end() -> Refusal:
    """Return the answer where a file or listing has no more; a new one each time, as what is raised again grows."""
    return Refusal(Status.AT_END, "that is all")


def denied(sentence: str) -> Refusal:
    """Return the answer to what an account may not do."""
    return Refusal(Status.DENIED, sentence)


def missing(name: str) -> Refusal:
    """Return the answer where there is no such file."""
    return Refusal(Status.MISSING, f"there is no {shown(name)}")


def missing_folder(path: str) -> Refusal:
    """Return the answer where a path leads through a folder that there is not."""
    return Refusal(Status.MISSING, f"there is no folder {shown(path)}; files are sent to / itself")


def unsupported(what: str) -> Refusal:
    """Return the answer to an operation that this server does not have."""
    return Refusal(Status.UNSUPPORTED, f"{what} is not supported here")


def malformed(sentence: str) -> Refusal:
    """Return the answer to a request that makes no sense."""
    return Refusal(Status.MALFORMED, sentence)


def failed(sentence: str) -> Refusal:
    """Return the answer where something went wrong that another attempt may not meet."""
    return Refusal(Status.FAILED, sentence)


def from_os(error: OSError) -> Refusal:
    """Return what an error of the operating system means to a client; paths of this machine are not told."""
    if isinstance(error, NoFolderError):
        return failed("the drop box is out of order at the receiver; try again when that is mended")
    if error.errno in _FULL:
        return failed("the disk of the receiver is full; nothing of this file is kept, send it again later")
    if error.errno in _NOT_THERE:
        return Refusal(Status.MISSING, "there is no such file")
    if error.errno in _DENIED:
        return denied("that is not allowed here")
    return failed(f"the receiver cannot do that: {error.strerror or 'unknown error'}")
