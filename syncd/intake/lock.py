"""`lock.txt` on the disk: taken exclusively, taken over from the dead, given back.

Its owner also holds a kernel lock (flock) on the file as long as it lives. That makes
taking over safe: a taker first gets the kernel lock of the very file that it judged, then
sees that `lock.txt` still is that file, and only then removes it. Of several takers one
removes it and one, by exclusive creation, gets the new one. An owner whose process number
cannot be seen (another container, another machine on a shared file system) is seen by it too.

A folder may go away while its lock is held, and come back with a lock that nobody removed: its
owner lives, and would wait for itself. It knows such a lock by its own name and the free kernel lock.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from syncd.core.handshake import Facts, Owner, Verdict, judge, parse, render
from syncd.intake.process import lives

_TRIES = 100
_LONGEST = 4096
_MODE = 0o644
_NOT_HERE = frozenset(
    {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.EPERM, errno.ENOENT, errno.ENOSYS, errno.EXDEV, errno.EACCES}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A `lock.txt` that stood there: what it means, whose it is, its age in seconds.

    our_own: this very process left it in a folder that went away, and does not hold it any more.
    """

    verdict: Verdict
    owner: Owner | None
    age: float
    our_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Who wants the lock, and how to judge one that is found.

    age_of: the age in seconds of a lock with this status. threshold: seconds after which
        the lock of an owner that cannot be looked for counts as left behind.
    """

    me: Owner
    age_of: Callable[[os.stat_result], float]
    threshold: float


@dataclass(frozen=True, slots=True)
class Grip:
    """A `lock.txt` that this process holds, by the open file under its name."""

    path: Path
    descriptor: int

    def stands(self) -> bool:
        """Tell whether `lock.txt` still is the one that we made."""
        return _is_at(self.descriptor, self.path)

    def release(self) -> bool:
        """Remove `lock.txt` if it still is ours; False where that is refused, and it stays ours."""
        if self.stands():
            try:
                self.path.unlink()
            except FileNotFoundError:
                return self._let_go()
            except OSError:
                return False
        return self._let_go()

    def _let_go(self) -> bool:
        os.close(self.descriptor)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of wanting the lock: a grip, or the lock that stands in the way; and one that was cleared away."""

    grip: Grip | None
    blocking: Found | None
    cleared: Found | None


def take(path: Path, seeker: Seeker) -> Attempt:
    """Take `lock.txt`, clearing away one that protects nobody any more.

    Raises:
        OSError: it could neither be made nor was it there.
    """
    cleared: Found | None = None
    found = Found(verdict=Verdict.THEIRS_LIVE, owner=None, age=0.0)
    for _ in range(_TRIES):
        descriptor = _create(path, render(seeker.me).encode("ascii"))
        if descriptor is not None:
            return Attempt(grip=Grip(path, descriptor), blocking=None, cleared=cleared)
        seen, removed = _examine(path, seeker)
        if seen is None:
            continue
        if not removed:
            return Attempt(grip=None, blocking=seen, cleared=cleared)
        cleared = seen
    return Attempt(grip=None, blocking=found, cleared=cleared)


def _create(path: Path, contents: bytes) -> int | None:
    """Make `lock.txt` with its contents unless it exists; return the open file, under the kernel lock.

    Made without a name first, where the file system can: a crash then never leaves a
    `lock.txt` that does not say whose it is.
    """
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, _MODE)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        return _create_plainly(path, contents)
    try:
        _fill(descriptor, contents)
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        os.close(descriptor)
        return None
    except OSError as error:
        os.close(descriptor)
        if error.errno not in _NOT_HERE:
            raise
        return _create_plainly(path, contents)
    return descriptor


def _create_plainly(path: Path, contents: bytes) -> int | None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _MODE)
    except FileExistsError:
        return None
    try:
        _fill(descriptor, contents)
    except OSError:
        path.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    return descriptor


def _fill(descriptor: int, contents: bytes) -> None:
    # Where there is no flock, ours is the only process that may remove the lock: nobody takes it over.
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, contents)
    os.fsync(descriptor)


def _examine(path: Path, seeker: Seeker) -> tuple[Found | None, bool]:
    """Judge the `lock.txt` that stands there, and remove it if it protects nobody; None where it is gone by now."""
    try:
        status = path.lstat()
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, False
    except OSError:
        return _judge(seeker, owner=None, held=False, age=seeker.age_of(status)), False
    try:
        return _examine_open(path, descriptor, seeker)
    finally:
        os.close(descriptor)


def _examine_open(path: Path, descriptor: int, seeker: Seeker) -> tuple[Found | None, bool]:
    status = os.fstat(descriptor)
    age = seeker.age_of(status)
    if not stat.S_ISREG(status.st_mode):
        return _judge(seeker, owner=None, held=False, age=age), False
    owner = parse(os.read(descriptor, _LONGEST).decode("utf-8", errors="replace"))
    gripped, held = _grip(descriptor)
    if gripped and owner is not None and owner == replace(seeker.me, since=owner.since):
        found = Found(verdict=Verdict.DEAD, owner=owner, age=age, our_own=True)
    else:
        found = _judge(seeker, owner=owner, held=held, age=age)
    if not (found.verdict.may_be_taken_over and gripped):
        return found, False
    if not _is_at(descriptor, path):
        return None, False
    try:
        path.unlink()
    except OSError:
        return found, False
    return found, True


def _grip(descriptor: int) -> tuple[bool, bool]:
    """Try the kernel lock of a file: whether we have it now, and whether somebody else has it.

    Neither, where the file system has no such locks: two takers could not be kept apart
    there, so nobody takes over.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False, True
    except OSError:
        return False, False
    return True, False


def _judge(seeker: Seeker, *, owner: Owner | None, held: bool, age: float) -> Found:
    same_host = owner is not None and owner.host == seeker.me.host
    alive = held or (owner is not None and same_host and lives(owner))
    facts = Facts(owner=owner, same_host=same_host, alive=alive, age=age, threshold=seeker.threshold)
    return Found(verdict=judge(facts), owner=owner, age=age)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        standing = path.lstat()
    except OSError:
        return False
    return os.path.samestat(standing, os.fstat(descriptor))
