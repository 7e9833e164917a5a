"""A run: a batch of files on its way through the pipeline, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import accumulate
from typing import Any

from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts


class RunState(StrEnum):
    """Where a run stands. The journal moves it forward only, except that a held run may be planned again."""

    RECEIVED = "received"
    PLANNED = "planned"
    HELD = "held"
    APPLYING = "applying"
    PUSHING = "pushing"
    COMPLETED = "completed"
    COMPLETED_WITH_FAILURES = "completed_with_failures"
    FAILED = "failed"
    REJECTED = "rejected"
    ABORTED = "aborted"
    UNDONE = "undone"

    @property
    def is_final(self) -> bool:
        """True where nothing more happens by itself."""
        return self in _FINAL


_FINAL = frozenset(
    {
        RunState.COMPLETED,
        RunState.COMPLETED_WITH_FAILURES,
        RunState.FAILED,
        RunState.REJECTED,
        RunState.ABORTED,
        RunState.UNDONE,
    }
)


class Outcome(StrEnum):
    """What became of a row. Every row has exactly one."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    PARTIAL = "partial"
    FAILED = "failed"


UNDO = "undo"
"""The operation of a run that takes back what another one did; it has no file."""


class Trigger(StrEnum):
    """What set a delivery off."""

    WATCH = "watch"
    SCHEDULE = "schedule"
    SFTP = "sftp"
    UPLOAD = "upload"
    CLI = "cli"
    REQUEUE = "requeue"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """Rows of a file by outcome; the five add up to `total`."""

    applied: int = 0
    unchanged: int = 0
    skipped: int = 0
    partial: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """Data rows of the file as a person counts them."""
        return self.applied + self.unchanged + self.skipped + self.partial + self.failed

    @property
    def to_mend(self) -> int:
        """Rows that go to the tryback."""
        return self.partial + self.failed

    def __add__(self, other: "RowCounts") -> "RowCounts":
        """Return the rows of both, by outcome."""
        return RowCounts(**{each.value: getattr(self, each.value) + getattr(other, each.value) for each in Outcome})

    def undone(self) -> "RowCounts":
        """Return the rows where nothing was carried out: what would have had an effect is skipped."""
        return RowCounts(
            unchanged=self.unchanged, skipped=self.applied + self.skipped + self.partial, failed=self.failed
        )

    def as_json(self) -> dict[str, int]:
        """Return the counts as the contract writes them, total first."""
        return {"total": self.total} | {outcome.value: getattr(self, outcome.value) for outcome in Outcome}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """One file of a run; see `Run` for what the fields mean."""

    work: str
    file: str
    object: str = ""
    sha256: str = ""
    size: int = 0
    fingerprint: str = ""
    rows: RowCounts = field(default_factory=RowCounts)
    tryback: str = ""
    archive: str = ""
    holds_secrets: bool = False

    def outcomes(self, state: RunState) -> RowCounts:
        """Return the rows by what became of them in a run of this state: while it is held, nothing did."""
        return self.rows.undone() if state is RunState.HELD else self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A batch of 1..n files through the pipeline: what is stored of it, and what reports show.

    parts: the files of a batch of several, in the order in which they are planned. It is empty where the run has one
        file: then the run itself says everything of it. Of several files `work`, `file` and `archive` are those of the
        first, `tryback` is the first that there is, `rows` and `size` are sums, and `sha256` and `fingerprint` are made
        of those of all parts. Rows are numbered through, and each file has a row 0, which is the file as a
        whole; see `place`.
    work: name of the folder in `state/runs/` that holds the file, the plan and what else the run
        needs until it is over. stamp: the local time in its artefacts' names. roster_seq: the
        last change that the plan had seen. fingerprint: how the file was read (dialect, header, options,
        rules). from_feed: what its feed declared and nobody told: names of fields, and `options.` with names of
        options. settled_seq: the last change when every row of the file stood; None where some did
        not. report, tryback, archive: paths below the home. forgotten: its plan and findings were
        removed when they had been kept long enough.
    """

    id: int = 0
    work: str
    file: str
    trigger: Trigger
    received: datetime
    state: RunState = RunState.RECEIVED
    parent: int | None = None
    by: str = ""
    reason: str = ""
    decided_by: str = ""
    feed: str = ""
    from_feed: tuple[str, ...] = ()
    dialect: str = ""
    object: str = ""
    operation: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    data_source: str = ""
    sha256: str = ""
    size: int = 0
    started: datetime | None = None
    finished: datetime | None = None
    stamp: str = ""
    roster_seq: int = 0
    fingerprint: str = ""
    settled_seq: int | None = None
    plan_digest: str = ""
    rows: RowCounts = field(default_factory=RowCounts)
    before: Mapping[Kind, int] = field(default_factory=dict)
    after: Mapping[Kind, int] = field(default_factory=dict)
    changes: Mapping[Kind, ChangeCounts] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()
    report: str = ""
    tryback: str = ""
    archive: str = ""
    holds_secrets: bool = False
    forgotten: bool = False
    parts: tuple[RunFile, ...] = ()

    @property
    def files(self) -> tuple[RunFile, ...]:
        """Every file of the run, at least one."""
        return self.parts or (RunFile(**{name: getattr(self, name) for name in RunFile.__slots__}),)

    def with_files(self, files: Sequence[RunFile]) -> "Run":
        """Return the run with these files: one or several."""
        first, *others = files
        facts = {name: getattr(first, name) for name in RunFile.__slots__}
        if others:
            objects = dict.fromkeys(each.object for each in files)
            facts |= {
                "object": ", ".join(filter(None, objects)),
                "sha256": _together([each.sha256 for each in files]),
                "size": sum(each.size for each in files),
                "fingerprint": _together([each.fingerprint for each in files]),
                "rows": sum((each.rows for each in files), RowCounts()),
                "tryback": next((each.tryback for each in files if each.tryback), ""),
                "holds_secrets": any(each.holds_secrets for each in files),
            }
        return replace(self, **facts, parts=tuple(files) if others else ())

    def with_each(self, **facts: Any) -> "Run":
        """Return the run with the same facts for each of its files."""
        return self.with_files([replace(each, **facts) for each in self.files])

    def alone(self, file: RunFile) -> "Run":
        """Return the run as if it had but this file."""
        return self.with_files([file]) if self.parts else self

    @property
    def trybacks(self) -> tuple[str, ...]:
        """The trybacks that its files leave."""
        return tuple(file.tryback for file in self.files if file.tryback)

    def of_tryback(self, tryback: str) -> RunFile | None:
        """Return the file whose tryback this is; None where it is of no file of the run."""
        return next((each for each in self.files if each.tryback == tryback), None)

    def place(self, row: int) -> tuple[RunFile, int]:
        """Return the file to which a row of the run belongs, and its number there; 0 for the file as a whole."""
        starts = starts_of([each.rows.total for each in self.files])
        nth = max(place for place, start in enumerate(starts) if start <= max(row, 0))
        return self.files[nth], row - starts[nth]

    @property
    def title(self) -> str:
        """What the run is called: the name of its file; of several that of the first, and how many more."""
        return f"{self.file} and {len(self.parts) - 1} more" if self.parts else self.file

    @property
    def outcomes(self) -> RowCounts:
        """The rows by what became of them so far: while the run is held, nothing did."""
        return self.rows.undone() if self.state is RunState.HELD else self.rows

    @property
    def is_undo(self) -> bool:
        """Whether this run takes back what its parent did."""
        return self.operation == UNDO

    @property
    def unmended(self) -> int:
        """Rows that it left to be mended. Of an undone run none is: nothing of it is wanted any more."""
        waits = self.state is RunState.COMPLETED_WITH_FAILURES and not self.is_undo
        return self.rows.to_mend if waits else 0


def starts_of(totals: Sequence[int]) -> list[int]:
    """Return the numbers that row 0 of each file of a run has, given how many rows each of them has."""
    return list(accumulate((total + 1 for total in totals[:-1]), initial=0))


def _together(hashes: Sequence[str]) -> str:
    """Return one hash for several, "" where one of them is not known yet."""
    return sha256("\n".join(hashes).encode()).hexdigest() if all(hashes) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The runs that were made from a run, oldest first, and how many of its rows to mend none of them has closed."""

    children: tuple[Run, ...] = ()
    open: int = 0
