"""Workrooms: the folder of each run, with its input and the description of its delivery."""

import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.core.runs import Trigger
from syncd.disk import documents, durable
from syncd.intake.scan import Look

DESCRIPTION = "delivery.json"
INPUT = "input"
PART = "input.part"

Details = Mapping[str, str | Mapping[str, str]]
"""What the sender or operator said of the file: dialect, object, operation, data_source, options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file as it came.

    file: its name. received: with time zone. by: who sent or dropped it. parent: the run
    that it goes back to. source: how it looked in the drop folder; None where it was not dropped.
    """

    file: str
    trigger: Trigger
    received: datetime
    by: str
    parent: int | None = None
    details: Details = field(default_factory=dict)
    source: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A file in its workroom, ready to be run.

    name: the work's id, the name of its folder. input: where its bytes are. size: in bytes. The rest: see `Delivery`.
    """

    name: str
    path: Path
    input: Path
    file: str
    trigger: Trigger
    received: datetime
    by: str
    parent: int | None
    details: Details
    size: int


def open_room(folder: Path, delivery: Delivery, place: int = 0) -> Path:
    """Make a workroom and describe the delivery in it; nothing is synced yet.

    place: the file's place within its delivery; names of workrooms sort by time, then place.

    Raises:
        OSError: there is no room on the disk, or no right to make it. Nothing is left behind.
    """
    stamp = delivery.received.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    room = folder / f"{stamp}-{place:06x}{secrets.token_hex(5)}"
    room.mkdir(mode=0o700)
    try:
        documents.write_new(room / DESCRIPTION, _as_json(delivery))
    except OSError:
        discard(room)
        raise
    return room


def sync_room(room: Path, *names: str) -> None:
    """Bring files of a workroom, and its list of names, to the disk."""
    for name in names:
        durable.sync(room / name)
    durable.sync(room)


def work_in(room: Path, delivery: Delivery, size: int) -> Work:
    """Return the work of a workroom whose input is in place."""
    return Work(
        name=room.name,
        path=room,
        input=room / INPUT,
        file=delivery.file,
        trigger=delivery.trigger,
        received=delivery.received,
        by=delivery.by,
        parent=delivery.parent,
        details=delivery.details,
        size=size,
    )


def discard(room: Path) -> None:
    """Remove a workroom, its input first: without one it is nobody's, whatever else a crash leaves of it."""
    with suppress(FileNotFoundError):
        (room / INPUT).unlink()
    shutil.rmtree(room, ignore_errors=True)


def rooms(folder: Path) -> list[Path]:
    """Return the workrooms on the disk in order of their names."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names, key=os.fsencode)]


def input_size(room: Path) -> int | None:
    """Return the size of a workroom's input in bytes; None where it has none that is a regular file."""
    try:
        status = (room / INPUT).lstat()
    except FileNotFoundError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def described(room: Path) -> Delivery | None:
    """Return the delivery that a workroom describes; None where its description cannot be read."""
    document = documents.read(room / DESCRIPTION)
    try:
        return Delivery(
            file=document["file"],
            trigger=Trigger(document["trigger"]),
            received=datetime.fromisoformat(document["received"]),
            by=document["by"],
            parent=document["parent"],
            details=document["details"],
            source=Look.from_json(document["source"]) if document["source"] else None,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _as_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "file": delivery.file,
        "trigger": delivery.trigger.value,
        "received": delivery.received.isoformat(),
        "by": delivery.by,
        "parent": delivery.parent,
        "details": {name: value if isinstance(value, str) else dict(value) for name, value in delivery.details.items()},
        "source": delivery.source.as_json() if delivery.source else None,
    }
