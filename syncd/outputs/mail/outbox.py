"""The outbox: letters that wait, one file each, until a server has taken them.

A letter is a file `<name>.letter`: a line of JSON with the envelope, then the message. The name follows from the
letter's key. Once it is sent, a marker of that name is made in `sent/` before the letter goes: so a letter that is
put in again after a crash is not sent again, and a crash between the server's yes and the marker
sends it twice at most, under the same message id. No letter is ever given up.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.core.errors import PassingError
from syncd.disk import documents
from syncd.disk.durable import write_durably

_MODE = 0o600
_SLUG = re.compile(r"[^a-z0-9]+")
_KEPT = timedelta(days=30)
_LETTER, _SENT, _TROUBLE = ".letter", "sent", "server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that waits.

    to: the recipients that have not got it yet. tries: how often it was refused or lost on the way; error: why,
    the last time; after: it is not tried before this time.
    """

    name: str
    subject: str
    to: tuple[str, ...]
    at: datetime
    tries: int = 0
    error: str = ""
    after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTrouble:
    """Why the server as a whole takes no letter: since when, how often it was tried, not before when it is again."""

    error: str
    since: datetime
    tries: int
    after: datetime


class Outbox:
    """The letters of a home. `fresh` is set whenever one is put in by this process."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first letter comes."""
        self._folder = folder
        self._in_memory: dict[str, tuple[Waiting, bytes]] = {}
        self._sent_unmarked: set[str] = set()
        self.fresh = threading.Event()

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._folder

    def knows(self, key: str) -> bool:
        """Tell whether a letter of this key waits or was sent."""
        return self._known(_name(key))

    def put(self, key: str, waiting: Waiting, message: bytes) -> None:
        """Keep a letter; it is durable when this returns. One of a key that is known is left as it is.

        Raises:
            PassingError: the disk is full or refuses.
        """
        waiting = replace(waiting, name=_name(key))
        if not self._known(waiting.name):
            self._write(waiting, message)
            self.fresh.set()

    def put_or_hold(self, key: str, waiting: Waiting, message: bytes) -> None:
        """Keep a letter that must get out; where the disk refuses it, in memory for as long as this process lives."""
        try:
            self.put(key, waiting, message)
        except PassingError:
            name = _name(key)
            self._in_memory[name] = (replace(waiting, name=name), message)
            self.fresh.set()

    def waiting(self) -> list[Waiting]:
        """Return the letters that wait: those tried least first, then the oldest."""
        on_disk = {waiting.name: waiting for waiting in self._read_all() if not self._was_sent(waiting.name)}
        in_memory = {name: waiting for name, (waiting, _) in self._in_memory.items()}
        return sorted((in_memory | on_disk).values(), key=lambda waiting: (waiting.tries, waiting.at, waiting.name))

    def message(self, waiting: Waiting) -> bytes:
        """Return the message of a letter.

        Raises:
            OSError: it is no longer there.
        """
        if waiting.name in self._in_memory:
            return self._in_memory[waiting.name][1]
        with self._path(waiting.name).open("rb") as file:
            file.readline()
            return file.read()

    def sent(self, waiting: Waiting) -> None:
        """Note that every recipient has got a letter, and let it go."""
        self._sent_unmarked.add(waiting.name)
        with suppress(PassingError):
            self._make_folder(self._folder / _SENT)
            write_durably(self._folder / _SENT / waiting.name, (), _MODE)
            self._sent_unmarked.discard(waiting.name)
        self._in_memory.pop(waiting.name, None)
        if waiting.name not in self._sent_unmarked:
            self._path(waiting.name).unlink(missing_ok=True)

    def delay(self, waiting: Waiting) -> None:
        """Keep a letter with what is now known of it; where the disk refuses that, it is tried again sooner."""
        message = self.message(waiting)
        if waiting.name in self._in_memory:
            self._in_memory[waiting.name] = (waiting, message)
            return
        with suppress(PassingError):
            self._write(waiting, message)

    def trouble(self) -> ServerTrouble | None:
        """Return why the server as a whole takes no letter; None while it does, as far as is known."""
        document = documents.read(self._folder / _TROUBLE)
        try:
            return ServerTrouble(
                error=str(document["error"]),
                since=datetime.fromisoformat(document["since"]),
                tries=int(document["tries"]),
                after=datetime.fromisoformat(document["after"]),
            )
        except (TypeError, KeyError, ValueError):
            return None

    def note_trouble(self, trouble: ServerTrouble | None) -> None:
        """Keep why the server takes no letter; None once it does. It is only told and waited by, so it may be lost."""
        path = self._folder / _TROUBLE
        with suppress(OSError):
            if trouble is None:
                path.unlink(missing_ok=True)
                return
            self._make_folder(self._folder)
            document = {"error": trouble.error, "since": trouble.since.isoformat(), "tries": trouble.tries}
            documents.replace(path, document | {"after": trouble.after.isoformat()}, durably=False)

    def clear_away(self, now: datetime) -> None:
        """Remove what no crash can ask for any more: letters whose marker stands, and markers of a month ago."""
        for path in self._folder.glob(f"*{_LETTER}"):
            if (self._folder / _SENT / path.name.removesuffix(_LETTER)).exists():
                path.unlink(missing_ok=True)
        oldest = (now - _KEPT).timestamp()
        for path in (self._folder / _SENT).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _known(self, name: str) -> bool:
        return name in self._in_memory or self._was_sent(name) or self._path(name).exists()

    def _was_sent(self, name: str) -> bool:
        return name in self._sent_unmarked or (self._folder / _SENT / name).exists()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_LETTER}"

    def _write(self, waiting: Waiting, message: bytes) -> None:
        self._make_folder(self._folder)
        head = json.dumps(_as_json(waiting)).encode("ascii") + b"\n"
        write_durably(self._path(waiting.name), (head, message), _MODE)

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PassingError(f"{folder} could not be made: {error.strerror}") from error

    def _read_all(self) -> Iterator[Waiting]:
        for path in sorted(self._folder.glob(f"*{_LETTER}")):
            try:
                with path.open("rb") as file:
                    yield _from_json(path.name.removesuffix(_LETTER), json.loads(file.readline()))
            except FileNotFoundError:
                continue
            except (OSError, ValueError, KeyError, TypeError):
                _set_aside(path)


def _set_aside(path: Path) -> None:
    """Take a letter that cannot be read out of the way; its bytes stay for whoever wants to look."""
    with suppress(OSError):
        path.replace(path.with_suffix(".unreadable"))


def _name(key: str) -> str:
    mark = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"{_SLUG.sub('-', key.lower()).strip('-')[:80]}-{mark}"


def _as_json(waiting: Waiting) -> dict[str, Any]:
    return {
        "subject": waiting.subject,
        "to": list(waiting.to),
        "at": waiting.at.isoformat(),
        "tries": waiting.tries,
        "error": waiting.error,
        "after": waiting.after.isoformat() if waiting.after else None,
    }


def _from_json(name: str, document: Any) -> Waiting:
    return Waiting(
        name=name,
        subject=str(document["subject"]),
        to=tuple(map(str, document["to"])),
        at=datetime.fromisoformat(document["at"]),
        tries=int(document["tries"]),
        error=str(document["error"]),
        after=datetime.fromisoformat(document["after"]) if document["after"] else None,
    )
