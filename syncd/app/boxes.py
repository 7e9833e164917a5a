"""The drop boxes: the folders in sync/ into which accounts send by SFTP and pulls fetch, each taken by itself."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.handshake import SENDER_LOCK, AlarmKind
from syncd.core.naming import shown
from syncd.core.runs import Trigger
from syncd.intake.drop import Claim, DropFolder, DropSettings, Waits
from syncd.intake.gate import Recollection
from syncd.intake.scan import Look, scan
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.places import Places, plain
from syncd.sftp.dropbox.refusal import NoFolderError

_NAMED = 3
"""Files named in an alarm that concerns many."""

_BARRED = "something that is no file has this name, and files that were sent wait for it to go"


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
    """The drop boxes of a home.

    known: what this process knows of their locks, by name. more: hears that there is more to take at once.
    """

    home: Home
    settings: Settings
    clock: Callable[[], datetime]
    known: dict[str, Recollection]
    more: Callable[[], None] = lambda: None

    def claim(self, waits: Waits) -> list[Claimed]:
        """Take the settled files of each box, in the order of the settings; nothing while sync/ itself is locked.

        Raises:
            FatalError: the disk does not keep what was taken.
        """
        return [
            Claimed(name=source.name, claim=self._claim(source, waits))
            for source in sources(self.settings)
            if _is_there(self.home.sync / source.name)
        ]

    def _claim(self, source: Source, waits: Waits) -> Claim:
        def held_back(name: str) -> str:
            locked = os.path.lexists(self.home.sync / SENDER_LOCK)
            return "the sender is writing to sync/ (alock.txt)" if locked else waits(name)

        place = box(self.home, source.name)
        if place.folder.is_symlink():
            sentence = f"nothing is taken: {shown(str(place.folder))} is a link, not a folder"
            found = {AlarmKind.FOLDER_REFUSED: sentence}
            return Claim(blocked=sentence, found=found, examined=frozenset(found))
        self._let_in(place)
        claim = self._folder(source, place.folder).claim(source.trigger, source.name, held_back)
        if self._let_in(place):
            # What waited for an earlier file of its name is taken with the next look, which need not wait.
            self.more()
            claim = replace(claim, unsettled=True)
        return _with_wrongs(claim, place.places)

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


def in_line(folder: Path) -> Iterator[Look]:
    """Yield the files of a drop box that wait for an earlier one of their name, under that name. Changes nothing."""
    waiting = Places(folder, folder).waiting
    if waiting.is_dir() and not waiting.is_symlink():
        for look in scan(waiting).files.values():
            if name := plain(look.name):
                yield replace(look, name=name)


def in_parts(folder: Path) -> Iterator[Look]:
    """Yield the uploads of a drop box that broke off, or whose names say that they are unfinished. Changes nothing."""
    parts = Places(folder, folder).parts
    if parts.is_dir() and not parts.is_symlink():
        found = scan(parts)
        yield from (*found.files.values(), *found.unfinished)


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
    return {name: folder for name, folder in found.items() if folder.is_dir() and not folder.is_symlink()}


def _is_there(folder: Path) -> bool:
    """Tell whether something has the place of a box; a file there is taken like any other of sync/."""
    try:
        return not stat.S_ISREG(folder.lstat().st_mode)
    except OSError:
        return False


def _with_wrongs(claim: Claim, places: Places) -> Claim:
    """Return a claim that also tells what is wrong with the folders inside a box, and what bars the way into it."""
    try:
        barred = places.barred()
    except NoFolderError as error:
        found = {AlarmKind.FOLDER_REFUSED: f"nothing can be sent: {error.strerror}"}
        return replace(claim, found={**claim.found, **found}, examined=claim.examined | frozenset(found))
    except OSError:
        # The claim found the same.
        return claim
    known = {name for name, _ in claim.left}
    left = ((name, _BARRED) for name in barred if name not in known)
    found = {AlarmKind.NAME_BARRED: _in_vain(barred)} if barred else {}
    return replace(
        claim,
        left=(*claim.left, *left),
        found={**claim.found, **found},
        examined=claim.examined | {AlarmKind.NAME_BARRED},
    )


def _in_vain(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    named = ", ".join(map(shown, names[:_NAMED])) + more
    return f"files that were sent wait in vain, as something that is no file has their name; {named}"
