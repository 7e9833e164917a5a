"""Whether some process still has a file open for writing, as far as the system can tell.

Linux grants a read lease (fcntl F_SETLEASE) only on a file that nobody has open for writing, writable mappings
included. That is asked for and given back at once: a few microseconds a file, where a search through /proc/*/fd costs
milliseconds and sees the processes of its own user only. A lease takes ownership of the file, or CAP_LEASE.
"""

import errno
import fcntl
import os
import signal
from pathlib import Path

_TELLING = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "zfs", "overlay", "bcachefs", "jfs"})
"""File systems of this machine alone. Network file systems refuse a lease for reasons of their own: NFS and SMB do so
whenever the server has not delegated the file."""

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def is_written(file: int | Path) -> bool:
    """Return whether a file, by path or by a descriptor that only reads, is open for writing somewhere.

    False where the system cannot tell: not on Linux, on a network file system, for somebody else's file without
    CAP_LEASE, or when the file cannot be opened.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    if isinstance(file, int):
        return _is_refused(file) and _can_tell(file)
    try:
        descriptor = os.open(file, _OPEN)
    except OSError:
        return False
    try:
        return is_written(descriptor)
    finally:
        os.close(descriptor)


def _is_refused(descriptor: int) -> bool:
    """Return whether the lease is refused because of a writer."""
    try:
        # Whoever opens the file while the lease stands makes the kernel send a signal: SIGIO, which would end this
        # process, unless another is chosen. SIGURG is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _can_tell(descriptor: int) -> bool:
    """Return whether the file is on a file system whose answer counts."""
    try:
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    mount = dict(line.split(":", 1) for line in facts.splitlines() if ":" in line).get("mnt_id", "").strip()
    for line in mounts.splitlines():
        identity, _, rest = line.partition(" ")
        if identity == mount:
            return rest.partition(" - ")[2].partition(" ")[0] in _TELLING
    return False
