"""The outbox: letters that wait, one file each, until a server has taken them.

A letter is a file `<name>.letter`: a line of JSON with the envelope, then the message. The name follows from the
letter's key. Once it is sent, a marker of that name is made in `sent/` before the letter goes: so a letter that is
put in again after a crash is not sent again, and a crash between the server's yes and the marker
sends it twice at most, under the same message id. What no server takes is set aside in `refused/`
(`outputs.mail.refused`) and stays known; nothing is thrown away but by a person, or by retention.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.core.errors import PassingError
from syncd.disk import documents
from syncd.disk.durable import write_durably
from syncd.outputs.mail.letter_files import MODE, LetterFiles, make_folder, set_time
from syncd.outputs.mail.refused import Aside, Refused

_SLUG = re.compile(r"[^a-z0-9]+")
_KEPT = timedelta(days=30)
_SENT, _REFUSED, _TROUBLE = "sent", "refused", "server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that waits.

    to: the recipients that have not got it yet. at: when it was put in. tries: how often it was refused or lost on
    the way; error: why, the last time; after: it is not tried before this time. feed: that of its run, "" for none.
    """

    name: str
    subject: str
    to: tuple[str, ...]
    at: datetime
    tries: int = 0
    error: str = ""
    after: datetime | None = None
    feed: str = ""


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
        self._letters = LetterFiles(folder)
        self.refused = Refused(folder / _REFUSED)
        """The letters that were set aside."""
        self._in_memory: dict[str, tuple[Waiting, bytes]] = {}
        self._sent_unmarked: set[str] = set()
        self.fresh = threading.Event()

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._folder

    def knows(self, key: str) -> bool:
        """Tell whether a letter of this key waits, was sent or was set aside."""
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
        return self._letters.message(waiting.name)

    def sent(self, waiting: Waiting, now: datetime) -> None:
        """Note that every recipient has got a letter, and let it go."""
        self._sent_unmarked.add(waiting.name)
        with suppress(PassingError):
            self._mark_sent(waiting.name, now)
            self._sent_unmarked.discard(waiting.name)
        self._in_memory.pop(waiting.name, None)
        if waiting.name not in self._sent_unmarked:
            self._letters.remove(waiting.name)

    def delay(self, waiting: Waiting) -> None:
        """Keep a letter with what is now known of it; where the disk refuses that, it is tried again sooner."""
        message = self.message(waiting)
        if waiting.name in self._in_memory:
            self._in_memory[waiting.name] = (waiting, message)
            return
        with suppress(PassingError):
            self._write(waiting, message)

    def set_aside(self, waiting: Waiting, reasons: Mapping[str, str], now: datetime) -> Aside:
        """Set a letter aside for some recipients, each with the reason; for the others it goes on waiting.

        Raises:
            PassingError: the disk refuses; it waits as before.
        """
        aside = Aside(
            name=waiting.name, subject=waiting.subject, reasons=reasons, at=waiting.at, since=now, feed=waiting.feed
        )
        aside = self.refused.keep(aside, self.message(waiting))
        left = tuple(name for name in waiting.to if name not in reasons)
        if left:
            self.delay(replace(waiting, to=left))
        else:
            self._in_memory.pop(waiting.name, None)
            self._letters.remove(waiting.name)
        return aside

    def take_back(self, aside: Aside, to: tuple[str, ...], message: bytes, now: datetime) -> None:
        """Let a letter that was set aside wait again, for these recipients, as one that was put in now.

        Raises:
            PassingError: the disk is full or refuses; it stays aside.
        """
        others = self.still_waits_for(aside)
        to = (*others, *(name for name in to if name not in others))
        self._sent_unmarked.discard(aside.name)
        (self._folder / _SENT / aside.name).unlink(missing_ok=True)
        self._write(Waiting(name=aside.name, subject=aside.subject, to=to, at=now, feed=aside.feed), message)
        self.refused.remove(aside)
        self.fresh.set()

    def drop(self, aside: Aside, now: datetime) -> None:
        """Let a letter that was set aside go for good; it stays known for as long as one that was sent.

        Raises:
            PassingError: the disk is full or refuses; it stays aside.
        """
        if not self.still_waits_for(aside):
            self._mark_sent(aside.name, now)
        self.refused.remove(aside)

    def still_waits_for(self, aside: Aside) -> tuple[str, ...]:
        """Return the recipients for whom a letter that was set aside still waits."""
        return next((waiting.to for waiting in self.waiting() if waiting.name == aside.name), ())

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
            make_folder(self._folder)
            document = {"error": trouble.error, "since": trouble.since.isoformat(), "tries": trouble.tries}
            documents.replace(path, document | {"after": trouble.after.isoformat()}, durably=False)

    def laid_aside(self) -> list[Path]:
        """Return the files that stand here until retention removes them: of letters set aside, or not to be read."""
        return [*self._letters.removable(readable=False), *self.refused.removable()]

    def clear_away(self, now: datetime) -> None:
        """Remove what no crash can ask for any more: letters whose marker stands, and markers of a month ago."""
        for name, _ in self._letters.heads():
            if (self._folder / _SENT / name).exists():
                self._letters.remove(name)
        oldest = (now - _KEPT).timestamp()
        for path in (self._folder / _SENT).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _known(self, name: str) -> bool:
        waits = name in self._in_memory or self._letters.has(name)
        return waits or self._was_sent(name) or self.refused.holds(name)

    def _was_sent(self, name: str) -> bool:
        return name in self._sent_unmarked or (self._folder / _SENT / name).exists()

    def _mark_sent(self, name: str, now: datetime) -> None:
        marker = self._folder / _SENT / name
        make_folder(marker.parent)
        write_durably(marker, (), MODE)
        set_time(marker, now)

    def _write(self, waiting: Waiting, message: bytes) -> None:
        self._letters.write(waiting.name, _as_json(waiting), message)

    def _read_all(self) -> Iterator[Waiting]:
        for name, head in self._letters.heads():
            try:
                yield _from_json(name, head)
            except (ValueError, KeyError, TypeError):
                self._letters.spoilt(name)


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
        "feed": waiting.feed,
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
        feed=str(document.get("feed", "")),
    )
