"""A copy of a home in one file, taken while the daemon runs.

What must fit together is copied under the home's lock, between two passes: the database (SQLite by its own
way of copying an open one), the settings, and what else stands in state/, with the plans of runs that are not
over. Other plans, reports and archives never change once they are written, and follow without the lock. Files
in sync/ are still the sender's, and row memories are a cache that is made anew: neither is in it.
"""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import syncd
from syncd.config.home import Home
from syncd.core.errors import PassingError, UsageError
from syncd.core.runs import RunState
from syncd.disk.durable import sync
from syncd.store.store import Store

MANIFEST = "syncd-backup.json"
"""The first member: of when the backup is, and of which syncd."""

_BULKY = ("reports", "archives", "state/kept")
_PLANS = "state/runs"
_OF_THE_MOMENT = frozenset({"memory", "runs", "kept", "home.lock", "daemon.json", "pass.json"})
"""What of state/ is not copied with the rest: caches, what tells of this moment, and what follows later."""
_CLOSED = ("state", "state/runs")
"""Folders that are in it for their rights: nobody but syncd looks into them, also after a restore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished backup. size: bytes. advice: what it does not hold, and how to keep that; "" where nothing."""

    path: Path
    size: int
    members: int
    advice: str = ""

    def as_json(self) -> Mapping[str, Any]:
        """Return it for scripts."""
        return {"file": str(self.path), "bytes": self.size, "members": self.members, "advice": self.advice}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """Copies a home.

    database: where SQLite keeps it; None for PostgreSQL. address: the same as a URL without a password.
    quiet: makes the context in which no other syncd works.
    """

    home: Home
    store: Store
    database: Path | None
    address: str
    quiet: Callable[[], AbstractContextManager[object]]
    now: datetime

    def to(self, target: Path, *, bulky: bool) -> Backup:
        """Write the backup to a new file that only its owner reads. bulky: reports and archives, too.

        Raises:
            UsageError: there is a file of that name already, or no such folder.
            PassingError: the disk is full or refuses; no file is left.
            LockedError: another syncd worked for too long.
        """
        if os.path.lexists(target):
            raise UsageError(f"{target} is there already and is not replaced; give a name that is free")
        if not target.parent.is_dir():
            raise UsageError(f"there is no folder {target.parent}")
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with _private_tar(part) as tar:
                self._fill(tar, bulky=bulky)
                members = len(tar.getmembers())
            sync(part)
            part.rename(target)
            sync(target.parent)
        except OSError as error:
            why = error.strerror or error
            raise PassingError(f"{target} could not be written: {why}; mend that, and try again") from error
        finally:
            part.unlink(missing_ok=True)
        return Backup(path=target, size=target.stat().st_size, members=members, advice=self._advice())

    def _fill(self, tar: tarfile.TarFile, *, bulky: bool) -> None:
        about = {"version": syncd.__version__, "taken": self.now.isoformat(timespec="seconds")}
        _add_text(tar, MANIFEST, json.dumps(about | {"database": self.address, "bulky": bulky}) + "\n", self.now)
        self._add(tar, ["state", _PLANS], deep=False)
        with TemporaryDirectory(prefix=".backup-", dir=self.home.state) as folder:
            copy = Path(folder) / "copy.db"
            with self.quiet():
                if self.database:
                    self.store.copy_to(copy)
                plans = _names(self.home.path / _PLANS)
                open_ones = [name for name in plans if name in self._not_over()]
                self._add(tar, _CLOSED, deep=False)
                self._add(tar, ["config", *self._state(), *(f"{_PLANS}/{name}" for name in open_ones)])
            if self.database:
                _add_one(tar, copy, self._name_of_database())
        self._add(tar, [f"{_PLANS}/{name}" for name in plans if name not in open_ones])
        for folder_name in ("sync", *_BULKY):
            self._add(tar, [folder_name], deep=bulky and folder_name in _BULKY)

    def _state(self) -> list[str]:
        """Return what is copied of state/; the database is not copied as the file that it is."""
        files = {self.home.database.name, self.database.name if self.database else ""}
        left_out = {f"{name}{end}" for name in files for end in ("", "-wal", "-shm")}
        names = (name for name in _names(self.home.state) if not name.startswith("."))
        return [f"state/{name}" for name in names if name not in _OF_THE_MOMENT | left_out]

    def _not_over(self) -> frozenset[str]:
        waiting = [*self.store.unfinished(), *self.store.runs(state=RunState.HELD)]
        return frozenset(str(run.id) for run in waiting)

    def _add(self, tar: tarfile.TarFile, names: Iterable[str], *, deep: bool = True) -> None:
        for name in names:
            for path in _below(self.home.path / name, deep=deep):
                # Retention may remove it meanwhile.
                with suppress(FileNotFoundError):
                    _add_one(tar, path, str(path.relative_to(self.home.path)))

    def _name_of_database(self) -> str:
        if self.database and self.database.is_relative_to(self.home.path):
            return str(self.database.relative_to(self.home.path))
        return "state/syncd.db"

    def _advice(self) -> str:
        if self.database is None:
            return f"the roster is not in it: pg_dump --format=custom --file=syncd.dump '{self.address}'"
        if not self.database.is_relative_to(self.home.path):
            return f"the database is in it as state/syncd.db; to restore it, put it where it was: {self.database}"
        return ""


@contextmanager
def _private_tar(path: Path) -> Iterator[tarfile.TarFile]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        yield tar


def _add_text(tar: tarfile.TarFile, name: str, text: str, now: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(text.encode()), int(now.timestamp()), 0o600
    tar.addfile(member, io.BytesIO(text.encode()))


def _add_one(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file or a folder without what is in it; links and special files are left out, syncd makes none.

    A file is asked for its size once it is open: another may take its name at any time.
    """
    if path.is_symlink():
        return
    if path.is_dir():
        tar.add(path, arcname=name, recursive=False)
    elif path.is_file():
        with path.open("rb") as file:
            tar.addfile(tar.gettarinfo(arcname=name, fileobj=file), file)


def _below(path: Path, *, deep: bool) -> Iterator[Path]:
    """Give a file or folder and, where it is a folder, what is in it, folders first."""
    if path.exists():
        yield path
    if deep and path.is_dir():
        for name in _names(path):
            yield from _below(path / name, deep=not (path / name).is_symlink())


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
