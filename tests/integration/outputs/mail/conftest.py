"""An outbox, a clock by hand, and letters in it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.runs import RowCounts, Run, RunState, Trigger
from syncd.outputs.mail.digest import Digest
from syncd.outputs.mail.letters import Audience, Letters, StatusPolicy
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.outbox import Outbox, Waiting

BEGUN = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


@dataclass
class Desk:
    """Where letters are written; `audience` and `now` are changed by the test."""

    home: Path
    audience: Audience | None = None
    now: datetime = BEGUN
    to: tuple[str, ...] = ("it@school.example",)
    count: int = field(default=0)

    @property
    def outbox(self) -> Outbox:
        """Return the outbox as a newly started process sees it."""
        return Outbox(self.home / "state" / "outbox")

    @property
    def letters(self) -> Letters:
        paper = Stationery(sender="syncd@school.example", site="Northfield", home=str(self.home), host="web01")
        digest = Digest(self.home / "state" / "outbox" / "digest")
        return Letters(self.outbox, digest, paper, lambda _: self.audience, lambda: self.now)

    def hears(self, status: str = "always", **changes) -> Audience:
        values = {"to": self.to, "attach_report": False, "attach_tryback": False, "most": 1000}
        self.audience = Audience(**(values | {"status": StatusPolicy(status)} | changes))
        return self.audience

    def put(self, key: str, *to: str, at: datetime | None = None) -> Outbox:
        """Put a small letter into the outbox, each a second younger than the one before."""
        self.count += 1
        at = at or BEGUN + timedelta(seconds=self.count)
        box = self.outbox
        box.put(key, Waiting(name="", subject=key, to=to or self.to, at=at), f"Subject: {key}\r\n\r\nx\r\n".encode())
        return box

    def run(self, **changes) -> Run:
        values = {
            "id": 12,
            "work": "w12",
            "file": "userimport.csv",
            "trigger": Trigger.WATCH,
            "received": BEGUN,
            "state": RunState.COMPLETED,
            "object": "users",
            "dialect": "moodle",
            "rows": RowCounts(applied=3),
            "started": BEGUN,
            "finished": BEGUN,
            "report": "reports/r.txt",
        }
        return Run(**(values | changes))

    def subjects(self) -> list[str]:
        return [waiting.subject.partition("] ")[2] or waiting.subject for waiting in self.outbox.waiting()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a desk in a home of its own."""
    return Desk(tmp_path)


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give what lets the n-th call of these functions, each an owner and a name, be the last of the process."""
    count = itertools.count(1)

    def around(step: int, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(count) == step:
                raise KeyboardInterrupt
            return real(*arguments, **named)

        return call

    def prepare(step: int, *functions: tuple[Any, str]) -> None:
        for owner, name in functions:
            monkeypatch.setattr(owner, name, around(step, getattr(owner, name)))

    return prepare
