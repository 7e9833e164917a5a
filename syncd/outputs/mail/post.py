"""The post round: takes letters from the outbox to the server, and knows when to come again.

A letter that meets a passing trouble waits longer each time and stands behind the others; a server that takes nothing
ends the round and is left alone for a while. What is refused for good, and what no server took in the time
that is set, is set aside: it is told, and waits no longer. Only one process at a time does the round.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from filelock import FileLock, Timeout

from syncd.core.errors import LockedError, PassingError
from syncd.core.incidents import duration
from syncd.outputs.mail.outbox import Outbox, ServerTrouble, Waiting
from syncd.outputs.mail.refused import Aside
from syncd.outputs.mail.smtp import Connection, LetterError, Patience, Refusal, Server, ServerError, connected

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)
_LOCK = "sending.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round. go_on: asked before each letter."""

    server: Server
    sender: str
    patience: Patience
    go_on: Callable[[], bool]


@dataclass(slots=True)
class Delivered:
    """What came of a round. sent: letters that every recipient has now got. aside: those that were set aside."""

    sent: int = 0
    aside: list[Aside] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Post:
    """Carries letters. now: the time with its zone. try_for: how long a letter waits for a trouble to pass."""

    outbox: Outbox
    now: Callable[[], datetime]
    try_for: timedelta

    def deliver(self, tour: Round) -> Delivered:
        """Send what is due, and set aside what will not be sent. Nothing is raised for a letter's sake.

        Raises:
            OSError: the outbox cannot be read.
        """
        done = Delivered()
        if self._due():
            with suppress(LockedError), alone(self.outbox):
                self._deliver(tour, self._due(), done)
                self._give_up_old(done)
        return done

    def cannot(self, reason: str) -> Delivered:
        """Note that no round can be done at all, and why; what has waited for too long is set aside all the same."""
        done = Delivered()
        self._note(ServerError(reason, lasting=True))
        with suppress(LockedError, OSError), alone(self.outbox):
            self._give_up_old(done)
        return done

    def next_time(self) -> datetime | None:
        """Return when a letter is due next; None where none waits."""
        times = [waiting.after or waiting.at for waiting in self.outbox.waiting()]
        trouble = self.outbox.trouble()
        return max(min(times), trouble.after) if times and trouble else min(times, default=None)

    def _due(self) -> list[Waiting]:
        now = self.now()
        trouble = self.outbox.trouble()
        if trouble and _later(trouble.after, now):
            return []
        return [waiting for waiting in self.outbox.waiting() if not _later(waiting.after, now)]

    def _deliver(self, tour: Round, due: Iterable[Waiting], done: Delivered) -> None:
        try:
            with connected(tour.server, tour.patience) as connection:
                for waiting in due:
                    if not tour.go_on():
                        break
                    self._send(connection, tour, waiting, done)
                    self.outbox.note_trouble(None)
        except ServerError as error:
            self._note(error)
        if done.sent:
            self.outbox.clear_away(self.now())

    def _send(self, connection: Connection, tour: Round, waiting: Waiting, done: Delivered) -> None:
        """Send one letter and note at once what came of it.

        Raises:
            ServerError: no letter gets through; this one may have caused it, and stands behind the others from now on.
        """
        try:
            refused = connection.send(tour.sender, waiting.to, self.outbox.message(waiting))
        except ServerError as error:
            self._delay(waiting, str(error))
            raise
        except LetterError as error:
            refused = {name: Refusal(answer=str(error), lasting=error.lasting) for name in waiting.to}
        except FileNotFoundError:
            return
        else:
            refused = {
                name: replace(refusal, answer=f"{tour.server} answered {refusal}") for name, refusal in refused.items()
            }
        if refused:
            self._keep(replace(waiting, to=tuple(refused)), refused, done)
        else:
            self.outbox.sent(waiting, self.now())
            done.sent += 1

    def _keep(self, waiting: Waiting, refused: Mapping[str, Refusal], done: Delivered) -> None:
        """Set a letter aside for those who will never get it; for the others it waits."""
        final = {name: refusal.answer for name, refusal in refused.items() if refusal.lasting}
        passing = {name: refusal.answer for name, refusal in refused.items() if not refusal.lasting}
        if final and not self._set_aside(waiting, final, done):
            passing |= final
        if passing:
            self._delay(replace(waiting, to=tuple(passing)), _told(passing))

    def _set_aside(self, waiting: Waiting, reasons: Mapping[str, str], done: Delivered) -> bool:
        """Set a letter aside; False where the disk does not let it, and it is tried again."""
        try:
            done.aside.append(self.outbox.set_aside(waiting, reasons, self.now()))
        except (PassingError, FileNotFoundError):
            return False
        return True

    def _give_up_old(self, done: Delivered) -> None:
        """Set aside what was tried and has waited for too long."""
        now, trouble = self.now(), self.outbox.trouble()
        for waiting in self.outbox.waiting():
            why = waiting.error or (trouble.error if trouble else "")
            if why and now - waiting.at > self.try_for:
                why = f"it was tried for {duration(now - waiting.at)}; the last time: {why}"
                self._set_aside(waiting, dict.fromkeys(waiting.to, why), done)

    def _delay(self, waiting: Waiting, why: str) -> None:
        tries = waiting.tries + 1
        self.outbox.delay(replace(waiting, tries=tries, error=why, after=self.now() + _wait(tries)))

    def _note(self, error: ServerError) -> None:
        before, now = self.outbox.trouble(), self.now()
        tries = before.tries + 1 if before else 1
        since = before.since if before else now
        self.outbox.note_trouble(ServerTrouble(error=str(error), since=since, tries=tries, after=now + _wait(tries)))


@contextmanager
def alone(outbox: Outbox, patience: float = 0) -> Iterator[None]:
    """Keep other processes from sending while the block lasts. patience: seconds to wait for one that does.

    Raises:
        LockedError: another one sends for longer.
    """
    try:
        with FileLock(outbox.folder / _LOCK, timeout=patience):
            yield
    except Timeout:
        raise LockedError("letters are being sent at this moment; nothing was done: try again in a minute") from None


def _wait(tries: int) -> timedelta:
    """Return how long to wait after so many tries: a minute, doubled each time, at most an hour."""
    return min(_FIRST * (1 << min(tries - 1, 10)), _LONGEST)


def _later(after: datetime | None, now: datetime) -> bool:
    """Tell whether a time is still to come; one further off than any wait is a clock's that was set back."""
    return after is not None and now < after <= now + _LONGEST


def _told(refused: Mapping[str, str]) -> str:
    return "refused: " + "; ".join(f"{name}: {answer}" for name, answer in refused.items())
