"""Signs of life: what the daemon and the last pass write down, so that others can tell how they stand."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

import syncd
from syncd.app.deliveries import Pass
from syncd.core.handshake import parse, render
from syncd.core.runs import Trigger
from syncd.disk import documents
from syncd.intake.process import lives, this_process

_SHOWN = 20
"""Sentences on runs that could not go on that are kept of one pass."""


class Pulse:
    """The two small files in the folder `state/` of a home. A disk that refuses them stops nothing."""

    def __init__(self, state: Path) -> None:
        self._daemon, self._pass = state / "daemon.json", state / "pass.json"

    @contextmanager
    def beating(self, now: datetime) -> Iterator[None]:
        """Say that this process is the daemon while the block lasts, and at its end that it ended in order.

        Two daemons on one home take turns and do no harm, but nobody means it: the second says so.
        """
        other = self.daemon()
        if other["state"] == "running":
            structlog.get_logger(__name__).warning("another daemon works on this home", process=other["pid"])
        host = socket.gethostname()
        document = json.loads(render(this_process(host, now))) | {"version": syncd.__version__, "ended": False}
        self._write(self._daemon, document)
        try:
            yield
        finally:
            if documents.read(self._daemon) == document:
                self._write(self._daemon, document | {"ended": True})

    def passed(self, done: Pass, trigger: Trigger, now: datetime) -> None:
        """Write down what a pass came to."""
        document = {
            "at": now.isoformat(timespec="seconds"),
            "trigger": trigger.value,
            "runs": [report.run.id for report in done.reports],
            "left": len(done.left),
            "blocked": done.blocked,
            "stuck": list(done.stuck[:_SHOWN]),
        }
        self._write(self._pass, document)

    def daemon(self) -> dict[str, Any]:
        """Return how the daemon stands: running, stopped (in order), died, never; with pid, since and version."""
        document = documents.read(self._daemon)
        owner = parse(json.dumps(document))
        if owner is None:
            return {"state": "never"}
        known = {
            "pid": owner.pid,
            "host": owner.host,
            "since": owner.since.isoformat(timespec="seconds"),
            "version": str(document.get("version", "")),
        }
        if document.get("ended"):
            return {"state": "stopped"} | known
        if owner.host != socket.gethostname():
            return {"state": "elsewhere"} | known
        return {"state": "running" if lives(owner) else "died"} | known

    def last_pass(self) -> dict[str, Any]:
        """Return what the last pass came to; empty where there was none."""
        document = documents.read(self._pass)
        try:
            datetime.fromisoformat(document["at"])
            return {name: document[name] for name in ("at", "trigger", "runs", "left", "blocked", "stuck")}
        except (TypeError, KeyError, ValueError):
            return {}

    def _write(self, path: Path, document: dict[str, Any]) -> None:
        with suppress(OSError):
            documents.replace(path, document, durably=False)
