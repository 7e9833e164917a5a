"""Writing so that it survives a power cut: contents first, then the name, then the folder."""

import errno
import json
import os
from pathlib import Path
from typing import Any

BLOCK = 1 << 20
"""Bytes copied at a time."""

_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})


def sync(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk; file systems that cannot sync folders are left alone."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def write_new(path: Path, document: Any) -> None:
    """Write a JSON document to a new file that only its owner reads; `sync` is left to the caller."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(json.dumps(document))


def replace(path: Path, document: Any) -> None:
    """Write a JSON document over `path`: readers see the old one or the new one, whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        write_new(part, document)
        sync(part)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync(path.parent)


def read(path: Path) -> Any:
    """Return the JSON document at `path`; None where there is none that can be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def copy(source: int, target: Path) -> int:
    """Copy an open file from its beginning to a new one, synced and private; return the bytes copied."""
    os.lseek(source, 0, os.SEEK_SET)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    size = 0
    with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        while block := os.read(source, BLOCK):
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
            size += len(block)
        os.fsync(descriptor)
    return size
