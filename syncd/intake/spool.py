"""The spool: all workrooms of a home; what is put in by hand, what a crash left, what is over."""

import os
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from syncd.core.errors import PassingError, UsageError
from syncd.core.runs import Trigger
from syncd.disk import durable
from syncd.intake.scan import Look, shown
from syncd.intake.taking import put_back
from syncd.intake.work import (
    DESCRIPTION,
    INPUT,
    PART,
    Delivery,
    Work,
    described,
    discard,
    input_size,
    open_room,
    rooms,
    sync_room,
    work_in,
)

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with this mode, whatever the umask, unless it exists."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)


def deposit(folder: Path, file: Path, delivery: Delivery) -> Work:
    """Copy a file into a new workroom; it stays where it is.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        PassingError: there is no room for the copy.
    """
    try:
        source = os.open(file, _OPEN)
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown(str(file))} cannot be read: {getattr(error, 'strerror', error)}") from error
    try:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise UsageError(f"{shown(str(file))} is not a file")
        return _deposit(folder, source, delivery)
    except OSError as error:
        raise PassingError(f"{shown(str(file))} could not be copied: {error.strerror}; try again") from error
    finally:
        os.close(source)


def _deposit(folder: Path, source: int, delivery: Delivery) -> Work:
    make_folder(folder, 0o700)
    room = open_room(folder, delivery)
    try:
        sync_room(room, DESCRIPTION)
        size = durable.copy(source, room / PART)
        (room / PART).replace(room / INPUT)
        durable.sync(room)
        durable.sync(folder)
    except OSError:
        discard(room)
        raise
    return work_in(room, delivery, size)


def adopt(folder: Path, drop: Path) -> list[Work]:
    """Return the works whose input is in place, in order, and clear away what never became one.

    A workroom without input had not taken its file yet; the file still stands where it was.
    """
    works = []
    for room in rooms(folder):
        (room / PART).unlink(missing_ok=True)
        size = input_size(room)
        delivery = described(room)
        if size is not None:
            works.append(work_in(room, delivery or _unknown(room), size))
        elif not os.path.lexists(room / INPUT) or _return(room, drop, delivery):
            discard(room)
    return works


def copied_sources(folder: Path) -> set[Look]:
    """Return how the sources looked of works whose input is a copy: a crash may have left those standing."""
    return set(_copied(folder))


def _copied(folder: Path) -> Iterable[Look]:
    for room in rooms(folder):
        delivery = described(room)
        if delivery is None or delivery.source is None or input_size(room) is None:
            continue
        status = (room / INPUT).lstat()
        if (status.st_dev, status.st_ino) != (delivery.source.device, delivery.source.inode):
            yield delivery.source


def _return(room: Path, drop: Path, delivery: Delivery | None) -> bool:
    """Give back what is no file, exchanged for one at the instant of a crash; False where it must stay here."""
    return put_back(room / INPUT, drop / (delivery.file if delivery else room.name))


def _unknown(room: Path) -> Delivery:
    """Describe an input whose description was destroyed: it is run all the same, so that it gets a report."""
    received = datetime.fromtimestamp((room / INPUT).lstat().st_ctime, tz=UTC)
    return Delivery(file=room.name, trigger=Trigger.SCHEDULE, received=received, by="unknown")
