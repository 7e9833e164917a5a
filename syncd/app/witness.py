"""Entries of the audit, as the application writes them."""

import getpass
from datetime import datetime

from syncd.core.audit import Deed, Entry, way_of
from syncd.core.runs import Run, Trigger

CLI, DAEMON = way_of(Trigger.CLI), way_of(Trigger.WATCH)


def account() -> str:
    """Return the account of the operating system that this process runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def witnessed(what: Deed, at: datetime, *, who: str = "", how: str = CLI, detail: str = "") -> Entry:
    """Return an entry that is about no run."""
    name = account()
    return Entry(at=at, what=what, who=who or name, account=name, how=how, detail=detail)


def begun(run: Run, at: datetime) -> Entry:
    """Return the entry of a run that begins: who brought its file, and what of."""
    name = account()
    what = Deed.UNDO if run.is_undo else Deed.REQUEUE if run.trigger is Trigger.REQUEUE else Deed.SYNC
    origin = "undoes" if run.is_undo else "made from"
    parts = (f"{origin} run {run.parent}" if run.parent else "", run.reason)
    return Entry(
        at=at,
        what=what,
        who=run.by or name,
        account=name,
        how=way_of(run.trigger),
        file=run.title,
        detail=": ".join(filter(None, parts)),
    )


def decided(run: Run, at: datetime, *, approve: bool) -> Entry:
    """Return the entry of a decision about a held run."""
    what = Deed.APPROVE if approve else Deed.REJECT
    name = account()
    return Entry(
        at=at,
        what=what,
        who=run.decided_by or name,
        account=name,
        how=CLI,
        run=run.id,
        file=run.title,
        detail=run.reason,
    )
