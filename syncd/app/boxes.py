"""The drop boxes: the folders in sync/ into which accounts send by SFTP and pulls fetch, each taken by itself."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.handshake import SENDER_LOCK
from syncd.core.runs import Trigger
from syncd.intake.drop import Claim, DropFolder, DropSettings, Waits
from syncd.intake.gate import Recollection
from syncd.sftp.box import Box
from syncd.sftp.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Somebody from whom files come into a folder of their own. data_source: of all of them."""

    name: str
    trigger: Trigger
    data_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What was claimed of a drop box; of sync/ itself where `name` is ""."""

    name: str = ""
    claim: Claim


def sources(settings: Settings) -> Iterator[Source]:
    """Yield every account and every pull of the settings."""
    usual = settings.roster.data_source
    for account in settings.sftp.accounts:
        data_source = account.data_source.strip() or usual
        yield Source(name=account.name, trigger=Trigger.SFTP, data_source=data_source)
    for pull in settings.pulls:
        yield Source(name=pull.name, trigger=Trigger.SCHEDULE, data_source=pull.data_source.strip() or usual)


def box(home: Home, name: str, limits: Limits | None = None, delivered: Callable[[], None] = lambda: None) -> Box:
    """Build the drop box of an account or pull. delivered: hears that there is something to take."""
    return Box(home.sync / name, home.sync, limits or Limits(), delivered)


@dataclass(frozen=True, slots=True)
class Boxes:
    """The drop boxes of a home. known: what this process knows of their locks, by name."""

    home: Home
    settings: Settings
    clock: Callable[[], datetime]
    known: dict[str, Recollection]

    def claim(self, waits: Waits) -> list[Claimed]:
        """Take the settled files of each box, in the order of the settings; nothing while sync/ itself is locked.

        Raises:
            FatalError: the disk does not keep what was taken.
        """
        return [
            Claimed(name=source.name, claim=self._claim(source, waits))
            for source in sources(self.settings)
            if (self.home.sync / source.name).is_dir()
        ]

    def _claim(self, source: Source, waits: Waits) -> Claim:
        def held_back(name: str) -> str:
            locked = os.path.lexists(self.home.sync / SENDER_LOCK)
            return "the sender is writing to sync/ (alock.txt)" if locked else waits(name)

        place = box(self.home, source.name)
        self._let_in(place)
        claim = self._folder(source, place.folder).claim(source.trigger, source.name, held_back)
        # What waited for an earlier file of its name is taken with the next look.
        return replace(claim, unsettled=self._let_in(place) or claim.unsettled)

    def _folder(self, source: Source, folder: Path) -> DropFolder:
        drop = self.settings.drop
        return DropFolder(
            DropSettings(
                sync=folder,
                work=self.home.work,
                quiet=drop.quiet.total_seconds(),
                stale_after=drop.stale_after.total_seconds(),
                details={"data_source": source.data_source},
                memory=f"taken-{source.name}.json",
            ),
            self.clock,
            known=self.known.setdefault(source.name, Recollection()),
        )

    @staticmethod
    def _let_in(place: Box) -> bool:
        try:
            return place.let_in()
        except OSError:
            # The claim finds the same, and says it.
            return False


def together(claims: list[Claimed]) -> Claim:
    """Return all claims as one, for whoever decides by what was left and blocked."""
    return Claim(
        taken=tuple(work for each in claims for work in each.claim.taken),
        left=tuple(pair for each in claims for pair in each.claim.left),
        blocked=next((each.claim.blocked for each in claims if each.claim.blocked), ""),
        unsettled=any(each.claim.unsettled for each in claims),
    )


def left(claims: list[Claimed]) -> Iterator[tuple[str, str]]:
    """Yield what stays, below sync/, each with the reason; of a box that is locked the box."""
    for each in claims:
        front = f"{each.name}/" if each.name else ""
        yield from ((front + name, reason) for name, reason in each.claim.left)
        if each.name and each.claim.blocked:
            yield front, each.claim.blocked


def standing(home: Home, settings: Settings) -> Mapping[str, Path]:
    """Return the folders of the boxes that are there, by name."""
    found = {source.name: home.sync / source.name for source in sources(settings)}
    return {name: folder for name, folder in found.items() if folder.is_dir()}
