"""Small JSON documents that only their owner reads: written whole or not at all, and read with patience."""

import json
import os
from pathlib import Path
from typing import Any

from syncd.disk.durable import sync


def write_new(path: Path, document: Any) -> None:
    """Write a document to a new file; `sync` is left to the caller.

    Raises:
        OSError: the disk is full or refuses, or the file exists.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(json.dumps(document))


def replace(path: Path, document: Any, *, durably: bool = True) -> None:
    """Write a document over `path`: readers see the old one or the new one, whole.

    durably: it survives a power cut; what is written every minute and only tells of the moment need not.

    Raises:
        OSError: the disk is full or refuses; the old one stands.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        write_new(part, document)
        if durably:
            sync(part)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    if durably:
        sync(path.parent)


def read(path: Path) -> Any:
    """Return the document at `path`; None where there is none that can be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
