"""A run and its JSON."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from syncd.core.findings import finding
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.run_json import run_as_json
from syncd.core.runs import Outcome, RowCounts, Run, RunFile, RunState, Trigger

_NAMES = (
    *("id", "parent", "state", "trigger", "feed", "file", "sha256", "dialect", "object", "operation", "data_source"),
    *("started", "finished", "by", "rows", "open", "before", "after", "changes", "breaches", "targets", "findings"),
    *("report", "tryback", "archive", "children"),
)
AT = datetime(2026, 11, 21, 18, 30, 5, 999, tzinfo=timezone(timedelta(hours=1)))


def run(**fields: Any) -> Run:
    return Run(**{"work": "w", "file": "userimport.csv", "trigger": Trigger.CLI, "received": AT} | fields)


def test_the_outcomes_add_up_to_the_rows() -> None:
    """Every row has one outcome."""
    counts = RowCounts(applied=1, unchanged=2, skipped=3, partial=4, failed=5)
    assert (15, 9) == (counts.total, counts.to_mend)
    assert {"total": 15, "applied": 1, "unchanged": 2, "skipped": 3, "partial": 4, "failed": 5} == counts.as_json()
    assert {outcome.value for outcome in Outcome} | {"total"} == set(counts.as_json())


@pytest.mark.parametrize("state", RunState)
def test_a_run_is_over_or_goes_on(state: RunState) -> None:
    """What is not over is taken up again after a crash, or waits for a person."""
    goes_on = {"received", "planned", "held", "applying", "pushing"}
    assert (state.value not in goes_on) == state.is_final


def test_the_json_of_a_run_has_every_name_of_the_contract() -> None:
    """Scripts of other people hold on to these names."""
    assert set(_NAMES) <= set(run_as_json(run()))


def test_the_json_of_a_run_can_be_written_and_is_complete() -> None:
    """Findings are not capped, nothing is a Python object."""
    breach = Breach(
        kind=Kind.USER, direction=Direction.REMOVALS, planned=812, allowed=50, population=852, limit="50 or 5 %"
    )
    held = run(
        id=12,
        state=RunState.HELD,
        started=AT,
        changes={Kind.USER: ChangeCounts(deleted=812)},
        before={Kind.USER: 852},
        after={Kind.USER: 40},
        breaches=(breach,),
        report="reports/x.txt",
    )
    told = json.loads(json.dumps(run_as_json(held, [finding("value-required", row=n, column="email") for n in (1, 2)])))
    assert {"user": {"created": 0, "updated": 0, "disabled": 0, "deleted": 812}} == told["changes"]
    assert ({"user": 852}, {"user": 40}) == (told["before"], told["after"])
    assert (812, 50, str(breach)) == tuple(told["breaches"][0][name] for name in ("planned", "allowed", "message"))
    assert ("2026-11-21T18:30:05+01:00", None) == (told["started"], told["finished"])
    assert ("reports/x.txt", None, None) == (told["report"], told["tryback"], told["archive"])
    assert [1, 2] == [found["row"] for found in told["findings"]]
    assert {"row", "line", "column", "code", "severity", "message"} == set(told["findings"][0])


def test_a_run_not_stored_has_no_id() -> None:
    """A dry run leaves no number that one could look up."""
    assert (None, 7) == (run_as_json(run())["id"], run_as_json(run(id=7))["id"])


def batch(**fields: Any) -> Run:
    """Return a run of three files with 2, 0 and 3 rows."""
    names = ("users.csv", "leavers.csv", "teams.csv")
    rows = (RowCounts(applied=2), RowCounts(), RowCounts(applied=1, failed=2))
    both = enumerate(zip(names, rows, strict=True))
    files = [RunFile(work=f"w{n}", file=name, rows=own, size=10) for n, (name, own) in both]
    return run(**fields).with_files(files)


def test_a_run_of_several_files_sums_them_up() -> None:
    """What is asked of a run is answered for all of it; its name is that of the first file."""
    made = batch()
    assert ("w0", "users.csv", "users.csv and 2 more") == (made.work, made.file, made.title)
    assert (RowCounts(applied=3, failed=2), 30, 3) == (made.rows, made.size, len(made.files))
    objects = [replace(file, object=name) for file, name in zip(made.files, ("users", "users", "teams"), strict=True)]
    assert "users, teams" == made.with_files(objects).object


def test_several_files_have_one_hash_once_each_has_its_own() -> None:
    """The same bytes in the same order are the same delivery."""
    files = [replace(file, sha256=f"hash of {file.file}") for file in batch().files]
    whole, turned = batch().with_files(files).sha256, batch().with_files(files[::-1]).sha256
    assert (64, True) == (len(whole), whole != turned)
    assert "" == batch().with_files([*files[:2], batch().files[2]]).sha256


@pytest.mark.parametrize(
    ("row", "file", "own"),
    [(0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 1, 0), (4, 2, 0), (5, 2, 1), (7, 2, 3)],
)
def test_rows_are_numbered_through_and_each_file_has_a_row_0(row: int, file: int, own: int) -> None:
    """A change says by one number which row of which file asked for it; an empty file has only its row 0."""
    made = batch()
    assert (made.files[file], own) == made.place(row)


def test_one_file_is_a_run_as_it_always_was() -> None:
    """Nothing of it is stored twice."""
    alone = run(tryback="reports/t.csv", rows=RowCounts(applied=2))
    (file,) = alone.files
    assert ((), alone, (file, 2), "userimport.csv") == (
        alone.parts,
        alone.with_files([file]),
        alone.place(2),
        alone.title,
    )
    assert (file, None) == (alone.of_tryback("reports/t.csv"), alone.of_tryback("reports/u.csv"))


def test_a_file_of_several_can_be_looked_at_alone() -> None:
    """As if the run had but that one."""
    made = batch(dialect="college")
    alone = made.alone(made.files[2])
    assert ("teams.csv", "w2", "college", (), 2) == (
        alone.file,
        alone.work,
        alone.dialect,
        alone.parts,
        alone.rows.failed,
    )


def test_findings_of_a_run_of_several_files_name_the_file() -> None:
    """Of a run with one file they need not."""
    found = [finding("file-empty")]
    assert [False, True] == ["file" in run_as_json(made, found)["findings"][0] for made in (run(), batch())]
    held = run_as_json(batch(state=RunState.HELD))
    assert [0, 0, 0] == [file["rows"]["applied"] for file in held["files"]]
