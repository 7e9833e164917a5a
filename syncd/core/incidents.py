"""Incidents: something that is wrong for a while, told once when it begins and once when it is over.

What is decided here is decided from what was found; `app.telling` keeps the incidents and sends the letters.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong, in words.

    sentence: what happened, to what; its part before the first semicolon says enough for a subject.
    cause: what probably lies behind it. what_next: what to do. all_clear: the sentence once it is over.
    lasts: False for what happened in an instant and has no end of its own.
    """

    sentence: str
    cause: str = ""
    what_next: str = ""
    all_clear: str = ""
    lasts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A trouble with its times. until: None while it lasts. told: the letter of its present phase is under way."""

    key: str
    trouble: Trouble
    since: datetime
    until: datetime | None = None
    told: bool = False

    @property
    def over(self) -> bool:
        """True once it has ended."""
        return self.until is not None

    @property
    def title(self) -> str:
        """What a subject says of it."""
        if self.over:
            return self.trouble.all_clear or f"over: {self.trouble.sentence.partition(';')[0]}"
        return self.trouble.sentence.partition(";")[0]

    @property
    def sentence(self) -> str:
        """What is shown to whoever looks on."""
        if not self.until:
            return self.trouble.sentence
        lasted = duration(self.until - self.since)
        return f"over: {self.title.removeprefix('over: ')} (it began {moment(self.since)} and lasted {lasted})"


Incidents = Mapping[str, Incident]


def turned(known: Incidents, found: Mapping[str, Trouble], examined: Collection[str], now: datetime) -> Incidents:
    """Return the incidents after a look: those that begin and those that end with it are not told yet.

    One that was not examined (the folder was locked before it could be seen) stays as it is, and
    one that goes on keeps the words with which it began.

    Args:
        known: the incidents before.
        found: what is wrong now, by key.
        examined: the keys that were looked at; those found are looked at in any case.
        now: the time of the look.
    """
    after = dict(known)
    for key, incident in known.items():
        if key in examined and key not in found and not incident.over:
            after[key] = replace(incident, until=now, told=False)
    for key, trouble in found.items():
        if key not in known or known[key].over:
            after[key] = Incident(key=key, trouble=trouble, since=now)
    return after


def moment(time: datetime) -> str:
    """Return a time as letters and sentences write it."""
    return time.isoformat(sep=" ", timespec="seconds")


def duration(time: timedelta) -> str:
    """Return a length of time in its two largest units; a clock that was set back makes none of it negative."""
    seconds = max(0, round(time.total_seconds()))
    sizes = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        parts.append((count, unit))
    if not any(count for count, _ in parts):
        return "less than a second"
    first = next((place for place, (count, _) in enumerate(parts) if count))
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2])
