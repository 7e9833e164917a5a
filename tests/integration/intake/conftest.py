"""A drop folder to play with: clocks by hand, sleep that only counts."""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.runs import Trigger
from syncd.intake.drop import Claim, DropFolder, DropSettings

HOST = "here"


@dataclass
class Place:
    """A home in a temporary folder; `now` and `ticks` are moved by the test."""

    root: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    ticks: float = 0.0
    slept: list[float] = field(default_factory=list)
    while_asleep: Callable[[], object] = lambda: None

    @property
    def sync(self) -> Path:
        return self.root / "sync"

    @property
    def work(self) -> Path:
        return self.root / "state" / "work"

    def folder(self, **settings) -> DropFolder:
        """Return the drop folder as a newly started process sees it."""
        chosen = {"sync": self.sync, "work": self.work, "quiet": 1.0, "host": HOST} | settings
        return DropFolder(DropSettings(**chosen), lambda: self.now, self.sleep, lambda: self.ticks)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()

    def claim(self, **settings) -> Claim:
        return self.folder(**settings).claim(Trigger.CLI, "tester")

    def drop(self, name: str | bytes, contents: bytes = b"x", age: float = 60.0) -> Path:
        """Drop a file that was last written `age` seconds ago by the clock of this place."""
        path = self.sync / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        return self.age(path, age)

    def age(self, path: Path, age: float) -> Path:
        written = self.now.timestamp() - age
        os.utime(path, (written, written), follow_symlinks=False)
        return path

    def pass_time(self, **span: float) -> None:
        """Let both clocks go on."""
        self.now += timedelta(**span)
        self.ticks += timedelta(**span).total_seconds()

    def standing(self) -> list[str]:
        return sorted(path.name for path in self.sync.iterdir())

    def rooms(self) -> list[str]:
        return sorted(path.name for path in self.work.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "sync").mkdir()
    return Place(root=tmp_path)


@pytest.fixture
def forked() -> Callable[[Callable[[], object]], int]:
    """Run something in a forked process and return its exit code (0, or 1 where it raised)."""

    def run(work: Callable[[], object]) -> int:
        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join(60)
        assert child.exitcode is not None
        return child.exitcode

    return run
