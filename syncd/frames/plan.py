"""A plan: everything a run is going to do and to say, ready to be stored, weighed and carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import polars as pl

from syncd.core.absences import Absence
from syncd.core.kinds import Kind
from syncd.core.runs import Outcome, RowCounts
from syncd.frames.absent import nothing
from syncd.frames.actions import no_actions
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory
from syncd.frames.findings import none
from syncd.frames.lines import no_jumps

Spans = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def no_spans() -> Spans:
    """Return spans of no rows."""
    return np.empty(0, np.int64), np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What a plan says of one file of the run.

    spans: offsets in the file of the rows that go to the tryback. memory: the rows that will stand once the plan is
    applied, None where they are not to be remembered; `learned` tells whether it differs from what is kept.
    """

    rows: RowCounts = field(default_factory=RowCounts)
    spans: Spans = field(default_factory=no_spans)
    memory: RowMemory | None = None
    learned: bool = False

    @property
    def to_mend(self) -> bool:
        """Whether any of its rows goes to the tryback."""
        return len(self.spans[0]) > 0

    @property
    def to_keep(self) -> RowMemory | None:
        """The memory that takes the place of the one that is kept; None where that stays."""
        return self.memory if self.learned else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do.

    files: one entry for each file of the run. Elsewhere rows are numbered through (`core.runs.Run`), but for the
    findings, which name file and row. actions: what only learning platforms can do (frame of `frames.actions.SCHEMA`).
    complete: every row of every file will stand. jumps: on which lines the
    rows stand (frame of `frames.lines`). absent: names that failed rows would have made (`frames.absent`).
    absences: what a snapshot leaves out, to be weighed; it is not kept with the plan.
    """

    changes: ChangeSet = field(default_factory=ChangeSet)
    actions: pl.DataFrame = field(default_factory=no_actions)
    findings: pl.DataFrame = field(default_factory=none)
    files: tuple[FilePlan, ...] = (FilePlan(),)
    before: Mapping[Kind, int] = field(default_factory=dict)
    complete: bool = False
    jumps: pl.DataFrame = field(default_factory=no_jumps)
    absent: pl.DataFrame = field(default_factory=nothing)
    absences: tuple[Absence, ...] = ()

    @property
    def rows(self) -> RowCounts:
        """The rows of all files by outcome."""
        return sum((each.rows for each in self.files), RowCounts())

    def with_findings(self, remarks: pl.DataFrame) -> "Plan":
        """Return the plan with further findings before its own."""
        return replace(self, findings=pl.concat([remarks, self.findings]))

    def digest(self) -> str:
        """Return a digest of what the plan changes; two plans that change the same have the same.

        It holds between programs of one version; after an upgrade a stored plan is simply made again.
        """
        digest = sha256()
        for what, frames in (("created", self.changes.created), ("changed", self.changes.changed)):
            for kind, frame in frames.items():
                digest.update(f"{what}\0{kind}\0{frame.columns}\0".encode())
                digest.update(frame.hash_rows(seed=0).to_numpy().tobytes())
        if not self.actions.is_empty():
            digest.update(self.actions.hash_rows(seed=0).to_numpy().tobytes())
        return digest.hexdigest()


def nothing_planned(files: int) -> tuple[FilePlan, ...]:
    """Return what a plan says of so many files where nothing is done with any row."""
    return tuple(FilePlan() for _ in range(files))


def count_rows(outcomes: pl.DataFrame, known: int) -> RowCounts:
    """Return the rows of a file by outcome: those that were looked at, and those known to stand."""
    counted = dict(outcomes.get_column("outcome").value_counts().iter_rows())
    counts = {outcome.value: counted.get(outcome.value, 0) for outcome in Outcome}
    counts[Outcome.UNCHANGED.value] += known
    return RowCounts(**counts)
