"""The audit: who did what, when and by which way, in entries that are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncd.core.runs import Trigger


class Deed(StrEnum):
    """What is written down."""

    INIT = "init"
    SYNC = "sync"
    REQUEUE = "requeue"
    APPROVE = "approve"
    REJECT = "reject"
    UNDO = "undo"
    RELOAD = "reload"
    LOCK_TAKEN_OVER = "lock taken over"
    LOGIN = "login"
    LOGIN_REFUSED = "login refused"
    UPLOAD = "upload"
    UPLOAD_BROKEN_OFF = "upload broken off"
    UPLOAD_REFUSED = "upload refused"
    PARTIAL_REMOVED = "partial upload removed"
    READ = "read"
    RENAME = "rename"
    REMOVE = "remove"
    FETCH = "fetch"
    MAIL_RETRY = "mail retry"
    MAIL_DROP = "mail drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry.

    at: with its time zone. who: the name that was given, else the account. account: the account of the
    operating system under which it was done. how: cli, daemon, sftp, upload. run: None where it is about none.
    """

    at: datetime
    what: Deed
    who: str
    account: str
    how: str
    run: int | None = None
    file: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry for scripts."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "who": self.who,
            "account": self.account,
            "how": self.how,
            "what": self.what.value,
            "run": self.run,
            "file": self.file,
            "detail": self.detail,
        }


_WAYS = {Trigger.WATCH: "daemon", Trigger.SCHEDULE: "daemon", Trigger.REQUEUE: "cli"}


def way_of(trigger: Trigger) -> str:
    """Return by which way a delivery came: the daemon takes what is dropped, all else comes by its own way."""
    return _WAYS.get(trigger, trigger.value)
