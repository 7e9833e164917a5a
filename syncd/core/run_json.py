"""A run as contract JSON: what `syncd runs show --json` writes, and `reports/*.json`."""

from typing import Any

from syncd.core.findings import Finding
from syncd.core.limits import Breach, ChangeCounts
from syncd.core.runs import Lineage, Run, RunFile, RunState


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
        "files": [_file(each, run.state) for each in run.files],
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
        "findings": [finding_as_json(f, of_several=bool(run.parts)) for f in findings],
        "report": run.report or None,
        "tryback": run.tryback or None,
        "archive": run.archive or None,
    }


def _file(file: RunFile, state: RunState) -> dict[str, Any]:
    return {
        "file": file.file,
        "object": file.object,
        "sha256": file.sha256,
        "rows": file.outcomes(state).as_json(),
        "tryback": file.tryback or None,
        "archive": file.archive or None,
    }


def finding_as_json(finding: Finding, *, of_several: bool = False) -> dict[str, Any]:
    """Return a finding as contract JSON. of_several: its run has several files, so it says which it is about."""
    return ({"file": finding.file} if of_several else {}) | {
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
