"""The drop folder: claim what was delivered, keep it in workrooms, adopt what a crash left.

The sequence keeps promise 8 (docs/promises.md): look for `alock.txt`, wait for young files, take `lock.txt`, look for
`alock.txt` again, scan, take.
"""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from syncd.core.handshake import HIDDEN, AlarmKind, is_quiet
from syncd.core.runs import Trigger
from syncd.intake import spool
from syncd.intake.gate import Gate, Recollection, Times
from syncd.intake.lock import Grip
from syncd.intake.memory import TakenFiles
from syncd.intake.notes import Notes
from syncd.intake.scan import Look, Scan, scan, shown
from syncd.intake.taking import GROWS, IS_OPEN, Taken, Taking, remove, take
from syncd.intake.work import Delivery, Details, Work, discard
from syncd.intake.writers import is_written

_UNFINISHED = "its name is that of an unfinished upload; it is taken once it is renamed"

_NAMED = 3
"""Files named in an alarm that concerns many."""


Waits = Callable[[str], str]
"""Says of the name of a file why it shall not be taken yet; "" where it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSettings:
    """Where the drop folder and the workrooms are, and how long things take.

    sync: the drop folder. work: the folder of workrooms; what intake remembers stands beside it.
    quiet: seconds that a file must rest. stale_after: seconds after which a lock alarms.
    host: the name by which this machine signs its locks. details: what holds for all files that are dropped here.
    memory: the file, beside the workrooms, of what was taken and could not be removed.
    """

    sync: Path
    work: Path
    quiet: float = 1.0
    stale_after: float = 10800.0
    host: str = field(default_factory=socket.gethostname)
    details: Details = field(default_factory=dict)
    memory: str = "taken.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one claim took and what it left.

    taken: in the byte order of names. left: name and reason of each file that stays. blocked:
    the sentence why nothing was taken, "" otherwise. found: what is wrong, with its sentence.
    examined: what was looked at; anything else may be as wrong as before. events: what happened
    and has no end of its own. unsettled: some files stay only because they still change; worth
    another look soon.
    """

    taken: tuple[Work, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    blocked: str = ""
    found: Mapping[AlarmKind, str] = field(default_factory=dict)
    examined: frozenset[AlarmKind] = frozenset()
    events: tuple[tuple[AlarmKind, str], ...] = ()
    unsettled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sifted:
    """A look into the drop folder, sorted: to take, taken before, still changing, and not to be taken.

    The last two are names, each with the reason it stays.
    """

    ready: list[Look]
    taken: list[Look]
    growing: list[tuple[str, str]]
    staying: list[tuple[str, str]]


class DropFolder:
    """The drop folder of a home with its workrooms."""

    def __init__(
        self,
        settings: DropSettings,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        steady: Callable[[], float] = time.monotonic,
        known: Recollection | None = None,
    ) -> None:
        """Look at nothing yet.

        Args:
            settings: where and how long.
            clock: the time, with its zone.
            sleep: waits so many seconds.
            steady: seconds by a clock that never jumps.
            known: what this process knows of the locks from earlier objects of the same folder.
        """
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        times = Times(now=clock, steady=steady)
        self._gate = Gate(settings.sync, settings.host, settings.stale_after, times, known or Recollection())
        self._taken = TakenFiles(settings.work.parent / settings.memory)
        self._copied: set[Look] | None = None

    def claim(self, trigger: Trigger, by: str, waits: Waits = lambda _: "") -> Claim:
        """Take every settled file of the drop folder into a workroom of its own.

        Args:
            trigger: what set it off.
            by: who asked for it.
            waits: says of a name why it shall not be taken yet, "" where it may be; what waits stays untouched.

        Raises:
            FatalError: the disk does not keep what was taken.
        """
        notes = Notes()
        try:
            spool.make_folder(self._settings.sync, 0o770)
            spool.make_folder(self._settings.work, 0o700)
            claim = self._claim(trigger, by, notes, waits)
            notes.judge(AlarmKind.FOLDER_REFUSED, "")
        except OSError as error:
            sentence = f"nothing is taken: {self._settings.sync} cannot be used ({error.strerror or error})"
            notes.judge(AlarmKind.FOLDER_REFUSED, sentence)
            claim = Claim(blocked=sentence)
        return replace(claim, found=notes.found, examined=frozenset(notes.examined), events=tuple(notes.events))

    def deposit(self, file: Path, delivery: Delivery) -> Work:
        """Copy a file into a workroom as if it had been dropped; the file stays where it is.

        Raises:
            UsageError: there is no such file, or it cannot be read.
            PassingError: there is no room for the copy.
        """
        return spool.deposit(self._settings.work, file, delivery)

    def works(self) -> list[Work]:
        """Return the works that a crash or a stop left, in order, and clear away what never became one.

        To be asked once, at the start, by the one syncd of the home.
        """
        return spool.adopt(self._settings.work, self._settings.sync)

    def release(self, work: str) -> None:
        """Remove a workroom of a run that is over; one that a power cut brings back is found and removed again."""
        discard(self._settings.work / work)

    def _claim(self, trigger: Trigger, by: str, notes: Notes, waits: Waits) -> Claim:
        if blocked := self._gate.sender_writes(notes):
            return Claim(blocked=blocked)
        first = scan(self._settings.sync)
        waited = self._rest(first, waits)
        if waited and (blocked := self._gate.sender_writes(notes)):
            return Claim(blocked=blocked)
        seen = self._sift(first, waits, waited=waited)
        if not seen.ready and not self._gate.has_lock_file:
            notes.judge(AlarmKind.LOCK_STALE, "")
            return self._result(Taken(), seen, notes)
        grip, blocked = self._gate.enter(notes)
        if grip is None:
            return Claim(blocked=blocked)
        try:
            if blocked := self._gate.sender_writes(notes):
                return Claim(blocked=blocked)
            seen = self._sift(first, waits, waited=waited)
            taken = take(self._not_copied(seen), self._taking(trigger, by, grip))
        finally:
            self._gate.leave(grip)
        return self._result(taken, seen, notes)

    def _rest(self, first: Scan, waits: Waits) -> bool:
        """Wait once for all young files together, without any lock; tell whether it was needed."""
        coming = (look for look in first.files.values() if look not in self._taken and not waits(look.name))
        young = any(not self._is_quiet(look) for look in coming)
        if young:
            self._sleep(self._settings.quiet)
        return young

    def _sift(self, first: Scan, waits: Waits, *, waited: bool) -> _Sifted:
        """Look again and tell settled files from those that changed since the first look, are young, or are open."""
        seen = scan(self._settings.sync)
        self._taken.keep_only(seen.files.values())
        unfinished = [(look.name, _UNFINISHED) for look in seen.unfinished if not look.name.startswith(HIDDEN)]
        sifted = _Sifted(ready=[], taken=[], growing=[], staying=[*unfinished, *seen.refused])
        for look in seen.files.values():
            before = first.files.get(look.name)
            if look in self._taken:
                sifted.taken.append(look)
            elif why := waits(look.name):
                sifted.staying.append((look.name, why))
            elif (before and not before.rested(look)) or not ((waited and before) or self._is_quiet(look)):
                sifted.growing.append((look.name, GROWS))
            elif is_written(self._settings.sync / look.name):
                sifted.growing.append((look.name, IS_OPEN))
            else:
                sifted.ready.append(look)
        return sifted

    def _is_quiet(self, look: Look) -> bool:
        return is_quiet(look.modified / 1e9, self._clock(), self._settings.quiet)

    def _not_copied(self, seen: _Sifted) -> Sequence[Look]:
        """Return the files to take, after the removal of those taken before whose removal was refused or cut off."""
        if self._copied is None:
            self._copied = spool.copied_sources(self._settings.work)
        cut_off = [look for look in seen.ready if look in self._copied]
        stuck = [look for look in (*seen.taken, *cut_off) if not remove(self._settings.sync / look.name, look)]
        if unknown := [look for look in stuck if look not in self._taken]:
            self._taken.remember(unknown)
        self._taken.keep_only(stuck)
        return [look for look in seen.ready if look not in self._copied]

    def _taking(self, trigger: Trigger, by: str, grip: Grip) -> Taking:
        return Taking(
            drop=self._settings.sync,
            work=self._settings.work,
            trigger=trigger,
            by=by,
            details=self._settings.details,
            received=self._clock(),
            stop=lambda: self._gate.may_go_on(grip),
            remember=self._taken.remember,
        )

    def _result(self, taken: Taken, seen: _Sifted, notes: Notes) -> Claim:
        failed = [f"{shown(name)}: {reason}" for name, reason in taken.failed]
        notes.judge(AlarmKind.NOT_TAKEN, _together("could not be taken", failed))
        stuck = [shown(name) for name in self._taken.names()]
        notes.judge(AlarmKind.NOT_REMOVED, _together("were taken but cannot be removed from the drop folder", stuck))
        return Claim(
            taken=tuple(taken.works),
            left=(*taken.left, *seen.growing, *seen.staying),
            unsettled=bool(seen.growing) or taken.growing,
        )


def _together(what: str, items: Sequence[str]) -> str:
    """Return one sentence on many files, naming the first of them; "" where there are none."""
    if not items:
        return ""
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return f"{len(items)} files {what}: {'; '.join(items[:_NAMED])}{more}"
