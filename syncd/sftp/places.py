"""Where the files of a drop box stand.

    <folder>/NAME            complete, to be taken
    <folder>/alock.txt       the sender's lock, there as soon as it is opened
    <folder>/.parts/NAME     being sent, or broken off: can be resumed, is never taken; read-only: complete
    <folder>/.waiting/N NAME complete, while an earlier file of that name is not taken yet

Names that begin with a dot are folders that the taking of files passes over.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from syncd.core.handshake import LOCK, SENDER_LOCK
from syncd.sftp.refusal import missing
from syncd.sftp.room import standing

_FOLDER_MODE = 0o750


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a drop box. outer: the drop folder of the home, whose locks hold for it too."""

    folder: Path
    outer: Path

    @property
    def parts(self) -> Path:
        """The folder of what is being sent."""
        return self.folder / ".parts"

    @property
    def waiting(self) -> Path:
        """The folder of what waits for an earlier file of its name."""
        return self.folder / ".waiting"

    def make(self) -> None:
        """Make the folders."""
        for folder in (self.folder, self.parts, self.waiting):
            folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other threads and processes from giving files their places."""
        try:
            descriptor = os.open(self.waiting, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            # Somebody removed the folders while the server runs.
            self.make()
            descriptor = os.open(self.waiting, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def part(self, name: str) -> Path:
        """Return where the bytes of a file stand while it is sent; the sender's lock is at its place at once."""
        return self.folder / name if name == SENDER_LOCK else self.parts / name

    def entries(self) -> dict[str, os.stat_result]:
        """Return what the account sees; of files of one name the one that came last."""
        found: dict[str, os.stat_result] = {}
        for lock in (SENDER_LOCK, LOCK):
            with suppress(FileNotFoundError):
                found[lock] = (self.outer / lock).lstat()
        for folder in (self.folder, self.parts):
            found |= dict(standing(folder))
        return found | {plain(name): status for name, status in sorted(standing(self.waiting))}

    def own(self, name: str) -> Iterator[Path]:
        """Yield where a file of that name may stand, what came last first."""
        waiting = [numbered for numbered in self.numbered() if plain(numbered) == name]
        yield from (self.waiting / numbered for numbered in waiting[-1:])
        yield from (self.parts / name, self.folder / name)

    def seen(self, name: str) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield the files of that name that the account sees, the locks of the home included."""
        outer = [self.outer / name] if name in (LOCK, SENDER_LOCK) else []
        for path in (*self.own(name), *outer):
            with suppress(FileNotFoundError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield path, status

    def find(self, name: str) -> Path:
        """Return where the file of a name stands, the one that came last.

        Raises:
            Refusal: there is none.
        """
        for path, _ in self.seen(name):
            return path
        raise missing(name)

    def stands(self, name: str) -> bool:
        """Tell whether the account has a file of that name here."""
        return os.path.lexists(self.folder / name) or self.part(name).exists() or self.waits(name)

    def waits(self, name: str) -> bool:
        """Tell whether a file of that name waits for an earlier one."""
        return any(plain(numbered) == name for numbered in self.numbered())

    def numbered(self) -> list[str]:
        """Return the names of what waits, with their numbers, the oldest first."""
        return sorted(os.listdir(self.waiting))  # noqa: PTH208 - names are wanted, and this runs for every file


def plain(numbered: str) -> str:
    """Return the name of a file that waits."""
    return numbered.partition(" ")[2]
