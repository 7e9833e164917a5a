"""The status letter of a run: its subject, its words, its limits."""

from dataclasses import replace

import pytest

from syncd.core.findings import finding
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.runs import RowCounts, RunFile, RunState
from syncd.frames.findings import from_values, none
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.page import as_text
from syncd.outputs.mail.run_page import REASONS, discreet, failed, run_page, summary

PAPER = Stationery(sender="a@b", site="", home="/srv/syncd", host="web01")
BREACH = Breach(
    kind=Kind.USER, direction=Direction.REMOVALS, planned=812, allowed=50, population=852, limit="50 or 5 %"
)
FAILURES = RunState.COMPLETED_WITH_FAILURES


def text_of(run, findings=None) -> str:
    """Return the letter with its folds taken out."""
    return " ".join(as_text(run_page(run, none() if findings is None else findings, PAPER)).split())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ok: userimport.csv, 20 of 2000 rows applied (run 12)"),
        ({"rows": RowCounts(unchanged=812)}, "ok: userimport.csv, nothing new in 812 rows (run 12)"),
        ({"rows": RowCounts(applied=1)}, "ok: userimport.csv, 1 of 1 row applied (run 12)"),
        (
            {"state": FAILURES, "rows": RowCounts(applied=809, failed=2, partial=1)},
            "failed 3 of 812 rows: userimport.csv (run 12)",
        ),
        ({"state": RunState.FAILED, "rows": RowCounts()}, "failed: userimport.csv, nothing of it was worked (run 12)"),
        (
            {"state": RunState.HELD, "breaches": (BREACH,)},
            "held: userimport.csv (run 12): 812 user removals planned, 50 allowed",
        ),
        (
            {"state": RunState.HELD, "breaches": (BREACH, BREACH)},
            "held: userimport.csv (run 12): 812 user removals planned, 50 allowed, and 1 more over a limit",
        ),
        ({"state": RunState.REJECTED}, "rejected: userimport.csv, nothing was changed (run 12)"),
        ({"state": RunState.ABORTED}, "aborted: userimport.csv, nothing was changed (run 12)"),
        ({"state": RunState.UNDONE}, "undone: userimport.csv (run 12)"),
    ],
)
def test_the_subject_alone_tells_whether_to_open_it(make_run, changes, expected):
    """The admin looks at a list of subjects on a telephone."""
    assert expected == summary(make_run(**changes))


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_a_letter(make_run, state):
    """A state that is added must not crash the run that reaches it first."""
    assert summary(make_run(state=state)) in text_of(make_run(state=state))


def test_a_failed_run_says_why_where_and_what_next(make_run):
    """The three questions of whoever opens it."""
    findings = from_values(
        [
            finding("value-email", row=7, line=9, column="email", value="nowhere"),
            finding("value-email", row=8, line=10, column="email", value="here"),
            finding("value-required", row=9, line=11, column="lastname"),
        ]
    )
    rows = RowCounts(applied=809, failed=3)
    text = text_of(make_run(state=FAILURES, rows=rows, tryback="reports/u_tryback.csv"), findings)
    assert "812 rows: 809 applied, 0 unchanged, 0 skipped, 0 partial, 3 failed" in text
    assert "2 errors: '…' is not an e-mail address in lines 9, 10; such as nowhere, here; to mend: correct" in text
    assert "1 error: lastname is empty in line 11; to mend: give it a value" in text
    assert "syncd requeue reports/u_tryback.csv --home /srv/syncd" in text
    assert "/srv/syncd/reports/u_tryback.csv" in text
    assert "/srv/syncd on web01" in text


def test_a_held_run_says_how_to_decide(make_run):
    """Three commands, ready to be pasted."""
    changes = {Kind.USER: ChangeCounts(deleted=812)}
    text = text_of(make_run(state=RunState.HELD, breaches=(BREACH,), changes=changes, after={Kind.USER: 40}))
    assert "812 user removals planned, 50 allowed of 852 (limit: 50 or 5 %)" in text
    assert "Nothing was changed. The run waits until a named person decides." in text
    for word in ("approve", "reject"):
        assert f"syncd {word} 12 --home /srv/syncd --by NAME --reason TEXT" in text
    assert "1990 → 40" in text


