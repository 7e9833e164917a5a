"""A run: one file of a delivery on its way through the pipeline, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncd.core.findings import Finding
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

    def undone(self) -> "RowCounts":
        """Return the rows where nothing was carried out: what would have had an effect is skipped."""
        return RowCounts(
            unchanged=self.unchanged, skipped=self.applied + self.skipped + self.partial, failed=self.failed
        )

    def as_json(self) -> dict[str, int]:
        """Return the counts as the contract writes them, total first."""
        return {"total": self.total} | {outcome.value: getattr(self, outcome.value) for outcome in Outcome}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One file through the pipeline: what is stored of it, and what reports show.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The runs that were made from a run, oldest first, and how many of its rows to mend none of them has closed."""

    children: tuple[Run, ...] = ()
    open: int = 0


def run_as_json(
    run: Run, findings: tuple[Finding, ...] | list[Finding] = (), lineage: Lineage | None = None
) -> dict[str, Any]:
    """Return a run as contract JSON (`syncd runs show --json`, `reports/*.json`), findings uncapped.

    lineage: what became of it since; None as long as nothing can have.
    """
    lineage = lineage or Lineage(open=run.unmended)
    return {
        "id": run.id or None,
        "parent": run.parent,
        "children": [child.id for child in lineage.children],
        "state": run.state.value,
        "trigger": run.trigger.value,
        "feed": run.feed,
        "file": run.file,
        "sha256": run.sha256,
        "dialect": run.dialect,
        "object": run.object,
        "operation": run.operation,
        "data_source": run.data_source,
        "started": run.started.isoformat(timespec="seconds") if run.started else None,
        "finished": run.finished.isoformat(timespec="seconds") if run.finished else None,
        "by": run.by,
        "decided_by": run.decided_by,
        "reason": run.reason,
        "rows": run.outcomes.as_json(),
        "open": lineage.open,
        "before": {kind.value: count for kind, count in run.before.items()},
        "after": {kind.value: count for kind, count in run.after.items()},
        "changes": {kind.value: _changes(counts) for kind, counts in run.changes.items()},
        "breaches": [_breach(breach) for breach in run.breaches],
        "targets": {},
        "findings": [finding_as_json(f) for f in findings],
        "report": run.report or None,
        "tryback": run.tryback or None,
        "archive": run.archive or None,
    }


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as contract JSON."""
    return {
        "row": finding.row,
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
    }


def _changes(counts: ChangeCounts) -> dict[str, int]:
    return {
        "created": counts.created,
        "updated": counts.updated,
        "disabled": counts.disabled,
        "deleted": counts.deleted,
    }


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "kind": breach.kind.value,
        "direction": breach.direction.value,
        "planned": breach.planned,
        "allowed": breach.allowed,
        "population": breach.population,
        "limit": breach.limit,
        "message": str(breach),
    }
