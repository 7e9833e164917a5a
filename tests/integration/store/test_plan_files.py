"""Plans kept as files."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from syncd.core.findings import finding
from syncd.core.kinds import Kind
from syncd.core.runs import Run, Trigger
from syncd.frames.changes import ChangeSet
from syncd.frames.findings import from_values
from syncd.frames.plan import FilePlan, Plan
from syncd.store.plan_files import PlanFiles

RUN = Run(id=1, work="w", file="users.csv", trigger=Trigger.CLI, received=datetime(2026, 11, 21, tzinfo=UTC))
PLAN = Plan(
    changes=ChangeSet(
        created={Kind.USER: pl.DataFrame({"id": [1]})}, changed={Kind.COHORT: pl.DataFrame({"id": [7], "_row": [2]})}
    ),
    findings=from_values([finding("plan-renewed", difference="x")]),
    files=(FilePlan(spans=(np.array([10]), np.array([20]))),),
)


def told(plan: Plan) -> tuple:
    return plan.digest(), plan.findings.rows(), [[list(part) for part in file.spans] for file in plan.files]


@pytest.mark.parametrize("last", range(1, 8))
def test_a_plan_that_is_not_whole_does_not_pass_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """A crash between two renames must not leave changes whose tryback and remarks are lost."""
    calls = iter(range(1, 100))
    replace = Path.replace

    def stop_at_one(path: Path, target: Path) -> Path:
        if next(calls) >= last:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", stop_at_one)
    plans = PlanFiles(tmp_path)
    try:
        plans.save(RUN, PLAN)
    except KeyboardInterrupt:
        assert PLAN.digest() != plans.load(RUN).digest()
    else:
        assert told(PLAN) == told(plans.load(RUN))
