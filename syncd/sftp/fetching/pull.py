"""Fetching: what is new on a remote comes into a drop box of this home, each file once.

The order keeps every file in one place at least, and lets it in once: fetched whole beside the box, noted as fetched,
let into the box, and only then moved or removed on the remote. What a crash interrupts is ended at the next visit.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from syncd.core.errors import PassingError
from syncd.core.handshake import SENDER_LOCK
from syncd.core.naming import shown
from syncd.disk import documents
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.names import is_kept_back
from syncd.sftp.fetching.marks import Marks, Seen
from syncd.sftp.fetching.pinned import Remote
from syncd.sftp.fetching.remote import RefusedError, Visit, matches, visit

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


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of a pull. came: of every file that came. moved: of a name, the bytes of it here, and all its bytes."""

    came: Callable[[Fetched], None] = lambda _: None
    moved: Callable[[str, int, int], None] = lambda _, __, ___: None


class Puller:
    """Does one pull, again and again.

    memory: the file in which it notes what it has fetched. now: the time with its zone.
    """

    def __init__(
        self,
        pull: Pull,
        box: Box,
        memory: Path,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pull = pull
        self._box = box
        self._memory = memory
        self._sleep = sleep
        self._now = now

    def run(self, hearing: Hearing) -> None:
        """Fetch what is new; what may pass by itself is tried again a few times, later each time.

        Raises:
            SyncdError: it cannot be done; what had come until then stays.
        """
        for attempt in range(1, self._pull.tries + 1):
            try:
                with self._worded():
                    self._box.prepare()
                    self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    self._visit(hearing)
            except PassingError:
                if attempt == self._pull.tries:
                    raise
                self._sleep(min(2.0**attempt, _LONGEST_PAUSE))
            else:
                break

    def _visit(self, hearing: Hearing) -> None:
        marks = Marks(self._memory, self._now)
        self._end_handover(marks)
        troubles: list[str] = []
        with visit(self._pull.remote) as there:
            if self._is_locked(there):
                return
            everything = there.files()
            files = [seen for seen in everything if self._is_wanted(seen)]
            self._drop_part(files)
            new = [seen for seen in files if seen not in marks]
            for seen in sorted(set(files).difference(new)):
                troubles += self._clear(there, seen, marks)
            for seen in self._complete(there, new, everything):
                try:
                    sha256 = self._fetch(there, seen, hearing)
                except RefusedError as error:
                    troubles.append(str(error))
                    continue
                if self._is_locked(there):
                    # What is here of it is gone on with when the sender is done, unless it is another file then.
                    return
                marks.add(seen)
                self._end_handover(marks)
                hearing.came(Fetched(seen, sha256))
                troubles += self._clear(there, seen, marks)
        marks.settle(everything)
        if troubles:
            more = f"; and so for {len(troubles) - 1} more" if troubles[1:] else ""
            raise PassingError(troubles[0] + more)

    def _is_locked(self, there: Visit) -> bool:
        return self._pull.ready is Ready.ALOCK and there.look(SENDER_LOCK) is not None

    def _is_wanted(self, seen: Seen) -> bool:
        return matches(seen, self._pull.pattern) and not is_kept_back(seen.name)

    def _complete(self, there: Visit, new: Sequence[Seen], everything: Iterable[Seen]) -> Sequence[Seen]:
        """Return those of the new files that are complete."""
        pull = self._pull
        if pull.ready is Ready.MARKER:
            names = {seen.name for seen in everything}
            return [seen for seen in new if seen.name + pull.marker in names]
        if pull.ready is Ready.QUIET and new:
            self._sleep(pull.quiet)
            again = set(there.files())
            return [seen for seen in new if seen in again]
        return new

    def _fetch(self, there: Visit, seen: Seen, hearing: Hearing) -> str:
        """Fetch a file whole, beside the box; a partial one of another state of it is not gone on with."""
        part = self._box.places.part(seen.name)
        if self._under_way() != seen:
            part.unlink(missing_ok=True)
            documents.replace(self._state, list(seen))
        return there.fetch(seen, part, lambda size: hearing.moved(seen.name, size, seen.size))

    def _end_handover(self, marks: Marks) -> None:
        """Let the file into the box that is noted as fetched and stands beside it still."""
        seen = self._under_way()
        if seen is None or seen not in marks:
            return
        if self._box.places.part(seen.name).exists():
            self._box.deliver_durably(seen.name)
        self._state.unlink()

    def _drop_part(self, files: Iterable[Seen]) -> None:
        """Remove what came of a file that is no longer there."""
        seen = self._under_way()
        if seen and seen not in files:
            self._box.places.part(seen.name).unlink(missing_ok=True)
            self._state.unlink()

    def _clear(self, there: Visit, seen: Seen, marks: Marks) -> list[str]:
        """Move or remove the remote copy, as long as it is what was fetched; return what went wrong.

        Its marker goes first: left alone, it would say that whatever comes next under that name is complete.
        """
        if self._pull.after is After.LEAVE:
            return []
        try:
            if self._pull.ready is Ready.MARKER and there.look(seen.name) == seen:
                self._take_away(there, seen.name + self._pull.marker)
            if there.look(seen.name) == seen:
                self._take_away(there, seen.name)
                if there.look(seen.name) == seen:
                    # Fetched again at every visit if its mark went.
                    return [f"{there.place}: {shown(seen.name)} is said to be gone, and stands there still"]
        except RefusedError as error:
            return [str(error)]
        marks.forget(seen)
        return []

    def _take_away(self, there: Visit, name: str) -> None:
        if self._pull.after is After.DELETE:
            there.remove(name)
        else:
            there.move(name, self._pull.move_to, f"{self._now():%Y%m%d-%H%M%S}")

    @property
    def _state(self) -> Path:
        """The file that says which one is being fetched."""
        return self._memory.with_name(f"{self._memory.stem}-part.json")

    def _under_way(self) -> Seen | None:
        document = documents.read(self._state)
        return Seen(*document) if document else None

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Say that it is this machine's disk that refuses."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise PassingError(f"the folder {self._box.folder.name} in sync/, or state/, refuses: {reason}") from error
