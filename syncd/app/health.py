"""The verdict on a home: what of its status somebody should look at, and the exit code that says so.

Codes: 3 a run is held; 5 a lock in sync/ is stale; 1 something failed lately, waits too long or is about
to fail; 0 well. The first in this order that applies. A lock that is fresh is part of the work.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.core.handshake import span
from syncd.core.naming import shown

WELL, TROUBLE, HELD, LOCKED = 0, 1, 3, 5

LATE = 3600
"""Seconds after which a file in sync/ or a run that is not over waits too long."""

LITTLE = 256 << 20
"""Bytes that should be free on the disk: a large delivery, its plan, and the log of the database."""

_LOCK_ALARMS = ("sender-lock-stale", "lock-stale")

ASIDE = "letters-set-aside"
"""The incident of letters that were set aside."""

_MISSED = 10
"""Rescans after which a daemon that did not look counts as stuck."""

Status = Mapping[str, Any]


def verdict(status: Status, rescan: float) -> dict[str, Any]:
    """Return the exit code and a sentence for each problem, worst first.

    rescan: seconds after which a daemon looks although nothing woke it.
    """
    held, locked = list(_held(status)), list(_locked(status))
    alarmed = _alarmed(status, locked=bool(locked))
    troubles = [*_broken(status), *alarmed, *_daemon(status, rescan), *_waiting(status), *_failed(status)]
    code = HELD if held else LOCKED if locked else TROUBLE if troubles else WELL
    return {"code": code, "problems": [*held, *locked, *troubles]}


def _held(status: Status) -> Iterator[str]:
    for run in status["held"]:
        yield f"run {run['run']}, {shown(run['file'])}, is held for approval: syncd runs show {run['run']}"


def _locked(status: Status) -> Iterator[str]:
    for lock in status["locks"]:
        if lock["stale"]:
            whose = "the sender" if lock["lock"].endswith("alock.txt") else "syncd"
            yield f"{lock['lock']} has been in sync/ for {span(lock['age'])}; see whether {whose} still works"


def _broken(status: Status) -> Iterator[str]:
    database, drop, disk = status["database"], status["drop"], status["disk"]
    if not database["reachable"]:
        yield f"the database cannot be used: {database['reason']}"
    if not drop["usable"]:
        yield f"sync/ cannot be used: {drop.get('reason', 'syncd may not read and write there')}"
    if disk["free"] < LITTLE:
        yield f"only {disk['free'] >> 20} MB are free on the disk"
    mail = status["mail"]
    if mail["waiting"] and mail["age"] > LATE:
        reason = mail["error"] or "nobody has tried to send them: syncd sync, or the daemon, does"
        yield f"letters wait ({mail['waiting']}), the oldest for {span(mail['age'])}: {reason}"
    if mail["set_aside"]:
        yield f"letters were set aside undelivered ({mail['set_aside']}); see syncd mail list: {mail['refusal']}"


def _alarmed(status: Status, *, locked: bool) -> Iterator[str]:
    """Give what was told to people as an alarm and lasts, but for what is said here anyway."""
    said = {*(_LOCK_ALARMS if locked else ()), *(("runs-stuck",) if status["last_pass"].get("stuck") else ())}
    said |= {ASIDE} if status["mail"]["set_aside"] else set()
    for alarm in status["alarms"]:
        if alarm["alarm"] not in said:
            yield f"{shown(alarm['sentence'])} (since {alarm['since']})"


def _daemon(status: Status, rescan: float) -> Iterator[str]:
    daemon, last = status["daemon"], status["last_pass"]
    if daemon["state"] == "died":
        yield f"the daemon (process {daemon['pid']}) died: see its log, and start it again"
    patience = max(LATE, _MISSED * rescan)
    if daemon["state"] == "running" and last and last["age"] > patience and not status["unfinished"]:
        yield f"the daemon has not looked into sync/ for {span(last['age'])}"


def _waiting(status: Status) -> Iterator[str]:
    for sentence in status["last_pass"].get("stuck", ()):
        yield f"could not go on: {shown(sentence)}"
    for run in status["unfinished"]:
        if run["age"] > LATE:
            yield f"run {run['run']}, {shown(run['file'])}, is not over for {span(run['age'])}"
    drop = status["drop"]
    if drop["oldest"] is not None and drop["oldest"] > LATE:
        yield f"{drop['files']} files wait in sync/, the oldest for {span(drop['oldest'])}"
    late = [upload for upload in status.get("unfinished_uploads", ()) if upload["age"] > LATE]
    if late:
        yield (
            f"unfinished uploads are never taken ({len(late)}), the oldest, {shown(late[0]['file'])}, has been in "
            f"sync/ for {span(late[0]['age'])}; see whether its sender died, and rename or remove it"
        )


def _failed(status: Status) -> Iterator[str]:
    for run in status["failed"]:
        what = f"{run['to_mend']} row{'s' if run['to_mend'] > 1 else ''} to mend" if run["to_mend"] else "failed"
        yield f"run {run['run']}, {shown(run['file'])}: {what}: syncd runs show {run['run']}"
