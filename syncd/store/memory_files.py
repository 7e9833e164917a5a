"""Row memories as files beside the database: a cache, checked before it is believed, rebuilt when lost.

A file holds one line of JSON (form, token, length, columns, digest) and then the columns, one after the other.
"""

import hashlib
import json
import os
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from syncd.core.errors import PassingError
from syncd.frames.difference import RowMemory

FORM = 2
"""Number of the file's form; a file of another form is not read."""

KEPT = 64
"""Memories kept. Each way of reading a kind of file has its own; those used longest ago go."""

_COLUMNS: tuple[tuple[str, npt.DTypeLike], ...] = (
    ("low", np.uint64),
    ("high", np.uint64),
    ("a", np.uint32),
    ("b", np.uint32),
    ("names", np.uint64),
)
"""The columns of a memory; the last one is left out where no row names a record."""


class MemoryFiles:
    """Keeps row memories in a folder, one file for each feed's fingerprint."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, feed: str, token: str) -> RowMemory | None:
        """Return the memory of a feed; None where it is missing, damaged, or not the one that the token belongs to."""
        try:
            with self._path(feed).open("rb") as file:
                head = json.loads(file.readline(1 << 12))
                if head.get("form") != FORM or head.get("token") != token:
                    return None
                return _read_columns(file, head)
        except (OSError, ValueError, KeyError, EOFError):
            return None

    def save(self, feed: str, token: str, memory: RowMemory) -> None:
        """Keep the memory of a feed. It is not made durable: after a power cut its digest tells.

        Raises:
            PassingError: it could not be written; the old one is gone or no longer believed.
        """
        held = [getattr(memory, name) for name, _ in _COLUMNS]
        columns = [np.ascontiguousarray(column) for column in held if column is not None]
        head = {
            "form": FORM,
            "token": token,
            "rows": len(memory),
            "columns": len(columns),
            "digest": _digest(columns),
        }
        part = self._path(feed).with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("wb") as file:
                file.write(json.dumps(head).encode() + b"\n")
                for column in columns:
                    file.write(column.data)
            part.replace(self._path(feed))
            self._prune()
        except OSError as error:
            part.unlink(missing_ok=True)
            raise PassingError(f"what is known of {feed} could not be kept: {error.strerror}") from error

    def others(self, alive: Container[str]) -> list[Path]:
        """Return the files of feeds that are not among these, and what was left of writing one."""
        files = (path for path in self._folder.glob("*") if path.suffix in (".rows", ".part"))
        return sorted(path for path in files if path.suffix == ".part" or path.stem not in alive)

    def _path(self, feed: str) -> Path:
        return self._folder / f"{feed}.rows"

    def _prune(self) -> None:
        files = sorted(self._folder.glob("*.rows"), key=os.path.getmtime, reverse=True)
        for path in files[KEPT:]:
            path.unlink(missing_ok=True)


def _read_columns(file: BinaryIO, head: Mapping[str, Any]) -> RowMemory | None:
    columns = {}
    for name, dtype in _COLUMNS[: head["columns"]]:
        columns[name] = np.empty(head["rows"], dtype)
        if file.readinto(columns[name].data.cast("B")) != columns[name].nbytes:  # type: ignore[attr-defined]
            return None
    if _digest(list(columns.values())) != head["digest"]:
        return None
    return RowMemory(**columns)


def _digest(columns: list[npt.NDArray[np.unsignedinteger]]) -> str:
    digest = hashlib.sha256()
    for column in columns:
        digest.update(column.data)
    return digest.hexdigest()
