"""Fetching: what is new on a remote comes into a drop box of this home, each file once.

The order keeps every file in one place at least, and lets it in once: fetched whole beside the box, noted as fetched,
let into the box, and only then moved or removed on the remote. What a crash interrupts is ended at the next visit.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from syncd.core.errors import PassingError
from syncd.core.handshake import SENDER_LOCK
from syncd.core.naming import shown
from syncd.disk import documents
from syncd.sftp.box import Box
from syncd.sftp.names import is_unfinished
from syncd.sftp.refusal import Refusal
from syncd.sftp.remote import Remote, Seen, Visit, visit

_LONGEST_PAUSE = 60.0
"""Seconds between two attempts at most."""


class Ready(StrEnum):
    """How one knows that a remote file is complete."""

    ALOCK = "alock"
    MARKER = "marker"
    QUIET = "quiet"


class After(StrEnum):
    """What becomes of the remote copy."""

    LEAVE = "leave"
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What to fetch.

    pattern: a shell wildcard. ready: how one knows that a file is complete: no alock.txt in the folder; a file of the
    name with `marker` behind it; or size and time that stay equal over `quiet` seconds. tries: attempts a time.
    """

    remote: Remote
    pattern: str = "*"
    ready: Ready = Ready.QUIET
    marker: str = ".ok"
    quiet: float = 5.0
    after: After = After.LEAVE
    move_to: str = "done"
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came: as it was seen, and its hash."""

    seen: Seen
    sha256: str


class Puller:
    """Does one pull, again and again. memory: the file in which it notes what it has fetched."""

    def __init__(self, pull: Pull, box: Box, memory: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._pull = pull
        self._box = box
        self._memory = memory
        self._sleep = sleep

    def run(self, heard: Callable[[Fetched], None] = lambda _: None) -> None:
        """Fetch what is new; network faults are tried again a few times, later each time.

        heard: told of every file that came.

        Raises:
            SyncdError: it cannot be done; what had come until then stays.
        """
        for attempt in range(1, self._pull.tries + 1):
            try:
                self._prepare()
                self._visit(heard)
            except PassingError:
                if attempt == self._pull.tries:
                    raise
                self._sleep(min(2.0**attempt, _LONGEST_PAUSE))
            else:
                break

    def _prepare(self) -> None:
        try:
            self._box.prepare()
            self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PassingError(f"{self._box.folder.name} cannot be made in sync/: {error.strerror}") from error

    def _visit(self, heard: Callable[[Fetched], None]) -> None:
        known = self._known()
        self._end_handover(known)
        with visit(self._pull.remote) as there:
            done = []
            for seen in self._complete(there, known):
                if _mark(seen) not in known:
                    sha256 = self._fetch(there, seen)
                    if self._is_locked(there):
                        # What is here of it is gone on with when the sender is done, unless it is another file then.
                        return
                    known[_mark(seen)] = sha256
                    self._note(known)
                    self._end_handover(known)
                    heard(Fetched(seen, sha256))
                done.append(seen)
            for seen in done:
                self._clear(there, seen)
            present = {_mark(seen) for seen in there.files("*")}
        self._note({mark: sha256 for mark, sha256 in known.items() if mark in present})

    def _is_locked(self, there: Visit) -> bool:
        return self._pull.ready is Ready.ALOCK and there.has(SENDER_LOCK)

    def _complete(self, there: Visit, known: Mapping[str, str]) -> list[Seen]:
        """Return the files that are complete."""
        pull = self._pull
        if self._is_locked(there):
            return []
        files = [
            seen for seen in there.files(pull.pattern) if seen.name != SENDER_LOCK and not is_unfinished(seen.name)
        ]
        if pull.ready is Ready.MARKER:
            names = {seen.name for seen in there.files("*")}
            return [seen for seen in files if seen.name + pull.marker in names]
        if pull.ready is Ready.QUIET and any(_mark(seen) not in known for seen in files):
            self._sleep(pull.quiet)
            again = set(there.files(pull.pattern))
            return [seen for seen in files if seen in again]
        return files

    def _fetch(self, there: Visit, seen: Seen) -> str:
        """Fetch a file whole, beside the box; a partial one of another state of it is not gone on with."""
        part = self._box.places.part(seen.name)
        if self._under_way() != seen:
            part.unlink(missing_ok=True)
            self._write(self._state, asdict(seen))
        try:
            self._box.room.make(seen.size, files=1)
        except Refusal as refusal:
            raise PassingError(f"{shown(seen.name)} is not fetched: {refusal}") from None
        return there.fetch(seen, part)

    def _end_handover(self, known: dict[str, str]) -> None:
        """Let the file into the box that is noted as fetched and stands beside it still."""
        seen = self._under_way()
        if seen is None or _mark(seen) not in known:
            return
        if self._box.places.part(seen.name).exists():
            self._box.deliver_durably(seen.name)
        self._state.unlink()

    @property
    def _state(self) -> Path:
        """The file that says which one is being fetched."""
        return self._memory.with_name(f"{self._memory.stem}-part.json")

    def _under_way(self) -> Seen | None:
        document = documents.read(self._state)
        return Seen(**document) if document else None

    def _clear(self, there: Visit, seen: Seen) -> None:
        marker = [seen.name + self._pull.marker] if self._pull.ready is Ready.MARKER else []
        for name in [seen.name, *marker]:
            if self._pull.after is After.DELETE:
                there.remove(name)
            elif self._pull.after is After.MOVE:
                there.move(name, self._pull.move_to)

    def _known(self) -> dict[str, str]:
        return dict(documents.read(self._memory) or {})

    def _note(self, known: dict[str, str]) -> None:
        self._write(self._memory, known)

    def _write(self, path: Path, document: dict[str, Any]) -> None:
        try:
            documents.replace(path, document)
        except OSError as error:
            raise PassingError(f"what was fetched cannot be noted: {error.strerror}; it is tried again") from error


def _mark(seen: Seen) -> str:
    return f"{seen.size}/{seen.modified}/{seen.name}"
