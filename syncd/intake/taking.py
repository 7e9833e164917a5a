"""Taking settled files from the drop folder into workrooms, in batches.

The order keeps every file in one of the two places whatever happens in between: workrooms
and descriptions are on the disk before the first file of a batch is moved, the moved files
before the claim is over. A move is one rename; where the file system refuses that (another
disk, a file that cannot be removed) the file is copied whole before its source is removed.
"""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syncd.core.errors import FatalError
from syncd.core.runs import Trigger
from syncd.disk import durable
from syncd.intake.scan import Look
from syncd.intake.work import (
    DESCRIPTION,
    INPUT,
    PART,
    Delivery,
    Details,
    Work,
    discard,
    input_size,
    open_room,
    sync_room,
    work_in,
)
from syncd.intake.writers import is_written

BATCH = 256
"""Files moved between two syncs of the folders."""

GROWS = "it still grows or changed just now; it is looked at again"
IS_OPEN = "a program still has it open for writing; it is taken once that program closes it"
UNSETTLED = frozenset({GROWS, IS_OPEN})
"""Reasons that pass by themselves, soon."""

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CANNOT_LEAVE = frozenset({errno.EXDEV, errno.EPERM, errno.EACCES, errno.EBUSY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What a claim takes from where to where.

    details: what is said of every file.
    stop: returns the sentence why no further file may be taken, "" while it may go on.
    remember: notes on the disk that these files were taken although they still stand in the
        drop folder; raises OSError where it cannot.
    """

    drop: Path
    work: Path
    trigger: Trigger
    by: str
    received: datetime
    stop: Callable[[], str]
    remember: Callable[[Sequence[Look]], None]
    details: Details = field(default_factory=dict)


@dataclass(slots=True)
class Taken:
    """What came of it. failed: the files left because of an error; growing: some were left because they changed."""

    works: list[Work] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    growing: bool = False

    def leave(self, name: str, reason: str) -> None:
        """Note that a file stays, and why."""
        self.left.append((name, reason))

    def fail(self, name: str, reason: str) -> None:
        """Note that a file stays because of an error."""
        self.leave(name, reason)
        self.failed.append((name, reason))


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of one file: moved, or left for a reason; `stuck` where its source cannot be removed."""

    reason: str = ""
    growing: bool = False
    stuck: bool = False


_MOVED = _Fate()
_GROWING = _Fate(GROWS, growing=True)
_OPENED = _Fate(IS_OPEN, growing=True)


def take(looks: Sequence[Look], taking: Taking) -> Taken:
    """Take these files, each if it still looks like this; nothing raises for a file's sake.

    Raises:
        FatalError: the disk refused to keep what was moved.
    """
    taken = Taken()
    for start in range(0, len(looks), BATCH):
        batch = looks[start : start + BATCH]
        if stop := taking.stop():
            for look in batch:
                taken.leave(look.name, stop)
            continue
        _move_batch(_rooms_for(batch, start, taking, taken), taking, taken)
    return taken


_Room = tuple[Look, Path, Delivery]


def _rooms_for(batch: Sequence[Look], start: int, taking: Taking, taken: Taken) -> list[_Room]:
    """Make the workrooms of a batch and bring them to the disk."""
    made: list[_Room] = []
    for place, look in enumerate(batch, start):
        delivery = Delivery(
            file=look.name,
            trigger=taking.trigger,
            received=taking.received,
            by=taking.by,
            details=taking.details,
            source=look,
        )
        try:
            made.append((look, open_room(taking.work, delivery, place), delivery))
        except OSError as error:
            taken.fail(look.name, f"no workroom could be made for it ({error.strerror}); it stays and is tried again")
    try:
        for _, room, _ in made:
            durable.sync(room / DESCRIPTION)
        durable.sync(taking.work)
    except OSError as error:
        for look, room, _ in made:
            discard(room)
            taken.fail(look.name, f"no workroom could be kept for it ({error.strerror}); it stays and is tried again")
        return []
    return made


def _move_batch(made: Sequence[_Room], taking: Taking, taken: Taken) -> None:
    moved: list[Work] = []
    stuck: dict[str, Look] = {}
    for look, room, delivery in made:
        stop = taking.stop()
        fate = _Fate(stop) if stop else _move(look, taking.drop / look.name, room)
        if fate.reason:
            discard(room)
            note = taken.leave if stop or fate.growing else taken.fail
            note(look.name, fate.reason)
            taken.growing |= fate.growing
            continue
        moved.append(work_in(room, delivery, input_size(room) or 0))
        if fate.stuck:
            stuck[room.name] = look
    refused = _remember(stuck, taking)
    for work in moved if refused else ():
        if work.name in stuck:
            discard(work.path)
            taken.fail(work.file, refused)
    kept = [work for work in moved if not refused or work.name not in stuck]
    _keep(kept, taking.drop)
    taken.works.extend(kept)


def _remember(stuck: dict[str, Look], taking: Taking) -> str:
    """Note files that cannot be removed, so that they are not taken twice; the reason where that fails."""
    if not stuck:
        return ""
    try:
        taking.remember(list(stuck.values()))
    except OSError as error:
        return f"it cannot be removed, nor noted as taken ({error.strerror}); it stays and is tried again"
    return ""


def _keep(works: Sequence[Work], drop: Path) -> None:
    try:
        for work in works:
            sync_room(work.path, INPUT)
        if works:
            durable.sync(drop)
    except OSError as error:
        raise FatalError(f"the disk does not keep the files that were taken: {error}") from error


def _move(look: Look, source: Path, room: Path) -> _Fate:
    try:
        descriptor = os.open(source, _OPEN)
    except FileNotFoundError:
        return _Fate("it was gone before it could be taken", growing=True)
    except OSError as error:
        return _Fate(f"it cannot be read ({error.strerror}); let syncd read it")
    try:
        if not look.rested(Look.of(look.name, os.fstat(descriptor))):
            return _GROWING
        return _rename(descriptor, look, source, room)
    finally:
        os.close(descriptor)


def _rename(descriptor: int, look: Look, source: Path, room: Path) -> _Fate:
    target = room / INPUT
    try:
        os.rename(source, target)  # noqa: PTH104 - the name is bytes that need not be text
    except OSError as error:
        if error.errno in _CANNOT_LEAVE:
            return _copy(descriptor, look, source, room)
        return _Fate(f"it could not be moved ({error.strerror}); it stays and is tried again")
    opened = is_written(descriptor)
    if opened or not _is(target, look):
        # Somebody exchanged it, or wrote to it, or opened it to do so, between the look and the rename.
        if put_back(target, source):
            return _OPENED if opened else _GROWING
        if input_size(room) is None:
            return _Fate("it was exchanged for something that is no file", growing=True)
    with suppress(PermissionError):
        os.fchmod(descriptor, 0o600)
    return _MOVED


def _copy(descriptor: int, look: Look, source: Path, room: Path) -> _Fate:
    """Take a file that cannot be renamed: copy it whole, then remove its source, if the system lets us."""
    try:
        durable.copy(descriptor, room / PART)
        if is_written(descriptor):
            return _OPENED
        if not look.rested(Look.of(look.name, os.fstat(descriptor))):
            return _GROWING
        (room / PART).replace(room / INPUT)
        durable.sync(room)
    except OSError as error:
        return _Fate(f"it could not be copied ({error.strerror}); it stays and is tried again")
    return _Fate(stuck=not remove(source, look))


def remove(source: Path, look: Look) -> bool:
    """Remove a file that was taken, unless another has its name by now; False where that is refused."""
    try:
        if _is(source, look):
            source.unlink()
    except OSError:
        return False
    return True


def put_back(taken: Path, source: Path) -> bool:
    """Give a thing back its name in the drop folder; False where another has that name by now."""
    try:
        if stat.S_ISDIR(taken.lstat().st_mode):
            taken.rename(source)
        else:
            os.link(taken, source, follow_symlinks=False)
            taken.unlink()
    except OSError:
        return False
    return True


def _is(path: Path, look: Look) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and Look.of(look.name, status) == look
