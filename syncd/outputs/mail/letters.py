"""Which letters are written: of runs by policy, of incidents, of the day, and of a test."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from uuid import uuid4

import polars as pl

from syncd.core.incidents import Incident, moment
from syncd.core.runs import Run, RunState
from syncd.outputs.mail.digest import Digest, Entry, digest_page, digest_summary
from syncd.outputs.mail.incident_page import incident_page, incident_summary
from syncd.outputs.mail.message import Attachment, Letter, Stationery, written
from syncd.outputs.mail.outbox import Outbox, Waiting
from syncd.outputs.mail.page import Facts, Page, Tone, Words
from syncd.outputs.mail.run_page import discreet, failed, run_page, summary
from syncd.outputs.report_text import render


class StatusPolicy(StrEnum):
    """Of which runs that are over a letter is written. Held runs and incidents are told whatever it says."""

    ALWAYS = "always"
    FAILURE = "failure"
    DIGEST = "digest"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who hears of a run, and how much. most: bytes that one attached file may have."""

    to: tuple[str, ...]
    status: StatusPolicy
    attach_report: bool
    attach_tryback: bool
    most: int


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes letters and puts them into the outbox.

    audience_of: who hears of a run, None for nobody; of an incident or the digest (no run) the admin.
    """

    outbox: Outbox
    digest: Digest
    stationery: Stationery
    audience_of: Callable[[Run | None], Audience | None]
    now: Callable[[], datetime]

    def tell(self, run: Run, findings: pl.DataFrame) -> None:
        """Put the letter of a run that is over or held into the outbox, or enter it in the digest; once, if at all.

        Raises:
            PassingError: the disk is full or refuses.
        """
        audience = self.audience_of(run)
        key = _key(run)
        if audience is None or self.outbox.knows(key):
            return
        if run.state is RunState.HELD or _wanted(audience.status, run):
            page = run_page(run, findings, self.stationery)
            attachments = tuple(self._attachments(run, findings, audience))
            at = run.finished or self.now()
            letter = Letter(key=key, to=audience.to, subject=summary(run), page=page, at=at, attachments=attachments)
            self._put(replace(letter, feed=run.feed), self.outbox.put)
        elif audience.status is StatusPolicy.DIGEST:
            self.digest.enter(run, self.now())

    def tell_incident(self, incident: Incident) -> None:
        """Put the letter of an incident in its present phase into the outbox; in memory where the disk refuses."""
        audience = self.audience_of(None)
        if audience is None:
            return
        begun = f"incident {incident.key} {incident.since.isoformat()}"
        letter = Letter(
            key=f"{begun} over" if incident.over else begun,
            to=audience.to,
            subject=incident_summary(incident),
            page=incident_page(incident, self.stationery),
            at=incident.until or incident.since,
            answers=begun if incident.over else "",
        )
        self._put(letter, self.outbox.put_or_hold)

    def knows(self, key: str) -> bool:
        """Tell whether a letter of this key waits or was sent."""
        return self.outbox.knows(key)

    def put_digest(self, key: str, entries: Sequence[Entry]) -> None:
        """Put the letter of some runs into the outbox.

        Raises:
            PassingError: the disk is full or refuses.
        """
        audience = self.audience_of(None)
        if audience is not None:
            page = digest_page(entries, self.stationery)
            letter = Letter(key=key, to=audience.to, subject=digest_summary(entries), page=page, at=self.now())
            self._put(letter, self.outbox.put)

    def cut_digest(self, until: datetime) -> None:
        """Make the digest of the runs that ended before this time.

        Raises:
            PassingError: the disk is full or refuses.
        """
        if self.audience_of(None) is not None:
            self.digest.cut(until, self)

    def test(self, to: tuple[str, ...]) -> bytes:
        """Return the message of a letter that only shows that mail works."""
        where = Facts((("home", f"{self.stationery.home} on {self.stationery.host}"), ("sent", moment(self.now()))))
        blocks = (Words("Somebody asked with `syncd mail test` whether letters arrive. This one did."), where)
        page = Page(headline="test: mail works", tone=Tone.GOOD, blocks=blocks)
        key = f"test {uuid4()}"
        return written(Letter(key=key, to=to, subject=page.headline, page=page, at=self.now()), self.stationery)

    def _put(self, letter: Letter, put: Callable[[str, Waiting, bytes], None]) -> None:
        subject = self.stationery.subject(letter.subject)
        waiting = Waiting(name="", subject=subject, to=letter.to, at=self.now(), feed=letter.feed)
        put(letter.key, waiting, written(letter, self.stationery))

    def _attachments(self, run: Run, findings: pl.DataFrame, audience: Audience) -> Iterator[Attachment]:
        """Yield what goes with a letter; never anything of a file in which passwords may stand."""
        if discreet(run):
            return
        if audience.attach_report:
            report = render(run, findings)
            if len(report.encode()) <= audience.most:
                yield Attachment(name=PurePosixPath(run.report).name, content=report)
        for tryback in run.trybacks if audience.attach_tryback else ():
            path = Path(self.stationery.home) / tryback
            if path.stat().st_size <= audience.most:
                yield Attachment(name=path.name, content=path.read_bytes())


def _key(run: Run) -> str:
    """Return what is the same for the same occasion; a plan made again for a roster that has moved is another one.

    Not the plan's digest: one made again after a crash may differ in a time of now.
    """
    plan = f" {run.roster_seq}" if run.state is RunState.HELD else ""
    return f"run {run.id} {run.state.value} {run.work}{plan}"


def _wanted(policy: StatusPolicy, run: Run) -> bool:
    return policy is StatusPolicy.ALWAYS or (policy is StatusPolicy.FAILURE and failed(run))
