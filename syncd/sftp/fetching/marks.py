"""Which files of a remote were fetched already: a line of JSON each, name, size and time, and when it stood there last.

A line is on the disk before its file is let in, so that no crash brings a file twice. Marks outlive a remote that is
empty for a while: it may be an export folder that was not mounted.
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from syncd.disk import durable

_KEPT = 30
"""Days for which a file is remembered that is no longer there."""

_DAY = 86_400
_MODE = 0o600


class Seen(NamedTuple):
    """A file as it was seen on the remote: two looks that are equal have seen the same. modified: Unix seconds."""

    name: str
    size: int
    modified: int


@dataclass(slots=True)
class Marks:
    """The marks in a file. now: the time with its zone. Days are counted from 1970."""

    path: Path
    now: Callable[[], datetime]
    _days: dict[Seen, int] = field(init=False)

    def __post_init__(self) -> None:
        """Read what is there; lines that a crash cut off are passed over."""
        self._days = {}
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                name, size, modified, day = json.loads(line)
                self._days[Seen(str(name), int(size), int(modified))] = int(day)
            except (ValueError, TypeError):
                continue

    def __contains__(self, seen: Seen) -> bool:
        """Tell whether a file was fetched."""
        return seen in self._days

    def add(self, seen: Seen) -> None:
        """Note that a file was fetched; that is on the disk when this returns.

        Raises:
            OSError: the disk refuses.
        """
        is_new = not self.path.exists()
        # The line of before may have been cut off by a crash.
        line = b"\n" + _line(seen, self._today()) + b"\n"
        with open(self.path, "ab", opener=_private) as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            durable.sync(self.path.parent)
        self._days[seen] = self._today()

    def forget(self, seen: Seen) -> None:
        """Note that a file was moved or removed: what comes in its place is another one."""
        self._days.pop(seen, None)

    def settle(self, there: Iterable[Seen]) -> None:
        """Write down what holds from now on. there: what stands on the remote.

        Raises:
            OSError: the disk refuses; what was written before holds.
        """
        today = self._today()
        self._days |= {seen: today for seen in there if seen in self._days}
        # A clock that was set back makes nothing old, and nothing eternal.
        kept = {seen: min(day, today) for seen, day in self._days.items() if today - day <= _KEPT}
        if kept or self.path.exists():
            text = b"".join(_line(seen, day) + b"\n" for seen, day in kept.items())
            if not self.path.exists() or self.path.read_bytes() != text:
                durable.write_durably(self.path, [text], _MODE)
        self._days = kept

    def _today(self) -> int:
        return int(self.now().timestamp() // _DAY)


def _line(seen: Seen, day: int) -> bytes:
    return json.dumps([*seen, day]).encode("ascii")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, _MODE)
