"""Letters that did not arrive: told once, listed, sent again to those who should have them now, or dropped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.app.health import ASIDE
from syncd.app.mailing import Mailing, checked, why
from syncd.app.telling import Telling
from syncd.app.witness import witnessed
from syncd.core.audit import Deed
from syncd.core.errors import UsageError
from syncd.core.incidents import Trouble
from syncd.core.naming import shown
from syncd.outputs.mail.message import addressees, readdressed
from syncd.outputs.mail.outbox import Waiting
from syncd.outputs.mail.post import alone
from syncd.outputs.mail.refused import Aside, mark
from syncd.store.store import Store

WAITS, SET_ASIDE, SENT, DROPPED = "waits", "set aside", "sent", "dropped"

_PATIENCE = 10.0
"""Seconds that a person waits for a round of the daemon to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as it stands, and since when. mark: what it is called by. to: who has not got it. reason: why, or ""."""

    mark: str
    state: str
    since: datetime
    to: tuple[str, ...]
    subject: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the letter for scripts."""
        return {
            "letter": self.mark,
            "state": self.state,
            "since": self.since.isoformat(timespec="seconds"),
            "to": list(self.to),
            "subject": shown(self.subject),
            "reason": shown(self.reason) or None,
        }


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The letters of a home that wait or were set aside. store: opens the database, for the audit."""

    mailing: Mailing
    telling: Telling
    store: Callable[[], Store]

    def deliver(self, *, hasty: bool = False, go_on: Callable[[], bool] = lambda: True) -> float | None:
        """Send what is due, and tell what was set aside; return the seconds until a letter is due, None for none."""
        due = self.mailing.deliver(hasty=hasty, go_on=go_on)
        return self.mailing.deliver(hasty=hasty, go_on=go_on) if self.tell() else due

    def tell(self) -> tuple[str, ...]:
        """Tell that letters were set aside, unless that is known, or that none is any longer; return the sentences.

        It is one incident however many they are: a letter about each would go to the same wrong address.
        """
        aside = self.mailing.outbox.refused.all()
        return self.telling.settle({ASIDE: _trouble(aside)} if aside else {}, {ASIDE})

    def letters(self) -> list[Letter]:
        """Return the letters that were set aside, then those that wait."""
        outbox = self.mailing.outbox
        trouble = outbox.trouble()
        why_all = trouble.error if trouble else ""
        waiting = (_waiting(letter, letter.error or why_all) for letter in outbox.waiting())
        return [*map(_set_aside, outbox.refused.all()), *waiting]

    def retry(self, marks: Sequence[str], to: str) -> list[Letter]:
        """Send letters again that were set aside, all of them where none is named; return how they stand then.

        They go to those whom the settings name by now and who have not got them; or to `to`, an address.

        Raises:
            UsageError: there is no such letter, nobody is left to send it to, or mail is off.
            LockedError: the daemon is sending, and does not come to an end.
            PassingError: the disk or the database refuses.
        """
        self.mailing.must_be_on()
        address = checked(to) if to else ""
        outbox = self.mailing.outbox
        if not (chosen := self._chosen(marks)):
            return []
        with alone(outbox, _PATIENCE):
            routes = [(aside, self._readers(aside, address)) for aside in chosen]
            for aside, readers in routes:
                self._witness(Deed.MAIL_RETRY, aside, readers)
                message = readdressed(outbox.refused.message(aside), (*self._served(aside), *readers))
                outbox.take_back(aside, readers, message, self.mailing.now())
            outbox.note_trouble(None)
        self.deliver(hasty=True)
        stands = {letter.mark: letter for letter in reversed(self.letters())}
        return [stands.get(aside.mark) or _gone(aside, SENT, readers) for aside, readers in routes]

    def drop(self, marks: Sequence[str]) -> list[Letter]:
        """Let letters go that were set aside, all of them where none is named; return them.

        Raises:
            UsageError: there is no such letter.
            LockedError: the daemon is sending, and does not come to an end.
            PassingError: the disk or the database refuses.
        """
        outbox = self.mailing.outbox
        if not (chosen := self._chosen(marks)):
            return []
        with alone(outbox, _PATIENCE):
            for aside in chosen:
                self._witness(Deed.MAIL_DROP, aside, tuple(aside.reasons))
                outbox.drop(aside, self.mailing.now())
        self.tell()
        return [_gone(aside, DROPPED, tuple(aside.reasons)) for aside in chosen]

    def _chosen(self, marks: Sequence[str]) -> list[Aside]:
        """Return the letters that were set aside and are meant; a mark may be cut short.

        Raises:
            UsageError: one is not there, or it could be several.
        """
        aside = self.mailing.outbox.refused.all()
        meant = [_meant(mark, aside) for mark in marks] if marks else aside
        return list({each.name: each for each in meant}.values())

    def _readers(self, aside: Aside, address: str) -> tuple[str, ...]:
        """Return to whom a letter goes now.

        Raises:
            UsageError: to nobody.
        """
        if address:
            return (address,)
        served = self._served(aside)
        if readers := tuple(name for name in self.mailing.readers(aside.feed) if name not in served):
            return readers
        raise UsageError(
            f"all whom the settings name have got letter {aside.mark}; say who else gets it: "
            f"syncd mail retry {aside.mark} --to ADDRESS; or let it go: syncd mail drop {aside.mark}"
        )

    def _served(self, aside: Aside) -> tuple[str, ...]:
        """Return who has got a letter already, or for whom it still waits."""
        outbox = self.mailing.outbox
        known = (*addressees(outbox.refused.message(aside)), *outbox.still_waits_for(aside))
        return tuple(name for name in dict.fromkeys(known) if name not in aside.reasons)

    def _witness(self, what: Deed, aside: Aside, to: tuple[str, ...]) -> None:
        detail = f"letter {aside.mark} to {', '.join(to)}: {aside.subject}"
        self.store().record_entry(witnessed(what, self.mailing.now(), detail=shown(detail)))


def _meant(named: str, aside: Sequence[Aside]) -> Aside:
    found = [each for each in aside if named and each.mark.startswith(named.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{shown(named)} may be any of {', '.join(each.mark for each in found)}")
    raise UsageError(f"no letter {shown(named)} was set aside; see which are: syncd mail list")


def _trouble(aside: Sequence[Aside]) -> Trouble:
    first = aside[-1]
    count = "a letter was" if len(aside) == 1 else f"{len(aside)} letters were"
    return Trouble(
        sentence=f"{count} not delivered and set aside; {shown(first.subject)}: {shown(why(first))}",
        cause="A mail server refused an address or a letter for good, or took none for as long as mail.try_for says.",
        what_next="See who did not get what, and why: syncd mail list. Mend the address, in [mail] or its feed; then "
        "send it again: syncd mail retry; or let it go: syncd mail drop. More such letters are listed, and not told.",
        all_clear="no letter is set aside any longer",
    )


def _set_aside(aside: Aside) -> Letter:
    return Letter(
        mark=aside.mark,
        state=SET_ASIDE,
        since=aside.since,
        to=tuple(aside.reasons),
        subject=aside.subject,
        reason="; ".join(dict.fromkeys(aside.reasons.values())),
    )


def _waiting(waiting: Waiting, reason: str) -> Letter:
    return Letter(
        mark=mark(waiting.name),
        state=WAITS,
        since=waiting.at,
        to=waiting.to,
        subject=waiting.subject,
        reason=reason,
    )


def _gone(aside: Aside, state: str, to: tuple[str, ...]) -> Letter:
    return Letter(mark=aside.mark, state=state, since=aside.since, to=to, subject=aside.subject, reason="")
