"""What a pipeline works with: the outside world, and what configuration decides."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from syncd.core.claims import Claim, Foreign
from syncd.core.errors import PassingError
from syncd.core.feeds import Feed, Keeps
from syncd.core.limits import Limits
from syncd.core.runs import Run, RunState
from syncd.engine.delivered import Delivered
from syncd.engine.foresight import Foresight
from syncd.engine.ports import Artefacts, Clock, Contents, Journal, Letters, Memories, Plans, Store
from syncd.engine.recognising import Recognition
from syncd.engine.tally import Tally
from syncd.formats.dialect import Dialect
from syncd.frames.difference import RowMemory
from syncd.frames.plan import Plan

Rooms = Sequence[Path]
"""Where the bytes of the files of a run are, in the order of `Run.files`; they may be gone once they are archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What configuration decides for runs: limits, what becomes of records of others, the installation's key.

    recognition: the dialects that files may be of, with their options. feeds: by name, in the order in which they are
    asked whether a file is theirs.
    """

    limits: Limits
    foreign: Foreign
    data_source: str
    recognition: Recognition
    secret: bytes
    feeds: Mapping[str, Feed] = field(default_factory=dict)

    def limits_of(self, feed: str) -> Limits:
        """Return the limits of the runs of a feed; those of all where there is no such feed any more."""
        return self.feeds[feed].limits if feed in self.feeds else self.limits

    def claim_of(self, run: Run, dialect: Dialect) -> Claim:
        """Return as whom a run works: what its feed says, else its dialect, else the settings of the home."""
        feed = self.feeds.get(run.feed)
        return Claim(
            data_source=run.data_source or self.data_source,
            also=tuple(sorted(feed.owns)) if feed else (),
            foreign=(feed.foreign if feed else None) or dialect.foreign or self.foreign,
        )

    def keeps_of(self, feed: str) -> Keeps:
        """Return which artefacts the runs of a feed leave behind."""
        return self.feeds[feed].keeps if feed in self.feeds else Keeps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A run that is planned, weighed and named, where its files are, and its plan."""

    run: Run
    rooms: Rooms
    plan: Plan

    def applied(self, now: datetime) -> "Ready":
        """Return it as it stands once the plan is applied."""
        settled = self.run.roster_seq + self.plan.changes.steps if self.plan.complete else None
        run = replace(self.run, state=RunState.PUSHING, finished=now, settled_seq=settled)
        return replace(self, run=run)

    def memories(self) -> dict[str, RowMemory]:
        """Return the row memories that are true once the plan is applied, by the fingerprint of their files."""
        both = zip(self.run.files, self.plan.files, strict=True)
        return {file.fingerprint: own.to_keep for file, own in both if own.to_keep is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a pipeline works with.

    tally: of what deliveries changed so far. foresight: of files that wait in one pass. recognised: what the files of
    runs under way are, and carried: what became of runs that were carried out with another one before their turn came,
    both by the runs' workrooms.
    """

    store: Store
    memories: Memories
    plans: Plans
    artefacts: Artefacts
    contents: Contents
    letters: Letters
    clock: Clock
    journal: Journal
    policy: Policy
    tally: Tally
    foresight: Foresight = field(default_factory=Foresight)
    recognised: dict[str, Delivered] = field(default_factory=dict)
    carried: dict[str, Ready] = field(default_factory=dict)

    def remember(self, memories: Mapping[str, RowMemory], tokens: Mapping[str, str]) -> None:
        """Keep the rows that stand under these tokens, by fingerprint; where that fails it only costs time."""
        for feed, memory in memories.items():
            with suppress(PassingError):
                self.memories.save(feed, tokens[feed], memory)
