"""Checking a file without a roster: what is wrong in it would be wrong anywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import ModuleType

import pytest

from syncd.core.runs import RowCounts, Run, RunState, Trigger
from syncd.dialects.moodle.options import MoodleOptions
from syncd.engine.checking import check_file

HEAD = "username;firstname;lastname;email"


def options(dialect: str, said: Mapping[str, str]) -> MoodleOptions:
    assert dialect == "moodle"
    return MoodleOptions.from_text(said)


@pytest.mark.parametrize(
    ("name", "text", "state", "rows", "codes"),
    [
        ("userimport.csv", f"{HEAD}\na;A;D;\n", RunState.COMPLETED, RowCounts(unchanged=1), []),
        (
            "userimport.csv",
            f"{HEAD}\na;A;D;x@y@z\n\nb;B;D;\n",
            RunState.COMPLETED_WITH_FAILURES,
            RowCounts(unchanged=1, failed=1),
            ["lines-skipped", "value-email"],
        ),
        ("holiday.csv", "a;b\n1;2\n", RunState.FAILED, RowCounts(), ["file-unrecognised"]),
        ("userimport.csv", "", RunState.FAILED, RowCounts(), ["file-empty"]),
        ("deletecourses.csv", "C1\nC2\n", RunState.COMPLETED, RowCounts(unchanged=2), []),
    ],
)
def test_a_file_is_read_and_judged(
    world_fakes: ModuleType, name: str, text: str, state: RunState, rows: RowCounts, codes: list[str]
) -> None:
    """References are not looked up: they depend on the home."""
    run = Run(work="", file=name, trigger=Trigger.CLI, received=datetime.now(UTC))
    done, found = check_file(run, world_fakes.Room(text.encode()), options)
    assert (state, rows, codes) == (done.state, done.rows, found.get_column("code").to_list())
