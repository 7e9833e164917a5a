"""The digest: runs that are told together, in one letter a day.

A run is entered as a file of its own. At the time of the digest the entries move into a folder `cut-…`, the letter is
made of them and put into the outbox under the folder's name, and the folder goes: whatever a crash
interrupts is taken up where it stood, and no run is told twice or left out.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from syncd.core.errors import PassingError
from syncd.core.incidents import moment
from syncd.core.runs import Run
from syncd.disk import documents
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.page import Block, Command, Grid, Page, Title, Tone, Words, clipped
from syncd.outputs.mail.run_page import failed, summary

_ROWS = 100
_NAMED = 20
_ENTRY = ".json"
_CUT, _GONE = "cut-", "gone-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run in a digest. summary: the line that its own letter would have had."""

    run: int
    ended: datetime
    file: str
    state: str
    rows: int
    applied: int
    to_mend: int
    failed: bool
    summary: str


class Desk(Protocol):
    """Where digests become letters."""

    def knows(self, key: str) -> bool:
        """Tell whether a letter of this key waits or was sent."""
        ...

    def put_digest(self, key: str, entries: Sequence[Entry]) -> None:
        """Put the letter of these runs into the outbox."""
        ...


class Digest:
    """The runs that wait for the letter of the day."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first run comes."""
        self._folder = folder

    def enter(self, run: Run, now: datetime) -> None:
        """Enter a run that is over; it is durable when this returns, and entering it again changes nothing.

        Raises:
            PassingError: the disk is full or refuses.
        """
        ended = run.finished or now
        document = {
            "run": run.id,
            "ended": ended.isoformat(),
            "file": run.title,
            "state": run.state.value,
            "rows": run.rows.total,
            "applied": run.outcomes.applied,
            "to_mend": run.rows.to_mend,
            "failed": failed(run),
            "summary": summary(run),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            documents.replace(self._folder / f"{run.id:09}-{run.state.value}{_ENTRY}", document)
        except OSError as error:
            raise PassingError(f"the digest could not be written: {error.strerror}") from error

    def waiting(self) -> int:
        """Return how many runs wait for the next digest."""
        return sum(1 for _ in self._folder.glob(f"*{_ENTRY}"))

    def cut(self, until: datetime, desk: Desk) -> None:
        """Hand over the entries of runs that ended before a time, and forget them once their letter is in the outbox.

        Raises:
            PassingError: the disk refuses; the entries stay.
        """
        try:
            for gone in self._folder.glob(f"{_GONE}*"):
                shutil.rmtree(gone)
            for batch in sorted(self._folder.glob(f"{_CUT}*")):
                self._hand_over(batch, until, desk)
            if due := self._due(until):
                self._hand_over(self._folder / f"{_CUT}{until:%Y%m%d-%H%M%S}-{due[0].stem}", until, desk)
        except OSError as error:
            raise PassingError(f"the digest could not be made: {error.strerror}") from error

    def _due(self, until: datetime) -> list[Path]:
        paths = sorted(self._folder.glob(f"*{_ENTRY}"))
        return [path for path in paths if (entry := _read(path)) and entry.ended < until]

    def _hand_over(self, batch: Path, until: datetime, desk: Desk) -> None:
        """Take a batch to its end. One whose letter stands already gets no further entries: nobody would tell them."""
        if not desk.knows(batch.name):
            batch.mkdir(exist_ok=True, mode=0o700)
            for path in self._due(until):
                path.replace(batch / path.name)
            entries = [entry for path in sorted(batch.glob(f"*{_ENTRY}")) if (entry := _read(path))]
            if entries:
                desk.put_digest(batch.name, entries)
        shutil.rmtree(batch.rename(batch.with_name(_GONE + batch.name)))


def digest_summary(entries: Sequence[Entry]) -> str:
    """Return what the runs came to, in a line for the subject."""
    bad = sum(entry.failed for entry in entries)
    runs = "1 run" if len(entries) == 1 else f"{len(entries)} runs"
    return f"digest: {runs}, {f'{bad} with failures' if bad else 'nothing failed'}"


def digest_page(entries: Sequence[Entry], stationery: Stationery) -> Page:
    """Return the page of some runs: first those with failures, then all as a table."""
    bad = [entry for entry in entries if entry.failed]
    ended = [entry.ended for entry in entries]
    blocks: list[Block] = [
        Words(f"From {moment(min(ended))} to {moment(max(ended))}; home {stationery.home} on {stationery.host}.")
    ]
    if bad:
        blocks += [Title("To be mended"), *(Words(entry.summary) for entry in bad[:_NAMED])]
        if len(bad) > _NAMED:
            blocks.append(Words(f"… and {len(bad) - _NAMED} more."))
        blocks += [
            Words("What is wrong with one of them, and its tryback:"),
            Command(stationery.command("runs", "show", "RUN")),
        ]
    rows = tuple(_row(entry) for entry in entries[:_ROWS])
    blocks += [
        Title("Runs"),
        Grid(("run", "ended", "state", "file", "rows", "applied", "to mend"), rows, left=(1, 2, 3)),
    ]
    if len(entries) > _ROWS:
        blocks.append(Words(f"… and {len(entries) - _ROWS} more:"))
    blocks += [Words("All runs:"), Command(stationery.command("runs"))]
    return Page(headline=digest_summary(entries), tone=Tone.BAD if bad else Tone.GOOD, blocks=tuple(blocks))


def _row(entry: Entry) -> tuple[str, ...]:
    ended = f"{entry.ended:%m-%d %H:%M}"
    counts = (str(entry.rows), str(entry.applied), str(entry.to_mend))
    return (str(entry.run), ended, entry.state.replace("_", " "), clipped(entry.file, 40), *counts)


def _read(path: Path) -> Entry | None:
    document = documents.read(path)
    try:
        return Entry(**(document | {"ended": datetime.fromisoformat(document["ended"])}))
    except (TypeError, KeyError, ValueError):
        return None
