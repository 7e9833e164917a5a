"""Checking a file without a roster: what is wrong in it would be wrong anywhere."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType

import pytest

from syncd.core.runs import RowCounts, Run, RunState, Trigger
from syncd.engine.checking import check_file
from syncd.engine.recognising import Recognition

HEAD = "username;firstname;lastname;email"


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
        (
            "userimport.csv",
            f"{HEAD};status\na;A;D;;active\nb;B;D;;left\n",
            RunState.FAILED,
            RowCounts(),
            ["column-turns"],
        ),
    ],
)
def test_a_file_is_read_and_judged(
    recognition: Recognition,
    world_fakes: ModuleType,
    name: str,
    text: str,
    state: RunState,
    rows: RowCounts,
    codes: list[str],
) -> None:
    """References are not looked up: they depend on the home."""
    run = Run(work="", file=name, trigger=Trigger.CLI, received=datetime.now(UTC))
    done, found = check_file(run, world_fakes.Room(text.encode()), recognition)
    assert (state, rows, codes) == (done.state, done.rows, found.get_column("code").to_list())


@pytest.mark.parametrize("name", ["courses.csv", "deletecourses.csv", "course_delete_2026.csv", "check_courses.csv"])
@pytest.mark.parametrize(
    "header",
    [
        "course_id,short_name,long_name,account_id,term_id,status",
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects",
        "EXTERNAL_COURSE_KEY|COURSE_ID|COURSE_NAME",
        "Kurs;Bezeichnung;Semester",
        "course_id;status",
        "Kurs;Status",
    ],
)
def test_a_table_is_never_worked_as_a_list(
    recognition: Recognition, world_fakes: ModuleType, name: str, header: str
) -> None:
    """Its rows would be taken for identifiers, and what they name be deleted; nor is it, told to be one."""
    run = Run(work="", file=name, trigger=Trigger.CLI, received=datetime.now(UTC))
    text = f"{header}\nANAT1;deleted\nANAT2;active\n"
    done, found = check_file(run, world_fakes.Room(text.encode()), recognition)
    assert (RunState.FAILED, ["file-unrecognised"]) == (done.state, found.get_column("code").to_list())
    assert all(column in found.item(0, "message") for column in re.split("[,;|]", header))
    done, found = check_file(replace(run, object="courses_delete"), world_fakes.Room(text.encode()), recognition)
    assert (RunState.FAILED, 0) == (done.state, done.rows.total)


@pytest.mark.parametrize("first", ["ANAT1", "ANAT1;first year", "BIO:101:A", "Law, Ethics", "title", "ANAT1;;;"])
def test_a_line_of_a_list_is_no_header(recognition: Recognition, world_fakes: ModuleType, first: str) -> None:
    """Identifiers may hold a comma or colons, and a note may stand behind them."""
    run = Run(work="", file="check_courses.csv", trigger=Trigger.CLI, received=datetime.now(UTC))
    done, _ = check_file(run, world_fakes.Room(f"{first}\nANAT2\n".encode()), recognition)
    assert 2 == done.rows.total
