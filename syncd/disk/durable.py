"""Files that stand whole under their name or not at all, also after a crash or on a full disk.

A file is written beside its place, made durable, renamed into place, and the folder made durable.
The unfinished file has a name that follows from the final one, so that the next attempt after a
crash replaces it and nothing is left lying about.
"""

import contextlib
import errno
import filecmp
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncd.core.errors import PassingError
from syncd.core.naming import shown

PIECE = 4 * 1024 * 1024
"""Bytes that are held at once when a file is copied."""

_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A file to be written: where, its bytes in pieces, and its mode whatever the umask."""

    path: Path
    chunks: Iterable[bytes]
    mode: int


def sync(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk; file systems that cannot sync folders are left alone.

    Raises:
        OSError: the disk does not keep it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def copy(source: int, target: Path) -> int:
    """Copy an open file from its beginning to a new one, synced and private; return the bytes copied.

    Raises:
        OSError: the disk is full or refuses, or the target exists.
    """
    os.lseek(source, 0, os.SEEK_SET)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    size = 0
    with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        while block := os.read(source, PIECE):
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
            size += len(block)
        os.fsync(descriptor)
    return size


def write_durably(path: Path, chunks: Iterable[bytes], mode: int) -> None:
    """Write a file that stands whole or not at all; one of that name is replaced.

    Raises:
        PassingError: the disk is full or refuses; the place is as it was.
    """
    write_together((Writing(path=path, chunks=chunks, mode=mode),))


def write_together(writings: Sequence[Writing]) -> None:
    """Write several files; none is seen before all are on disk, and each folder is made durable once.

    Raises:
        PassingError: the disk is full or refuses; no file is left half.
    """
    with contextlib.ExitStack() as stack:
        for writing in writings:
            part = _part(writing.path)
            stack.callback(_discard, part)
            with _as_passing(writing.path):
                _fill(part, writing)
        for writing in writings:
            with _as_passing(writing.path):
                _part(writing.path).replace(writing.path)
    for folder in dict.fromkeys(writing.path.parent for writing in writings):
        with _as_passing(folder):
            sync(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A file to be moved: from where, to where, and its mode there."""

    source: Path
    target: Path
    mode: int


def move_durably(source: Path, target: Path, mode: int) -> None:
    """Move one file; see `move_together`."""
    move_together((Moving(source=source, target=target, mode=mode),))


def move_together(movings: Sequence[Moving]) -> None:
    """Move files, bytes unchanged, to other folders of this or another file system; each folder is made durable once.

    A file that stands there already is never replaced. Called again after a crash it ends what was
    begun. That the source is gone is not made durable: should a power cut bring it
    back, it is found to equal the target and removed.

    Raises:
        PassingError: one could not be moved; it stands where it was, and so do those behind it.
    """
    for moving in movings:
        source, target = moving.source, moving.target
        with _as_passing(target):
            if not os.path.lexists(target):
                _rename_or_copy(source, target, moving.mode)
            elif source.exists() and not filecmp.cmp(source, target, shallow=False):
                stays = f"is not replaced; {shown(source.name)} stays"
                raise PassingError(f"{_place(target)} holds another file and {stays}")
    for folder in dict.fromkeys(moving.target.parent for moving in movings):
        with _as_passing(folder):
            sync(folder)
    for moving in movings:
        with _as_passing(moving.target):
            moving.source.unlink(missing_ok=True)


def make_durably(folder: Path, mode: int) -> None:
    """Make a folder in one that is there; nothing happens where it exists.

    Raises:
        PassingError: the disk is full or refuses.
    """
    if not folder.is_dir():
        with _as_passing(folder):
            folder.mkdir(mode=mode, exist_ok=True)
            sync(folder.parent)


def pieces(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _rename_or_copy(source: Path, target: Path, mode: int) -> None:
    """Rename, or copy where the target is on another file system or the source belongs to the account that sent it."""
    try:
        _settle(source, mode)
        source.rename(target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM):
            raise
        write_durably(target, pieces(source), mode)


def _fill(part: Path, writing: Writing) -> None:
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(writing.chunks)
        file.flush()
        os.fchmod(descriptor, writing.mode)
        os.fsync(descriptor)


def _settle(path: Path, mode: int) -> None:
    """Give a file its mode and make it durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _part(path: Path) -> Path:
    return path.with_name(f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:24]}.part")


def _discard(part: Path) -> None:
    """Remove an unfinished file; where even that fails the next attempt replaces it."""
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)


def _place(path: Path) -> str:
    return shown(f"{path.parent.name}/{path.name}")


@contextlib.contextmanager
def _as_passing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise PassingError(f"{_place(path)} could not be written: {why}; mend that, and syncd tries again") from error
