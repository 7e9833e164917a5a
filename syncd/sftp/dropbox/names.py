"""What a virtual path of an account means: its drop folder, the two folders that it may read, or nothing.

A path is never put together with a folder of this machine: it is taken apart, and only its last
name is used, so that no `..`, link or absolute path can lead anywhere else.
"""

import posixpath
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.handshake import LOCK, SENDER_LOCK, is_left_alone
from syncd.sftp.dropbox.refusal import Refusal, denied, missing_folder

_LONGEST = 200
"""Bytes of a name; the file system has 255, and what waits its turn gets a number before it."""


class Folder(StrEnum):
    """A folder of the tree, by its path."""

    DROP = "/"
    REPORTS = "/reports"
    ARCHIVES = "/archives"


SHOWN = (Folder.REPORTS, Folder.ARCHIVES)
"""The folders that can be read and not written."""

_FOLDERS = frozenset(folder.value for folder in Folder)


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names: a folder, or with a name a file in it."""

    folder: Folder
    name: str = ""

    @property
    def path(self) -> str:
        """The path from the root of the tree."""
        return posixpath.join(self.folder, self.name)


def normal(path: str) -> str:
    """Return the path from the root of the tree; above the root is the root.

    Raises:
        Refusal: there is a NUL in it.
    """
    if "\0" in path:
        raise denied("a path holds no NUL")
    return posixpath.normpath("/" + path).replace("//", "/")


def place_of(path: str) -> Place:
    """Return what a path names.

    Raises:
        Refusal: no path below the root but those of the tree is known.
    """
    found = normal(path)
    if found in _FOLDERS:
        return Place(Folder(found))
    parent, name = posixpath.split(found)
    # What ends in a slash is meant for a folder: a file must not get the name of one that is not there.
    wanted = found if path.endswith(("/", "/.")) else parent
    if wanted not in _FOLDERS:
        raise missing_folder(wanted)
    return Place(Folder(parent), name)


def writable(place: Place) -> str:
    """Return the name under which an account may put, rename or remove a file. Bytes that are no text are let be.

    Raises:
        Refusal: the place is to be read only, or the name cannot be worked with.
    """
    if place.folder is not Folder.DROP:
        raise denied(f"{place.folder} can be read and not changed")
    if not place.name or place.name == LOCK:
        raise denied(f"{place.name or 'this folder'} belongs to the receiver")
    if len(place.name.encode("utf-8", "surrogateescape")) > _LONGEST:
        raise denied(f"the name is longer than {_LONGEST} bytes")
    if "\\" in place.name:
        raise denied("a name holds no \\; between folders stands /")
    if not all(c.isprintable() or "\udc80" <= c <= "\udcff" for c in place.name):
        raise denied("the name has characters that cannot be printed")
    return place.name


def is_plain(name: str) -> bool:
    """Whether a name that somebody else chose is that of a file, and can be worked with."""
    try:
        return (
            "/" not in name
            and "\0" not in name
            and name not in (".", "..")
            and bool(writable(Place(Folder.DROP, name)))
        )
    except Refusal:
        return False


def is_kept_back(name: str) -> bool:
    """Whether a file of that name, though sent to its end, is not delivered thereby."""
    return name == SENDER_LOCK or is_left_alone(name)
