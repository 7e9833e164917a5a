"""The mail of a home: who hears of what, what waits, and the way to the server; joined from the settings."""

import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from syncd.config.feeds import FeedMail
from syncd.config.home import Home
from syncd.config.mail import Mail, address
from syncd.config.models import Settings
from syncd.core.errors import PassingError, UsageError
from syncd.core.incidents import Incident
from syncd.core.naming import shown
from syncd.core.runs import Run
from syncd.outputs.mail.digest import Digest
from syncd.outputs.mail.letters import Audience, Letters, StatusPolicy
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.outbox import Outbox
from syncd.outputs.mail.post import Post, Round
from syncd.outputs.mail.refused import Aside
from syncd.outputs.mail.smtp import MailError, Patience, Security, Server, connected

_ACCEPTANCE = 600.0
"""Seconds that the daemon waits for a server that looks at a letter it has got (RFC 5321, 4.5.3.2.6)."""

_HASTY = 5.0
"""Seconds that a command waits for an answer, and for which it begins further letters."""

_log = structlog.get_logger("syncd.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of a test. refused: recipients that the server did not take, each with its reason."""

    server: str
    sender: str
    sent: tuple[str, ...]
    refused: dict[str, str]


class Mailing:
    """The mail of a home. One object of it a process: it remembers what a full disk did not take."""

    def __init__(self, home: Home, settings: Callable[[], Settings], now: Callable[[], datetime]) -> None:
        """Take the home, what returns the settings in force, and the clock by which letters get old."""
        self._home = home
        self._settings = settings
        self.now = now
        self.outbox = Outbox(home.state / "outbox")
        """The letters that wait, and those that were set aside."""
        self._digest = Digest(home.state / "outbox" / "digest")
        self.fresh = self.outbox.fresh
        """Set whenever this process puts a letter into the outbox."""
        self.caught_up = False
        """Whether this process has finished what a crash left: before that, the digest could miss a run."""

    @property
    def _mail(self) -> Mail:
        return self._settings().mail

    def letters(self) -> Letters:
        """Return what writes letters, by the settings in force."""
        return Letters(self.outbox, self._digest, self._stationery(), self.audience_of, self.now)

    def tell(self, incident: Incident) -> None:
        """Put the letter of an incident into the outbox."""
        self.letters().tell_incident(incident)

    def audience_of(self, run: Run | None) -> Audience | None:
        """Return who hears of a run, by its feed where that says so, else by [mail]; None for nobody.

        run: None for what concerns no run: alarms and the digest.
        """
        mail = self._mail
        if not mail.is_on:
            return None
        own = self._own(run.feed if run else "")
        return Audience(
            to=self.readers(run.feed if run else ""),
            status=StatusPolicy((own.policy if own else "") or mail.status),
            attach_report=mail.attach_report,
            attach_tryback=mail.attach_tryback,
            most=mail.attach_at_most,
        )

    def must_be_on(self) -> Mail:
        """Return the settings of mail.

        Raises:
            UsageError: mail is off.
        """
        mail = self._mail
        if not mail.is_on:
            raise UsageError(f"{mail.half_set or 'mail is off'}; set host and to in [mail] of {self._home.config_file}")
        return mail

    def readers(self, feed: str) -> tuple[str, ...]:
        """Return to whom letters about the runs of a feed go now; feed: "" for what concerns none."""
        own = self._own(feed)
        return (own.to if own else ()) or self._mail.to

    def deliver(self, *, hasty: bool = False, go_on: Callable[[], bool] = lambda: True) -> float | None:
        """Make the digest if it is time, and send what is due; return the seconds until a letter is due, None for none.

        Nothing is raised for mail's sake: what cannot be sent waits or is set aside, and `status` says why.

        Args:
            hasty: for a command that a person waits for; what takes long is left to the next time.
            go_on: asked before each letter.
        """
        if not self._mail.is_on or not self.outbox.folder.exists():
            return None
        post = Post(self.outbox, self.now, self._mail.try_for)
        end = time.monotonic() + (_HASTY if hasty else math.inf)
        try:
            if self.caught_up:
                self.letters().cut_digest(self._last_digest_time())
            tour = Round(
                server=self._server(),
                sender=self._mail.address_from,
                patience=self._patience(hasty=hasty),
                go_on=lambda: go_on() and time.monotonic() < end,
            )
            done = post.deliver(tour)
        except (PassingError, UsageError, OSError) as error:
            done = post.cannot(str(error))
        for letter in done.aside:
            _log.warning("letter set aside", letter=letter.mark, subject=letter.subject, refused=dict(letter.reasons))
        after = post.next_time()
        return max(0.0, (after - self.now()).total_seconds()) if after else None

    def test(self, to: str) -> Tested:
        """Send a letter that only shows that mail works; then the letters that wait are tried again at once.

        to: an address; "" for those of the settings.

        Raises:
            UsageError: mail is off, or the address is none.
            PassingError: the server does not take it; the sentence says why.
        """
        mail = self.must_be_on()
        recipients = (checked(to),) if to else mail.to
        server = self._server()
        message = self.letters().test(recipients)
        try:
            with connected(server, self._patience(hasty=False)) as connection:
                refused = connection.send(mail.address_from, recipients, message)
        except MailError as error:
            raise PassingError(f"no letter was sent: {error}") from None
        self.outbox.note_trouble(None)
        sent = tuple(name for name in recipients if name not in refused)
        answers = {name: str(refusal) for name, refusal in refused.items()}
        return Tested(server=str(server), sender=mail.address_from, sent=sent, refused=answers)

    def status(self) -> dict[str, Any]:
        """Return whether mail is on, how many letters wait and since when, what kept them, and what was set aside."""
        waiting, trouble, aside = self.outbox.waiting(), self.outbox.trouble(), self.outbox.refused.all()
        errors = [letter.error for letter in waiting if letter.error]
        since = min((letter.at for letter in waiting), default=None)
        error = trouble.error if trouble else next(iter(errors), "")
        return {
            "on": self._mail.is_on,
            **({"missing": self._mail.half_set} if self._mail.half_set else {}),
            "waiting": len(waiting),
            "since": since.isoformat(timespec="seconds") if since else None,
            "age": max(0, int((self.now() - since).total_seconds())) if since else None,
            "refused": len(errors),
            "set_aside": len(aside),
            "refusal": shown(why(aside[-1])) if aside else None,
            "digest": self._digest.waiting(),
            "error": shown(error) or None,
            "next_try": trouble.after.isoformat(timespec="seconds") if trouble and waiting else None,
        }

    def _own(self, feed: str) -> FeedMail | None:
        """Return what a feed says of its letters."""
        tables = self._settings().feed_tables if feed else ()
        return next((table.mail for table in tables if table.name == feed), None)

    def _server(self) -> Server:
        mail = self._mail
        return Server(
            host=mail.host,
            port=mail.port,
            security=Security(mail.security),
            username=mail.username,
            password=mail.secret(self._home),
            ca_file=mail.below(self._home, mail.ca_file) if mail.ca_file else None,
        )

    def _patience(self, *, hasty: bool) -> Patience:
        answer = self._mail.timeout.total_seconds()
        if hasty:
            return Patience(answer=min(answer, _HASTY), acceptance=answer)
        return Patience(answer=answer, acceptance=max(answer, _ACCEPTANCE))

    def _stationery(self) -> Stationery:
        mail = self._mail
        sender = mail.address_from if mail.is_on else ""
        return Stationery(sender=sender, site=mail.site, home=str(self._home.path), host=socket.gethostname())

    def _last_digest_time(self) -> datetime:
        now, at = self.now(), self._mail.digest_time
        here = now.astimezone(self._settings().roster.zone())
        # Of an hour that the clocks repeat in autumn, the first one counts.
        today = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0, fold=0)
        return today if today <= now else today - timedelta(days=1)


def why(letter: Aside) -> str:
    """Return who was refused, and why, in a line."""
    return "; ".join(f"{name}: {reason}" for name, reason in letter.reasons.items())


def checked(to: str) -> str:
    """Return an address that a person gave, as a mail server takes it.

    Raises:
        UsageError: it is none.
    """
    try:
        return address(to)
    except ValueError as error:
        raise UsageError(f"{shown(to)} is no address: {error}") from None
