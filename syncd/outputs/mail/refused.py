"""The letters that were set aside: no server takes them for some of their recipients, or none did in time.

They stand in `outbox/refused/`, each with the recipients that have not got it and the reason for each, until a
person sends them again or drops them, or retention removes them. They never stand in the way of others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from syncd.outputs.mail.letter_files import LetterFiles

_MARK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A letter that was set aside. reasons: why, by recipient. feed: that of its run, "" for none. since: set aside."""

    name: str
    subject: str
    reasons: Mapping[str, str]
    at: datetime
    since: datetime
    feed: str = ""

    @property
    def mark(self) -> str:
        """What a person calls it by."""
        return mark(self.name)


def mark(name: str) -> str:
    """Return what a person calls a letter by: enough of its name's hash to tell it from others."""
    return name.rpartition("-")[2][:_MARK]


class Refused:
    """The letters of a home that were set aside."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first letter comes."""
        self._files = LetterFiles(folder)

    def all(self) -> list[Aside]:
        """Return the letters, the oldest first."""
        return sorted(self._read(), key=lambda aside: (aside.at, aside.name))

    def holds(self, name: str) -> bool:
        """Tell whether a letter of this name was set aside."""
        return self._files.has(name)

    def keep(self, aside: Aside, message: bytes) -> Aside:
        """Keep a letter, durably, with the recipients of before if it was set aside for others already; return it.

        Raises:
            PassingError: the disk is full or refuses.
        """
        now = aside.since
        before = next((each for each in self._read() if each.name == aside.name), None)
        if before:
            reasons = MappingProxyType({**before.reasons, **aside.reasons})
            aside = replace(aside, reasons=reasons, since=before.since)
        self._files.write(aside.name, _as_json(aside), message, now)
        return aside

    def message(self, aside: Aside) -> bytes:
        """Return the message of a letter.

        Raises:
            OSError: it is no longer there.
        """
        return self._files.message(aside.name)

    def remove(self, aside: Aside) -> None:
        """Let a letter go."""
        self._files.remove(aside.name)

    def removable(self) -> list[Path]:
        """Return the files of all letters here."""
        return self._files.removable(readable=True)

    def _read(self) -> Iterator[Aside]:
        for name, head in self._files.heads():
            try:
                yield _from_json(name, head)
            except (ValueError, KeyError, TypeError, AttributeError):
                self._files.spoilt(name)


def _as_json(aside: Aside) -> dict[str, Any]:
    return {
        "subject": aside.subject,
        "reasons": dict(aside.reasons),
        "at": aside.at.isoformat(),
        "since": aside.since.isoformat(),
        "feed": aside.feed,
    }


def _from_json(name: str, document: Any) -> Aside:
    return Aside(
        name=name,
        subject=str(document["subject"]),
        reasons=MappingProxyType({str(who): str(why) for who, why in document["reasons"].items()}),
        at=datetime.fromisoformat(document["at"]),
        since=datetime.fromisoformat(document["since"]),
        feed=str(document["feed"]),
    )
