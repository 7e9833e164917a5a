"""What a client is told where something cannot be done: an SFTP status and a sentence."""

import errno

from paramiko.sftp import (
    SFTP_BAD_MESSAGE,
    SFTP_EOF,
    SFTP_FAILURE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
)

from syncd.core.naming import shown

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP})
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer to a request that is not carried out. code: of the protocol; the message is for the client's user."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


DONE = Refusal(SFTP_OK, "done")
"""The answer where nothing is refused."""

AT_END = Refusal(SFTP_EOF, "that is all")
"""The answer where a file or listing has no more."""


def denied(sentence: str) -> Refusal:
    """Return the answer to what an account may not do."""
    return Refusal(SFTP_PERMISSION_DENIED, sentence)


def missing(name: str) -> Refusal:
    """Return the answer where there is no such file."""
    return Refusal(SFTP_NO_SUCH_FILE, f"there is no {shown(name)}")


def unsupported(what: str) -> Refusal:
    """Return the answer to an operation that this server does not have."""
    return Refusal(SFTP_OP_UNSUPPORTED, f"{what} is not supported here")


def malformed(sentence: str) -> Refusal:
    """Return the answer to a request that makes no sense."""
    return Refusal(SFTP_BAD_MESSAGE, sentence)


def failed(sentence: str) -> Refusal:
    """Return the answer where something went wrong that another attempt may not meet."""
    return Refusal(SFTP_FAILURE, sentence)


def from_os(error: OSError) -> Refusal:
    """Return what an error of the operating system means to a client; paths of this machine are not told."""
    if error.errno in _FULL:
        return failed("the disk of the receiver is full; nothing of this file is kept, send it again later")
    if error.errno in _NOT_THERE:
        return Refusal(SFTP_NO_SUCH_FILE, "there is no such file")
    if error.errno in _DENIED:
        return denied("that is not allowed here")
    return failed(f"the receiver cannot do that: {error.strerror or 'unknown error'}")
