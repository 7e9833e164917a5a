"""A stand-in for `app`, so that commands are tried without disk, database or clock."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import pytest
from typer.testing import CliRunner, Result

from syncd.cli.main import tree
from syncd.core.kinds import Kind
from syncd.core.run_json import run_as_json
from syncd.core.runs import Lineage, RowCounts, Run, RunState, Trigger


@dataclass
class FakeReport:
    run: Run

    def text(self) -> str:
        return f"Report of {self.run.file}\n"

    def as_json(self) -> dict[str, Any]:
        return run_as_json(self.run)


@dataclass
class FakePass:
    reports: list[FakeReport] = field(default_factory=list)
    blocked: str = ""
    left: list[tuple[str, str]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


@dataclass
class Told:
    dialect: str
    object: str
    operation: str
    data_source: str
    options: dict[str, str]
    by: str


@dataclass
class FakeApp:
    """Answers with what a test put in, and keeps what it was asked."""

    asked: dict[str, Any] = field(default_factory=dict)
    answer: Any = None
    error: BaseException | None = None
    closed: bool = False
    lineage: Lineage | None = None

    @property
    def reception(self) -> Any:
        return SimpleNamespace(
            greeting=lambda: ["SFTP is served"],
            fingerprints=lambda: {"ssh-ed25519": "SHA256:abc", "ecdsa-sha2-nistp256": "SHA256:def"},
        )

    @property
    def fetching(self) -> Any:
        def by_hand(name: str, heard: Any, show: Any) -> None:
            for each in self._answer(name=name, show=show):
                heard(each)

        return SimpleNamespace(by_hand=by_hand)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closed = True

    def _answer(self, **asked: Any) -> Any:
        self.asked |= asked
        if self.error:
            raise self.error
        return self.answer

    def sync(self, trigger: Trigger = Trigger.CLI, progress: Any = None, feed: str = "") -> Any:
        return self._answer(trigger=trigger, progress=progress, feed=feed)

    def sync_files(self, files: list[Path], told: Told, *, dry_run: bool, progress: Any = None) -> Any:
        return self._answer(files=files, told=told, dry_run=dry_run, progress=progress)

    def check(self, files: list[Path], told: Told, progress: Any = None) -> Any:
        return self._answer(files=files, told=told, progress=progress)

    def requeue(self, ref: str, by: str) -> Any:
        return self._answer(ref=ref, by=by)

    def runs(self, state: RunState | None = None, limit: int = 50) -> Any:
        return self._answer(state=state, limit=limit)

    def run(self, id: int) -> Any:
        return self._answer(id=id)

    def approve(self, id: int, by: str, reason: str) -> Any:
        return self._answer(decision="approve", id=id, by=by, reason=reason)

    def reject(self, id: int, by: str, reason: str) -> Any:
        return self._answer(decision="reject", id=id, by=by, reason=reason)

    def lineages(self, runs: Any) -> Any:
        return {run.id: self.lineage or Lineage(open=run.unmended) for run in runs}

    def undo(self, id: int, by: str, reason: str, show: Any) -> Any:
        report = self._answer(undone=id, by=by, reason=reason)
        show(report)
        return report

    def plan_undo(self, id: int, by: str, reason: str) -> Any:
        return self._answer(planned=id, by=by, reason=reason)

    def audit(self, run: int | None = None, limit: int | None = None) -> Any:
        return self._answer(run=run, limit=limit)

    def why(self, kind: Kind, key: str) -> Any:
        return self._answer(kind=kind, key=key)

    def records(self, kind: Kind, *, deleted: bool) -> Iterator[dict[str, Any]]:
        return iter(self._answer(kind=kind, deleted=deleted))

    def record(self, kind: Kind, key: str) -> Any:
        return self._answer(kind=kind, key=key)

    def prune(self, *, dry_run: bool) -> Any:
        return self._answer(dry_run=dry_run)

    def backup(self, file: Path, *, bulky: bool) -> Any:
        return self._answer(file=file, bulky=bulky)

    def status(self) -> Any:
        return self._answer(status=True)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FakeApp:
    """The stand-in, in the place of the real `app`."""
    fake = FakeApp()

    class App:
        @staticmethod
        def open(home: Path) -> FakeApp:
            fake.asked["home"] = home
            return fake

        @staticmethod
        def init(home: Path) -> list[Path]:
            made: list[Path] = fake._answer(home=home)
            return made

    module = ModuleType("syncd.app")
    module.App = App  # type: ignore[attr-defined]
    module.Told = Told  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "syncd.app", module)
    return fake


@pytest.fixture
def syncd(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command line as a person would, and return what came out."""
    monkeypatch.delenv("SYNCD_HOME", raising=False)
    runner, commands = CliRunner(), tree()
    return lambda *words, **environment: runner.invoke(commands, list(words), env=environment, prog_name="syncd")


@pytest.fixture
def report() -> Callable[..., FakeReport]:
    """Make a report of a run."""

    def make(**changes: Any) -> FakeReport:
        values = {
            "id": 12,
            "work": "w",
            "file": "userimport.csv",
            "trigger": Trigger.CLI,
            "received": datetime(2026, 11, 21, 17, 30, 5, tzinfo=UTC),
            "state": RunState.COMPLETED,
            "rows": RowCounts(applied=3),
        }
        return FakeReport(Run(**(values | changes)))

    return make


@pytest.fixture
def one_pass() -> Callable[..., FakePass]:
    """Make the outcome of one look into sync/."""
    return FakePass
