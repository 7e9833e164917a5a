"""Processes of this machine: who we are, and whether the process named in a lock still lives."""

import os
from datetime import datetime
from pathlib import Path

from syncd.core.handshake import Owner

_PROC = Path("/proc")
_GONE = frozenset({"Z", "X"})


def this_process(host: str, now: datetime) -> Owner:
    """Return this process as the owner of a lock taken now."""
    pid = os.getpid()
    _, started = _status(pid)
    return Owner(pid=pid, host=host, boot=boot_id(), started=started, since=now)


def boot_id() -> str:
    """Return what the kernel calls this boot of the machine; "" where it does not say."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def lives(owner: Owner) -> bool:
    """Tell whether the owner, a process of this machine, still runs.

    Its number alone does not say so: after a restart of the machine, or after many
    processes, another one has it. In doubt it lives.
    """
    boot = boot_id()
    if owner.boot and boot and owner.boot != boot:
        return False
    if not _exists(owner.pid):
        return False
    state, started = _status(owner.pid)
    if state in _GONE:
        return False
    return not owner.started or not started or owner.started == started


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _status(pid: int) -> tuple[str, int]:
    """Return state and start (clock ticks since boot) of a process, fields 3 and 22 of its `stat`; else "" and 0."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        fields = text.rpartition(")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return "", 0
