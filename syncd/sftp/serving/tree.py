"""The tree that an account sees, and what it may do in it. One object a session."""

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from syncd.core.audit import Deed
from syncd.core.handshake import SENDER_LOCK
from syncd.core.naming import shown
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.names import SHOWN, Folder, Place, normal, place_of, writable
from syncd.sftp.dropbox.refusal import Refusal, denied, failed, from_os, missing, missing_folder, unsupported
from syncd.sftp.packets import Attributes
from syncd.sftp.serving.handles import READ_ONLY, Reading, Upload, attributes

_LONGEST = 300
"""Characters of a path that somebody made up, as it is told."""

Shown = Callable[[Folder], Mapping[str, Path]]
"""Gives the files that an account may read in a folder, by name."""


class Tell(Protocol):
    """Hears what was done, and on which file."""

    def __call__(self, what: Deed, *, file: str = "", detail: str = "") -> None:
        """Take note."""


class Tree:
    """The tree of one account."""

    def __init__(self, box: Box, shown: Shown, tell: Tell, say: Callable[[str], None]) -> None:
        """Take the account's box, what it is shown, and who hears what is done. say: shows its user why it is not."""
        self._box = box
        self._shown = shown
        self._tell = tell
        self._say = say

    def canonical(self, path: str) -> tuple[str, Attributes]:
        """Return a path from the root of the tree."""
        return normal(path), Attributes()

    def listed(self, path: str) -> list[tuple[str, Attributes]]:
        """Return what stands in a folder."""
        place = place_of(path)
        if place.name:
            raise missing(path)
        if place.folder is Folder.DROP:
            folders = [(folder.removeprefix("/"), self._folder(folder)) for folder in SHOWN]
            return folders + [(name, attributes(status)) for name, status in self._box.entries()]
        files = sorted(self._shown(place.folder).items())
        return [(name, told) for name, path in files if (told := _read_only(path))]

    def looked_at(self, path: str) -> Attributes:
        """Return what a file or folder is like."""
        place = place_of(path)
        if not place.name:
            return self._folder(place.folder)
        if place.folder is Folder.DROP:
            return attributes(self._box.status(place.name))
        if told := _read_only(self._file(place)):
            return told
        raise missing(place.path)

    def opened(self, path: str, flags: int) -> Reading | Upload:
        """Open a file, to read or to send it. flags: those of os.open()."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            with self._refusals_told(path):
                return Upload(self._box, writable(_file_of(path)), flags)
        place = _file_of(path)
        return Reading(
            self._file(place),
            self._box.room,
            lambda size: self._tell(Deed.READ, file=place.path, detail=f"{size:,} bytes"),
        )

    def finished(self, upload: Upload) -> None:
        """Deliver a file that was sent."""
        try:
            upload.finish()
        except (Refusal, OSError) as refusal:
            self._tell_refused(upload, refusal)
            raise
        if upload.sha256:
            self._tell(Deed.UPLOAD, file=f"/{upload.name}", detail=f"{upload.size:,} bytes, sha256 {upload.sha256}")

    def written(self, upload: Upload, offset: int, content: memoryview) -> None:
        """Write bytes of a file that is sent."""
        try:
            upload.write(offset, content)
        except (Refusal, OSError) as refusal:
            self._tell_refused(upload, refusal)
            raise

    def broken_off(self, upload: Upload) -> None:
        """Keep what came of a file until its connection broke."""
        is_broken = upload.is_open
        upload.leave()
        if is_broken:
            self._tell(Deed.UPLOAD_BROKEN_OFF, file=f"/{upload.name}", detail=f"{upload.size:,} bytes so far")

    def removed(self, path: str) -> None:
        """Remove a file that is not taken yet."""
        place = place_of(path)
        was_delivered = self._box.remove(writable(place))
        detail = "it was delivered, and is worked all the same if another of its name is sent soon"
        self._tell(Deed.REMOVE, file=place.path, detail=detail if was_delivered else "")

    def renamed(self, old: str, new: str, *, replace: bool) -> None:
        """Rename a file that is not taken yet. One of the new name is not lost: it is taken before this one.

        replace: whether a file that is kept back under the new name gives way.
        """
        with self._refusals_told(old, new):
            source, target = place_of(old), place_of(new)
            self._box.rename(writable(source), writable(target), replace=replace)
        self._tell(Deed.RENAME, file=source.path, detail=f"to {shown(target.path)}")

    def changed(self, path: str, wanted: Attributes) -> None:
        """Set the times of a file that is not taken yet; modes and owners are the receiver's."""
        place = place_of(path)
        if not place.name and place.folder is Folder.DROP:
            return
        name = writable(place)
        if wanted.size is not None:
            self._box.cut(name, wanted.size)
        if wanted.modified is not None:
            self._box.set_times(name, (wanted.accessed or wanted.modified, wanted.modified))

    def folder_made(self, path: str) -> None:
        """Refuse: there are no folders but those that are there."""
        place = place_of(normal(path))
        if not place.name:
            # Some clients make the folder into which they send, and go on when it is there.
            raise failed(f"{place.folder} is there already")
        with self._refusals_told(path):
            raise denied("files are dropped here without folders")

    def folder_removed(self, path: str) -> None:
        """Refuse: the folders stay."""
        place = place_of(normal(path))
        raise missing_folder(place.path) if place.name else denied(f"{place.folder} stays")

    def linked(self) -> None:
        """Refuse: a link could lead anywhere."""
        raise unsupported("a link")

    @contextmanager
    def _refusals_told(self, path: str, new: str = "") -> Iterator[None]:
        """Tell what is refused."""
        try:
            yield
        except (Refusal, OSError) as refusal:
            self._refused(path, refusal, new)
            raise

    def _tell_refused(self, upload: Upload, refusal: Refusal | OSError) -> None:
        """Tell that a file was not taken; once, as clients go on with writing for a while."""
        if not upload.is_told:
            upload.is_told = True
            self._refused(f"/{upload.name}", refusal)

    def _refused(self, path: str, refusal: Refusal | OSError, new: str = "") -> None:
        self._say(f"{_cut(new or path)}: {refusal if isinstance(refusal, Refusal) else from_os(refusal)}")
        if (new or path).rpartition("/")[2] == SENDER_LOCK:
            # Senders ask for it again and again until it is theirs.
            return
        front = f"to {_cut(new)}: " if new else ""
        kind = f"error {refusal.errno}" if isinstance(refusal, OSError) else refusal.code.name
        if count := self._box.refused.tells(kind, time.monotonic()):
            why = (refusal.strerror if isinstance(refusal, OSError) else "") or str(refusal)
            of_late = f"; {count:,} such refusals of late" if count > 1 else ""
            self._tell(Deed.UPLOAD_REFUSED, file=_cut(path), detail=front + why + of_late)

    def _folder(self, folder: Folder) -> Attributes:
        mode = 0o750 if folder is Folder.DROP else 0o550
        self._box.places.see()
        changed = int(self._box.folder.lstat().st_mtime)
        return Attributes(size=0, mode=stat.S_IFDIR | mode, accessed=changed, modified=changed)

    def _file(self, place: Place) -> Path:
        if place.folder is Folder.DROP:
            return self._box.places.find(place.name)
        file = self._shown(place.folder).get(place.name)
        if file is None or not _read_only(file):
            raise missing(place.path)
        return file


def _file_of(path: str) -> Place:
    place = place_of(path)
    if not place.name:
        raise denied(f"{shown(path)} is a folder")
    return place


def _cut(path: str) -> str:
    return shown(f"/{path.lstrip('/')}"[:_LONGEST])


def _read_only(path: Path) -> Attributes | None:
    """Return what a file that is shown is like; None where it is gone, or is no plain file."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return attributes(status, READ_ONLY)
