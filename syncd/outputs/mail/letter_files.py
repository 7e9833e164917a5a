"""A letter on the disk: a line of JSON that says what is known of it, then the message."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from syncd.core.errors import PassingError
from syncd.disk.durable import write_durably

MODE = 0o600
"""Letters name people and what is wrong with them: they are their owner's alone."""

_LETTER, _UNREADABLE = ".letter", ".unreadable"


class LetterFiles:
    """The letters of one folder, by their names."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first letter comes."""
        self._folder = folder

    def write(self, name: str, head: dict[str, Any], message: bytes, now: datetime | None = None) -> None:
        """Write a letter; it is durable when this returns, and takes the place of one of its name.

        now: the time that its file gets; None for that of the disk.

        Raises:
            PassingError: the disk is full or refuses.
        """
        make_folder(self._folder)
        write_durably(self._path(name), (json.dumps(head).encode("ascii") + b"\n", message), MODE)
        if now:
            set_time(self._path(name), now)

    def heads(self) -> Iterator[tuple[str, Any]]:
        """Yield the name of every letter and what is known of it; one that holds no JSON is put out of the way."""
        for path in sorted(self._folder.glob(f"*{_LETTER}")):
            name = path.name.removesuffix(_LETTER)
            try:
                with path.open("rb") as file:
                    head = json.loads(file.readline())
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                self.spoilt(name)
                continue
            yield name, head

    def message(self, name: str) -> bytes:
        """Return the message of a letter.

        Raises:
            OSError: it is no longer there.
        """
        with self._path(name).open("rb") as file:
            file.readline()
            return file.read()

    def has(self, name: str) -> bool:
        """Tell whether there is a letter of this name."""
        return self._path(name).exists()

    def remove(self, name: str) -> None:
        """Remove a letter, if there is one."""
        self._path(name).unlink(missing_ok=True)

    def spoilt(self, name: str) -> None:
        """Take a letter that cannot be read out of the way; its bytes stay for whoever wants to look."""
        path = self._path(name)
        with suppress(OSError):
            path.replace(path.with_suffix(_UNREADABLE))

    def removable(self, *, readable: bool) -> list[Path]:
        """Return the files of letters that cannot be read; with `readable` those of all others, too."""
        endings = (_LETTER, _UNREADABLE) if readable else (_UNREADABLE,)
        return sorted(path for ending in endings for path in self._folder.glob(f"*{ending}"))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_LETTER}"


def set_time(path: Path, now: datetime) -> None:
    """Give a file the time of the home's clock: retention counts by that clock from the time of the file."""
    with suppress(OSError):
        os.utime(path, (now.timestamp(), now.timestamp()))


def make_folder(folder: Path) -> None:
    """Make a folder of letters where there is none.

    Raises:
        PassingError: the disk is full or refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise PassingError(f"{folder} could not be made: {error.strerror}") from error
