"""How things stand: what a person or a monitor asks first."""

import time
from typing import Any

from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.runs import RunState
from syncd.store.store import Store

_LOCKS = ("alock.txt", "lock.txt")


def status_of(home: Home, settings: Settings, store: Store) -> dict[str, Any]:
    """Return locks with their age in seconds, held runs, the last run, what waits, and how much the roster holds."""
    last = store.runs(limit=1)
    held = store.runs(state=RunState.HELD)
    return {
        "home": str(home.path),
        "locks": list(_locks(home, settings.drop.stale_after.total_seconds())),
        "held": [
            {"run": run.id, "file": run.file, "breaches": [str(breach) for breach in run.breaches]} for run in held
        ],
        "unfinished": [{"run": run.id, "file": run.file, "state": run.state.value} for run in store.unfinished()],
        "last_run": {
            "run": last[0].id,
            "file": last[0].file,
            "state": last[0].state.value,
            "finished": last[0].finished.isoformat(timespec="seconds") if last[0].finished else None,
        }
        if last
        else {},
        "roster": {kind.value: count for kind, count in store.population().items()},
        "targets": {},
    }


def _locks(home: Home, stale_after: float) -> list[dict[str, Any]]:
    found = []
    for name in _LOCKS:
        path = home.sync / name
        if path.exists():
            age = max(0, int(time.time() - path.stat().st_mtime))
            found.append({"lock": name, "age": age, "stale": age > stale_after})
    return found
