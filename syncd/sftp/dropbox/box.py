"""The drop box of one account: what stands there, what is being sent, what waits. `places` says where that is.

Whatever gives a file its place keeps all others from doing so meanwhile: neither two sessions nor two processes put
one file over another.

A complete file is brought to the disk with a mark that it is, then renamed to its place. The rename is not brought to
the disk each time, as that costs as much once more: what a power cut undoes of it is found by the mark and done again.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from syncd.core.handshake import SENDER_LOCK, is_left_alone
from syncd.core.naming import shown
from syncd.core.seldom import Seldom
from syncd.disk import durable
from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.names import is_kept_back
from syncd.sftp.dropbox.places import Places, plain
from syncd.sftp.dropbox.recent import Recent
from syncd.sftp.dropbox.refusal import denied, failed, missing
from syncd.sftp.dropbox.room import Room, standing
from syncd.sftp.dropbox.whole import holds, is_marked, unmark

_END_AWAITED, _BRIEFLY = 1.0, 0.005
"""Seconds for which the end of a file is awaited that shall be renamed, and between two looks."""

CUT_OFF = "another session sends this file by now, or it was removed; send it again"


class Sender(Protocol):
    """What sends a file at present."""

    def open(self, descriptor: int) -> None:
        """Take the descriptor of what is there of it."""

    def stand(self, status: os.stat_result) -> None:
        """Hear that a complete file of its name is there, which cannot be changed, and that nothing is begun."""

    def cut(self, size: int) -> None:
        """Cut what was sent to so many bytes."""

    def close(self) -> None:
        """End it; what was sent stays, and no byte is written any more."""


@dataclass(slots=True)
class Box:
    """The drop box of an account; used by all its sessions at once.

    folder: its drop folder. outer: the drop folder of the home, whose locks hold for it too. delivered: hears that
    there is something to take.
    """

    folder: Path
    outer: Path
    limits: Limits = field(default_factory=Limits)
    delivered: Callable[[], None] = lambda: None
    places: Places = field(init=False)
    room: Room = field(init=False)
    refused: Seldom = field(default_factory=Seldom, init=False)
    """Says which refusals of the account are told: a client in a loop must not fill a disk with them."""
    _senders: dict[str, Sender] = field(default_factory=dict)
    _recent: Recent = field(default_factory=Recent)

    def __post_init__(self) -> None:
        """Look at nothing yet."""
        self.places = Places(self.folder, self.outer)
        self.room = Room((self.folder, self.places.parts, self.places.waiting, self.places.removed), self.limits)

    def prepare(self) -> None:
        """Make the folders, and give its place to what was complete when the machine, or syncd, went down."""
        with self.places.alone():
            for name, status in list(standing(self.places.parts)):
                if not is_marked(status) or name in self._senders:
                    continue
                if holds(self.places.part(name)):
                    self._place(name)
                else:
                    unmark(self.places.part(name))

    def entries(self) -> list[tuple[str, os.stat_result]]:
        """Return what the account sees in its drop folder; of files of one name the one that came last."""
        return sorted(self.places.entries().items())

    def status(self, name: str) -> os.stat_result:
        """Return what a file of this name is like; one that was just delivered may have been taken already.

        Raises:
            Refusal: there is none.
        """
        if known := self._known(name):
            return known
        raise missing(name)

    def begin(self, name: str, flags: int, sender: Sender) -> None:
        """Let a sender begin or go on with a file, or look at one that is delivered, until it writes.

        Who was sending it before is cut off. flags: those of os.open().

        Raises:
            Refusal: it may not.
        """
        with self.places.alone():
            if flags & os.O_EXCL and self.places.stands(name):
                raise failed(f"{shown(name)} is there already")
            self.places.recall(name)
            is_begun = os.path.lexists(self.places.part(name))
            is_upload = is_begun or flags & (os.O_TRUNC | os.O_EXCL) or name == SENDER_LOCK
            if not is_upload and (delivered := self._known(name)):
                sender.stand(delivered)
                return
            self._end_sender(name)
            if not is_begun:
                self.room.make(0, files=1)
            sender.open(self.places.open_part(name, flags))
            self._senders[name] = sender

    def deliver(self, name: str, sender: Sender) -> None:
        """Let a file that is completely sent appear under its name; after an earlier one of that name.

        Raises:
            Refusal: another sender has begun with it by now.
            OSError: the disk refuses.
        """
        with self.places.alone():
            self._leave(name, sender)
            self._place(name)

    def deliver_durably(self, name: str) -> None:
        """Let a file appear that was completely fetched, and see that it stays so.

        Raises:
            OSError: the disk refuses.
        """
        with self.places.alone():
            self._place(name)
            durable.sync(self.folder)
            durable.sync(self.places.waiting)

    def give_up(self, name: str, sender: Sender) -> None:
        """Remove what is there of a file that cannot be sent; unless another sender has begun with it by now."""
        with self.places.alone(), suppress(FileNotFoundError):
            self._leave(name, sender)
            self.places.part(name).unlink()

    def leave(self, name: str, sender: Sender) -> None:
        """Note that a sender has gone; what it sent can be gone on with."""
        with self.places.alone():
            if self._senders.get(name) is sender:
                del self._senders[name]
            sender.close()

    def let_in(self) -> bool:
        """Let files that wait follow earlier ones of their names that are taken by now; tell whether some did."""
        let = False
        with self.places.alone():
            for numbered in self.places.numbered():
                target = self.folder / plain(numbered)
                if not os.path.lexists(target):
                    (self.places.waiting / numbered).rename(target)
                    let = True
            if let:
                durable.sync(self.folder)
            self.places.forget_removed()
        if let:
            self.delivered()
        return let

    def remove(self, name: str) -> bool:
        """Remove a file that is not taken yet, the one that came last; return whether it was delivered.

        One that was is recalled when another of its name comes soon: its sender replaces it.

        Raises:
            Refusal: there is none, or it is the lock of somebody else.
        """
        with self.places.alone():
            path = self.places.find(name)
            if path.parent == self.outer:
                raise denied(f"{name} is not yours to remove")
            was_delivered = path != self.places.part(name)
            if was_delivered:
                self.places.put_aside(path, name)
            else:
                self._end_sender(name)
                path.unlink()
            self._recent.forget(name)
        if name == SENDER_LOCK:
            self.delivered()
        return was_delivered

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        """Give a file another name. One with an unfinished name is thereby delivered.

        replace: whether the file of another unfinished name may give way; a delivered one never does.

        Raises:
            Refusal: there is no such file, or it is a lock, or it was not sent to its end; or there is a lock already,
                or a file that shall not be replaced.
        """
        if old == SENDER_LOCK:
            raise denied(f"{SENDER_LOCK} is removed, never renamed")
        # Clients with several connections close a file by one and rename it by another, in no order.
        self._await_end(old)
        with self.places.alone():
            path = self.places.find(old)
            if path == self.places.part(old) and (old in self._senders or not is_marked(path.lstat())):
                raise failed(f"{shown(old)} was not sent to its end; send the rest first")
            if path != self.places.part(old) and is_left_alone(new):
                # It would be removed with the uploads that nobody finishes. Editors that keep backups ask for this.
                raise denied(f"{shown(old)} is delivered and cannot be held back; remove it if it shall not be taken")
            if new == SENDER_LOCK and any(True for _ in self.places.seen(new)):
                # Senders make their lock under another name first, so that only one of two gets it.
                raise failed(f"{SENDER_LOCK} is there already")
            if is_kept_back(new) and not replace and os.path.lexists(self.places.part(new)):
                raise failed(f"{shown(new)} is there already")
            self._end_sender(new)
            path.rename(self.places.part(new))
            self._recent.forget(old)
            self._place(new)

    def set_times(self, name: str, times: tuple[int, int]) -> None:
        """Set the times of a file that is not taken yet; of one that just was, it is only remembered.

        times: of access and of change, Unix seconds.

        Raises:
            Refusal: there is none.
        """
        with self.places.alone():
            for path in self.places.own(name):
                with suppress(FileNotFoundError):
                    os.utime(path, times, follow_symlinks=False)
                    return
            if not self._recent.set_times(name, times):
                raise missing(name)

    def cut(self, name: str, size: int) -> None:
        """Cut a file that is being sent. Cutting one to nothing that is delivered begins another one of its name.

        Raises:
            Refusal: it is delivered, or there is none.
        """
        with self.places.alone():
            if sender := self._senders.get(name):
                sender.cut(size)
            elif size != self.status(name).st_size:
                if size or name == SENDER_LOCK:
                    raise denied(f"{shown(name)} cannot be cut; send it again whole")
                os.close(self.places.open_part(name, os.O_TRUNC))

    def prune(self, now: float) -> list[str]:
        """Remove partial uploads that nobody went on with; return their names. now: Unix time."""
        gone = []
        with self.places.alone():
            for name, status in standing(self.places.parts):
                # Not by the time of change alone: clients set that to any time.
                if now - max(status.st_mtime, status.st_ctime) > self.limits.partial_age:
                    self._end_sender(name)
                    (self.places.parts / name).unlink(missing_ok=True)
                    gone.append(name)
        return gone

    def _await_end(self, name: str) -> None:
        end = time.monotonic() + _END_AWAITED
        while name in self._senders and time.monotonic() < end:
            time.sleep(_BRIEFLY)

    def _place(self, name: str) -> None:
        """Give a file that is complete its place, unless its name says that it is not."""
        if is_kept_back(name):
            return
        self.places.recall(name)
        target = self.folder / name
        if os.path.lexists(target) or self.places.waits(name):
            target = self.places.in_line(name)
        status = self.places.part(name).lstat()
        self.places.part(name).rename(target)
        self._recent.remember(name, status)
        self.delivered()

    def _known(self, name: str) -> os.stat_result | None:
        """Return what the last file of a name is like, which may have been taken just now; None where there is none."""
        return next((status for _, status in self.places.seen(name)), None) or self._recent.status(name)

    def _leave(self, name: str, sender: Sender) -> None:
        if self._senders.get(name) is not sender:
            raise failed(CUT_OFF)
        del self._senders[name]
        sender.close()

    def _end_sender(self, name: str) -> None:
        if sender := self._senders.pop(name, None):
            sender.close()
