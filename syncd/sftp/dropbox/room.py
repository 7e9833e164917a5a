"""How much an account has here that is not taken yet, and whether more may come."""

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.refusal import failed


class Room:
    """Counts files and bytes of some folders, and open files.

    What comes is added at once; what was taken or removed is found by counting anew, when there seems to be no room.
    """

    def __init__(self, folders: Sequence[Path], limits: Limits) -> None:
        self._folders = folders
        self._limits = limits
        self._lock = threading.Lock()
        self._files = self._bytes = 0
        self._counted = False
        self._handles = threading.BoundedSemaphore(limits.handles)

    def make(self, size: int, *, files: int = 0) -> None:
        """See that so many bytes and files more may come.

        Raises:
            Refusal: the account has as much here as it may.
        """
        with self._lock:
            if not self._counted or self._lacks(size, files):
                self._count()
            if lacks := self._lacks(size, files):
                raise failed(lacks)
            self._files += files
            self._bytes += size

    def hold(self) -> None:
        """Count one more open file.

        Raises:
            Refusal: these are too many.
        """
        if not self._handles.acquire(blocking=False):
            raise failed(f"{self._limits.handles} files are open already; close some")

    def free(self) -> None:
        """Count one open file less."""
        self._handles.release()

    def _lacks(self, size: int, files: int) -> str:
        if files and self._files + files > self._limits.files:
            return f"{self._files:,} files wait here already; no more are taken until some are worked"
        if size and self._bytes + size > self._limits.bytes:
            return f"more than {self._limits.bytes:,} bytes would wait here; try again when some are worked"
        return ""

    def _count(self) -> None:
        sizes = [status.st_size for folder in self._folders for _, status in standing(folder)]
        self._files, self._bytes, self._counted = len(sizes), sum(sizes), True


def standing(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield name and status of the regular files of a folder; what goes meanwhile is passed over."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    yield entry.name, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
