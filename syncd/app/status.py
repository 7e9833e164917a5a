"""How things stand: what a person or a monitor asks first."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import syncd
from syncd.app.admission import Asked, Schedules
from syncd.app.boxes import in_line, in_parts, standing
from syncd.app.expecting import Expecting
from syncd.app.health import verdict
from syncd.app.mailing import Mailing
from syncd.app.pull_times import PullTimes
from syncd.app.pulse import Pulse
from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.errors import SyncdError
from syncd.core.handshake import LOCK, SENDER_LOCK
from syncd.core.runs import Run, RunState
from syncd.intake.scan import Look, scan
from syncd.store.store import Store

LATELY = timedelta(hours=24)
"""How long a failure counts as lately."""

_FAILURES = (RunState.FAILED, RunState.COMPLETED_WITH_FAILURES)
_MOST = 50
"""Runs and unfinished uploads that are named of each sort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Looks at a home. open_store: opens the database, or raises SyncdError."""

    telling: Telling
    mailing: Mailing
    home: Home
    settings: Settings
    now: datetime
    open_store: Callable[[], Store]

    def status(self) -> dict[str, Any]:
        """Return the whole of it; every part is there, whatever is broken."""
        pulse = Pulse(self.home.state)
        last_pass = pulse.last_pass()
        if last_pass:
            last_pass["age"] = max(0, int((self.now - datetime.fromisoformat(last_pass["at"])).total_seconds()))
        known = {
            "home": str(self.home.path),
            "version": syncd.__version__,
            "daemon": pulse.daemon(),
            "last_pass": last_pass,
            "drop": self._drop(),
            "unfinished_uploads": self._unfinished_uploads(),
            "locks": list(self._locks()),
            "alarms": self.telling.open(),
            "mail": self.mailing.status(),
            "disk": self._disk(),
            **self._journal(),
            "targets": {},
        }
        return {"verdict": verdict(known, self.settings.drop.rescan.total_seconds())} | known

    def _journal(self) -> dict[str, Any]:
        """Return what the database knows; nothing but the reason where it cannot be asked."""
        empty: dict[str, Any] = {"held": [], "unfinished": [], "failed": [], "last_run": {}, "roster": {}, "feeds": []}
        kind, path = self._place()
        try:
            if path and not path.exists():
                return {"database": {"reachable": False, "kind": kind, "reason": "there is none yet"}} | empty
            store = self.open_store()
            last = store.runs(limit=1)
            return {
                "database": {"reachable": True, "kind": kind} | ({"bytes": path.stat().st_size} if path else {}),
                "held": [
                    self._run(run) | {"breaches": [str(breach) for breach in run.breaches]}
                    for run in store.runs(state=RunState.HELD, limit=_MOST)
                ],
                "unfinished": [self._run(run) for run in store.unfinished()[:_MOST]],
                "failed": [self._run(run) | {"to_mend": run.rows.to_mend} for run in self._failed(store)],
                "last_run": self._run(last[0]) if last else {},
                "roster": {kind.value: count for kind, count in store.population().items()},
                "feeds": Expecting(self.home.state, self.settings, store, self.now).feeds(),
            }
        except (SyncdError, OSError) as error:
            return {"database": {"reachable": False, "kind": kind, "reason": str(error)}} | empty

    def _failed(self, store: Store) -> Iterator[Run]:
        """Give the runs that failed lately, wholly or in part, and were not mended since by a requeue."""
        runs = [run for state in _FAILURES for run in store.runs(state=state, limit=_MOST)]
        for run in sorted(runs, key=lambda run: run.id, reverse=True):
            young = run.finished is None or self.now - run.finished <= LATELY
            if young and not any(child.state is RunState.COMPLETED for child in store.children(run.id)):
                yield run

    def _run(self, run: Run) -> dict[str, Any]:
        moment = run.finished or run.received
        return {
            "run": run.id,
            "file": run.title,
            "feed": run.feed,
            "state": run.state.value,
            "received": run.received.isoformat(timespec="seconds"),
            "finished": run.finished.isoformat(timespec="seconds") if run.finished else None,
            "age": max(0, int((self.now - moment).total_seconds())),
        }

    def _place(self) -> tuple[str, Path | None]:
        url = self.settings.store.url_for(self.home)
        kind, _, path = url.partition(":///")
        return (kind, Path(path)) if kind == "sqlite" else (kind.partition(":")[0], None)

    def _drop(self) -> dict[str, Any]:
        """Return how many files stand in sync/ and its drop boxes, and for how many seconds the oldest has been there.

        Those that wait for an earlier one of their name belong to them; those that wait for the time of their feed are
        counted apart.
        """
        where = self.home.state, self.settings, self.now
        waits = Schedules(*where).admit(Asked(by_hand=False, first=PullTimes(*where).pending())).waits
        try:
            found = [look for folder in self._folders().values() for look in scan(folder).files.values()]
            found += [look for box in standing(self.home, self.settings).values() for look in in_line(box)]
        except OSError as error:
            return {"usable": False, "reason": error.strerror or str(error), "files": 0, "waiting": 0, "oldest": None}
        looks = [look for look in found if not waits(look.name)]
        ages = map(self._age, looks)
        usable = os.access(self.home.sync, os.R_OK | os.W_OK | os.X_OK)
        waiting = len(found) - len(looks)
        return {"usable": usable, "files": len(looks), "waiting": waiting, "oldest": max(ages, default=None)}

    def _unfinished_uploads(self) -> list[dict[str, Any]]:
        """Return the uploads in sync/ and its drop boxes that broke off or have an unfinished name, oldest first."""
        try:
            found = [(f + look.name, look) for f, folder in self._folders().items() for look in scan(folder).unfinished]
            boxes = standing(self.home, self.settings)
            found += [(f"{name}/{look.name}", look) for name, box in boxes.items() for look in in_parts(box)]
        except OSError:
            return []
        oldest_first = sorted(found, key=lambda each: each[1].touched)[:_MOST]
        return [{"file": name, "age": self._age(look)} for name, look in oldest_first]

    def _age(self, look: Look) -> int:
        """Return for how many seconds a file has been there unchanged, whatever time of change its sender gave it."""
        return max(0, int(self.now.timestamp() - look.touched / 1e9))

    def _locks(self) -> Iterator[dict[str, Any]]:
        stale_after = self.settings.drop.stale_after.total_seconds()
        for front, folder in self._folders().items():
            for name in (SENDER_LOCK, LOCK):
                try:
                    age = max(0, int(self.now.timestamp() - (folder / name).lstat().st_mtime))
                except OSError:
                    continue
                yield {"lock": front + name, "age": age, "stale": age > stale_after}

    def _folders(self) -> dict[str, Path]:
        """Return sync/ and its drop boxes, each by what stands before the names of its files."""
        return {"": self.home.sync} | {f"{name}/": box for name, box in standing(self.home, self.settings).items()}

    def _disk(self) -> dict[str, Any]:
        """Return bytes and percent that are free where the home is."""
        room = shutil.disk_usage(self.home.path)
        return {"free": room.free, "free_percent": round(100 * room.free / room.total, 1) if room.total else 0.0}
