"""The post round: takes letters from the outbox to the server, and knows when to come again.

A letter that is refused waits longer each time and stands behind the others; a server that takes nothing ends
the round and is left alone for a while. Neither is ever given up, and only one process at a time does the round.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from filelock import FileLock, Timeout

from syncd.outputs.mail.outbox import Outbox, ServerTrouble, Waiting
from syncd.outputs.mail.smtp import Connection, LetterError, MailError, Patience, Server, ServerError, connected

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)
_LASTING = timedelta(hours=6)
_LOCK = "sending.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round. go_on: asked before each letter."""

    server: Server
    sender: str
    patience: Patience
    go_on: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Post:
    """Carries letters. now: the time with its zone."""

    outbox: Outbox
    now: Callable[[], datetime]

    def deliver(self, tour: Round) -> int:
        """Send what is due; return how many letters every recipient has now got. Nothing is raised for a letter's sake.

        Raises:
            OSError: the outbox cannot be read.
        """
        if not self._due():
            return 0
        try:
            with FileLock(self.outbox.folder / _LOCK, timeout=0):
                return self._deliver(tour, self._due())
        except Timeout:
            return 0

    def cannot(self, reason: str) -> None:
        """Note that no round can be done at all, and why."""
        self._note(ServerError(reason, lasting=True))

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

    def _deliver(self, tour: Round, due: Iterable[Waiting]) -> int:
        sent = 0
        try:
            with connected(tour.server, tour.patience) as connection:
                for waiting in due:
                    if not tour.go_on():
                        break
                    sent += self._send(connection, tour.sender, waiting)
                    self.outbox.note_trouble(None)
        except ServerError as error:
            self._note(error)
        if sent:
            self.outbox.clear_away(self.now())
        return sent

    def _send(self, connection: Connection, sender: str, waiting: Waiting) -> bool:
        """Send one letter and note at once what came of it.

        Raises:
            ServerError: no letter gets through; this one may have caused it, and stands behind the others from now on.
        """
        try:
            refused = connection.send(sender, waiting.to, self.outbox.message(waiting))
        except ServerError as error:
            self._delay(waiting, waiting.to, error)
            raise
        except LetterError as error:
            self._delay(waiting, waiting.to, error)
            return False
        except FileNotFoundError:
            return False
        if refused:
            self._delay(waiting, tuple(refused), LetterError(_told(refused), lasting=True))
            return False
        self.outbox.sent(waiting)
        return True

    def _delay(self, waiting: Waiting, to: tuple[str, ...], error: MailError) -> None:
        tries = waiting.tries + 1
        after = self.now() + _wait(tries, lasting=error.lasting and isinstance(error, LetterError))
        self.outbox.delay(replace(waiting, to=to, tries=tries, error=str(error), after=after))

    def _note(self, error: ServerError) -> None:
        before, now = self.outbox.trouble(), self.now()
        tries = before.tries + 1 if before else 1
        after = now + _wait(tries, lasting=False)
        since = before.since if before else now
        self.outbox.note_trouble(ServerTrouble(error=str(error), since=since, tries=tries, after=after))


def _wait(tries: int, *, lasting: bool) -> timedelta:
    """Return how long to wait after so many tries: a minute, doubled each time, at most an hour; or six."""
    return _LASTING if lasting else min(_FIRST * 2 ** min(tries - 1, 10), _LONGEST)


def _later(after: datetime | None, now: datetime) -> bool:
    """Tell whether a time is still to come; one further off than any wait is a clock's that was set back."""
    return after is not None and now < after <= now + _LASTING


def _told(refused: Mapping[str, str]) -> str:
    return "refused: " + "; ".join(f"{name}: {answer}" for name, answer in refused.items())
