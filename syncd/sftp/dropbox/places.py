"""Where the files of a drop box stand.

    <folder>/NAME            complete, to be taken
    <folder>/alock.txt       the sender's lock, there as soon as it is opened
    <folder>/.parts/NAME     being sent, or broken off: can be resumed, is never taken; read-only: complete
    <folder>/.waiting/N NAME complete, while an earlier file of that name is not taken yet
    <folder>/.removed/N NAME complete, and removed by its sender a moment ago

Names that begin with a dot are folders that the taking of files passes over.
"""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from syncd.core.handshake import LOCK, SENDER_LOCK
from syncd.core.naming import shown
from syncd.sftp.dropbox.refusal import NoFolderError, denied, missing
from syncd.sftp.dropbox.room import standing
from syncd.sftp.dropbox.whole import PARTIAL, SAFELY, unmark

_FOLDER_MODE = 0o750
_DIGITS = 20
"""Digits of the number before the name of a file that waits."""

KEPT = 60.0
"""Seconds for which a removed file can be recalled.

Clients that replace a file remove the one that is there first: lftp in `mirror -R`, `put -e` and with
`xfer:use-temp-file`, GNOME's Files whenever it moves one over another. Their next request follows at once, or after a
reconnection; somebody who takes back a wrong file needs longer to send the right one.
"""


@dataclass(slots=True)
class Places:
    """The folders of a drop box.

    folder: the drop folder. outer: the one of the home, whose locks hold for it too. parts: of what is being sent.
    waiting: of what waits for an earlier file of its name. removed: of what was removed, and can be recalled.
    """

    folder: Path
    outer: Path
    parts: Path = field(init=False)
    waiting: Path = field(init=False)
    removed: Path = field(init=False)

    def __post_init__(self) -> None:
        """Look at nothing yet."""
        self.parts, self.waiting, self.removed = (self.folder / name for name in (".parts", ".waiting", ".removed"))

    def see(self) -> None:
        """See that the folders are folders, as nobody may lead us out of the tree; what is missing of them is made.

        Raises:
            NoFolderError: one of them is a link or a file.
            OSError: one cannot be made.
        """
        for folder in (self.folder, self.parts, self.waiting, self.removed):
            try:
                mode = os.lstat(folder).st_mode
            except FileNotFoundError:
                folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
                mode = os.lstat(folder).st_mode
            if not stat.S_ISDIR(mode):
                what = "a link" if stat.S_ISLNK(mode) else "a file"
                raise NoFolderError(errno.ENOTDIR, f"{shown(str(folder))} is {what}, not a folder")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other threads and processes from giving files their places.

        Raises:
            OSError: the folders are not to be had.
        """
        # Somebody may have removed or replaced them while the server runs.
        self.see()
        descriptor = os.open(self.waiting, os.O_RDONLY | os.O_DIRECTORY | SAFELY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def part(self, name: str) -> Path:
        """Return where the bytes of a file stand while it is sent; the sender's lock is at its place at once."""
        return self.folder / name if name == SENDER_LOCK else self.parts / name

    def open_part(self, name: str, flags: int = 0) -> int:
        """Open a file to be sent, or gone on with; return the descriptor. flags: O_TRUNC to begin it from nothing.

        One that was complete is so no longer, and the disk knows before a byte changes: a power cut must not leave
        the mark of a whole file on one that is half another.

        Raises:
            Refusal: what has its name is no file.
            OSError: the system refuses.
        """
        path = self.part(name)
        if os.path.lexists(path):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise denied(f"{shown(name)} cannot be sent: something that is no file has its name at the receiver")
            if name != SENDER_LOCK:
                unmark(path)
        return os.open(path, os.O_RDWR | os.O_CREAT | SAFELY | (flags & os.O_TRUNC), PARTIAL)

    def entries(self) -> dict[str, os.stat_result]:
        """Return what the account sees; of files of one name the one that came last."""
        self.see()
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
        self.see()
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
        return os.path.lexists(self.folder / name) or os.path.lexists(self.part(name)) or self.waits(name)

    def waits(self, name: str) -> bool:
        """Tell whether a file of that name waits for an earlier one."""
        return any(plain(numbered) == name for numbered in self.numbered())

    def numbered(self) -> list[str]:
        """Return the names of what waits, with their numbers, the oldest first."""
        names = os.listdir(self.waiting)  # noqa: PTH208 - names are wanted, and this runs for every file
        return sorted(name for name in names if plain(name))

    def in_line(self, name: str) -> Path:
        """Return where a file comes to wait: behind all that wait, also when the clock was set back meanwhile."""
        numbers = [front for front, _, _ in (each.partition(" ") for each in self.numbered())]
        last = max((int(each) for each in numbers if len(each) == _DIGITS and each.isdecimal()), default=0)
        return self.waiting / f"{max(time.time_ns(), last + 1):0{_DIGITS}} {name}"

    def put_aside(self, path: Path, name: str) -> None:
        """Remove a complete file so that it can be recalled."""
        number = path.name.partition(" ")[0] if path.parent == self.waiting else "0" * _DIGITS
        while os.path.lexists(self.removed / f"{number} {name}"):
            number = f"{int(number) + 1:0{_DIGITS}}"
        path.rename(self.removed / f"{number} {name}")

    def recall(self, name: str) -> None:
        """Have the files of a name that were removed a moment ago wait again, as its sender replaces them."""
        self.forget_removed()
        for numbered, _ in list(standing(self.removed)):
            if plain(numbered) == name:
                (self.removed / numbered).rename(self.waiting / numbered)

    def forget_removed(self) -> None:
        """Remove for good what can no longer be recalled."""
        for numbered, status in list(standing(self.removed)):
            if time.time() - status.st_ctime > KEPT:
                (self.removed / numbered).unlink(missing_ok=True)

    def barred(self) -> list[str]:
        """Return the names of which files wait that can never come in: a link, a folder or the like has them."""
        self.see()
        names = dict.fromkeys(plain(numbered) for numbered in self.numbered())
        return [name for name in names if _is_no_file(self.folder / name)]


def plain(numbered: str) -> str:
    """Return the name of a file that waits; "" where none of ours is called so."""
    return numbered.partition(" ")[2]


def _is_no_file(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
