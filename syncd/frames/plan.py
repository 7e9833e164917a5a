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
from syncd.frames.findings import gather, none
from syncd.frames.lines import no_jumps

Spans = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def no_spans() -> Spans:
    """Return spans of no rows."""
    return np.empty(0, np.int64), np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do.

    actions: what only learning platforms can do (frame of `frames.actions.SCHEMA`). spans: offsets in the
    file of the rows that go to the tryback. memory: the rows that will stand once the plan is
    applied, None where they are not to be remembered; `learned` tells whether it differs
    from what is kept. complete: every row of the file will stand. jumps: on which lines its
    rows stand (frame of `frames.lines`). absent: names that its failed rows would have made (`frames.absent`).
    absences: what a snapshot leaves out, to be weighed; it is not kept with the plan.
    """

    changes: ChangeSet = field(default_factory=ChangeSet)
    actions: pl.DataFrame = field(default_factory=no_actions)
    findings: pl.DataFrame = field(default_factory=none)
    rows: RowCounts = field(default_factory=RowCounts)
    spans: Spans = field(default_factory=no_spans)
    before: Mapping[Kind, int] = field(default_factory=dict)
    memory: RowMemory | None = None
    learned: bool = False
    complete: bool = False
    jumps: pl.DataFrame = field(default_factory=no_jumps)
    absent: pl.DataFrame = field(default_factory=nothing)
    absences: tuple[Absence, ...] = ()

    def with_findings(self, remarks: pl.DataFrame) -> "Plan":
        """Return the plan with further findings before its own."""
        return replace(self, findings=gather([remarks, self.findings]))

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


def count_rows(outcomes: pl.DataFrame, known: int) -> RowCounts:
    """Return the rows of a file by outcome: those that were looked at, and those known to stand."""
    counted = dict(outcomes.get_column("outcome").value_counts().iter_rows())
    counts = {outcome.value: counted.get(outcome.value, 0) for outcome in Outcome}
    counts[Outcome.UNCHANGED.value] += known
    return RowCounts(**counts)
