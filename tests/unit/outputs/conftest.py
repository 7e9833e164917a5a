"""A run to write about."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts
from syncd.core.runs import RowCounts, Run, RunState, Trigger

BEGUN = datetime(2026, 9, 21, 6, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Return a maker of a run that went well; its arguments replace what they name."""

    def make(**changes: Any) -> Run:
        values: dict[str, Any] = {
            "id": 12,
            "work": "w",
            "file": "userimport.csv",
            "trigger": Trigger.SFTP,
            "received": BEGUN - timedelta(seconds=4),
            "state": RunState.COMPLETED,
            "by": "sis",
            "dialect": "moodle",
            "object": "users",
            "sha256": "ab12" * 16,
            "size": 4711,
            "started": BEGUN,
            "finished": BEGUN + timedelta(seconds=1.42),
            "stamp": "20260921-063000",
            "rows": RowCounts(applied=20, unchanged=1980),
            "before": {Kind.USER: 1990},
            "after": {Kind.USER: 2008},
            "changes": {Kind.USER: ChangeCounts(created=18, updated=2)},
            "report": "reports/20260921-063000_users_userimport.csv.txt",
            "archive": "archives/20260921-063000_userimport.csv",
        }
        return Run(**(values | changes))

    return make
