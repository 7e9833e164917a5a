"""The gate of the drop folder: its two lock files, in the order of the handshake."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syncd.core.handshake import LOCK, SENDER_LOCK, AlarmKind, Verdict, holder, span
from syncd.intake import lock
from syncd.intake.memory import Ages
from syncd.intake.notes import Notes
from syncd.intake.process import this_process
from syncd.intake.scan import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The two clocks: `now` with its time zone, and seconds that never jump."""

    now: Callable[[], datetime]
    steady: Callable[[], float]


@dataclass(slots=True)
class Recollection:
    """What a process must not forget between two claims.

    ages: since when a lock file has been there, counted by the steady clock. unreleased: our own lock.txt
    where its removal was refused; this process lives, so nobody else may remove it either.
    """

    ages: Ages = field(default_factory=Ages)
    unreleased: lock.Grip | None = None


class Gate:
    """Lets one syncd at a time into the drop folder, and nobody while the sender writes."""

    def __init__(self, folder: Path, host: str, stale_after: float, times: Times, known: Recollection) -> None:
        self._folder = folder
        self._host = host
        self._stale_after = stale_after
        self._times = times
        self._known = known

    @property
    def has_lock_file(self) -> bool:
        """Whether some `lock.txt` stands there, whatever it is."""
        return os.path.lexists(self._folder / LOCK)

    def sender_writes(self, notes: Notes) -> str:
        """Return the sentence why the sender keeps the folder to itself, "" where it does not."""
        try:
            status = (self._folder / SENDER_LOCK).lstat()
        except FileNotFoundError:
            notes.judge(AlarmKind.SENDER_LOCK_STALE, "")
            return ""
        age = self._age(SENDER_LOCK, status)
        alarm = (
            f"stale lock: alock.txt has been in the drop folder for {span(age)}, and nothing is taken while it "
            "is there; see whether the sender died, and have the sender remove it"
        )
        notes.judge(AlarmKind.SENDER_LOCK_STALE, alarm if age > self._stale_after else "")
        return f"nothing is taken: the sender is writing (alock.txt has been there for {span(age)})"

    def enter(self, notes: Notes) -> tuple[lock.Grip | None, str]:
        """Take `lock.txt`; None and the sentence why not, where it is held.

        Raises:
            OSError: it cannot be made.
        """
        if blocked := self._own_leftover(notes):
            return None, blocked
        seeker = lock.Seeker(
            me=this_process(self._host, self._times.now()),
            age_of=lambda status: self._age(LOCK, status),
            threshold=self._stale_after,
        )
        attempt = lock.take(self._folder / LOCK, seeker)
        if attempt.cleared:
            notes.events.append((AlarmKind.LOCK_TAKEN_OVER, _taken_over(attempt.cleared)))
        if attempt.blocking:
            return None, self._held(attempt.blocking, notes)
        notes.judge(AlarmKind.LOCK_STALE, "")
        return attempt.grip, ""

    def may_go_on(self, grip: lock.Grip) -> str:
        """Return the sentence why no further file may be taken under this grip, "" while it may."""
        if os.path.lexists(self._folder / SENDER_LOCK):
            return "the sender began to write (alock.txt) while files were taken; it stays until that is over"
        return "" if grip.stands() else "lock.txt is not ours any longer; it stays for whoever holds the folder now"

    def leave(self, grip: lock.Grip) -> None:
        """Remove `lock.txt`; where that is refused it is tried again before the next claim."""
        self._known.unreleased = None if grip.release() else grip

    def _own_leftover(self, notes: Notes) -> str:
        if self._known.unreleased is None or self._known.unreleased.release():
            self._known.unreleased = None
            return ""
        sentence = "nothing is taken: syncd's own lock.txt cannot be removed; let syncd write in the drop folder"
        notes.judge(AlarmKind.LOCK_STALE, sentence)
        return sentence

    def _held(self, found: lock.Found, notes: Notes) -> str:
        if found.verdict.may_be_taken_over:
            sentence = f"lock.txt was left by {holder(found.owner)} and cannot be removed; remove it by hand"
            notes.judge(AlarmKind.LOCK_STALE, sentence)
            return f"nothing is taken: {sentence}"
        sentence = f"lock.txt is held by {holder(found.owner)}"
        waits = "nothing is taken meanwhile; see whether that process hangs"
        alarm = f"stale lock: {sentence} and is {span(found.age)} old; {waits}"
        notes.judge(AlarmKind.LOCK_STALE, alarm if found.age > self._stale_after else "")
        return f"nothing is taken: {sentence}"

    def _age(self, name: str, status: os.stat_result) -> float:
        return self._known.ages.age(Look.of(name, status), self._times.now(), self._times.steady())


def _taken_over(found: lock.Found) -> str:
    why = "which is gone" if found.verdict is Verdict.DEAD else f"{span(found.age)} ago"
    why = "this very one, when the folder was away" if found.our_own else why
    return f"lock.txt was left by {holder(found.owner)}, {why}; syncd has taken it over"
