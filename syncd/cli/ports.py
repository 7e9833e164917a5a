"""What the command line needs of `app`: the shape that the real one has and a test's stand-in takes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Protocol, Self

from syncd.core.audit import Entry
from syncd.core.runs import Lineage, Run, RunState, Trigger

Progress = Callable[[str, int, int], None]
"""Told of every step: its name, how much is done, and of how much; 0 of 0 where that is not known."""


class Report(Protocol):
    """A run with all that is to be said of it."""

    @property
    def run(self) -> Run:
        """The run."""

    def text(self) -> str:
        """Return the report for people."""

    def as_json(self) -> Mapping[str, Any]:
        """Return the report as the contract has it."""


class Pass(Protocol):
    """What one look into sync/ came to."""

    @property
    def reports(self) -> Sequence[Report]:
        """One for each file that was taken."""

    @property
    def blocked(self) -> str:
        """Why nothing was taken; "" where nothing stood in the way."""

    @property
    def left(self) -> Sequence[tuple[str, str]]:
        """Files that stay, each with the reason."""

    @property
    def alarms(self) -> Sequence[str]:
        """Sentences that somebody must read."""

    @property
    def stuck(self) -> Sequence[str]:
        """Why runs could not go on; they are tried again."""


class Deliveries(Protocol):
    """The part of `app` that works files."""

    def sync(self, trigger: Trigger = ..., progress: Progress | None = ..., feed: str = ...) -> Pass:
        """Take what is in sync/, or only the files of one feed, and work it."""

    def sync_files(
        self, files: list[Path], told: Any, *, dry_run: bool, progress: Progress | None = ...
    ) -> Sequence[Report]:
        """Work these files as one delivery."""

    def check(self, files: list[Path], told: Any, progress: Progress | None = ...) -> Sequence[Report]:
        """Read and check these files without a roster."""

    def requeue(self, ref: str, by: str) -> Sequence[Report]:
        """Make a new run from a tryback or an old run, and work it."""

    def recover(self) -> None:
        """Finish what a crash or a stop left half done."""


class History(Protocol):
    """The part of `app` that knows the runs."""

    def runs(self, state: RunState | None = ..., limit: int = ...) -> Sequence[Run]:
        """Return runs, the newest first."""

    def run(self, id: int) -> Report | None:
        """Return one run."""

    def approve(self, id: int, by: str, reason: str) -> Report:
        """Let a held run go on."""

    def reject(self, id: int, by: str, reason: str) -> Report:
        """End a held run."""

    def undo(self, id: int, by: str, reason: str, show: Callable[[Any], None]) -> Report:
        """Take back what a run did; `show` is told first what will be done."""

    def plan_undo(self, id: int, by: str, reason: str) -> Report:
        """Return what an undo would do."""

    def lineages(self, runs: Sequence[Run]) -> Mapping[int, Lineage]:
        """Return what became of each of these runs, by its id."""

    def audit(self, run: int | None = ..., limit: int | None = ...) -> Sequence[Entry]:
        """Return who did what, the newest first."""


class Application(Deliveries, History, Protocol):
    """An open home. A context manager: leaving it closes everything."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close everything."""

    @property
    def settings(self) -> Any:
        """The settings in force; their type is heavy to load."""

    @property
    def mailing(self) -> Any:
        """The mail of the home; its type is heavy to load."""

    @property
    def undelivered(self) -> Any:
        """The letters that wait or were set aside; their type is heavy to load."""

    def records(self, kind: str, *, deleted: bool) -> Iterator[Mapping[str, Any]]:
        """Return the records of a kind, as the contract has them."""

    def record(self, kind: str, key: str) -> Sequence[Mapping[str, Any]]:
        """Return the records that a person could mean by this key."""

    def why(self, kind: str, key: str) -> Sequence[Mapping[str, Any]]:
        """Return every row, change and run behind the records that a person could mean by this key."""

    def reload(self) -> None:
        """Read the settings anew."""

    def prune(self, *, dry_run: bool) -> Any:
        """Remove what has been kept long enough."""

    def backup(self, file: Path, *, bulky: bool) -> Any:
        """Copy the home into one new file."""

    @property
    def reception(self) -> Any:
        """The SFTP server of the home; its type is heavy to load."""

    @property
    def fetching(self) -> Any:
        """The pulls of the home; their type is heavy to load."""

    def as_daemon(self, wake: Event | None = ...) -> AbstractContextManager[None]:
        """Give the context in which this process is the daemon of the home."""

    def status(self) -> Mapping[str, Any]:
        """Return how things stand: locks, feeds, held runs, the last run, population, targets."""
