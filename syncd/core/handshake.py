"""The handshake over the drop folder: who holds it, and what may be wrong with it.

Two files stand for the two sides: `alock.txt` is the sender's, `lock.txt` is ours. What
is decided here is decided from facts that are handed in; `syncd.intake` gathers them.
Source of the rules: promise 8 (docs/promises.md).
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SENDER_LOCK = "alock.txt"
"""While it exists nothing is taken; only the sender removes it."""

LOCK = "lock.txt"
"""Exists while syncd takes files; only syncd removes it."""

HIDDEN = (".", "_")
"""First characters of the names of files that are not meant for syncd, or not yet."""

_UNFINISHED = re.compile(
    r"\.(?:filepart|part|partial|tmp|temp|crdownload|writing|swp|bak)\Z|~\Z|\A\..+\.[a-z0-9]{6}\Z",
    re.IGNORECASE | re.DOTALL,
)
"""Names under which clients upload, editors save and copies are put aside; the last form is rsync's `.NAME.XXXXXX`."""

_LARGEST_PID = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The process that holds `lock.txt`, as written in it.

    boot: the boot id of its machine; started: the start of the process in clock ticks since
        boot. Together they tell a reused process number apart; "" and 0 where unknown.
    since: when it took the lock, with its time zone.
    """

    pid: int
    host: str
    boot: str = ""
    started: int = 0
    since: datetime


def render(owner: Owner) -> str:
    """Return the contents of `lock.txt`: one line of JSON in ASCII."""
    fields = {
        "pid": owner.pid,
        "host": owner.host,
        "boot": owner.boot,
        "started": owner.started,
        "time": owner.since.isoformat(timespec="seconds"),
    }
    return json.dumps(fields) + "\n"


def parse(text: str) -> Owner | None:
    """Return the owner named in the contents of a `lock.txt`; None if they do not name one.

    Never raises: the file may have been written by anybody.
    """
    try:
        fields = json.loads(text)
        owner = Owner(
            pid=fields["pid"],
            host=fields["host"],
            boot=fields.get("boot", ""),
            started=fields.get("started", 0),
            since=datetime.fromisoformat(fields["time"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return owner if _is_sound(owner) else None


def _is_sound(owner: Owner) -> bool:
    numbers = type(owner.pid) is int and type(owner.started) is int
    texts = isinstance(owner.host, str) and isinstance(owner.boot, str)
    return numbers and texts and 0 < owner.pid <= _LARGEST_PID and owner.since.tzinfo is not None


def is_unfinished(name: str) -> bool:
    """Return whether a name is that of an unfinished upload, or of a copy that some program put aside."""
    return _UNFINISHED.search(name) is not None


def is_left_alone(name: str) -> bool:
    """Return whether a file of this name is never taken: it has to be renamed first."""
    return name.startswith(HIDDEN) or is_unfinished(name)


class Verdict(StrEnum):
    """What a `lock.txt` means to a syncd that wants to take files."""

    FREE = "free"
    OURS_LIVE = "ours-live"
    THEIRS_LIVE = "theirs-live"
    DEAD = "dead"
    STALE = "stale"

    @property
    def may_be_taken_over(self) -> bool:
        """True where the lock protects nobody any more."""
        return self in {Verdict.DEAD, Verdict.STALE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a `lock.txt` that was found.

    owner: None where its contents name nobody. same_host: the owner is of this machine.
    alive: a process is known to hold it. age, threshold: seconds.
    """

    owner: Owner | None
    same_host: bool
    alive: bool
    age: float
    threshold: float


def judge(facts: Facts | None) -> Verdict:
    """Return what a found `lock.txt` means; no facts, no lock.

    A process of this machine can be looked for, so its lock is live or dead at any age.
    One of another machine, or of nobody, cannot: it counts as live until the threshold.
    """
    if facts is None:
        return Verdict.FREE
    if facts.alive:
        return Verdict.OURS_LIVE if facts.same_host else Verdict.THEIRS_LIVE
    if facts.owner is not None and facts.same_host:
        return Verdict.DEAD
    return Verdict.STALE if facts.age > facts.threshold else Verdict.THEIRS_LIVE


class AlarmKind(StrEnum):
    """What an alarm is about."""

    SENDER_LOCK_STALE = "sender-lock-stale"
    LOCK_STALE = "lock-stale"
    LOCK_TAKEN_OVER = "lock-taken-over"
    FOLDER_REFUSED = "folder-refused"
    NOT_TAKEN = "not-taken"
    NOT_REMOVED = "not-removed"
    NAME_BARRED = "name-barred"


def holder(owner: Owner | None) -> str:
    """Return in words who holds `lock.txt`."""
    if owner is None:
        return "somebody it does not name"
    return f"process {owner.pid} on {owner.host} since {_time(owner.since)}"


def span(seconds: float) -> str:
    """Return a length of time in words: its two largest units are enough."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def seconds_between(earlier: float, now: datetime) -> float:
    """Return the age of a file time (Unix seconds) in seconds; one of the future is 0: clocks differ and jump."""
    return max(0.0, now.timestamp() - earlier)


def is_quiet(modified: float, now: datetime, quiet: float) -> bool:
    """Tell whether a file was last written at least `quiet` seconds ago; a time of the future does not say so."""
    return now.timestamp() - modified >= quiet


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