def test_findings_are_capped(make_run):
    """A million failed rows make a letter of two pages; the report has them all."""
    many = [finding("value-email", row=n, line=n + 1, value="x") for n in range(1, 5000)]
    codes = ["value-username", "value-flag", "value-code", "unknown-user", "unknown-course", "unknown-role"]
    codes += ["username-taken", "email-taken", "idnumber-taken", "user-protected"]
    places = {"value": "v", "what": "w", "by": "b", "owner": "o"}
    others = [finding(code, row=1, line=2, column="c", **places) for code in codes]
    text = text_of(make_run(state=FAILURES, rows=RowCounts(failed=4999)), from_values([*many, *others]))
    assert "4999 errors" in text
    assert "in lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4989 more" in text
    assert f"… and {len(codes) + 1 - REASONS} more reasons; the report has them all." in text
    assert len(text) < 5000


@pytest.mark.parametrize("changes", [{"holds_secrets": True}, {"object": ""}])
def test_where_passwords_may_stand_no_value_is_quoted(make_run, changes):
    """One in the wrong column is named by the sentence of that column; a letter travels."""
    findings = from_values(
        [
            finding("value-email", row=1, line=2, column="email", value="S3cret"),
            finding("header-unknown", column="S3cret", near=""),
            finding("file-unrecognised", name="x", columns="S3cret, S3cret", nearest=""),
        ]
    )
    run = make_run(state=FAILURES, rows=RowCounts(failed=1), tryback="reports/t.csv", **changes)
    text = text_of(run, findings)
    assert discreet(run)
    assert "S3cret" not in text
    assert "'…' is not an e-mail address" in text
    assert "in line 2" in text


def test_a_run_without_a_report_still_says_where_to_look(make_run):
    """A feed may write none."""
    text = text_of(make_run(report="", archive=""))
    assert text.endswith("The whole report: syncd runs show 12 --home /srv/syncd")


def test_a_hostile_name_stays_a_name(make_run):
    """It is the first thing that anybody reads."""
    run = make_run(file="a\r\nBcc: x\u202egpj.exe" + "x" * 300 + ".csv")
    assert len(summary(run)) < 140
    text = as_text(run_page(run, none(), PAPER))
    assert "\nBcc" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("state", "rows", "expected"),
    [
        (RunState.COMPLETED, RowCounts(applied=1), False),
        (RunState.REJECTED, RowCounts(skipped=1), False),
        (RunState.FAILED, RowCounts(), True),
        (RunState.ABORTED, RowCounts(), True),
        (FAILURES, RowCounts(failed=1), True),
    ],
)
def test_a_failure_is_what_leaves_something_to_mend(make_run, state, rows, expected):
    """The policy `failure` goes by it; a rejection was somebody's will."""
    assert expected is failed(make_run(state=state, rows=rows))


def batch(make_run, **changes):
    """Return a run of three files, of which the last two left trybacks."""
    files = [
        RunFile(work="w1", file="users.csv", object="users", rows=RowCounts(applied=2)),
        RunFile(work="w2", file="teams.csv", object="cohorts", rows=RowCounts(failed=1), tryback="reports/t.csv"),
        RunFile(work="w3", file="classes.csv", object="courses", rows=RowCounts(failed=2), tryback="reports/c.csv"),
    ]
    return make_run(state=FAILURES, **changes).with_files(files)


def test_a_run_of_several_files_tells_of_each(make_run):
    """Whoever reads it knows which file to open, and hands in each tryback."""
    places = {"teams.csv": 2, "c.csv": 5}
    found = [replace(finding("value-email", row=1, line=n, value="x"), file=file) for file, n in places.items()]
    run = batch(make_run)
    text = text_of(run, from_values(found))
    assert "failed 3 of 5 rows: users.csv and 2 more (run 12)" == summary(run)
    assert "holds moodle users, cohorts, courses" in text
    assert "teams.csv 0 0 0 0 1" in text
    assert "in line 2 of teams.csv; in line 5 of c.csv" in text
    assert "The trybacks hold the 3 rows to be mended, under the header that each file came with:" in text
    for tryback in ("t.csv", "c.csv"):
        assert f"syncd requeue reports/{tryback} --home /srv/syncd" in text


def test_a_file_of_which_nobody_knows_what_it_holds_keeps_all_values_back(make_run):
    """It may be the one with the passwords."""
    run = batch(make_run)
    assert [False, True] == [discreet(run), discreet(run.with_files([*run.files, RunFile(work="w4", file="x.csv")]))]
