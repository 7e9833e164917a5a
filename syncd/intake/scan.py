"""A look into the drop folder: which regular files stand there, and how each looked."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.core.handshake import HIDDEN, LOCK, SENDER_LOCK, is_unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a file looked: two equal looks are of the same contents of the same file.

    name: as the folder has it, odd bytes as surrogates. size: bytes. modified: nanoseconds.
    touched: when anything about it changed (ctime, nanoseconds), which no sender can set; also
    moves and removals of other links change it, so that equal looks may differ in it.
    """

    name: str
    device: int
    inode: int
    size: int
    modified: int
    touched: int = field(default=0, compare=False)

    def rested(self, later: "Look") -> bool:
        """Tell whether nothing at all happened to the file between this look and a later one."""
        return self == later and self.touched == later.touched

    @classmethod
    def of(cls, name: str, status: os.stat_result) -> "Look":
        """Return the look of a file with this status."""
        return cls(
            name=name,
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified=status.st_mtime_ns,
            touched=status.st_ctime_ns,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the look for a JSON document."""
        return {
            "name": self.name,
            "device": self.device,
            "inode": self.inode,
            "size": self.size,
            "modified": self.modified,
        }

    @classmethod
    def from_json(cls, document: Any) -> "Look | None":
        """Return the look that a JSON document describes; None where it describes none."""
        try:
            look = cls(**document)
        except TypeError:
            return None
        numbers = (look.device, look.inode, look.size, look.modified)
        return look if isinstance(look.name, str) and all(isinstance(number, int) for number in numbers) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What stood in the folder, in the byte order of names.

    files: those that may be taken. unfinished: those whose names say that they are not complete. refused: links and
    the like, each with the reason it stays.
    """

    files: Mapping[str, Look]
    unfinished: tuple[Look, ...]
    refused: tuple[tuple[str, str], ...]


def scan(folder: Path) -> Scan:
    """Look into the drop folder without opening anything.

    Folders, the two lock files and hidden names (`.` or `_` first) are passed over, except for hidden
    names of unfinished uploads; links and special files are refused.
    """
    files: list[Look] = []
    unfinished: list[Look] = []
    refused: list[tuple[str, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            is_coming = is_unfinished(entry.name)
            if entry.name in {LOCK, SENDER_LOCK} or (entry.name.startswith(HIDDEN) and not is_coming):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                (unfinished if is_coming else files).append(Look.of(entry.name, status))
            elif not (stat.S_ISDIR(status.st_mode) or is_coming):
                refused.append((entry.name, _why(status.st_mode)))
    for looks in (files, unfinished):
        looks.sort(key=lambda look: os.fsencode(look.name))
    refused.sort(key=lambda item: os.fsencode(item[0]))
    return Scan(files={look.name: look for look in files}, unfinished=tuple(unfinished), refused=tuple(refused))


def _why(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "it is a link, and links are not followed; drop the file itself"
    return "it is not a regular file; drop a file"


def shown(name: str) -> str:
    """Return a file name fit for a sentence: bytes that are no text and control characters are escaped."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
